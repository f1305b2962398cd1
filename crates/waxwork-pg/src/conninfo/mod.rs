//! Where a server is and how to log in, as libpq understands it.
//!
//! ```text
//!   source:  connection string ► service file ► PG* variables ► ~/.pgpass ► defaults
//!   target:  connection string ► service it names ►               ~/.pgpass ► defaults
//! ```
//!
//! sqlx fills every gap from PG* variables, for any connection: `postgres:///staging` with `PGHOST=prod` set would
//! reach production. So nothing is left to it: [`ConnInfo`] states every option, and what sqlx gives no way to unset
//! is refused while the variable stands in the environment ([`environment`] takes them out of it).
//!
//! Keywords, precedence and syntax: PostgreSQL manual, 34.1.1 Connection Strings and 34.15 Environment Variables.

pub mod environment;
mod keywords;
mod network;
mod options;
mod passfile;
mod secret;
mod service;
mod sessions;
mod text;
mod tls;

pub use environment::LibpqEnvironment;
pub(crate) use network::Keepalives;
pub(crate) use secret::Secret;
pub(crate) use sessions::{Entered, Sessions};
pub use tls::SslMode;

use crate::error::{PgError, PgErrorKind, doing};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The port when none is given.
const DEFAULT_PORT: u16 = 5432;

/// Longest wait for one server to answer when `connect_timeout` is absent. libpq waits without end; a nightly run
/// that hangs on a dropped SYN is worse than one that fails.
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// Folders in which a server's socket stands when no host is given: Debian's, then PostgreSQL's own default.
const SOCKET_FOLDERS: [&str; 3] = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

/// `target_session_attrs`, as libpq names it: which of several servers will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionAttributes {
    /// The first that takes us.
    Any,
    /// One on which a transaction may write.
    ReadWrite,
    /// One on which it may not.
    ReadOnly,
    /// No standby.
    Primary,
    /// A standby.
    Standby,
    /// A standby, else the first that takes us.
    PreferStandby,
}

/// One server to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Name, address, or the folder of a Unix socket (begins with `/`).
    pub name: String,
    /// Port, part of the socket's name too.
    pub port: u16,
}

impl Host {
    /// It is reached by a socket of this machine.
    pub fn is_socket(&self) -> bool {
        self.name.starts_with('/')
    }
}

/// How to reach and log in to one database. `Debug` shows host, port and database only.
#[derive(Clone)]
pub struct ConnInfo {
    settings: BTreeMap<&'static str, Secret>,
    notes: Vec<String>,
    sessions: Sessions,
}

impl ConnInfo {
    /// Parses a libpq URI or a keyword/value string, without filling any gap.
    ///
    /// # Errors
    ///
    /// [`PgErrorKind::Configuration`], which never quotes the string: it may hold a password.
    pub fn parse(text: &str) -> Result<Self, PgError> {
        let info = Self { settings: text::parse(text)?, notes: Vec::new(), sessions: Sessions::default() };
        info.validate()?;
        Ok(info)
    }

    /// The source: gaps are filled as libpq fills them, PG* variables included. Without a string they say all.
    ///
    /// # Errors
    ///
    /// [`PgErrorKind::Configuration`]: the string, a service or a file cannot be used.
    pub fn source(text: Option<&str>, environment: &LibpqEnvironment) -> Result<Self, PgError> {
        let mut info = Self::parse(text.unwrap_or_default())?;
        if !info.settings.contains_key("service") {
            info.fill_one("service", environment);
        }
        info.fill_from_service(environment)?;
        for keyword in keywords::taken_from_environment() {
            info.fill_one(keyword, environment);
        }
        info.finish(environment)
    }

    /// The target: only what its string says, a service that it names itself, and the user's password file.
    ///
    /// # Errors
    ///
    /// [`PgErrorKind::Configuration`]: the string, the service or a file cannot be used.
    pub fn target(text: &str) -> Result<Self, PgError> {
        let nothing = LibpqEnvironment::without_variables();
        let mut info = Self::parse(text)?;
        info.fill_from_service(&nothing)?;
        // libpq would take the user's name, which is nobody's wish for a database to replace.
        if info.get("dbname").is_none_or(str::is_empty) {
            return Err(invalid("the target names no database"));
        }
        info.finish(&nothing)
    }

    /// The same server and login, another database.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.settings.insert("dbname", Secret::new(name));
        other
    }

    /// `host:port/dbname`, for messages: no user, no password.
    pub fn describe(&self) -> String {
        let hosts: Vec<String> =
            self.hosts().iter().map(|host| format!("{}:{}", host.name, host.port)).collect();
        format!("{}/{}", hosts.join(","), self.database())
    }

    /// Servers in the order in which they are tried.
    pub fn hosts(&self) -> Vec<Host> {
        let names = self.get("hostaddr").or_else(|| self.get("host")).unwrap_or_default();
        let ports: Vec<&str> = self.get("port").unwrap_or_default().split(',').collect();
        let port_at = |at: usize| {
            let text = if ports.len() == 1 { ports[0] } else { ports.get(at).copied().unwrap_or_default() };
            text.trim().parse().unwrap_or(DEFAULT_PORT)
        };
        names.split(',').enumerate().map(|(at, name)| host_or_default(name.trim(), port_at(at))).collect()
    }

    /// Every name and address that it has for its servers, those of `host` also where `hostaddr` takes their place.
    pub fn host_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.hosts().into_iter().map(|host| host.name).collect();
        let others = self.get("host").into_iter().flat_map(|names| names.split(','));
        names.extend(others.map(|name| name.trim().to_owned()));
        // "db." is "db", said from the root.
        names.iter_mut().for_each(|name| name.truncate(name.trim_end_matches('.').len()));
        names
    }

    /// The database: `dbname`, else the user's name.
    pub fn database(&self) -> String {
        self.get("dbname").filter(|name| !name.is_empty()).map_or_else(|| self.user(), str::to_owned)
    }

    /// The role to log in as: `user`, else the operating system's name of this user.
    pub fn user(&self) -> String {
        let given = self.get("user").filter(|name| !name.is_empty());
        given.map_or_else(|| whoami::username().unwrap_or_else(|_| "postgres".to_owned()), str::to_owned)
    }

    /// `target_session_attrs`, `any` where absent.
    pub fn session_attributes(&self) -> SessionAttributes {
        let name = self.get("target_session_attrs").unwrap_or_default();
        session_attributes_of(name).unwrap_or(SessionAttributes::Any)
    }

    /// The same login at one of its servers: sessions of one run must not end up on different ones.
    #[must_use]
    pub fn at(&self, host: &Host) -> Self {
        let mut one = self.clone();
        for keyword in ["hostaddr", "target_session_attrs"] {
            one.settings.remove(keyword);
        }
        one.settings.insert("host", Secret::new(host.name.as_str()));
        one.settings.insert("port", Secret::new(host.port.to_string()));
        one
    }

    /// Remarks on files that were passed over, for a warning.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Longest wait for one server to answer.
    pub fn connect_timeout(&self) -> Duration {
        match self.get("connect_timeout").and_then(|seconds| seconds.trim().parse::<u64>().ok()) {
            Some(seconds) if seconds > 0 => Duration::from_secs(seconds),
            _ => DEFAULT_CONNECT_TIMEOUT,
        }
    }

    /// The backends of the sessions that were opened by this and its copies, and live.
    pub fn backends(&self) -> Vec<i32> {
        self.sessions.backends()
    }

    /// Counts a backend among them until what is returned goes.
    pub(crate) fn entered(&self, pid: i32, backend: &str) -> Entered {
        self.sessions.enter(pid, backend)
    }

    /// Those that nobody said goodbye to, by process id and start; told once.
    pub(crate) fn left_sessions(&self) -> Vec<String> {
        self.sessions.take_left()
    }

    pub(crate) fn get(&self, keyword: &str) -> Option<&str> {
        self.settings.get(keyword).map(Secret::expose)
    }

    fn fill_one(&mut self, keyword: &'static str, environment: &LibpqEnvironment) {
        if self.settings.contains_key(keyword) {
            return;
        }
        if let Some(value) = keywords::variable(keyword).and_then(|name| environment.get(name)) {
            self.settings.insert(keyword, Secret::new(value));
        }
    }

    fn fill_from_service(&mut self, environment: &LibpqEnvironment) -> Result<(), PgError> {
        let Some(name) = self.get("service").map(str::to_owned) else { return Ok(()) };
        let file = self.get("servicefile").filter(|file| !file.is_empty()).map(PathBuf::from);
        for (keyword, value) in service::find(&name, file, environment)? {
            self.settings.entry(keyword).or_insert(value);
        }
        Ok(())
    }

    /// Looks up the password, and checks what the sources said together.
    fn finish(mut self, environment: &LibpqEnvironment) -> Result<Self, PgError> {
        self.validate()?;
        self.validate_tls()?;
        if self.get("password").is_none_or(str::is_empty) {
            let file = self.get("passfile").map(PathBuf::from).or_else(|| environment.home_file(".pgpass"));
            if let Some(file) = file {
                self.take_password(&file);
            }
        }
        Ok(self)
    }

    fn take_password(&mut self, file: &Path) {
        let (user, database) = (self.user(), self.database());
        match passfile::find(file, &self.hosts(), &database, &user) {
            Ok(Some(password)) => {
                self.settings.insert("password", password);
            }
            Ok(None) => {}
            Err(note) => self.notes.push(note),
        }
    }

    fn validate(&self) -> Result<(), PgError> {
        let hosts = self.get("hostaddr").or_else(|| self.get("host")).unwrap_or_default().split(',').count();
        let ports: Vec<&str> = self.get("port").unwrap_or_default().split(',').collect();
        if ports.iter().any(|port| !port.trim().is_empty() && port.trim().parse::<u16>().is_err()) {
            return Err(invalid("port is not a number from 1 to 65535"));
        }
        if ports.len() > 1 && ports.len() != hosts {
            return Err(invalid("there are not as many ports as hosts"));
        }
        if self.get("sslmode").is_some_and(|mode| !mode.is_empty() && SslMode::named(mode).is_none()) {
            return Err(invalid(
                "sslmode is not one of disable, allow, prefer, require, verify-ca, verify-full",
            ));
        }
        let attributes = self.get("target_session_attrs").unwrap_or_default();
        if !attributes.is_empty() && session_attributes_of(attributes).is_none() {
            return Err(invalid(
                "target_session_attrs is not one of any, read-write, read-only, primary, standby, prefer-standby",
            ));
        }
        self.validate_network()?;
        options::parse(self.get("options").unwrap_or_default()).map(drop)
    }
}

impl fmt::Debug for ConnInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnInfo({})", self.describe())
    }
}

/// An error about a connection string or a file that stands in for one. `problem` never quotes it.
fn invalid(problem: impl Into<String>) -> PgError {
    PgError::new(PgErrorKind::Configuration, doing("use the connection string"), problem)
}

fn session_attributes_of(name: &str) -> Option<SessionAttributes> {
    Some(match name {
        "any" => SessionAttributes::Any,
        "read-write" => SessionAttributes::ReadWrite,
        "read-only" => SessionAttributes::ReadOnly,
        "primary" => SessionAttributes::Primary,
        "standby" => SessionAttributes::Standby,
        "prefer-standby" => SessionAttributes::PreferStandby,
        _ => return None,
    })
}

fn host_or_default(name: &str, port: u16) -> Host {
    let default = || {
        let has_socket = |folder: &str| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists();
        SOCKET_FOLDERS.into_iter().find(|folder| has_socket(folder)).unwrap_or(SOCKET_FOLDERS[0]).to_owned()
    };
    Host { name: if name.is_empty() { default() } else { name.to_owned() }, port }
}

/// A file under the home directory, where it exists.
fn home_file(path: &str) -> Option<PathBuf> {
    LibpqEnvironment::without_variables().home_file(path).filter(|file| file.exists())
}

/// Turns one host of a [`ConnInfo`] into sqlx's options: every field is stated, see [`options::connect_options`].
pub(crate) use options::connect_options;

#[cfg(test)]
mod tests;
