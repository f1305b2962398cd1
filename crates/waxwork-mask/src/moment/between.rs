//! `date.range`: any day of a range, and of a timestamp any second of these days; none the value itself.

use super::{option_day, unbounded};
use crate::date::DAY;
use crate::error::MaskErrorKind;
use crate::input::bits;
use crate::key::{Keyring, Kind, Purpose};
use crate::prf::Prf;
use crate::text::option_error;
use crate::value::MaskValue;
use waxwork_copy::Value;
use waxwork_core::plan::MaskSpec;

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

pub(crate) struct Between {
    prf: Prf,
    /// Days, both in it.
    first: i64,
    last: i64,
}

impl Between {
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec) -> Result<Self, MaskErrorKind> {
        let (first, last) = (option_day(spec, "from")?, option_day(spec, "to")?);
        if first >= last {
            return Err(option_error(spec.kind, "to", "it is not after \"from\""));
        }
        Ok(Self { prf: keyring.prf(Purpose::Pick, &spec.domain, Kind::Binary), first, last })
    }

    /// One of `count`, and the next where that is the one to avoid; of two the other would tell.
    fn draw(&self, count: u64, avoid: Option<u64>, value: &Value<'_>, by: Option<u64>) -> i64 {
        let drawn = bits(&self.prf, value, by).choose(count);
        let drawn = if count > 2 && Some(drawn) == avoid { (drawn + 1) % count } else { drawn };
        drawn as i64
    }
}

impl MaskValue for Between {
    fn mask<'s>(
        &self,
        value: Value<'_>,
        by: Option<u64>,
        _out: &'s mut Vec<u8>,
    ) -> Result<Value<'s>, MaskErrorKind> {
        let days = (self.last - self.first + 1) as u64;
        match value {
            Value::Date(i32::MIN | i32::MAX) | Value::Timestamp(i64::MIN | i64::MAX) => unbounded(&value),
            Value::Date(day) => {
                let avoid = u64::try_from(i64::from(day) - self.first).ok();
                Ok(Value::Date((self.first + self.draw(days, avoid, &value, by)) as i32))
            }
            Value::Timestamp(micros) => {
                let start = self.first * DAY;
                let since = micros.checked_sub(start).and_then(|since| u64::try_from(since).ok());
                let avoid =
                    since.filter(|since| since % SECOND as u64 == 0).map(|since| since / SECOND as u64);
                let seconds = days * (DAY / SECOND) as u64;
                Ok(Value::Timestamp(start + self.draw(seconds, avoid, &value, by) * SECOND))
            }
            _ => Err(MaskErrorKind::Unexpected),
        }
    }
}
