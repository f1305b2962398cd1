//! Keys that a seed states, each with its place: in the rule file, or on a line of a file of its own.
//!
//! A key may be a person's number, so none is ever shown; a place says which one is meant.

use super::At;
use super::mask_rules::constant_of;
use super::reader::{Reader, Section, kind};
use crate::diagnostic::{Diagnostic, Location};
use crate::packs::PackReader;
use crate::words::counted;
use std::fmt;
use std::path::Path;
use toml::Spanned;
use toml::de::DeValue;

/// The keys of a seed.
#[derive(Clone, Debug, PartialEq)]
pub enum SeedKeys {
    /// They are known.
    Stated(StatedKeys),
    /// A file that has not been read, by its path from the rule file's folder.
    File(String),
}

impl SeedKeys {
    /// Those that are known.
    pub fn stated(&self) -> Option<&StatedKeys> {
        match self {
            Self::Stated(stated) => Some(stated),
            Self::File(_) => None,
        }
    }
}

/// Keys with the places where they stand; at least one, all of the same number of columns.
#[derive(Clone, PartialEq)]
pub struct StatedKeys {
    /// `keys_file` as it is written; `None`: they stand in the rule file.
    pub file: Option<String>,
    /// In their order.
    pub keys: Vec<SeedKey>,
}

/// One key.
#[derive(Clone, PartialEq)]
pub struct SeedKey {
    /// Values of the primary key's columns, in PostgreSQL's text form.
    pub values: Vec<String>,
    /// Its line, from 1.
    pub line: u32,
    /// Its column in the rule file, from 1; 1 in a file of its own.
    pub column: u32,
}

impl StatedKeys {
    /// The place in the rule file to complain of for a key, `entry` being that of the seed's keys.
    pub fn place(&self, key: &SeedKey, entry: &Location) -> Location {
        match self.file {
            Some(_) => entry.clone(),
            None => Location { file: entry.file.clone(), line: key.line, column: key.column },
        }
    }

    /// Which key is meant, as the beginning of a sentence.
    pub fn naming(&self, at: usize) -> String {
        match &self.file {
            Some(file) => format!("Line {} of keys_file \"{file}\"", self.keys[at].line),
            None => format!("Key {} of the seed", at + 1),
        }
    }
}

impl fmt::Debug for StatedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.keys.len())
    }
}

impl fmt::Debug for SeedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SeedKey({}:{})", self.line, self.column)
    }
}

impl Reader<'_> {
    /// `keys`, or the name of the file that [`read_keys`](Self::read_keys) reads later.
    pub(super) fn keys(&mut self, section: &Section<'_>) -> Option<At<SeedKeys>> {
        if let Some(file) = self.text(section, "keys_file") {
            return Some(At { value: SeedKeys::File(file.value), location: file.location });
        }
        let entry = section.get("keys")?;
        let DeValue::Array(items) = entry.value else {
            self.wrong_type(section, entry, "an array of keys");
            return None;
        };
        if items.is_empty() {
            self.no_key(section, entry.value_start, "There is none.");
            return None;
        }
        let mut keys: Vec<SeedKey> = Vec::new();
        for item in items.iter() {
            let columns = keys.first().map(|key| key.values.len());
            match key(item.get_ref(), columns) {
                Ok(values) => {
                    let Location { line, column, .. } = self.place(item.span().start);
                    keys.push(SeedKey { values, line, column });
                }
                Err(why) => self.no_key(section, item.span().start, &why),
            }
        }
        (keys.len() == items.len())
            .then(|| self.at(SeedKeys::Stated(StatedKeys { file: None, keys }), entry.value_start))
    }

    fn no_key(&mut self, section: &Section<'_>, at: usize, why: &str) {
        let message = format!("invalid value for key \"keys\" in {}", section.name);
        let hint = "It takes values of the primary key, or arrays of values of a key of several columns.";
        self.error(at, Diagnostic::rule("bad_value", message).detail(why).hint(hint));
    }

    /// Reads the file that a seed names; a path starts from the rule file's folder.
    pub(super) fn read_keys(&mut self, keys: &mut At<SeedKeys>, read: &PackReader<'_>) {
        let SeedKeys::File(file) = &keys.value else { return };
        let folder = Path::new(self.file()).parent().map(Path::to_owned).unwrap_or_default();
        let stated = read(&folder.join(file)).and_then(|text| lines(&text));
        match stated {
            Ok(stated) => {
                keys.value = SeedKeys::Stated(StatedKeys { file: Some(file.clone()), keys: stated });
            }
            Err(why) => {
                let refusal =
                    Diagnostic::rule("keys_file", format!("could not read keys_file \"{file}\": {why}"))
                        .hint("It holds a key a line, the columns of a key with a tab between them.")
                        .at(Some(keys.location.clone()));
                self.push(refusal);
            }
        }
    }
}

/// One key of so many columns: a value, or those of its columns; else why it is none.
fn key(value: &DeValue<'_>, columns: Option<usize>) -> Result<Vec<String>, String> {
    let one = |value: &DeValue<'_>| {
        let text = constant_of(value).ok_or_else(|| format!("This one holds {}.", kind(value)))?;
        if text.contains('\0') { Err("This one holds a NUL character.".to_owned()) } else { Ok(text) }
    };
    let values = match value {
        DeValue::Array(items) => items
            .iter()
            .map(|item: &Spanned<DeValue<'_>>| one(item.get_ref()))
            .collect::<Result<Vec<_>, _>>()?,
        value => vec![one(value)?],
    };
    match columns {
        Some(columns) if columns != values.len() => {
            Err(format!("This one has {}, the first has {columns}.", counted(values.len() as u64, "column")))
        }
        _ if values.is_empty() => Err("This one is empty.".to_owned()),
        _ => Ok(values),
    }
}

/// The keys of a file.
fn lines(text: &str) -> Result<Vec<SeedKey>, String> {
    let mut keys: Vec<SeedKey> = Vec::new();
    // What Windows puts before a text is none of its first key.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.is_empty()) {
        if text.contains('\0') {
            return Err(format!("line {line} holds a NUL character"));
        }
        let values: Vec<String> = text.split('\t').map(str::to_owned).collect();
        if let Some(first) = keys.first().filter(|first| first.values.len() != values.len()) {
            let (columns, of_first) = (counted(values.len() as u64, "column"), first.values.len());
            return Err(format!("line {line} has {columns}, line {} has {of_first}", first.line));
        }
        keys.push(SeedKey { values, line, column: 1 });
    }
    if keys.is_empty() { Err("it holds no key".to_owned()) } else { Ok(keys) }
}
