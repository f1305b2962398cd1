//! Why there is no selection.

use std::fmt;

use waxwork_core::diagnostic::Diagnostic;
use waxwork_pg::PgError;

/// Why the closure ended without a selection.
#[derive(Debug)]
pub enum ClosureError {
    /// Rules that the server refuses: exit 2. All of them at once.
    Rules(Vec<Diagnostic>),
    /// Rows that a rule does not allow: exit 1. All of them at once; nothing has been written.
    Stopped(Vec<Stop>),
    /// The source failed, or changed under us ([`PgError::kind`] says which).
    Source(PgError),
    /// Records that memory does not hold could not be kept on disk, or read back.
    Spill(std::io::Error),
}

/// Rows of the set that stop the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The reference's name.
    pub reference: String,
    /// How many rows.
    pub rows: u64,
    /// What of them.
    pub cause: StopCause,
}

/// Why rows stop the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopCause {
    /// `parent = "error"`: their parent exists and is not in the set.
    ParentAbsent,
    /// Under a valid key they refer to rows that do not exist, and `dangling` says nothing.
    Dangling,
    /// `"null"`: their key would become NULL, and this CHECK does not allow it.
    BreaksCheck(String),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, word) = (self.rows, if self.rows == 1 { "row" } else { "rows" });
        let what = match &self.cause {
            StopCause::ParentAbsent => "whose parent is not in the subset",
            StopCause::Dangling => "whose parent does not exist in the source, under a valid key",
            StopCause::BreaksCheck(check) => {
                return write!(
                    f,
                    "reference {} would empty keys of {rows} {word}, which CHECK {check} forbids",
                    self.reference
                );
            }
        };
        write!(f, "reference {} has {rows} {word} {what}", self.reference)
    }
}

impl fmt::Display for ClosureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClosureError::Rules(diagnostics) => list(f, diagnostics),
            ClosureError::Stopped(stops) => list(f, stops),
            ClosureError::Source(error) => error.fmt(f),
            ClosureError::Spill(error) => {
                write!(f, "could not keep the search of the subset in a temporary file: {error}")
            }
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, items: &[impl fmt::Display]) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        let separator = if at == 0 { "" } else { "\n" };
        write!(f, "{separator}{item}")?;
    }
    Ok(())
}

impl std::error::Error for ClosureError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ClosureError::Source(error) => Some(error),
            ClosureError::Spill(error) => Some(error),
            ClosureError::Rules(_) | ClosureError::Stopped(_) => None,
        }
    }
}

impl From<std::io::Error> for ClosureError {
    fn from(error: std::io::Error) -> Self {
        Self::Spill(error)
    }
}

impl From<PgError> for ClosureError {
    fn from(error: PgError) -> Self {
        Self::Source(error)
    }
}
