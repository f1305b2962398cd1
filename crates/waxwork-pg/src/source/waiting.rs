//! Looks who waits for the locks that our sessions hold on the source.
//!
//! ACCESS SHARE conflicts with ACCESS EXCLUSIVE alone; but who waits for that, a migration most likely, makes everybody
//! wait who comes to the table after it.

use super::SESSION_SETTINGS;
use crate::conninfo::ConnInfo;
use crate::error::{PgError, doing};
use crate::row::{Param, Row};
use crate::session::Session;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use waxwork_core::ident::QualifiedName;

/// How often a look is tried: who ends sessions may end the next one as well, before it has asked.
const ASK_TRIES: u32 = 3;

/// A session beside those that it watches, in no transaction.
#[derive(Debug)]
pub struct LockWatch {
    session: Session,
    info: ConnInfo,
    /// Since when each wait was seen: backend, relation and mode.
    waits: HashMap<(i32, u32, String), Instant>,
    /// The backends that were ours at the last look.
    ours: Vec<i64>,
}

/// A session that waits behind ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiter {
    /// Its backend.
    pub backend_pid: i32,
    /// How it wants to lock: `AccessExclusiveLock`.
    pub mode: String,
    /// What it wants to lock.
    pub relation: QualifiedName,
}

impl Waiter {
    /// The first columns of `waiting_for_us.sql` and `in_the_way.sql`.
    pub(crate) fn read(row: &Row) -> Result<Self, PgError> {
        Ok(Self {
            backend_pid: i32::try_from(row.int(0)?).unwrap_or_default(),
            mode: row.text(1)?.to_owned(),
            relation: QualifiedName::new(row.text(2)?, row.text(3)?),
        })
    }
}

/// A wait behind ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Who waits.
    pub waiter: Waiter,
    /// How long it has been seen waiting.
    pub seen_for: Duration,
}

impl LockWatch {
    /// Connects, to watch every session that was or will be opened by this connection string and copies of it.
    ///
    /// # Errors
    ///
    /// No connection.
    pub async fn open(info: &ConnInfo) -> Result<Self, PgError> {
        let session = Session::open(info, SESSION_SETTINGS).await?;
        Ok(Self { session, info: info.clone(), waits: HashMap::new(), ours: Vec::new() })
    }

    /// Who has waited longest, of those that wait.
    ///
    /// # Errors
    ///
    /// The connection is lost, and no other is to be had.
    pub async fn look(&mut self) -> Result<Option<Waiting>, PgError> {
        let rows = self.ask_again().await?;
        let now = Instant::now();
        let before = std::mem::take(&mut self.waits);
        let mut longest: Option<Waiting> = None;
        for row in &rows {
            let waiter = Waiter::read(row)?;
            let key = (waiter.backend_pid, row.oid(4)?, waiter.mode.clone());
            let since = before.get(&key).copied().unwrap_or(now);
            self.waits.insert(key, since);
            self.ours = row.ints(5)?;
            let seen_for = now - since;
            if longest.as_ref().is_none_or(|longest| longest.seen_for < seen_for) {
                longest = Some(Waiting { waiter, seen_for });
            }
        }
        Ok(longest)
    }

    /// Its own session may be ended as any other; nobody's work is lost with it.
    async fn ask_again(&mut self) -> Result<Vec<Row>, PgError> {
        let mut tried = 1;
        loop {
            match self.ask().await {
                Err(_) if self.session.is_closed() && tried < ASK_TRIES => {
                    tried += 1;
                    self.session = Session::open(&self.info, SESSION_SETTINGS).await?;
                }
                asked => return asked,
            }
        }
    }

    async fn ask(&mut self) -> Result<Vec<Row>, PgError> {
        let sql = include_str!("../sql/waiting_for_us.sql");
        let pids: Vec<i64> = self.info.backends().into_iter().map(i64::from).collect();
        self.session.fetch(doing("look who waits"), sql, &[Param::Ints(pids)]).await
    }

    /// Says goodbye.
    pub async fn close(self) {
        self.session.close().await;
    }

    /// Ends the sessions that were ours at the last look, and so frees their locks: a query that computes would not notice
    /// for a while that nobody listens any more.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn end_ours(&mut self) -> Result<(), PgError> {
        let sql = "SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity AS a \
                   WHERE a.pid = ANY ($1) AND a.pid <> pg_catalog.pg_backend_pid() AND a.usename = current_user";
        let ours = self.ours.clone();
        self.session.fetch(doing("end our sessions"), sql, &[Param::Ints(ours)]).await.map(drop)
    }
}
