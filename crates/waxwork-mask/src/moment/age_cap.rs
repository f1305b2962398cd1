//! `date.age_cap`: a date of birth shifted by some days as [`date.shift`](crate::date) does, and one of people older than
//! the cap made that of the cap: those few share one date (45 CFR 164.514(b)(2)(i)(C), "ages over 89").

use super::{at_day, day_of, option_day, unbounded};
use crate::date::Shift;
use crate::error::MaskErrorKind;
use crate::key::Keyring;
use crate::text::option_error;
use crate::value::MaskValue;
use waxwork_copy::{CivilDate, Value};
use waxwork_core::catalog::ValueType;
use waxwork_core::plan::MaskSpec;

pub(crate) struct AgeCap {
    /// Whoever was born on it is as old as the cap on the day that the rule names.
    cap: i64,
    /// Reflected at the cap, so that no shift makes anybody older.
    shift: Shift,
}

impl AgeCap {
    pub(crate) fn compile(
        keyring: &Keyring,
        spec: &MaskSpec,
        value_type: &ValueType,
    ) -> Result<Self, MaskErrorKind> {
        let on = CivilDate::from_wide_days(option_day(spec, "on")?);
        let years = spec.options.integer("years").unwrap_or(0);
        // Who was born on 29 February is a year older on 1 March.
        let birthday = CivilDate::new(on.year - years, on.month, on.day).unwrap_or(CivilDate {
            year: on.year - years,
            month: 3,
            day: 1,
        });
        let cap = birthday.days().ok_or_else(|| option_error(spec.kind, "years", "nobody is so old"))?;
        let shift = match value_type {
            ValueType::Date => Shift::dates_from(keyring, spec, cap)?,
            _ => Shift::timestamps_from(keyring, spec, cap)?,
        };
        Ok(Self { cap, shift })
    }
}

impl MaskValue for AgeCap {
    fn mask<'s>(
        &self,
        value: Value<'_>,
        by: Option<u64>,
        _out: &'s mut Vec<u8>,
    ) -> Result<Value<'s>, MaskErrorKind> {
        match (day_of(&value), &value) {
            (Some(day), _) if day < self.cap => at_day(&value, self.cap).ok_or(MaskErrorKind::Unexpected),
            (Some(_), Value::Date(days)) => Ok(Value::Date(self.shift.date(*days, by))),
            (Some(_), Value::Timestamp(micros)) => Ok(Value::Timestamp(self.shift.timestamp(*micros, by))),
            _ => unbounded(&value),
        }
    }
}
