//! Tables that several streams load, each a part of them.

use waxwork_fixtures::{ClusterOptions, TempCluster};

use crate::support::{Call, drop_databases, new_target, wait_for};

/// Blocks at the end that hold nothing, pages without a live row, values out of line, partitions, a key to itself, a column
/// that is generated, rows of an heir, and a table of no rows at all.
const SCHEMA: &str = "
    CREATE TABLE wide (id int PRIMARY KEY, up int REFERENCES wide, body text, twice int GENERATED ALWAYS AS (id * 2) STORED);
    INSERT INTO wide SELECT n, nullif(n / 2, 0), repeat(md5(n::text), 40) FROM generate_series(1, 4000) n;
    UPDATE wide SET body = (SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 2000) WHERE wide.id > 0) WHERE id % 500 = 0;
    DELETE FROM wide WHERE id > 3500;
    CREATE TABLE spare (id int, body text) PARTITION BY RANGE (id);
    CREATE TABLE low PARTITION OF spare FOR VALUES FROM (0) TO (2000);
    CREATE TABLE high PARTITION OF spare FOR VALUES FROM (2000) TO (9000);
    INSERT INTO spare SELECT n, repeat('x', n % 700) FROM generate_series(1, 4000) n;
    DELETE FROM low WHERE id < 1500;
    CREATE TABLE base (id int, body text); CREATE TABLE heir () INHERITS (base);
    INSERT INTO base SELECT n, repeat('y', 200) FROM generate_series(1, 900) n;
    INSERT INTO heir SELECT n, repeat('z', 200) FROM generate_series(901, 2000) n;
    CREATE TABLE nothing (id int)";

const RULES: &str = r#"version = 1
[table]
wide = { id = { keep = "a number" }, body = { keep = "filler" } }
spare = { id = { keep = "a number" }, body = { keep = "filler" } }
base = { id = { keep = "a number" }, body = { keep = "filler" } }
heir = { id = { keep = "a number" }, body = { keep = "filler" } }
nothing = { id = { keep = "a number" } }
"#;

const SUBSET: &str = r#"version = 1
[subset]
seed = [{ table = "wide", where = "id % 3 = 0" }, { table = "spare", percent = 40 }]
"#;

/// Every row of every table, where it is.
const ROWS: &str = "
    SELECT string_agg(t || ' ' || n || ' ' || h, E'\\n' ORDER BY t) FROM (
    SELECT tableoid::regclass::text AS t, count(*) AS n, sum(hashtextextended(wide::text, 0)) AS h FROM wide GROUP BY 1 UNION ALL
    SELECT tableoid::regclass::text, count(*), sum(hashtextextended(spare::text, 0)) FROM spare GROUP BY 1 UNION ALL
    SELECT tableoid::regclass::text, count(*), sum(hashtextextended(base::text, 0)) FROM base GROUP BY 1 UNION ALL
    SELECT tableoid::regclass::text, count(*), sum(hashtextextended(nothing::text, 0)) FROM nothing GROUP BY 1) AS rows";

fn source(cluster: &TempCluster) -> String {
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SCHEMA).unwrap();
    source
}

/// Names of the tables that a report says several streams load.
fn streamed(report: &serde_json::Value) -> Vec<&str> {
    let tables = report["tables"].as_array().unwrap().iter();
    let several = tables.filter(|table| table["streams"].as_u64().is_some_and(|streams| streams > 1));
    several.map(|table| table["name"].as_str().unwrap()).collect()
}

#[test]
fn parts_of_tables_are_their_rows_once_each() {
    // Of its own: commits of others that are not on disk yet would keep VACUUM from its work.
    let cluster = &TempCluster::start(&ClusterOptions::default()).unwrap();
    let source = source(cluster);
    let rows = cluster.psql(&source, ROWS).unwrap();
    for (size, jobs, most) in [("1kB", "1", 4), ("100kB", "4", 4), ("1GB", "4", 0)] {
        let (name, target) = new_target(cluster);
        let split =
            |call: Call| call.arg(format!("--split-tables-larger-than={size}")).arg("--jobs").arg(jobs);
        let run = split(Call::refresh(RULES, &cluster.uri(&source), &target)).run();
        let report = run.published();
        let streamed = streamed(&report);
        assert_eq!(streamed.len(), most, "{run}");
        assert_eq!(cluster.psql(&name, ROWS).unwrap(), rows, "{size} {jobs}");
        // How many pages of small tables are empty depends on how streams extended them side by side.
        let seen = "SELECT string_agg(concat_ws('/', relname, relallvisible, relpages), ' ') FILTER (WHERE relallvisible = 0) FROM pg_class WHERE relname IN ('wide', 'low', 'high', 'base', 'heir')";
        assert_eq!(cluster.psql(&name, seen).unwrap(), "", "{size} {jobs}");
        // A plan says the same.
        let plan = |format: &str| {
            let call = Call::of("plan", RULES).arg("--source").arg(cluster.uri(&source));
            split(call).arg("--format").arg(format).run()
        };
        assert_eq!(self::streamed(&plan("json").report()), streamed, "{size} {jobs}");
        let said = plan("text").stdout;
        assert_eq!(said.matches("streams, without FREEZE").count(), most, "{said}");
        drop_databases(cluster, &[&name]);
    }
    drop_databases(cluster, &[&source]);
}

#[test]
fn parts_of_a_subset_are_its_rows_once_each() {
    let cluster = TempCluster::shared().unwrap();
    let source = source(cluster);
    let rules = RULES.replacen("version = 1\n", SUBSET, 1);
    let copy = |split: Option<&str>| {
        let (name, target) = new_target(cluster);
        let call = Call::refresh(&rules, &cluster.uri(&source), &target).arg("--jobs=3");
        let run = split.into_iter().fold(call, Call::arg).run();
        let streamed = streamed(&run.published()).len();
        let rows = cluster.psql(&name, ROWS).unwrap();
        drop_databases(cluster, &[&name]);
        (rows, streamed)
    };
    let (whole, none) = copy(None);
    let (parts, several) = copy(Some("--split-tables-larger-than=30kB"));
    assert_eq!(parts, whole);
    assert!(none == 0 && several >= 2, "{none} {several}");
    drop_databases(cluster, &[&source]);
}

#[test]
fn rows_that_come_while_a_table_is_read_in_parts_stay_out() {
    let cluster = TempCluster::shared().unwrap();
    let source = source(cluster);
    let rows = cluster.psql(&source, ROWS).unwrap();
    let (name, target) = new_target(cluster);
    // The blocks have been counted then.
    let grow = "INSERT INTO wide (id, body) SELECT n, repeat('w', 3000) FROM generate_series(10000, 12000) n; \
                UPDATE spare SET body = 'new'; DELETE FROM base";
    let call = Call::refresh(RULES, &cluster.uri(&source), &target);
    let running = call.arg("--split-tables-larger-than=50kB").arg("--max-rate=1MB").start();
    let held = format!(
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = '{source}' AND query ~* 'TO STDOUT'"
    );
    wait_for("the first rows", || cluster.psql("postgres", &held).unwrap() == "t");
    cluster.psql(&source, grow).unwrap();
    running.wait().published();
    assert_eq!(cluster.psql(&name, ROWS).unwrap(), rows);
    drop_databases(cluster, &[&source, &name]);
}
