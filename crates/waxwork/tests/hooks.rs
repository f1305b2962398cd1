//! `[[hook]]`: who is asked before a copy is published, and who is told of the end.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use waxwork_fixtures::{ClusterOptions, TempCluster};

use crate::support::{Call, Run, is_gone, wait_for};

const RULES: &str = "version = 1\n[table.t]\na = { keep = \"a number\" }\n";

fn cluster() -> TempCluster {
    let cluster = TempCluster::start(&ClusterOptions::default()).unwrap();
    cluster.create_database("prod").unwrap();
    cluster.psql("prod", "CREATE TABLE t (a int); INSERT INTO t VALUES (1)").unwrap();
    cluster
}

fn refresh(cluster: &TempCluster, hooks: &str) -> Call {
    Call::refresh(&format!("{RULES}{hooks}"), &cluster.uri("prod"), &cluster.uri("stage"))
}

/// Findings of the code `hook`.
fn complaints(run: &Run) -> Vec<String> {
    let report = run.report();
    let found = report["findings"].as_array().unwrap().iter().filter(|found| found["code"] == "hook");
    found.map(ToString::to_string).collect()
}

/// A program that appends what it was told to a file.
fn diary(on: &str, file: &Path) -> String {
    format!(
        "[[hook]]\non = \"{on}\"\ncommand = 'echo \"$WAXWORK_HOOK $PGDATABASE $WAXWORK_TARGET $WAXWORK_EXIT_CODE\" >> {}'\n",
        file.display()
    )
}

#[test]
fn programs_run_at_each_turn_and_reach_the_copy_that_they_are_about() {
    let cluster = cluster();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("diary");
    let hooks: String = ["start", "before_publish", "success", "failure"].map(|on| diary(on, &file)).concat();
    let look = "[[hook]]\non = \"before_publish\"\ncommand = 'psql -Atc \"SELECT a FROM t\" | grep -qx 1'\n";
    refresh(&cluster, &format!("{hooks}{look}")).run().published();
    let told = std::fs::read_to_string(&file).unwrap();
    assert_eq!(told, "start stage stage 0\nbefore_publish stage__next stage 0\nsuccess stage stage 0\n");
}

#[test]
fn a_veto_leaves_the_old_copy_and_tells_of_the_failure() {
    let cluster = cluster();
    refresh(&cluster, "").run().published();
    cluster.psql("prod", "UPDATE t SET a = 2").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("diary");
    for (hook, said) in [
        ("on = \"before_publish\"\ncommand = [\"false\"]", "exit status: 1"),
        ("on = \"before_publish\"\ncommand = [\"/no/such/program\"]", "could not start"),
        ("on = \"before_publish\"\ncommand = [\"sleep\", \"600\"]\ntimeout = 1", "no end within 1 s"),
        ("on = \"before_publish\"\nsql = \"SELECT 1 / (a - 2) FROM t\"", "22012"),
        ("on = \"before_publish\"\nsql = \"SELECT pg_sleep(600)\"\ntimeout = 1", "no end within 1 s"),
        ("on = \"start\"\ncommand = [\"false\"]", "exit status: 1"),
    ] {
        let run = refresh(&cluster, &format!("[[hook]]\n{hook}\n{}", diary("failure", &file))).run();
        let errors = run.refused(8);
        assert!(errors.contains(said) && errors.contains("rules.toml:4:1"), "{errors}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "failure stage stage 8\n");
        std::fs::remove_file(&file).unwrap();
        assert_eq!(cluster.psql("stage", "SELECT a FROM t").unwrap(), "1", "{hook}");
        let left = "SELECT count(*) FROM pg_database WHERE datname = 'stage__next'";
        assert_eq!(cluster.psql("postgres", left).unwrap(), "0", "{hook}");
    }
}

#[test]
fn production_is_let_go_before_anybody_is_asked() {
    let cluster = cluster();
    let folder = tempfile::tempdir().unwrap();
    let (script, seen) = (folder.path().join("script"), folder.path().join("seen"));
    // What is open in the source while the program runs, and what others may do there.
    let look = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'prod' AND xact_start IS NOT NULL AND pid <> pg_backend_pid();
                SET lock_timeout = 1000; ALTER TABLE t ADD b int; SELECT 'altered'";
    std::fs::write(&script, look).unwrap();
    let hook = format!(
        "[[hook]]\non = \"before_publish\"\ncommand = 'psql -qAtX -d prod -f {} > {}'\n",
        script.display(),
        seen.display()
    );
    let report = refresh(&cluster, &hook).run().published();
    assert_eq!(std::fs::read_to_string(&seen).unwrap(), "0\naltered\n");
    assert_eq!(report["snapshot"]["locked_tables"], 1);
}

/// The copy is in its place by then, so no database that is dropped ends the statement.
#[test]
fn a_statement_that_nobody_waits_for_any_more_ends_on_the_server_too() {
    let cluster = cluster();
    let hooks = "[[hook]]\non = \"success\"\nsql = \"SELECT pg_sleep(600)\"\ntimeout = 1\n";
    let run = refresh(&cluster, hooks).run();
    run.published();
    assert!(complaints(&run)[0].contains("no end within 1 s"), "{run}");
    let asleep =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = 'stage' AND query LIKE '%pg_sleep(600)%'";
    wait_for("the end of the statement", || cluster.psql("postgres", asleep).unwrap() == "0");
}

#[test]
fn statements_run_in_the_copy_as_in_any_session() {
    let cluster = cluster();
    let hooks = "[[hook]]\non = \"before_publish\"\nsql = \"CREATE VIEW seen AS SELECT a + 41 AS b FROM t; UPDATE t SET a = 7\"\n";
    refresh(&cluster, hooks).run().published();
    assert_eq!(cluster.psql("stage", "SELECT b FROM public.seen").unwrap(), "48");
    assert_eq!(cluster.psql("prod", "SELECT a FROM t").unwrap(), "1");
}

#[test]
fn a_ping_is_sent_and_stops_no_run() {
    let cluster = cluster();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let answers = ["200 OK", "200 OK", "500 Internal Server Error"];
        answers.map(|answer| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap();
            write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
            String::from_utf8_lossy(&request[..length]).lines().next().unwrap().to_owned()
        })
    });
    let ping = |on: &str, url: &str| format!("[[hook]]\non = \"{on}\"\nurl = {url}\n");
    let hooks = [
        ping("start", &format!("\"http://127.0.0.1:{port}/s3cret/start\"")),
        ping("success", "{ env = \"PING\" }"),
        ping("success", &format!("\"http://127.0.0.1:{port}/s3cret/broken\"")),
        ping("success", "\"http://127.0.0.1:1/s3cret/nobody\""),
        ping("success", "{ env = \"NO_SUCH_VARIABLE\" }"),
    ];
    let call = refresh(&cluster, &hooks.concat()).env("PING", format!("http://127.0.0.1:{port}/s3cret/end"));
    let run = call.run();
    run.published();
    let asked = ["start", "end", "broken"].map(|name| format!("GET /s3cret/{name} HTTP/1.1"));
    assert_eq!(server.join().unwrap(), asked);
    let complaints = complaints(&run);
    assert_eq!(complaints.len(), 3, "{complaints:?}");
    assert!(complaints[0].contains("HTTP status 500"), "{complaints:?}");
    assert!(complaints[1].contains("no connection"), "{complaints:?}");
    assert!(complaints[2].contains("NO_SUCH_VARIABLE"), "{complaints:?}");
    assert!(!run.stdout.contains("s3cret") && !run.stderr.contains("s3cret"), "{run}");
}

#[test]
fn a_program_does_not_see_our_environment() {
    let cluster = cluster();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seen");
    let hooks = format!("[[hook]]\non = \"success\"\ncommand = 'env > {}'\n", file.display());
    refresh(&cluster, &hooks).env("WK_SECRET", "hunter2").run().published();
    let seen = std::fs::read_to_string(&file).unwrap();
    assert!(seen.contains("PGDATABASE=stage") && !seen.contains("hunter2"), "{seen}");
}

#[test]
fn a_hook_that_cannot_be_is_refused_with_its_place() {
    let cluster = cluster();
    for (hook, said) in [
        ("on = \"start\"\nsql = \"SELECT 1\"", "there is no copy"),
        ("on = \"failure\"\nsql = \"SELECT 1\"", "there is no copy"),
        ("on = \"night\"\ncommand = [\"true\"]", "before_publish"),
        ("command = [\"true\"]", "\\\"on\\\" is missing"),
        ("on = \"start\"", "none of"),
        ("on = \"start\"\ncommand = []", "must name a program"),
        ("on = \"start\"\ncommand = [\"true\"]\nurl = \"http://x\"", "exclude each other"),
        ("on = \"start\"\nurl = \"ftp://hunter2\"", "must begin with"),
        ("on = \"start\"\nurl = \"http://x\"\ntimeout = 0", "timeout"),
    ] {
        let errors = refresh(&cluster, &format!("[[hook]]\n{hook}\n")).run().refused(2);
        assert!(errors.contains(said) && !errors.contains("hunter2"), "{hook}: {errors}");
    }
}

/// A program that starts another, says by a file which, and waits for it.
fn sleeper(on: &str, file: &Path) -> String {
    let file = file.display();
    format!(
        "[[hook]]\non = \"{on}\"\ncommand = 'sleep 300 & echo $! > {file}.new; mv {file}.new {file}; wait'\n"
    )
}

/// Waits until the other sleeps; which it is.
fn when_asleep(file: &Path) -> Pid {
    wait_for("the hook's program", || file.exists());
    let pid = std::fs::read_to_string(file).unwrap();
    std::fs::remove_file(file).unwrap();
    Pid::from_raw(pid.trim().parse().unwrap()).unwrap()
}

fn when_gone(pid: Pid) {
    wait_for("the end of what the program started", || is_gone(pid));
}

#[test]
fn what_a_program_started_ends_with_it() {
    let cluster = cluster();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let hook = sleeper("before_publish", &file);
    let run = refresh(&cluster, &format!("{hook}timeout = 2\n")).start();
    let asleep = when_asleep(&file);
    assert!(run.wait().refused(8).contains("no end within 2 s"));
    when_gone(asleep);
    let running = refresh(&cluster, &hook).start();
    let asleep = when_asleep(&file);
    running.signal(Signal::TERM);
    running.wait().refused(143);
    when_gone(asleep);
    // What it leaves running when it ends by itself is its own affair.
    let left = hook.replace("wait'", "true'");
    let running = refresh(&cluster, &left).start();
    let asleep = when_asleep(&file);
    running.wait().published();
    kill_process(asleep, Signal::KILL).unwrap();
}

#[test]
fn signals_are_heard_while_a_program_is_told_of_the_end() {
    let cluster = cluster();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    for on in ["success", "failure"] {
        let veto = "[[hook]]\non = \"before_publish\"\ncommand = [\"false\"]\n";
        let hooks = format!("{}{}", sleeper(on, &file), if on == "failure" { veto } else { "" });
        let running = refresh(&cluster, &hooks).start();
        let asleep = when_asleep(&file);
        running.signal(Signal::INT);
        std::thread::sleep(Duration::from_millis(1500));
        assert!(!is_gone(asleep), "the first signal ended the program on {on}");
        running.signal(Signal::INT);
        let run = running.wait();
        assert_eq!(run.status.code(), Some(130), "{run}");
        assert!(run.elapsed < Duration::from_secs(10) && run.stderr.contains("a second signal"), "{run}");
        when_gone(asleep);
    }
}

#[test]
fn a_hangup_ends_a_run_unless_it_was_started_to_ignore_it() {
    let cluster = cluster();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pid");
    let hook = sleeper("start", &file).replace("sleep 300", "sleep 3");
    let running = refresh(&cluster, &hook).start();
    let asleep = when_asleep(&file);
    running.signal(Signal::HUP);
    running.wait().refused(143);
    when_gone(asleep);
    // As nohup does.
    let running = refresh(&cluster, &hook).by_shell("trap '' HUP", folder.path()).start();
    when_asleep(&file);
    running.signal(Signal::HUP);
    running.wait().published();
}
