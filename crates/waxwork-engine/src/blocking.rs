//! Whom our locks on the source keep waiting, and for how long.
//!
//! A migration that waits for a table of ours makes the application wait that comes to the table after it. A run can be
//! made again; so the run is what ends.

use crate::error::RunError;
use std::time::Duration;
use waxwork_core::duration::shown_duration;
use waxwork_core::report::exit;
use waxwork_pg::source::{Waiter, Waiting};
use waxwork_pg::{LockWatch, PgError, SourceLeader};

const CODE: &str = "blocking";

/// How many looks a wait that becomes too long has had, or so.
const LOOKS: u32 = 5;

/// Pauses between two looks: each is a query on production.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Looks from before the first lock until the last is given up.
pub(crate) struct Lookout {
    watch: LockWatch,
    limit: Duration,
}

impl Lookout {
    /// `None` where nobody is to look, and on a standby: its tables are locked by nobody but its replay, which ends us by
    /// its own settings.
    ///
    /// # Errors
    /// No connection.
    pub(crate) async fn open(
        limit: Option<Duration>,
        leader: &SourceLeader,
    ) -> Result<Option<Self>, RunError> {
        match limit {
            Some(limit) if !leader.facts().in_recovery => {
                Ok(Some(Self { watch: LockWatch::open(leader.info()).await?, limit }))
            }
            _ => Ok(None),
        }
    }

    /// Whoever was seen waiting for too long.
    async fn seen(&mut self) -> Result<Waiting, PgError> {
        loop {
            tokio::time::sleep((self.limit / LOOKS).clamp(PAUSES.0, PAUSES.1)).await;
            let waiting = self.watch.look().await?;
            if let Some(waiting) = waiting.filter(|waiting| waiting.seen_for >= self.limit) {
                return Ok(waiting);
            }
        }
    }
}

/// Says goodbye.
pub(crate) async fn close(lookout: Option<Lookout>) {
    if let Some(lookout) = lookout {
        lookout.watch.close().await;
    }
}

/// Does what holds locks, unless somebody waits behind them for too long.
///
/// # Errors
/// What `work` says; exit 7 where somebody does: `work` is given up wherever it stands, and its sessions are ended.
pub(crate) async fn within<T>(
    lookout: Option<&mut Lookout>,
    work: impl Future<Output = Result<T, RunError>>,
) -> Result<T, RunError> {
    let Some(lookout) = lookout else { return work.await };
    // What loses is dropped before our sessions are ended: their connections are closed by then.
    let waiting = tokio::select! {
        outcome = work => return outcome,
        waiting = lookout.seen() => waiting?,
    };
    // Who cannot be told so notices later.
    let _ = lookout.watch.end_ours().await;
    Err(too_long(&waiting.waiter, lookout.limit))
}

fn too_long(waiter: &Waiter, limit: Duration) -> RunError {
    let Waiter { backend_pid, mode, relation } = waiter;
    let message = format!(
        "a session waits for {mode} on {relation} behind this run for longer than {}",
        shown_duration(limit)
    );
    let error = RunError::new(exit::LOCKED, CODE, message)
        .detail(format!(
            "It is backend {backend_pid} of the source; whoever comes to the relation after it waits for it. The run has \
             let its locks go."
        ))
        .hint("Run when nobody migrates, read from a standby, or raise --max-blocking.");
    RunError { may_pass: true, ..error }
}

/// It is why a run ended.
pub(crate) fn is_why(error: &RunError) -> bool {
    error.errors.iter().any(|error| error.code == CODE)
}
