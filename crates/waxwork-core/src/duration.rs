//! Lengths of time in PostgreSQL's units (manual, 20.1.1 Parameter Names and Values): ms, s, min, h and d.

use std::time::Duration;

/// Units, with their milliseconds.
const UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// A decimal number and a unit, or none for seconds. `None` for anything else, and for more than a thousand years or so,
/// which no clock can wait for.
pub fn parse_duration(text: &str) -> Option<Duration> {
    const MILLISECONDS_MAX: u128 = 1 << 45;
    let text = text.trim();
    let digits = text.find(|letter: char| !(letter.is_ascii_digit() || letter == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let (digits, scale) = crate::rules::decimal(number)?;
    let unit = match unit.trim() {
        "" => 1000,
        unit => UNITS.iter().find(|(known, _)| *known == unit)?.1,
    };
    let milliseconds = u128::from(digits) * u128::from(unit) / 10u128.pow(scale);
    let milliseconds = u64::try_from(milliseconds).ok().filter(|it| u128::from(*it) <= MILLISECONDS_MAX)?;
    Some(Duration::from_millis(milliseconds))
}

/// A length of time for people, in the biggest unit of which it is a whole number: `90 s`, `2 h`, `1500 ms`.
pub fn shown_duration(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let fits = |(_, unit): &&(&str, u64)| milliseconds.is_multiple_of(u128::from(*unit));
    let (name, unit) = match milliseconds {
        0 => UNITS[1],
        _ => *UNITS.iter().rev().find(fits).unwrap_or(&UNITS[0]),
    };
    format!("{} {name}", milliseconds / u128::from(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_postgresqls_units() {
        for (text, milliseconds) in [
            ("90", Some(90_000)),
            ("6h", Some(21_600_000)),
            ("1.5 min", Some(90_000)),
            (" 250 ms ", Some(250)),
            ("0", Some(0)),
            ("2d", Some(172_800_000)),
            ("0.0004s", Some(0)),
            ("6H", None),
            ("5m", None),
            ("-1", None),
            ("1h30min", None),
            ("h", None),
            ("", None),
            ("99999999999d", None),
            ("18446744073709551615", None),
        ] {
            assert_eq!(parse_duration(text), milliseconds.map(Duration::from_millis), "{text:?}");
        }
    }

    #[test]
    fn durations_are_shown_as_a_whole_number() {
        for (milliseconds, text) in [
            (0, "0 s"),
            (1500, "1500 ms"),
            (90_000, "90 s"),
            (7_200_000, "2 h"),
            (120_000, "2 min"),
            (86_400_000, "1 d"),
        ] {
            assert_eq!(shown_duration(Duration::from_millis(milliseconds)), text);
        }
    }
}
