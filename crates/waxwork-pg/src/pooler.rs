//! Whether a connection pooler stands between us and the server, such as PgBouncer.
//!
//! ```text
//!   a: which backend?      b: BEGIN; which backend?      a: which backend?      b: ROLLBACK
//!   transaction pooling: a's backend becomes b's, and a has another; nothing was set on either
//! ```
//!
//! A pooler of sessions does no harm. One that deals out transactions does: what we set for a session, read-only above all,
//! would stay on a server connection that somebody else is given next.

use crate::conninfo::ConnInfo;
use crate::error::{PgError, PgErrorKind, doing};
use crate::session::{connect, in_time, say_goodbye};
use sqlx::postgres::PgConnection;
use sqlx::{Executor, Row as _};
use std::time::{Duration, Instant};

/// Looks before it is believed that there is none: other clients of a pool may get in between.
const ROUNDS: u32 = 3;

/// A backend that is older than our connection by more than this was there before us.
const OLDER: Duration = Duration::from_secs(1);

/// What stands between us and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooler {
    /// Nothing that could be noticed: a pooler of sessions that opened a new one for us is not.
    None,
    /// A pooler that gave us a session that it had.
    Session,
    /// A pooler that gives us a session for each transaction.
    Transaction,
}

/// Looks by two connections of its own, on which nothing is set.
///
/// # Errors
///
/// No connection.
pub async fn look(info: &ConnInfo) -> Result<Pooler, PgError> {
    let start = Instant::now();
    let (mut first, host) = connect(info).await?;
    let (mut second, _) = connect(&info.at(&host)).await?;
    let found = in_time(info, compare(info, &mut first, &mut second, start)).await;
    say_goodbye(first).await;
    say_goodbye(second).await;
    found
}

/// Refuses a pooler of transactions.
///
/// # Errors
///
/// `Pooler`: there is one; or no connection.
pub async fn refuse(info: &ConnInfo) -> Result<(), PgError> {
    if look(info).await? == Pooler::Transaction { Err(refusal(info)) } else { Ok(()) }
}

pub(crate) fn refusal(info: &ConnInfo) -> PgError {
    let message = "a pooler that deals out transactions stands before the server; connect to the server itself, or to a pool \
                   of sessions (PgBouncer: pool_mode = session)";
    PgError::new(PgErrorKind::Pooler, doing("use").to(info.describe()), message)
}

async fn compare(
    info: &ConnInfo,
    first: &mut PgConnection,
    second: &mut PgConnection,
    start: Instant,
) -> Result<Pooler, PgError> {
    let (backend, age) = backend(info, first).await?;
    for _ in 0..ROUNDS {
        run(info, second, "BEGIN").await?;
        let (other, _) = self::backend(info, second).await?;
        let (again, _) = self::backend(info, first).await?;
        run(info, second, "ROLLBACK").await?;
        if other == backend || again != backend || other == again {
            return Ok(Pooler::Transaction);
        }
    }
    Ok(if age > start.elapsed() + OLDER { Pooler::Session } else { Pooler::None })
}

/// The backend that answers, and how long it has been there.
async fn backend(info: &ConnInfo, connection: &mut PgConnection) -> Result<(String, Duration), PgError> {
    let sql = "SELECT pg_catalog.pg_backend_pid()::pg_catalog.text, \
               (SELECT extract(epoch FROM pg_catalog.clock_timestamp() - a.backend_start)::pg_catalog.text \
                FROM pg_catalog.pg_stat_activity AS a WHERE a.pid = pg_catalog.pg_backend_pid())";
    let row = sqlx::raw_sql(sql).fetch_one(connection).await;
    let row = row.map_err(|error| failed(info, &error))?;
    let text = |at: usize| row.try_get::<&str, _>(at).unwrap_or_default().to_owned();
    let age = text(1).parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    Ok((text(0), age.unwrap_or_default()))
}

async fn run(info: &ConnInfo, connection: &mut PgConnection, sql: &'static str) -> Result<(), PgError> {
    connection.execute(sqlx::raw_sql(sql)).await.map(drop).map_err(|error| failed(info, &error))
}

fn failed(info: &ConnInfo, error: &sqlx::Error) -> PgError {
    PgError::from_sqlx(error, doing("greet").to(info.describe())).while_connecting()
}
