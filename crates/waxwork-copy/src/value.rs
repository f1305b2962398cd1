//! Decoded values: what a mask reads and writes, the same for both wires.

use std::borrow::Cow;
use std::fmt;

/// A field's type as the codec sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// `bool`
    Bool,
    /// `int2`
    Int2,
    /// `int4`
    Int4,
    /// `int8`
    Int8,
    /// `float4`
    Float4,
    /// `float8`
    Float8,
    /// `numeric`
    Numeric,
    /// Types whose both forms are their characters: text, varchar, bpchar, citext, name, enum labels.
    Text,
    /// `date`
    Date,
    /// `time`
    Time,
    /// `timestamp`
    Timestamp,
    /// `timestamptz`; text form in UTC
    TimestampTz,
    /// `interval`
    Interval,
    /// `uuid`
    Uuid,
    /// `bytea`
    Bytea,
    /// `json`
    Json,
    /// `jsonb`; a version byte leads the binary form
    Jsonb,
    /// `inet`
    Inet,
    /// `cidr`
    Cidr,
    /// An array; its binary form carries the element type's OID.
    Array {
        /// Element type.
        element: Box<FieldType>,
        /// Element type's OID.
        element_oid: u32,
    },
    /// A range of numbers, dates or timestamps.
    Range(Box<FieldType>),
    /// A multirange of these.
    Multirange(Box<FieldType>),
    /// `hstore` of the extension.
    Hstore,
    /// Anything else: its bytes, in whichever form the wire has.
    Opaque,
}

impl FieldType {
    /// The type's name in PostgreSQL, for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int2 => "int2",
            Self::Int4 => "int4",
            Self::Int8 => "int8",
            Self::Float4 => "float4",
            Self::Float8 => "float8",
            Self::Numeric => "numeric",
            Self::Text => "text",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::TimestampTz => "timestamptz",
            Self::Interval => "interval",
            Self::Uuid => "uuid",
            Self::Bytea => "bytea",
            Self::Json => "json",
            Self::Jsonb => "jsonb",
            Self::Inet => "inet",
            Self::Cidr => "cidr",
            Self::Array { .. } => "array",
            Self::Range(_) => "range",
            Self::Multirange(_) => "multirange",
            Self::Hstore => "hstore",
            Self::Opaque => "opaque",
        }
    }
}

/// A value that is not NULL (NULL is out of band everywhere).
///
/// `Debug` shows kinds and lengths, never the value.
#[derive(Clone, PartialEq)]
pub enum Value<'a> {
    /// `bool`
    Bool(bool),
    /// `int2`, `int4`, `int8`
    Int(i64),
    /// `float4`
    Float4(f32),
    /// `float8`
    Float8(f64),
    /// `numeric`
    Numeric(Numeric),
    /// Characters in the client encoding (UTF-8, or unchecked bytes from an SQL_ASCII server).
    Text(Cow<'a, [u8]>),
    /// Days since 2000-01-01; `i32::MIN` is −infinity, `i32::MAX` infinity.
    Date(i32),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds since 2000-01-01 (UTC for timestamptz); `i64::MIN` is −infinity, `i64::MAX` infinity.
    Timestamp(i64),
    /// `interval`
    Interval {
        /// Months.
        months: i32,
        /// Days.
        days: i32,
        /// Microseconds.
        micros: i64,
    },
    /// `uuid`
    Uuid([u8; 16]),
    /// `bytea`, decoded
    Bytea(Cow<'a, [u8]>),
    /// `json` or `jsonb`: the document's text
    Json(Cow<'a, [u8]>),
    /// `inet` or `cidr`
    Inet(Inet),
    /// An array of any number of dimensions, elements in row-major order.
    Array {
        /// Outermost first; none for an empty array.
        dimensions: Vec<ArrayDimension>,
        /// Elements, `None` for NULL.
        elements: Vec<Option<Value<'a>>>,
    },
    /// A range; `None` is the empty one.
    Range(Option<Box<RangeBounds<'a>>>),
    /// A multirange: ranges that are not empty, in order.
    Multirange(Vec<RangeBounds<'a>>),
    /// Keys with their values, `None` for NULL.
    Hstore(HstorePairs<'a>),
    /// The field's bytes as they stand on the wire: binary form, or text with COPY's escapes undone.
    Opaque(Cow<'a, [u8]>),
}

impl Value<'_> {
    /// The same value with bytes of its own.
    pub fn into_owned(self) -> Value<'static> {
        let own = |bytes: Cow<'_, [u8]>| Cow::Owned(bytes.into_owned());
        match self {
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Int(value),
            Self::Float4(value) => Value::Float4(value),
            Self::Float8(value) => Value::Float8(value),
            Self::Numeric(value) => Value::Numeric(value),
            Self::Text(bytes) => Value::Text(own(bytes)),
            Self::Date(days) => Value::Date(days),
            Self::Time(micros) => Value::Time(micros),
            Self::Timestamp(micros) => Value::Timestamp(micros),
            Self::Interval { months, days, micros } => Value::Interval { months, days, micros },
            Self::Uuid(bytes) => Value::Uuid(bytes),
            Self::Bytea(bytes) => Value::Bytea(own(bytes)),
            Self::Json(bytes) => Value::Json(own(bytes)),
            Self::Inet(inet) => Value::Inet(inet),
            Self::Array { dimensions, elements } => {
                let elements = elements.into_iter().map(|element| element.map(Value::into_owned)).collect();
                Value::Array { dimensions, elements }
            }
            Self::Range(bounds) => Value::Range(bounds.map(|bounds| Box::new(bounds.into_owned()))),
            Self::Multirange(ranges) => {
                Value::Multirange(ranges.into_iter().map(RangeBounds::into_owned).collect())
            }
            Self::Hstore(pairs) => {
                Value::Hstore(pairs.into_iter().map(|(key, value)| (own(key), value.map(own))).collect())
            }
            Self::Opaque(bytes) => Value::Opaque(own(bytes)),
        }
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(_) => f.write_str("Bool"),
            Self::Int(_) => f.write_str("Int"),
            Self::Float4(_) => f.write_str("Float4"),
            Self::Float8(_) => f.write_str("Float8"),
            Self::Numeric(number) => number.fmt(f),
            Self::Text(bytes) => write!(f, "Text({} bytes)", bytes.len()),
            Self::Date(_) => f.write_str("Date"),
            Self::Time(_) => f.write_str("Time"),
            Self::Timestamp(_) => f.write_str("Timestamp"),
            Self::Interval { .. } => f.write_str("Interval"),
            Self::Uuid(_) => f.write_str("Uuid"),
            Self::Bytea(bytes) => write!(f, "Bytea({} bytes)", bytes.len()),
            Self::Json(bytes) => write!(f, "Json({} bytes)", bytes.len()),
            Self::Inet(_) => f.write_str("Inet"),
            Self::Array { dimensions, elements } => {
                write!(f, "Array({} dimensions, {} elements)", dimensions.len(), elements.len())
            }
            Self::Hstore(pairs) => write!(f, "Hstore({} keys)", pairs.len()),
            Self::Range(_) => f.write_str("Range"),
            Self::Multirange(ranges) => write!(f, "Multirange({} ranges)", ranges.len()),
            Self::Opaque(bytes) => write!(f, "Opaque({} bytes)", bytes.len()),
        }
    }
}

/// Both ends of a range that is not empty.
#[derive(Clone, PartialEq)]
pub struct RangeBounds<'a> {
    /// Where it begins.
    pub lower: RangeBound<'a>,
    /// Where it ends.
    pub upper: RangeBound<'a>,
}

/// One end of a range.
#[derive(Clone, PartialEq)]
pub struct RangeBound<'a> {
    /// The value; `None`: it has no end there.
    pub value: Option<Value<'a>>,
    /// The value belongs to the range; not so where there is none.
    pub inclusive: bool,
}

impl RangeBounds<'_> {
    /// The same with bytes of its own.
    pub fn into_owned(self) -> RangeBounds<'static> {
        let own = |bound: RangeBound<'_>| RangeBound {
            value: bound.value.map(Value::into_owned),
            inclusive: bound.inclusive,
        };
        RangeBounds { lower: own(self.lower), upper: own(self.upper) }
    }
}

impl fmt::Debug for RangeBounds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RangeBounds")
    }
}

impl fmt::Debug for RangeBound<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RangeBound")
    }
}

/// Keys of an hstore with their values, `None` for NULL.
pub type HstorePairs<'a> = Vec<(Cow<'a, [u8]>, Option<Cow<'a, [u8]>>)>;

/// One dimension of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArrayDimension {
    /// Number of elements.
    pub length: i32,
    /// Lower bound, 1 unless the application chose otherwise.
    pub lower: i32,
}

/// A `numeric` as a sign, base-10000 digits and a display scale (PostgreSQL source, `numeric.c`, `numeric_send`).
///
/// `Debug` shows no digit.
#[derive(Clone, PartialEq, Eq)]
pub enum Numeric {
    /// `NaN`
    NaN,
    /// `Infinity`
    Infinity,
    /// `-Infinity`
    NegativeInfinity,
    /// A finite number: sum of `digits[i] * 10000^(weight - i)`.
    Finite {
        /// Below zero.
        negative: bool,
        /// Weight of the first digit, a power of 10000.
        weight: i16,
        /// Digits after the decimal point that are shown.
        scale: u16,
        /// Base-10000 digits, most significant first, no leading or trailing zeros.
        digits: Vec<u16>,
    },
}

impl fmt::Debug for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Numeric")
    }
}

/// An `inet` or `cidr`.
///
/// `Debug` shows no address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Inet {
    /// The address.
    pub address: std::net::IpAddr,
    /// Netmask bits: at most 32 or 128.
    pub bits: u8,
}

impl fmt::Debug for Inet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inet")
    }
}
