//! Other versions of PostgreSQL, where their binaries are: `WAXWORK_PG_BINS`, folders parted by `:`.

use waxwork_fixtures::judge::{Database, Expectation, differences};
use waxwork_fixtures::shop::Shop;
use waxwork_fixtures::{ClusterOptions, PgBinaries, TempCluster};

use crate::copies::{shop_expectation, shop_rules};
use crate::support::{Call, new_target, refresh_and_judge};

/// The installations that the environment names; none where it does not.
fn installations() -> Vec<PgBinaries> {
    let Some(folders) = std::env::var_os("WAXWORK_PG_BINS") else { return Vec::new() };
    let folders = std::env::split_paths(&folders);
    let read = |folder: std::path::PathBuf| {
        let output = std::process::Command::new(folder.join("postgres")).arg("--version").output();
        let output = output.unwrap_or_else(|error| panic!("no postgres in {}: {error}", folder.display()));
        let line = String::from_utf8_lossy(&output.stdout).into_owned();
        let number = line.rsplit(' ').next().unwrap().split('.').next().unwrap();
        let major = number.trim().parse().unwrap_or_else(|_| panic!("{} says {line}", folder.display()));
        PgBinaries { folder, major }
    };
    folders.map(read).collect()
}

fn check_pair(source_major: u32, target_major: u32) {
    let known = installations();
    if known.is_empty() {
        eprintln!("WAXWORK_PG_BINS is not set: {source_major} to {target_major} was not tried");
        return;
    }
    let start = |major: u32| {
        let binaries = known.iter().find(|binaries| binaries.major == major);
        let binaries = binaries.unwrap_or_else(|| panic!("WAXWORK_PG_BINS names no PostgreSQL {major}"));
        TempCluster::start(&ClusterOptions { binaries: Some(binaries.clone()), ..Default::default() })
            .unwrap()
    };
    let (from, to) = (start(source_major), start(target_major));
    let database = from.fresh_database().unwrap();
    Shop::load(&from.client(&database), 0.1).unwrap();
    let contrib = "SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'";
    if to.psql("postgres", contrib).unwrap() == "0" {
        from.psql(
            &database,
            "DROP SCHEMA IF EXISTS extra CASCADE; DROP EXTENSION IF EXISTS citext, hstore CASCADE",
        )
        .unwrap();
    }
    let (source, rules) = (from.uri(&database), shop_rules(&from, &database));
    let mut expectation = Expectation { other_roles: true, ..shop_expectation(&rules, &source) };
    // 16 and later print columns without their table where one table is all there is; that both have the same
    // materialized views is compared elsewhere too.
    if source_major < 16 && target_major >= 16 {
        expectation.schema_differences.push("MATERIALIZED VIEW".to_owned());
    }
    let (_, target) = new_target(&to);
    refresh_and_judge(call(&known, &rules, &source, &target), &source, &target, &expectation);
    let (_, text) = new_target(&to);
    let in_parts =
        call(&known, &rules, &source, &text).arg("--wire=text").arg("--split-tables-larger-than=8kB");
    let report = in_parts.run().published();
    let streams =
        report["tables"].as_array().unwrap().iter().filter(|table| table["streams"].is_u64()).count();
    // Before 14 a part of a table takes reading all of it.
    assert_eq!(streams > 0, source_major >= 14, "{report}");
    let found = differences(&Database::new(&target), &Database::new(&text)).unwrap();
    assert!(found.is_empty(), "the wires differ: {found:#?}");
}

/// Its pg_dump comes from the same installations.
fn call(known: &[PgBinaries], rules: &str, source: &str, target: &str) -> Call {
    let folders = std::env::join_paths(known.iter().map(|binaries| &binaries.folder)).unwrap();
    Call::refresh(rules, source, target).env("WAXWORK_PG_BIN", folders)
}

/// They came with 17.
#[test]
fn login_triggers_of_the_copy_do_not_fire_while_it_is_made() {
    let known = installations();
    let Some(binaries) = known.iter().find(|binaries| binaries.major >= 17) else {
        eprintln!("WAXWORK_PG_BINS names no PostgreSQL 17 or newer: triggers on a login were not tried");
        return;
    };
    let options = ClusterOptions { binaries: Some(binaries.clone()), ..ClusterOptions::default() };
    let cluster = TempCluster::start(&options).unwrap();
    let source = cluster.fresh_database().unwrap();
    let schema = "CREATE TABLE seen (who text);
        CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO public.seen VALUES (current_database());
               IF current_database() LIKE '%next' THEN RAISE 'not here'; END IF; END $$;
        CREATE EVENT TRIGGER noted ON login EXECUTE FUNCTION note()";
    cluster.psql(&source, schema).unwrap();
    let rules = "version = 1\n[table.seen]\nwho = { keep = \"a name\" }\n[[hook]]\non = \"before_publish\"\nsql = \"SELECT 1\"\n";
    let (name, target) = new_target(&cluster);
    call(&known, rules, &cluster.uri(&source), &target).run().published();
    // It fires again for whoever asks.
    let found = "SELECT bool_or(who LIKE '%next'), bool_or(who = current_database()) FROM seen";
    assert_eq!(cluster.psql(&name, found).unwrap(), "f|t");
}

#[test]
fn fifteen_goes_to_eighteen() {
    check_pair(15, 18);
}

#[test]
fn eighteen_goes_to_eighteen() {
    check_pair(18, 18);
}

#[test]
fn thirteen_goes_to_fifteen() {
    check_pair(13, 15);
}
