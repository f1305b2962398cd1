//! Why there is no selection.

use std::fmt;

use waxwork_core::diagnostic::{Diagnostic, Location};
use waxwork_core::rules::toml_key;
use waxwork_core::words::counted;
use waxwork_pg::PgError;

/// Why the closure ended without a selection.
#[derive(Debug)]
pub enum ClosureError {
    /// Rules that the server refuses: exit 2. All of them at once.
    Rules(Vec<Diagnostic>),
    /// A condition that the server could not evaluate on some row: exit 1; nothing has been written.
    Condition(Box<Diagnostic>),
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
    /// Where the entry stands that speaks for the reference.
    pub location: Option<Location>,
}

/// Why rows stop the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StopCause {
    /// `parent = "error"`: their parent exists and is not in the set.
    ParentAbsent {
        /// So many others refer to no row of the source, which `parent` says nothing of.
        dangling: u64,
    },
    /// Under a valid key they refer to rows that do not exist, and `dangling` says nothing.
    Dangling,
    /// `"null"`: their key would become NULL, and this constraint (`CHECK c`) does not allow it.
    BreaksConstraint(String),
}

impl Stop {
    /// What is said of it. Its class is a rule's, for it says which rule to change; that rows stop a run is exit 1.
    pub fn diagnostic(&self) -> Diagnostic {
        let (rows, name) = (counted(self.rows, "row"), &self.reference);
        let entry = toml_key(name);
        let found = match &self.cause {
            StopCause::ParentAbsent { dangling } => Diagnostic::rule(
                "reference",
                format!("reference {name} has {rows} whose parent is in the source and not in the copy"),
            )
            .detail(format!("Its parent = \"error\" does not allow that.{}", beside(*dangling)))
            .hint(
                "Take parent = \"pull\", which brings the parents, \"null\" or \"drop\", or have a seed choose them.",
            ),
            StopCause::Dangling => Diagnostic::rule(
                "reference",
                format!("reference {name} has {rows} whose parent does not exist in the source, under a valid key"),
            )
            .detail("The source breaks its own key, and so would the copy.")
            .hint(format!(
                "Mend the rows, or under [subset.reference] say {entry} = {{ dangling = \"drop\" }}, \"null\" or \"keep\"."
            )),
            StopCause::BreaksConstraint(constraint) => Diagnostic::rule(
                "reference",
                format!("reference {name} would empty keys of {rows}, which {constraint} forbids"),
            )
            .hint("Take parent = \"pull\" or \"drop\" for it; or dangling = \"drop\" or \"keep\", where that is what empties them."),
        };
        found.at(self.location.clone())
    }
}

fn beside(dangling: u64) -> String {
    match dangling {
        0 => String::new(),
        rows => format!(
            " Others refer to no row of the source ({}): parent says nothing of those, dangling does.",
            counted(rows, "row")
        ),
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic().message)
    }
}

impl fmt::Display for ClosureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClosureError::Rules(diagnostics) => list(f, diagnostics),
            ClosureError::Condition(diagnostic) => diagnostic.fmt(f),
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
            ClosureError::Rules(_) | ClosureError::Condition(_) | ClosureError::Stopped(_) => None,
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
