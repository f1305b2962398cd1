//! The archive, against `pg_restore`'s own reading of it.

use crate::support::{LOCK_TIMEOUT, database, leader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use waxwork_fixtures::{PgBinaries, TempCluster, datasets};
use waxwork_pg::PgErrorKind;
use waxwork_pg::pg_dump::{PgDump, SchemaArchive, Section};
use waxwork_pg::sql_text::split_statements;

const SHOP: &str = "CREATE SCHEMA s; CREATE TABLE s.\"odd \"\"name\" (id int PRIMARY KEY, note text DEFAULT E'a\\n\\'b'); \
    CREATE TABLE child (id int REFERENCES s.\"odd \"\"name\"); CREATE INDEX ON child (id); \
    CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $_$ SELECT ';' || $$ \u{e9} ; $$ $_$; \
    GRANT SELECT ON child TO PUBLIC; COMMENT ON TABLE child IS 'hunter2'";

/// Installations that have both programs, newest first.
fn tools() -> Vec<PathBuf> {
    let folders = PgBinaries::all().into_iter().map(|binaries| binaries.folder);
    folders
        .filter(|folder| ["pg_dump", "pg_restore"].iter().all(|name| folder.join(name).is_file()))
        .collect()
}

/// `pg_restore` with arguments, on an archive.
fn pg_restore(folder: &Path, arguments: &[&str], archive: &Path) -> String {
    let output = Command::new(folder.join("pg_restore")).args(arguments).arg(archive).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Every entry's line in pg_restore's list, and every definition, in order, in the script that it prints.
fn check(folder: &Path, uri: &str) {
    let archive = tempfile::NamedTempFile::new().unwrap();
    let output = Command::new(folder.join("pg_dump"))
        .args(["-Fc", "--schema-only", "--no-sync", "-d", uri, "-f"])
        .arg(archive.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let parsed = SchemaArchive::parse(&std::fs::read(archive.path()).unwrap()).unwrap();

    let listed = pg_restore(folder, &["-l"], archive.path());
    let listed: Vec<&str> =
        listed.lines().filter(|line| !line.starts_with(';') && !line.is_empty()).collect();
    let ours: Vec<String> = parsed
        .entries
        .iter()
        .filter(|entry| {
            !["ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE"].contains(&entry.description.as_str())
        })
        .map(|entry| {
            let namespace = if entry.namespace.is_empty() { "-" } else { &entry.namespace };
            let (table, object) = entry.catalog_oid;
            let (id, kind, tag) = (entry.dump_id, &entry.description, entry.tag.replace('\n', " "));
            format!("{id}; {table} {object} {kind} {namespace} {tag} {}", entry.owner)
        })
        .collect();
    assert_eq!(ours, listed);

    let script = pg_restore(folder, &["-f", "-"], archive.path());
    let mut rest = script.as_str();
    for entry in parsed.entries.iter().filter(|entry| !ELSEWHERE.contains(&entry.description.as_str())) {
        let at = rest
            .find(entry.definition.trim_end())
            .unwrap_or_else(|| panic!("{entry:?} is not in the script"));
        rest = &rest[at..];
    }
}

/// Entries that pg_restore puts into its own words (settings), leaves out (the database itself) or moves to a later
/// pass (privileges, event triggers, refreshes).
const ELSEWHERE: [&str; 8] = [
    "ENCODING",
    "STDSTRINGS",
    "SEARCHPATH",
    "DATABASE",
    "ACL",
    "DEFAULT ACL",
    "EVENT TRIGGER",
    "MATERIALIZED VIEW DATA",
];

#[test]
fn an_archive_is_read_as_pg_restore_reads_it() {
    let (cluster, name, _) = database(SHOP);
    let tools: Vec<PathBuf> = tools();
    assert!(!tools.is_empty(), "no pg_dump is installed");
    for folder in tools {
        let major = PgBinaries::all().into_iter().find(|binaries| binaries.folder == folder).unwrap().major;
        if major >= cluster.binaries().major {
            check(&folder, &cluster.uri(&name));
        }
    }
}

#[test]
fn archives_of_real_schemas_are_read_as_pg_restore_reads_them() {
    if datasets::folder().unwrap().is_none() {
        eprintln!("skipped: the datasets are missing (WAXWORK_DATASETS)");
        return;
    }
    let cluster = TempCluster::shared().unwrap();
    let newest = tools().into_iter().next().unwrap();
    for dataset in datasets::NAMES {
        let name = cluster.fresh_database().unwrap();
        if datasets::load(&cluster.client(&name), dataset).is_ok() {
            check(&newest, &cluster.uri(&name));
        } else {
            assert!(!crate::support::loads_all(cluster), "{dataset} does not load");
        }
    }
}

#[tokio::test]
async fn the_schema_is_dumped_under_the_snapshot_without_what_carries_data() {
    let (cluster, name, info) = database(SHOP);
    let (leader, view) = leader(&info).await;
    cluster.psql(&name, "CREATE TABLE late (id int)").unwrap();
    let tool = PgDump::find(leader.facts().version).await.unwrap();
    let archive = tool.schema(&info, &view.snapshot, LOCK_TIMEOUT).await.unwrap();
    let of =
        |kind: &str| archive.entries.iter().filter(|entry| entry.description == kind).collect::<Vec<_>>();
    let tables: Vec<&str> = of("TABLE").iter().map(|entry| entry.tag.as_str()).collect();
    assert_eq!(tables, ["child", "odd \"name"]);
    assert!(of("COMMENT").iter().all(|entry| !entry.definition.contains("hunter2")));
    assert!(!archive.entries.iter().any(|entry| entry.definition.contains("hunter2")));
    let function = of("FUNCTION")[0];
    assert!(function.definition.contains("$_$ SELECT ';' || $$ \u{e9} ; $$ $_$"));
    assert_eq!(split_statements(&function.definition).len(), 1);
    let key = of("FK CONSTRAINT")[0];
    assert_eq!((key.section, key.catalog_oid.0), (Section::PostData, 2606));
    assert!(!key.dependencies.is_empty());
    let acl = of("ACL").into_iter().find(|entry| entry.tag == "TABLE child").unwrap();
    assert_eq!(split_statements(&acl.definition), ["GRANT SELECT ON TABLE public.child TO PUBLIC"]);
}

#[tokio::test]
async fn pg_dump_cannot_wait_for_ever_behind_an_alter_that_waits_for_us() {
    let (cluster, name, info) = database(SHOP);
    let (leader, view) = leader(&info).await;
    let mut other = crate::support::target(&info).await;
    let alter = tokio::spawn(async move {
        other.execute(waxwork_pg::doing("alter"), "ALTER TABLE public.child ADD x int").await
    });
    crate::support::somebody_waits(cluster, &name).await;
    let tool = PgDump::find(leader.facts().version).await.unwrap();
    let soon = std::time::Duration::from_millis(300);
    let error = tool.schema(&info, &view.snapshot, soon).await.unwrap_err();
    assert_eq!(error.kind(), PgErrorKind::LockTimeout);
    assert!(error.to_string().starts_with("could not lock \"public\".\"child\": "), "{error}");
    alter.abort();
}

// pg_dump has `t` and comes to want the view, the migration has the view and comes to want `t`.
#[tokio::test]
async fn pg_dump_does_not_make_a_migration_the_victim_of_a_deadlock() {
    let (_, _, info) = database("CREATE TABLE t (id int); CREATE VIEW v AS SELECT id FROM t");
    let (mut leader, view) = leader(&info).await;
    let mut migration = crate::support::target(&info).await;
    migration.begin().await.unwrap();
    let replace = "CREATE OR REPLACE VIEW public.v AS SELECT id FROM public.t";
    migration.execute(waxwork_pg::doing("replace"), replace).await.unwrap();
    let tool = PgDump::find(leader.facts().version).await.unwrap();
    let dump = tokio::spawn(async move { tool.schema(&info, &view.snapshot, Duration::from_secs(4)).await });
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let alter = tokio::spawn(async move {
        migration.execute(waxwork_pg::doing("alter"), "ALTER TABLE public.t ADD x int").await?;
        migration.commit().await
    });
    let error =
        tokio::time::timeout(LOCK_TIMEOUT, dump).await.expect("the wait has an end").unwrap().unwrap_err();
    assert_eq!(error.kind(), PgErrorKind::LockTimeout);
    leader.end().await.unwrap();
    alter.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_pg_dump_that_is_missing_or_too_old_is_told_with_both_versions() {
    let folder = tempfile::tempdir().unwrap();
    let folders = [folder.path().to_path_buf()];
    let find = |version| PgDump::find_in(&folders, version, waxwork_pg::doing("find pg_dump"));
    let error = find(150_018).await.unwrap_err();
    assert_eq!(error.kind(), PgErrorKind::PgDumpMissing);
    assert_eq!(error.message(), Some("there is none, and PostgreSQL 15 or newer is needed"));

    let script = folder.path().join("pg_dump");
    std::fs::write(&script, "#!/bin/sh\necho 'pg_dump (PostgreSQL) 14.2'\n").unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let error = find(150_018).await.unwrap_err();
    assert_eq!(error.message(), Some("the newest is 14.2, and the server is PostgreSQL 15"));
    assert_eq!(find(140_005).await.unwrap().path(), script);
}

#[tokio::test]
async fn a_failing_pg_dump_is_not_quoted() {
    let (_, _, info) = database("CREATE TABLE t (id int)");
    let tool = PgDump::find(150_000).await.unwrap();
    // The server quotes it, and pg_dump the server.
    let unknown = waxwork_pg::SnapshotId::new("00000003-BADC0FFE-1").unwrap();
    let error = tool.schema(&info, &unknown, LOCK_TIMEOUT).await.unwrap_err();
    assert_eq!(error.kind(), PgErrorKind::PgDump);
    assert!(!format!("{error} {error:?}").contains("BADC0FFE"), "{error:?}");
}
