//! What is said to the user: findings with PostgreSQL's grammar (primary, detail, hint) and a place in a file.
//!
//! Never a cell value: names, types, lengths and counts only.

use crate::words::printable;
use std::fmt;

/// Why a run is refused or what is worth knowing; the code decides the exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable, for scripts: `unlisted_column`, `unknown_table`, …
    pub code: &'static str,
    /// Which exit code it asks for.
    pub class: Class,
    /// Primary message: lower case, no full stop, the kind of object named.
    pub message: String,
    /// Complete sentences.
    pub detail: Option<String>,
    /// What to do.
    pub hint: Option<String>,
    /// Where in a rule file.
    pub location: Option<Location>,
}

/// What a diagnostic asks of the exit code (`DESIGN.md` section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Worth knowing; the run goes on.
    Warning,
    /// Exit 3: unlisted column, DDL literal.
    Unlisted,
    /// Exit 2: rule file, mask that does not fit.
    Rule,
}

/// A place in a rule file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// File name as given on the command line.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl Diagnostic {
    /// An error that a rule causes (exit 2).
    pub fn rule(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, class: Class::Rule, message: message.into(), detail: None, hint: None, location: None }
    }

    /// A gap in the rules (exit 3).
    pub fn unlisted(code: &'static str, message: impl Into<String>) -> Self {
        Self { class: Class::Unlisted, ..Self::rule(code, message) }
    }

    /// A warning.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { class: Class::Warning, ..Self::rule(code, message) }
    }

    /// What `[policy] accept` says of it: its code, with what the message names after its last colon.
    pub fn acceptance(&self) -> String {
        match self.message.rsplit_once(": ") {
            Some((_, named)) => format!("{} {named}", self.code),
            None => self.code.to_owned(),
        }
    }

    /// Adds the detail.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds the hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the place.
    #[must_use]
    pub fn at(mut self, location: Option<Location>) -> Self {
        self.location = location;
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.class == Class::Warning { "warning" } else { "error" };
        write!(f, "{word}: {}", printable(&self.message))?;
        if let Some(location) = &self.location {
            write!(f, "\n  --> {}", printable(&location.to_string()))?;
        }
        if let Some(detail) = &self.detail {
            write!(f, "\n  detail: {}", printable(detail))?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {}", printable(hint))?;
        }
        Ok(())
    }
}
