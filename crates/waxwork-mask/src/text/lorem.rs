//! `text.lorem`: words of nobody's, each as long as the one that stood there. Blanks, line ends, punctuation and capitals
//! stay where they are; digits become digits.

use super::WriteText;
use super::shape::is_punctuation;
use crate::error::MaskErrorKind;
use crate::key::{Keyring, Kind, Purpose};
use crate::prf::{Bits, Prf};
use waxwork_core::plan::MaskSpec;

/// Words that printers fill pages with, by length from one letter on; a longer one is made of several.
const WORDS: [&[&str]; 8] = [
    &["a", "e", "o"],
    &["ab", "ad", "at", "ea", "et", "ex", "id", "in", "ut"],
    &["aut", "cum", "est", "eum", "hic", "nec", "non", "qui", "quo", "sed", "sit", "vel"],
    &["amet", "aute", "enim", "esse", "ipsa", "modi", "nisi", "odit", "quam", "quia", "quis"],
    &["culpa", "dolor", "ipsum", "irure", "lorem", "magna", "minim", "nulla", "optio", "saepe", "velit"],
    &["aliqua", "cillum", "dolore", "fugiat", "labore", "mollit", "tempor", "veniam"],
    &["aliquip", "commodo", "eiusmod", "feugiat", "laborum", "nostrud", "ullamco", "viverra"],
    &["delectus", "deserunt", "nesciunt", "occaecat", "pariatur", "proident", "quisquam", "voluptas"],
];

/// `text.lorem`.
pub(crate) struct Lorem(Prf);

impl Lorem {
    pub(crate) fn new(keyring: &Keyring, spec: &MaskSpec) -> Self {
        Self(keyring.prf(Purpose::Pick, &spec.domain, Kind::Text))
    }
}

/// One value's words.
struct Words<'a> {
    prf: &'a Prf,
    hash: u64,
    /// Parts of words so far: each has 64 bits of its own.
    part: u64,
}

impl Words<'_> {
    /// As many letters, in the word's capitals, and digits for digits.
    fn write(&mut self, word: &str, out: &mut Vec<u8>) {
        let (mut left, mut latin, mut bits) = (word.chars().count(), &[][..], Bits(0));
        for char in word.chars() {
            if latin.is_empty() {
                self.part += 1;
                bits = Bits(self.prf.pair(self.hash, self.part));
                let words = WORDS[left.min(WORDS.len()) - 1];
                latin = words[bits.choose(words.len() as u64) as usize].as_bytes();
            }
            out.push(match char {
                _ if char.is_numeric() => b'0' + bits.choose(10) as u8,
                _ if char.is_uppercase() => latin[0].to_ascii_uppercase(),
                _ => latin[0],
            });
            (left, latin) = (left - 1, &latin[1..]);
        }
    }
}

impl WriteText for Lorem {
    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        let text = String::from_utf8_lossy(input);
        let mut words = Words { prf: &self.0, hash: self.0.bits(input, by).0, part: 0 };
        let has_words = text.chars().any(char::is_alphanumeric);
        let mut rest = &*text;
        while let Some(first) = rest.chars().next() {
            let is_word = first.is_alphanumeric();
            let length = rest.find(|char: char| char.is_alphanumeric() != is_word).unwrap_or(rest.len());
            let (run, after) = rest.split_at(length);
            if is_word {
                words.write(run, out);
            } else {
                between(run, has_words, out);
            }
            rest = after;
        }
        Ok(())
    }
}

/// What stands between words stays where it is no picture; of a text without words nothing does.
fn between(run: &str, has_words: bool, out: &mut Vec<u8>) {
    for char in run.chars() {
        if has_words && is_punctuation(char) {
            out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            out.push(b'x');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{keyring, spec};
    use waxwork_core::masks::MaskKind;

    fn written(input: &str) -> String {
        let mut out = Vec::new();
        Lorem::new(&keyring(), &spec(MaskKind::Lorem)).write(input.as_bytes(), None, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_word_has_the_length_of_its_list() {
        for (words, length) in WORDS.iter().zip(1..) {
            assert!(words.iter().all(|word| word.len() == length));
        }
    }

    #[test]
    fn sentences_keep_their_shape() {
        let input = "Frau Müller (SAP-Nr. 4711) rief an:\n„Bitte zurückrufen!“ 😀";
        let output = written(input);
        assert_eq!(output.chars().count(), input.chars().count());
        for (before, after) in input.chars().zip(output.chars()) {
            match before {
                '😀' => assert_eq!(after, 'x'),
                _ if before.is_numeric() => assert!(after.is_ascii_digit()),
                _ if before.is_alphabetic() => assert_eq!(before.is_uppercase(), after.is_uppercase()),
                _ => assert_eq!(after, before),
            }
        }
        assert!(!output.contains("ller") && output.contains("\n„"));
    }

    #[test]
    fn a_text_without_words_becomes_crosses() {
        assert_eq!((written("  ?!"), written("😀😀")), ("xxxx".to_owned(), "xx".to_owned()));
    }

    #[test]
    fn a_long_word_does_not_repeat() {
        let output = written(&"z".repeat(10_000));
        assert_eq!(output.len(), 10_000);
        let parts: std::collections::BTreeSet<&[u8]> = output.as_bytes().chunks(40).collect();
        assert!(parts.len() > 240);
    }
}
