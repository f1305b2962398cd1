//! Dates and times in literals: ISO 8601 as PostgreSQL prints it, and nothing that depends on a setting or on today.

/// The last whole year of a timestamp (PostgreSQL manual, 8.5).
const YEAR_MAX: u32 = 294_275;

/// A `date`: `2026-03-14`, or an infinity.
pub(super) fn date(written: &str) -> Option<String> {
    infinity(written).or_else(|| Some(day(written)?.to_owned()))
}

/// A `time`: `12:30`, `12:30:15.5`, and `24:00`.
pub(super) fn time(written: &str) -> Option<String> {
    let (whole, fraction) = written.split_once('.').unwrap_or((written, ""));
    let parts: Vec<u32> = whole.split(':').map(two_digits).collect::<Option<_>>()?;
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] => (*hour, *minute, 0),
        [hour, minute, second] => (*hour, *minute, *second),
        _ => return None,
    };
    let fits = minute < 60 && second < 60 && hour <= 24;
    let is_fraction = written.len() == whole.len()
        || (parts.len() == 3
            && (1..=6).contains(&fraction.len())
            && fraction.bytes().all(|byte| byte.is_ascii_digit()));
    let is_last = hour < 24 || (minute == 0 && second == 0 && fraction.trim_matches('0').is_empty());
    let point = if fraction.is_empty() { "" } else { "." };
    (fits && is_fraction && is_last).then(|| format!("{hour:02}:{minute:02}:{second:02}{point}{fraction}"))
}

/// A `timestamp`: a date, or a date and a time of day.
pub(super) fn timestamp(written: &str) -> Option<String> {
    infinity(written).or_else(|| {
        let (date, clock) = written.split_once([' ', 'T']).unwrap_or((written, "00:00:00"));
        let clock = time(clock).filter(|clock| !clock.starts_with("24"))?;
        Some(format!("{} {clock}", day(date)?))
    })
}

/// A `timestamptz`: the same with an offset (`Z`, `+02`, `-05:30`), or in UTC without one.
pub(super) fn timestamptz(written: &str) -> Option<String> {
    infinity(written).or_else(|| {
        let clock = written.find([' ', 'T']).map_or(written.len(), |at| at + 1);
        let zone = written[clock..].find(['Z', '+', '-']).map_or(written.len(), |at| clock + at);
        let (local, zone) = written.split_at(zone);
        Some(format!("{}{}", timestamp(local)?, offset(zone)?))
    })
}

/// The widest offset is 15:59 (PostgreSQL source, `MAX_TZDISP_HOUR`).
fn offset(zone: &str) -> Option<String> {
    if zone.is_empty() || zone == "Z" {
        return Some("+00".to_owned());
    }
    let (hours, minutes) = zone[1..].split_once(':').unwrap_or((&zone[1..], "00"));
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (hours < 16 && minutes < 60).then(|| format!("{}{hours:02}:{minutes:02}", &zone[..1]))
}

fn infinity(written: &str) -> Option<String> {
    matches!(written, "infinity" | "-infinity").then(|| written.to_owned())
}

fn day(written: &str) -> Option<&str> {
    let mut parts = written.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_plain = year.len() == 4 || (year.len() > 4 && !year.starts_with('0'));
    let number: u32 = year.bytes().all(|byte| byte.is_ascii_digit()).then(|| year.parse().ok())??;
    let fits = is_plain
        && parts.next().is_none()
        && (1..=YEAR_MAX).contains(&number)
        && (1..=days_in(number, two_digits(month)?)).contains(&two_digits(day)?);
    fits.then_some(written)
}

/// Days of a month in the Gregorian calendar; 0 where there is no such month.
fn days_in(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

fn two_digits(text: &str) -> Option<u32> {
    let is_two = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_two.then(|| text.parse().ok())?
}
