//! The script that `dump` writes does in psql what it says, and nothing that a name or a value says.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;
use waxwork_fixtures::{TempCluster, quoted};

use crate::failing::{BIG_RULES, big_source, when_seen};
use crate::support::{Call, drop_databases};

/// Names that would end a quote, a line or a comment and go on with something to run.
const NAMES: [&str; 6] = [
    "t$statement$||chr(34)||' add a int;create table public.i()';--",
    "t$waxwork$; create table public.i(); --",
    "t'; create table public.i(); --",
    "t''; create table public.i(); --",
    "t\"; create table public.i(); --",
    "t\n\\! touch i\n\\.\ncreate table public.i(); /*",
];

/// Writes a dump of a database; the folder holds it and nothing else.
fn dumped(cluster: &TempCluster, source: &str, rules: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("out.sql");
    let run = Call::dump(rules, &cluster.uri(source), &script).run();
    assert!(run.status.success(), "{run}");
    (folder, script)
}

/// A table, its column, its sequence, a materialized view and a function under such a name, owned by a role of such a
/// name, and granted to it.
fn hostile_schema(name: &str, role: &str) -> String {
    let (view, name, role) = (quoted(&name.replacen('t', "v", 1)), quoted(name), quoted(role));
    format!(
        r"CREATE TABLE {name} ({name} serial PRIMARY KEY, b text);
        INSERT INTO {name} (b) VALUES (E'\\.\n\\! touch i'), (E'\\.');
        CREATE MATERIALIZED VIEW {view} AS SELECT * FROM {name};
        CREATE FUNCTION {name}() RETURNS int LANGUAGE sql AS 'SELECT 1';
        ALTER TABLE {name} OWNER TO {role};
        GRANT ALL ON FUNCTION {name}() TO {role};
        GRANT SELECT ON {view} TO {role} WITH GRANT OPTION;
        SET SESSION AUTHORIZATION {role}; GRANT SELECT ON {view} TO PUBLIC; RESET SESSION AUTHORIZATION;"
    )
}

#[test]
fn no_name_says_anything_to_whoever_loads_the_script() {
    let cluster = TempCluster::shared().unwrap();
    for name in NAMES {
        let (source, restored) = (cluster.fresh_database().unwrap(), cluster.fresh_database().unwrap());
        let role = name.replacen('t', "r", 1);
        cluster.psql("postgres", &format!("CREATE ROLE {}", quoted(&role))).unwrap();
        cluster.psql(&source, &hostile_schema(name, &role)).unwrap();
        // Rust's escapes of these names are TOML's.
        let (table, kept) = (quoted(name), "{ keep = \"test\" }");
        let rules = format!("version = 1\n[table.{table:?}]\nb = {kept}\n{name:?} = {kept}\n");
        let (folder, script) = dumped(cluster, &source, &rules);
        cluster.client(&restored).run_script(&script).unwrap();
        for query in [
            "SELECT string_agg(format('%s %s %s', relname, relowner::regrole, relacl), ';' ORDER BY relname)
             FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm', 'S')",
            "SELECT format('%s %s %s', proname, proowner::regrole, proacl) FROM pg_proc
             WHERE pronamespace = 'public'::regnamespace",
            &format!("SELECT string_agg(t::text, ';') FROM {table} t"),
        ] {
            let wanted = cluster.psql(&source, query).unwrap();
            assert!(!wanted.is_empty(), "{query}");
            assert_eq!(cluster.psql(&restored, query).unwrap(), wanted, "{name:?}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a command ran under {name:?}");
        drop_databases(cluster, &[&source, &restored]);
        cluster.psql("postgres", &format!("DROP ROLE {}", quoted(&role))).unwrap();
    }
}

#[test]
fn rows_of_a_copy_that_is_refused_are_not_taken_for_commands() {
    let cluster = TempCluster::shared().unwrap();
    let (source, restored) = (cluster.fresh_database().unwrap(), cluster.fresh_database().unwrap());
    cluster.psql(&source, "CREATE TABLE t (a text); INSERT INTO t VALUES ('; CREATE TABLE i ();')").unwrap();
    let rules = "version = 1\n[table.t]\na = { keep = \"test\" }\n";
    let (_folder, script) = dumped(cluster, &source, rules);
    cluster.psql(&restored, "CREATE TABLE t (other int)").unwrap();
    // As most would call it: psql goes on after an error unless it is told otherwise.
    let mut psql = cluster.client(&restored).command().unwrap();
    let load = psql.args(["-v", "ON_ERROR_STOP=0", "-f"]).arg(&script).output().unwrap();
    assert!(!load.status.success(), "psql said that all was well");
    assert_eq!(cluster.psql(&restored, "SELECT to_regclass('public.i')").unwrap(), "");
    drop_databases(cluster, &[&source, &restored]);
}

#[test]
fn what_a_killed_run_left_behind_is_not_in_the_way() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, "CREATE TABLE t (a int)").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("out.sql");
    let rules = "version = 1\n[table.t]\na = { keep = \"test\" }\n";
    // The shell's process id is the program's, as it is the same every night in a container.
    let call =
        Call::dump(rules, &cluster.uri(&source), &script).by_shell("touch out.sql.$$.part", folder.path());
    let run = call.run();
    assert!(run.status.success(), "{run}");
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&script).unwrap());
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "the script, and what was left behind");
    drop_databases(cluster, &[&source]);
}

fn pipe(folder: &Path) -> PathBuf {
    let pipe = folder.join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    pipe
}

/// Somebody has a pipe open, and reads when told to; it is writable so that opening it waits for nobody.
fn reader(pipe: &Path) -> File {
    File::options().read(true).write(true).open(pipe).unwrap()
}

/// Waits until a source's server cannot send its rows.
fn when_stalled(cluster: &TempCluster, source: &str) {
    when_seen(cluster, &format!("datname = '{source}' AND wait_event = 'ClientWrite'"), "1");
}

#[test]
fn a_reader_that_takes_nothing_keeps_no_limit_and_no_signal_from_ending_the_run() {
    let cluster = TempCluster::shared().unwrap();
    let source = big_source(cluster);
    let folder = tempfile::tempdir().unwrap();
    let pipe = pipe(folder.path());
    let uri = cluster.uri(&source);
    let to_pipe = || Call::dump(BIG_RULES, &uri, &pipe).arg("--format=json");
    let nobody = to_pipe().arg("--max-duration=1s").run();
    assert!(nobody.refused(1).contains("max_duration"), "{nobody}");
    let _reader = reader(&pipe);
    let running = to_pipe().arg("--max-duration=6s").start();
    when_stalled(cluster, &source);
    let run = running.wait();
    assert!(run.refused(1).contains("max_duration") && run.elapsed < Duration::from_secs(20), "{run}");
    let running = to_pipe().arg("--max-snapshot-age=6s").start();
    when_stalled(cluster, &source);
    assert!(running.wait().refused(1).contains("snapshot_age"));
    let running = to_pipe().arg("--max-blocking=500ms").start();
    when_stalled(cluster, &source);
    cluster.psql(&source, "SET lock_timeout = '20s'; BEGIN; LOCK TABLE big; COMMIT").unwrap();
    assert!(running.wait().refused(7).contains("blocking"));
    // The script on stdout is the same to it.
    let to_stdout = Call::of("dump", BIG_RULES).arg("--source").arg(&uri);
    let running = to_stdout.by_shell("exec > pipe", folder.path()).start();
    when_stalled(cluster, &source);
    running.signal(Signal::TERM);
    let run = running.wait();
    assert_eq!(run.status.code(), Some(143), "{run}");
    assert!(run.elapsed < Duration::from_secs(20) && run.stderr.contains("interrupted"), "{run}");
    drop_databases(cluster, &[&source]);
}

#[test]
fn production_is_let_go_when_its_last_row_is_read_whoever_takes_the_script() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    let table =
        "CREATE TABLE t (a text); INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 2000)";
    cluster.psql(&source, table).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let pipe = pipe(folder.path());
    let mut held = reader(&pipe);
    let rules = "version = 1\n[table.t]\na = { keep = \"test\" }\n";
    let running = Call::dump(rules, &cluster.uri(&source), &pipe).arg("--max-blocking=never").start();
    let mut script = vec![0; 1000];
    held.read_exact(&mut script).unwrap();
    // Most of the script is still to be taken.
    cluster.psql(&source, "SET lock_timeout = '20s'; ALTER TABLE t ADD b int").unwrap();
    let mut rest = File::open(&pipe).unwrap();
    drop(held);
    rest.read_to_end(&mut script).unwrap();
    let run = running.wait();
    assert!(run.status.success(), "{run}");
    let script = String::from_utf8(script).unwrap();
    let rows = script.lines().filter(|line| line.len() == 1000 && line.bytes().all(|byte| byte == b'x'));
    assert_eq!(rows.count(), 2000);
    assert!(script.contains("ANALYZE \"public\".\"t\";"), "the end is missing");
    drop_databases(cluster, &[&source]);
}
