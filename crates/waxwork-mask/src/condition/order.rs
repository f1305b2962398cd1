//! The order of decoded values, as PostgreSQL's default btree operator classes have it.

use std::cmp::Ordering;
use waxwork_copy::{Numeric, Value};

/// How two values of one type stand to each other; `None` where they are of two, or of a type without an order here.
/// Addresses that differ have no order: the second is taken for the greater.
pub(crate) fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    Some(match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Int(left), Value::Int(right)) => left.cmp(right),
        (Value::Float4(left), Value::Float4(right)) => floats(f64::from(*left), f64::from(*right)),
        (Value::Float8(left), Value::Float8(right)) => floats(*left, *right),
        (Value::Numeric(left), Value::Numeric(right)) => numerics(left, right),
        (Value::Date(left), Value::Date(right)) => left.cmp(right),
        (Value::Time(left), Value::Time(right)) | (Value::Timestamp(left), Value::Timestamp(right)) => {
            left.cmp(right)
        }
        (Value::Uuid(left), Value::Uuid(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) | (Value::Bytea(left), Value::Bytea(right)) => {
            left.cmp(right)
        }
        (Value::Inet(left), Value::Inet(right)) => {
            if left == right {
                Ordering::Equal
            } else {
                Ordering::Less
            }
        }
        _ => return None,
    })
}

/// NaN equals itself and comes last; −0 is 0 (PostgreSQL manual, 8.1.3).
fn floats(left: f64, right: f64) -> Ordering {
    left.partial_cmp(&right).unwrap_or_else(|| left.is_nan().cmp(&right.is_nan()))
}

/// NaN comes after infinity (PostgreSQL manual, 8.1.2).
fn numerics(left: &Numeric, right: &Numeric) -> Ordering {
    let rank = |number: &Numeric| match number {
        Numeric::NegativeInfinity => 0,
        Numeric::Finite { .. } => 1,
        Numeric::Infinity => 2,
        Numeric::NaN => 3,
    };
    match (left, right) {
        (
            Numeric::Finite { negative: below, weight: place, digits, .. },
            Numeric::Finite { negative, weight, digits: others, .. },
        ) => match (below, negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => magnitudes((*place, digits), (*weight, others)),
            (true, true) => magnitudes((*weight, others), (*place, digits)),
        },
        _ => rank(left).cmp(&rank(right)),
    }
}

/// Digits have no zeros at either end, so that the longer of two equal beginnings is the greater.
fn magnitudes(left: (i16, &[u16]), right: (i16, &[u16])) -> Ordering {
    match (left.1.is_empty(), right.1.is_empty()) {
        (false, false) => left.cmp(&right),
        (left, right) => right.cmp(&left),
    }
}
