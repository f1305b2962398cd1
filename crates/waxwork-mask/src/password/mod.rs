//! `secret.password`: the hash of one password that the rule states, as the stored one was made.
//!
//! ```text
//!   stored hash ─► Scheme (recognised by its form, its cost capped) ─► hash, made once ─► every row of that scheme
//!   anything else ─────────────────────────────────────────────────► a marker that no password opens
//! ```
//!
//! Rows of one scheme get one salt and so one hash: they are told to have one password anyway. The salt is a function
//! of the run's key, so that with a fixed key tonight's copy equals last night's. Nothing of a stored hash but its
//! scheme and cost is in the result.

mod hash;
mod scheme;
#[cfg(test)]
mod tests;

use crate::error::MaskErrorKind;
use crate::key::{Keyring, Kind, Purpose};
use crate::text::{Room, WriteText, option_error};
use hash::Hasher;
use scheme::Scheme;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use waxwork_core::plan::MaskSpec;

/// What no scheme takes for a hash: Django calls a password that starts so unusable, and crypt(3) gives no such text.
/// The second is for values that say the same.
const UNUSABLE: [&str; 2] = ["!unusable", "*unusable"];

/// Bytes of a password that bcrypt reads.
const PASSWORD_BYTES_MAX: usize = 72;

/// The mask.
pub(crate) struct PasswordMask {
    hasher: Hasher,
    room: Room,
    made: RwLock<Made>,
}

/// What has been made; `None` where nothing could be.
type Made = BTreeMap<(Scheme, Pick), Option<Arc<str>>>;

/// Which of two hashes of one password: the first for everybody, the second for values that are the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pick {
    First,
    Second,
}

impl PasswordMask {
    /// The mask of a spec.
    ///
    /// # Errors
    /// When the password is missing, or is none that every scheme reads whole.
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        let wrong = |reason: &str| option_error(spec.kind, "password", reason);
        let password = spec.options.secret("password").map(|secret| secret.value().to_owned());
        let password = zeroize::Zeroizing::new(password.unwrap_or_default());
        if password.is_empty() {
            return Err(wrong("it is missing"));
        }
        if password.len() > PASSWORD_BYTES_MAX {
            return Err(wrong("it is longer than the 72 bytes that bcrypt reads"));
        }
        if password.contains('\0') {
            return Err(wrong("it has a zero byte, at which some schemes stop reading"));
        }
        let salts = keyring.subkey(Purpose::Code, &spec.domain, Kind::Text);
        Ok(Self { hasher: Hasher::new(password, salts), room, made: RwLock::default() })
    }

    /// The hash in a scheme, made at its first use; `None` where it cannot be made, or does not fit.
    fn hash(&self, scheme: &Scheme, pick: Pick) -> Option<Arc<str>> {
        let key = (scheme.clone(), pick);
        if let Some(made) = self.made.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return made.clone();
        }
        // Who comes second waits here, and finds it made.
        let mut made = self.made.write().unwrap_or_else(PoisonError::into_inner);
        let fits = |hash: &String| hash.len() <= self.room.chars;
        made.entry(key).or_insert_with(|| self.hasher.hash(scheme, pick).filter(fits).map(Arc::from)).clone()
    }

    /// The hash for a stored one; the second where the first is the stored one.
    fn replace(&self, stored: &[u8]) -> Option<Arc<str>> {
        let scheme = Scheme::of(std::str::from_utf8(stored).ok()?)?;
        let picks = [Pick::First, Pick::Second].into_iter();
        picks.filter_map(|pick| self.hash(&scheme, pick)).find(|hash| hash.as_bytes() != stored)
    }
}

impl WriteText for PasswordMask {
    fn write(&self, input: &[u8], _: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        match self.replace(input) {
            Some(hash) => out.extend_from_slice(hash.as_bytes()),
            None => out.extend_from_slice(unusable(self.room, input)),
        }
        Ok(())
    }
}

fn unusable(room: Room, input: &[u8]) -> &'static [u8] {
    let [first, second] = UNUSABLE.map(|text| &text.as_bytes()[..text.len().min(room.chars)]);
    if first == input { second } else { first }
}
