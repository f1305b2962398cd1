//! The session that holds locks and snapshot for the whole run.

use super::survey::{refuse_hidden, refuse_unreadable};
use super::{BEGIN, LOCK_WAIT, SESSION_SETTINGS, SnapshotId};
use crate::catalog::{self, CatalogRead, MaterializedViews};
use crate::conninfo::ConnInfo;
use crate::error::{PgError, PgErrorKind, doing};
use crate::facts::{self, ServerFacts};
use crate::pooler;
use crate::session::{Session, in_time};
use crate::standby::{self, Standby};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use waxwork_core::catalog::Catalog;
use waxwork_core::ident::{Ident, QualifiedName};

/// How often the tables are listed, locked and compared before a schema that keeps changing is an error. A table that
/// an application creates just now is no reason to fail; a migration in full run is.
const ATTEMPTS: u32 = 3;

/// Pause between two attempts to lock everything: whoever waited for what we held goes first.
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// Names in one LOCK statement: enough to spare round trips, few enough for a readable server log.
const TABLES_PER_LOCK: usize = 200;

/// What to do about a lock that was not had.
pub(crate) const LOCKED_HINT: &str =
    "Run when nobody migrates, read from a standby, or wait for longer with --lock-timeout.";

/// Names that an error lists before it says "and … more".
const NAMES_IN_MESSAGE: usize = 20;

/// What the run sees of the source. True while the leader's transaction lives.
#[derive(Clone, Debug)]
pub struct SourceView {
    /// The catalog under the snapshot.
    pub catalog: Catalog,
    /// For workers and `pg_dump` to import.
    pub snapshot: SnapshotId,
    /// The server and the database.
    pub facts: ServerFacts,
    /// When the snapshot was taken, as this process's clock has it.
    pub taken: Instant,
    /// Tables that are locked in ACCESS SHARE mode, partitions among them.
    pub locked_tables: usize,
    /// Where it is a hot standby: what would make it cancel us.
    pub standby: Option<Standby>,
    /// `ALTER DATABASE … SET`, PostgreSQL's own parameters only.
    pub settings: Vec<DatabaseSetting>,
    /// Populated materialized views.
    pub materialized_views: MaterializedViews,
    /// Number of large objects.
    pub large_objects: u64,
    /// Extensions.
    pub extensions: Vec<Extension>,
}

/// A setting of a database, or of a role in a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseSetting {
    /// The parameter.
    pub name: String,
    /// Its value, as `pg_db_role_setting` holds it.
    pub value: String,
}

/// An extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The schema of its relocatable objects.
    pub schema: String,
}

/// Tables that are to be locked, and what stands in the way of reading.
#[derive(Default)]
pub(super) struct Listed {
    pub(super) tables: Vec<(u32, QualifiedName)>,
    pub(super) unreadable: Vec<QualifiedName>,
    pub(super) hidden: Vec<QualifiedName>,
}

/// A session on the source that exports its snapshot.
#[derive(Debug)]
pub struct SourceLeader {
    session: Session,
    facts: ServerFacts,
    info: ConnInfo,
}

impl SourceLeader {
    /// Connects, read-only.
    ///
    /// # Errors
    ///
    /// No connection, a server that is too old, or a pooler of transactions before it.
    pub async fn connect(info: &ConnInfo) -> Result<Self, PgError> {
        pooler::refuse(info).await?;
        let mut session = Session::open(info, SESSION_SETTINGS).await?;
        let facts = in_time(info, facts::read(&mut session)).await?;
        let info = info.at(session.host());
        Ok(Self { session, facts, info })
    }

    /// The server and the database.
    pub fn facts(&self) -> &ServerFacts {
        &self.facts
    }

    /// The connection string of the one server that it is on: where the others of its run must go.
    pub fn info(&self) -> &ConnInfo {
        &self.info
    }

    /// The session, for queries in the leader's own transaction.
    pub fn session(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Locks every table in ACCESS SHARE mode, takes the snapshot and reads the catalog under it. The transaction stays
    /// open until [`end`](SourceLeader::end) or the connection closes.
    ///
    /// Where a lock is not to be had at once, of a table or of what the catalog read looks into, all of them are given
    /// up and asked for again, until `lock_timeout` has passed.
    ///
    /// # Errors
    ///
    /// `Privilege` naming every table that cannot be read, `RowSecurity` naming those whose rows would be hidden,
    /// `LockTimeout`, `TableChanged` when tables come and go while we look.
    pub async fn begin(&mut self, lock_timeout: Duration) -> Result<SourceView, PgError> {
        let until = Instant::now() + lock_timeout;
        let mut attempt = 1;
        loop {
            let error = match self.try_begin().await {
                Ok(view) => return Ok(view),
                Err(error) => error,
            };
            self.roll_back().await?;
            match error.kind() {
                PgErrorKind::LockTimeout if Instant::now() < until => tokio::time::sleep(LOCK_PAUSE).await,
                PgErrorKind::TableChanged | PgErrorKind::UndefinedObject if attempt == ATTEMPTS => {
                    return Err(error.with_kind(PgErrorKind::TableChanged));
                }
                PgErrorKind::LockTimeout => return Err(name_locked(&mut self.session, error).await),
                PgErrorKind::TableChanged | PgErrorKind::UndefinedObject => attempt += 1,
                _ => return Err(error),
            }
        }
    }

    /// Checks that the connection still stands, and keeps idle timeouts of the network away.
    ///
    /// # Errors
    ///
    /// It does not: the snapshot is gone.
    pub async fn ping(&mut self) -> Result<(), PgError> {
        self.session.fetch(doing("keep the snapshot"), "SELECT 1", &[]).await.map(drop)
    }

    /// Cancels what a worker's backend does.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    pub async fn cancel(&mut self, backend_pid: i32) -> Result<bool, PgError> {
        self.session.cancel(backend_pid).await
    }

    /// Ends the transaction: locks and snapshot are released.
    ///
    /// # Errors
    ///
    /// The connection is lost, now or earlier: nobody knows since when the tables were not locked.
    pub async fn end(&mut self) -> Result<(), PgError> {
        self.session.execute(doing("keep the tables locked to the end"), "ROLLBACK").await
    }

    /// Says goodbye.
    pub async fn close(self) {
        self.session.close().await;
    }

    async fn try_begin(&mut self) -> Result<SourceView, PgError> {
        let listed = self.list_tables().await?;
        self.lock(&listed).await?;
        let taken = Instant::now();
        let snapshot = self.export_snapshot().await?;
        let read = catalog::read(&mut self.session, self.facts.version).await?;
        refuse_changes(&listed, &read)?;
        let (settings, extensions) = (self.settings().await?, self.extensions().await?);
        Ok(SourceView {
            catalog: read.catalog,
            snapshot,
            facts: self.facts.clone(),
            taken,
            locked_tables: listed.len(),
            standby: standby::read(&mut self.session).await?,
            settings,
            materialized_views: catalog::materialized_views(&mut self.session).await?,
            large_objects: self.large_objects().await?,
            extensions,
        })
    }

    /// In a transaction of its own, so that the one that counts has no snapshot before it has the locks.
    async fn list_tables(&mut self) -> Result<Vec<(u32, QualifiedName)>, PgError> {
        let listed = self.listed().await?;
        let role = Ident::new(self.facts.role.as_str());
        refuse_unreadable(&listed.unreadable, &role)?;
        refuse_hidden(&listed.hidden, &role)?;
        Ok(listed.tables)
    }

    /// The tables, readable or not.
    pub(super) async fn listed(&mut self) -> Result<Listed, PgError> {
        let sql = include_str!("../sql/list_tables.sql");
        let rows = self.session.fetch(doing("list the tables"), sql, &[]).await?;
        let mut listed = Listed::default();
        for row in &rows {
            let name = QualifiedName::new(row.text(1)?, row.text(2)?);
            match (row.bool(3)?, row.bool(4)?) {
                (false, _) => listed.unreadable.push(name.clone()),
                (true, true) => listed.hidden.push(name.clone()),
                (true, false) => {}
            }
            listed.tables.push((row.oid(0)?, name));
        }
        listed.unreadable.extend(self.unreadable_sequences().await?);
        Ok(listed)
    }

    async fn unreadable_sequences(&mut self) -> Result<Vec<QualifiedName>, PgError> {
        let sql = include_str!("../sql/unreadable_sequences.sql");
        let rows = self.session.fetch(doing("list the sequences"), sql, &[]).await?;
        rows.iter().map(|row| Ok(QualifiedName::new(row.text(0)?, row.text(1)?))).collect()
    }

    /// Only utility statements that need no snapshot (`PlannedStmtRequiresSnapshot` in `pquery.c`) may stand here.
    async fn lock(&mut self, tables: &[(u32, QualifiedName)]) -> Result<(), PgError> {
        let begin = format!("{BEGIN}; SET LOCAL lock_timeout = {}", LOCK_WAIT.as_millis());
        self.session.execute(doing("begin"), &begin).await?;
        for chunk in tables.chunks(TABLES_PER_LOCK) {
            let names: Vec<String> = chunk.iter().map(|(_, name)| format!("ONLY {name}")).collect();
            let sql = format!("LOCK TABLE {} IN ACCESS SHARE MODE", names.join(", "));
            self.session.execute(doing("lock the tables"), &sql).await?;
        }
        Ok(())
    }

    async fn export_snapshot(&mut self) -> Result<SnapshotId, PgError> {
        let sql = "SELECT pg_catalog.pg_export_snapshot()";
        let row = self.session.fetch_one(doing("export the snapshot"), sql, &[]).await?;
        SnapshotId::new(row.text(0)?)
    }

    async fn settings(&mut self) -> Result<Vec<DatabaseSetting>, PgError> {
        let sql = include_str!("../sql/database_settings.sql");
        let rows = self.session.fetch(doing("read the database's settings"), sql, &[]).await?;
        let setting = |row: &crate::row::Row| {
            Ok(DatabaseSetting { name: row.text(0)?.to_owned(), value: row.text(1)?.to_owned() })
        };
        rows.iter().map(setting).collect()
    }

    pub(super) async fn extensions(&mut self) -> Result<Vec<Extension>, PgError> {
        let sql = include_str!("../sql/extensions.sql");
        let rows = self.session.fetch(doing("list the extensions"), sql, &[]).await?;
        let extension = |row: &crate::row::Row| {
            let text = |at| row.text(at).map(str::to_owned);
            Ok(Extension { name: text(0)?, version: text(1)?, schema: text(2)? })
        };
        rows.iter().map(extension).collect()
    }

    async fn large_objects(&mut self) -> Result<u64, PgError> {
        let sql = include_str!("../sql/count_large_objects.sql");
        let row = self.session.fetch_one(doing("count the large objects"), sql, &[]).await?;
        Ok(row.int(0)?.unsigned_abs())
    }

    async fn roll_back(&mut self) -> Result<(), PgError> {
        if self.session.is_closed() {
            return Ok(());
        }
        self.session.execute(doing("end the transaction"), "ROLLBACK").await
    }
}

/// Every table that the snapshot sees was locked before, under that name, and its file is still the one it had.
fn refuse_changes(listed: &[(u32, QualifiedName)], read: &CatalogRead) -> Result<(), PgError> {
    let locked: BTreeSet<(u32, &QualifiedName)> = listed.iter().map(|(oid, name)| (*oid, name)).collect();
    let seen: BTreeSet<(u32, &QualifiedName)> =
        read.lockable_tables().map(|table| (table.oid, &table.name)).collect();
    let mut changed: Vec<QualifiedName> =
        locked.symmetric_difference(&seen).map(|(_, name)| (*name).clone()).collect();
    changed.extend(read.rewritten.iter().cloned());
    changed.dedup();
    if changed.is_empty() {
        return Ok(());
    }
    let message = format!("created, renamed, rewritten or dropped meanwhile: {}", listing(&changed));
    Err(PgError::new(PgErrorKind::TableChanged, doing("take a snapshot of the tables"), message))
}

/// A lock that was not had, with the tables that others hold: all are locked by one statement, and the server tells none.
/// As it was where nobody holds any by now, or the answer does not come.
pub(crate) async fn name_locked(session: &mut Session, error: PgError) -> PgError {
    let sql = include_str!("../sql/locked_against_readers.sql");
    let rows = session.fetch(doing("look who holds locks"), sql, &[]).await.unwrap_or_default();
    let name = |row: &crate::row::Row| Some(QualifiedName::new(row.text(0).ok()?, row.text(1).ok()?));
    let names: Vec<QualifiedName> = rows.iter().filter_map(name).collect();
    let error = error.with_hint(LOCKED_HINT);
    if names.is_empty() { error } else { error.while_doing(doing("lock").to(listing(&names))) }
}

pub(super) fn listing(names: &[QualifiedName]) -> String {
    let shown: Vec<String> = names.iter().take(NAMES_IN_MESSAGE).map(ToString::to_string).collect();
    let more = names.len().saturating_sub(NAMES_IN_MESSAGE);
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{rest}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    //! The window that the lock closes, opened by hand: these tests take a snapshot without the lock.

    use super::*;
    use waxwork_fixtures::TempCluster;

    /// A session with a snapshot of a database with table `t`; then `change` is committed by somebody else.
    async fn changed_under_a_snapshot(change: &str) -> (Vec<(u32, QualifiedName)>, CatalogRead) {
        let cluster = TempCluster::shared().unwrap();
        let database = cluster.fresh_database().unwrap();
        cluster.psql(&database, "CREATE TABLE t (id int); INSERT INTO t VALUES (1)").unwrap();
        let info = ConnInfo::target(&cluster.uri(&database)).unwrap();
        let mut source = SourceLeader::connect(&info).await.unwrap();
        let listed = source.list_tables().await.unwrap();
        source.session.execute(doing("begin"), BEGIN).await.unwrap();
        source.session.fetch(doing("take a snapshot"), "SELECT 1", &[]).await.unwrap();
        cluster.psql(&database, change).unwrap();
        let version = source.facts.version;
        let read = catalog::read(&mut source.session, version).await.unwrap();
        (listed, read)
    }

    #[tokio::test]
    async fn a_table_emptied_or_rewritten_after_the_snapshot_is_refused() {
        for change in ["TRUNCATE t", "ALTER TABLE t ALTER id TYPE text", "VACUUM FULL t"] {
            let (listed, read) = changed_under_a_snapshot(change).await;
            let error = refuse_changes(&listed, &read).unwrap_err();
            assert_eq!(error.kind(), PgErrorKind::TableChanged, "{change}");
            assert!(error.to_string().ends_with("dropped meanwhile: \"public\".\"t\""), "{error}");
        }
    }

    #[tokio::test]
    async fn what_did_not_change_is_accepted() {
        let (listed, read) = changed_under_a_snapshot("INSERT INTO t VALUES (2); VACUUM t").await;
        refuse_changes(&listed, &read).unwrap();
    }

    #[test]
    fn a_table_that_was_not_locked_is_refused() {
        let empty = CatalogRead { catalog: Catalog::default(), rewritten: Vec::new() };
        let listed = [(1, QualifiedName::new("public", "gone"))];
        assert_eq!(refuse_changes(&listed, &empty).unwrap_err().kind(), PgErrorKind::TableChanged);
    }

    #[test]
    fn a_long_list_of_names_is_cut() {
        let names: Vec<QualifiedName> = (0..25).map(|at| QualifiedName::new("s", format!("t{at}"))).collect();
        assert!(listing(&names).ends_with("\"s\".\"t19\" and 5 more"));
    }
}
