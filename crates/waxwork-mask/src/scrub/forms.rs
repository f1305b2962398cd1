//! What is recognised by its form: addresses of the net, numbers with check digits, codes, dates, other numbers.
//!
//! ```text
//!   text ─► OUTLINES: a candidate's outline ─► checks ─► the mask of its class
//! ```
//!
//! The outline is generous and the checks decide the class; what has five digits or more and is of no class keeps its
//! form with other digits.

use crate::error::MaskErrorKind;
use crate::identifier::{self, Validator};
use crate::key::Keyring;
use crate::text::{Room, TextMask};
use regex_automata::{Input, meta::Regex};
use std::net::IpAddr;
use std::ops::Range;
use std::sync::LazyLock;
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

/// What a candidate's outline says that it may be.
#[derive(Clone, Copy)]
enum Outline {
    Url,
    Email,
    Uuid,
    Mac,
    Address,
    Moment,
    Iban,
    Number,
}

/// Outlines of candidates, the most particular first: URL (RFC 3986), mail address (RFC 5321, generously, also as URLs
/// write it), uuid (RFC 9562), MAC address, IPv6 (RFC 4291) and IPv4 address, ISO 8601 date with a time or without, a
/// British insurance number in its groups, IBAN in groups (ISO 13616), digits with separators, one word of letters and
/// digits. A letter outside ASCII ends a word, so that no number hides behind one.
const OUTLINES: [(Outline, &str); 11] = [
    (Outline::Url, r#"(?: [a-z][a-z0-9+.-]{1,20}:// | \bwww\. ) [^\s<>"]+"#),
    (
        Outline::Email,
        r#"(?: "[^"\n]{1,64}" | [^\s<>()\[\]{},;:"'@/\\]+ ) (?: @ | %40 ) [^\s<>()\[\]{},;:"'@/\\]* [\p{L}\p{N}]"#,
    ),
    (Outline::Uuid, r"\b [0-9a-f]{8} (?: -[0-9a-f]{4} ){3} -[0-9a-f]{12} \b"),
    (Outline::Mac, r"\b [0-9a-f]{2} (?: [:-][0-9a-f]{2} ){5} \b"),
    (
        Outline::Address,
        r"(?: \b [0-9a-f]{1,4} )? (?: : [0-9a-f]{0,4} ){2,7} (?: [0-9]* (?: \.[0-9]{1,3} ){3} )?",
    ),
    (Outline::Address, r"\b [0-9]{1,3} (?: \.[0-9]{1,3} ){3} \b"),
    (
        Outline::Moment,
        r"\b [0-9]{4}-[0-9]{2}-[0-9]{2} (?: [T\ ] [0-9]{2} : [0-9]{2} (?: : [0-9]{2} (?: [.,] [0-9]+ )? )? (?: Z | [+-] [0-9]{2} (?: :? [0-9]{2} )? )? )? \b",
    ),
    (Outline::Number, r"\b [a-z]{2} \ ? [0-9]{2} \ ? [0-9]{2} \ ? [0-9]{2} \ ? [a-d] \b"),
    (Outline::Iban, r"\b [a-z]{2} [0-9]{2} (?: \ ? [a-z0-9]{2,4} ){2,8} \b"),
    (Outline::Number, r"\+? \(? \b [0-9] [0-9\ ()./-]{3,} [0-9] \b [a-z]?"),
    (Outline::Number, r"\b [a-z_.-]* [0-9] [a-z0-9_.-]{2,} [a-z0-9] | \b [a-z_.-]{3,} [0-9]"),
];

/// By the place in [`OUTLINES`]. Groups with names would say the same at several times the price.
static CANDIDATES: LazyLock<Regex> = LazyLock::new(|| {
    let patterns: Vec<String> =
        OUTLINES.iter().map(|(_, pattern)| format!("(?ix){}", pattern.replace(r"\b", r"(?-u:\b)"))).collect();
    Regex::new_many(&patterns).expect("the patterns are written here")
});

/// Digits from which on a number may be anybody's.
const DIGITS_MIN: usize = 5;

/// Characters of a word with digits in it from which on it may be a key.
const SECRET_MIN: usize = 16;

/// Characters from which on check digits tell a number among others.
const LONG_MIN: usize = 13;

/// Digits of a phone number: ITU-T E.164 has 15 at most.
const PHONE: Range<usize> = 7..16;

/// Masks of all that is recognised.
pub(super) struct Forms {
    masks: Vec<(MaskKind, TextMask)>,
    validators: Vec<(usize, Validator)>,
}

impl Forms {
    pub(super) fn compile(keyring: &Keyring, specs: &[MaskSpec]) -> Result<Self, MaskErrorKind> {
        let mask = |spec: &MaskSpec| TextMask::compile(keyring, spec, Room::UNLIMITED);
        let masks = specs.iter().map(|spec| Ok((spec.kind, mask(spec)?)));
        let masks: Vec<(MaskKind, TextMask)> = masks.collect::<Result<_, MaskErrorKind>>()?;
        let validator =
            |(at, (kind, _)): (usize, &(MaskKind, _))| Some((at, Validator::of(identifier::format(*kind)?)));
        Ok(Self { validators: masks.iter().enumerate().filter_map(validator).collect(), masks })
    }

    /// All that is recognised, one behind the other, with its mask.
    pub(super) fn find<'t>(&'t self, text: &'t str) -> impl Iterator<Item = (Range<usize>, usize)> + 't {
        let mut from = 0;
        std::iter::from_fn(move || {
            loop {
                let found = CANDIDATES.find(Input::new(text).range(from..))?;
                let (outline, _) = OUTLINES[found.pattern()];
                match self.class(outline, &text[found.range()]) {
                    Some((length, form)) => {
                        from = found.start() + length;
                        return Some((found.start()..from, form));
                    }
                    None => from = found.end(),
                }
            }
        })
    }

    /// Appends what the copy has for something that was found.
    pub(super) fn write(&self, form: usize, text: &str, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        self.masks[form].1.write(text.as_bytes(), None, out)
    }

    /// How much of a candidate is recognised, and its mask.
    fn class(&self, outline: Outline, text: &str) -> Option<(usize, usize)> {
        let whole = |kind| Some((text.len(), self.mask(kind)?));
        match outline {
            Outline::Url => Some((
                text.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'', ']']).len(),
                self.mask(MaskKind::Url)?,
            )),
            Outline::Email => whole(MaskKind::Email),
            Outline::Uuid => whole(MaskKind::Token),
            Outline::Mac => whole(MaskKind::Mac),
            Outline::Address if is_address(text) => whole(MaskKind::Ip),
            Outline::Moment if is_moment(text) => whole(MaskKind::DateShift),
            Outline::Iban => self.longest(text).or_else(|| self.number(text)),
            Outline::Address | Outline::Moment | Outline::Number => self.number(text),
        }
    }

    /// The longest beginning in whole groups that has the check digits of a class: words may follow a number.
    fn longest(&self, text: &str) -> Option<(usize, usize)> {
        let ends = std::iter::once(text.len()).chain(text.rmatch_indices(' ').map(|(at, _)| at));
        ends.into_iter().find_map(|end| Some((end, self.checked(&text[..end])?)))
    }

    /// A number with check digits, or what stands before the first one among numbers; else of what class it may be.
    fn number(&self, text: &str) -> Option<(usize, usize)> {
        if let Some(form) = self.checked(text) {
            return Some((text.len(), form));
        }
        match self.first_checked(text) {
            Some(range) if range.start == 0 => Some((range.end, self.checked(&text[range])?)),
            Some(range) => {
                let before = &text[..range.start];
                self.number(before.trim_end()).or(Some((before.len(), self.mask(MaskKind::Shape)?)))
            }
            None => self.unchecked(text),
        }
    }

    /// Groups in a row that are a card or an account.
    fn first_checked(&self, text: &str) -> Option<Range<usize>> {
        let starts = std::iter::once(0).chain(text.match_indices(' ').map(|(at, _)| at + 1));
        let starts = starts.filter(|start| !text[*start..].starts_with(' '));
        starts.into_iter().find_map(|start| {
            let rest = &text[start..];
            let reach = readable(rest);
            let ends = rest.match_indices(' ').map(|(at, _)| at).chain([rest.len()]);
            let groups = ends.take_while(|end| *end <= reach).filter(|end| !rest[..*end].ends_with(' '));
            let long = groups.filter(|end| rest[..*end].len() >= LONG_MIN);
            long.into_iter().find(|end| self.checked(&rest[..*end]).is_some()).map(|end| start..start + end)
        })
    }

    /// A phone number, a key, or anything else with as many digits.
    fn unchecked(&self, text: &str) -> Option<(usize, usize)> {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
        let kind = if letters == 0 && PHONE.contains(&digits) {
            MaskKind::Phone
        } else if letters > 0 && digits > 0 && letters + digits >= SECRET_MIN {
            MaskKind::Token
        } else if digits >= DIGITS_MIN {
            MaskKind::Shape
        } else {
            return None;
        };
        Some((text.len(), self.mask(kind)?))
    }

    /// The class of which a text is a number with its check digits, however it is separated.
    fn checked(&self, text: &str) -> Option<usize> {
        let number = identifier::read(text.as_bytes())?;
        self.validators.iter().find(|(_, validator)| validator.is_valid(&number)).map(|(at, _)| *at)
    }

    fn mask(&self, kind: MaskKind) -> Option<usize> {
        self.masks.iter().position(|(known, _)| *known == kind)
    }
}

/// Up to where a text has no more letters and digits than a number may have.
fn readable(text: &str) -> usize {
    let mut written = text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_alphanumeric());
    written.nth(identifier::LENGTH_MAX).map_or(text.len(), |(at, _)| at)
}

/// An IP address; `a::b` is a path of many languages.
fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok() && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// A date, or a date with a time of day.
fn is_moment(text: &str) -> bool {
    let (date, time) = text.as_bytes().split_at(text.len().min(10));
    crate::date::parse(date).is_some() && (time.is_empty() || crate::date::time_of_day(time).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{keyring, spec};

    /// Were every group held against every other, this would take hours.
    #[test]
    fn a_long_run_of_groups_is_read_once() {
        let groups = format!("1{}", " 1".repeat(50_000));
        assert_eq!(readable(&groups), 2 * identifier::LENGTH_MAX);
        let card = "4111 1111 1111 1111";
        let forms = Forms::compile(&keyring(), &[spec(MaskKind::Card)]).unwrap();
        for filler in [groups, format!("1{}1", " ".repeat(50_000))] {
            assert_eq!(forms.first_checked(&filler), None);
            let text = format!("{filler} {card}");
            assert_eq!(forms.first_checked(&text), Some(text.len() - card.len()..text.len()));
        }
    }
}
