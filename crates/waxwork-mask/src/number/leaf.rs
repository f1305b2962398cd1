//! Numbers that stand in text, as in JSON.

use crate::error::MaskErrorKind;
use crate::key::Keyring;
use crate::noise::crosses;
use crate::text::{WriteText, integer};
use crate::value::{self, MaskValue};
use waxwork_copy::{FieldType, Value, Wire, decode, encode};
use waxwork_core::catalog::ValueType;
use waxwork_core::plan::MaskSpec;

/// A mask of numbers for the leaves of documents: an integer agrees with an integer column, any other with a numeric.
pub(crate) struct LeafNumber {
    /// None where the mask's options have no meaning for integers.
    integers: Option<Box<dyn MaskValue>>,
    numerics: Box<dyn MaskValue>,
}

impl LeafNumber {
    /// # Errors
    /// When an option is wrong.
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec) -> Result<Self, MaskErrorKind> {
        let numerics = value::compile(keyring, spec, &ValueType::Numeric(None))?;
        Ok(Self {
            integers: value::compile(keyring, spec, &ValueType::Int8).ok().flatten(),
            numerics: numerics.ok_or(MaskErrorKind::Unexpected)?,
        })
    }
}

impl WriteText for LeafNumber {
    /// Appends the number; a text that is no plain decimal is replaced by crosses.
    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        let mut unused = Vec::new();
        if let (Some(mask), Some(value)) = (&self.integers, integer(input)) {
            let masked = mask.mask(Value::Int(value), by, &mut unused)?;
            return Ok(encode(Wire::Text, &FieldType::Int8, &masked, out)?);
        }
        let mut scratch = Vec::new();
        let is_plain = input.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'.'));
        match decode(Wire::Text, &FieldType::Numeric, input, &mut scratch) {
            Ok(value) if is_plain => {
                let masked = self.numerics.mask(value, by, &mut unused)?;
                encode(Wire::Text, &FieldType::Numeric, &masked, out)?;
            }
            _ => crosses(input, out),
        }
        Ok(())
    }

    fn keeps_numbers(&self) -> bool {
        true
    }

    fn gives_back(&self) -> bool {
        true
    }
}
