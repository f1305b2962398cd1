//! Packs through PostgreSQL: queues arrive empty, what calls the outside is inert, `plan` says what took what, and a pack that
//! asks for a random key has one.

use waxwork_fixtures::TempCluster;

use crate::support::{Call, drop_databases, new_target};

/// Three products in the shapes of their migrations, one table that only sounds like a queue, and what calls outside.
const SOURCE: &str = "
    CREATE TYPE oban_job_state AS ENUM ('available', 'completed');
    CREATE TABLE oban_jobs (id bigserial PRIMARY KEY, state oban_job_state NOT NULL, queue text NOT NULL, worker text NOT NULL,
        args jsonb NOT NULL, attempted_at timestamptz, attempted_by text[]);
    CREATE TABLE messenger_messages (id bigserial PRIMARY KEY, body text NOT NULL, headers text NOT NULL,
        queue_name varchar(190) NOT NULL, created_at timestamp NOT NULL, available_at timestamp NOT NULL, delivered_at timestamp);
    CREATE SCHEMA pgboss;
    CREATE TABLE pgboss.job (id uuid, name text NOT NULL, data jsonb, state text, retry_limit int, start_after timestamptz,
        singleton_key text, PRIMARY KEY (name, id)) PARTITION BY LIST (name);
    CREATE TABLE pgboss.j_mail PARTITION OF pgboss.job FOR VALUES IN ('mail');
    CREATE TABLE jobs (id int PRIMARY KEY, title text NOT NULL, oban_job_id bigint REFERENCES oban_jobs);
    CREATE TABLE customer (id int PRIMARY KEY, webhook_url text, stripe_customer_id text UNIQUE, fcm_token text, badge text);
    INSERT INTO oban_jobs SELECT n, 'available', 'mail', 'Mailer', '{\"to\": \"ann@acme.de\"}' FROM generate_series(1, 9) n;
    INSERT INTO messenger_messages SELECT n, 'ann@acme.de', '', 'q', now(), now() FROM generate_series(1, 9) n;
    INSERT INTO pgboss.job VALUES ('6b6b1a4e-1f5c-4a52-8c3e-000000000001', 'mail', '{\"to\": \"ann@acme.de\"}', 'created');
    INSERT INTO jobs VALUES (1, 'Baker', 3), (2, 'Smith', NULL);
    INSERT INTO customer VALUES (1, 'https://hooks.acme.de/x', 'cus_9s6XKzkNRiz8i3', 'dGVzdA', 'B-17');";

const RULES: &str = "version = 1
[policy]
packs = [\"quiet\", \"site/ours.toml\"]
[subset.reference]
\"jobs(oban_job_id)\" = { parent = \"null\" }
[table]
jobs = { id = { keep = \"a number\" }, title = { keep = \"a trade\" }, oban_job_id = \"null\" }
customer = { id = { keep = \"a number\" } }
";

const OURS: &str = "version = 1
[[entry]]
what = \"badges\"
names = [\"badge\"]
text = \"text.shape\"
";

#[test]
fn queues_arrive_empty_and_what_calls_outside_is_inert() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SOURCE).unwrap();
    let (name, target) = new_target(cluster);
    let report = Call::refresh(RULES, &cluster.uri(&source), &target)
        .with_file("site/ours.toml", OURS)
        .run()
        .published();
    let rows = |table: &str| {
        let tables = report["tables"].as_array().unwrap();
        tables.iter().find(|entry| entry["name"] == table).unwrap()["rows"].as_u64().unwrap()
    };
    for (table, expected) in
        [("public.oban_jobs", 0), ("public.messenger_messages", 0), ("pgboss.job", 0), ("public.jobs", 2)]
    {
        assert_eq!(rows(table), expected, "{table}");
        let counted = cluster.psql(&name, &format!("SELECT count(*) FROM {table}")).unwrap();
        assert_eq!(counted, expected.to_string(), "{table}");
    }
    let inert = "SELECT webhook_url ~ '^https://[a-z0-9.-]+[.](example|invalid|example[.](com|net|org))(/|$)', stripe_customer_id LIKE 'cus%', fcm_token = 'dGVzdA', badge ~ '^[A-Z]-[0-9]{2}$' AND badge <> 'B-17',
        (SELECT count(*) FROM jobs WHERE oban_job_id IS NOT NULL) FROM customer";
    assert_eq!(cluster.psql(&name, inert).unwrap(), "t|f|f|t|0");
    drop_databases(cluster, &[&name, &source]);
}

#[test]
fn plan_says_in_text_and_in_json_what_each_clause_took() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SOURCE).unwrap();
    let call = |format: &str| {
        let call = Call::of("plan", RULES).with_file("site/ours.toml", OURS);
        call.arg("--source").arg(cluster.uri(&source)).arg("--format").arg(format).run()
    };
    let text = call("text").stdout;
    for line in
        ["pack quiet\n", "  Oban: 1 table\n", "  pg-boss: 1 table\n", "  rows none (pack quiet: Oban)\n"]
    {
        assert!(text.contains(line), "{line}{text}");
    }
    let report = call("json").report();
    let packs: Vec<_> = report["packs"].as_array().unwrap().iter().map(|pack| pack["name"].clone()).collect();
    assert_eq!(packs, ["quiet", "credentials", "site/ours.toml"]);
    let clause = &report["packs"][2]["clauses"][0];
    assert_eq!(
        (&clause["what"], &clause["columns"], &clause["tables"]),
        (&"badges".into(), &1.into(), &0.into())
    );
    drop_databases(cluster, &[&source]);
}

/// A pack that asks for a random key.
const RANDOM: &str = "version = 1
[policy]
packs = [\"hipaa-safe-harbor\"]
[table.t]
id = { keep = \"a number\" }
";

#[test]
fn a_pack_that_asks_for_a_random_key_refuses_a_fixed_one() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, "CREATE TABLE t (id int, mrn text); INSERT INTO t VALUES (1, 'A-17')").unwrap();
    let told = Call::refresh(RANDOM, &cluster.uri(&source), &new_target(cluster).1).run().refused(2);
    assert!(told.contains("pack hipaa-safe-harbor asks for a random key"), "{told}");
    let copies = [(), ()].map(|()| {
        let (name, target) = new_target(cluster);
        Call::refresh(RANDOM, &cluster.uri(&source), &target).without_key().run().published();
        let masked = cluster.psql(&name, "SELECT mrn FROM t").unwrap();
        drop_databases(cluster, &[&name]);
        masked
    });
    assert_ne!(copies[0], copies[1], "each run has a key of its own");
    drop_databases(cluster, &[&source]);
}
