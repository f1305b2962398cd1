//! `text.shape`: letters become letters of the same case, digits become digits, punctuation and signs of currency stay.
//! What else there is becomes crosses: emoji, braille, tags and marks on letters can spell something out.

use super::bump;
use crate::prf::{Bits, Prf};

/// Characters drawn from one 64-bit word: 26^8 is 2^38, which leaves the bias of the last choice under 2^-26.
const CHARS_PER_WORD: u64 = 8;

pub(crate) struct ShapeMask {
    prf: Prf,
}

impl ShapeMask {
    pub(crate) fn new(prf: Prf) -> Self {
        Self { prf }
    }

    /// Appends as many characters as the value has, all letters and digits ASCII.
    pub(crate) fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) {
        let start = out.len();
        let mut choices = Choices::new(&self.prf, self.prf.bits(input, by).0);
        let mut shaped = false;
        for chunk in input.utf8_chunks() {
            for char in chunk.valid().chars() {
                shaped |= choices.write(char, out);
            }
            // Bytes of no character (SQL_ASCII) could spell one in another encoding.
            out.extend(chunk.invalid().iter().map(|_| b'x'));
            shaped |= !chunk.invalid().is_empty();
        }
        if !shaped {
            // Nothing was hidden: punctuation can be the secret too.
            let chars = super::phrase::count_chars(&out[start..]);
            out.truncate(start);
            out.resize(start + chars, b'x');
        } else if out[start..] == *input {
            bump(&mut out[start..]);
        }
    }
}

struct Choices<'a> {
    prf: &'a Prf,
    seed: u64,
    drawn: u64,
    bits: Bits,
}

impl<'a> Choices<'a> {
    fn new(prf: &'a Prf, seed: u64) -> Self {
        Self { prf, seed, drawn: 0, bits: Bits(0) }
    }

    fn choose(&mut self, count: u64) -> u8 {
        if self.drawn.is_multiple_of(CHARS_PER_WORD) {
            self.bits = Bits(self.prf.pair(self.seed, self.drawn / CHARS_PER_WORD));
        }
        self.drawn += 1;
        self.bits.choose(count) as u8
    }

    /// Whether the character was a letter or digit.
    fn write(&mut self, char: char, out: &mut Vec<u8>) -> bool {
        if char.is_numeric() {
            out.push(b'0' + self.choose(10));
        } else if char.is_alphabetic() {
            let first = if char.is_uppercase() { b'A' } else { b'a' };
            out.push(first + self.choose(26));
        } else if is_punctuation(char) {
            let mut utf8 = [0; 4];
            out.extend_from_slice(char.encode_utf8(&mut utf8).as_bytes());
            return false;
        } else {
            out.push(b'x');
            return false;
        }
        true
    }
}

/// Of the characters that are no letters and no digits (Unicode's code charts): ASCII and Latin-1 without their control characters, General Punctuation
/// without what is invisible, Currency Symbols, and the punctuation of East Asia.
pub(super) fn is_punctuation(char: char) -> bool {
    matches!(
        char,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{a0}'..='\u{ac}'
            | '\u{ae}'..='\u{ff}'
            | '\u{2010}'..='\u{2027}'
            | '\u{202f}'..='\u{205f}'
            | '\u{20a0}'..='\u{20cf}'
            | '\u{3000}'..='\u{3003}'
            | '\u{3008}'..='\u{3011}'
            | '\u{ff01}'..='\u{ff0f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shaped(input: &[u8]) -> String {
        let mut out = Vec::new();
        ShapeMask::new(Prf::new(&[1; 32])).write(input, None, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn class(char: char) -> char {
        match char {
            _ if char.is_numeric() => '9',
            _ if char.is_uppercase() => 'A',
            _ if char.is_alphabetic() => 'a',
            other => other,
        }
    }

    #[test]
    fn classes_stay_and_characters_go() {
        for input in ["AB-1234 xy", "Straße 5, Zürich", "Ωμέγα-٣", "1", "a", "日本 2024"] {
            let output = shaped(input.as_bytes());
            assert!(output.chars().map(class).eq(input.chars().map(class)), "{output}");
            assert_ne!(output, input);
            assert!(
                input
                    .chars()
                    .all(|char| char.is_ascii() || !char.is_alphanumeric() || !output.contains(char))
            );
        }
    }

    #[test]
    fn a_single_character_never_stays() {
        for byte in (b'0'..=b'9').chain(b'a'..=b'z').chain(b'A'..=b'Z') {
            assert_ne!(shaped(&[byte]).as_bytes(), [byte]);
        }
    }

    #[test]
    fn what_has_no_letter_or_digit_becomes_crosses() {
        assert_eq!(shaped("--- ✓".as_bytes()), "xxxxx");
        assert_eq!(shaped(b"\xff\xfe-"), "xx-");
    }

    #[test]
    fn only_punctuation_stays() {
        for (input, kept) in [
            ("a €5 – “b”…", " € – “”…"),
            ("日本「東京」、9", "「」、"),
            // Marks on letters, apart from them.
            ("e\u{301}e n\u{303}", " "),
            ("กิโลกรัม ॐनमस्ते", " "),
            // Flags, families, braille, squared and private letters, tags, invisible signs.
            ("a 🇩🇪❤👨‍👩‍👧 ⠚⠁⠝⠑ 🄰\u{e000}\u{e0041}\u{200b}\u{202e}\u{ad}", "   "),
        ] {
            let output = shaped(input.as_bytes());
            assert_eq!(output.chars().filter(|char| !char.is_ascii_alphanumeric()).collect::<String>(), kept);
            assert_eq!(output.chars().count(), input.chars().count());
        }
    }

    #[test]
    fn long_texts_do_not_repeat() {
        let output = shaped(&[b'a'; 800]);
        let words: std::collections::BTreeSet<&str> =
            (0..100).map(|at| &output[8 * at..8 * at + 8]).collect();
        assert_eq!(words.len(), 100);
    }
}
