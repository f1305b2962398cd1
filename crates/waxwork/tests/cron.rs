//! What a job that nobody watches relies on: an end in time, and another try where one may help.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
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
fn sessions_that_are_killed_together_cost_one_attempt_and_the_hooks_of_the_end_are_told_once() {
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
        // One that copies could be lost alone, and its table be loaded again.
        let database = if into_target { format!("{name}__next") } else { source.clone() };
        let all = format!(
            "datname = '{database}' AND EXISTS (SELECT FROM pg_stat_activity AS a
               WHERE a.datname = '{database}' AND a.state = 'active' AND a.query ~* '^\\s*COPY')"
        );
        when_seen(cluster, &all, "pg_terminate_backend(pid)");
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

/// Samples of a file of metrics: name with labels, and value.
fn samples(file: &Path) -> BTreeMap<String, f64> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut typed = BTreeSet::new();
    let mut samples = BTreeMap::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            assert!(typed.insert(rest.strip_suffix(" gauge").unwrap().to_owned()), "{rest} twice");
            continue;
        }
        if line.starts_with("# HELP ") {
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        assert!(typed.contains(series.split('{').next().unwrap()), "{series} has no type before it");
        assert!(samples.insert(series.to_owned(), value.parse().unwrap()).is_none(), "{series} twice");
    }
    samples
}

#[test]
fn metrics_tell_of_a_success_and_of_the_failure_after_it() {
    let standing = Standing::new();
    let odd = "CREATE TABLE \"od\"\"d\\ one\" (a int); INSERT INTO \"od\"\"d\\ one\" VALUES (1), (2)";
    standing.change_source(odd);
    let rules =
        format!("{}\n[table.'\"od\"\"d\\ one\"']\na = {{ keep = \"a number\" }}\n", standing.rules.toml());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("staging.prom");
    let call = || standing.call_with(&rules).arg("--metrics").arg(&file);
    let epoch = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    let before = epoch();
    let running = call().by_shell("umask 077", folder.path()).run();
    let report = running.published();
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "the collector is somebody else");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "something was left beside the file");
    let told = samples(&file);
    let of_run = |metric: &str| told[&format!("waxwork_run_{metric}{{run=\"staging\"}}")];
    let (start, end) = (of_run("start_time_seconds"), of_run("end_time_seconds"));
    assert!(before <= start && start < end && end <= epoch(), "{told:?}");
    assert_eq!(["success", "exit_code", "attempts"].map(of_run), [1.0, 0.0, 1.0]);
    assert_eq!(of_run("last_success_time_seconds"), end);
    assert_eq!(of_run("tables") as usize, report["tables"].as_array().unwrap().len());
    for table in report["tables"].as_array().unwrap() {
        let name = table["name"].as_str().unwrap().replace('\\', "\\\\").replace('"', "\\\"");
        for count in ["rows", "bytes"] {
            let series = format!("waxwork_table_{count}{{run=\"staging\",table=\"{name}\"}}");
            assert_eq!(told[&series] as u64, table[count].as_u64().unwrap(), "{series}");
        }
    }
    assert_eq!(told[r#"waxwork_table_rows{run="staging",table="public.\"od\"\"d\\ one\""}"#], 2.0);
    for (phase, seconds) in report["seconds"].as_object().unwrap() {
        let series = format!("waxwork_run_phase_seconds{{run=\"staging\",phase=\"{phase}\"}}");
        assert_eq!(told[&series], seconds.as_f64().unwrap());
    }
    // A failure that comes before the target is known keeps the time of the success.
    let broken = standing.call_with("version = 1\nnonsense = 1\n").arg("--metrics").arg(&file);
    broken.run().refused(2);
    let after = samples(&file);
    let of_run = |metric: &str| after[&format!("waxwork_run_{metric}{{run=\"staging\"}}")];
    assert_eq!(["success", "exit_code", "last_success_time_seconds"].map(of_run), [0.0, 2.0, end]);
    assert!(of_run("end_time_seconds") > end);
    // So does a signal.
    let hook = format!("{rules}\n[[hook]]\non = \"start\"\ncommand = [\"sleep\", \"60\"]\n");
    let running = standing.call_with(&hook).arg("--metrics").arg(&file).start();
    std::thread::sleep(Duration::from_millis(1500));
    running.signal(rustix::process::Signal::TERM);
    assert_eq!(running.wait().status.code(), Some(143));
    let after = samples(&file);
    assert_eq!(after["waxwork_run_exit_code{run=\"staging\"}"], 143.0);
    assert_eq!(after["waxwork_run_last_success_time_seconds{run=\"staging\"}"], end);
}

#[test]
fn metrics_that_cannot_be_written_are_known_before_the_run_and_replace_nothing_else() {
    let standing = Standing::new();
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.prom");
    std::fs::write(&other, "# HELP node_load1 ours\n").unwrap();
    let nowhere = folder.path().join("no/such/folder.prom");
    for (file, why) in [(&other, "is not a file of metrics of waxwork"), (&nowhere, "could not write")] {
        standing.check_refused(standing.call().arg("--metrics").arg(file), 2, &[why]);
    }
    standing.check_refused(standing.call().arg("--metrics").arg(folder.path()), 2, &["could not read"]);
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "# HELP node_load1 ours\n");
    // A dump has them too, and one that was empty is taken over.
    let (file, script) = (folder.path().join("dump.prom"), folder.path().join("out.sql"));
    std::fs::write(&file, "").unwrap();
    let call = Call::dump(&standing.rules.toml(), &standing.source, &script).arg("--metrics").arg(&file);
    assert_eq!(call.run().status.code(), Some(0));
    let told = samples(&file);
    assert_eq!(told["waxwork_run_success{run=\"dump\"}"], 1.0);
    assert!(told.keys().any(|series| series.contains("command=\"dump\"")), "{told:?}");
}
