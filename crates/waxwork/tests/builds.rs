//! What stands on rows, or on other objects, is built when those are there.

use waxwork_fixtures::{ClusterOptions, TempCluster};

use crate::both_ways::{Copies, refreshed};
use crate::support::{Call, drop_databases, new_target};

/// A refresh alone, of what psql does not load in the same way: its copy answers like this.
#[track_caller]
fn check_refreshed(schema: &str, rules: &str, query: &str, wanted: &str) {
    let (source, name, run) = refreshed(schema, rules);
    run.published();
    let cluster = TempCluster::shared().unwrap();
    assert_eq!(cluster.psql(&name, query).unwrap(), wanted, "{query}\n{run}");
    drop_databases(cluster, &[&source, &name]);
}

/// A refresh that fails; its errors.
#[track_caller]
fn check_refused(schema: &str, rules: &str) -> String {
    let (source, _, run) = refreshed(schema, rules);
    drop_databases(TempCluster::shared().unwrap(), &[&source]);
    run.refused(1)
}

#[test]
fn an_index_waits_for_a_view_that_waits_for_a_key() {
    let schema = "
        CREATE TABLE t (id int PRIMARY KEY, x text);
        CREATE TABLE u (t int, n int);
        INSERT INTO t VALUES (1, 'a');
        INSERT INTO u VALUES (1, 1), (1, 2);
        CREATE MATERIALIZED VIEW sums AS SELECT t.id, t.x, count(*) FROM t JOIN u ON u.t = t.id GROUP BY t.id;
        CREATE UNIQUE INDEX ON sums (id);
        CREATE VIEW over AS SELECT * FROM sums";
    let rules = "version = 1
        [table.t]\nid = { keep = \"a number\" }\nx = \"text.redact\"
        [table.u]\nt = { keep = \"a number\" }\nn = { keep = \"a number\" }";
    let copies = Copies::of(schema, rules);
    copies.check("SELECT * FROM over", "1|[redacted]|2");
    copies.check("SELECT count(*) FROM pg_index WHERE indrelid = 'sums'::regclass AND indisunique", "1");
}

/// Of keys whose index is made first, as it is for tables above some size, and of those that it cannot be made for.
#[test]
fn keys_are_what_they_were() {
    let schema = r#"
        CREATE SCHEMA "a ""b";
        CREATE TABLE "a ""b"."T 1" (id int, n int, w text, CONSTRAINT "p k" PRIMARY KEY (id, n) INCLUDE (w) WITH (fillfactor = 70),
            CONSTRAINT later UNIQUE (n) DEFERRABLE INITIALLY DEFERRED, CONSTRAINT soon UNIQUE (w) DEFERRABLE) WITH (fillfactor = 10);
        ALTER TABLE "a ""b"."T 1" CLUSTER ON "p k";
        CREATE TABLE u (t int NOT NULL UNIQUE, n int REFERENCES u (t)) WITH (fillfactor = 10);
        ALTER TABLE u REPLICA IDENTITY USING INDEX u_t_key;
        CREATE TABLE p (k int, n int, PRIMARY KEY (k, n)) PARTITION BY LIST (k);
        CREATE TABLE p1 PARTITION OF p (UNIQUE (n)) FOR VALUES IN (1) WITH (fillfactor = 10);
        CREATE TABLE parent (id int PRIMARY KEY) WITH (fillfactor = 10);
        CREATE TABLE heir (CONSTRAINT own PRIMARY KEY (id)) INHERITS (parent) WITH (fillfactor = 10);
        CREATE TABLE gist (r int4range, EXCLUDE USING gist (r WITH &&));
        INSERT INTO "a ""b"."T 1" SELECT i, i, 'x' || i FROM generate_series(1, 4000) i;
        INSERT INTO u SELECT i, i FROM generate_series(1, 4000) i;
        INSERT INTO p SELECT 1, i FROM generate_series(1, 4000) i;
        INSERT INTO parent SELECT generate_series(1, 4000);
        INSERT INTO heir SELECT generate_series(1, 4000)"#;
    let kept = |columns: &str| {
        columns.split(' ').map(|name| format!("{name} = {{ keep = \"a number\" }}\n")).collect::<String>()
    };
    let rules = format!(
        "version = 1\n[table.'\"a \"\"b\".\"T 1\"']\n{}[table.u]\n{}[table.p]\n{}[table.parent]\n{}[table.heir]\n{}[table.gist]\n{}",
        kept("id n w"),
        kept("t"),
        kept("k n"),
        kept("id"),
        kept("id"),
        kept("r"),
    );
    let copies = Copies::of(schema, &rules);
    let keys = "SELECT string_agg(format('%s %s%s%s%s %s', conname, pg_get_constraintdef(k.oid),
            CASE WHEN indisclustered THEN ' clustered' END, CASE WHEN indisreplident THEN ' replica' END,
            CASE WHEN NOT indimmediate THEN ' later' END, reloptions), '; ' ORDER BY conname)
        FROM pg_constraint k JOIN pg_index i ON indexrelid = conindid JOIN pg_class c ON c.oid = indexrelid
        WHERE contype <> 'f' AND k.oid >= 16384";
    copies.check(
        keys,
        "gist_r_excl EXCLUDE USING gist (r WITH &&) ; later UNIQUE (n) DEFERRABLE INITIALLY DEFERRED later ; \
         own PRIMARY KEY (id) ; p k PRIMARY KEY (id, n) INCLUDE (w) clustered {fillfactor=70}; \
         p1_n_key UNIQUE (n) ; p1_pkey PRIMARY KEY (k, n) ; p_pkey PRIMARY KEY (k, n) ; parent_pkey PRIMARY KEY (id) ; \
         soon UNIQUE (w) DEFERRABLE later ; u_t_key UNIQUE (t) replica ",
    );
    copies.check("SELECT count(*) FROM pg_depend WHERE deptype = 'i' AND classid = 'pg_class'::regclass AND refclassid = 'pg_constraint'::regclass", "10");
}

#[test]
fn a_check_of_a_domain_that_old_rows_need_not_meet_comes_after_them() {
    let schema = "
        CREATE DOMAIN word AS text;
        CREATE TABLE t (w word);
        INSERT INTO t SELECT 'bad' FROM generate_series(1, 1000);
        ALTER DOMAIN word ADD CHECK (value <> 'bad') NOT VALID";
    let copies = Copies::of(schema, "version = 1\n[table.t]\nw = { keep = \"words\" }");
    copies.check("SELECT count(*) FROM t", "1000");
    copies.check("SELECT convalidated FROM pg_constraint WHERE contypid = 'word'::regtype", "f");
}

#[test]
fn rows_find_their_partition_though_enums_hash_by_oid() {
    let labels = (0..40).map(|n| format!("'l{n}'")).collect::<Vec<_>>().join(", ");
    let partitions = (0..4)
        .map(|n| format!("CREATE TABLE h{n} PARTITION OF h FOR VALUES WITH (MODULUS 4, REMAINDER {n});\n"));
    let schema = format!(
        "CREATE TYPE mood AS ENUM ({labels});
         CREATE DOMAIN moods AS mood[];
         CREATE TABLE h (m moods, n int) PARTITION BY HASH (m);
         {}
         INSERT INTO h SELECT ARRAY[e]::moods, 1 FROM unnest(enum_range(NULL::mood)) e",
        partitions.collect::<String>()
    );
    let rules = "version = 1\n[table.h]\nm = { keep = \"words\" }\nn = { keep = \"a number\" }";
    Copies::of(&schema, rules).check("SELECT count(*), count(DISTINCT m) FROM h", "40|40");
}

#[test]
fn a_foreign_partition_is_not_asked_for_values_outside_a_window() {
    let schema = "
        CREATE EXTENSION postgres_fdw;
        CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'away.invalid', dbname 'x');
        CREATE TABLE p (id int, k int) PARTITION BY LIST (k);
        CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
        CREATE FOREIGN TABLE p2 PARTITION OF p FOR VALUES IN (2) SERVER away;
        INSERT INTO p VALUES (7, 1)";
    let rules = "version = 1\n[table.p]\nid = \"id.permute\"\nk = { keep = \"a number\" }";
    Copies::of(schema, rules).check("SELECT count(*), min(id) > 16777216 FROM p1", "1|t");
}

#[test]
fn what_stops_a_mask_is_told_in_a_subset_too() {
    let schema = "CREATE TABLE t (id int PRIMARY KEY, code text);
        INSERT INTO t SELECT n, CASE n WHEN 500 THEN 'x!' ELSE '12' END FROM generate_series(1, 60000) n";
    let rules = "version = 1\n[subset]\nseed = [{ table = \"t\", where = \"id < 50000\" }]
        [table.t]\nid = { keep = \"a number\" }\ncode = { mask = \"id.permute\", alphabet = \"digits\" }";
    let told = check_refused(schema, rules);
    assert!(told.contains("public.t(code)") && told.contains("alphabet"), "{told}");
}

/// A cluster of its own, whose log nobody else writes to.
#[test]
fn production_log_is_left_alone() {
    let production = TempCluster::start(&ClusterOptions::default()).unwrap();
    production.psql("postgres", "CREATE TABLE t (id int); INSERT INTO t VALUES (1)").unwrap();
    let rules = "version = 1\n[table.t]\nid = { keep = \"a number\" }";
    let source = production.uri("postgres");
    let (name, target) = new_target(TempCluster::shared().unwrap());
    Call::refresh(rules, &source, &target).run().published();
    let folder = tempfile::tempdir().unwrap();
    assert!(Call::dump(rules, &source, &folder.path().join("out.sql")).run().status.success());
    Call::of("check", rules).arg("--source").arg(&source).run();
    Call::refresh("version = 1", &source, &target).run().refused(3);
    let log = std::fs::read_to_string(production.log_file()).unwrap();
    let noise: Vec<&str> = log.lines().filter(|line| line.contains("unexpected EOF")).collect();
    assert!(noise.is_empty(), "{noise:?}");
    drop_databases(TempCluster::shared().unwrap(), &[&name]);
}

#[test]
fn builds_have_a_share_of_the_targets_memory() {
    let options =
        ClusterOptions::default().setting("shared_buffers", "400MB").setting("maintenance_work_mem", "64MB");
    let cluster = TempCluster::start(&options).unwrap();
    cluster.create_database("shop").unwrap();
    // The index is there before its function asks for what it is built with in the copy.
    let schema = "CREATE TABLE t (a int); INSERT INTO t VALUES (1);
        CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
        CREATE INDEX ON t (f(a)); CREATE MATERIALIZED VIEW v AS SELECT f(a) FROM t;
        CREATE OR REPLACE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN
          IF current_setting(''maintenance_work_mem'') NOT IN (''100MB'', ''200MB'') THEN RAISE EXCEPTION ''too little''; END IF;
          RETURN $1; END'";
    cluster.psql("shop", schema).unwrap();
    let rules = "version = 1\n[table.t]\na = { keep = \"a number\" }\n";
    let call = Call::refresh(rules, &cluster.uri("shop"), &cluster.uri("staging"));
    call.arg("--jobs=2").run().published();
    let filled =
        "SELECT (SELECT count(*) FROM v), (SELECT count(*) FROM pg_stats WHERE tablename IN ('t', 'v'))";
    assert_eq!(cluster.psql("staging", filled).unwrap(), "1|2");
}

/// Sets a parameter of the database that it runs in.
fn setting(name: &str, value: &str) -> String {
    format!(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET {name} = {value}', current_database()); END $$;\n"
    )
}

#[test]
fn views_are_filled_as_the_source_would_and_after_what_their_functions_read() {
    let schema = setting("timezone", "''Asia/Tokyo''")
        + &setting("default_text_search_config", "''pg_catalog.german''")
        + "CREATE TABLE o (id int PRIMARY KEY, at timestamptz, body text);
           INSERT INTO o VALUES (1, '2024-01-01 23:30+00', 'die Häuser');
           CREATE MATERIALIZED VIEW z_base AS SELECT at::date AS day, to_tsvector(body)::text AS words FROM o;
           CREATE FUNCTION days() RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count(*) FROM public.z_base; END;
           CREATE MATERIALIZED VIEW a_report AS SELECT days()";
    let rules = "version = 1\n[table.o]\nat = { keep = \"a time\" }\nid = { keep = \"a number\" }\nbody = { keep = \"words\" }";
    let copies = Copies::of(&schema, rules);
    copies.check("SELECT day, words, (SELECT days FROM a_report) FROM z_base", "2024-01-02|'haus':2|1");
}

#[test]
fn a_view_that_masked_rows_do_not_fill_costs_no_run() {
    let schema = "CREATE TABLE t (id int PRIMARY KEY, phone text);
        INSERT INTO t VALUES (1, '0123');
        CREATE MATERIALIZED VIEW digits AS SELECT phone::int AS n FROM t;
        CREATE MATERIALIZED VIEW ids AS SELECT id FROM t";
    let rules = "version = 1\n[table.t]\nid = { keep = \"a number\" }\nphone = \"text.redact\"";
    let copies = Copies::of(schema, rules);
    copies.check("SELECT relispopulated FROM pg_class WHERE relname = 'digits'", "f");
    copies.check("SELECT id FROM ids", "1");
    let told = format!("{}", copies.run);
    assert!(told.contains("left without rows: materialized view") && !told.contains("0123"), "{told}");
}

/// From 17 on PostgreSQL runs code of indexes and views by a path of its own, and no setting helps.
#[test]
fn functions_find_what_they_name_without_a_schema() {
    let schema = setting("search_path", "app, public")
        + "CREATE SCHEMA app;
           CREATE TABLE app.t (id int PRIMARY KEY, n text);
           INSERT INTO app.t VALUES (1, 'A');
           CREATE FUNCTION app.low(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower($1)';
           CREATE FUNCTION app.norm(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT app.low($1)';
           CREATE INDEX by_norm ON app.t (app.norm(n));
           CREATE OR REPLACE FUNCTION app.norm(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN low($1); END';
           ";
    let rules = "version = 1\n[table.\"app.t\"]\nid = { keep = \"a number\" }\nn = { keep = \"a letter\" }";
    if TempCluster::shared().unwrap().binaries().major >= 17 {
        let told = check_refused(&schema, rules);
        assert!(told.contains("by_norm") && told.contains("ALTER FUNCTION"), "{told}");
        return;
    }
    let schema = schema
        + "CREATE FUNCTION app.many() RETURNS bigint STABLE LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM t); END';
           SET search_path = app, public;
           CREATE MATERIALIZED VIEW app.v AS SELECT app.many()";
    let found = "SELECT (SELECT many FROM app.v), (SELECT indisvalid FROM pg_index WHERE indexrelid = 'app.by_norm'::regclass)";
    check_refreshed(&schema, rules, found, "1|t");
}

#[test]
fn a_check_that_calls_by_bare_names_is_told_what_helps() {
    let schema = "CREATE TABLE land (code text PRIMARY KEY); INSERT INTO land VALUES ('DE');
        CREATE FUNCTION known(text) RETURNS bool LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM land WHERE code = $1)';
        CREATE TABLE t (code text CHECK (known(code))); INSERT INTO t VALUES ('DE')";
    let rules =
        "version = 1\n[table.land]\ncode = { keep = \"a code\" }\n[table.t]\ncode = { keep = \"a code\" }";
    let told = check_refused(schema, rules);
    assert!(told.contains("ALTER FUNCTION"), "{told}");
}

#[test]
fn backslashes_in_definitions_are_the_sources() {
    let schema = setting("standard_conforming_strings", "off")
        + "CREATE TABLE t (id int PRIMARY KEY, path text DEFAULT E'C:\\\\tmp', code text CHECK (code ~ E'^\\\\d{3}$'));
           INSERT INTO t VALUES (1, DEFAULT, '123')";
    let rules = "version = 1\n[table.t]\nid = { keep = \"a number\" }\npath = { keep = \"a path\" }\ncode = { keep = \"a code\" }";
    let copies = Copies::of(&schema, rules);
    copies.check(
        "SET standard_conforming_strings = on; SELECT column_default FROM information_schema.columns WHERE table_name = 't' AND column_name = 'path'",
        "'C:\\tmp'::text",
    );
}

#[test]
fn a_check_that_is_valid_on_an_heir_alone_is_valid_there() {
    let schema = "CREATE TABLE p (a int); CREATE TABLE c () INHERITS (p); INSERT INTO c VALUES (1);
        ALTER TABLE p ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;
        ALTER TABLE c VALIDATE CONSTRAINT positive";
    let rules = "version = 1\n[table.p]\na = { keep = \"a number\" }\n[table.c]\na = { keep = \"a number\" }";
    let valid = "SELECT string_agg(format('%s %s', conrelid::regclass, convalidated), ', ' ORDER BY conrelid) FROM pg_constraint WHERE conname = 'positive'";
    check_refreshed(schema, rules, valid, "p f, c t");
}

#[test]
fn a_schema_public_that_the_source_has_not_comes_not_back() {
    let schema = "DROP SCHEMA public; CREATE SCHEMA app; CREATE TABLE app.t (a int)";
    let rules = "version = 1\n[table.\"app.t\"]\na = { keep = \"a number\" }";
    check_refreshed(schema, rules, "SELECT count(*) FROM pg_namespace WHERE nspname = 'public'", "0");
}
