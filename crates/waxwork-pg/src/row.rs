//! Rows and parameters of the extended protocol, in PostgreSQL's binary forms.
//!
//! Crates above may not name sqlx, so they see a [`Row`] of bytes with a few readers, and bind [`Param`]s. A reader
//! that does not fit is a [`PgErrorKind::Codec`] error that names the column by its position and holds no value.

use crate::error::{PgError, PgErrorKind, doing};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgRow, PgTypeInfo};
use sqlx::{Arguments, Encode, Postgres, Row as _, Type, ValueRef as _};
use std::fmt;

/// OID of `tid` and of `tid[]` (`pg_type.dat`).
const TID_OID: u32 = 27;
const TID_ARRAY_OID: u32 = 1010;

/// Type OID 0 in a Parse message: the server infers the type from the statement.
const INFERRED: Oid = Oid(0);

/// A tuple's place in its table: block and line pointer (`ctid`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tid {
    /// Block number.
    pub block: u32,
    /// Line pointer, from 1.
    pub offset: u16,
}

impl fmt::Display for Tid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({},{})", self.block, self.offset)
    }
}

/// Tuple ids as the text of a `tid[]`: `{"(0,1)","(0,2)"}`.
pub fn tid_array_text(ids: &[Tid]) -> String {
    use fmt::Write;
    let mut text = String::with_capacity(2 + ids.len() * 14);
    text.push('{');
    for (at, id) in ids.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(text, "{comma}\"{id}\"");
    }
    text.push('}');
    text
}

/// One row of a result.
pub struct Row(pub(crate) PgRow);

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row({} columns)", self.0.columns().len())
    }
}

impl Row {
    /// Number of columns.
    pub fn len(&self) -> usize {
        self.0.columns().len()
    }

    /// It has no column.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A field's binary form, `None` for NULL.
    ///
    /// # Errors
    ///
    /// There is no such column.
    pub fn bytes(&self, at: usize) -> Result<Option<&[u8]>, PgError> {
        let value = self.0.try_get_raw(at).map_err(|_| unreadable(at))?;
        if value.is_null() {
            return Ok(None);
        }
        value.as_bytes().map(Some).map_err(|_| unreadable(at))
    }

    /// A text-like field (text, name, `"char"`, anything cast to text).
    ///
    /// # Errors
    ///
    /// NULL, or not UTF-8.
    pub fn text(&self, at: usize) -> Result<&str, PgError> {
        self.opt_text(at)?.ok_or_else(|| unreadable(at))
    }

    /// The same, NULL allowed.
    ///
    /// # Errors
    ///
    /// Not UTF-8.
    pub fn opt_text(&self, at: usize) -> Result<Option<&str>, PgError> {
        let bytes = self.bytes(at)?;
        bytes.map(|bytes| std::str::from_utf8(bytes).map_err(|_| unreadable(at))).transpose()
    }

    /// An integer field of any width, an OID, or a `"char"` as its code.
    ///
    /// # Errors
    ///
    /// NULL, or no integer.
    pub fn int(&self, at: usize) -> Result<i64, PgError> {
        self.opt_int(at)?.ok_or_else(|| unreadable(at))
    }

    /// The same, NULL allowed.
    ///
    /// # Errors
    ///
    /// No integer.
    pub fn opt_int(&self, at: usize) -> Result<Option<i64>, PgError> {
        self.bytes(at)?.map(|bytes| integer(bytes).ok_or_else(|| unreadable(at))).transpose()
    }

    /// An OID.
    ///
    /// # Errors
    ///
    /// NULL, or not four bytes.
    pub fn oid(&self, at: usize) -> Result<u32, PgError> {
        self.opt_oid(at)?.ok_or_else(|| unreadable(at))
    }

    /// The same, NULL allowed.
    ///
    /// # Errors
    ///
    /// Not four bytes.
    pub fn opt_oid(&self, at: usize) -> Result<Option<u32>, PgError> {
        let bytes = self.bytes(at)?;
        bytes.map(|bytes| Ok(u32::from_be_bytes(bytes.try_into().map_err(|_| unreadable(at))?))).transpose()
    }

    /// A boolean.
    ///
    /// # Errors
    ///
    /// NULL, or no boolean.
    pub fn bool(&self, at: usize) -> Result<bool, PgError> {
        match self.bytes(at)? {
            Some([byte]) => Ok(*byte != 0),
            _ => Err(unreadable(at)),
        }
    }

    /// A `ctid`.
    ///
    /// # Errors
    ///
    /// NULL, or not a `tid`.
    pub fn tid(&self, at: usize) -> Result<Tid, PgError> {
        match self.bytes(at)? {
            Some([a, b, c, d, e, f]) => {
                Ok(Tid { block: u32::from_be_bytes([*a, *b, *c, *d]), offset: u16::from_be_bytes([*e, *f]) })
            }
            _ => Err(unreadable(at)),
        }
    }

    /// Elements of a one-dimensional array of integers or OIDs; NULL and an empty array give none.
    ///
    /// # Errors
    ///
    /// Another type, more dimensions, or a NULL element.
    pub fn ints(&self, at: usize) -> Result<Vec<i64>, PgError> {
        let of = |element: Option<&[u8]>| element.and_then(integer).ok_or_else(|| unreadable(at));
        self.elements(at)?.into_iter().map(of).collect()
    }

    /// Elements of a one-dimensional array of text or names; NULL and an empty array give none, a NULL element is
    /// `None`.
    ///
    /// # Errors
    ///
    /// Another type, or more dimensions.
    pub fn texts(&self, at: usize) -> Result<Vec<Option<String>>, PgError> {
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| unreadable(at));
        self.elements(at)?.into_iter().map(|element| element.map(text).transpose()).collect()
    }

    fn elements(&self, at: usize) -> Result<Vec<Option<&[u8]>>, PgError> {
        let Some(bytes) = self.bytes(at)? else { return Ok(Vec::new()) };
        array_elements(bytes).ok_or_else(|| unreadable(at))
    }
}

fn unreadable(at: usize) -> PgError {
    PgError::new(
        PgErrorKind::Codec,
        doing("read result column").to(at + 1),
        "its form is not the expected one",
    )
}

fn integer(bytes: &[u8]) -> Option<i64> {
    Some(match bytes {
        [a] => i64::from(*a),
        [a, b] => i64::from(i16::from_be_bytes([*a, *b])),
        [a, b, c, d] => i64::from(i32::from_be_bytes([*a, *b, *c, *d])),
        _ => i64::from_be_bytes(bytes.try_into().ok()?),
    })
}

/// `array_send` (`arrayfuncs.c`): dimensions, flags, element OID, then (length, lower bound) and the elements.
fn array_elements(bytes: &[u8]) -> Option<Vec<Option<&[u8]>>> {
    let word = |at: usize| Some(i32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    match word(0)? {
        0 => return Some(Vec::new()),
        1 => {}
        _ => return None,
    }
    let count = usize::try_from(word(12)?).ok()?;
    let mut at = 20;
    let mut elements = Vec::new();
    for _ in 0..count {
        let length = word(at)?;
        at += 4;
        if length < 0 {
            elements.push(None);
            continue;
        }
        let end = at + usize::try_from(length).ok()?;
        elements.push(Some(bytes.get(at..end)?));
        at = end;
    }
    Some(elements)
}

/// A parameter of a statement.
#[derive(Clone, PartialEq)]
pub enum Param {
    /// `text`
    Text(String),
    /// `text`, NULL
    NullText,
    /// `int8`
    Int(i64),
    /// `bool`
    Bool(bool),
    /// `oid`
    Oid(u32),
    /// `int8[]`
    Ints(Vec<i64>),
    /// `text[]`
    Texts(Vec<String>),
    /// `tid[]`
    Tids(Vec<Tid>),
    /// Binary form of a type that the statement says by a cast (`$1::public.citext`); `None` is NULL.
    Binary(Option<Vec<u8>>),
    /// Binary forms of an array's elements; the statement says the array's type by a cast.
    BinaryArray {
        /// The element type's OID.
        element_oid: u32,
        /// The elements.
        elements: Vec<Vec<u8>>,
    },
}

impl fmt::Debug for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Param")
    }
}

/// Binds parameters in order.
pub(crate) fn arguments(params: &[Param]) -> Result<PgArguments, PgError> {
    let mut arguments = PgArguments::default();
    for (at, param) in params.iter().enumerate() {
        add(&mut arguments, param).map_err(|_| {
            let doing = doing("bind parameter").to(at + 1);
            PgError::new(PgErrorKind::Codec, doing, "it is too long")
        })?;
    }
    Ok(arguments)
}

fn add(arguments: &mut PgArguments, param: &Param) -> Result<(), BoxDynError> {
    match param {
        Param::Text(text) => arguments.add(text.as_str()),
        Param::NullText => arguments.add(None::<&str>),
        Param::Int(value) => arguments.add(*value),
        Param::Bool(value) => arguments.add(*value),
        Param::Oid(value) => arguments.add(Oid(*value)),
        Param::Ints(values) => arguments.add(values.as_slice()),
        Param::Texts(values) => arguments.add(values.as_slice()),
        Param::Tids(ids) => {
            let elements = ids.iter().map(|id| tid_bytes(*id));
            arguments.add(Raw { type_oid: Oid(TID_ARRAY_OID), bytes: Some(array_bytes(TID_OID, elements)?) })
        }
        Param::Binary(bytes) => arguments.add(Raw { type_oid: INFERRED, bytes: bytes.clone() }),
        Param::BinaryArray { element_oid, elements } => {
            let bytes = array_bytes(*element_oid, elements.iter().map(Vec::as_slice))?;
            arguments.add(Raw { type_oid: INFERRED, bytes: Some(bytes) })
        }
    }
}

fn tid_bytes(id: Tid) -> [u8; 6] {
    let [a, b, c, d] = id.block.to_be_bytes();
    let [e, f] = id.offset.to_be_bytes();
    [a, b, c, d, e, f]
}

/// What `array_recv` reads; an empty array has no dimension.
fn array_bytes<T: AsRef<[u8]>>(
    element_oid: u32,
    elements: impl ExactSizeIterator<Item = T>,
) -> Result<Vec<u8>, BoxDynError> {
    let count = i32::try_from(elements.len())?;
    let mut bytes = Vec::with_capacity(20 + elements.len() * 12);
    bytes.extend(i32::from(count > 0).to_be_bytes());
    bytes.extend(0_i32.to_be_bytes());
    bytes.extend(element_oid.to_be_bytes());
    if count > 0 {
        bytes.extend(count.to_be_bytes());
        bytes.extend(1_i32.to_be_bytes());
    }
    for element in elements {
        bytes.extend(i32::try_from(element.as_ref().len())?.to_be_bytes());
        bytes.extend_from_slice(element.as_ref());
    }
    Ok(bytes)
}

/// Bytes that are a type's binary form already.
struct Raw {
    type_oid: Oid,
    bytes: Option<Vec<u8>>,
}

impl Type<Postgres> for Raw {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(INFERRED)
    }
}

impl Encode<'_, Postgres> for Raw {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let Some(bytes) = &self.bytes else { return Ok(IsNull::Yes) };
        buffer.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(self.type_oid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tuple_ids_are_written_as_the_server_reads_them() {
        let ids = [Tid { block: 0, offset: 1 }, Tid { block: 4_294_967_294, offset: 65_535 }];
        assert_eq!(tid_array_text(&ids), r#"{"(0,1)","(4294967294,65535)"}"#);
        assert_eq!(tid_array_text(&[]), "{}");
    }

    #[test]
    fn an_array_that_we_write_is_one_that_we_read() {
        let bytes = array_bytes(25, ["a", "", "xyz"].into_iter()).unwrap();
        assert_eq!(array_elements(&bytes).unwrap(), [Some(&b"a"[..]), Some(b""), Some(b"xyz")]);
        assert_eq!(array_elements(&array_bytes(25, [""; 0].into_iter()).unwrap()).unwrap(), []);
    }

    #[test]
    fn a_cut_array_is_unreadable_and_no_panic() {
        let bytes = array_bytes(25, ["abc"].into_iter()).unwrap();
        assert!((1..bytes.len()).all(|length| array_elements(&bytes[..length]).is_none()));
    }

    #[test]
    fn a_parameter_shows_nothing_of_itself() {
        assert_eq!(format!("{:?}", [Param::Text("hunter2".into()), Param::Int(4)]), "[Param, Param]");
    }
}
