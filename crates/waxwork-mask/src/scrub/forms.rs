//! What is recognised by its form: addresses of the net, numbers with check digits, codes, dates, other numbers.
//!
//! ```text
//!   text ─► PATTERN: a candidate's outline ─► checks ─► the mask of its class
//! ```
//!
//! The outline is generous and the checks decide the class; what has five digits or more and is of no class keeps its
//! form with other digits.

use crate::error::MaskErrorKind;
use crate::identifier::{self, Validator};
use crate::key::Keyring;
use crate::text::{Room, TextMask};
use regex::Regex;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::LazyLock;
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

/// Outlines of candidates by name, the most particular first. Groups: URL (RFC 3986), mail address (RFC 5321, generously,
/// also as URLs write it), uuid (RFC 9562), MAC address, IPv6 (RFC 4291) and IPv4 address, ISO 8601 date with a time or
/// without, a British insurance number in its groups, IBAN in groups (ISO 13616), digits with separators, one word of
/// letters and digits.
const PATTERN: &str = r#"(?ix)
    (?<url> (?: [a-z][a-z0-9+.-]{1,20}:// | \bwww\. ) [^\s<>"]+ )
  | (?<email> (?: "[^"\n]{1,64}" | [^\s<>()\[\]{},;:"'@/\\]+ ) (?: @ | %40 ) [^\s<>()\[\]{},;:"'@/\\]* [\p{L}\p{N}] )
  | (?<uuid> \b [0-9a-f]{8} (?: -[0-9a-f]{4} ){3} -[0-9a-f]{12} \b )
  | (?<mac> \b [0-9a-f]{2} (?: [:-][0-9a-f]{2} ){5} \b )
  | (?<ip6> (?: \b [0-9a-f]{1,4} )? (?: : [0-9a-f]{0,4} ){2,7} (?: \d* (?: \.\d{1,3} ){3} )? )
  | (?<ip4> \b \d{1,3} (?: \.\d{1,3} ){3} \b )
  | (?<date> \b \d{4}-\d{2}-\d{2} (?: [T\ ] \d{2} : \d{2} (?: : \d{2} (?: [.,] \d+ )? )? (?: Z | [+-] \d{2} (?: :? \d{2} )? )? )? \b )
  | (?<nino> \b [a-z]{2} \ ? \d{2} \ ? \d{2} \ ? \d{2} \ ? [a-d] \b )
  | (?<iban> \b [a-z]{2} \d{2} (?: \ ? [a-z0-9]{2,4} ){2,8} \b )
  | (?<number> \+? \(? \b \d [\d\ ()./-]{3,} \d \b [a-z]? )
  | (?<code> \b [a-z_.-]* \d [a-z0-9_.-]{2,} [a-z0-9] | \b [a-z_.-]{3,} \d )
"#;

static CANDIDATES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(PATTERN).expect("the pattern is written here"));

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
                let found = CANDIDATES.captures_at(text, from)?;
                let group =
                    CANDIDATES.capture_names().flatten().find_map(|name| Some((name, found.name(name)?)));
                let (name, candidate) = group?;
                match self.class(name, candidate.as_str()) {
                    Some((length, form)) => {
                        let end = candidate.start() + length;
                        from = end;
                        return Some((candidate.start()..end, form));
                    }
                    None => from = candidate.end(),
                }
            }
        })
    }

    /// Appends what the copy has for something that was found.
    pub(super) fn write(&self, form: usize, text: &str, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        self.masks[form].1.write(text.as_bytes(), None, out)
    }

    /// How much of a candidate is recognised, and its mask.
    fn class(&self, name: &str, text: &str) -> Option<(usize, usize)> {
        let whole = |kind| Some((text.len(), self.mask(kind)?));
        match name {
            "url" => Some((
                text.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'', ']']).len(),
                self.mask(MaskKind::Url)?,
            )),
            "email" => whole(MaskKind::Email),
            "uuid" => whole(MaskKind::Token),
            "mac" => whole(MaskKind::Mac),
            "ip4" | "ip6" if is_address(text) => whole(MaskKind::Ip),
            "date" if is_moment(text) => whole(MaskKind::DateShift),
            "iban" => self.longest(text).or_else(|| self.number(text)),
            _ => self.number(text),
        }
    }

    /// The longest beginning in whole groups that has the check digits of a class: words may follow a number.
    fn longest(&self, text: &str) -> Option<(usize, usize)> {
        let ends = std::iter::once(text.len()).chain(text.rmatch_indices(' ').map(|(at, _)| at));
        ends.into_iter().find_map(|end| Some((end, self.checked(&text[..end])?)))
    }

    /// A number with check digits, or what stands before the first one among numbers; else of what class it may be.
    fn number(&self, text: &str) -> Option<(usize, usize)> {
        if self.checked(text).is_none()
            && let Some(range) = self.first_checked(text)
        {
            return match range.start {
                0 => Some((range.end, self.checked(&text[range])?)),
                start => {
                    self.unchecked(text[..start].trim_end()).or(Some((start, self.mask(MaskKind::Shape)?)))
                }
            };
        }
        self.unchecked(text)
    }

    /// Groups in a row that are a card or an account.
    fn first_checked(&self, text: &str) -> Option<Range<usize>> {
        let starts = std::iter::once(0).chain(text.match_indices(' ').map(|(at, _)| at + 1));
        starts.into_iter().find_map(|start| {
            let rest = &text[start..];
            let ends = rest.match_indices(' ').map(|(at, _)| at).chain([rest.len()]);
            let long = ends.filter(|end| rest[..*end].len() >= LONG_MIN);
            long.into_iter().find(|end| self.checked(&rest[..*end]).is_some()).map(|end| start..start + end)
        })
    }

    /// A number with check digits, a phone number, a key, or anything else with as many digits.
    fn unchecked(&self, text: &str) -> Option<(usize, usize)> {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let is_number = text.bytes().all(|byte| !byte.is_ascii_alphabetic());
        let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
        let form = if let Some(form) = self.checked(text) {
            Some(form)
        } else if is_number && PHONE.contains(&digits) {
            self.mask(MaskKind::Phone)
        } else if letters > 0 && digits > 0 && letters + digits >= SECRET_MIN {
            self.mask(MaskKind::Token)
        } else if digits >= DIGITS_MIN {
            self.mask(MaskKind::Shape)
        } else {
            None
        };
        Some((text.len(), form?))
    }

    fn checked(&self, text: &str) -> Option<usize> {
        self.validators.iter().find(|(_, validator)| validator.is_valid(text.as_bytes())).map(|(at, _)| *at)
    }

    fn mask(&self, kind: MaskKind) -> Option<usize> {
        self.masks.iter().position(|(known, _)| *known == kind)
    }
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
