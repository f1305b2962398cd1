//! Whom our locks on the source keep waiting, and for how long.
//!
//! A migration that waits for a table of ours makes the application wait that comes to the table after it. A run can be
//! made again; so the run is what ends.

use crate::error::RunError;
use std::pin::pin;
use std::time::Duration;
use waxwork_core::duration::shown_duration;
use waxwork_core::report::exit;
use waxwork_pg::source::Waiting;
use waxwork_pg::{ConnInfo, LockWatch, PgError};

const CODE: &str = "blocking";

/// How many looks a wait that becomes too long has had, or so.
const LOOKS: u32 = 5;

/// Pauses between two looks: each is a query on production.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Does what holds the locks, unless somebody waits behind them for longer than `limit`.
///
/// # Errors
/// What `work` says; exit 7 where somebody does: `work` is given up wherever it stands, and its sessions are ended.
pub(crate) async fn within(
    limit: Option<Duration>,
    source: &ConnInfo,
    work: impl Future<Output = Result<(), RunError>>,
) -> Result<(), RunError> {
    let Some(limit) = limit else { return work.await };
    let mut watch = LockWatch::open(source).await?;
    let waiting = {
        let mut work = pin!(work);
        let mut looking = pin!(watched(&mut watch, limit));
        tokio::select! {
            outcome = &mut work => Ok(outcome),
            waiting = &mut looking => Err(waiting),
        }
    };
    match waiting {
        Ok(outcome) => {
            watch.close().await;
            outcome
        }
        Err(waiting) => {
            let waiting = waiting?;
            // Their connections are closed already; who cannot be told so notices later.
            let _ = watch.end_ours().await;
            Err(too_long(&waiting, limit))
        }
    }
}

/// Whoever was seen waiting for longer than that.
async fn watched(watch: &mut LockWatch, limit: Duration) -> Result<Waiting, PgError> {
    loop {
        tokio::time::sleep((limit / LOOKS).clamp(PAUSES.0, PAUSES.1)).await;
        if let Some(waiting) = watch.look().await?.filter(|waiting| waiting.seen_for >= limit) {
            return Ok(waiting);
        }
    }
}

fn too_long(waiting: &Waiting, limit: Duration) -> RunError {
    let Waiting { relation, mode, backend_pid, .. } = waiting;
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
