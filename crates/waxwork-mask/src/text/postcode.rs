//! `address.postcode`: without a locale the value's own shape, which every country's CHECK accepts; with one, that
//! locale's formats.

use super::names::{Room, find_locale, fitting};
use super::phrase::{Part, Phrase};
use super::shape::ShapeMask;
use crate::error::MaskErrorKind;
use crate::key::{Keyring, Kind, Purpose};
use crate::prf::Prf;
use waxwork_core::plan::MaskSpec;

/// What is longer than this is no post code, and its shape is not kept.
const SHAPED_MAX: usize = 12;

pub(crate) struct PostcodeMask {
    prf: Prf,
    shape: Option<ShapeMask>,
    formats: Vec<Phrase>,
}

impl PostcodeMask {
    pub(crate) fn compile(keyring: &Keyring, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        let locale = find_locale(spec.locale(), room)?;
        let formats = locale.postcodes.iter().map(|format| parts(format)).collect();
        let digits =
            |width| vec![vec![Part::Number { from: 0, count: 10u64.pow(width), width: width as usize }]];
        let formats = fitting(spec.kind, vec![formats, digits(4), digits(2), digits(1)], room)?;
        let prf = keyring.prf(Purpose::Pick, &spec.domain, Kind::Text);
        let shape = spec.locale().is_empty().then(|| ShapeMask::new(prf.clone()));
        Ok(Self { prf, shape, formats })
    }

    pub(crate) fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) {
        if let Some(shape) = &self.shape
            && input.len() <= SHAPED_MAX
            && input.iter().any(u8::is_ascii_digit)
        {
            return shape.write(input, by, out);
        }
        let mut bits = self.prf.bits(input, by);
        let format = &self.formats[bits.choose(self.formats.len() as u64) as usize];
        let start = out.len();
        format.write(bits, None, false, out);
        if out[start..] == *input {
            out.truncate(start);
            format.write(bits, None, true, out);
        }
    }
}

/// Parts of a format: `#` a digit, `$` a letter, the rest as it stands.
pub(crate) fn parts(format: &'static str) -> Vec<Part> {
    format
        .char_indices()
        .map(|(at, char)| match char {
            '#' => Part::Number { from: 0, count: 10, width: 1 },
            '$' => Part::Letter,
            other => Part::Literal(&format[at..at + other.len_utf8()]),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{keyring, spec};
    use waxwork_core::masks::MaskKind;

    fn masked(locale: &str, chars: usize, input: &str) -> String {
        let spec =
            spec(MaskKind::Postcode).with("locale", waxwork_core::masks::Setting::Text(locale.to_owned()));
        let mask = PostcodeMask::compile(&keyring(), &spec, Room { chars, ascii: false }).unwrap();
        let mut out = Vec::new();
        mask.write(input.as_bytes(), None, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn shape(text: &str) -> String {
        text.chars()
            .map(|char| {
                if char.is_ascii_digit() {
                    '#'
                } else if char.is_alphabetic() {
                    '$'
                } else {
                    char
                }
            })
            .collect()
    }

    #[test]
    fn without_a_locale_the_shape_is_the_values() {
        for input in ["SW1A 1AA", "10115", "K1A 0B1"] {
            let output = masked("", usize::MAX, input);
            assert_eq!(shape(&output), shape(input));
            assert_ne!(output, input);
        }
        assert!(
            ["#####", "#####-####"]
                .contains(&shape(&masked("", usize::MAX, "somewhere near the river 12")).as_str())
        );
    }

    #[test]
    fn a_locale_gives_its_format_and_a_narrow_column_digits() {
        assert_eq!(shape(&masked("de_DE", usize::MAX, "SW1A 1AA")), "#####");
        assert_eq!(shape(&masked("nl_NL", usize::MAX, "x")), "#### $$");
        assert_eq!(shape(&masked("de_DE", 3, "123")), "##");
    }
}
