//! Service files: `[name]` sections of `keyword=value` lines (PostgreSQL manual, 34.17 The Connection Service File).
//!
//! Looked up in the file that is named (`servicefile`, PGSERVICEFILE), else `~/.pg_service.conf`, then `PGSYSCONFDIR/pg_service.conf`.

use super::text::{self, Settings};
use super::{LibpqEnvironment, invalid};
use crate::error::PgError;
use std::path::PathBuf;

/// Where a system-wide file stands when PGSYSCONFDIR is not set: Debian's folder.
const SYSTEM_FOLDER: &str = "/etc/postgresql-common";

/// The settings of a service.
///
/// # Errors
///
/// No file has it, or its section cannot be read.
pub(super) fn find(
    name: &str,
    named: Option<PathBuf>,
    environment: &LibpqEnvironment,
) -> Result<Settings, PgError> {
    for file in files(named, environment) {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        if let Some(settings) = section(&text, name)? {
            return Ok(settings);
        }
    }
    Err(invalid("the service that it names is in no service file"))
}

fn files(named: Option<PathBuf>, environment: &LibpqEnvironment) -> Vec<PathBuf> {
    let own = named.or_else(|| environment.get("PGSERVICEFILE").map(PathBuf::from));
    let own = own.or_else(|| environment.home_file(".pg_service.conf"));
    let system = environment.get("PGSYSCONFDIR").unwrap_or(SYSTEM_FOLDER);
    own.into_iter().chain([PathBuf::from(system).join("pg_service.conf")]).collect()
}

fn section(text: &str, name: &str) -> Result<Option<Settings>, PgError> {
    let mut lines = text.lines().map(str::trim);
    let heading = format!("[{name}]");
    if !lines.any(|line| line == heading) {
        return Ok(None);
    }
    let mut settings = Settings::new();
    let body = lines.take_while(|line| !line.starts_with('['));
    for (at, line) in body.filter(|line| !line.is_empty() && !line.starts_with('#')).enumerate() {
        // libpq takes no service within a service.
        let nested = |keyword: &str| ["service", "servicefile"].contains(&keyword.trim());
        let pair = line.split_once('=').filter(|(keyword, _)| !nested(keyword));
        let (keyword, value) = pair.ok_or_else(|| invalid("its service has a line that is no setting"))?;
        text::add(&mut settings, keyword.trim(), value.trim(), at + 1)?;
    }
    Ok(Some(settings))
}
