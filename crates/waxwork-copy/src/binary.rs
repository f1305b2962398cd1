//! The binary wire's fields: a length word, −1 for NULL, then the type's send form, big-endian.

use std::borrow::Cow;

use crate::datetime::is_time;
use crate::error::CodecErrorKind;
use crate::value::{FieldType, Value};
use crate::{array, hstore, inet, numeric, range};

/// What leads the binary form of `jsonb`.
const JSONB_VERSION: u8 = 1;

/// Reads big-endian words from the front of a payload; `Err(())` where it is too short.
pub(crate) struct Reader<'a> {
    pub(crate) rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(payload: &'a [u8]) -> Self {
        Self { rest: payload }
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], ()> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(())?;
        self.rest = rest;
        Ok(*bytes)
    }

    pub(crate) fn i32(&mut self) -> Result<i32, ()> {
        self.fixed().map(i32::from_be_bytes)
    }

    /// Passes a length word and its payload, `None` for NULL.
    pub(crate) fn field(&mut self) -> Result<Option<&'a [u8]>, ()> {
        let length = self.i32()?;
        if length == -1 {
            return Ok(None);
        }
        let length = usize::try_from(length).map_err(|_| ())?;
        let (payload, rest) = self.rest.split_at_checked(length).ok_or(())?;
        self.rest = rest;
        Ok(Some(payload))
    }
}

/// Reads a payload.
pub(crate) fn decode<'a>(kind: &FieldType, payload: &'a [u8]) -> Result<Value<'a>, CodecErrorKind> {
    let value = match kind {
        FieldType::Bool => fixed(payload).map(|[byte]: [u8; 1]| Value::Bool(byte != 0)),
        FieldType::Int2 => fixed(payload).map(|bytes| Value::Int(i16::from_be_bytes(bytes).into())),
        FieldType::Int4 => fixed(payload).map(|bytes| Value::Int(i32::from_be_bytes(bytes).into())),
        FieldType::Int8 => fixed(payload).map(|bytes| Value::Int(i64::from_be_bytes(bytes))),
        FieldType::Float4 => fixed(payload).map(|bytes| Value::Float4(f32::from_be_bytes(bytes))),
        FieldType::Float8 => fixed(payload).map(|bytes| Value::Float8(f64::from_be_bytes(bytes))),
        FieldType::Numeric => return numeric::from_binary(payload).map(Value::Numeric),
        FieldType::Text => Some(Value::Text(Cow::Borrowed(payload))),
        FieldType::Date => fixed(payload).map(|bytes| Value::Date(i32::from_be_bytes(bytes))),
        FieldType::Time => {
            fixed(payload).map(i64::from_be_bytes).filter(|&micros| is_time(micros)).map(Value::Time)
        }
        FieldType::Timestamp | FieldType::TimestampTz => {
            fixed(payload).map(|bytes| Value::Timestamp(i64::from_be_bytes(bytes)))
        }
        FieldType::Interval => interval(payload),
        FieldType::Uuid => fixed(payload).map(Value::Uuid),
        FieldType::Bytea => Some(Value::Bytea(Cow::Borrowed(payload))),
        FieldType::Json => Some(Value::Json(Cow::Borrowed(payload))),
        FieldType::Jsonb => match payload.split_first() {
            Some((&JSONB_VERSION, document)) => Some(Value::Json(Cow::Borrowed(document))),
            _ => None,
        },
        FieldType::Inet | FieldType::Cidr => inet::from_binary(payload).map(Value::Inet),
        FieldType::Array { element, .. } => return array::from_binary(element, payload),
        FieldType::Range(element) => return range::from_binary(element, payload).map(Value::Range),
        FieldType::Multirange(element) => {
            return range::multirange_from_binary(element, payload).map(Value::Multirange);
        }
        FieldType::Hstore => hstore::from_binary(payload).map(Value::Hstore),
        FieldType::Opaque => Some(Value::Opaque(Cow::Borrowed(payload))),
    };
    value.ok_or(CodecErrorKind::Malformed(kind.name()))
}

/// Writes a field: length word and payload.
pub(crate) fn encode_field(
    kind: &FieldType,
    value: &Value<'_>,
    out: &mut Vec<u8>,
) -> Result<(), CodecErrorKind> {
    let start = out.len();
    encode_null(out);
    encode(kind, value, out)?;
    let length = i32::try_from(out.len() - start - 4).map_err(|_| CodecErrorKind::TooLong)?;
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

/// Writes the length word of a NULL.
pub(crate) fn encode_null(out: &mut Vec<u8>) {
    out.extend_from_slice(&(-1i32).to_be_bytes());
}

/// Writes a payload.
fn encode(kind: &FieldType, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), CodecErrorKind> {
    let out_of_range = CodecErrorKind::OutOfRange(kind.name());
    match (kind, value) {
        (FieldType::Bool, Value::Bool(value)) => out.push(u8::from(*value)),
        (FieldType::Int2, Value::Int(value)) => {
            let value = i16::try_from(*value).map_err(|_| out_of_range)?;
            out.extend_from_slice(&value.to_be_bytes());
        }
        (FieldType::Int4, Value::Int(value)) => {
            let value = i32::try_from(*value).map_err(|_| out_of_range)?;
            out.extend_from_slice(&value.to_be_bytes());
        }
        (FieldType::Int8, Value::Int(value)) => out.extend_from_slice(&value.to_be_bytes()),
        (FieldType::Float4, Value::Float4(value)) => out.extend_from_slice(&value.to_be_bytes()),
        (FieldType::Float8, Value::Float8(value)) => out.extend_from_slice(&value.to_be_bytes()),
        (FieldType::Numeric, Value::Numeric(value)) => return numeric::to_binary(value, out),
        (FieldType::Date, Value::Date(days)) => out.extend_from_slice(&days.to_be_bytes()),
        (FieldType::Time, Value::Time(micros)) if !is_time(*micros) => return Err(out_of_range),
        (FieldType::Time, Value::Time(micros))
        | (FieldType::Timestamp | FieldType::TimestampTz, Value::Timestamp(micros)) => {
            out.extend_from_slice(&micros.to_be_bytes());
        }
        (FieldType::Interval, Value::Interval { months, days, micros }) => {
            out.extend_from_slice(&micros.to_be_bytes());
            out.extend_from_slice(&days.to_be_bytes());
            out.extend_from_slice(&months.to_be_bytes());
        }
        (FieldType::Uuid, Value::Uuid(bytes)) => out.extend_from_slice(bytes),
        (FieldType::Jsonb, Value::Json(document)) => {
            out.push(JSONB_VERSION);
            out.extend_from_slice(document);
        }
        (FieldType::Text, Value::Text(bytes))
        | (FieldType::Bytea, Value::Bytea(bytes))
        | (FieldType::Json, Value::Json(bytes))
        | (FieldType::Opaque, Value::Opaque(bytes)) => out.extend_from_slice(bytes),
        (FieldType::Inet | FieldType::Cidr, Value::Inet(value)) => {
            inet::to_binary(value, *kind == FieldType::Cidr, out);
        }
        (FieldType::Array { element, element_oid }, Value::Array { dimensions, elements }) => {
            return array::to_binary((element, *element_oid), dimensions, elements, out);
        }
        (FieldType::Hstore, Value::Hstore(pairs)) => return hstore::to_binary(pairs, out),
        (FieldType::Range(element), Value::Range(bounds)) => {
            return range::to_binary(element, bounds.as_deref(), out);
        }
        (FieldType::Multirange(element), Value::Multirange(ranges)) => {
            return range::multirange_to_binary(element, ranges, out);
        }
        _ => return Err(CodecErrorKind::ValueKind(kind.name())),
    }
    Ok(())
}

/// A payload of exactly `N` bytes.
fn fixed<const N: usize>(payload: &[u8]) -> Option<[u8; N]> {
    payload.try_into().ok()
}

/// Microseconds, days and months, in this order.
fn interval(payload: &[u8]) -> Option<Value<'_>> {
    let [micros @ .., d0, d1, d2, d3, m0, m1, m2, m3] = fixed::<16>(payload)?;
    let (days, months) = (i32::from_be_bytes([d0, d1, d2, d3]), i32::from_be_bytes([m0, m1, m2, m3]));
    Some(Value::Interval { months, days, micros: i64::from_be_bytes(micros) })
}
