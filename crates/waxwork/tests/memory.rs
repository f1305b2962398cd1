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
