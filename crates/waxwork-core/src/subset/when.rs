//! Constants of a `when`, brought to the text form of the column's type once, so that the server, which compares text
//! forms, and the masks, which compare what COPY sends, mean the same rows.

use crate::catalog::{TextKind, ValueType};

/// The constant as the column's text form writes it (`yes` of a boolean is `true`, `007` of an integer `7`). Types whose
/// forms are not known here take it as it is written.
///
/// # Errors
/// What the type takes, where the constant is none of its values.
pub(super) fn text_form(written: &str, value_type: &ValueType) -> Result<String, String> {
    use ValueType as T;
    let integer = |first: i64, last: i64| {
        let number = written.trim().parse::<i64>().ok().filter(|number| (first..=last).contains(number));
        number.map(|number| number.to_string())
    };
    let (form, wanted) = match value_type {
        T::Bool => (boolean(written).map(|value| value.to_string()), "true or false".to_owned()),
        T::Int2 => (integer(i16::MIN.into(), i16::MAX.into()), "an integer of 16 bits".to_owned()),
        T::Int4 => (integer(i32::MIN.into(), i32::MAX.into()), "an integer of 32 bits".to_owned()),
        T::Int8 => (integer(i64::MIN, i64::MAX), "an integer of 64 bits".to_owned()),
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
            assert_eq!(text_form(word, &ValueType::Bool).as_deref(), Ok("true"), "{word}");
        }
        for word in ["false", "f", "No", "off", "of", "0"] {
            assert_eq!(text_form(word, &ValueType::Bool).as_deref(), Ok("false"), "{word}");
        }
        for word in ["", "o", "truer", "2", "onn"] {
            assert_eq!(text_form(word, &ValueType::Bool).unwrap_err(), "true or false", "{word}");
        }
    }

    #[test]
    fn integers_and_uuids_have_one_form() {
        assert_eq!(text_form(" +007", &ValueType::Int2).as_deref(), Ok("7"));
        assert!(
            text_form("40000", &ValueType::Int2).is_err() && text_form("Post", &ValueType::Int8).is_err()
        );
        let uuid = "{A0EEBC99-9c0b4ef8-bb6d6bb9bd380a11}";
        assert_eq!(text_form(uuid, &ValueType::Uuid).as_deref(), Ok("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"));
        assert!(text_form("a0eebc99", &ValueType::Uuid).is_err());
    }
}
