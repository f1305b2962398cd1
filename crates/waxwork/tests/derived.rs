//! Derived columns: made on the target from what the copy holds, by whatever way the copy is made.

use std::path::PathBuf;

use rustix::process::Signal;
use waxwork_fixtures::TempCluster;
use waxwork_fixtures::judge::{Database, Expectation, Schema};

use crate::rule_file;
use crate::support::{Call, drop_databases, new_target, refresh_and_judge};

const SCHEMA: &str = include_str!("derived/schema.sql");

const RULES: &str = r#"
version = 1

[table.account]
id = { keep = "a number" }
email = "contact.email"
full_name = "person.full_name"
email_hash = { derive = "md5(email)" }
slug = { derive = "slugify(email)" }
joined = { keep = "a date" }
year = { derive = "extract(year from joined)::int" }

[table.post]
id = { keep = "a number" }
title = "text.shape"
body = "text.shape"
words = { derive = "length(search)" }
search = { derive = "to_tsvector('english', title || ' ' || coalesce(body, ''))" }

[table.event]
id = { keep = "a number" }
day = { keep = "a date" }
who = "text.shape"
who_key = { derive = "md5(who)" }

[table.visit]
id = { keep = "a number" }
day = { mask = "date.shift", days = 9, by = "id" }
patient = "person.full_name"
initial = { derive = "left(patient, 1)" }

[table.base]
id = { keep = "a number" }
name = "text.redact"
name_length = { derive = "length(name)" }

[table.heir]
id = { keep = "a number" }
name = "text.redact"
name_length = { derive = "length(name)" }
nick = "text.shape"
nick_length = { derive = "length(nick || name)" }

[table."waxwork_derive.\"o'd \\d\""]
new = "text.shape"
found = { keep = "a number" }
select = { derive = "\"new\" || found" }
derive_0 = { derive = "found + 1" }
"a\"b" = { derive = "\"select\" || derive_0 || public || E'\\'--'" }
public = { keep = "a number" }
tg_op = { keep = "a word" }
NEW = { derive = "\"new\" || tg_op" }
"#;

/// Rows whose derived columns are not what they should be; NULL counts as wrong. One query for each table.
const WRONG: [&str; 7] = [
    "SELECT count(*) FROM account WHERE (email_hash = md5(email) AND slug = slugify(email)
        AND year = extract(year FROM joined) AND shouted = upper(full_name)) IS NOT TRUE",
    "SELECT count(*) FROM post WHERE (words = length(search)
        AND search = to_tsvector('english', title || ' ' || coalesce(body, ''))) IS NOT TRUE",
    "SELECT count(*) FROM event WHERE (who_key = md5(who)) IS NOT TRUE",
    "SELECT count(*) FROM visit WHERE (initial = left(patient, 1)) IS NOT TRUE",
    "SELECT count(*) FROM ONLY base WHERE (name_length = length(name)) IS NOT TRUE",
    "SELECT count(*) FROM heir WHERE (name_length = length(name) AND nick_length = length(nick || name)) IS NOT TRUE",
    r#"SELECT count(*) FROM waxwork_derive."o'd \d" WHERE ("select" = "new" || found AND derive_0 = found + 1
        AND "a""b" = "select" || derive_0 || public || '''--' AND "NEW" = "new" || tg_op) IS NOT TRUE"#,
];

/// Words and hashes of production that only derived columns held.
const ORIGINALS: [&str; 3] = [
    "SELECT count(*) FROM post WHERE search @@ to_tsquery('english', 'kestrel | umbrella')",
    "SELECT count(*) FROM account WHERE email_hash IN (SELECT md5('u' || i || '@corp.test') FROM generate_series(1, 150) AS i)",
    "SELECT count(*) FROM event WHERE who_key IN (SELECT md5('person ' || i) FROM generate_series(1, 400) AS i)",
];

/// A source of its own for each test.
fn source(cluster: &TempCluster) -> String {
    cluster.copy_of("derived_source", |cluster, name| cluster.psql(name, SCHEMA).map(drop)).unwrap()
}

#[track_caller]
fn check_derived(cluster: &TempCluster, database: &str) {
    for query in WRONG.iter().chain(&ORIGINALS) {
        assert_eq!(cluster.psql(database, query).unwrap(), "0", "{query}");
    }
}

fn expectation(source: &str) -> Expectation {
    rule_file::expectation(RULES, &Schema::read(&Database::new(source)).unwrap())
}

#[test]
fn derived_columns_are_made_from_masked_ones_and_nothing_of_ours_stays() {
    let cluster = TempCluster::shared().unwrap();
    let name = source(cluster);
    let uri = cluster.uri(&name);
    let (target_name, target) = new_target(cluster);
    // The judge compares both schemas, functions and triggers included.
    refresh_and_judge(Call::refresh(RULES, &uri, &target), &uri, &target, &expectation(&uri));
    check_derived(cluster, &target_name);
    let mail = cluster.psql(&name, "SELECT count(*) FROM account WHERE email LIKE 'u%@corp.test'").unwrap();
    assert_eq!(mail, "150", "the source is as it was");
    drop_databases(cluster, &[&name, &target_name]);
}

#[test]
fn a_script_makes_the_same_derived_columns() {
    let cluster = TempCluster::shared().unwrap();
    let name = source(cluster);
    let (target_name, target) = new_target(cluster);
    Call::refresh(RULES, &cluster.uri(&name), &target).run().published();
    let folder = tempfile::tempdir().unwrap();
    let script: PathBuf = folder.path().join("out.sql");
    let run = Call::dump(RULES, &cluster.uri(&name), &script).run();
    assert!(run.status.success(), "{run}");
    let restored = cluster.fresh_database().unwrap();
    cluster.client(&restored).run_script(&script).unwrap();
    check_derived(cluster, &restored);
    for query in [
        "SELECT md5(string_agg(t::text, ';' ORDER BY id)) FROM account t",
        "SELECT md5(string_agg(t::text, ';' ORDER BY id)) FROM post t",
        "SELECT md5(string_agg(t::text, ';' ORDER BY id)) FROM event t",
        "SELECT string_agg(nspname, ';' ORDER BY nspname) FROM pg_namespace",
        "SELECT string_agg(tgrelid::regclass || ' ' || tgname, ';' ORDER BY tgname) FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT string_agg(proname, ';' ORDER BY proname) FROM pg_proc WHERE oid >= 16384",
    ] {
        let copied = cluster.psql(&target_name, query).unwrap();
        assert_eq!(cluster.psql(&restored, query).unwrap(), copied, "{query}");
    }
    drop_databases(cluster, &[&name, &target_name, &restored]);
}

/// Rules with other SQL for one column.
fn with(column: &str, sql: &str) -> String {
    let line = RULES.lines().find(|line| line.starts_with(&format!("{column} = {{ derive"))).unwrap();
    RULES.replacen(line, &format!("{column} = {{ derive = {} }}", toml::Value::from(sql)), 1)
}

#[test]
fn sql_that_is_not_one_expression_of_the_row_is_refused_before_the_target_is_touched() {
    let cluster = TempCluster::shared().unwrap();
    let name = source(cluster);
    let (target_name, target) = new_target(cluster);
    for (sql, code, said) in [
        ("md5(emial)", "derive_refused", "at character 5 (SQLSTATE 42703)"),
        ("md5(email) FROM account", "derive_refused", "SQLSTATE 42601"),
        ("email) || (email", "derive_refused", "SQLSTATE 42601"),
        ("email) END, (email", "derive_refused", "SQLSTATE 42601"),
        ("email), (email", "derive_refused", "SQLSTATE 42601"),
        ("email || --", "derive_refused", "SQLSTATE 42601"),
        ("email --", "derive_refused", "SQLSTATE 42601"),
        ("email /* ", "derive_refused", "SQLSTATE 42601"),
        ("email, email", "derive_refused", "several values"),
        ("email; DROP SCHEMA public", "derive_refused", "SQLSTATE 42601"),
        ("md5($1)", "derive_refused", "parameters"),
        ("(SELECT email)", "derive_refused", "a query"),
        ("count(*)::text", "derive_refused", "aggregate"),
        ("row_number() OVER ()", "derive_refused", "window"),
        ("generate_series(1, 2)::text", "derive_refused", "SQLSTATE 0A000"),
        ("account.email", "derive_refused", "SQLSTATE 42P01"),
        ("ctid::text", "derive_refused", "SQLSTATE 42703"),
        ("account::text", "derive_refused", "SQLSTATE 42703"),
        ("row::text", "derive_refused", "SQLSTATE"),
        ("new.email", "derive_refused", "SQLSTATE 42P01"),
        ("found::text", "derive_refused", "SQLSTATE 42703"),
        ("shouted", "derive_reads_generated", "public.account(shouted)"),
        ("email_hash", "derive_cycle", "in a circle"),
    ] {
        check_refused(
            cluster,
            (&name, &target, &target_name),
            &with("email_hash", sql),
            &[code, said, "rules.toml:8:"],
        );
    }
    let circle = with("email_hash", "md5(slug)").replacen("slugify(email)", "slugify(email_hash)", 1);
    check_refused(
        cluster,
        (&name, &target, &target_name),
        &circle,
        &["derive_cycle", "account(email_hash)", "account(slug)"],
    );
    let typed = with("year", "left(email, 4)");
    check_refused(cluster, (&name, &target, &target_name), &typed, &["derive_type", "text", "integer"]);
    drop_databases(cluster, &[&name]);
}

#[track_caller]
fn check_refused(
    cluster: &TempCluster,
    (name, target, target_name): (&str, &str, &str),
    rules: &str,
    words: &[&str],
) {
    let run = Call::refresh(rules, &cluster.uri(name), target).run();
    let told = run.refused(2);
    for word in words {
        assert!(told.contains(word), "the errors do not say {word:?}\n{run}");
    }
    assert!(!told.contains("emial") && !told.contains("DROP SCHEMA"), "the SQL is shown\n{run}");
    let made = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{target_name}%'");
    assert_eq!(cluster.psql("postgres", &made).unwrap(), "0");
}

#[test]
fn a_generated_column_that_a_mask_gives_no_sense_is_named() {
    let cluster = TempCluster::shared().unwrap();
    let name = source(cluster);
    let table = "CREATE TABLE priced (id int PRIMARY KEY, price text, cents int GENERATED ALWAYS AS (price::int * 100) STORED);
        INSERT INTO priced VALUES (1, '7')";
    cluster.psql(&name, table).unwrap();
    let rules = format!("{RULES}[table.priced]\nid = {{ keep = \"a key\" }}\nprice = \"text.redact\"\n");
    let run = Call::refresh(&rules, &cluster.uri(&name), &new_target(cluster).1).run();
    let told = run.refused(1);
    assert!(told.contains("generated there: cents") && told.contains("SQLSTATE 22P02"), "{run}");
    drop_databases(cluster, &[&name]);
}

#[test]
fn a_value_that_the_column_refuses_stops_the_run_and_is_not_shown() {
    let cluster = TempCluster::shared().unwrap();
    let name = source(cluster);
    let (target_name, target) = new_target(cluster);
    for (column, sql, words) in [
        ("email_hash", "email", &["derived there: email_hash, slug, year"][..]),
        ("email_hash", "NULL::text", &["account"]),
        ("slug", "upper(email)", &["account_slug_check"]),
        ("slug", "NULL::text", &["column \\\"slug\\\"", "SQLSTATE 23502"]),
        ("slug", "'same'", &["account_slug_key", "SQLSTATE 23505"]),
        ("year", "1 / (id - id)", &["SQLSTATE 22012", "derived there"]),
    ] {
        let run = Call::refresh(&with(column, sql), &cluster.uri(&name), &target).run();
        let told = run.refused(1);
        for word in words {
            assert!(told.contains(word), "the errors do not say {word:?}\n{run}");
        }
        assert!(!run.to_string().contains("@example."), "a value is shown\n{run}");
        let made = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{target_name}%'");
        assert_eq!(cluster.psql("postgres", &made).unwrap(), "0");
    }
    drop_databases(cluster, &[&name]);
}

#[test]
fn a_run_that_dies_while_columns_are_derived_leaves_nothing_to_the_next() {
    let cluster = TempCluster::shared().unwrap();
    let name = source(cluster);
    let (target_name, target) = new_target(cluster);
    let slow = with("slug", "CASE WHEN pg_sleep(0.05) IS NULL THEN '' ELSE slugify(email) END");
    let running = Call::refresh(&slow, &cluster.uri(&name), &target).start();
    let loading = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{target_name}__next' AND wait_event = 'PgSleep'"
    );
    let is_loading = |_: &u32| cluster.psql("postgres", &loading).unwrap() != "0";
    assert!((0..6000).find(is_loading).is_some(), "it never came to derive a column");
    running.signal(Signal::KILL);
    assert!(!running.wait().status.success());
    let uri = cluster.uri(&name);
    refresh_and_judge(Call::refresh(RULES, &uri, &target), &uri, &target, &expectation(&uri));
    check_derived(cluster, &target_name);
    let beside =
        format!("SELECT string_agg(datname, ', ') FROM pg_database WHERE datname LIKE '{target_name}\\_%'");
    assert_eq!(cluster.psql("postgres", &beside).unwrap(), "");
    drop_databases(cluster, &[&name, &target_name]);
}
