//! Budgets against brute force: the closure of every prefix of the seeds, in plain SQL.

use std::collections::BTreeSet;

use waxwork_engine::closure::ClosureError;
use waxwork_fixtures::TempCluster;

use crate::exercise::{number, pieces};
use crate::model::{Model, Quota, Seed};
use crate::oracle::{self, Answer, Row};
use crate::{assert_same, random, source};

const CASES: u64 = 24;

/// The rows of the seeds in the order in which they grow: part of the seed's rows, hash, leaf, tuple id.
fn order_of_seeds(model: &Model) -> String {
    let mut sql = String::from(
        "CREATE TABLE oracle.candidate (part numeric, h bigint, leaf text, tid tid, id bigint);
         CREATE TABLE oracle.place (place bigint, id bigint);",
    );
    for seed in &model.seeds {
        let only = if model.table(&seed.table).partitioned { "" } else { "ONLY " };
        let condition = seed.condition.as_deref().unwrap_or("true");
        let taken = match &seed.quota {
            Quota::Every => "every".to_owned(),
            Quota::Rows(rows) => format!("least(every, {rows})"),
            Quota::Percent(percent) => format!("ceil(every * {percent}::numeric / 100)"),
        };
        sql.push_str(&format!(
            "INSERT INTO oracle.candidate SELECT nth / {taken}, h, relname, tid, id FROM (
               SELECT r.*, c.relname, row_number() OVER (ORDER BY r.h, r.id)::numeric AS nth, count(*) OVER () AS every
               FROM {only}{} t JOIN oracle.r ON (r.leaf, r.tid) = (t.tableoid, t.ctid) JOIN pg_class c ON c.oid = r.leaf
               WHERE {condition}) x
             WHERE nth <= {taken};",
            seed.table
        ));
    }
    sql.push_str(
        "INSERT INTO oracle.place SELECT row_number() OVER (ORDER BY part, h, leaf COLLATE \"C\", tid), id FROM oracle.candidate;",
    );
    sql
}

/// The closure of the first seeds, of none to all of them, and how many rows it has.
fn prefixes(count: usize, order: &str, run: impl Fn(&str) -> String) -> Vec<(u64, Answer)> {
    let closed = oracle::closed();
    let closures = (0..=count).map(|prefix| {
        format!(
            "DELETE FROM oracle.seed; INSERT INTO oracle.seed SELECT 0, id FROM oracle.place WHERE place <= {prefix};
             {closed}SELECT 'size', count(*) FROM oracle.s;\n"
        )
    });
    let text = run(&format!("{order}{}", closures.collect::<String>()));
    let mut sections = text.split("size|");
    let mut section = sections.next().unwrap();
    let mut prefixes = Vec::new();
    for next in sections {
        let (size, rest) = next.split_once('\n').unwrap_or((next, ""));
        prefixes.push((size.parse().unwrap(), oracle::solution(section, &[]).answer));
        section = rest;
    }
    prefixes
}

/// What grows is in the order of one hash: seeds without keys, and not by a column.
fn growing(seed: Seed) -> Seed {
    Seed { keys: Vec::new(), by: None, ..seed }
}

#[test]
fn a_budget_takes_the_longest_prefix_of_the_seeds_that_fits() {
    let cluster = TempCluster::shared().unwrap();
    let (mut within, mut refused, mut shrunk) = (0, 0, 0);
    for seed in 0..number("WAXWORK_CLOSURE_CASES").unwrap_or(CASES) {
        let mut case = random::case(seed);
        case.model.seeds = case.model.seeds.into_iter().map(growing).collect();
        // Where rows share a hash the tables' names decide, which the oracle's numbers do not know.
        case.model.ties = false;
        let database = cluster.fresh_database().unwrap();
        let client = cluster.client(&database);
        client.run(&case.ddl).unwrap();
        let (order, begin) = (order_of_seeds(&case.model), oracle::under(None));
        let hashes = oracle::solve(&client, &begin, &case.model, &[]).hashes;
        let run = |sql: &str| oracle::within(&client, &begin, &case.model, sql);
        let count = run(&format!("{order}SELECT 'count' || count(*) FROM oracle.place;\n"));
        let count = count.trim().trim_start_matches("count").parse().unwrap();
        let prefixes = prefixes(count, &order, run);
        assert!(
            prefixes.windows(2).all(|pair| pair[0].0 <= pair[1].0),
            "more seeds, fewer rows: case {seed}"
        );
        shrunk +=
            usize::from(case.model.references.iter().any(|reference| reference.parent_policy == "drop"));
        let mut smaller = BTreeSet::<Row>::new();
        for budget in budgets(&prefixes) {
            let rules = case.model.rules().replacen("[subset]\n", &format!("[subset]\nrows = {budget}\n"), 1);
            let replay = format!("case {seed}, rows = {budget}\n{}\n{rules}", case.ddl);
            let answer =
                source::run_in_pieces(&cluster.uri(&database), &client, &rules, hashes.clone(), pieces(seed))
                    .answer;
            let Some((_, expected)) = prefixes.iter().rev().find(|(rows, _)| *rows <= budget) else {
                let refusal = answer.expect_err(&replay);
                assert!(matches!(refusal, ClosureError::Rules(_)), "{refusal}\n{replay}");
                refused += 1;
                continue;
            };
            let answer = answer.unwrap_or_else(|error| panic!("{error}\n{replay}"));
            assert_same(&answer, expected, &replay);
            assert!(answer.rows.len() as u64 <= budget, "{replay}");
            if answer.stops.is_empty() {
                assert!(smaller.is_subset(&answer.rows), "a bigger budget lost rows: {replay}");
                within += usize::from(answer.rows.len() > smaller.len());
                smaller = answer.rows;
            }
        }
        cluster.psql("postgres", &format!("DROP DATABASE {database}")).unwrap();
    }
    println!(
        "{within} budgets brought more rows than the last, {refused} were refused, {shrunk} cases drop rows"
    );
    assert!(within > 20 && refused > 5 && shrunk > 3, "{within} {refused} {shrunk}");
}

/// Around the size of some prefixes, from one that whole tables break to one that holds everything.
fn budgets(prefixes: &[(u64, Answer)]) -> BTreeSet<u64> {
    let at = |part: usize| prefixes[(prefixes.len() - 1) * part / 3].0;
    let sizes = [at(0), at(1), at(2), at(3)];
    let around = sizes.into_iter().flat_map(|rows| [rows.saturating_sub(1), rows, rows + 1]);
    around.filter(|rows| *rows > 0).collect()
}
