//! Coarser numbers, and other ones: `number.round` and `number.range`.
//!
//! ```text
//!   Step (a decimal) ─┬─► integers: in 128 bits
//!                     ├─► floats: in doubles, by the step's decimal form, so that 0.05 gives 0.15 and not 0.15000000000000002
//!                     └─► numerics: digit by digit, of any length
//! ```

mod between;
mod leaf;
mod round;
mod step;

pub(crate) use between::Between;
pub(crate) use leaf::LeafNumber;
pub(crate) use round::Round;

use waxwork_core::catalog::ValueType;

/// What an integer type holds; for other types all that 64 bits do.
fn integer_ends(value_type: &ValueType) -> (i64, i64) {
    match value_type {
        ValueType::Int2 => (i16::MIN.into(), i16::MAX.into()),
        ValueType::Int4 => (i32::MIN.into(), i32::MAX.into()),
        _ => (i64::MIN, i64::MAX),
    }
}
