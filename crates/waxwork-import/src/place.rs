//! Places in a policy file, and what is said of a file that cannot be read.

use std::fmt;
use waxwork_core::diagnostic::{Diagnostic, Location};

/// A line and a column, from 1; none in a policy that comes from no file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// From 1.
    pub(crate) line: u32,
    /// From 1, in characters.
    pub(crate) column: u32,
}

impl Place {
    /// The place of a byte of a text.
    pub(crate) fn of_byte(text: &str, byte: usize) -> Self {
        let before = &text[..text.floor_char_boundary(byte)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: count(before.matches('\n').count()),
            column: count(before[line_start..].chars().count()),
        }
    }

    /// The place in a file.
    pub(crate) fn within(self, file: &str) -> Location {
        Location { file: file.to_owned(), line: self.line, column: self.column }
    }
}

/// A count from 0 as one from 1.
pub(crate) fn count(from_zero: usize) -> u32 {
    u32::try_from(from_zero).map_or(u32::MAX, |number| number.saturating_add(1))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// The error of a policy that cannot be read. The detail names what is wrong, never what stands there.
pub(crate) fn unreadable(file: &str, what: &str, place: Place, detail: impl Into<String>) -> Vec<Diagnostic> {
    let error = Diagnostic::rule("unreadable_policy", format!("{what} cannot be read"));
    vec![error.detail(detail).at(Some(place.within(file)))]
}
