//! Somebody waits behind our locks on the source: after a while the run is what ends.

use std::os::unix::fs::PermissionsExt as _;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use waxwork_fixtures::binaries::newest_program;
use waxwork_fixtures::{ClusterOptions, TempCluster};

use crate::failing::{BIG_RULES, big_source, when_seen};
use crate::support::{Call, drop_databases, new_target};

/// Rules under which it takes ten seconds to find a hundred rows of the big source.
fn slow_rules() -> String {
    let seed =
        "[subset]\nseed = [{ table = \"big\", where = \"id <= 100 and pg_sleep(0.1) is not null\" }]\n";
    BIG_RULES.replacen("version = 1\n", &format!("version = 1\n{seed}"), 1)
}

/// Waits until a run reads the source's rows, holding its locks.
fn when_it_reads(cluster: &TempCluster, source: &str) {
    when_seen(cluster, &format!("datname = '{source}' AND state = 'active' AND query ~ 'pg_sleep'"), "1");
}

/// Somebody's statements in a session of their own, and how long they took.
fn somebody(cluster: &TempCluster, database: &str, sql: &str) -> JoinHandle<(bool, Duration)> {
    let client = cluster.client(database);
    let sql = sql.to_owned();
    std::thread::spawn(move || {
        let start = Instant::now();
        (client.run(&sql).is_ok(), start.elapsed())
    })
}

#[test]
fn a_migration_that_waits_for_us_too_long_ends_the_run_and_is_named_without_its_text() {
    let cluster = TempCluster::shared().unwrap();
    let source = big_source(cluster);
    let (name, target) = new_target(cluster);
    let call = Call::refresh(&slow_rules(), &cluster.uri(&source), &target).arg("--max-blocking").arg("1s");
    let running = call.start();
    when_it_reads(cluster, &source);
    let migration = "ALTER TABLE big ALTER pad SET DEFAULT 'hunter2'";
    let (succeeded, waited) = somebody(cluster, &source, migration).join().unwrap();
    assert!(succeeded && waited < Duration::from_secs(5), "it waited for {waited:?}");
    let run = running.wait();
    let told = run.refused(7);
    for word in
        ["blocking", "AccessExclusiveLock", "\\\"public\\\".\\\"big\\\"", "longer than 1 s", "--max-blocking"]
    {
        assert!(told.contains(word), "no {word}\n{run}");
    }
    assert!(!run.stdout.contains("hunter2") && !run.stderr.contains("ALTER TABLE"), "{run}");
    let left = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{name}%'");
    assert_eq!(cluster.psql("postgres", &left).unwrap(), "0");
    let sessions = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{source}'");
    assert_eq!(cluster.psql("postgres", &sessions).unwrap(), "0", "sessions are left on the source");
    // A dump holds the same locks.
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("out.sql");
    let call = Call::dump(&slow_rules(), &cluster.uri(&source), &script).arg("--max-blocking=500ms");
    let running = call.arg("--format=json").start();
    when_it_reads(cluster, &source);
    let begun = somebody(cluster, &source, "BEGIN; LOCK TABLE big; COMMIT").join().unwrap();
    assert!(begun.0 && begun.1 < Duration::from_secs(5), "{begun:?}");
    assert!(running.wait().refused(7).contains("blocking"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    drop_databases(cluster, &[&source]);
}

#[test]
fn who_waits_while_the_plan_is_made_does_not_wait_for_its_end() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    // The source casts a constant to its column's type while the plan is made, every table locked.
    let schema = "CREATE FUNCTION slow(text) RETURNS bool LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(20); RETURN true; END';
        CREATE DOMAIN d AS text CHECK (public.slow(VALUE)); CREATE TABLE t (a d); CREATE TABLE u (b int)";
    cluster.psql(&source, schema).unwrap();
    let rules = "version = 1\n[table.t]\na = { mask = \"constant\", value = \"x\" }\n[table.u]\nb = { keep = \"a number\" }\n";
    let (_, target) = new_target(cluster);
    let running = Call::refresh(rules, &cluster.uri(&source), &target).arg("--max-blocking=1s").start();
    when_seen(cluster, &format!("datname = '{source}' AND wait_event = 'PgSleep'"), "1");
    let (succeeded, waited) = somebody(cluster, &source, "ALTER TABLE u ADD c int").join().unwrap();
    assert!(succeeded && waited < Duration::from_secs(10), "it waited for {waited:?}");
    let run = running.wait();
    let told = run.refused(7);
    assert!(told.contains("blocking") && told.contains("\\\"public\\\".\\\"u\\\""), "{run}");
    drop_databases(cluster, &[&source]);
}

#[test]
fn the_session_that_looks_may_be_ended_and_another_looks_on() {
    let cluster = TempCluster::shared().unwrap();
    let source = big_source(cluster);
    let (_, target) = new_target(cluster);
    let call = Call::refresh(&slow_rules(), &cluster.uri(&source), &target).arg("--max-blocking").arg("1s");
    let running = call.start();
    when_it_reads(cluster, &source);
    let looking = format!("datname = '{source}' AND state = 'idle' AND query LIKE '-- Who waits%'");
    for _ in 0..2 {
        when_seen(cluster, &looking, "pg_terminate_backend(pid)");
    }
    let (succeeded, waited) = somebody(cluster, &source, "ALTER TABLE big ADD c int").join().unwrap();
    assert!(succeeded && waited < Duration::from_secs(5), "it waited for {waited:?}");
    let run = running.wait();
    assert!(run.refused(7).contains("\"blocking\""), "{run}");
    drop_databases(cluster, &[&source]);
}

#[test]
fn a_run_that_let_a_migration_through_may_be_made_again() {
    let cluster = TempCluster::shared().unwrap();
    let source = big_source(cluster);
    let (name, target) = new_target(cluster);
    let call = Call::refresh(&slow_rules(), &cluster.uri(&source), &target).arg("--max-blocking=300ms");
    let running = call.arg("--retries=1").arg("--retry-pause=500ms").start();
    when_it_reads(cluster, &source);
    let seed = "BEGIN; LOCK TABLE big; DELETE FROM big WHERE id > 50; COMMIT";
    assert!(somebody(cluster, &source, seed).join().unwrap().0);
    let run = running.wait();
    assert_eq!(run.published()["attempts"], 2, "{run}");
    assert_eq!(cluster.psql(&name, "SELECT count(*) FROM big").unwrap(), "50");
    drop_databases(cluster, &[&source, &name]);
}

/// A folder with a `pg_dump` that takes its time to begin.
fn slow_pg_dump() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (script, real) = (folder.path().join("pg_dump"), newest_program("pg_dump").unwrap());
    let text = format!(
        "#!/bin/sh\ncase $1 in --version) ;; *) /bin/sleep 2 ;; esac\nexec '{}' \"$@\"\n",
        real.display()
    );
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// Behind it `pg_dump` would wait until `--lock-timeout`, and it for the run.
#[test]
fn a_truncate_that_queues_before_pg_dump_comes_ends_the_run_at_once_and_is_named() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, "CREATE TABLE big (id int); INSERT INTO big VALUES (1)").unwrap();
    let (name, target) = new_target(cluster);
    let rules = "version = 1\n[table.big]\nid = { keep = \"a number\" }\n";
    let call = Call::refresh(rules, &cluster.uri(&source), &target).arg("--lock-timeout=60");
    let pg_dump = slow_pg_dump();
    let call = call.env("WAXWORK_PG_BIN", pg_dump.path());
    let running = call.arg("--max-blocking=never").start();
    let holds = format!(
        "datname = '{source}' AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = pg_stat_activity.pid AND l.mode = 'AccessShareLock'
           AND l.database = (SELECT oid FROM pg_database WHERE datname = '{source}') AND l.relation > 16383)"
    );
    when_seen(cluster, &holds, "1");
    let truncated = somebody(cluster, &source, "TRUNCATE big");
    let run = running.wait();
    let told = run.refused(7);
    let table = "\\\"public\\\".\\\"big\\\"";
    for word in
        ["lock_timeout", table, "pg_dump waits behind", "AccessExclusiveLock", "It is backend", "--retries"]
    {
        assert!(told.contains(word), "no {word}\n{run}");
    }
    assert!(truncated.join().unwrap().0 && run.elapsed < Duration::from_secs(30), "{run}");
    let left = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{name}%'");
    assert_eq!(cluster.psql("postgres", &left).unwrap(), "0");
    drop_databases(cluster, &[&source]);
}

#[test]
fn who_waits_for_a_moment_or_is_to_wait_ends_no_run() {
    let cluster = TempCluster::shared().unwrap();
    let source = big_source(cluster);
    for (limit, migration) in [
        ("5s", "SET lock_timeout = '700ms'; LOCK TABLE big IN ACCESS EXCLUSIVE MODE"),
        ("never", "BEGIN; LOCK TABLE big IN ACCESS EXCLUSIVE MODE; COMMIT"),
    ] {
        let (name, target) = new_target(cluster);
        let rules = slow_rules().replace("id <= 100", "id <= 30");
        let call = Call::refresh(&rules, &cluster.uri(&source), &target).arg("--max-blocking").arg(limit);
        // One table at a time, so that no lock is asked for while somebody waits for a stronger one.
        let running = call.arg("--jobs=1").start();
        when_it_reads(cluster, &source);
        let waiting = somebody(cluster, &source, migration);
        let run = running.wait();
        waiting.join().unwrap();
        // A worker's lock that is not to be had ends it too, with another word.
        let ended_by_watch = run.stdout.contains("\"blocking\"");
        assert!(!ended_by_watch, "{limit}: {run}");
        drop_databases(cluster, &[&name]);
    }
    let never = Call::refresh(BIG_RULES, "x", "y").arg("--max-blocking=soon").run();
    assert_eq!(never.status.code(), Some(2), "{never}");
    drop_databases(cluster, &[&source]);
}

#[test]
fn who_reads_and_writes_beside_us_does_not_wait_and_a_standby_is_not_watched() {
    let primary = TempCluster::start(&ClusterOptions::default()).unwrap();
    let source = big_source(&primary);
    let standby = primary.standby(&[("max_standby_streaming_delay", "-1")]).unwrap();
    primary.wait_for(&standby).unwrap();
    let targets = TempCluster::shared().unwrap();
    let (name, target) = new_target(targets);
    let rules = slow_rules().replace("id <= 100", "id <= 30");
    let call = Call::refresh(&rules, &standby.uri(&source), &target).arg("--max-blocking=200ms");
    let running = call.start();
    when_it_reads(&standby, &source);
    // Its replay waits for us, as it was told to.
    primary.psql(&source, "BEGIN; LOCK TABLE big IN ACCESS EXCLUSIVE MODE; COMMIT").unwrap();
    let run = running.wait();
    assert!(!run.stdout.contains("\"blocking\""), "{run}");
    drop_databases(targets, &[&name]);
    let running = Call::refresh(&rules, &primary.uri(&source), &target).arg("--max-blocking=200ms").start();
    when_it_reads(&primary, &source);
    primary.psql(&source, "UPDATE big SET pad = pad WHERE id < 2000; VACUUM big; ANALYZE big").unwrap();
    running.wait().published();
    drop_databases(targets, &[&name]);
}
