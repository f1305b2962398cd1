//! Names as the rule file writes them: SQL's own spelling of tables and of references.
//!
//! ```text
//!   table      := [ identifier "." ] identifier                        schema public where none is named
//!   reference  := table "(" key ")" [ "->" table ]
//!   key        := identifier { "," identifier } | identifier "[*]" | identifier "->" string
//!   identifier := letter { letter | digit | "$" }                      folded to lower case, ASCII only
//!               | '"' { any character, '""' for a quote } '"'          kept
//! ```
//!
//! The lexical rules are those of the PostgreSQL manual, 4.1.1 (Identifiers and Key Words) and 4.1.2.1 (String
//! Constants); key words need no quotes here, because nothing else could stand in their place.

use super::json_path::JsonPath;
use super::{KeyExpression, ReferenceName};
use crate::ident::{Ident, QualifiedName};
use std::fmt;

/// What is wrong with a name: complete sentences for a diagnostic's detail and hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError {
    /// What is wrong.
    pub detail: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl NameError {
    fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Splits a table's name.
pub fn table_name(text: &str) -> Result<QualifiedName, NameError> {
    let mut cursor = Cursor { rest: text };
    let name = cursor.table()?;
    cursor.end()?;
    Ok(name)
}

/// Splits a reference's name.
pub fn reference_name(text: &str) -> Result<ReferenceName, NameError> {
    let mut cursor = Cursor { rest: text };
    let table = cursor.table()?;
    if !cursor.eat("(") {
        return Err(NameError::new("The columns are missing.").hint("Name a reference as \"child(column)\"."));
    }
    let key = cursor.key()?;
    if !cursor.eat(")") {
        return Err(cursor.unexpected("a closing parenthesis"));
    }
    let parent = if cursor.eat("->") { Some(cursor.table()?) } else { None };
    cursor.end()?;
    Ok(ReferenceName { table, key, parent })
}

/// What is left of a name to read.
struct Cursor<'t> {
    rest: &'t str,
}

impl Cursor<'_> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    }

    fn eat(&mut self, token: &str) -> bool {
        self.skip_blanks();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn end(&mut self) -> Result<(), NameError> {
        self.skip_blanks();
        if self.rest.is_empty() { Ok(()) } else { Err(self.unexpected("the end")) }
    }

    fn unexpected(&mut self, wanted: &str) -> NameError {
        self.skip_blanks();
        match self.rest.chars().next() {
            None => NameError::new(format!("It ends where {wanted} should stand.")),
            Some(found) => {
                let found = found.escape_debug();
                NameError::new(format!("It has \"{found}\" where {wanted} should stand."))
                    .hint("Put a name with other characters in double quotes, as in SQL.")
            }
        }
    }

    fn table(&mut self) -> Result<QualifiedName, NameError> {
        let first = self.identifier()?;
        if !self.eat(".") {
            return Ok(QualifiedName::new("public", first));
        }
        let second = self.identifier()?;
        if self.eat(".") {
            return Err(NameError::new("A table has a schema and a name, nothing before them."));
        }
        Ok(QualifiedName::new(first, second))
    }

    fn key(&mut self) -> Result<KeyExpression, NameError> {
        let column = self.identifier()?;
        if self.eat("[*]") {
            return Ok(KeyExpression::ArrayElements(column));
        }
        if self.eat("->") {
            let path = self.literal()?;
            JsonPath::parse(&path).map_err(|error| NameError::new(error.detail))?;
            return Ok(KeyExpression::JsonPath { column, path });
        }
        let mut columns = vec![column];
        while self.eat(",") {
            let column = self.identifier()?;
            if columns.contains(&column) {
                return Err(NameError::new("It names a column twice."));
            }
            columns.push(column);
        }
        Ok(KeyExpression::Columns(columns))
    }

    fn identifier(&mut self) -> Result<String, NameError> {
        self.skip_blanks();
        if self.rest.starts_with("U&\"") || self.rest.starts_with("u&\"") {
            return Err(NameError::new("A name in U&\"\" form is not supported.")
                .hint("Write the characters themselves in plain double quotes."));
        }
        if let Some(rest) = self.rest.strip_prefix('"') {
            let (name, rest) =
                quoted(rest, '"').ok_or_else(|| NameError::new("A double quote is not closed."))?;
            self.rest = rest;
            return if name.is_empty() || name.contains('\0') {
                Err(NameError::new("A quoted name must have a character, and none that is NUL."))
            } else {
                Ok(name)
            };
        }
        let length = self.rest.find(|c| !continues_identifier(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(length);
        if !name.starts_with(starts_identifier) {
            return Err(self.unexpected("a name"));
        }
        self.rest = rest;
        Ok(name.to_ascii_lowercase())
    }

    fn literal(&mut self) -> Result<String, NameError> {
        if !self.eat("'") {
            return Err(self.unexpected("a path in single quotes"));
        }
        let (text, rest) =
            quoted(self.rest, '\'').ok_or_else(|| NameError::new("A single quote is not closed."))?;
        self.rest = rest;
        Ok(text)
    }
}

/// Reads up to the closing quote, a doubled quote standing for one; gives what was quoted and what follows.
pub(crate) fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut content = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != quote {
            content.push(c);
        } else if chars.next_if(|(_, next)| *next == quote).is_some() {
            content.push(quote);
        } else {
            return Some((content, &text[at + quote.len_utf8()..]));
        }
    }
    None
}

/// `ident_start` of PostgreSQL's `scan.l`: a letter, an underscore, or any character outside ASCII.
pub(crate) fn starts_identifier(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

/// `ident_cont` of `scan.l`.
pub(crate) fn continues_identifier(c: char) -> bool {
    starts_identifier(c) || c.is_ascii_digit() || c == '$'
}

/// An identifier as a user would write it: quoted only where folding would change it.
pub fn plain(identifier: &str) -> String {
    let folds_to_itself = identifier.starts_with(starts_identifier)
        && identifier.chars().all(|c| continues_identifier(c) && !c.is_ascii_uppercase());
    if folds_to_itself { identifier.to_owned() } else { Ident::new(identifier).to_string() }
}

/// A table's name as a user would write it: `customer`, `sales."Order"`. The schema `public` is left out.
pub fn plain_table(name: &QualifiedName) -> String {
    if name.schema.as_str() == "public" {
        plain(name.name.as_str())
    } else {
        format!("{}.{}", plain(name.schema.as_str()), plain(name.name.as_str()))
    }
}

impl fmt::Display for KeyExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyExpression::Columns(columns) => {
                let columns: Vec<String> = columns.iter().map(|column| plain(column)).collect();
                f.write_str(&columns.join(", "))
            }
            KeyExpression::ArrayElements(column) => write!(f, "{}[*]", plain(column)),
            KeyExpression::JsonPath { column, path } => {
                write!(f, "{} -> '{}'", plain(column), path.replace('\'', "''"))
            }
        }
    }
}

/// Written so that [`reference_name`] gives the same reference back.
impl fmt::Display for ReferenceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", plain_table(&self.table), self.key)?;
        match &self.parent {
            Some(parent) => write!(f, " -> {}", plain_table(parent)),
            None => Ok(()),
        }
    }
}

impl ReferenceName {
    /// The same name in its one form: columns in alphabetical order, the path in one spelling. Two entries speak of
    /// the same reference when these are equal.
    #[must_use]
    pub fn normal(&self) -> Self {
        Self { key: self.key.normal(), ..self.clone() }
    }
}

impl KeyExpression {
    /// The same key in its one form; see [`ReferenceName::normal`].
    #[must_use]
    pub fn normal(&self) -> Self {
        match self {
            KeyExpression::Columns(columns) => {
                let mut columns = columns.clone();
                columns.sort();
                KeyExpression::Columns(columns)
            }
            KeyExpression::ArrayElements(column) => KeyExpression::ArrayElements(column.clone()),
            KeyExpression::JsonPath { column, path } => KeyExpression::JsonPath {
                column: column.clone(),
                path: JsonPath::parse(path).map_or_else(|_| path.clone(), |path| path.to_string()),
            },
        }
    }

    /// How many columns the parent must have.
    pub fn width(&self) -> usize {
        match self {
            KeyExpression::Columns(columns) => columns.len(),
            KeyExpression::ArrayElements(_) | KeyExpression::JsonPath { .. } => 1,
        }
    }
}
