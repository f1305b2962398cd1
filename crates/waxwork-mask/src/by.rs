//! The field that a mask is keyed `by`: its value under the root key's own subkey, so that rows of one root agree
//! whatever column or table the root is reached from.

use crate::column::{Scratch, field_type};
use crate::error::MaskErrorKind;
use crate::key::{Keyring, Kind, Purpose};
use crate::prf::Prf;
use crate::word::WordType;
use waxwork_copy::{Field, FieldType, Value, Wire, decode, encode};
use waxwork_core::catalog::{TextKind, ValueType};

pub(crate) struct ByKey {
    /// The field's place in the row.
    field: usize,
    field_type: FieldType,
    /// It is an integer, which is a word on the binary wire.
    word: Option<WordType>,
    /// `char(n)`
    padded: bool,
    prf: Prf,
}

impl ByKey {
    pub(crate) fn new(keyring: &Keyring, root: &str, field: usize, value_type: &ValueType) -> Self {
        let kind = match value_type {
            // An array is one value here, not its elements.
            ValueType::Array { .. } => Kind::Binary,
            scalar => Kind::of(scalar),
        };
        let padded = matches!(value_type, ValueType::Text(text) if text.kind == TextKind::Bpchar);
        let word = WordType::of(value_type).filter(|_| kind == Kind::Integer);
        Self {
            field,
            field_type: field_type(value_type),
            word,
            padded,
            prf: keyring.prf(Purpose::By, root, kind),
        }
    }

    /// The hash of the row's value; `None` for NULL, which leads to no root.
    pub(crate) fn hash(
        &self,
        wire: Wire,
        bytes: &[u8],
        fields: &[Field],
        scratch: &mut Scratch,
    ) -> Result<Option<u64>, MaskErrorKind> {
        let field = &fields[self.field];
        if field.null {
            return Ok(None);
        }
        if wire == Wire::Binary
            && let Some(word) = self.word.and_then(|word| word.read(&bytes[field.range()]))
        {
            return Ok(Some(self.prf.hash(&word.value.to_le_bytes())));
        }
        let value = decode(wire, &self.field_type, &bytes[field.range()], &mut scratch.decoded)?;
        Ok(Some(match &value {
            Value::Int(value) => self.prf.hash(&value.to_le_bytes()),
            Value::Uuid(uuid) => self.prf.hash(uuid),
            Value::Text(text) if self.padded => self.prf.hash(crate::column::without_blanks(text)),
            Value::Text(text) => self.prf.hash(text),
            other => {
                scratch.input.clear();
                encode(Wire::Binary, &self.field_type, other, &mut scratch.input)?;
                self.prf.hash(&scratch.input)
            }
        }))
    }
}
