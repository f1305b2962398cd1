//! The model of a database that is there already: what its own catalogs say, read without the code under test.

use serde_json::Value;
use waxwork_fixtures::Client;

use crate::model::{Kind, Model, Quota, Reference, Seed, Table};

const TABLES: &str = "
SELECT json_agg(json_build_object(
  'name', c.oid::regclass::text,
  'partitioned', c.relkind = 'p',
  'rows', (xpath('/row/n/text()', query_to_xml('SELECT count(*) AS n FROM '
    || CASE WHEN c.relkind = 'p' THEN '' ELSE 'ONLY ' END || c.oid::regclass, false, true, '')))[1]::text::bigint,
  'key', coalesce(
    (SELECT json_agg(quote_ident(a.attname) ORDER BY k.place)
     FROM pg_index i CROSS JOIN unnest(i.indkey::smallint[]) WITH ORDINALITY k (number, place)
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
     WHERE i.indrelid = c.oid AND i.indisprimary AND k.place <= i.indnkeyatts),
    (SELECT json_agg(quote_ident(a.attname) ORDER BY a.attnum) FROM pg_attribute a
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''),
    '[]'::json)))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')";

const KEYS: &str = "
SELECT coalesce(json_agg(json_build_object(
  'child', k.conrelid::regclass::text,
  'child_root', coalesce(pg_partition_root(k.conrelid)::oid, k.conrelid)::regclass::text,
  'parent', k.confrelid::regclass::text,
  'parent_root', coalesce(pg_partition_root(k.confrelid)::oid, k.confrelid)::regclass::text,
  'valid', k.convalidated,
  'columns', (SELECT json_agg(json_build_array(quote_ident(own.attname), quote_ident(key.attname)))
    FROM unnest(k.conkey, k.confkey) pair (own, key)
    JOIN pg_attribute own ON own.attrelid = k.conrelid AND own.attnum = pair.own
    JOIN pg_attribute key ON key.attrelid = k.confrelid AND key.attnum = pair.key))), '[]'::json)
FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0";

/// Everything by default: parents always, children always. No seed yet.
pub(crate) fn model(client: &Client) -> (Model, Vec<Candidate>) {
    let ask = |sql: &str| -> Value {
        let text = client.run(&format!("SET search_path = ''; {sql}")).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let (tables, keys) = (ask(TABLES), ask(KEYS));
    let references: Vec<Reference> = list(&keys).iter().map(reference).collect();
    let candidates = list(&tables).iter().map(|table| candidate(table, &references)).collect();
    let tables = list(&tables)
        .iter()
        .map(|table| Table {
            name: text(&table["name"]),
            partitioned: table["partitioned"].as_bool().unwrap(),
            key: list(&table["key"]).iter().map(text).collect(),
            has_primary_key: true,
            has_heirs: false,
            rows: None,
        })
        .collect();
    (Model { tables, references, lookup_rows: 20, ..Model::default() }, candidates)
}

/// A table that a seed may name.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) name: String,
    pub(crate) rows: u64,
    /// Keys that point at it or start from it.
    pub(crate) keys: usize,
}

fn candidate(table: &Value, references: &[Reference]) -> Candidate {
    let name = text(&table["name"]);
    let touches = |reference: &&Reference| reference.parent.1 == name || reference.child.1 == name;
    let keys = references.iter().filter(touches).count();
    Candidate { rows: table["rows"].as_u64().unwrap(), keys, name }
}

/// 5 % of one table.
pub(crate) fn five_percent(table: &str) -> Seed {
    let (condition, keys, by) = (None, Vec::new(), None);
    Seed { table: table.to_owned(), condition, keys, quota: Quota::Percent("5"), by }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn reference(key: &Value) -> Reference {
    let end = |relation: &str, root: &str| (text(&key[relation]), text(&key[root]));
    let pairs = list(&key["columns"]).iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
    Reference {
        child: end("child", "child_root"),
        parent: end("parent", "parent_root"),
        kind: Kind::Columns(pairs),
        when: None,
        declared: true,
        valid: key["valid"].as_bool().unwrap(),
        match_full: false,
        deferred: false,
        generated: false,
        dangles: false,
        parent_policy: "pull",
        follow: true,
        condition: None,
        limit: None,
        dangling: None,
        null_columns: std::collections::BTreeSet::new(),
    }
}
