//! The closure against an oracle in plain SQL that was written without it.
//!
//! ```text
//!   random case | data set ─► database ─┬─► oracle: numbers rows, applies the definition step by step
//!                    │                  └─► SubsetPlan::compile, closure::select
//!                    └─► the same rules, once as SQL and once as a rule file
//! ```
//!
//! `WAXWORK_CLOSURE_SEED=n` runs one random case, `WAXWORK_CLOSURE_CASES=n` so many.

mod model;
mod oracle;
mod random;
mod source;

use std::collections::HashMap;

use waxwork_engine::closure::ClosureError;
use waxwork_fixtures::TempCluster;

use crate::oracle::Answer;

const CASES: u64 = 60;

#[derive(Debug, Default)]
struct Exercised {
    chosen: usize,
    nulled: usize,
    stopped: usize,
    kept: usize,
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn random_subsets_equal_the_closure_in_plain_sql() {
    let cluster = TempCluster::shared().unwrap();
    let seeds = match number("WAXWORK_CLOSURE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("WAXWORK_CLOSURE_CASES").unwrap_or(CASES),
    };
    let all = seeds.end - seeds.start > 1;
    let mut exercised = Exercised::default();
    for seed in seeds {
        let case = random::case(seed);
        let database = cluster.fresh_database().unwrap();
        let client = cluster.client(&database);
        client.run(&case.ddl).unwrap_or_else(|error| panic!("case {seed}: {error:#}\n{}", case.ddl));
        let expected = oracle::solve(&client, &case.model);
        let hashes = oracle::hashes(&client);
        client.run("DROP SCHEMA oracle CASCADE").unwrap();
        let rules = case.model.rules();
        let replay = format!("WAXWORK_CLOSURE_SEED={seed}\n{}\n{rules}", case.ddl);
        let outcome = source::run(&cluster.uri(&database), &client, &rules, hashes);
        let answer = outcome.answer.unwrap_or_else(|error| panic!("{error}\n{replay}"));
        assert_same(&answer, &expected, &replay);
        exercised.chosen += usize::from(outcome.chosen > 0);
        exercised.nulled += usize::from(!expected.nulls.is_empty());
        exercised.stopped += usize::from(!expected.stops.is_empty());
        exercised.kept += usize::from(expected.kept > 0);
        cluster.psql("postgres", &format!("DROP DATABASE {database}")).unwrap();
    }
    println!("of the cases: {exercised:?}");
    assert!(
        !all || (exercised.chosen > 10 && exercised.nulled > 3 && exercised.stopped > 1),
        "{exercised:?}"
    );
}

fn assert_same(answer: &Answer, expected: &Answer, replay: &str) {
    let missing: Vec<_> = expected.rows.difference(&answer.rows).take(10).collect();
    let surplus: Vec<_> = answer.rows.difference(&expected.rows).take(10).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "missing {missing:?}\nsurplus {surplus:?}\n{replay}");
    assert_eq!(answer.nulls, expected.nulls, "{replay}");
    assert_eq!(answer.stops, expected.stops, "{replay}");
    assert_eq!(answer.kept, expected.kept, "{replay}");
}

#[test]
fn a_where_that_leaves_its_place_is_refused_with_all_others_and_not_repeated() {
    let cluster = TempCluster::shared().unwrap();
    let database = cluster.fresh_database().unwrap();
    let client = cluster.client(&database);
    client.run("CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t VALUES (1, 'x')").unwrap();
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
    let outcome = source::run(&cluster.uri(&database), &client, &rules, HashMap::new());
    let Err(ClosureError::Rules(refused)) = outcome.answer else { panic!("nothing is refused") };
    let lines: Vec<u32> = refused.iter().map(|found| found.location.as_ref().unwrap().line).collect();
    assert_eq!(lines, (4..4 + wheres.len() as u32).collect::<Vec<_>>());
    let shown: String = refused.iter().map(ToString::to_string).collect();
    assert!(!shown.contains("secret") && !shown.contains("program"), "{shown}");
}

#[test]
fn a_where_that_is_an_expression_is_taken_whatever_it_holds() {
    let cluster = TempCluster::shared().unwrap();
    let database = cluster.fresh_database().unwrap();
    let client = cluster.client(&database);
    client
        .run(
            "CREATE TYPE mood AS ENUM ('sad', 'glad');
             CREATE TABLE t (id int PRIMARY KEY, name text, mood mood);
             INSERT INTO t VALUES (1, 'a--b', 'sad'), (2, 'a;b)', 'glad'), (3, 'c''d', 'glad');
             -- Nothing found by name may take the place of a built-in operator.
             CREATE FUNCTION never(int, int) RETURNS bool LANGUAGE sql AS 'SELECT false';
             CREATE OPERATOR = (LEFTARG = int, RIGHTARG = int, FUNCTION = never);",
        )
        .unwrap();
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
        let outcome = source::run(&cluster.uri(&database), &client, &rules, HashMap::new());
        let answer = outcome.answer.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(answer.rows.len(), expected, "{text}");
    }
}
