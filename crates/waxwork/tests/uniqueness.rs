//! Unique keys of one column and of several: what is masked under them stays unique, or is refused before a row is loaded.

use crate::support::{Call, drop_databases, new_target};
use waxwork_fixtures::TempCluster;

/// Few values of each column and every combination of them: a mask that makes two values of one column equal makes two
/// rows equal.
const SCHEMA: &str = "
    CREATE EXTENSION citext;
    CREATE TYPE size AS ENUM ('s', 'm', 'l');
    CREATE TABLE name_day (first text, last varchar(60), born date, UNIQUE (first, last, born));
    INSERT INTO name_day SELECT 'f' || f, 'l' || l, date '2000-01-01' + b
    FROM generate_series(1, 30) AS f, generate_series(1, 30) AS l, generate_series(1, 3) AS b;
    CREATE TABLE tenant_code (tenant int, code varchar(3), size size, PRIMARY KEY (tenant, code, size));
    INSERT INTO tenant_code SELECT t, lpad(c::text, c % 2 + 2, '0'), s
    FROM generate_series(1, 40) AS t, generate_series(1, 99) AS c, unnest(enum_range(NULL::size)) AS s;
    CREATE TABLE member (id int PRIMARY KEY, first text, born date, UNIQUE (id, first), UNIQUE (first, id, born));
    INSERT INTO member SELECT i, 'f' || i % 7, date '2000-01-01' + i % 3 FROM generate_series(1, 2000) AS i;
    CREATE TABLE mailbox (mail citext, tenant uuid, note text);
    CREATE UNIQUE INDEX ON mailbox (lower(mail::text), tenant) INCLUDE (note);
    CREATE UNIQUE INDEX ON mailbox (tenant, trim(note)) WHERE note IS NOT NULL;
    INSERT INTO mailbox SELECT 'u' || i % 50 || '@x.test', ('00000000-0000-4000-8000-' || lpad((i / 50)::text, 12, '0'))::uuid,
        CASE i % 3 WHEN 0 THEN NULL ELSE 'n' || i END
    FROM generate_series(0, 1999) AS i;
    CREATE TABLE stay (patient int, day date, at timestamptz, UNIQUE (patient, day) DEFERRABLE INITIALLY DEFERRED, UNIQUE (at, patient));
    INSERT INTO stay SELECT p, date '2024-01-01' + d, timestamptz '2024-01-01 UTC' + d * interval '1 hour'
    FROM generate_series(1, 60) AS p, generate_series(1, 30) AS d;
    CREATE TABLE part (id int, day date, serial text, PRIMARY KEY (id, day), UNIQUE (serial, day)) PARTITION BY RANGE (day);
    CREATE TABLE part_24 PARTITION OF part FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE part_rest PARTITION OF part DEFAULT;
    INSERT INTO part SELECT i, date '2024-12-01' + i % 60, 's' || i % 500 FROM generate_series(1, 3000) AS i ON CONFLICT DO NOTHING;
    CREATE TABLE house (street text, number int, town text, PRIMARY KEY (street, number, town));
    INSERT INTO house SELECT 's' || s, n, 't' || t FROM generate_series(1, 20) AS s, generate_series(1, 20) AS n, generate_series(1, 5) AS t;
    CREATE TABLE tenant_of (street text, number int, town text, floor smallint,
        FOREIGN KEY (street, number, town) REFERENCES house, UNIQUE (floor, town, street, number));
    INSERT INTO tenant_of SELECT street, number, town, f FROM house, generate_series(1, 3) AS f;
    CREATE TABLE nulls (a text, b int, UNIQUE NULLS NOT DISTINCT (a, b));
    INSERT INTO nulls SELECT nullif('a' || a, 'a1'), nullif(b, 1) FROM generate_series(1, 20) AS a, generate_series(1, 20) AS b;
    CREATE TABLE cased (kind text, login text, UNIQUE (login, kind));
    INSERT INTO cased SELECT CASE k WHEN 1 THEN 'staff' ELSE 'user' END, 'u' || u
    FROM generate_series(1, 2) AS k, generate_series(1, 500) AS u;
    CREATE TABLE device (address inet, card varchar(11), tags text[], UNIQUE (address, card), UNIQUE (tags, card));
    INSERT INTO device SELECT inet '10.0.0.0' + a, lpad((10000 + c)::text, 11, '0'), ARRAY['t' || a % 5, 'u' || a / 5]
    FROM generate_series(1, 40) AS a, generate_series(1, 40) AS c;
    CREATE TABLE typed (v7 uuid UNIQUE, ulid char(26) UNIQUE, bytes bytea UNIQUE, net inet UNIQUE, block cidr UNIQUE, small int2 UNIQUE,
        padded char(20) UNIQUE, phone varchar(40) UNIQUE, site text UNIQUE, host text UNIQUE, mac text UNIQUE, nums int[] UNIQUE);
    INSERT INTO typed SELECT ('01900000-' || lpad(to_hex(i % 7), 4, '0') || '-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid,
        '01' || lpad(translate(to_hex(i), 'abcdef', 'ABCDEF'), 24, '0'), decode(lpad(to_hex(i % 256), 2, '0') || CASE WHEN i < 256 THEN '' ELSE lpad(to_hex(i / 256), 4, '0') END, 'hex'),
        set_masklen(inet '10.0.0.0' + i / 8, 25 + i % 8), set_masklen(cidr '10.0.0.0/8' + (i / 4) * 256, 24 + i % 4), i - 50,
        repeat(' ', i % 3) || i, '+1 555 ' || lpad(i::text, 4, '0'), 'https://x.test/' || i, 'h' || i || '.test',
        '02:00:00:00:' || lpad(to_hex(i / 256), 2, '0') || ':' || lpad(to_hex(i % 256), 2, '0'), ARRAY[i / 30, i % 30]
    FROM generate_series(0, 999) AS i;";

const RULES: &str = r#"
version = 1
[table.name_day]
first = { mask = "person.first_name", domain = "first" }
last = { mask = "person.last_name", domain = "last" }
born = { keep = "a day" }
[table.tenant_code]
tenant = "id.permute"
code = { mask = "id.permute", alphabet = "digits" }
size = { keep = "a size" }
[table.member]
id = "id.permute"
first = "person.first_name"
born = { mask = "date.truncate", to = "decade" }
[table.mailbox]
mail = "contact.email"
tenant = "id.permute"
note = "secret.token"
[table.stay]
patient = "id.permute"
day = { mask = "date.shift", days = 30, by = "patient" }
at = { mask = "date.shift", days = 30, by = "patient" }
[table.part]
id = "id.permute"
day = { keep = "a day" }
serial = "person.username"
[table.house]
street = "address.street"
number = "id.permute"
town = "address.city"
[table.tenant_of]
floor = "id.permute"
[table.nulls]
a = "company.name"
b = "id.permute"
[table.cased]
kind = { keep = "a kind" }
login = [{ keep = "staff log in", when = "kind = 'staff'" }, "person.username"]
[table.device]
address = "internet.ip"
card = { mask = "id.permute", alphabet = "digits" }
tags = { mask = "company.name", domain = "tags" }
[table.typed]
v7 = { mask = "uuid.v7", time = "shift", days = 3 }
ulid = { mask = "uuid.v7", time = "keep", domain = "ulid" }
bytes = "secret.token"
net = "internet.ip"
block = "internet.ip"
small = "id.permute"
padded = "secret.token"
phone = "contact.phone"
site = "internet.url"
host = "internet.domain"
mac = { mask = "internet.mac", reserved = false }
nums = "id.permute"
"#;

fn source(cluster: &TempCluster) -> String {
    cluster.copy_of("uniqueness_source", |cluster, name| cluster.psql(name, SCHEMA).map(drop)).unwrap()
}

#[test]
fn keys_of_masked_columns_stay_unique_in_every_combination() {
    let cluster = TempCluster::shared().unwrap();
    let name = source(cluster);
    let (target_name, target) = new_target(cluster);
    Call::refresh(RULES, &cluster.uri(&name), &target).run().published();
    for (table, columns) in [
        ("name_day", &["first", "last", "born"][..]),
        ("tenant_code", &["tenant", "code", "size"]),
        ("member", &["id", "first"]),
        ("mailbox", &["lower(mail::text)", "tenant"]),
        ("stay", &["patient", "day"]),
        ("stay", &["at", "patient"]),
        ("part", &["serial", "day"]),
        ("tenant_of", &["floor", "town", "street", "number"]),
        ("nulls", &["a", "b"]),
        ("cased", &["login", "kind"]),
        ("device", &["address", "card"]),
        ("device", &["tags", "card"]),
    ] {
        let columns = columns.join(", ");
        // ROW of NULLs counts, as it does under NULLS NOT DISTINCT.
        let query = format!("SELECT count(*), count(DISTINCT ROW({columns})) FROM {table}");
        let (before, after) =
            (cluster.psql(&name, &query).unwrap(), cluster.psql(&target_name, &query).unwrap());
        assert_eq!(before, after, "{table} ({columns})");
    }
    let keys =
        "SELECT count(*) FILTER (WHERE indisunique AND indisvalid) FROM pg_index WHERE indrelid > 16383";
    assert_eq!(cluster.psql(&name, keys).unwrap(), cluster.psql(&target_name, keys).unwrap());
    // What one unique column keeps apart needs no code in another.
    let plain = "SELECT count(*) FROM member WHERE first ~ '[0-9]'";
    assert_eq!(cluster.psql(&target_name, plain).unwrap(), "0");
    drop_databases(cluster, &[&name, &target_name]);
}

#[test]
fn masks_that_may_make_keys_equal_are_refused_before_a_row_is_loaded() {
    let cluster = TempCluster::shared().unwrap();
    let name = source(cluster);
    let (target_name, target) = new_target(cluster);
    for (from, to, exit, words) in [
        (
            "born = { keep = \"a day\" }",
            "born = { mask = \"date.truncate\", to = \"year\" }",
            2,
            &["mask_not_injective", "name_day(born)"][..],
        ),
        (
            "size = { keep = \"a size\" }",
            "size = { mask = \"enum.random\", by = \"tenant\" }",
            2,
            &["mask_not_injective", "size", "keep the column"],
        ),
        (
            "tenant = \"id.permute\"\ncode",
            "tenant = { mask = \"id.permute\", range = [1, 9] }\ncode",
            1,
            &["outside_window", "tenant", "range"],
        ),
        (
            "code = { mask = \"id.permute\", alphabet = \"digits\" }",
            "code = \"secret.token\"",
            2,
            &["mask_too_long", "code", "alphabet"],
        ),
        (
            "code = { mask = \"id.permute\", alphabet = \"digits\" }",
            "code = { mask = \"id.permute\", alphabet = \"lower\" }",
            1,
            &["mask", "code", "alphabet"],
        ),
        (
            "code = { mask = \"id.permute\", alphabet = \"digits\" }",
            "code = { mask = \"choice.pick\", values = [\"a\", \"b\"] }",
            2,
            &["mask_not_injective", "code", "id.permute"],
        ),
        ("by = \"patient\" }\nat", "by = \"at\" }\nat", 2, &["mask_not_injective", "stay(day)", "by"]),
        ("b = \"id.permute\"\n", "b = \"null\"\n", 2, &["null_on_unique", "NULLS NOT DISTINCT"]),
        (
            "kind = { keep = \"a kind\" }",
            "kind = { mask = \"constant\", value = \"x\" }",
            2,
            &["mask_not_injective", "kind"],
        ),
        (
            "card = { mask = \"id.permute\", alphabet = \"digits\" }",
            "card = { mask = \"government.pl_pesel\", reserved = false }",
            1,
            &["mask", "card", "id.permute"],
        ),
        (
            "tags = { mask = \"company.name\", domain = \"tags\" }",
            "tags = { mask = \"id.permute\", alphabet = \"digits\" }",
            1,
            &["mask", "tags"],
        ),
    ] {
        let rules = RULES.replacen(from, to, 1);
        assert_ne!(rules, RULES, "{from}");
        let run = Call::refresh(&rules, &cluster.uri(&name), &target).run();
        let told = run.refused(exit);
        for word in words {
            assert!(told.contains(word), "the errors do not say {word:?} of {to}\n{run}");
        }
        assert!(run.report()["seconds"].get("load").is_none(), "rows were loaded: {to}\n{run}");
    }
    let made = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{target_name}%'");
    assert_eq!(cluster.psql("postgres", &made).unwrap(), "0");
    drop_databases(cluster, &[&name]);
}
