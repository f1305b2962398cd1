//! `[[insert]]`: rows of the rule file's stand in the copy beside production's, under the same constraints.

use serde_json::Value;
use waxwork_fixtures::TempCluster;

use crate::support::{Call, drop_databases, new_target};

const SCHEMA: &str = "
    CREATE TYPE mood AS ENUM ('ok', 'sad');
    CREATE DOMAIN short AS varchar(5) CHECK (VALUE <> 'no');
    CREATE TABLE team (id serial PRIMARY KEY, name text NOT NULL);
    INSERT INTO team (name) SELECT 'Real team ' || i FROM generate_series(1, 30) AS i;
    -- Ids given by hand, so that the sequence lags behind them.
    INSERT INTO team (id, name) VALUES (500, 'Real team 500');
    CREATE TABLE account (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        team_id int REFERENCES team,
        email text NOT NULL UNIQUE,
        email_hash text NOT NULL,
        code varchar(4) DEFAULT 'none',
        nick short,
        mood mood NOT NULL DEFAULT 'ok',
        born date,
        tags text[],
        score numeric(6, 2),
        active bool,
        shout text GENERATED ALWAYS AS (upper(email)) STORED
    );
    INSERT INTO account (team_id, email, email_hash)
    SELECT i % 30 + 1, 'u' || i || '@corp.test', md5('u' || i || '@corp.test') FROM generate_series(1, 100) AS i;
    CREATE TABLE event (id bigserial, day date NOT NULL, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE event_24 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE event_rest PARTITION OF event DEFAULT;
    INSERT INTO event (day) SELECT date '2024-06-01' + i FROM generate_series(1, 300) AS i;
    CREATE TABLE flag (name text PRIMARY KEY);
    INSERT INTO flag VALUES ('production');";

const RULES: &str = r#"
version = 1

[table.team]
id = { keep = "a number" }
name = "company.name"

[table.account]
id = "id.permute"
email = "contact.email"
email_hash = { derive = "md5(email)" }
code = { keep = "a word" }
nick = "text.redact"
mood = { keep = "a word" }
born = { keep = "a date" }
tags = "null"
score = { keep = "a number" }
active = { keep = "a flag" }

[table.event]
id = { keep = "a number" }
day = { keep = "a date" }

[table.flag]
rows = "none"

[[insert]]
table = "team"
row = { name = "The testers'; DROP TABLE team; --" }

[[insert]]
table = "account"
rows = [
    { email = "tester@example.com", team_id = 500, nick = "it's", mood = "sad", born = 1979-05-27, tags = '{a,"b c"}', score = 1.5, active = true },
    { email = "second@example.com", id = 40 },
]

[[insert]]
table = "event"
rows = [{ day = "2024-02-29" }, { day = 2031-01-01 }]

[[insert]]
table = "flag"
rows = [{ name = "staging" }]
"#;

/// What the inserted rows are, and what comes next.
const ANSWERS: [(&str, &str); 7] = [
    ("SELECT id, name FROM team WHERE id > 500", "501|The testers'; DROP TABLE team; --"),
    (
        "SELECT id, team_id, email_hash = md5(email), code, nick, mood, born, tags, score, active, shout FROM account
         WHERE email = 'tester@example.com'",
        "1|500|t|none|it's|sad|1979-05-27|{a,\"b c\"}|1.50|t|TESTER@EXAMPLE.COM",
    ),
    ("SELECT id, email_hash = md5(email), mood FROM account WHERE email LIKE 'second@%'", "40|t|ok"),
    ("SELECT id, day, tableoid::regclass FROM event WHERE id > 300 ORDER BY id", "301|2024-02-29|event_24\n302|2031-01-01|event_rest"),
    ("SELECT name FROM flag", "staging"),
    ("SELECT (SELECT count(*) FROM team), (SELECT count(*) FROM account), (SELECT count(*) FROM event)", "32|102|302"),
    // Whoever adds a row meets none that is there.
    (
        "SELECT nextval('team_id_seq'), nextval(pg_get_serial_sequence('account', 'id')), nextval('event_id_seq')",
        "502|41|303",
    ),
];

fn source(cluster: &TempCluster) -> String {
    cluster.copy_of("inserts_source", |cluster, name| cluster.psql(name, SCHEMA).map(drop)).unwrap()
}

#[track_caller]
fn check_answers(cluster: &TempCluster, database: &str) {
    for (query, answer) in ANSWERS {
        assert_eq!(cluster.psql(database, query).unwrap(), answer, "{query}");
    }
    let invalid = "SELECT count(*) FROM pg_constraint WHERE NOT convalidated";
    assert_eq!(cluster.psql(database, invalid).unwrap(), "0");
}

#[test]
fn inserted_rows_stand_beside_copied_ones_and_are_counted_apart() {
    let cluster = TempCluster::shared().unwrap();
    let name = source(cluster);
    let (target_name, target) = new_target(cluster);
    let report = Call::refresh(RULES, &cluster.uri(&name), &target).run().published();
    check_answers(cluster, &target_name);
    let counts = |table: &str| {
        let line = report["tables"].as_array().unwrap().iter().find(|line| line["name"] == table).unwrap();
        (line["rows"].as_u64().unwrap(), line["inserted_rows"].as_u64().unwrap())
    };
    let told = ["public.team", "public.account", "public.event", "public.flag"].map(counts);
    assert_eq!(told, [(31, 1), (100, 2), (300, 2), (0, 1)]);
    drop_databases(cluster, &[&name, &target_name]);
}

#[test]
fn a_script_inserts_the_same_rows() {
    let cluster = TempCluster::shared().unwrap();
    let (name, restored) = (source(cluster), cluster.fresh_database().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("out.sql");
    let run = Call::dump(RULES, &cluster.uri(&name), &script).run();
    assert!(run.status.success(), "{run}");
    cluster.client(&restored).run_script(&script).unwrap();
    check_answers(cluster, &restored);
    let ours = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'waxwork%'";
    assert_eq!(cluster.psql(&restored, ours).unwrap(), "0");
    drop_databases(cluster, &[&name, &restored]);
}

#[test]
fn a_row_that_a_constraint_refuses_stops_the_run_and_no_value_is_shown() {
    let cluster = TempCluster::shared().unwrap();
    let name = source(cluster);
    let (target_name, target) = new_target(cluster);
    for (row, code, words) in [
        // The source is asked first whether it reads a value at all.
        (
            "{ email = \"a\", born = \"hunter2\" }",
            2,
            &["insert_value", "account(born)", "22007", "rules.toml:"][..],
        ),
        ("{ email = \"a\", mood = \"hunter2\" }", 2, &["insert_value", "account(mood)", "22P02"]),
        ("{ email = \"a\", score = \"hunter2\" }", 2, &["insert_value", "account(score)", "22P02"]),
        ("{ email = \"a\", code = \"hunter2\" }", 1, &["account", "22001", "rules.toml:"]),
        ("{ email = \"a\", nick = \"hunter2\" }", 1, &["account", "22001"]),
        ("{ email = \"hunter2\", nick = \"no\" }", 1, &["short_check", "23514"]),
        ("{ nick = \"hunt2\" }", 1, &["column \\\"email\\\"", "23502"]),
        ("{ email = \"hunter2\", team_id = 4711 }", 1, &["account_team_id_fkey", "23503"]),
        ("{ email = \"tester@example.com\", nick = \"hunt2\" }", 1, &["account_email_key", "23505"]),
    ] {
        let rules = format!("{RULES}\n[[insert]]\ntable = \"account\"\nrow = {row}\n");
        let run = Call::refresh(&rules, &cluster.uri(&name), &target).run();
        let told = run.refused(code);
        for word in words {
            assert!(told.contains(word), "the errors do not say {word:?} of {row}\n{run}");
        }
        let shown = run.to_string();
        assert!(!shown.contains("hunt") && !shown.contains("tester@"), "a value is shown\n{run}");
        let made = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{target_name}%'");
        assert_eq!(cluster.psql("postgres", &made).unwrap(), "0");
    }
    drop_databases(cluster, &[&name]);
}

#[test]
fn a_plan_counts_rows_to_insert_and_names_columns_that_look_derived() {
    let cluster = TempCluster::shared().unwrap();
    let name = source(cluster);
    cluster
        .psql(
            &name,
            "ALTER TABLE account ADD greeting text, ADD words tsvector;
             CREATE FUNCTION greet() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN NEW.greeting := 'Dear ' || NEW.email; RETURN NEW; END $$;
             CREATE TRIGGER \"Greet\" BEFORE INSERT OR UPDATE ON account FOR EACH ROW EXECUTE FUNCTION greet();
             CREATE TRIGGER words BEFORE UPDATE ON account FOR EACH ROW
                 EXECUTE FUNCTION tsvector_update_trigger(words, 'pg_catalog.simple', email)",
        )
        .unwrap();
    let kept = "[table.account]\ngreeting = { keep = \"k\" }\nwords = { keep = \"k\" }";
    let rules = RULES.replacen("[table.account]", kept, 1);
    let uri = cluster.uri(&name);
    let run = Call::of("plan", &rules).arg("--source").arg(&uri).arg("--format").arg("json").run();
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let plan = report["plan"].as_str().unwrap();
    assert!(plan.contains("table public.account\n  rows all\n  inserts 2 rows\n"), "{plan}");
    let findings = report["findings"].as_array().unwrap().iter();
    let said: Vec<&str> = findings
        .filter(|finding| finding["code"] == "looks_derived")
        .map(|finding| finding["message"].as_str().unwrap())
        .collect();
    let made = "kept column looks made from masked ones";
    assert_eq!(
        said,
        [
            format!("{made}, as trigger \"Greet\" writes it: public.account(greeting)"),
            format!("{made}, a tsvector: public.account(words)"),
        ]
    );
    drop_databases(cluster, &[&name]);
}
