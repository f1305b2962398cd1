//! The text wire's fields: the type's output form, then COPY's escapes.

use std::borrow::Cow;

use crate::error::CodecErrorKind;
use crate::scan::{Scan, push_signed};
use crate::value::{FieldType, Value};
use crate::{array, datetime, escape, float, hex, hstore, inet, interval, numeric, range};

/// Reads a payload; what its escapes stand for goes to `scratch`.
pub(crate) fn decode<'a>(
    kind: &FieldType,
    payload: &'a [u8],
    scratch: &'a mut Vec<u8>,
) -> Result<Value<'a>, CodecErrorKind> {
    if *kind == FieldType::Bytea {
        // Its text always has an escape, so it is in `scratch` anyway: the digits become bytes there, in place.
        escape::unescape_into(payload, scratch)?;
        decode_hex_in_place(scratch).ok_or(CodecErrorKind::Malformed(kind.name()))?;
        return Ok(Value::Bytea(Cow::Borrowed(scratch)));
    }
    parse(kind, escape::unescape(payload, scratch)?)
}

/// Writes a field.
pub(crate) fn encode_field(
    kind: &FieldType,
    value: &Value<'_>,
    out: &mut Vec<u8>,
) -> Result<(), CodecErrorKind> {
    let start = out.len();
    print(kind, value, out)?;
    match kind {
        FieldType::Text
        | FieldType::Bytea
        | FieldType::Json
        | FieldType::Jsonb
        | FieldType::Array { .. }
        | FieldType::Hstore
        | FieldType::Opaque => escape::escape_tail(start, out),
        // No other type's form has a character that COPY escapes.
        _ => {}
    }
    Ok(())
}

/// Writes the null marker.
pub(crate) fn encode_null(out: &mut Vec<u8>) {
    out.extend_from_slice(b"\\N");
}

/// Reads an output form.
pub(crate) fn parse<'a>(kind: &FieldType, text: &'a [u8]) -> Result<Value<'a>, CodecErrorKind> {
    let value = match kind {
        FieldType::Bool => bool(text).map(Value::Bool),
        FieldType::Int2 | FieldType::Int4 | FieldType::Int8 => return integer(kind, text).map(Value::Int),
        FieldType::Float4 => float::parse(text).map(Value::Float4),
        FieldType::Float8 => float::parse(text).map(Value::Float8),
        FieldType::Numeric => return numeric::parse(text).map(Value::Numeric),
        FieldType::Text => Some(Value::Text(Cow::Borrowed(text))),
        FieldType::Date => datetime::parse_date(text).map(Value::Date),
        FieldType::Time => datetime::parse_time(text).map(Value::Time),
        FieldType::Timestamp => datetime::parse_timestamp(text, false).map(Value::Timestamp),
        FieldType::TimestampTz => datetime::parse_timestamp(text, true).map(Value::Timestamp),
        FieldType::Interval => {
            interval::parse(text).map(|(months, days, micros)| Value::Interval { months, days, micros })
        }
        FieldType::Uuid => uuid(text).map(Value::Uuid),
        FieldType::Bytea => bytea(text).map(|bytes| Value::Bytea(Cow::Owned(bytes))),
        FieldType::Json | FieldType::Jsonb => Some(Value::Json(Cow::Borrowed(text))),
        FieldType::Inet | FieldType::Cidr => inet::parse(text).map(Value::Inet),
        FieldType::Array { element, .. } => return array::parse(element, text),
        FieldType::Range(element) => return range::parse(element, text).map(Value::Range),
        FieldType::Multirange(element) => {
            return range::parse_multirange(element, text).map(Value::Multirange);
        }
        FieldType::Hstore => return hstore::parse(text).map(Value::Hstore),
        FieldType::Opaque => Some(Value::Opaque(Cow::Borrowed(text))),
    };
    value.ok_or(CodecErrorKind::Malformed(kind.name()))
}

/// Writes an output form.
pub(crate) fn print(kind: &FieldType, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), CodecErrorKind> {
    match (kind, value) {
        (FieldType::Bool, Value::Bool(value)) => out.push(if *value { b't' } else { b'f' }),
        (FieldType::Int2 | FieldType::Int4 | FieldType::Int8, Value::Int(value)) => {
            check_integer(kind, *value)?;
            push_signed(*value, out);
        }
        (FieldType::Float4, Value::Float4(value)) => float::print_float4(*value, out),
        (FieldType::Float8, Value::Float8(value)) => float::print_float8(*value, out),
        (FieldType::Numeric, Value::Numeric(value)) => numeric::print(value, out),
        (FieldType::Date, Value::Date(days)) => datetime::print_date(*days, out),
        (FieldType::Time, Value::Time(micros)) if !datetime::is_time(*micros) => {
            return Err(CodecErrorKind::OutOfRange(kind.name()));
        }
        (FieldType::Time, Value::Time(micros)) => datetime::print_time(*micros, out),
        (FieldType::Timestamp, Value::Timestamp(micros)) => datetime::print_timestamp(*micros, false, out),
        (FieldType::TimestampTz, Value::Timestamp(micros)) => datetime::print_timestamp(*micros, true, out),
        (FieldType::Interval, Value::Interval { months, days, micros }) => {
            interval::print((*months, *days, *micros), out);
        }
        (FieldType::Uuid, Value::Uuid(bytes)) => print_uuid(bytes, out),
        (FieldType::Bytea, Value::Bytea(bytes)) => {
            out.extend_from_slice(b"\\x");
            hex::push_hex(bytes, out);
        }
        (FieldType::Text, Value::Text(bytes))
        | (FieldType::Json | FieldType::Jsonb, Value::Json(bytes))
        | (FieldType::Opaque, Value::Opaque(bytes)) => out.extend_from_slice(bytes),
        (FieldType::Inet, Value::Inet(value)) => inet::print(value, false, out),
        (FieldType::Cidr, Value::Inet(value)) => inet::print(value, true, out),
        (FieldType::Array { element, .. }, Value::Array { dimensions, elements }) => {
            return array::print(element, dimensions, elements, out);
        }
        (FieldType::Hstore, Value::Hstore(pairs)) => hstore::print(pairs, out),
        (FieldType::Range(element), Value::Range(bounds)) => {
            return range::print(element, bounds.as_deref(), out);
        }
        (FieldType::Multirange(element), Value::Multirange(ranges)) => {
            return range::print_multirange(element, ranges, out);
        }
        _ => return Err(CodecErrorKind::ValueKind(kind.name())),
    }
    Ok(())
}

fn bool(text: &[u8]) -> Option<bool> {
    match text {
        b"t" => Some(true),
        b"f" => Some(false),
        _ => None,
    }
}

fn integer(kind: &FieldType, text: &[u8]) -> Result<i64, CodecErrorKind> {
    let mut scan = Scan::new(text);
    let number = scan.signed().filter(|_| scan.is_empty()).ok_or(CodecErrorKind::Malformed(kind.name()))?;
    check_integer(kind, number)?;
    Ok(number)
}

/// Whether the number fits the integer type.
fn check_integer(kind: &FieldType, number: i64) -> Result<(), CodecErrorKind> {
    let fits = match kind {
        FieldType::Int2 => i16::try_from(number).is_ok(),
        FieldType::Int4 => i32::try_from(number).is_ok(),
        _ => true,
    };
    if fits { Ok(()) } else { Err(CodecErrorKind::OutOfRange(kind.name())) }
}

/// Where the hyphens of a uuid stand.
const UUID_HYPHENS: [usize; 4] = [8, 13, 18, 23];

fn uuid(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != 36 || UUID_HYPHENS.iter().any(|&at| text[at] != b'-') {
        return None;
    }
    let mut digits =
        text.iter().enumerate().filter(|(at, _)| !UUID_HYPHENS.contains(at)).map(|(_, &digit)| digit);
    let mut bytes = [0; 16];
    for byte in &mut bytes {
        *byte = hex::hex_byte(digits.next()?, digits.next()?)?;
    }
    Some(bytes)
}

fn print_uuid(bytes: &[u8; 16], out: &mut Vec<u8>) {
    for (index, group) in [0..4, 4..6, 6..8, 8..10, 10..16].into_iter().enumerate() {
        if index > 0 {
            out.push(b'-');
        }
        hex::push_hex(&bytes[group], out);
    }
}

/// The bytes that `\x` and digits write.
fn bytea(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = text.to_vec();
    decode_hex_in_place(&mut bytes)?;
    Some(bytes)
}

/// Replaces `\x` and digits by the bytes that they write.
fn decode_hex_in_place(text: &mut Vec<u8>) -> Option<()> {
    if !text.starts_with(b"\\x") || !text.len().is_multiple_of(2) {
        return None;
    }
    let length = text.len() / 2 - 1;
    for at in 0..length {
        text[at] = hex::hex_byte(text[2 + 2 * at], text[3 + 2 * at])?;
    }
    text.truncate(length);
    Some(())
}
