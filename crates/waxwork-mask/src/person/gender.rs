//! `person.gender`, and what columns say of it.
//!
//! A column of sexes has so few values that a result which depends on the value tells it: what is written is the
//! made-up person's, in the words that the column has.

use super::people::{Gender, gender_of};
use crate::dictionary::Locale;
use crate::entity::EntityKey;
use crate::error::MaskErrorKind;
use crate::key::Keyring;
use crate::text::{Room, WriteText, find_locale, option_error, short_error};
use waxwork_core::plan::MaskSpec;

/// Pairs of words for women and men, in small letters. The first pair that has a value's word is the column's; of one
/// language before others where the mask has its locale. Numbers are those of ISO/IEC 5218.
const WORDS: [(&str, [&str; 2]); 15] = [
    ("de_de", ["w", "m"]),
    ("de_de", ["weiblich", "männlich"]),
    ("nl_nl", ["v", "m"]),
    ("nl_nl", ["vrouw", "man"]),
    ("fr_fr", ["f", "h"]),
    ("fr_fr", ["femme", "homme"]),
    ("tr_tr", ["k", "e"]),
    ("tr_tr", ["kadın", "erkek"]),
    ("pt_br", ["feminino", "masculino"]),
    ("", ["f", "m"]),
    ("", ["female", "male"]),
    ("", ["woman", "man"]),
    ("", ["femme", "homme"]),
    ("", ["weiblich", "maennlich"]),
    ("", ["2", "1"]),
];

impl Gender {
    /// What a value of a column of sexes says, in any of the words that are known; nothing where they are of neither.
    pub(crate) fn read(value: &[u8]) -> Option<Self> {
        let value = std::str::from_utf8(value).ok()?.trim().to_lowercase();
        let said = |at: usize| WORDS.iter().any(|(_, pair)| pair[at] == value);
        match (said(0), said(1)) {
            (true, false) => Some(Self::Female),
            (false, true) => Some(Self::Male),
            _ => None,
        }
    }
}

/// `person.gender`
pub(crate) struct GenderText {
    key: EntityKey,
    locale: &'static str,
    /// The words for women and men, where the rule says them.
    words: Option<[String; 2]>,
    room: usize,
}

impl GenderText {
    pub(crate) fn compile(
        keyring: &Keyring,
        spec: &MaskSpec,
        identity: &str,
        room: Room,
    ) -> Result<Self, MaskErrorKind> {
        let locale: &Locale = find_locale(spec.locale(), room)?;
        let words = match spec.options.texts("words") {
            [] => None,
            [female, male] => Some([female.clone(), male.clone()]),
            _ => return Err(option_error(spec.kind, "words", "it takes two, for women and for men")),
        };
        let longest = words.iter().flatten().map(|word| word.chars().count()).max().unwrap_or(1);
        if longest > room.chars {
            return Err(short_error(spec.kind, longest, room));
        }
        Ok(Self { key: EntityKey::new(keyring, identity, ""), locale: locale.name, words, room: room.chars })
    }
}

impl WriteText for GenderText {
    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        // Not by its value where a row leads to no root, either: all of these are one.
        let gender = gender_of(&mut self.key.bits(b"", by, 0));
        match &self.words {
            Some(words) => out.extend_from_slice(words[gender as usize].as_bytes()),
            None => {
                let start = out.len();
                write_like(input, pair(input, self.locale)[gender as usize], out);
                cut(out, start, self.room);
            }
        }
        Ok(())
    }

    fn gives_back(&self) -> bool {
        true
    }

    fn is_part(&self) -> bool {
        true
    }
}

/// The column's words, as one value shows them; for any other word the plain ones of its length.
fn pair(value: &[u8], locale: &str) -> [&'static str; 2] {
    let value = String::from_utf8_lossy(value).to_lowercase();
    let has =
        |own: bool| WORDS.iter().find(|(of, pair)| (*of == locale || !own) && pair.contains(&value.as_str()));
    let plain = || match value.as_bytes() {
        [digit] if digit.is_ascii_digit() => ["2", "1"],
        [_] => WORDS.iter().find(|(of, _)| *of == locale).map_or(["f", "m"], |(_, pair)| *pair),
        _ => ["female", "male"],
    };
    let foreign = || WORDS.iter().rev().find(|(_, pair)| pair.contains(&value.as_str()));
    has(true).or_else(foreign).map_or_else(plain, |(_, pair)| *pair)
}

/// Appends a word in the letters' case of another: `F`, `FEMALE`, `Female`.
fn write_like(like: &[u8], word: &str, out: &mut Vec<u8>) {
    let upper = |at: usize| like.get(at).is_some_and(u8::is_ascii_uppercase);
    let all = upper(0) && (like.len() == 1 || upper(1));
    for (at, letter) in word.chars().enumerate() {
        let raised = all || (at == 0 && upper(0));
        let mut bytes = [0; 4];
        let letter = if raised { letter.to_uppercase().next().unwrap_or(letter) } else { letter };
        out.extend_from_slice(letter.encode_utf8(&mut bytes).as_bytes());
    }
}

/// Takes off what is more than `room` characters.
pub(super) fn cut(out: &mut Vec<u8>, start: usize, room: usize) {
    let mut ends = (start..out.len()).filter(|at| out[*at] & 0xc0 != 0x80);
    if let Some(end) = ends.nth(room) {
        out.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sexes_are_read_in_the_words_that_columns_have() {
        for female in ["f", "F", "female", "Female", "w", "weiblich", "2", "vrouw", "femme", "k"] {
            assert_eq!(Gender::read(female.as_bytes()), Some(Gender::Female), "{female}");
        }
        for male in ["m", "M", "MALE", "man", "1", "männlich", "homme", "h", "erkek"] {
            assert_eq!(Gender::read(male.as_bytes()), Some(Gender::Male), "{male}");
        }
        for neither in ["", "x", "0", "9", "divers", "\u{fe}\u{ff}"] {
            assert_eq!(Gender::read(neither.as_bytes()), None, "{neither}");
        }
        assert_eq!(Gender::read(&[0xff]), None);
    }

    #[test]
    fn the_words_are_the_columns_in_its_letters() {
        let female = |value: &str, locale: &str| {
            let mut out = Vec::new();
            write_like(value.as_bytes(), pair(value.as_bytes(), locale)[0], &mut out);
            String::from_utf8(out).unwrap()
        };
        let cases = [
            ("m", "", "f"),
            ("F", "", "F"),
            ("MALE", "", "FEMALE"),
            ("Male", "", "Female"),
            ("1", "", "2"),
            ("9", "", "2"),
            ("m", "de_de", "w"),
            ("w", "", "w"),
            ("d", "de_de", "w"),
            ("x", "", "f"),
            ("man", "nl_nl", "vrouw"),
            ("man", "", "woman"),
            ("non-binary", "", "female"),
        ];
        for (value, locale, expected) in cases {
            assert_eq!(female(value, locale), expected, "{value} {locale}");
        }
    }
}
