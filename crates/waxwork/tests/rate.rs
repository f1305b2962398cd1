//! `--max-rate`: how fast rows leave the source.

use waxwork_fixtures::TempCluster;

use crate::standing::Standing;
use crate::support::{Call, drop_databases, new_target};

/// Two tables of 1.5 MB, so that a limit for each would be twice as fast as one for both; one row is a batch by itself.
const SCHEMA: &str =
    "CREATE TABLE one (a text); INSERT INTO one SELECT repeat('x', 1000) FROM generate_series(1, 1500);
    CREATE TABLE two (a text); INSERT INTO two SELECT repeat('y', 1000) FROM generate_series(1, 1500);
    UPDATE two SET a = repeat('z', 1000000) WHERE ctid = '(0,1)'";

const RULES: &str = "version = 1\n[table.one]\na = { keep = \"x\" }\n[table.two]\na = { keep = \"y\" }\n";

const DIGEST: &str = "SELECT string_agg(md5(a), '' ORDER BY a) FROM (TABLE one UNION ALL TABLE two) AS t";

#[test]
fn a_gentle_run_reads_all_tables_together_at_the_rate_and_copies_every_row() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SCHEMA).unwrap();
    let (name, target) = new_target(cluster);
    let run = Call::refresh(RULES, &cluster.uri(&source), &target)
        .arg("--max-rate")
        .arg("1 MB")
        .arg("--jobs=2")
        .run();
    let seconds = run.published()["seconds"]["load"].as_f64().unwrap();
    // Four million bytes: no machine is too fast for that, and one that is slow takes longer.
    assert!(seconds > 3.5, "{run}");
    let digest = |database: &str| cluster.psql(database, DIGEST).unwrap();
    assert_eq!(digest(&name), digest(&source));
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("out.sql");
    let dump =
        Call::dump(RULES, &cluster.uri(&source), &script).arg("--max-rate=2MB").arg("--format=json").run();
    assert!(dump.report()["seconds"]["load"].as_f64().unwrap() > 1.7, "{dump}");
    let restored = cluster.fresh_database().unwrap();
    cluster.restore(&restored, &script).unwrap();
    assert_eq!(digest(&restored), digest(&source));
    drop_databases(cluster, &[&source, &name, &restored]);
}

#[test]
fn a_rate_that_is_none_is_the_command_lines_fault() {
    let standing = Standing::new();
    for rate in ["0", "0MB", "63kB", "fast", "-1MB", "20MB/s", "never", "17000PB", ""] {
        let run = standing.call().arg(format!("--max-rate={rate}")).run();
        assert_eq!(run.status.code(), Some(2), "{rate}\n{run}");
        assert!(run.stderr.contains("--max-rate"), "{run}");
    }
    let run = standing.call().arg("--max-rate=1").run();
    assert!(run.stderr.contains("it must be at least 64.0 kB a second"), "{run}");
    standing.check_untouched();
}
