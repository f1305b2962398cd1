//! What a run says while it runs. The engine never prints: a reporter takes [`Event`]s.

use std::sync::Arc;
use waxwork_core::report::Finding;

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A phase began.
    Phase(Phase),
    /// The source's snapshot was taken, with so many of its tables locked.
    Snapshot {
        /// Partitions among them.
        locked_tables: usize,
    },
    /// The tables that will be copied: (index, name, estimated bytes); later events name them by index.
    Tables(Vec<(String, u64)>),
    /// A table's first unit began.
    TableStarted(usize),
    /// A batch was written.
    Progress {
        /// Index of the table.
        table: usize,
        /// Rows of the batch.
        rows: u64,
        /// Bytes of the batch.
        bytes: u64,
    },
    /// All of a table's rows are written.
    TableDone(usize),
    /// Something worth knowing.
    Warning(Finding),
}

/// The phases of a run, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Connect, lock, snapshot, read the catalogs, compile the plan.
    Plan,
    /// Find the rows.
    Select,
    /// Create the tables.
    Schema,
    /// Copy, mask, load; keys and indexes as tables come in.
    Load,
    /// Triggers, rules, grants, views.
    Finish,
    /// Compare.
    Verify,
    /// Rename.
    Publish,
}

impl Phase {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Plan => "plan",
            Phase::Select => "select",
            Phase::Schema => "schema",
            Phase::Load => "load",
            Phase::Finish => "finish",
            Phase::Verify => "verify",
            Phase::Publish => "publish",
        }
    }
}

/// Where events go. Called from many tasks; must not block for long.
#[derive(Clone)]
pub struct Events(Arc<dyn Fn(Event) + Send + Sync>);

impl Events {
    /// Sends every event to `reporter`.
    pub fn new(reporter: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(reporter))
    }

    /// Says findings, and keeps them with those of the report.
    pub(crate) fn note(&self, found: Vec<Finding>, findings: &mut Vec<Finding>) {
        found.iter().for_each(|one| self.say(Event::Warning(one.clone())));
        findings.extend(found);
    }

    /// Says one thing.
    pub fn say(&self, event: Event) {
        (self.0)(event);
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Events")
    }
}
