//! `person.birth_date`: another day of nearly the same age.
//!
//! The result is 1 to 364 days earlier: at any moment the person is as old as she was or a year older, and nobody is
//! born in the future, which a mask, that has no clock, could not tell otherwise. With `by` it is as many days in every
//! table. Years before `born_from` become that year, so that great ages tell nobody (45 CFR 164.514(b)(2)(i)(C)).

use crate::date::{self, time_of_day, write_day};
use crate::entity::EntityKey;
use crate::error::MaskErrorKind;
use crate::key::Keyring;
use crate::prf::Bits;
use crate::text::{Room, WriteText, short_error};
use waxwork_copy::CivilDate;
use waxwork_core::plan::MaskSpec;

/// Days that a date moves at most: less than the shortest year.
const DAYS: u64 = 364;

/// Days since 2000-01-01 of the earliest `date`.
const FIRST_DAY: i64 = -2_451_545;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

pub(crate) struct BirthDate {
    key: EntityKey,
    /// The first day of the earliest year that is told.
    born_from: Option<i64>,
}

impl BirthDate {
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec) -> Self {
        let first = |year| CivilDate::new(year, 1, 1).and_then(CivilDate::days);
        Self {
            key: EntityKey::of(keyring, spec, "birth"),
            born_from: spec.options.integer("born_from").and_then(first),
        }
    }

    /// Another day for one in days since 2000-01-01; infinity stays.
    pub(crate) fn date(&self, day: i32, by: Option<u64>) -> i32 {
        match day {
            i32::MIN | i32::MAX => day,
            finite => self.day(finite.into(), by) as i32,
        }
    }

    /// Another day for a moment in microseconds since 2000-01-01, at the same time; infinity stays.
    pub(crate) fn timestamp(&self, micros: i64, by: Option<u64>) -> i64 {
        match micros {
            i64::MIN | i64::MAX => micros,
            finite => {
                let (day, time) = (finite.div_euclid(DAY), finite.rem_euclid(DAY));
                self.day(day, by) * DAY + time
            }
        }
    }

    fn day(&self, day: i64, by: Option<u64>) -> i64 {
        let mut bits = self.key.bits(&day.to_le_bytes(), by, 0);
        let earlier = day - 1 - bits.choose(DAYS) as i64;
        match self.born_from {
            Some(first) if earlier < first => in_year(first, day, bits),
            // The calendar's first year has nothing before it.
            _ if earlier < FIRST_DAY => day + 1,
            _ => earlier,
        }
    }
}

/// A day of the year that begins with `first`, but not `day`.
fn in_year(first: i64, day: i64, mut bits: Bits) -> i64 {
    let other = first + bits.choose(DAYS) as i64;
    if other == day { other + 1 } else { other }
}

/// Dates of birth that stand in text: ISO 8601, with a time of day or without.
pub(crate) struct BirthText(BirthDate);

/// Characters of an ISO date.
const DATE_CHARS: usize = 10;

impl BirthText {
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        if room.chars < DATE_CHARS {
            return Err(short_error(spec.kind, DATE_CHARS, room));
        }
        Ok(Self(BirthDate::compile(keyring, spec)))
    }
}

impl WriteText for BirthText {
    /// A text that is no date from end to end is replaced: it may be anything.
    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        let parts = input.split_at_checked(DATE_CHARS).and_then(|(date, time)| {
            (time.is_empty() || time_of_day(time).is_some()).then_some((date::parse(date)?, time))
        });
        match parts {
            Some((day, time)) if write_day(self.0.date(day, by), out) => out.extend_from_slice(time),
            _ => out.extend_from_slice(b"[redacted]"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{keyring, spec};
    use waxwork_core::masks::{MaskKind, Setting};

    fn mask(born_from: Option<i64>) -> BirthDate {
        let spec = spec(MaskKind::BirthDate);
        let spec = match born_from {
            Some(year) => spec.with("born_from", Setting::Integer(year)),
            None => spec,
        };
        BirthDate::compile(&keyring(), &spec)
    }

    #[test]
    fn a_day_is_less_than_a_year_earlier_and_never_the_same() {
        let mask = mask(None);
        let mut distances = std::collections::BTreeSet::new();
        for day in -20_000..9_000 {
            let distance = i64::from(day) - i64::from(mask.date(day, None));
            assert!((1..=364).contains(&distance), "{distance}");
            distances.insert(distance);
        }
        assert_eq!(distances.len(), 364);
        for day in [-2_451_545, 2_145_031_948] {
            assert_ne!(mask.date(day, Some(7)), day);
            assert!(mask.date(day, Some(7)) >= -2_451_545);
        }
        assert_eq!([i32::MIN, i32::MAX].map(|end| mask.date(end, None)), [i32::MIN, i32::MAX]);
    }

    #[test]
    fn dates_by_one_key_move_alike_and_times_of_day_stay() {
        let mask = mask(None);
        let by = Some(0x0123_4567_89ab_cdef);
        assert_eq!(mask.date(100, by) - 100, mask.date(5000, by) - 5000);
        let noon = 100 * DAY + DAY / 2;
        assert_eq!(mask.timestamp(noon, by), i64::from(mask.date(100, by)) * DAY + DAY / 2);
        assert_eq!(mask.timestamp(i64::MAX, by), i64::MAX);
    }

    #[test]
    fn great_ages_are_one_year() {
        let (mask, first) = (mask(Some(1936)), CivilDate::new(1936, 1, 1).unwrap().days().unwrap());
        for day in first - 20_000..first + 2_000 {
            let masked = i64::from(mask.date(day as i32, None));
            assert!(masked >= first && masked != day);
            assert!(masked < first + 366 || day > first + 366);
        }
    }

    #[test]
    fn dates_in_text_agree_with_columns_and_other_texts_are_replaced() {
        let text = BirthText::compile(&keyring(), &spec(MaskKind::BirthDate), Room::UNLIMITED).unwrap();
        let written = |input: &str| {
            let mut out = Vec::new();
            text.write(input.as_bytes(), Some(9), &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let mut expected = Vec::new();
        assert!(write_day(mask(None).date(date::parse(b"1990-05-17").unwrap(), Some(9)), &mut expected));
        assert_eq!(written("1990-05-17").as_bytes(), expected);
        assert!(written("1990-05-17T10:30:00Z").ends_with("T10:30:00Z"));
        for other in ["", "17.5.1990", "1990-13-01", "1990-05-17 jane", "0000-00-00", "é"] {
            assert_eq!(written(other), "[redacted]");
        }
    }
}
