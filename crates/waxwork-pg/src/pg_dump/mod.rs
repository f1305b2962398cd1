//! The server's DDL, by the server's own tool.
//!
//! ```text
//!   find the newest pg_dump ─► run it under our snapshot ─► stdout, a pipe ─► memory ─► SchemaArchive
//! ```
//!
//! DDL can hold passwords (user mappings, subscriptions, foreign servers), so it never touches a disk; the login goes
//! to the child by environment, which no `ps` shows; and what the child says on stderr is not repeated, because
//! `pg_dump` quotes whole queries.
//!
//! It locks views while it reads them, and waits for them without end (`setup_connection` sets lock_timeout to 0) with
//! every table locked: a migration that has such a view and comes to want a table would be a deadlock's victim. So
//! somebody watches it, and ends it when it waits.

mod archive;
mod find;
mod watch;

pub use archive::{SchemaArchive, SchemaEntry, Section};
pub use find::{PgDump, PgDumpVersion};

use crate::conninfo::{ConnInfo, SslMode};
use crate::error::{PgError, PgErrorKind, doing};
use crate::source::{LOCK_WAIT, SnapshotId};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::Command;
use watch::Watch;

/// Pause before `pg_dump` is started again, after it waited for a lock.
const LOCK_PAUSE: Duration = Duration::from_millis(300);

/// What `pg_dump` is asked for. Dropped here is what may carry data or secrets and is left out anyway
/// (`DESIGN.md`, "What a copy holds"); the rest is decided entry by entry.
const ARGUMENTS: [&str; 10] = [
    "--format=custom",
    "--compress=0",
    "--schema-only",
    "--encoding=UTF8",
    "--no-password",
    "--no-comments",
    "--no-security-labels",
    "--no-publications",
    "--no-subscriptions",
    "--no-tablespaces",
];

/// Where a database sets them otherwise, the server would write literals and names in a form that ours do not read.
const OPTIONS: &str = "-c standard_conforming_strings=on -c quote_all_identifiers=off";

impl PgDump {
    /// Reads the schema as the snapshot sees it. `pg_dump` takes its own locks; where it waits for one it is ended and
    /// started again, until `lock_timeout` has passed. Behind an ALTER TABLE that queues behind ours it would wait for ever:
    /// where the same one is in its way the second time, no more is tried.
    ///
    /// # Errors
    ///
    /// `PgDump`: it failed; `Privilege` and `LockTimeout` where its words allow no other reading.
    pub async fn schema(
        &self,
        info: &ConnInfo,
        snapshot: &SnapshotId,
        lock_timeout: Duration,
    ) -> Result<SchemaArchive, PgError> {
        let until = Instant::now() + lock_timeout;
        let mut watch = Watch::open(info).await?;
        let mut before: Option<i32> = None;
        let result = loop {
            let error = match self.try_schema(info, snapshot, &mut watch).await {
                Err(error) if error.kind() == PgErrorKind::LockTimeout => error,
                result => break result,
            };
            let in_the_way = watch.take_in_the_way();
            let again = Instant::now() < until;
            match in_the_way {
                Some(waiter) if !again || before == Some(waiter.backend_pid) => {
                    break Err(watch::explain(&error, &waiter));
                }
                None if !again => break Err(watch.name_locked(error).await),
                waiter => before = waiter.map(|waiter| waiter.backend_pid),
            }
            tokio::time::sleep(LOCK_PAUSE).await;
        };
        watch.close().await;
        result
    }

    async fn try_schema(
        &self,
        info: &ConnInfo,
        snapshot: &SnapshotId,
        watch: &mut Watch,
    ) -> Result<SchemaArchive, PgError> {
        let mut command = self.command();
        command
            .args(ARGUMENTS)
            .arg(format!("--snapshot={snapshot}"))
            .envs(login_variables(info))
            .env("PGOPTIONS", format!("{} {OPTIONS}", info.get("options").unwrap_or_default()))
            .env("PGAPPNAME", watch.application_name());
        let running = command.output();
        tokio::pin!(running);
        let mut was_ended = false;
        let output = loop {
            tokio::select! {
                output = &mut running => break output.map_err(|error| failed(error.kind().to_string()))?,
                () = tokio::time::sleep(LOCK_WAIT / 2) => {}
            }
            was_ended |= watch.end_who_waits().await?;
        };
        match output.status.success() {
            true => SchemaArchive::parse(&output.stdout),
            false if was_ended => Err(lock_timeout_error()),
            false => Err(explain(&output.stderr, output.status)),
        }
    }

    /// The program, ended when we are.
    fn command(&self) -> Command {
        let mut command = helper(self.path());
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }
}

/// Variables that a helper needs to start and to log in. All others stay ours: libpq's could lead it elsewhere, and
/// any may hold a key.
const PASSED_ON: [&str; 8] =
    ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "KRB5CCNAME", "KRB5_CONFIG", "OPENSSL_CONF", "SYSTEMROOT"];

/// A command with an environment of its own.
fn helper(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("LC_ALL", "C");
    for name in PASSED_ON {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// The login as libpq's variables, complete: hosts, ports, user and database never come from a default.
pub fn login_variables(info: &ConnInfo) -> Vec<(&'static str, String)> {
    let hosts = info.hosts();
    let list =
        |part: fn(&crate::conninfo::Host) -> String| hosts.iter().map(part).collect::<Vec<_>>().join(",");
    let mut variables = vec![
        ("PGHOST", list(|host| host.name.clone())),
        ("PGPORT", list(|host| host.port.to_string())),
        ("PGUSER", info.user()),
        ("PGDATABASE", info.database()),
        ("PGAPPNAME", "waxwork".to_owned()),
        ("PGCONNECT_TIMEOUT", info.connect_timeout().as_secs().to_string()),
    ];
    let passed_on = [("password", "PGPASSWORD"), ("options", "PGOPTIONS")];
    let given = passed_on.iter().filter_map(|(keyword, name)| Some((*name, info.get(keyword)?.to_owned())));
    variables.extend(given);
    variables.extend(tls_variables(info));
    variables
}

/// What holds for our own sessions, stated: libpq's defaults are others, and before 16 it does not know the system's
/// authorities by name.
fn tls_variables(info: &ConnInfo) -> Vec<(&'static str, String)> {
    let mode = info.ssl_mode();
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    let mut variables = vec![("PGSSLMODE", mode.name().to_owned())];
    if let (true, Some(file)) = (mode >= SslMode::VerifyCa, info.authorities()) {
        variables.push(("PGSSLROOTCERT", text(file)));
    }
    if let Some(own) = info.client_certificate() {
        variables.extend([("PGSSLCERT", text(own.certificate)), ("PGSSLKEY", text(own.key))]);
    }
    variables
}

const READING: &str = "read the schema with pg_dump";

fn failed(problem: impl Into<String>) -> PgError {
    PgError::new(PgErrorKind::PgDump, doing(READING), problem)
}

fn lock_timeout_error() -> PgError {
    PgError::new(PgErrorKind::LockTimeout, doing(READING), "a lock was not had in time")
}

/// Looks for words that name objects and settings only; everything else it said stays unsaid.
fn explain(stderr: &[u8], status: std::process::ExitStatus) -> PgError {
    let said = String::from_utf8_lossy(stderr);
    let has = |words: &str| said.contains(words);
    let doing = doing(READING);
    if let Some(refusal) = said.lines().find_map(|line| line.split_once("permission denied for ")) {
        return PgError::new(PgErrorKind::Privilege, doing, format!("permission denied for {}", refusal.1));
    }
    if has("server version mismatch") {
        return PgError::new(PgErrorKind::PgDumpMissing, doing, "it is older than the server");
    }
    if has("conflict with recovery") {
        return PgError::new(PgErrorKind::Conflict, doing, "a standby ended it because of recovery");
    }
    if has("server closed the connection") || has("terminating connection") {
        return PgError::new(PgErrorKind::ConnectionLost, doing, "its connection broke");
    }
    if has("connection to server") {
        return PgError::new(PgErrorKind::Connect, doing, "it could not connect");
    }
    let code = status.code().map_or("by a signal".to_owned(), |code| format!("with status {code}"));
    PgError::new(PgErrorKind::PgDump, doing, format!("it ended {code}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn what_pg_dump_says_is_repeated_only_where_it_names_objects() {
        let status = std::process::ExitStatus::from_raw(256);
        let error = explain(b"pg_dump: error: query failed: ERROR:  permission denied for table t\n", status);
        assert_eq!(
            (error.kind(), error.message()),
            (PgErrorKind::Privilege, Some("permission denied for table t"))
        );
        let error = explain(b"pg_dump: error: query was: SELECT 'hunter2'\n", status);
        assert_eq!((error.kind(), error.message()), (PgErrorKind::PgDump, Some("it ended with status 1")));
        let error =
            explain(b"pg_dump: error: query failed: server closed the connection unexpectedly\n", status);
        assert_eq!((error.kind(), error.may_pass()), (PgErrorKind::ConnectionLost, true));
        let error = explain(b"ERROR:  canceling statement due to conflict with recovery\n", status);
        assert_eq!((error.kind(), error.may_pass()), (PgErrorKind::Conflict, true));
    }

    #[test]
    fn the_child_gets_a_whole_login_by_environment() {
        let info = ConnInfo::parse("postgres://ann:secret@a:1,b:2/shop?sslmode=require").unwrap();
        let variables = login_variables(&info);
        let value =
            |name| variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| value.as_str());
        assert_eq!((value("PGHOST"), value("PGPORT")), (Some("a,b"), Some("1,2")));
        assert_eq!((value("PGUSER"), value("PGPASSWORD")), (Some("ann"), Some("secret")));
        assert_eq!((value("PGDATABASE"), value("PGSSLMODE")), (Some("shop"), Some("require")));
    }

    #[test]
    fn the_child_is_told_how_the_server_is_verified_and_guesses_nothing() {
        let variables = |text: &str| login_variables(&ConnInfo::parse(text).unwrap());
        let has = |text: &str, name: &str, value: &str| variables(text).contains(&(name, value.to_owned()));
        assert!(has("host=db.example.com", "PGSSLMODE", "verify-full"));
        assert!(has("host=localhost", "PGSSLMODE", "prefer"));
        assert!(has("host=localhost sslmode=disable", "PGSSLMODE", "disable"));
        let pinned = "host=h sslmode=require sslrootcert=/ca.pem sslcert=/c.crt sslkey=/c.key";
        assert!(has(pinned, "PGSSLMODE", "verify-ca") && has(pinned, "PGSSLROOTCERT", "/ca.pem"));
        assert!(has(pinned, "PGSSLCERT", "/c.crt") && has(pinned, "PGSSLKEY", "/c.key"));
    }
}
