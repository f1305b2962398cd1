//! What the unit tests share.

use crate::key::{Keyring, MaskKey};
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

pub(crate) fn keyring() -> Keyring {
    Keyring::new(&MaskKey::from_bytes([7; 32]), "")
}

pub(crate) fn spec(kind: MaskKind) -> MaskSpec {
    MaskSpec {
        kind,
        domain: kind.name().to_owned(),
        injective: false,
        max_chars: None,
        integers: None,
        mask_nulls: false,
        locale: String::new(),
        days: 30,
        percent: 10.0,
        value: None,
        alphabet: None,
        json: None,
        by: None,
        reflect: None,
    }
}
