//! One connection, with what sqlx's has and should not have fenced off.
//!
//! ```text
//!   ConnInfo ─► hosts × TLS attempts ─► PgConnection ─► settings ─► Session
//!                                          │ taken out while a COPY runs; put back only after a clean end,
//!                                          └ closed otherwise: a failed COPY leaves the protocol out of step
//! ```

use crate::conninfo::{ConnInfo, Entered, Host, SessionAttributes, SslMode, connect_options};
use crate::error::{Doing, PgError, PgErrorKind, doing};
use crate::row::{Param, Row, arguments};
use futures_util::TryStreamExt;
use sqlx::postgres::{PgColumn, PgConnectOptions, PgConnection, PgStatement};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Connection, Executor, Row as _, SqlSafeStr, Statement};
use std::fmt;
use std::time::Duration;

/// The oldest server that is read or written: 13 is the oldest whose catalogs and TID handling are tested.
const OLDEST_SERVER: u32 = 130_000;

/// How long a graceful goodbye may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// A session on a server.
pub struct Session {
    /// `None` while a COPY holds it, and for ever once one has failed.
    connection: Option<PgConnection>,
    backend_pid: i32,
    server_version: u32,
    host: Host,
    /// Counts it among those of its connection string.
    entered: Option<Entered>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session(backend {})", self.backend_pid)
    }
}

impl Session {
    /// Connects to the first host that answers and applies `settings`, a statement of `sql/`.
    pub(crate) async fn open(info: &ConnInfo, settings: &'static str) -> Result<Self, PgError> {
        let (connection, host) = connect(info).await?;
        #[cfg(target_os = "linux")]
        if info.hosts().iter().any(|host| !host.is_socket()) {
            crate::sockets::set_on_all(info);
        }
        in_time(info, Self::set_up(connection, host, info, settings)).await
    }

    async fn set_up(
        connection: PgConnection,
        host: Host,
        info: &ConnInfo,
        settings: &'static str,
    ) -> Result<Self, PgError> {
        let mut session =
            Self { connection: Some(connection), backend_pid: 0, server_version: 0, host, entered: None };
        // Alone and first: a short statement_timeout of the role or the database would cut the others off.
        session
            .execute(doing("set up a session on").to(info.describe()), "SET statement_timeout = 0")
            .await?;
        let facts = include_str!("sql/session_facts.sql");
        let row = session.fetch_one(doing("greet").to(info.describe()), facts, &[]).await?;
        session.backend_pid = i32::try_from(row.int(0)?).unwrap_or_default();
        session.entered = Some(info.entered(session.backend_pid, row.text(2)?));
        session.server_version = u32::try_from(row.int(1)?).unwrap_or_default();
        if session.server_version < OLDEST_SERVER {
            return Err(too_old(info, session.server_version));
        }
        session.execute(doing("set up a session on").to(info.describe()), settings).await?;
        Ok(session)
    }

    /// The backend's process id, for [`cancel`](Session::cancel) from another session.
    pub fn backend_pid(&self) -> i32 {
        self.backend_pid
    }

    /// The server that it is on, of those that its connection string names.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// `server_version_num`.
    pub fn server_version(&self) -> u32 {
        self.server_version
    }

    /// The connection was given up: every further call fails.
    pub fn is_closed(&self) -> bool {
        self.connection.is_none()
    }

    /// Runs statements by the simple protocol. Only text made of our own words and [`waxwork_core::ident::Ident`]s
    /// may come here: never a user's condition.
    ///
    /// # Errors
    ///
    /// As the server says, without its text where that may hold data.
    pub async fn execute(&mut self, doing: Doing, sql: &str) -> Result<(), PgError> {
        let connection = self.ready(&doing)?;
        let statements = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match connection.execute(statements).await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.failed(&error, doing)),
        }
    }

    /// Runs one statement by the extended protocol and returns all its rows.
    ///
    /// # Errors
    ///
    /// As [`Session::execute`].
    pub async fn fetch(&mut self, doing: Doing, sql: &str, params: &[Param]) -> Result<Vec<Row>, PgError> {
        let mut rows = Vec::new();
        let keep = |row| {
            rows.push(row);
            Ok(())
        };
        self.for_each_row(doing, sql, params, keep).await?;
        Ok(rows)
    }

    /// The same for a statement that gives exactly one row.
    ///
    /// # Errors
    ///
    /// As [`Session::fetch`], and when there is none or more than one.
    pub async fn fetch_one(&mut self, doing: Doing, sql: &str, params: &[Param]) -> Result<Row, PgError> {
        let mut rows = self.fetch(doing.clone(), sql, params).await?;
        match (rows.pop(), rows.is_empty()) {
            (Some(row), true) => Ok(row),
            _ => Err(PgError::new(PgErrorKind::Codec, doing, "the result is not one row")),
        }
    }

    /// Runs one statement by the extended protocol and hands on its rows as they come, so that a result of any size
    /// needs no memory.
    ///
    /// # Errors
    ///
    /// As [`Session::fetch`], and what `take` returns.
    pub async fn for_each_row(
        &mut self,
        doing: Doing,
        sql: &str,
        params: &[Param],
        mut take: impl FnMut(Row) -> Result<(), PgError>,
    ) -> Result<(), PgError> {
        let arguments = arguments(params)?;
        let connection = self.ready(&doing)?;
        let query = sqlx::query_with(AssertSqlSafe(sql.to_owned()), arguments);
        let mut rows = connection.fetch(query);
        let failure = loop {
            match rows.try_next().await {
                Ok(Some(row)) => take(Row(row))?,
                Ok(None) => return Ok(()),
                Err(error) => break error,
            }
        };
        drop(rows);
        Err(self.failed(&failure, doing))
    }

    /// Prepares one statement: PostgreSQL has then parsed it and found every name in it.
    ///
    /// # Errors
    ///
    /// The server does not accept it.
    pub async fn prepare(&mut self, doing: Doing, sql: &str) -> Result<Prepared, PgError> {
        let connection = self.ready(&doing)?;
        match connection.prepare(AssertSqlSafe(sql.to_owned()).into_sql_str()).await {
            Ok(statement) => Ok(Prepared::of(&statement)),
            Err(error) => Err(self.failed(&error, doing)),
        }
    }

    /// The version and cipher of TLS that protect it, as the server says; `None`: it is not encrypted.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn tls(&mut self) -> Result<Option<String>, PgError> {
        let sql = "SELECT s.version || ', ' || s.cipher FROM pg_catalog.pg_stat_ssl AS s \
                   WHERE s.pid = pg_catalog.pg_backend_pid() AND s.ssl";
        let rows = self.fetch(doing("look at the connection"), sql, &[]).await?;
        rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()
    }

    /// Cancels what another backend does; `false` when there is no such backend.
    ///
    /// # Errors
    ///
    /// The role may not signal it.
    pub async fn cancel(&mut self, backend_pid: i32) -> Result<bool, PgError> {
        let sql = "SELECT pg_catalog.pg_cancel_backend($1::pg_catalog.int8::pg_catalog.int4)";
        let pid = Param::Int(i64::from(backend_pid));
        self.fetch_one(doing("cancel a backend"), sql, &[pid]).await?.bool(0)
    }

    /// Says goodbye and closes.
    pub async fn close(mut self) {
        if let Some(connection) = self.connection.take() {
            let said = say_goodbye(connection).await;
            if let (true, Some(entered)) = (said, self.entered.take()) {
                entered.say_goodbye();
            }
        }
    }

    /// Takes the connection out for a COPY. Whoever fails to [`put_back`](Session::put_back) it has closed it.
    pub(crate) fn take_out(&mut self, doing: &Doing) -> Result<PgConnection, PgError> {
        self.connection.take().ok_or_else(|| given_up(doing))
    }

    pub(crate) fn put_back(&mut self, connection: PgConnection) {
        self.connection = Some(connection);
    }

    fn ready(&mut self, doing: &Doing) -> Result<&mut PgConnection, PgError> {
        self.connection.as_mut().ok_or_else(|| given_up(doing))
    }

    /// A broken connection stays broken: later calls then say so at once instead of waiting for bytes.
    fn failed(&mut self, error: &sqlx::Error, doing: Doing) -> PgError {
        let error = PgError::from_sqlx(error, doing);
        let fatal = matches!(error.severity(), Some("FATAL" | "PANIC"));
        if fatal || (error.sqlstate().is_none() && error.kind() == PgErrorKind::ConnectionLost) {
            self.connection = None;
        }
        error
    }
}

fn given_up(doing: &Doing) -> PgError {
    PgError::new(
        PgErrorKind::ConnectionLost,
        doing.clone(),
        "the connection was closed after an earlier failure",
    )
}

fn too_old(info: &ConnInfo, version: u32) -> PgError {
    let (found, oldest) = (version / 10_000, OLDEST_SERVER / 10_000);
    let message = format!("it runs PostgreSQL {found}, and {oldest} is the oldest that is supported");
    PgError::new(PgErrorKind::UnsupportedVersion, doing("use the server at").to(info.describe()), message)
}

/// What the server says of a statement that it has parsed and not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Number of its parameters.
    pub parameters: usize,
    /// Type OIDs of its result columns, domains looked through as the protocol does.
    pub column_types: Vec<u32>,
}

impl Prepared {
    fn of(statement: &PgStatement) -> Self {
        let parameters = match statement.parameters() {
            Some(sqlx::Either::Left(types)) => types.len(),
            Some(sqlx::Either::Right(count)) => count,
            None => 0,
        };
        let oid = |column: &PgColumn| column.type_info().oid().map_or(0, |oid| oid.0);
        Self { parameters, column_types: statement.columns().iter().map(oid).collect() }
    }
}

/// Closes politely, so that the server logs nothing.
///
/// `false`: there was no time for it. A server that is gone has nothing left to lose.
pub(crate) async fn say_goodbye(connection: PgConnection) -> bool {
    tokio::time::timeout(CLOSE_TIMEOUT, connection.close()).await.is_ok()
}

/// Closes without a word; an error while closing tells nothing that matters.
pub(crate) async fn abandon(connection: PgConnection) {
    let _ = tokio::time::timeout(CLOSE_TIMEOUT, connection.close_hard()).await;
}

/// The first host that takes us and is what `target_session_attrs` asks for.
pub(crate) async fn connect(info: &ConnInfo) -> Result<(PgConnection, Host), PgError> {
    let wanted = info.session_attributes();
    if wanted != SessionAttributes::PreferStandby {
        return connect_to(info, wanted).await;
    }
    match connect_to(info, SessionAttributes::Standby).await {
        Ok(connected) => Ok(connected),
        Err(_) => connect_to(info, SessionAttributes::Any).await,
    }
}

/// Tries hosts in order.
async fn connect_to(info: &ConnInfo, wanted: SessionAttributes) -> Result<(PgConnection, Host), PgError> {
    let mut last = None;
    for host in info.hosts() {
        let tried = match connect_host(info, &host).await {
            Ok(connection) => in_time(info, check_attributes(info, connection, wanted)).await,
            Err(error) => Err(error),
        };
        match tried {
            Ok(connection) => return Ok((connection, host)),
            Err(error) => last = Some(error),
        }
    }
    let nowhere = || PgError::new(PgErrorKind::Configuration, doing("connect"), "no host is given");
    Err(last.unwrap_or_else(nowhere))
}

/// Tries the TLS modes that `sslmode` allows.
async fn connect_host(info: &ConnInfo, host: &Host) -> Result<PgConnection, PgError> {
    let mut modes = attempts(info.ssl_mode_at(host), host).iter();
    loop {
        let mode = modes.next().copied().unwrap_or(SslMode::Disable);
        let options = connect_options(info, host, mode)?;
        match connect_once(info, options).await {
            // Another TLS mode can only mend what TLS or pg_hba.conf refused.
            Err(error) if modes.len() > 0 && matches!(error.kind(), PgErrorKind::Tls | PgErrorKind::Auth) => {
            }
            outcome => return outcome,
        }
    }
}

/// As libpq looks at a server before it is content (PostgreSQL manual, 34.1.2, target_session_attrs).
async fn check_attributes(
    info: &ConnInfo,
    mut connection: PgConnection,
    wanted: SessionAttributes,
) -> Result<PgConnection, PgError> {
    if wanted == SessionAttributes::Any {
        return Ok(connection);
    }
    let doing = doing("connect to").to(info.describe());
    let sql = "SELECT pg_catalog.pg_is_in_recovery()::pg_catalog.text, \
               pg_catalog.current_setting('transaction_read_only')";
    let row = sqlx::raw_sql(sql).fetch_one(&mut connection).await;
    let row = row.map_err(|error| PgError::from_sqlx(&error, doing.clone()).while_connecting())?;
    let is = |at: usize| row.try_get::<&str, _>(at).is_ok_and(|text| text == "true" || text == "on");
    let (standby, read_only) = (is(0), is(1));
    let fits = match wanted {
        SessionAttributes::Any | SessionAttributes::PreferStandby => true,
        SessionAttributes::ReadWrite => !standby && !read_only,
        SessionAttributes::ReadOnly => standby || read_only,
        SessionAttributes::Primary => !standby,
        SessionAttributes::Standby => standby,
    };
    if fits {
        return Ok(connection);
    }
    abandon(connection).await;
    let found = if standby { "a standby" } else { "a primary" };
    let message = format!("no server is what target_session_attrs asks for; the last is {found}");
    Err(PgError::new(PgErrorKind::Connect, doing, message))
}

/// libpq's `allow` tries without TLS first, its `prefer` with; a socket has no TLS.
fn attempts(mode: SslMode, host: &Host) -> &'static [SslMode] {
    match mode {
        _ if host.is_socket() => &[SslMode::Disable],
        SslMode::Disable => &[SslMode::Disable],
        SslMode::Allow => &[SslMode::Disable, SslMode::Require],
        SslMode::Prefer => &[SslMode::Prefer, SslMode::Disable],
        SslMode::Require => &[SslMode::Require],
        SslMode::VerifyCa => &[SslMode::VerifyCa],
        SslMode::VerifyFull => &[SslMode::VerifyFull],
    }
}

async fn connect_once(info: &ConnInfo, options: PgConnectOptions) -> Result<PgConnection, PgError> {
    let doing = doing("connect to").to(info.describe());
    match tokio::time::timeout(info.connect_timeout(), options.connect()).await {
        Ok(Ok(connection)) => Ok(connection),
        // PgBouncer's word for a parameter that it was not told to pass over.
        Ok(Err(sqlx::Error::Database(error)))
            if error.message().contains("unsupported startup parameter") =>
        {
            let message = "a pooler refuses parameters of the driver; connect to the server itself, or set PgBouncer's \
                           ignore_startup_parameters = extra_float_digits,options";
            Err(PgError::new(PgErrorKind::Pooler, doing, message))
        }
        Ok(Err(error)) => Err(PgError::from_sqlx(&error, doing).while_connecting()),
        Err(_) => Err(no_answer(info)),
    }
}

/// What a server that is there answers at once, as far as `connect_timeout` has patience.
///
/// # Errors
///
/// Those of `work`, and that there was no answer.
pub(crate) async fn in_time<T>(
    info: &ConnInfo,
    work: impl Future<Output = Result<T, PgError>>,
) -> Result<T, PgError> {
    tokio::time::timeout(info.connect_timeout(), work).await.unwrap_or_else(|_| Err(no_answer(info)))
}

fn no_answer(info: &ConnInfo) -> PgError {
    let message = format!("no answer within {} s", info.connect_timeout().as_secs());
    PgError::new(PgErrorKind::Connect, doing("connect to").to(info.describe()), message)
}
