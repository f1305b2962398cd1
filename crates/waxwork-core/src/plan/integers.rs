//! Windows and ranges of `id.permute` on integers, and where sequences stand after it.

use super::Refusable;
use super::decisions::Verdicts;
use super::domains::Domains;
use super::schema::{ColumnRef, Schema};
use super::settings::{Choice, Settings};
use super::{IntegerMap, SequencePlan, SequencePosition};
use crate::catalog::{Sequence, ValueType};
use crate::diagnostic::Diagnostic;
use crate::masks::MaskKind;
use crate::rules::name::plain;

/// What an integer type gives to a permutation.
#[derive(Clone, Copy)]
struct Width {
    min: i64,
    max: i64,
    /// Lowest positive values that stay free for rows that the copy's users add.
    reserved: i64,
    /// Where the window of inputs begins.
    from: i64,
}

const INT2: Width = Width { min: i16::MIN as i64, max: i16::MAX as i64, reserved: 1 << 10, from: -(1 << 6) };
const INT4: Width = Width { min: i32::MIN as i64, max: i32::MAX as i64, reserved: 1 << 24, from: -(1 << 16) };
const INT8: Width = Width { min: i64::MIN, max: i64::MAX, ..INT4 };
/// Integers that every JSON reader holds (RFC 7493, section 2.2).
const JSON: Width = Width { min: -(1 << 53) + 1, max: (1 << 53) - 1, ..INT4 };

impl Width {
    fn of(value_type: &ValueType) -> Width {
        match value_type {
            ValueType::Int2 => INT2,
            ValueType::Int4 => INT4,
            ValueType::Numeric(Some((precision, _))) if *precision <= 18 => {
                let max = 10_i64.pow(u32::from(*precision)) - 1;
                // What a smallint reserves where the digits are few, and never more than one value in sixteen.
                let model = if max > INT4.max / 4 { INT4 } else { INT2 };
                Width {
                    min: -max,
                    max,
                    reserved: model.reserved.min(max / 16),
                    from: model.from.max(-max / 16),
                }
            }
            _ => INT8,
        }
    }
}

/// The map of a domain, bound by the narrowest of its columns' types.
///
/// # Errors
/// `from` and `range` of different lengths, or a range that the narrowest type does not hold.
pub(super) fn map(settings: &Settings, types: &[&ValueType]) -> Refusable<IntegerMap> {
    let width = narrowest(types);
    let default = (width.reserved + 1, width.max);
    let map = match (settings.options.pair("from"), settings.options.pair("range")) {
        (None, None) => aligned(width.from, default),
        (None, Some(range)) => aligned(width.from, range),
        (Some(from), None) => aligned(default.0, from).map(|map| IntegerMap { from, range: map.from }),
        (Some(from), Some(range)) => (length(from) == length(range)).then_some(IntegerMap { from, range }),
    };
    let Some(map) = map else {
        return Err(Box::new(
            Diagnostic::rule("permute_lengths", "from and range of id.permute have different lengths").hint(
                "Each input needs one output: give both ends of both so that they hold equally many values.",
            ),
        ));
    };
    if map.range.0 < width.min || map.range.1 > width.max {
        let message = "range of id.permute does not fit the narrowest column of its domain";
        return Err(Box::new(
            Diagnostic::rule("permute_range", message)
                .detail(format!(
                    "The range is [{}, {}], the column holds [{}, {}].",
                    map.range.0, map.range.1, width.min, width.max
                ))
                .hint("Give a range = [a, b] that the type holds, and a from = [a, b] of the same length."),
        ));
    }
    Ok(map)
}

/// An interval of `range`'s length that begins at `first`, as the window of inputs.
fn aligned(first: i64, range: (i64, i64)) -> Option<IntegerMap> {
    let last = i64::try_from(i128::from(first) + length(range) - 1).ok()?;
    Some(IntegerMap { from: (first, last), range })
}

fn length(ends: (i64, i64)) -> i128 {
    i128::from(ends.1) - i128::from(ends.0) + 1
}

/// The type that holds the least; without one, all members are JSON leaves.
fn narrowest(types: &[&ValueType]) -> Width {
    types.iter().map(|found| Width::of(found)).min_by_key(|width| width.max).unwrap_or(JSON)
}

/// Where every sequence stands in the copy.
pub(super) fn sequences(
    schema: &Schema,
    verdicts: &Verdicts,
    domains: &Domains,
    warnings: &mut Vec<Diagnostic>,
) -> Vec<SequencePlan> {
    let mut plans = Vec::new();
    for (index, sequence) in schema.catalog.sequences.iter().enumerate() {
        let ranges = fed_ranges(sequence, schema, verdicts, domains);
        let position = position(sequence, &ranges, schema, verdicts, warnings);
        let stands = match position {
            SequencePosition::AsSource => sequence.last_value,
            SequencePosition::StartAt(value) => value,
        };
        let below = ranges.iter().map(|range| range.0).filter(|start| *start > stands).min();
        plans.push(SequencePlan { sequence: index, position, below });
    }
    plans
}

/// The columns of rule tables that a sequence feeds.
fn fed(sequence: &Sequence, schema: &Schema) -> Vec<ColumnRef> {
    sequence.feeds.iter().filter_map(|(table, column)| schema.rule_column(*table, *column)).collect()
}

fn fed_ranges(
    sequence: &Sequence,
    schema: &Schema,
    verdicts: &Verdicts,
    domains: &Domains,
) -> Vec<(i64, i64)> {
    fed(sequence, schema).iter().flat_map(|at| ranges(*at, verdicts, domains)).collect()
}

fn position(
    sequence: &Sequence,
    ranges: &[(i64, i64)],
    schema: &Schema,
    verdicts: &Verdicts,
    warnings: &mut Vec<Diagnostic>,
) -> SequencePosition {
    let fed = fed(sequence, schema);
    let name = format!("{}.{}", plain(sequence.name.schema.as_str()), plain(sequence.name.name.as_str()));
    if ranges.is_empty() {
        return SequencePosition::AsSource;
    }
    if fed.iter().any(|at| keeps(*at, verdicts)) {
        let message =
            format!("sequence feeds a kept key and a permuted one, and stays where it stood: {name}");
        warnings.push(Diagnostic::warning("sequence_shared", message).detail(
            "Its next values may meet permuted ones; an insert into the copy can then fail on a unique key.",
        ));
        return SequencePosition::AsSource;
    }
    match free_value(sequence, ranges) {
        Some(value) => SequencePosition::StartAt(value),
        None => {
            let message = format!("sequence has no value outside the range of id.permute: {name}");
            warnings.push(Diagnostic::warning("sequence_full", message).hint(
                "Give id.permute a range = [a, b] that leaves room for rows that are added to the copy.",
            ));
            SequencePosition::AsSource
        }
    }
}

fn ranges(at: ColumnRef, verdicts: &Verdicts, domains: &Domains) -> Vec<(i64, i64)> {
    let Some(verdict) = verdicts.get(&at) else { return Vec::new() };
    verdict
        .masks()
        .filter(|(_, settings)| settings.kind == MaskKind::Permute)
        .filter_map(|(decision, _)| domains.integers(&decision.domain))
        .map(|map| map.range)
        .collect()
}

fn keeps(at: ColumnRef, verdicts: &Verdicts) -> bool {
    let decisions = verdicts.get(&at).map(|verdict| verdict.decisions()).unwrap_or_default();
    decisions.iter().any(|decision| matches!(decision.choice, Choice::Keep(_)))
}

/// The first value that the sequence may give outside every range: from its MINVALUE on, or from its MAXVALUE down
/// where it descends.
fn free_value(sequence: &Sequence, ranges: &[(i64, i64)]) -> Option<i64> {
    let ascending = sequence.increment > 0;
    let mut value = if ascending { sequence.min } else { sequence.max };
    // Each step leaves one range for good, so as many steps as there are ranges suffice.
    for _ in 0..=ranges.len() {
        let Some(range) = ranges.iter().find(|range| range.0 <= value && value <= range.1) else {
            return (sequence.min..=sequence.max).contains(&value).then_some(value);
        };
        value = if ascending { range.1.checked_add(1)? } else { range.0.checked_sub(1)? };
    }
    None
}
