//! `constant` and choices: whether their values are of the column's type, as far as that can be told without a server.

use super::Refusable;
use super::schema::{ColumnRef, Schema};
use super::settings::Settings;
use crate::catalog::{Column, Table, TextKind, ValueType};
use crate::diagnostic::Diagnostic;
use crate::rules::name::plain;

/// Refuses a value that the column cannot hold. The message tells its length and never the value.
pub(super) fn check(schema: &Schema, at: ColumnRef, settings: &Settings) -> Refusable<()> {
    if !settings.kind.states_values() {
        return Ok(());
    }
    let value_type = schema.value_type(at);
    let stated = settings.options.stated();
    let Some(problem) = stated.iter().find_map(|value| problem(value, &value_type)) else { return Ok(()) };
    Err(Box::new(constant_does_not_fit(schema.table(at), schema.column(at)).detail(problem)))
}

/// A column that does not take its constant, whoever found out.
pub fn constant_does_not_fit(table: &Table, column: &Column) -> Diagnostic {
    let message = format!(
        "constant is no value of the column's type: {}.{}({}) of type {}",
        plain(table.name.schema.as_str()),
        plain(table.name.name.as_str()),
        plain(column.name.as_str()),
        column.type_name
    );
    Diagnostic::rule("constant_does_not_fit", message)
}

fn problem(value: &str, value_type: &ValueType) -> Option<String> {
    use ValueType as T;
    let wrong = |fits: bool, wanted: &str| (!fits).then(|| format!("It takes {wanted}."));
    match value_type {
        T::Bool => wrong(is_bool(value), "true or false"),
        T::Int2 => wrong(value.trim().parse::<i16>().is_ok(), "an integer of 16 bits"),
        T::Int4 => wrong(value.trim().parse::<i32>().is_ok(), "an integer of 32 bits"),
        T::Int8 => wrong(value.trim().parse::<i64>().is_ok(), "an integer of 64 bits"),
        T::Float4 | T::Float8 => wrong(value.trim().parse::<f64>().is_ok(), "a number"),
        T::Uuid => wrong(is_uuid(value), "32 hexadecimal digits"),
        T::Enum(labels) if !labels.iter().any(|label| label == value) => {
            Some(format!("It takes one of its {} labels.", labels.len()))
        }
        T::Text(text) => {
            let blanks_count = text.kind != TextKind::Bpchar;
            let chars = if blanks_count { value } else { value.trim_end_matches(' ') }.chars().count();
            let max = text.max_chars? as usize;
            (chars > max).then(|| format!("It takes {max} characters, the value has {chars}."))
        }
        T::Json | T::Jsonb => {
            wrong(serde_json::from_str::<serde_json::Value>(value).is_ok(), "a JSON document")
        }
        _ => None,
    }
}

/// What PostgreSQL reads as a boolean (manual, 8.6), whole words only.
fn is_bool(value: &str) -> bool {
    let word = value.trim().to_ascii_lowercase();
    ["true", "false", "t", "f", "yes", "no", "y", "n", "on", "off", "1", "0"].contains(&word.as_str())
}

/// Hexadecimal digits with or without hyphens and braces (manual, 8.12).
fn is_uuid(value: &str) -> bool {
    let inner = value.strip_prefix('{').and_then(|value| value.strip_suffix('}')).unwrap_or(value);
    let digits = inner.bytes().filter(|byte| *byte != b'-');
    digits.clone().count() == 32 && digits.clone().all(|digit| digit.is_ascii_hexdigit())
}
