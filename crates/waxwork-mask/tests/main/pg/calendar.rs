//! Days and microseconds by counting in the proleptic Gregorian calendar, from the text forms of `DateStyle ISO`.

/// Days from 1 January of the year 1 BC (year 0) to 2000-01-01.
const DAYS_TO_2000: i64 = 730_485;
const MICROS_A_DAY: i64 = 86_400_000_000;
/// 4714-11-24 BC, the first day that PostgreSQL knows (PostgreSQL manual, "Date/Time Types").
const FIRST_DAY: i64 = -2_451_545;
/// 5874898-01-01: the first that a date does not know.
const DATE_END: i64 = 2_145_031_949;
/// 294277-01-01: the first that a timestamp does not know.
const TIMESTAMP_END: i64 = 106_751_983;

fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

fn month_days(year: i64) -> [i64; 12] {
    [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

/// Days from 1 January of year 0 to 1 January of a year.
fn days_before(year: i64) -> i64 {
    let last = year - 1;
    365 * year + last.div_euclid(4) - last.div_euclid(100) + last.div_euclid(400) + 1
}

/// `2024-05-17` with or without ` BC`, as days since 2000-01-01; `None` when there is no such day.
fn days(text: &str) -> Option<i64> {
    let (date, is_bc) = text.strip_suffix(" BC").map_or((text, false), |date| (date, true));
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() < 4 || month.len() != 2 || day.len() != 2 {
        return None;
    }
    let (year, month, day): (i64, usize, i64) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let year = if is_bc { 1 - year } else { year };
    let months = month_days(year);
    if !(1..=12).contains(&month) || day < 1 || day > months[month - 1] || (!is_bc && year < 1) {
        return None;
    }
    Some(days_before(year) + months[..month - 1].iter().sum::<i64>() + day - 1 - DAYS_TO_2000)
}

fn day_text(days: i64) -> (String, &'static str) {
    let count = days + DAYS_TO_2000;
    // Not after it: a year is longer than 365 days and shorter than 366.
    let mut year = count.div_euclid(365).min(count.div_euclid(366)) - 1;
    while days_before(year + 1) <= count {
        year += 1;
    }
    let (mut month, mut rest) = (0, count - days_before(year));
    while rest >= month_days(year)[month] {
        rest -= month_days(year)[month];
        month += 1;
    }
    let (shown, era) = if year < 1 { (1 - year, " BC") } else { (year, "") };
    (format!("{shown:04}-{:02}-{:02}", month + 1, rest + 1), era)
}

/// A date's days.
pub(super) fn date(text: &str) -> Option<i32> {
    match text {
        "infinity" => Some(i32::MAX),
        "-infinity" => Some(i32::MIN),
        text => days(text).filter(|days| (FIRST_DAY..DATE_END).contains(days)).map(|days| days as i32),
    }
}

pub(super) fn date_text(days: i32) -> String {
    match days {
        i32::MAX => "infinity".to_owned(),
        i32::MIN => "-infinity".to_owned(),
        days => {
            let (day, era) = day_text(days.into());
            format!("{day}{era}")
        }
    }
}

/// `10:30:00` with or without a fraction, as microseconds.
pub(super) fn time(text: &str) -> Option<i64> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let parts: Vec<i64> = clock.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts[..] else { return None };
    if fraction.len() > 6 || fraction.ends_with('0') || clock.len() != 8 || minutes > 59 || seconds > 59 {
        return None;
    }
    let fraction: i64 = format!("{fraction:0<6}").parse().ok()?;
    let micros = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction;
    (0..=MICROS_A_DAY).contains(&micros).then_some(micros)
}

pub(super) fn time_text(micros: i64) -> String {
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = format!(".{fraction:06}");
    format!("{clock}{}", fraction.trim_end_matches('0').trim_end_matches('.'))
}

/// A timestamp's microseconds; one with a zone is shown in UTC.
pub(super) fn timestamp(text: &str, has_zone: bool) -> Option<i64> {
    match text {
        "infinity" => return Some(i64::MAX),
        "-infinity" => return Some(i64::MIN),
        _ => {}
    }
    let (moment, era) = text.strip_suffix(" BC").map_or((text, ""), |moment| (moment, " BC"));
    let moment = if has_zone { moment.strip_suffix("+00")? } else { moment };
    let (day, clock) = moment.split_once(' ')?;
    let days = days(&format!("{day}{era}")).filter(|days| (FIRST_DAY..TIMESTAMP_END).contains(days))?;
    let micros = time(clock).filter(|micros| *micros < MICROS_A_DAY)?;
    Some(days * MICROS_A_DAY + micros)
}

pub(super) fn timestamp_text(micros: i64, has_zone: bool) -> String {
    match micros {
        i64::MAX => "infinity".to_owned(),
        i64::MIN => "-infinity".to_owned(),
        micros => {
            let (day, era) = day_text(micros.div_euclid(MICROS_A_DAY));
            let zone = if has_zone { "+00" } else { "" };
            format!("{day} {}{zone}{era}", time_text(micros.rem_euclid(MICROS_A_DAY)))
        }
    }
}

/// Months, days and microseconds of an interval as `IntervalStyle = postgres` writes it (PostgreSQL source,
/// `datetime.c`, `EncodeInterval`): a part after a negative one has its sign.
pub(super) fn interval(text: &str) -> Option<(i32, i32, i64)> {
    let (mut months, mut days, mut micros) = (0i64, 0i64, 0i64);
    let mut words = text.split(' ');
    while let Some(word) = words.next() {
        if word.contains(':') {
            let (hours, rest) = word.trim_start_matches(['-', '+']).split_once(':')?;
            let rest = time(&format!("00:{rest}"))?;
            let size = hours.parse::<i64>().ok()?.checked_mul(3_600_000_000)?.checked_add(rest)?;
            micros = if word.starts_with('-') { -size } else { size };
            continue;
        }
        let count: i64 = word.parse().ok()?;
        match words.next()?.trim_end_matches('s') {
            "year" => months += 12 * count,
            "mon" => months += count,
            "day" => days = count,
            _ => return None,
        }
    }
    let (months, days) = (months.try_into().ok()?, days.try_into().ok()?);
    (interval_text(months, days, micros) == text).then_some((months, days, micros))
}

pub(super) fn interval_text(months: i32, days: i32, micros: i64) -> String {
    let mut text = String::new();
    let mut after_negative = false;
    for (count, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] {
        if count != 0 {
            let blank = if text.is_empty() { "" } else { " " };
            let sign = if after_negative && count > 0 { "+" } else { "" };
            let plural = if count == 1 { "" } else { "s" };
            text += &format!("{blank}{sign}{count} {unit}{plural}");
            after_negative = count < 0;
        }
    }
    if micros != 0 || text.is_empty() {
        let size = micros.unsigned_abs();
        let (hours, rest) = (size / 3_600_000_000, (size % 3_600_000_000) as i64);
        let blank = if text.is_empty() { "" } else { " " };
        let sign = if micros < 0 {
            "-"
        } else if after_negative {
            "+"
        } else {
            ""
        };
        text += &format!("{blank}{sign}{hours:02}:{}", &time_text(rest)[3..]);
    }
    text
}

#[test]
fn intervals_are_read_as_they_are_written() {
    for (text, parts) in super::values::INTERVALS {
        assert_eq!(interval(text), Some(parts));
    }
    assert_eq!(interval_text(1, -1, 1), "1 mon -1 days +00:00:00.000001");
    assert_eq!(interval("1 days"), None);
}
