//! Phrases of few bytes, as nearly all are, put together on the stack: a row then takes one copy of known bounds instead
//! of one with a check of its room for each part.

use super::phrase::Part;
use crate::dictionary::{SHORT, Words};
use crate::prf::Bits;
use std::sync::Arc;

/// Bytes on the stack.
const BYTES: usize = 128;

/// Parts of which every text is short enough, none of them a code.
#[derive(Clone, Debug)]
pub(crate) struct Line(Vec<Step>);

/// A part as it is written here.
#[derive(Clone, Debug)]
enum Step {
    /// Bytes, and how many of them count.
    Literal([u8; SHORT], usize),
    Words(Arc<Words>),
    Number {
        from: u64,
        count: u64,
        width: usize,
    },
    Letter,
}

impl Line {
    /// The line of a phrase's parts; `None` where a text may be too long.
    pub(crate) fn new(parts: &[Part]) -> Option<Self> {
        let steps: Vec<Step> = parts.iter().map(Step::new).collect::<Option<_>>()?;
        let longest: usize = steps.iter().map(Step::longest).sum();
        // Every step may write a whole chunk past its end.
        (longest + SHORT <= BYTES).then_some(Self(steps))
    }

    /// Appends the text of these bits: what [`Phrase::write`](super::phrase::Phrase::write) makes of them.
    pub(crate) fn write(&self, mut bits: Bits, out: &mut Vec<u8>) {
        let start = out.len();
        // Of known length: eight moves, where each part would ask for room by itself.
        out.extend_from_slice(&[0; BYTES]);
        let line = &mut out[start..];
        let mut end = 0;
        for step in &self.0 {
            end += step.write(&mut bits, &mut line[end..]);
        }
        out.truncate(start + end);
    }
}

impl Step {
    fn new(part: &Part) -> Option<Self> {
        match part {
            Part::Literal(text) => {
                let mut bytes = [0; SHORT];
                bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
                Some(Self::Literal(bytes, text.len()))
            }
            Part::Words(words) => Some(Self::Words(words.clone())),
            Part::Number { from, count, width } => {
                Some(Self::Number { from: *from, count: *count, width: *width })
            }
            Part::Letter => Some(Self::Letter),
            Part::Code(_) | Part::CodeDigits(_) => None,
        }
    }

    /// Bytes at most.
    fn longest(&self) -> usize {
        match self {
            Self::Literal(_, length) => *length,
            Self::Words(words) => words.texts().longest_bytes(),
            Self::Number { from, count, width } => digits(from + count - 1).max(*width),
            Self::Letter => 1,
        }
    }

    /// Writes itself at the line's beginning; how many bytes that took.
    #[inline]
    fn write(&self, bits: &mut Bits, line: &mut [u8]) -> usize {
        match self {
            Self::Literal(bytes, length) => {
                line[..SHORT].copy_from_slice(bytes);
                *length
            }
            Self::Words(words) => {
                let texts = words.texts();
                texts.copy(bits.choose(texts.len() as u64) as usize, line)
            }
            Self::Number { from, count, width } => {
                let number = from + bits.choose(*count);
                let length = digits(number).max(*width);
                write_digits(number, &mut line[..length]);
                length
            }
            Self::Letter => {
                line[0] = b'A' + bits.choose(26) as u8;
                1
            }
        }
    }
}

/// Decimal digits of a number; 0 has one.
fn digits(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// Fills all of `digits`, with zeros before the number.
fn write_digits(mut number: u64, digits: &mut [u8]) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}
