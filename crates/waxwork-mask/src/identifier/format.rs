//! Formats: what is known of a kind of number, and the mask of one.
//!
//! ```text
//!   value ─► Spelling ─┬─ reserved ──► draws from a range that nobody holds ─┐
//!                      └─ whole ─────► permutation of all valid numbers ─────┼─► check characters ─► as the value writes
//!   anything else ─────► a made-up number, or under injection a code ────────┘
//! ```

use super::draw::Draw;
use super::pattern::Pattern;
use super::spelling::Number;
use std::ops::Range;

/// A kind of number.
pub(crate) struct Format {
    /// Numbers that nobody holds, the usual kind first.
    pub(crate) reserved: &'static [&'static str],
    /// Every number of the format; no number is of two of these.
    pub(crate) whole: &'static [&'static str],
    /// Sets the check characters; false for what is no number of the format.
    pub(crate) complete: fn(&mut [u8]) -> bool,
    /// How a number of the first kind is written where the value does not say: a character for each `#`.
    pub(crate) plain: &'static str,
    /// Places where a result agrees with the value where it can: a country.
    pub(crate) kept: Range<usize>,
    /// Characters at the end that never stay all together; 0: the whole number may not.
    pub(crate) tail: usize,
    /// Its letters are small as a rule.
    pub(crate) small: bool,
    /// Writes a number over characters of a pattern where few of them are valid.
    pub(crate) compose: Option<fn(&mut Draw, &mut [u8])>,
}

impl Format {
    /// A format without peculiarities: all of it open to permutations, reserved ranges to draws.
    pub(crate) const fn new(
        reserved: &'static [&'static str],
        whole: &'static [&'static str],
        plain: &'static str,
        complete: fn(&mut [u8]) -> bool,
    ) -> Self {
        Self { reserved, whole, complete, plain, kept: 0..0, tail: 0, small: false, compose: None }
    }
}

/// Numbers of the reserved ranges.
pub(crate) struct Ranges {
    format: &'static Format,
    patterns: Vec<Pattern>,
}

impl Ranges {
    /// The ranges of a format whose numbers have at most `chars` characters.
    ///
    /// # Errors
    /// The characters of the shortest, where none fits.
    pub(crate) fn new(format: &'static Format, chars: usize) -> Result<Self, usize> {
        let patterns: Vec<Pattern> = format.reserved.iter().map(|text| Pattern::parse(text)).collect();
        let shortest = patterns.iter().map(Pattern::len).min().unwrap_or(0);
        let patterns: Vec<Pattern> = patterns.into_iter().filter(|pattern| pattern.len() <= chars).collect();
        if patterns.is_empty() { Err(shortest) } else { Ok(Self { format, patterns }) }
    }

    /// The usual kind of number.
    pub(crate) fn usual(&self) -> &Pattern {
        &self.patterns[0]
    }

    /// The length of the shortest numbers that have so many digits or more.
    pub(crate) fn length_from(&self, digits: usize) -> Option<usize> {
        self.patterns.iter().map(Pattern::len).filter(|len| *len >= digits).min()
    }

    /// A number in the place of another, of a range that looks like it.
    pub(crate) fn replace(&self, number: &Number, draw: &mut Draw) -> Option<Number> {
        let (chars, kept) = (number.chars(), &self.format.kept);
        let range = self
            .range(chars, |range| range.agrees(chars, kept) && range.resembles(chars), draw)
            .or_else(|| self.range(chars, |range| !kept.is_empty() && range.agrees(chars, kept), draw))
            .or_else(|| self.range(chars, |range| range.resembles(chars), draw))?;
        Some(self.number(range, *number, draw, chars))
    }

    /// A number in the place of a value that is none.
    pub(crate) fn invent(&self, draw: &mut Draw) -> Number {
        let range = self.usual();
        self.number(range, Number::blank(range.len()), draw, b"")
    }

    /// One of the ranges that are like a number, and another than it is in where there is one.
    fn range(&self, chars: &[u8], like: impl Fn(&Pattern) -> bool, draw: &mut Draw) -> Option<&Pattern> {
        let alike = || self.patterns.iter().filter(|range| like(range));
        let count = alike().count();
        if count < 2 {
            return alike().next();
        }
        let chosen = draw.below(count as u64) as usize;
        let others = alike().cycle().skip(chosen).take(count).find(|range| !range.fits(chars));
        others.or_else(|| alike().nth(chosen))
    }

    /// A number of a range over another, whose end it does not share: draws go on until one is valid.
    fn number(&self, range: &Pattern, mut number: Number, draw: &mut Draw, not: &[u8]) -> Number {
        let chars = number.chars_mut();
        let tail = if self.format.tail == 0 { chars.len() } else { self.format.tail };
        loop {
            range.pick(draw, chars);
            if let Some(compose) = self.format.compose {
                compose(draw, chars);
            }
            if (self.format.complete)(chars) && !ends_alike(chars, not, tail) {
                return number;
            }
        }
    }
}

/// Both end in the same `tail` characters.
fn ends_alike(number: &[u8], other: &[u8], tail: usize) -> bool {
    number.len() == other.len() && number[number.len() - tail..] == other[other.len() - tail..]
}

/// Whether a number is one of a format.
pub(crate) struct Validator {
    format: &'static Format,
    patterns: Vec<Pattern>,
}

impl Validator {
    pub(crate) fn of(format: &'static Format) -> Self {
        Self { format, patterns: format.whole.iter().map(|text| Pattern::parse(text)).collect() }
    }

    /// It is one of the format's numbers, and its check characters are right.
    pub(crate) fn is_valid(&self, number: &Number) -> bool {
        if !self.patterns.iter().any(|pattern| pattern.fits(number.chars())) {
            return false;
        }
        let mut checked = *number;
        (self.format.complete)(checked.chars_mut()) && checked.chars() == number.chars()
    }
}
