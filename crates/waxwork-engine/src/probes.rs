//! What must be looked up in the source before a row is read: a permuted key outside its window stops the run here.

use crate::error::RunError;
use waxwork_core::catalog::{Catalog, ColumnId, TableId, ValueType};
use waxwork_core::plan::{Plan, Probe};
use waxwork_core::report::exit;
use waxwork_pg::{SourceWorker, doing};

/// Runs every probe of the plan.
///
/// # Errors
/// Exit 1: a value lies outside its window.
pub(crate) async fn check(plan: &Plan, catalog: &Catalog, worker: &mut SourceWorker) -> Result<(), RunError> {
    for probe in &plan.probes {
        let Probe::IntegerWindow { table, column, from } = probe;
        window(catalog, *table, *column, *from, worker).await?;
    }
    Ok(())
}

async fn window(
    catalog: &Catalog,
    table: TableId,
    column: ColumnId,
    from: (i64, i64),
    worker: &mut SourceWorker,
) -> Result<(), RunError> {
    let (relation, column) = (catalog.table(table), catalog.table(table).column(column));
    let ident = &column.name;
    // A partitioned table is read with its partitions, any other without its heirs.
    let only = if relation.partition_key.is_some() { "" } else { "ONLY " };
    let values = match catalog.value_type(column) {
        ValueType::Array { .. } => format!("(SELECT unnest({ident}) AS v FROM {only}{}) AS t", relation.name),
        _ => format!("(SELECT {ident} AS v FROM {only}{}) AS t", relation.name),
    };
    let sql = format!(
        "SELECT coalesce(bool_or(v::numeric < {}::numeric OR v::numeric > {}::numeric), false) FROM {values}",
        from.0, from.1
    );
    worker.lock_tree(catalog, table).await?;
    let rows = worker
        .fetch(doing("look for values outside the window in").to(&relation.sql_name), &sql, &[])
        .await?;
    let Some(row) = rows.first() else { return Ok(()) };
    if !row.bool(0)? {
        return Ok(());
    }
    Err(RunError::new(
        exit::FAILED,
        "outside_window",
        format!("column {ident} of table {} has values outside the window of id.permute", relation.sql_name),
    )
    .detail(format!("Inputs must lie between {} and {}.", from.0, from.1))
    .hint("Move the window with from = [a, b], and the range with range = [a, b]."))
}
