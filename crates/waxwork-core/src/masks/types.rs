//! Classes of types that masks hold.

use crate::catalog::ValueType;

/// Types that masks do not tell apart, or hardly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeClass {
    /// `text`, `varchar`, `char`, `citext`, `name`
    Text,
    /// `smallint`, `integer`, `bigint`
    Integer,
    /// `real`, `double precision`
    Float,
    /// `numeric`
    Numeric,
    /// `boolean`
    Bool,
    /// `date`
    Date,
    /// `time`
    Time,
    /// `timestamp`
    Timestamp,
    /// `timestamptz`
    TimestampTz,
    /// `interval`
    Interval,
    /// `uuid`
    Uuid,
    /// `bytea`
    Bytea,
    /// `json`, `jsonb`
    Json,
    /// `hstore`
    Hstore,
    /// `inet`
    Inet,
    /// `cidr`
    Cidr,
    /// Enums.
    Enum,
    /// `int4range`, `int8range`, `numrange` and their multiranges
    NumberRange,
    /// `daterange` and its multirange
    DateRange,
    /// `tsrange`, `tstzrange` and their multiranges
    TimestampRange,
    /// Any other.
    Other,
}

impl TypeClass {
    /// Every class, with the words that the manual has for it.
    pub const NAMES: [(TypeClass, &'static str); 21] = [
        (TypeClass::Text, "text"),
        (TypeClass::Integer, "integer"),
        (TypeClass::Float, "double precision"),
        (TypeClass::Numeric, "numeric"),
        (TypeClass::Bool, "boolean"),
        (TypeClass::Date, "date"),
        (TypeClass::Time, "time"),
        (TypeClass::Timestamp, "timestamp"),
        (TypeClass::TimestampTz, "timestamptz"),
        (TypeClass::Interval, "interval"),
        (TypeClass::Uuid, "uuid"),
        (TypeClass::Bytea, "bytea"),
        (TypeClass::Json, "json"),
        (TypeClass::Hstore, "hstore"),
        (TypeClass::Inet, "inet"),
        (TypeClass::Cidr, "cidr"),
        (TypeClass::Enum, "enum"),
        (TypeClass::NumberRange, "range of numbers"),
        (TypeClass::DateRange, "range of dates"),
        (TypeClass::TimestampRange, "range of timestamps"),
        (TypeClass::Other, "any other"),
    ];

    /// Every class.
    pub const ALL: [TypeClass; Self::NAMES.len()] = {
        let mut all = [TypeClass::Other; Self::NAMES.len()];
        let mut at = 0;
        while at < all.len() {
            all[at] = Self::NAMES[at].0;
            at += 1;
        }
        all
    };

    /// The manual's word for it.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(class, _)| *class == self).map_or("any other", |(_, name)| name)
    }

    /// The class of a type; an array's is its elements'.
    pub fn of(value_type: &ValueType) -> Self {
        match value_type {
            ValueType::Array { element, .. } => Self::of(element),
            ValueType::Bool => TypeClass::Bool,
            ValueType::Int2 | ValueType::Int4 | ValueType::Int8 => TypeClass::Integer,
            ValueType::Float4 | ValueType::Float8 => TypeClass::Float,
            ValueType::Numeric(_) => TypeClass::Numeric,
            ValueType::Text(_) => TypeClass::Text,
            ValueType::Date => TypeClass::Date,
            ValueType::Time => TypeClass::Time,
            ValueType::Timestamp => TypeClass::Timestamp,
            ValueType::TimestampTz => TypeClass::TimestampTz,
            ValueType::Interval => TypeClass::Interval,
            ValueType::Uuid => TypeClass::Uuid,
            ValueType::Bytea => TypeClass::Bytea,
            ValueType::Json | ValueType::Jsonb => TypeClass::Json,
            ValueType::Hstore => TypeClass::Hstore,
            ValueType::Inet => TypeClass::Inet,
            ValueType::Cidr => TypeClass::Cidr,
            ValueType::Enum(_) => TypeClass::Enum,
            ValueType::Range(bound) | ValueType::Multirange(bound) => Self::of_range(bound),
            ValueType::Other(_) => TypeClass::Other,
        }
    }

    fn of_range(bound: &ValueType) -> Self {
        match bound {
            ValueType::Date => TypeClass::DateRange,
            ValueType::Timestamp | ValueType::TimestampTz => TypeClass::TimestampRange,
            _ => TypeClass::NumberRange,
        }
    }
}
