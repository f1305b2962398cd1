//! Databases of public projects, where they are at hand: each is refreshed and judged, with keys kept and with keys
//! permuted.

use waxwork_fixtures::judge::{Database, GeneratorOptions, Labels, RuleSet, Treatment, generate};
use waxwork_fixtures::{TempCluster, datasets};

use crate::support::{Call, drop_databases, new_target, refresh_and_judge};

/// A loaded data set of that name, filled where it was empty; `None` where there are no data sets here.
pub(crate) fn source_of(cluster: &TempCluster, name: &str) -> Option<String> {
    let Some(_) = datasets::folder().unwrap() else {
        eprintln!("no data sets here (WAXWORK_DATASETS): {name} was not tried");
        return None;
    };
    let database = cluster
        .copy_of(name, |cluster, database| datasets::load_filled(&cluster.client(database), name).map(drop));
    Some(database.unwrap())
}

/// Rules for a data set, by the labels that people gave where there are some.
pub(crate) fn rules_for(name: &str, source: &str, permute_ids: bool) -> RuleSet {
    let labels = Labels::read(&datasets::folder().unwrap().unwrap().join("pii_labels"), name).unwrap();
    generate(&Database::new(source), &GeneratorOptions { labels, permute_ids }).unwrap()
}

fn check_refreshed(name: &str) {
    let cluster = TempCluster::shared().unwrap();
    let Some(database) = source_of(cluster, name) else { return };
    let source = cluster.uri(&database);
    for permute_ids in [false, true] {
        let rules = rules_for(name, &source, permute_ids);
        check_labels(name, &rules);
        let (target_name, target) = new_target(cluster);
        let call = Call::refresh(&rules.toml(), &source, &target);
        let (_, verdict) = refresh_and_judge(call, &source, &target, &rules.expectation);
        assert!(verdict.coverage.rows > 0, "{name} is empty\n{verdict}");
        drop_databases(cluster, &[&target_name]);
    }
    drop_databases(cluster, &[&database]);
}

/// Whatever a person called personal is not kept, unless the column's structure forbids a mask.
fn check_labels(name: &str, rules: &RuleSet) {
    if !["pagila", "northwind", "chinook"].contains(&name) {
        return;
    }
    let labels = Labels::read(&datasets::folder().unwrap().unwrap().join("pii_labels"), name).unwrap();
    assert!(labels.len() > 10);
    for ((table, column), label) in labels.iter() {
        let found = rules
            .expectation
            .columns
            .iter()
            .find(|((named, of_table), _)| named.rsplit('.').next() == Some(table) && of_table == column);
        let (_, treatment) = found.unwrap_or_else(|| panic!("{name} has no {table}.{column}"));
        assert_ne!(*treatment, Treatment::Keep, "{name}: {table}.{column} is {label:?} and kept");
    }
}

macro_rules! refreshed {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            check_refreshed(stringify!($name));
        }
    )*};
}

refreshed!(airlines_small chinook crates_io danbooru hexpm iso3166 killbill kratos mimic3 northwind omop pagila panoptes
    supabase_auth temporal);
