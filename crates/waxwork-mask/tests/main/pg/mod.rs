//! PostgreSQL's types as its manual has them: names, modifiers, values in text form, and what COPY sends of each.
//!
//! ```text
//!   "varchar(60)[]" ─► Declared ─┬─► corpus   ordinary and odd values
//!                                ├─► send     text form to a payload, on either wire
//!                                ├─► receive  a payload to the text form
//!                                └─► fits     whether a text form is a value of the type
//! ```
//!
//! A check that shares its table of types with what it checks is no check: nothing here calls the codec, the masks or
//! `ValueType`. It is slow and obvious.

mod array;
mod calendar;
mod hstore;
mod range;
mod scalar;
mod values;

pub(crate) use array::Array;
pub(crate) use hstore::pairs as hstore_pairs;
pub(crate) use range::{Bound, bounds as range_bounds};
pub(crate) use values::random;

use waxwork_copy::Wire;

/// A base type.
pub(crate) struct PgType {
    pub(crate) name: &'static str,
    pub(crate) oid: u32,
    pub(crate) form: Form,
}

/// How values of a type look on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Bool,
    /// So many bytes.
    Int(usize),
    /// So many bytes.
    Float(usize),
    Numeric,
    Text,
    Date,
    Time,
    /// With a zone or without.
    Timestamp(bool),
    Interval,
    Uuid,
    Bytea,
    Json,
    Jsonb,
    Inet,
    Cidr,
    Enum,
    Point,
    Hstore,
    /// Of one range, and of several.
    Range(Bound),
    Multirange(Bound),
}

/// `pg_type.dat` of PostgreSQL 15; the OIDs of what an extension or a user makes are ours.
pub(crate) const TYPES: &[PgType] = &[
    pg_type("bool", 16, Form::Bool),
    pg_type("int2", 21, Form::Int(2)),
    pg_type("int4", 23, Form::Int(4)),
    pg_type("int8", 20, Form::Int(8)),
    pg_type("float4", 700, Form::Float(4)),
    pg_type("float8", 701, Form::Float(8)),
    pg_type("numeric", 1700, Form::Numeric),
    pg_type("text", 25, Form::Text),
    pg_type("varchar", 1043, Form::Text),
    pg_type("bpchar", 1042, Form::Text),
    pg_type("citext", 90_001, Form::Text),
    pg_type("name", 19, Form::Text),
    pg_type("date", 1082, Form::Date),
    pg_type("time", 1083, Form::Time),
    pg_type("timestamp", 1114, Form::Timestamp(false)),
    pg_type("timestamptz", 1184, Form::Timestamp(true)),
    pg_type("interval", 1186, Form::Interval),
    pg_type("uuid", 2950, Form::Uuid),
    pg_type("bytea", 17, Form::Bytea),
    pg_type("json", 114, Form::Json),
    pg_type("jsonb", 3802, Form::Jsonb),
    pg_type("inet", 869, Form::Inet),
    pg_type("cidr", 650, Form::Cidr),
    pg_type("mood", 90_002, Form::Enum),
    pg_type("point", 600, Form::Point),
    pg_type("hstore", 90_003, Form::Hstore),
    pg_type("int4range", 3904, Form::Range(Bound::Int4)),
    pg_type("int8range", 3926, Form::Range(Bound::Int8)),
    pg_type("numrange", 3906, Form::Range(Bound::Numeric)),
    pg_type("daterange", 3912, Form::Range(Bound::Date)),
    pg_type("tsrange", 3908, Form::Range(Bound::Timestamp)),
    pg_type("tstzrange", 3910, Form::Range(Bound::TimestampTz)),
    pg_type("int4multirange", 4451, Form::Multirange(Bound::Int4)),
    pg_type("int8multirange", 4536, Form::Multirange(Bound::Int8)),
    pg_type("nummultirange", 4532, Form::Multirange(Bound::Numeric)),
    pg_type("datemultirange", 4535, Form::Multirange(Bound::Date)),
    pg_type("tsmultirange", 4533, Form::Multirange(Bound::Timestamp)),
    pg_type("tstzmultirange", 4534, Form::Multirange(Bound::TimestampTz)),
];

const fn pg_type(name: &'static str, oid: u32, form: Form) -> PgType {
    PgType { name, oid, form }
}

/// Labels of `mood`.
pub(crate) const LABELS: [&str; 3] = ["ok", "so so", "gone"];

/// Types of the columns that every mask meets; each also as an array.
pub(crate) const DECLARED: [&str; 41] = [
    "text",
    "varchar(60)",
    "bpchar(60)",
    "citext",
    "name",
    "bool",
    "int2",
    "int4",
    "int8",
    "float4",
    "float8",
    "numeric",
    "numeric(10,2)",
    "numeric(6,0)",
    "numeric(18,0)",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "interval",
    "uuid",
    "bytea",
    "json",
    "jsonb",
    "inet",
    "cidr",
    "mood",
    "point",
    "hstore",
    "int4range",
    "int8range",
    "numrange",
    "daterange",
    "tsrange",
    "tstzrange",
    "int4multirange",
    "int8multirange",
    "nummultirange",
    "datemultirange",
    "tsmultirange",
    "tstzmultirange",
];

/// A column's type as CREATE TABLE has it.
#[derive(Clone)]
pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) base: &'static PgType,
    /// `varchar(n)`: n; `numeric(p,s)`: p and s.
    modifiers: Vec<usize>,
    pub(crate) is_array: bool,
}

/// A value that is not NULL.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Datum {
    Scalar(String),
    Array(Array),
}

impl Datum {
    /// The value, or the elements that are not NULL.
    pub(crate) fn scalars(&self) -> Vec<&str> {
        match self {
            Datum::Scalar(text) => vec![text],
            Datum::Array(array) => array.elements.iter().flatten().map(String::as_str).collect(),
        }
    }
}

/// As a literal of SQL has it between its quotes.
impl std::fmt::Display for Datum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Datum::Scalar(text) => f.write_str(text),
            Datum::Array(array) => f.write_str(&array.print(str::to_owned)),
        }
    }
}

impl Declared {
    pub(crate) fn parse(name: &str) -> Self {
        let (scalar, is_array) = name.strip_suffix("[]").map_or((name, false), |scalar| (scalar, true));
        let (base, modifiers) = scalar.trim_end_matches(')').split_once('(').unwrap_or((scalar, ""));
        let modifiers = modifiers.split(',').filter_map(|number| number.parse().ok()).collect();
        let base = TYPES.iter().find(|known| known.name == base).unwrap_or_else(|| panic!("no type {name}"));
        Self { name: name.to_owned(), base, modifiers, is_array }
    }

    pub(crate) fn array(&self) -> Self {
        Self { name: format!("{}[]", self.name), is_array: true, ..self.clone() }
    }

    /// The type of its elements; any other is its own.
    pub(crate) fn element(&self) -> Self {
        Self { name: self.name.trim_end_matches("[]").to_owned(), is_array: false, ..self.clone() }
    }

    /// `atttypmod`: `varchar(n)` and `numeric(p,s)` add the 4 bytes of a length word.
    pub(crate) fn typmod(&self) -> i32 {
        match self.modifiers[..] {
            [chars] => chars as i32 + 4,
            [precision, scale] => ((precision << 16) | scale) as i32 + 4,
            _ => -1,
        }
    }

    pub(crate) fn form(&self) -> Form {
        self.base.form
    }

    /// Characters that it holds at most.
    pub(crate) fn max_chars(&self) -> Option<usize> {
        (self.form() == Form::Text).then(|| self.modifiers.first().copied()).flatten()
    }

    /// What COPY sends of a value: without the length word, escapes in place.
    pub(crate) fn send(&self, wire: Wire, datum: &Datum) -> Vec<u8> {
        let padded = |text: &str| self.padded(text);
        match (wire, datum) {
            (Wire::Text, Datum::Scalar(text)) => escaped(&padded(text)),
            (Wire::Text, Datum::Array(array)) => escaped(&array.print(padded)),
            (Wire::Binary, Datum::Scalar(text)) => scalar::to_binary(self.form(), &padded(text)),
            (Wire::Binary, Datum::Array(array)) => {
                array.send(self.base.oid, |text| scalar::to_binary(self.form(), &padded(text)))
            }
        }
    }

    /// The value of a payload; `None` when it is not of the type.
    pub(crate) fn receive(&self, wire: Wire, payload: &[u8]) -> Option<Datum> {
        let normal = |text: String| self.fits(&text).then(|| self.normal(text));
        let of_binary = |bytes: &[u8]| scalar::from_binary(self.form(), bytes).and_then(normal);
        Some(match wire {
            Wire::Binary if self.is_array => Datum::Array(Array::receive(payload, self.base.oid, of_binary)?),
            Wire::Binary => Datum::Scalar(of_binary(payload)?),
            Wire::Text => {
                let text = String::from_utf8(crate::twin::unescaped(payload)?).ok()?;
                if self.is_array {
                    Datum::Array(Array::parse(&text, normal)?)
                } else {
                    Datum::Scalar(normal(text)?)
                }
            }
        })
    }

    /// The text form of the value that all its text forms have in common.
    pub(crate) fn normal(&self, text: String) -> String {
        match (self.base.name, self.form()) {
            ("bpchar", _) => text.trim_end_matches(' ').to_owned(),
            (_, Form::Float(4)) => scalar::float_text(
                f64::from(text.parse::<f32>().unwrap()),
                format!("{:?}", text.parse::<f32>().unwrap()),
            ),
            (_, Form::Float(_)) => {
                scalar::float_text(text.parse().unwrap(), format!("{:?}", text.parse::<f64>().unwrap()))
            }
            _ => text,
        }
    }

    fn padded(&self, text: &str) -> String {
        match (self.base.name, self.max_chars()) {
            ("bpchar", Some(chars)) => format!("{text}{}", " ".repeat(chars - text.chars().count())),
            _ => text.to_owned(),
        }
    }

    /// Whether it is the text form of a value.
    pub(crate) fn fits(&self, text: &str) -> bool {
        let long = self.max_chars().is_some_and(|chars| text.chars().count() > chars);
        let name = self.base.name == "name" && text.len() > 63;
        !long && !name && !text.contains('\0') && scalar::is_valid(self.form(), text, &self.modifiers)
    }

    /// Values, or arrays of them.
    pub(crate) fn data(&self, scalars: Vec<String>) -> Vec<Datum> {
        if self.is_array {
            return array::corpus(&scalars).into_iter().map(Datum::Array).collect();
        }
        scalars.into_iter().map(Datum::Scalar).collect()
    }

    /// A value, or an array of it alone.
    pub(crate) fn datum(&self, scalar: &str) -> Datum {
        if self.is_array { Datum::Array(Array::of(scalar)) } else { Datum::Scalar(scalar.to_owned()) }
    }

    /// Ordinary and odd values, of its elements where it is an array; none twice.
    pub(crate) fn corpus(&self) -> Vec<String> {
        // The long ones in one type of text: they cost most.
        let max = if matches!(self.base.name, "text" | "json") { usize::MAX } else { 1_000 };
        let fitting = values::of(self.form()).iter().filter(|text| text.len() <= max && self.fits(text));
        let normal: std::collections::BTreeSet<String> =
            fitting.map(|text| self.normal(text.clone())).collect();
        normal.into_iter().collect()
    }
}

/// COPY's text format (PostgreSQL manual, COPY, "Text Format").
fn escaped(text: &str) -> Vec<u8> {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            other => out.push(other),
        }
    }
    out.into_bytes()
}
