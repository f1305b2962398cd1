//! Masks from text to text: what a text column, a text array's element and a JSON leaf share.
//!
//! ```text
//!   MaskSpec + room ─► TextMask ── write(value, by) ─► characters appended to the caller's buffer
//! ```
//!
//! An empty text stays empty. No text is given back: the next pick is taken instead.

mod company;
mod line;
mod lorem;
mod names;
mod partial;
mod permute;
mod phone;
pub(crate) mod phrase;
mod postcode;
mod shape;
mod zip3;

pub(crate) use lorem::Lorem;
pub(crate) use names::{MAIL_DOMAINS, MAIL_SUFFIX, Room, find_locale, fitting, has_mail_names, injective};
pub(crate) use partial::Partial;
pub(crate) use permute::{integer, integers};

use crate::choice::TextChoice;
use crate::date::TextShift;
use crate::entity::PickKey;
use crate::error::MaskErrorKind;
use crate::identifier::{self, IdentifierMask};
use crate::internet::{self, UrlMask};
use crate::ip::IpMask;
use crate::key::{Keyring, Kind, Purpose};
use crate::noise::TextNoise;
use crate::password::PasswordMask;
use crate::permutation::uuid;
use crate::person::{self, BirthText, JobText};
use crate::place::{CountryText, FullAddress, PlacePostcode, StateText};
use crate::prf::CodeKey;
use crate::token::UuidToken;
use crate::value;
use company::CompanyMail;
use permute::TextPermutation;
use phone::PhoneMask;
pub(crate) use phone::has_numbers;
use phrase::Phrase;
use postcode::PostcodeMask;
pub(crate) use postcode::parts as format_parts;
use shape::ShapeMask;
use waxwork_core::masks::{MaskKind, TypeClass};
use waxwork_core::plan::MaskSpec;
use zip3::Zip3Mask;

/// A mask from text to text.
pub(crate) enum TextMask {
    /// Made-up texts, and codes in a dress.
    Phrases(Phrases),
    /// Tokens: a uuid becomes what a column of uuids has for it, any other text a code.
    Token(Box<TextToken>),
    Phone(Box<PhoneMask>),
    Postcode(PostcodeMask),
    Ip(Box<IpMask>),
    Permute(Box<TextPermutation>),
    Shape(ShapeMask),
    /// Constants of which the first that differs from the value is taken.
    Redact(Vec<&'static str>),
    Noise(Box<TextNoise>),
    Constant(Vec<u8>),
    Choice(Box<TextChoice>),
    /// Masks that need no place of their own in the hot path.
    Other(Box<dyn WriteText>),
}

/// A mask from text to text that is called through a table.
pub(crate) trait WriteText: Send + Sync {
    /// Appends the mask's text for a value that is not empty.
    ///
    /// # Errors
    /// When the value is outside what the mask takes.
    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind>;

    /// Whether a number in JSON stays a number.
    fn keeps_numbers(&self) -> bool {
        false
    }

    /// [`TextMask::is_part`]
    fn is_part(&self) -> bool {
        false
    }

    /// Whether a value may be given back: it has no next pick, or the result does not depend on it.
    fn gives_back(&self) -> bool {
        false
    }
}

/// What `text.redact` says; the later ones are for values that say the same.
const REDACTED: [&str; 3] = ["[redacted]", "[removed]", "xxxxxxxxxx"];

impl TextMask {
    /// The mask of a spec, for texts within `room`.
    ///
    /// # Errors
    /// When the mask does not work on text, an option is wrong, or nothing that it gives fits.
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        let mask = Self::plain(keyring, spec, room)?;
        if spec.options.flag("company") {
            return Ok(Self::Other(Box::new(CompanyMail::new(mask, spec, room))));
        }
        Ok(mask)
    }

    fn plain(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        if let Some(format) = identifier::format(spec.kind) {
            let mask = IdentifierMask::compile(keyring, spec, format, room)?;
            return Ok(Self::Other(Box::new(mask)));
        }
        let info = spec.kind.info();
        if !info.leaves && !info.holds.contains(&TypeClass::Text) {
            return Err(type_error(spec.kind, "text"));
        }
        if let Some(phrases) = internet::phrases(spec, room) {
            return Ok(Self::Phrases(Phrases::compile(keyring, spec, phrases?)));
        }
        if let Some(mask) = value::compile_text(keyring, spec, room)? {
            return Ok(Self::Other(mask));
        }
        Ok(match spec.kind {
            // It reads whole rows, which a leaf of a document is not.
            MaskKind::Template | MaskKind::Scrub => return Err(type_error(spec.kind, "json")),
            MaskKind::Url => Self::Other(Box::new(UrlMask::compile(keyring, spec, room)?)),
            MaskKind::Ip => Self::Ip(Box::new(IpMask::compile(keyring, spec, room)?)),
            MaskKind::Permute => Self::Permute(Box::new(TextPermutation::compile(keyring, spec, room)?)),
            MaskKind::DateShift => Self::Other(Box::new(TextShift::compile(keyring, spec, room)?)),
            MaskKind::Noise => Self::Noise(Box::new(TextNoise::compile(keyring, spec, room)?)),
            MaskKind::Constant => Self::Constant(constant(spec, room)?),
            MaskKind::Pick | MaskKind::Weighted => {
                Self::Choice(Box::new(TextChoice::compile(keyring, spec, room)?))
            }
            MaskKind::Zip3 => Self::Other(Box::new(Zip3Mask::new(room))),
            MaskKind::Password => Self::Other(Box::new(PasswordMask::compile(keyring, spec, room)?)),
            MaskKind::Token => Self::Token(Box::new(TextToken::compile(keyring, spec, room)?)),
            MaskKind::State => Self::Other(Box::new(StateText::compile(keyring, spec, room)?)),
            MaskKind::Country => Self::Other(Box::new(CountryText::compile(spec, room)?)),
            MaskKind::FullAddress if !spec.injective => {
                Self::Other(Box::new(FullAddress::compile(keyring, spec, room)?))
            }
            MaskKind::Postcode if !spec.injective && spec.identity.is_some() => {
                Self::Other(Box::new(PlacePostcode::compile(keyring, spec, room)?))
            }
            MaskKind::JobTitle | MaskKind::Department => {
                Self::Other(Box::new(JobText::compile(keyring, spec, room)?))
            }
            MaskKind::BirthDate => Self::Other(Box::new(BirthText::compile(keyring, spec, room)?)),
            kind if let Some(identity) = &spec.identity
                && person::writes(kind) =>
            {
                Self::Other(person::compile(keyring, spec, identity, room)?)
            }
            _ if spec.injective => {
                Self::Phrases(Phrases::compile(keyring, spec, names::injective(spec, room)?))
            }
            MaskKind::Phone => {
                Self::Phone(Box::new(PhoneMask::compile(PickKey::new(keyring, spec), spec, room)?))
            }
            MaskKind::Postcode => Self::Postcode(PostcodeMask::compile(keyring, spec, room)?),
            MaskKind::Redact => {
                Self::Redact(REDACTED.map(|text| &text[..text.len().min(room.chars)]).to_vec())
            }
            MaskKind::Shape | MaskKind::Account | MaskKind::Plate => {
                Self::Shape(ShapeMask::new(keyring.prf(Purpose::Pick, &spec.domain, Kind::Text)))
            }
            _ => Self::Phrases(Phrases::compile(keyring, spec, names::phrases(spec, room)?)),
        })
    }

    /// Sees that a constant fits.
    ///
    /// # Errors
    /// When it does not, or is missing.
    pub(crate) fn compile_constant(spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        constant(spec, room).map(Self::Constant)
    }

    /// Appends the mask's text for a value.
    ///
    /// # Errors
    /// When the value is outside what the mask takes.
    pub(crate) fn write(
        &self,
        input: &[u8],
        by: Option<u64>,
        out: &mut Vec<u8>,
    ) -> Result<(), MaskErrorKind> {
        if let Self::Constant(text) = self {
            out.extend_from_slice(text);
            return Ok(());
        }
        if input.is_empty() {
            return Ok(());
        }
        let start = out.len();
        match self {
            Self::Phrases(phrases) => phrases.write(input, by, out),
            Self::Token(token) => token.write(input, by, out),
            Self::Phone(phone) => phone.write(input, by, out),
            Self::Postcode(postcode) => postcode.write(input, by, out),
            Self::Ip(ip) => ip.write_text(input, by, out),
            Self::Permute(permutation) => return permutation.write(input, out),
            Self::Shape(shape) => shape.write(input, by, out),
            Self::Redact(texts) => out.extend_from_slice(redacted(texts, input)),
            // Of two texts the other is no pick, and of more the choice has made one.
            Self::Choice(choice) => {
                choice.write(input, by, out);
                return Ok(());
            }
            Self::Other(mask) => {
                mask.write(input, by, out)?;
                if mask.gives_back() {
                    return Ok(());
                }
            }
            // 0 stays 0: it has no next pick.
            Self::Noise(noise) => {
                noise.write(input, by, out);
                return Ok(());
            }
            Self::Constant(_) => {}
        }
        if out[start..] == *input {
            bump(&mut out[start..]);
        }
        Ok(())
    }

    /// Whether it writes a part of the row's person, place or company, which its own value has no say in.
    pub(crate) fn is_part(&self) -> bool {
        match self {
            Self::Phrases(phrases) => matches!(phrases.key, PickKey::Entity(_)),
            Self::Phone(phone) => phone.is_part(),
            Self::Other(mask) => mask.is_part(),
            _ => false,
        }
    }

    /// Whether a number in JSON stays a number.
    pub(crate) fn keeps_numbers(&self) -> bool {
        match self {
            Self::Permute(permutation) => permutation.has_integers(),
            Self::Noise(_) | Self::Constant(_) => true,
            Self::Other(mask) => mask.keeps_numbers(),
            _ => false,
        }
    }
}

/// Phrases and the keys that choose.
pub(crate) struct Phrases {
    key: PickKey,
    code: Option<CodeKey>,
    phrases: Vec<Phrase>,
}

impl Phrases {
    fn compile(keyring: &Keyring, spec: &MaskSpec, phrases: Vec<Phrase>) -> Self {
        let code = phrases.iter().any(Phrase::needs_code).then(|| keyring.code(&spec.domain, Kind::Text));
        Self { key: PickKey::new(keyring, spec), code, phrases }
    }

    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) {
        // What is injective depends on the value alone: a reference cannot know what its key was masked `by`.
        let (mut bits, code) = match &self.code {
            Some(key) => {
                let code = key.code(input);
                (code.dress, Some(code))
            }
            None => (self.key.bits(input, by), None),
        };
        let phrase = match &self.phrases[..] {
            [only] => only,
            several => &several[bits.choose(several.len() as u64) as usize],
        };
        let start = out.len();
        phrase.write(bits, code.as_ref(), false, out);
        if out[start..] == *input {
            out.truncate(start);
            phrase.write(bits, code.as_ref(), true, out);
        }
    }
}

/// Codes of texts, and of the uuids among them.
pub(crate) struct TextToken {
    uuids: Option<UuidToken>,
    codes: Phrases,
}

impl TextToken {
    fn compile(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        let codes = if spec.injective { names::injective(spec, room)? } else { names::phrases(spec, room)? };
        let uuids = (room.chars >= uuid::CHARS).then(|| UuidToken::new(keyring, spec));
        Ok(Self { uuids, codes: Phrases::compile(keyring, spec, codes) })
    }

    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) {
        match (&self.uuids, uuid::parse(input)) {
            (Some(token), Some(value)) => uuid::write(token.uuid(&value, by), out),
            _ => self.codes.write(input, by, out),
        }
    }
}

/// Moves the first letter or digit on by one within its class: what is left when a mask has no next pick.
pub(crate) fn bump(text: &mut [u8]) {
    if let Some(byte) = text.iter_mut().find(|byte| byte.is_ascii_alphanumeric()) {
        *byte = match *byte {
            b'9' => b'0',
            b'z' => b'a',
            b'Z' => b'A',
            other => other + 1,
        };
    }
}

fn redacted(texts: &[&'static str], input: &[u8]) -> &'static [u8] {
    let differs = texts.iter().find(|text| text.as_bytes() != input);
    differs.map_or(b"", |text| text.as_bytes())
}

fn constant(spec: &MaskSpec, room: Room) -> Result<Vec<u8>, MaskErrorKind> {
    let value =
        spec.options.text("value").ok_or_else(|| option_error(spec.kind, "value", "it is missing"))?;
    let needed = value.chars().count();
    if needed > room.chars {
        return Err(short_error(spec.kind, needed, room));
    }
    Ok(value.as_bytes().to_vec())
}

pub(crate) fn type_error(mask: MaskKind, type_name: &str) -> MaskErrorKind {
    MaskErrorKind::Type { mask: mask.name(), type_name: type_name.to_owned() }
}

pub(crate) fn option_error(mask: MaskKind, option: &'static str, reason: &str) -> MaskErrorKind {
    MaskErrorKind::Option { mask: mask.name(), option, reason: reason.to_owned() }
}

pub(crate) fn short_error(mask: MaskKind, needed: usize, room: Room) -> MaskErrorKind {
    MaskErrorKind::Short { mask: mask.name(), needed: needed as u32, held: room.chars as u32 }
}
