//! The COPY query: canonical keys, NULLed columns, context joins, tuple ids.

use crate::support::{database, has_extension, leader, worker};
use waxwork_copy::Wire;
use waxwork_core::catalog::{Catalog, ColumnId, TableId};
use waxwork_core::ident::QualifiedName;
use waxwork_core::plan::{Canonical, ColumnAction, ColumnPlan, ContextField, ContextStep, TablePlan};
use waxwork_core::rules::RuleFile;
use waxwork_core::subset::resolve_references;
use waxwork_pg::probe::ContextEqualities;
use waxwork_pg::{CopyQuery, Param, RowChoice, SourceWorker, Tid, doing};

fn id(catalog: &Catalog, table: &str) -> TableId {
    catalog.find(&QualifiedName::new("public", table)).unwrap()
}

fn column(catalog: &Catalog, table: &str, name: &str) -> ColumnId {
    catalog.table(id(catalog, table)).find_column(name).unwrap()
}

/// A plan that keeps every column of a table, some in a canonical form.
fn plan(catalog: &Catalog, name: &str, canonical: &[(&str, Canonical)]) -> TablePlan {
    let table = id(catalog, name);
    let columns = catalog.table(table).columns.iter().enumerate().map(|(at, column)| ColumnPlan {
        column: ColumnId(at as u32),
        value_type: catalog.value_type(column),
        action: ColumnAction::Keep { reason: "a test".into() },
        origin: "a test".into(),
        canonical: canonical
            .iter()
            .find(|(name, _)| *name == column.name.as_str())
            .map_or(Canonical::AsIs, |(_, canonical)| *canonical),
        location: None,
    });
    let columns = columns.collect();
    TablePlan { table, columns, derived: Vec::new(), context: Vec::new(), load_through_root: false }
}

async fn text_of(worker: &mut SourceWorker, query: &CopyQuery) -> String {
    let mut copy = worker.copy_out(query, Wire::Text, 1 << 20).await.unwrap();
    let mut text = Vec::new();
    while let Some(batch) = copy.next_batch().await.unwrap() {
        text.extend(batch.into_bytes());
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn keys_come_in_one_form_whatever_form_they_are_stored_in() {
    let (cluster, name, info) = database(
        "CREATE TABLE t (n numeric, f4 float4, f8 float8, c char(4)); \
         INSERT INTO t VALUES (1.500, '-0', '-0', 'ab'), (NULL, 2, NULL, NULL)",
    );
    let (_leader, view) = leader(&info).await;
    let canonical = [
        ("n", Canonical::TrimScale),
        ("f4", Canonical::PositiveZero),
        ("f8", Canonical::PositiveZero),
        ("c", Canonical::Rtrim),
    ];
    let plan = plan(&view.catalog, "t", &canonical);
    let query =
        CopyQuery::new(&view.catalog, &plan, &ContextEqualities::default(), plan.table, RowChoice::All, &[]);
    let mut source = worker(&info, &view).await;
    assert_eq!(text_of(&mut source, &query).await, "1.5\t0\t0\tab\n\\N\t2\t\\N\t\\N\n");
    // On the binary wire the width must stay the column's own: float4 has 4 bytes.
    let types = format!(
        "SELECT pg_typeof(f4) || ' ' || pg_typeof(f8) FROM ({}) AS q (n, f4, f8) LIMIT 1",
        query.select()
    );
    assert_eq!(cluster.psql(&name, &types).unwrap(), "real double precision");
}

#[tokio::test]
async fn a_citext_key_is_lowered() {
    let (cluster, name, info) = database("CREATE SCHEMA ext");
    if !has_extension(cluster, "citext") {
        return;
    }
    let script = "CREATE EXTENSION citext SCHEMA ext; CREATE TABLE p (c ext.citext PRIMARY KEY, n int); \
                  CREATE TABLE t (c ext.citext REFERENCES p); INSERT INTO p VALUES ('Ann@X', 7); \
                  INSERT INTO t VALUES ('ANN@x')";
    cluster.psql(&name, script).unwrap();
    let (_leader, view) = leader(&info).await;
    let mut plan = plan(&view.catalog, "t", &[("c", Canonical::Lower)]);
    plan.context.push(context(&view.catalog, "t", &[("c", "p", "c")], "n"));
    let mut source = worker(&info, &view).await;
    let equalities = equalities(&mut source, &view.catalog, &plan).await;
    let query = CopyQuery::new(&view.catalog, &plan, &equalities, plan.table, RowChoice::All, &[]);
    // The parent is found by citext's own equality, although no search path leads to it.
    assert_eq!(text_of(&mut source, &query).await, "ann@x\t7\n");
}

/// A context field: (child column, parent, parent column) from the table outwards, then the last parent's column.
fn context(catalog: &Catalog, from: &str, path: &[(&str, &str, &str)], name: &str) -> ContextField {
    let mut at = from.to_owned();
    let steps = path.iter().map(|(child, parent, key)| {
        let step = ContextStep {
            columns: vec![(column(catalog, &at, child), column(catalog, parent, key))],
            parent: id(catalog, parent),
        };
        (*parent).clone_into(&mut at);
        step
    });
    let path: Vec<ContextStep> = steps.collect();
    let (last, field) = (catalog.table(id(catalog, &at)), column(catalog, &at, name));
    ContextField {
        path,
        column: field,
        value_type: catalog.value_type(last.column(field)),
        canonical: Canonical::AsIs,
    }
}

/// Of the keys that the schema declares.
async fn equalities(source: &mut SourceWorker, catalog: &Catalog, plan: &TablePlan) -> ContextEqualities {
    let rules = RuleFile::parse("rules.toml", "version = 1\n").unwrap();
    let references = resolve_references(&rules, catalog, &mut Vec::new());
    ContextEqualities::read(source, catalog, &references, plan).await.unwrap()
}

#[tokio::test]
async fn a_parent_is_joined_by_the_collation_of_its_key() {
    let (_, _, info) = database(
        "CREATE TABLE orders (code text COLLATE \"C\" PRIMARY KEY, customer int); \
         CREATE TABLE items (code varchar COLLATE \"POSIX\" REFERENCES orders); \
         INSERT INTO orders VALUES ('a', 1), ('A', 2); INSERT INTO items VALUES ('A'), (NULL)",
    );
    let (_leader, view) = leader(&info).await;
    let mut plan = plan(&view.catalog, "items", &[]);
    plan.context.push(context(&view.catalog, "items", &[("code", "orders", "code")], "customer"));
    let mut source = worker(&info, &view).await;
    let equalities = equalities(&mut source, &view.catalog, &plan).await;
    let query = CopyQuery::new(&view.catalog, &plan, &equalities, plan.table, RowChoice::All, &[]);
    assert_eq!(text_of(&mut source, &query).await, "A\t2\n\\N\t\\N\n");
}

const FAMILY: &str = "CREATE TABLE g (id int PRIMARY KEY, secret text, weight numeric); \
    CREATE TABLE p (id bigint PRIMARY KEY, g int REFERENCES g) PARTITION BY HASH (id); \
    CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 1, REMAINDER 0); \
    CREATE TABLE t (id int, p int REFERENCES p, note text); \
    INSERT INTO g VALUES (1, 'one', 2.50); INSERT INTO p VALUES (10, 1), (20, NULL); \
    INSERT INTO t VALUES (1, 10, 'a'), (2, 20, 'b'), (3, NULL, 'c')";

#[tokio::test]
async fn context_fields_follow_the_columns_and_never_lose_or_double_a_row() {
    let (_, _, info) = database(FAMILY);
    let (_leader, view) = leader(&info).await;
    let mut plan = plan(&view.catalog, "t", &[]);
    plan.context.push(context(&view.catalog, "t", &[("p", "p", "id")], "g"));
    plan.context.push(context(&view.catalog, "t", &[("p", "p", "id"), ("g", "g", "id")], "secret"));
    let mut weight = context(&view.catalog, "t", &[("p", "p", "id"), ("g", "g", "id")], "weight");
    weight.canonical = Canonical::TrimScale;
    plan.context.push(weight);
    let mut source = worker(&info, &view).await;
    let equalities = equalities(&mut source, &view.catalog, &plan).await;
    let query = CopyQuery::new(&view.catalog, &plan, &equalities, plan.table, RowChoice::All, &[]);
    let mut rows: Vec<String> = text_of(&mut source, &query).await.lines().map(str::to_owned).collect();
    rows.sort();
    assert_eq!(rows, ["1\t10\ta\t1\tone\t2.5", "2\t20\tb\t\\N\t\\N\t\\N", "3\t\\N\tc\t\\N\t\\N\t\\N"]);
}

#[tokio::test]
async fn columns_of_an_absent_parent_are_null_in_every_row() {
    let (_, _, info) = database(FAMILY);
    let (_leader, view) = leader(&info).await;
    let plan = plan(&view.catalog, "t", &[]);
    let null = [column(&view.catalog, "t", "p")];
    let query = CopyQuery::new(
        &view.catalog,
        &plan,
        &ContextEqualities::default(),
        plan.table,
        RowChoice::All,
        &null,
    );
    assert_eq!(text_of(&mut worker(&info, &view).await, &query).await, "1\t\\N\ta\n2\t\\N\tb\n3\t\\N\tc\n");
}

#[tokio::test]
async fn what_becomes_null_does_not_leave_the_source() {
    let (_, _, info) = database(FAMILY);
    let (_leader, view) = leader(&info).await;
    let mut plan = plan(&view.catalog, "t", &[]);
    for at in [1, 2] {
        plan.columns[at].action = ColumnAction::Null;
    }
    plan.context.push(context(&view.catalog, "t", &[], "p"));
    let query =
        CopyQuery::new(&view.catalog, &plan, &ContextEqualities::default(), plan.table, RowChoice::All, &[]);
    assert!(!query.select().contains("t.note"), "{}", query.select());
    let mut source = worker(&info, &view).await;
    let text = text_of(&mut source, &query).await;
    assert_eq!(text, "1\t\\N\t\\N\t10\n2\t\\N\t\\N\t20\n3\t\\N\t\\N\t\\N\n");
    let mut copy = source.copy_out(&query, Wire::Binary, 1 << 20).await.unwrap();
    assert_eq!(copy.next_batch().await.unwrap().unwrap().rows(), 3);
}

#[tokio::test]
async fn a_leaf_is_read_by_name_and_not_by_its_own_column_order() {
    let (_, _, info) = database(
        "CREATE TABLE m (a int, b text) PARTITION BY LIST (a); CREATE TABLE m1 (b text, gone int, a int); \
         ALTER TABLE m1 DROP gone; ALTER TABLE m ATTACH PARTITION m1 DEFAULT; INSERT INTO m VALUES (1, 'x')",
    );
    let (_leader, view) = leader(&info).await;
    let plan = plan(&view.catalog, "m", &[]);
    let query = CopyQuery::new(
        &view.catalog,
        &plan,
        &ContextEqualities::default(),
        id(&view.catalog, "m1"),
        RowChoice::All,
        &[],
    );
    assert_eq!(text_of(&mut worker(&info, &view).await, &query).await, "1\tx\n");
}

#[tokio::test]
async fn ids_are_fetched_by_a_tid_scan_and_may_be_set_again() {
    let (_, _, info) = database(
        "CREATE TABLE t AS SELECT i AS id, repeat('x', 100) AS note FROM generate_series(1, 20000) AS i; ANALYZE t",
    );
    let (_leader, view) = leader(&info).await;
    let plan = plan(&view.catalog, "t", &[]);
    let query =
        CopyQuery::new(&view.catalog, &plan, &ContextEqualities::default(), plan.table, RowChoice::Ids, &[]);
    let mut source = worker(&info, &view).await;
    let every_tenth = "SELECT ctid, id FROM ONLY public.t WHERE id % 10 = $1";
    for rest in [3_i64, 7] {
        let rows = source.fetch(doing("choose"), every_tenth, &[Param::Int(rest)]).await.unwrap();
        let ids: Vec<Tid> = rows.iter().map(|row| row.tid(0).unwrap()).collect();
        source.set_ids(&ids).await.unwrap();
        let text = text_of(&mut source, &query).await;
        let fetched: Vec<i64> =
            text.lines().map(|line| line.split('\t').next().unwrap().parse().unwrap()).collect();
        let chosen: Vec<i64> = rows.iter().map(|row| row.int(1).unwrap()).collect();
        assert_eq!(fetched, chosen);
        // The same ids as a parameter give the same rows.
        let sql = "SELECT id FROM ONLY public.t WHERE ctid = ANY ($1)";
        assert_eq!(source.fetch(doing("fetch"), sql, &[Param::Tids(ids)]).await.unwrap().len(), 2000);
    }
    let explain = format!("EXPLAIN {}", query.select());
    let plan = source.fetch(doing("explain"), &explain, &[]).await.unwrap();
    assert!(plan[0].text(0).unwrap().starts_with("Tid Scan on t"), "{:?}", plan[0].text(0));
}

#[tokio::test]
async fn block_ranges_split_a_table_without_overlap_or_gap() {
    let (_, _, info) = database(
        "CREATE TABLE t AS SELECT i AS id, repeat('x', 500) AS note FROM generate_series(1, 3000) AS i",
    );
    let (_leader, view) = leader(&info).await;
    let plan = plan(&view.catalog, "t", &[]);
    let mut source = worker(&info, &view).await;
    let mut rows = 0;
    for range in
        [RowChoice::Blocks(0, Some(50)), RowChoice::Blocks(50, Some(51)), RowChoice::Blocks(51, None)]
    {
        let query =
            CopyQuery::new(&view.catalog, &plan, &ContextEqualities::default(), plan.table, range, &[]);
        let lines = text_of(&mut source, &query).await.lines().count();
        assert!(lines > 0 && lines < 3000);
        rows += lines;
    }
    assert_eq!(rows, 3000);
}

#[tokio::test]
async fn binary_parameters_take_their_type_from_the_statement() {
    let (_, _, info) = database("SELECT 1");
    let (_leader, view) = leader(&info).await;
    let mut source = worker(&info, &view).await;
    let sql = "SELECT $1::uuid::text, $2::int8[] @> ARRAY[7::int8], $3::text IS NULL, $4::int4";
    let params = [
        Param::Binary(Some(vec![0xab; 16])),
        Param::BinaryArray { element_oid: 20, elements: vec![7_i64.to_be_bytes().to_vec()] },
        Param::Binary(None),
        Param::Binary(Some(5_i32.to_be_bytes().to_vec())),
    ];
    let row = source.fetch(doing("bind"), sql, &params).await.unwrap().remove(0);
    assert_eq!(row.text(0).unwrap(), "abababab-abab-abab-abab-abababababab");
    assert!(row.bool(1).unwrap() && row.bool(2).unwrap());
    assert_eq!(row.int(3).unwrap(), 5);
}

#[tokio::test]
async fn an_extensions_own_rows_are_left_out_whatever_is_asked_for() {
    let (_, _, info) = database(
        "CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 9) AS i; ALTER EXTENSION plpgsql ADD TABLE t; \
         UPDATE pg_extension SET extconfig = ARRAY['t'::regclass::oid], \
         extcondition = ARRAY['WHERE id > 7 OR id = 2 -- ours'] WHERE extname = 'plpgsql'",
    );
    let (_leader, view) = leader(&info).await;
    let plan = plan(&view.catalog, "t", &[]);
    let mut source = worker(&info, &view).await;
    let ids: Vec<Tid> = [2, 3, 9].map(|offset| Tid { block: 0, offset }).to_vec();
    source.set_ids(&ids).await.unwrap();
    for (rows, expected) in [
        (RowChoice::All, "2\n8\n9\n"),
        (RowChoice::Ids, "2\n9\n"),
        (RowChoice::Blocks(0, Some(1)), "2\n8\n9\n"),
        (RowChoice::Blocks(1, None), ""),
    ] {
        let query =
            CopyQuery::new(&view.catalog, &plan, &ContextEqualities::default(), plan.table, rows, &[]);
        assert_eq!(text_of(&mut source, &query).await, expected, "{rows:?}");
    }
}
