//! What a rule file hands to the server, conditions and keys: vetted before a row is read, and refused by their place.
//!
//! Neither is ever shown: a condition by its length, a key by its line.

use waxwork_core::catalog::{Catalog, TableId};
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::subset::{Condition, Seed, SubsetPlan, shown_key};
use waxwork_core::words::counted;
use waxwork_pg::probe::{self, Refusal};
use waxwork_pg::{PgError, PgErrorKind, SourceWorker, Tid};

use super::ClosureError;
use super::context::Context;
use crate::refusal;

impl Context<'_> {
    /// Rows of a leaf (those with `tids`, or all) for which a vetted condition is true.
    pub(super) async fn matching(
        &mut self,
        leaf: usize,
        condition: &Condition,
        tids: Option<&[Tid]>,
        take: impl FnMut(Tid),
    ) -> Result<(), ClosureError> {
        let (catalog, table) = (self.catalog, self.leaves.table(leaf));
        let found = probe::matching(&mut self.workers.first, catalog, table, condition, tids, take).await;
        found.map_err(|error| match error.may_blame_statement() {
            true => ClosureError::Condition(Box::new(failing(catalog, table, condition, &error))),
            false => error.into(),
        })
    }
}

/// Every condition and every key that the server does not take.
pub(super) async fn refused(
    plan: &SubsetPlan,
    catalog: &Catalog,
    worker: &mut SourceWorker,
) -> Result<Vec<Diagnostic>, ClosureError> {
    let seeds = plan.seeds.iter().filter_map(|seed| Some((seed.table, seed.condition.as_ref()?)));
    let children = plan
        .references
        .iter()
        .filter(|reference| reference.follow_children)
        .filter_map(|reference| Some((catalog.root(reference.child), reference.condition.as_ref()?)));
    let mut refused = Vec::new();
    for (table, condition) in seeds.chain(children) {
        if let Err(refusal) = probe::vet(worker, catalog, table, condition).await? {
            let diagnostic = refusal_of(catalog, table, condition, &refusal);
            // One entry that speaks for several references is refused once.
            if !refused.contains(&diagnostic) {
                refused.push(diagnostic);
            }
        }
    }
    for seed in &plan.seeds {
        refused.extend(refused_key(catalog, worker, seed).await?);
    }
    Ok(refused)
}

/// Its place and length, never its text.
fn refusal_of(catalog: &Catalog, table: TableId, condition: &Condition, refusal: &Refusal) -> Diagnostic {
    let message = format!("condition is refused: {}", named(catalog, table, condition));
    Diagnostic::rule("condition_refused", message)
        .detail(refusal::told(refusal))
        .hint("A where is one SQL condition over this table's own columns, without parameters.")
        .at(condition.location.clone())
}

/// It was accepted, and then fails on a row: the same place, and what the server calls the failure.
fn failing(catalog: &Catalog, leaf: TableId, condition: &Condition, error: &PgError) -> Diagnostic {
    let root = catalog.root(leaf);
    let message = format!("condition fails on a row: {}", named(catalog, root, condition));
    let within = match leaf == root {
        true => String::new(),
        false => format!(" in partition {}", catalog.table(leaf).sql_name),
    };
    let failed = Diagnostic::rule("condition_failed", message)
        .detail(format!("PostgreSQL ended it{within} with {}.", error.condition().unwrap_or_default()))
        .at(condition.location.clone());
    match error.kind() {
        PgErrorKind::Data => failed.hint(
            "Have it pass over such rows by CASE WHEN … THEN … END: what AND and OR join may be computed in any order.",
        ),
        _ => failed,
    }
}

fn named(catalog: &Catalog, table: TableId, condition: &Condition) -> String {
    let length = counted(condition.sql.chars().count() as u64, "character");
    format!("where of {length} over table {}", catalog.table(table).sql_name)
}

/// The first of a seed's keys that is none.
async fn refused_key(
    catalog: &Catalog,
    worker: &mut SourceWorker,
    seed: &Seed,
) -> Result<Option<Diagnostic>, ClosureError> {
    let (Some(entry), Some(stated)) = (&seed.keys, seed.stated_keys()) else { return Ok(None) };
    let Some((at, error)) = probe::vet_keys(worker, catalog, seed.table, &stated.keys).await? else {
        return Ok(None);
    };
    let table = catalog.table(seed.table);
    let message =
        format!("seed states a key that is no value of the primary key's type: table {}", table.sql_name);
    let detail = format!(
        "{}: PostgreSQL does not read it as {}, with {}.",
        stated.naming(at),
        shown_key(table),
        error.condition().unwrap_or_default()
    );
    let place = stated.place(&stated.keys[at], &entry.location);
    let refused = Diagnostic::rule("seed_key_type", message)
        .detail(detail)
        .hint("State it as psql would show the key of a row; keys of several columns are arrays, or have tabs between them.")
        .at(Some(place));
    Ok(Some(refused))
}
