//! `date.truncate`: the first day of the month, quarter, year or decade. A value that is one already moves to that of the
//! period before or after, by the key.

use super::{at_day, day_of, unbounded};
use crate::error::MaskErrorKind;
use crate::input::bits;
use crate::key::{Keyring, Kind, Purpose};
use crate::prf::Prf;
use crate::text::option_error;
use crate::value::MaskValue;
use waxwork_copy::{CivilDate, Value};
use waxwork_core::plan::MaskSpec;

pub(crate) struct Truncate {
    prf: Prf,
    period: Period,
}

#[derive(Clone, Copy)]
enum Period {
    Month,
    Quarter,
    Year,
    Decade,
}

impl Truncate {
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec) -> Result<Self, MaskErrorKind> {
        let period = match spec.options.text("to") {
            Some("month") => Period::Month,
            Some("quarter") => Period::Quarter,
            Some("year") => Period::Year,
            Some("decade") => Period::Decade,
            _ => return Err(option_error(spec.kind, "to", "it is no period")),
        };
        Ok(Self { prf: keyring.prf(Purpose::Pick, &spec.domain, Kind::Binary), period })
    }
}

impl MaskValue for Truncate {
    fn mask<'s>(
        &self,
        value: Value<'_>,
        by: Option<u64>,
        _out: &'s mut Vec<u8>,
    ) -> Result<Value<'s>, MaskErrorKind> {
        let Some(day) = day_of(&value) else { return unbounded(&value) };
        let start = self.period.start(day);
        let first = at_day(&value, start);
        if let Some(first) = first.filter(|first| *first != value) {
            return Ok(first);
        }
        let (before, after) =
            (self.period.start(start - 1), self.period.start(start + self.period.days_max()));
        let (target, other) =
            if bits(&self.prf, &value, by).choose(2) == 1 { (after, before) } else { (before, after) };
        at_day(&value, target).or_else(|| at_day(&value, other)).ok_or(MaskErrorKind::Unexpected)
    }
}

impl Period {
    /// The first day of the period that a day is in.
    fn start(self, day: i64) -> i64 {
        let date = CivilDate::from_wide_days(day);
        let (year, month) = match self {
            Period::Month => (date.year, date.month),
            Period::Quarter => (date.year, date.month - (date.month - 1) % 3),
            Period::Year => (date.year, 1),
            Period::Decade => (date.year.div_euclid(10) * 10, 1),
        };
        CivilDate { year, month, day: 1 }.days().expect("a year that days have counted")
    }

    /// Days of the longest one: as many after the first day of any begins or is the next, and never the one after it.
    fn days_max(self) -> i64 {
        match self {
            Period::Month => 31,
            Period::Quarter => 92,
            Period::Year => 366,
            Period::Decade => 3653,
        }
    }
}
