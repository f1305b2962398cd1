//! What went wrong, and nothing that a row held.
//!
//! ```text
//!   sqlx::Error ─► kind, SQLSTATE, object names, allowed message text ─► PgError ─► "could not …: …"
//!                └─► everything else of it (DETAIL, CONTEXT, HINT, other messages) is dropped right here
//! ```
//!
//! A server's primary message can carry a cell (`invalid input syntax for type integer: "…"`), as DETAIL and CONTEXT
//! do; so a [`PgError`] never holds text outside the classes of `DESIGN.md` D15, and deriving `Debug` is safe.

use crate::sqlstate;
use sqlx::postgres::{PgDatabaseError, PgErrorPosition, PgSeverity};
use std::fmt;

/// What kind of failure, for exit codes and for retrying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PgErrorKind {
    /// A connection string, service or password file that cannot be used.
    Configuration,
    /// No connection: nobody listens, the name is unknown, time ran out, the database does not exist.
    Connect,
    /// The server refused the login.
    Auth,
    /// TLS could not be agreed on.
    Tls,
    /// A pooler stands before the server through which no run can work.
    Pooler,
    /// The server is older than the oldest that is supported.
    UnsupportedVersion,
    /// A privilege is missing.
    Privilege,
    /// Row security would hide rows.
    RowSecurity,
    /// A table lock was not had in time.
    LockTimeout,
    /// Another run holds the lock on this target.
    RunLocked,
    /// A table was created, altered, rewritten or dropped under us.
    TableChanged,
    /// A table, column, function, type, role or database does not exist.
    UndefinedObject,
    /// An object of that name exists already.
    DuplicateObject,
    /// Somebody is connected to a database that must be left alone.
    ObjectInUse,
    /// The server's disk is full.
    DiskFull,
    /// Another resource of the server ran out (connections, memory, locks).
    Resources,
    /// The statement was cancelled, by us or by an administrator.
    Canceled,
    /// A standby cancelled it because of recovery, or a transaction could not be serialised: trying again may help.
    Conflict,
    /// The connection broke, or was given up because its state is unknown.
    ConnectionLost,
    /// A constraint is violated.
    IntegrityViolation,
    /// A value does not fit its type.
    Data,
    /// A write was tried in a read-only transaction.
    ReadOnly,
    /// The statement is not valid SQL.
    Syntax,
    /// The server cannot do this.
    Unsupported,
    /// A COPY stream or a row is not what it should be.
    Codec,
    /// `pg_dump` is missing, or older than the server.
    PgDumpMissing,
    /// `pg_dump` failed, or its archive cannot be read.
    PgDump,
    /// Anything else.
    Other,
}

/// Names that the server attached to an error. Names of objects only, never values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorObjects {
    /// Schema.
    pub schema: Option<String>,
    /// Table.
    pub table: Option<String>,
    /// Column.
    pub column: Option<String>,
    /// Type.
    pub data_type: Option<String>,
    /// Constraint or index.
    pub constraint: Option<String>,
}

/// What we were doing: completes the sentence "could not …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doing {
    /// A verb and what it acts on: `read table`.
    pub action: &'static str,
    /// The object's name, as SQL writes it.
    pub object: Option<String>,
}

/// Names what we do, without an object.
pub fn doing(action: &'static str) -> Doing {
    Doing { action, object: None }
}

impl Doing {
    /// Adds the object's name.
    #[must_use]
    pub fn to(mut self, object: impl fmt::Display) -> Self {
        self.object = Some(object.to_string());
        self
    }
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}", self.action)?;
        match &self.object {
            Some(object) => write!(f, " {object}"),
            None => Ok(()),
        }
    }
}

/// A failed dealing with a server. Holds no cell value; `Display` and `Debug` are safe to print.
#[derive(Clone, Debug)]
pub struct PgError(Box<Parts>);

/// Boxed, so that a `Result` stays small on the hot path.
#[derive(Clone, Debug)]
struct Parts {
    kind: PgErrorKind,
    doing: Doing,
    sqlstate: Option<String>,
    severity: Option<&'static str>,
    position: Option<usize>,
    objects: ErrorObjects,
    message: Option<String>,
    detail: Option<String>,
    hint: Option<String>,
}

impl PgError {
    /// An error of our own making. `message` must not hold a value of a row.
    pub fn new(kind: PgErrorKind, doing: Doing, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            kind,
            doing,
            sqlstate: None,
            severity: None,
            position: None,
            objects: ErrorObjects::default(),
            message: Some(message.into()),
            detail: None,
            hint: None,
        }))
    }

    /// What kind of failure.
    pub fn kind(&self) -> PgErrorKind {
        self.0.kind
    }

    /// What we were doing.
    pub fn doing(&self) -> &Doing {
        &self.0.doing
    }

    /// The server's SQLSTATE, if the server spoke.
    pub fn sqlstate(&self) -> Option<&str> {
        self.0.sqlstate.as_deref()
    }

    /// The server's severity: `ERROR`, `FATAL` or `PANIC`.
    pub fn severity(&self) -> Option<&'static str> {
        self.0.severity
    }

    /// Where in the statement the server found it: characters, from 1.
    pub fn position(&self) -> Option<usize> {
        self.0.position
    }

    /// The objects that the server named.
    pub fn objects(&self) -> &ErrorObjects {
        &self.0.objects
    }

    /// The message, where it may be shown: our own, or the server's in the classes of `DESIGN.md` D15.
    pub fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// What more there is to know, where we know it.
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// What to do, where we know it.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// What the server calls it: `SQLSTATE 22012 (division_by_zero)`. Never what it says, which may quote a cell.
    pub fn condition(&self) -> Option<String> {
        let code = self.sqlstate()?;
        let name = sqlstate::name(code).map(|name| format!(" ({name})")).unwrap_or_default();
        Some(format!("SQLSTATE {code}{name}"))
    }

    /// Whether the server spoke of the statement or of a value in it, and not of itself, the session or the network.
    pub fn blames_statement(&self) -> bool {
        const OTHERS: [&str; 8] = ["08", "25", "40", "53", "55", "57", "58", "XX"];
        self.sqlstate().is_some_and(|code| !OTHERS.iter().any(|class| code.starts_with(class)))
    }

    /// The same, or a function that the statement called may be to blame, though the code is elsewhere the server's or ours
    /// to answer for: it wrote in a transaction that only reads or ended it, found an object in the wrong state or no
    /// file, or its library failed.
    pub fn may_blame_statement(&self) -> bool {
        const CODES: [&str; 5] = ["25001", "25006", "55000", "58P01", "XX000"];
        self.blames_statement() || self.sqlstate().is_some_and(|code| CODES.contains(&code))
    }

    /// Whether the same may succeed the next time, nothing having been changed: who refuses a login, a privilege or a value
    /// does so again, and a disk stays full; a server that restarts comes back.
    pub fn may_pass(&self) -> bool {
        match (self.kind(), self.sqlstate()) {
            // A pooler's word for "no server just now" (PgBouncer, `send_pooler_error`).
            (PgErrorKind::Connect, Some("08P01")) => true,
            (PgErrorKind::Pooler, _) => false,
            (PgErrorKind::Conflict, Some("57014")) => true,
            (_, Some(code)) => code_may_pass(code),
            (kind, None) => {
                use PgErrorKind::{Conflict, Connect, ConnectionLost, LockTimeout};
                matches!(kind, Connect | ConnectionLost | Conflict | LockTimeout)
            }
        }
    }

    /// The same failure while connecting: what is not about login or TLS is [`PgErrorKind::Connect`], an absent
    /// database (3D000) too.
    pub(crate) fn while_connecting(mut self) -> Self {
        let kept = matches!(
            self.0.kind,
            PgErrorKind::Auth | PgErrorKind::Tls | PgErrorKind::Configuration | PgErrorKind::Pooler
        );
        if !kept {
            self.0.kind = PgErrorKind::Connect;
        }
        if self.sqlstate() == Some("3D000") {
            self.0.message = Some("the database does not exist".to_owned());
        }
        self
    }

    /// The same failure of something else that was done.
    pub(crate) fn while_doing(mut self, doing: Doing) -> Self {
        self.0.doing = doing;
        self
    }

    /// Adds what more there is to know: complete sentences of our own, without a value of a row.
    #[must_use]
    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Adds what to do, in our own words.
    #[must_use]
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    pub(crate) fn with_kind(mut self, kind: PgErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Takes from sqlx's error what may be kept.
    pub(crate) fn from_sqlx(error: &sqlx::Error, doing: Doing) -> Self {
        match error {
            sqlx::Error::Database(database) => match database.try_downcast_ref::<PgDatabaseError>() {
                Some(server) => Self::from_server(server, doing),
                None => Self::new(PgErrorKind::Other, doing, "the server refused"),
            },
            sqlx::Error::Io(io) if tls_failure(io).is_some() => {
                let why = tls_failure(io).map(tls_reason).unwrap_or_default();
                Self::new(PgErrorKind::Tls, doing, why)
            }
            sqlx::Error::Io(io) => Self::new(PgErrorKind::ConnectionLost, doing, io_reason(io)),
            sqlx::Error::Tls(tls) => Self::new(PgErrorKind::Tls, doing, tls.to_string()),
            sqlx::Error::Configuration(_) => {
                Self::new(PgErrorKind::Configuration, doing, "a certificate or key file cannot be used")
            }
            // These texts quote what the server sent.
            sqlx::Error::Protocol(_) => {
                Self::new(PgErrorKind::ConnectionLost, doing, "the protocol was broken")
            }
            sqlx::Error::Encode(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => {
                Self::new(PgErrorKind::Codec, doing, "a value could not be converted")
            }
            _ => Self::new(PgErrorKind::Other, doing, "the driver failed"),
        }
    }

    fn from_server(server: &PgDatabaseError, doing: Doing) -> Self {
        let code = server.code();
        let raised = is_raised_by_language(server.file());
        let owned = |name: Option<&str>| name.filter(|_| !raised).map(str::to_owned);
        Self(Box::new(Parts {
            kind: kind_of(code, server.message()),
            doing,
            sqlstate: Some(code.to_owned()),
            severity: Some(severity_name(server.severity())),
            position: match server.position() {
                Some(PgErrorPosition::Original(at)) => Some(at),
                _ => None,
            },
            objects: ErrorObjects {
                schema: owned(server.schema()),
                table: owned(server.table()),
                column: owned(server.column()),
                data_type: owned(server.data_type()),
                constraint: owned(server.constraint()),
            },
            message: (!raised && may_be_shown(code)).then(|| server.message().to_owned()),
            detail: None,
            hint: None,
        }))
    }
}

/// Classes whose primary message names objects, hosts or roles but never a cell: those of `DESIGN.md` D15 without 3D
/// and 42P01, since an expression such as `name::regclass` puts a cell where an object's name should be.
fn may_be_shown(code: &str) -> bool {
    ["08", "28", "53", "57"].iter().any(|class| code.starts_with(class)) || ["42501", "55P03"].contains(&code)
}

/// Whether a procedural language raised it. Its RAISE chooses text, SQLSTATE and every object's name, so all of them may
/// be cells. The languages' own sources (`pl_exec.c`, `plpy_elog.c`, `plperl.c`, `pltcl.c`) begin with `pl`; some of
/// the server's do too, which costs us only their words. Where no file is told, nothing is known.
fn is_raised_by_language(file: Option<&str>) -> bool {
    file.is_none_or(|file| file.starts_with("pl"))
}

/// PostgreSQL manual, appendix A. Row security's refusal shares 42501 with privileges: only its text tells them apart
/// (`check_enable_rls` in `rls.c`); a translated message falls back to [`PgErrorKind::Privilege`], with the same exit.
fn kind_of(code: &str, message: &str) -> PgErrorKind {
    match code {
        "42501" if message.contains("row-level security") => PgErrorKind::RowSecurity,
        "42501" => PgErrorKind::Privilege,
        "55P03" => PgErrorKind::LockTimeout,
        "55006" => PgErrorKind::ObjectInUse,
        "53100" => PgErrorKind::DiskFull,
        "57014" if message.contains("conflict with recovery") => PgErrorKind::Conflict,
        "57014" => PgErrorKind::Canceled,
        "25006" => PgErrorKind::ReadOnly,
        "0A000" => PgErrorKind::Unsupported,
        "42P01" | "42703" | "42883" | "42704" | "3D000" | "3F000" => PgErrorKind::UndefinedObject,
        "42P04" | "42P06" | "42P07" | "42710" | "42723" => PgErrorKind::DuplicateObject,
        _ => kind_of_class(code.get(..2).unwrap_or_default()),
    }
}

/// What passes by itself, of PostgreSQL manual, appendix A.
fn code_may_pass(code: &str) -> bool {
    match code {
        // protocol_violation: the other end is no server, or one that we do not understand.
        "08P01" => false,
        // Connection exceptions.
        _ if code.starts_with("08") => true,
        // serialization_failure (a standby's conflict with recovery too) and deadlock_detected.
        "40001" | "40P01" => true,
        // too_many_connections.
        "53300" => true,
        // lock_not_available.
        "55P03" => true,
        // admin_shutdown, crash_shutdown and cannot_connect_now. Not query_canceled: somebody, or a limit, meant us.
        "57P01" | "57P02" | "57P03" => true,
        _ => false,
    }
}

fn kind_of_class(class: &str) -> PgErrorKind {
    match class {
        "08" | "57" => PgErrorKind::ConnectionLost,
        "22" => PgErrorKind::Data,
        "23" => PgErrorKind::IntegrityViolation,
        "28" => PgErrorKind::Auth,
        "40" => PgErrorKind::Conflict,
        "42" => PgErrorKind::Syntax,
        "53" => PgErrorKind::Resources,
        _ => PgErrorKind::Other,
    }
}

fn severity_name(severity: PgSeverity) -> &'static str {
    match severity {
        PgSeverity::Panic => "PANIC",
        PgSeverity::Fatal => "FATAL",
        _ => "ERROR",
    }
}

/// What to say of a server error whose own words may not be shown.
fn description(kind: PgErrorKind) -> &'static str {
    match kind {
        PgErrorKind::IntegrityViolation => "a constraint is violated",
        PgErrorKind::Data => "a value does not fit",
        PgErrorKind::Conflict => "the server cancelled the transaction because of a conflict",
        PgErrorKind::UndefinedObject => "an object does not exist",
        PgErrorKind::DuplicateObject => "an object of that name exists already",
        PgErrorKind::ObjectInUse => "the object is in use",
        PgErrorKind::ReadOnly => "the transaction is read-only",
        PgErrorKind::Syntax => "the server does not accept the statement",
        PgErrorKind::Unsupported => "the server cannot do this",
        _ => "the server refused",
    }
}

impl fmt::Display for PgError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { kind, doing, sqlstate, objects, message, .. } = &*self.0;
        write!(f, "{doing}: {}", message.as_deref().unwrap_or_else(|| description(*kind)))?;
        fmt_objects(objects, f)?;
        match sqlstate {
            Some(code) => write!(f, " (SQLSTATE {code})"),
            None => Ok(()),
        }
    }
}

fn fmt_objects(objects: &ErrorObjects, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Some(constraint) = &objects.constraint {
        write!(f, ", constraint \"{constraint}\"")?;
    }
    if let Some(column) = &objects.column {
        write!(f, ", column \"{column}\"")?;
    }
    if let Some(table) = &objects.table {
        let schema = objects.schema.as_deref().unwrap_or_default();
        write!(f, ", table \"{schema}.{table}\"")?;
    }
    match &objects.data_type {
        Some(data_type) => write!(f, ", type \"{data_type}\""),
        None => Ok(()),
    }
}

impl std::error::Error for PgError {}

/// A handshake that failed comes as an error of the socket's.
fn tls_failure(error: &std::io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// What is wrong with the certificate, in words of ours where rustls' are names of its own.
fn tls_reason(error: &rustls::Error) -> String {
    use rustls::{CertificateError as Bad, Error};
    match error {
        Error::InvalidCertificate(Bad::UnknownIssuer) => {
            "no authority that is trusted here signed the server's certificate".to_owned()
        }
        Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            "the server's certificate is for another host".to_owned()
        }
        Error::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => {
            "the server's certificate has expired".to_owned()
        }
        error => error.to_string(),
    }
}

/// What the operating system says (`strerror`), without its number; of any other I/O error the kind alone, since its
/// text is somebody else's.
pub fn io_reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match error.raw_os_error() {
        Some(number) => text.trim_end_matches(&format!(" (os error {number})")).to_owned(),
        None if text.contains("lookup address") => "the host name is unknown".to_owned(),
        None => error.kind().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_errors_read_like_the_servers() {
        let error =
            PgError::new(PgErrorKind::Privilege, doing("read table").to("public.t"), "permission denied");
        assert_eq!(error.to_string(), "could not read table public.t: permission denied");
    }

    #[test]
    fn what_passes_by_itself_is_told_from_what_does_not() {
        let passes = ["08006", "08001", "40001", "40P01", "53300", "55P03", "57P01", "57P02", "57P03"];
        let stays = [
            "08P01", "22P02", "23505", "25006", "28000", "28P01", "3D000", "40002", "40003", "42501",
            "42P01", "53100", "53200", "55006", "57014", "57P04", "57P05", "58030", "P0001", "XX000",
        ];
        assert!(passes.iter().all(|code| code_may_pass(code)));
        assert!(!stays.iter().any(|code| code_may_pass(code)));
        let ours = |kind| PgError::new(kind, doing("connect"), "x").may_pass();
        assert!(ours(PgErrorKind::Connect) && ours(PgErrorKind::ConnectionLost));
        assert!(!ours(PgErrorKind::Tls) && !ours(PgErrorKind::RunLocked) && !ours(PgErrorKind::PgDump));
        assert!(!ours(PgErrorKind::Configuration) && !ours(PgErrorKind::TableChanged));
    }

    #[test]
    fn only_the_classes_of_the_design_may_be_shown() {
        let shown = ["08006", "28P01", "53100", "57P01", "42501", "55P03"];
        let hidden = ["22P02", "23505", "42703", "P0001", "XX000", "22001", "42601", "42P01", "3D000"];
        assert!(shown.iter().all(|code| may_be_shown(code)));
        assert!(!hidden.iter().any(|code| may_be_shown(code)));
    }

    #[test]
    fn what_a_language_raises_is_not_shown() {
        assert!(is_raised_by_language(Some("pl_exec.c")) && is_raised_by_language(None));
        assert!(!is_raised_by_language(Some("md.c")) && !is_raised_by_language(Some("auth.c")));
    }

    #[test]
    fn row_security_is_told_from_a_missing_privilege() {
        let refusal = "query would be affected by row-level security policy for table \"t\"";
        assert_eq!(kind_of("42501", refusal), PgErrorKind::RowSecurity);
        assert_eq!(kind_of("42501", "permission denied for table t"), PgErrorKind::Privilege);
    }
}
