//! Memory does not grow with the source.

use waxwork_fixtures::TempCluster;
use waxwork_fixtures::shop::Shop;

use crate::copies::shop_rules;
use crate::support::{Call, drop_databases, new_target};

/// What the issue allows.
const PEAK_KIB_MAX: u64 = 300 * 1024;

fn check_peak(scale: f64) {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    Shop::load(&cluster.client(&source), scale).unwrap();
    let (name, target) = new_target(cluster);
    let run = Call::refresh(&shop_rules(cluster, &source), &cluster.uri(&source), &target).run();
    run.published();
    eprintln!("scale {scale}: peak {} MiB in {:?}", run.peak_kib / 1024, run.elapsed);
    assert!((1024..PEAK_KIB_MAX).contains(&run.peak_kib), "scale {scale}: a peak of {} KiB", run.peak_kib);
    drop_databases(cluster, &[&name, &source]);
}

#[test]
fn a_hundred_thousand_rows_fit() {
    check_peak(1.0);
}

#[test]
fn so_do_as_many_as_the_environment_asks_for() {
    match std::env::var("WAXWORK_TEST_MEMORY_SCALE") {
        Ok(scale) => check_peak(scale.parse().unwrap()),
        Err(_) => eprintln!("WAXWORK_TEST_MEMORY_SCALE is not set: bigger scales were not tried"),
    }
}

/// A parent with a million and a half children, of which twenty are taken.
const ONE_BIG_TENANT: &str = "
    CREATE TABLE tenant (id int PRIMARY KEY);
    CREATE TABLE item (id int PRIMARY KEY, tenant int REFERENCES tenant);
    INSERT INTO tenant VALUES (1);
    INSERT INTO item SELECT n, 1 FROM generate_series(1, 1500000) AS n";

const TWENTY_ITEMS: &str = "version = 1
[subset]
seed = [{ table = \"tenant\" }]
[subset.reference]
\"item(tenant)\" = { limit = 20 }
[table]
tenant = { id = { keep = \"a number\" } }
item = { id = { keep = \"a number\" }, tenant = { keep = \"a number\" } }
";

#[test]
fn what_a_limit_leaves_out_needs_none() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, ONE_BIG_TENANT).unwrap();
    let (name, target) = new_target(cluster);
    let run = Call::refresh(TWENTY_ITEMS, &cluster.uri(&source), &target).run();
    run.published();
    assert_eq!(cluster.psql(&name, "SELECT count(*) FROM item").unwrap(), "20");
    // A run without rows takes 12 MiB, and the ids alone of all children with their hashes would take 34.
    assert!((1024..32 * 1024).contains(&run.peak_kib), "a peak of {} KiB", run.peak_kib);
    drop_databases(cluster, &[&name, &source]);
}
