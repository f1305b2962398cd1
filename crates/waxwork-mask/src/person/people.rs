//! Names by the person that has them: the same person has the same names whatever is written of her.

use super::given;
use crate::dictionary::{ENGLISH, Locale, Texts, Words};
use crate::prf::Bits;
use crate::shared::Shared;
use std::sync::Arc;
use waxwork_core::masks::Setting;
use waxwork_core::plan::MaskSpec;

/// What given names, titles and columns of sexes tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Gender {
    Female,
    Male,
}

/// The option that a spec has for rows whose column of sexes says so; no rule can write it.
const KNOWN: &str = "known gender";

impl Gender {
    /// The spec of a mask for those rows.
    pub(crate) fn known_in(self, spec: &MaskSpec) -> MaskSpec {
        let name = if self == Self::Female { "female" } else { "male" };
        spec.clone().with(KNOWN, Setting::Text(name.to_owned()))
    }

    /// Whose names a spec's mask picks, where the row has said so.
    pub(crate) fn known(spec: &MaskSpec) -> Option<Self> {
        let known = spec.options.text(KNOWN)?;
        Some(if known == "female" { Self::Female } else { Self::Male })
    }
}

/// The gender of the person of some bits, which are spent.
pub(super) fn gender_of(bits: &mut Bits) -> Gender {
    if bits.choose(2) == 0 { Gender::Female } else { Gender::Male }
}

/// Names that women or men have in a locale; those of both where it does not tell.
pub(crate) fn given_names(locale: &Locale, gender: Gender) -> Vec<&'static str> {
    match given::of_locale(locale.name) {
        Some(given) => {
            let list = if gender == Gender::Female { given.female } else { given.male };
            list.split_whitespace().collect()
        }
        None => locale.first_names.to_vec(),
    }
}

/// The people of a locale.
pub(super) struct People {
    female: Names,
    male: Names,
    last: Names,
}

static PEOPLE: Shared<&str, People> = Shared::new();

/// Names, each with its letters in ASCII.
pub(super) struct Names {
    words: Words,
    /// In lower case, in the order of `words`: what mail addresses are made of.
    plain: Texts,
}

/// Which of a list's names a person has, and the bits that chose it.
#[derive(Clone, Copy)]
pub(super) struct Pick {
    index: u64,
    bits: Bits,
}

/// One person, by picks that do not depend on what is written of her.
#[derive(Clone, Copy)]
pub(super) struct Person {
    pub(super) gender: Gender,
    pub(super) first: Pick,
    pub(super) last: Pick,
    pub(super) middle: Pick,
    /// What is left, for numbers.
    pub(super) rest: Bits,
}

impl People {
    pub(super) fn of(locale: &Locale) -> Arc<Self> {
        PEOPLE.get(locale.name, || {
            let last = Names::new(locale, locale.last_names, ENGLISH.last_names);
            let given = |gender| Names::new(locale, &given_names(locale, gender), ENGLISH.first_names);
            Self { female: given(Gender::Female), male: given(Gender::Male), last }
        })
    }

    /// The person of some bits; her gender where it is known.
    pub(super) fn person(&self, mut bits: Bits, known: Option<Gender>) -> Person {
        let chosen = gender_of(&mut bits);
        let gender = known.unwrap_or(chosen);
        let first = self.given(gender).pick(&mut bits);
        let last = self.last.pick(&mut bits);
        let middle = self.given(gender).pick(&mut bits);
        Person { gender, first, last, middle, rest: bits }
    }

    pub(super) fn given(&self, gender: Gender) -> &Names {
        match gender {
            Gender::Female => &self.female,
            Gender::Male => &self.male,
        }
    }

    pub(super) fn last(&self) -> &Names {
        &self.last
    }
}

impl Pick {
    /// One of all words, however much room there will be.
    pub(super) fn of(words: &Words, bits: &mut Bits) -> Self {
        let before = *bits;
        Self { index: bits.choose(words.texts().len() as u64), bits: before }
    }

    /// Appends the word; where it is longer than `room`, one that is not.
    pub(super) fn write(self, words: &Words, room: usize, out: &mut Vec<u8>) {
        let count = words.within(room);
        let mut bits = self.bits;
        let index = if self.index < count { self.index } else { bits.choose(count) };
        words.texts().write(index as usize, out);
    }
}

impl Names {
    fn new(locale: &Locale, list: &[&'static str], english: &[&'static str]) -> Self {
        let words = Words::new(list.iter().copied());
        let texts = words.texts();
        let plain: Vec<String> = (0..texts.len())
            .map(|index| {
                let word = std::str::from_utf8(texts.get(index)).unwrap_or_default();
                // A script without letters of its own in ASCII: who bears the name signs in English.
                plain(word, locale.name)
                    .unwrap_or_else(|| english[index % english.len()].to_ascii_lowercase())
            })
            .collect();
        let plain = Texts::new(&plain.iter().map(String::as_str).collect::<Vec<_>>());
        Self { words, plain }
    }

    fn pick(&self, bits: &mut Bits) -> Pick {
        Pick::of(&self.words, bits)
    }

    /// Characters that leave a choice.
    pub(super) fn shortest(&self) -> usize {
        self.words.shortest()
    }

    /// [`Pick::write`]
    pub(super) fn write(&self, pick: Pick, room: usize, out: &mut Vec<u8>) {
        pick.write(&self.words, room, out);
    }

    /// The name in small letters of ASCII.
    pub(super) fn plain(&self, pick: Pick) -> &[u8] {
        self.plain.get(pick.index as usize)
    }

    /// The name's first letter.
    pub(super) fn initial(&self, pick: Pick) -> &[u8] {
        let name = self.words.texts().get(pick.index as usize);
        let end = (1..name.len()).find(|at| name[*at] & 0xc0 != 0x80).unwrap_or(name.len());
        &name[..end]
    }
}

/// A name in small letters of ASCII, without blanks and signs; `None` where a letter has no such form.
fn plain(name: &str, locale: &str) -> Option<String> {
    let mut plain = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' => plain.push(letter),
            // Blanks, hyphens, apostrophes, and marks of their own over a letter.
            '\u{0300}'..='\u{036f}' => {}
            _ if letter.is_ascii() => {}
            _ => plain.push_str(spelled(letter, locale == "de_de")?),
        }
    }
    (!plain.is_empty()).then_some(plain)
}

/// A letter with a mark, without it: as Germans spell theirs in German, as everybody else does otherwise.
fn spelled(letter: char, german: bool) -> Option<&'static str> {
    Some(match letter {
        'ä' if german => "ae",
        'ö' if german => "oe",
        'ü' if german => "ue",
        'ß' => "ss",
        'æ' => "ae",
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => "a",
        'ç' | 'ć' | 'č' => "c",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ı' => "i",
        'ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => "o",
        'š' | 'ş' => "s",
        'ù' | 'ú' | 'û' | 'ü' => "u",
        'ý' | 'ÿ' => "y",
        'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_with_marks_are_spelled_without() {
        assert_eq!(plain("Jürgen-Peter O'Groß", "de_de").as_deref(), Some("juergenpeterogross"));
        assert_eq!(plain("Gönül Işıl", "tr_tr").as_deref(), Some("gonulisil"));
        assert_eq!((plain("大塚", "ja_jp"), plain("-", "en")), (None, None));
    }

    #[test]
    fn latin_scripts_have_mail_names_of_their_own() {
        for locale in ["de_DE", "fr_FR", "it_IT", "nl_NL", "pt_BR", "pt_PT", "tr_TR", "cy_GB", "en"] {
            let locale = Locale::find(locale).unwrap();
            for name in locale.first_names.iter().chain(locale.last_names) {
                assert!(plain(name, locale.name).is_some() || name.trim().len() < 2, "{name:?}");
            }
        }
    }
}
