//! The catalog model: a schema that has everything, then real schemas against the server's own view of them.

use crate::support::{database, has_extension, leader, loads_all};
use waxwork_core::catalog::{
    Catalog, ColumnId, Generation, KeyPart, Table, TableId, TableKind, TextKind, TextType, TypeKind,
    ValueType,
};
use waxwork_core::ident::QualifiedName;
use waxwork_fixtures::{TempCluster, datasets};
use waxwork_pg::ConnInfo;

async fn catalog_of(script: &str) -> Catalog {
    let (_, _, info) = database(script);
    let (_leader, view) = leader(&info).await;
    view.catalog
}

fn id(catalog: &Catalog, table: &str) -> TableId {
    catalog.find(&QualifiedName::new("public", table)).unwrap()
}

fn table<'a>(catalog: &'a Catalog, name: &str) -> &'a Table {
    catalog.table(id(catalog, name))
}

fn column_names(table: &Table) -> Vec<&str> {
    table.columns.iter().map(|column| column.name.as_str()).collect()
}

fn names<'a>(table: &'a Table, columns: &[ColumnId]) -> Vec<&'a str> {
    columns.iter().map(|column| table.column(*column).name.as_str()).collect()
}

/// Key parts as `column` or `expression[columns that it reads]`.
fn parts(table: &Table, parts: &[KeyPart]) -> Vec<String> {
    let text = |part: &KeyPart| match part {
        KeyPart::Column(column) => table.column(*column).name.as_str().to_owned(),
        KeyPart::Expression { text, columns } => format!("{text}[{}]", names(table, columns).join(",")),
    };
    parts.iter().map(text).collect()
}

fn value_type(catalog: &Catalog, table: &Table, column: &str) -> ValueType {
    catalog.value_type(table.column(table.find_column(column).unwrap()))
}

#[tokio::test]
async fn dropped_columns_leave_no_trace_and_shift_no_key() {
    let catalog = catalog_of(
        "CREATE TABLE p (gone int, a int, b int, UNIQUE (b, a)); ALTER TABLE p DROP gone; \
         CREATE TABLE c (x int, y int, gone text, z int, FOREIGN KEY (z, x) REFERENCES p (b, a)); \
         ALTER TABLE c DROP gone; ALTER TABLE c ADD w varchar(7) NOT NULL",
    )
    .await;
    let (child, parent) = (table(&catalog, "c"), table(&catalog, "p"));
    assert_eq!(column_names(child), ["x", "y", "z", "w"]);
    assert_eq!(child.columns.iter().map(|column| column.number).collect::<Vec<_>>(), [1, 2, 4, 5]);
    assert_eq!(
        (child.columns[3].type_name.as_str(), child.columns[3].not_null),
        ("character varying(7)", true)
    );
    let key = &catalog.foreign_keys[0];
    let pairs: Vec<(&str, &str)> = key
        .columns
        .iter()
        .map(|(ours, theirs)| (child.column(*ours).name.as_str(), parent.column(*theirs).name.as_str()))
        .collect();
    assert_eq!(pairs, [("z", "b"), ("x", "a")]);
    assert_eq!(
        (catalog.table(key.child).sql_name.as_str(), key.match_full, key.validated),
        ("public.c", false, true)
    );
}

#[tokio::test]
async fn names_are_kept_as_they_are_and_quoted_as_sql() {
    let script = "CREATE SCHEMA \"My Schema\"; CREATE TABLE \"My Schema\".\"Order\" (\"a\"\"b\" int, \"ä\" int); \
                  CREATE TABLE \"order\" (id int)";
    let catalog = catalog_of(script).await;
    let sql_names: Vec<&str> = catalog.tables.iter().map(|table| table.sql_name.as_str()).collect();
    assert_eq!(sql_names, ["\"My Schema\".\"Order\"", "public.\"order\""]);
    assert_eq!(column_names(&catalog.tables[0]), ["a\"b", "ä"]);
}

#[tokio::test]
async fn partitions_know_their_parent_their_bound_and_their_own_column_order() {
    let catalog = catalog_of(
        "CREATE TABLE m (at date, id int, note text) PARTITION BY RANGE (at, lower(note)); \
         CREATE TABLE m_odd (note text, id int, at date); \
         ALTER TABLE m ATTACH PARTITION m_odd FOR VALUES FROM ('2024-01-01', 'a') TO ('2025-01-01', 'b'); \
         CREATE TABLE m_rest PARTITION OF m DEFAULT PARTITION BY HASH (id); \
         CREATE TABLE m_rest_0 PARTITION OF m_rest FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
    )
    .await;
    let root = id(&catalog, "m");
    assert_eq!(catalog.table(root).kind, TableKind::Partitioned);
    let key = catalog.table(root).partition_key.as_ref().unwrap();
    assert_eq!(
        (key.strategy, parts(catalog.table(root), &key.parts)),
        ('r', vec!["at".into(), "lower(note)[note]".into()])
    );
    assert_eq!(table(&catalog, "m_rest").partition_key.as_ref().unwrap().strategy, 'h');
    assert_eq!(column_names(table(&catalog, "m_odd")), ["note", "id", "at"]);
    let bound = table(&catalog, "m_odd").partition_bound.as_deref();
    assert_eq!(bound, Some("FOR VALUES FROM ('2024-01-01', 'a') TO ('2025-01-01', 'b')"));
    let leaves: Vec<&str> =
        catalog.leaves(root).iter().map(|leaf| catalog.table(*leaf).name.name.as_str()).collect();
    assert_eq!(leaves, ["m_odd", "m_rest_0"]);
    assert_eq!(catalog.root(id(&catalog, "m_rest_0")), root);
    assert!(table(&catalog, "m_odd").inherits.is_empty());
}

#[tokio::test]
async fn a_key_declared_once_on_a_partitioned_table_is_one_key() {
    let catalog = catalog_of(
        "CREATE TABLE parent (id int PRIMARY KEY) PARTITION BY HASH (id); \
         CREATE TABLE parent_0 PARTITION OF parent FOR VALUES WITH (MODULUS 1, REMAINDER 0); \
         CREATE TABLE child (id int REFERENCES parent) PARTITION BY HASH (id); \
         CREATE TABLE child_0 PARTITION OF child FOR VALUES WITH (MODULUS 1, REMAINDER 0); \
         CREATE TABLE other (id int); ALTER TABLE child_0 ADD CONSTRAINT own FOREIGN KEY (id) REFERENCES parent_0",
    )
    .await;
    let keys: Vec<(&str, &str, &str)> = catalog
        .foreign_keys
        .iter()
        .map(|key| {
            let name = |id| catalog.table(id).name.name.as_str();
            (key.name.as_str(), name(key.child), name(key.parent))
        })
        .collect();
    assert_eq!(keys, [("child_id_fkey", "child", "parent"), ("own", "child_0", "parent_0")]);
}

#[tokio::test]
async fn heirs_are_tables_of_their_own() {
    let catalog = catalog_of(
        "CREATE TABLE a (id int CHECK (id > 0)); CREATE TABLE b (note text); \
         CREATE TABLE heir (own int) INHERITS (b, a); ALTER TABLE heir ENABLE ROW LEVEL SECURITY",
    )
    .await;
    let heir = table(&catalog, "heir");
    assert_eq!(column_names(heir), ["note", "id", "own"]);
    assert_eq!(heir.inherits, [id(&catalog, "b"), id(&catalog, "a")]);
    assert_eq!((heir.partition_of, heir.checks.len()), (None, 1));
    assert_eq!(names(heir, &heir.checks[0].columns), ["id"]);
    assert!(heir.row_security && !table(&catalog, "a").row_security);
}

#[tokio::test]
async fn unique_keys_tell_primary_expression_partial_and_included_columns_apart() {
    let catalog = catalog_of(
        "CREATE TABLE t (id int PRIMARY KEY, email text, tenant int, gone bool, UNIQUE (tenant, email)); \
         CREATE UNIQUE INDEX by_expression ON t (tenant, lower(email), (coalesce(email, '') || tenant::text)); \
         CREATE UNIQUE INDEX partial ON t (email) INCLUDE (tenant) WHERE NOT gone AND tenant > 3; \
         CREATE INDEX not_unique ON t (gone)",
    )
    .await;
    let t = table(&catalog, "t");
    let named = |name: &str| t.unique_keys.iter().find(|key| key.name.as_str() == name).unwrap();
    assert!(t.unique_keys[0].primary && t.unique_keys.len() == 4);
    assert_eq!(parts(t, &named("t_tenant_email_key").parts), ["tenant", "email"]);
    let by_expression = parts(t, &named("by_expression").parts);
    assert_eq!(by_expression[..2], ["tenant", "lower(email)[email]"]);
    assert!(by_expression[2].ends_with("[email,tenant]"), "{by_expression:?}");
    let partial = named("partial");
    assert_eq!(parts(t, &partial.parts), ["email"]);
    assert_eq!(names(t, &partial.predicate_columns), ["tenant", "gone"]);
    assert_eq!(partial.predicate.as_deref(), Some("((NOT gone) AND (tenant > 3))"));
    assert!(t.unique_keys.iter().all(|key| !key.nulls_not_distinct));
}

#[tokio::test]
async fn nulls_not_distinct_is_seen_where_the_server_has_it() {
    let (cluster, name, info) = database("CREATE TABLE t (a int)");
    if cluster.binaries().major < 15 {
        return;
    }
    cluster.psql(&name, "ALTER TABLE t ADD UNIQUE NULLS NOT DISTINCT (a)").unwrap();
    let (_leader, view) = leader(&info).await;
    assert!(table(&view.catalog, "t").unique_keys[0].nulls_not_distinct);
}

#[tokio::test]
async fn an_exclusion_constraint_has_its_operators() {
    let catalog = catalog_of(
        "CREATE TABLE t (room int4range, during tsrange, cancelled bool, \
         CONSTRAINT no_overlap EXCLUDE USING gist (room WITH =, tsrange(lower(during), NULL) WITH &&) WHERE (NOT cancelled))",
    )
    .await;
    let t = table(&catalog, "t");
    let exclusion = &t.exclusions[0];
    let (keys, operators): (Vec<KeyPart>, Vec<String>) = exclusion.parts.iter().cloned().unzip();
    assert_eq!(operators, ["=", "&&"]);
    assert_eq!(parts(t, &keys)[0], "room");
    assert!(parts(t, &keys)[1].ends_with("[during]"));
    assert_eq!(exclusion.predicate.as_deref(), Some("(NOT cancelled)"));
    assert!(t.unique_keys.is_empty());
}

#[tokio::test]
async fn identity_and_generated_columns_say_so() {
    let catalog = catalog_of(
        "CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY, b int GENERATED BY DEFAULT AS IDENTITY, \
         first text, last text DEFAULT 'x', full_name text GENERATED ALWAYS AS (first || ' ' || last) STORED)",
    )
    .await;
    let t = table(&catalog, "t");
    let generations: Vec<&Generation> = t.columns.iter().map(|column| &column.generation).collect();
    assert_eq!(generations[0], &Generation::Identity { always: true });
    assert_eq!(generations[1], &Generation::Identity { always: false });
    assert_eq!((generations[2], generations[3]), (&Generation::Plain, &Generation::Plain));
    let Generation::Generated { reads } = generations[4] else { panic!("full_name is generated") };
    assert_eq!(names(t, reads), ["first", "last"]);
}

#[tokio::test]
async fn domains_are_looked_through_to_what_they_are_made_of() {
    let catalog = catalog_of(
        "CREATE DOMAIN short AS varchar(12) CHECK (VALUE <> ''); CREATE DOMAIN code AS short NOT NULL; \
         CREATE DOMAIN codes AS code[]; CREATE TYPE mood AS ENUM ('sad', 'ok'); \
         ALTER TYPE mood ADD VALUE 'glad' BEFORE 'ok'; CREATE TYPE pair AS (a int, b text); \
         CREATE TABLE t (c code, cs codes, m mood[], n numeric(10,2), p pair, r int4range, v int2vector, ch \"char\", \
         b bpchar, cn char(5), nm name)",
    )
    .await;
    let t = table(&catalog, "t");
    let varchar12 = ValueType::Text(TextType { kind: TextKind::Varchar, max_chars: Some(12) });
    assert_eq!(value_type(&catalog, t, "c"), varchar12);
    assert!(t.columns[0].not_null, "by its domain");
    let ValueType::Array { element, .. } = value_type(&catalog, t, "cs") else { panic!("cs is an array") };
    assert_eq!(*element, varchar12);
    let mood = ValueType::Enum(vec!["sad".into(), "glad".into(), "ok".into()]);
    let ValueType::Array { element, .. } = value_type(&catalog, t, "m") else { panic!("m is an array") };
    assert_eq!(*element, mood);
    let char5 = ValueType::Text(TextType { kind: TextKind::Bpchar, max_chars: Some(5) });
    assert_eq!(value_type(&catalog, t, "cn"), char5);
    assert_eq!(value_type(&catalog, t, "v"), ValueType::Other("int2vector".into()));
    let kind = |column: &str| &catalog.types[&t.column(t.find_column(column).unwrap()).type_oid].kind;
    assert!(matches!(kind("p"), TypeKind::Composite) && matches!(kind("r"), TypeKind::Range));
    let TypeKind::Domain { checks, not_null, .. } = kind("c") else { panic!("c is of a domain") };
    assert!(checks.is_empty() && *not_null);
    let short = catalog.types.values().find(|found| found.name.name.as_str() == "short").unwrap();
    let TypeKind::Domain { checks, not_null, .. } = &short.kind else { panic!("short is a domain") };
    assert!(checks.len() == 1 && !not_null);
}

#[tokio::test]
async fn an_extensions_type_is_known_by_its_extension() {
    let (cluster, name, info) = database("CREATE SCHEMA ext; CREATE TABLE t (id int)");
    if !has_extension(cluster, "citext") {
        return;
    }
    cluster.psql(&name, "CREATE EXTENSION citext SCHEMA ext; ALTER TABLE t ADD c ext.citext").unwrap();
    let (_leader, view) = leader(&info).await;
    let t = table(&view.catalog, "t");
    let citext = &view.catalog.types[&t.columns[1].type_oid];
    assert_eq!((citext.extension.as_deref(), citext.has_binary), (Some("citext"), true));
    assert!(matches!(
        value_type(&view.catalog, t, "c"),
        ValueType::Text(TextType { kind: TextKind::Citext, .. })
    ));
}

#[tokio::test]
async fn sequences_stand_where_they_stand_and_know_whom_they_feed() {
    let catalog = catalog_of(
        "CREATE TABLE t (a serial, b int GENERATED ALWAYS AS IDENTITY (START 5 INCREMENT 3 MINVALUE 2)); \
         CREATE SEQUENCE free MAXVALUE 99 START 7; CREATE TABLE u (x int DEFAULT nextval('free')); \
         CREATE SEQUENCE set_back; SELECT setval('set_back', 40, false); INSERT INTO t DEFAULT VALUES; \
         INSERT INTO t DEFAULT VALUES",
    )
    .await;
    let found = |name: &str| {
        let sequence = catalog.sequences.iter().find(|sequence| sequence.name.name.as_str() == name).unwrap();
        let feeds: Vec<String> = sequence
            .feeds
            .iter()
            .map(|(table, column)| {
                let table = catalog.table(*table);
                format!("{}.{}", table.name.name.as_str(), table.column(*column).name.as_str())
            })
            .collect();
        (sequence.last_value, sequence.is_called, sequence.increment, feeds.join(" "))
    };
    assert_eq!(found("t_a_seq"), (2, true, 1, "t.a".into()));
    assert_eq!(found("t_b_seq"), (8, true, 3, "t.b".into()));
    assert_eq!(found("free"), (7, false, 1, "u.x".into()));
    assert_eq!(found("set_back"), (40, false, 1, String::new()));
    assert_eq!(catalog.sequences.iter().map(|sequence| sequence.max).min(), Some(99));
}

#[tokio::test]
async fn foreign_tables_system_schemas_and_temporary_tables_are_told_apart() {
    let (cluster, name, info) = database("CREATE TABLE t (id int)");
    if !has_extension(cluster, "postgres_fdw") {
        return;
    }
    let script = "CREATE EXTENSION postgres_fdw; CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw; \
                  CREATE FOREIGN TABLE f (id int) SERVER s; CREATE UNLOGGED TABLE fast (id int)";
    cluster.psql(&name, script).unwrap();
    let mut other = crate::support::target(&info).await;
    other.execute(waxwork_pg::doing("make"), "CREATE TEMPORARY TABLE mine (id int)").await.unwrap();
    let (_leader, view) = leader(&info).await;
    let kinds: Vec<(&str, TableKind)> =
        view.catalog.tables.iter().map(|table| (table.name.name.as_str(), table.kind)).collect();
    assert_eq!(kinds, [("f", TableKind::Foreign), ("fast", TableKind::Ordinary), ("t", TableKind::Ordinary)]);
}

#[tokio::test]
async fn keys_that_may_dangle_are_not_valid() {
    let catalog = catalog_of(
        "CREATE TABLE p (a int, b int, UNIQUE (a, b)); \
         CREATE TABLE c (a int, b int, CONSTRAINT full_match FOREIGN KEY (a, b) REFERENCES p (a, b) MATCH FULL); \
         ALTER TABLE c ADD CONSTRAINT late FOREIGN KEY (b, a) REFERENCES p (b, a) NOT VALID",
    )
    .await;
    let keys: Vec<(&str, bool, bool, bool)> = catalog
        .foreign_keys
        .iter()
        .map(|key| (key.name.as_str(), key.match_full, key.validated, key.period))
        .collect();
    assert_eq!(keys, [("full_match", true, true, false), ("late", false, false, false)]);
}

#[tokio::test]
async fn what_came_with_eighteen_is_read_where_it_is() {
    let (cluster, name, info) = database("CREATE TABLE p (id int PRIMARY KEY)");
    if cluster.binaries().major < 18 {
        return;
    }
    let script = "CREATE TABLE c (id int, v int GENERATED ALWAYS AS (id * 2) VIRTUAL, \
                  CONSTRAINT loose FOREIGN KEY (id) REFERENCES p NOT ENFORCED)";
    cluster.psql(&name, script).unwrap();
    let (_leader, view) = leader(&info).await;
    let c = table(&view.catalog, "c");
    assert_eq!(c.columns[1].generation, Generation::Generated { reads: vec![ColumnId(0)] });
    assert!(!view.catalog.foreign_keys[0].validated);
}

/// One line a column and a foreign key, in the model's words.
fn lines(catalog: &Catalog) -> Vec<String> {
    let mut lines = Vec::new();
    for table in &catalog.tables {
        lines.extend(table.columns.iter().map(|column| {
            let made = u8::from(column.generation != Generation::Plain);
            format!("{} {} {} {made}", table.sql_name, column.name.as_str(), column.type_name)
        }));
    }
    for key in &catalog.foreign_keys {
        let (child, parent) = (catalog.table(key.child), catalog.table(key.parent));
        let (ours, theirs): (Vec<ColumnId>, Vec<ColumnId>) = key.columns.iter().copied().unzip();
        lines.push(format!(
            "{} ({}) {} ({}) {}",
            child.sql_name,
            names(child, &ours).join(" "),
            parent.sql_name,
            names(parent, &theirs).join(" "),
            u8::from(key.validated)
        ));
    }
    lines.sort();
    lines
}

/// The same lines by psql, from information_schema and constraint definitions instead of our queries.
const ORACLE: &str = "SET search_path = pg_catalog;
    SELECT line FROM (
        SELECT format('%I.%I %s %s %s', c.table_schema, c.table_name, c.column_name,
            (SELECT format_type(atttypid, atttypmod) FROM pg_attribute
             WHERE attrelid = format('%I.%I', c.table_schema, c.table_name)::regclass AND attname = c.column_name),
            (c.is_identity = 'YES' OR c.is_generated = 'ALWAYS')::int) AS line
        FROM information_schema.columns AS c JOIN information_schema.tables AS t USING (table_schema, table_name)
        WHERE t.table_type IN ('BASE TABLE', 'FOREIGN') AND c.table_schema !~ '^(pg_|information_schema$)'
        AND NOT EXISTS (SELECT FROM pg_depend WHERE deptype = 'e'
                        AND objid = format('%I.%I', c.table_schema, c.table_name)::regclass)
        UNION ALL
        SELECT format('%s (%s) %s (%s) %s', conrelid::regclass,
            replace(replace((parts.m)[1], ',', ''), '\"', ''), confrelid::regclass,
            replace(replace((parts.m)[2], ',', ''), '\"', ''), convalidated::int)
        FROM pg_constraint,
            regexp_match(pg_get_constraintdef(oid), '^FOREIGN KEY \\((.*?)\\) REFERENCES .*?\\((.*?)\\)') AS parts (m)
        WHERE contype = 'f' AND conparentid = 0
    ) AS lines ORDER BY line COLLATE \"C\"";

#[tokio::test]
async fn real_schemas_are_read_as_the_server_describes_them() {
    let cluster = TempCluster::shared().unwrap();
    if datasets::folder().unwrap().is_none() {
        eprintln!("skipped: the datasets are missing (WAXWORK_DATASETS)");
        return;
    }
    for dataset in datasets::NAMES {
        let name = cluster.fresh_database().unwrap();
        if let Err(error) = datasets::load(&cluster.client(&name), dataset) {
            assert!(!loads_all(cluster), "{dataset}: {error:#}");
            eprintln!("skipped {dataset}: it needs contrib, or a newer server");
            continue;
        }
        let info = ConnInfo::target(&cluster.uri(&name)).unwrap();
        let (_leader, view) = leader(&info).await;
        let expected = cluster.psql(&name, ORACLE).unwrap();
        let expected: Vec<&str> = expected.lines().collect();
        assert!(expected.len() > 5, "{dataset}");
        assert_eq!(lines(&view.catalog), expected, "{dataset}");
        assert!(view.catalog.foreign_keys.iter().all(|key| !key.columns.is_empty()), "{dataset}");
    }
}
