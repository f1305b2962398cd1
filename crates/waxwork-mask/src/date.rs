//! `date.shift`: whole days forwards or backwards, never none, and the time of day stays.
//!
//! The days depend on the field that the mask is keyed `by` alone, so that all dates of one person move together and
//! intervals stay; without one, on the value.

use crate::error::MaskErrorKind;
use crate::key::{Keyring, Kind, Purpose};
use crate::prf::{Bits, Prf};
use crate::text::{Room, WriteText, option_error, short_error};
use waxwork_copy::CivilDate;
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

/// Microseconds of a day.
pub(crate) const DAY: i64 = 86_400_000_000;

/// What a `date` holds, in days since 2000-01-01, end excluded: 4714-11-24 BC to 5874897-12-31 (PostgreSQL source,
/// `datatype/timestamp.h`, `DATETIME_MIN_JULIAN` and `DATE_END_JULIAN` less the epoch's Julian day 2451545).
pub(crate) const DATES: (i64, i64) = (-2_451_545, 2_145_031_949);

/// What a `timestamp` holds, in microseconds since 2000-01-01, end excluded (`MIN_TIMESTAMP`, `END_TIMESTAMP`).
pub(crate) const TIMESTAMPS: (i64, i64) = (-211_813_488_000_000_000, 9_223_371_331_200_000_000);

/// A shift of values that count in steps of a day or parts of one.
pub(crate) struct Shift {
    prf: Prf,
    days: u64,
    /// Units of a day: 1 for dates, [`DAY`] for timestamps.
    day: i64,
    /// Where results are reflected: inclusive, exclusive.
    ends: (i64, i64),
}

impl Shift {
    /// For `date`.
    pub(crate) fn dates(keyring: &Keyring, spec: &MaskSpec) -> Result<Self, MaskErrorKind> {
        Self::compile(keyring, spec, 1, DATES)
    }

    /// For `timestamp` and `timestamptz`.
    pub(crate) fn timestamps(keyring: &Keyring, spec: &MaskSpec) -> Result<Self, MaskErrorKind> {
        Self::compile(keyring, spec, DAY, TIMESTAMPS)
    }

    /// For `date`, from a day on.
    pub(crate) fn dates_from(keyring: &Keyring, spec: &MaskSpec, first: i64) -> Result<Self, MaskErrorKind> {
        Self::compile(keyring, spec, 1, (first, DATES.1))
    }

    /// For `timestamp` and `timestamptz`, from a day's midnight on.
    pub(crate) fn timestamps_from(
        keyring: &Keyring,
        spec: &MaskSpec,
        first: i64,
    ) -> Result<Self, MaskErrorKind> {
        Self::compile(keyring, spec, DAY, (first.saturating_mul(DAY).max(TIMESTAMPS.0), TIMESTAMPS.1))
    }

    /// For timestamps between two ends.
    pub(crate) fn within(
        keyring: &Keyring,
        spec: &MaskSpec,
        ends: (i64, i64),
    ) -> Result<Self, MaskErrorKind> {
        Self::compile(keyring, spec, DAY, ends)
    }

    fn compile(
        keyring: &Keyring,
        spec: &MaskSpec,
        day: i64,
        held: (i64, i64),
    ) -> Result<Self, MaskErrorKind> {
        let days = spec.options.integer("days").and_then(|days| u64::try_from(days).ok()).unwrap_or(0);
        if days == 0 {
            return Err(option_error(MaskKind::DateShift, "days", "it is 0, which would shift nothing"));
        }
        let reflect = spec.reflect.unwrap_or(held);
        let ends = (reflect.0.max(held.0), reflect.1.min(held.1));
        if ends.1.saturating_sub(ends.0) < 2 {
            return Err(option_error(MaskKind::DateShift, "reflect", "there is no other value to shift to"));
        }
        let prf = keyring.prf(Purpose::Pick, &spec.domain, Kind::Binary);
        Ok(Self { prf, days, day, ends })
    }

    /// The shifted `date`; infinity stays.
    pub(crate) fn date(&self, days: i32, by: Option<u64>) -> i32 {
        match days {
            i32::MIN | i32::MAX => days,
            finite => self.shift(i64::from(finite), by) as i32,
        }
    }

    /// The shifted `timestamp`; infinity stays.
    pub(crate) fn timestamp(&self, micros: i64, by: Option<u64>) -> i64 {
        match micros {
            i64::MIN | i64::MAX => micros,
            finite => self.shift(finite, by),
        }
    }

    fn shift(&self, value: i64, by: Option<u64>) -> i64 {
        let mut bits = match by {
            Some(by) => Bits(by),
            None => self.prf.bits(&value.to_le_bytes(), None),
        };
        let days = self.days_of(&mut bits);
        let shifted = value.saturating_add(days * self.day);
        if (self.ends.0..self.ends.1).contains(&shifted) {
            return shifted;
        }
        self.reflect(value, days).unwrap_or_else(|| self.anywhere(value, bits))
    }

    /// -days..=-1 and 1..=days.
    fn days_of(&self, bits: &mut Bits) -> i64 {
        let choice = bits.choose(2 * self.days);
        if choice < self.days { -1 - choice as i64 } else { (choice - self.days) as i64 + 1 }
    }

    /// The value moved by whole days inside the ends, where it would leave at one of them: it comes back from there.
    /// `None` when no other whole day is inside.
    fn reflect(&self, value: i64, days: i64) -> Option<i64> {
        let value = value.clamp(self.ends.0, self.ends.1 - 1);
        // The whole range of a timestamp is wider than an i64, but not than a u64.
        let days_between = |low: i64, high: i64| (high.wrapping_sub(low) as u64 / self.day as u64) as i64;
        let before = days_between(self.ends.0, value);
        let after = days_between(value, self.ends.1 - 1);
        let span = before + after;
        if span == 0 {
            return None;
        }
        // Positions 0..=span, folded like a mirror's images: a period of twice the span.
        let folded = (before + days).rem_euclid(2 * span);
        let mut position = if folded > span { 2 * span - folded } else { folded };
        if position == before {
            position = if before < span { before + 1 } else { before - 1 };
        }
        Some(value + (position - before) * self.day)
    }

    /// Somewhere between ends that are less than a day apart.
    fn anywhere(&self, value: i64, mut bits: Bits) -> i64 {
        let count = self.ends.1 - self.ends.0;
        let chosen = bits.choose(count as u64) as i64;
        let other = if self.ends.0 + chosen == value { (chosen + 1) % count } else { chosen };
        self.ends.0 + other
    }
}

/// A shift of dates that stand in text, as in JSON: `2024-05-17`, or with a time of day after it.
pub(crate) struct TextShift(Shift);

/// Characters of an ISO date.
const DATE_CHARS: usize = 10;

/// Years that four digits write.
const YEARS: std::ops::RangeInclusive<i64> = 1..=9999;

impl TextShift {
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        if room.chars < DATE_CHARS {
            return Err(short_error(MaskKind::DateShift, DATE_CHARS, room));
        }
        Ok(Self(Shift::dates(keyring, spec)?))
    }

    /// What decides over the days of a `timestamp` of that value.
    fn moment(&self, days: i32, micros: i64) -> u64 {
        self.0.prf.hash(&(i64::from(days) * DAY + micros).to_le_bytes())
    }
}

impl WriteText for TextShift {
    /// Appends the text with its date shifted, by as many days as a column of the value that it stands for. A text
    /// that is not a date or an ISO timestamp from end to end is replaced: what follows a date may be anything.
    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        let shifted = input.split_at_checked(DATE_CHARS).and_then(|(date, time)| {
            let days = parse(date)?;
            let by = match time {
                b"" => by,
                time => {
                    let moment = self.moment(days, time_of_day(time)?);
                    by.or(Some(moment))
                }
            };
            let date = CivilDate::from_days(self.0.date(days, by));
            YEARS.contains(&date.year).then_some((date, time))
        });
        match shifted {
            Some((date, time)) => {
                out.extend_from_slice(
                    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day).as_bytes(),
                );
                out.extend_from_slice(time);
            }
            None => out.extend_from_slice(b"[redacted]"),
        }
        Ok(())
    }
}

/// Fractional digits of a second that clocks have: more would be another message.
const FRACTION_MAX: usize = 9;

/// Microseconds since midnight (UTC where there is a zone) of a text that is a time of day and no more: `T10:30`,
/// ` 10:30:00.25`, with a zone or without (ISO 8601-1, 5.4.2.1; a blank in place of the T as PostgreSQL and RFC 3339
/// have it).
pub(crate) fn time_of_day(text: &[u8]) -> Option<i64> {
    let ([b'T' | b't' | b' '], rest) = text.split_at_checked(1)? else { return None };
    let (hours, rest) = two_digits(rest, 24)?;
    let (minutes, rest) = two_digits(rest.strip_prefix(b":")?, 59)?;
    let (micros, zone) = match rest.strip_prefix(b":") {
        None => (0, rest),
        Some(rest) => {
            let (seconds, rest) = two_digits(rest, 60)?;
            let (fraction, rest) = fraction(rest);
            (seconds * 1_000_000 + fraction, rest)
        }
    };
    Some(((hours * 60 + minutes) * 60 - offset(zone)?) * 1_000_000 + micros)
}

/// A number of two digits, of `most` at most, and what follows it.
fn two_digits(text: &[u8], most: i64) -> Option<(i64, &[u8])> {
    let (&[tens @ b'0'..=b'9', ones @ b'0'..=b'9'], rest) = text.split_at_checked(2)? else { return None };
    let number = i64::from((tens - b'0') * 10 + ones - b'0');
    (number <= most).then_some((number, rest))
}

/// Microseconds of a fraction of a second, where there is one, and what follows it.
fn fraction(text: &[u8]) -> (i64, &[u8]) {
    let [b'.' | b',', rest @ ..] = text else { return (0, text) };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=FRACTION_MAX).contains(&digits) {
        return (0, text);
    }
    let six = rest[..digits].iter().chain([b'0'; 6].iter()).take(6);
    (six.fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0')), &rest[digits..])
}

/// Seconds east of UTC that a zone says: `Z`, `+02`, `-0530`, ` +05:30`, with the seconds of old local times, or none.
fn offset(text: &[u8]) -> Option<i64> {
    if matches!(text, b"" | b"Z" | b"z" | b" UTC") {
        return Some(0);
    }
    let [sign @ (b'+' | b'-'), rest @ ..] = text.strip_prefix(b" ").unwrap_or(text) else { return None };
    let (hours, mut rest) = two_digits(rest, 15)?;
    let mut seconds = hours * 3600;
    for unit in [60, 1] {
        if !rest.is_empty() {
            let (count, after) = two_digits(rest.strip_prefix(b":").unwrap_or(rest), 59)?;
            (seconds, rest) = (seconds + count * unit, after);
        }
    }
    rest.is_empty().then_some(if *sign == b'-' { -seconds } else { seconds })
}

/// Appends a day as ISO has it, where four digits write its year.
pub(crate) fn write_day(day: i32, out: &mut Vec<u8>) -> bool {
    let date = CivilDate::from_days(day);
    let fits = YEARS.contains(&date.year);
    if fits {
        out.extend_from_slice(format!("{:04}-{:02}-{:02}", date.year, date.month, date.day).as_bytes());
    }
    fits
}

/// Days since 2000-01-01 of an ISO date.
pub(crate) fn parse(date: &[u8]) -> Option<i32> {
    let [_, _, _, _, b'-', _, _, b'-', _, _] = date else { return None };
    let number = |digits: &[u8]| -> Option<i64> {
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        std::str::from_utf8(digits).ok()?.parse().ok()
    };
    let date = CivilDate::new(number(&date[..4])?, number(&date[5..7])? as u8, number(&date[8..])? as u8)?;
    i32::try_from(date.days()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{keyring, spec};
    use waxwork_core::masks::Setting;

    fn days(days: i64) -> MaskSpec {
        spec(MaskKind::DateShift).with("days", Setting::Integer(days))
    }

    fn shift(most: i64, reflect: Option<(i64, i64)>) -> Shift {
        Shift::dates(&keyring(), &MaskSpec { reflect, ..days(most) }).unwrap()
    }

    #[test]
    fn every_distance_but_none_comes_up() {
        let shift = shift(3, None);
        let distances: std::collections::BTreeSet<i64> =
            (0..500).map(|day| i64::from(shift.date(day, None)) - i64::from(day)).collect();
        assert_eq!(distances.into_iter().collect::<Vec<_>>(), [-3, -2, -1, 1, 2, 3]);
    }

    #[test]
    fn dates_keyed_by_the_same_move_together() {
        let shift = shift(30, None);
        for by in [0, 1, u64::MAX, 0x1234_5678_9abc_def0] {
            assert_eq!(shift.date(100, Some(by)) - 100, shift.date(7000, Some(by)) - 7000);
        }
    }

    #[test]
    fn results_stay_between_the_ends_and_never_stand() {
        for width in 2..8 {
            let shift = shift(30, Some((100, 100 + width)));
            for day in 100..100 + width as i32 {
                let result = i64::from(shift.date(day, None));
                assert!((100..100 + width).contains(&result) && result != i64::from(day));
            }
        }
        let spec = MaskSpec { reflect: Some((5, 6)), ..days(1) };
        assert!(Shift::dates(&keyring(), &spec).is_err());
    }

    #[test]
    fn the_ends_of_the_types_hold() {
        let dates = shift(40, None);
        for day in [DATES.0, DATES.1 - 1] {
            let result = i64::from(dates.date(day as i32, None));
            assert!((DATES.0..DATES.1).contains(&result) && result != day);
        }
        assert_eq!((dates.date(i32::MIN, None), dates.date(i32::MAX, Some(3))), (i32::MIN, i32::MAX));
    }

    #[test]
    fn the_time_of_day_stays() {
        let spec = days(5);
        let shift = Shift::timestamps(&keyring(), &spec).unwrap();
        for micros in [-1, 0, 12_345_678_901_234, TIMESTAMPS.0, TIMESTAMPS.1 - 1, -900_000_000_000_000] {
            let result = shift.timestamp(micros, None);
            assert_eq!((result - micros) % DAY, 0);
            assert!(result != micros && (TIMESTAMPS.0..TIMESTAMPS.1).contains(&result));
        }
        assert_eq!(shift.timestamp(i64::MAX, None), i64::MAX);
    }

    #[test]
    fn a_partition_of_hours_still_moves() {
        let spec = MaskSpec { reflect: Some((0, 3_600_000_000)), ..days(5) };
        let shift = Shift::timestamps(&keyring(), &spec).unwrap();
        let result = shift.timestamp(1_800_000_000, None);
        assert!((0..3_600_000_000).contains(&result) && result != 1_800_000_000);
    }

    #[test]
    fn dates_in_text_agree_with_the_column() {
        let spec = days(30);
        let text = TextShift::compile(&keyring(), &spec, Room::UNLIMITED).unwrap();
        let written = |input: &str| {
            let mut out = Vec::new();
            text.write(input.as_bytes(), None, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let day = parse(b"2024-05-17").unwrap();
        let column = CivilDate::from_days(shift(30, None).date(day, None));
        assert_eq!(
            written("2024-05-17"),
            format!("{:04}-{:02}-{:02}", column.year, column.month, column.day)
        );
        for time in [
            "T10:30:00Z",
            "T10:30",
            " 24:00:00",
            "T23:59:60.123456789+05:30",
            " 10:30:00.25-0330",
            " 10:30:00+02",
            " 10:30:00 +0200",
            " 10:30:00 UTC",
            "t10:30:00,5z",
            " 10:30:00+00:19:32",
        ] {
            let shifted = written(&format!("2024-05-17{time}"));
            assert!(shifted.ends_with(time) && !shifted.starts_with("2024-05-17"), "{shifted}");
        }
    }

    #[test]
    fn a_text_that_is_more_than_a_date_is_replaced() {
        let spec = days(30);
        let text = TextShift::compile(&keyring(), &spec, Room::UNLIMITED).unwrap();
        let others = ["next week", "2024-13-01", "24-05-17", "2024-05-1x", " 2024-05-17"];
        let tails = [
            " jane.doe@corp.io",
            "T10:30:00Z jane",
            "T10:30:00.4930123456789",
            "T10:30:00.Z",
            "T10:30:00+02:00[Europe/Berlin]",
            "T10:61",
            "T25:00",
            "T10",
            "T10:30:00+4930123456",
            "T10:30:00+02:00:00:00",
            "/2024-05-18",
            "T",
            " ",
            "Z",
            "\u{301}",
            "T10:30:0٣",
        ];
        let tails = tails.map(|tail| format!("2024-05-17{tail}"));
        for other in others.into_iter().chain(tails.iter().map(String::as_str)) {
            let mut out = Vec::new();
            text.write(other.as_bytes(), None, &mut out).unwrap();
            assert_eq!(out, b"[redacted]", "{other}");
        }
    }
}
