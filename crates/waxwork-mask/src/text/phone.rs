//! `contact.phone`: numbers that regulators keep for fiction, in the style that the value is written in.

use super::names::{Room, find_locale};
use super::phrase::{Part, Phrase};
use super::short_error;
use crate::dictionary::Words;
use crate::entity::PickKey;
use crate::error::MaskErrorKind;
use std::sync::Arc;
use waxwork_core::masks::MaskKind;

/// A plan's reserved numbers: country code, trunk prefix, and the ranges with how many digits are free in each.
struct Reserved {
    country: &'static str,
    trunk: &'static str,
    ranges: &'static [&'static str],
    free_digits: usize,
}

/// North America: 555-0100 to 555-0199 in every area (ATIS-0300115). A choice of areas, so that numbers vary.
const NORTH_AMERICA: Reserved = Reserved {
    country: "1",
    trunk: "",
    ranges: &[
        "201 555 01",
        "202 555 01",
        "203 555 01",
        "205 555 01",
        "206 555 01",
        "207 555 01",
        "208 555 01",
        "209 555 01",
        "210 555 01",
        "212 555 01",
        "213 555 01",
        "214 555 01",
        "215 555 01",
        "216 555 01",
        "217 555 01",
        "218 555 01",
        "219 555 01",
        "224 555 01",
        "225 555 01",
        "228 555 01",
        "229 555 01",
        "231 555 01",
        "234 555 01",
        "239 555 01",
        "240 555 01",
        "248 555 01",
        "251 555 01",
        "252 555 01",
        "253 555 01",
        "254 555 01",
        "256 555 01",
        "260 555 01",
        "262 555 01",
        "267 555 01",
        "269 555 01",
        "270 555 01",
        "276 555 01",
        "281 555 01",
        "301 555 01",
        "302 555 01",
        "303 555 01",
        "304 555 01",
        "305 555 01",
        "307 555 01",
        "308 555 01",
        "309 555 01",
        "310 555 01",
        "312 555 01",
        "313 555 01",
        "314 555 01",
        "315 555 01",
        "316 555 01",
        "317 555 01",
        "318 555 01",
        "319 555 01",
        "320 555 01",
        "321 555 01",
        "323 555 01",
        "325 555 01",
        "330 555 01",
        "334 555 01",
        "336 555 01",
        "337 555 01",
        "339 555 01",
    ],
    free_digits: 2,
};

/// United Kingdom: Ofcom, "Telephone numbers for use in TV and radio drama programmes".
const BRITAIN: Reserved = Reserved {
    country: "44",
    trunk: "0",
    ranges: &["7700 900", "20 7946 0", "113 496 0", "114 496 0", "121 496 0", "131 496 0", "161 496 0"],
    free_digits: 3,
};

/// Germany: Bundesnetzagentur, numbers for film and television.
const GERMANY: Reserved = Reserved {
    country: "49",
    trunk: "0",
    ranges: &["30 23125 ", "40 66969 ", "69 90009 ", "89 99998 ", "221 4710 "],
    free_digits: 3,
};

/// France: Arcep decision 2018-0881, section 2.5.12, numbers for audiovisual works.
const FRANCE: Reserved = Reserved {
    country: "33",
    trunk: "0",
    ranges: &["1 99 00 ", "2 61 91 ", "3 53 01 ", "4 65 71 ", "5 36 49 ", "6 39 98 "],
    free_digits: 4,
};

/// How a number is written.
#[derive(Clone, Copy)]
enum Style {
    /// `+1 201 555 0123`
    Spaced,
    /// `+12015550123`
    Joined,
    /// `2015550123`, with the trunk prefix where there is one.
    National,
}

/// Reserved numbers in three styles.
pub(crate) struct PhoneMask {
    key: PickKey,
    spaced: Phrase,
    joined: Phrase,
    national: Phrase,
}

impl PhoneMask {
    pub(crate) fn compile(key: PickKey, locale: &str, room: Room) -> Result<Self, MaskErrorKind> {
        let reserved = match find_locale(locale, room)?.name {
            "en_gb" | "cy_gb" => &BRITAIN,
            "de_de" => &GERMANY,
            "fr_fr" => &FRANCE,
            _ => &NORTH_AMERICA,
        };
        let national = Phrase::new(reserved.parts(Style::National), room.chars);
        let Some(national) = national else {
            return Err(short_error(
                MaskKind::Phone,
                Phrase::shortest(&reserved.parts(Style::National)),
                room,
            ));
        };
        let fit =
            |style, or: &Phrase| Phrase::new(reserved.parts(style), room.chars).unwrap_or_else(|| or.clone());
        let joined = fit(Style::Joined, &national);
        Ok(Self { key, spaced: fit(Style::Spaced, &joined), joined, national })
    }

    pub(crate) fn is_part(&self) -> bool {
        matches!(self.key, PickKey::Entity(_))
    }

    pub(crate) fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) {
        let phrase = match input {
            [first, rest @ ..] if rest.iter().all(u8::is_ascii_digit) => match first {
                b'0'..=b'9' => &self.national,
                b'+' => &self.joined,
                _ => &self.spaced,
            },
            _ => &self.spaced,
        };
        let bits = self.key.bits(input, by);
        let start = out.len();
        phrase.write(bits, None, false, out);
        if out[start..] == *input {
            out.truncate(start);
            phrase.write(bits, None, true, out);
        }
    }
}

impl Reserved {
    fn parts(&self, style: Style) -> Vec<Part> {
        let spaced = matches!(style, Style::Spaced);
        let ranges: Vec<String> = self
            .ranges
            .iter()
            .map(|range| if spaced { (*range).to_owned() } else { range.replace(' ', "") })
            .collect();
        let ranges = Part::Words(Arc::new(Words::new(ranges.iter().map(String::as_str))));
        let free =
            Part::Number { from: 0, count: 10u64.pow(self.free_digits as u32), width: self.free_digits };
        let lead = match style {
            Style::National => vec![Part::Literal(self.trunk)],
            Style::Joined => vec![Part::Literal("+"), Part::Literal(self.country)],
            Style::Spaced => vec![Part::Literal("+"), Part::Literal(self.country), Part::Literal(" ")],
        };
        [lead, vec![ranges, free]].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prf::Prf;

    fn key() -> PickKey {
        PickKey::Value(Prf::new(&[1; 32]))
    }

    fn masked(locale: &str, chars: usize, input: &str) -> String {
        let room = Room { chars, ascii: false };
        let mut out = Vec::new();
        PhoneMask::compile(key(), locale, room).unwrap().write(input.as_bytes(), None, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn is_north_american_fiction(digits: &str) -> bool {
        digits.len() == 10 && digits[3..].starts_with("55501")
    }

    #[test]
    fn numbers_keep_the_style_of_the_value() {
        for step in 0..300 {
            let spaced = masked("", usize::MAX, &format!("(212) 867-{step:04}"));
            let digits: String = spaced.chars().filter(char::is_ascii_digit).collect();
            assert!(spaced.starts_with("+1 ") && is_north_american_fiction(&digits[1..]), "{spaced}");
            let joined = masked("", usize::MAX, &format!("+1212867{step:04}"));
            assert!(joined.starts_with("+1") && is_north_american_fiction(&joined[2..]), "{joined}");
            assert!(is_north_american_fiction(&masked("", usize::MAX, &format!("212867{step:04}"))));
        }
    }

    #[test]
    fn a_short_column_takes_a_shorter_style() {
        assert_eq!(masked("", 12, "+44 20 7946 0000").len(), 12);
        assert_eq!(masked("", 10, "+44 20 7946 0000").len(), 10);
        assert!(PhoneMask::compile(key(), "", Room { chars: 9, ascii: false }).is_err());
    }

    #[test]
    fn other_countries_have_their_own_ranges() {
        for (locale, start) in [("en_GB", "+44 "), ("de_DE", "+49 "), ("fr_FR", "+33 ")] {
            let number = masked(locale, usize::MAX, "call me");
            assert!(number.starts_with(start), "{number}");
            assert!(masked(locale, usize::MAX, "0123").starts_with('0'));
        }
    }
}
