//! One value: its text form, its binary form (PostgreSQL source, the `…send` functions), and whether it is one.

use super::{Form, LABELS, calendar, hstore, range};
use std::net::IpAddr;

/// The binary form of a valid text form.
pub(super) fn to_binary(form: Form, text: &str) -> Vec<u8> {
    match form {
        Form::Bool => vec![u8::from(text == "t")],
        Form::Int(size) => text.parse::<i64>().unwrap().to_be_bytes()[8 - size..].to_vec(),
        Form::Float(4) => text.parse::<f32>().unwrap().to_be_bytes().to_vec(),
        Form::Float(_) => text.parse::<f64>().unwrap().to_be_bytes().to_vec(),
        Form::Numeric => numeric_to_binary(text),
        Form::Text | Form::Enum | Form::Json => text.as_bytes().to_vec(),
        Form::Jsonb => [&[1], text.as_bytes()].concat(),
        Form::Date => calendar::date(text).unwrap().to_be_bytes().to_vec(),
        Form::Time => calendar::time(text).unwrap().to_be_bytes().to_vec(),
        Form::Timestamp(has_zone) => calendar::timestamp(text, has_zone).unwrap().to_be_bytes().to_vec(),
        Form::Interval => {
            let (months, days, micros) = calendar::interval(text).unwrap();
            [&micros.to_be_bytes()[..], &days.to_be_bytes(), &months.to_be_bytes()].concat()
        }
        Form::Uuid => bytes_of_hex(&text.replace('-', "")).unwrap(),
        Form::Bytea => bytes_of_hex(text.strip_prefix("\\x").unwrap()).unwrap(),
        Form::Inet | Form::Cidr => inet_to_binary(text, form == Form::Cidr),
        Form::Hstore => hstore::to_binary(text),
        Form::Range(bound) => range::to_binary(bound, text),
        Form::Multirange(bound) => range::multirange_to_binary(bound, text),
        Form::Point => {
            let (x, y) = text[1..text.len() - 1].split_once(',').unwrap();
            [x, y].iter().flat_map(|part| part.parse::<f64>().unwrap().to_be_bytes()).collect()
        }
    }
}

/// The text form of a binary form; `None` when it is none.
pub(super) fn from_binary(form: Form, bytes: &[u8]) -> Option<String> {
    let utf8 = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    Some(match form {
        Form::Bool => match bytes {
            [0] => "f".to_owned(),
            [1] => "t".to_owned(),
            _ => return None,
        },
        Form::Int(2) => i16::from_be_bytes(bytes.try_into().ok()?).to_string(),
        Form::Int(4) => i32::from_be_bytes(bytes.try_into().ok()?).to_string(),
        Form::Int(_) => i64::from_be_bytes(bytes.try_into().ok()?).to_string(),
        Form::Float(4) => format!("{:?}", f32::from_be_bytes(bytes.try_into().ok()?)),
        Form::Float(_) => format!("{:?}", f64::from_be_bytes(bytes.try_into().ok()?)),
        Form::Numeric => numeric_from_binary(bytes)?,
        Form::Text | Form::Enum | Form::Json => utf8(bytes)?,
        Form::Jsonb => utf8(bytes.strip_prefix(&[1])?)?,
        Form::Date => calendar::date_text(i32::from_be_bytes(bytes.try_into().ok()?)),
        Form::Time => calendar::time_text(i64::from_be_bytes(bytes.try_into().ok()?)),
        Form::Timestamp(has_zone) => {
            calendar::timestamp_text(i64::from_be_bytes(bytes.try_into().ok()?), has_zone)
        }
        Form::Interval => {
            let (micros, rest) = bytes.split_first_chunk()?;
            let (days, months) = rest.split_first_chunk()?;
            let months = i32::from_be_bytes(months.try_into().ok()?);
            calendar::interval_text(months, i32::from_be_bytes(*days), i64::from_be_bytes(*micros))
        }
        Form::Uuid => uuid_text(bytes)?,
        Form::Bytea => format!("\\x{}", hex(bytes)),
        Form::Inet | Form::Cidr => inet_from_binary(bytes, form == Form::Cidr)?,
        Form::Hstore => hstore::from_binary(bytes)?,
        Form::Range(bound) => range::from_binary(bound, bytes)?,
        Form::Multirange(bound) => range::multirange_from_binary(bound, bytes)?,
        Form::Point => {
            let (x, y) = bytes.split_at_checked(8)?;
            let [x, y] = [x, y].map(|part| part.try_into().map(f64::from_be_bytes));
            format!("({},{})", x.ok()?, y.ok()?)
        }
    })
}

/// A float's text form, given Rust's: the shortest that reads back.
pub(super) fn float_text(value: f64, shortest: String) -> String {
    match value {
        value if value == f64::INFINITY => "Infinity".to_owned(),
        value if value == f64::NEG_INFINITY => "-Infinity".to_owned(),
        _ => shortest,
    }
}

/// Whether it is a value's text form, under the modifiers of its type.
pub(super) fn is_valid(form: Form, text: &str, modifiers: &[usize]) -> bool {
    match form {
        Form::Bool => matches!(text, "t" | "f"),
        Form::Int(2) => text.parse::<i16>().is_ok_and(|value| value.to_string() == text),
        Form::Int(4) => text.parse::<i32>().is_ok_and(|value| value.to_string() == text),
        Form::Int(_) => text.parse::<i64>().is_ok_and(|value| value.to_string() == text),
        Form::Float(4) => text.parse::<f32>().is_ok(),
        Form::Float(_) => text.parse::<f64>().is_ok(),
        Form::Numeric => is_numeric(text, modifiers),
        Form::Text => true,
        Form::Json | Form::Jsonb => serde_json::from_str::<serde_json::Value>(text).is_ok(),
        Form::Date => calendar::date(text).is_some(),
        Form::Time => calendar::time(text).is_some(),
        Form::Timestamp(has_zone) => calendar::timestamp(text, has_zone).is_some(),
        Form::Interval => calendar::interval(text).is_some(),
        Form::Uuid => {
            text.len() == 36
                && bytes_of_hex(&text.replace('-', ""))
                    .is_some_and(|uuid| uuid_text(&uuid).as_deref() == Some(text))
        }
        Form::Bytea => text.strip_prefix("\\x").is_some_and(|digits| bytes_of_hex(digits).is_some()),
        Form::Inet => inet(text).is_some(),
        Form::Cidr => {
            inet(text).is_some_and(|(address, bits, written)| written && host_bits_are_zero(address, bits))
        }
        Form::Enum => LABELS.contains(&text),
        Form::Point => text.starts_with('('),
        Form::Hstore => hstore::pairs(text).is_some(),
        Form::Range(bound) => range::is_valid(bound, text),
        Form::Multirange(bound) => range::split(text)
            .is_some_and(|ranges| ranges.iter().all(|one| one != "empty" && range::is_valid(bound, one))),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of_hex(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) || !digits.is_ascii() {
        return None;
    }
    (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).ok()).collect()
}

fn uuid_text(bytes: &[u8]) -> Option<String> {
    let digits = hex(bytes);
    (bytes.len() == 16)
        .then(|| [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-"))
}

const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const MINUS_INFINITY: u16 = 0xF000;

fn numeric_to_binary(text: &str) -> Vec<u8> {
    let words = |words: &[u16]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
    match text {
        "NaN" => return words(&[0, 0, NAN, 0]),
        "Infinity" => return words(&[0, 0, INFINITY, 0]),
        "-Infinity" => return words(&[0, 0, MINUS_INFINITY, 0]),
        _ => {}
    }
    let (digits, sign) = text.strip_prefix('-').map_or((text, 0), |digits| (digits, 0x4000));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = format!("{}{whole}", "0".repeat((4 - whole.len() % 4) % 4));
    let shown = fraction.len() as u16;
    let fraction = format!("{fraction}{}", "0".repeat((4 - fraction.len() % 4) % 4));
    let mut weight = (whole.len() / 4) as i16 - 1;
    let all = format!("{whole}{fraction}");
    let mut groups: Vec<u16> =
        (0..all.len() / 4).map(|at| all[4 * at..4 * at + 4].parse().unwrap()).collect();
    while groups.first() == Some(&0) {
        groups.remove(0);
        weight -= 1;
    }
    while groups.last() == Some(&0) {
        groups.pop();
    }
    let (weight, sign) = if groups.is_empty() { (0, 0) } else { (weight, sign) };
    words(&[&[groups.len() as u16, weight as u16, sign, shown], &groups[..]].concat())
}

fn numeric_from_binary(bytes: &[u8]) -> Option<String> {
    let words: Vec<u16> =
        bytes.chunks(2).map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?))).collect::<Option<_>>()?;
    let [count, weight, sign, shown, groups @ ..] = &words[..] else { return None };
    match *sign {
        NAN => return Some("NaN".to_owned()),
        INFINITY => return Some("Infinity".to_owned()),
        MINUS_INFINITY => return Some("-Infinity".to_owned()),
        _ => {}
    }
    let (weight, shown) = (i32::from(*weight as i16), i32::from(*shown));
    if groups.len() != usize::from(*count) || groups.iter().any(|group| *group > 9999) {
        return None;
    }
    let group = |power: i32| {
        let at = usize::try_from(weight - power).ok();
        format!("{:04}", at.and_then(|at| groups.get(at)).copied().unwrap_or(0))
    };
    let whole: String = (0..=weight.max(0)).rev().map(group).collect();
    let fraction: String = (1..=(shown + 3) / 4).map(|at| group(-at)).collect();
    let whole = whole.trim_start_matches('0');
    let point = if shown > 0 { "." } else { "" };
    let sign = if *sign == 0x4000 { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(format!("{sign}{whole}{point}{}", &fraction[..shown as usize]))
}

fn is_numeric(text: &str, modifiers: &[usize]) -> bool {
    if matches!(text, "NaN") || (modifiers.is_empty() && matches!(text, "Infinity" | "-Infinity")) {
        return true;
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = !whole.is_empty()
        && (whole == "0" || !whole.starts_with('0'))
        && are_digits(whole)
        && are_digits(fraction);
    let is_zero = digits.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let fits = match modifiers {
        [precision, scale] => fraction.len() == *scale && (whole == "0" || whole.len() <= precision - scale),
        _ => true,
    };
    is_plain && fits && !(is_zero && text.starts_with('-')) && !text.ends_with('.')
}

/// Address, bits, and whether they are written.
fn inet(text: &str) -> Option<(IpAddr, u8, bool)> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.parse().ok()?;
    let all = if address.is_ipv4() { 32 } else { 128 };
    let bits_held = match bits {
        Some(bits) => bits.parse().ok().filter(|bits| *bits <= all)?,
        None => all,
    };
    Some((address, bits_held, bits.is_some()))
}

fn host_bits_are_zero(address: IpAddr, bits: u8) -> bool {
    match address {
        IpAddr::V4(address) => u32::from(address).checked_shl(bits.into()).unwrap_or(0) == 0,
        IpAddr::V6(address) => u128::from(address).checked_shl(bits.into()).unwrap_or(0) == 0,
    }
}

fn inet_to_binary(text: &str, is_cidr: bool) -> Vec<u8> {
    let (address, bits, _) = inet(text).unwrap();
    let (family, octets) = match address {
        IpAddr::V4(address) => (2, address.octets().to_vec()),
        IpAddr::V6(address) => (3, address.octets().to_vec()),
    };
    [&[family, bits, u8::from(is_cidr), octets.len() as u8], &octets[..]].concat()
}

fn inet_from_binary(bytes: &[u8], is_cidr: bool) -> Option<String> {
    let [family, bits, cidr, length, octets @ ..] = bytes else { return None };
    let address: IpAddr = match (family, length) {
        (2, 4) => <[u8; 4]>::try_from(octets).ok()?.into(),
        (3, 16) => <[u8; 16]>::try_from(octets).ok()?.into(),
        _ => return None,
    };
    let all = if address.is_ipv4() { 32 } else { 128 };
    let written = is_cidr || *bits < all;
    ((*cidr == 1) == is_cidr && *bits <= all)
        .then(|| if written { format!("{address}/{bits}") } else { address.to_string() })
}
