//! Integers and dates on the binary wire, where they are big-endian words: what passes between wire and mask without a
//! [`Value`](waxwork_copy::Value) of its own.

use waxwork_core::catalog::ValueType;

/// A type whose values are whole numbers of 2, 4 or 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WordType {
    Int2,
    Int4,
    Int8,
    Date,
    Timestamp,
}

/// A value of one of these types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) word_type: WordType,
    /// An integer; days or microseconds since 2000-01-01.
    pub(crate) value: i64,
}

impl WordType {
    /// The type's, if it is one of them.
    pub(crate) fn of(value_type: &ValueType) -> Option<Self> {
        Some(match value_type {
            ValueType::Int2 => Self::Int2,
            ValueType::Int4 => Self::Int4,
            ValueType::Int8 => Self::Int8,
            ValueType::Date => Self::Date,
            ValueType::Timestamp | ValueType::TimestampTz => Self::Timestamp,
            _ => return None,
        })
    }

    /// The value of a payload; `None` where it is not as long as the type.
    #[inline]
    pub(crate) fn read(self, payload: &[u8]) -> Option<Word> {
        let value = match self {
            Self::Int2 => i16::from_be_bytes(payload.try_into().ok()?).into(),
            Self::Int4 | Self::Date => i32::from_be_bytes(payload.try_into().ok()?).into(),
            Self::Int8 | Self::Timestamp => i64::from_be_bytes(payload.try_into().ok()?),
        };
        Some(Word { word_type: self, value })
    }
}

impl Word {
    /// The same type's word of another value, which is in the type's range.
    pub(crate) fn with(self, value: i64) -> Self {
        Self { value, ..self }
    }

    /// Appends the complete field.
    #[inline]
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        match self.word_type {
            WordType::Int2 => field([0, 0, 0, 2], (self.value as i16).to_be_bytes(), out),
            WordType::Int4 | WordType::Date => field([0, 0, 0, 4], (self.value as i32).to_be_bytes(), out),
            WordType::Int8 | WordType::Timestamp => field([0, 0, 0, 8], self.value.to_be_bytes(), out),
        }
    }
}

#[inline]
fn field<const N: usize>(length: [u8; 4], payload: [u8; N], out: &mut Vec<u8>) {
    out.extend_from_slice(&length);
    out.extend_from_slice(&payload);
}
