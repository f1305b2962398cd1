//! The session in a maintenance database: it sees all databases and holds the run lock.

use super::publish::terminate_clients;
use super::{SESSION_SETTINGS, literal};
use crate::conninfo::ConnInfo;
use crate::error::{PgError, PgErrorKind, doing};
use crate::facts::{self, DatabaseLocale, ServerFacts};
use crate::pooler;
use crate::row::Param;
use crate::session::Session;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use waxwork_core::ident::Ident;

/// Where databases can be made and renamed from: neither is ever a target.
pub const MAINTENANCE_DATABASES: [&str; 2] = ["postgres", "template1"];

/// First key of our advisory locks, so that they meet no one else's: "waxw" in ASCII.
const LOCK_CLASS: i64 = 0x7761_7877;

/// How long a statement here waits for a lock on a database, which anybody's COMMENT ON DATABASE holds to the end of
/// its transaction.
const LOCK_WAIT: &str = "SET lock_timeout = '10s'";

/// One database of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseFacts {
    /// `pg_database.oid`.
    pub oid: u32,
    /// Its owner.
    pub owner: String,
    /// `COMMENT ON DATABASE`: our marker stands here.
    pub comment: Option<String>,
    /// Number of sessions in it.
    pub sessions: u64,
    /// What a DROP DATABASE left that was interrupted: it can only be dropped (manual, DROP DATABASE).
    pub is_invalid: bool,
}

/// What to create.
#[derive(Clone, Debug)]
pub struct NewDatabase<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its owner; `None`: the role that connects.
    pub owner: Option<&'a str>,
    /// How it stores and orders text.
    pub locale: &'a DatabaseLocale,
}

/// A session in a maintenance database of the target's server.
#[derive(Debug)]
pub struct TargetServer {
    pub(super) session: Session,
    pub(super) info: ConnInfo,
    facts: ServerFacts,
}

impl TargetServer {
    /// Connects to `postgres`, else `template1`, with the login of `info`; the database that it names need not exist.
    ///
    /// # Errors
    ///
    /// No connection to either.
    pub async fn connect(info: &ConnInfo) -> Result<Self, PgError> {
        let (mut session, info) = connect_maintenance(info).await?;
        session.execute(doing("set up a session"), LOCK_WAIT).await?;
        let facts = facts::read(&mut session).await?;
        Ok(Self { session, info, facts })
    }

    /// Facts of the server and of the maintenance database.
    pub fn facts(&self) -> &ServerFacts {
        &self.facts
    }

    /// The connection string of the maintenance database.
    pub fn info(&self) -> &ConnInfo {
        &self.info
    }

    /// The connection string of another database of this server: where a run's sessions must go.
    pub fn info_of(&self, database: &str) -> ConnInfo {
        self.info.with_database(database)
    }

    /// The session, for queries of the guards.
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// A database by name, if there is one.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn database(&mut self, name: &str) -> Result<Option<DatabaseFacts>, PgError> {
        let sql = include_str!("../sql/database.sql");
        let rows = self.session.fetch(doing("look up database").to(name), sql, &[text(name)]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(DatabaseFacts {
            oid: row.oid(0)?,
            owner: row.text(1)?.to_owned(),
            comment: row.opt_text(2)?.map(str::to_owned),
            sessions: row.int(3)?.unsigned_abs(),
            is_invalid: row.bool(4)?,
        }))
    }

    /// Names of all databases that begin with `prefix`, sorted.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn databases(&mut self, prefix: &str) -> Result<Vec<String>, PgError> {
        let sql = "SELECT datname FROM pg_catalog.pg_database WHERE pg_catalog.starts_with(datname::pg_catalog.text, $1) \
                   ORDER BY datname COLLATE \"C\"";
        let rows = self.session.fetch(doing("list the databases"), sql, &[text(prefix)]).await?;
        rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
    }

    /// Whether a database holds any object of a user, asked in that database.
    ///
    /// # Errors
    ///
    /// It cannot be connected to.
    pub async fn has_user_objects(&self, name: &str) -> Result<bool, PgError> {
        let mut session = Session::open(&self.info.with_database(name), SESSION_SETTINGS).await?;
        let sql = include_str!("../sql/has_user_objects.sql");
        let row = session.fetch_one(doing("look into database").to(name), sql, &[]).await?;
        let found = row.bool(0)?;
        session.close().await;
        Ok(found)
    }

    /// Facts read in another database of the server.
    ///
    /// # Errors
    ///
    /// It cannot be connected to.
    pub async fn facts_in(&self, name: &str) -> Result<ServerFacts, PgError> {
        let mut session = Session::open(&self.info.with_database(name), SESSION_SETTINGS).await?;
        let facts = facts::read(&mut session).await?;
        session.close().await;
        Ok(facts)
    }

    /// Creates an empty database, not a copy of a template that somebody has put things into.
    ///
    /// # Errors
    ///
    /// `Privilege` without CREATEDB, `DuplicateObject`, a locale that this server does not know.
    pub async fn create_database(&mut self, new: &NewDatabase<'_>) -> Result<(), PgError> {
        let sql = create_database_sql(new, self.facts.version);
        self.session.execute(doing("create database").to(new.name), &sql).await
    }

    /// Drops a database, ending its sessions, even one that others are made from; an absent one is fine.
    ///
    /// # Errors
    ///
    /// `Privilege`: not its owner. `ObjectInUse`: a session that we may not end, a subscription, a prepared
    /// transaction.
    pub async fn drop_database(&mut self, name: &str) -> Result<(), PgError> {
        let doing = || doing("drop database").to(name);
        let database = Ident::new(name);
        let template = "SELECT datistemplate FROM pg_catalog.pg_database WHERE datname = $1";
        if let Some(row) = self.session.fetch(doing(), template, &[text(name)]).await?.first()
            && row.bool(0)?
        {
            self.session.execute(doing(), &format!("ALTER DATABASE {database} IS_TEMPLATE false")).await?;
        }
        let drop = format!("DROP DATABASE IF EXISTS {database}");
        match self.session.execute(doing(), &format!("{drop} WITH (FORCE)")).await {
            // FORCE takes the right to end whoever is there, a worker of autovacuum too, which a plain DROP ends by itself.
            Err(error) if error.kind() == PgErrorKind::Privilege => {
                terminate_clients(&mut self.session, &[name.to_owned()]).await?;
                self.session.execute(doing(), &drop).await
            }
            outcome => outcome,
        }
    }

    /// What keeps databases from being renamed or dropped: (what, how many), sessions by role.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn holders(&mut self, databases: &[String]) -> Result<Vec<(String, u64)>, PgError> {
        let sql = include_str!("../sql/database_holders.sql");
        let names = Param::Texts(databases.to_vec());
        let rows = self.session.fetch(doing("look for who is in the target"), sql, &[names]).await?;
        rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.int(1)?.unsigned_abs()))).collect()
    }

    /// Sets a database's comment, our marker.
    ///
    /// # Errors
    ///
    /// `Privilege`: not its owner.
    pub async fn set_comment(&mut self, database: &str, comment: &str) -> Result<(), PgError> {
        let sql = format!("COMMENT ON DATABASE {} IS {}", Ident::new(database), literal(comment));
        self.session.execute(doing("comment on database").to(database), &sql).await
    }

    /// Takes the run lock of a target for as long as this session lives: the server frees it when we die.
    ///
    /// # Errors
    ///
    /// `RunLocked`: another run has it.
    pub async fn lock_run(&mut self, target: &str) -> Result<(), PgError> {
        let sql = "SELECT pg_catalog.pg_try_advisory_lock($1::pg_catalog.int4, pg_catalog.hashtext($2))";
        let doing = doing("lock target").to(target);
        let row = self.session.fetch_one(doing.clone(), sql, &[Param::Int(LOCK_CLASS), text(target)]).await?;
        if row.bool(0)? && !self.is_locked_elsewhere(target).await? {
            return Ok(());
        }
        Err(PgError::new(PgErrorKind::RunLocked, doing, "another run is working on it"))
    }

    /// Advisory locks are a database's own: a run whose role enters another maintenance database holds one there.
    async fn is_locked_elsewhere(&mut self, target: &str) -> Result<bool, PgError> {
        let sql = include_str!("../sql/run_lock_elsewhere.sql");
        let params = [Param::Int(LOCK_CLASS), text(target)];
        self.session.fetch_one(doing("lock target").to(target), sql, &params).await?.bool(0)
    }

    /// Whether a run holds it.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn is_run_locked(&mut self, target: &str) -> Result<bool, PgError> {
        self.is_locked_elsewhere(target).await
    }

    /// Names of the extensions that can be made here.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn available_extensions(&mut self) -> Result<BTreeSet<String>, PgError> {
        let sql = "SELECT name FROM pg_catalog.pg_available_extensions";
        let rows = self.session.fetch(doing("list the extensions"), sql, &[]).await?;
        rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
    }

    /// Those of them that this role may not create: it takes a superuser, and the extension is not trusted (PostgreSQL
    /// manual, CREATE EXTENSION).
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn extensions_of_superusers(&mut self) -> Result<BTreeSet<String>, PgError> {
        let sql = "SELECT e.name FROM pg_catalog.pg_available_extensions AS e \
                   JOIN pg_catalog.pg_available_extension_versions AS v \
                   ON v.name OPERATOR(pg_catalog.=) e.name AND v.version OPERATOR(pg_catalog.=) e.default_version \
                   WHERE v.superuser AND NOT v.trusted AND NOT EXISTS \
                   (SELECT FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) CURRENT_USER AND rolsuper)";
        let rows = self.session.fetch(doing("list the extensions"), sql, &[]).await?;
        rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
    }

    /// The server's `wal_level`.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn wal_level(&mut self) -> Result<String, PgError> {
        let sql = "SELECT pg_catalog.current_setting('wal_level')";
        Ok(self.session.fetch_one(doing("read wal_level"), sql, &[]).await?.text(0)?.to_owned())
    }

    /// Frees it.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn unlock_run(&mut self, target: &str) -> Result<(), PgError> {
        let sql = "SELECT pg_catalog.pg_advisory_unlock($1::pg_catalog.int4, pg_catalog.hashtext($2))";
        let params = [Param::Int(LOCK_CLASS), text(target)];
        self.session.fetch_one(doing("unlock target").to(target), sql, &params).await.map(drop)
    }

    /// Names of all roles.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn roles(&mut self) -> Result<BTreeSet<String>, PgError> {
        let sql = "SELECT rolname FROM pg_catalog.pg_roles";
        let rows = self.session.fetch(doing("list the roles"), sql, &[]).await?;
        rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
    }

    /// Cancels what a backend does.
    ///
    /// # Errors
    ///
    /// The role may not signal it.
    pub async fn cancel(&mut self, backend_pid: i32) -> Result<bool, PgError> {
        self.session.cancel(backend_pid).await
    }

    /// The backend's process id.
    pub fn backend_pid(&self) -> i32 {
        self.session.backend_pid()
    }

    /// Ends a session of this program's that was in a maintenance database, and waits until it is gone, `deadline` at most.
    /// After a restart of the server its process id may be anybody's.
    ///
    /// # Errors
    ///
    /// The role may not end it, or it outlived the deadline (`ObjectInUse`).
    pub async fn end_backend(&mut self, pid: i32, deadline: Duration) -> Result<(), PgError> {
        let sql = "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity \
                   WHERE pid OPERATOR(pg_catalog.=) $1::pg_catalog.int4 AND pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid() \
                   AND usename OPERATOR(pg_catalog.=) CURRENT_USER AND datname OPERATOR(pg_catalog.=) ANY ($2) \
                   AND application_name OPERATOR(pg_catalog.=) pg_catalog.current_setting('application_name')";
        let databases = MAINTENANCE_DATABASES.map(str::to_owned).to_vec();
        let params = [Param::Int(pid.into()), Param::Texts(databases)];
        let until = Instant::now() + deadline;
        let doing = doing("end a session of this run");
        while Instant::now() < until {
            if self.session.fetch(doing.clone(), sql, &params).await?.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(PgError::new(PgErrorKind::ObjectInUse, doing, "it did not end"))
    }

    /// Says goodbye, and so frees the run lock.
    pub async fn close(self) {
        self.session.close().await;
    }
}

pub(super) fn text(value: &str) -> Param {
    Param::Text(value.to_owned())
}

/// The first maintenance database that takes us, with the connection info for it.
pub(crate) async fn connect_maintenance(info: &ConnInfo) -> Result<(Session, ConnInfo), PgError> {
    let mut last = None;
    for database in MAINTENANCE_DATABASES {
        let info = info.with_database(database);
        match enter(&info).await {
            Ok(session) => {
                let info = info.at(session.host());
                return Ok((session, info));
            }
            // Only a database that is absent, or closed to us, is worth another try.
            Err(error) if matches!(error.sqlstate(), Some("3D000" | "42501" | "28000" | "55000")) => {
                last = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    let none = || {
        PgError::new(PgErrorKind::Connect, doing("connect to").to(info.describe()), "no database to enter")
    };
    Err(last.unwrap_or_else(none))
}

/// What a session sets must not stay with a pool's.
async fn enter(info: &ConnInfo) -> Result<Session, PgError> {
    pooler::refuse(info).await?;
    Session::open(info, SESSION_SETTINGS).await
}

fn create_database_sql(new: &NewDatabase<'_>, server_version: u32) -> String {
    let locale = new.locale;
    let mut options = vec![
        "TEMPLATE template0".to_owned(),
        format!("ENCODING {}", literal(&locale.encoding)),
        format!("LC_COLLATE {}", literal(&locale.collate)),
        format!("LC_CTYPE {}", literal(&locale.ctype)),
    ];
    if let Some(owner) = new.owner {
        options.push(format!("OWNER {}", Ident::new(owner)));
    }
    options.extend(provider_options(locale, server_version));
    format!("CREATE DATABASE {} WITH {}", Ident::new(new.name), options.join(" "))
}

/// Providers came with 15 (ICU), its rules with 16, the builtin one with 17; an older server has libc only.
fn provider_options(locale: &DatabaseLocale, server_version: u32) -> Vec<String> {
    if server_version < 150_000 {
        return Vec::new();
    }
    let named = |option: &str| locale.locale.as_deref().map(|name| format!("{option} {}", literal(name)));
    let rules = locale.icu_rules.as_deref().filter(|_| server_version >= 160_000);
    match locale.provider {
        'i' => [
            Some("LOCALE_PROVIDER icu".to_owned()),
            named("ICU_LOCALE"),
            rules.map(|rules| format!("ICU_RULES {}", literal(rules))),
        ]
        .into_iter()
        .flatten()
        .collect(),
        'b' if server_version >= 170_000 => {
            [Some("LOCALE_PROVIDER builtin".to_owned()), named("BUILTIN_LOCALE")]
                .into_iter()
                .flatten()
                .collect()
        }
        _ => vec!["LOCALE_PROVIDER libc".to_owned()],
    }
}
