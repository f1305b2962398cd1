//! `[[quasi_identifiers]]`: k is counted on the copy, and a copy below it is not published, or made coarser.

use crate::support::{Call, drop_databases, new_target};
use serde_json::Value;
use waxwork_fixtures::TempCluster;

/// Columns whose names are those that our own SQL uses for itself, among them; 1,000 rows, 7 of them far from all others.
const SCHEMA: &str = "
    CREATE EXTENSION citext;
    CREATE TYPE blood AS ENUM ('a', 'b', 'ab', 'o');
    CREATE TABLE patient (
        id serial PRIMARY KEY,
        postcode varchar(8),
        born date,
        sex char(1) NOT NULL,
        n int,
        \"row\" citext,
        weight numeric(5, 1),
        seen timestamptz,
        blood blood,
        area text GENERATED ALWAYS AS (left(postcode, 2)) STORED,
        CHECK (length(postcode) BETWEEN 5 AND 8)
    );
    INSERT INTO patient (postcode, born, sex, n, \"row\", weight, seen, blood)
    SELECT lpad((i * 7919 % 90000 + 10000)::text, 5, '0'), date '1930-01-01' + i * 29 % 30000, chr(70 + i % 2 * 7),
        i * 31 % 977, CASE i % 3 WHEN 0 THEN 'Red' WHEN 1 THEN 'RED' ELSE 'blue' END, i % 400 / 3.0,
        timestamptz '2020-01-01 UTC' + i * interval '7 h', (enum_range(NULL::blood))[i % 4 + 1]
    FROM generate_series(1, 1000) AS i;
    UPDATE patient SET postcode = NULL WHERE id % 50 = 0;
    UPDATE patient SET born = 'infinity', weight = 'NaN', n = NULL WHERE id % 143 = 0;
    CREATE TABLE visit (id int, day date NOT NULL, town text, reason text) PARTITION BY RANGE (day);
    CREATE TABLE visit_24 PARTITION OF visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE visit_25 PARTITION OF visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    INSERT INTO visit SELECT i, date '2024-01-01' + i % 700, 'town ' || i % 40, 'x' FROM generate_series(1, 2000) AS i;
    CREATE MATERIALIZED VIEW ages AS SELECT extract(year FROM born) AS year, count(*) FROM patient GROUP BY 1;
    CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'fired'; END $$;
    CREATE TRIGGER fires BEFORE UPDATE ON patient FOR EACH ROW EXECUTE FUNCTION fired();";

const KEPT: &str = r#"
version = 1
[table.patient]
id = { keep = "a number" }
postcode = { keep = "to be counted" }
born = { keep = "to be counted" }
sex = { keep = "to be counted" }
n = { keep = "to be counted" }
row = { keep = "to be counted" }
weight = { keep = "to be counted" }
seen = { keep = "to be counted" }
blood = { keep = "to be counted" }
[table.visit]
id = { keep = "a number" }
day = { keep = "a date" }
town = { keep = "to be counted" }
reason = { keep = "a word" }
"#;

fn source(cluster: &TempCluster) -> String {
    cluster.copy_of("quasi_source", |cluster, name| cluster.psql(name, SCHEMA).map(drop)).unwrap()
}

fn with(table: &str, columns: &[&str], rest: &str) -> String {
    format!("{KEPT}\n[[quasi_identifiers]]\ntable = \"{table}\"\ncolumns = {columns:?}\n{rest}\n")
}

/// Rows, combinations, the smallest group, rows of groups below k, combinations of one row: each row asks how many are
/// like it, without GROUP BY.
fn recount(cluster: &TempCluster, database: &str, table: &str, columns: &[&str], k: u64) -> [u64; 5] {
    let alike: Vec<String> =
        columns.iter().map(|name| format!("p.\"{name}\" IS NOT DISTINCT FROM q.\"{name}\"")).collect();
    let query = format!(
        "SET search_path = public; WITH alike AS MATERIALIZED (
             SELECT (SELECT count(*) FROM {table} AS q WHERE {}) AS n FROM {table} AS p)
         SELECT count(*), round(sum(1.0 / n)), min(n), count(*) FILTER (WHERE n < {k}), count(*) FILTER (WHERE n = 1) FROM alike",
        alike.join(" AND ")
    );
    let answer = cluster.psql(database, &query).unwrap();
    let line = answer.lines().last().unwrap();
    let numbers: Vec<u64> = line.split('|').map(|number| number.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

fn told(report: &Value) -> [u64; 5] {
    let set = &report["quasi_identifiers"][0];
    ["rows", "combinations", "smallest_k", "rows_below_k", "unique_combinations"]
        .map(|field| set[field].as_u64().unwrap_or_else(|| panic!("{field} of {set}")))
}

#[test]
fn k_and_unique_combinations_are_counted_on_the_copy() {
    let cluster = TempCluster::shared().unwrap();
    let name = source(cluster);
    for (table, columns) in [
        ("patient", &["postcode", "born", "sex"][..]),
        ("patient", &["sex", "blood"]),
        // Letters of citext are alike in either case.
        ("patient", &["row", "blood"]),
        ("visit", &["town", "day"]),
    ] {
        let (target_name, target) = new_target(cluster);
        let rules = with(table, columns, "k = 30");
        // Counted are masked values, not the source's.
        let rules =
            rules.replacen("postcode = { keep = \"to be counted\" }", "postcode = \"address.zip3\"", 1);
        let run = Call::refresh(&rules, &cluster.uri(&name), &target).run();
        let report = run.published();
        assert_eq!(told(&report), recount(cluster, &target_name, table, columns, 30), "{columns:?}");
        let set = &report["quasi_identifiers"][0];
        let [_, combinations, _, below, unique] = told(&report);
        assert_eq!(set["unique_share"].as_f64().unwrap(), unique as f64 / combinations as f64);
        assert_eq!(
            (set["table"].as_str().unwrap(), &set["below"]),
            (&*format!("public.{table}"), &"report".into())
        );
        let findings = report["findings"].as_array().unwrap();
        assert_eq!(findings.iter().any(|finding| finding["code"] == "k_below"), below > 0, "{run}");
        drop_databases(cluster, &[&target_name]);
    }
    drop_databases(cluster, &[&name]);
}

#[test]
fn a_copy_below_its_k_is_not_published() {
    let cluster = TempCluster::shared().unwrap();
    let name = source(cluster);
    let (target_name, target) = new_target(cluster);
    Call::refresh(KEPT, &cluster.uri(&name), &target).run().published();
    let before =
        cluster.psql("postgres", &format!("SELECT oid FROM pg_database WHERE datname = '{target_name}'"));
    let columns = ["postcode", "born", "sex"];
    let run =
        Call::refresh(&with("patient", &columns, "k = 5\nbelow = \"fail\""), &cluster.uri(&name), &target)
            .run();
    let said = run.refused(8);
    for word in ["k_below", "public.patient (postcode, born, sex)", "rows.toml", "1000 of 1000 rows"] {
        let word = word.replace("rows.toml", "rules.toml:");
        assert!(said.contains(&word), "{word}\n{run}");
    }
    // What was counted is told all the same.
    assert_eq!(told(&run.report())[0], 1000);
    assert!(!run.to_string().contains("anonym"), "{run}");
    let made = format!("SELECT oid FROM pg_database WHERE datname LIKE '{target_name}%'");
    assert_eq!(cluster.psql("postgres", &made).unwrap(), before.unwrap());
    let enough = with("patient", &["sex"], "k = 500\nbelow = \"fail\"");
    Call::refresh(&enough, &cluster.uri(&name), &target).run().published();
    drop_databases(cluster, &[&name, &target_name]);
}

#[test]
fn values_of_small_groups_become_coarser_until_k_holds() {
    let cluster = TempCluster::shared().unwrap();
    let name = source(cluster);
    for (table, columns, k) in [
        ("patient", &["postcode", "born", "sex"][..], 5),
        ("patient", &["sex", "born"], 40),
        ("patient", &["n", "row", "weight", "seen", "blood"], 10),
        ("patient", &["weight"], 300),
        ("visit", &["town", "reason"], 60),
    ] {
        let rules = with(table, columns, &format!("k = {k}\nbelow = \"generalise\""));
        let copies: Vec<(String, Value)> = (0..2)
            .map(|_| {
                let (target_name, target) = new_target(cluster);
                let report = Call::refresh(&rules, &cluster.uri(&name), &target).run().published();
                (target_name, report)
            })
            .collect();
        let (target, report) = &copies[0];
        let counted = recount(cluster, target, table, columns, k);
        assert_eq!(told(report), counted, "{columns:?}");
        assert!(counted[2] >= k && counted[3] == 0, "{columns:?}: {counted:?}");
        assert!(counted[1] > 1, "little is left of {columns:?}: {counted:?}");
        let changed = report["quasi_identifiers"][0]["generalised_rows"].as_u64().unwrap();
        assert!(changed > 0, "{report}");
        check_shapes(cluster, target);
        // The same rows become the same ones.
        let digest = format!("SELECT md5(string_agg(md5(t::text), '' ORDER BY id)) FROM {table} AS t");
        let digests = copies.iter().map(|(name, _)| cluster.psql(name, &digest).unwrap());
        let digests: Vec<String> = digests.collect();
        assert_eq!(digests[0], digests[1], "{columns:?}");
        let dead = format!(
            "SELECT relallvisible = relpages FROM pg_class WHERE relname = '{table}' AND relkind = 'r'"
        );
        assert!(!cluster.psql(target, &dead).unwrap().contains('f'), "{columns:?}");
        for (name, _) in &copies {
            drop_databases(cluster, &[name]);
        }
    }
    drop_databases(cluster, &[&name]);
}

/// What is made from generalised values agrees with them, and they keep their form.
fn check_shapes(cluster: &TempCluster, database: &str) {
    for query in [
        "SELECT count(*) FROM patient WHERE area IS DISTINCT FROM left(postcode, 2) OR postcode !~ '^[0-9]{5}$'",
        "SELECT count(*) FROM (TABLE ages EXCEPT SELECT extract(year FROM born), count(*) FROM patient GROUP BY 1) AS a",
        "SELECT count(*) FROM pg_constraint WHERE NOT convalidated",
        "SELECT count(*) - 1000 FROM patient",
        "SELECT count(*) - 1 FROM pg_trigger WHERE tgname = 'fires' AND tgenabled = 'O'",
    ] {
        assert_eq!(cluster.psql(database, query).unwrap(), "0", "{query}");
    }
}

#[test]
fn what_cannot_become_coarse_enough_stops_the_run() {
    let cluster = TempCluster::shared().unwrap();
    let name = source(cluster);
    let (target_name, target) = new_target(cluster);
    cluster.psql(&name, "ALTER TABLE patient ADD rare text NOT NULL DEFAULT 'none'; ALTER TABLE patient DISABLE TRIGGER fires; UPDATE patient SET rare = 'hunter2' WHERE id = 3; ALTER TABLE patient ADD CONSTRAINT recent CHECK (born <> '1930-02-01' AND born <> '1930-01-01')").unwrap();
    let rules = |columns: &[&str], k: u64| {
        with("patient", columns, &format!("k = {k}\nbelow = \"generalise\"")).replacen(
            "[table.patient]",
            "[table.patient]\nrare = { keep = \"a word\" }",
            1,
        )
    };
    let uri = cluster.uri(&name);
    let run = Call::refresh(&rules(&["rare", "postcode"], 5), &uri, &target).run();
    let said = run.refused(8);
    assert!(
        said.contains("k_below") && said.contains("NOT NULL") && said.contains("1 of 1000 rows"),
        "{run}"
    );
    let run = Call::refresh(&rules(&["blood"], 1001), &uri, &target).run();
    assert!(run.refused(8).contains("k_below"), "{run}");
    let run = Call::refresh(&rules(&["born"], 5), &uri, &target).run();
    let said = run.refused(1);
    assert!(said.contains("recent") && said.contains("leave the column out of the set"), "{run}");
    assert!(!run.to_string().contains("hunter2") && !run.to_string().contains("1930"), "{run}");
    let made = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{target_name}%'");
    assert_eq!(cluster.psql("postgres", &made).unwrap(), "0");
    drop_databases(cluster, &[&name]);
}

#[test]
fn a_script_generalises_too_and_stops_below_k() {
    let cluster = TempCluster::shared().unwrap();
    let name = source(cluster);
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("out.sql");
    let columns = ["postcode", "born", "sex"];
    let load = |rest: &str| {
        let database = cluster.fresh_database().unwrap();
        let call = Call::dump(&with("patient", &columns, rest), &cluster.uri(&name), &script);
        let run = call.arg("--force").run();
        assert!(run.status.success(), "{run}");
        let loaded = cluster.client(&database).run_script(&script);
        (run, loaded, database)
    };
    let (_, loaded, database) = load("k = 5\nbelow = \"generalise\"");
    loaded.unwrap();
    assert!(recount(cluster, &database, "patient", &columns, 5)[2] >= 5);
    check_shapes(cluster, &database);
    let (_, loaded, failed) = load("k = 5\nbelow = \"fail\"");
    let said = loaded.unwrap_err().to_string();
    assert!(said.contains("k of the copy is below 5: public.patient (postcode, born, sex)"), "{said}");
    let (run, loaded, reported) = load("");
    loaded.unwrap();
    assert!(run.stderr.contains("k of a script is not counted"), "{run}");
    drop_databases(cluster, &[&name, &database, &failed, &reported]);
}

#[test]
fn a_person_reads_a_line_a_set() {
    let cluster = TempCluster::shared().unwrap();
    let name = source(cluster);
    let (target_name, target) = new_target(cluster);
    let rules = with("patient", &["sex", "blood"], "k = 300");
    let call =
        Call::of("refresh", &rules).arg("--source").arg(cluster.uri(&name)).arg("--target").arg(&target);
    let run = call.run();
    let [rows, combinations, smallest, below, _] =
        recount(cluster, &target_name, "patient", &["sex", "blood"], 300);
    let line = format!(
        "k of the copy, public.patient (sex, blood): {smallest}; {combinations} combinations of {rows} rows, 0.0 % of them unique; {below} rows below 300"
    );
    assert!(run.stdout.contains(&line), "{line}\n{run}");
    drop_databases(cluster, &[&name, &target_name]);
}
