//! Conditions of rules over one row of COPY: the fields as the source sent them, before any mask.
//!
//! ```text
//!   Predicate (core) ─► compile: which field, which bytes ─► holds(row): true, false or unknown
//! ```
//!
//! Where equal values are equal bytes on the wire, equality compares payloads and nothing is decoded.

mod compile;
mod like;
mod order;

pub(crate) use compile::{Reader, compile};

use crate::error::MaskErrorKind;
use like::Pattern;
pub(crate) use order::order;
use waxwork_copy::{Field, FieldType, Value, Wire, decode};
use waxwork_core::condition::{Operator, Truth};

/// A condition over the fields of a row.
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Is(Box<Condition>, Truth),
    Test(Test),
}

/// A question about a field.
pub(crate) struct Test {
    field: usize,
    check: Check,
}

enum Check {
    Null,
    /// Its payload is one of these, sorted; of `char(n)` without the blanks at the end.
    Payload {
        one_of: Vec<Vec<u8>>,
        padded: bool,
    },
    /// It stands so to any of these values.
    Value {
        field_type: FieldType,
        operator: Operator,
        any_of: Vec<Value<'static>>,
    },
    /// Its place among an enum's labels stands so to this one.
    Label {
        labels: Vec<String>,
        operator: Operator,
        place: usize,
    },
    Like(Pattern),
}

/// A row as it came: the bytes that the fields point into.
#[derive(Clone, Copy)]
pub(crate) struct RowFields<'a> {
    pub(crate) wire: Wire,
    pub(crate) bytes: &'a [u8],
    pub(crate) fields: &'a [Field],
}

impl Condition {
    /// The answer for a row; `None` is unknown. `scratch` is the codec's.
    ///
    /// # Errors
    /// A value is not of its type, or its answer depends on what only the server knows.
    pub(crate) fn holds(
        &self,
        row: RowFields<'_>,
        scratch: &mut Vec<u8>,
    ) -> Result<Option<bool>, MaskErrorKind> {
        match self {
            Condition::All(parts) => first(parts, row, scratch, false),
            Condition::Any(parts) => first(parts, row, scratch, true),
            Condition::Not(inner) => Ok(inner.holds(row, scratch)?.map(|answer| !answer)),
            Condition::Is(inner, truth) => {
                let answer = inner.holds(row, scratch)?;
                Ok(Some(match truth {
                    Truth::True => answer == Some(true),
                    Truth::False => answer == Some(false),
                    Truth::Unknown => answer.is_none(),
                }))
            }
            Condition::Test(test) => test.answer(row, scratch),
        }
    }
}

/// The deciding answer as soon as a part gives it, else unknown where a part is, else the other answer.
fn first(
    parts: &[Condition],
    row: RowFields<'_>,
    scratch: &mut Vec<u8>,
    deciding: bool,
) -> Result<Option<bool>, MaskErrorKind> {
    let mut answer = Some(!deciding);
    for part in parts {
        match part.holds(row, scratch)? {
            Some(found) if found == deciding => return Ok(Some(deciding)),
            Some(_) => {}
            None => answer = None,
        }
    }
    Ok(answer)
}

impl Test {
    fn answer(&self, row: RowFields<'_>, scratch: &mut Vec<u8>) -> Result<Option<bool>, MaskErrorKind> {
        let field = &row.fields[self.field];
        if let Check::Null = self.check {
            return Ok(Some(field.null));
        }
        if field.null {
            return Ok(None);
        }
        self.check.answer(row.wire, &row.bytes[field.range()], scratch).map(Some)
    }
}

impl Check {
    fn answer(&self, wire: Wire, payload: &[u8], scratch: &mut Vec<u8>) -> Result<bool, MaskErrorKind> {
        Ok(match self {
            Check::Null => false,
            Check::Payload { one_of, padded } => {
                let payload = if *padded { crate::column::without_blanks(payload) } else { payload };
                match one_of.as_slice() {
                    [one] => payload == one,
                    many => many.binary_search_by(|one| one.as_slice().cmp(payload)).is_ok(),
                }
            }
            Check::Value { field_type, operator, any_of } => {
                let value = decode(wire, field_type, payload, scratch)?;
                let mut holds = false;
                for literal in any_of {
                    holds |= operator.holds(order(&value, literal).ok_or(MaskErrorKind::Unexpected)?);
                }
                holds
            }
            Check::Label { labels, operator, place } => {
                let Value::Text(label) = decode(wire, &FieldType::Text, payload, scratch)? else {
                    return Err(MaskErrorKind::Unexpected);
                };
                let found = labels.iter().position(|known| known.as_bytes() == &*label);
                operator.holds(found.ok_or(MaskErrorKind::Unexpected)?.cmp(place))
            }
            Check::Like(pattern) => {
                let Value::Text(text) = decode(wire, &FieldType::Text, payload, scratch)? else {
                    return Err(MaskErrorKind::Unexpected);
                };
                pattern.matches(&text)?
            }
        })
    }
}
