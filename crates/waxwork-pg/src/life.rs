//! Signs of life: a network that stalls says nothing, and whoever waits for an answer waits for ever.
//!
//! ```text
//!   now and then: SELECT 1 on a session of its own ─► an answer, or the server's refusal ─► it lives
//!                                                 └─► neither, also by a new session, for as long as may be ─► lost
//! ```
//!
//! A query that takes hours is no silence: the server that works on it answers others.

use crate::conninfo::ConnInfo;
use crate::error::{PgError, PgErrorKind, doing};
use crate::session::Session;
use crate::{source, target};
use std::time::{Duration, Instant};

/// Between two questions, where nobody is less patient.
const BEAT: Duration = Duration::from_secs(10);

/// Between two questions that found no answer.
const PAUSE: Duration = Duration::from_millis(500);

/// Resolves when the source has given no sign of life for as long as its connection string bears.
pub async fn lost_source(info: &ConnInfo) -> PgError {
    lost(info, "hear from the source", async || Session::open(info, source::SESSION_SETTINGS).await).await
}

/// The same of the target's server.
pub async fn lost_target(info: &ConnInfo) -> PgError {
    let open = async || Ok(target::connect_maintenance(info).await?.0);
    lost(info, "hear from the target", open).await
}

async fn lost(
    info: &ConnInfo,
    action: &'static str,
    open: impl AsyncFn() -> Result<Session, PgError>,
) -> PgError {
    let Some(patience) = info.patience() else { return std::future::pending().await };
    let mut session = None;
    loop {
        let since = Instant::now();
        tokio::time::sleep(BEAT.min(patience / 2)).await;
        while !tokio::time::timeout(patience, is_alive(&mut session, &open)).await.unwrap_or(false) {
            if since.elapsed() >= patience {
                let message = format!("no sign of life for {} s", patience.as_secs());
                return PgError::new(PgErrorKind::ConnectionLost, doing(action), message);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Any answer will do: a server that has no room for one more session is there.
async fn is_alive(session: &mut Option<Session>, open: &impl AsyncFn() -> Result<Session, PgError>) -> bool {
    let asked = match session.take() {
        Some(mut asked) => asked.fetch(doing("ask for a sign of life"), "SELECT 1", &[]).await.map(|_| asked),
        None => open().await,
    };
    match asked {
        Ok(asked) => {
            *session = Some(asked);
            true
        }
        Err(error) => error.sqlstate().is_some(),
    }
}
