//! `--log-format json`: what collects logs reads every line of stderr as an object of its own.

use serde_json::Value;
use waxwork_fixtures::TempCluster;

use crate::support::{Call, Run, drop_databases, new_target};

const RULES: &str = "version = 1\n[table.\"\\\"t\\nt\\\"\"]\na = { keep = \"a number\" }\n";

fn call(rules: &str, source: &str, target: &str) -> Call {
    let call = Call::of("refresh", rules).arg("--source").arg(source).arg("--target").arg(target);
    call.arg("--log-format").arg("json")
}

/// The lines of stderr, each an object with a time of this century.
#[track_caller]
fn lines(run: &Run) -> Vec<Value> {
    let lines = run.stderr.lines().map(serde_json::from_str::<Value>);
    let lines: Vec<Value> = lines.map(|line| line.unwrap_or_else(|_| panic!("not JSON: {run}"))).collect();
    assert!(lines.iter().all(|line| line["time"].as_f64().unwrap() > 1.7e9), "{run}");
    lines
}

fn of<'a>(lines: &'a [Value], event: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["event"] == event).collect()
}

#[test]
fn every_line_of_stderr_is_an_object() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, "CREATE TABLE \"t\nt\" (a int); INSERT INTO \"t\nt\" VALUES (1)").unwrap();
    let (name, target) = new_target(cluster);
    let run = call(RULES, &cluster.uri(&source), &target).arg("-vv").run();
    assert_eq!(run.status.code(), Some(0), "{run}");
    let said = lines(&run);
    let phases: Vec<&str> = of(&said, "phase").iter().map(|line| line["phase"].as_str().unwrap()).collect();
    assert_eq!(phases, ["plan", "select", "schema", "load", "finish", "verify", "publish"], "{run}");
    assert_eq!(of(&said, "snapshot")[0]["locked_tables"], 1, "{run}");
    assert!(of(&said, "copied")[0]["table"].as_str().unwrap().contains("t\nt"), "{run}");
    assert!(of(&said, "warning").iter().any(|line| line["code"] == "source_role"), "{run}");
    drop_databases(cluster, &[&source, &name]);
}

#[test]
fn an_error_is_an_object_with_its_code_and_hint() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, "CREATE TABLE t (a int)").unwrap();
    let (_, target) = new_target(cluster);
    let run = call("version = 1\n", &cluster.uri(&source), &target).arg("--quiet").run();
    assert_eq!(run.status.code(), Some(3), "{run}");
    let said = lines(&run);
    let errors = of(&said, "error");
    assert!(errors.iter().any(|line| line["message"].as_str().unwrap().contains("t")), "{run}");
    assert!(errors.iter().all(|line| line["code"].is_string()), "{run}");
    drop_databases(cluster, &[&source]);
}
