//! Walks a TOML document by its places: every value that is taken has one, every complaint is kept, none stops the
//! reading.
//!
//! ```text
//!   text ─► DeTable (keys and values with byte spans) ─► Section ─► typed getters ─► At<T>
//!                                                           └─► Diagnostics, in file order at the end
//! ```
//!
//! By hand rather than by serde: serde stops at the first error, loses spans in untagged enums and knows no nearest
//! name. No getter puts a value into a message; a value may be a password. Keys and the few closed lists of words may
//! be named.

use super::At;
use super::nearest::hint_known;
use super::place;
use crate::diagnostic::{Diagnostic, Location};
use std::borrow::Cow;
use std::num::IntErrorKind;
use std::ops::RangeInclusive;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A text with its file name and what was found wrong in it.
pub(crate) struct Reader<'t> {
    file: &'t str,
    text: &'t str,
    /// Byte offset of each line's first character.
    line_starts: Vec<usize>,
    errors: Vec<Diagnostic>,
}

/// A table of the document under the name that messages give it, entries in file order.
pub(crate) struct Section<'d> {
    pub(crate) name: String,
    /// Where its key stands.
    pub(crate) start: usize,
    pub(crate) entries: Vec<Entry<'d>>,
}

/// A key and its value with their byte offsets.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'d> {
    pub(crate) key: &'d str,
    pub(crate) key_start: usize,
    pub(crate) value: &'d DeValue<'d>,
    pub(crate) value_start: usize,
}

impl<'d> Section<'d> {
    pub(crate) fn new(name: impl Into<String>, start: usize, table: &'d DeTable<'d>) -> Self {
        let mut entries: Vec<Entry<'d>> = table.iter().map(|(key, value)| Entry::new(key, value)).collect();
        // The map is ordered by key; the order of the file is the order of the key's places.
        entries.sort_by_key(|entry| entry.key_start);
        Self { name: name.into(), start, entries }
    }

    /// The same but for one key.
    pub(crate) fn without(&self, key: &str) -> Self {
        let entries = self.entries.iter().filter(|entry| entry.key != key).copied().collect();
        Self { name: self.name.clone(), start: self.start, entries }
    }

    pub(crate) fn get(&self, key: &str) -> Option<Entry<'d>> {
        self.entries.iter().find(|entry| entry.key == key).copied()
    }
}

impl<'d> Entry<'d> {
    fn new(key: &'d Spanned<Cow<'d, str>>, value: &'d Spanned<DeValue<'d>>) -> Self {
        Self {
            key: key.get_ref(),
            key_start: key.span().start,
            value: value.get_ref(),
            value_start: value.span().start,
        }
    }
}

impl<'t> Reader<'t> {
    pub(crate) fn new(file: &'t str, text: &'t str) -> Self {
        let after_newlines =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self {
            file,
            text,
            line_starts: std::iter::once(0).chain(after_newlines).collect(),
            errors: Vec::new(),
        }
    }

    /// The result when nothing was wrong, else everything that was, in file order.
    pub(crate) fn finish<T>(self, result: T) -> Result<T, Vec<Diagnostic>> {
        if self.errors.is_empty() { Ok(result) } else { Err(self.into_errors()) }
    }

    /// Everything that was wrong, in file order.
    pub(crate) fn into_errors(mut self) -> Vec<Diagnostic> {
        self.errors.sort_by(|a, b| a.location.cmp(&b.location));
        self.errors
    }

    /// The file's name as given.
    pub(crate) fn file(&self) -> &'t str {
        self.file
    }

    /// The place of a byte. Columns count characters.
    pub(crate) fn place(&self, at: usize) -> Location {
        let line = self.line_starts.partition_point(|start| *start <= at);
        let start = self.line_starts[line - 1];
        let before = &self.text.as_bytes()[start..at.clamp(start, self.text.len())];
        let characters = before.iter().filter(|byte| !is_continuation(**byte)).count();
        Location { file: self.file.to_owned(), line: line as u32, column: characters as u32 + 1 }
    }

    /// The place of a byte of a string's content, where the string begins at `start`.
    pub(crate) fn place_in_string(&self, start: usize, offset: usize) -> Location {
        self.place(start + place::in_string(&self.text[start..], offset))
    }

    pub(crate) fn at<T>(&self, value: T, at: usize) -> At<T> {
        At { value, location: self.place(at) }
    }

    /// Keeps a complaint that has its place.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.errors.push(diagnostic);
    }

    /// Keeps a complaint about what stands at a byte.
    pub(crate) fn error(&mut self, at: usize, diagnostic: Diagnostic) {
        let location = Some(self.place(at));
        self.errors.push(diagnostic.at(location));
    }

    /// Keeps TOML's own complaints, whose messages never quote the text. True when the rest of the document may not
    /// be trusted: a key given twice leaves it whole, anything else does not.
    pub(crate) fn syntax(&mut self, errors: &[toml::de::Error]) -> bool {
        for error in errors {
            let start = error.span().map_or(self.text.len(), |span| span.start);
            let message = error.message();
            self.error(start, Diagnostic::rule("toml_syntax", format!("TOML syntax error: {message}")));
        }
        errors.iter().any(|error| error.message() != "duplicate key")
    }

    /// Refuses every key that is not known.
    pub(crate) fn known_keys(&mut self, section: &Section<'_>, known: &[&'static str]) {
        for entry in section.entries.iter().filter(|entry| !known.contains(&entry.key)) {
            let message = format!("unrecognized key {} in {}", shown(entry.key), section.name);
            let hint = hint_known(entry.key, known.iter().copied());
            self.error(entry.key_start, Diagnostic::rule("unknown_key", message).hint(hint));
        }
    }

    /// Complains that a key's value has the wrong type.
    pub(crate) fn wrong_type(&mut self, section: &Section<'_>, entry: Entry<'_>, wanted: &str) {
        let message = format!("key {} in {} must be {wanted}", shown(entry.key), section.name);
        self.error(entry.value_start, Diagnostic::rule("wrong_type", message).detail(is_a(entry.value)));
    }

    /// Complains that a key is missing.
    pub(crate) fn missing(&mut self, section: &Section<'_>, key: &str) {
        let message = format!("key \"{key}\" is missing in {}", section.name);
        self.error(section.start, Diagnostic::rule("missing_key", message));
    }

    /// A string that is not blank, and of which PostgreSQL and the system could do something: neither takes a NUL.
    pub(crate) fn text(&mut self, section: &Section<'_>, key: &str) -> Option<At<String>> {
        let entry = section.get(key)?;
        let DeValue::String(text) = entry.value else {
            self.wrong_type(section, entry, "a string");
            return None;
        };
        if text.trim().is_empty() {
            let message = format!("key \"{key}\" in {} must not be empty", section.name);
            self.error(entry.value_start, Diagnostic::rule("bad_value", message));
            return None;
        }
        if text.contains('\0') {
            let message = format!("key \"{key}\" in {} holds a NUL character", section.name);
            let detail = "Neither PostgreSQL nor the operating system knows a text or a name with one in it.";
            self.error(entry.value_start, Diagnostic::rule("bad_value", message).detail(detail));
            return None;
        }
        Some(self.at(text.to_string(), entry.value_start))
    }

    /// One of a few words.
    pub(crate) fn word(
        &mut self,
        section: &Section<'_>,
        key: &str,
        words: &[&'static str],
    ) -> Option<At<String>> {
        let text = self.text(section, key)?;
        if words.contains(&text.value.as_str()) {
            return Some(text);
        }
        let message = format!("invalid value for key \"{key}\" in {}", section.name);
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let hint = format!("Known here: {}.", words.join(", "));
        let diagnostic = Diagnostic::rule("bad_value", message).hint(hint);
        self.errors.push(diagnostic.at(Some(text.location)));
        None
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, section: &Section<'_>, key: &str) -> Option<At<bool>> {
        let entry = section.get(key)?;
        let DeValue::Boolean(value) = entry.value else {
            self.wrong_type(section, entry, "true or false");
            return None;
        };
        Some(self.at(*value, entry.value_start))
    }

    /// A whole number between two ends, both included.
    pub(crate) fn integer(
        &mut self,
        section: &Section<'_>,
        key: &str,
        ends: RangeInclusive<i64>,
    ) -> Option<At<i64>> {
        let entry = section.get(key)?;
        let DeValue::Integer(written) = entry.value else {
            self.wrong_type(section, entry, "an integer");
            return None;
        };
        match i64::from_str_radix(written.as_str(), written.radix()) {
            Ok(value) if ends.contains(&value) => Some(self.at(value, entry.value_start)),
            other => {
                let message = format!("key \"{key}\" in {} is out of range", section.name);
                let is_too_big = other.is_err_and(|error| *error.kind() == IntErrorKind::PosOverflow);
                let detail = match *ends.end() {
                    i64::MAX if is_too_big => format!("It must be at most {}.", i64::MAX),
                    i64::MAX => format!("It must be at least {}.", ends.start()),
                    end => format!("It must be between {} and {end}.", ends.start()),
                };
                self.error(entry.value_start, Diagnostic::rule("bad_value", message).detail(detail));
                None
            }
        }
    }

    /// Strings in an array; what is no string is refused and left out.
    pub(crate) fn texts(&mut self, section: &Section<'_>, key: &str) -> Vec<At<String>> {
        let Some(entry) = section.get(key) else { return Vec::new() };
        let DeValue::Array(items) = entry.value else {
            self.wrong_type(section, entry, "an array of strings");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items.iter() {
            let start = item.span().start;
            let detail = match item.get_ref() {
                DeValue::String(text) if !text.trim().is_empty() => {
                    texts.push(self.at(text.to_string(), start));
                    continue;
                }
                DeValue::String(_) => "This element is an empty string.".to_owned(),
                other => format!("This element is {}.", kind(other)),
            };
            let message = format!("key \"{key}\" in {} must be an array of strings", section.name);
            self.error(start, Diagnostic::rule("wrong_type", message).detail(detail));
        }
        texts
    }

    /// A table under a name for messages.
    pub(crate) fn section<'d>(
        &mut self,
        section: &Section<'d>,
        key: &str,
        name: impl Into<String>,
    ) -> Option<Section<'d>> {
        let entry = section.get(key)?;
        self.as_section(section, entry, name)
    }

    /// The same of an entry at hand.
    pub(crate) fn as_section<'d>(
        &mut self,
        section: &Section<'_>,
        entry: Entry<'d>,
        name: impl Into<String>,
    ) -> Option<Section<'d>> {
        match entry.value {
            DeValue::Table(table) => Some(Section::new(name, entry.key_start, table)),
            _ => {
                self.wrong_type(section, entry, "a table");
                None
            }
        }
    }

    /// Tables in an array.
    pub(crate) fn sections<'d>(&mut self, section: &Section<'d>, key: &str, name: &str) -> Vec<Section<'d>> {
        let Some(entry) = section.get(key) else { return Vec::new() };
        let DeValue::Array(items) = entry.value else {
            self.wrong_type(section, entry, "an array of tables");
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::Table(table) => sections.push(Section::new(name, item.span().start, table)),
                other => {
                    let message = format!("key \"{key}\" in {} must be an array of tables", section.name);
                    let detail = format!("This element is {}.", kind(other));
                    self.error(item.span().start, Diagnostic::rule("wrong_type", message).detail(detail));
                }
            }
        }
        sections
    }

    /// Refuses all but the first of the keys that exclude each other.
    pub(crate) fn at_most_one(&mut self, section: &Section<'_>, keys: &[&str]) {
        let mut given = section.entries.iter().filter(|entry| keys.contains(&entry.key));
        let Some(first) = given.next() else { return };
        for entry in given {
            let message = format!(
                "keys \"{}\" and \"{}\" in {} exclude each other",
                first.key, entry.key, section.name
            );
            self.error(entry.key_start, Diagnostic::rule("conflicting_keys", message));
        }
    }
}

/// Whether a byte continues a UTF-8 character.
fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

/// `It is …` with the kind of a value.
pub(crate) fn is_a(value: &DeValue<'_>) -> String {
    format!("It is {}.", kind(value))
}

/// A value's kind with its article.
pub(crate) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// A name out of the file between quotes, on one line and not endless.
pub(crate) fn shown(name: &str) -> String {
    const CHARS_MAX: usize = 120;
    let mut text = String::from("\"");
    for c in name.chars().take(CHARS_MAX) {
        if c.is_control() { text.extend(c.escape_debug()) } else { text.push(c) }
    }
    if name.chars().nth(CHARS_MAX).is_some() {
        text.push('…');
    }
    text.push('"');
    text
}
