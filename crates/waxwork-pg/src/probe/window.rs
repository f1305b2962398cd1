//! Whether a column holds integers outside a window.

use waxwork_core::catalog::{Catalog, ColumnId, Table, TableId, ValueType};
use waxwork_core::condition::to_sql;
use waxwork_core::plan::CaseRows;

use super::when::bind;
use crate::error::{PgError, doing};
use crate::row::Param;
use crate::source::SourceWorker;

/// Whether a column of a rule table (or an element of it, where it is an array) lies outside `from`, both ends included,
/// in any of `rows`.
///
/// # Errors
///
/// As the server says.
pub async fn outside_window(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    table: TableId,
    column: ColumnId,
    from: (i64, i64),
    rows: &CaseRows,
) -> Result<bool, PgError> {
    // Leaf by leaf: a partition that is a foreign table has its rows elsewhere, and they are not copied.
    for leaf in catalog.leaves(table) {
        worker.lock_table(&catalog.table(leaf).name).await?;
        let mut params = Vec::new();
        let sql = statement(catalog, catalog.table(table), leaf, column, from, rows, &mut params);
        let doing = doing("look for values outside the window in").to(&catalog.table(leaf).sql_name);
        let found = worker.fetch(doing, &sql, &params).await?;
        if found.first().map_or(Ok(false), |row| row.bool(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn statement(
    catalog: &Catalog,
    table: &Table,
    leaf: TableId,
    column: ColumnId,
    (first, last): (i64, i64),
    rows: &CaseRows,
    params: &mut Vec<Param>,
) -> String {
    let column = table.column(column);
    let value = match catalog.value_type(column) {
        ValueType::Array { .. } => format!("pg_catalog.unnest(t.{})", column.name),
        _ => format!("t.{}", column.name),
    };
    let chosen = chosen(catalog, table, rows, params);
    format!(
        "SELECT coalesce(pg_catalog.bool_or(v.value::pg_catalog.numeric < {first}::pg_catalog.numeric OR \
         v.value::pg_catalog.numeric > {last}::pg_catalog.numeric), false) \
         FROM (SELECT {value} FROM ONLY {} AS t{chosen}) AS v (value)",
        catalog.table(leaf).name
    )
}

/// A condition that is unknown decides nothing.
fn chosen(catalog: &Catalog, table: &Table, rows: &CaseRows, params: &mut Vec<Param>) -> String {
    let mut bound = |literal: &str| bind(params, Param::Text(literal.to_owned()));
    let mut sql = |predicate| to_sql(predicate, table, catalog, "t", &mut bound);
    let matching = rows.matching.iter().map(|when| (when, "IS TRUE"));
    let others = rows.others.iter().map(|when| (when, "IS NOT TRUE"));
    let terms: Vec<String> =
        matching.chain(others).map(|(when, is)| format!("({}) {is}", sql(when))).collect();
    if terms.is_empty() { String::new() } else { format!(" WHERE {}", terms.join(" AND ")) }
}
