//! Columns whose masks do not take every value are read and masked once, into nothing, before the target holds anything.
//!
//! ```text
//!   TablePlan ─► the columns that may refuse a value ─► COPY ─► TableMask ─► NullSink
//! ```
//!
//! The rows are those that will be loaded, so what is refused here would have been refused there, hours later.

use crate::copy_leaf::copy_leaf;
use crate::error::RunError;
use crate::event::Events;
use crate::request::RunRequest;
use crate::run::Run;
use crate::sink::null::NullSink;
use crate::unit::LeafLoad;
use std::sync::Arc;
use waxwork_core::plan::{ColumnAction, ColumnPlan, Plan, TablePlan};

/// Masks what may be refused.
///
/// # Errors
/// Exit 1: a value that its mask does not take; exit 2: a mask that does not fit its column.
pub(crate) async fn run(run: &Run, request: &RunRequest, loads: &[LeafLoad]) -> Result<(), RunError> {
    let doubted = |load: &&LeafLoad| run.plan.tables[load.plan].columns.iter().any(ColumnPlan::may_refuse);
    let loads: Vec<&LeafLoad> = loads.iter().filter(doubted).collect();
    if loads.is_empty() {
        return Ok(());
    }
    let tables = run.plan.tables.iter().map(part).collect();
    let plan = Arc::new(Plan { tables, ..Plan::clone(&run.plan) });
    // Nobody is told of these rows as progress.
    let context = run.copy_context_of(plan, request, request.wire, &Events::new(drop))?;
    let mut worker = run.worker().await?;
    for load in loads {
        (worker, _) = copy_leaf(&context, worker, load, &mut NullSink).await?;
    }
    worker.close().await;
    Ok(())
}

/// A table with those columns alone that may refuse a value, if any; with all of them where such a one reads others.
fn part(plan: &TablePlan) -> TablePlan {
    let columns: Vec<ColumnPlan> =
        plan.columns.iter().filter(|column| column.may_refuse()).cloned().collect();
    if !columns.iter().all(stands_alone) {
        return plan.clone();
    }
    TablePlan { columns, context: Vec::new(), ..plan.clone() }
}

fn stands_alone(column: &ColumnPlan) -> bool {
    let ColumnAction::Mask(spec) = &column.action else { return false };
    spec.by.is_none() && spec.gender.is_none() && spec.leaf_bys().is_empty()
}
