//! Literals, brought to the text form of their column's type once, so that the server and the masks read one value.
//!
//! What is taken is what PostgreSQL reads alike under any setting. A number without quotes has SQL's own type, which is
//! not always the column's: where that could give another answer, the literal is refused.

use super::{Literal, time};
use crate::catalog::{Column, TextKind, ValueType};
use std::net::IpAddr;

/// Digits of a number at most, its exponent written out.
const DIGITS_MAX: usize = 400;

/// Bytes of a `name` (PostgreSQL, `NAMEDATALEN` less the closing zero).
const NAME_BYTES_MAX: usize = 63;

/// The constant as the column's text form writes it (`yes` of a boolean is `true`, `007` of an integer `7`), of a text in
/// quotes. Types whose forms are not known here take it as it is written.
///
/// # Errors
/// What the type takes, where the constant is none of its values.
pub fn form(written: &str, value_type: &ValueType) -> Result<String, String> {
    use ValueType as T;
    let (form, wanted) = match value_type {
        T::Bool => (boolean(written).map(|value| value.to_string()), "true or false".to_owned()),
        T::Int2 => (integer(written, i16::MIN.into(), i16::MAX.into()), "an integer of 16 bits".to_owned()),
        T::Int4 => (integer(written, i32::MIN.into(), i32::MAX.into()), "an integer of 32 bits".to_owned()),
        T::Int8 => (integer(written, i64::MIN, i64::MAX), "an integer of 64 bits".to_owned()),
        T::Uuid => (uuid(written), "32 hexadecimal digits".to_owned()),
        T::Enum(labels) => {
            let label = labels.iter().find(|label| *label == written).cloned();
            (label, format!("one of its {} labels", labels.len()))
        }
        // Blanks at the end are no part of the value.
        T::Text(text) if text.kind == TextKind::Bpchar => {
            return Ok(written.trim_end_matches(' ').to_owned());
        }
        _ => return Ok(written.to_owned()),
    };
    form.ok_or(wanted)
}

/// A literal of a condition in the text form of the column's type.
///
/// # Errors
/// What the column can be compared with, where the literal is no such thing.
pub(super) fn literal_form(
    literal: &Literal,
    column: &Column,
    value_type: &ValueType,
) -> Result<String, String> {
    use ValueType as T;
    let is_number = matches!(value_type, T::Float4 | T::Float8 | T::Numeric(_)) || value_type.is_integer();
    match literal {
        Literal::Text(text) => text_form(text, value_type),
        Literal::Number(number) if is_number => number_form(number, value_type),
        Literal::Flag(value) if *value_type == T::Bool => Ok(value.to_string()),
        Literal::Number(_) | Literal::Flag(_) => {
            Err(format!("a text in single quotes that is a value of type {}", column.type_name))
        }
    }
}

fn text_form(text: &str, value_type: &ValueType) -> Result<String, String> {
    use ValueType as T;
    let trimmed = text.trim();
    let (form, wanted) = match value_type {
        T::Float4 => {
            (float(trimmed, |text| text.parse::<f32>().ok().map(f64::from)), "a number of its range")
        }
        T::Float8 => (float(trimmed, |text| text.parse().ok()), "a number of its range"),
        T::Numeric(_) => (special(trimmed).or_else(|| plain_decimal(trimmed)), "a number"),
        T::Date => (time::date(trimmed), "'YYYY-MM-DD'"),
        T::Time => (time::time(trimmed), "'HH:MM:SS'"),
        T::Timestamp => (time::timestamp(trimmed), "'YYYY-MM-DD' or 'YYYY-MM-DD HH:MM:SS'"),
        T::TimestampTz => (time::timestamptz(trimmed), "'YYYY-MM-DD HH:MM:SS+HH', in UTC without an offset"),
        T::Bytea => (hexadecimal(text), "'\\x' and pairs of hexadecimal digits"),
        T::Inet => (address(trimmed, false), "an address, whole, with or without '/bits'"),
        T::Cidr => (address(trimmed, true), "a network, whole, with or without '/bits'"),
        T::Text(kind) if kind.kind == TextKind::Name && text.len() > NAME_BYTES_MAX => {
            (None, "at most 63 bytes")
        }
        _ => return form(text, value_type),
    };
    form.ok_or_else(|| wanted.to_owned())
}

/// Of a number without quotes. An integer column takes any of 64 bits; `real` one that it holds exactly, because SQL
/// compares the two as double precision, and in a list as real.
fn number_form(number: &str, value_type: &ValueType) -> Result<String, String> {
    let (form, wanted) = match value_type {
        ValueType::Numeric(_) => (plain_decimal(number), "a number of at most 400 digits"),
        ValueType::Float8 => (float(number, |text| text.parse().ok()), "a number of its range"),
        ValueType::Float4 => (
            float(number, |text| {
                let wide: f64 = text.parse().ok()?;
                (f64::from(wide as f32) == wide).then_some(wide)
            }),
            "a number that it holds exactly, or one in single quotes, which stands for the nearest that it holds",
        ),
        _ => (integer(number, i64::MIN, i64::MAX), "an integer of 64 bits"),
    };
    form.ok_or_else(|| wanted.to_owned())
}

fn integer(written: &str, first: i64, last: i64) -> Option<String> {
    let number = written.trim().parse::<i64>().ok().filter(|number| (first..=last).contains(number));
    number.map(|number| number.to_string())
}

/// NaN and the infinities, in the server's letters.
fn special(text: &str) -> Option<String> {
    ["NaN", "Infinity", "-Infinity"]
        .into_iter()
        .find(|word| word.eq_ignore_ascii_case(text))
        .map(str::to_owned)
}

/// The server refuses what is too large for a type or vanishes in it; Rust makes infinity or zero of it.
fn float(text: &str, read: impl Fn(&str) -> Option<f64>) -> Option<String> {
    special(text).or_else(|| {
        let digits = plain_decimal(text)?;
        let value = read(text).filter(|value| value.is_finite())?;
        let vanishes = value == 0.0 && digits.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
        (!vanishes).then(|| text.trim_start_matches('+').to_owned())
    })
}

/// A decimal with its exponent written out: `-1.50`, `1e3` as `1000`.
fn plain_decimal(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let exponent: i32 =
        exponent.parse().ok().filter(|exponent: &i32| exponent.unsigned_abs() as usize <= DIGITS_MAX)?;
    if all.is_empty() || all.len() > DIGITS_MAX || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let point = whole.len() as i32 + exponent;
    let before = usize::try_from(-point.min(0)).ok()?;
    let after = usize::try_from(point - all.len() as i32).unwrap_or(0);
    let padded = format!("{}{all}{}", "0".repeat(before), "0".repeat(after));
    let (whole, fraction) = padded.split_at(usize::try_from(point.max(0)).ok()?);
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

fn hexadecimal(text: &str) -> Option<String> {
    let digits = text.strip_prefix("\\x")?;
    let fits = digits.len().is_multiple_of(2) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    fits.then(|| text.to_ascii_lowercase())
}

/// A network has nothing to the right of its mask.
fn address(text: &str, network: bool) -> Option<String> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let (value, most) = match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    let is_number = |bits: &str| bits.len() <= 3 && bits.bytes().all(|byte| byte.is_ascii_digit());
    let bits: u32 = match bits {
        Some(bits) => bits.parse().ok().filter(|found| is_number(bits) && *found <= most)?,
        None => most,
    };
    let host = if bits == 128 { 0 } else { value << bits };
    (!network || host == 0).then(|| format!("{address}/{bits}"))
}

/// PostgreSQL's words for booleans (manual, 8.6), whole or by their first letters.
fn boolean(written: &str) -> Option<bool> {
    let word = written.trim().to_ascii_lowercase();
    let starts = |whole: &str, least: usize| word.len() >= least && whole.starts_with(&word);
    if word == "1" || word == "on" || starts("true", 1) || starts("yes", 1) {
        return Some(true);
    }
    (word == "0" || starts("off", 2) || starts("false", 1) || starts("no", 1)).then_some(false)
}

/// Lower case and hyphens, as the server prints it (manual, 8.12).
fn uuid(written: &str) -> Option<String> {
    let inner = written.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')).unwrap_or(written);
    let digits: String = inner.chars().filter(|char| *char != '-').collect::<String>().to_ascii_lowercase();
    let valid = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    valid.then(|| {
        let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
        parts.join("-")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_have_the_servers_words() {
        for word in ["true", "T", " tru ", "yes", "y", "on", "1"] {
            assert_eq!(form(word, &ValueType::Bool).as_deref(), Ok("true"), "{word}");
        }
        for word in ["false", "f", "No", "off", "of", "0"] {
            assert_eq!(form(word, &ValueType::Bool).as_deref(), Ok("false"), "{word}");
        }
        for word in ["", "o", "truer", "2", "onn"] {
            assert_eq!(form(word, &ValueType::Bool).unwrap_err(), "true or false", "{word}");
        }
    }

    #[test]
    fn integers_and_uuids_have_one_form() {
        assert_eq!(form(" +007", &ValueType::Int2).as_deref(), Ok("7"));
        assert!(form("40000", &ValueType::Int2).is_err() && form("Post", &ValueType::Int8).is_err());
        let uuid = "{A0EEBC99-9c0b4ef8-bb6d6bb9bd380a11}";
        assert_eq!(form(uuid, &ValueType::Uuid).as_deref(), Ok("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"));
        assert!(form("a0eebc99", &ValueType::Uuid).is_err());
    }

    #[test]
    fn an_exponent_is_written_out() {
        for (written, plain) in [
            ("1e3", "1000"),
            ("1.50", "1.50"),
            ("-12.5e-3", "-0.0125"),
            (".5", "0.5"),
            ("5.", "5"),
            ("12e-2", "0.12"),
            ("0e0", "0"),
        ] {
            assert_eq!(plain_decimal(written).as_deref(), Some(plain), "{written}");
        }
        for written in ["", ".", "e3", "1e", "1e9999", "1-2", "0x1"] {
            assert_eq!(plain_decimal(written), None, "{written}");
        }
    }

    #[test]
    fn a_real_is_compared_with_what_it_holds() {
        assert!(
            number_form("0.5", &ValueType::Float4).is_ok() && number_form("0.1", &ValueType::Float4).is_err()
        );
        assert!(text_form("0.1", &ValueType::Float4).is_ok());
        for (written, value_type) in
            [("1e39", ValueType::Float4), ("1e-300", ValueType::Float4), ("1e309", ValueType::Float8)]
        {
            assert!(text_form(written, &value_type).is_err(), "{written}");
        }
    }

    #[test]
    fn a_network_has_nothing_right_of_its_mask() {
        assert_eq!(address("10.1.0.0/16", true).as_deref(), Some("10.1.0.0/16"));
        assert_eq!(address("10.1.0.0/8", true), None);
        assert_eq!(address("10.1.0.0/8", false).as_deref(), Some("10.1.0.0/8"));
        assert_eq!(address("2001:db8::1", true).as_deref(), Some("2001:db8::1/128"));
        assert_eq!(address("0.0.0.0/0", true).as_deref(), Some("0.0.0.0/0"));
        assert!(address("10/8", true).is_none() && address("10.0.0.0/33", false).is_none());
    }
}
