//! Databases of other encodings.

use waxwork_fixtures::TempCluster;

use crate::support::{Call, drop_databases, new_target};

const RULES: &str = "version = 1
[table.t]
id = { keep = \"a number\" }
name = \"person.full_name\"
word = { keep = \"a word\" }
";

/// Copies a database of that encoding with a word of its own letters.
#[track_caller]
fn check_encoding(encoding: &str, word: &str) {
    let cluster = TempCluster::shared().unwrap();
    let source = format!("source_{}", encoding.to_lowercase());
    let create = format!(
        "CREATE DATABASE {source} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
    );
    cluster.psql("postgres", &create).unwrap();
    let schema = format!(
        "SET client_encoding = 'UTF8'; CREATE TABLE t (id int PRIMARY KEY, name text, word text); INSERT INTO t VALUES (1, 'Jane', '{word}')"
    );
    cluster.psql(&source, &schema).unwrap();
    let (name, target) = new_target(cluster);
    Call::refresh(RULES, &cluster.uri(&source), &target).run().published();
    let query = "SELECT pg_encoding_to_char(encoding) || ' ' || encode(convert_to(word, 'UTF8'), 'hex') FROM t, pg_database WHERE datname = current_database()";
    let expected = word.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(cluster.psql(&name, query).unwrap(), format!("{encoding} {expected}"));
    drop_databases(cluster, &[&name, &source]);
}

#[test]
fn encodings_of_few_letters_are_copied() {
    check_encoding("LATIN1", "Zoë");
    check_encoding("LATIN2", "Łódź");
    check_encoding("WIN1251", "Слово");
    check_encoding("SQL_ASCII", "plain");
    check_encoding("EUC_JP", "言葉");
}

#[test]
fn bytes_of_no_encoding_are_copied_and_masked() {
    let cluster = TempCluster::shared().unwrap();
    let create =
        "CREATE DATABASE any_bytes TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'";
    cluster.psql("postgres", create).unwrap();
    let schema = "SET client_encoding = 'SQL_ASCII';
        CREATE TABLE t (id int PRIMARY KEY, name text, word text, marks tsvector);
        INSERT INTO t VALUES (1, E'Ren\\xe9', E'caf\\xe9', 'a'), (2, E'\\xff\\xfe', E'\\x80', 'b')";
    cluster.psql("any_bytes", schema).unwrap();
    // Every word as it was, no name as it was.
    let check = |copy: &str| {
        let query = "SET client_encoding = 'SQL_ASCII';
            SELECT string_agg(encode(word::bytea, 'hex'), ' ' ORDER BY id), count(*) FILTER (WHERE name IN (E'Ren\\xe9', E'\\xff\\xfe')) FROM t";
        assert_eq!(cluster.psql(copy, query).unwrap(), "636166e9 80|0");
    };
    let rules = format!("{RULES}marks = {{ keep = \"marks\" }}\n");
    let subset =
        rules.replace("[table.t]", "[subset]\nseed = [{ table = \"t\", where = \"id < 3\" }]\n[table.t]");
    let (name, target) = new_target(cluster);
    for rules in [&rules, &subset] {
        Call::refresh(rules, &cluster.uri("any_bytes"), &target).run().published();
        check(&name);
    }
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("out.sql");
    assert!(Call::dump(&rules, &cluster.uri("any_bytes"), &script).run().status.success());
    cluster.psql("postgres", &create.replace("any_bytes", "any_restored")).unwrap();
    cluster.client("any_restored").run_script(&script).unwrap();
    check("any_restored");
    drop_databases(cluster, &[&name, "any_bytes", "any_restored"]);
}
