//! The closure in plain SQL: every row gets a number, every edge is a row, and each step of the definition is one
//! statement that runs until it changes nothing.
//!
//! ```text
//!   BEGIN ─► oracle.* (rows, edges, seeds) ─► closure ─► answer ─► does every key hold? ─┐
//!              ▲                                                                         ▼
//!              └── SAVEPOINT, one feature taken away, closure again, ROLLBACK TO ◄── for each feature
//!   ROLLBACK: the database is as it was
//! ```

use std::collections::{BTreeMap, BTreeSet, HashMap};

use waxwork_fixtures::Client;

use crate::model::{Kind, Model, Quota, Reference, Seed, Table};

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

/// All that one transaction finds out.
#[derive(Debug, Default)]
pub(crate) struct Solution {
    pub(crate) answer: Answer,
    /// Hashes by key text, of every row of every table: what the code under test is given as its keyed hash.
    pub(crate) hashes: HashMap<String, u64>,
    /// Rows of the set, by index of the reference, whose key leads to no row of it although it must.
    pub(crate) broken: BTreeMap<usize, u64>,
    /// Features without which the rows would be others.
    pub(crate) changed: BTreeSet<&'static str>,
}

/// A feature that is taken away: its name, and the statements that do so and end with a call of [`CLOSURE`].
#[derive(Debug)]
pub(crate) struct Neutralised {
    pub(crate) name: &'static str,
    /// Rows that then count as neither there nor missing: (leaf, tid, table) of `oracle.r` by a condition.
    pub(crate) ignored: Option<&'static str>,
    pub(crate) sql: String,
}

/// The transaction that the oracle runs in: a snapshot of its own, or one that somebody exported.
pub(crate) fn under(snapshot: Option<&str>) -> String {
    match snapshot {
        None => "BEGIN;".to_owned(),
        Some(id) => format!("BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '{id}';"),
    }
}

/// The hash of a key in SQL: 60 bits of MD5, as a number that both sides can hold; or two bits, and then rows that share
/// one follow each other as they stand in the table.
fn hash(model: &Model) -> &'static str {
    match model.ties {
        false => "('x' || substr(md5('salt' || k), 1, 15))::bit(60)::bigint",
        true => "(('x' || substr(md5('salt' || k), 1, 15))::bit(60)::bigint >> 58) << 58",
    }
}

const SETTINGS: &str = "
SET LOCAL search_path = public; SET LOCAL extra_float_digits = 3; SET LOCAL timezone = 'UTC'; SET LOCAL jit = off;
SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL row_security = off;
";

const SCHEMA: &str = "
CREATE SCHEMA oracle;
CREATE TABLE oracle.r (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tbl text, leaf oid, tid tid, k text, h bigint);
CREATE TABLE oracle.tbl (name text, said text, rows bigint, class text);
CREATE TABLE oracle.ref (id int, child text, parent text, policy text, follow bool, lim bigint, dangling text,
  valid bool, nulls text);
CREATE TABLE oracle.e (ref int, child bigint, parent bigint);
CREATE TABLE oracle.d (ref int, child bigint);
CREATE TABLE oracle.pick (ref int, parent bigint, child bigint, h bigint, place bigint);
CREATE TABLE oracle.seed (n int, id bigint);
CREATE TABLE oracle.seed_table (tbl text);
CREATE TABLE oracle.setting (lookup_rows bigint);
CREATE TABLE oracle.w (id bigint PRIMARY KEY);
CREATE TABLE oracle.s (id bigint PRIMARY KEY);
CREATE TABLE oracle.gone (id bigint PRIMARY KEY);
CREATE TABLE oracle.ignored (id bigint PRIMARY KEY);
";

/// The class of each table (by what is said, else by reachability, else by size), then steps 1 to 5. The loops are
/// PL/pgSQL, the rules themselves one statement each. `mode` leaves a rule out: under 'needed' a row that is only
/// needed brings its children too, under 'once' rows leave without taking others with them.
const CLOSURE: &str = "
CREATE FUNCTION oracle.closure(mode text) RETURNS void LANGUAGE plpgsql AS $f$ BEGIN
WITH RECURSIVE reached (tbl) AS (
  SELECT DISTINCT tbl FROM oracle.seed_table
  UNION
  SELECT ref.child FROM reached JOIN oracle.ref ON ref.parent = reached.tbl JOIN oracle.tbl t ON t.name = ref.child
  WHERE ref.follow AND t.said IS DISTINCT FROM 'none'
)
UPDATE oracle.tbl SET class = coalesce(said, CASE
  WHEN NOT EXISTS (SELECT FROM oracle.seed_table) THEN 'all'
  WHEN name IN (SELECT tbl FROM reached) THEN 'subset'
  WHEN rows <= (SELECT lookup_rows FROM oracle.setting) THEN 'all' ELSE 'subset' END);
DELETE FROM oracle.gone;
LOOP
  DELETE FROM oracle.w; DELETE FROM oracle.s;
  INSERT INTO oracle.w SELECT id FROM oracle.seed WHERE id NOT IN (SELECT id FROM oracle.gone) ON CONFLICT DO NOTHING;
  LOOP
    LOOP
      INSERT INTO oracle.w
      SELECT DISTINCT p.child FROM oracle.pick p JOIN oracle.w ON w.id = p.parent JOIN oracle.ref ON ref.id = p.ref
      JOIN oracle.r ON r.id = p.child JOIN oracle.tbl t ON t.name = r.tbl
      WHERE ref.follow AND (ref.lim IS NULL OR p.place <= ref.lim) AND t.class <> 'none'
        AND p.child NOT IN (SELECT id FROM oracle.gone) ON CONFLICT DO NOTHING;
      EXIT WHEN NOT FOUND;
    END LOOP;
    INSERT INTO oracle.s SELECT id FROM oracle.w ON CONFLICT DO NOTHING;
    INSERT INTO oracle.s SELECT r.id FROM oracle.r JOIN oracle.tbl t ON t.name = r.tbl
    WHERE t.class = 'all' AND r.id NOT IN (SELECT id FROM oracle.gone) ON CONFLICT DO NOTHING;
    LOOP
      INSERT INTO oracle.s SELECT DISTINCT e.parent FROM oracle.e JOIN oracle.s ON s.id = e.child
      JOIN oracle.ref ON ref.id = e.ref JOIN oracle.r ON r.id = e.parent JOIN oracle.tbl t ON t.name = r.tbl
      WHERE ref.policy = 'pull' AND t.class <> 'none' AND e.parent NOT IN (SELECT id FROM oracle.gone)
      ON CONFLICT DO NOTHING;
      EXIT WHEN NOT FOUND;
    END LOOP;
    EXIT WHEN mode <> 'needed';
    INSERT INTO oracle.w SELECT id FROM oracle.s ON CONFLICT DO NOTHING;
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
  IF mode = 'once' THEN
    DELETE FROM oracle.s WHERE id IN (SELECT id FROM oracle.gone);
    EXIT;
  END IF;
END LOOP;
END $f$;
";

/// Step 6, read off the final set; and the rows as one text, in which a run that stops has none.
const VERDICTS: &str = "
CREATE VIEW oracle.absent AS
  SELECT DISTINCT e.ref, e.child FROM oracle.e JOIN oracle.ref ON ref.id = e.ref JOIN oracle.s ON s.id = e.child
  WHERE ref.policy = 'error' AND e.parent NOT IN (SELECT id FROM oracle.s);
CREATE VIEW oracle.dangling AS
  SELECT d.ref, d.child, ref.dangling AS policy FROM oracle.d JOIN oracle.ref ON ref.id = d.ref
  JOIN oracle.s ON s.id = d.child WHERE ref.valid;
CREATE VIEW oracle.nulled AS
  SELECT e.child, ref.nulls FROM oracle.e JOIN oracle.ref ON ref.id = e.ref JOIN oracle.s ON s.id = e.child
  WHERE ref.policy = 'null' AND e.parent NOT IN (SELECT id FROM oracle.s)
  UNION
  SELECT d.child, ref.nulls FROM oracle.d JOIN oracle.ref ON ref.id = d.ref JOIN oracle.s ON s.id = d.child
  WHERE ref.dangling = 'null';
CREATE FUNCTION oracle.copied() RETURNS text LANGUAGE sql AS $f$
  SELECT CASE
    WHEN EXISTS (SELECT FROM oracle.absent) OR EXISTS (SELECT FROM oracle.dangling WHERE policy IS NULL) THEN 'stopped'
    ELSE (SELECT md5(coalesce(string_agg(id::text, ',' ORDER BY id), '')) FROM oracle.s
          WHERE id NOT IN (SELECT id FROM oracle.ignored)) END $f$;
";

const HASHES: &str = "SELECT 'hash', h, encode(convert_to(k, 'UTF8'), 'hex') FROM oracle.r;\n";

/// Every line begins with what it tells.
const ANSWER: &str = "
SELECT 'row', leaf, tid FROM oracle.r JOIN oracle.s ON s.id = r.id;
SELECT 'null', leaf, tid, nulls FROM oracle.nulled JOIN oracle.r ON r.id = nulled.child;
SELECT 'count',
  (SELECT count(*) FROM oracle.absent),
  (SELECT count(*) FROM oracle.dangling WHERE policy IS NULL),
  (SELECT count(*) FROM oracle.dangling WHERE policy = 'keep');
";

/// Numbers all rows, computes the closure, and then what it were without each of some features.
pub(crate) fn solve(client: &Client, begin: &str, model: &Model, features: &[Neutralised]) -> Solution {
    let mut sql = format!("{HASHES}{}", closed());
    for (at, reference) in model.references.iter().enumerate() {
        sql.push_str(&broken(model, at, reference));
    }
    for (at, feature) in features.iter().enumerate() {
        sql.push_str(&without(at, feature));
    }
    solution(&within(client, begin, model, &sql), features)
}

/// What statements print in a transaction in which the rows are numbered, and which leaves nothing.
pub(crate) fn within(client: &Client, begin: &str, model: &Model, statements: &str) -> String {
    client.run(&format!("{begin}{SETTINGS}{}{statements}ROLLBACK;", prepare(model))).unwrap()
}

/// The closure of the seeds that stand in `oracle.seed`, and what there is to say of it.
pub(crate) fn closed() -> String {
    format!("SELECT oracle.closure('');\n{ANSWER}")
}

/// What was printed.
pub(crate) fn solution(text: &str, features: &[Neutralised]) -> Solution {
    let mut solution = Solution::default();
    for line in text.lines() {
        read(&mut solution, features, &line.split('|').collect::<Vec<_>>());
    }
    if !solution.answer.stops.is_empty() {
        solution.answer = Answer { stops: std::mem::take(&mut solution.answer.stops), ..Answer::default() };
        solution.broken.clear();
    }
    solution
}

fn read(solution: &mut Solution, features: &[Neutralised], fields: &[&str]) {
    let answer = &mut solution.answer;
    let row = || (fields[1].to_owned(), fields[2].to_owned());
    let count = |at: usize| fields[at].parse::<u64>().unwrap();
    match fields[0] {
        "hash" => {
            let byte = |at| u8::from_str_radix(&fields[2][at..at + 2], 16).unwrap();
            let key = (0..fields[2].len()).step_by(2).map(byte).collect();
            solution.hashes.insert(String::from_utf8(key).unwrap(), count(1));
        }
        "row" => _ = answer.rows.insert(row()),
        "null" => {
            answer.nulls.entry(row()).or_default().extend(fields[3].split(',').map(str::to_owned));
        }
        "count" => {
            let causes = [("absent", count(1)), ("dangling", count(2))];
            answer.stops.extend(causes.into_iter().filter(|(_, rows)| *rows > 0));
            answer.kept = count(3);
        }
        "broken" if count(2) > 0 => _ = solution.broken.insert(count(1) as usize, count(2)),
        "changed" => _ = solution.changed.insert(features[count(1) as usize].name),
        _ => {}
    }
}

fn prepare(model: &Model) -> String {
    let mut sql =
        format!("{SCHEMA}{CLOSURE}{VERDICTS}INSERT INTO oracle.setting VALUES ({});\n", model.lookup_rows);
    for table in &model.tables {
        sql.push_str(&number(table, hash(model)));
    }
    sql.push_str("CREATE UNIQUE INDEX ON oracle.r (leaf, tid); ANALYZE oracle.r;\n");
    for (at, reference) in model.references.iter().enumerate() {
        sql.push_str(&edges(model, at, reference, Reading::default()));
    }
    for (at, seed) in model.seeds.iter().enumerate() {
        sql.push_str(&format!("INSERT INTO oracle.seed_table VALUES ('{}');\n", literal(&seed.table)));
        sql.push_str(&seed_rows(model, at, seed));
    }
    sql.push_str(
        "CREATE INDEX ON oracle.e (child); CREATE INDEX ON oracle.e (parent); CREATE INDEX ON oracle.pick (parent);
         ANALYZE oracle.e; ANALYZE oracle.pick;\n",
    );
    sql
}

/// The closure without a feature; said is only whether that changes the rows.
fn without(at: usize, feature: &Neutralised) -> String {
    let ignored = feature.ignored.map_or(String::new(), |condition| {
        format!(
            "INSERT INTO oracle.ignored SELECT id FROM oracle.r WHERE {condition};
             DELETE FROM oracle.e WHERE child IN (SELECT id FROM oracle.ignored) OR parent IN (SELECT id FROM oracle.ignored);
             DELETE FROM oracle.d WHERE child IN (SELECT id FROM oracle.ignored);
             DELETE FROM oracle.pick WHERE child IN (SELECT id FROM oracle.ignored) OR parent IN (SELECT id FROM oracle.ignored);
             DELETE FROM oracle.seed WHERE id IN (SELECT id FROM oracle.ignored);
             DELETE FROM oracle.r WHERE id IN (SELECT id FROM oracle.ignored);\n"
        )
    });
    // What is ignored must be taken out of the rows before, too.
    let before = feature.ignored.map_or(String::new(), |condition| {
        format!(
            "INSERT INTO oracle.ignored SELECT id FROM oracle.r WHERE {condition};
             SELECT oracle.copied() AS before \\gset\nDELETE FROM oracle.ignored;\n"
        )
    });
    let before =
        if before.is_empty() { "SELECT oracle.copied() AS before \\gset\n".to_owned() } else { before };
    format!(
        "SAVEPOINT feature;\n{before}{ignored}{sql}
         SELECT 'changed', {at} WHERE oracle.copied() <> :'before';\nROLLBACK TO feature;\n",
        sql = feature.sql
    )
}

fn literal(name: &str) -> String {
    name.replace('\'', "''")
}

fn from(relation: &str, partitioned: bool) -> String {
    if partitioned { relation.to_owned() } else { format!("ONLY {relation}") }
}

fn number(table: &Table, hash: &str) -> String {
    let Table { name, key, rows, .. } = table;
    let said = rows.map_or("NULL".to_owned(), |rows| format!("'{rows}'"));
    let (literal, relation) = (literal(name), from(name, table.partitioned));
    format!(
        "INSERT INTO oracle.r (tbl, leaf, tid, k, h) SELECT '{literal}', tableoid, ctid, k, {hash}
         FROM (SELECT tableoid, ctid, ROW({})::text AS k FROM {relation}) x;
         INSERT INTO oracle.tbl SELECT '{literal}', {said}, count(*) FROM oracle.r WHERE tbl = '{literal}';\n",
        key.join(", ")
    )
}

/// How a reference is read; the default is right, the rest is what a program that forgets something would do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reading {
    /// Heirs are taken for rows of their parent.
    pub(crate) heirs: bool,
    /// A NULL in a key agrees with whatever the parent has there.
    pub(crate) nulls_agree: bool,
    /// Keys are compared as texts, because they may be of types that do not compare.
    pub(crate) as_text: bool,
}

/// The parts of a reference as SQL, with `c` for the child and `p` for the parent.
struct Parts {
    child: String,
    parent: String,
    elements: String,
    /// The child's row refers to something.
    refers: String,
    equal: String,
}

fn parts(model: &Model, reference: &Reference, reading: Reading) -> Parts {
    let partitioned = |name: &str| model.tables.iter().any(|table| table.name == name && table.partitioned);
    let scan = |name: &str| from(name, reading.heirs || partitioned(name));
    let as_text = if reading.as_text { "::text" } else { "" };
    let (refers, elements, equal) = match &reference.kind {
        Kind::Columns(pairs) => {
            let each = |part: &dyn Fn(&str, &str) -> String| -> Vec<String> {
                pairs.iter().map(|(own, key)| part(own, key)).collect()
            };
            let agree = |own: &str, key: &str| match reading.nulls_agree {
                true => format!("(c.{own} IS NULL OR c.{own} = p.{key})"),
                false => format!("c.{own}{as_text} = p.{key}{as_text}"),
            };
            let refers = match reading.nulls_agree {
                true => "true".to_owned(),
                false => each(&|own, _| format!("c.{own} IS NOT NULL")).join(" AND "),
            };
            (refers, "(VALUES (1)) AS x (v)".to_owned(), each(&agree).join(" AND "))
        }
        Kind::Array(own, key) => {
            ("x.v IS NOT NULL".to_owned(), format!("unnest(c.{own}) AS x (v)"), format!("x.v = p.{key}"))
        }
        Kind::Json(own, key) => (
            "x.v IS NOT NULL".to_owned(),
            format!("(VALUES (c.{own} #>> '{{user,id}}')) AS x (v)"),
            format!("x.v = p.{key}::text"),
        ),
    };
    let when = match &reference.when {
        Some((column, constant)) => format!(" AND c.{column} = '{constant}'"),
        None => String::new(),
    };
    let (child, parent) = (scan(&reference.child.0), scan(&reference.parent.0));
    Parts { child, parent, elements, refers: refers + &when, equal }
}

/// Every pair of a row and its parent, every row without one, and the children that count, in their order.
pub(crate) fn edges(model: &Model, at: usize, reference: &Reference, reading: Reading) -> String {
    let Parts { child, parent, elements, refers, equal } = parts(model, reference, reading);
    let text = |word: Option<&str>| word.map_or("NULL".to_owned(), |word| format!("'{word}'"));
    let counts = match &reference.condition {
        // A subquery of its own: the condition's columns have no table's name before them.
        Some(condition) => format!(
            "EXISTS (SELECT FROM {child} q WHERE (q.tableoid, q.ctid) = (c.tableoid, c.ctid) AND ({condition}))"
        ),
        None => "true".to_owned(),
    };
    let nulls: Vec<&str> = reference.null_columns.iter().map(String::as_str).collect();
    format!(
        "INSERT INTO oracle.ref VALUES ({at}, '{child_root}', '{parent_root}', '{policy}', {follow}, {limit}, {dangling},
           {valid}, '{nulls}');
         WITH k AS (
           SELECT rc.id AS child, rp.id AS parent, rc.h, {counts} AS counts
           FROM {child} c CROSS JOIN LATERAL {elements} LEFT JOIN {parent} p ON {equal}
           JOIN oracle.r rc ON (rc.leaf, rc.tid) = (c.tableoid, c.ctid)
           LEFT JOIN oracle.r rp ON (rp.leaf, rp.tid) = (p.tableoid, p.ctid)
           WHERE {refers}
         ), edge AS (INSERT INTO oracle.e SELECT DISTINCT {at}, child, parent FROM k WHERE parent IS NOT NULL),
         dangling AS (INSERT INTO oracle.d SELECT DISTINCT {at}, child FROM k WHERE parent IS NULL)
         INSERT INTO oracle.pick SELECT {at}, parent, child, h, row_number() OVER (PARTITION BY parent ORDER BY h, child)
         FROM (SELECT DISTINCT parent, child, h FROM k WHERE counts AND parent IS NOT NULL) each;\n",
        child_root = literal(&reference.child.1),
        parent_root = literal(&reference.parent.1),
        policy = reference.parent_policy,
        follow = reference.follow,
        limit = reference.limit.map_or("NULL".to_owned(), |limit| limit.to_string()),
        dangling = text(reference.dangling),
        valid = reference.valid,
        nulls = nulls.join(","),
    )
}

/// Rows of the set whose key, as it will stand in the copy, leads to no row of the set. Where nothing enforces the
/// reference, or rows that dangle are kept, only such count as have their parent in the source.
fn broken(model: &Model, at: usize, reference: &Reference) -> String {
    let Parts { child, parent, elements, refers, equal } = parts(model, reference, Reading::default());
    let own: Vec<String> = match &reference.kind {
        Kind::Columns(pairs) => pairs.iter().map(|(own, _)| format!("'{own}'")).collect(),
        Kind::Array(..) | Kind::Json(..) => Vec::new(),
    };
    let enforced = reference.valid && reference.dangling != Some("keep");
    format!(
        "SELECT 'broken', {at}, count(*) FROM {child} c CROSS JOIN LATERAL {elements}
         JOIN oracle.r rc ON (rc.leaf, rc.tid) = (c.tableoid, c.ctid) JOIN oracle.s ON s.id = rc.id
         WHERE {refers} AND NOT EXISTS (SELECT FROM oracle.nulled n
             WHERE n.child = rc.id AND string_to_array(n.nulls, ',') && ARRAY[{own}]::text[])
           AND NOT EXISTS (SELECT FROM {parent} p JOIN oracle.r rp ON (rp.leaf, rp.tid) = (p.tableoid, p.ctid)
             JOIN oracle.s sp ON sp.id = rp.id WHERE {equal})
           AND ({enforced} OR EXISTS (SELECT FROM {parent} p WHERE {equal}));\n",
        own = own.join(", ")
    )
}

/// The rows that a seed takes.
pub(crate) fn seed_rows(model: &Model, at: usize, seed: &Seed) -> String {
    let table = model.table(&seed.table);
    let relation = from(&seed.table, table.partitioned);
    let mut condition = seed.condition.clone().unwrap_or_else(|| "true".to_owned());
    if !seed.keys.is_empty() {
        let keys: Vec<String> = seed.keys.iter().map(|key| format!("({})", key.join(", "))).collect();
        condition = format!("({}) IN ({})", table.key.join(", "), keys.join(", "));
    }
    let taken = match &seed.quota {
        Quota::Every => "total".to_owned(),
        Quota::Rows(rows) => format!("least(total, {rows})"),
        Quota::Percent(percent) => format!("ceil(total * {percent}::numeric / 100)"),
    };
    format!(
        "INSERT INTO oracle.seed SELECT {at}, id FROM (
           SELECT r.id, row_number() OVER (PARTITION BY by ORDER BY r.h, r.id) AS place, count(*) OVER (PARTITION BY by) AS total
           FROM (SELECT tableoid AS own_leaf, ctid AS own_tid, {by} AS by FROM {relation} WHERE {condition}) t
           JOIN oracle.r ON (r.leaf, r.tid) = (own_leaf, own_tid)) x
         WHERE place <= {taken};\n",
        by = seed.by.unwrap_or("NULL::int"),
    )
}
