//! A hot standby as a source: what would make it cancel us.
//!
//! Replay waits for a reader as long as `max_standby_streaming_delay` says, then cancels it: when the primary vacuums
//! rows away that the snapshot sees, unless `hot_standby_feedback` keeps it from that, and when it takes an ACCESS
//! EXCLUSIVE lock on a table that we hold (a migration, TRUNCATE, the end of a VACUUM that shortens a file).

use std::time::Duration;

use crate::error::{PgError, doing};
use crate::session::Session;

/// Settings of a standby, and what they have done so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standby {
    /// It streams from its primary; else it reads an archive.
    pub streams: bool,
    /// How long replay waits for a reader; `None`: for ever.
    pub delay: Option<Duration>,
    /// `hot_standby_feedback`: the primary keeps rows that readers here may need.
    pub feedback: bool,
    /// Readers of the database that were cancelled since its statistics were reset.
    pub conflicts: u64,
}

impl Standby {
    /// The setting that `delay` comes from.
    pub fn delay_setting(&self) -> &'static str {
        if self.streams { "max_standby_streaming_delay" } else { "max_standby_archive_delay" }
    }
}

/// Asks the session's server; `None`: it is no standby.
pub(crate) async fn read(session: &mut Session) -> Result<Option<Standby>, PgError> {
    let asked = doing("read the standby's settings");
    let rows = session.fetch(asked, include_str!("sql/standby.sql"), &[]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let streams = row.bool(0)?;
    let milliseconds = row.int(if streams { 1 } else { 2 })?;
    Ok(Some(Standby {
        streams,
        // -1 is for ever.
        delay: u64::try_from(milliseconds).ok().map(Duration::from_millis),
        feedback: row.bool(3)?,
        conflicts: row.int(4)?.unsigned_abs(),
    }))
}
