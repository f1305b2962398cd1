//! Catalogs from a few lines of text, in the words of CREATE TABLE.
//!
//! ```text
//!   table customer                         a table of schema public; `table t foreign`, `table t member`
//!     id int4 not null                     name, type, then `not null`, `generated from a,b`, `nondeterministic`
//!     primary key id
//!     unique email                         also `unique nulls not distinct email`
//!     index lower(email) reads email       an expression; `index email where (gone IS NULL) reads gone`
//!     foreign key a,b parent x,y           also `… match full`, `… period`
//!     exclude room =; tsrange(a, b) reads a,b &&
//!     temporal room,during                 a primary key WITHOUT OVERLAPS
//!     check name reads a,b               its definition after a colon: `check low reads a: CHECK ((a > 0))`
//!     partition by r day                   r, l or h
//!   partition event_24 of event FOR VALUES …     columns are the root's, in reverse order
//!   enum mood sad,ok
//!   domain email_text varchar(40)          with a CHECK
//!   sequence customer_id_seq customer id   1 to 2^31-1; `sequence s t c -5 100`
//! ```

use std::collections::BTreeMap;
use waxwork_core::catalog::*;
use waxwork_core::ident::{Ident, QualifiedName};

/// Built-in types of the tests with their OIDs in PostgreSQL.
const TYPES: [(&str, u32); 22] = [
    ("bool", 16),
    ("int2", 21),
    ("int4", 23),
    ("int8", 20),
    ("float8", 701),
    ("numeric", 1700),
    ("text", 25),
    ("varchar", 1043),
    ("bpchar", 1042),
    ("date", 1082),
    ("timestamp", 1114),
    ("timestamptz", 1184),
    ("interval", 1186),
    ("uuid", 2950),
    ("bytea", 17),
    ("jsonb", 3802),
    ("inet", 869),
    ("json", 114),
    ("tsvector", 3614),
    ("daterange", 3912),
    ("tstzrange", 3910),
    ("citext", 90_001),
];

const ARRAY_OID: u32 = 50_000;

/// Reads a schema.
pub(crate) fn catalog(text: &str) -> Catalog {
    let mut catalog = Catalog { server_version: 150_018, types: base_types(), ..Catalog::default() };
    let mut foreign_keys: Vec<(usize, String)> = Vec::new();
    let mut sequences: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (word, rest) = line.split_once(' ').unwrap();
        match word {
            "table" => catalog.tables.push(table(rest)),
            "partition" if !rest.starts_with("by") => catalog.tables.push(partition(&catalog, rest)),
            "enum" | "domain" => user_type(&mut catalog, word, rest),
            "sequence" => sequences.push(rest.to_owned()),
            "foreign" => {
                foreign_keys.push((catalog.tables.len() - 1, rest.strip_prefix("key ").unwrap().to_owned()));
            }
            _ => {
                let mut last = catalog.tables.pop().unwrap();
                item(&catalog, &mut last, word, rest);
                catalog.tables.push(last);
            }
        }
    }
    for (child, text) in foreign_keys {
        let key = foreign_key(&catalog, TableId(child as u32), &text);
        catalog.foreign_keys.push(key);
    }
    catalog.sequences = sequences.iter().map(|text| sequence(&catalog, text)).collect();
    catalog
}

fn base_types() -> BTreeMap<u32, PgType> {
    let mut types = BTreeMap::new();
    for (name, oid) in TYPES {
        let schema = if name == "citext" { "public" } else { "pg_catalog" };
        let extension = (name == "citext").then(|| "citext".to_owned());
        let made = |oid, name: &str, kind, extension| PgType {
            oid,
            name: QualifiedName::new(schema, name),
            kind,
            extension,
            has_binary: true,
        };
        let kind = if name.ends_with("range") { TypeKind::Range } else { TypeKind::Base };
        types.insert(oid, made(oid, name, kind, extension));
        let array = oid + ARRAY_OID;
        types.insert(array, made(array, &format!("_{name}"), TypeKind::Array { element: oid }, None));
    }
    types
}

fn user_type(catalog: &mut Catalog, word: &str, text: &str) {
    let (name, content) = text.split_once(' ').unwrap();
    let oid = 80_000 + catalog.types.len() as u32;
    let kind = if word == "enum" {
        TypeKind::Enum { labels: content.split(',').map(str::to_owned).collect() }
    } else {
        let (base, typmod) = type_of(catalog, content);
        TypeKind::Domain {
            base,
            typmod,
            not_null: false,
            checks: vec!["CHECK ((VALUE <> ''::text))".to_owned()],
        }
    };
    let name = QualifiedName::new("public", name);
    let made = PgType { oid, name, kind, extension: None, has_binary: true };
    catalog.types.insert(oid, made);
}

fn table(text: &str) -> Table {
    let (name, flag) = text.split_once(' ').unwrap_or((text, ""));
    Table {
        oid: 0,
        name: QualifiedName::new("public", name),
        sql_name: format!("public.{name}"),
        kind: if flag == "foreign" { TableKind::Foreign } else { TableKind::Ordinary },
        partition_of: None,
        inherits: vec![],
        columns: vec![],
        unique_keys: vec![],
        exclusions: vec![],
        checks: vec![],
        partition_key: None,
        partition_bound: None,
        access_method: "heap".to_owned(),
        row_security: false,
        extension: (flag == "member").then(|| ExtensionTable { name: "some".to_owned(), condition: None }),
        estimate: Estimate::default(),
    }
}

/// Its columns stand in reverse, as after an ATTACH of a table made elsewhere.
fn partition(catalog: &Catalog, text: &str) -> Table {
    let mut words = text.splitn(4, ' ');
    let (name, _, root) = (words.next().unwrap(), words.next(), words.next().unwrap());
    let root = catalog.table_ids().find(|id| catalog.table(*id).name.name.as_str() == root).unwrap();
    let mut made = table(name);
    made.partition_of = Some(root);
    made.partition_bound = words.next().map(str::to_owned);
    made.columns = catalog.table(root).columns.iter().rev().cloned().collect();
    made
}

fn item(catalog: &Catalog, table: &mut Table, word: &str, rest: &str) {
    match word {
        "primary" | "unique" | "index" => {
            let key = unique_key(table, word, rest);
            table.unique_keys.push(key);
        }
        "exclude" => {
            let exclusion = exclusion(table, rest);
            table.exclusions.push(exclusion);
        }
        "temporal" => {
            let columns: Vec<&str> = rest.split(',').collect();
            let (range, equal) = columns.split_last().unwrap();
            let parts: Vec<String> = equal.iter().map(|column| format!("{column} =; ")).collect();
            let key = unique_key(table, "primary", rest);
            let exclusion = exclusion(table, &format!("{}{range} &&", parts.concat()));
            table.exclusions.push(Exclusion { name: key.name.clone(), ..exclusion });
            table.unique_keys.push(key);
        }
        "check" => {
            let (name, rest) = rest.split_once(" reads ").unwrap();
            let (columns, definition) = rest.split_once(": ").unwrap_or((rest, ""));
            let columns = columns_of(table, columns);
            table.checks.push(Check { name: Ident::new(name), definition: definition.to_owned(), columns });
        }
        "partition" => {
            let (strategy, columns) = rest.strip_prefix("by ").unwrap().split_once(' ').unwrap();
            let parts = columns_of(table, columns).into_iter().map(KeyPart::Column).collect();
            table.kind = TableKind::Partitioned;
            table.partition_key = Some(PartitionKey { strategy: strategy.chars().next().unwrap(), parts });
        }
        name => {
            let column = column(catalog, table, name, rest);
            table.columns.push(column);
        }
    }
}

fn column(catalog: &Catalog, table: &Table, name: &str, text: &str) -> Column {
    let (type_name, flags) = text.split_once(' ').unwrap_or((text, ""));
    let (type_oid, typmod) = type_of(catalog, type_name);
    let generation = match flags.split_once("generated from ") {
        Some((_, columns)) => Generation::Generated { reads: columns_of(table, columns) },
        None => Generation::Plain,
    };
    Column {
        name: Ident::new(name),
        number: table.columns.len() as i16 + 1,
        type_oid,
        type_name: type_name.to_owned(),
        typmod,
        not_null: flags.contains("not null"),
        generation,
        nondeterministic: flags.contains("nondeterministic"),
    }
}

/// `varchar(40)`, `numeric(10,2)`, `int4[]`, or a type of the schema's own.
fn type_of(catalog: &Catalog, text: &str) -> (u32, i32) {
    let (name, modifier) = match text.split_once('(') {
        Some((name, modifier)) => (name, modifier.trim_end_matches(')')),
        None => (text, ""),
    };
    let (name, offset) = match name.strip_suffix("[]") {
        Some(name) => (name, ARRAY_OID),
        None => (name, 0),
    };
    let built_in = TYPES.iter().find(|(known, _)| *known == name).map(|(_, oid)| oid + offset);
    let own = || catalog.types.values().find(|found| found.name.name.as_str() == name).map(|found| found.oid);
    let typmod = match modifier.split_once(',') {
        _ if modifier.is_empty() => -1,
        Some((precision, scale)) => {
            (precision.parse::<i32>().unwrap() << 16 | scale.parse::<i32>().unwrap()) + 4
        }
        None => modifier.parse::<i32>().unwrap() + 4,
    };
    (built_in.or_else(own).unwrap_or_else(|| panic!("no type {name}")), typmod)
}

fn columns_of(table: &Table, text: &str) -> Vec<ColumnId> {
    text.split(',')
        .map(|name| table.find_column(name.trim()).unwrap_or_else(|| panic!("no column {name}")))
        .collect()
}

fn key_part(table: &Table, text: &str) -> KeyPart {
    match text.split_once(" reads ") {
        Some((text, columns)) => {
            KeyPart::Expression { text: text.to_owned(), columns: columns_of(table, columns) }
        }
        None => KeyPart::Column(columns_of(table, text)[0]),
    }
}

fn unique_key(table: &Table, word: &str, text: &str) -> UniqueKey {
    let text = text.strip_prefix("key ").unwrap_or(text);
    let (text, nulls_not_distinct) = match text.strip_prefix("nulls not distinct ") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let (text, predicate) = match text.split_once(" where ") {
        Some((text, predicate)) => (text, Some(predicate.split_once(" reads ").unwrap())),
        None => (text, None),
    };
    let parts = if text.contains(" reads ") {
        vec![key_part(table, text)]
    } else {
        columns_of(table, text).into_iter().map(KeyPart::Column).collect()
    };
    let primary = word == "primary";
    let suffix = if primary { "pkey".to_owned() } else { format!("key{}", table.unique_keys.len()) };
    UniqueKey {
        name: Ident::new(format!("{}_{suffix}", table.name.name.as_str())),
        primary,
        nulls_not_distinct,
        parts,
        predicate: predicate.map(|(text, _)| text.to_owned()),
        predicate_columns: predicate.map(|(_, columns)| columns_of(table, columns)).unwrap_or_default(),
    }
}

fn exclusion(table: &Table, text: &str) -> Exclusion {
    let parts = text.split("; ").map(|part| {
        let (part, operator) = part.rsplit_once(' ').unwrap();
        (key_part(table, part), operator.to_owned())
    });
    Exclusion {
        name: Ident::new(format!("{}_excl", table.name.name.as_str())),
        parts: parts.collect(),
        predicate: None,
    }
}

fn foreign_key(catalog: &Catalog, child: TableId, text: &str) -> ForeignKey {
    let (text, match_full) = match text.strip_suffix(" match full") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let (text, period) = match text.strip_suffix(" period") {
        Some(text) => (text, true),
        None => (text, false),
    };
    let mut words = text.split(' ');
    let (columns, parent, parents) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
    let parent =
        catalog.find(&QualifiedName::new("public", parent)).unwrap_or_else(|| panic!("no table {parent}"));
    let pairs =
        columns_of(catalog.table(child), columns).into_iter().zip(columns_of(catalog.table(parent), parents));
    let name = format!("{}_{}_fkey", catalog.table(child).name.name.as_str(), columns.replace(',', "_"));
    let columns = pairs.collect();
    ForeignKey { name: Ident::new(name), child, parent, columns, match_full, validated: true, period }
}

fn sequence(catalog: &Catalog, text: &str) -> Sequence {
    let words: Vec<&str> = text.split(' ').collect();
    let feeds = words[1..]
        .chunks(2)
        .filter_map(|pair| {
            let table = catalog.find(&QualifiedName::new("public", pair[0]))?;
            Some((table, columns_of(catalog.table(table), pair[1])[0]))
        })
        .collect();
    let ends: Vec<i64> = words.iter().filter_map(|word| word.parse().ok()).collect();
    Sequence {
        name: QualifiedName::new("public", words[0]),
        feeds,
        min: ends.first().copied().unwrap_or(1),
        max: ends.get(1).copied().unwrap_or(i32::MAX.into()),
        increment: 1,
        last_value: 1,
        is_called: true,
    }
}
