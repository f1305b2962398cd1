//! The closure against an oracle in plain SQL that was written without it.
//!
//! ```text
//!   random case | data set ─► database ─┬─► oracle: numbers rows, applies the definition step by step
//!                    │                  └─► SubsetPlan::compile, closure::select
//!                    └─► the same rules, once as SQL and once as a rule file
//! ```
//!
//! `WAXWORK_CLOSURE_CASE=n` runs one random case, `WAXWORK_CLOSURE_SEED=n` all those of another run.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test binary; clippy exempts test functions alone"
)]

mod budget;
mod ddl;
mod exercise;
mod features;
mod model;
mod oracle;
mod peers;
mod policies;
mod random;
mod real;
mod refreshed;
mod source;

use std::collections::HashMap;

use waxwork_engine::closure::ClosureError;
use waxwork_fixtures::shop::Shop;
use waxwork_fixtures::{Client, TempCluster, datasets};

use crate::oracle::Answer;

/// Solves the model both ways on a database that is there.
fn check(cluster: &TempCluster, database: &str, model: &model::Model, replay: &str) -> (Answer, usize) {
    let client = cluster.client(database);
    let expected = oracle::solve(&client, &oracle::under(None), model, &[]);
    let outcome = source::run(&cluster.uri(database), &client, &model.rules(), expected.hashes);
    let answer = outcome.answer.unwrap_or_else(|error| panic!("{error}\n{replay}"));
    assert_same(&answer, &expected.answer, replay);
    assert!(expected.broken.is_empty(), "keys do not hold: {:?}\n{replay}", expected.broken);
    (expected.answer, outcome.chosen)
}

/// 5 % of the table with most keys, and of the biggest one.
fn check_five_percent(cluster: &TempCluster, database: &str, name: &str) {
    let (model, candidates) = real::model(&cluster.client(database));
    let linked = |candidate: &&real::Candidate| candidate.keys > 0 && candidate.rows > 0;
    let most = candidates.iter().filter(linked).max_by_key(|candidate| (candidate.keys, candidate.rows));
    let biggest = candidates.iter().filter(linked).max_by_key(|candidate| candidate.rows);
    // Often it is one table.
    let mut seeds: Vec<&real::Candidate> = [most, biggest].into_iter().flatten().collect();
    seeds.dedup_by_key(|seed| &seed.name);
    for seed in seeds {
        let model = model::Model { seeds: vec![real::five_percent(&seed.name)], ..model.clone() };
        let (answer, chosen) = check(cluster, database, &model, &format!("{name}, 5 % of {}", seed.name));
        let (rows, all) = (answer.rows.len(), candidates.iter().map(|table| table.rows).sum::<u64>());
        println!("{name}: 5 % of {} is {rows} of {all} rows, {chosen} tables in part", seed.name);
        assert!(rows > 0, "{name}: the subset is empty");
    }
}

#[test]
fn five_percent_of_a_table_of_the_shop_equals_the_closure_in_plain_sql() {
    let cluster = TempCluster::shared().unwrap();
    let database = cluster.fresh_database().unwrap();
    Shop::load(&cluster.client(&database), 0.02).unwrap();
    check_five_percent(cluster, &database, "shop");
}

#[test]
fn five_percent_of_a_table_of_each_dataset_equals_the_closure_in_plain_sql() {
    if datasets::folder().unwrap().is_none() {
        eprintln!("skipped: the datasets are missing (WAXWORK_DATASETS)");
        return;
    }
    let cluster = TempCluster::shared().unwrap();
    for name in datasets::NAMES {
        let database = cluster.fresh_database().unwrap();
        let client = cluster.client(&database);
        datasets::load_filled(&client, name).unwrap();
        if foreign_keys(&client) == 0 {
            println!("{name}: no foreign keys");
            continue;
        }
        check_five_percent(cluster, &database, name);
    }
}

fn foreign_keys(client: &Client) -> u64 {
    client.run("SELECT count(*) FROM pg_constraint WHERE contype = 'f'").unwrap().parse().unwrap()
}

fn assert_same(answer: &Answer, expected: &Answer, replay: &str) {
    let missing: Vec<_> = expected.rows.difference(&answer.rows).take(10).collect();
    let surplus: Vec<_> = answer.rows.difference(&expected.rows).take(10).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "missing {missing:?}\nsurplus {surplus:?}\n{replay}");
    assert_eq!(answer.nulls, expected.nulls, "{replay}");
    assert_eq!(answer.stops, expected.stops, "{replay}");
    assert_eq!(answer.kept, expected.kept, "{replay}");
}

/// A database with that in it: its address, and a client of it.
fn filled(ddl: &str) -> (String, Client) {
    let cluster = TempCluster::shared().unwrap();
    let database = cluster.fresh_database().unwrap();
    let client = cluster.client(&database);
    client.run(ddl).unwrap();
    (cluster.uri(&database), client)
}

#[test]
fn a_bigger_percentage_contains_the_smaller() {
    let (uri, client) =
        filled("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 1001)");
    let hashes: HashMap<String, u64> =
        (1..=1001_u64).map(|id| (format!("({id})"), id.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    let rows = |percent: &str| {
        let rules = format!("version = 1\n[subset]\nseed = [{{ table = \"t\", percent = {percent} }}]\n");
        source::run(&uri, &client, &rules, hashes.clone()).answer.unwrap().rows
    };
    let (five, ten, all) = (rows("5"), rows("10.0"), rows("100"));
    assert_eq!((five.len(), ten.len(), all.len()), (51, 101, 1001));
    assert!(five.is_subset(&ten) && ten.is_subset(&all));
}

#[test]
fn rows_that_dangle_under_a_valid_key_stop_the_run_with_their_number() {
    let (uri, client) = filled(
        "CREATE TABLE colour (id int PRIMARY KEY);
             CREATE TABLE item (id int PRIMARY KEY, colour int REFERENCES colour, v int);
             INSERT INTO colour VALUES (1);
             SET session_replication_role = replica;
             INSERT INTO item VALUES (1, 1, 0), (2, 7, 0), (3, 8, 0), (4, 9, 1);",
    );
    let stopped = |rules: &str| {
        let rules = format!("version = 1\n{rules}");
        let answer = source::run(&uri, &client, &rules, HashMap::new()).answer.unwrap();
        (answer.stops.get("dangling").copied().unwrap_or_default(), answer.rows.len(), answer.kept)
    };
    let seed = "[subset]\nseed = [{ table = \"item\", where = \"v = 0\" }]\n";
    // The lookup is there whole, and what dangles is seen all the same; rows that the subset leaves out do not count.
    assert_eq!(stopped(seed), (2, 0, 0));
    assert_eq!(stopped(&format!("{seed}[table.item]\nrows = \"all\"\n")), (3, 0, 0));
    let dangling =
        |word| format!("{seed}[subset.reference]\n\"item(colour)\" = {{ dangling = \"{word}\" }}\n");
    assert_eq!(stopped(&dangling("keep")), (0, 4, 2));
    assert_eq!(stopped(&dangling("drop")), (0, 2, 0));
}

/// A configuration table as postgis has one: a thousand rows of the extension's, and our own above.
const CONFIGURATION: &str = "
    CREATE TABLE srs (id int PRIMARY KEY, kind int);
    CREATE TABLE kind (id int PRIMARY KEY);
    CREATE TABLE item (id int PRIMARY KEY, srs int REFERENCES srs);
    INSERT INTO kind VALUES (1), (2);
    INSERT INTO srs SELECT n, n % 2 + 1 FROM generate_series(1, 1010) AS n;
    ALTER TABLE srs ADD FOREIGN KEY (kind) REFERENCES kind;
    INSERT INTO item VALUES (1, 5), (2, 1003), (3, 1004), (4, 1005);
    ALTER EXTENSION plpgsql ADD TABLE srs;
    UPDATE pg_extension SET extconfig = ARRAY['srs'::regclass::oid], extcondition = ARRAY['WHERE srs.id > 1000']
        WHERE extname = 'plpgsql';";

#[test]
fn of_a_configuration_table_no_row_is_chosen_that_its_extension_made() {
    let (uri, client) = filled(CONFIGURATION);
    let oid = client.run("SELECT 'srs'::regclass::oid").unwrap();
    let chosen = |rules: &str| {
        let rules = format!("version = 1\n[subset]\n{rules}");
        let answer = source::run(&uri, &client, &rules, HashMap::new()).answer.unwrap();
        let nulled = answer.nulls.len();
        let tids: Vec<String> =
            answer.rows.into_iter().filter(|(table, _)| *table == oid).map(|(_, tid)| tid).collect();
        let ids =
            format!("SELECT id FROM srs WHERE ctid = ANY ('{{\"{}\"}}') ORDER BY id", tids.join("\",\""));
        (
            client.run(&ids).unwrap().split_whitespace().map(|id| id.parse().unwrap()).collect::<Vec<u32>>(),
            nulled,
        )
    };
    let items = "seed = [{ table = \"item\", where = \"id < 3\" }]\n";
    let by_ids = format!("{items}[table.srs]\nrows = \"subset\"\n");
    assert_eq!(chosen(&by_ids), (vec![1003], 0));
    // Its own rows are few however many the extension brought: it is a lookup, and COPY leaves those out.
    assert_eq!(chosen(items).0.len(), 1010);
    let nulled = format!(
        "{items}[subset.reference]\n\"srs(kind)\" = {{ parent = \"null\" }}\n[table.kind]\nrows = \"none\"\n"
    );
    assert_eq!(chosen(&nulled), ((1001..=1010).collect(), 10));
    let seeded = "seed = [{ table = \"srs\", where = \"id IN (7, 1009)\" }]\n";
    assert_eq!(chosen(seeded), (vec![1009], 0));
}

#[test]
fn a_where_that_leaves_its_place_is_refused_with_all_others_and_not_repeated() {
    let (uri, client) =
        filled("CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'x')");
    let wheres = [
        "true)) to program 'x' --",
        "true) union all select ctid from pg_class where (true",
        "true) then true end union select ctid from pg_class where case when (true",
        "true; select 1",
        "true --",
        "true /*",
        "true) --",
        "name = 'x",
        "name = \"x",
        "id = $1",
        "nme = 'secret'",
        "id",
    ];
    let seeds: Vec<String> =
        wheres.iter().map(|text| format!("{{ table = \"t\", where = '''{text}''' }}")).collect();
    let rules = format!("version = 1\n[subset]\nseed = [\n{}\n]\n", seeds.join(",\n"));
    let outcome = source::run(&uri, &client, &rules, HashMap::new());
    let Err(ClosureError::Rules(refused)) = outcome.answer else { panic!("nothing is refused") };
    let lines: Vec<u32> = refused.iter().map(|found| found.location.as_ref().unwrap().line).collect();
    assert_eq!(lines, (4..4 + wheres.len() as u32).collect::<Vec<_>>());
    let shown: String = refused.iter().map(ToString::to_string).collect();
    assert!(!shown.contains("secret") && !shown.contains("program"), "{shown}");
}

#[test]
fn a_where_that_is_an_expression_is_taken_whatever_it_holds() {
    let (uri, client) = filled(
        "CREATE TYPE mood AS ENUM ('sad', 'glad');
             CREATE TABLE t (id int PRIMARY KEY, name text, mood mood);
             INSERT INTO t VALUES (1, 'a--b', 'sad'), (2, 'a;b)', 'glad'), (3, 'c''d', 'glad');
             -- Nothing found by name may take the place of a built-in operator.
             CREATE FUNCTION never(int, int) RETURNS bool LANGUAGE sql AS 'SELECT false';
             CREATE OPERATOR = (LEFTARG = int, RIGHTARG = int, FUNCTION = never);",
    );
    for (text, expected) in [
        ("name = 'a--b'", 1),
        ("t.name = 'a;b)' or name = 'c''d'", 2),
        ("(id = 1) or (id = 2)", 2),
        ("mood = 'glad' and mood > 'sad'::mood", 2),
        ("id = 3 /* one */", 1),
        ("name = $$c'd$$", 1),
        ("null", 0),
    ] {
        let rules = format!("version = 1\n[subset]\nseed = [{{ table = \"t\", where = '''{text}''' }}]\n");
        let outcome = source::run(&uri, &client, &rules, HashMap::new());
        let answer = outcome.answer.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(answer.rows.len(), expected, "{text}");
    }
}

/// A list that goes through one table, and one that goes to and fro between two.
const CHAINS: &str = "
    CREATE TABLE link (id int PRIMARY KEY, next int);
    INSERT INTO link SELECT n, nullif(n - 1, 0) FROM generate_series(1, 200000) AS n;
    ALTER TABLE link ADD FOREIGN KEY (next) REFERENCES link;
    CREATE TABLE a (id int PRIMARY KEY, b int);
    CREATE TABLE b (id int PRIMARY KEY, a int);
    INSERT INTO a SELECT n, n FROM generate_series(1, 20000) AS n;
    INSERT INTO b SELECT n, nullif(n - 1, 0) FROM generate_series(1, 20000) AS n;
    ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
    ALTER TABLE b ADD FOREIGN KEY (a) REFERENCES a;
    CREATE TABLE leaf (id int PRIMARY KEY, link int NOT NULL REFERENCES link);
    INSERT INTO leaf SELECT n, n FROM generate_series(1, 200000) AS n;";

/// Were each link a question, this would put 480,000.
#[test]
fn long_chains_are_followed_both_ways() {
    let (uri, client) = filled(CHAINS);
    let rows = |seed: &str, rest: &str| {
        let rules = format!("version = 1\n[subset]\nlookup_rows = 0\nseed = [{{ {seed} }}]\n{rest}");
        let hashes = (1..=200_000).map(|id| (format!("({id})"), id)).collect();
        let answer = source::run(&uri, &client, &rules, hashes).answer.unwrap();
        answer.rows.len()
    };
    // The last one's ancestors, with the row itself, which has no children.
    assert_eq!(rows("table = \"leaf\", where = \"id = 150000\"", ""), 150_001);
    // The first one's descendants, and what hangs on each.
    assert_eq!(rows("table = \"link\", where = \"id = 50001\"", ""), 150_000 + 50_000 + 150_000);
    assert_eq!(rows("table = \"a\", where = \"id = 20000\"", ""), 40_000);
    assert_eq!(rows("table = \"b\", where = \"id = 1\"", ""), 40_000);
    // A limit counts children parent by parent, which no list knows.
    let one = "[subset.reference]\n\"link(next)\" = { limit = 1 }\n\"leaf(link)\" = { children = false }\n";
    assert_eq!(rows("table = \"link\", where = \"id = 199900\"", one), 200_000);
}

#[test]
fn a_seed_takes_the_rows_of_stated_keys() {
    let (uri, client) = filled("CREATE TYPE mood AS ENUM ('sad', 'glad');
             CREATE TABLE one (id int PRIMARY KEY);
             INSERT INTO one SELECT generate_series(1, 100);
             CREATE TABLE \"two \"\"words\" (\"the mood\" mood, day date, v int, PRIMARY KEY (day, \"the mood\"))
                 PARTITION BY RANGE (day);
             CREATE TABLE early PARTITION OF \"two \"\"words\" FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
             CREATE TABLE late PARTITION OF \"two \"\"words\" FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
             INSERT INTO \"two \"\"words\" SELECT m, d, 0 FROM unnest(enum_range(NULL::mood)) m,
                 generate_series(date '2020-01-01', '2021-12-31', interval '1 day') d;");
    let rows = |seed: &str| {
        let rules = format!("version = 1\n[subset]\nlookup_rows = 0\nseed = [{{ {seed} }}]\n");
        source::run(&uri, &client, &rules, HashMap::new()).answer.map(|answer| answer.rows.len())
    };
    assert_eq!(rows(r#"table = "one", keys = [3, "7", 99]"#).unwrap(), 3);
    // One that no row has, and one that is stated twice.
    assert_eq!(rows(r#"table = "one", keys = [3, 3, 1000]"#).unwrap(), 1);
    let two = r#"table = '"two ""words"', keys = [[2020-05-01, "sad"], ["2021-05-01", "glad"], ["2030-01-01", "sad"]]"#;
    assert_eq!(rows(two).unwrap(), 2);
    assert!(rows(r#"table = "one", keys = ["x'); DROP TABLE one; --"]"#).is_err());
    assert_eq!(client.run("SELECT count(*) FROM one").unwrap(), "100");
}

#[test]
fn a_seed_takes_as_much_of_the_rows_of_each_value_of_a_column() {
    let (uri, client) = filled("CREATE TABLE t (id int PRIMARY KEY, land text);
             INSERT INTO t SELECT n, CASE WHEN n <= 900 THEN 'DE' WHEN n <= 990 THEN 'FR' WHEN n < 1000 THEN '' END
                 FROM generate_series(1, 1000) AS n;");
    let hashes: HashMap<String, u64> =
        (1..=1000_u64).map(|id| (format!("({id})"), id.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    let chosen = |seed: &str| {
        let rules = format!("version = 1\n[subset]\nseed = [{{ table = \"t\", by = \"land\", {seed} }}]\n");
        let answer = source::run(&uri, &client, &rules, hashes.clone()).answer.unwrap();
        let tids: Vec<String> = answer.rows.into_iter().map(|(_, tid)| tid).collect();
        let lands = format!(
            "SELECT string_agg(n || coalesce(land, 'NULL'), ' ' ORDER BY n DESC, land) FROM
             (SELECT land, count(*) AS n FROM t WHERE ctid = ANY ('{{\"{}\"}}') GROUP BY land) AS l",
            tids.join("\",\"")
        );
        (client.run(&lands).unwrap(), tids)
    };
    let (lands, five) = chosen("percent = 5");
    assert_eq!(lands, "45DE 5FR 1 1NULL");
    let (lands, ten) = chosen("percent = 10");
    assert_eq!(lands, "90DE 9FR 1 1NULL");
    assert!(five.iter().all(|tid| ten.contains(tid)));
    assert_eq!(chosen("rows = 7").0, "7 7DE 7FR 1NULL");
    assert_eq!(chosen("where = \"id > 890\", rows = 20").0, "20FR 10DE 9 1NULL");
}
