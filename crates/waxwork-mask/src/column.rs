//! One column's mask: from a decoded value to another of the same type.
//!
//! The kind of value decides what bytes the keyed functions read: characters of a text, 8 little-endian bytes of an
//! integer, 16 of a uuid. So both wires, and columns of different width, agree.

use crate::choice::Choice;
use crate::date::Shift;
use crate::error::MaskErrorKind;
use crate::identifier::{self, IdentifierMask};
use crate::ip::IpMask;
use crate::json::{JsonMask, PairsMask};
use crate::key::{Keyring, Kind, Purpose};
use crate::noise::Noise;
use crate::permutation::IntegerPermutation;
use crate::permutation::uuid::UuidPermutation;
use crate::person::BirthDate;
use crate::range::{self, RangeMask};
use crate::scrub::Outside;
use crate::text::{Room, TextMask, integers, option_error, type_error};
use crate::token::{BytesToken, UuidToken};
use crate::value::{self, MaskValue};
use crate::word::{Word, WordType};
use waxwork_copy::{FieldType, Numeric, Value, Wire, decode, encode};
use waxwork_core::catalog::{TextKind, TextType, ValueType};
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

/// How values of one type become others.
pub(crate) enum ValueMask {
    Text(TextMask),
    /// `char(n)`: blanks at the end are no part of the value.
    Padded(TextMask),
    Integer {
        permutation: IntegerPermutation,
    },
    /// Integers that are numbers of a format.
    Identifier(Box<IdentifierMask>),
    Uuid(Box<UuidPermutation>),
    UuidToken(UuidToken),
    BytesToken(BytesToken),
    Inet(IpMask),
    Cidr(IpMask),
    Shift(Shift),
    Birth(Box<BirthDate>),
    Noise {
        noise: Noise,
        held: (i64, i64),
        scale: Option<i16>,
    },
    Json(JsonMask),
    Choice(Box<Choice>),
    /// Masks that need no place of their own in the hot path.
    Other(Box<dyn MaskValue>),
    /// The same value for all: a complete field.
    Constant(Vec<u8>),
    Elements(Box<ValueMask>),
    /// Both bounds.
    Range(Box<RangeMask>),
    Hstore(Box<PairsMask>),
}

/// Buffers that serve value after value.
#[derive(Default)]
pub(crate) struct Scratch {
    /// What a mask writes.
    pub(crate) out: Vec<u8>,
    /// What a mask reads in another form.
    pub(crate) input: Vec<u8>,
    /// What the codec undoes escapes into.
    pub(crate) decoded: Vec<u8>,
    pub(crate) json: crate::json::JsonScratch,
    /// What the masks of a document's leaves are keyed by in this row.
    pub(crate) leaf_bys: Vec<Option<u64>>,
    /// What programs of the site are asked, and answer.
    pub(crate) outside: Outside,
    /// Documents that could not be read.
    pub(crate) malformed: u64,
    /// Buffers that templates write to, one inside another.
    spare: Vec<Vec<u8>>,
}

impl Scratch {
    /// An empty buffer.
    pub(crate) fn spare(&mut self) -> Vec<u8> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.clear();
        buffer
    }

    /// Takes buffers back.
    pub(crate) fn give_back(&mut self, buffers: [Vec<u8>; 2]) {
        self.spare.extend(buffers);
    }
}

impl ValueMask {
    /// The mask of a spec for a type.
    ///
    /// # Errors
    /// When the mask has no meaning for the type, an option is wrong, or nothing that it gives fits.
    pub(crate) fn compile(
        keyring: &Keyring,
        spec: &MaskSpec,
        value_type: &ValueType,
        wire: Wire,
    ) -> Result<Self, MaskErrorKind> {
        match (spec.kind, value_type) {
            (MaskKind::Constant, _) => constant(spec, value_type, wire).map(Self::Constant),
            (kind, whole) if kind.chooses() && is_one_value(kind, whole) => {
                Ok(Self::Choice(Box::new(Choice::compile(keyring, spec, whole, wire)?)))
            }
            (_, ValueType::Array { element, .. }) => {
                Ok(Self::Elements(Box::new(Self::compile(keyring, spec, element, wire)?)))
            }
            (_, ValueType::Range(bound) | ValueType::Multirange(bound)) => {
                Ok(Self::Range(Box::new(RangeMask::compile(keyring, spec, value_type, bound, wire)?)))
            }
            (_, ValueType::Hstore) => Ok(Self::Hstore(Box::new(PairsMask::compile(keyring, spec)?))),
            (_, ValueType::Text(text_type)) => text(keyring, spec, *text_type),
            (_, ValueType::Json | ValueType::Jsonb) => {
                Ok(Self::Json(JsonMask::compile(keyring, spec, room(spec, None))?))
            }
            (kind, value_type) => match Self::scalar(keyring, spec, value_type)? {
                Some(mask) => Ok(mask),
                None => value::compile(keyring, spec, value_type)?
                    .map(Self::Other)
                    .ok_or_else(|| type_error(kind, &type_name(value_type))),
            },
        }
    }

    /// Masks of types that only some have.
    fn scalar(
        keyring: &Keyring,
        spec: &MaskSpec,
        value_type: &ValueType,
    ) -> Result<Option<Self>, MaskErrorKind> {
        let held = integer_range(value_type);
        if let (Some(format), true) = (identifier::format(spec.kind), value_type.is_integer()) {
            let mask = IdentifierMask::compile(keyring, spec, format, digits_held(held))?;
            return Ok(Some(Self::Identifier(Box::new(mask))));
        }
        Ok(Some(match (spec.kind, value_type) {
            (
                MaskKind::Permute,
                ValueType::Int2 | ValueType::Int4 | ValueType::Int8 | ValueType::Numeric(_),
            ) => Self::Integer { permutation: integer_permutation(keyring, spec, held)? },
            (MaskKind::Permute, ValueType::Uuid) => {
                let subkey = keyring.subkey(Purpose::Permute, &spec.domain, Kind::Uuid);
                Self::Uuid(Box::new(UuidPermutation::new(&subkey)))
            }
            (MaskKind::Token, ValueType::Uuid) => Self::UuidToken(UuidToken::new(keyring, spec)),
            (MaskKind::Token, ValueType::Bytea) => Self::BytesToken(BytesToken::new(keyring, spec)),
            (MaskKind::Ip, ValueType::Inet) => Self::Inet(IpMask::compile(keyring, spec, Room::UNLIMITED)?),
            (MaskKind::Ip, ValueType::Cidr) => Self::Cidr(IpMask::compile(keyring, spec, Room::UNLIMITED)?),
            (MaskKind::DateShift, ValueType::Date) => Self::Shift(Shift::dates(keyring, spec)?),
            (MaskKind::DateShift, ValueType::Timestamp | ValueType::TimestampTz) => {
                Self::Shift(Shift::timestamps(keyring, spec)?)
            }
            (MaskKind::BirthDate, ValueType::Date | ValueType::Timestamp | ValueType::TimestampTz) => {
                Self::Birth(Box::new(BirthDate::compile(keyring, spec)))
            }
            (MaskKind::Noise, ValueType::Numeric(typmod)) => Self::Noise {
                noise: Noise::compile(keyring, spec)?,
                held,
                scale: typmod.map(|(_, scale)| scale),
            },
            (
                MaskKind::Noise,
                ValueType::Int2 | ValueType::Int4 | ValueType::Int8 | ValueType::Float4 | ValueType::Float8,
            ) => Self::Noise { noise: Noise::compile(keyring, spec)?, held, scale: None },
            _ => return Ok(None),
        }))
    }

    /// The mask's value for a value; what it borrows is in `scratch`.
    pub(crate) fn mask<'s>(
        &self,
        value: Value<'_>,
        by: Option<u64>,
        scratch: &'s mut Scratch,
    ) -> Result<Value<'s>, MaskErrorKind> {
        scratch.out.clear();
        Ok(match (self, value) {
            (Self::Text(mask), Value::Text(text)) => {
                mask.write(&text, by, &mut scratch.out)?;
                Value::Text((&scratch.out[..]).into())
            }
            (Self::Padded(mask), Value::Text(text)) => {
                mask.write(without_blanks(&text), by, &mut scratch.out)?;
                Value::Text((&scratch.out[..]).into())
            }
            (Self::Json(mask), Value::Json(document)) => {
                mask.write(&document, by, scratch)?;
                Value::Json((&scratch.out[..]).into())
            }
            (Self::Json(mask), Value::Text(document)) => {
                mask.write(&document, by, scratch)?;
                Value::Text((&scratch.out[..]).into())
            }
            (Self::BytesToken(token), Value::Bytea(bytes)) => {
                token.write(&bytes, by, &mut scratch.out);
                Value::Bytea((&scratch.out[..]).into())
            }
            (Self::Inet(mask), Value::Inet(inet)) => Value::Inet(mask.inet(inet, by, &mut scratch.input)),
            (Self::Cidr(mask), Value::Inet(inet)) => Value::Inet(mask.cidr(inet, by, &mut scratch.input)),
            (Self::Other(mask), value) => mask.mask(value, by, &mut scratch.out)?,
            (Self::Choice(choice), value) => copied(choice.pick(&value, by), &mut scratch.out),
            (Self::Elements(mask), Value::Array { dimensions, elements }) => {
                let masked = elements
                    .into_iter()
                    .zip(0..)
                    .map(|(element, at)| mask.element(element, mask.by_at(by, at), scratch));
                Value::Array { elements: masked.collect::<Result<_, _>>()?, dimensions }
            }
            (Self::Hstore(mask), Value::Hstore(pairs)) => mask.mask(pairs, by, scratch)?,
            (Self::Range(mask), value) => mask.mask(&value, by, scratch)?,
            (other, value) => other.fixed(value, by)?,
        })
    }

    /// Whether it makes words of words.
    pub(crate) fn takes_words(&self) -> bool {
        matches!(self, Self::Integer { .. } | Self::Shift(_))
    }

    /// The mask's word for a word.
    #[inline]
    pub(crate) fn word(&self, word: Word, by: Option<u64>) -> Result<Word, MaskErrorKind> {
        Ok(word.with(match (self, word.word_type) {
            (Self::Integer { permutation }, WordType::Int2 | WordType::Int4 | WordType::Int8) => {
                permutation.permute(word.value).ok_or(MaskErrorKind::Window)?
            }
            (Self::Shift(shift), WordType::Date) => shift.date(word.value as i32, by).into(),
            (Self::Shift(shift), WordType::Timestamp) => shift.timestamp(word.value, by),
            _ => return Err(MaskErrorKind::Unexpected),
        }))
    }

    /// Values that need no buffer.
    fn fixed(&self, value: Value<'_>, by: Option<u64>) -> Result<Value<'static>, MaskErrorKind> {
        Ok(match (self, value) {
            (Self::Integer { permutation }, Value::Int(value)) => {
                Value::Int(permutation.permute(value).ok_or(MaskErrorKind::Window)?)
            }
            (Self::Identifier(mask), Value::Int(value)) => Value::Int(mask.integer(value)?),
            (Self::Integer { permutation }, Value::Numeric(value)) => {
                let image = whole(&value).and_then(|value| permutation.permute(value));
                Value::Numeric(whole_numeric(image.ok_or(MaskErrorKind::Window)?))
            }
            (Self::Uuid(permutation), Value::Uuid(uuid)) => Value::Uuid(permutation.permute(uuid)),
            (Self::UuidToken(token), Value::Uuid(uuid)) => Value::Uuid(token.uuid(&uuid, by)),
            (Self::Shift(shift), Value::Date(days)) => Value::Date(shift.date(days, by)),
            (Self::Shift(shift), Value::Timestamp(micros)) => Value::Timestamp(shift.timestamp(micros, by)),
            (Self::Birth(birth), Value::Date(day)) => Value::Date(birth.date(day, by)),
            (Self::Birth(birth), Value::Timestamp(micros)) => Value::Timestamp(birth.timestamp(micros, by)),
            (Self::Noise { noise, held, .. }, Value::Int(value)) => {
                Value::Int(noise.integer(value, *held, by))
            }
            (Self::Noise { noise, .. }, Value::Float4(value)) => Value::Float4(noise.float4(value, by)),
            (Self::Noise { noise, .. }, Value::Float8(value)) => Value::Float8(noise.float8(value, by)),
            (Self::Noise { noise, scale, .. }, Value::Numeric(value)) => {
                Value::Numeric(noise.numeric(value, *scale, by))
            }
            _ => return Err(MaskErrorKind::Unexpected),
        })
    }

    /// What the element at a place of an array is keyed by: where that alone decides, all of them would be the same.
    fn by_at(&self, by: Option<u64>, place: u64) -> Option<u64> {
        match self {
            Self::Choice(_) => by.map(|by| by ^ place),
            Self::Text(mask) | Self::Padded(mask) if mask.is_part() => by.map(|by| by ^ place),
            _ => by,
        }
    }

    /// The mask's value for an element of a larger one.
    pub(crate) fn element(
        &self,
        element: Option<Value<'_>>,
        by: Option<u64>,
        scratch: &mut Scratch,
    ) -> Result<Option<Value<'static>>, MaskErrorKind> {
        let Some(value) = element else { return Ok(None) };
        Ok(Some(self.mask(value, by, scratch)?.into_owned()))
    }

    /// What a mask that masks NULL reads in its place: a value that no column holds. `None` where a result has no
    /// meaning without a value.
    pub(crate) fn null_stand_in(&self) -> Option<Value<'static>> {
        match self {
            Self::Text(_) | Self::Padded(_) => Some(Value::Text(NULL_STAND_IN.into())),
            Self::UuidToken(_) => Some(Value::Uuid(NULL_UUID)),
            Self::BytesToken(_) => Some(Value::Bytea(NULL_STAND_IN.into())),
            // A choice takes values of any kind.
            Self::Choice(_) => Some(Value::Text(NULL_STAND_IN.into())),
            _ => None,
        }
    }
}

/// A value of the mask's own, its characters in a buffer.
fn copied<'s>(value: &Value<'static>, out: &'s mut Vec<u8>) -> Value<'s> {
    match value {
        Value::Text(text) => {
            out.extend_from_slice(text);
            Value::Text((&out[..]).into())
        }
        other => other.clone(),
    }
}

/// What masks read in NULL's place. NUL is the one character that no text of PostgreSQL holds; 16 bytes make the
/// token as long as a uuid.
const NULL_STAND_IN: &[u8] = b"\0waxwork  null\0\0";

/// The uuid of that name: of no version.
const NULL_UUID: [u8; 16] = *b"\0waxwork  null\0\0";

fn text(keyring: &Keyring, spec: &MaskSpec, text_type: TextType) -> Result<ValueMask, MaskErrorKind> {
    let room = room(spec, Some(text_type));
    if spec.kind == MaskKind::Json {
        return Ok(ValueMask::Json(JsonMask::compile(keyring, spec, room)?));
    }
    let mask = TextMask::compile(keyring, spec, room)?;
    Ok(if text_type.kind == TextKind::Bpchar { ValueMask::Padded(mask) } else { ValueMask::Text(mask) })
}

/// A value that a choice is made for: of an array, each element, unless the rule states whole values. Texts have
/// masks of their own.
fn is_one_value(kind: MaskKind, value_type: &ValueType) -> bool {
    match value_type {
        ValueType::Array { .. } => kind.states_values(),
        ValueType::Text(_) => false,
        _ => true,
    }
}

/// The narrowest of the domain, which the plan knows, and never more than the column itself.
fn room(spec: &MaskSpec, text_type: Option<TextType>) -> Room {
    let ascii = text_type.is_some_and(|text_type| text_type.kind == TextKind::Name);
    let own = text_type.and_then(|text_type| text_type.max_chars);
    Room { ascii, ..Room::UNLIMITED }.limited(spec.max_chars).limited(own)
}

pub(crate) fn without_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().rev().take_while(|byte| **byte == b' ').count();
    &text[..text.len() - blanks]
}

fn integer_permutation(
    keyring: &Keyring,
    spec: &MaskSpec,
    held: (i64, i64),
) -> Result<IntegerPermutation, MaskErrorKind> {
    let map = spec.integers.ok_or_else(|| option_error(spec.kind, "range", "the plan does not say it"))?;
    if map.range.0 < held.0 || map.range.1 > held.1 {
        return Err(option_error(spec.kind, "range", "the type does not hold it"));
    }
    integers(keyring, spec, map)
}

fn integer_range(value_type: &ValueType) -> (i64, i64) {
    match value_type {
        ValueType::Int2 => (i16::MIN.into(), i16::MAX.into()),
        ValueType::Int4 => (i32::MIN.into(), i32::MAX.into()),
        // 10^18 is the last power of ten that an i64 holds.
        ValueType::Numeric(Some((precision @ 0..=18, _))) => {
            let end = 10i64.pow((*precision).into());
            (1 - end, end - 1)
        }
        _ => (i64::MIN, i64::MAX),
    }
}

/// The integer that a numeric is.
fn whole(value: &Numeric) -> Option<i64> {
    let Numeric::Finite { negative, weight, digits, .. } = value else { return None };
    let groups = i32::from(*weight) + 1;
    if digits.len() as i32 > groups || groups > 5 {
        return if digits.is_empty() { Some(0) } else { None };
    }
    let size = (0..groups as usize)
        .fold(0i128, |size, at| size * 10_000 + i128::from(*digits.get(at).unwrap_or(&0)));
    i64::try_from(if *negative { -size } else { size }).ok()
}

/// Room for the digits of any number that the type holds.
fn digits_held((_, last): (i64, i64)) -> Room {
    Room { chars: last.ilog10() as usize, ..Room::UNLIMITED }
}

fn whole_numeric(value: i64) -> Numeric {
    let mut groups = Vec::new();
    let mut rest = value.unsigned_abs();
    while rest > 0 {
        groups.push((rest % 10_000) as u16);
        rest /= 10_000;
    }
    groups.reverse();
    Numeric::finite(value < 0, (groups.len() as i16 - 1).max(0), 0, groups)
}

/// A constant's complete field on a wire.
fn constant(spec: &MaskSpec, value_type: &ValueType, wire: Wire) -> Result<Vec<u8>, MaskErrorKind> {
    let text = spec.options.text("value").ok_or_else(|| option_error(spec.kind, "value", "it is missing"))?;
    if let ValueType::Text(text_type) = value_type {
        // Only this checks that it fits.
        TextMask::compile_constant(spec, room(spec, Some(*text_type)))?;
    }
    if let ValueType::Enum(labels) = value_type
        && !labels.iter().any(|label| label == text)
    {
        return Err(option_error(spec.kind, "value", "the type has no such label"));
    }
    constant_field(text, value_type, wire)
        .ok_or_else(|| option_error(spec.kind, "value", "it is not of the type"))
}

/// The complete field of a value in text form; `None` when it is not of the type, or the wire cannot tell.
pub(crate) fn constant_field(text: &str, value_type: &ValueType, wire: Wire) -> Option<Vec<u8>> {
    let value = literal(text, value_type, wire)?;
    let mut field = Vec::new();
    encode(wire, &field_type(value_type), &value, &mut field).ok()?;
    Some(field)
}

/// The value of a text form; `None` when it is not of the type, or a wire cannot send it.
pub(crate) fn literal(text: &str, value_type: &ValueType, wire: Wire) -> Option<Value<'static>> {
    if matches!(value_type.scalar(), ValueType::Other(_)) && wire == Wire::Binary {
        return None;
    }
    let (mut escaped, mut scratch) = (Vec::new(), Vec::new());
    encode(Wire::Text, &FieldType::Text, &Value::Text(text.as_bytes().into()), &mut escaped).ok()?;
    let value = decode(Wire::Text, &field_type(value_type), &escaped, &mut scratch).ok()?;
    let value = range::canonical(value.into_owned())?;
    // The last of its type has no next one to end before.
    encode(wire, &field_type(value_type), &value, &mut Vec::new()).ok()?;
    Some(value)
}

/// How the codec sees a type.
pub fn field_type(value_type: &ValueType) -> FieldType {
    match value_type {
        ValueType::Bool => FieldType::Bool,
        ValueType::Int2 => FieldType::Int2,
        ValueType::Int4 => FieldType::Int4,
        ValueType::Int8 => FieldType::Int8,
        ValueType::Float4 => FieldType::Float4,
        ValueType::Float8 => FieldType::Float8,
        ValueType::Numeric(_) => FieldType::Numeric,
        ValueType::Text(_) | ValueType::Enum(_) => FieldType::Text,
        ValueType::Date => FieldType::Date,
        ValueType::Time => FieldType::Time,
        ValueType::Timestamp => FieldType::Timestamp,
        ValueType::TimestampTz => FieldType::TimestampTz,
        ValueType::Interval => FieldType::Interval,
        ValueType::Uuid => FieldType::Uuid,
        ValueType::Bytea => FieldType::Bytea,
        ValueType::Json => FieldType::Json,
        ValueType::Jsonb => FieldType::Jsonb,
        ValueType::Inet => FieldType::Inet,
        ValueType::Cidr => FieldType::Cidr,
        ValueType::Array { element, element_oid } => {
            FieldType::Array { element: Box::new(field_type(element)), element_oid: *element_oid }
        }
        ValueType::Hstore => FieldType::Hstore,
        ValueType::Range(bound) => FieldType::Range(Box::new(field_type(bound))),
        ValueType::Multirange(bound) => FieldType::Multirange(Box::new(field_type(bound))),
        ValueType::Other(_) => FieldType::Opaque,
    }
}

fn type_name(value_type: &ValueType) -> String {
    match value_type {
        ValueType::Other(name) => name.clone(),
        ValueType::Enum(_) => "enum".to_owned(),
        known => field_type(known).name().to_owned(),
    }
}
