//! `contact.phone`: numbers that regulators keep for fiction, in the style that the value is written in.

use super::names::{Room, find_locale};
use super::phrase::{Part, Phrase};
use super::short_error;
use crate::dictionary::Words;
use crate::entity::PickKey;
use crate::error::MaskErrorKind;
use std::sync::Arc;
use waxwork_core::masks::MaskKind;
use waxwork_core::plan::MaskSpec;

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

/// Australia: ACMA, "Phone numbers for use in TV shows, films and creative works", fixed lines of each region.
const AUSTRALIA: Reserved = Reserved {
    country: "61",
    trunk: "0",
    ranges: &["2 5550 ", "2 7010 ", "3 5550 ", "3 7010 ", "7 5550 ", "7 7010 ", "8 5550 ", "8 7010 "],
    free_digits: 4,
};

/// Sweden: PTS, "Telefonnummer för användning i böcker och filmer".
const SWEDEN: Reserved = Reserved {
    country: "46",
    trunk: "0",
    ranges: &["8 465 004 ", "31 390 06 ", "40 628 04 ", "980 319 2"],
    free_digits: 2,
};

/// Ireland: ComReg, National Numbering Conventions, 020 91X XXXX for drama.
const IRELAND: Reserved = Reserved { country: "353", trunk: "0", ranges: &["20 91"], free_digits: 5 };

/// No country: a code that is reserved (ITU-T E.164, list of 2016). It is always written, as these digits alone may be
/// anybody's.
const NOWHERE: Reserved = Reserved {
    country: "999",
    trunk: "+999",
    ranges: &["200 ", "300 ", "400 ", "500 ", "600 ", "700 ", "800 ", "900 "],
    free_digits: 6,
};

/// The numbers of a country, by its ISO 3166 code.
fn of_country(country: &str) -> &'static Reserved {
    match country {
        "AU" => &AUSTRALIA,
        "CA" | "US" => &NORTH_AMERICA,
        "DE" => &GERMANY,
        "FR" => &FRANCE,
        "GB" => &BRITAIN,
        "IE" => &IRELAND,
        "SE" => &SWEDEN,
        _ => &NOWHERE,
    }
}

/// The numbers of a locale's country.
fn of_locale(locale: &str) -> &'static Reserved {
    match locale {
        "en_gb" | "cy_gb" => &BRITAIN,
        "de_de" => &GERMANY,
        "fr_fr" => &FRANCE,
        _ => &NORTH_AMERICA,
    }
}

/// Whether a locale's country has numbers for fiction; North America's stand in for the others.
pub(crate) fn has_numbers(locale: &str) -> bool {
    of_locale(locale).country != NORTH_AMERICA.country
}

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

impl Style {
    fn of(number: &[u8]) -> Self {
        match number {
            [first, rest @ ..] if rest.iter().all(u8::is_ascii_digit) => match first {
                b'0'..=b'9' => Self::National,
                b'+' => Self::Joined,
                _ => Self::Spaced,
            },
            _ => Self::Spaced,
        }
    }
}

/// `contact.phone`
pub(crate) struct PhoneMask {
    key: PickKey,
    /// For numbers without a country, and where the value's does not matter.
    home: Numbers,
    /// `country = "value"`: numbers by their country codes, and those of any other country.
    abroad: Option<Box<Abroad>>,
}

/// Numbers by country codes.
struct Abroad {
    known: Vec<(&'static str, Numbers)>,
    /// For all other codes.
    nowhere: Numbers,
}

/// Reserved numbers in three styles.
struct Numbers {
    spaced: Phrase,
    joined: Phrase,
    national: Phrase,
}

impl PhoneMask {
    pub(crate) fn compile(key: PickKey, spec: &MaskSpec, room: Room) -> Result<Self, MaskErrorKind> {
        let locale = of_locale(find_locale(spec.locale(), room)?.name);
        let numbers = |reserved: &Reserved| Numbers::new(reserved, room);
        let (home, abroad) = match spec.options.text("country") {
            None => (locale, None),
            Some("value") => {
                let known = [&NORTH_AMERICA, &BRITAIN, &GERMANY, &FRANCE, &AUSTRALIA, &SWEDEN, &IRELAND];
                let of = |reserved: &Reserved| numbers(reserved).map(|numbers| (reserved.country, numbers));
                let known = known.into_iter().map(of);
                let known = known.collect::<Result<_, _>>()?;
                (locale, Some(Box::new(Abroad { known, nowhere: numbers(&NOWHERE)? })))
            }
            Some(country) => (of_country(country), None),
        };
        Ok(Self { key, home: numbers(home)?, abroad })
    }

    pub(crate) fn is_part(&self) -> bool {
        matches!(self.key, PickKey::Entity(_))
    }

    pub(crate) fn write(&self, input: &[u8], by: Option<u64>, out: &mut Vec<u8>) {
        let phrase = match (&self.abroad, international(input)) {
            (Some(abroad), Some(digits)) => {
                let known = abroad.known.iter().find(|(code, _)| digits.starts_with(code));
                let numbers = known.map_or(&abroad.nowhere, |(_, numbers)| numbers);
                match Style::of(input) {
                    Style::Spaced => &numbers.spaced,
                    Style::Joined | Style::National => &numbers.joined,
                }
            }
            _ => self.home.phrase(Style::of(input)),
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

/// The first digits of a number that begins with a country code, after `+` or the `00` of most countries.
fn international(number: &[u8]) -> Option<String> {
    let rest = number.strip_prefix(b"+").or_else(|| number.strip_prefix(b"00"))?;
    let digits = rest.iter().filter(|byte| byte.is_ascii_digit()).take(3);
    Some(digits.map(|digit| char::from(*digit)).collect())
}

impl Numbers {
    /// Each style that does not fit is the next shorter one.
    fn new(reserved: &Reserved, room: Room) -> Result<Self, MaskErrorKind> {
        let fit = |style| Phrase::new(reserved.parts(style), room.chars);
        let Some(national) = fit(Style::National) else {
            let needed = Phrase::shortest(&reserved.parts(Style::National));
            return Err(short_error(MaskKind::Phone, needed, room));
        };
        let joined = fit(Style::Joined).unwrap_or_else(|| national.clone());
        Ok(Self { spaced: fit(Style::Spaced).unwrap_or_else(|| joined.clone()), joined, national })
    }

    fn phrase(&self, style: Style) -> &Phrase {
        match style {
            Style::Spaced => &self.spaced,
            Style::Joined => &self.joined,
            Style::National => &self.national,
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
    use crate::test_support::spec;
    use waxwork_core::masks::Setting;

    fn compiled(option: &'static str, value: &str, chars: usize) -> Result<PhoneMask, MaskErrorKind> {
        let spec = spec(MaskKind::Phone).with(option, Setting::Text(value.to_owned()));
        PhoneMask::compile(PickKey::Value(Prf::new(&[1; 32])), &spec, Room { chars, ascii: false })
    }

    fn written(mask: &PhoneMask, input: &str) -> String {
        let mut out = Vec::new();
        mask.write(input.as_bytes(), None, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn masked(locale: &str, chars: usize, input: &str) -> String {
        written(&compiled("locale", locale, chars).unwrap(), input)
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
        assert!(compiled("locale", "", 9).is_err());
    }

    #[test]
    fn other_countries_have_their_own_ranges() {
        for (locale, start) in [("en_GB", "+44 "), ("de_DE", "+49 "), ("fr_FR", "+33 ")] {
            let number = masked(locale, usize::MAX, "call me");
            assert!(number.starts_with(start), "{number}");
            assert!(masked(locale, usize::MAX, "0123").starts_with('0'));
        }
    }

    /// Written down from the regulators' lists once more.
    const FICTION: [(&str, &[&str]); 8] = [
        (
            "AU",
            &["+6125550", "+6127010", "+6135550", "+6137010", "+6175550", "+6177010", "+6185550", "+6187010"],
        ),
        ("CA", &["+1"]),
        ("DE", &["+493023125", "+494066969", "+496990009", "+498999998", "+492214710"]),
        ("FR", &["+3319900", "+3326191", "+3335301", "+3346571", "+3353649", "+3363998"]),
        (
            "GB",
            &[
                "+447700900",
                "+44207946",
                "+441134960",
                "+441144960",
                "+441214960",
                "+441314960",
                "+441614960",
            ],
        ),
        ("IE", &["+3532091"]),
        ("SE", &["+468465004", "+463139006", "+464062804", "+469803192"]),
        ("none", &["+999"]),
    ];

    #[test]
    fn countries_have_their_own_ranges_whatever_the_value_is() {
        for (country, ranges) in FICTION {
            let mask = compiled("country", country, usize::MAX).unwrap();
            for step in 0..100 {
                for input in [format!("+{step}"), format!("+49 30 {step}"), format!("(212) {step}")] {
                    let number = written(&mask, &input).replace(' ', "");
                    assert!(ranges.iter().any(|range| number.starts_with(range)), "{country} {number}");
                }
            }
        }
        let none = compiled("country", "none", usize::MAX).unwrap();
        assert!(written(&none, "0301234567").starts_with("+999"), "never a number of somebody's country");
    }

    #[test]
    fn a_number_stays_in_its_country_where_the_rule_says_so() {
        let mask = compiled("country", "value", usize::MAX).unwrap();
        for (input, start) in [
            ("+49 30 901820", "+49 "),
            ("+4930901820", "+49"),
            ("004930901820", "+49"),
            ("+44 20 7946 0000", "+44 "),
            ("+1 (212) 867-5309", "+1 "),
            ("+353-1-234", "+353 "),
            ("+46 8 123", "+46 "),
            ("+61 2 123", "+61 "),
            ("+33 1 23", "+33 "),
            ("+81 3 1234", "+999 "),
            ("+35812345", "+999"),
            ("+", "+999"),
            ("2128675309", ""),
        ] {
            let number = written(&mask, input);
            assert!(number.starts_with(start) && number != input, "{input} {number}");
            assert_eq!(number.contains(' '), start.ends_with(' '), "the style stays: {input} {number}");
        }
    }
}
