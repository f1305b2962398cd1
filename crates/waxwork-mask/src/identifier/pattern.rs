//! Patterns: which characters a number may have at each place.
//!
//! ```text
//!   "9##[0-4]####?" ─► Pattern ─┬─ pick(draw)      a number of it
//!                               ├─ rank / unrank   its free characters as one index, mixed radix
//!                               └─ fits, resembles whether a value is, or looks like, one
//! ```
//!
//! `#` is a digit, `@` a letter, `*` either, `[A-F2]` one of a set, `?` a check character, `!` one that is always a
//! letter, `=` a letter of the value that stays; any other character is itself.

use super::draw::Draw;
use std::ops::Range;

/// What stands at one place.
#[derive(Clone, Debug, PartialEq)]
enum Place {
    /// Always this character.
    Fixed(u8),
    /// The value's own letter.
    Kept,
    /// One of these.
    Free(Vec<u8>),
    /// It follows from the others.
    Check,
    /// It follows from the others, and is a letter.
    CheckLetter,
}

/// Numbers of one length and build, in capital letters and without separators.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    places: Vec<Place>,
    /// How many there are, check characters aside.
    count: u128,
}

impl Pattern {
    pub(crate) fn parse(text: &str) -> Self {
        let mut places = Vec::new();
        let mut bytes = text.bytes();
        while let Some(byte) = bytes.next() {
            places.push(match byte {
                b'#' => Place::Free((b'0'..=b'9').collect()),
                b'@' => Place::Free((b'A'..=b'Z').collect()),
                b'*' => Place::Free((b'0'..=b'9').chain(b'A'..=b'Z').collect()),
                b'[' => Place::Free(set(bytes.by_ref().take_while(|byte| *byte != b']').collect())),
                b'?' => Place::Check,
                b'!' => Place::CheckLetter,
                b'=' => Place::Kept,
                fixed => Place::Fixed(fixed),
            });
        }
        let count = places.iter().map(Place::radix).product();
        Self { places, count }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn count(&self) -> u128 {
        self.count
    }

    /// Whether `number` is of the pattern, check characters aside.
    pub(crate) fn fits(&self, number: &[u8]) -> bool {
        self.len() == number.len() && self.places.iter().zip(number).all(|(place, char)| place.fits(*char))
    }

    /// Whether `number` is as long, and fits at the places of `kept`.
    pub(crate) fn agrees(&self, number: &[u8], kept: &Range<usize>) -> bool {
        let mut places = self.places.iter().zip(number).skip(kept.start).take(kept.len());
        self.len() == number.len() && places.all(|(place, char)| place.fits(*char))
    }

    /// Whether `number` has letters and digits where the pattern has.
    pub(crate) fn resembles(&self, number: &[u8]) -> bool {
        let mut places = self.places.iter().zip(number);
        self.len() == number.len() && places.all(|(place, char)| place.is_class_of(*char))
    }

    /// Some number of it begins with this character.
    #[cfg(test)]
    pub(crate) fn may_begin_with(&self, char: u8) -> bool {
        self.places[0].fits(char)
    }

    /// Puts a number over `number`; check characters are left.
    pub(crate) fn pick(&self, draw: &mut Draw, number: &mut [u8]) {
        for (place, char) in self.places.iter().zip(number) {
            match place {
                Place::Fixed(fixed) => *char = *fixed,
                Place::Free(set) => *char = set[draw.below(set.len() as u64) as usize],
                Place::Kept | Place::Check | Place::CheckLetter => {}
            }
        }
    }

    /// The index of a number that fits, below [`Self::count`].
    pub(crate) fn rank(&self, number: &[u8]) -> u128 {
        self.places.iter().zip(number).fold(0, |rank, (place, char)| match place {
            Place::Free(set) => rank * set.len() as u128 + index(set, *char) as u128,
            _ => rank,
        })
    }

    /// Puts the number of an index over `number`; check and kept characters are left.
    pub(crate) fn unrank(&self, mut rank: u128, number: &mut [u8]) {
        for (place, char) in self.places.iter().zip(number).rev() {
            match place {
                Place::Fixed(fixed) => *char = *fixed,
                Place::Free(set) => {
                    *char = set[(rank % set.len() as u128) as usize];
                    rank /= set.len() as u128;
                }
                Place::Kept | Place::Check | Place::CheckLetter => {}
            }
        }
    }
}

impl Place {
    fn radix(&self) -> u128 {
        match self {
            Self::Free(set) => set.len() as u128,
            _ => 1,
        }
    }

    fn fits(&self, char: u8) -> bool {
        match self {
            Self::Fixed(fixed) => *fixed == char,
            Self::Kept | Self::CheckLetter => char.is_ascii_uppercase(),
            Self::Free(set) => set.contains(&char),
            Self::Check => true,
        }
    }

    fn is_class_of(&self, char: u8) -> bool {
        let same = |other: &u8| other.is_ascii_digit() == char.is_ascii_digit();
        match self {
            Self::Fixed(fixed) => same(fixed),
            Self::Kept | Self::CheckLetter => char.is_ascii_uppercase(),
            Self::Free(set) => set.iter().any(same),
            Self::Check => true,
        }
    }
}

fn index(set: &[u8], char: u8) -> usize {
    set.iter().position(|known| *known == char).expect("the number fits the pattern")
}

/// The characters of a set, ranges written out.
fn set(text: Vec<u8>) -> Vec<u8> {
    let mut set = Vec::new();
    let mut rest = &text[..];
    while let [first, tail @ ..] = rest {
        match tail {
            [b'-', last, tail @ ..] => {
                set.extend(*first..=*last);
                rest = tail;
            }
            _ => {
                set.push(*first);
                rest = tail;
            }
        }
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_numbers_answer_each_other() {
        let pattern = Pattern::parse("A#[0-2X]-?");
        assert_eq!((pattern.len(), pattern.count()), (5, 40));
        let mut seen = std::collections::BTreeSet::new();
        for rank in 0..40 {
            let mut number = *b"....7";
            pattern.unrank(rank, &mut number);
            assert!(pattern.fits(&number) && pattern.rank(&number) == rank && seen.insert(number));
        }
    }

    #[test]
    fn a_number_resembles_what_has_its_letters_and_digits() {
        let pattern = Pattern::parse("==##*?");
        assert!(pattern.resembles(b"DE99X0") && pattern.resembles(b"DE9900"));
        assert!(!pattern.resembles(b"D999X0") && !pattern.resembles(b"DE99X"));
        let german = Pattern::parse("DE##*?");
        assert!(german.resembles(b"FR12A0") && !german.agrees(b"FR12A0", &(0..2)));
        assert!(german.agrees(b"DEXXXX", &(0..2)) && german.agrees(b"123456", &(0..0)));
    }
}
