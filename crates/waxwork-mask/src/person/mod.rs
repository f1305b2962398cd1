//! The made-up person of a row, and what masks write of her.
//!
//! ```text
//!   entity bits ─► Person (gender, first, last, middle name) ─┬─► PersonText: names, e-mail, username
//!                                                            ├─► TitleText
//!                                                            └─► GenderText
//! ```

mod birth;
mod gender;
mod given;
mod job;
mod people;
mod sex;
mod text;
mod title;

pub(crate) use birth::{BirthDate, BirthText};
pub(crate) use job::JobText;
pub(crate) use people::{Gender, given_names};
pub(crate) use sex::SexField;

use crate::error::MaskErrorKind;
use crate::key::Keyring;
use crate::text::{Room, WriteText};
use gender::GenderText;
use text::PersonText;
use title::TitleText;
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

/// Whether a mask with an identity is written from here.
pub(crate) fn writes(kind: MaskKind) -> bool {
    use MaskKind::*;
    matches!(
        kind,
        FirstName | MiddleName | LastName | FullName | Initials | Title | Gender | Username | Email
    )
}

/// The mask of a spec that has an identity.
///
/// # Errors
/// When nothing that it writes fits, or an option is wrong.
pub(crate) fn compile(
    keyring: &Keyring,
    spec: &MaskSpec,
    identity: &str,
    room: Room,
) -> Result<Box<dyn WriteText>, MaskErrorKind> {
    Ok(match spec.kind {
        MaskKind::Title => Box::new(TitleText::compile(keyring, spec, identity, room)?),
        MaskKind::Gender => Box::new(GenderText::compile(keyring, spec, identity, room)?),
        _ => Box::new(PersonText::compile(keyring, spec, identity, room)?),
    })
}
