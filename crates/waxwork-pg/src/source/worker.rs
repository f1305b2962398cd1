//! A reader: imports the leader's snapshot and reads tables with it.

use super::apart::{Apart, Rest};
use super::{BEGIN, CopyQuery, LOCK_WAIT, SESSION_SETTINGS, SnapshotId};
use crate::conninfo::ConnInfo;
use crate::copy_out::CopyOut;
use crate::error::{Doing, PgError, PgErrorKind, doing};
use crate::row::{Param, Row, Tid, tid_array_text};
use crate::session::{Prepared, Session};
use std::collections::HashSet;
use std::time::Duration;
use tokio::runtime::Handle;
use waxwork_copy::{BatchBuilder, Wire};
use waxwork_core::catalog::{Catalog, TableId, TableKind};
use waxwork_core::ident::QualifiedName;

/// Why a table's lock is not to be had: the leader has it too, so nobody can have a stronger one.
const BEHIND_US: &str =
    "Somebody waits behind this run for a stronger lock on it, and the run would wait for itself.";

/// The hint of errors that somebody waits behind a run for a lock.
pub const AGAIN: &str =
    "Run when nobody migrates, read from a standby, or have the run made again with --retries.";

/// `too_many_connections` (manual, appendix A): of the server, the database or the role.
const TOO_MANY_CONNECTIONS: &str = "53300";

/// How often a place is asked for, and how long after one another.
const PLACE_TRIES: u32 = 5;
const PLACE_PAUSE: Duration = Duration::from_millis(100);

/// A session on the source that sees what the leader sees.
#[derive(Debug)]
pub struct SourceWorker {
    session: Session,
    locked: HashSet<QualifiedName>,
    /// Where its rows come in; with everything else where there is none.
    apart: Option<Apart>,
}

/// Workers of one snapshot that answer a question together. All but the first connect when a question is first split.
#[derive(Debug)]
pub struct Workers {
    /// Answers alone what only one can answer.
    pub first: SourceWorker,
    others: Vec<SourceWorker>,
    most: usize,
    info: ConnInfo,
    snapshot: SnapshotId,
}

impl Workers {
    /// Connects the first of at most so many; with one nothing is ever split.
    ///
    /// # Errors
    ///
    /// As [`SourceWorker::connect`].
    pub async fn connect(info: &ConnInfo, snapshot: &SnapshotId, most: usize) -> Result<Self, PgError> {
        let first = SourceWorker::connect(info, snapshot).await?;
        Ok(Self { first, others: Vec::new(), most, info: info.clone(), snapshot: snapshot.clone() })
    }

    /// All that there may be, or as many of them as the server has room for.
    ///
    /// # Errors
    ///
    /// As [`SourceWorker::connect`].
    pub async fn all(&mut self) -> Result<Vec<&mut SourceWorker>, PgError> {
        while self.others.len() + 1 < self.most {
            match SourceWorker::connect(&self.info, &self.snapshot).await {
                Ok(worker) => self.others.push(worker),
                Err(error) if error.sqlstate() == Some(TOO_MANY_CONNECTIONS) => {
                    self.most = self.others.len() + 1;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(std::iter::once(&mut self.first).chain(&mut self.others).collect())
    }

    /// Says goodbye.
    pub async fn close(self) {
        for worker in std::iter::once(self.first).chain(self.others) {
            worker.close().await;
        }
    }
}

impl SourceWorker {
    /// Connects and joins the snapshot. The leader must still be in its transaction.
    ///
    /// # Errors
    ///
    /// No connection, or the snapshot is gone.
    pub async fn connect(info: &ConnInfo, snapshot: &SnapshotId) -> Result<Self, PgError> {
        let mut session = place_for(info).await?;
        // One round trip; SET TRANSACTION SNAPSHOT must come before anything that takes a snapshot of its own. Every
        // table is locked by NOWAIT before a statement reads it; what is not a table, an index that is being rebuilt,
        // is waited for no longer than the leader waits.
        let wait = LOCK_WAIT.as_millis();
        let join = format!("{BEGIN}; SET TRANSACTION SNAPSHOT '{snapshot}'; SET LOCAL lock_timeout = {wait}");
        session.execute(doing("join the snapshot"), &join).await.map_err(without_leader)?;
        Ok(Self { session, locked: HashSet::new(), apart: None })
    }

    /// The same for one whose rows come in on a thread of their own, to which [`tasks`](Self::tasks) are to be given.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn connect_apart(info: &ConnInfo, snapshot: &SnapshotId) -> Result<Self, PgError> {
        let Some(apart) = Apart::start().await else { return Self::connect(info, snapshot).await };
        let (info, snapshot) = (info.clone(), snapshot.clone());
        // A socket is driven from where it was opened.
        let connected = apart.tasks().spawn(async move { Self::connect(&info, &snapshot).await }).await;
        let worker = connected.map_err(|_| {
            PgError::new(PgErrorKind::Connect, doing("connect"), "the thread for it ended early")
        })??;
        Ok(Self { apart: Some(apart), ..worker })
    }

    /// Where to spawn what reads rows.
    pub fn tasks(&self) -> Handle {
        self.apart.as_ref().map_or_else(Handle::current, Apart::tasks)
    }

    /// The backend's process id.
    pub fn backend_pid(&self) -> i32 {
        self.session.backend_pid()
    }

    /// The connection was given up.
    pub fn is_closed(&self) -> bool {
        self.session.is_closed()
    }

    /// Locks a table in ACCESS SHARE mode without waiting, once per table.
    ///
    /// The leader's lock makes an ALTER TABLE queue; a lock that waited here would queue behind that one, and so
    /// behind the leader: a deadlock that the server cannot see (`pg_dump`'s `lockTableForWorker`).
    ///
    /// # Errors
    ///
    /// [`LockTimeout`](crate::error::PgErrorKind::LockTimeout) when somebody waits for a stronger lock.
    pub async fn lock_table(&mut self, table: &QualifiedName) -> Result<(), PgError> {
        if self.locked.contains(table) {
            return Ok(());
        }
        let sql = format!("LOCK TABLE ONLY {table} IN ACCESS SHARE MODE NOWAIT");
        let locked = self.session.execute(doing("lock table").to(table), &sql).await;
        locked.map_err(|error| match error.kind() {
            PgErrorKind::LockTimeout => error.with_detail(BEHIND_US).with_hint(AGAIN),
            _ => error,
        })?;
        self.locked.insert(table.clone());
        Ok(())
    }

    /// Locks a table with its partitions of every level, as a statement that names it will; foreign tables among them
    /// cannot be locked.
    ///
    /// # Errors
    ///
    /// As [`lock_table`](Self::lock_table).
    pub async fn lock_tree(&mut self, catalog: &Catalog, table: TableId) -> Result<(), PgError> {
        for id in catalog.table_ids().filter(|id| catalog.is_within(*id, table)) {
            if catalog.table(id).kind != TableKind::Foreign {
                self.lock_table(&catalog.table(id).name).await?;
            }
        }
        Ok(())
    }

    /// Sets the tuple ids that a [`RowChoice::Ids`](super::RowChoice::Ids) query reads, until they are set again.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn set_ids(&mut self, ids: &[Tid]) -> Result<(), PgError> {
        let sql = "SELECT pg_catalog.set_config('waxwork.ids', $1, true) IS NULL";
        let text = Param::Text(tid_array_text(ids));
        self.session.fetch_one(doing("set the tuple ids"), sql, &[text]).await.map(drop)
    }

    /// Starts a COPY of rows; locks the table first. Read it to its end, or this worker's connection closes.
    ///
    /// # Errors
    ///
    /// The table's lock is not to be had. Errors of the query come with the first batch.
    pub async fn copy_out(
        &mut self,
        query: &CopyQuery,
        wire: Wire,
        batch_bytes: usize,
    ) -> Result<CopyOut<'_>, PgError> {
        for table in query.reads() {
            self.lock_table(table).await?;
        }
        let doing = doing("read table").to(query.table());
        let rest = self.apart.is_some().then(Rest::new);
        CopyOut::start(
            &mut self.session,
            query.to_copy(wire),
            doing,
            BatchBuilder::new(wire, batch_bytes),
            rest,
        )
    }

    /// Runs a statement by the extended protocol and returns its rows; see [`Session::fetch`].
    ///
    /// # Errors
    ///
    /// As the server says.
    pub async fn fetch(&mut self, doing: Doing, sql: &str, params: &[Param]) -> Result<Vec<Row>, PgError> {
        self.session.fetch(doing, sql, params).await
    }

    /// The same, row by row; see [`Session::for_each_row`].
    ///
    /// # Errors
    ///
    /// As the server says, and what `take` returns.
    pub async fn for_each_row(
        &mut self,
        doing: Doing,
        sql: &str,
        params: &[Param],
        take: impl FnMut(Row) -> Result<(), PgError>,
    ) -> Result<(), PgError> {
        self.session.for_each_row(doing, sql, params, take).await
    }

    /// Vets a statement; see [`Session::prepare`]. A refusal aborts the transaction: vet within a
    /// [`savepoint`](SourceWorker::savepoint).
    ///
    /// # Errors
    ///
    /// The server does not accept it.
    pub async fn prepare(&mut self, doing: Doing, sql: &str) -> Result<Prepared, PgError> {
        self.session.prepare(doing, sql).await
    }

    /// Opens a savepoint, so that a refused statement does not cost the snapshot.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn savepoint(&mut self) -> Result<(), PgError> {
        self.session.execute(doing("set a savepoint"), "SAVEPOINT waxwork").await
    }

    /// Goes back to the savepoint and closes it.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn roll_back_to_savepoint(&mut self) -> Result<(), PgError> {
        let sql = "ROLLBACK TO SAVEPOINT waxwork; RELEASE SAVEPOINT waxwork";
        self.session.execute(doing("return to a savepoint"), sql).await
    }

    /// Runs statements of our own by the simple protocol; see [`Session::execute`].
    ///
    /// # Errors
    ///
    /// As the server says.
    pub async fn execute(&mut self, doing: Doing, sql: &str) -> Result<(), PgError> {
        self.session.execute(doing, sql).await
    }

    /// Says goodbye.
    pub async fn close(self) {
        self.session.close().await;
    }
}

/// Connects, and waits for the place that one of our own sessions has just left: nobody is told when its backend is gone.
async fn place_for(info: &ConnInfo) -> Result<Session, PgError> {
    let mut tried = 1;
    loop {
        match Session::open(info, SESSION_SETTINGS).await {
            Err(error) if error.sqlstate() == Some(TOO_MANY_CONNECTIONS) && tried < PLACE_TRIES => {
                tried += 1;
                tokio::time::sleep(PLACE_PAUSE).await;
            }
            opened => return opened,
        }
    }
}

/// No such snapshot, in words of up to 16 or from 17 on, or not one of a running transaction (`ImportSnapshot` in
/// `snapmgr.c`): its name was right when we took it, so it is the leader that is gone.
fn without_leader(error: PgError) -> PgError {
    match error.sqlstate() {
        Some("22023" | "42704" | "55000") => {
            let message = "the session that held it is gone";
            PgError::new(PgErrorKind::ConnectionLost, error.doing().clone(), message)
        }
        _ => error,
    }
}
