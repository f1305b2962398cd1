//! The closure in plain SQL: every row gets a number, every edge is a row, and each step of the definition is one
//! statement that runs until it changes nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use waxwork_fixtures::Client;

use crate::model::{Kind, Model, Quota, Reference, Table};

/// A row: its leaf's OID and its ctid.
pub(crate) type Row = (String, String);

/// What the oracle says.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) rows: BTreeSet<Row>,
    /// Columns that become NULL, by row.
    pub(crate) nulls: BTreeMap<Row, BTreeSet<String>>,
    /// Rows that stop the run, by cause; then nothing else is said.
    pub(crate) stops: BTreeMap<&'static str, u64>,
    /// Rows that dangle under a valid key and are kept.
    pub(crate) kept: u64,
}

/// The hash of a key in SQL: 60 bits of MD5, as a number that both sides can hold.
const HASH: &str = "('x' || substr(md5($text$salt$text$ || k), 1, 15))::bit(60)::bigint";

const SCHEMA: &str = "
DROP SCHEMA IF EXISTS oracle CASCADE;
CREATE SCHEMA oracle;
CREATE TABLE oracle.r (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tbl text, leaf oid, tid tid, k text, h bigint);
CREATE TABLE oracle.tbl (name text, said text, rows bigint, class text);
CREATE TABLE oracle.ref (id int, child text, parent text, policy text, follow bool, dangling text, valid bool, nulls text);
CREATE TABLE oracle.e (ref int, child bigint, parent bigint);
CREATE TABLE oracle.d (ref int, child bigint);
CREATE TABLE oracle.pick (ref int, parent bigint, child bigint);
CREATE TABLE oracle.seed (id bigint);
CREATE TABLE oracle.w (id bigint PRIMARY KEY);
CREATE TABLE oracle.s (id bigint PRIMARY KEY);
CREATE TABLE oracle.gone (id bigint PRIMARY KEY);
";

/// Steps 1 to 5. `%FOUND%` loops are PL/pgSQL, the rules themselves one statement each.
pub(crate) const CLOSURE: &str = "
CREATE INDEX ON oracle.e (child); CREATE INDEX ON oracle.e (parent); CREATE INDEX ON oracle.pick (parent);
ANALYZE oracle.r; ANALYZE oracle.e; ANALYZE oracle.pick;
DO $$ BEGIN
LOOP
  TRUNCATE oracle.w, oracle.s;
  INSERT INTO oracle.w SELECT id FROM oracle.seed WHERE id NOT IN (SELECT id FROM oracle.gone) ON CONFLICT DO NOTHING;
  LOOP
    INSERT INTO oracle.w
    SELECT DISTINCT p.child FROM oracle.pick p JOIN oracle.w ON w.id = p.parent JOIN oracle.r ON r.id = p.child
    JOIN oracle.tbl t ON t.name = r.tbl
    WHERE t.class <> 'none' AND p.child NOT IN (SELECT id FROM oracle.gone) ON CONFLICT DO NOTHING;
    EXIT WHEN NOT FOUND;
  END LOOP;
  INSERT INTO oracle.s SELECT id FROM oracle.w;
  INSERT INTO oracle.s SELECT r.id FROM oracle.r JOIN oracle.tbl t ON t.name = r.tbl
  WHERE t.class = 'all' AND r.id NOT IN (SELECT id FROM oracle.gone) ON CONFLICT DO NOTHING;
  LOOP
    INSERT INTO oracle.s SELECT DISTINCT e.parent FROM oracle.e JOIN oracle.s ON s.id = e.child
    JOIN oracle.ref ON ref.id = e.ref
    WHERE ref.policy = 'pull' AND e.parent NOT IN (SELECT id FROM oracle.gone) ON CONFLICT DO NOTHING;
    EXIT WHEN NOT FOUND;
  END LOOP;
  INSERT INTO oracle.gone
  SELECT e.child FROM oracle.e JOIN oracle.ref ON ref.id = e.ref JOIN oracle.s ON s.id = e.child
  WHERE (ref.policy = 'drop' AND e.parent NOT IN (SELECT id FROM oracle.s))
     OR (ref.policy = 'pull' AND e.parent IN (SELECT id FROM oracle.gone))
  UNION
  SELECT d.child FROM oracle.d JOIN oracle.ref ON ref.id = d.ref JOIN oracle.s ON s.id = d.child
  WHERE ref.dangling = 'drop';
  EXIT WHEN NOT FOUND;
END LOOP;
END $$;
";

/// The class of each table: by what is said, else by reachability, else by size.
const CLASSES: &str = "
WITH RECURSIVE reached (tbl) AS (
  SELECT DISTINCT tbl FROM oracle.seed_table
  UNION
  SELECT ref.child FROM reached JOIN oracle.ref ON ref.parent = reached.tbl JOIN oracle.tbl t ON t.name = ref.child
  WHERE ref.follow AND t.said IS DISTINCT FROM 'none'
)
UPDATE oracle.tbl SET class = coalesce(said, CASE
  WHEN NOT EXISTS (SELECT FROM oracle.seed_table) THEN 'all'
  WHEN name IN (SELECT tbl FROM reached) THEN 'subset'
  WHEN rows <= %LOOKUP% THEN 'all' ELSE 'subset' END);
";

/// Hashes by key text, of every row of every table: what the code under test is given as its keyed hash.
pub(crate) fn hashes(client: &Client) -> HashMap<String, u64> {
    let text = client.run("SELECT h, encode(convert_to(k, 'UTF8'), 'hex') FROM oracle.r").unwrap();
    let pair = |line: &str| {
        let (hash, key) = line.split_once('|').unwrap();
        let bytes: Vec<u8> =
            (0..key.len()).step_by(2).map(|at| u8::from_str_radix(&key[at..at + 2], 16).unwrap()).collect();
        (String::from_utf8(bytes).unwrap(), hash.parse().unwrap())
    };
    text.lines().map(pair).collect()
}

/// Numbers all rows and computes the closure.
pub(crate) fn solve(client: &Client, model: &Model) -> Answer {
    let mut sql =
        String::from("SET search_path = public; SET extra_float_digits = 3; SET timezone = 'UTC'; ");
    sql.push_str("SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET row_security = off;");
    sql.push_str(SCHEMA);
    for table in &model.tables {
        sql.push_str(&number(table));
    }
    sql.push_str("CREATE UNIQUE INDEX ON oracle.r (leaf, tid); CREATE TABLE oracle.seed_table (tbl text);");
    for (at, reference) in model.references.iter().enumerate() {
        sql.push_str(&edges(model, at, reference));
    }
    for seed in &model.seeds {
        sql.push_str(&seed_rows(model, seed));
    }
    sql.push_str(&CLASSES.replace("%LOOKUP%", &model.lookup_rows.to_string()));
    sql.push_str(CLOSURE);
    client.run(&sql).unwrap();
    answer(client)
}

fn from(relation: &str, partitioned: bool) -> String {
    if partitioned { relation.to_owned() } else { format!("ONLY {relation}") }
}

fn number(table: &Table) -> String {
    let Table { name, key, rows, .. } = table;
    let said = rows.map_or("NULL".to_owned(), |rows| format!("'{rows}'"));
    let literal = name.replace('\'', "''");
    let relation = from(name, table.partitioned);
    format!(
        "INSERT INTO oracle.r (tbl, leaf, tid, k, h) SELECT '{literal}', tableoid, ctid, k, {HASH}
         FROM (SELECT tableoid, ctid, ROW({})::text AS k FROM {relation}) x;
         INSERT INTO oracle.tbl SELECT '{literal}', {said}, count(*) FROM oracle.r WHERE tbl = '{literal}';",
        key.join(", ")
    )
}

/// Every pair of a row and its parent, every row without one, and the children that count.
fn edges(model: &Model, at: usize, reference: &Reference) -> String {
    let partitioned = |name: &str| model.tables.iter().any(|table| table.name == name && table.partitioned);
    let scan = |name: &str| from(name, partitioned(name));
    let when = match &reference.when {
        Some((column, constant)) => format!(" AND c.{column} = '{constant}'"),
        None => String::new(),
    };
    let (refers, elements, equal) = match &reference.kind {
        Kind::Columns(pairs) => (
            pairs.iter().map(|(own, _)| format!("c.{own} IS NOT NULL")).collect::<Vec<_>>().join(" AND "),
            "(VALUES (1)) AS x (v)".to_owned(),
            pairs.iter().map(|(own, key)| format!("c.{own} = p.{key}")).collect::<Vec<_>>().join(" AND "),
        ),
        Kind::Array(own, key) => {
            ("x.v IS NOT NULL".to_owned(), format!("unnest(c.{own}) AS x (v)"), format!("x.v = p.{key}"))
        }
        Kind::Json(own, key) => (
            "x.v IS NOT NULL".to_owned(),
            format!("(VALUES (c.{own} #>> '{{user,id}}')) AS x (v)"),
            format!("x.v = p.{key}::text"),
        ),
    };
    let condition = reference.condition.as_deref().unwrap_or("true");
    let limit = reference.limit.map_or("NULL".to_owned(), |limit| limit.to_string());
    let nulls: Vec<&str> = reference.null_columns.iter().map(String::as_str).collect();
    let dangling = reference.dangling.map_or("NULL".to_owned(), |word| format!("'{word}'"));
    let quoted = |name: &str| name.replace('\'', "''");
    format!(
        "INSERT INTO oracle.ref VALUES ({at}, '{child_root}', '{parent_root}', '{policy}', {follow}, {dangling},
           {valid}, '{nulls}');
         CREATE TEMP TABLE k{at} AS SELECT c.tableoid AS leaf, c.ctid AS tid, p.tableoid AS pleaf, p.ctid AS ptid,
           {condition_c} AS ok
         FROM {child} c CROSS JOIN LATERAL {elements} LEFT JOIN {parent} p ON {equal}
         WHERE {refers}{when};
         INSERT INTO oracle.e SELECT DISTINCT {at}, rc.id, rp.id FROM k{at} k
         JOIN oracle.r rc ON (rc.leaf, rc.tid) = (k.leaf, k.tid) JOIN oracle.r rp ON (rp.leaf, rp.tid) = (k.pleaf, k.ptid);
         INSERT INTO oracle.d SELECT DISTINCT {at}, rc.id FROM k{at} k
         JOIN oracle.r rc ON (rc.leaf, rc.tid) = (k.leaf, k.tid) WHERE k.pleaf IS NULL;
         INSERT INTO oracle.pick SELECT {at}, parent, child FROM (
           SELECT parent, child, row_number() OVER (PARTITION BY parent ORDER BY h, child) AS place FROM (
             SELECT DISTINCT rp.id AS parent, rc.id AS child, rc.h FROM k{at} k
             JOIN oracle.r rc ON (rc.leaf, rc.tid) = (k.leaf, k.tid)
             JOIN oracle.r rp ON (rp.leaf, rp.tid) = (k.pleaf, k.ptid)
             WHERE k.ok) each) x
         WHERE {follow} AND ({limit}::bigint IS NULL OR place <= {limit});",
        child = scan(&reference.child.0),
        parent = scan(&reference.parent.0),
        child_root = quoted(&reference.child.1),
        parent_root = quoted(&reference.parent.1),
        policy = reference.parent_policy,
        follow = reference.follow,
        valid = reference.valid,
        nulls = nulls.join(","),
        condition_c = format_args!(
            "EXISTS (SELECT FROM {} q WHERE (q.tableoid, q.ctid) = (c.tableoid, c.ctid) AND ({condition}))",
            scan(&reference.child.0)
        ),
    )
}

fn seed_rows(model: &Model, seed: &crate::model::Seed) -> String {
    let name = &seed.table;
    let relation = from(name, model.table(name).partitioned);
    let condition = seed.condition.as_deref().unwrap_or("true");
    let taken = match &seed.quota {
        Quota::Every => "count(*)".to_owned(),
        Quota::Rows(rows) => format!("least(count(*), {rows})"),
        Quota::Percent(percent) => format!("ceil(count(*) * {percent}::numeric / 100)"),
    };
    format!(
        "INSERT INTO oracle.seed_table VALUES ('{literal}');
         CREATE TEMP TABLE candidate AS SELECT r.id, r.h FROM {relation} t
         JOIN oracle.r ON (r.leaf, r.tid) = (t.tableoid, t.ctid) WHERE {condition};
         INSERT INTO oracle.seed SELECT id FROM (SELECT id, row_number() OVER (ORDER BY h, id) AS place FROM candidate) x
         WHERE place <= (SELECT {taken} FROM candidate);
         DROP TABLE candidate;",
        literal = name.replace('\'', "''")
    )
}

/// Step 6, read off the final set.
pub(crate) fn answer(client: &Client) -> Answer {
    let run = |sql: &str| -> Vec<Vec<String>> {
        let text = client.run(&format!("SET search_path = ''; {sql}")).unwrap();
        text.lines().map(|line| line.split('|').map(str::to_owned).collect()).collect()
    };
    let row = |fields: &[String]| (fields[0].clone(), fields[1].clone());
    let rows = run("SELECT leaf, tid FROM oracle.r JOIN oracle.s ON s.id = r.id");
    let nulls = run(
        "SELECT DISTINCT leaf, tid, nulls FROM (
           SELECT e.child, ref.nulls FROM oracle.e JOIN oracle.ref ON ref.id = e.ref JOIN oracle.s ON s.id = e.child
           WHERE ref.policy = 'null' AND e.parent NOT IN (SELECT id FROM oracle.s)
           UNION
           SELECT d.child, ref.nulls FROM oracle.d JOIN oracle.ref ON ref.id = d.ref JOIN oracle.s ON s.id = d.child
           WHERE ref.dangling = 'null') x
         JOIN oracle.r ON r.id = x.child",
    );
    let counts = run(
        "SELECT
           (SELECT count(*) FROM (SELECT DISTINCT e.ref, e.child FROM oracle.e JOIN oracle.ref ON ref.id = e.ref
              JOIN oracle.s ON s.id = e.child
              WHERE ref.policy = 'error' AND e.parent NOT IN (SELECT id FROM oracle.s)) x),
           (SELECT count(*) FROM oracle.d JOIN oracle.ref ON ref.id = d.ref JOIN oracle.s ON s.id = d.child
              WHERE ref.dangling IS NULL AND ref.valid),
           (SELECT count(*) FROM oracle.d JOIN oracle.ref ON ref.id = d.ref JOIN oracle.s ON s.id = d.child
              WHERE ref.dangling = 'keep' AND ref.valid)",
    );
    let count = |at: usize| counts[0][at].parse::<u64>().unwrap();
    let mut answer = Answer::default();
    answer
        .stops
        .extend([("absent", count(0)), ("dangling", count(1))].into_iter().filter(|(_, rows)| *rows > 0));
    if !answer.stops.is_empty() {
        return answer;
    }
    answer.rows = rows.iter().map(|fields| row(fields)).collect();
    for fields in &nulls {
        let columns = fields[2].split(',').map(str::to_owned);
        answer.nulls.entry(row(fields)).or_default().extend(columns);
    }
    answer.kept = count(2);
    answer
}
