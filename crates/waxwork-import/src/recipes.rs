//! What foreign masks of several tools come down to.

use crate::draft::{Draft, Outcome};
use crate::parameters::{Parameters, whole_range};
use crate::tree::Node;
use crate::write::number;
use toml_edit::{Array, Datetime, Value};
use waxwork_core::masks::{MaskKind, SHIFT_DAYS_MAX};

/// What a mask becomes on one column.
pub(crate) type Translator = fn(Parameters<'_>) -> Outcome;

/// `days` of a shift where the foreign mask has none: about what its users take.
const DAYS: i64 = 30;

/// A flag that says nothing of the row's own.
pub(crate) fn flag(parameters: Parameters<'_>) -> Outcome {
    match parameters.key_column() {
        Some(key) => Outcome::same(Draft::mask(MaskKind::RandomBool).with("by", key)),
        None => Outcome::left("bool.random goes by the row's key; --key-column names it"),
    }
}

/// One of some values, by the row's key where it is known.
pub(crate) fn pick(
    values: impl IntoIterator<Item = impl Into<Value>>,
    parameters: Parameters<'_>,
) -> Outcome {
    Outcome::same(Draft::one_of(values).with_some("by", parameters.key_column()))
}

/// One of the scalars of a list.
pub(crate) fn pick_of(nodes: &[Node], parameters: Parameters<'_>) -> Outcome {
    let mut texts: Vec<String> = Vec::new();
    for text in nodes.iter().filter_map(Node::scalar) {
        if text != "\\N" && !texts.contains(&text) {
            texts.push(text);
        }
    }
    if texts.is_empty() {
        return Outcome::left("it lists no values");
    }
    let are_all = texts.len() == nodes.len();
    pick(texts, parameters).note_if(!are_all, "NULL and what stood twice are not among the values")
}

/// Any number of a range.
pub(crate) fn between(range: Option<Array>) -> Outcome {
    match range {
        Some(range) => Outcome::same(Draft::mask(MaskKind::NumberRange).with("range", range)),
        None => Outcome::left("number.range takes two whole numbers"),
    }
}

/// Any day of a range.
pub(crate) fn days_between(from: Option<String>, to: Option<String>) -> Outcome {
    let ends = from.as_deref().and_then(day).zip(to.as_deref().and_then(day));
    match ends.filter(|(from, to)| from.to_string() <= to.to_string()) {
        Some((from, to)) => Outcome::same(Draft::mask(MaskKind::DateRange).with("from", from).with("to", to)),
        None => {
            Outcome::Instead(shifted(DAYS), "date.range takes two dates, the earlier one first".to_owned())
        }
    }
}

/// A date some days away.
pub(crate) fn shifted(days: i64) -> Draft {
    Draft::mask(MaskKind::DateShift).with("days", days.clamp(1, SHIFT_DAYS_MAX))
}

/// A number some percent away: a ratio of 0.2 is 20 percent.
pub(crate) fn noise(ratio: f64) -> Draft {
    // A ratio has few digits, and 0.07 * 100 has many.
    let percent = (ratio.abs() * 100.0 * 1e6).round() / 1e6;
    Draft::mask(MaskKind::Noise).with("percent", number(percent.clamp(1e-6, 100.0)))
}

/// The day that a date or timestamp begins with.
pub(crate) fn day(text: &str) -> Option<Value> {
    let date: Datetime = text.trim().get(..10)?.parse().ok()?;
    (date.date.is_some() && date.time.is_none()).then_some(Value::Datetime(toml_edit::Formatted::new(date)))
}

/// Seconds since 1970 at the beginning of the day that a timestamp begins with.
pub(crate) fn unix_seconds(text: &str) -> Option<f64> {
    let date = day(text)?.as_datetime()?.date?;
    let (month, day) = (i64::from(date.month), i64::from(date.day));
    // Days from civil, years beginning in March (H. Hinnant, chrono-compatible low-level date algorithms).
    let year = i64::from(date.year) - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(((era * 146_097 + day_of_era - 719_468) * 86_400) as f64)
}

/// Any second of a range of dates.
pub(crate) fn unix_between(from: Option<String>, to: Option<String>, per_second: f64) -> Outcome {
    let seconds = |text: Option<String>| text.as_deref().and_then(unix_seconds).map(|at| at * per_second);
    between(seconds(from).zip(seconds(to)).and_then(|(from, to)| whole_range(from, to)))
}

/// How many days an interval is about, at least one: `1 year 2 mons 3 days 04:05:06`, `6 months`.
pub(crate) fn interval_days(text: &str) -> Option<i64> {
    let mut words = text.split_whitespace();
    let mut days = 0.0;
    while let Some(word) = words.next() {
        if word.contains(':') {
            continue;
        }
        let amount: f64 = word.parse().ok()?;
        let unit = words.next()?.to_ascii_lowercase();
        days += amount.abs() * days_of(unit.trim_end_matches(','))?;
    }
    Some((days.ceil() as i64).clamp(1, SHIFT_DAYS_MAX))
}

fn days_of(unit: &str) -> Option<f64> {
    Some(match unit.strip_suffix('s').unwrap_or(unit) {
        "year" | "yr" | "y" => 365.25,
        "month" | "mon" => 30.5,
        "week" | "w" => 7.0,
        "day" | "d" => 1.0,
        "hour" | "hr" | "h" => 1.0 / 24.0,
        "minute" | "min" | "m" | "second" | "sec" | "" | "millisecond" | "microsecond" => 0.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_about_so_many_days() {
        for (text, days) in [
            ("1 year 2 mons 3 days", Some(430)),
            ("6 months", Some(183)),
            ("2 weeks 04:05:06", Some(14)),
            ("1 hour", Some(1)),
            ("00:10:00", Some(1)),
            ("-10 days", Some(10)),
            ("9999999 years", Some(SHIFT_DAYS_MAX)),
            ("1 fortnight", None),
            ("P1Y", None),
        ] {
            assert_eq!(interval_days(text), days, "{text}");
        }
    }

    #[test]
    fn days_are_counted_from_1970() {
        for (text, seconds) in [
            ("1970-01-01", 0.0),
            ("2000-02-29 12:00:00", 951_782_400.0),
            ("1969-12-31", -86_400.0),
            ("2100-03-01T00:00:00Z", 4_107_542_400.0),
        ] {
            assert_eq!(unix_seconds(text), Some(seconds), "{text}");
        }
        for text in ["", "2000-13-01", "yesterday!!", "20000-01-01", "10:00:00.00", "é2000-01-01"] {
            assert_eq!(unix_seconds(text), None, "{text}");
        }
    }
}
