//! What a job that nobody watches relies on: an end in time.

use std::time::{Duration, Instant};

use waxwork_fixtures::judge::{Database, fingerprint};
use waxwork_fixtures::TempCluster;

use crate::failing::{BIG_RULES, big_source};
use crate::standing::{Standing, place_copy};
use crate::support::{Call, drop_databases, new_target};

/// Rules under which it takes ten seconds to find a hundred rows of the big source.
fn slow_rules() -> String {
    let seed =
        "[subset]\nseed = [{ table = \"big\", where = \"id <= 100 and pg_sleep(0.1) is not null\" }]\n";
    BIG_RULES.replacen("version = 1\n", &format!("version = 1\n{seed}"), 1)
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
