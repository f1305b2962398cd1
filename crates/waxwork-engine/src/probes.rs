//! What must be looked up in the source before a row is read: a permuted key outside its window stops the run here.

use crate::error::RunError;
use waxwork_core::catalog::{Catalog, ColumnId, TableId};
use waxwork_core::plan::{Plan, Probe};
use waxwork_core::report::exit;
use waxwork_pg::SourceWorker;
use waxwork_pg::probe::outside_window;

/// Runs every probe of the plan.
///
/// # Errors
/// Exit 1: a value lies outside its window.
pub(crate) async fn check(plan: &Plan, catalog: &Catalog, worker: &mut SourceWorker) -> Result<(), RunError> {
    for probe in &plan.probes {
        let Probe::IntegerWindow { table, column, from, rows } = probe;
        if outside_window(worker, catalog, *table, *column, *from, rows).await? {
            return Err(outside(catalog, *table, *column, *from));
        }
    }
    Ok(())
}

fn outside(catalog: &Catalog, table: TableId, column: ColumnId, from: (i64, i64)) -> RunError {
    let table = catalog.table(table);
    let message = format!(
        "column {} of table {} has values outside the window of id.permute",
        table.column(column).name,
        table.sql_name
    );
    RunError::new(exit::FAILED, "outside_window", message)
        .detail(format!("Inputs must lie between {} and {}.", from.0, from.1))
        .hint("Move the window with from = [a, b], and the range with range = [a, b].")
}
