//! The random cases, and what they exercised.
//!
//! ```text
//!   seed of the run ─► cases ─► two workers, a database each ─► equal sets, every key holds ─► counts by feature
//! ```

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use waxwork_engine::closure::{Pieces, Routes};
use waxwork_fixtures::{Client, TempCluster};

use crate::oracle::Solution;
use crate::{assert_same, features, oracle, random, source};

const CASES: u64 = 500;
/// Of the cases so many must fail whoever forgets a feature.
const LEAST: u64 = 25;
/// The server and the code under test wait for each other, so two cases at a time keep two cores busy.
const WORKERS: usize = 2;

#[derive(Debug, Default)]
struct Tally {
    cases: u64,
    /// Cases in which the closure had to choose, by what came of it.
    chosen: u64,
    stopped: u64,
    nulled: u64,
    by_feature: BTreeMap<&'static str, u64>,
}

impl Tally {
    fn add(&mut self, expected: &Solution, chosen: usize) {
        self.cases += 1;
        self.chosen += u64::from(chosen > 0);
        self.stopped += u64::from(!expected.answer.stops.is_empty());
        self.nulled += u64::from(!expected.answer.nulls.is_empty());
        for feature in &expected.changed {
            *self.by_feature.entry(feature).or_default() += 1;
        }
    }

    fn print(&self, seed: u64) {
        println!(
            "closure: {} cases of seed {seed} equal plain SQL (WAXWORK_CLOSURE_SEED={seed})",
            self.cases
        );
        println!(
            "closure: every key holds in the sets of the {} that do not stop, looked up in SQL on the source; {} chose \
             rows of some table, {} null keys",
            self.cases - self.stopped,
            self.chosen,
            self.nulled
        );
        for name in features::names() {
            let cases = self.by_feature.get(name).copied().unwrap_or_default();
            println!("closure: {cases:>4} cases have other rows without: {name}");
        }
    }
}

pub(crate) fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn random_subsets_equal_the_closure_in_plain_sql() {
    let cluster = TempCluster::shared().unwrap();
    if let Some(case) = number("WAXWORK_CLOSURE_CASE") {
        let client = cluster.client(&cluster.fresh_database().unwrap());
        let tally = Mutex::<Tally>::default();
        check_case(case, &client, &tally);
        tally.into_inner().unwrap().print(case);
        return;
    }
    let seed = number("WAXWORK_CLOSURE_SEED").unwrap_or(1);
    let (next, tally) = (AtomicU64::new(0), Mutex::<Tally>::default());
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let client = cluster.client(&cluster.fresh_database().unwrap());
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= CASES {
                        return;
                    }
                    let _others = StopOthers(&next);
                    check_case(seed * 1_000_000 + at, &client, &tally);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    tally.print(seed);
    let few = features::names().filter(|name| tally.by_feature.get(name).is_none_or(|cases| *cases < LEAST));
    let few: Vec<&str> = few.collect();
    assert!(few.is_empty(), "fewer than {LEAST} cases need: {few:?}");
}

/// After a case that fails there is no other.
struct StopOthers<'a>(&'a AtomicU64);

impl Drop for StopOthers<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(CASES, Ordering::Relaxed);
        }
    }
}

fn check_case(number: u64, client: &Client, tally: &Mutex<Tally>) {
    let case = random::case(number);
    let replay = format!("WAXWORK_CLOSURE_CASE={number}\n{}\n{}", case.ddl, case.model.rules());
    // The server does not go by an index of itself with tables this small.
    let seqscan = if pieces(number).routes == Routes::ByIndex { "off" } else { "on" };
    let set = format!(
        "SELECT format('ALTER DATABASE %I SET enable_seqscan = {seqscan}', current_database()) \\gexec"
    );
    client.run(&set).unwrap();
    // One database for all cases of a worker: to make one takes longer than the case.
    client
        .run(&format!("DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n{}", case.ddl))
        .unwrap_or_else(|error| panic!("{error:#}\n{replay}"));
    let mut expected = oracle::solve(client, &oracle::under(None), &case.model, &features::of(&case.model));
    assert!(expected.broken.is_empty(), "keys do not hold: {:?}\n{replay}", expected.broken);
    let hashes = std::mem::take(&mut expected.hashes);
    let outcome = source::run_in_pieces(client.uri(), client, &case.model.rules(), hashes, pieces(number));
    let answer = outcome.answer.unwrap_or_else(|error| panic!("{error}\n{replay}"));
    assert_same(&answer, &expected.answer, &replay);
    tally.lock().unwrap().add(&expected, outcome.chosen);
}

/// Small enough for these tables to be asked in several pieces; the density at which a leaf is joined whole differs too, and so do
/// the rounds after which a cycle is, and what goes to disk.
pub(crate) fn pieces(case: u64) -> Pieces {
    let pieces = match case % 4 {
        0 => Pieces { routes: Routes::ByIndex, ..Pieces::default() },
        1 => Pieces { rows: 1, dense_percent: 100, patience: 0, ..Pieces::default() },
        2 => Pieces { rows: 3, dense_percent: 40, patience: 2, ..Pieces::default() },
        _ => Pieces { rows: 1, dense_percent: 1, patience: 0, ..Pieces::default() },
    };
    // Not in step with the others, so that each of them is tried with and without files.
    match case % 3 {
        0 => Pieces { memory: 100, ..pieces },
        _ => pieces,
    }
}
