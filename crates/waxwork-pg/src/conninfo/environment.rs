//! The PG* variables: captured once, for the source alone, and hidden from sqlx.
//!
//! sqlx reads PGOPTIONS, PGSSLCERT and PGSSLKEY for every connection and has no way to unset them, and trusts the system's
//! authorities beside those that it is given. Changing a variable of a running process is `unsafe`, so [`seal`] starts the
//! program again with the variables renamed; it is the first thing that `main` does.

use super::Secret;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

/// Under this prefix a sealed process finds what was a PG* variable.
const SEALED_PREFIX: &str = "WAXWORK_LIBPQ_";

/// Where rustls looks for the authorities that the system trusts (`rustls-native-certs`).
const AUTHORITIES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// What it finds there in a sealed process.
const NO_AUTHORITIES: &str = "/dev/null";

/// PG* variables as they were when the program started, and where the user's files are.
#[derive(Clone, Default)]
pub struct LibpqEnvironment {
    variables: BTreeMap<String, Secret>,
    home: Option<PathBuf>,
}

impl LibpqEnvironment {
    /// What this process was given, sealed or not.
    pub fn capture() -> Self {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let name = name.strip_prefix(SEALED_PREFIX).unwrap_or(&name).to_owned();
            is_libpq_variable(&name).then_some((name, Secret::new(value.into_string().ok()?)))
        });
        Self { variables: variables.collect(), ..Self::without_variables() }
    }

    /// No variable at all, only the user's home: what a target may see.
    pub fn without_variables() -> Self {
        Self { variables: BTreeMap::new(), home: std::env::home_dir() }
    }

    /// Given variables and home, for tests.
    pub fn of(variables: &[(&str, &str)], home: Option<&Path>) -> Self {
        let pairs = variables.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value)));
        Self { variables: pairs.collect(), home: home.map(Path::to_path_buf) }
    }

    /// It says which server or database is meant.
    pub fn names_server(&self) -> bool {
        const NAMING: [&str; 5] = ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGSERVICE"];
        NAMING.iter().any(|name| self.get(name).is_some())
    }

    /// A variable's value; an empty one counts as absent, as in libpq.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(Secret::expose).filter(|value| !value.is_empty())
    }

    /// A file under the user's home.
    pub(super) fn home_file(&self, path: &str) -> Option<PathBuf> {
        Some(self.home.as_ref()?.join(path))
    }
}

impl fmt::Debug for LibpqEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.variables.keys()).finish()
    }
}

/// A variable that a rule file names, sealed or not: its name may begin like libpq's.
///
/// # Errors
///
/// It is not set, or not UTF-8.
pub fn variable(name: &str) -> Result<String, std::env::VarError> {
    std::env::var(name).or_else(|error| {
        let sealed = sealed(OsStr::new(name));
        if is_libpq_variable(name) { std::env::var(sealed) } else { Err(error) }
    })
}

/// The file of the authorities that the system trusts: SSL_CERT_FILE's, else the distribution's.
pub fn system_authorities() -> Option<PathBuf> {
    let [file, _] = AUTHORITIES;
    unsealed(file).map(PathBuf::from).or_else(super::tls::bundle)
}

/// The variables of the system's authorities as they were before [`seal`], for programs that are not ours; `None`: not set.
pub fn unsealed_authorities() -> [(&'static str, Option<OsString>); 2] {
    AUTHORITIES.map(|name| (name, unsealed(name)))
}

/// A variable of the system's authorities as it was before [`seal`].
fn unsealed(name: &str) -> Option<OsString> {
    let hidden = std::env::var_os(sealed(OsStr::new(name))).or_else(|| std::env::var_os(name));
    hidden.filter(|value| value != NO_AUTHORITIES)
}

/// Replaces this process by itself, PG* variables renamed and the system's authorities hidden from the driver, which would
/// trust them whatever a connection string says; returns in a process that is so already.
///
/// # Errors
///
/// The program cannot be started again.
pub fn seal() -> std::io::Result<()> {
    use std::os::unix::process::CommandExt;
    let variables: Vec<(OsString, OsString)> =
        std::env::vars_os().filter(|(name, value)| is_sealable(name, value)).collect();
    let [file, _] = AUTHORITIES;
    let is_hidden = std::env::var_os(file).is_some_and(|value| value == NO_AUTHORITIES);
    if is_hidden && variables.is_empty() {
        return Ok(());
    }
    let mut arguments = std::env::args_os();
    let mut command = std::process::Command::new(std::env::current_exe()?);
    command.arg0(arguments.next().unwrap_or_default()).args(arguments);
    for (name, value) in variables {
        command.env_remove(&name).env(sealed(&name), value);
    }
    command.env(file, NO_AUTHORITIES);
    Err(command.exec())
}

fn sealed(name: &OsStr) -> OsString {
    let mut sealed = OsString::from(SEALED_PREFIX);
    sealed.push(name);
    sealed
}

fn is_sealable(name: &OsStr, value: &OsStr) -> bool {
    let is_authorities = |name: &str| AUTHORITIES.contains(&name) && value != NO_AUTHORITIES;
    name.to_str().is_some_and(|name| is_libpq_variable(name) || is_authorities(name))
}

fn is_libpq_variable(name: &str) -> bool {
    name.starts_with("PG")
}
