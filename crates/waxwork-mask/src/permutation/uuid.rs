//! Permutations of uuids: version 4 among themselves, all others among themselves.

use super::feistel::Feistel;

/// Bits of a version 4 uuid that are free (RFC 9562, section 5.4): 128 less version and variant.
const FREE_BITS: u32 = 122;

/// A keyed permutation of all uuids that keeps version 4 apart from the rest.
#[derive(Clone)]
pub(crate) struct UuidPermutation {
    random: Feistel,
    other: Feistel,
}

impl UuidPermutation {
    pub(crate) fn new(subkey: &[u8; 32]) -> Self {
        Self { random: Feistel::new(subkey, FREE_BITS), other: Feistel::new(subkey, 128) }
    }

    /// The image of a uuid. Of those that hold a time or an address (versions 1, 6, 7) nothing is left.
    pub(crate) fn permute(&self, uuid: [u8; 16]) -> [u8; 16] {
        let value = u128::from_be_bytes(uuid);
        let image = if is_random(value) {
            with_free_bits(self.random.encipher(free_bits(value)))
        } else {
            // One string in 64 looks like version 4 and is walked past.
            self.other.walk(value, |image| !is_random(image))
        };
        image.to_be_bytes()
    }
}

/// A version 4 uuid of 122 bits.
pub(crate) fn with_free_bits(bits: u128) -> u128 {
    let low = bits & ((1 << 62) - 1);
    let middle = (bits >> 62) & 0xfff;
    let high = bits >> 74;
    (high << 80) | (4 << 76) | (middle << 64) | (2 << 62) | low
}

fn free_bits(uuid: u128) -> u128 {
    let low = uuid & ((1 << 62) - 1);
    let middle = (uuid >> 64) & 0xfff;
    ((uuid >> 80) << 74) | (middle << 62) | low
}

pub(crate) fn is_random(uuid: u128) -> bool {
    (uuid >> 76) & 0xf == 4 && (uuid >> 62) & 3 == 2
}

/// Characters of the text form.
pub(crate) const CHARS: usize = 36;

/// Reads the canonical text form: 36 characters, lower case.
pub(crate) fn parse(text: &[u8]) -> Option<[u8; 16]> {
    if text.len() != CHARS {
        return None;
    }
    let mut uuid = 0u128;
    for (at, byte) in text.iter().enumerate() {
        let digit = match (at, byte) {
            (8 | 13 | 18 | 23, b'-') => continue,
            (8 | 13 | 18 | 23, _) => return None,
            (_, b'0'..=b'9') => byte - b'0',
            (_, b'a'..=b'f') => byte - b'a' + 10,
            _ => return None,
        };
        uuid = (uuid << 4) | u128::from(digit);
    }
    Some(uuid.to_be_bytes())
}

/// Reads the text form in small or capital letters, as PostgreSQL does.
pub(crate) fn parse_any_case(text: &[u8]) -> Option<[u8; 16]> {
    parse(&<[u8; CHARS]>::try_from(text).ok()?.map(|byte| byte.to_ascii_lowercase()))
}

/// Appends the canonical text form.
pub(crate) fn write(uuid: [u8; 16], out: &mut Vec<u8>) {
    for (at, byte) in uuid.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push(b'-');
        }
        for digit in [byte >> 4, byte & 15] {
            out.push(b"0123456789abcdef"[digit as usize]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: &[u8] = b"f47ac10b-58cc-4372-a567-0e02b2c3d479";
    const TIMED: &[u8] = b"017f22e2-79b0-7cc3-98c4-dc0c0c07398f";

    #[test]
    fn text_and_free_bits_round_trip() {
        for text in [RANDOM, TIMED] {
            let mut out = Vec::new();
            write(parse(text).unwrap(), &mut out);
            assert_eq!(out, text);
        }
        let uuid = u128::from_be_bytes(parse(RANDOM).unwrap());
        assert_eq!(with_free_bits(free_bits(uuid)), uuid);
        assert!(with_free_bits(0) >> 76 == 4 && is_random(with_free_bits((1 << 122) - 1)));
    }

    #[test]
    fn other_text_is_no_uuid() {
        for text in [&RANDOM[1..], &RANDOM.to_ascii_uppercase(), b"f47ac10b058cc-4372-a567-0e02b2c3d479"] {
            assert_eq!(parse(text), None);
        }
    }

    #[test]
    fn versions_stay_apart_and_images_are_distinct() {
        let permutation = UuidPermutation::new(&[6; 32]);
        let mut seen = std::collections::BTreeSet::new();
        for text in [RANDOM, TIMED] {
            let base = u128::from_be_bytes(parse(text).unwrap());
            for step in 0..2000 {
                let uuid = base ^ step;
                let image = u128::from_be_bytes(permutation.permute(uuid.to_be_bytes()));
                assert_eq!(is_random(image), is_random(uuid));
                assert!(image != uuid && seen.insert(image));
            }
        }
    }
}
