//! Fields to values and back, on either wire.

use crate::batch::Wire;
use crate::error::CodecError;
use crate::value::{FieldType, Value};
use crate::{binary, text};

/// Reads a field's payload, which is not NULL's.
///
/// The value borrows from `payload`, or from `scratch` where escapes had to be undone; `scratch` is cleared first, and
/// serves field after field without growing beyond the longest. Of a `timestamptz` in text any offset is read.
///
/// ```
/// use waxwork_copy::{FieldType, Value, Wire, decode, encode};
///
/// let mut scratch = Vec::new();
/// let value = decode(Wire::Text, &FieldType::Text, br"one\ttwo", &mut scratch)?;
/// assert!(value == Value::Text(b"one\ttwo"[..].into()));
///
/// let mut out = Vec::new();
/// encode(Wire::Binary, &FieldType::Text, &value, &mut out)?;
/// assert_eq!(out, b"\0\0\0\x07one\ttwo");
/// # Ok::<(), waxwork_copy::CodecError>(())
/// ```
///
/// # Errors
/// When the payload is not a value of the type.
pub fn decode<'a>(
    wire: Wire,
    kind: &FieldType,
    payload: &'a [u8],
    scratch: &'a mut Vec<u8>,
) -> Result<Value<'a>, CodecError> {
    let value = match wire {
        Wire::Binary => binary::decode(kind, payload),
        Wire::Text => text::decode(kind, payload, scratch),
    };
    Ok(value?)
}

/// Writes a complete field after what `out` holds: binary, length word and payload; text, the escaped payload without a
/// delimiter.
///
/// # Errors
/// When the value is not of the type or not in its range; `out` then ends in part of a field.
pub fn encode(wire: Wire, kind: &FieldType, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let written = match wire {
        Wire::Binary => binary::encode_field(kind, value, out),
        Wire::Text => text::encode_field(kind, value, out),
    };
    Ok(written?)
}

/// Writes a complete NULL field after what `out` holds.
pub fn encode_null(wire: Wire, out: &mut Vec<u8>) {
    match wire {
        Wire::Binary => binary::encode_null(out),
        Wire::Text => text::encode_null(out),
    }
}
