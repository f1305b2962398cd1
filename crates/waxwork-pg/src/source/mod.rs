//! The production side: read-only at three levels, one snapshot for everybody.
//!
//! ```text
//!   SourceLeader ── list tables ─ BEGIN, LOCK … ACCESS SHARE ─ snapshot ─ catalog ─ compare ─► SourceView
//!        │                                                        │
//!        └ stays in its transaction: locks and snapshot live as long as it does
//!   SourceWorker ── BEGIN, SET TRANSACTION SNAPSHOT ◄─────────────┘ ─ LOCK NOWAIT on use ─ COPY, SELECT
//! ```
//!
//! Locks come first, because TRUNCATE and a rewriting ALTER TABLE are not MVCC-safe: a table locked after the
//! snapshot may look empty (PostgreSQL manual, 13.6 Caveats). LOCK takes no snapshot. Nothing is written: no temporary
//! table, no ANALYZE, so all of it works on a hot standby.

mod apart;
mod constant;
mod copy_query;
mod leader;
mod survey;
mod waiting;
mod worker;

pub(crate) use apart::Rest;
pub use copy_query::{CopyQuery, RowChoice};
pub(crate) use copy_query::{format_name, own_tids};
pub(crate) use leader::name_locked;
pub use leader::{DatabaseSetting, Extension, SourceLeader, SourceView};
pub use survey::Survey;
pub use waiting::{LockWatch, Waiter, Waiting};
pub use worker::{AGAIN, SourceWorker, Workers};

use crate::error::{PgError, PgErrorKind, doing};
use std::fmt;
use std::time::Duration;

/// Session settings of every source connection.
pub(crate) const SESSION_SETTINGS: &str = include_str!("../sql/source_session.sql");

/// The third level, after the role's own rights and the session's default; it also fixes what every query sees.
pub(crate) const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// How long any source session waits for one lock while it holds others. Whoever holds what we wait for may come to
/// wait for what we hold, and after `deadlock_timeout` (a second, unless changed) the server ends one of the two: that
/// must not be a migration, so we let go long before.
pub(crate) const LOCK_WAIT: Duration = Duration::from_millis(200);

/// An exported snapshot, as `pg_export_snapshot` names it: hexadecimal digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SnapshotId(String);

impl SnapshotId {
    /// Checks a name: it is written into `SET TRANSACTION SNAPSHOT`, which takes no parameter.
    ///
    /// # Errors
    ///
    /// [`PgErrorKind::Codec`]: a character that no snapshot's name has.
    pub fn new(name: &str) -> Result<Self, PgError> {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
            return Err(PgError::new(
                PgErrorKind::Codec,
                doing("read the snapshot's name"),
                "its form is unknown",
            ));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
