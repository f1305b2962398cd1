//! Ranges and multiranges: both bounds masked by a mask of their type.
//!
//! ```text
//!   range ─► what it is keyed `by`, or a hash of all of it ─► lower and upper masked under that ─► in order, not empty
//! ```
//!
//! Under one key both bounds of a date shift by the same days. What a mask of single values cannot know is mended after it:
//! bounds that have changed places change back, and a range that was not empty does not become so. PostgreSQL brings
//! ranges of integers and dates to `[lower, upper)` as it stores them, and multiranges into order.

use crate::column::{Scratch, ValueMask};
use crate::condition::order;
use crate::date::DATES;
use crate::error::MaskErrorKind;
use crate::input::{bits, same};
use crate::key::{Keyring, Kind, Purpose};
use crate::prf::Prf;
use crate::text::type_error;
use std::cmp::Ordering;
use waxwork_copy::{RangeBound, RangeBounds, Value, Wire};
use waxwork_core::catalog::ValueType;
use waxwork_core::masks::{MaskKind, TypeClass};
use waxwork_core::plan::MaskSpec;

/// A mask of bounds, on both.
pub(crate) struct RangeMask {
    prf: Prf,
    bounds: ValueMask,
    /// Bounds are drawn anew: under one key all would be the same.
    draws: bool,
    /// The highest bound of a type whose values have a next one.
    last: Option<i64>,
}

impl RangeMask {
    /// The mask of a spec for a range or multirange of values of the type `bound`.
    ///
    /// # Errors
    /// When the mask has no meaning for the range, or an option is wrong.
    pub(crate) fn compile(
        keyring: &Keyring,
        spec: &MaskSpec,
        range: &ValueType,
        bound: &ValueType,
        wire: Wire,
    ) -> Result<Self, MaskErrorKind> {
        if !spec.kind.holds(range) {
            return Err(type_error(spec.kind, TypeClass::of(range).name()));
        }
        Ok(Self {
            prf: keyring.prf(Purpose::Pick, &spec.domain, Kind::Binary),
            bounds: ValueMask::compile(keyring, spec, bound, wire)?,
            draws: matches!(spec.kind, MaskKind::DateRange | MaskKind::NumberRange),
            last: match bound {
                ValueType::Int4 => Some(i32::MAX.into()),
                ValueType::Int8 => Some(i64::MAX),
                ValueType::Date => Some(DATES.1 - 1),
                _ => None,
            },
        })
    }

    /// The range for a range; the empty one stays.
    ///
    /// # Errors
    /// When the value is no range, or a bound is outside what the mask takes.
    pub(crate) fn mask(
        &self,
        value: &Value<'_>,
        by: Option<u64>,
        scratch: &mut Scratch,
    ) -> Result<Value<'static>, MaskErrorKind> {
        let key = by.unwrap_or_else(|| bits(&self.prf, value, None).0);
        Ok(match value {
            Value::Range(None) => Value::Range(None),
            Value::Range(Some(range)) => Value::Range(Some(Box::new(self.range(range, key, scratch)?))),
            Value::Multirange(ranges) => {
                let masked = ranges.iter().zip(0u64..).map(|(range, place)| {
                    // The lowest bit tells a drawn upper bound from the lower one.
                    let key = if self.draws { key ^ (place << 1) } else { key };
                    self.range(range, key, scratch)
                });
                Value::Multirange(masked.collect::<Result<_, _>>()?)
            }
            _ => return Err(MaskErrorKind::Unexpected),
        })
    }

    fn range(
        &self,
        before: &RangeBounds<'_>,
        key: u64,
        scratch: &mut Scratch,
    ) -> Result<RangeBounds<'static>, MaskErrorKind> {
        let mut bound = |bound: &RangeBound<'_>, key| match &bound.value {
            Some(value) => self.bounds.element(Some(value.clone()), Some(key), scratch),
            None => Ok(None),
        };
        let lower = bound(&before.lower, key)?;
        let upper = bound(&before.upper, if self.draws { key ^ 1 } else { key })?;
        let inclusive = (before.lower.inclusive, before.upper.inclusive);
        Ok(match (lower, upper) {
            (Some(lower), Some(upper)) => self.between(before, lower, upper),
            (lower, upper) => RangeBounds {
                lower: RangeBound { value: lower, inclusive: inclusive.0 },
                upper: RangeBound { value: upper, inclusive: inclusive.1 },
            },
        })
    }

    /// The range between two masked bounds, in either order: not empty, as `before` is not, and another than `before`
    /// unless both bounds stayed.
    fn between(
        &self,
        before: &RangeBounds<'_>,
        first: Value<'static>,
        second: Value<'static>,
    ) -> RangeBounds<'static> {
        let crossed = order(&first, &second) == Some(Ordering::Greater);
        let (lower, mut upper) = if crossed { (second, first) } else { (first, second) };
        if crossed && is_between(before, &lower, &upper) {
            upper = lower.clone();
        }
        let inclusive = (before.lower.inclusive, before.upper.inclusive);
        match order(&lower, &upper) {
            Some(Ordering::Equal) if inclusive != (true, true) => self.at(before, lower),
            _ => bounds((lower, inclusive.0), (upper, inclusive.1)),
        }
    }

    /// A range of one value, or where that is `before` of two; of the last ones, where there is none after it.
    fn at(&self, before: &RangeBounds<'_>, value: Value<'static>) -> RangeBounds<'static> {
        let fits = |upper: &Value<'_>| match (upper, self.last) {
            (Value::Int(upper), Some(last)) => *upper <= last,
            (Value::Date(upper), Some(last)) => i64::from(*upper) <= last,
            _ => false,
        };
        let range = |(down, up)| {
            let upper = stepped(&value, up).filter(fits)?;
            let lower = stepped(&value, down).filter(|lower| !is_between(before, lower, &upper))?;
            Some(bounds((lower, true), (upper, false)))
        };
        let stepped = [(0, 1), (0, 2), (-1, 0), (-2, 0)].into_iter().find_map(range);
        stepped.unwrap_or_else(|| bounds((value.clone(), true), (value, true)))
    }
}

/// Whether a range's bounds are these.
fn is_between(range: &RangeBounds<'_>, lower: &Value<'_>, upper: &Value<'_>) -> bool {
    let is = |bound: &RangeBound<'_>, value| bound.value.as_ref().is_some_and(|own| same(own, value));
    is(&range.lower, lower) && is(&range.upper, upper)
}

fn bounds(lower: (Value<'static>, bool), upper: (Value<'static>, bool)) -> RangeBounds<'static> {
    let bound = |(value, inclusive)| RangeBound { value: Some(value), inclusive };
    RangeBounds { lower: bound(lower), upper: bound(upper) }
}

/// The value so many steps further; `None` where its type has no steps.
fn stepped(value: &Value<'_>, steps: i32) -> Option<Value<'static>> {
    match value {
        Value::Int(value) => value.checked_add(steps.into()).map(Value::Int),
        Value::Date(days) => days.checked_add(steps).map(Value::Date),
        _ => None,
    }
}

/// A value as PostgreSQL stores it. The empty range has no bounds; of integers and dates the lower bound is in a range and
/// the upper one not; keys of an hstore are in order. `None` where the lower bound is above the upper one, or a key is
/// there twice.
pub(crate) fn canonical(value: Value<'static>) -> Option<Value<'static>> {
    match value {
        Value::Range(Some(range)) => Some(Value::Range(canonical_bounds(*range)?.map(Box::new))),
        Value::Multirange(ranges) => {
            let ranges = ranges.into_iter().map(canonical_bounds).collect::<Option<Vec<_>>>()?;
            Some(Value::Multirange(ranges.into_iter().flatten().collect()))
        }
        Value::Array { dimensions, elements } => {
            let element = |value: Option<Value<'static>>| match value {
                Some(value) => canonical(value).map(Some),
                None => Some(None),
            };
            Some(Value::Array {
                dimensions,
                elements: elements.into_iter().map(element).collect::<Option<_>>()?,
            })
        }
        Value::Hstore(mut pairs) => {
            // By length first (contrib/hstore, `comparePairs`); of equal keys the server keeps one.
            pairs.sort_by(|(left, _), (right, _)| (left.len(), left).cmp(&(right.len(), right)));
            let twice = pairs.windows(2).any(|pair| pair[0].0 == pair[1].0);
            (!twice).then_some(Value::Hstore(pairs))
        }
        other => Some(other),
    }
}

fn canonical_bounds(range: RangeBounds<'static>) -> Option<Option<RangeBounds<'static>>> {
    let RangeBounds { lower, upper } = range;
    let lower = canonical_bound(lower, true)?;
    let upper = canonical_bound(upper, false)?;
    if let (Some(low), Some(high)) = (&lower.value, &upper.value) {
        match order(low, high) {
            Some(Ordering::Greater) => return None,
            Some(Ordering::Equal) if !(lower.inclusive && upper.inclusive) => return Some(None),
            _ => {}
        }
    }
    Some(Some(RangeBounds { lower, upper }))
}

/// Infinite dates have no next one, and stay as they are (PostgreSQL source, `daterange_canonical`).
fn canonical_bound(bound: RangeBound<'static>, inclusive: bool) -> Option<RangeBound<'static>> {
    let is_stepped = matches!(bound.value, Some(Value::Int(_) | Value::Date(_)))
        && !matches!(bound.value, Some(Value::Date(i32::MIN | i32::MAX)));
    if !is_stepped || bound.inclusive == inclusive {
        return Some(bound);
    }
    let value = bound.value.as_ref().and_then(|value| stepped(value, 1))?;
    Some(RangeBound { value: Some(value), inclusive })
}
