//! A session in the database that is being filled.

use super::SESSION_SETTINGS;
use crate::conninfo::ConnInfo;
use crate::copy_in::CopyIn;
use crate::error::{Doing, PgError, doing};
use crate::row::{Param, Row};
use crate::session::Session;
use crate::source::format_name;
use waxwork_copy::Wire;
use waxwork_core::ident::{Ident, QualifiedName};

/// A session on the target.
#[derive(Debug)]
pub struct TargetSession {
    session: Session,
}

impl TargetSession {
    /// Connects to the database that `info` names.
    ///
    /// # Errors
    ///
    /// No connection, or a server that is too old.
    pub async fn connect(info: &ConnInfo) -> Result<Self, PgError> {
        Ok(Self { session: Session::open(info, SESSION_SETTINGS).await? })
    }

    /// Gives what builds indexes a share of the server's memory and parallel workers, so many of them building at once.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn prepare_builds(&mut self, at_once: usize) -> Result<(), PgError> {
        let sql = include_str!("../sql/build_session.sql");
        let at_once = Param::Int(i64::try_from(at_once.max(1)).unwrap_or(i64::MAX));
        self.fetch(doing("prepare a session for builds"), sql, &[at_once]).await.map(drop)
    }

    /// The backend's process id, to be cancelled by [`TargetServer::cancel`](super::TargetServer::cancel).
    pub fn backend_pid(&self) -> i32 {
        self.session.backend_pid()
    }

    /// Ends another session in the same database, which may have ended already.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn end_backend(&mut self, pid: i32) -> Result<(), PgError> {
        let sql = "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity \
                   WHERE pid OPERATOR(pg_catalog.=) $1::pg_catalog.int4 \
                   AND datname OPERATOR(pg_catalog.=) pg_catalog.current_database()";
        self.fetch(doing("end a session of this run"), sql, &[Param::Int(pid.into())]).await.map(drop)
    }

    /// `server_version_num`.
    pub fn server_version(&self) -> u32 {
        self.session.server_version()
    }

    /// The connection was given up.
    pub fn is_closed(&self) -> bool {
        self.session.is_closed()
    }

    /// Runs DDL by the simple protocol.
    ///
    /// # Errors
    ///
    /// As the server says, without text that may hold data.
    pub async fn execute(&mut self, doing: Doing, sql: &str) -> Result<(), PgError> {
        self.session.execute(doing, sql).await
    }

    /// Runs a query by the extended protocol.
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

    /// Begins a transaction.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn begin(&mut self) -> Result<(), PgError> {
        self.session.execute(doing("begin"), "BEGIN").await
    }

    /// Sets the search path up to the transaction's end. `path` is SQL, made of [`Ident`]s.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn set_local_search_path(&mut self, path: &str) -> Result<(), PgError> {
        let sql = format!("SET LOCAL search_path = {path}");
        self.session.execute(doing("set the search path"), &sql).await
    }

    /// Commits it.
    ///
    /// # Errors
    ///
    /// A deferred constraint is violated, or the connection is lost.
    pub async fn commit(&mut self) -> Result<(), PgError> {
        self.session.execute(doing("commit"), "COMMIT").await
    }

    /// Gives it up.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn roll_back(&mut self) -> Result<(), PgError> {
        self.session.execute(doing("roll back"), "ROLLBACK").await
    }

    /// Empties a table within the transaction, so that COPY may write frozen rows (PostgreSQL manual, COPY, FREEZE).
    ///
    /// # Errors
    ///
    /// A foreign key points at it, or it is missing.
    pub async fn truncate(&mut self, table: &QualifiedName) -> Result<(), PgError> {
        self.session.execute(doing("empty table").to(table), &format!("TRUNCATE ONLY {table}")).await
    }

    /// Starts a COPY into the given columns. `freeze`: the table was created or emptied in this transaction.
    /// A partitioned table takes no FREEZE.
    ///
    /// # Errors
    ///
    /// The table or a column is missing.
    pub async fn copy_in(
        &mut self,
        table: &QualifiedName,
        columns: &[Ident],
        wire: Wire,
        freeze: bool,
    ) -> Result<CopyIn<'_>, PgError> {
        let names: Vec<String> = columns.iter().map(ToString::to_string).collect();
        // COPY's grammar has no empty list; without one it takes every column that is not generated: here, none.
        let list = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        let freeze = if freeze { ", FREEZE true" } else { "" };
        let sql = format!("COPY {table}{list} FROM STDIN (FORMAT {}{freeze})", format_name(wire));
        CopyIn::start(&mut self.session, sql, doing("write table").to(table), wire).await
    }

    /// Says goodbye.
    pub async fn close(self) {
        self.session.close().await;
    }
}
