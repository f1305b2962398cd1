//! What must be looked up in the source before a row is read: a permuted key outside its window stops the run here, and
//! masks learn which values are common.

use crate::error::RunError;
use waxwork_core::catalog::{Catalog, ColumnId, TableId};
use waxwork_core::plan::{CommonOf, MaskSpec, Plan, Probe};
use waxwork_core::report::exit;
use waxwork_pg::SourceWorker;
use waxwork_pg::probe::{common_values, outside_window};

/// Values that a sample is taken from, at least: of one alone every row would hold it.
const SAMPLED_MIN: usize = 2;

/// Sees that permuted integers lie in their windows.
///
/// # Errors
/// Exit 1: a value lies outside its window.
pub(crate) async fn check(plan: &Plan, catalog: &Catalog, worker: &mut SourceWorker) -> Result<(), RunError> {
    for probe in &plan.probes {
        let Probe::IntegerWindow { table, column, from, rows } = probe else { continue };
        if outside_window(worker, catalog, *table, *column, *from, rows).await? {
            return Err(outside(catalog, *table, *column, *from));
        }
    }
    Ok(())
}

/// Tells the masks that ask for them which values of their columns are common.
///
/// # Errors
/// Exit 1: too few are for a mask that gives nothing else.
pub(crate) async fn tell_common_values(
    plan: &mut Plan,
    catalog: &Catalog,
    worker: &mut SourceWorker,
) -> Result<(), RunError> {
    for probe in plan.probes.clone() {
        let Probe::CommonValues { table, column, of, least } = probe else { continue };
        let common = common_values(worker, catalog, table, column, of, least).await?;
        if of == CommonOf::Value && common.len() < SAMPLED_MIN {
            return Err(too_few(catalog, table, column, common.len(), least));
        }
        for spec in masks(plan, table, column).into_iter().filter(|spec| spec.samples() == Some(of)) {
            spec.common.clone_from(&common);
        }
    }
    Ok(())
}

fn masks(plan: &mut Plan, table: TableId, column: ColumnId) -> Vec<&mut MaskSpec> {
    let tables = plan.tables.iter_mut().filter(|plan| plan.table == table);
    let columns = tables.flat_map(|plan| &mut plan.columns).filter(|plan| plan.column == column);
    columns.flat_map(|plan| plan.action.masks_mut()).collect()
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

fn too_few(catalog: &Catalog, table: TableId, column: ColumnId, found: usize, least: u64) -> RunError {
    let table = catalog.table(table);
    let message = format!(
        "column {} of table {} has too few common values to sample",
        table.column(column).name,
        table.sql_name
    );
    RunError::new(exit::FAILED, "too_few_common_values", message)
        .detail(format!(
            "Only values that {least} rows hold are given to others, at least {SAMPLED_MIN} are needed, and there are \
             {found}."
        ))
        .hint("Take choice.pick with values of your own, or number.noise or date.shift.")
}
