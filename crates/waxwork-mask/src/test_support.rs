//! What the unit tests share.

use crate::key::{Keyring, MaskKey};
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

pub(crate) fn keyring() -> Keyring {
    Keyring::new(&MaskKey::from_bytes([7; 32]), "")
}

pub(crate) fn spec(kind: MaskKind) -> MaskSpec {
    MaskSpec::plain(kind)
}
