//! Dates and times made coarser, or others: `date.truncate`, `date.noise`, `date.range`, `date.age_cap`.
//!
//! Days count from 2000-01-01 and microseconds from its midnight, as PostgreSQL's do; a `timestamptz` is taken in UTC.

mod age_cap;
mod between;
mod jitter;
mod truncate;

pub(crate) use age_cap::AgeCap;
pub(crate) use between::Between;
pub(crate) use jitter::Jitter;
pub(crate) use truncate::Truncate;

use crate::date::{DATES, DAY, TIMESTAMPS, parse};
use crate::error::MaskErrorKind;
use crate::text::option_error;
use waxwork_copy::Value;
use waxwork_core::plan::MaskSpec;

/// A finite date, or the day of a finite timestamp; `None` for infinity and for other types.
fn day_of(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Date(i32::MIN | i32::MAX) | Value::Timestamp(i64::MIN | i64::MAX) => None,
        Value::Date(days) => Some(i64::from(*days)),
        Value::Timestamp(micros) => Some(micros.div_euclid(DAY)),
        _ => None,
    }
}

/// The day as a value of the same type, at midnight; `None` where the type does not reach so far.
fn at_day(like: &Value<'_>, day: i64) -> Option<Value<'static>> {
    match like {
        Value::Date(_) if (DATES.0..DATES.1).contains(&day) => i32::try_from(day).ok().map(Value::Date),
        Value::Timestamp(_) => {
            let micros = day.checked_mul(DAY)?;
            (TIMESTAMPS.0..TIMESTAMPS.1).contains(&micros).then_some(Value::Timestamp(micros))
        }
        _ => None,
    }
}

/// Infinity stays; what is no date at all is not of the column's type.
fn unbounded<'s>(value: &Value<'_>) -> Result<Value<'s>, MaskErrorKind> {
    match value {
        Value::Date(days) => Ok(Value::Date(*days)),
        Value::Timestamp(micros) => Ok(Value::Timestamp(*micros)),
        _ => Err(MaskErrorKind::Unexpected),
    }
}

/// An option's date, in days.
fn option_day(spec: &MaskSpec, option: &'static str) -> Result<i64, MaskErrorKind> {
    let day = spec.options.text(option).and_then(|text| parse(text.as_bytes()));
    day.map(i64::from).ok_or_else(|| option_error(spec.kind, option, "it is no date like 2026-01-31"))
}
