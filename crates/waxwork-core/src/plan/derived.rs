//! Derived columns: where one may not stand, because rows are found or placed by what production holds there.
//!
//! Whether the SQL is any is asked of the source (`waxwork_pg::probe::derived`); here it is not read.

use super::decisions::{Decision, Verdict, Verdicts};
use super::keys::KeyGraph;
use super::schema::{ColumnRef, Schema};
use crate::diagnostic::Diagnostic;

/// Refuses what stands where the target cannot make up the value.
pub(super) fn check(
    schema: &Schema,
    graph: &KeyGraph,
    verdicts: &Verdicts,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (at, verdict) in verdicts.iter().filter(|(at, _)| schema.is_copied(at.table)) {
        let Some(decision) = own_rule(verdict) else { continue };
        if let Some((code, what, detail)) = objection(schema, graph, *at) {
            let message = format!("column cannot be derived, {what}: {}", schema.label(*at));
            let hint = "Take a mask, or keep the column.";
            let refusal = Diagnostic::rule(code, message).detail(detail).hint(hint);
            diagnostics.push(refusal.at(decision.location.clone()));
        }
    }
}

/// What follows a derived key is refused with the key.
fn own_rule(verdict: &Verdict) -> Option<&Decision> {
    verdict.derived().map(|(decision, _)| decision).filter(|decision| !decision.is_followed())
}

fn objection(
    schema: &Schema,
    graph: &KeyGraph,
    at: ColumnRef,
) -> Option<(&'static str, &'static str, &'static str)> {
    if schema.partitions_by(at) {
        let detail = "A row's partition is chosen before its columns are computed.";
        return Some(("derive_on_partition_key", "it is in a partition key", detail));
    }
    if graph.is_key(at) || graph.json.iter().any(|edge| edge.child == at) {
        let detail = "Columns of a reference change together, and no expression of one row knows the other.";
        return Some(("derive_on_reference", "it refers to a key or is one", detail));
    }
    if graph.edges.iter().any(|edge| edge.child.table == at.table && edge.decided_by(at.column)) {
        let detail =
            "Which key a row of a polymorphic reference follows is decided by what production holds.";
        return Some(("derive_on_reference", "a reference's \"when\" reads it", detail));
    }
    let mut feeds = schema.catalog.sequences.iter().flat_map(|sequence| &sequence.feeds);
    if feeds.any(|(table, column)| schema.rule_column(*table, *column) == Some(at)) {
        let detail = "Each row that is loaded without it would take a value from the sequence.";
        return Some(("derive_on_sequence", "a sequence feeds it", detail));
    }
    None
}
