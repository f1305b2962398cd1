//! Text form of `interval` as IntervalStyle postgres writes it.
//!
//! `1 year 2 mons -3 days +04:05:06.7`: parts that are 0 are left out, each part has its own sign, and a `+` stands only
//! after a negative part (PostgreSQL source, `EncodeInterval`). From PostgreSQL 17 on, the ends of all three numbers
//! together are infinities.

use crate::datetime::{push_clock, scan_clock};
use crate::scan::{Scan, push_signed};

/// An interval's months, days and microseconds.
pub(crate) type Parts = (i32, i32, i64);

const INFINITY: Parts = (i32::MAX, i32::MAX, i64::MAX);
const NEGATIVE_INFINITY: Parts = (i32::MIN, i32::MIN, i64::MIN);

/// Reads an interval.
pub(crate) fn parse(text: &[u8]) -> Option<Parts> {
    match text {
        b"" => return None,
        b"infinity" => return Some(INFINITY),
        b"-infinity" => return Some(NEGATIVE_INFINITY),
        _ => {}
    }
    let mut scan = Scan::new(text);
    let (mut months, mut days, mut micros) = (0i64, 0i64, 0i64);
    loop {
        match scan_part(&mut scan)? {
            Part::Years(years) => months = years.checked_mul(12)?.checked_add(months)?,
            Part::Months(more) => months = months.checked_add(more)?,
            Part::Days(more) => days = days.checked_add(more)?,
            Part::Clock(more) => micros = micros.checked_add(more)?,
        }
        if scan.is_empty() {
            return Some((i32::try_from(months).ok()?, i32::try_from(days).ok()?, micros));
        }
        if !scan.eat(b' ') {
            return None;
        }
    }
}

/// Writes an interval.
pub(crate) fn print(parts: Parts, out: &mut Vec<u8>) {
    if parts == INFINITY {
        return out.extend_from_slice(b"infinity");
    }
    if parts == NEGATIVE_INFINITY {
        return out.extend_from_slice(b"-infinity");
    }
    let (months, days, micros) = parts;
    let start = out.len();
    let mut after_negative = false;
    for (number, unit) in [(months / 12, " year"), (months % 12, " mon"), (days, " day")] {
        if number == 0 {
            continue;
        }
        push_separator(start, out);
        if after_negative && number > 0 {
            out.push(b'+');
        }
        push_signed(i64::from(number), out);
        out.extend_from_slice(unit.as_bytes());
        if number != 1 {
            out.push(b's');
        }
        after_negative = number < 0;
    }
    if micros != 0 || out.len() == start {
        push_separator(start, out);
        match micros {
            ..0 => out.push(b'-'),
            _ if after_negative => out.push(b'+'),
            _ => {}
        }
        push_clock(micros.unsigned_abs(), out);
    }
}

/// One part of the text.
enum Part {
    Years(i64),
    Months(i64),
    Days(i64),
    Clock(i64),
}

/// Passes a number with its unit, or a clock time with its sign.
fn scan_part(scan: &mut Scan<'_>) -> Option<Part> {
    let part = scan.rest;
    let number = scan.signed()?;
    if scan.rest.first() == Some(&b':') {
        scan.rest = part;
        return scan_signed_clock(scan).map(Part::Clock);
    }
    for (unit, make) in
        [(&b" year"[..], Part::Years as fn(i64) -> Part), (b" mon", Part::Months), (b" day", Part::Days)]
    {
        if scan.eat_text(unit) {
            scan.eat(b's');
            return Some(make(number));
        }
    }
    None
}

/// Passes a clock time with its sign.
fn scan_signed_clock(scan: &mut Scan<'_>) -> Option<i64> {
    if scan.eat(b'-') {
        return 0i64.checked_sub_unsigned(scan_clock(scan)?);
    }
    scan.eat(b'+');
    i64::try_from(scan_clock(scan)?).ok()
}

/// Writes a blank between two parts.
fn push_separator(start: usize, out: &mut Vec<u8>) {
    if out.len() > start {
        out.push(b' ');
    }
}
