//! Paths into JSON documents, as `json` masks and virtual references write them.
//!
//! ```text
//!   path := "$" { ".name" | "['name']" | "[n]" | "[*]" | ".*" | "..name" }
//! ```
//!
//! A subset of RFC 9535 (JSONPath). In `['name']` a backslash escapes a quote or a backslash and nothing else.

use std::fmt;

/// A parsed path; equal paths have equal steps, whatever their spelling.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JsonPath {
    /// Steps from the root; none names the document itself.
    pub steps: Vec<JsonStep>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum JsonStep {
    /// `.name` or `['name']`: the member of that name.
    Member(String),
    /// `[n]`: the element at that index, from 0.
    Element(u32),
    /// `[*]`: every element of an array.
    AnyElement,
    /// `.*`: every member of an object.
    AnyMember,
    /// `..name`: every member of that name at any depth.
    Descendant(String),
}

/// Why a text is no path: a complete sentence for a diagnostic's detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonPathError {
    /// What is wrong.
    pub detail: String,
}

impl JsonPathError {
    fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into() }
    }
}

impl JsonPath {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, JsonPathError> {
        let Some(mut rest) = text.strip_prefix('$') else {
            return Err(JsonPathError::new("A JSON path starts with \"$\"."));
        };
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = step(rest)?;
            steps.push(step);
            rest = after;
        }
        Ok(Self { steps })
    }

    /// The same as PostgreSQL's `jsonpath` (manual, 9.16.2), which has other words for it and, unless it is told, sees
    /// through arrays. A step that a value does not have gives nothing, as here, where strict mode alone would give an error.
    pub fn to_jsonpath(&self) -> String {
        let mut text = "strict $".to_owned();
        for step in &self.steps {
            match step {
                JsonStep::Member(name) => text.push_str(&if_there(&format!(".{}", quoted(name)))),
                JsonStep::Element(index) => text.push_str(&if_there(&format!("[{index}]"))),
                JsonStep::AnyElement => text.push_str(" ? (@.type() == \"array\")[*]"),
                JsonStep::AnyMember => text.push_str(" ? (@.type() == \"object\").*"),
                JsonStep::Descendant(name) => {
                    text.push_str(&format!(".**{}", if_there(&format!(".{}", quoted(name)))));
                }
            }
        }
        text
    }
}

fn if_there(step: &str) -> String {
    format!(" ? (exists(@{step})){step}")
}

/// A name as a string of `jsonpath`, which reads the escapes of JSON among others.
fn quoted(name: &str) -> String {
    serde_json::to_string(name).expect("a text is JSON")
}

fn step(text: &str) -> Result<(JsonStep, &str), JsonPathError> {
    if let Some(rest) = text.strip_prefix("..") {
        return name(rest).map(|(name, rest)| (JsonStep::Descendant(name), rest));
    }
    if let Some(rest) = text.strip_prefix(".*") {
        return Ok((JsonStep::AnyMember, rest));
    }
    if let Some(rest) = text.strip_prefix('.') {
        return name(rest).map(|(name, rest)| (JsonStep::Member(name), rest));
    }
    if let Some(rest) = text.strip_prefix("['") {
        return bracketed_name(rest).map(|(name, rest)| (JsonStep::Member(name), rest));
    }
    if let Some(rest) = text.strip_prefix("[*]") {
        return Ok((JsonStep::AnyElement, rest));
    }
    if let Some(rest) = text.strip_prefix('[') {
        return index(rest);
    }
    Err(JsonPathError::new("A step of a JSON path is .name, ['name'], [n], [*], .* or ..name."))
}

fn name(text: &str) -> Result<(String, &str), JsonPathError> {
    let length = text.find(|c| !in_plain_name(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(length);
    if name.is_empty() {
        return Err(JsonPathError::new(
            "A name after a dot has letters, digits, \"_\", \"-\" and \"$\"; any other is written ['name'].",
        ));
    }
    Ok((name.to_owned(), rest))
}

fn in_plain_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '$')
}

fn bracketed_name(text: &str) -> Result<(String, &str), JsonPathError> {
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' => {
                let rest = text[at + 1..].strip_prefix(']');
                return rest.map(|rest| (name, rest)).ok_or_else(unclosed);
            }
            '\\' => match chars.next() {
                Some((_, escaped @ ('\'' | '\\'))) => name.push(escaped),
                _ => {
                    return Err(JsonPathError::new(
                        "A backslash in ['name'] stands before a quote or a backslash.",
                    ));
                }
            },
            other => name.push(other),
        }
    }
    Err(unclosed())
}

fn index(text: &str) -> Result<(JsonStep, &str), JsonPathError> {
    let (digits, rest) = text.split_once(']').ok_or_else(unclosed)?;
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    match digits.parse() {
        Ok(index) if plain => Ok((JsonStep::Element(index), rest)),
        _ => Err(JsonPathError::new("Between brackets stands a number, \"*\" or a name in single quotes.")),
    }
}

fn unclosed() -> JsonPathError {
    JsonPathError::new("A bracket is not closed.")
}

/// The one spelling of a path; [`JsonPath::parse`] gives the same steps back.
impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        self.steps.iter().try_for_each(|step| write!(f, "{step}"))
    }
}

impl fmt::Display for JsonStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JsonStep::Member(name) if !name.is_empty() && name.chars().all(in_plain_name) => {
                write!(f, ".{name}")
            }
            JsonStep::Member(name) => write!(f, "['{}']", name.replace('\\', "\\\\").replace('\'', "\\'")),
            JsonStep::Element(index) => write!(f, "[{index}]"),
            JsonStep::AnyElement => f.write_str("[*]"),
            JsonStep::AnyMember => f.write_str(".*"),
            JsonStep::Descendant(name) => write!(f, "..{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_has_its_words_in_postgresql() {
        for (path, words) in [
            ("$", "strict $"),
            ("$.user-id", "strict $ ? (exists(@.\"user-id\")).\"user-id\""),
            ("$['a\"\\\\b\n']", "strict $ ? (exists(@.\"a\\\"\\\\b\\n\")).\"a\\\"\\\\b\\n\""),
            ("$[3]", "strict $ ? (exists(@[3]))[3]"),
            ("$[*]", "strict $ ? (@.type() == \"array\")[*]"),
            ("$.*", "strict $ ? (@.type() == \"object\").*"),
            ("$..id", "strict $.** ? (exists(@.\"id\")).\"id\""),
        ] {
            assert_eq!(JsonPath::parse(path).unwrap().to_jsonpath(), words, "{path}");
        }
    }
}
