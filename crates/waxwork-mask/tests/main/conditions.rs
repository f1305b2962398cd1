//! Conditions against PostgreSQL: thousands of rows, hundreds of random conditions, and one answer.
//!
//! ```text
//!   SELECT t.*, (condition 1), (condition 2), … ─► COPY ─► TableMask: h1 = true where condition 1 holds, false where
//!   its negation does, else NULL ─► the same bytes
//! ```

use std::process::Command;

use waxwork_copy::{BatchBuilder, RawBatch, Wire};
use waxwork_core::catalog::{Catalog, Column, Estimate, Generation, PgType, Table, TableKind, TypeKind};
use waxwork_core::condition::to_sql;
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_core::plan::{ColumnAction, Plan, TablePlan};
use waxwork_core::rules::RuleFile;
use waxwork_fixtures::TempCluster;
use waxwork_mask::TableMask;

use crate::fixture::{WIRES, keyring};

const ROWS: u32 = 3_000;
const CONDITIONS: usize = 400;

/// What conditions ask of a column.
#[derive(Clone, Copy, PartialEq)]
enum Asks {
    Equality,
    Order,
    Patterns,
}

/// A column `c_…`: its type, values, literals in quotes and without, what may be asked.
struct Kind {
    name: &'static str,
    type_name: &'static str,
    oid: u32,
    values: &'static [&'static str],
    quoted: &'static [&'static str],
    bare: &'static [&'static str],
    asks: Asks,
}

const TEXTS: [&str; 13] =
    ["", " ", "a", "staff", "STAFF", "Staff ", "a%b", "a_b", "aXb", "a\\b", "ä", "äöü staff", "tab\there"];
const PATTERNS: [&str; 12] =
    ["%", "", "_", "staff", "st%", "%aff", "a_b", "a\\%b", "a\\_b", "__", "%t%f%", "a\\\\b"];
const INTEGERS: [&str; 6] = ["-5", "0", "1", "17", "18", "32767"];
const FLOATS: [&str; 9] = ["0", "-0", "1.5", "-2", "0.1", "1e10", "NaN", "Infinity", "-Infinity"];
const NUMERICS: [&str; 11] = [
    "0",
    "0.00",
    "1.1",
    "1.10",
    "-5",
    "123456789012345678901234567890",
    "NaN",
    "0.0001",
    "10000",
    "9999.9999",
    "Infinity",
];
const DATES: [&str; 5] = ["2026-01-31", "2026-02-01", "1999-12-31", "infinity", "-infinity"];
const STAMPS: [&str; 5] =
    ["2026-01-31 00:00:00", "2026-01-31 00:00:00.000001", "2026-01-30 22:00", "infinity", "2026-01-31"];
const UUIDS: [&str; 3] = [
    "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    "00000000-0000-4000-8000-000000000000",
    "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A12",
];
const BYTES: [&str; 4] = ["\\x", "\\x00", "\\xFF00", "\\xff"];
const ADDRESSES: [&str; 6] = ["10.0.0.1", "10.0.0.1/24", "10.0.0.0/24", "2001:db8::1", "::", "2001:DB8:0::1"];
const NETWORKS: [&str; 4] = ["10.0.0.0/24", "10.0.0.1", "2001:db8::/32", "0.0.0.0/0"];

#[rustfmt::skip]
const KINDS: [Kind; 21] = [
    Kind { name: "c_bool", type_name: "bool", oid: 16, values: &["t", "f"], quoted: &["yes", "false"], bare: &["true", "false"], asks: Asks::Order },
    Kind { name: "c_int2", type_name: "int2", oid: 21, values: &INTEGERS, quoted: &["18", " -5 "], bare: &["18", "1", "99999", "-5"], asks: Asks::Order },
    Kind { name: "c_int4", type_name: "int4", oid: 23, values: &INTEGERS, quoted: &INTEGERS, bare: &["18", "9999999999", "+1"], asks: Asks::Order },
    Kind { name: "c_int8", type_name: "int8", oid: 20, values: &["9223372036854775807", "-9223372036854775808", "7"], quoted: &["7"], bare: &["7", "9223372036854775807", "-9223372036854775808"], asks: Asks::Order },
    Kind { name: "c_float4", type_name: "float4", oid: 700, values: &FLOATS, quoted: &FLOATS, bare: &["0", "1.5", "-2", "1e10", "16777216"], asks: Asks::Order },
    Kind { name: "c_float8", type_name: "float8", oid: 701, values: &FLOATS, quoted: &FLOATS, bare: &["0", "1.5", "0.1", "1e10", ".5", "2."], asks: Asks::Order },
    Kind { name: "c_numeric", type_name: "numeric", oid: 1700, values: &NUMERICS, quoted: &NUMERICS, bare: &["0", "1.1", "1.100", "1e4", "-5", "99999999e-4"], asks: Asks::Order },
    Kind { name: "c_text", type_name: "text", oid: 25, values: &TEXTS, quoted: &TEXTS, bare: &[], asks: Asks::Patterns },
    Kind { name: "c_varchar", type_name: "varchar", oid: 1043, values: &TEXTS, quoted: &TEXTS, bare: &[], asks: Asks::Patterns },
    Kind { name: "c_bpchar", type_name: "char(6)", oid: 1042, values: &["", "a", "staff", "ab c", "a_b", "STAFF"], quoted: &["staff", "a  ", "", "a"], bare: &[], asks: Asks::Patterns },
    Kind { name: "c_name", type_name: "name", oid: 19, values: &["staff", "a_b", "A"], quoted: &["staff", "a"], bare: &[], asks: Asks::Patterns },
    Kind { name: "c_date", type_name: "date", oid: 1082, values: &["2026-01-31", "1999-12-31", "infinity", "0044-03-15 BC"], quoted: &DATES, bare: &[], asks: Asks::Order },
    Kind { name: "c_time", type_name: "time", oid: 1083, values: &["00:00", "12:30:15.5", "24:00:00"], quoted: &["00:00", "12:30:15.50", "24:00", "12:30:15"], bare: &[], asks: Asks::Order },
    Kind { name: "c_stamp", type_name: "timestamp", oid: 1114, values: &STAMPS, quoted: &STAMPS, bare: &[], asks: Asks::Order },
    Kind { name: "c_zoned", type_name: "timestamptz", oid: 1184, values: &STAMPS, quoted: &["2026-01-31 00:00+02", "2026-01-31T00:00:00Z", "2026-01-31", "2026-01-30 17:30-04:30"], bare: &[], asks: Asks::Order },
    Kind { name: "c_uuid", type_name: "uuid", oid: 2950, values: &UUIDS, quoted: &UUIDS, bare: &[], asks: Asks::Order },
    Kind { name: "c_bytea", type_name: "bytea", oid: 17, values: &BYTES, quoted: &BYTES, bare: &[], asks: Asks::Order },
    Kind { name: "c_inet", type_name: "inet", oid: 869, values: &ADDRESSES, quoted: &ADDRESSES, bare: &[], asks: Asks::Equality },
    Kind { name: "c_cidr", type_name: "cidr", oid: 650, values: &NETWORKS, quoted: &NETWORKS, bare: &[], asks: Asks::Equality },
    // Its labels' order is not their alphabet's.
    Kind { name: "c_mood", type_name: "mood", oid: 90_000, values: &["sad", "ok", "glad"], quoted: &["sad", "ok", "glad"], bare: &[], asks: Asks::Order },
    Kind { name: "c_flag", type_name: "bool", oid: 16, values: &["t", "f"], quoted: &["off"], bare: &["true"], asks: Asks::Order },
];

/// SplitMix64 (Steele, Lea and Flood, 2014): any numbers do, as long as a failure comes again.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    fn one<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len())]
    }

    fn condition(&mut self, depth: usize) -> String {
        match if depth == 0 { 9 } else { self.below(10) } {
            0 | 1 => format!("({} and {})", self.condition(depth - 1), self.condition(depth - 1)),
            2 | 3 => format!("({} or {})", self.condition(depth - 1), self.condition(depth - 1)),
            4 => format!("not {}", self.condition(depth - 1)),
            5 => {
                let truth = self.one(&["true", "not true", "false", "not false", "unknown", "null"]);
                format!("({}) is {truth}", self.condition(depth - 1))
            }
            _ => {
                let kind = &KINDS[self.below(KINDS.len())];
                self.test(kind)
            }
        }
    }

    fn test(&mut self, kind: &Kind) -> String {
        let name = kind.name;
        if kind.type_name == "bool" && self.below(3) == 0 {
            return name.to_owned();
        }
        if kind.asks == Asks::Patterns && self.below(2) == 0 {
            let operator = self.one(&["like", "not like", "ilike", "not ilike"]);
            return format!("{name} {operator} '{}'", self.one(&PATTERNS));
        }
        let negated = self.one(&["", "not "]);
        match self.below(if kind.asks == Asks::Order { 8 } else { 4 }) {
            0 => format!("{name} is {negated}null"),
            1 => {
                let literals: Vec<String> = (0..1 + self.below(4)).map(|_| self.literal(kind)).collect();
                format!("{name} {negated}in ({})", literals.join(", "))
            }
            2 => format!("{name} = {}", self.literal(kind)),
            3 => format!("{} <> {name}", self.literal(kind)),
            4 => format!("{name} {negated}between {} and {}", self.literal(kind), self.literal(kind)),
            5 => format!("{} {} {name}", self.literal(kind), self.one(&["<", "<=", ">", ">="])),
            _ => format!("{name} {} {}", self.one(&["<", "<=", ">", ">="]), self.literal(kind)),
        }
    }

    fn literal(&mut self, kind: &Kind) -> String {
        if !kind.bare.is_empty() && self.below(2) == 0 {
            return self.one(kind.bare).to_owned();
        }
        format!("'{}'", self.one(kind.quoted))
    }
}

/// A table of every kind, its values at random and one in six NULL.
fn schema() -> String {
    let columns: Vec<String> = KINDS.iter().map(|kind| format!("{} {}", kind.name, kind.type_name)).collect();
    let values: Vec<String> = KINDS
        .iter()
        .map(|kind| {
            let values: Vec<String> = kind.values.iter().map(|value| format!("'{value}'")).collect();
            let choices = values.len() as f64 * 1.2;
            format!("(ARRAY[{}])[1 + floor(random() * {choices})]::{}", values.join(", "), kind.type_name)
        })
        .collect();
    format!(
        "CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad'); CREATE TABLE t (id int, {}); SELECT setseed(0.5); \
         INSERT INTO t SELECT g, {} FROM generate_series(1, {ROWS}) AS g",
        columns.join(", "),
        values.join(", ")
    )
}

fn column(number: usize, name: &str, kind: (&str, u32)) -> Column {
    Column {
        name: Ident::new(name),
        number: number as i16 + 1,
        type_oid: kind.1,
        type_name: kind.0.to_owned(),
        typmod: -1,
        not_null: false,
        generation: Generation::Plain,
        nondeterministic: false,
    }
}

/// `id`, the columns of every kind, and one boolean for each condition.
fn catalog(conditions: usize) -> Catalog {
    let mut columns = vec![column(0, "id", ("int4", 23))];
    columns.extend(
        KINDS.iter().enumerate().map(|(at, kind)| column(at + 1, kind.name, (kind.type_name, kind.oid))),
    );
    columns.extend((0..conditions).map(|at| column(at + KINDS.len() + 1, &format!("h{at}"), ("bool", 16))));
    let table = Table {
        oid: 1,
        name: QualifiedName::new("public", "t"),
        sql_name: "public.t".to_owned(),
        kind: TableKind::Ordinary,
        partition_of: None,
        inherits: vec![],
        columns,
        unique_keys: vec![],
        exclusions: vec![],
        checks: vec![],
        partition_key: None,
        partition_bound: None,
        access_method: "heap".to_owned(),
        row_security: false,
        extension: None,
        estimate: Estimate::default(),
    };
    let types = KINDS.iter().map(|kind| {
        let (schema, name, made) = match kind.oid {
            90_000 => (
                "public",
                "mood",
                TypeKind::Enum { labels: kind.values.iter().map(|&label| label.to_owned()).collect() },
            ),
            1042 => ("pg_catalog", "bpchar", TypeKind::Base),
            _ => ("pg_catalog", kind.type_name, TypeKind::Base),
        };
        let name = QualifiedName::new(schema, name);
        (kind.oid, PgType { oid: kind.oid, name, kind: made, extension: None, has_binary: true })
    });
    Catalog { server_version: 150_000, tables: vec![table], types: types.collect(), ..Catalog::default() }
}

/// A rule file in which each boolean says how its condition answers.
fn rules(conditions: &[String]) -> String {
    let mut text = "version = 1\n[table.t]\nid = { keep = \"k\" }\n".to_owned();
    for kind in &KINDS {
        text.push_str(&format!("{} = {{ keep = \"k\" }}\n", kind.name));
    }
    for (at, condition) in conditions.iter().enumerate() {
        let condition = condition.replace('\\', "\\\\").replace('\t', "\\t");
        text.push_str(&format!(
            "h{at} = [{{ mask = \"constant\", value = \"t\", nulls = \"mask\", when = \"{condition}\" }}, {{ mask = \
             \"constant\", value = \"f\", nulls = \"mask\", when = \"not ({condition})\" }}, \"null\"]\n"
        ));
    }
    text
}

fn plan(catalog: &Catalog, conditions: &[String]) -> TablePlan {
    let said = |found: Vec<waxwork_core::diagnostic::Diagnostic>| -> ! {
        panic!("{}", found.iter().map(|found| format!("{found}\n")).collect::<String>())
    };
    let rules = RuleFile::parse("r", &rules(conditions)).unwrap_or_else(|found| said(found));
    let mut plan = Plan::compile(&rules, catalog).unwrap_or_else(|found| said(found));
    plan.tables.remove(0)
}

/// The rows with the server's answers, as COPY sends them.
fn answers(cluster: &TempCluster, database: &str, conditions: &[String], wire: Wire) -> RawBatch {
    let answers: Vec<String> = conditions.iter().map(|condition| format!("({condition})")).collect();
    let format = if wire == Wire::Binary { "binary" } else { "text" };
    let answers = answers.join(", ");
    let copy = format!("COPY (SELECT t.*, {answers} FROM t ORDER BY id) TO STDOUT (FORMAT {format})");
    let output = Command::new(cluster.bin("psql").unwrap())
        .env("PGCLIENTENCODING", "UTF8")
        .env_remove("PGOPTIONS")
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &cluster.uri(database), "-c", &copy])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut builder = BatchBuilder::new(wire, output.stdout.len());
    builder.push(&output.stdout).unwrap();
    builder.finish().unwrap().expect("there are rows")
}

#[test]
fn conditions_answer_as_the_server_does() {
    let cluster = TempCluster::shared().unwrap();
    let database = cluster.fresh_database().unwrap();
    for setting in ["TimeZone = 'UTC'", "DateStyle = 'ISO, MDY'"] {
        cluster.psql(&database, &format!("ALTER DATABASE {database} SET {setting}")).unwrap();
    }
    cluster.psql(&database, &schema()).unwrap();
    let mut random = Random(4);
    let conditions: Vec<String> = (0..CONDITIONS).map(|at| random.condition(at % 4)).collect();
    let catalog = catalog(CONDITIONS);
    let plan = plan(&catalog, &conditions);
    for wire in WIRES {
        let mask = TableMask::compile(&keyring(), &plan, &catalog, wire).unwrap();
        let answered = answers(cluster, &database, &conditions, wire);
        let expected = answered.bytes().to_vec();
        assert_eq!(answered.rows(), ROWS as usize);
        let found = mask.apply(answered).unwrap();
        let difference = || first_difference(cluster, &database, &conditions, wire);
        assert!(found.bytes() == expected, "{wire:?}: {}", difference());
    }
    let printed = printed(&catalog, &plan);
    let differing: Vec<String> = conditions
        .iter()
        .zip(&printed)
        .map(|(typed, printed)| format!("count(*) FILTER (WHERE ({typed}) IS DISTINCT FROM ({printed}))"))
        .collect();
    let counts = cluster.psql(&database, &format!("SELECT {} FROM t", differing.join(", "))).unwrap();
    let counts: Vec<&str> = counts.trim().split('|').collect();
    assert_eq!(counts.len(), CONDITIONS);
    for (at, count) in counts.iter().enumerate() {
        assert_eq!(*count, "0", "{} printed as {}", conditions[at], printed[at]);
    }
}

/// Each condition as our SQL writes it.
fn printed(catalog: &Catalog, plan: &TablePlan) -> Vec<String> {
    let cases = plan.columns.iter().filter_map(|column| match &column.action {
        ColumnAction::Cases { cases, .. } => Some(&cases[0].when),
        _ => None,
    });
    let quoted = &mut |literal: &str| format!("'{}'", literal.replace('\'', "''"));
    cases.map(|when| to_sql(when, catalog.table(plan.table), catalog, "t", quoted)).collect()
}

/// The first condition that is answered otherwise, for a failure's message.
fn first_difference(cluster: &TempCluster, database: &str, conditions: &[String], wire: Wire) -> String {
    let catalog = catalog(1);
    for (at, condition) in conditions.iter().enumerate() {
        let one = std::slice::from_ref(condition);
        let mask = TableMask::compile(&keyring(), &plan(&catalog, one), &catalog, wire).unwrap();
        let answered = answers(cluster, database, one, wire);
        let expected = answered.bytes().to_vec();
        if mask.apply(answered).unwrap().bytes() != expected {
            return format!("condition {at}: {condition}");
        }
    }
    "no condition by itself".to_owned()
}
