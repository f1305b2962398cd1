//! Equality of values for tests: every NaN equals every other, and −0 is not 0.

use waxwork_copy::Value;

/// Whether two values are the same.
pub(crate) fn same(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Float4(left), Value::Float4(right)) => {
            left.to_bits() == right.to_bits() || left.is_nan() && right.is_nan()
        }
        (Value::Float8(left), Value::Float8(right)) => {
            left.to_bits() == right.to_bits() || left.is_nan() && right.is_nan()
        }
        (
            Value::Array { dimensions, elements },
            Value::Array { dimensions: other_dimensions, elements: other_elements },
        ) => {
            let same_element = |pair: (&Option<Value<'_>>, &Option<Value<'_>>)| match pair {
                (Some(left), Some(right)) => same(left, right),
                (None, None) => true,
                _ => false,
            };
            dimensions == other_dimensions
                && elements.len() == other_elements.len()
                && elements.iter().zip(other_elements).all(same_element)
        }
        _ => left == right,
    }
}
