//! Masks of values that are no text and need no place of their own in the hot path.

use crate::error::MaskErrorKind;
use crate::key::Keyring;
use crate::{moment, number};
use waxwork_copy::Value;
use waxwork_core::catalog::ValueType;
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

/// A mask of one type's values that is called through a table.
pub(crate) trait MaskValue: Send + Sync {
    /// The value for a value; what it borrows is in `out`.
    ///
    /// # Errors
    /// When the value is not of the type, or outside what the mask takes.
    fn mask<'s>(
        &self,
        value: Value<'_>,
        by: Option<u64>,
        out: &'s mut Vec<u8>,
    ) -> Result<Value<'s>, MaskErrorKind>;
}

/// The mask of a spec for a type; `None` where the mask is of another family, or has no meaning for the type.
///
/// # Errors
/// When an option is wrong, or nothing that the mask gives fits.
pub(crate) fn compile(
    keyring: &Keyring,
    spec: &MaskSpec,
    value_type: &ValueType,
) -> Result<Option<Box<dyn MaskValue>>, MaskErrorKind> {
    use MaskKind as M;
    Ok(Some(match spec.kind {
        M::Round => Box::new(number::Round::compile(keyring, spec, value_type)?),
        M::NumberRange => Box::new(number::Between::compile(keyring, spec, value_type)?),
        M::Truncate => Box::new(moment::Truncate::compile(keyring, spec)?),
        M::DateNoise => Box::new(moment::Jitter::compile(keyring, spec)?),
        M::AgeCap => Box::new(moment::AgeCap::compile(keyring, spec, value_type)?),
        M::DateRange => Box::new(moment::Between::compile(keyring, spec)?),
        _ => return Ok(None),
    }))
}
