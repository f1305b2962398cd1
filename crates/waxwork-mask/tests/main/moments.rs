//! Dates and times: within their type, on their day, never the same.

use crate::fixture::{Fixture, Row, WIRES, keyring, spec};
use proptest::prelude::*;
use waxwork_copy::{CivilDate, Value};
use waxwork_core::catalog::ValueType;
use waxwork_core::masks::{MaskKind, Setting};
use waxwork_core::plan::MaskSpec;

const DAY: i64 = 86_400_000_000;
const DATES: std::ops::Range<i32> = -2_451_545..2_145_031_949;
const TIMESTAMPS: std::ops::Range<i64> = -211_813_488_000_000_000..9_223_371_331_200_000_000;

fn truncate(period: &str) -> MaskSpec {
    spec(MaskKind::Truncate).with("to", Setting::Text(period.to_owned()))
}

fn noise(seconds: i64) -> MaskSpec {
    spec(MaskKind::DateNoise).with("seconds", Setting::Integer(seconds))
}

fn dates(kind: MaskKind, options: &[(&'static str, &str)]) -> MaskSpec {
    options.iter().fold(spec(kind), |spec, (name, text)| spec.with(name, Setting::Text((*text).to_owned())))
}

fn masked(value_type: &ValueType, spec: &MaskSpec, values: &[Value<'static>]) -> Vec<Value<'static>> {
    let fixture = Fixture::one(value_type.clone(), spec.clone());
    let rows: Vec<Row> = values.iter().map(|value| vec![Some(value.clone())]).collect();
    let [binary, text] = WIRES.map(|wire| fixture.mask(&keyring(), wire, &rows).unwrap());
    assert!(binary == text);
    binary.into_iter().map(|mut row| row.remove(0).unwrap()).collect()
}

fn one(value_type: &ValueType, spec: &MaskSpec, value: Value<'static>) -> Value<'static> {
    masked(value_type, spec, &[value]).remove(0)
}

fn day(year: i64, month: u8, day: u8) -> Value<'static> {
    Value::Date(CivilDate::new(year, month, day).unwrap().days().unwrap() as i32)
}

#[test]
fn a_date_becomes_the_first_of_its_period_and_a_first_the_neighbours() {
    let first = |period, value| one(&ValueType::Date, &truncate(period), value);
    assert!(first("month", day(2024, 2, 29)) == day(2024, 2, 1));
    assert!(first("quarter", day(2024, 12, 31)) == day(2024, 10, 1));
    assert!(first("year", day(1999, 1, 2)) == day(1999, 1, 1));
    assert!(first("decade", day(1999, 12, 31)) == day(1990, 1, 1));
    // 11 BC is the year -10.
    assert!(first("decade", day(-10, 5, 5)) == day(-10, 1, 1));
    let mut later = 0;
    for year in 1900..2000 {
        let moved = first("year", day(year, 1, 1));
        assert!(moved == day(year - 1, 1, 1) || moved == day(year + 1, 1, 1));
        later += u32::from(moved == day(year + 1, 1, 1));
        assert!([day(year, 2, 1), day(year, 4, 1)].contains(&first("month", day(year, 3, 1))));
        assert!([day(year, 4, 1), day(year, 10, 1)].contains(&first("quarter", day(year, 7, 1))));
    }
    assert!((30..70).contains(&later), "{later}");
    // The calendar begins on 24 November 4714 BC.
    assert!(first("month", day(-4713, 11, 24)) == day(-4713, 12, 1));
}

#[test]
fn times_of_day_are_cut_off_and_a_midnight_moves() {
    let at = |date: Value<'static>, micros| match date {
        Value::Date(days) => Value::Timestamp(i64::from(days) * DAY + micros),
        _ => panic!("no date"),
    };
    for value_type in [ValueType::Timestamp, ValueType::TimestampTz] {
        let first = |value| one(&value_type, &truncate("month"), value);
        assert!(first(at(day(1990, 5, 17), 1)) == at(day(1990, 5, 1), 0));
        assert!(first(at(day(1990, 5, 1), 1)) == at(day(1990, 5, 1), 0));
        let moved = first(at(day(1990, 5, 1), 0));
        assert!(moved == at(day(1990, 4, 1), 0) || moved == at(day(1990, 6, 1), 0));
    }
}

#[test]
fn infinity_stays() {
    let specs = [
        truncate("year"),
        dates(MaskKind::DateRange, &[("from", "2020-01-01"), ("to", "2020-12-31")]),
        dates(MaskKind::AgeCap, &[("on", "2026-01-01")]),
    ];
    for spec in specs {
        for end in [i32::MIN, i32::MAX] {
            assert!(one(&ValueType::Date, &spec, Value::Date(end)) == Value::Date(end));
        }
        for end in [i64::MIN, i64::MAX] {
            assert!(one(&ValueType::Timestamp, &spec, Value::Timestamp(end)) == Value::Timestamp(end));
        }
    }
    assert!(one(&ValueType::Timestamp, &noise(5), Value::Timestamp(i64::MAX)) == Value::Timestamp(i64::MAX));
    let infinite = Value::Interval { months: i32::MAX, days: i32::MAX, micros: i64::MAX };
    assert!(one(&ValueType::Interval, &noise(5), infinite.clone()) == infinite);
}

#[test]
fn who_is_older_than_the_cap_is_as_old_as_the_cap() {
    let cap = |value| one(&ValueType::Date, &dates(MaskKind::AgeCap, &[("on", "2026-01-01")]), value);
    assert!(cap(day(1935, 12, 31)) == day(1936, 1, 1));
    assert!(cap(day(-4713, 11, 24)) == day(1936, 1, 1));
    for month in 1..=12 {
        let (born, Value::Date(shifted)) = (day(1936, month, 1), cap(day(1936, month, 1))) else { panic!() };
        let (Value::Date(born), Value::Date(cap)) = (born, day(1936, 1, 1)) else { panic!() };
        assert!(shifted != born && (shifted - born).abs() <= 30 && shifted >= cap);
    }
    // 90 years before 29 February 2024 there was none.
    let spec = dates(MaskKind::AgeCap, &[("on", "2024-02-29")]);
    assert!(one(&ValueType::Date, &spec, day(1900, 1, 1)) == day(1934, 3, 1));
    let born = Value::Timestamp(-40_000 * DAY + 5);
    assert!(one(&ValueType::Timestamp, &spec, born) == Value::Timestamp(-24_047 * DAY));
}

#[test]
fn options_without_meaning_are_refused() {
    for spec in [
        dates(MaskKind::DateRange, &[("from", "2020-01-02"), ("to", "2020-01-01")]),
        dates(MaskKind::DateRange, &[("from", "2020-02-30"), ("to", "2021-01-01")]),
        dates(MaskKind::AgeCap, &[("on", "today")]),
        noise(86_400),
    ] {
        let value_type = if spec.kind == MaskKind::DateNoise { ValueType::Time } else { ValueType::Date };
        assert!(Fixture::one(value_type, spec).compile(&keyring(), WIRES[0]).is_err());
    }
}

proptest! {
    #[test]
    fn dates_stay_in_the_calendar(days in DATES, micros in TIMESTAMPS) {
        let ranged = dates(MaskKind::DateRange, &[("from", "2020-01-01"), ("to", "2020-12-31")]);
        let periods = ["month", "quarter", "year", "decade"].map(truncate);
        for spec in periods.iter().chain([&ranged, &dates(MaskKind::AgeCap, &[("on", "2026-01-01")])]) {
            let Value::Date(found) = one(&ValueType::Date, spec, Value::Date(days)) else { panic!() };
            prop_assert!(found != days && DATES.contains(&found));
            let Value::Timestamp(found) = one(&ValueType::TimestampTz, spec, Value::Timestamp(micros)) else { panic!() };
            prop_assert!(found != micros && TIMESTAMPS.contains(&found));
        }
        let Value::Timestamp(found) = one(&ValueType::Timestamp, &ranged, Value::Timestamp(micros)) else { panic!() };
        prop_assert!((7305..7671).contains(&found.div_euclid(DAY)) && found % 1_000_000 == 0);
    }

    #[test]
    fn times_stay_on_their_day_within_the_seconds(micros in TIMESTAMPS, time in 0..=DAY, seconds in 1i64..86_400) {
        let spec = noise(seconds);
        let Value::Timestamp(found) = one(&ValueType::Timestamp, &spec, Value::Timestamp(micros)) else { panic!() };
        prop_assert!(found != micros && found.div_euclid(DAY) == micros.div_euclid(DAY));
        prop_assert!(seconds > 43_200 || (found - micros).abs() <= seconds * 1_000_000);
        let Value::Time(found) = one(&ValueType::Time, &spec, Value::Time(time)) else { panic!() };
        prop_assert!(found != time && (0..=DAY).contains(&found));
    }

    #[test]
    fn durations_keep_their_sign(months in -3i32..3, days in -3i32..3, micros in -5_000_000i64..5_000_000, part in 0..3) {
        let (months, days, micros) = match part {
            0 => (months, 0, 0),
            1 => (months, days, 0),
            _ => (months, days, micros),
        };
        let value = Value::Interval { months, days, micros };
        let Value::Interval { months: m, days: d, micros: u } = one(&ValueType::Interval, &noise(9), value.clone())
        else { panic!() };
        prop_assert_eq!((m.signum(), d.signum(), u.signum()), (months.signum(), days.signum(), micros.signum()));
        let moved = Value::Interval { months: m, days: d, micros: u };
        prop_assert!((moved == value) == ((months, days, micros) == (0, 0, 0)));
    }
}

#[test]
fn the_longest_durations_stay_in_their_type() {
    for micros in [i64::MAX, i64::MIN + 1, i64::MIN, 1, -1] {
        let value = Value::Interval { months: 1, days: 1, micros };
        assert!(one(&ValueType::Interval, &noise(86_399), value.clone()) != value);
    }
    for days in [i32::MAX, i32::MIN, 1, -1] {
        let value = Value::Interval { months: 0, days, micros: 0 };
        assert!(one(&ValueType::Interval, &noise(1), value.clone()) != value);
    }
}
