//! Masks on partition keys: what the partitions cover, so that every masked row finds one.
//!
//! ```text
//!   bounds of every partition, to the leaves ─► Cover { everything | intervals }
//!       date.shift ─► reflected at the ends of the one interval     id.permute ─► its range must lie inside
//! ```

use super::bounds::{Bound, Unit, hash_share, range_bound};
use super::decisions::{Decision, Verdicts};
use super::domains::Domains;
use super::schema::{ColumnRef, Schema, part_columns};
use super::settings::Choice;
use crate::catalog::{KeyPart, TableId, TableKind, ValueType};
use crate::diagnostic::Diagnostic;
use crate::masks::MaskKind;
use std::collections::BTreeMap;

/// What a partition tree takes of one column's values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cover {
    /// Every value, and NULL.
    Everything,
    /// Values in these intervals, sorted and apart; inclusive, exclusive. The ends of `i64` stand for no end.
    Intervals(Vec<(i64, i64)>),
}

/// Ends at which shifted values are reflected, by column.
pub(super) type Reflections = BTreeMap<ColumnRef, (i64, i64)>;

/// Checks every masked partition-key column and says where shifts on it are reflected.
pub(super) fn check(
    schema: &Schema,
    verdicts: &Verdicts,
    domains: &Domains,
    diagnostics: &mut Vec<Diagnostic>,
) -> Reflections {
    let mut reflections = Reflections::new();
    for (at, verdict) in verdicts {
        if !verdict.changes() || !schema.is_copied(at.table) || !schema.partitions_by(*at) {
            continue;
        }
        let value_type = schema.value_type(*at);
        let cover = column_cover(schema, *at);
        // A mask that does not hold the type has been refused already.
        let holds = |decision: &&Decision| {
            decision.choice.settings().is_none_or(|settings| settings.kind.holds(&value_type))
        };
        for decision in verdict.decisions().into_iter().filter(holds) {
            match fit(decision, &cover, domains) {
                Fit::Fits => {}
                Fit::Reflected(ends) => {
                    reflections.insert(*at, ends);
                }
                Fit::Leaves => diagnostics.push(leaves(schema, *at, decision)),
            }
        }
    }
    reflections
}

/// Ends at which shifted values of a column are reflected; `None` where its partitions take every value, or too few
/// for a shift.
pub(super) fn reflection(schema: &Schema, at: ColumnRef) -> Option<(i64, i64)> {
    match column_cover(schema, at) {
        Cover::Intervals(intervals) => match intervals.as_slice() {
            [(i64::MIN, i64::MAX)] => None,
            [whole] => Some(*whole),
            _ => None,
        },
        Cover::Everything => None,
    }
}

fn column_cover(schema: &Schema, at: ColumnRef) -> Cover {
    cover(schema, at.table, at, Unit::of(&schema.value_type(at)))
}

enum Fit {
    Fits,
    Reflected((i64, i64)),
    Leaves,
}

fn fit(decision: &Decision, cover: &Cover, domains: &Domains) -> Fit {
    let intervals = match (&decision.choice, cover) {
        // What is derived is refused elsewhere.
        (Choice::Keep(_) | Choice::Derive(_), _) | (_, Cover::Everything) => return Fit::Fits,
        (Choice::Null, _) => return Fit::Leaves,
        (Choice::Mask(_), Cover::Intervals(intervals)) => intervals.as_slice(),
    };
    let kind = decision.choice.settings().map(|settings| settings.kind);
    match (kind, intervals) {
        (_, [(i64::MIN, i64::MAX)]) => Fit::Fits,
        (Some(MaskKind::DateShift), [whole]) => Fit::Reflected(*whole),
        (Some(MaskKind::Permute), intervals) => {
            let range = domains.integers(&decision.domain).map(|map| map.range);
            let holds = |(first, end): &(i64, i64)| {
                range.is_some_and(|range| *first <= range.0 && (range.1 < *end || *end == i64::MAX))
            };
            if intervals.iter().any(holds) { Fit::Fits } else { Fit::Leaves }
        }
        _ => Fit::Leaves,
    }
}

/// What the tree under `table` takes of a column of its root.
fn cover(schema: &Schema, table: TableId, at: ColumnRef, unit: Option<Unit>) -> Cover {
    let found = schema.catalog.table(table);
    let partitions = schema.partitions(table);
    // Without partitions there are no rows that could miss one.
    let Some(key) = found
        .partition_key
        .as_ref()
        .filter(|_| found.kind == TableKind::Partitioned && !partitions.is_empty())
    else {
        return Cover::Everything;
    };
    let inner = || partitions.iter().map(|part| cover(schema, *part, at, unit));
    let parts: Vec<KeyPart> = key.parts.iter().map(|part| schema.root_part(table, part)).collect();
    let bounds: Vec<&str> =
        partitions.iter().filter_map(|part| schema.catalog.table(*part).partition_bound.as_deref()).collect();
    if !parts.iter().any(|part| part_columns(part).contains(&at.column)) {
        return inner().reduce(intersection).unwrap_or(Cover::Everything);
    }
    if bounds.contains(&"DEFAULT") || (key.strategy == 'h' && hash_share(&bounds)) {
        return inner().reduce(intersection).unwrap_or(Cover::Everything);
    }
    match (key.strategy, parts.as_slice(), unit) {
        ('r', [KeyPart::Column(_)], Some(unit)) => {
            let pieces = partitions.iter().map(|part| {
                let bound = schema.catalog.table(*part).partition_bound.as_deref();
                let bound = bound.and_then(|text| range_bound(text, unit));
                intersection(
                    bound.map_or(Cover::Intervals(Vec::new()), interval),
                    cover(schema, *part, at, Some(unit)),
                )
            });
            pieces.reduce(union).unwrap_or(Cover::Everything)
        }
        _ => Cover::Intervals(Vec::new()),
    }
}

fn interval(bound: Bound) -> Cover {
    normal(vec![(bound.first, bound.end)])
}

fn intersection(left: Cover, right: Cover) -> Cover {
    match (left, right) {
        (Cover::Everything, other) | (other, Cover::Everything) => other,
        (Cover::Intervals(left), Cover::Intervals(right)) => {
            let common = left.iter().flat_map(|a| right.iter().map(|b| (a.0.max(b.0), a.1.min(b.1))));
            normal(common.filter(|(first, end)| first < end).collect())
        }
    }
}

fn union(left: Cover, right: Cover) -> Cover {
    match (left, right) {
        (Cover::Everything, _) | (_, Cover::Everything) => Cover::Everything,
        (Cover::Intervals(left), Cover::Intervals(right)) => normal([left, right].concat()),
    }
}

/// Sorted, neighbours joined.
fn normal(mut intervals: Vec<(i64, i64)>) -> Cover {
    intervals.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (first, end) in intervals {
        match joined.last_mut() {
            Some(last) if first <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((first, end)),
        }
    }
    Cover::Intervals(joined)
}

fn leaves(schema: &Schema, at: ColumnRef, decision: &Decision) -> Diagnostic {
    let message = format!(
        "mask on a partition key may lead to no partition: {} on {}",
        decision.choice.describe(),
        schema.label(at)
    );
    let dates =
        matches!(schema.value_type(at), ValueType::Date | ValueType::Timestamp | ValueType::TimestampTz);
    let hint = if dates {
        "date.shift stays inside range partitions that follow each other without a gap; else keep the \
            column, or add a DEFAULT partition."
    } else {
        "Keep the column, give id.permute a range that one partition or its neighbours cover, or add a \
            DEFAULT partition."
    };
    let diagnostic = Diagnostic::rule("mask_leaves_partitions", message)
        .detail("The partitions of the table do not cover every value that the mask may give.")
        .hint(hint);
    decision.cause().blame(diagnostic)
}
