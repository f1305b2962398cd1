//! ULIDs as text: 26 characters of Crockford's base32, 48 bits of milliseconds and 80 of chance.

/// Characters of a ULID.
pub(super) const CHARS: usize = 26;

/// Crockford's base32, without I, L, O and U.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// How its letters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Lower,
}

/// Reads a ULID written in letters of one case; what is in both cases is another text for each of them.
pub(super) fn parse(text: &[u8]) -> Option<(u128, Case)> {
    let lower = text.iter().any(u8::is_ascii_lowercase);
    if text.len() != CHARS || (lower && text.iter().any(u8::is_ascii_uppercase)) {
        return None;
    }
    let digit = |byte: &u8| DIGITS.iter().position(|digit| *digit == byte.to_ascii_uppercase());
    // 26 digits are 130 bits: the first one is at most 7.
    digit(&text[0]).filter(|first| *first < 8)?;
    let number = text.iter().try_fold(0u128, |number, byte| Some((number << 5) | digit(byte)? as u128))?;
    Some((number, if lower { Case::Lower } else { Case::Upper }))
}

/// Appends a ULID.
pub(super) fn write(number: u128, case: Case, out: &mut Vec<u8>) {
    for place in (0..CHARS).rev() {
        let digit = DIGITS[(number >> (5 * place)) as usize & 31];
        out.push(if case == Case::Lower { digit.to_ascii_lowercase() } else { digit });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification, and its time: 1469918176385 ms.
    const EXAMPLE: &[u8] = b"01ARYZ6S41TSV4RRFFQ69G5FAV";

    #[test]
    fn the_example_of_the_specification_is_read_and_written() {
        let (number, case) = parse(EXAMPLE).unwrap();
        assert_eq!((number >> 80, case), (1_469_918_176_385, Case::Upper));
        for text in [EXAMPLE.to_vec(), EXAMPLE.to_ascii_lowercase(), b"7ZZZZZZZZZZZZZZZZZZZZZZZZZ".to_vec()] {
            let (number, case) = parse(&text).unwrap();
            let mut out = Vec::new();
            write(number, case, &mut out);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn other_texts_are_none() {
        for text in [
            "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
            "01ARYZ6S41TSV4RRFFQ69G5FA",
            "01aRYZ6S41TSV4RRFFQ69G5FAV",
            "01ARYZ6S41TSV4RRFFQ69G5FAU",
        ] {
            assert_eq!(parse(text.as_bytes()), None);
        }
    }
}
