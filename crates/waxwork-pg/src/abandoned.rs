//! Sessions that nobody said goodbye to: what they still do is cancelled.
//!
//! A connection that is just dropped tells the server nothing while a statement runs: it works on, with its snapshot and
//! its locks, until it has something to send, or until it looks (`client_connection_check_interval`, from 14 on).

use crate::conninfo::ConnInfo;
use crate::error::{PgError, doing};
use crate::row::Param;
use crate::session::Session;
use crate::source::SESSION_SETTINGS;
use std::time::Duration;

/// How long the way there may take once there is a connection.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Cancels what sessions by this way still do, and a `pg_dump` that worked for one of them.
///
/// # Errors
/// The server is not reached, or does not answer within seconds.
pub async fn cancel_abandoned(info: &ConnInfo) -> Result<(), PgError> {
    let left = info.left_sessions();
    if left.is_empty() {
        return Ok(());
    }
    let mut session = Session::open(info, SESSION_SETTINGS).await?;
    let sql = include_str!("sql/cancel_abandoned.sql");
    let action = doing("cancel what sessions of this run do");
    let backends = [Param::Texts(left)];
    let cancel = session.fetch(action, sql, &backends);
    // Where no answer comes there is nothing more to do than to go.
    if let Ok(cancelled) = tokio::time::timeout(ANSWER_MAX, cancel).await {
        cancelled?;
        session.close().await;
    }
    Ok(())
}
