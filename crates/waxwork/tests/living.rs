//! A source that lives: what is written during a run is not in the copy, and nothing of what was there is missing.
//!
//! ```text
//!   updates, deletes, inserts, VACUUM ─► source ─► waxwork, [subset] ──────────────────────────────► target ─┐
//!                                         └─ its snapshot ─► pg_dump ─► frozen ─► DELETE the rest ───────────┴─► judge
//! ```
//!
//! The run's snapshot is imported by its name, which the server keeps as a file, so that the oracle looks at the same
//! moment without any word of the program's.

use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use waxwork_fixtures::judge::{Database, GeneratorOptions, Schema, generate, judge};
use waxwork_fixtures::{Client, ClusterOptions, TempCluster};

use crate::failing::{BIG_RULES, big_source, when_seen};
use crate::subset::reduce;
use crate::support::{Call, drop_databases, new_target};

/// As pgbench has it, with a self reference, partitions, and rows wide enough for a run to take its time.
const BANK: &str = "
    CREATE TABLE branch (id int PRIMARY KEY, balance int NOT NULL);
    CREATE TABLE account (id int PRIMARY KEY, branch int NOT NULL REFERENCES branch, opener int REFERENCES account,
        balance int NOT NULL, mark text) PARTITION BY HASH (id);
    CREATE TABLE account_0 PARTITION OF account FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE account_1 PARTITION OF account FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    CREATE TABLE entry (id bigint PRIMARY KEY, account int NOT NULL REFERENCES account,
        amount int NOT NULL, mark text);
    INSERT INTO branch SELECT n, 0 FROM generate_series(1, 2000) AS n;
    INSERT INTO account SELECT n, n % 2000 + 1, nullif(n / 3, 0), 0, repeat(md5(n::text), 4) FROM generate_series(1, 30000) AS n;
    INSERT INTO entry SELECT n, n % 30000 + 1, n, repeat(md5(n::text), 6) FROM generate_series(1, 150000) AS n;
    CREATE INDEX ON entry (account);";

const SEED: &str = "id % 7 = 3";

/// One transaction after the other, each with another `n`; a row that comes bears the mark.
fn churn(client: &Client, mark: &str, n: u64) {
    let sql = format!(
        "UPDATE branch SET balance = balance + 1 WHERE id % 31 = {branch};
         UPDATE account SET balance = balance + 1, opener = nullif(id / 2, 0) WHERE id % 211 = {account} AND id <= 30000;
         UPDATE entry SET account = account % 30000 + 1, amount = -amount WHERE id % 401 = {entry};
         DELETE FROM entry WHERE id % 997 = {deleted};
         INSERT INTO account SELECT (SELECT max(id) FROM account) + 1 + g, g + 1, 3, 0, '{mark}' FROM generate_series(0, 20) g;
         INSERT INTO entry SELECT (SELECT max(id) FROM entry) + g, 3 + 7 * g, 0, '{mark}' FROM generate_series(1, 200) g;",
        branch = n % 31,
        account = n % 211,
        entry = n % 401,
        deleted = n % 997,
    );
    client.run(&sql).unwrap();
}

/// The name of the one snapshot that somebody has exported.
fn exported_snapshot(cluster: &TempCluster) -> String {
    let start = Instant::now();
    loop {
        let name = cluster.psql("postgres", "SELECT min(f) FROM pg_ls_dir('pg_snapshots') AS f").unwrap();
        if !name.is_empty() {
            return name;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "nobody has exported a snapshot");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A new database with what the snapshot sees.
fn frozen(cluster: &TempCluster, source: &str, snapshot: &str) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    let dumped = Command::new(cluster.bin("pg_dump").unwrap())
        .args(["-Fc", "-Z0", "--snapshot", snapshot, "-d", &cluster.uri(source), "-f"])
        .arg(file.path())
        .status();
    assert!(dumped.unwrap().success());
    let name = cluster.fresh_database().unwrap();
    cluster.restore(&name, file.path()).unwrap();
    name
}

#[test]
fn a_subset_of_a_living_source_is_the_closure_of_its_snapshot() {
    let cluster = TempCluster::start(&ClusterOptions::default()).unwrap();
    let source = cluster.fresh_database().unwrap();
    let client = cluster.client(&source);
    client.run(BANK).unwrap();
    let mut rules = generate(&Database::new(client.uri()), &GeneratorOptions::default()).unwrap();
    rules.head = format!("[subset]\nseed = [{{ table = \"account\", where = \"{SEED}\" }}]\n");
    let (_, target) = new_target(&cluster);
    let (ended, late, rounds) = (AtomicBool::new(false), AtomicBool::new(false), AtomicU64::new(0));
    let (frozen, since) = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                let mark = if late.load(Ordering::Relaxed) { "late" } else { "early" };
                churn(&client, mark, rounds.fetch_add(1, Ordering::Relaxed));
            }
        });
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                client.run("VACUUM account; VACUUM entry; VACUUM branch").unwrap();
            }
        });
        let _ended = Ended(&ended);
        while rounds.load(Ordering::Relaxed) < 3 {
            std::thread::sleep(Duration::from_millis(10));
        }
        let running = Call::refresh(&rules.toml(), client.uri(), &target).start();
        let snapshot = exported_snapshot(&cluster);
        late.store(true, Ordering::Relaxed);
        let before = rounds.load(Ordering::Relaxed);
        let frozen = frozen(&cluster, &source, &snapshot);
        running.wait().published();
        (frozen, rounds.load(Ordering::Relaxed) - before)
    });
    let marked = |database: &str, mark: &str| -> u64 {
        let sql = format!(
            "SELECT (SELECT count(*) FROM entry WHERE mark = '{mark}') + (SELECT count(*) FROM account WHERE mark = '{mark}')"
        );
        cluster.psql(database, &sql).unwrap().parse().unwrap()
    };
    println!("living data: {since} rounds of updates, deletes and inserts since the snapshot");
    assert!(since > 1 && marked(&source, "late") > 0, "nothing was written during the run");
    assert!(marked(&frozen, "early") > 0);
    assert_eq!(marked(&frozen, "late"), 0);
    let reduced = Database::new(&cluster.uri(&frozen));
    let schema = Schema::read(&reduced).unwrap();
    reduce(&reduced, &schema, "public.account", SEED, true);
    let verdict = judge(&reduced, &Database::new(&target), &rules.expectation).unwrap();
    assert!(verdict.findings.is_empty(), "the judge found:\n{verdict}");
    assert!(verdict.coverage.rows > 20_000, "{verdict}");
}

/// Ends the writers when the test ends, well or not: else they would be waited for.
struct Ended<'a>(&'a AtomicBool);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Statements that leave a table empty, gone or with its rows elsewhere, for every snapshot there is.
const REWRITES: [&str; 5] = [
    "TRUNCATE big",
    "VACUUM FULL big",
    "CLUSTER big USING big_pkey",
    "ALTER TABLE big ALTER id TYPE bigint",
    "DROP TABLE big",
];

const ROWS: &str = "SELECT count(*) FROM big";

#[test]
fn nobody_empties_or_rewrites_a_table_between_our_lock_and_our_reading() {
    let cluster = TempCluster::shared().unwrap();
    let source = big_source(cluster);
    let (name, target) = new_target(cluster);
    let running = Call::refresh(BIG_RULES, &cluster.uri(&source), &target).start();
    when_seen(cluster, &format!("datname = '{source}' AND state = 'active' AND query ~* '^\\s*COPY'"), "1");
    for rewrite in REWRITES {
        let refused = cluster.psql(&source, &format!("SET lock_timeout = '50ms';\n{rewrite}")).unwrap_err();
        assert!(refused.to_string().contains("lock timeout"), "{rewrite}: {refused}");
    }
    running.wait().published();
    assert_eq!(cluster.psql(&name, ROWS).unwrap(), "400000");
    drop_databases(cluster, &[&name, &source]);
}

/// Who waits for our lock to go makes our workers' locks wait, and they do not: the run ends, or it was fast enough.
#[test]
fn a_truncate_that_waits_for_us_never_makes_a_table_silently_empty() {
    let cluster = TempCluster::shared().unwrap();
    for rewrite in ["TRUNCATE big", "ALTER TABLE big ALTER id TYPE bigint"] {
        let source = big_source(cluster);
        let (name, target) = new_target(cluster);
        let holds = format!(
            "datname = '{source}' AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = pg_stat_activity.pid AND l.mode = 'AccessShareLock'
               AND l.database = (SELECT oid FROM pg_database WHERE datname = '{source}') AND l.relation > 16383)"
        );
        let call = Call::refresh(BIG_RULES, &cluster.uri(&source), &target).arg("--lock-timeout").arg("1");
        let running = call.start();
        when_seen(cluster, &holds, "1");
        // It has the lock as soon as the run is over, and not before.
        cluster.psql(&source, rewrite).unwrap();
        let run = running.wait();
        match run.status.code() {
            Some(0) => assert_eq!(cluster.psql(&name, ROWS).unwrap(), "400000", "{rewrite}\n{run}"),
            _ => assert!(run.refused(7).contains("lock_timeout"), "{rewrite}\n{run}"),
        }
        drop_databases(cluster, &[&name, &source]);
    }
}

#[test]
fn a_run_says_how_long_it_held_the_snapshot_and_ends_when_that_is_too_old() {
    let cluster = TempCluster::shared().unwrap();
    let source = big_source(cluster);
    let (name, target) = new_target(cluster);
    let subset = |condition: &str| {
        let seed = format!("[subset]\nseed = [{{ table = \"big\", where = \"{condition}\" }}]\n");
        let rules = BIG_RULES.replacen("version = 1\n", &format!("version = 1\n{seed}"), 1);
        Call::refresh(&rules, &cluster.uri(&source), &target).arg("--max-snapshot-age")
    };
    let run = subset("id <= 100").arg("600").run();
    let held = run.published()["snapshot"].clone();
    assert_eq!(held["locked_tables"], 1, "{run}");
    assert!(held["seconds"].as_f64().unwrap() > 0.0, "{run}");
    assert!(run.stderr.contains("snapshot taken, tables locked in ACCESS SHARE mode: 1"), "{run}");
    drop_databases(cluster, &[&name]);
    // A hundred rows of a tenth of a second each.
    let start = Instant::now();
    let run = subset("id <= 100 and pg_sleep(0.1) is not null").arg("1").run();
    assert!(run.refused(1).contains("--max-snapshot-age"), "{run}");
    assert!(start.elapsed() < Duration::from_secs(8), "{run}");
    let left = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{name}%'");
    assert_eq!(cluster.psql("postgres", &left).unwrap(), "0");
    drop_databases(cluster, &[&source]);
}
