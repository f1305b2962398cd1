//! Keys: one secret of 256 bits, and a subkey for every use of it.
//!
//! ```text
//!   MaskKey ── realm ──► Keyring ── (purpose, domain, kind of value) ─┬─► Prf      picks, shifts, noise, Feistel rounds
//!                                                                     ├─► CodeKey  values that are the pseudonym itself
//!                                                                     └─► [u8; 32] FF1, permutation tables
//! ```
//!
//! Subkeys come from BLAKE3's `derive_key` (BLAKE3 specification, section 2.3); the material is length-prefixed, so
//! that no two (realm, domain) pairs run together. A subkey depends on the realm and the domain's name, never on a
//! connection: `dump` and `refresh` agree.

use crate::prf::{CodeKey, Prf};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The secret behind all pseudonyms: 256 bits, wiped when dropped, never shown.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MaskKey([u8; 32]);

/// What is wrong with a key file; its content is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key is 32 bytes, or 64 hex digits; this one has {length} bytes")]
pub struct KeyError {
    /// Bytes found.
    pub length: usize,
}

impl std::fmt::Debug for MaskKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MaskKey(hidden)")
    }
}

impl MaskKey {
    /// The key of these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads a key file's content: 32 raw bytes, or 64 hex digits with or without a line end.
    ///
    /// # Errors
    /// Any other content; the error tells its length alone.
    pub fn parse(content: &[u8]) -> Result<Self, KeyError> {
        // Raw bytes first: 32 random bytes may end in what looks like a line end.
        if let Ok(bytes) = <[u8; 32]>::try_from(content) {
            return Ok(Self(bytes));
        }
        let digits = content.strip_suffix(b"\n").unwrap_or(content);
        let digits = digits.strip_suffix(b"\r").unwrap_or(digits);
        hex_key(digits).map(Self).ok_or(KeyError { length: content.len() })
    }
}

fn hex_key(digits: &[u8]) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if digits.len() != 2 * key.len() {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let high = (pair[0] as char).to_digit(16)?;
        let low = (pair[1] as char).to_digit(16)?;
        *byte = (high * 16 + low) as u8;
    }
    Some(key)
}

/// What a subkey is for. The texts are BLAKE3 contexts: constants of the program, changed with
/// [`ALGORITHM_VERSION`](waxwork_core::masks::ALGORITHM_VERSION) only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Dictionary picks, shifts, noise.
    Pick,
    /// Codes and tokens.
    Code,
    /// Permutations of integers, uuids and strings.
    Permute,
    /// The field that a mask is keyed `by`.
    By,
    /// The made-up person, place or company that parts of a row are parts of.
    Entity,
    /// Which rows a subset takes.
    Select,
}

impl Purpose {
    fn context(self) -> &'static str {
        match self {
            Self::Pick => "waxwork 2026-11 mask v1 pick",
            Self::Code => "waxwork 2026-11 mask v1 code",
            Self::Permute => "waxwork 2026-11 mask v1 permute",
            Self::By => "waxwork 2026-11 mask v1 by",
            Self::Entity => "waxwork 2026-11 mask v1 entity",
            Self::Select => "waxwork 2026-11 subset v1 select",
        }
    }
}

/// Which alphabet of inputs a subkey serves: the same bytes as an integer and as text are different inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Characters.
    Text,
    /// `int2`, `int4` and `int8` alike.
    Integer,
    /// `uuid`
    Uuid,
    /// Everything else, by its binary payload.
    Binary,
}

/// A key in a realm: where all subkeys come from.
#[derive(Clone)]
pub struct Keyring {
    key: MaskKey,
    realm: String,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyring(realm {:?}, key hidden)", self.realm)
    }
}

impl Keyring {
    /// The keyring of a key in a realm; two realms share no pseudonym.
    pub fn new(key: &MaskKey, realm: &str) -> Self {
        Self { key: key.clone(), realm: realm.to_owned() }
    }

    /// 256 bits for one purpose, domain and kind of value.
    pub(crate) fn subkey(&self, purpose: Purpose, domain: &str, kind: Kind) -> Zeroizing<[u8; 32]> {
        let mut hasher = blake3::Hasher::new_derive_key(purpose.context());
        hasher.update(&self.key.0);
        for part in [self.realm.as_bytes(), domain.as_bytes(), &[kind as u8]] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        let subkey = Zeroizing::new(*hasher.finalize().as_bytes());
        hasher.zeroize_state();
        subkey
    }

    pub(crate) fn prf(&self, purpose: Purpose, domain: &str, kind: Kind) -> Prf {
        Prf::new(&self.subkey(purpose, domain, kind))
    }

    pub(crate) fn code(&self, domain: &str, kind: Kind) -> CodeKey {
        CodeKey::new(&self.subkey(Purpose::Code, domain, kind))
    }
}

/// BLAKE3's hasher holds the key material in its block buffer; overwriting it is the most that its API allows.
trait ZeroizeState {
    fn zeroize_state(&mut self);
}

impl ZeroizeState for blake3::Hasher {
    fn zeroize_state(&mut self) {
        self.reset();
        self.update(&[0; 64]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_raw_bytes_or_hex_digits() {
        let raw: [u8; 32] = std::array::from_fn(|at| at as u8 * 7);
        let hex: String = raw.iter().map(|byte| format!("{byte:02X}")).collect();
        for content in
            [raw.to_vec(), hex.clone().into_bytes(), format!("{hex}\n").into(), format!("{hex}\r\n").into()]
        {
            assert_eq!(MaskKey::parse(&content).unwrap().0, raw);
        }
    }

    #[test]
    fn any_other_content_is_refused_without_being_shown() {
        for content in ["", "hunter2", &"0".repeat(63), &"g".repeat(64), &"0".repeat(66)] {
            let error = MaskKey::parse(content.as_bytes()).unwrap_err();
            assert_eq!(error.length, content.len());
            assert!(content.is_empty() || !error.to_string().contains(content));
        }
        assert_eq!(format!("{:?}", MaskKey::from_bytes([7; 32])), "MaskKey(hidden)");
    }

    #[test]
    fn subkeys_differ_by_key_realm_purpose_domain_and_kind() {
        let key = MaskKey::from_bytes([1; 32]);
        let mut seen = std::collections::BTreeSet::new();
        for ring in
            [Keyring::new(&key, ""), Keyring::new(&key, "a"), Keyring::new(&MaskKey::from_bytes([2; 32]), "")]
        {
            for purpose in PURPOSES {
                for domain in ["", "a", "ab"] {
                    for kind in [Kind::Text, Kind::Integer, Kind::Uuid, Kind::Binary] {
                        seen.insert(*ring.subkey(purpose, domain, kind));
                    }
                }
            }
        }
        assert_eq!(seen.len(), 3 * PURPOSES.len() * 3 * 4);
    }

    const PURPOSES: [Purpose; 6] =
        [Purpose::Pick, Purpose::Code, Purpose::Permute, Purpose::By, Purpose::Entity, Purpose::Select];
}
