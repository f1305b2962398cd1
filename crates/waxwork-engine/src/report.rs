//! Filling in the report of a run.

use crate::clock::Clock;
use crate::closure::{Measured, Size};
use crate::error::RunError;
use crate::run::Run;
use crate::sink::Receipts;
use crate::streams::Streams;
use std::collections::BTreeMap;
use waxwork_core::catalog::Table;
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_core::plan::{ColumnAction, ColumnPlan, TablePlan};
use waxwork_core::report::{BudgetReport, Finding, Outcome, REPORT_VERSION, RunReport, TableReport, exit};
use waxwork_core::rules::name::plain;
use waxwork_pg::{PgError, PgErrorKind, Unpopulated};

/// A report of nothing yet.
pub(crate) fn empty() -> RunReport {
    RunReport { version: REPORT_VERSION, attempts: 1, ..RunReport::default() }
}

/// Ends a report.
pub(crate) fn close(mut report: RunReport, clock: Clock, outcome: Result<(), RunError>) -> RunReport {
    clock
        .finish()
        .into_iter()
        .for_each(|(phase, seconds)| *report.seconds.entry(phase).or_default() += seconds);
    match outcome {
        Ok(()) => report.outcome = Outcome::Published,
        Err(error) => {
            report.exit_code = error.exit;
            report.outcome = if exit::is_refusal(error.exit) { Outcome::Refused } else { Outcome::Failed };
            report.errors = error.errors;
            report.findings.extend(error.findings);
        }
    }
    report
}

/// One line per rule table, partitions added up.
pub(crate) fn tables(run: &Run, receipts: &Receipts, streams: &Streams) -> Vec<TableReport> {
    let catalog = run.catalog();
    let mut lines: BTreeMap<String, TableReport> = BTreeMap::new();
    for plan in &run.plan.tables {
        let name = catalog.table(plan.table).sql_name.clone();
        let mut line =
            TableReport { name: name.clone(), masked_columns: masked(plan), ..TableReport::default() };
        for leaf in catalog.leaves(plan.table) {
            let receipt = receipts.get(&leaf).copied().unwrap_or_default();
            line.rows += receipt.rows;
            line.bytes += receipt.bytes;
            let streams = streams.get(&leaf).copied().filter(|streams| *streams > 1);
            line.streams = line.streams.max(streams);
        }
        let Measured { copied, source } = run.measured(plan.table);
        line.source_share = run.growth.and(share(copied.rows, source.rows));
        let inserts = run.plan.inserts.iter().filter(|insert| insert.table == plan.table);
        line.inserted_rows = inserts.map(|insert| insert.rows.len() as u64).sum();
        lines.insert(name, line);
    }
    lines.into_values().collect()
}

/// Statistics may know of fewer rows than there are.
pub(crate) fn share(copied: u64, source: u64) -> Option<f64> {
    (source > 0).then(|| (copied as f64 / source as f64).min(1.0))
}

/// How the budget was filled, where there is one.
pub(crate) fn budget(run: &Run) -> Option<BudgetReport> {
    let growth = run.growth?;
    let limit = run.plan.subset.budget;
    let Size { rows, bytes } = run.selected();
    Some(BudgetReport {
        rows_most: limit.rows,
        bytes_most: limit.bytes,
        rows,
        bytes,
        seed_rows: growth.of,
        seed_rows_taken: growth.taken,
    })
}

fn masked(plan: &TablePlan) -> usize {
    let changed = |column: &&ColumnPlan| !matches!(column.action, ColumnAction::Keep { .. });
    plan.columns.iter().filter(changed).count() + plan.derived.len()
}

/// What the schema leaves out on purpose, as findings.
pub(crate) fn left_out(counts: &BTreeMap<String, usize>) -> Vec<Finding> {
    counts.iter().map(|(kind, count)| left_out_of_kind(kind, *count as u64)).collect()
}

/// A view that stays without rows. A code of its own, because it names one object, which a script may want to fill or
/// to drop: reading it is an error until then.
pub(crate) fn unpopulated(found: &Unpopulated) -> Finding {
    let message = format!("left without rows: materialized view {}, which reads {}", found.view, found.reads);
    Finding::new("unpopulated_view", message)
        .detail("What it would bring has passed no mask, or is not in the copy.")
        .hint("Where that is harmless, run REFRESH MATERIALIZED VIEW in the copy.")
}

/// A view that could not be filled with the copy's rows, and stays without any.
pub(crate) fn not_refreshed(view: &QualifiedName, error: &PgError) -> Finding {
    let found = Finding::new("unpopulated_view", format!("left without rows: materialized view {view}"))
        .detail(format!("{error}."));
    match error.kind() {
        PgErrorKind::Privilege => found.hint(
            "A view reads as its owner, who may miss an owner's or a grantee's role that the copy left out; then run REFRESH \
             MATERIALIZED VIEW in the copy.",
        ),
        _ => found,
    }
}

/// A virtual column that cannot be computed from the copy's rows.
pub(crate) fn not_computed(table: &Table, column: &Ident, error: &PgError) -> Finding {
    let column = plain(column.as_str());
    let message = format!("virtual column cannot be computed: {}({column})", table.sql_name);
    Finding::new("unreadable_column", message).detail(format!("{error}.")).hint(
        "What it is generated from is masked, or becomes NULL: take values that it can be generated from.",
    )
}

/// Large objects that are left out, of which the schema does not speak.
pub(crate) fn large_objects_left_out(count: u64) -> Vec<Finding> {
    if count == 0 { Vec::new() } else { vec![left_out_of_kind("large object", count)] }
}

fn left_out_of_kind(kind: &str, count: u64) -> Finding {
    Finding::new("left_out", format!("left out on purpose: {count} of kind {kind}"))
}
