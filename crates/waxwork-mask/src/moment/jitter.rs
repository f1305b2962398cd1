//! `date.noise`: a time of day or a duration some seconds away, never the same. A timestamp keeps its day, a time stays a
//! time of day, an interval keeps its sign; a duration of whole days or months moves by one of these. 0 and infinity stay.

use crate::date::{DAY, TIMESTAMPS};
use crate::error::MaskErrorKind;
use crate::input::bits;
use crate::key::{Keyring, Kind, Purpose};
use crate::prf::{Bits, Prf};
use crate::text::option_error;
use crate::value::MaskValue;
use waxwork_copy::Value;
use waxwork_core::plan::MaskSpec;

/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

pub(crate) struct Jitter {
    prf: Prf,
    /// Less than a day.
    seconds: u64,
}

impl Jitter {
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec) -> Result<Self, MaskErrorKind> {
        let seconds = spec.options.integer("seconds").and_then(|seconds| u64::try_from(seconds).ok());
        let seconds = seconds.filter(|seconds| (1..DAY as u64 / SECOND as u64).contains(seconds));
        let seconds = seconds.ok_or_else(|| option_error(spec.kind, "seconds", "it is not inside a day"))?;
        Ok(Self { prf: keyring.prf(Purpose::Pick, &spec.domain, Kind::Binary), seconds })
    }

    /// A position other than `at`, by a step of whole seconds, in `0..length`.
    fn moved(&self, at: i64, length: i64, mut bits: Bits) -> i64 {
        let step = (bits.choose(self.seconds) as i64 + 1) * SECOND;
        let step = if bits.choose(2) == 1 { step } else { -step };
        let inside = [at + step, at - step].into_iter().find(|moved| (0..length).contains(moved));
        // Neither side has room for a step that is longer than both.
        inside.unwrap_or_else(|| (at + step).rem_euclid(length))
    }

    fn timestamp(&self, micros: i64, bits: Bits) -> i64 {
        // The last day of all ends where the type does: at a midnight.
        let midnight = micros - micros.rem_euclid(DAY);
        let moved = midnight + self.moved(micros - midnight, DAY, bits);
        moved.clamp(TIMESTAMPS.0, TIMESTAMPS.1 - 1)
    }

    /// The smallest of its units that is not 0 moves, away from 0 where it would come to it.
    fn interval(&self, months: i32, days: i32, micros: i64, mut bits: Bits) -> Value<'static> {
        let step = (bits.choose(self.seconds) as i64 + 1) * SECOND;
        let up = bits.choose(2) == 1;
        let one = |count: i32| farther(i64::from(count), 1, up, i32::MAX.into()) as i32;
        match (months, days, micros) {
            (months, 0, 0) => Value::Interval { months: one(months), days, micros },
            (months, days, 0) => Value::Interval { months, days: one(days), micros },
            (months, days, micros) => {
                Value::Interval { months, days, micros: farther(micros, step, up, i64::MAX) }
            }
        }
    }
}

impl MaskValue for Jitter {
    fn mask<'s>(
        &self,
        value: Value<'_>,
        by: Option<u64>,
        _out: &'s mut Vec<u8>,
    ) -> Result<Value<'s>, MaskErrorKind> {
        let bits = || bits(&self.prf, &value, by);
        Ok(match value {
            Value::Timestamp(micros @ (i64::MIN | i64::MAX)) => Value::Timestamp(micros),
            Value::Timestamp(micros) => Value::Timestamp(self.timestamp(micros, bits())),
            // 24:00:00 is a time of its own.
            Value::Time(micros) => Value::Time(self.moved(micros, DAY + 1, bits())),
            Value::Interval { months, days, micros } if is_fixed(months, days, micros) => {
                Value::Interval { months, days, micros }
            }
            Value::Interval { months, days, micros } => self.interval(months, days, micros, bits()),
            _ => return Err(MaskErrorKind::Unexpected),
        })
    }
}

/// Nothing, or infinity (PostgreSQL 17: all fields at one end, `timestamp.h`, `INTERVAL_IS_NOBEGIN`).
fn is_fixed(months: i32, days: i32, micros: i64) -> bool {
    matches!(
        (months, days, micros),
        (0, 0, 0) | (i32::MIN, i32::MIN, i64::MIN) | (i32::MAX, i32::MAX, i64::MAX)
    )
}

/// A number other than 0 moved by a step, its sign kept, its size at most `most`.
fn farther(number: i64, step: i64, up: bool, most: i64) -> i64 {
    let size = i128::from(number.unsigned_abs());
    let (above, below) = (size + i128::from(step), size - i128::from(step));
    let sized = match (up, above <= i128::from(most), below > 0) {
        (true, true, _) | (false, true, false) => above,
        (_, _, true) => below,
        // A step longer than the number, and no room above it.
        (_, false, false) => size - 1,
    };
    number.signum() * sized.min(i128::from(most)) as i64
}
