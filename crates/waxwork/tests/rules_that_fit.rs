//! What a rule says must be what a column can hold: as PostgreSQL reads it, and told before a row is.

use waxwork_fixtures::TempCluster;

use crate::support::{Call, drop_databases, new_target};

/// Types with a spelling of a constant that PostgreSQL takes, as TOML, and what it makes of it.
const SPELLINGS: [(&str, &str, &str); 13] = [
    ("boolean", "true", "t"),
    ("boolean", "\"yes\"", "t"),
    ("uuid", "\"{F47AC10B58CC4372A5670E02B2C3D479}\"", "f47ac10b-58cc-4372-a567-0e02b2c3d479"),
    ("timestamptz", "2020-01-01T00:00:00Z", "2020-01-01 00:00:00+00"),
    ("timestamp", "2020-01-01", "2020-01-01 00:00:00"),
    ("numeric(7,2)", "\"1e2\"", "100.00"),
    ("time", "\"10:00\"", "10:00:00"),
    ("interval", "\"2 weeks\"", "14 days"),
    ("bytea", "\"abc\"", "\\x616263"),
    ("int[]", "\"{ 1, 2 }\"", "{1,2}"),
    ("int4range", "\"[1,3]\"", "[1,4)"),
    ("varchar(4)", "\"abcd\"", "abcd"),
    ("box", "\"((0,0),(1,1))\"", "(1,1),(0,0)"),
];

#[test]
fn constants_are_what_postgresql_reads() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    let columns = SPELLINGS.iter().enumerate().map(|(at, (kind, ..))| format!("c{at} {kind}"));
    let columns = columns.collect::<Vec<_>>().join(", ");
    cluster.psql(&source, &format!("CREATE TABLE t (id int, {columns}); INSERT INTO t VALUES (1)")).unwrap();
    let mut rules = "version = 1\n[table.t]\nid = { keep = \"a number\" }\n".to_owned();
    for (at, (_, constant, _)) in SPELLINGS.iter().enumerate() {
        rules += &format!("c{at} = {{ mask = \"constant\", value = {constant}, nulls = \"mask\" }}\n");
    }
    for wire in ["auto", "text"] {
        let (name, target) = new_target(cluster);
        Call::refresh(&rules, &cluster.uri(&source), &target).arg("--wire").arg(wire).run().published();
        for (at, (kind, _, expected)) in SPELLINGS.iter().enumerate() {
            let found = cluster.psql(&name, &format!("SET TimeZone = UTC; SELECT c{at} FROM t")).unwrap();
            assert_eq!(found, *expected, "{kind} by {wire}");
        }
        drop_databases(cluster, &[&name]);
    }
    drop_databases(cluster, &[&source]);
}

const NARROW: &str = "
    CREATE DOMAIN positive AS int CHECK (value > 0);
    CREATE TABLE t (mail varchar(5), phone varchar(8), price numeric(5,2), rank positive, hidden date, id int);
    INSERT INTO t VALUES ('a', '1', 1, 1, now(), 1)";

/// Runs rules over the narrow table; gives what the refusal says.
fn refusal(rules: &str) -> String {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, NARROW).unwrap();
    let (_, target) = new_target(cluster);
    let all = "mail = \"null\"\nphone = \"null\"\nprice = \"null\"\nrank = \"null\"\nhidden = \"null\"\n";
    let named = |line: &&str| !rules.contains(&format!("{} =", line.split(' ').next().unwrap()));
    let rest = all.lines().filter(named).collect::<Vec<_>>().join("\n");
    let rules = format!("version = 1\n[table.t]\n{rules}\n{rest}\nid = {{ keep = \"a number\" }}\n");
    let run = Call::refresh(&rules, &cluster.uri(&source), &target).run();
    drop_databases(cluster, &[&source]);
    run.refused(2)
}

#[test]
fn constants_that_the_source_does_not_take_are_all_told_with_their_places() {
    let constant =
        |column: &str, value: &str| format!("{column} = {{ mask = \"constant\", value = {value} }}\n");
    let told = refusal(&(constant("price", "123456.5") + &constant("rank", "-471147")));
    for words in ["public.t(price) of type numeric(5,2)", "public.t(rank) of type", "22003", "23514"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(told.contains("rules.toml:3:") && told.contains("rules.toml:4:"), "{told}");
    assert!(!told.contains("123456") && !told.contains("471147"), "{told}");
}

#[test]
fn masks_that_do_not_fit_are_all_told_with_their_places() {
    let told = refusal("mail = \"contact.email\"\nphone = \"contact.phone\"");
    for words in ["public.t(mail)", "public.t(phone)", "rules.toml:3:", "rules.toml:4:"] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn null_is_masked_only_where_a_mask_has_something_for_it() {
    let told = refusal("hidden = { mask = \"date.shift\", nulls = \"mask\" }");
    assert!(told.contains("date.shift on public.t(hidden)") && told.contains("rules.toml:3:"), "{told}");
}

#[test]
fn by_follows_a_reference_between_two_collations() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    let tables = "
        CREATE TABLE customer (id int PRIMARY KEY, born date);
        CREATE TABLE orders (code text COLLATE \"C\" PRIMARY KEY, customer_id int NOT NULL REFERENCES customer, placed date);
        CREATE TABLE items (order_code text COLLATE \"POSIX\" NOT NULL REFERENCES orders, sent date);
        INSERT INTO customer VALUES (7, '2000-01-01');
        INSERT INTO orders VALUES ('o', 7, '2020-01-01'), ('O', 7, '2020-01-02');
        INSERT INTO items VALUES ('o', '2020-01-31')";
    cluster.psql(&source, tables).unwrap();
    let (name, target) = new_target(cluster);
    let rules = "version = 1
[table]
customer = { id = { keep = \"a number\" }, born = { mask = \"date.shift\", days = 99, by = \"id\" } }
orders = { code = { keep = \"a code\" }, placed = { mask = \"date.shift\", days = 99, by = \"customer_id\" } }
items = { sent = { mask = \"date.shift\", days = 99, by = \"order_code.customer_id\" } }
";
    Call::refresh(rules, &cluster.uri(&source), &target).run().published();
    let shifts = "SELECT born - '2000-01-01' = placed - date '2020-01-01', placed - date '2020-01-01' = sent - date '2020-01-31', sent <> '2020-01-31'
        FROM customer c JOIN orders o ON o.customer_id = c.id JOIN items ON order_code COLLATE \"C\" = code";
    assert_eq!(cluster.psql(&name, shifts).unwrap(), "t|t|t");
    drop_databases(cluster, &[&name, &source]);
}
