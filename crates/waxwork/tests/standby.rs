//! A hot standby as the source: a streaming replica that the test makes.

use waxwork_fixtures::judge::{Database, differences};
use waxwork_fixtures::{ClusterOptions, TempCluster};

use crate::copies::{shop_copy, shop_rules};
use crate::failing::{BIG_RULES, big_source, when_seen};
use crate::support::{Call, drop_databases, new_target};

/// Every number that a server keeps of what was written, and of what did not fit into memory.
const WRITTEN: &str = "SELECT concat_ws(' ', sum(tup_inserted), sum(tup_updated), sum(tup_deleted), sum(temp_files), sum(temp_bytes))
    FROM pg_stat_database";

/// What a server says of itself is there a second after the session ends.
fn written(cluster: &TempCluster) -> String {
    std::thread::sleep(std::time::Duration::from_millis(1500));
    cluster.psql("postgres", WRITTEN).unwrap()
}

fn subset(rules: &str) -> String {
    rules.replacen(
        "version = 1\n",
        "version = 1\n[subset]\nseed = [{ table = \"customer\", percent = 7 }, { table = \"refund\", rows = 20 }]\n",
        1,
    )
}

#[test]
fn a_hot_standby_gives_the_subset_that_its_primary_gives_and_nothing_is_written_for_it() {
    let primary = TempCluster::start(&ClusterOptions::default()).unwrap();
    let source = shop_copy(&primary);
    let rules = subset(&shop_rules(&primary, &source));
    let standby = primary.standby(&[("log_temp_files", "0")]).unwrap();
    primary.wait_for(&standby).unwrap();
    let targets = TempCluster::shared().unwrap();
    let (name, first) = new_target(targets);
    let mut names = vec![name];
    Call::refresh(&rules, &primary.uri(&source), &first).arg("--jobs").arg("1").run().published();
    let before = [written(&primary), written(&standby)];
    for jobs in ["1", "4"] {
        let (name, target) = new_target(targets);
        names.push(name);
        let run = Call::refresh(&rules, &standby.uri(&source), &target).arg("--jobs").arg(jobs).run();
        let report = run.published();
        assert!(report["tables"].as_array().unwrap().iter().any(|table| table["rows"].as_u64() > Some(0)));
        let found = differences(&Database::new(&first), &Database::new(&target)).unwrap();
        assert!(found.is_empty(), "by {jobs} jobs from the standby: {found:?}");
    }
    assert_eq!([written(&primary), written(&standby)], before);
    let log = std::fs::read_to_string(standby.log_file()).unwrap();
    assert!(!log.contains("temporary file"), "{log}");
    drop_databases(targets, &names.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_standby_that_would_cancel_us_is_told_of_with_its_settings() {
    let primary = TempCluster::start(&ClusterOptions::default()).unwrap();
    let source = primary.fresh_database().unwrap();
    primary.psql(&source, "CREATE TABLE t (id int PRIMARY KEY)").unwrap();
    let standby = primary.standby(&[]).unwrap();
    primary.wait_for(&standby).unwrap();
    let rules = "version = 1\n[table.t]\nid = { keep = \"a number\" }\n";
    let said = |command: &str, cluster: &TempCluster| {
        let call =
            Call::of(command, rules).arg("--source").arg(cluster.uri(&source)).arg("--format").arg("json");
        let report = call.run().report();
        let of_standby = |finding: &&serde_json::Value| finding["code"] == "standby_conflict";
        let found = report["findings"].as_array().unwrap().iter().find(of_standby).cloned();
        found.map(|finding| format!("{} {} {}", finding["message"], finding["detail"], finding["hint"]))
    };
    for command in ["plan", "check"] {
        let text = said(command, &standby).unwrap();
        for word in ["for 30 s", "max_standby_streaming_delay is 30 s", "hot_standby_feedback is off", "= -1"]
        {
            assert!(text.contains(word), "{command}: no {word} in {text}");
        }
        assert_eq!(said(command, &primary), None);
    }
    let set = |setting: &str| {
        let change = format!("ALTER SYSTEM SET {setting}");
        standby.psql("postgres", &change).unwrap();
        standby.psql("postgres", "SELECT pg_reload_conf(), pg_sleep(0.3)").unwrap();
    };
    set("hot_standby_feedback = on");
    assert!(said("plan", &standby).unwrap().contains("hot_standby_feedback is on, so only exclusive locks"));
    set("max_standby_streaming_delay = -1");
    assert_eq!(said("plan", &standby), None);
}

#[test]
fn a_conflict_with_recovery_ends_the_run_and_says_what_to_set() {
    let primary = TempCluster::start(&ClusterOptions::default()).unwrap();
    let source = big_source(&primary);
    let standby = primary.standby(&[("max_standby_streaming_delay", "0")]).unwrap();
    primary.wait_for(&standby).unwrap();
    let targets = TempCluster::shared().unwrap();
    let (name, target) = new_target(targets);
    let running = Call::refresh(BIG_RULES, &standby.uri(&source), &target).start();
    let copying = format!("datname = '{source}' AND state = 'active' AND query ~* '^\\s*COPY'");
    when_seen(&standby, &copying, "1");
    primary.psql(&source, "BEGIN; LOCK TABLE big IN ACCESS EXCLUSIVE MODE; COMMIT").unwrap();
    let run = running.wait();
    let errors = run.refused(1);
    for word in ["max_standby_streaming_delay = -1", "hot_standby_feedback = on"] {
        assert!(errors.contains(word), "{errors}");
    }
    assert_eq!(
        targets
            .psql("postgres", &format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{name}%'"))
            .unwrap(),
        "0"
    );
    // Nothing stays that would be in the way of the next run.
    standby.psql("postgres", "ALTER SYSTEM SET max_standby_streaming_delay = -1").unwrap();
    standby.psql("postgres", "SELECT pg_reload_conf(), pg_sleep(0.3)").unwrap();
    Call::refresh(BIG_RULES, &standby.uri(&source), &target).run().published();
    drop_databases(targets, &[&name]);
}
