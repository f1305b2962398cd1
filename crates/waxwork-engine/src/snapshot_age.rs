//! How long the source's snapshot is held, and what ends a run that holds it too long.
//!
//! While it is held the source keeps every row version that it sees, and a migration waits for our locks.

use crate::blocking;
use crate::error::RunError;
use crate::run::Run;
use std::time::{Duration, Instant};
use waxwork_core::duration::shown_duration;
use waxwork_core::report::{SnapshotReport, exit};

const CODE: &str = "snapshot_age";

/// Does what needs the snapshot, unless that is as old as it may become.
///
/// # Errors
/// What `work` says; exit 1 when time is up: `work` is given up wherever it stands.
pub(crate) async fn within(
    limit: Option<Duration>,
    view_taken: Instant,
    work: impl Future<Output = Result<(), RunError>>,
) -> Result<(), RunError> {
    let Some(limit) = limit else { return work.await };
    tokio::time::timeout(limit.saturating_sub(view_taken.elapsed()), work)
        .await
        .unwrap_or_else(|_| Err(too_old(limit)))
}

fn too_old(limit: Duration) -> RunError {
    let message = format!("the source's snapshot is older than {}", shown_duration(limit));
    RunError::new(exit::FAILED, CODE, message)
        .detail("It keeps VACUUM from removing what it sees, and its locks keep migrations waiting.")
        .hint("Raise --max-snapshot-age, take a smaller [subset], or read from a standby.")
}

/// Its sessions are in the middle of something: no goodbye can be said to them.
pub(crate) fn is_why(outcome: &Result<(), RunError>) -> bool {
    let given_up =
        |error: &RunError| error.errors.iter().any(|error| error.code == CODE) || blocking::is_why(error);
    outcome.as_ref().is_err_and(given_up)
}

/// What a report says of it.
pub(crate) fn report(run: &Run) -> SnapshotReport {
    SnapshotReport { seconds: run.held().as_secs_f64(), locked_tables: run.view.locked_tables }
}
