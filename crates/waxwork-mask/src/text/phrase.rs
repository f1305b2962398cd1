//! Phrases: the parts that a made-up text is put together from, within a length.
//!
//! ```text
//!   "{FirstName} {LastName}" ─► [Words, " ", Words] ── bits, code, room ─► characters, no allocation
//! ```
//!
//! A part that can choose is given as much room as the parts after it do not need; so every text of a phrase fits,
//! whatever is picked.

use super::line::Line;
use crate::dictionary::{Words, chars};
use crate::prf::{Bits, Code};
use std::sync::Arc;

/// A piece of a phrase.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// Always the same.
    Literal(&'static str),
    /// A word of a dictionary.
    Words(Arc<Words>),
    /// A number of `from`..`from + count`, padded with zeros to `width` digits.
    Number { from: u64, count: u64, width: usize },
    /// A letter in upper case.
    Letter,
    /// So many characters of the code.
    Code(usize),
    /// So many decimal digits of the code.
    CodeDigits(usize),
}

impl Part {
    fn shortest(&self) -> usize {
        match self {
            Self::Words(words) => words.shortest(),
            fixed => fixed.longest(),
        }
    }

    fn longest(&self) -> usize {
        match self {
            Self::Literal(text) => chars(text),
            Self::Words(words) => words.longest(),
            Self::Number { from, count, width } => (*width).max(chars(&(from + count - 1).to_string())),
            Self::Letter => 1,
            Self::Code(length) | Self::CodeDigits(length) => *length,
        }
    }

    /// Whether there is a next pick.
    fn chooses(&self) -> bool {
        match self {
            Self::Words(words) => words.choice(),
            Self::Number { count, .. } => *count > 1,
            Self::Letter => true,
            Self::Literal(_) | Self::Code(_) | Self::CodeDigits(_) => false,
        }
    }
}

/// Parts in order.
#[derive(Clone, Debug)]
pub(crate) struct Phrase {
    parts: Vec<Part>,
    /// Characters that the parts after each need at least.
    later: Vec<usize>,
    /// The last part that has a next pick.
    chooser: Option<usize>,
    /// Characters at most; `usize::MAX` where nothing has to be counted.
    room: usize,
    /// The same phrase where nothing has to be counted and every text is short.
    line: Option<Line>,
}

impl Phrase {
    /// A phrase within `room` characters; `None` when its shortest text has more.
    pub(crate) fn new(parts: Vec<Part>, room: usize) -> Option<Self> {
        if Self::shortest(&parts) > room {
            return None;
        }
        let later = (1..=parts.len()).map(|at| Self::shortest(&parts[at..])).collect();
        let chooser = parts.iter().rposition(Part::chooses);
        let longest: usize = parts.iter().map(Part::longest).sum();
        let room = if longest <= room { usize::MAX } else { room };
        let line = if room == usize::MAX { Line::new(&parts) } else { None };
        Some(Self { parts, later, chooser, room, line })
    }

    /// Characters of the shortest text.
    pub(crate) fn shortest(parts: &[Part]) -> usize {
        parts.iter().map(Part::shortest).sum()
    }

    /// Appends a text; with `next`, the last part that chooses takes its next pick, so that the text differs. `code` is
    /// there when a part needs it.
    pub(crate) fn write(&self, mut bits: Bits, code: Option<&Code>, next: bool, out: &mut Vec<u8>) {
        if let (Some(line), false) = (&self.line, next) {
            return line.write(bits, out);
        }
        let mut used = 0;
        for (at, part) in self.parts.iter().enumerate() {
            let next = next && self.chooser == Some(at);
            let start = out.len();
            match part {
                Part::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Part::Words(words) => {
                    let room =
                        if self.room == usize::MAX { self.room } else { self.room - used - self.later[at] };
                    words.write(&mut bits, room, next, out);
                }
                Part::Number { from, count, width } => {
                    write_number(from + step(&mut bits, *count, next), *width, out);
                }
                Part::Letter => out.push(b'A' + step(&mut bits, 26, next) as u8),
                Part::Code(length) => write_code(code, |code| code.write(*length, out)),
                Part::CodeDigits(length) => write_code(code, |code| code.write_digits(*length, out)),
            }
            if self.room != usize::MAX {
                used += count_chars(&out[start..]);
            }
        }
    }

    /// Whether a part needs a code.
    pub(crate) fn needs_code(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Code(_) | Part::CodeDigits(_)))
    }
}

/// A phrase with a code part is written with one: whoever compiles phrases sees to it.
fn write_code(code: Option<&Code>, write: impl FnOnce(&Code)) {
    write(code.expect("a phrase with a code part is given a code"));
}

/// An index below `count`, or the one after it.
fn step(bits: &mut Bits, count: u64, next: bool) -> u64 {
    let index = bits.choose(count);
    if next { (index + 1) % count } else { index }
}

fn write_number(number: u64, width: usize, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    let mut rest = number;
    while rest > 0 || digits.len() - at < width.max(1) {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&digits[at..]);
}

/// Characters of UTF-8 bytes: all but continuation bytes.
pub(crate) fn count_chars(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(list: &[&'static str]) -> Arc<Words> {
        Arc::new(Words::new(list.iter().copied()))
    }

    fn written(phrase: &Phrase, bits: u64, next: bool) -> String {
        let mut out = Vec::new();
        phrase.write(Bits(bits), None, next, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_text_fits_and_the_next_differs() {
        let first = words(&["Al", "Bo", "Zoë", "Christopher"]);
        let last = words(&["Ng", "Wu", "Müller", "Featherstonehaugh"]);
        for room in 5..35 {
            let parts = vec![Part::Words(first.clone()), Part::Literal(" "), Part::Words(last.clone())];
            let phrase = Phrase::new(parts, room).unwrap();
            for step in 0..500u64 {
                let bits = step.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let (text, next) = (written(&phrase, bits, false), written(&phrase, bits, true));
                assert!(chars(&text) <= room && chars(&next) <= room && text != next, "{room}");
            }
        }
    }

    #[test]
    fn a_phrase_longer_than_its_room_is_none() {
        let parts = vec![Part::Words(words(&["Olivia", "Abe", "Abel"])), Part::Literal("@example.com")];
        assert!(Phrase::new(parts.clone(), 15).is_none());
        assert!(Phrase::new(parts, 16).is_some());
    }

    #[test]
    fn numbers_are_padded() {
        let parts = vec![Part::Number { from: 0, count: 1, width: 4 }];
        assert_eq!(written(&Phrase::new(parts, 100).unwrap(), 0, false), "0000");
        let parts = vec![Part::Number { from: 100, count: 50, width: 2 }];
        assert_eq!(written(&Phrase::new(parts, 3).unwrap(), u64::MAX, false), "149");
    }
}
