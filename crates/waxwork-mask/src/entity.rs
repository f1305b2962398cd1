//! The made-up person, place or company that parts of a row are parts of, where their masks are keyed `by` a column.
//!
//! ```text
//!   identity, root ── subkeys ──► (by value) ─► bits ─► first name, last name, e-mail, …: the same picks in every mask
//! ```
//!
//! Nothing of the part's own value goes in: parts agree in every table, array and document that the root is reached
//! from. Where a row leads to no root the value takes its place, and the parts go their own ways.

use crate::key::{Keyring, Kind, Purpose};
use crate::prf::{Bits, Prf};
use waxwork_core::plan::MaskSpec;

/// How many entities are tried before a part that equals its own value stays as it is: the odds of that are those of
/// as many coin throws.
const ATTEMPTS: u64 = 64;

/// Which entity a row has.
#[derive(Clone)]
pub(crate) struct EntityKey {
    by: Prf,
    /// For rows without a root.
    value: Prf,
    shared: bool,
}

impl EntityKey {
    /// The key of an identity, which masks of one `lane` share: `""` for those whose parts agree word for word.
    pub(crate) fn new(keyring: &Keyring, identity: &str, lane: &str) -> Self {
        let name = format!("{identity}\0{lane}");
        let prf = |kind| keyring.prf(Purpose::Entity, &name, kind);
        Self { by: prf(Kind::Binary), value: prf(Kind::Text), shared: true }
    }

    /// The key of a spec's identity; without one, of its domain, where the value decides.
    pub(crate) fn of(keyring: &Keyring, spec: &MaskSpec, lane: &str) -> Self {
        let name = spec.identity.as_ref().unwrap_or(&spec.domain);
        Self { shared: spec.identity.is_some(), ..Self::new(keyring, name, lane) }
    }

    /// Whether several masks write parts of its entities.
    pub(crate) fn is_shared(&self) -> bool {
        self.shared
    }

    /// Bits of the row's entity; of the one after it where a first attempt would give a value back.
    pub(crate) fn bits(&self, input: &[u8], by: Option<u64>, attempt: u64) -> Bits {
        Bits(match by {
            Some(by) => self.by.pair(by, attempt),
            None => self.value.pair(self.value.hash(input), attempt),
        })
    }

    /// Appends what `write` makes of the row's entity, or of the next whose part differs from the value.
    pub(crate) fn write_other(
        &self,
        input: &[u8],
        by: Option<u64>,
        out: &mut Vec<u8>,
        mut write: impl FnMut(Bits, &mut Vec<u8>),
    ) {
        let start = out.len();
        for attempt in 0..ATTEMPTS {
            out.truncate(start);
            write(self.bits(input, by, attempt), out);
            if out[start..] != *input {
                return;
            }
        }
    }
}

/// What decides over a pick that agrees with no other: the value, with what it is keyed `by`, or the row's entity.
#[derive(Clone)]
pub(crate) enum PickKey {
    Value(Prf),
    Entity(EntityKey),
}

impl PickKey {
    /// The key of a spec's picks.
    pub(crate) fn new(keyring: &Keyring, spec: &MaskSpec) -> Self {
        match &spec.identity {
            Some(identity) => Self::Entity(EntityKey::new(keyring, identity, spec.kind.name())),
            None => Self::Value(keyring.prf(Purpose::Pick, &spec.domain, Kind::Text)),
        }
    }

    pub(crate) fn bits(&self, input: &[u8], by: Option<u64>) -> Bits {
        match self {
            Self::Value(prf) => prf.bits(input, by),
            Self::Entity(key) => key.bits(input, by, 0),
        }
    }
}
