//! How a run ends when it does not end well: an exit code and what to tell the user.

use crate::closure::ClosureError;
use waxwork_core::diagnostic::{Class, Diagnostic};
use waxwork_core::plan::Refused;
use waxwork_core::report::{Finding, exit, exit_for};
use waxwork_pg::{PgError, PgErrorKind};

/// A run's failure: its exit code with every error found.
#[derive(Debug)]
pub struct RunError {
    /// The process's exit code.
    pub exit: u8,
    /// At least one.
    pub errors: Vec<Finding>,
    /// Warnings met on the way.
    pub findings: Vec<Finding>,
    /// What the rules decide where they make no plan yet.
    pub refused: Option<Box<Refused>>,
    /// The same run may succeed the next time: [`PgError::may_pass`].
    pub may_pass: bool,
}

impl RunError {
    /// One error.
    pub fn new(exit: u8, code: &str, message: impl Into<String>) -> Self {
        Self::of(exit, vec![Finding::new(code, message)])
    }

    /// Errors that were found together.
    pub fn of(exit: u8, errors: Vec<Finding>) -> Self {
        Self { exit, errors, findings: Vec::new(), refused: None, may_pass: false }
    }

    /// Adds warnings met on the way.
    #[must_use]
    pub fn with_findings(mut self, findings: Vec<Finding>) -> Self {
        self.findings.extend(findings);
        self
    }

    /// It is a connection that is gone, as the server or the network said.
    pub(crate) fn is_lost_connection(&self) -> bool {
        self.errors.last().is_some_and(|error| error.code == CONNECTION_LOST)
    }

    /// The same where another try could do harm, or would find nothing else.
    #[must_use]
    pub(crate) fn for_good(self) -> Self {
        Self { may_pass: false, ..self }
    }

    /// Adds a detail to the last error.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        if let Some(last) = self.errors.last_mut() {
            last.detail = Some(detail.into());
        }
        self
    }

    /// Adds a hint to the last error.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(last) = self.errors.last_mut() {
            last.hint = Some(hint.into());
        }
        self
    }

    /// Everything that the rules and the catalog refuse.
    pub fn diagnostics(found: &[Diagnostic]) -> Self {
        let (warnings, errors): (Vec<_>, Vec<_>) = found.iter().partition(|one| one.class == Class::Warning);
        Self::of(exit_for(found), errors.into_iter().map(Finding::from).collect())
            .with_findings(warnings.into_iter().map(Finding::from).collect())
    }

    /// The same, with how far the rules reach.
    pub fn refused(refused: Refused) -> Self {
        Self { refused: Some(Box::new(refused.clone())), ..Self::diagnostics(&refused.diagnostics) }
    }

    /// A server's error at the start, before anything was read: exit 5 where the network, TLS or the login failed.
    pub fn connecting(error: PgError) -> Self {
        let refused = matches!(
            error.kind(),
            PgErrorKind::Connect
                | PgErrorKind::Auth
                | PgErrorKind::Tls
                | PgErrorKind::Pooler
                | PgErrorKind::ConnectionLost
        );
        let failure = Self::from(error);
        if refused { Self { exit: exit::CONNECT, ..failure } } else { failure }
    }
}

const TLS_HINT: &str = "Name your authority's certificate with sslrootcert. sslmode=require asks for none, and then anybody may \
                        answer.";

/// The server says the same of a wrong password and of none.
const PASSWORD_HINT: &str = "A password comes from the connection string, or from ~/.pgpass, which counts only where nobody else \
                             may read it (chmod 600); PGPASSWORD and PGPASSFILE are the source's alone.";

/// Code of the error that a connection is gone.
const CONNECTION_LOST: &str = "connection_lost";

/// Code of the error that another run is at work.
pub(crate) const RUN_LOCKED: &str = "run_locked";

/// The exit code and the stable code of a server's error once the run is under way.
fn meaning(kind: PgErrorKind) -> (u8, &'static str) {
    match kind {
        PgErrorKind::Configuration => (exit::RULES, "connection_string"),
        PgErrorKind::Connect => (exit::FAILED, "connection"),
        PgErrorKind::Auth => (exit::FAILED, "login"),
        PgErrorKind::Tls => (exit::FAILED, "tls"),
        PgErrorKind::Pooler => (exit::FAILED, "pooler"),
        PgErrorKind::UnsupportedVersion => (exit::RULES, "server_version"),
        PgErrorKind::Privilege => (exit::FAILED, "privilege"),
        PgErrorKind::RowSecurity => (exit::FAILED, "row_security"),
        PgErrorKind::LockTimeout => (exit::LOCKED, "lock_timeout"),
        PgErrorKind::RunLocked => (exit::LOCKED, RUN_LOCKED),
        PgErrorKind::TableChanged => (exit::DRIFT, "table_changed"),
        PgErrorKind::DiskFull => (exit::FAILED, "disk_full"),
        PgErrorKind::ConnectionLost => (exit::FAILED, CONNECTION_LOST),
        PgErrorKind::IntegrityViolation => (exit::FAILED, "constraint"),
        PgErrorKind::Data => (exit::FAILED, "data"),
        PgErrorKind::PgDumpMissing => (exit::RULES, "pg_dump_missing"),
        PgErrorKind::PgDump => (exit::FAILED, "pg_dump"),
        PgErrorKind::Canceled => (exit::FAILED, "canceled"),
        PgErrorKind::Conflict => (exit::FAILED, "conflict"),
        _ => (exit::FAILED, "server"),
    }
}

impl From<ClosureError> for RunError {
    fn from(error: ClosureError) -> Self {
        match error {
            ClosureError::Rules(found) => Self::diagnostics(&found),
            ClosureError::Condition(found) => Self::of(exit::FAILED, vec![Finding::from(&*found)]),
            ClosureError::Source(error) => error.into(),
            ClosureError::Spill(_) => Self::new(exit::FAILED, "temporary_file", error.to_string())
                .hint("Give it room (TMPDIR says where temporary files are), or more --memory."),
            ClosureError::Stopped(stops) => {
                let errors = stops.iter().map(|stop| Finding::from(&stop.diagnostic()));
                Self::of(exit::FAILED, errors.collect())
            }
        }
    }
}

impl From<PgError> for RunError {
    fn from(error: PgError) -> Self {
        let (exit, code) = meaning(error.kind());
        let found = Finding {
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            ..Finding::new(code, error.to_string())
        };
        let failure = Self { may_pass: error.may_pass(), ..Self::of(exit, vec![found]) };
        match (error.kind(), error.sqlstate()) {
            (PgErrorKind::Tls, _) => failure.hint(TLS_HINT),
            (PgErrorKind::Auth, Some("28P01")) => failure.hint(PASSWORD_HINT),
            _ => failure,
        }
    }
}
