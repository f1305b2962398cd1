//! Partition bounds as `pg_get_expr` prints them (PostgreSQL source, `get_range_partbound_string` in `ruleutils.c`),
//! under DateStyle ISO and TimeZone UTC.

use crate::catalog::ValueType;

/// What a range key counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Days since 2000-01-01.
    Day,
    /// Microseconds since 2000-01-01, UTC where there is a zone.
    Microsecond,
    /// The integers themselves.
    One,
}

impl Unit {
    /// The unit of a type that ranges can be counted in.
    pub(super) fn of(value_type: &ValueType) -> Option<Unit> {
        match value_type {
            ValueType::Date => Some(Unit::Day),
            ValueType::Timestamp | ValueType::TimestampTz => Some(Unit::Microsecond),
            ValueType::Int2 | ValueType::Int4 | ValueType::Int8 => Some(Unit::One),
            _ => None,
        }
    }
}

/// Values that a range partition takes: from `first` up to, and without, `end`. The ends of `i64` stand for MINVALUE
/// and MAXVALUE, and for the infinities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bound {
    pub first: i64,
    pub end: i64,
}

const DAY_MICROSECONDS: i64 = 86_400_000_000;

/// Days from 1970-01-01 to 2000-01-01, PostgreSQL's epoch.
const EPOCH_DAYS: i64 = 10_957;

/// Reads `FOR VALUES FROM (…) TO (…)` of one key column.
pub(super) fn range_bound(text: &str, unit: Unit) -> Option<Bound> {
    let inner = text.strip_prefix("FOR VALUES FROM (")?.strip_suffix(')')?;
    let (first, end) = inner.split_once(") TO (")?;
    let end = match datum(end, unit)? {
        // A bound at the last bigint leaves that one out, where no end leaves out nothing.
        i64::MAX if unit == Unit::One && end != "MAXVALUE" => i64::MAX - 1,
        end => end,
    };
    Some(Bound { first: datum(first, unit)?, end })
}

fn datum(text: &str, unit: Unit) -> Option<i64> {
    let text = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or(text);
    match (text, unit) {
        ("MINVALUE" | "-infinity", _) => Some(i64::MIN),
        ("MAXVALUE" | "infinity", _) => Some(i64::MAX),
        (_, Unit::One) => text.parse().ok(),
        (_, Unit::Day) => days(text),
        (_, Unit::Microsecond) => microseconds(text),
    }
}

/// `2024-02-29`, `0044-03-15 BC`.
fn days(text: &str) -> Option<i64> {
    let (date, is_bc) = match text.strip_suffix(" BC") {
        Some(date) => (date, true),
        None => (text, false),
    };
    let mut parts = date.split('-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let plausible = parts.next().is_none() && (1..=12).contains(&month) && (1..=31).contains(&day);
    // There is no year 0: 1 BC comes right before 1 AD.
    plausible.then(|| days_from_civil(if is_bc { 1 - year } else { year }, month, day) - EPOCH_DAYS)
}

/// `2024-02-29 12:30:00.5+00`, the zone in whole hours, minutes or seconds.
fn microseconds(text: &str) -> Option<i64> {
    let (text, era) = match text.strip_suffix(" BC") {
        Some(text) => (text, " BC"),
        None => (text, ""),
    };
    let (date, time) = text.split_once(' ')?;
    let (time, zone) = match time.find(['+', '-']) {
        Some(at) => time.split_at(at),
        None => (time, "+00"),
    };
    let offset = clock(&zone[1..])? * if zone.starts_with('-') { -1 } else { 1 };
    let days = days(&format!("{date}{era}"))?;
    days.checked_mul(DAY_MICROSECONDS)?.checked_add(clock(time)? - offset)
}

/// `12`, `12:30`, `12:30:15.123456` in microseconds.
fn clock(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut seconds = 0;
    let mut unit = 3600;
    for part in whole.split(':') {
        seconds += part.parse::<i64>().ok()? * unit;
        unit /= 60;
    }
    let fraction: i64 = format!("{fraction:0<6}").parse().ok()?;
    Some(seconds * 1_000_000 + fraction)
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", `days_from_civil`): years begin in March, so that the leap day is the last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The hash partitions take every remainder: the shares 1/modulus add up to one.
pub(super) fn hash_share(bounds: &[&str]) -> bool {
    let moduli: Option<Vec<u64>> = bounds
        .iter()
        .map(|text| text.strip_prefix("FOR VALUES WITH (modulus ")?.split(',').next()?.parse().ok())
        .collect();
    // Each modulus is a factor of the next larger one (PostgreSQL manual, CREATE TABLE), so the largest holds them all.
    let Some(moduli) = moduli else { return false };
    let Some(largest) = moduli.iter().copied().max() else { return false };
    moduli.iter().map(|modulus| largest / (*modulus).max(1)).sum::<u64>() == largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_count_from_2000() {
        assert_eq!(days("2000-01-01"), Some(0));
        assert_eq!(days("2024-02-29"), Some(8825));
        assert_eq!(days("1999-12-31"), Some(-1));
        assert_eq!(days("0001-12-31 BC").map(|day| day + 1), days("0001-01-01"));
    }

    #[test]
    fn timestamps_count_in_microseconds_of_utc() {
        assert_eq!(microseconds("2000-01-01 00:00:01.5"), Some(1_500_000));
        assert_eq!(microseconds("2000-01-01 02:00:00+02"), Some(0));
        assert_eq!(microseconds("1999-12-31 18:30:00-05:30"), Some(0));
    }

    #[test]
    fn a_range_is_read_with_its_open_ends() {
        let text = "FOR VALUES FROM (MINVALUE) TO ('2000-01-02')";
        assert_eq!(range_bound(text, Unit::Day), Some(Bound { first: i64::MIN, end: 1 }));
        let text = "FOR VALUES FROM ('-5') TO (7)";
        assert_eq!(range_bound(text, Unit::One), Some(Bound { first: -5, end: 7 }));
        assert_eq!(range_bound("FOR VALUES IN (1, 2)", Unit::One), None);
    }

    #[test]
    fn hash_partitions_of_unequal_moduli_add_up() {
        let bound =
            |modulus, remainder| format!("FOR VALUES WITH (modulus {modulus}, remainder {remainder})");
        let all = [bound(2, 0), bound(4, 1), bound(4, 3)];
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        assert!(hash_share(&all));
        assert!(!hash_share(&all[1..]));
    }
}
