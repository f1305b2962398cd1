//! Size budgets, and what `plan --exact` says of sizes, through the program.

use std::collections::BTreeSet;

use serde_json::Value;
use waxwork_fixtures::TempCluster;
use waxwork_fixtures::judge::Database;

use crate::support::{Call, Run, drop_databases, new_target};

/// Sixty customers with 1 to 12 orders each of three lines, in twelve countries; a supplier for each product.
const SCHEMA: &str = "
    CREATE TABLE country (id int PRIMARY KEY, name text NOT NULL);
    CREATE TABLE customer (id int PRIMARY KEY, country int NOT NULL REFERENCES country);
    CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL REFERENCES customer);
    CREATE TABLE product (id int PRIMARY KEY, supplier int NOT NULL);
    CREATE TABLE supplier (id int PRIMARY KEY, country int NOT NULL REFERENCES country);
    ALTER TABLE product ADD FOREIGN KEY (supplier) REFERENCES supplier;
    CREATE TABLE line (orders int REFERENCES orders, n int, product int REFERENCES product, note text,
        PRIMARY KEY (orders, n));
    INSERT INTO country SELECT n, 'land ' || n FROM generate_series(1, 12) n;
    INSERT INTO customer SELECT n, n % 12 + 1 FROM generate_series(1, 60) n;
    INSERT INTO supplier SELECT n, n % 12 + 1 FROM generate_series(1, 40) n;
    INSERT INTO product SELECT n, n FROM generate_series(1, 40) n;
    INSERT INTO orders SELECT row_number() OVER (), c.id FROM customer c, generate_series(1, c.id % 12 + 1);
    INSERT INTO line SELECT o.id, n, (o.id * 7 + n) % 40 + 1, repeat('x', 100) FROM orders o, generate_series(1, 3) n;
    ANALYZE";

/// Rules that keep everything, with a head of `[subset]`.
pub(crate) fn rules(subset: &str) -> String {
    format!(
        "version = 1\n[subset]\nlookup_rows = 20\n{subset}
[table]
country = {{ id = {{ keep = \"a number\" }}, name = {{ keep = \"a land\" }} }}
customer = {{ id = {{ keep = \"a number\" }} }}
orders = {{ id = {{ keep = \"a number\" }} }}
product = {{ id = {{ keep = \"a number\" }} }}
supplier = {{ id = {{ keep = \"a number\" }} }}
line = {{ n = {{ keep = \"a number\" }}, note = {{ keep = \"a note\" }} }}
"
    )
}

pub(crate) fn source(cluster: &TempCluster) -> String {
    let database = cluster.fresh_database().unwrap();
    cluster.psql(&database, SCHEMA).unwrap();
    database
}

fn rows_of(report: &Value) -> u64 {
    report["tables"].as_array().unwrap().iter().map(|table| table["rows"].as_u64().unwrap()).sum()
}

/// A refresh with that head, what it reported, and the rows of its tables with children.
pub(crate) fn refreshed(cluster: &TempCluster, source: &str, subset: &str) -> (Value, BTreeSet<String>) {
    let (name, target) = new_target(cluster);
    let report = Call::refresh(&rules(subset), &cluster.uri(source), &target).run().published();
    let query = "SELECT 'customer ' || id AS row FROM public.customer UNION SELECT 'order ' || id FROM public.orders
        UNION SELECT 'line ' || orders || ' ' || n FROM public.line UNION SELECT 'product ' || id FROM public.product";
    let rows = Database::new(&target).rows(query).unwrap().into_iter().flatten().flatten().collect();
    drop_databases(cluster, &[&name]);
    (report, rows)
}

#[test]
fn a_budget_of_rows_holds_as_many_seeds_as_fit_and_no_more() {
    let cluster = TempCluster::shared().unwrap();
    let source = source(cluster);
    let mut smaller = BTreeSet::new();
    for budget in [150, 700] {
        let (report, rows) =
            refreshed(cluster, &source, &format!("rows = {budget}\nseed = [{{ table = \"customer\" }}]"));
        let told = &report["budget"];
        let taken = told["seed_rows_taken"].as_u64().unwrap();
        assert_eq!(told["seed_rows"], 60);
        assert!(taken > 0 && taken < 60, "{told}");
        assert_eq!(told["rows"].as_u64(), Some(rows_of(&report)), "{report}");
        assert!(rows_of(&report) <= budget, "{report}");
        // The same rows by their number, and with one more seed too many.
        let (_, same) =
            refreshed(cluster, &source, &format!("seed = [{{ table = \"customer\", rows = {taken} }}]"));
        assert_eq!(rows, same);
        let (more, _) = refreshed(
            cluster,
            &source,
            &format!("seed = [{{ table = \"customer\", rows = {} }}]", taken + 1),
        );
        assert!(rows_of(&more) > budget, "{taken} of 60 seeds are not the most that fit into {budget}");
        assert!(smaller.is_subset(&rows));
        smaller = rows;
        let share = |name: &str| {
            let tables = report["tables"].as_array().unwrap();
            tables.iter().find(|table| table["name"] == name).unwrap()["source_share"].as_f64().unwrap()
        };
        assert!((share("public.customer") - taken as f64 / 60.0).abs() < 1e-9, "{report}");
        assert!((share("public.country") - 1.0).abs() < f64::EPSILON);
    }
    drop_databases(cluster, &[&source]);
}

#[test]
fn a_budget_of_bytes_goes_by_what_rows_take_in_the_source() {
    let cluster = TempCluster::shared().unwrap();
    let source = source(cluster);
    let kept = |subset: &str| refreshed(cluster, &source, subset);
    let (report, half) = kept("size = \"128 kB\"\nseed = [{ table = \"customer\" }]");
    let told = &report["budget"];
    assert_eq!(told["bytes_most"], 128 << 10);
    let (bytes, taken) = (told["bytes"].as_u64().unwrap(), told["seed_rows_taken"].as_u64().unwrap());
    assert!(bytes <= 128 << 10 && bytes > 96 << 10 && taken < 60, "{told}");
    let (_, all) = kept("size = \"1 GB\"\nseed = [{ table = \"customer\" }]");
    assert!(half.is_subset(&all) && half.len() < all.len());
    // The narrower of both limits decides.
    let (both, _) = kept("rows = 150\nsize = \"128 kB\"\nseed = [{ table = \"customer\" }]");
    assert!(rows_of(&both) <= 150, "{both}");
    drop_databases(cluster, &[&source]);
}

#[test]
fn several_seeds_grow_by_the_same_part() {
    let cluster = TempCluster::shared().unwrap();
    let source = source(cluster);
    let subset = "children = \"listed\"\nrows = 90\nseed = [{ table = \"customer\", where = \"id <= 50\" }, { table = \"product\" }]";
    let (report, rows) = refreshed(cluster, &source, subset);
    assert_eq!(report["budget"]["seed_rows"], 90, "{report}");
    let number = |name: &str| rows.iter().filter(|row| row.starts_with(name)).count() as f64;
    // Fifty customers and forty products; a row is two to two and a half hundredths of a seed.
    let (customers, products) = (number("customer") / 50.0, number("product") / 40.0);
    assert!(customers > 0.2 && (customers - products).abs() <= 0.025, "{customers} {products}");
    drop_databases(cluster, &[&source]);
}

#[test]
fn a_budget_that_whole_tables_break_is_refused_with_their_names() {
    let cluster = TempCluster::shared().unwrap();
    let source = source(cluster);
    let (name, target) = new_target(cluster);
    let refused = |subset: &str| -> String {
        let run: Run = Call::refresh(&rules(subset), &cluster.uri(&source), &target).run();
        run.refused(2)
    };
    let small = refused("rows = 11\nseed = [{ table = \"customer\" }]");
    assert!(
        small.contains("without any seed it is 12 rows") && small.contains("public.country 12 rows"),
        "{small}"
    );
    let bytes = refused("size = \"1 kB\"\nseed = [{ table = \"customer\" }]");
    assert!(bytes.contains("public.country"), "{bytes}");
    assert!(refused("rows = 11").contains("has no seed to grow"));
    assert!(refused("size = \"a lot\"\nseed = [{ table = \"customer\" }]").contains("10 GB"));
    let exists = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{name}%'");
    assert_eq!(cluster.psql("postgres", &exists).unwrap(), "0");
    drop_databases(cluster, &[&source]);
}

#[test]
fn a_budget_in_which_no_seed_fits_is_a_warning() {
    let cluster = TempCluster::shared().unwrap();
    let source = source(cluster);
    let (report, rows) =
        refreshed(cluster, &source, "rows = 13\nseed = [{ table = \"customer\", where = \"id = 11\" }]");
    assert_eq!((rows.len(), rows_of(&report)), (0, 12));
    let findings = report["findings"].to_string();
    assert!(findings.contains("no seed fits into 13 rows"), "{findings}");
    drop_databases(cluster, &[&source]);
}
