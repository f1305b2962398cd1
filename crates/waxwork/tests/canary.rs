//! A token in every place of the shop that is masked or left out, and nowhere in what comes out.

use std::collections::BTreeSet;
use std::path::Path;

use waxwork_fixtures::shop::canary;
use waxwork_fixtures::{ClusterOptions, TempCluster};

use crate::copies::{shop_copy, shop_rules};
use crate::support::{Call, new_target};

/// What all tokens begin with; the place's number follows.
const TOKEN: &str = "qz7vcanary";

fn token(place: usize) -> String {
    format!("{TOKEN}{place:02}")
}

/// The places whose tokens stand in some bytes: as they are, in capitals, or as hexadecimal digits.
fn places_in(bytes: &[u8]) -> BTreeSet<&'static str> {
    let hexed = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut places = BTreeSet::new();
    for (number, place) in canary::PLACES.iter().enumerate() {
        let token = token(number);
        if [token.to_uppercase(), hexed(&token), token].iter().any(|form| contains(bytes, form.as_bytes())) {
            places.insert(place.place);
        }
    }
    places
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    // A look at one byte of the token first: these are hundreds of megabytes.
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == wanted[0]) {
        if bytes[from + at..].starts_with(wanted) {
            return true;
        }
        from += at + 1;
    }
    false
}

/// Files below a folder that hold some place's token, and how many files there are.
fn files_with_token(folder: &Path) -> (Vec<(String, BTreeSet<&'static str>)>, usize) {
    let (mut found, mut seen) = (Vec::new(), 0);
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            let (below, number) = files_with_token(&path);
            found.extend(below);
            seen += number;
        } else if let Ok(bytes) = std::fs::read(&path) {
            seen += 1;
            let any = [
                TOKEN.to_owned(),
                TOKEN.to_uppercase(),
                TOKEN.bytes().map(|byte| format!("{byte:02x}")).collect(),
            ];
            if any.iter().any(|form| contains(&bytes, form.as_bytes())) {
                found.push((path.display().to_string(), places_in(&bytes)));
            }
        }
    }
    (found, seen)
}

#[track_caller]
fn check_silent(what: &str, bytes: &[u8]) {
    let places = places_in(bytes);
    assert!(
        places.is_empty() && !contains(bytes, TOKEN.as_bytes()),
        "{what} holds the tokens of: {places:?}"
    );
}

/// A shop with a token in each place.
fn planted(cluster: &TempCluster) -> String {
    let database = shop_copy(cluster);
    let script = canary::PLACES.iter().enumerate().map(|(number, place)| place.plant(&token(number)) + ";\n");
    cluster.psql(&database, &script.collect::<String>()).unwrap();
    database
}

#[test]
fn a_token_in_every_place_comes_out_nowhere() {
    let cluster = TempCluster::shared().unwrap();
    let database = planted(cluster);
    let (rules, source) = (shop_rules(cluster, &database), cluster.uri(&database));
    // A cluster of its own, so that its data directory holds nothing else; not one file may be compressed.
    let options =
        ClusterOptions::default().setting("wal_compression", "off").setting("log_min_messages", "debug1");
    let target_cluster = TempCluster::start(&options).unwrap();
    let (_, target) = new_target(&target_cluster);
    let run = Call::refresh(&rules, &source, &target).arg("-vv").run();
    run.published();
    check_silent("the output of refresh", run.to_string().as_bytes());
    let pg_dumped = std::process::Command::new(target_cluster.bin("pg_dump").unwrap())
        .arg("-d")
        .arg(&target)
        .output()
        .unwrap();
    assert!(pg_dumped.status.success() && pg_dumped.stdout.len() > 1_000_000);
    check_silent("pg_dump of the target", &pg_dumped.stdout);
    // The WAL too, which keeps what was written and undone.
    target_cluster.psql("postgres", "CHECKPOINT").unwrap();
    let (found, seen) = files_with_token(target_cluster.data_directory().parent().unwrap());
    assert!(found.is_empty(), "tokens are in {found:?}");
    assert!(seen > 500, "only {seen} files were looked into");
    let folder = tempfile::tempdir().unwrap();
    let run = Call::dump(&rules, &source, &folder.path().join("out.sql")).arg("-vv").run();
    assert!(run.status.success(), "{run}");
    check_silent("the output of dump", run.to_string().as_bytes());
    assert_eq!(files_with_token(folder.path()), (vec![], 1));
    // Subscriptions keep their database from being dropped.
    let drop =
        "DO $$ DECLARE s name; BEGIN SELECT subname INTO s FROM pg_subscription WHERE subname LIKE 'canary%';
        EXECUTE format('DROP SUBSCRIPTION %I', s); END $$";
    cluster.psql(&database, drop).unwrap();
}

#[test]
fn the_scan_sees_tokens_that_are_there() {
    let cluster = TempCluster::shared().unwrap();
    let database = planted(cluster);
    let dump = std::process::Command::new(cluster.bin("pg_dump").unwrap())
        .arg("-d")
        .arg(cluster.uri(&database))
        .output()
        .unwrap();
    // All but what pg_dump itself leaves out: deleted rows, dropped columns, settings of the database, and large
    // objects' bytes are there in hexadecimal.
    let seen = places_in(&dump.stdout).len();
    assert!(canary::PLACES.len() >= 30 && seen + 4 >= canary::PLACES.len(), "only {seen} places were seen");
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("below")).unwrap();
    std::fs::write(folder.path().join("below/file"), format!("\0\u{1}xq{}", token(7))).unwrap();
    std::fs::write(folder.path().join("other"), "nothing").unwrap();
    let (found, number) = files_with_token(folder.path());
    assert_eq!((found.len(), number), (1, 2));
    assert_eq!(found[0].1, BTreeSet::from([canary::PLACES[7].place]));
}

/// Ways in which a server refuses a row or an index and quotes the value: (what makes the source, the value's column).
const REFUSALS: &[(&str, &str)] = &[
    // Detail: Failing row contains (…). Context: COPY t, line 1: "…".
    ("CREATE FUNCTION ok(v text) RETURNS bool IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN current_database() = 'DB'; END $$;
      CREATE TABLE t (v text CHECK (ok(v)))", "a check"),
    // Message: invalid input syntax for type integer: "…".
    ("CREATE FUNCTION num(v text) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
        RETURN CASE WHEN current_database() = 'DB' THEN 1 ELSE v::int END; END $$;
      CREATE TABLE t (v text); CREATE INDEX ON t (num(v))", "an index"),
    // Message: whatever a function says.
    ("CREATE FUNCTION num(v text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
        IF current_database() <> 'DB' THEN RAISE EXCEPTION 'no %', v USING DETAIL = v, HINT = v, TABLE = v, CONSTRAINT = v, ERRCODE = '53000'; END IF; RETURN v; END $$;
      CREATE TABLE t (v text, w text GENERATED ALWAYS AS (num(v)) STORED)", "a generated column"),
    // Detail: Key (lower(v))=(…) is duplicated.
    ("CREATE FUNCTION num(v text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
        RETURN CASE WHEN current_database() = 'DB' THEN v ELSE left(v, 10) END; END $$;
      CREATE TABLE t (v text); CREATE UNIQUE INDEX ON t (num(v))", "a unique index"),
];

#[test]
fn a_load_that_the_target_refuses_does_not_quote_the_value() {
    let cluster = TempCluster::shared().unwrap();
    for (schema, what) in REFUSALS {
        let source = cluster.fresh_database().unwrap();
        let rows = format!("INSERT INTO t (v) VALUES ('{TOKEN}'), ('{TOKEN}2')");
        cluster.psql(&source, &format!("{}; {rows}", schema.replace("DB", &source))).unwrap();
        let (name, target) = new_target(cluster);
        // Kept, so that the very value meets the server's refusal.
        let rules = "version = 1\n[table.t]\nv = { keep = \"to be refused\" }\n";
        for verbosity in ["-v", "-vv"] {
            let run = Call::refresh(rules, &cluster.uri(&source), &target).arg(verbosity).run();
            let code = run.status.code();
            assert!(matches!(code, Some(1 | 8)), "{what} did not refuse\n{run}");
            run.refused(code.unwrap());
            assert!(!run.to_string().contains(TOKEN), "the message of {what} quotes the value\n{run}");
        }
        assert_eq!(
            cluster
                .psql("postgres", &format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{name}%'"))
                .unwrap(),
            "0"
        );
    }
}
