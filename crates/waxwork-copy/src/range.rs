//! Ranges and multiranges of types whose text form has neither quote nor bracket: numbers, dates and
//! timestamps.
//!
//! Binary: a byte of flags, then each bound that is there after its length word (PostgreSQL source, `range_send`); a
//! multirange is their number, then each after its length word (`multirange_send`). Text: `empty`, or two bounds between
//! brackets that say whether they belong to it, quoted where they have a blank (`range_out`); a multirange is ranges
//! between braces (`multirange_out`).

use crate::binary::{self, Reader};
use crate::error::CodecErrorKind;
use crate::scan::Scan;
use crate::text;
use crate::value::{FieldType, RangeBound, RangeBounds, Value};

/// Flags of the binary form (`rangetypes.h`).
const EMPTY: u8 = 0x01;
const LOWER_INCLUSIVE: u8 = 0x02;
const UPPER_INCLUSIVE: u8 = 0x04;
const LOWER_INFINITE: u8 = 0x08;
const UPPER_INFINITE: u8 = 0x10;

const MALFORMED: CodecErrorKind = CodecErrorKind::Malformed("range");

/// A range; `None` is the empty one.
type Range<'a> = Option<Box<RangeBounds<'a>>>;

/// Reads the binary form of a range.
pub(crate) fn from_binary<'a>(element: &FieldType, payload: &'a [u8]) -> Result<Range<'a>, CodecErrorKind> {
    let (&flags, rest) = payload.split_first().ok_or(MALFORMED)?;
    if flags & !(EMPTY | LOWER_INCLUSIVE | UPPER_INCLUSIVE | LOWER_INFINITE | UPPER_INFINITE) != 0 {
        return Err(MALFORMED);
    }
    let mut reader = Reader::new(rest);
    let mut bound = |infinite: u8, inclusive: u8| {
        let value = if flags & (EMPTY | infinite) == 0 {
            let payload = reader.field().ok().flatten().ok_or(MALFORMED)?;
            Some(binary::decode(element, payload)?)
        } else {
            None
        };
        Ok(RangeBound { value, inclusive: flags & inclusive != 0 })
    };
    let (lower, upper) = (bound(LOWER_INFINITE, LOWER_INCLUSIVE)?, bound(UPPER_INFINITE, UPPER_INCLUSIVE)?);
    if !reader.rest.is_empty() {
        return Err(MALFORMED);
    }
    Ok((flags & EMPTY == 0).then(|| Box::new(RangeBounds { lower, upper })))
}

/// Writes the binary form of a range.
pub(crate) fn to_binary(
    element: &FieldType,
    bounds: Option<&RangeBounds<'_>>,
    out: &mut Vec<u8>,
) -> Result<(), CodecErrorKind> {
    let Some(RangeBounds { lower, upper }) = bounds else {
        out.push(EMPTY);
        return Ok(());
    };
    let flag = |bound: &RangeBound<'_>, infinite, inclusive| match bound {
        RangeBound { value: None, .. } => infinite,
        RangeBound { inclusive: true, .. } => inclusive,
        RangeBound { inclusive: false, .. } => 0,
    };
    out.push(flag(lower, LOWER_INFINITE, LOWER_INCLUSIVE) | flag(upper, UPPER_INFINITE, UPPER_INCLUSIVE));
    for value in [lower, upper].into_iter().filter_map(|bound| bound.value.as_ref()) {
        binary::encode_field(element, value, out)?;
    }
    Ok(())
}

/// Reads the binary form of a multirange.
pub(crate) fn multirange_from_binary<'a>(
    element: &FieldType,
    payload: &'a [u8],
) -> Result<Vec<RangeBounds<'a>>, CodecErrorKind> {
    let mut reader = Reader::new(payload);
    let count = reader.i32().map_err(|()| MALFORMED)?;
    let mut ranges = Vec::new();
    for _ in 0..count {
        let payload = reader.field().ok().flatten().ok_or(MALFORMED)?;
        ranges.extend(from_binary(element, payload)?.map(|bounds| *bounds));
    }
    if count < 0 || !reader.rest.is_empty() { Err(MALFORMED) } else { Ok(ranges) }
}

/// Writes the binary form of a multirange.
pub(crate) fn multirange_to_binary(
    element: &FieldType,
    ranges: &[RangeBounds<'_>],
    out: &mut Vec<u8>,
) -> Result<(), CodecErrorKind> {
    out.extend_from_slice(&(ranges.len() as i32).to_be_bytes());
    for bounds in ranges {
        let start = out.len();
        binary::encode_null(out);
        to_binary(element, Some(bounds), out)?;
        let length = i32::try_from(out.len() - start - 4).map_err(|_| CodecErrorKind::TooLong)?;
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

/// Reads the text form of a range.
pub(crate) fn parse<'a>(element: &FieldType, text: &'a [u8]) -> Result<Range<'a>, CodecErrorKind> {
    if text == b"empty" {
        return Ok(None);
    }
    let mut scan = Scan::new(text);
    let bounds = scan_bounds(element, &mut scan)?;
    if scan.is_empty() { Ok(Some(Box::new(bounds))) } else { Err(MALFORMED) }
}

/// Reads the text form of a multirange.
pub(crate) fn parse_multirange<'a>(
    element: &FieldType,
    text: &'a [u8],
) -> Result<Vec<RangeBounds<'a>>, CodecErrorKind> {
    let mut scan = Scan::new(text);
    let mut ranges = Vec::new();
    if !scan.eat(b'{') {
        return Err(MALFORMED);
    }
    if !scan.eat(b'}') {
        loop {
            ranges.push(scan_bounds(element, &mut scan)?);
            match (scan.eat(b','), scan.eat(b'}')) {
                (true, false) => {}
                (false, true) => break,
                _ => return Err(MALFORMED),
            }
        }
    }
    if scan.is_empty() { Ok(ranges) } else { Err(MALFORMED) }
}

/// Writes the text form of a range.
pub(crate) fn print(
    element: &FieldType,
    bounds: Option<&RangeBounds<'_>>,
    out: &mut Vec<u8>,
) -> Result<(), CodecErrorKind> {
    let Some(RangeBounds { lower, upper }) = bounds else {
        out.extend_from_slice(b"empty");
        return Ok(());
    };
    out.push(if lower.inclusive && lower.value.is_some() { b'[' } else { b'(' });
    print_bound(element, lower, out)?;
    out.push(b',');
    print_bound(element, upper, out)?;
    out.push(if upper.inclusive && upper.value.is_some() { b']' } else { b')' });
    Ok(())
}

/// Writes the text form of a multirange.
pub(crate) fn print_multirange(
    element: &FieldType,
    ranges: &[RangeBounds<'_>],
    out: &mut Vec<u8>,
) -> Result<(), CodecErrorKind> {
    out.push(b'{');
    for (index, bounds) in ranges.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        print(element, Some(bounds), out)?;
    }
    out.push(b'}');
    Ok(())
}

/// Passes one range that is not empty.
fn scan_bounds<'a>(element: &FieldType, scan: &mut Scan<'a>) -> Result<RangeBounds<'a>, CodecErrorKind> {
    let lower_inclusive = match (scan.eat(b'['), scan.eat(b'(')) {
        (true, false) => true,
        (false, true) => false,
        _ => return Err(MALFORMED),
    };
    let lower = scan_bound(element, scan)?;
    if !scan.eat(b',') {
        return Err(MALFORMED);
    }
    let upper = scan_bound(element, scan)?;
    let upper_inclusive = match (scan.eat(b']'), scan.eat(b')')) {
        (true, false) => true,
        (false, true) => false,
        _ => return Err(MALFORMED),
    };
    Ok(RangeBounds {
        lower: RangeBound { inclusive: lower_inclusive && lower.is_some(), value: lower },
        upper: RangeBound { inclusive: upper_inclusive && upper.is_some(), value: upper },
    })
}

/// Passes a bound; nothing where there is none.
fn scan_bound<'a>(element: &FieldType, scan: &mut Scan<'a>) -> Result<Option<Value<'a>>, CodecErrorKind> {
    let quoted = scan.eat(b'"');
    let ends = if quoted { &b"\"\\"[..] } else { b",])([\"\\" };
    let length = scan.rest.iter().take_while(|byte| !ends.contains(byte)).count();
    let (text, rest) = scan.rest.split_at(length);
    scan.rest = rest;
    if quoted && !scan.eat(b'"') {
        return Err(MALFORMED);
    }
    if text.is_empty() && !quoted {
        return Ok(None);
    }
    text::parse(element, text).map(Some)
}

/// Writes a bound, between quotes where it has a blank.
fn print_bound(element: &FieldType, bound: &RangeBound<'_>, out: &mut Vec<u8>) -> Result<(), CodecErrorKind> {
    let Some(value) = &bound.value else { return Ok(()) };
    let start = out.len();
    text::print(element, value, out)?;
    if out[start..].contains(&b' ') {
        out.insert(start, b'"');
        out.push(b'"');
    }
    Ok(())
}
