//! A user's condition: vetted by PREPARE in two frames, then run in a `SELECT ctid` of its own.
//!
//! A read-only transaction stops no function and no `COPY … TO PROGRAM`, so what stops a condition from leaving its
//! place is the extended protocol (one statement), parentheses that must close where we close them in two different
//! surroundings, and the absence of parameters.

use std::collections::BTreeSet;

use waxwork_core::catalog::{Catalog, TableId};
use waxwork_core::ident::Ident;
use waxwork_core::subset::Condition;

use super::refusal::{self, Refusal};
use crate::error::{PgError, doing};
use crate::row::{Param, Row, Tid};
use crate::source::SourceWorker;

/// Asks the server whether it takes the condition for one over this table; the transaction survives a refusal.
///
/// # Errors
///
/// The inner error is the server's refusal; the outer one is a lost connection.
pub async fn vet(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    table: TableId,
    condition: &Condition,
) -> Result<Result<(), Refusal>, PgError> {
    worker.lock_table(&catalog.table(table).name).await?;
    set_search_path(worker, &search_path(catalog, table)).await?;
    let mut verdict = Ok(());
    for (before, after) in [select(catalog, table, table, ""), row_frame(catalog, table)] {
        let doing = doing("prepare a condition");
        let found = refusal::prepare(worker, doing, (&before, after), &condition.sql).await?;
        verdict = verdict.and(found.map(drop));
    }
    set_search_path(worker, "").await?;
    Ok(verdict)
}

/// Rows of a leaf (those with `tids`, or all) for which a vetted condition is true.
///
/// # Errors
///
/// As the server says; evaluating a condition can fail on a value.
pub async fn matching(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    leaf: TableId,
    condition: &Condition,
    tids: Option<&[Tid]>,
    mut take: impl FnMut(Tid),
) -> Result<(), PgError> {
    let root = catalog.root(leaf);
    worker.lock_table(&catalog.table(leaf).name).await?;
    // A setting that a function of the condition makes is undone, with the path: another condition is not to see it.
    worker.savepoint().await?;
    set_search_path(worker, &search_path(catalog, root)).await?;
    let alias = &catalog.table(root).name.name;
    let chosen = match tids {
        Some(_) => format!("{alias}.ctid OPERATOR(pg_catalog.=) ANY ($1) AND "),
        None => String::new(),
    };
    let (before, after) = select(catalog, root, leaf, &chosen);
    let sql = format!("{before}{}{after}", condition.sql);
    let params: Vec<Param> = tids.map(|tids| Param::Tids(tids.to_vec())).into_iter().collect();
    let doing = doing("evaluate a condition on").to(&catalog.table(leaf).name);
    worker.for_each_row(doing, &sql, &params, |row: Row| row.tid(0).map(&mut take)).await?;
    worker.roll_back_to_savepoint().await
}

/// The frame that runs. The line break ends a comment that the condition may end in.
fn select(catalog: &Catalog, root: TableId, leaf: TableId, chosen: &str) -> (String, &'static str) {
    let (name, alias) = (&catalog.table(leaf).name, &catalog.table(root).name.name);
    let before = format!("SELECT {alias}.ctid FROM ONLY {name} AS {alias} WHERE {chosen}CASE WHEN (");
    (before, "\n) THEN true END")
}

/// The frame that only vets. Behind a row of VALUES no operator may stand, so parentheses that close and open again
/// (`a) or (b`) make no sense here; a comment that is still open at the end, of either kind, swallows the rest.
fn row_frame(catalog: &Catalog, table: TableId) -> (String, &'static str) {
    let name = &catalog.table(table).name;
    (format!("SELECT count(*) FROM ONLY {name} AS {}, LATERAL (VALUES (", name.name), ")) AS vetted")
}

/// `pg_catalog` first, so that nothing of a type's schema takes the place of a built-in function or operator.
fn search_path(catalog: &Catalog, table: TableId) -> String {
    path_of(catalog, table, None)
}

/// The same with a schema in between.
pub(super) fn path_of(catalog: &Catalog, table: TableId, second: Option<&Ident>) -> String {
    let mut seen: BTreeSet<&Ident> = second.into_iter().collect();
    let mut path = "pg_catalog".to_owned();
    path.extend(second.map(|schema| format!(", {schema}")));
    for column in &catalog.table(table).columns {
        let Some(pg_type) = catalog.types.get(&column.type_oid) else { continue };
        let schema: &Ident = &pg_type.name.schema;
        if schema.as_str() != "pg_catalog" && seen.insert(schema) {
            path.push_str(&format!(", {schema}"));
        }
    }
    path
}

pub(super) async fn set_search_path(worker: &mut SourceWorker, path: &str) -> Result<(), PgError> {
    let sql = "SELECT pg_catalog.set_config('search_path', $1, true) IS NULL";
    worker.fetch(doing("set the search path"), sql, &[Param::Text(path.to_owned())]).await.map(drop)
}
