//! `text.template`: a text made of what the row's other columns hold in the copy.

use crate::column::{Scratch, field_type, without_blanks};
use crate::error::MaskErrorKind;
use crate::fit::Fit;
use crate::text::{option_error, type_error};
use waxwork_copy::{FieldType, Value, Wire, decode, encode};
use waxwork_core::catalog::{TextKind, ValueType};
use waxwork_core::plan::{ColumnPlan, MaskSpec, TemplatePart};

pub(crate) struct Template {
    parts: Vec<Part>,
    pub(crate) fit: Fit,
    /// `char(n)`: a text of blanks is empty.
    padded: bool,
    masks_nulls: bool,
}

/// A piece of a template.
pub(crate) enum Part {
    Text(Vec<u8>),
    /// A column of the row, and how its values are written.
    Column {
        at: usize,
        form: Form,
    },
}

/// How values of a type are written as text.
pub(crate) enum Form {
    /// As they stand.
    Text,
    /// Without the blanks at the end.
    Padded,
    /// In words, as a cast to text has them.
    Bool,
    /// As COPY has them in text.
    Other(FieldType),
}

impl Template {
    /// # Errors
    /// The column is no text, or the row does not have a column that the template reads.
    pub(crate) fn compile(
        spec: &MaskSpec,
        value_type: &ValueType,
        columns: &[ColumnPlan],
    ) -> Result<Self, MaskErrorKind> {
        let ValueType::Text(text) = value_type else { return Err(type_error(spec.kind, "other than text")) };
        let part = |part: &TemplatePart| match part {
            TemplatePart::Text(text) => Ok(Part::Text(text.as_bytes().to_vec())),
            TemplatePart::Column(at) => match columns.get(*at) {
                Some(column) => Ok(Part::Column { at: *at, form: Form::of(&column.value_type) }),
                None => Err(option_error(spec.kind, "template", "the row has no such column")),
            },
        };
        Ok(Self {
            parts: spec.template.iter().map(part).collect::<Result<_, _>>()?,
            fit: Fit::of(*text),
            padded: text.kind == TextKind::Bpchar,
            masks_nulls: spec.mask_nulls,
        })
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// What stands there stays: NULL, where it is not masked, and an empty text.
    pub(crate) fn leaves(&self, payload: Option<&[u8]>) -> bool {
        match payload {
            None => !self.masks_nulls,
            Some(payload) if self.padded => without_blanks(payload).is_empty(),
            Some(payload) => payload.is_empty(),
        }
    }
}

impl Form {
    pub(crate) fn of(value_type: &ValueType) -> Self {
        match value_type {
            ValueType::Text(text) if text.kind == TextKind::Bpchar => Form::Padded,
            ValueType::Text(_) | ValueType::Enum(_) => Form::Text,
            ValueType::Bool => Form::Bool,
            other => Form::Other(field_type(other)),
        }
    }

    fn field_type(&self) -> &FieldType {
        match self {
            Form::Text | Form::Padded => &FieldType::Text,
            Form::Bool => &FieldType::Bool,
            Form::Other(field_type) => field_type,
        }
    }

    /// Appends what a complete field holds; of NULL nothing.
    pub(crate) fn append(
        &self,
        wire: Wire,
        field: &[u8],
        scratch: &mut Scratch,
        text: &mut Vec<u8>,
    ) -> Result<(), MaskErrorKind> {
        let Some(payload) = payload(wire, field) else { return Ok(()) };
        match (self, decode(wire, self.field_type(), payload, &mut scratch.decoded)?) {
            (Form::Padded, Value::Text(value)) => text.extend_from_slice(without_blanks(&value)),
            (_, Value::Text(value)) => text.extend_from_slice(&value),
            (_, Value::Bool(value)) => text.extend_from_slice(if value { b"true" } else { b"false" }),
            (_, value) => {
                scratch.out.clear();
                encode(Wire::Text, self.field_type(), &value, &mut scratch.out)?;
                // COPY's escapes stand for characters.
                match decode(Wire::Text, &FieldType::Text, &scratch.out, &mut scratch.input)? {
                    Value::Text(value) => text.extend_from_slice(&value),
                    _ => return Err(MaskErrorKind::Unexpected),
                }
            }
        }
        Ok(())
    }
}

/// What a complete field holds; `None`: NULL.
fn payload(wire: Wire, field: &[u8]) -> Option<&[u8]> {
    match wire {
        // −1 stands for no bytes (PostgreSQL manual, COPY, "Binary Format").
        Wire::Binary => {
            field.split_first_chunk::<4>().filter(|(word, _)| **word != [0xff; 4]).map(|(_, rest)| rest)
        }
        Wire::Text => (field != b"\\N").then_some(field),
    }
}
