//! What ends a run from outside: a signal, or the time that it may take.
//!
//! Whoever waits for either drops what it does: connections close, and the clean-up of a failed run follows. A rename that
//! has begun is let finish: nobody could tell which copy serves, and it takes seconds.

use crate::error::RunError;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use waxwork_core::duration::shown_duration;
use waxwork_core::report::exit;
use waxwork_pg::{ConnInfo, PgError};

const HINT: &str = "keepalives_idle, keepalives_interval and keepalives_count of the connection string say how long a \
                    server may be silent.";

/// Resolves with why the run must end: `stop` gave the exit code of a signal, or `limit` has passed since this was
/// first polled.
pub(crate) async fn ended(limit: Option<Duration>, stop: impl Future<Output = u8>) -> RunError {
    tokio::select! {
        code = stop => RunError::new(code, "interrupted", "the run was interrupted"),
        error = time_is_up(limit) => error,
    }
}

/// Does `work` until `ended` gives its error, unless `is_publishing` by then.
///
/// # Errors
/// Those of `work`, and that of `ended`.
pub(crate) async fn until(
    ended: impl Future<Output = RunError>,
    is_publishing: &AtomicBool,
    work: impl Future<Output = Result<(), RunError>>,
) -> Result<(), RunError> {
    let mut work = pin!(work);
    tokio::select! {
        outcome = &mut work => outcome,
        error = ended => match is_publishing.load(Ordering::Relaxed) {
            true => work.await,
            false => Err(error),
        },
    }
}

/// Does `work` unless a server that it needs is lost meanwhile.
///
/// # Errors
/// Those of `work`, and that of `lost`.
pub(crate) async fn while_alive<T>(
    lost: impl Future<Output = PgError>,
    work: impl Future<Output = Result<T, RunError>>,
) -> Result<T, RunError> {
    tokio::select! {
        outcome = work => outcome,
        error = lost => Err(RunError::from(error).hint(HINT)),
    }
}

/// Asks the source of a run that failed to cancel what it still does for it. Where that cannot be asked, the server finds
/// out by itself.
pub(crate) async fn cancel_abandoned(source: Option<ConnInfo>) {
    if let Some(source) = source {
        let _ = waxwork_pg::cancel_abandoned(&source).await;
    }
}

async fn time_is_up(limit: Option<Duration>) -> RunError {
    let Some(limit) = limit else { return std::future::pending().await };
    tokio::time::sleep(limit).await;
    let message = format!("the run has taken longer than {}", shown_duration(limit));
    RunError::new(exit::FAILED, "max_duration", message)
        .detail("It was ended as by a signal.")
        .hint("Raise --max-duration, or take a smaller [subset].")
}
