//! LIKE and ILIKE byte by byte (PostgreSQL manual, 9.7.1): `%` any characters, `_` one, a backslash takes what follows
//! for itself.

use crate::error::MaskErrorKind;

/// A pattern.
pub(super) struct Pattern {
    items: Vec<Item>,
    /// Letters of ASCII match in either case.
    fold: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Item {
    Byte(u8),
    /// `_`
    One,
    /// `%`
    Any,
}

/// Letters beyond ASCII whose lower case is an ASCII letter in some collations and not in others: the Kelvin sign and the
/// capital I with a dot (Unicode, SpecialCasing.txt).
const DOUBTFUL: [&str; 2] = ["\u{212a}", "\u{130}"];

impl Pattern {
    /// Reads a pattern; one that folds is ASCII.
    pub(super) fn new(pattern: &str, fold: bool) -> Self {
        let mut items = Vec::new();
        let mut bytes = pattern.bytes();
        while let Some(byte) = bytes.next() {
            items.push(match byte {
                b'%' => Item::Any,
                b'_' => Item::One,
                b'\\' => Item::Byte(bytes.next().unwrap_or(b'\\')),
                byte => Item::Byte(byte),
            });
        }
        Self { items, fold }
    }

    /// Whether a text matches from end to end.
    ///
    /// # Errors
    /// It folds, and the text has a letter whose lower case is the collation's to say.
    pub(super) fn matches(&self, text: &[u8]) -> Result<bool, MaskErrorKind> {
        if self.fold && !text.is_ascii() && DOUBTFUL.iter().any(|letter| contains(text, letter.as_bytes())) {
            return Err(MaskErrorKind::Letter);
        }
        Ok(self.matches_bytes(text))
    }

    /// Goes back to the last `%` alone: what an earlier one could give, that one can.
    fn matches_bytes(&self, text: &[u8]) -> bool {
        let (mut item, mut at) = (0, 0);
        let mut again: Option<(usize, usize)> = None;
        loop {
            let step = match self.items.get(item) {
                Some(Item::Any) => {
                    again = Some((item + 1, at));
                    item += 1;
                    continue;
                }
                Some(Item::One) => character(text, at),
                Some(Item::Byte(byte)) => text.get(at).filter(|found| self.same(**found, *byte)).map(|_| 1),
                None if at == text.len() => return true,
                None => None,
            };
            match (step, again) {
                (Some(width), _) => (item, at) = (item + 1, at + width),
                (None, Some((after, from))) => {
                    let Some(width) = character(text, from) else { return false };
                    (item, at) = (after, from + width);
                    again = Some((after, from + width));
                }
                (None, None) => return false,
            }
        }
    }

    fn same(&self, found: u8, wanted: u8) -> bool {
        found == wanted || (self.fold && found.eq_ignore_ascii_case(&wanted))
    }
}

/// Bytes of the character at a place, the bytes that continue it with it.
fn character(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at + 1..).filter(|_| at < text.len())?;
    Some(1 + rest.iter().take_while(|byte| **byte & 0b1100_0000 == 0b1000_0000).count())
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::new(pattern, false).matches(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_percent_sign_is_any_characters_and_an_underscore_one() {
        for (pattern, text) in [
            ("%", ""),
            ("a%", "a"),
            ("%b%", "abc"),
            ("a_c", "aäc"),
            ("%ab", "aab"),
            ("%a%b%", "xaxxbx"),
            ("_%", "ä"),
            ("100\\%", "100%"),
            ("a\\_b", "a_b"),
            ("\\\\", "\\"),
            ("%é_", "ééx"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("a", ""),
            ("_", ""),
            ("a_c", "ac"),
            ("__", "ä"),
            ("%a", "ab"),
            ("100\\%", "100x"),
            ("a%b", "abc"),
            ("%__", "é"),
            ("A", "a"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn folding_is_for_ascii_and_stops_at_letters_in_doubt() {
        let pattern = Pattern::new("%KIM_", true);
        assert!(pattern.matches("dr kimä".as_bytes()).unwrap());
        assert!(!pattern.matches("dr käm!".as_bytes()).unwrap());
        assert!(matches!(pattern.matches("\u{212a}imo".as_bytes()), Err(MaskErrorKind::Letter)));
    }
}
