//! Random cases through a whole refresh, after which PostgreSQL says of every key whether it holds.

use std::collections::BTreeMap;
use std::future::pending;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use waxwork_core::report::{Outcome, exit};
use waxwork_core::subset::SizeLimit;
use waxwork_engine::event::Events;
use waxwork_engine::overlap::Overlap;
use waxwork_engine::refresh::refresh;
use waxwork_engine::request::{Retries, RunRequest};
use waxwork_engine::wire::WireChoice;
use waxwork_fixtures::{Client, TempCluster};

use crate::random;

/// Each takes about half a second.
const CASES: u64 = 40;

/// Table and name of every foreign key, and whether it is valid: the server looked at all rows when it made those that are.
fn keys_of(client: &Client) -> BTreeMap<(String, String), bool> {
    let sql = "SELECT conrelid::regclass, conname, convalidated FROM pg_constraint WHERE contype = 'f'";
    let keys = client.run(sql).unwrap();
    let key = |line: &str| {
        let [table, name, valid] = line.split('|').collect::<Vec<_>>().try_into().expect("three columns");
        ((table.to_owned(), name.to_owned()), valid == "t")
    };
    keys.lines().map(key).collect()
}

/// As a program's first thread has it; a test's has a quarter, too little for a whole run that is not optimised.
const STACK_BYTES: usize = 8 << 20;

#[test]
fn every_key_holds_after_a_refresh_of_random_subsets() {
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(refresh_random_subsets).unwrap();
    thread.join().unwrap();
}

fn refresh_random_subsets() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    let client = cluster.client(&source);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (mut published, mut keys) = (0, 0);
    for number in 2_000_000..2_000_000 + CASES {
        let case = random::case(number);
        let rules = format!(
            "{}\n[pattern]\n\"*.*\" = {{ keep = \"numbers and made-up words\" }}\n",
            case.model.rules()
        );
        let replay = format!("case {number}\n{}\n{rules}", case.ddl);
        client.run(&format!("DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n{}", case.ddl)).unwrap();
        let target = format!("refreshed_{number}");
        let folder = tempfile::tempdir().unwrap();
        let request = RunRequest {
            // Every other one in as many parts as it has rows, or nearly.
            split_tables_larger_than: (number % 2 == 0).then_some(1),
            ..request(folder.path(), &rules, &cluster.uri(&source), &cluster.uri(&target))
        };
        let report = runtime.block_on(refresh(&request, &Events::new(|_| ()), pending()));
        if report.outcome != Outcome::Published {
            // Rows that the rules do not allow: nothing else may end it.
            let errors: Vec<_> = report.errors.iter().map(|error| error.code.as_str()).collect();
            assert!(report.exit_code == exit::FAILED, "{:?}\n{replay}", report.errors);
            assert!(errors.iter().all(|code| *code == "reference"), "{:?}\n{replay}", report.errors);
            continue;
        }
        let (before, after) = (keys_of(&client), keys_of(&cluster.client(&target)));
        let may_stay_broken = |table: &str| {
            let mut references = case.model.references.iter();
            references.any(|reference| reference.child.1 == table && reference.dangling == Some("keep"))
        };
        for (key, valid) in &before {
            let after = after.get(key).copied();
            let holds = after == Some(*valid) || (after == Some(false) && may_stay_broken(&key.0));
            assert!(holds, "{key:?} was {valid}, is {after:?}\n{replay}");
        }
        assert_eq!(before.len(), after.len(), "{replay}");
        published += 1;
        keys += after.values().filter(|valid| **valid).count();
        cluster.psql("postgres", &format!("DROP DATABASE {target}")).unwrap();
    }
    println!(
        "closure: {keys} keys hold after {published} of {CASES} refreshes; the others stop at rows that rules do not allow"
    );
    assert!(published >= CASES / 2 && keys as u64 > published, "{published} {keys}");
}

fn request(folder: &Path, rules: &str, source: &str, target: &str) -> RunRequest {
    let (file, key) = (folder.join("waxwork.toml"), folder.join("key"));
    std::fs::write(&file, rules).unwrap();
    std::fs::write(&key, [7; 32]).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    RunRequest {
        rules: file,
        source: Some(source.to_owned()),
        target: Some(target.to_owned()),
        key_file: Some(key),
        strict: false,
        overlap: Overlap::default(),
        writes: true,
        lock_timeout: Duration::from_secs(10),
        max_snapshot_age: None,
        max_blocking: None,
        max_rate: None,
        max_duration: None,
        keep_failed: false,
        retries: Retries::default(),
        jobs: None,
        split_tables_larger_than: None,
        memory_bytes: 1 << 20,
        wire: WireChoice::Fastest,
        ceiling: SizeLimit::default(),
        exact: false,
        graph: None,
    }
}
