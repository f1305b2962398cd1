//! Which phrases each mask has: made-up ones by preference, then shorter ones, and a code in the mask's dress where
//! distinct values must stay distinct.

use super::phrase::{Part, Phrase};
use super::short_error;
use crate::dictionary::{DictionaryField, ENGLISH, Locale, Words};
use crate::error::MaskErrorKind;
use crate::person::{Gender, given_names};
use crate::prf::Code;
use crate::shared::Shared;
use std::sync::Arc;
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

/// How much a text may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// Characters at most, `usize::MAX` without limit.
    pub(crate) chars: usize,
    /// The limit counts bytes (`name`): only ASCII keeps both counts equal.
    pub(crate) ascii: bool,
}

impl Room {
    pub(crate) const UNLIMITED: Self = Self { chars: usize::MAX, ascii: false };

    /// The narrower of two limits.
    pub(crate) fn limited(self, chars: Option<u32>) -> Self {
        Self { chars: chars.map_or(self.chars, |chars| self.chars.min(chars as usize)), ..self }
    }
}

/// E-mail domains that no one can own (RFC 2606, section 3).
pub(crate) const MAIL_DOMAINS: [&str; 3] = ["example.com", "example.net", "example.org"];

/// `@example.com`, for codes.
pub(crate) const MAIL_SUFFIX: &str = "@example.com";

/// What every injective phone number begins with: a country code that is reserved (ITU-T E.164, list of 2016).
const PHONE_PREFIX: &str = "+999";

/// The fewest digits that hold the 80 bits of a shortest code.
const PHONE_DIGITS_MIN: usize = 25;

/// Under so many ASCII names a locale's mail addresses are English.
const LOCAL_PARTS_MIN: usize = 16;

/// Finds the spec's locale; where bytes are counted, English.
pub(crate) fn find_locale(locale: &str, room: Room) -> Result<&'static Locale, MaskErrorKind> {
    let found = Locale::find(locale).ok_or_else(|| MaskErrorKind::Locale { locale: locale.to_owned() })?;
    Ok(if room.ascii { &ENGLISH } else { found })
}

/// The phrases of a dictionary mask: those of the first preference that fit, all of which are used.
pub(super) fn phrases(spec: &MaskSpec, room: Room) -> Result<Vec<Phrase>, MaskErrorKind> {
    let source = Source::new(find_locale(spec.locale(), room)?, Gender::known(spec));
    let preferences = match spec.kind {
        MaskKind::FirstName | MaskKind::MiddleName => vec![vec![vec![source.first()]]],
        MaskKind::LastName => vec![vec![vec![source.last()]]],
        MaskKind::FullName => vec![vec![source.template(source.locale.full_name)], vec![vec![source.last()]]],
        MaskKind::Initials => vec![vec![vec![Part::Letter, Part::Letter]], vec![vec![Part::Letter]]],
        MaskKind::Username => source.usernames(),
        MaskKind::Email => source.mails(),
        MaskKind::Street => source.streets(),
        MaskKind::City => vec![vec![source.template(source.locale.city)], vec![vec![source.last()]]],
        MaskKind::Company => source.companies(),
        // secret.token: as much of the code as there is room for.
        _ => vec![vec![vec![Part::Code(room.chars.min(Code::WHOLE))]]],
    };
    fitting(spec.kind, preferences, room)
}

/// The first preference of which any phrase fits.
pub(crate) fn fitting(
    kind: MaskKind,
    preferences: Vec<Vec<Vec<Part>>>,
    room: Room,
) -> Result<Vec<Phrase>, MaskErrorKind> {
    let shortest = preferences.iter().flatten().map(|parts| Phrase::shortest(parts)).min().unwrap_or(0);
    preferences
        .into_iter()
        .map(|phrases| {
            phrases.into_iter().filter_map(|parts| Phrase::new(parts, room.chars)).collect::<Vec<_>>()
        })
        .find(|phrases| !phrases.is_empty())
        .ok_or_else(|| short_error(kind, shortest, room))
}

/// The code of an injective mask, in its dress where there is room for both.
pub(crate) fn injective(spec: &MaskSpec, room: Room) -> Result<Vec<Phrase>, MaskErrorKind> {
    let source = Source::new(find_locale(spec.locale(), room)?, Gender::known(spec));
    let whole = Part::Code(Code::WHOLE);
    let space = Part::Literal(" ");
    let dressed = match spec.kind {
        MaskKind::Email => {
            vec![source.lower_first(), Part::Literal("."), whole, Part::Literal(MAIL_SUFFIX)]
        }
        MaskKind::Username => vec![source.lower_first(), Part::Literal("."), whole],
        MaskKind::FirstName | MaskKind::MiddleName => vec![source.first(), space, whole],
        MaskKind::LastName | MaskKind::FullName | MaskKind::City | MaskKind::Street | MaskKind::Company => {
            vec![source.last(), space, whole]
        }
        _ => vec![whole],
    };
    let bare = match spec.kind {
        MaskKind::Email => vec![Part::Code(code_length(room, MAIL_SUFFIX)), Part::Literal(MAIL_SUFFIX)],
        MaskKind::Phone => {
            let digits = room.chars.saturating_sub(PHONE_PREFIX.len()).clamp(PHONE_DIGITS_MIN, Code::DIGITS);
            return fitting(
                spec.kind,
                vec![vec![vec![Part::Literal(PHONE_PREFIX), Part::CodeDigits(digits)]]],
                room,
            );
        }
        _ => vec![Part::Code(code_length(room, ""))],
    };
    fitting(spec.kind, vec![vec![dressed], vec![bare]], room)
}

/// As much of a code as fits beside a suffix, and never less than the shortest.
fn code_length(room: Room, suffix: &str) -> usize {
    room.chars.saturating_sub(suffix.len()).clamp(Code::SHORTEST, Code::WHOLE)
}

/// Parts out of one locale's dictionaries.
struct Source {
    locale: &'static Locale,
    /// Names of women or men alone.
    gender: Option<Gender>,
}

/// A list of a locale, in the form that a phrase has it in.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum List {
    First(Option<Gender>),
    /// In ASCII and lower case.
    LowerFirst(Option<Gender>),
    Last,
    /// In ASCII and lower case.
    LowerLast,
    Suffix(DictionaryField),
}

static WORDS: Shared<(&str, List), Words> = Shared::new();

impl Source {
    fn new(locale: &'static Locale, gender: Option<Gender>) -> Self {
        Self { locale, gender }
    }

    fn words(&self, list: List) -> Part {
        Part::Words(WORDS.get((self.locale.name, list), || match list {
            List::First(_) => sorted(&self.first_names()),
            List::LowerFirst(_) => lower_words(&self.first_names(), ENGLISH.first_names),
            List::Last => sorted(self.locale.last_names),
            List::LowerLast => lower_words(self.locale.last_names, ENGLISH.last_names),
            List::Suffix(field) => sorted(self.locale.field(field)),
        }))
    }

    fn first(&self) -> Part {
        self.words(List::First(self.gender))
    }

    fn first_names(&self) -> Vec<&'static str> {
        match self.gender {
            Some(gender) => given_names(self.locale, gender),
            None => self.locale.first_names.to_vec(),
        }
    }

    fn last(&self) -> Part {
        self.words(List::Last)
    }

    fn lower_first(&self) -> Part {
        self.words(List::LowerFirst(self.gender))
    }

    fn lower_last(&self) -> Part {
        self.words(List::LowerLast)
    }

    fn usernames(&self) -> Vec<Vec<Vec<Part>>> {
        let digits = Part::Number { from: 0, count: 100, width: 2 };
        vec![
            vec![vec![self.lower_first(), Part::Literal("_"), self.lower_last(), digits.clone()]],
            vec![vec![self.lower_first(), digits]],
            vec![vec![self.lower_first()]],
        ]
    }

    fn mails(&self) -> Vec<Vec<Vec<Part>>> {
        let digits = Part::Number { from: 0, count: 100, width: 2 };
        let at = Part::Literal("@");
        let domain = Part::Words(Arc::new(sorted(&MAIL_DOMAINS)));
        vec![
            vec![vec![
                self.lower_first(),
                Part::Literal("."),
                self.lower_last(),
                digits.clone(),
                at.clone(),
                domain.clone(),
            ]],
            vec![vec![self.lower_first(), digits.clone(), at.clone(), domain.clone()]],
            vec![vec![digits, at, domain]],
        ]
    }

    fn streets(&self) -> Vec<Vec<Vec<Part>>> {
        let number = Part::Number { from: 1, count: 200, width: 0 };
        let name = self.template(self.locale.street);
        let numbered = match self.locale.name {
            // The house number leads in English, Welsh and French.
            name_of if name_of.starts_with("en") || matches!(name_of, "cy_gb" | "fr_fr") => {
                [vec![number, Part::Literal(" ")], name.clone()].concat()
            }
            _ => [name.clone(), vec![Part::Literal(" "), number]].concat(),
        };
        vec![vec![numbered], vec![name], vec![vec![self.last()]]]
    }

    fn companies(&self) -> Vec<Vec<Vec<Part>>> {
        let names = self.locale.companies.iter().map(|template| self.template(template)).collect();
        vec![names, vec![vec![self.last()]]]
    }

    /// Parts of one of `fake`'s templates, for instance `{CityPrefix} {CityName}{CitySuffix}`.
    fn template(&self, template: &'static str) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut rest = template;
        while let Some((literal, (name, after))) =
            rest.split_once('{').and_then(|(literal, name)| Some((literal, name.split_once('}')?)))
        {
            if !literal.is_empty() {
                parts.push(Part::Literal(literal));
            }
            parts.push(self.named(name));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest));
        }
        parts
    }

    fn named(&self, name: &str) -> Part {
        match name {
            "FirstName" => self.first(),
            "StreetSuffix" => self.words(List::Suffix(DictionaryField::StreetSuffix)),
            "CitySuffix" => self.words(List::Suffix(DictionaryField::CitySuffix)),
            "Suffix" => self.words(List::Suffix(DictionaryField::CompanySuffix)),
            // Streets, cities and companies are called after people.
            _ => self.last(),
        }
    }
}

fn sorted(list: &[&'static str]) -> Words {
    Words::new(list.iter().copied())
}

/// Whether a locale's names are letters of ASCII, so that mail addresses can be made of them.
pub(crate) fn has_mail_names(locale: &Locale) -> bool {
    plain_words(locale.first_names).len() >= LOCAL_PARTS_MIN
}

/// The words of a list that are ASCII letters alone, in lower case; those of the English one when they are few.
fn lower_words(list: &[&'static str], english: &[&'static str]) -> Words {
    let own = plain_words(list);
    let words = if own.len() < LOCAL_PARTS_MIN { plain_words(english) } else { own };
    Words::new(words.iter().map(String::as_str))
}

fn plain_words(list: &[&str]) -> Vec<String> {
    let letters = |word: &&&str| word.bytes().all(|byte| byte.is_ascii_alphabetic());
    list.iter().filter(letters).map(|word| word.to_ascii_lowercase()).collect()
}
