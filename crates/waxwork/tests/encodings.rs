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
