//! `plan --exact`, `--max-rows`, `--max-bytes` and `plan --graph`, through the program.

use serde_json::Value;
use waxwork_fixtures::TempCluster;

use crate::subset_size::{refreshed, rules, source};
use crate::support::{Call, drop_databases, new_target};

fn exact(cluster: &TempCluster, source: &str, subset: &str) -> Value {
    let call = Call::of("plan", &rules(subset)).arg("--source").arg(cluster.uri(source)).arg("--exact");
    let run = call.arg("--format").arg("json").run();
    assert_eq!(run.status.code(), Some(0), "{run}");
    run.report()
}

fn table<'r>(report: &'r Value, name: &str) -> &'r Value {
    let tables = report["subset"]["tables"].as_array().unwrap();
    tables.iter().find(|table| table["name"] == name).unwrap()
}

const SEED: &str = "seed = [{ table = \"customer\", where = \"id in (11, 22)\" }]";

#[test]
fn an_exact_plan_counts_what_a_refresh_then_copies() {
    let cluster = TempCluster::shared().unwrap();
    let source = source(cluster);
    for subset in [SEED, "rows = 300\nseed = [{ table = \"customer\" }]"] {
        let planned = exact(cluster, &source, subset);
        let (report, _) = refreshed(cluster, &source, subset);
        assert_eq!(planned["budget"], report["budget"]);
        for copied in report["tables"].as_array().unwrap() {
            let counted = table(&planned, copied["name"].as_str().unwrap());
            assert_eq!(counted["rows"], copied["rows"], "{counted} {copied}");
        }
    }
    drop_databases(cluster, &[&source]);
}

#[test]
fn an_exact_plan_says_what_brings_each_table_and_what_less_would_save() {
    let cluster = TempCluster::shared().unwrap();
    let source = source(cluster);
    let report = exact(cluster, &source, SEED);
    // Customers 11 and 22 have 12 and 11 orders of three lines, on 40 products of as many suppliers.
    let customer = table(&report, "public.customer");
    assert_eq!((&customer["origin"], &customer["seed_rows"]), (&"seed".into(), &2.into()));
    assert_eq!(table(&report, "public.country")["origin"], "whole");
    let line = table(&report, "public.line");
    let steps: Vec<String> = line["path"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            format!("{} {} {}", step["to"].as_str().unwrap(), step["way"].as_str().unwrap(), step["rows"])
        })
        .collect();
    assert_eq!(steps, ["public.orders children 23", "public.line children 69"], "{line}");
    let products = table(&report, "public.product")["rows"].as_u64().unwrap();
    let path = table(&report, "public.supplier")["path"].as_array().unwrap();
    assert_eq!(
        path.iter().map(|step| step["way"].as_str().unwrap()).collect::<Vec<_>>(),
        ["children", "children", "parents", "parents"]
    );
    assert_eq!(path[3]["rows"].as_u64(), Some(products));
    // Without lines neither products nor suppliers come, but a lookup of at most 20 rows would.
    let amplifiers = report["subset"]["amplifiers"].as_array().unwrap();
    assert_eq!(amplifiers[0]["reference"], "public.line(orders) -> public.orders");
    assert_eq!((&amplifiers[0]["rows"], &amplifiers[0]["change"]), (&69.into(), &"children = false".into()));
    assert_eq!(amplifiers[0]["saved_rows"].as_u64(), Some(69 + 2 * products), "{report}");
    let without = format!("{SEED}\n[subset.reference]\n\"line(orders)\" = {{ children = false }}");
    let less = exact(cluster, &source, &without);
    let rows = |report: &Value| report["subset"]["rows"].as_u64().unwrap();
    assert_eq!(amplifiers[0]["saved_rows"].as_u64(), Some(rows(&report) - rows(&less)));
    drop_databases(cluster, &[&source]);
}

#[test]
fn an_exact_plan_is_read_by_people_too_and_holds_no_key() {
    let cluster = TempCluster::shared().unwrap();
    let source = source(cluster);
    let keys = "seed = [{ table = \"customer\", keys = [22, 11] }]";
    let call = Call::of("plan", &rules(keys)).arg("--source").arg(cluster.uri(&source)).arg("--exact");
    let run = call.run();
    assert_eq!(run.status.code(), Some(0), "{run}");
    let said = run.stdout.split_once("the copy, exactly").unwrap().1;
    for line in [
        "public.customer: 2, seed",
        "  public.orders: 23 children by public.orders(customer) -> public.customer",
        "    public.line: 69 children by public.line(orders) -> public.orders",
        "public.country: 12, taken whole",
    ] {
        assert!(said.lines().any(|said| said == line), "{line}\n{run}");
    }
    assert!(said.contains("children = false: ") && said.contains("% "), "{run}");
    drop_databases(cluster, &[&source]);
}

#[test]
fn a_copy_above_a_limit_is_refused_before_anything_is_made() {
    let cluster = TempCluster::shared().unwrap();
    let source = source(cluster);
    let (name, target) = new_target(cluster);
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("out.sql");
    let uri = cluster.uri(&source);
    let calls = || {
        [
            Call::refresh(&rules(SEED), &uri, &target),
            Call::dump(&rules(SEED), &uri, &script).arg("--format").arg("json"),
            Call::of("plan", &rules(SEED)).arg("--source").arg(&uri).arg("--format").arg("json"),
        ]
    };
    for call in calls() {
        let errors = call.arg("--max-rows").arg("90").run().refused(2);
        assert!(errors.contains("bigger than 90 rows") && errors.contains("public.line"), "{errors}");
    }
    for call in calls() {
        let errors = call.arg("--max-bytes").arg("4 kB").run().refused(2);
        assert!(errors.contains("bigger than 4.0 kB"), "{errors}");
    }
    let exists = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{name}%'");
    assert_eq!(cluster.psql("postgres", &exists).unwrap(), "0");
    assert!(!script.exists());
    for call in calls() {
        let run = call.arg("--max-rows").arg("100000").arg("--max-bytes").arg("1GB").run();
        assert_eq!(run.status.code(), Some(0), "{run}");
    }
    // Without a seed every row is counted.
    let whole = Call::refresh(&rules(""), &uri, &target).arg("--max-rows").arg("500").run().refused(2);
    assert!(whole.contains("public.line"), "{whole}");
    drop_databases(cluster, &[&name, &source]);
}

#[test]
fn a_graph_shows_every_table_and_reference_whatever_their_names() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster
        .psql(
            &source,
            "CREATE TABLE \"<b> & \"\"co\"\"\" (id int PRIMARY KEY);
             CREATE TABLE \"new\nline\" (id int PRIMARY KEY, up int REFERENCES \"<b> & \"\"co\"\"\");
             CREATE TABLE \"\u{202e}lrt\" (id int PRIMARY KEY, own int REFERENCES \"\u{202e}lrt\");
             INSERT INTO \"<b> & \"\"co\"\"\" VALUES (4711), (4712);
             INSERT INTO \"new\nline\" SELECT n, 4711 FROM generate_series(1, 5) n;",
        )
        .unwrap();
    let rules = "version = 1
[subset]
seed = [{ table = '\"<b> & \"\"co\"\"\"', keys = [4711] }]
[table.'\"<b> & \"\"co\"\"\"']
id = { keep = \"a number\" }
[table.\"\\\"new\\nline\\\"\"]
id = { keep = \"a number\" }
[table.\"\\\"\u{202e}lrt\\\"\"]
id = { keep = \"a number\" }
";
    let folder = tempfile::tempdir().unwrap();
    for (exact, number) in [(true, "+5"), (false, "≤ ")] {
        let file = folder.path().join("graph.svg");
        let mut call =
            Call::of("plan", rules).arg("--source").arg(cluster.uri(&source)).arg("--graph").arg(&file);
        if exact {
            call = call.arg("--exact");
        }
        let run = call.run();
        assert_eq!(run.status.code(), Some(0), "{run}");
        let svg = std::fs::read_to_string(&file).unwrap();
        assert_eq!(
            (svg.matches("class=\"node").count(), svg.matches("<path class=\"line").count()),
            (3 + 4, 2 + 4)
        );
        assert!(
            svg.contains("&lt;b&gt; &amp;") && !svg.contains("<b>") && !svg.contains('\u{202e}'),
            "{svg}"
        );
        assert!(!svg.contains("4711"), "{svg}");
        assert!(!exact || svg.contains(number), "{svg}");
    }
    let nowhere = folder.path().join("none/graph.svg");
    let call = Call::of("plan", rules).arg("--source").arg(cluster.uri(&source)).arg("--graph").arg(&nowhere);
    let run = call.run();
    assert_eq!(run.status.code(), Some(1), "{run}");
    assert!(run.stderr.contains("could not write graph"), "{run}");
    drop_databases(cluster, &[&source]);
}
