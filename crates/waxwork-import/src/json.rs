//! JSON, by serde_json, which says where a document breaks off; where its values stand YAML's reader says.

use crate::place::{Place, unreadable};
use crate::tree::{Node, Value};
use crate::yaml;
use serde_json::Value as Json;
use waxwork_core::diagnostic::Diagnostic;

/// Reads one document with the places of its values, where YAML's reader takes it: surrogate pairs it does not.
///
/// # Errors
/// The first thing that is no JSON, or a name that an object has twice.
pub(crate) fn placed(file: &str, text: &str) -> Result<Node, Vec<Diagnostic>> {
    let plain = parse(file, text)?;
    match yaml::parse(file, text) {
        Ok(node) => Ok(node),
        // serde_json takes the last of them without a word.
        Err(errors) if errors.iter().any(|error| error.to_string().contains(yaml::TWICE)) => Err(errors),
        Err(_) => Ok(plain),
    }
}

/// Reads one document.
///
/// # Errors
/// The first thing that is no JSON, with its place and never with what stands there.
pub(crate) fn parse(file: &str, text: &str) -> Result<Node, Vec<Diagnostic>> {
    serde_json::from_str(text).map(node).map_err(|error| {
        let place = Place {
            line: error.line().try_into().unwrap_or(0),
            column: error.column().try_into().unwrap_or(0),
        };
        let detail = if error.is_eof() { "It ends too early." } else { "It is no JSON from here on." };
        unreadable(file, "JSON", place, detail)
    })
}

/// Nesting is bounded: serde_json refuses more than 128 levels.
fn node(json: Json) -> Node {
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Flag(flag),
        Json::Number(number) => Value::Number(number.to_string()),
        Json::String(text) => Value::Text(text),
        Json::Array(items) => Value::List(items.into_iter().map(node).collect()),
        Json::Object(entries) => {
            Value::Map(entries.into_iter().map(|(name, json)| (name, node(json))).collect())
        }
    };
    Node { value, place: Place::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_is_told_with_its_place_and_without_what_stands_there() {
        let error = parse("job.json", "{\n  \"url\": \"postgres://u:hunter2@h\", oops }").unwrap_err();
        let told = error[0].to_string();
        assert!(
            told.contains("job.json:2:") && !told.contains("hunter2") && !told.contains("oops"),
            "{told}"
        );
        let cut = parse("job.json", "{\"a\": ").unwrap_err()[0].to_string();
        assert!(cut.contains("It ends too early."), "{cut}");
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let node = parse("f", r#"{"a": [1, 2.50, true, null, "x\u00e9"]}"#).unwrap();
        let kinds: Vec<Value> = node.list("a").iter().map(|item| item.value.clone()).collect();
        let number = |text: &str| Value::Number(text.to_owned());
        let text = Value::Text("x\u{e9}".to_owned());
        assert_eq!(kinds, [number("1"), number("2.5"), Value::Flag(true), Value::Null, text]);
    }

    #[test]
    fn a_document_nested_without_end_is_refused() {
        assert!(parse("f", &"[".repeat(100_000)).is_err());
    }
}
