//! From predicates over columns to conditions over fields of one wire.

use super::like::Pattern;
use super::{Check, Condition, Test};
use crate::column::{constant_field, field_type, literal, without_blanks};
use crate::error::MaskErrorKind;
use waxwork_copy::{Value, Wire};
use waxwork_core::catalog::{ColumnId, TextKind, TextType, ValueType};
use waxwork_core::condition::{Check as Asked, Operator, Predicate};

/// Finds the field that holds a column of the row as it stands in the source, with its type.
pub(crate) trait Reader {
    fn own_field(&self, column: ColumnId) -> Option<(usize, &ValueType)>;
}

/// The condition for rows on a wire.
///
/// # Errors
/// The row does not have a column as it stands, or a literal is none of its values.
pub(crate) fn compile(
    predicate: &Predicate,
    reader: &dyn Reader,
    wire: Wire,
) -> Result<Condition, MaskErrorKind> {
    let parts = |parts: &[Predicate]| {
        parts.iter().map(|part| compile(part, reader, wire)).collect::<Result<Vec<_>, _>>()
    };
    Ok(match predicate {
        Predicate::All(inner) => Condition::All(parts(inner)?),
        Predicate::Any(inner) => Condition::Any(parts(inner)?),
        Predicate::Not(inner) => Condition::Not(Box::new(compile(inner, reader, wire)?)),
        Predicate::Is(inner, truth) => Condition::Is(Box::new(compile(inner, reader, wire)?), *truth),
        Predicate::Test(column, asked) => {
            let missing = || MaskErrorKind::Field { field: format!("when, column {}", column.0) };
            let (field, value_type) = reader.own_field(*column).ok_or_else(missing)?;
            Typed { value_type, wire, field }.condition(asked).ok_or_else(missing)?
        }
    })
}

/// A field with its type, on a wire.
struct Typed<'a> {
    value_type: &'a ValueType,
    wire: Wire,
    field: usize,
}

impl Typed<'_> {
    fn condition(&self, asked: &Asked) -> Option<Condition> {
        Some(self.test(match asked {
            Asked::Null => Check::Null,
            Asked::True => self.payload(["true"].into_iter())?,
            Asked::Compare(Operator::NotEqual, literal) => {
                let equal = self.condition(&Asked::Compare(Operator::Equal, literal.clone()))?;
                return Some(Condition::Not(Box::new(equal)));
            }
            Asked::Compare(Operator::Equal, literal) => self.one_of(std::slice::from_ref(literal))?,
            Asked::Compare(operator, literal) => self.compare(*operator, literal)?,
            Asked::OneOf(literals) => self.one_of(literals)?,
            Asked::Like { pattern, fold } => Check::Like(Pattern::new(pattern, *fold)),
            Asked::Form(form) => self.form(form)?,
        }))
    }

    fn test(&self, check: Check) -> Condition {
        Condition::Test(Test { field: self.field, check })
    }

    /// By payloads where all literals have one, else by values.
    fn one_of(&self, literals: &[String]) -> Option<Check> {
        let texts = || literals.iter().map(String::as_str);
        self.payload(texts()).or_else(|| self.values(Operator::Equal, texts()))
    }

    fn compare(&self, operator: Operator, literal: &str) -> Option<Check> {
        match self.value_type {
            ValueType::Enum(labels) => Some(Check::Label {
                labels: labels.clone(),
                operator,
                place: labels.iter().position(|label| label == literal)?,
            }),
            _ => self.values(operator, [literal].into_iter()),
        }
    }

    fn values<'l>(&self, operator: Operator, literals: impl Iterator<Item = &'l str>) -> Option<Check> {
        // SQL takes the wider of the two integer types.
        let wide = if self.value_type.is_integer() { &ValueType::Int8 } else { self.value_type };
        let any_of: Option<Vec<Value<'static>>> =
            literals.map(|form| literal(self.output_form(form), wide, Wire::Text)).collect();
        Some(Check::Value { field_type: field_type(self.value_type), operator, any_of: any_of? })
    }

    /// Equal values are equal payloads.
    fn payload<'l>(&self, literals: impl Iterator<Item = &'l str>) -> Option<Check> {
        let payloads: Option<Vec<Vec<u8>>> = literals
            .filter(|_| self.value_type.compares_in_binary())
            .map(|literal| self.sent(literal))
            .collect();
        Some(self.payloads(payloads.filter(|payloads| !payloads.is_empty())?))
    }

    /// A constant of a polymorphic reference: its text form, of whatever type.
    fn form(&self, form: &str) -> Option<Check> {
        let is_known = self.wire == Wire::Text || self.value_type.compares_in_binary();
        Some(self.payloads(vec![self.sent(form).filter(|_| is_known)?]))
    }

    fn payloads(&self, mut one_of: Vec<Vec<u8>>) -> Check {
        let padded = matches!(self.value_type, ValueType::Text(text) if text.kind == TextKind::Bpchar);
        if padded {
            one_of.iter_mut().for_each(|payload| payload.truncate(without_blanks(payload).len()));
        }
        one_of.sort();
        Check::Payload { one_of, padded }
    }

    /// COPY has the output function's letters where a cast to text has words.
    fn output_form<'l>(&self, form: &'l str) -> &'l str {
        match (self.value_type, form) {
            (ValueType::Bool, "true") => "t",
            (ValueType::Bool, "false") => "f",
            (_, form) => form,
        }
    }

    /// What COPY sends of a value with that text form.
    fn sent(&self, form: &str) -> Option<Vec<u8>> {
        let form = self.output_form(form);
        match self.wire {
            Wire::Text => constant_field(form, &TEXT, self.wire),
            Wire::Binary => {
                constant_field(form, self.value_type, self.wire).map(|field| field[LENGTH_WORD..].to_vec())
            }
        }
    }
}

/// Text as it stands.
const TEXT: ValueType = ValueType::Text(TextType { kind: TextKind::Text, max_chars: None });

/// Bytes of the length word before a binary field's payload.
const LENGTH_WORD: usize = 4;
