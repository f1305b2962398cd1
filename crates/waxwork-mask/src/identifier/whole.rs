//! `reserved = false`: a permutation of all valid numbers of a format, kind by kind.
//!
//! The free characters of a number are one index in mixed radix; a Feistel network walks from index to index until the
//! number there is valid again (cycle walking, as [`Feistel`] does for its own domain). So results are valid, distinct
//! and of the value's kind, and kept characters stay.

use super::format::Format;
use super::pattern::Pattern;
use super::spelling::{Number, Spelling};
use crate::permutation::feistel::Feistel;

/// Above this many numbers a permutation's one expected fixed point is not looked for.
const PARTED_MAX: u128 = 1 << 40;

/// A permutation for each kind of number of a format.
pub(crate) struct Whole {
    format: &'static Format,
    kinds: Vec<Kind>,
}

struct Kind {
    pattern: Pattern,
    network: Feistel,
}

impl Whole {
    pub(crate) fn new(subkey: &[u8; 32], format: &'static Format) -> Self {
        let kinds = format.whole.iter().map(|text| {
            let pattern = Pattern::parse(text);
            let bits = u128::BITS - (pattern.count() - 1).leading_zeros();
            let network = Feistel::new(blake3::keyed_hash(subkey, text.as_bytes()).as_bytes(), bits);
            Kind { pattern, network }
        });
        Self { format, kinds: kinds.collect() }
    }

    /// The image of a valid number; `None` for any other.
    pub(crate) fn replace(&self, number: &Number) -> Option<Number> {
        let kind = self.kinds.iter().find(|kind| kind.pattern.fits(number.chars()))?;
        let mut image = *number;
        let valid = (self.format.complete)(image.chars_mut()) && image.chars() == number.chars();
        if !valid {
            return None;
        }
        let rank = kind.image(self.format, number);
        kind.pattern.unrank(rank, image.chars_mut());
        (self.format.complete)(image.chars_mut()).then_some(image)
    }

    /// The image of a number tells how its letters were written. Their case tells two values apart that are one number:
    /// an image without a letter, which cannot show it, is that of the usual case alone.
    pub(crate) fn tells_case(&self, spelling: &Spelling, image: &Number) -> bool {
        spelling.small.is_none_or(|small| small == self.format.small)
            || image.chars().iter().any(u8::is_ascii_alphabetic)
    }
}

impl Kind {
    /// The index that a valid number's goes to. Indexes are paired, and a pair of which one keeps its place trades
    /// images: another number is never the same one, unless its neighbour is not valid.
    fn image(&self, format: &Format, number: &Number) -> u128 {
        let rank = self.pattern.rank(number.chars());
        let valid = |rank: u128| {
            let mut scratch = *number;
            self.pattern.unrank(rank, scratch.chars_mut());
            rank < self.pattern.count() && (format.complete)(scratch.chars_mut())
        };
        let image = self.network.walk(rank, valid);
        let partner = rank ^ 1;
        if self.pattern.count() > PARTED_MAX || !valid(partner) {
            return image;
        }
        let other = self.network.walk(partner, valid);
        if image == rank || other == partner { other } else { image }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Five digits of which the last is their sum by 11, where that is one digit, and two kinds of them.
    static SMALL: Format = Format::new(&["9999?"], &["[0-8]###?", "9##[A-F]?"], "#####", |number| {
        let sum: u32 = number[..4].iter().map(|char| u32::from(*char)).sum();
        number[4] = b'0' + (sum % 11 % 10) as u8;
        sum % 11 < 10
    });

    #[test]
    fn every_valid_number_has_one_image_of_its_kind_and_every_image_one_number() {
        for seed in 0..20 {
            let whole = Whole::new(&[seed; 32], &SMALL);
            let (mut numbers, mut images, mut fixed) = (BTreeSet::new(), BTreeSet::new(), 0);
            for kind in &whole.kinds {
                for rank in 0..kind.pattern.count() {
                    let mut number = Number::blank(5);
                    kind.pattern.unrank(rank, number.chars_mut());
                    if !(SMALL.complete)(number.chars_mut()) {
                        assert!(whole.replace(&number).is_none());
                        continue;
                    }
                    let image = whole.replace(&number).unwrap();
                    assert_eq!(image.chars()[0] == b'9', number.chars()[0] == b'9');
                    fixed += usize::from(image.chars() == number.chars());
                    numbers.insert(number.chars().to_vec());
                    images.insert(image.chars().to_vec());
                }
            }
            assert_eq!(numbers, images);
            // Only a number whose neighbour is not valid may stay: one in ten, of which one would by chance.
            assert!(fixed <= 2, "{fixed}");
        }
    }

    #[test]
    fn what_is_not_valid_has_no_image() {
        let whole = Whole::new(&[1; 32], &SMALL);
        for text in ["12340", "99991", "1234", "A2345"] {
            let mut number = Number::blank(text.len());
            number.chars_mut().copy_from_slice(text.as_bytes());
            assert!(whole.replace(&number).is_none(), "{text}");
        }
    }
}
