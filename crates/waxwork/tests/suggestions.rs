//! What a refusal suggests for an unlisted column passes `check` as it stands, on whatever type and under whatever key.

use std::collections::BTreeSet;

use waxwork_fixtures::TempCluster;

use crate::support::{Call, drop_databases};

/// Types, each with whether a unique index may stand on it.
const TYPES: [(&str, bool); 59] = [
    ("boolean", true),
    ("smallint", true),
    ("integer", true),
    ("bigint", true),
    ("real", true),
    ("double precision", true),
    ("numeric", true),
    ("numeric(6,2)", true),
    ("numeric(12,0)", true),
    ("money", true),
    ("text", true),
    ("char(1)", true),
    ("char(2)", true),
    ("char(32)", true),
    ("varchar(3)", true),
    ("varchar(10)", true),
    ("varchar(20)", true),
    ("varchar(40)", true),
    ("name", true),
    ("citext", true),
    ("code", true),
    ("date", true),
    ("time", true),
    ("timetz", true),
    ("timestamp", true),
    ("timestamptz", true),
    ("interval", true),
    ("uuid", true),
    ("bytea", true),
    ("json", false),
    ("jsonb", true),
    ("hstore", true),
    ("xml", false),
    ("inet", true),
    ("cidr", true),
    ("macaddr", true),
    ("mood", true),
    ("point", false),
    ("box", false),
    ("pair", true),
    ("bit(8)", true),
    ("oid", true),
    ("tsvector", true),
    ("int4range", true),
    ("daterange", true),
    ("tstzrange", true),
    ("datemultirange", true),
    ("text[]", true),
    ("char(2)[]", true),
    ("integer[]", true),
    ("date[]", true),
    ("timestamptz[]", true),
    ("uuid[]", true),
    ("jsonb[]", true),
    ("boolean[]", true),
    ("mood[]", true),
    ("bytea[]", true),
    ("inet[]", true),
    ("numeric[]", true),
];

/// Names that shipped packs know.
const NAMES: [&str; 22] = [
    "email",
    "phone",
    "first_name",
    "last_name",
    "full_name",
    "street",
    "city",
    "zip",
    "ip",
    "mac_address",
    "imei",
    "birth_date",
    "iban",
    "card_number",
    "ssn",
    "tax_id",
    "gender",
    "username",
    "company_name",
    "password",
    "api_token",
    "webhook_url",
];

const PREPARE: &str = "
    CREATE EXTENSION citext; CREATE EXTENSION hstore;
    CREATE DOMAIN code AS varchar(12) CHECK (value <> '');
    CREATE TYPE mood AS ENUM ('ok', 'so so', 'gone');
    CREATE TYPE pair AS (a int, b int);";

/// One table a type and kind: plain, NOT NULL, unique, unique and NOT NULL, in a key of two columns.
fn schema() -> String {
    let mut ddl = PREPARE.to_owned();
    for (at, (kind, can_be_unique)) in TYPES.iter().enumerate() {
        let columns = NAMES.iter().map(|name| format!("{name} {kind}")).collect::<Vec<_>>().join(", ");
        ddl += &format!("CREATE TABLE names{at} ({columns});");
        ddl += &format!("CREATE TABLE plain{at} (thing {kind}, other {kind} NOT NULL);");
        if *can_be_unique {
            ddl += &format!("CREATE TABLE single{at} (thing {kind} UNIQUE, other {kind} NOT NULL UNIQUE);");
            ddl += &format!("CREATE TABLE double{at} (thing {kind}, other {kind}, UNIQUE (thing, other));");
            let unique =
                NAMES.iter().map(|name| format!("{name} {kind} UNIQUE")).collect::<Vec<_>>().join(", ");
            ddl += &format!("CREATE TABLE keys{at} ({unique});");
        }
    }
    ddl
}

/// `[table.T]` of a hint.
fn section(hint: &str) -> &str {
    hint.strip_prefix("Add under ").unwrap().split_once(": ").unwrap().0
}

/// The rule file of hints: each hint's section with its first line.
fn pasted<'h>(hints: impl Iterator<Item = &'h String>) -> String {
    let mut rules = "version = 1\n".to_owned();
    let mut last = String::new();
    for hint in hints {
        let (section, lines) = hint.strip_prefix("Add under ").unwrap().split_once(": ").unwrap();
        let first = lines.split(", or ").next().unwrap().split("}. ").next().unwrap();
        if section != last {
            rules += &format!("{section}\n");
            last = section.to_owned();
        }
        rules += first.trim_end_matches('.');
        rules += if first.contains('{') && !first.contains('}') { "}\n" } else { "\n" };
    }
    rules
}

/// Tables of one type: those that end in its number.
fn is_of(section: &str, at: usize) -> bool {
    section.trim_end_matches(']').trim_start_matches(|letter: char| !letter.is_ascii_digit())
        == at.to_string()
}

#[test]
fn every_hint_of_an_unlisted_column_passes_check_on_every_type() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, &schema()).unwrap();
    let check = |rules: &str| {
        let call = Call::of("check", rules).arg("--source").arg(cluster.uri(&source));
        call.arg("--format").arg("json").run()
    };
    let refused = check("version = 1\n");
    assert_eq!(refused.status.code(), Some(3), "{}", refused.stderr);
    let report = refused.report();
    let errors = report["errors"].as_array().unwrap();
    let unlisted = errors.iter().filter(|error| error["code"] == "unlisted_column");
    let hints: Vec<String> = unlisted.map(|error| error["hint"].as_str().unwrap().to_owned()).collect();
    assert_eq!(hints.len(), errors.len());
    let sections: BTreeSet<&str> = hints.iter().map(|hint| section(hint)).collect();
    let mut failures = Vec::new();
    // Type by type: a mask of one column may bind the length of another's.
    for (at, (kind, _)) in TYPES.iter().enumerate() {
        let mut rules = pasted(hints.iter().filter(|hint| is_of(section(hint), at)));
        for other in sections.iter().filter(|other| !is_of(other, at)) {
            rules += &format!("{other}\nrows = \"none\"\n");
        }
        if !kind.starts_with("hstore") {
            assert!(!rules.contains("\"json\""), "flags and keys stay under a mask of leaves: {rules}");
        }
        let passed = check(&rules);
        let line = |error: &serde_json::Value| {
            let place = error["where"].as_str().unwrap_or_default().split(':').nth(1).unwrap_or_default();
            let line = place.parse::<usize>().ok().and_then(|line| rules.lines().nth(line - 1));
            format!("{kind}: {line:?} {}", error["message"])
        };
        failures.extend(passed.report()["errors"].as_array().unwrap().iter().map(line));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    drop_databases(cluster, &[&source]);
}
