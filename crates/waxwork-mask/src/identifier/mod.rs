//! Identifiers: numbers of authorities, cards, accounts, vehicles and devices, with their check characters.
//!
//! ```text
//!   MaskKind ─► Format (a table entry and its check function) ─► IdentifierMask ── write(value) ─► a number as the value writes it
//! ```
//!
//! Results lie in ranges that nobody holds. With `reserved = false` they are a permutation of all valid numbers, so that
//! distinct values stay distinct; which of them somebody holds, nobody can say.

mod check;
mod devices;
mod draw;
mod finance;
mod format;
mod government;
mod iban;
mod pattern;
mod spelling;
mod whole;

use crate::error::MaskErrorKind;
use crate::key::{Keyring, Kind, Purpose};
use crate::prf::{CodeKey, Prf};
use crate::text::phrase::Phrase;
use crate::text::{Room, WriteText, injective, option_error, short_error};
use draw::Draw;
pub(crate) use format::Validator;
use format::{Format, Ranges};
pub(crate) use spelling::LENGTH_MAX;
use spelling::{Number, Spelling, write_like};
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;
use whole::Whole;

/// The format of a mask of identifiers.
pub(crate) fn format(kind: MaskKind) -> Option<&'static Format> {
    finance::format(kind).or_else(|| government::format(kind)).or_else(|| devices::format(kind))
}

/// The letters and digits of a text, however they are separated, where they may be a number.
pub(crate) fn read(text: &[u8]) -> Option<Number> {
    Spelling::read(text).map(|spelling| spelling.number)
}

/// The mask of one format.
pub(crate) struct IdentifierMask {
    kind: MaskKind,
    format: &'static Format,
    prf: Prf,
    ranges: Ranges,
    /// A made-up number is written with separators: there is room.
    spaced: bool,
    whole: Option<Whole>,
    /// What distinct values that are no numbers become.
    code: Option<(CodeKey, Option<Phrase>)>,
}

impl IdentifierMask {
    pub(crate) fn compile(
        keyring: &Keyring,
        spec: &MaskSpec,
        format: &'static Format,
        room: Room,
    ) -> Result<Self, MaskErrorKind> {
        let reserved = spec.options.flag("reserved");
        if spec.injective && reserved {
            let reason = "reserved numbers are too few to keep values apart";
            return Err(option_error(spec.kind, "reserved", reason));
        }
        let ranges =
            Ranges::new(format, room.chars).map_err(|shortest| short_error(spec.kind, shortest, room))?;
        // Too short for a code is for the value to say that needs one.
        let phrase = || injective(spec, room).ok().and_then(|phrases| phrases.into_iter().next());
        Ok(Self {
            kind: spec.kind,
            format,
            prf: keyring.prf(Purpose::Pick, &spec.domain, Kind::Text),
            spaced: ranges.usual().len() == marks(format.plain) && format.plain.len() <= room.chars,
            ranges,
            whole: (!reserved)
                .then(|| Whole::new(&keyring.subkey(Purpose::Permute, &spec.domain, Kind::Text), format)),
            code: spec.injective.then(|| (keyring.code(&spec.domain, Kind::Text), phrase())),
        })
    }

    /// A number for a whole number, which has no zeros before it.
    ///
    /// # Errors
    /// When distinct values must stay distinct, and this one is no number of the format.
    pub(crate) fn integer(&self, value: i64) -> Result<i64, MaskErrorKind> {
        let number = u64::try_from(value).ok().and_then(|value| {
            let digits = value.checked_ilog10().unwrap_or(0) as usize + 1;
            Number::of_integer(value, self.ranges.length_from(digits)?)
        });
        let masked = match (&number, &self.whole) {
            (Some(number), Some(whole)) => whole.replace(number),
            (Some(number), None) => {
                self.ranges.replace(number, &mut Draw::new(&self.prf, number.chars(), None))
            }
            (None, _) => None,
        };
        match masked {
            Some(number) => Ok(number.integer()),
            None if self.code.is_some() => Err(MaskErrorKind::NoNumber { mask: self.kind.name() }),
            None => Ok(self.invented_integer(value)),
        }
    }

    fn invented_integer(&self, value: i64) -> i64 {
        let mut draw = Draw::new(&self.prf, &value.to_le_bytes(), None);
        loop {
            let number = self.ranges.invent(&mut draw).integer();
            if number != value {
                return number;
            }
        }
    }

    /// The number for a number that a value writes.
    fn replace(&self, spelling: &Spelling, by: Option<u64>) -> Option<Number> {
        match &self.whole {
            Some(whole) => whole
                .replace(&spelling.number)
                .filter(|image| self.code.is_none() || whole.tells_case(spelling, image)),
            None => {
                self.ranges.replace(&spelling.number, &mut Draw::new(&self.prf, spelling.number.chars(), by))
            }
        }
    }

    fn invent(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) {
        let mut draw = Draw::new(&self.prf, input, by);
        let start = out.len();
        loop {
            let number = self.ranges.invent(&mut draw);
            let layout = if self.spaced { self.format.plain.as_bytes() } else { number.chars() };
            write_like(layout, &number, self.format.small, out);
            if out[start..] != *input {
                return;
            }
            out.truncate(start);
        }
    }
}

impl WriteText for IdentifierMask {
    fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) -> Result<(), MaskErrorKind> {
        let spelling = Spelling::read(input);
        if let Some(spelling) = &spelling
            && let Some(number) = self.replace(spelling, by)
        {
            write_like(input, &number, spelling.small.unwrap_or(self.format.small), out);
            return Ok(());
        }
        match &self.code {
            None => self.invent(input, by, out),
            Some((key, Some(phrase))) => {
                let code = key.code(input);
                phrase.write(code.dress, Some(&code), false, out);
            }
            Some((_, None)) => return Err(MaskErrorKind::Format { length: input.len() }),
        }
        Ok(())
    }
}

/// Characters that a layout takes.
fn marks(plain: &str) -> usize {
    plain.bytes().filter(|byte| *byte == b'#').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pattern::Pattern;
    use waxwork_core::masks::{MASKS, TypeClass, Unique};

    #[test]
    fn formats_and_their_entries_of_the_registry_agree() {
        for info in &MASKS {
            let Some(format) = format(info.kind) else {
                assert!(!matches!(info.unique, Unique::Whole(_)), "{}", info.name);
                continue;
            };
            let shortest = Ranges::new(format, 0).err().unwrap();
            assert_eq!(info.unique, Unique::Whole(shortest as u32), "{}", info.name);
            let letters = |char: u8| char.is_ascii_alphabetic() || b"@*=!".contains(&char);
            let patterns = || format.reserved.iter().chain(format.whole);
            if info.holds.contains(&TypeClass::Integer) {
                assert!(!patterns().any(|text| text.bytes().any(letters)), "{}", info.name);
                // A zero in front would make a number of one length another of a shorter.
                let longer = patterns().filter(|text| Pattern::parse(text).len() > shortest);
                assert!(
                    longer.clone().all(|text| !Pattern::parse(text).may_begin_with(b'0')),
                    "{}",
                    info.name
                );
            }
        }
    }

    #[test]
    fn the_patterns_of_a_format_are_apart_and_many_enough_for_a_network() {
        for format in MASKS.iter().filter_map(|info| format(info.kind)) {
            let patterns: Vec<Pattern> = format.whole.iter().map(|text| Pattern::parse(text)).collect();
            for (at, pattern) in patterns.iter().enumerate() {
                assert!(pattern.count() > 1 << 20, "{}", format.whole[at]);
                let prf = Prf::new(&[5; 32]);
                let mut draw = Draw::new(&prf, b"", None);
                let mut number = Number::blank(pattern.len());
                for _ in 0..2000 {
                    pattern.pick(&mut draw, number.chars_mut());
                    let fits = patterns.iter().filter(|pattern| pattern.fits(number.chars())).count();
                    // A kept or check character may be a digit here.
                    assert!(fits <= 1, "{}", format.whole[at]);
                }
            }
        }
    }
}
