//! `--quiet`: cron mails whatever a job says, so one that succeeds says nothing.

use waxwork_fixtures::TempCluster;

use crate::gate::Gate;
use crate::support::{Call, Run, drop_databases, new_target};

const RULES: &str = "version = 1\n[table.t]\na = { keep = \"a number\" }\n";

/// Said of every source of these tests, whose role is a superuser.
const WARNING: &str = "warning: the source role is a superuser";

const VETO: &str = "[[hook]]\non = \"before_publish\"\ncommand = [\"false\"]\n";

fn source(cluster: &TempCluster) -> String {
    let name = cluster.fresh_database().unwrap();
    cluster.psql(&name, "CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 3)").unwrap();
    name
}

fn call(command: &str, rules: &str, source: &str) -> Call {
    Call::of(command, rules).arg("--source").arg(source)
}

#[track_caller]
fn check_silent(run: &Run) {
    assert_eq!((run.status.code(), &*run.stdout, &*run.stderr), (Some(0), "", ""), "{run}");
}

#[test]
fn a_quiet_run_that_succeeds_says_nothing() {
    let cluster = TempCluster::shared().unwrap();
    let source = source(cluster);
    let (name, target) = new_target(cluster);
    let refresh = |quiet: &str| {
        call("refresh", RULES, &cluster.uri(&source)).arg("--target").arg(&target).arg(quiet).run()
    };
    let loud = refresh("-v");
    assert!(loud.stderr.contains(WARNING) && loud.stdout.contains("published"), "{loud}");
    cluster.psql(&source, "INSERT INTO t VALUES (4)").unwrap();
    check_silent(&refresh("--quiet"));
    assert_eq!(cluster.psql(&name, "SELECT count(*) FROM t").unwrap(), "4");
    check_silent(&refresh("-q"));
    // What was asked for on stdout is no talk.
    let json = Call::refresh(RULES, &cluster.uri(&source), &target).arg("--quiet").run();
    assert!(json.published()["findings"].to_string().contains("superuser"), "{json}");
    assert_eq!(json.stderr, "", "{json}");
    drop_databases(cluster, &[&source, &name, &format!("{name}__old1")]);
}

#[test]
fn a_quiet_dump_is_the_script_and_nothing_else() {
    let cluster = TempCluster::shared().unwrap();
    let source = source(cluster);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.sql");
    check_silent(&Call::dump(RULES, &cluster.uri(&source), &file).arg("--quiet").run());
    let streamed = call("dump", RULES, &cluster.uri(&source)).arg("--quiet").run();
    assert_eq!((streamed.status.code(), &*streamed.stderr), (Some(0), ""), "{streamed}");
    assert_eq!(streamed.stdout, std::fs::read_to_string(&file).unwrap());
    let refused = Call::dump(RULES, &cluster.uri(&source), &file).arg("--quiet").run();
    assert_eq!(refused.status.code(), Some(2), "{refused}");
    assert!(refused.stderr.contains("exists already") && refused.stderr.contains("hint: "), "{refused}");
    drop_databases(cluster, &[&source]);
}

#[test]
fn a_quiet_run_that_fails_says_its_warnings_and_then_its_errors_whole() {
    let cluster = TempCluster::shared().unwrap();
    let source = source(cluster);
    let (name, target) = new_target(cluster);
    let rules = format!("{RULES}{VETO}");
    let run = |quiet: &str| {
        call("refresh", &rules, &cluster.uri(&source)).arg("--target").arg(&target).arg(quiet).run()
    };
    let (quiet, loud) = (run("--quiet"), run("--format=text"));
    assert_eq!((quiet.status.code(), &*quiet.stdout), (Some(8), ""), "{quiet}");
    let (warned, failed) = (quiet.stderr.find(WARNING), quiet.stderr.find("error: "));
    assert!(warned < failed && warned.is_some(), "{quiet}");
    // Each has a folder of its own for its rules.
    let said = |run: &Run| {
        let lines = run.stderr.lines().filter(|line| !line.starts_with("waxwork: "));
        lines.map(|line| line.split(" /").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(said(&quiet), said(&loud), "{loud}");
    let misspelt = call("refresh", RULES, "dbname=x").arg("--quiet").arg("--verbose").run();
    assert_eq!(misspelt.status.code(), Some(2), "{misspelt}");
    assert!(misspelt.stderr.contains("cannot be used with"), "{misspelt}");
    drop_databases(cluster, &[&source, &name]);
}

#[test]
fn attempts_that_failed_before_a_success_stay_unsaid() {
    let cluster = TempCluster::shared().unwrap();
    let source = source(cluster);
    let (name, target) = new_target(cluster);
    let gate = Gate::shut(cluster);
    let retried = |retries: &str| {
        Call::refresh(RULES, &gate.uri(&source), &target)
            .arg("--quiet")
            .arg("--retry-pause=300ms")
            .arg("--retries")
            .arg(retries)
    };
    let failed = retried("1").run();
    assert_eq!(failed.status.code(), Some(5), "{failed}");
    assert!(failed.stderr.contains("warning: attempt 1 of 2 failed"), "{failed}");
    let running = retried("6").start();
    std::thread::sleep(std::time::Duration::from_millis(900));
    gate.open();
    let run = running.wait();
    assert!(run.published()["findings"].to_string().contains("attempt_failed"), "{run}");
    assert_eq!(run.stderr, "", "{run}");
    drop_databases(cluster, &[&source, &name]);
}
