//! What a job that nobody watches relies on: an end in time, and another try where one may help.

use std::time::{Duration, Instant};

use serde_json::Value;
use waxwork_fixtures::judge::{Database, fingerprint};
use waxwork_fixtures::{ClusterOptions, TempCluster};

use crate::failing::{BIG_RULES, Session, big_source, when_seen};
use crate::gate::Gate;
use crate::standing::{Standing, place_copy};
use crate::support::{Call, Run, drop_databases, new_target};

/// Rules under which it takes ten seconds to find a hundred rows of the big source.
fn slow_rules() -> String {
    let seed =
        "[subset]\nseed = [{ table = \"big\", where = \"id <= 100 and pg_sleep(0.1) is not null\" }]\n";
    BIG_RULES.replacen("version = 1\n", &format!("version = 1\n{seed}"), 1)
}

fn attempts(run: &Run) -> u64 {
    run.report()["attempts"].as_u64().unwrap()
}

fn failed_attempts(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.filter(|finding| finding["code"] == "attempt_failed").map(ToString::to_string).collect()
}

/// No database but the one that stands, and after the server had time to look, no session.
#[track_caller]
fn check_nothing_left(cluster: &TempCluster, source: &str, name: &str) {
    let left = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{name}\\_%'");
    assert_eq!(cluster.psql("postgres", &left).unwrap(), "0", "databases are left");
    let gone = format!(
        "DO $$ BEGIN FOR i IN 1..140 LOOP
           PERFORM FROM pg_stat_activity WHERE datname IN ('{source}', '{name}');
           IF NOT FOUND THEN RETURN; END IF;
           PERFORM pg_sleep(0.05), pg_stat_clear_snapshot();
         END LOOP; RAISE EXCEPTION 'sessions are left'; END $$"
    );
    cluster.psql("postgres", &gone).unwrap();
}

#[test]
fn a_refresh_that_takes_too_long_ends_and_leaves_the_old_copy() {
    let cluster = TempCluster::shared().unwrap();
    let source = big_source(cluster);
    let (name, target) = new_target(cluster);
    place_copy(cluster, &name, "");
    let before = fingerprint(&Database::new(&target)).unwrap();
    let start = Instant::now();
    let run = Call::refresh(&slow_rules(), &cluster.uri(&source), &target)
        .arg("--max-duration")
        .arg("1500ms")
        .run();
    let told = run.refused(1);
    assert!(told.contains("max_duration") && told.contains("longer than 1500 ms"), "{run}");
    assert!(start.elapsed() < Duration::from_secs(8), "{run}");
    assert_eq!(fingerprint(&Database::new(&target)).unwrap(), before);
    check_nothing_left(cluster, &source, &name);
    // While a program of ours works, too.
    let hook = "[[hook]]\non = \"before_publish\"\ncommand = [\"sleep\", \"60\"]\n";
    let rules = format!("{BIG_RULES}{hook}");
    let run = Call::refresh(&rules, &cluster.uri(&source), &target).arg("--max-duration").arg("0.1min").run();
    assert!(run.refused(1).contains("longer than 6 s") && run.elapsed < Duration::from_secs(20), "{run}");
    assert_eq!(fingerprint(&Database::new(&target)).unwrap(), before);
    check_nothing_left(cluster, &source, &name);
    let run = Call::refresh(BIG_RULES, &cluster.uri(&source), &target).arg("--max-duration").arg("6h").run();
    run.published();
    drop_databases(cluster, &[&source, &name, &format!("{name}__old1")]);
}

#[test]
fn a_dump_that_takes_too_long_leaves_no_file() {
    let cluster = TempCluster::shared().unwrap();
    let source = big_source(cluster);
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("out.sql");
    let run = Call::dump(&slow_rules(), &cluster.uri(&source), &script)
        .arg("--format=json")
        .arg("--max-duration=1")
        .run();
    assert!(run.refused(1).contains("longer than 1 s"), "{run}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    check_nothing_left(cluster, &source, "none");
    drop_databases(cluster, &[&source]);
}

#[test]
fn a_duration_that_is_none_is_the_command_lines_fault() {
    let standing = Standing::new();
    for duration in ["soon", "5m", "-1", "1h30min"] {
        let run = standing.call().arg(format!("--max-duration={duration}")).run();
        assert_eq!(run.status.code(), Some(2), "{run}");
        assert!(run.stderr.contains("--max-duration"), "{run}");
    }
    standing.check_untouched();
}

fn retrying(call: Call, retries: u32, pause: &str) -> Call {
    call.arg("--retries").arg(retries.to_string()).arg("--retry-pause").arg(pause)
}

#[test]
fn a_server_that_comes_up_late_is_waited_for() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, "CREATE TABLE t (a int); INSERT INTO t VALUES (1)").unwrap();
    let (name, _) = new_target(cluster);
    let gate = Gate::shut(cluster);
    let rules = "version = 1\n[table.t]\na = { keep = \"a number\" }\n";
    let running = retrying(Call::refresh(rules, &gate.uri(&source), &gate.uri(&name)), 6, "300ms").start();
    std::thread::sleep(Duration::from_millis(900));
    gate.open();
    let run = running.wait();
    let report = run.published();
    let failed = failed_attempts(&report);
    assert!(!failed.is_empty(), "{run}");
    assert_eq!(attempts(&run), failed.len() as u64 + 1, "{run}");
    assert!(failed[0].contains("attempt 1 of 7 failed, the next begins in 300 ms"), "{run}");
    assert!(failed[0].contains("connect"), "{run}");
    assert!(run.stderr.contains("attempt 1 of 7 failed"), "{run}");
    drop_databases(cluster, &[&name, &source]);
}

#[test]
fn a_server_that_stays_away_is_given_up_after_the_last_retry() {
    let standing = Standing::new();
    let gate = Gate::shut(standing.cluster);
    let rules = standing.rules.toml();
    let call = retrying(Call::refresh(&rules, &gate.uri("prod"), &standing.target), 2, "50ms");
    let run = standing.check_refused(call, 5, &["This was attempt 3 of 3."]);
    assert_eq!((attempts(&run), failed_attempts(&run.report()).len()), (3, 2), "{run}");
    // All attempts, and the pauses between them, are of one run.
    let start = Instant::now();
    let call = retrying(Call::refresh(&rules, &gate.uri("prod"), &standing.target), 50, "30s");
    let run =
        standing.check_refused(call.arg("--max-duration").arg("1"), 1, &["max_duration", "attempt 1 of 51"]);
    assert!(start.elapsed() < Duration::from_secs(8), "{run}");
    // Without the option there is one.
    let run = standing.check_refused(Call::refresh(&rules, &gate.uri("prod"), &standing.target), 5, &[]);
    assert!(attempts(&run) == 1 && !run.stdout.contains("This was attempt"), "{run}");
}

#[test]
fn what_another_try_would_not_mend_is_not_tried_again() {
    let standing = Standing::new();
    let rules = standing.rules.toml();
    let check = |call: Call, code: i32| {
        let run = standing.check_refused(retrying(call, 3, "20s"), code, &["This was attempt 1 of 4."]);
        assert_eq!(attempts(&run), 1, "{run}");
    };
    check(standing.call_with("version = 1\nnonsense = 1\n"), 2);
    check(standing.call_with("version = 1\n"), 3);
    check(Call::refresh(&rules, &standing.cluster.uri("no_such_database"), &standing.target), 5);
    check(standing.call().key("too short", 0o600), 2);
    check(standing.call_with(&format!("{rules}\n[[hook]]\non = \"start\"\ncommand = [\"false\"]\n")), 8);
    check(
        standing.call_with(&format!("{rules}\n[[hook]]\non = \"before_publish\"\ncommand = [\"false\"]\n")),
        8,
    );
    let run = retrying(Call::refresh(&rules, &standing.source, &standing.source), 3, "20s").run();
    assert!(run.refused(6).contains("attempt 1 of 4"), "{run}");
    let lock = format!("SELECT pg_advisory_lock(x'77617877'::int, hashtext('{}'));", standing.target_name);
    let session = Session::open(standing.cluster, "postgres", &lock);
    check(standing.call(), 7);
    session.finish("");
}

#[test]
fn a_connection_that_is_killed_costs_one_attempt_and_the_hooks_of_the_end_are_told_once() {
    let cluster = TempCluster::shared().unwrap();
    for into_target in [false, true] {
        let source = big_source(cluster);
        let (name, target) = new_target(cluster);
        place_copy(cluster, &name, "");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("diary");
        let hook = |on: &str| {
            format!("[[hook]]\non = \"{on}\"\ncommand = 'echo \"$WAXWORK_HOOK\" >> {}'\n", file.display())
        };
        let hooks: String = ["start", "before_publish", "success", "failure"].map(hook).concat();
        let rules = format!("{BIG_RULES}{hooks}");
        let running = retrying(Call::refresh(&rules, &cluster.uri(&source), &target), 1, "100ms").start();
        let of =
            if into_target { format!("datname LIKE '{name}%'") } else { format!("datname = '{source}'") };
        let copying = format!("{of} AND state = 'active' AND query ~* '^\\s*COPY'");
        when_seen(cluster, &copying, "pg_terminate_backend(pid)");
        let run = running.wait();
        run.published();
        assert_eq!(attempts(&run), 2, "{run}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "start\nbefore_publish\nsuccess\n");
        check_nothing_left_but_old(cluster, &name);
        drop_databases(cluster, &[&source, &name, &format!("{name}__old1")]);
    }
}

#[track_caller]
fn check_nothing_left_but_old(cluster: &TempCluster, name: &str) {
    let names = format!(
        "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname LIKE '{name}%'"
    );
    assert_eq!(cluster.psql("postgres", &names).unwrap(), format!("{name} {name}__old1"));
}

#[test]
fn a_rename_whose_answer_is_lost_is_not_made_twice() {
    let standing = Standing::new();
    let lock = format!("BEGIN; COMMENT ON DATABASE {} IS 'waxwork: held';", standing.target_name);
    let session = Session::open(standing.cluster, "postgres", &lock);
    let running = retrying(standing.call(), 3, "10ms").start();
    let renaming = format!("query ~ 'RENAME TO \"{}\"' AND wait_event_type = 'Lock'", standing.target_name);
    when_seen(standing.cluster, &renaming, "pg_terminate_backend(pid)");
    let run = running.wait();
    session.finish("ROLLBACK;");
    assert!(run.refused(1).contains("57P01"), "{run}");
    assert_eq!(attempts(&run), 1, "{run}");
    standing.check_untouched();
}

#[test]
fn a_script_that_somebody_reads_already_is_not_begun_again_and_a_file_is() {
    let cluster = TempCluster::shared().unwrap();
    let source = big_source(cluster);
    let copying = format!("datname = '{source}' AND state = 'active' AND query ~* '^\\s*COPY'");
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("out.sql");
    let call = Call::dump(BIG_RULES, &cluster.uri(&source), &script).arg("--format=json");
    let running = retrying(call, 1, "50ms").start();
    when_seen(cluster, &copying, "pg_terminate_backend(pid)");
    let run = running.wait();
    run.published();
    assert_eq!(attempts(&run), 2, "{run}");
    let text = std::fs::read_to_string(&script).unwrap();
    assert_eq!(text.matches("\nCOPY ").count(), 1, "a part of the first attempt is in the script");
    drop(text);
    let call = Call::of("dump", BIG_RULES).arg("--source").arg(cluster.uri(&source));
    let running = retrying(call, 3, "20s").start();
    when_seen(cluster, &copying, "pg_terminate_backend(pid)");
    let run = running.wait();
    assert_eq!(run.status.code(), Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("This was attempt 1 of 4."), "{}", run.stderr);
    drop_databases(cluster, &[&source]);
}

#[test]
fn a_conflict_with_recovery_costs_one_attempt() {
    let primary = TempCluster::start(&ClusterOptions::default()).unwrap();
    let source = big_source(&primary);
    let standby = primary.standby(&[("max_standby_streaming_delay", "0")]).unwrap();
    primary.wait_for(&standby).unwrap();
    let targets = TempCluster::shared().unwrap();
    let (name, target) = new_target(targets);
    let running = retrying(Call::refresh(BIG_RULES, &standby.uri(&source), &target), 2, "1s").start();
    let copying = format!("datname = '{source}' AND state = 'active' AND query ~* '^\\s*COPY'");
    when_seen(&standby, &copying, "1");
    primary.psql(&source, "BEGIN; LOCK TABLE big IN ACCESS EXCLUSIVE MODE; COMMIT").unwrap();
    let run = running.wait();
    let failed = failed_attempts(&run.published());
    assert_eq!((attempts(&run), failed.len()), (2, 1), "{run}");
    drop_databases(targets, &[&name]);
}
