//! Bad input that is refused before a row is read: the code that scripts rely on, a message that names the thing, and an
//! old copy that serves on.

use std::os::unix::fs::PermissionsExt as _;

use waxwork_fixtures::judge::{Mask, Rule};
use waxwork_fixtures::{ClusterOptions, TempCluster};

use crate::standing::Standing;
use crate::support::{Call, KEY, new_target};

#[test]
fn names_that_are_not_there_are_named_with_their_place() {
    let standing = Standing::new();
    let mut rules = standing.rules.clone();
    rules.tables.insert("public.custmer".to_owned(), [("id".to_owned(), Rule::Null)].into());
    rules.set("public.customer", "emial", Rule::Null);
    let toml = rules.toml();
    let line_of = |text: &str| toml.lines().position(|line| line.contains(text)).unwrap() + 1;
    let (table, column) = (line_of("custmer"), line_of("emial"));
    // Both in one run, each with the nearest name.
    let places = [format!("rules.toml:{table}"), format!("rules.toml:{column}")];
    let words = ["custmer", "customer", "emial", "email", &places[0], &places[1]];
    standing.check_refused(standing.call_with(&toml), 2, &words);
}

#[test]
fn a_column_that_nobody_named_stops_the_run() {
    let standing = Standing::new();
    let mut rules = standing.rules.clone();
    rules.forget("public.customer", "note");
    rules.forget("public.event_log", "at");
    // Every one of them, in one run.
    standing.check_refused(standing.call_with(&rules.toml()), 3, &["customer", "note", "event_log"]);
}

#[test]
fn a_column_that_was_added_since_stops_the_run() {
    let standing = Standing::new();
    standing.change_source("ALTER TABLE customer ADD passport text");
    standing.check_refused(standing.call(), 3, &["customer", "passport"]);
    standing.change_source("ALTER TABLE customer DROP passport; CREATE TABLE new_one (secret text)");
    standing.check_refused(standing.call(), 3, &["new_one"]);
}

#[test]
fn masks_that_do_not_fit_are_refused() {
    let standing = Standing::new();
    standing.change_source(
        "ALTER TABLE customer ADD short varchar(10) UNIQUE; UPDATE customer SET short = 's' || n",
    );
    let cases: &[(&str, &str, Mask, &[&str])] = &[
        ("customer", "n", Mask::named("contact.email"), &["n", "contact.email", "int"]),
        ("customer", "salary", Mask::named("person.first_name"), &["salary"]),
        ("customer", "mood", Mask::named("text.redact"), &["mood"]),
        ("customer", "last_name", Mask::named("date.shift").with("days", "3"), &["last_name", "date.shift"]),
        ("customer", "last_name", Mask::named("no.such_mask"), &["no.such_mask"]),
        (
            "customer",
            "last_name",
            Mask::named("person.frist_name"),
            &["person.frist_name", "person.first_name"],
        ),
        ("customer", "last_name", Mask::named("text.redact").with("dayz", "3"), &["dayz"]),
        // Too short for a code that is unique, and a constant that cannot be.
        ("customer", "short", Mask::named("contact.email"), &["short", "10"]),
        ("customer", "short", Mask::named("secret.token"), &["short"]),
        ("customer", "short", Mask::named("constant").with("value", "\"x\""), &["short"]),
        ("customer", "email", Mask::named("constant").with("value", "\"x\""), &["email", "unique"]),
        // What the schema forbids.
        ("orders", "region", Mask::named("text.redact"), &["region"]),
        ("post", "title", Mask::named("null"), &["title"]),
        ("orders", "customer_id", Mask::named("id.permute"), &["customer_id"]),
    ];
    for (table, column, mask, words) in cases {
        let mut rules = standing.rules.clone();
        rules.set("public.customer", "short", Rule::Keep("a number".to_owned()));
        rules.set(&format!("public.{table}"), column, Rule::Mask(mask.clone()));
        standing.check_refused(standing.call_with(&rules.toml()), 2, words);
    }
}

#[test]
fn json_without_a_word_on_the_rest_is_refused() {
    let standing = Standing::new();
    let mut rules = standing.rules.clone();
    let paths = vec![("$.ip".to_owned(), "internet.ip".to_owned())];
    rules.set("public.customer", "profile", Rule::Mask(Mask { paths, ..Mask::named("json") }));
    standing.check_refused(standing.call_with(&rules.toml()), 2, &["profile", "rest"]);
}

#[test]
fn a_rule_file_that_is_not_one_is_refused_at_its_line() {
    let standing = Standing::new();
    let toml = standing.rules.toml();
    standing.check_refused(
        standing.call_with(&format!("{toml}\n[polcy]\nunlisted = \"refuse\"\n")),
        2,
        &["polcy", "policy"],
    );
    standing.check_refused(standing.call_with(&format!("{toml}\n= 1\n")), 2, &["rules.toml:"]);
    standing.check_refused(standing.call_with(&toml.replace("version = 1", "version = 99")), 2, &["version"]);
    standing.check_refused(
        standing.call_with(&toml.replace("{ keep = \"not personal\" }", "{ keep = \"\" }")),
        2,
        &["keep"],
    );
    let missing = standing.call();
    std::fs::remove_file(missing.rules_file()).unwrap();
    standing.check_refused(missing, 2, &["rules.toml"]);
}

#[test]
fn an_option_that_is_not_there_is_the_command_lines_fault() {
    let standing = Standing::new();
    let run = standing.call().arg("--no-such-option").run();
    assert_eq!(run.status.code(), Some(2), "{run}");
    standing.check_untouched();
}

#[test]
fn key_files_must_be_there_private_and_whole() {
    let standing = Standing::new();
    for mode in [0o644, 0o640, 0o604, 0o660] {
        standing.check_refused(standing.call().key(KEY, mode), 2, &["key"]);
    }
    for key in ["", "12345", &KEY[..63], &format!("{KEY}00"), &KEY.replace('8', "g")] {
        let run = standing.check_refused(standing.call().key(key, 0o600), 2, &["key"]);
        assert!(key.len() < 8 || !format!("{run}").contains(key), "the key is in the output");
    }
    let missing = standing.call();
    std::fs::remove_file(missing.key_file()).unwrap();
    standing.check_refused(missing, 2, &["key"]);
}

#[test]
fn a_condition_that_tries_to_leave_its_place_is_refused() {
    let standing = Standing::new();
    let mark = std::env::temp_dir().join(format!("waxwork-escaped-{}", std::process::id()));
    let program = format!("to program 'touch {}'", mark.display());
    let attempts = [
        format!("true)) {program} --"),
        format!("true) {program} --"),
        format!("true THEN true END) {program} --"),
        "true) union all (select ctid from customer where (true".to_owned(),
        "true END FROM customer UNION ALL SELECT ctid, CASE WHEN (true".to_owned(),
        "true) union all select ctid from customer --".to_owned(),
        "true; drop table customer".to_owned(),
        "true; --".to_owned(),
        "true --".to_owned(),
        "true /*".to_owned(),
        "true */ /* x".to_owned(),
        "first_name = 'x".to_owned(),
        "first_name = \"x".to_owned(),
        "first_name = $$x".to_owned(),
        "n = $1".to_owned(),
        "n = $2 or true".to_owned(),
        "(n = 1".to_owned(),
        "n = 1)".to_owned(),
        "n = 1) or (n = 2".to_owned(),
        "n = 1) then true else (true".to_owned(),
        "n = 1, true".to_owned(),
        "\\! touch x".to_owned(),
        String::new(),
        "no_such_column = 1".to_owned(),
        "n".to_owned(),
    ];
    for attempt in &attempts {
        let mut rules = standing.rules.clone();
        let quoted = attempt.replace('\\', "\\\\").replace('"', "\\\"");
        rules.head = format!("[subset]\nseed = [{{ table = \"customer\", where = \"{quoted}\" }}]\n");
        let run = standing.call_with(&rules.toml()).run();
        assert_eq!(run.status.code(), Some(2), "after {attempt}\n{run}");
        standing.check_run(run, 2, &[]);
        rules.head = format!(
            "[subset]\nseed = [{{ table = \"country\" }}]\n[subset.reference]\n\"customer(country)\" = {{ where = \"{quoted}\" }}\n"
        );
        let run = standing.call_with(&rules.toml()).run();
        assert_eq!(run.status.code(), Some(2), "of a reference, after {attempt}\n{run}");
    }
    assert!(!mark.exists(), "a condition ran a program");
    assert_eq!(standing.cluster.psql(&standing.source_name, "SELECT count(*) FROM customer").unwrap(), "300");
}

#[test]
fn the_source_is_no_target_by_whatever_route() {
    let cluster = TempCluster::start(&ClusterOptions {
        tcp_password: Some("open sesame".to_owned()),
        ..Default::default()
    })
    .unwrap();
    cluster.create_database("prod").unwrap();
    cluster.psql("prod", "CREATE TABLE t (a int); INSERT INTO t VALUES (1)").unwrap();
    let rules = "version = 1\n[table.t]\na = { keep = \"a number\" }\n";
    let (socket, tcp) = (cluster.uri("prod"), cluster.tcp_uri("postgres", "open sesame", "prod").unwrap());
    for (source, target) in [(&socket, &socket), (&tcp, &socket), (&socket, &tcp)] {
        let run = Call::refresh(rules, source, target).run();
        run.refused(6);
        assert_eq!(cluster.psql("prod", "SELECT count(*) FROM t").unwrap(), "1");
    }
}

#[test]
fn a_database_that_is_not_ours_is_no_target() {
    let standing = Standing::new();
    let (name, target) = new_target(standing.cluster);
    standing.cluster.create_database(&name).unwrap();
    let call = || Call::refresh(&standing.rules.toml(), &standing.source, &target);
    // A view, a function and a schema are somebody's too.
    for object in [
        "CREATE TABLE theirs (a int)",
        "CREATE VIEW theirs AS SELECT 1 AS a",
        "CREATE SCHEMA theirs",
        "CREATE FUNCTION theirs() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TYPE theirs AS ENUM ('a')",
    ] {
        standing.cluster.psql(&name, object).unwrap();
        call().run().refused(6);
        let kind = object.split(' ').nth(1).unwrap();
        standing.cluster.psql(&name, &format!("DROP {kind} theirs")).unwrap();
    }
    standing.cluster.psql("postgres", &format!("COMMENT ON DATABASE {name} IS 'somebody else''s'")).unwrap();
    standing.cluster.psql(&name, "CREATE TABLE theirs (a int)").unwrap();
    call().run().refused(6);
    // An empty one is fine, whatever its comment.
    standing.cluster.psql(&name, "DROP TABLE theirs").unwrap();
    call().run().published();
}

/// A folder with a `pg_dump` of that version in it, or with none.
fn programs(version: Option<&str>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    if let Some(version) = version {
        let file = folder.path().join("pg_dump");
        std::fs::write(&file, format!("#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}'\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

#[test]
fn a_pg_dump_that_is_missing_or_old_is_named() {
    let standing = Standing::new();
    let cases: [(Option<&str>, &[&str]); 2] =
        [(None, &["pg_dump"]), (Some("12.22"), &["pg_dump", "12.22", "PostgreSQL 1"])];
    for (version, words) in cases {
        let folder = programs(version);
        standing.check_refused(standing.call().env("WAXWORK_PG_BIN", folder.path()), 2, words);
    }
}

#[test]
fn a_setting_of_the_database_that_names_somebody_is_refused_until_it_is_listed() {
    let standing = Standing::new();
    let set = |value: &str| {
        let sql = format!("ALTER DATABASE \"{}\" SET application_name = '{value}'", standing.source_name);
        standing.cluster.psql("postgres", &sql).unwrap();
    };
    set("jane.canary@corp.io");
    let run =
        standing.check_refused(standing.call(), 3, &["DATABASE SETTING application_name", "e-mail address"]);
    assert!(!run.stdout.contains("canary") && !run.stderr.contains("canary"), "{run}");
    let accepted = format!(
        "{}\n[policy]\nddl_literals = [\"DATABASE SETTING application_name\"]\n",
        standing.rules.toml()
    );
    standing.call_with(&accepted).run().published();
    set("shop");
    standing.call().run().published();
}

#[test]
fn what_the_rule_file_forbids_is_no_target_whoever_names_it() {
    let standing = Standing::new();
    let with = |never: &str| format!("{}\n[target.never]\n{never}\n", standing.rules.toml());
    let by_name = with("databases = [\"nobodys\", \"STAGING_*\"]");
    let words = ["is never a target", "STAGING_*", "[target.never]", "rules.toml:"];
    standing.check_refused(standing.call_with(&by_name), 6, &words);
    // Before anybody connects: nobody listens there.
    let nowhere =
        Call::refresh(&with("hosts = [\"127.0.*\"]"), &standing.source, "host=127.0.0.1 port=1 dbname=x");
    standing.check_refused(nowhere, 6, &["server \\\"127.0.0.1\\\" is never a target"]);
    for target in
        ["host=a,db.Prod.Example.com. dbname=x", "host=db.prod.example.com hostaddr=127.0.0.1 dbname=x"]
    {
        let rules = with("hosts = [\"*.prod.example.com\"]");
        standing.check_refused(Call::refresh(&rules, &standing.source, target), 6, &["is never a target"]);
    }
    let service = "[staging]\nhost=db.prod.example.com\ndbname=x\n";
    let rules = with("hosts = [\"*.prod.example.com\"]");
    let call = Call::refresh(&rules, &standing.source, "service=staging servicefile=services");
    standing.check_refused(call.with_file("services", service), 6, &["is never a target"]);
    let back = Call::of_target("rollback", &standing.target).with_file("rules.toml", &by_name);
    standing.check_refused(back.arg("--rules=rules.toml").arg("--format=json"), 6, &["is never a target"]);
    let allowed = with("databases = [\"prod*\"]\nhosts = [\"10.*\"]");
    standing.call_with(&allowed).run().published();
}
