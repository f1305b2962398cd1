//! The column that an option `gender` names: what it says of the row's person.

use super::people::Gender;
use crate::column::{Scratch, field_type, without_blanks};
use crate::error::MaskErrorKind;
use waxwork_copy::{Field, FieldType, Value, Wire, decode};
use waxwork_core::catalog::ValueType;

pub(crate) struct SexField {
    /// The field's place in the row.
    field: usize,
    field_type: FieldType,
}

impl SexField {
    pub(crate) fn new(field: usize, value_type: &ValueType) -> Self {
        Self { field, field_type: field_type(value_type) }
    }

    /// What the row says, if anything.
    pub(crate) fn read(
        &self,
        wire: Wire,
        bytes: &[u8],
        fields: &[Field],
        scratch: &mut Scratch,
    ) -> Result<Option<Gender>, MaskErrorKind> {
        let field = &fields[self.field];
        if field.null {
            return Ok(None);
        }
        let value = decode(wire, &self.field_type, &bytes[field.range()], &mut scratch.decoded)?;
        Ok(match &value {
            Value::Text(text) => Gender::read(without_blanks(text)),
            // ISO/IEC 5218
            Value::Int(1) => Some(Gender::Male),
            Value::Int(2) => Some(Gender::Female),
            _ => None,
        })
    }
}
