//! The judge on trial: an honest copy passes, and every kind of damage is seen.
//!
//! The copies here are made by PostgreSQL (CREATE DATABASE … TEMPLATE) and masked by a few UPDATEs, so that the judge is
//! proven before there is anything of ours to judge.

use waxwork_fixtures::judge::{
    Database, Expectation, Fault, Finding, GeneratorOptions, Mask, Rule, RuleSet, Treatment, differences,
    fingerprint, generate, judge,
};
use waxwork_fixtures::{TempCluster, quoted};

const SCHEMA: &str = include_str!("judging/schema.sql");
const HONEST_MASKS: &str = include_str!("judging/masks.sql");

/// The rules that the honest copy obeys.
fn rules(source: &Database) -> RuleSet {
    let mut rules = generate(source, &GeneratorOptions::default()).unwrap();
    let injective = |mask: Mask| Mask { injective: true, ..mask };
    let permuted =
        Mask { root: Some("public.customer(id)".to_owned()), ..injective(Mask::named("id.permute")) };
    for (table, column) in [("customer", "id"), ("orders", "customer_id")] {
        rules.set(&format!("public.{table}"), column, Rule::Mask(permuted.clone()));
    }
    let login = injective(Mask::named("secret.token"));
    rules.set("public.account", "login", Rule::Mask(login.clone()));
    rules.set("public.post", "author", Rule::Mask(login));
    let paths = vec![
        ("$.ip".to_owned(), "internet.ip".to_owned()),
        ("$.mails[*]".to_owned(), "contact.email".to_owned()),
    ];
    let profile = Mask { paths, rest: Some("keep".to_owned()), ..Mask::named("json") };
    rules.set("public.customer", "profile", Rule::Mask(profile));
    rules.set("public.customer", "phones", Rule::Mask(Mask::named("text.shape")));
    rules.set("public.customer", "born_on", Rule::Mask(Mask::named("date.shift").with("days", "30")));
    rules.set("public.customer", "salary", Rule::Mask(Mask::named("number.noise").with("percent", "10")));
    rules.set("public.customer", "note", Rule::Null);
    rules
}

/// A cluster's databases for these tests: the source, and an honest copy of it.
struct Court {
    cluster: &'static TempCluster,
    source: Database,
    honest: String,
    expectation: Expectation,
}

impl Court {
    fn open() -> Self {
        let cluster = TempCluster::shared().unwrap();
        let source =
            cluster.copy_of("judging_source", |cluster, name| cluster.psql(name, SCHEMA).map(drop)).unwrap();
        let honest = cluster
            .copy_of("judging_honest", |cluster, name| {
                cluster.psql(name, SCHEMA)?;
                cluster.psql(name, HONEST_MASKS).map(drop)
            })
            .unwrap();
        mark(cluster, &honest);
        let source = Database::new(&cluster.uri(&source));
        let expectation = rules(&source).expectation;
        Self { cluster, source, honest, expectation }
    }

    /// A copy of the honest copy, with some damage done.
    fn damaged(&self, damage: &str) -> Database {
        let name = self.cluster.copy_database(&self.honest).unwrap();
        mark(self.cluster, &name);
        self.cluster.psql(&name, &format!("SET session_replication_role = replica;\n{damage}")).unwrap();
        Database::new(&self.cluster.uri(&name))
    }

    /// Does all of the damage to one copy; each line must be seen as that fault, under those words.
    #[track_caller]
    fn check_seen(&self, damages: &[(&str, Fault, &str)]) {
        let script = damages.iter().map(|(damage, _, _)| format!("{damage};\n")).collect::<String>();
        let verdict = judge(&self.source, &self.damaged(&script), &self.expectation).unwrap();
        for (damage, fault, words) in damages {
            let fits = |finding: &&Finding| finding.fault == *fault && finding.text.contains(words);
            let seen = verdict.findings.iter().filter(fits).count();
            assert_eq!(seen, 1, "{fault:?} at {words} after {damage}\n{verdict}");
        }
        // Each damage is seen for itself: none of them may hide behind the fault of another.
        let mut expected = damages.iter().map(|(_, fault, words)| (fault, words)).collect::<Vec<_>>();
        expected.sort();
        expected.dedup();
        assert_eq!(expected.len(), damages.len(), "two damages are expected under one name");
    }
}

/// CREATE DATABASE does not copy the comment.
fn mark(cluster: &TempCluster, name: &str) {
    cluster.psql("postgres", &format!("COMMENT ON DATABASE {} IS 'waxwork'", quoted(name))).unwrap();
}

#[test]
fn an_honest_copy_passes_and_is_seen_whole() {
    let court = Court::open();
    let verdict = judge(&court.source, &court.damaged(""), &court.expectation).unwrap();
    assert!(verdict.findings.is_empty(), "\n{verdict}");
    let seen = verdict.coverage;
    assert_eq!((seen.tables, seen.foreign_keys, seen.masked_columns), (14, 7, 15), "\n{verdict}");
    assert!(seen.rows > 1400 && seen.pairs > 3500, "\n{verdict}");
}

#[test]
fn the_source_itself_is_no_masked_copy() {
    let court = Court::open();
    let verdict = judge(&court.source, &court.source, &court.expectation).unwrap();
    let faults = verdict.faults();
    for fault in
        [Fault::Identity, Fault::Shared, Fault::Empty, Fault::Marker, Fault::Litter, Fault::Statistics]
    {
        assert!(faults.contains(&fault), "{fault:?} not seen\n{verdict}");
    }
    let columns = court.expectation.columns.iter();
    for ((table, column), _) in columns.filter(|(_, treatment)| matches!(treatment, Treatment::Masked(_))) {
        // The rows of orders are in its partitions.
        let name = format!("{}.{column}", table.replace("orders", "orders_a"));
        assert!(
            verdict.findings.iter().any(|finding| finding.text.contains(&name)),
            "{name} not named\n{verdict}"
        );
    }
}

#[test]
fn rows_that_are_lost_added_or_changed_are_seen() {
    Court::open().check_seen(&[
        ("DELETE FROM employee WHERE n = 40", Fault::Rows, "public.employee:"),
        ("INSERT INTO gift VALUES (3, 'bow')", Fault::Rows, "public.gift:"),
        ("INSERT INTO nothing DEFAULT VALUES", Fault::Rows, "public.nothing:"),
        // The heirs have rows of that id too.
        ("DELETE FROM ONLY vehicle WHERE id = 1", Fault::Rows, "public.vehicle:"),
        // The tree is as big as it was, the leaves are not.
        ("UPDATE orders SET region = 'b' WHERE id = 3", Fault::Rows, "public.orders_a:"),
        (
            "UPDATE event_log SET at = at + interval '1 s' WHERE kind = 'k7'",
            Fault::Kept,
            "public.event_log: 10",
        ),
        (
            "UPDATE post p SET at = x.at FROM post x WHERE (p.id, x.id) IN ((3, 4), (4, 3))",
            Fault::Kept,
            "public.post: 2",
        ),
    ]);
}

#[test]
fn what_was_left_unmasked_is_seen() {
    // The n-th customer's own values are functions of n: the schema says which.
    Court::open().check_seen(&[
        ("UPDATE customer SET email = 'User' || n || '@corp.test' WHERE n = 5", Fault::Shared, "customer.email"),
        ("UPDATE customer SET first_name = 'First' || n % 90 WHERE n = 5", Fault::Identity, "customer.first_name"),
        ("UPDATE customer SET born_on = date '1970-01-01' + n WHERE n = 5", Fault::Identity, "customer.born_on"),
        ("UPDATE customer SET salary = 1000 + n WHERE n = 5", Fault::Identity, "customer.salary"),
        ("UPDATE customer SET ip = inet '10.0.0.0' + n WHERE n = 5", Fault::Shared, "customer.ip"),
        ("UPDATE customer SET note = 'n' WHERE n = 5", Fault::Empty, "customer.note"),
        ("UPDATE customer SET phones[2] = '+49 170 ' || 1000000 + n WHERE n = 5", Fault::Identity, "customer.phones"),
        (
            "UPDATE customer SET profile = jsonb_set(profile, '{ip}', to_jsonb('10.1.0.' || n % 250)) WHERE n = 5",
            Fault::Identity,
            "customer.profile",
        ),
        ("UPDATE account SET secret = decode(md5(n::text), 'hex') WHERE n = 5", Fault::Shared, "account.secret"),
        ("UPDATE customer SET id = 5 WHERE n = 5", Fault::Shared, "customer.id"),
    ]);
}

#[test]
fn values_out_of_form_are_seen() {
    Court::open().check_seen(&[
        ("UPDATE customer SET email = 'x@gmail.com' WHERE n = 5", Fault::Form, "customer.email"),
        ("UPDATE customer SET born_on = born_on + 400 WHERE n = 5", Fault::Form, "customer.born_on"),
        ("UPDATE customer SET salary = salary * 2 WHERE n = 5", Fault::Form, "customer.salary"),
        ("UPDATE customer SET ip = '8.8.8.8' WHERE n = 5", Fault::Form, "customer.ip"),
        ("UPDATE orders SET customer_id = 400 WHERE id = 3", Fault::Form, "orders_a.customer_id"),
    ]);
}

#[test]
fn what_is_null_or_empty_must_stay_so() {
    let court = Court::open();
    court.check_seen(&[
        (
            "UPDATE customer SET last_name = 'X' WHERE n = 11",
            Fault::Empty,
            "last_name: 1 NULLs have become 0",
        ),
        (
            "UPDATE customer SET last_name = 'X' WHERE n = 12",
            Fault::Empty,
            "last_name: 1 empty strings have become 0",
        ),
        (
            "UPDATE customer SET phones = NULL WHERE n = 13",
            Fault::Empty,
            "phones: 1 empty arrays have become 0",
        ),
        ("UPDATE customer SET ip = NULL WHERE n = 5", Fault::Empty, "ip: 0 NULLs have become 1"),
    ]);
    // As many as before, but not the same ones.
    let swap = "UPDATE customer SET last_name = CASE n WHEN 5 THEN NULL ELSE 'X' END WHERE n IN (5, 11)";
    court.check_seen(&[(swap, Fault::Empty, "last_name (person.last_name): 2 values are NULL on one side")]);
}

#[test]
fn equal_values_that_part_and_different_ones_that_meet_are_seen() {
    Court::open().check_seen(&[
        // Another row, and another table, still have the old result.
        ("UPDATE employee SET first_name = 'Else' WHERE n = 5", Fault::Mapping, "employee.first_name"),
        (
            r#"UPDATE customer SET profile = jsonb_set(profile, '{mails,0}', '"other@example.com"') WHERE n = 5"#,
            Fault::Mapping,
            "customer.profile",
        ),
        (
            "ALTER TABLE customer DROP CONSTRAINT customer_email_key;
             UPDATE customer SET email = (SELECT email FROM customer WHERE n = 6) WHERE n = 7",
            Fault::Mapping,
            "customer.email: 300 distinct values have become 299",
        ),
    ]);
}

#[test]
fn keys_that_lead_elsewhere_are_seen() {
    Court::open().check_seen(&[
        ("UPDATE orders SET customer_id = 30000001 WHERE id = 3", Fault::ForeignKey, "orders_customer_id_fkey"),
        // Both lead to a customer, but not to their own.
        (
            "UPDATE orders o SET customer_id = x.customer_id FROM orders x WHERE (o.id, x.id) IN ((5, 6), (6, 5))",
            Fault::Join,
            "orders_customer_id_fkey",
        ),
        (
            "UPDATE order_line SET order_region = 'b' WHERE order_id = 3 AND line = 1",
            Fault::ForeignKey,
            "order_line_order_id_order_region_fkey",
        ),
        ("UPDATE order_line SET gift_id = NULL WHERE order_id = 4 AND line = 1", Fault::ForeignKey, "(MATCH FULL)"),
        ("DELETE FROM ONLY employee WHERE n = 1", Fault::ForeignKey, "employee_boss_fkey"),
        ("UPDATE post SET author = 'nobody' WHERE id = 3", Fault::ForeignKey, "post_author_fkey"),
    ]);
}

#[test]
fn constraints_that_lie_are_seen() {
    const FALSE_DOUBLE: &str = "UPDATE pg_index SET indisready = false, indislive = false WHERE indexrelid = 'post_lower_idx'::regclass;
        UPDATE post SET title = 'T4' WHERE id = 3;
        UPDATE pg_index SET indisready = true, indislive = true WHERE indexrelid = 'post_lower_idx'::regclass";
    Court::open().check_seen(&[
        (
            "UPDATE pg_constraint SET convalidated = true WHERE conname = 'legacy_country_fkey'",
            Fault::ForeignKey,
            "legacy_country_fkey",
        ),
        (
            "ALTER TABLE orders DROP CONSTRAINT orders_total_check; UPDATE orders SET total = -1 WHERE id = 3;
             ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;
             UPDATE pg_constraint SET convalidated = true WHERE conname = 'orders_total_check'",
            Fault::Check,
            "orders_total_check of public.orders_a",
        ),
        (
            "ALTER TABLE post ALTER title DROP NOT NULL; UPDATE post SET title = NULL WHERE id = 60;
             UPDATE pg_attribute SET attnotnull = true WHERE attrelid = 'post'::regclass AND attname = 'title'",
            Fault::Check,
            "post.title",
        ),
        (
            "ALTER DOMAIN percentage DROP CONSTRAINT percentage_check; UPDATE post SET score = 200 WHERE id = 70;
             ALTER DOMAIN percentage ADD CONSTRAINT percentage_check CHECK (VALUE BETWEEN 0 AND 100) NOT VALID;
             UPDATE pg_constraint SET convalidated = true WHERE conname = 'percentage_check'",
            Fault::Check,
            "post.score",
        ),
        (FALSE_DOUBLE, Fault::Unique, "post_lower_idx"),
        (
            "ALTER TABLE post DROP CONSTRAINT post_author_fkey; ALTER TABLE post ADD CONSTRAINT post_author_fkey
                 FOREIGN KEY (author) REFERENCES account (login) ON UPDATE CASCADE NOT VALID",
            Fault::Validity,
            "only the target has: post_author_fkey of public.post false",
        ),
        (
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'post_recent_idx'::regclass",
            Fault::Validity,
            "post_recent_idx",
        ),
    ]);
}

#[test]
fn definitions_that_differ_are_seen() {
    Court::open().check_seen(&[
        ("DROP VIEW busy", Fault::Definition, "busy; Type: VIEW"),
        ("DROP INDEX post_recent_idx", Fault::Definition, "post_recent_idx"),
        ("CREATE INDEX extra ON post (title)", Fault::Definition, "extra; Type: INDEX"),
        ("ALTER TABLE post ALTER title TYPE varchar(200)", Fault::Definition, "post; Type: TABLE"),
        ("ALTER TABLE event_log DROP COLUMN kind", Fault::Definition, "event_log; Type: TABLE"),
        ("ALTER TABLE gift ALTER kind SET DEFAULT 'none'", Fault::Definition, "gift; Type: TABLE"),
        (
            "ALTER TABLE order_line DROP CONSTRAINT order_line_gift_id_gift_kind_fkey",
            Fault::Definition,
            "order_line_gift_id",
        ),
        ("ALTER TABLE post DISABLE TRIGGER stamp", Fault::Definition, "post stamp; Type: TRIGGER"),
        (
            "CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            Fault::Definition,
            "touch()",
        ),
        ("ALTER TYPE mood ADD VALUE 'other'", Fault::Definition, "mood; Type: TYPE"),
        ("REVOKE SELECT ON post FROM PUBLIC", Fault::Definition, "TABLE post; Type: ACL"),
        ("ALTER TABLE post DISABLE ROW LEVEL SECURITY", Fault::Definition, "post; Type: ROW SECURITY"),
        ("DROP TABLE nothing", Fault::Definition, "nothing; Type: TABLE"),
        (
            "REFRESH MATERIALIZED VIEW per_country WITH NO DATA",
            Fault::Validity,
            "only the target has: materialized view",
        ),
    ]);
}

#[test]
fn sequences_in_a_wrong_place_are_seen() {
    Court::open().check_seen(&[
        ("SELECT setval('orders_id_seq', 1)", Fault::Sequence, "orders_id_seq"),
        ("SELECT setval('lonely', 41)", Fault::Sequence, "lonely"),
        ("SELECT setval('customer_id_seq', 2000000000)", Fault::Sequence, "customer_id_seq does not start"),
    ]);
    let taken = "UPDATE customer SET id = 1 WHERE n = 5; SELECT setval('customer_id_seq', 1, false)";
    Court::open().check_seen(&[(taken, Fault::Sequence, "customer_id_seq's next value is taken")]);
}

#[test]
fn documents_and_arrays_of_another_build_are_seen() {
    let plan = r#"UPDATE customer SET profile = profile || '{"plan": "gold"}' WHERE n = 6"#;
    Court::open().check_seen(&[
        // One has lost a member, the other has another value where no path leads.
        (
            &format!("UPDATE customer SET profile = profile - 'plan' WHERE n = 5; {plan}"),
            Fault::Structure,
            "profile (json): 2",
        ),
        // Another number of elements makes it another row; what is in its elements is looked at for itself.
        ("UPDATE customer SET phones = phones[1:1] WHERE n = 8", Fault::Kept, "public.customer: 1 rows"),
        (
            "UPDATE customer SET phones[1] = NULL WHERE n = 9",
            Fault::Structure,
            "customer.phones (text.shape): 1",
        ),
    ]);
}

#[test]
fn what_must_not_be_in_a_copy_is_seen() {
    let court = Court::open();
    court.check_seen(&[
        ("SELECT lo_create(0)", Fault::Litter, "large objects"),
        ("COMMENT ON COLUMN customer.email IS 'ask Ann'", Fault::Litter, "comments"),
        ("CREATE SCHEMA waxwork_state", Fault::Litter, "waxwork_state"),
        ("CREATE SEQUENCE _waxwork", Fault::Litter, "_waxwork"),
        ("CREATE PUBLICATION p", Fault::Litter, "publications"),
        ("UPDATE pg_class SET reltuples = -1 WHERE relname = 'orders'", Fault::Statistics, "public.orders"),
    ]);
    let unmarked = court.damaged("");
    unmarked
        .run("DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS NULL', current_database()); END $$")
        .unwrap();
    let verdict = judge(&court.source, &unmarked, &court.expectation).unwrap();
    assert_eq!(verdict.faults(), [Fault::Marker], "\n{verdict}");
}

#[test]
fn copies_that_differ_in_one_field_differ() {
    let court = Court::open();
    let (one, other) = (court.damaged(""), court.damaged(""));
    assert_eq!(differences(&one, &other).unwrap(), []);
    let before = fingerprint(&one).unwrap();
    assert_eq!(before, fingerprint(&one).unwrap());
    other.run("UPDATE public.customer SET last_name = 'x' WHERE n = 5").unwrap();
    let found = differences(&one, &other).unwrap();
    assert!(found.len() == 1 && found[0].text == "public.customer: last_name", "{found:?}");
    one.run("UPDATE public.customer SET last_name = 'x' WHERE n = 5").unwrap();
    assert_ne!(before, fingerprint(&one).unwrap());
}
