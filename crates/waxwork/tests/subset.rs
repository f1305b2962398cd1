//! Subsets: the rows that came are those of a closure computed by plain SQL.
//!
//! ```text
//!   source ─► waxwork, [subset] seed ─────────────────────────────────► target ─┐
//!   source ─► CREATE DATABASE … TEMPLATE ─► closure.sql ─► DELETE the rest ─► reduced ─┴─► judge: equal
//! ```
//!
//! The reduced database stands in for the source, so everything that the judge asks of a whole copy it asks of a subset.

use std::collections::BTreeSet;

use waxwork_fixtures::judge::{Database, GeneratorOptions, RuleSet, Schema, generate};
use waxwork_fixtures::{TempCluster, quoted};

use crate::datasets::{rules_for, source_of};
use crate::support::{Call, drop_databases, new_target, refresh_and_judge};

/// DESIGN section 5: `lookup_rows`, its default.
const LOOKUP_ROWS: u64 = 1000;

/// Deletes from a database every row that is not in the closure of a seed (DESIGN section 5, steps 1 to 4).
pub(crate) fn reduce(database: &Database, schema: &Schema, seed: &str, condition: &str, children: bool) {
    let mut start = format!(
        "CREATE SCHEMA closure; CREATE TABLE closure.rows (leaf oid, id tid, wanted bool, PRIMARY KEY (leaf, id));
         INSERT INTO closure.rows SELECT tableoid, ctid, true FROM {} WHERE {condition};\n",
        schema.from_item(seed)
    );
    let reachable = reachable(schema, seed, children);
    for (name, _) in schema.roots().filter(|(name, _)| !reachable.contains(*name)) {
        let from = schema.from_item(name);
        if database.count(&format!("SELECT count(*) FROM {from}")).unwrap() <= LOOKUP_ROWS {
            start += &format!("INSERT INTO closure.rows SELECT tableoid, ctid, false FROM {from};\n");
        }
    }
    database.run(&start).unwrap();
    database.run(&until_nothing_changes(&steps(schema, children))).unwrap();
    let delete = schema.leaves().map(|(name, _)| {
        format!(
            "DELETE FROM ONLY {name} t WHERE NOT EXISTS (SELECT FROM closure.rows r WHERE r.leaf = t.tableoid AND r.id = t.ctid);\n"
        )
    });
    let delete = delete.collect::<String>();
    database
        .run(&format!(
            "SET session_replication_role = replica;\n{delete}DROP SCHEMA closure CASCADE; ANALYZE"
        ))
        .unwrap();
}

/// Tables that a followed reference leads down to from the seed.
fn reachable(schema: &Schema, seed: &str, children: bool) -> BTreeSet<String> {
    let root = |table: &String| schema.tables[table].root.clone();
    let mut reachable = BTreeSet::from([seed.to_owned()]);
    loop {
        let below =
            schema.foreign_keys.iter().filter(|key| children && reachable.contains(&root(&key.parent)));
        let below = below.map(|key| root(&key.child)).collect::<Vec<_>>();
        let before = reachable.len();
        reachable.extend(below);
        if reachable.len() == before {
            return reachable;
        }
    }
}

/// One statement up and one down for every reference.
fn steps(schema: &Schema, children: bool) -> Vec<String> {
    let mut steps = Vec::new();
    for key in &schema.foreign_keys {
        let (child, parent) = (schema.from_item(&key.child), schema.from_item(&key.parent));
        let join = format!("{child} c JOIN {parent} p ON {} JOIN closure.rows r", key.condition());
        steps.push(format!(
            "INSERT INTO closure.rows SELECT DISTINCT p.tableoid, p.ctid, false FROM {join}
                 ON r.leaf = c.tableoid AND r.id = c.ctid ON CONFLICT DO NOTHING"
        ));
        if children {
            steps.push(format!(
                "INSERT INTO closure.rows SELECT DISTINCT c.tableoid, c.ctid, true FROM {join}
                     ON r.leaf = p.tableoid AND r.id = p.ctid AND r.wanted
                 ON CONFLICT (leaf, id) DO UPDATE SET wanted = true WHERE NOT closure.rows.wanted"
            ));
        }
    }
    steps
}

fn until_nothing_changes(steps: &[String]) -> String {
    let once = steps.iter().fold(String::new(), |script, step| {
        script + step + ";\nGET DIAGNOSTICS n = ROW_COUNT; changed := changed + n;\n"
    });
    format!(
        "DO $closure$ DECLARE n bigint; changed bigint; BEGIN LOOP changed := 0;\n{once}EXIT WHEN changed = 0; END LOOP; END $closure$"
    )
}

/// The table from which references lead down to the most tables, of those that have some rows.
fn best_seed(database: &Database, schema: &Schema) -> Option<String> {
    let rows =
        |name: &String| database.count(&format!("SELECT count(*) FROM {}", schema.from_item(name))).unwrap();
    let width = |name: &String| reachable(schema, name, true).len();
    let candidates = schema.roots().map(|(name, _)| name).filter(|name| width(name) > 1 && rows(name) >= 4);
    candidates.max_by_key(|name| width(name)).cloned()
}

/// About one row of twenty, of a small table one of four; the same ones on every server.
fn some_rows(database: &Database, schema: &Schema, table: &str) -> String {
    let rows = database.count(&format!("SELECT count(*) FROM {}", schema.from_item(table))).unwrap();
    let of = if rows < 200 { 4 } else { 20 };
    let key = schema.unique.iter().find(|index| index.table == table && index.predicate.is_none());
    let columns =
        key.map(|index| index.columns.clone()).expect("a table that is referred to has a unique key");
    let text = columns
        .iter()
        .map(|column| format!("{}::text", quoted(column)))
        .collect::<Vec<_>>()
        .join(" || '-' || ");
    format!("abs(hashtext({text})::bigint) % {of} = 0")
}

fn toml_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn check_subset(
    cluster: &TempCluster,
    database: &str,
    mut rules: RuleSet,
    seed: &str,
    condition: &str,
    children: bool,
) {
    let source = cluster.uri(database);
    let schema = Schema::read(&Database::new(&source)).unwrap();
    let reduced_name = cluster.copy_database(database).unwrap();
    let reduced = cluster.uri(&reduced_name);
    reduce(&Database::new(&reduced), &schema, seed, condition, children);
    let listed = if children { "" } else { "children = \"listed\"\n" };
    rules.head = format!(
        "[subset]\n{listed}seed = [{{ table = {}, where = {} }}]\n",
        toml_text(seed),
        toml_text(condition)
    );
    let (target_name, target) = new_target(cluster);
    let call = Call::refresh(&rules.toml(), &source, &target);
    let (_, verdict) = refresh_and_judge(call, &reduced, &target, &rules.expectation);
    assert!(verdict.coverage.rows > 0, "{verdict}");
    drop_databases(cluster, &[&target_name, &reduced_name]);
}

fn check_closure(name: &str) {
    let cluster = TempCluster::shared().unwrap();
    let Some(database) = source_of(cluster, name) else { return };
    let source = Database::new(&cluster.uri(&database));
    let schema = Schema::read(&source).unwrap();
    let seed = best_seed(&source, &schema).unwrap_or_else(|| panic!("{name} has no table to begin with"));
    let condition = some_rows(&source, &schema, &seed);
    check_subset(cluster, &database, rules_for(name, source.uri(), false), &seed, &condition, true);
    drop_databases(cluster, &[&database]);
}

macro_rules! closures {
    ($($test:ident: $name:ident)*) => {$(
        #[test]
        fn $test() {
            check_closure(stringify!($name));
        }
    )*};
}

closures!(part_of_airlines: airlines_small part_of_chinook: chinook part_of_crates_io: crates_io part_of_danbooru: danbooru
    part_of_hexpm: hexpm part_of_iso3166: iso3166 part_of_kratos: kratos part_of_mimic3: mimic3
    part_of_northwind: northwind part_of_omop: omop part_of_pagila: pagila part_of_panoptes: panoptes
    part_of_supabase_auth: supabase_auth);

/// A copy of the shop that nobody else uses, and rules without its virtual references.
fn shop() -> (&'static TempCluster, String, RuleSet) {
    let cluster = TempCluster::shared().unwrap();
    let database = crate::copies::shop_copy(cluster);
    let rules = generate(&Database::new(&cluster.uri(&database)), &GeneratorOptions::default()).unwrap();
    (cluster, database, rules)
}

#[test]
fn a_twentieth_of_the_shops_customers_is_their_closure() {
    let (cluster, database, rules) = shop();
    check_subset(cluster, &database, rules.clone(), "public.customer", "id % 20 = 3", true);
    check_subset(
        cluster,
        &database,
        rules,
        "public.orders",
        "placed_at >= '2025-06-01' AND status <> 'draft'",
        false,
    );
    drop_databases(cluster, &[&database]);
}

#[test]
fn five_percent_are_as_many_as_they_say_and_among_the_ten() {
    let (cluster, database, mut rules) = shop();
    let source = Database::new(&cluster.uri(&database));
    let all = source.count("SELECT count(*) FROM public.refund").unwrap();
    let mut drawn = Vec::new();
    for percent in ["5", "10", "12.5"] {
        rules.head = format!(
            "[subset]\nchildren = \"listed\"\nseed = [{{ table = \"refund\", percent = {percent} }}]\n"
        );
        let (name, target) = new_target(cluster);
        Call::refresh(&rules.toml(), source.uri(), &target).run().published();
        let rows = Database::new(&target).rows("SELECT id FROM public.refund ORDER BY id").unwrap();
        let expected = (all as f64 * percent.parse::<f64>().unwrap() / 100.0).ceil();
        assert_eq!(rows.len() as f64, expected, "{percent} % of {all}");
        drawn.push(rows.into_iter().collect::<BTreeSet<_>>());
        drop_databases(cluster, &[&name]);
    }
    assert!(drawn[0].is_subset(&drawn[1]) && drawn[1].is_subset(&drawn[2]));
    // What the rest of the copy holds follows from which rows were drawn.
    let ids = drawn[0].iter().flatten().flatten().cloned().collect::<Vec<_>>().join(", ");
    check_subset(cluster, &database, rules, "public.refund", &format!("id IN ({ids})"), false);
    drop_databases(cluster, &[&database]);
}

/// Twenty parents with a child each; half of what refers to them by a key that is not declared dangles.
const WHOLE_TABLES: &str = "
    CREATE TABLE p (id int PRIMARY KEY);
    CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p);
    CREATE TABLE v (id int PRIMARY KEY, p int);
    INSERT INTO p SELECT generate_series(1, 20);
    INSERT INTO c SELECT n, n FROM generate_series(1, 20) n;
    INSERT INTO v SELECT n, n + 10 FROM generate_series(1, 20) n";

const WHOLE_TABLES_RULES: &str = "
[[reference]]
child = \"v(p)\"
parent = \"p(id)\"
[table]
p = { ROWS_OF_P columns = { id = { keep = \"a number\" } } }
c = { ROWS columns = { id = { keep = \"a number\" } } }
v = { ROWS columns = { id = { keep = \"a number\" } } }
";

/// What is left of the keys in `c` and in `v`, of which each must have its twenty rows.
#[track_caller]
fn check_keys_left(head: &str, rows_of_p: &str, rows: &str, expected: &str) {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, WHOLE_TABLES).unwrap();
    let tables = WHOLE_TABLES_RULES.replace("ROWS_OF_P", rows_of_p).replace("ROWS", rows);
    let (name, target) = new_target(cluster);
    Call::refresh(&format!("version = 1\n{head}{tables}"), &cluster.uri(&source), &target).run().published();
    let left = "SELECT concat_ws(' ', (SELECT string_agg(p::text, ',' ORDER BY id) FROM c), '/',
                    (SELECT string_agg(p::text, ',' ORDER BY id) FROM v), '/', (SELECT count(*) FROM c), (SELECT count(*) FROM v))";
    assert_eq!(cluster.psql(&name, left).unwrap(), format!("{expected} / 20 20"), "by\n{head}{tables}");
    drop_databases(cluster, &[&name, &source]);
}

const DANGLING: &str = "21,22,23,24,25,26,27,28,29,30";

#[test]
fn keys_of_tables_that_are_taken_whole_become_null_too() {
    let seeded = "[subset]
seed = [{ table = \"p\", where = \"id < 4 or id = 12\" }]
[subset.reference]
\"c(p)\" = { parent = \"null\", children = false }
\"v(p)\" = { parent = \"null\", children = false }
";
    // What dangles in the source is no absent parent: under a virtual key it is copied as it is.
    let left = format!("1,2,3,12 / 12,{DANGLING}");
    check_keys_left(seeded, "", "", &left);
    check_keys_left(seeded, "", "rows = \"all\",", &left);
    check_keys_left(&seeded.replace("seed =", "lookup_rows = 1\nseed ="), "", "rows = \"all\",", &left);
}

#[test]
fn policies_null_keys_without_a_seed_too() {
    let all = (1..=20).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let resolved = (11..=20).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let dangling = "[subset.reference]\n\"v(p)\" = { dangling = \"null\" }\n";
    check_keys_left(dangling, "", "", &format!("{all} / {resolved}"));
    let absent = "[subset.reference]\n\"c(p)\" = { parent = \"null\" }\n\"v(p)\" = { parent = \"null\" }\n";
    check_keys_left(absent, "rows = \"none\",", "", &format!("/ {DANGLING}"));
}

#[test]
fn a_whole_copy_says_how_many_rows_break_a_valid_key() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, WHOLE_TABLES).unwrap();
    cluster
        .psql(&source, "SET session_replication_role = replica; UPDATE c SET p = p + 100 WHERE id <= 7")
        .unwrap();
    let rules = format!("version = 1\n{}", WHOLE_TABLES_RULES.replace("ROWS_OF_P", "").replace("ROWS", ""));
    let (name, target) = new_target(cluster);
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("out.sql");
    let refresh = Call::refresh(&rules, &cluster.uri(&source), &target).run();
    let dump = Call::dump(&rules, &cluster.uri(&source), &script).run();
    for run in [refresh, dump] {
        assert_eq!(run.status.code(), Some(1), "{run}");
        assert!(run.to_string().contains("reference public.c(p) -> public.p has 7 rows"), "{run}");
    }
    assert!(!script.exists());
    let mended = format!("{rules}[subset.reference]\n\"c(p)\" = {{ dangling = \"drop\" }}\n");
    Call::refresh(&mended, &cluster.uri(&source), &target).run().published();
    assert_eq!(cluster.psql(&name, "SELECT count(*) FROM c").unwrap(), "13");
    drop_databases(cluster, &[&name, &source]);
}
