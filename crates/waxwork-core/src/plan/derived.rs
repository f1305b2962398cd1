//! Derived columns: where one may not stand, because rows are found or placed by what production holds there.
//!
//! Whether the SQL is any is asked of the source (`waxwork_pg::probe::derived`); here it is not read.

use super::decisions::{Decision, Verdict, Verdicts};
use super::expression::mentions;
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
        if let Some((code, what, detail)) = objection(schema, graph, verdicts, *at) {
            let message = format!("column cannot be derived, {what}: {}", schema.label(*at));
            let hint = "Take a mask, or keep the column.";
            let refusal = Diagnostic::rule(code, message).detail(detail).hint(hint);
            diagnostics.push(refusal.at(decision.location.clone()));
            continue;
        }
        let unproven = unproven(schema, graph, verdicts, *at, verdict);
        diagnostics.extend(unproven.map(|warning| warning.at(decision.location.clone())));
    }
}

/// A unique key of which only its index can tell whether the derived column breaks it.
fn unproven(
    schema: &Schema,
    graph: &KeyGraph,
    verdicts: &Verdicts,
    at: ColumnRef,
    verdict: &Verdict,
) -> Option<Diagnostic> {
    let (_, sql) = verdict.derived()?;
    let keys = schema.unique_keys(at.table);
    let key = keys.iter().find(|key| key.columns().contains(&at.column))?;
    let is_unique = |column: &ColumnRef| keys.iter().any(|key| key.columns() == [column.column]);
    let tells = |column: &ColumnRef| {
        let kept = verdicts.get(column).is_some_and(|verdict| !verdict.changes());
        mentions(&sql.value, schema.column(*column).name.as_str())
            && (kept || graph.is_key(*column) || is_unique(column))
    };
    if schema.columns(at.table).filter(|column| *column != at).any(|column| tells(&column)) {
        return None;
    }
    let message = format!("derived column may break a key: {} under {}", schema.label(at), key.describe());
    Some(
        Diagnostic::warning("derived_under_key", message)
            .detail(
                "It is made from masked columns alone that may be equal in two rows; its index will tell.",
            )
            .hint("Make it from a unique column too, such as the primary key."),
    )
}

/// What follows a derived key is refused with the key.
fn own_rule(verdict: &Verdict) -> Option<&Decision> {
    verdict.derived().map(|(decision, _)| decision).filter(|decision| !decision.is_followed())
}

fn objection(
    schema: &Schema,
    graph: &KeyGraph,
    verdicts: &Verdicts,
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
    let is_derived = |at: &ColumnRef| verdicts.get(at).is_some_and(|verdict| verdict.derived().is_some());
    let mut copied = schema.columns(at.table).filter(|column| !schema.is_generated(*column));
    if copied.all(|column| is_derived(&column)) {
        let detail = "COPY needs a column to say how many rows there are.";
        return Some(("derive_all", "all columns of its table are", detail));
    }
    None
}
