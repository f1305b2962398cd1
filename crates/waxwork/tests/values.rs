//! Masks on numbers, dates, flags and labels, and what they take from the data.

use waxwork_fixtures::TempCluster;

use crate::support::{Call, drop_databases, new_target};

/// 3 of 4 rows are active; 5 and 6 visits are common, the others are one row's each.
const VISITS: &str = "
    CREATE TYPE mood AS ENUM ('ok', 'sad', 'rare');
    CREATE TABLE t (id int PRIMARY KEY, visits int, active bool, mood mood, town text, code text, parent int REFERENCES t);
    INSERT INTO t SELECT g, CASE WHEN g <= 200 THEN 5 WHEN g <= 300 THEN 6 ELSE 1000 + g END, g % 4 <> 0,
        CASE WHEN g = 1 THEN 'rare' WHEN g % 2 = 0 THEN 'ok' ELSE 'sad' END::mood,
        CASE WHEN g % 5 < 2 THEN 'Oxford' ELSE 'town ' || g END, 'code ' || g % 10, 1 FROM generate_series(1, 400) g;
    ANALYZE t";

const RULES: &str = r#"
    version = 1
    [table.t]
    id = { keep = "a number" }
    visits = { mask = "choice.sample", by = "id" }
    active = { mask = "choice.sample", by = "id" }
    mood = { mask = "choice.sample", by = "id" }
    town = "address.city"
    code = "address.city"
"#;

#[test]
fn a_sample_gives_what_ten_rows_hold_as_often_as_they_do() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, VISITS).unwrap();
    for wire in ["auto", "text"] {
        let (name, target) = new_target(cluster);
        let run = Call::refresh(RULES, &cluster.uri(&source), &target).arg("--wire").arg(wire).run();
        run.published();
        let one = |sql: &str| cluster.psql(&name, sql).unwrap();
        // Two common values, so that the pick does not depend on the value: 2 of 3 are 5.
        assert_eq!(one("SELECT string_agg(DISTINCT visits::text, ',' ORDER BY visits::text) FROM t"), "5,6");
        assert_eq!(one("SELECT count(*) BETWEEN 230 AND 310 FROM t WHERE visits = 5"), "t");
        assert_eq!(one("SELECT count(*) BETWEEN 260 AND 340 FROM t WHERE active"), "t");
        // As many inactive rows become active as the share says: the flag tells nothing of what it was.
        assert_eq!(one("SELECT count(*) BETWEEN 55 AND 95 FROM t WHERE active AND id % 4 = 0"), "t");
        assert_eq!(one("SELECT string_agg(DISTINCT mood::text, ',' ORDER BY mood::text) FROM t"), "ok,sad");
        drop_databases(cluster, &[&name]);
    }
    drop_databases(cluster, &[&source]);
}

#[test]
fn a_column_without_common_values_is_not_sampled() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, VISITS).unwrap();
    cluster.psql(&source, "UPDATE t SET visits = 70000 + id WHERE visits = 6").unwrap();
    let (_, target) = new_target(cluster);
    let run = Call::refresh(RULES, &cluster.uri(&source), &target).run();
    let errors = run.refused(1);
    assert!(errors.contains("too_few_common_values") && errors.contains("visits"), "{errors}");
    assert!(!run.to_string().contains("70001"), "{run}");
    let run =
        Call::of("plan", RULES).arg("--source").arg(cluster.uri(&source)).arg("--format").arg("json").run();
    assert_eq!(run.status.code(), Some(1), "{run}");
    drop_databases(cluster, &[&source]);
}

#[test]
fn a_skewed_column_is_warned_of_and_a_flat_one_is_not() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, VISITS).unwrap();
    let (name, target) = new_target(cluster);
    let report = Call::refresh(RULES, &cluster.uri(&source), &target).run().published();
    let findings = report["findings"].as_array().unwrap();
    let warned: Vec<_> = findings.iter().filter(|finding| finding["code"] == "frequency").collect();
    assert_eq!(warned.len(), 1, "{findings:?}");
    let text = warned[0].to_string();
    assert!(text.contains("public.t(town)") && text.contains("40 %") && !text.contains("Oxford"), "{text}");
    drop_databases(cluster, &[&name, &source]);
}

/// Half of the bookings of a room follow each other without a gap.
const BOOKINGS: &str = "
    CREATE EXTENSION btree_gist;
    CREATE TABLE booking (id int PRIMARY KEY, room int, during tsrange NOT NULL CHECK (NOT isempty(during)), season daterange,
        price numrange, seats int4range, seasons daterange[],
        EXCLUDE USING gist (room WITH =, during WITH &&));
    INSERT INTO booking SELECT g, g % 5,
        tsrange(date '2024-01-01' + g * interval '1 hour', date '2024-01-01' + (g + 5 - g % 2) * interval '1 hour'),
        CASE WHEN g % 10 = 0 THEN 'empty' WHEN g % 10 = 1 THEN '(,)'
            ELSE daterange(date '2024-01-01' + g, date '2024-01-03' + g + g % 7) END,
        numrange(g, g + g % 3 / 10.0, '[]'), int4range(g, g + 1 + g % 20),
        ARRAY[daterange('2024-01-01', NULL), NULL, daterange(date '2024-01-01', date '2024-02-01' + g)]
    FROM generate_series(1, 500) g;
    ANALYZE booking";

const BOOKING_RULES: &str = r#"
    version = 1
    [table.booking]
    id = { keep = "a number" }
    room = { keep = "a number" }
    during = { mask = "date.shift", by = "room" }
    season = { mask = "date.truncate", to = "month" }
    price = "number.noise"
    seats = { mask = "number.round", to = 10 }
    seasons = "date.shift"
"#;

#[test]
fn ranges_are_loaded_under_their_constraints() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, BOOKINGS).unwrap();
    let is = |name: &str, sql: &str| assert_eq!(cluster.psql(name, sql).unwrap(), "t", "{sql}");
    let rows = |name: &str| {
        cluster.psql(name, "SELECT md5(string_agg(b::text, ',' ORDER BY id)) FROM booking b").unwrap()
    };
    let mut copies = Vec::new();
    for wire in ["auto", "text"] {
        let (name, target) = new_target(cluster);
        Call::refresh(BOOKING_RULES, &cluster.uri(&source), &target)
            .arg("--wire")
            .arg(wire)
            .run()
            .published();
        is(
            &name,
            "SELECT bool_and(upper(during) - lower(during) = (5 - id % 2) * interval '1 hour') FROM booking",
        );
        is(&name, "SELECT bool_and(days = 1) FROM (SELECT count(DISTINCT lower(during) - id * interval '1 hour') AS days
            FROM booking GROUP BY room) AS shifts");
        is(
            &name,
            "SELECT bool_and(lower(during)::date <> (date '2024-01-01' + id * interval '1 hour')::date) FROM booking",
        );
        is(
            &name,
            "SELECT bool_and(isempty(season) = (id % 10 = 0) AND (season = '(,)') = (id % 10 = 1)) FROM booking",
        );
        is(&name, "SELECT bool_and(NOT isempty(price) AND NOT isempty(seats)) FROM booking");
        is(&name, "SELECT bool_and(upper_inf(seasons[1]) AND seasons[2] IS NULL AND lower(seasons[1]) <> '2024-01-01'
            AND upper(seasons[3]) - lower(seasons[3]) = 31 + id) FROM booking");
        copies.push(rows(&name));
        drop_databases(cluster, &[&name]);
    }
    assert_eq!(copies[0], copies[1]);
    assert_ne!(copies[0], rows(&source));
    drop_databases(cluster, &[&source]);
}

/// The extension stands in a schema of its own.
const PROFILES: &str = r#"
    CREATE SCHEMA ext;
    CREATE EXTENSION hstore SCHEMA ext;
    CREATE TABLE profile (id int PRIMARY KEY, data ext.hstore, note ext.hstore, tags ext.hstore[]);
    INSERT INTO profile SELECT g, ext.hstore(ARRAY['email', 'p' || g || '@corp.com', 'colour', E'"red",\\ \u00fc', 'phone', NULL, 'empty', '']),
        CASE WHEN g % 3 > 0 THEN ext.hstore('secret', 'ill ' || g) END, ARRAY[ext.hstore('a', 'corp ' || g), NULL, '']
    FROM generate_series(1, 50) g;
    ANALYZE profile"#;

const PROFILE_RULES: &str = r#"
    version = 1
    [table.profile]
    id = { keep = "a number" }
    data = { mask = "json", paths = { "$.email" = "contact.email" }, rest = "keep" }
    note = { mask = "json", rest = "text.redact" }
    tags = { mask = "json", rest = "text.shape" }
"#;

#[test]
fn an_hstore_is_masked_by_key_and_the_rest_stays() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, PROFILES).unwrap();
    for wire in ["auto", "text"] {
        let (name, target) = new_target(cluster);
        Call::refresh(PROFILE_RULES, &cluster.uri(&source), &target)
            .arg("--wire")
            .arg(wire)
            .run()
            .published();
        let is = |sql: &str| assert_eq!(cluster.psql(&name, sql).unwrap(), "t", "{sql}");
        let kept = "SELECT md5(string_agg(ext.delete(data, 'email')::text, ',' ORDER BY id)) FROM profile";
        assert_eq!(cluster.psql(&name, kept).unwrap(), cluster.psql(&source, kept).unwrap());
        is("SELECT bool_and(ext.fetchval(data, 'email') LIKE '%@example.%') FROM profile");
        is("SELECT bool_and(CASE WHEN id % 3 > 0 THEN note::text = '\"secret\"=>\"[redacted]\"' ELSE note IS NULL END)
            FROM profile");
        is("SELECT bool_and(ext.fetchval(tags[1], 'a') ~ '^[a-z]{4} [0-9]+$' AND tags[2] IS NULL AND tags[3]::text = '')
            FROM profile");
        assert!(
            !cluster.psql(&name, "SELECT string_agg(p::text, '') FROM profile p").unwrap().contains("corp")
        );
        drop_databases(cluster, &[&name]);
    }
    drop_databases(cluster, &[&source]);
}
