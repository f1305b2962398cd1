//! Columns that say by how often a pseudonym stands in them which value it stands for.

use crate::error::RunError;
use waxwork_core::catalog::{Catalog, TableId};
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::{ColumnPlan, MaskSpec, Plan};
use waxwork_core::rules::name::plain;
use waxwork_pg::SourceWorker;
use waxwork_pg::probe::{CommonestValue, commonest_values};

/// Thousandths of the rows that the most common value must take, and by which it must exceed the share that each value
/// would have in a flat column, before a column is called skewed.
const SKEWED_MIN: u64 = 50;

/// Rows that must hold it: of a handful of rows a share says little.
const ROWS_MIN: u64 = 10;

/// A warning for each skewed column whose masked values stand for one value each.
///
/// # Errors
/// What the source says.
pub(crate) async fn warnings(
    plan: &Plan,
    catalog: &Catalog,
    worker: &mut SourceWorker,
) -> Result<Vec<Diagnostic>, RunError> {
    let columns =
        plan.tables.iter().flat_map(|table| table.columns.iter().map(|column| (table.table, column)));
    let telling: Vec<_> = columns.filter(|(table, column)| tells(plan, *table, column)).collect();
    if telling.is_empty() {
        return Ok(Vec::new());
    }
    let skewed = commonest_values(worker, SKEWED_MIN).await?;
    let skewed: Vec<&CommonestValue> = skewed.iter().filter(|found| is_skewed(found)).collect();
    let found = telling.into_iter().filter_map(|(table, column)| {
        let (table, name) = (catalog.table(table), &catalog.table(table).column(column.column).name);
        let found = skewed.iter().find(|found| found.table == table.name && found.column == *name)?;
        Some(
            warning(&format!("{}({})", table.sql_name, plain(name.as_str())), found.share)
                .at(column.location.clone()),
        )
    });
    Ok(found.collect())
}

/// Equal values, and only they, become equal values. Of a key that refers it is known how often it does.
fn tells(plan: &Plan, table: TableId, column: &ColumnPlan) -> bool {
    let refers =
        plan.subset.references.iter().any(|reference| {
            reference.child == table && reference.key.child_columns().contains(&column.column)
        });
    !refers && column.action.masks().into_iter().any(stands_for_values)
}

fn stands_for_values(spec: &MaskSpec) -> bool {
    spec.by.is_none() && spec.kind.has_domain() && spec.kind != MaskKind::Redact
}

fn is_skewed(found: &CommonestValue) -> bool {
    found.rows >= ROWS_MIN && found.share >= SKEWED_MIN + found.even_share
}

fn warning(column: &str, share: u64) -> Diagnostic {
    let percent = (share + 5) / 10;
    Diagnostic::warning("frequency", format!("masked column shows how common each value was: {column}"))
        .detail(format!("Its most common value stands in about {percent} % of the rows, and so does its pseudonym."))
        .hint("Key the mask by = \"…\" a column that tells rows apart, or take one that gives every row the same.")
}
