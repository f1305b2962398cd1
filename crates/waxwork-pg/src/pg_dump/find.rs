//! Which `pg_dump`: the newest of those in the folders that `WAXWORK_PG_BIN` names, or of all where it is not set; it
//! must not be older than the server.
//!
//! `pg_dump` reads servers of its own major version and older, and a newer one knows more of them.

use super::helper;
use crate::error::{Doing, PgError, PgErrorKind, doing};
use std::fmt;
use std::path::{Path, PathBuf};

/// Folders with PostgreSQL's programs, parted by `:`; where it is set no other is looked at.
const FOLDER_VARIABLE: &str = "WAXWORK_PG_BIN";

/// Folders of packages, one a version: Debian's, Red Hat's, Homebrew's.
const PACKAGE_FOLDERS: [(&str, &str); 4] = [
    ("/usr/lib/postgresql", "bin"),
    ("/usr", "bin"),
    ("/opt/homebrew/opt", "bin"),
    ("/usr/local/opt", "bin"),
];

/// A version such as 15.18.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PgDumpVersion {
    /// 15
    pub major: u32,
    /// 18; 0 for a development version
    pub minor: u32,
}

impl fmt::Display for PgDumpVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A `pg_dump` program.
#[derive(Clone, Debug)]
pub struct PgDump {
    path: PathBuf,
    version: PgDumpVersion,
}

impl PgDump {
    /// The newest one where it may come from.
    ///
    /// # Errors
    ///
    /// `PgDumpMissing`: there is none, or all are older than the server, which the message says with both versions.
    pub async fn find(server_version: u32) -> Result<Self, PgError> {
        match std::env::var_os(FOLDER_VARIABLE).filter(|named| !named.is_empty()) {
            Some(named) => {
                let doing = doing("find pg_dump").to(format_args!("in the folders of {FOLDER_VARIABLE}"));
                let folders: Vec<PathBuf> = std::env::split_paths(&named).collect();
                Self::find_in(&folders, server_version, doing).await
            }
            None => Self::find_in(&candidate_folders().await, server_version, doing("find pg_dump")).await,
        }
    }

    /// The same among given folders, which `doing` names; of equal versions the first wins. A relative folder does not
    /// count: an empty part of a list is the current one, from where no program is to be taken.
    ///
    /// # Errors
    ///
    /// As [`PgDump::find`].
    pub async fn find_in(folders: &[PathBuf], server_version: u32, doing: Doing) -> Result<Self, PgError> {
        let mut newest: Option<Self> = None;
        for folder in folders.iter().filter(|folder| folder.is_absolute()) {
            let Some(found) = Self::at(folder.join("pg_dump")).await else { continue };
            if newest.as_ref().is_none_or(|newest| newest.version < found.version) {
                newest = Some(found);
            }
        }
        let major = server_version / 10_000;
        match newest {
            Some(found) if found.version.major >= major => Ok(found),
            Some(found) => {
                let message =
                    format!("the newest is {}, and the server is PostgreSQL {major}", found.version);
                Err(PgError::new(PgErrorKind::PgDumpMissing, doing, message))
            }
            None => {
                let message = format!("there is none, and PostgreSQL {major} or newer is needed");
                Err(PgError::new(PgErrorKind::PgDumpMissing, doing, message))
            }
        }
    }

    /// The program.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its version.
    pub fn version(&self) -> PgDumpVersion {
        self.version
    }

    /// Asks the program at a path for its version; `None` when it is not a pg_dump that runs.
    async fn at(path: PathBuf) -> Option<Self> {
        if !path.is_file() {
            return None;
        }
        let output = helper(&path).arg("--version").output().await.ok()?;
        let version = parse_version(std::str::from_utf8(&output.stdout).ok()?)?;
        Some(Self { path, version })
    }
}

/// `pg_dump (PostgreSQL) 15.18 (Debian 15.18-1)`, `pg_dump (PostgreSQL) 19beta1`
fn parse_version(text: &str) -> Option<PgDumpVersion> {
    let version = text.split_once(") ")?.1.split_whitespace().next()?;
    let digits = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        text[..end].parse().ok()
    };
    let minor = version.split_once('.').and_then(|(_, minor)| digits(minor)).unwrap_or(0);
    Some(PgDumpVersion { major: digits(version)?, minor })
}

/// What `pg_config` says, packages' folders, then `PATH`.
async fn candidate_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Ok(output) = helper(Path::new("pg_config")).arg("--bindir").output().await {
        folders.extend(String::from_utf8(output.stdout).ok().map(|line| PathBuf::from(line.trim())));
    }
    for (parent, child) in PACKAGE_FOLDERS {
        let Ok(entries) = std::fs::read_dir(parent) else { continue };
        let installed =
            entries.flatten().filter(|entry| is_package(parent, &entry.file_name().to_string_lossy()));
        folders.extend(installed.map(|entry| entry.path().join(child)));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    folders
}

/// `/usr` holds more than PostgreSQL: only `/usr/pgsql-17` and `…/postgresql@17` are folders of a version.
fn is_package(parent: &str, name: &str) -> bool {
    match parent {
        "/usr" => name.starts_with("pgsql-"),
        "/usr/lib/postgresql" => true,
        _ => name.starts_with("postgresql") || name.starts_with("libpq"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_with_and_without_a_minor() {
        let version = |major, minor| Some(PgDumpVersion { major, minor });
        assert_eq!(parse_version("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), version(15, 18));
        assert_eq!(parse_version("pg_dump (PostgreSQL) 19beta1\n"), version(19, 0));
        assert_eq!(parse_version("something else\n"), None);
    }
}
