//! The way back: `waxwork rollback`.

use waxwork_fixtures::{ClusterOptions, TempCluster, quoted};

use crate::support::{Call, Run};

const KEEP_TWO: &str = "version = 1\n[target]\nkeep = 2\n[table.t]\na = { keep = \"a number\" }\n";

/// A cluster whose `stage` is the copy of night 3, beside those of the nights 2 and 1.
fn three_nights() -> TempCluster {
    let cluster = TempCluster::start(&ClusterOptions::default()).unwrap();
    cluster.create_database("prod").unwrap();
    cluster.psql("prod", "CREATE TABLE t (a int); INSERT INTO t VALUES (0)").unwrap();
    for _ in 0..3 {
        cluster.psql("prod", "UPDATE t SET a = a + 1").unwrap();
        Call::refresh(KEEP_TWO, &cluster.uri("prod"), &cluster.uri("stage")).run().published();
    }
    cluster
}

fn rollback(cluster: &TempCluster, arguments: &[&str]) -> Run {
    let call = Call::of_target("rollback", &cluster.uri("stage")).arg("--format").arg("json");
    arguments.iter().fold(call, Call::arg).run()
}

/// The nights of the published copy and of the old ones, the newest first; `-` for a database that is not there.
fn nights(cluster: &TempCluster) -> String {
    let night = |name| cluster.psql(name, "SELECT a FROM t").unwrap_or_else(|_| "-".to_owned());
    ["stage", "stage__old1", "stage__old2", "stage__old3"].map(night).join(" ")
}

#[test]
fn an_old_copy_and_the_published_one_change_places() {
    let cluster = three_nights();
    assert_eq!(nights(&cluster), "3 2 1 -");
    assert_eq!(rollback(&cluster, &[]).published()["target"], "stage");
    assert_eq!(nights(&cluster), "2 3 1 -");
    rollback(&cluster, &[]).published();
    assert_eq!(nights(&cluster), "3 2 1 -");
    rollback(&cluster, &["--to", "2"]).published();
    assert_eq!(nights(&cluster), "1 2 3 -");
    // The next night goes on from there.
    Call::refresh(KEEP_TWO, &cluster.uri("prod"), &cluster.uri("stage")).run().published();
    assert_eq!(nights(&cluster), "3 1 2 -");
}

#[test]
fn an_old_copy_comes_back_where_the_published_one_is_gone() {
    let cluster = three_nights();
    cluster.psql("postgres", "DROP DATABASE stage").unwrap();
    rollback(&cluster, &[]).published();
    assert_eq!(nights(&cluster), "2 - 1 -");
}

#[test]
fn a_gap_among_old_copies_is_filled_before_one_is_dropped() {
    let cluster = three_nights();
    cluster.psql("postgres", "DROP DATABASE stage").unwrap();
    rollback(&cluster, &[]).published();
    Call::refresh(KEEP_TWO, &cluster.uri("prod"), &cluster.uri("stage")).run().published();
    assert_eq!(nights(&cluster), "3 2 1 -");
}

#[test]
fn what_an_interrupted_drop_left_is_not_published() {
    let cluster = three_nights();
    // As dropdb() marks it before it begins.
    let marked = "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'stage__old1'";
    cluster.psql("postgres", marked).unwrap();
    let said = rollback(&cluster, &[]).refused(2);
    assert!(said.contains("DROP DATABASE"), "{said}");
    Call::refresh(KEEP_TWO, &cluster.uri("prod"), &cluster.uri("stage")).run().published();
    assert_eq!(cluster.psql("stage", "SELECT a FROM t").unwrap(), "3");
}

#[test]
fn a_copy_that_is_not_there_is_named_with_those_that_are() {
    let cluster = three_nights();
    let said = rollback(&cluster, &["--to", "7"]).refused(2);
    assert!(said.contains("stage__old7") && said.contains("stage__old2"), "{said}");
    rollback(&cluster, &["--to", "0"]).refused(2);
    assert_eq!(nights(&cluster), "3 2 1 -");
    cluster.psql("postgres", "DROP DATABASE stage__old1").unwrap();
    cluster.psql("postgres", "DROP DATABASE stage__old2").unwrap();
    assert!(rollback(&cluster, &[]).refused(2).contains("keep"));
}

/// Until 63 bytes the server takes a name as it is, and then cuts it without a word.
#[test]
fn the_longest_names_and_the_biggest_numbers_change_places_too() {
    let cluster = TempCluster::start(&ClusterOptions::default()).unwrap();
    cluster.create_database("prod").unwrap();
    cluster.psql("prod", "CREATE TABLE t (a int); INSERT INTO t VALUES (1)").unwrap();
    let long = "ü".repeat(28) + "g";
    let copies = |target: &str, older: &[String]| {
        for name in [target.to_owned()].iter().chain(older) {
            let made =
                format!("CREATE DATABASE {0}; COMMENT ON DATABASE {0} IS 'waxwork: {name}'", quoted(name));
            cluster.psql("postgres", &made).unwrap();
        }
    };
    let comment = |name: &str| {
        let sql =
            format!("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{name}'");
        cluster.psql("postgres", &sql).unwrap()
    };
    let old = |target: &str, n: u32| format!("{target}__old{n}");
    copies(&long, &(1..=9).map(|n| old(&long, n)).collect::<Vec<_>>());
    copies("stage", &[old("stage", 1), old("stage", u32::MAX)]);
    for (target, n) in [(&*long, 9), ("stage", u32::MAX)] {
        let call = Call::of_target("rollback", &cluster.uri(target)).arg("--format").arg("json");
        call.arg("--to").arg(n.to_string()).run().published();
        assert_eq!(comment(target), format!("waxwork: {}", old(target, n)));
        assert_eq!(comment(&old(target, n)), format!("waxwork: {target}"));
        let names = "SELECT count(*) FROM pg_database WHERE datname LIKE '%aside%'";
        assert_eq!(cluster.psql("postgres", names).unwrap(), "0");
    }
    // Where none can be dropped there is no next name.
    let hold = "CREATE SUBSCRIPTION held CONNECTION 'dbname=prod' PUBLICATION none \
                WITH (connect = false, enabled = false, slot_name = NONE, create_slot = false)";
    (1..=9).for_each(|n| drop(cluster.psql(&old(&long, n), hold).unwrap()));
    let run = Call::refresh(KEEP_TWO, &cluster.uri("prod"), &cluster.uri(&long)).run();
    assert!(run.refused(1).contains("no name for what follows"), "{run}");
    assert_eq!(comment(&long), format!("waxwork: {}", old(&long, 9)));
}

#[test]
fn what_is_not_ours_is_not_exchanged() {
    for (name, comment) in [
        ("stage", "'waxwork:production'"),
        ("stage__old1", "'mine'"),
        ("stage", "NULL"),
        ("stage__old2", "NULL"),
    ] {
        let cluster = three_nights();
        cluster.psql("postgres", &format!("COMMENT ON DATABASE {name} IS {comment}")).unwrap();
        assert!(rollback(&cluster, &[]).refused(6).contains(name));
        assert_eq!(nights(&cluster), "3 2 1 -", "{name} {comment}");
    }
}

#[test]
fn a_way_back_waits_for_no_run_and_ends_clients() {
    let cluster = three_nights();
    let mut client = cluster.client("stage").command().unwrap();
    let mut client = client.args(["-c", "SELECT pg_sleep(600)"]).spawn().unwrap();
    while cluster.psql("postgres", SLEEPERS).unwrap() != "1" {}
    rollback(&cluster, &[]).published();
    assert!(!client.wait().unwrap().success());
    let locked = "SELECT pg_advisory_lock(x'77617877'::int, hashtext('stage')), pg_sleep(600)";
    let mut run = cluster.client("postgres").command().unwrap();
    let mut run = run.args(["-c", locked]).spawn().unwrap();
    while cluster.psql("postgres", SLEEPERS).unwrap() != "1" {}
    rollback(&cluster, &[]).refused(7);
    run.kill().unwrap();
    run.wait().unwrap();
}

const SLEEPERS: &str = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
