//! `secret.token` on `uuid` and `bytea`; on text it is a [phrase](crate::text) of one code.

use crate::key::{Keyring, Kind};
use crate::permutation::uuid::with_free_bits;
use crate::prf::CodeKey;
use waxwork_core::plan::MaskSpec;

/// Bytes that an injective token has at least: 128 bits.
const INJECTIVE_MIN: usize = 16;

/// A `uuid` that looks random.
pub(crate) struct UuidToken {
    key: CodeKey,
    injective: bool,
}

impl UuidToken {
    pub(crate) fn new(keyring: &Keyring, spec: &MaskSpec) -> Self {
        Self { key: keyring.code(&spec.domain, Kind::Uuid), injective: spec.injective }
    }

    /// A version 4 uuid: 122 bits of the code.
    pub(crate) fn uuid(&self, uuid: &[u8; 16], by: Option<u64>) -> [u8; 16] {
        let code = match by.filter(|_| !self.injective) {
            None => self.key.code(uuid),
            Some(by) => self.key.code(&[&uuid[..], &by.to_le_bytes()].concat()),
        };
        let code = u128::from_be_bytes(code.bytes());
        with_free_bits(code & ((1 << 122) - 1)).to_be_bytes()
    }
}

/// Bytes that look random, as many as there were.
pub(crate) struct BytesToken {
    key: CodeKey,
    injective: bool,
}

impl BytesToken {
    pub(crate) fn new(keyring: &Keyring, spec: &MaskSpec) -> Self {
        Self { key: keyring.code(&spec.domain, Kind::Binary), injective: spec.injective }
    }

    pub(crate) fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) {
        if input.is_empty() {
            return;
        }
        let start = out.len();
        let length = if self.injective { input.len().max(INJECTIVE_MIN) } else { input.len() };
        out.resize(start + length, 0);
        match by.filter(|_| !self.injective) {
            None => self.key.fill(input, &mut out[start..]),
            Some(by) => self.key.fill(&[input, &by.to_le_bytes()].concat(), &mut out[start..]),
        }
        // Of few bytes one in 256 would stay.
        if out[start..] == *input {
            out[start] ^= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{keyring, spec};
    use waxwork_core::masks::MaskKind;

    #[test]
    fn bytes_keep_their_length_and_change() {
        let token = BytesToken::new(&keyring(), &spec(MaskKind::Token));
        for length in 0..40 {
            for fill in 0..=255 {
                let input = vec![fill; length];
                let mut out = Vec::new();
                token.write(&input, None, &mut out);
                assert!(out.len() == length && (out != input || length == 0));
            }
        }
    }

    #[test]
    fn injective_bytes_are_long_enough_to_be_distinct() {
        let token = BytesToken::new(&keyring(), &MaskSpec { injective: true, ..spec(MaskKind::Token) });
        let mut seen = std::collections::BTreeSet::new();
        for byte in 0..=255u8 {
            let mut out = Vec::new();
            token.write(&[byte], None, &mut out);
            assert!(out.len() == 16 && seen.insert(out));
        }
    }

    #[test]
    fn uuids_are_version_4() {
        let token = UuidToken::new(&keyring(), &spec(MaskKind::Token));
        let masked = token.uuid(&[0; 16], None);
        assert_eq!((masked[6] >> 4, masked[8] >> 6), (4, 2));
        assert_ne!(token.uuid(&[0; 16], Some(1)), masked);
    }
}
