//! Text forms of `date`, `time`, `timestamp` and `timestamptz` as DateStyle ISO writes them.
//!
//! Years have at least four digits and no sign; years before 1 AD end in ` BC`. A `timestamptz` is printed in UTC, and
//! read at any offset. Infinities are the ends of the integers, as in the binary form.

use crate::civil::CivilDate;
use crate::scan::{Scan, push_millionths, push_padded};

/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;
/// Microseconds in an hour, a minute, a second.
const HOUR: i64 = 3_600_000_000;
const MINUTE: i64 = 60_000_000;
const SECOND: i64 = 1_000_000;

/// Reads a `date`: days since 2000-01-01.
pub(crate) fn parse_date(text: &[u8]) -> Option<i32> {
    match text {
        b"infinity" => return Some(i32::MAX),
        b"-infinity" => return Some(i32::MIN),
        _ => {}
    }
    let mut scan = Scan::new(text);
    let date = scan_date(&mut scan)?;
    let days = scan_era(&mut scan, date)?.days()?;
    if scan.is_empty() { i32::try_from(days).ok() } else { None }
}

/// Writes a `date`.
pub(crate) fn print_date(days: i32, out: &mut Vec<u8>) {
    match days {
        i32::MAX => out.extend_from_slice(b"infinity"),
        i32::MIN => out.extend_from_slice(b"-infinity"),
        _ => {
            let date = CivilDate::from_days(days);
            push_date(date, out);
            push_era(date, out);
        }
    }
}

/// Whether these microseconds are a `time`.
pub(crate) fn is_time(micros: i64) -> bool {
    (0..=DAY).contains(&micros)
}

/// Reads a `time`: microseconds since midnight, 24:00:00 included.
pub(crate) fn parse_time(text: &[u8]) -> Option<i64> {
    let mut scan = Scan::new(text);
    let time = scan_time(&mut scan)?;
    scan.is_empty().then_some(time)
}

/// Writes a `time`.
pub(crate) fn print_time(micros: i64, out: &mut Vec<u8>) {
    push_clock(micros.unsigned_abs(), out);
}

/// Reads a `timestamp`, or with a zone a `timestamptz`: microseconds since 2000-01-01, in UTC.
pub(crate) fn parse_timestamp(text: &[u8], zoned: bool) -> Option<i64> {
    match text {
        b"infinity" => return Some(i64::MAX),
        b"-infinity" => return Some(i64::MIN),
        _ => {}
    }
    let mut scan = Scan::new(text);
    let date = scan_date(&mut scan)?;
    let time = if scan.eat(b' ') { scan_time(&mut scan)? } else { return None };
    let offset = if zoned { scan_offset(&mut scan)? } else { 0 };
    let days = scan_era(&mut scan, date)?.days()?;
    if !scan.is_empty() {
        return None;
    }
    // Wide, because the first day a timestamp reaches begins before the least integer.
    let micros = i128::from(days) * i128::from(DAY) + i128::from(time) - i128::from(offset);
    i64::try_from(micros).ok()
}

/// Writes a `timestamp`, or with a zone a `timestamptz` in UTC.
pub(crate) fn print_timestamp(micros: i64, zoned: bool, out: &mut Vec<u8>) {
    match micros {
        i64::MAX => out.extend_from_slice(b"infinity"),
        i64::MIN => out.extend_from_slice(b"-infinity"),
        _ => {
            let date = CivilDate::from_wide_days(micros.div_euclid(DAY));
            push_date(date, out);
            out.push(b' ');
            push_clock(micros.rem_euclid(DAY).unsigned_abs(), out);
            if zoned {
                out.extend_from_slice(b"+00");
            }
            push_era(date, out);
        }
    }
}

/// Writes hours, minutes, seconds and what is left of a second; hours may be many.
pub(crate) fn push_clock(micros: u64, out: &mut Vec<u8>) {
    push_padded(micros / HOUR as u64, 2, out);
    out.push(b':');
    push_padded(micros / MINUTE as u64 % 60, 2, out);
    out.push(b':');
    push_padded(micros / SECOND as u64 % 60, 2, out);
    push_millionths(micros % SECOND as u64, out);
}

/// Passes hours, minutes and seconds, each of two digits but for the hours, which may be many.
pub(crate) fn scan_clock(scan: &mut Scan<'_>) -> Option<u64> {
    let hours = scan.number()?;
    let minutes = if scan.eat(b':') { two_digits(scan)? } else { return None };
    let seconds = if scan.eat(b':') { two_digits(scan)? } else { return None };
    if minutes > 59 || seconds > 59 {
        return None;
    }
    let rest = minutes * MINUTE + seconds * SECOND + scan.millionths()?;
    // Unsigned, because the longest negative interval has no positive twin.
    hours.unsigned_abs().checked_mul(HOUR as u64)?.checked_add(rest.unsigned_abs())
}

/// Passes a time of day.
fn scan_time(scan: &mut Scan<'_>) -> Option<i64> {
    i64::try_from(scan_clock(scan)?).ok().filter(|&time| is_time(time))
}

/// Passes year, month and day; the era comes after the time and is not known yet, so the day is not checked.
fn scan_date(scan: &mut Scan<'_>) -> Option<(i64, u8, u8)> {
    let year = scan.number()?;
    let month = if scan.eat(b'-') { two_digits(scan)? } else { return None };
    let day = if scan.eat(b'-') { two_digits(scan)? } else { return None };
    Some((year, u8::try_from(month).ok()?, u8::try_from(day).ok()?))
}

/// Passes ` BC` if it is there, and makes the date. There is no year 0 in text.
fn scan_era(scan: &mut Scan<'_>, (year, month, day): (i64, u8, u8)) -> Option<CivilDate> {
    let year = match (year, scan.eat_text(b" BC")) {
        (0, _) => return None,
        (year, true) => 1 - year,
        (year, false) => year,
    };
    CivilDate::new(year, month, day)
}

/// Passes an offset from UTC, `+HH[:MM[:SS]]`, in microseconds.
fn scan_offset(scan: &mut Scan<'_>) -> Option<i64> {
    let sign = if scan.eat(b'-') { -1 } else { 1 };
    if sign == 1 && !scan.eat(b'+') {
        return None;
    }
    let mut offset = two_digits(scan)? * HOUR;
    for unit in [MINUTE, SECOND] {
        if scan.eat(b':') {
            offset += two_digits(scan)? * unit;
        }
    }
    Some(sign * offset)
}

/// Passes exactly two digits.
fn two_digits(scan: &mut Scan<'_>) -> Option<i64> {
    let (digits, rest) = scan.rest.split_at_checked(2)?;
    let number = Scan::new(digits).number()?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    scan.rest = rest;
    Some(number)
}

/// Writes year, month and day, without the era.
fn push_date(date: CivilDate, out: &mut Vec<u8>) {
    let year = if date.year > 0 { date.year } else { 1 - date.year };
    push_padded(year.unsigned_abs(), 4, out);
    out.push(b'-');
    push_padded(u64::from(date.month), 2, out);
    out.push(b'-');
    push_padded(u64::from(date.day), 2, out);
}

/// Writes the era of years before 1 AD.
fn push_era(date: CivilDate, out: &mut Vec<u8>) {
    if date.year <= 0 {
        out.extend_from_slice(b" BC");
    }
}
