//! The made-up place of a row: state, post code and country are of one region, street and town of nobody's.
//!
//! ```text
//!   entity bits ─┬─► Region ─► address.state, address.postcode, address.full
//!                └─► (lanes of their own) address.street, address.city
//! ```

mod full;
mod regions;

pub(crate) use full::FullAddress;

use crate::entity::EntityKey;
use crate::error::MaskErrorKind;
use crate::key::Keyring;
use crate::prf::Bits;
use crate::text::phrase::{Phrase, count_chars};
use crate::text::{Room, WriteText, find_locale, format_parts, short_error};
use regions::{Country, Region, of_locale};
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

/// The lane that parts of a region share.
const REGION: &str = "region";

fn region(country: &Country, bits: &mut Bits) -> usize {
    bits.choose(country.regions.len() as u64) as usize
}

/// `address.state`
pub(crate) struct StateText {
    key: EntityKey,
    country: &'static Country,
    room: usize,
}

impl StateText {
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        let country = of_locale(find_locale(spec.locale(), room)?.name);
        let longest = country.regions.iter().map(|Region(_, code, _)| code.len()).max().unwrap_or(0);
        if room.chars < longest {
            return Err(short_error(spec.kind, longest, room));
        }
        Ok(Self { key: EntityKey::of(keyring, spec, REGION), country, room: room.chars })
    }
}

impl WriteText for StateText {
    /// The region's name, or its code where the value is one or the name has no room.
    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        self.key.write_other(input, by, out, |mut bits, out| {
            let Region(name, code, _) = &self.country.regions[region(self.country, &mut bits)];
            let whole = !is_code(input) && count_chars(name.as_bytes()) <= self.room;
            out.extend_from_slice(if whole { name } else { code }.as_bytes());
        });
        Ok(())
    }

    fn is_part(&self) -> bool {
        self.key.is_shared()
    }
}

/// Two or three capital letters or digits.
fn is_code(value: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    (2..=3).contains(&value.len()) && value.iter().all(plain)
}

/// `address.country`: the locale's, in the form that the value has.
pub(crate) struct CountryText {
    country: &'static Country,
    room: usize,
}

impl CountryText {
    pub(crate) fn compile(spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        let country = of_locale(find_locale(spec.locale(), room)?.name);
        if room.chars < country.codes[0].len() {
            return Err(short_error(spec.kind, country.codes[0].len(), room));
        }
        Ok(Self { country, room: room.chars })
    }
}

impl WriteText for CountryText {
    fn write(&self, input: &[u8], _: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        let [two, three] = self.country.codes;
        let text = match input {
            [_, _] => two,
            [_, _, _] if self.room >= three.len() => three,
            _ if count_chars(self.country.name.as_bytes()) <= self.room => self.country.name,
            _ => two,
        };
        let lower = input.iter().all(u8::is_ascii_lowercase) && input.len() <= three.len();
        match lower {
            true => out.extend(text.bytes().map(|byte| byte.to_ascii_lowercase())),
            false => out.extend_from_slice(text.as_bytes()),
        }
        Ok(())
    }

    fn gives_back(&self) -> bool {
        true
    }

    fn is_part(&self) -> bool {
        false
    }
}

/// `address.postcode` of a place, which is its region's.
pub(crate) struct PlacePostcode {
    key: EntityKey,
    country: &'static Country,
    /// One a region.
    formats: Vec<Phrase>,
}

impl PlacePostcode {
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        let country = of_locale(find_locale(spec.locale(), room)?.name);
        let formats: Option<Vec<Phrase>> = country
            .regions
            .iter()
            .map(|Region(_, _, format)| Phrase::new(format_parts(format), room.chars))
            .collect();
        let longest = country.regions.iter().map(|Region(_, _, format)| format.len()).max().unwrap_or(0);
        let formats = formats.ok_or_else(|| short_error(MaskKind::Postcode, longest, room))?;
        Ok(Self { key: EntityKey::of(keyring, spec, REGION), country, formats })
    }
}

impl WriteText for PlacePostcode {
    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        self.key.write_other(input, by, out, |mut bits, out| {
            let region = region(self.country, &mut bits);
            self.formats[region].write(bits, None, false, out);
        });
        Ok(())
    }

    fn is_part(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{keyring, spec};
    use waxwork_core::masks::{LOCALES, Setting};

    fn located(kind: MaskKind, locale: &str) -> MaskSpec {
        let spec = MaskSpec { identity: Some("place".to_owned()), ..spec(kind) };
        spec.with("locale", Setting::Text(locale.to_owned()))
    }

    fn written(mask: &dyn WriteText, input: &str, by: Option<u64>) -> String {
        let mut out = Vec::new();
        mask.write(input.as_bytes(), by, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn regions_have_codes_and_post_codes_of_their_own() {
        for locale in LOCALES {
            let country = of_locale(&locale.to_ascii_lowercase());
            assert!(country.regions.len() >= 6, "{locale}");
            assert_eq!(country.codes.map(str::len), [2, 3]);
            for (at, Region(name, code, format)) in country.regions.iter().enumerate() {
                assert!(is_code(code.as_bytes()), "{name}");
                let others = country.regions.iter().skip(at + 1);
                let apart =
                    |Region(other, its, form): &Region| other != name && its != code && form != format;
                assert!(others.clone().all(apart), "{name}");
            }
        }
    }

    #[test]
    fn state_and_post_code_are_of_one_region() {
        for locale in LOCALES {
            let country = of_locale(&locale.to_ascii_lowercase());
            let state = StateText::compile(&keyring(), &located(MaskKind::State, locale), Room::UNLIMITED);
            let post =
                PlacePostcode::compile(&keyring(), &located(MaskKind::Postcode, locale), Room::UNLIMITED);
            let (state, post) = (state.unwrap(), post.unwrap());
            for by in 0..300 {
                let (name, code) = (written(&state, "x", Some(by)), written(&state, "QQ", Some(by)));
                let Some(Region(_, short, format)) =
                    country.regions.iter().find(|Region(region, ..)| *region == name)
                else {
                    panic!("{locale} {name}")
                };
                assert_eq!(code, *short);
                let prefix: String = format.chars().take_while(|char| !"#$".contains(*char)).collect();
                let post = written(&post, "x", Some(by));
                assert!(post.starts_with(&prefix) && post.len() == format.len(), "{name} {post}");
            }
        }
    }

    #[test]
    fn a_country_has_the_form_of_the_value() {
        let mask = CountryText::compile(&located(MaskKind::Country, "de_DE"), Room::UNLIMITED).unwrap();
        for (value, expected) in
            [("FR", "DE"), ("fr", "de"), ("FRA", "DEU"), ("France", "Deutschland"), ("DE", "DE")]
        {
            assert_eq!(written(&mask, value, None), expected, "{value}");
        }
        let narrow = Room { chars: 5, ascii: false };
        let mask = CountryText::compile(&located(MaskKind::Country, "de_DE"), narrow).unwrap();
        assert_eq!(written(&mask, "France", None), "DE");
    }
}
