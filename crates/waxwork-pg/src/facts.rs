//! What identifies a server and a database, for the guards and for making a database like another.

use crate::error::{PgError, PgErrorKind, doing};
use crate::session::Session;

/// Facts of one server and the database that the session is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerFacts {
    /// `server_version_num`.
    pub version: u32,
    /// `system_identifier` of the cluster; `None` where the role may not ask.
    pub system_identifier: Option<i64>,
    /// When the postmaster started, microseconds since 1970: tells a clone from the same instance.
    pub postmaster_start: i64,
    /// It is a standby.
    pub in_recovery: bool,
    /// `pg_database.oid`.
    pub database_oid: u32,
    /// `pg_database.datname`.
    pub database: String,
    /// How the database orders and stores text.
    pub locale: DatabaseLocale,
    /// The role is a superuser.
    pub is_superuser: bool,
    /// The role may run programs on the server: superuser or member of `pg_execute_server_program`.
    pub can_run_programs: bool,
    /// The role may create databases.
    pub can_create_databases: bool,
    /// `current_user`.
    pub role: String,
    /// Address and port that the server sees, by TCP.
    pub address: Option<(String, u16)>,
}

/// Encoding and locale of a database: what CREATE DATABASE must repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseLocale {
    /// `UTF8`, `SQL_ASCII`, …
    pub encoding: String,
    /// `datcollate`
    pub collate: String,
    /// `datctype`
    pub ctype: String,
    /// `c`: libc, `i`: ICU, `b`: builtin (17).
    pub provider: char,
    /// ICU or builtin locale.
    pub locale: Option<String>,
    /// ICU rules (16).
    pub icu_rules: Option<String>,
    /// `datcollversion` (15): a copy on another version may sort differently.
    pub collation_version: Option<String>,
}

/// Reads them in the session's database.
pub(crate) async fn read(session: &mut Session) -> Result<ServerFacts, PgError> {
    // First, and apart: where it is forbidden it must not take the others, or a transaction, with it.
    let system_identifier = system_identifier(session).await?;
    let row = session
        .fetch_one(doing("read the server's facts"), include_str!("sql/server_facts.sql"), &[])
        .await?;
    let owned = |at: usize| Ok::<_, PgError>(row.opt_text(at)?.map(str::to_owned));
    let port = row.opt_int(17)?.and_then(|port| u16::try_from(port).ok());
    Ok(ServerFacts {
        version: u32::try_from(row.int(0)?).unwrap_or_default(),
        system_identifier,
        postmaster_start: row.int(1)?,
        in_recovery: row.bool(2)?,
        database_oid: row.oid(3)?,
        database: row.text(4)?.to_owned(),
        locale: DatabaseLocale {
            encoding: row.text(5)?.to_owned(),
            collate: row.text(6)?.to_owned(),
            ctype: row.text(7)?.to_owned(),
            provider: row.text(8)?.chars().next().unwrap_or('c'),
            locale: owned(9)?,
            icu_rules: owned(10)?,
            collation_version: owned(11)?,
        },
        is_superuser: row.bool(12)?,
        can_run_programs: row.bool(13)?,
        can_create_databases: row.bool(14)?,
        role: row.text(15)?.to_owned(),
        address: owned(16)?.zip(port),
    })
}

async fn system_identifier(session: &mut Session) -> Result<Option<i64>, PgError> {
    let asked = doing("read the system identifier");
    match session.fetch_one(asked, include_str!("sql/system_identifier.sql"), &[]).await {
        Ok(row) => row.opt_int(0),
        Err(error) if error.kind() == PgErrorKind::Privilege => Ok(None),
        Err(error) => Err(error),
    }
}
