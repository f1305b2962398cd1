//! A value as keyed functions read it: one call for each, nothing allocated, equal values alike on both wires.

use crate::key::Kind;
use crate::prf::{Bits, Prf};
use waxwork_copy::{Numeric, RangeBound, RangeBounds, Value};
use waxwork_core::catalog::ValueType;

impl Kind {
    /// Of a type's values, elements of an array included.
    pub(crate) fn of(value_type: &ValueType) -> Self {
        match value_type.scalar() {
            ValueType::Text(_) | ValueType::Enum(_) => Kind::Text,
            ValueType::Int2 | ValueType::Int4 | ValueType::Int8 => Kind::Integer,
            ValueType::Uuid => Kind::Uuid,
            _ => Kind::Binary,
        }
    }
}

/// Bits for a value; what it is keyed `by` takes the value's place.
pub(crate) fn bits(prf: &Prf, value: &Value<'_>, by: Option<u64>) -> Bits {
    Bits(match by {
        Some(by) => prf.hash(&by.to_le_bytes()),
        None => hash(prf, value),
    })
}

fn hash(prf: &Prf, value: &Value<'_>) -> u64 {
    match value {
        Value::Bool(value) => prf.hash(&[u8::from(*value)]),
        Value::Int(value) | Value::Time(value) | Value::Timestamp(value) => prf.hash(&value.to_le_bytes()),
        Value::Date(days) => prf.hash(&i64::from(*days).to_le_bytes()),
        Value::Float4(value) => float(prf, f64::from(*value)),
        Value::Float8(value) => float(prf, *value),
        Value::Numeric(value) => numeric(prf, value),
        Value::Text(bytes) | Value::Bytea(bytes) | Value::Json(bytes) | Value::Opaque(bytes) => {
            prf.hash(bytes)
        }
        Value::Interval { months, days, micros } => {
            let mut input = [0; 16];
            input[..4].copy_from_slice(&months.to_le_bytes());
            input[4..8].copy_from_slice(&days.to_le_bytes());
            input[8..].copy_from_slice(&micros.to_le_bytes());
            prf.hash(&input)
        }
        Value::Uuid(uuid) => prf.hash(uuid),
        Value::Inet(inet) => match inet.address {
            std::net::IpAddr::V4(address) => prf.pair(u32::from(address).into(), inet.bits.into()),
            std::net::IpAddr::V6(address) => {
                let (high, low) = ((u128::from(address) >> 64) as u64, u128::from(address) as u64);
                prf.pair(prf.pair(high, low), inet.bits.into())
            }
        },
        Value::Array { dimensions, elements } => {
            let element = |element: &Option<Value<'_>>| element.as_ref().map_or(0, |value| hash(prf, value));
            elements.iter().fold(dimensions.len() as u64, |sum, value| prf.pair(sum, element(value)))
        }
        Value::Hstore(pairs) => pairs.iter().fold(pairs.len() as u64, |sum, (key, value)| {
            let value = value.as_ref().map_or(0, |value| prf.hash(value));
            prf.pair(sum, prf.pair(prf.hash(key), value))
        }),
        Value::Range(None) => prf.hash(b"empty"),
        Value::Range(Some(range)) => range_hash(prf, range),
        Value::Multirange(ranges) => {
            ranges.iter().fold(ranges.len() as u64, |sum, range| prf.pair(sum, range_hash(prf, range)))
        }
    }
}

fn range_hash(prf: &Prf, range: &RangeBounds<'_>) -> u64 {
    let bound = |bound: &RangeBound<'_>| {
        let value = bound.value.as_ref().map_or(0, |value| hash(prf, value));
        prf.pair(value, u64::from(bound.inclusive))
    };
    prf.pair(bound(&range.lower), bound(&range.upper))
}

/// −0 is 0.
fn float(prf: &Prf, value: f64) -> u64 {
    prf.hash(&(value + 0.0).to_bits().to_le_bytes())
}

/// Groups of four digits that are read at once: 100 digits.
const GROUPS: usize = 25;

/// Zeros after the point do not count.
fn numeric(prf: &Prf, value: &Numeric) -> u64 {
    let Numeric::Finite { negative, weight, digits, .. } = value else {
        return prf.hash(&[b'N', u8::from(*value == Numeric::NaN), u8::from(*value == Numeric::Infinity)]);
    };
    let mut hash = u64::from(*negative) << 16 | u64::from(*weight as u16);
    let mut chunks = digits.chunks(GROUPS);
    // Zero has no digits.
    let mut next = Some(chunks.next().unwrap_or_default());
    while let Some(chunk) = next {
        let mut input = [0; 8 + 2 * GROUPS];
        input[..8].copy_from_slice(&hash.to_le_bytes());
        for (place, group) in input[8..].chunks_exact_mut(2).zip(chunk) {
            place.copy_from_slice(&group.to_le_bytes());
        }
        hash = prf.hash(&input[..8 + 2 * chunk.len()]);
        next = chunks.next();
    }
    hash
}

/// Both are the same value, in whatever form: 1.0 is 1.00, and NaN is NaN.
pub(crate) fn same(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (
            Value::Numeric(Numeric::Finite { negative, weight, digits, .. }),
            Value::Numeric(Numeric::Finite { negative: sign, weight: order, digits: others, .. }),
        ) => (negative, weight, digits) == (sign, order, others),
        (Value::Float4(left), Value::Float4(right)) => left == right || (left.is_nan() && right.is_nan()),
        (Value::Float8(left), Value::Float8(right)) => left == right || (left.is_nan() && right.is_nan()),
        (Value::Range(Some(left)), Value::Range(Some(right))) => same_bounds(left, right),
        (Value::Multirange(left), Value::Multirange(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same_bounds(left, right))
        }
        _ => left == right,
    }
}

fn same_bounds(left: &RangeBounds<'_>, right: &RangeBounds<'_>) -> bool {
    let same = |left: &RangeBound<'_>, right: &RangeBound<'_>| match (&left.value, &right.value) {
        (Some(own), Some(other)) => left.inclusive == right.inclusive && same(own, other),
        (left, right) => left.is_none() && right.is_none(),
    };
    same(&left.lower, &right.lower) && same(&left.upper, &right.upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finite(negative: bool, weight: i16, scale: u16, digits: &[u16]) -> Value<'static> {
        Value::Numeric(Numeric::finite(negative, weight, scale, digits.to_vec()))
    }

    #[test]
    fn equal_numbers_of_other_form_are_one_value() {
        let prf = Prf::new(&[1; 32]);
        let pairs = [
            (finite(false, 0, 1, &[1]), finite(false, 0, 2, &[1])),
            (Value::Float8(-0.0), Value::Float8(0.0)),
            (Value::Numeric(Numeric::NaN), Value::Numeric(Numeric::NaN)),
        ];
        for (left, right) in &pairs {
            assert!(same(left, right) && hash(&prf, left) == hash(&prf, right));
        }
    }

    #[test]
    fn different_values_are_told_apart() {
        let prf = Prf::new(&[1; 32]);
        let long = |last| [&[7; 60][..], &[last]].concat();
        let values = [
            finite(false, 0, 0, &[]),
            finite(false, 0, 0, &[1]),
            finite(true, 0, 0, &[1]),
            finite(false, 1, 0, &[1]),
            finite(false, 70, 0, &long(1)),
            finite(false, 70, 0, &long(2)),
            Value::Numeric(Numeric::NaN),
            Value::Numeric(Numeric::Infinity),
            Value::Numeric(Numeric::NegativeInfinity),
            Value::Float8(1.0),
            Value::Bool(true),
            Value::Date(9),
            Value::Interval { months: 1, days: 0, micros: 0 },
            Value::Interval { months: 0, days: 1, micros: 0 },
        ];
        let hashes: std::collections::BTreeSet<u64> = values.iter().map(|value| hash(&prf, value)).collect();
        assert_eq!(hashes.len(), values.len());
    }
}
