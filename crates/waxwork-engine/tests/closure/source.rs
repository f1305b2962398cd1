//! Runs the code under test on a database and brings its selection into the oracle's form.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use waxwork_core::catalog::Catalog;
use waxwork_core::rules::RuleFile;
use waxwork_core::subset::SubsetPlan;
use waxwork_engine::closure::{ClosureError, LeafRows, Pieces, Selection, StopCause, TidSet, select};
use waxwork_fixtures::Client;
use waxwork_pg::{ConnInfo, SourceLeader, Workers};

use crate::oracle::{Answer, Row};

/// What came of a run.
pub(crate) struct Outcome {
    pub(crate) answer: Result<Answer, ClosureError>,
    /// Leaves that are neither whole nor empty: there the closure had to choose.
    pub(crate) chosen: usize,
}

/// Workers that a question may be split among.
const WORKERS: usize = 3;

/// Compiles the rules against the database and selects its rows, hashing keys by `hashes`.
pub(crate) fn run(uri: &str, client: &Client, rules: &str, hashes: HashMap<String, u64>) -> Outcome {
    run_in_pieces(uri, client, rules, hashes, Pieces::default())
}

/// The same, asking for so much at once.
pub(crate) fn run_in_pieces(
    uri: &str,
    client: &Client,
    rules: &str,
    hashes: HashMap<String, u64>,
    pieces: Pieces,
) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (catalog, plan, selection) = runtime.block_on(selection(uri, rules, hashes, pieces));
    let chosen = selection.as_ref().map_or(0, |selection| {
        selection.leaves.values().filter(|leaf| matches!(leaf.rows, LeafRows::Tids(_))).count()
    });
    let answer = match selection {
        Ok(selection) => Ok(in_words(client, &catalog, &plan, &selection)),
        Err(ClosureError::Stopped(stops)) => {
            let mut answer = Answer::default();
            for stop in stops {
                let cause = match stop.cause {
                    StopCause::ParentAbsent { .. } => "absent",
                    StopCause::Dangling => "dangling",
                    StopCause::BreaksConstraint(_) => "check",
                };
                *answer.stops.entry(cause).or_default() += stop.rows;
            }
            Ok(answer)
        }
        Err(error) => Err(error),
    };
    Outcome { answer, chosen }
}

async fn selection(
    uri: &str,
    rules: &str,
    hashes: HashMap<String, u64>,
    pieces: Pieces,
) -> (Catalog, SubsetPlan, Result<Selection, ClosureError>) {
    let info = ConnInfo::parse(uri).unwrap();
    let mut leader = SourceLeader::connect(&info).await.unwrap();
    let view = leader.begin(Duration::from_secs(10)).await.unwrap();
    let rules = RuleFile::parse("rules.toml", rules).unwrap();
    let mut diagnostics = Vec::new();
    let plan = SubsetPlan::compile(&rules, &view.catalog, &mut diagnostics);
    let refused: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    let mut workers = Workers::connect(&info, &view.snapshot, WORKERS).await.unwrap();
    let hashes = Arc::new(hashes);
    let hash_of = |_| {
        let hashes = Arc::clone(&hashes);
        let hash = move |key: &[u8]| {
            let key = std::str::from_utf8(key).unwrap();
            *hashes.get(key).unwrap_or_else(|| panic!("no row has a key text of these {} bytes", key.len()))
        };
        Box::new(hash) as waxwork_engine::closure::KeyHash
    };
    let selection = select(&plan, &view.catalog, &mut workers, hash_of, pieces, |_| ()).await;
    workers.close().await;
    leader.close().await;
    (view.catalog, plan, selection)
}

fn in_words(client: &Client, catalog: &Catalog, plan: &SubsetPlan, selection: &Selection) -> Answer {
    let mut answer = Answer { kept: selection.kept_dangling.values().sum(), ..Answer::default() };
    assert!(selection.kept_dangling.keys().all(|at| plan.references[*at].valid));
    for (table, leaf) in &selection.leaves {
        let (oid, name) = (catalog.table(*table).oid.to_string(), &catalog.table(*table).name);
        let rows: BTreeSet<Row> = match &leaf.rows {
            LeafRows::Nothing => BTreeSet::new(),
            LeafRows::Tids(tids) => named(&oid, tids).collect(),
            LeafRows::All => {
                let ctids = client.run(&format!("SELECT ctid FROM ONLY {name}")).unwrap();
                ctids.lines().map(|tid| (oid.clone(), tid.to_owned())).collect()
            }
        };
        let root = catalog.table(catalog.root(*table));
        for group in &leaf.nulls {
            for row in named(&oid, &group.tids) {
                assert!(rows.contains(&row), "a row to null is not in the set");
                let columns = group.columns.iter().map(|id| root.column(*id).name.as_str().to_owned());
                let before = answer.nulls.insert(row, columns.collect());
                assert!(before.is_none(), "a row stands in two groups of one table");
            }
        }
        answer.rows.extend(rows);
    }
    answer
}

fn named<'a>(table: &'a str, tids: &'a TidSet) -> impl Iterator<Item = Row> + 'a {
    tids.iter().map(|tid| (table.to_owned(), tid.to_string()))
}
