//! Masks that are called through a table: of values, and of what stands for them in text.

use crate::error::MaskErrorKind;
use crate::key::Keyring;
use crate::text::{Lorem, Partial, Room, WriteText};
use crate::{moment, number, uuids};
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
        M::UuidV4 => Box::new(uuids::Random::new(keyring, spec)),
        M::UuidV7 => Box::new(uuids::Timed::compile(keyring, spec)?),
        M::Blank => Box::new(Blank),
        M::DateRange => Box::new(moment::Between::compile(keyring, spec)?),
        _ => return Ok(None),
    }))
}

/// The mask of a spec for texts within `room`; `None` where it is of another family.
///
/// # Errors
/// When an option is wrong, or nothing that the mask gives fits.
pub(crate) fn compile_text(
    keyring: &Keyring,
    spec: &MaskSpec,
    room: Room,
) -> Result<Option<Box<dyn WriteText>>, MaskErrorKind> {
    use MaskKind as M;
    Ok(Some(match spec.kind {
        M::Round | M::NumberRange => Box::new(number::LeafNumber::compile(keyring, spec)?),
        M::UuidV4 => Box::new(uuids::Random::text(keyring, spec, room)?),
        M::UuidV7 => Box::new(uuids::Timed::text(keyring, spec, room)?),
        M::Partial => Box::new(Partial::compile(spec)?),
        M::Lorem => Box::new(Lorem::new(keyring, spec)),
        _ => return Ok(None),
    }))
}

/// `bytes.blank`: as many zeros, and where they are zeros already as many ones.
struct Blank;

impl MaskValue for Blank {
    fn mask<'s>(
        &self,
        value: Value<'_>,
        _by: Option<u64>,
        out: &'s mut Vec<u8>,
    ) -> Result<Value<'s>, MaskErrorKind> {
        let Value::Bytea(bytes) = value else { return Err(MaskErrorKind::Unexpected) };
        let fill = if bytes.iter().all(|byte| *byte == 0) { 0xff } else { 0 };
        out.resize(bytes.len(), fill);
        Ok(Value::Bytea((&out[..]).into()))
    }
}
