//! Databases that reach outside themselves: foreign tables, and functions that read other databases and files. A copy
//! of one is made all the same, and does not reach there.

use crate::both_ways::Copies;

/// The host is nobody's (RFC 6761), and there is no user mapping in a copy.
const SERVER: &str = "
    CREATE EXTENSION postgres_fdw;
    CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'away.invalid', dbname 'x');
    CREATE USER MAPPING FOR CURRENT_USER SERVER away OPTIONS (user 'x');";

#[test]
fn what_is_here_of_a_table_with_a_foreign_partition_is_analyzed() {
    let schema = format!(
        "{SERVER}
        CREATE TABLE p (id int, k int) PARTITION BY LIST (k);
        CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
        CREATE FOREIGN TABLE p2 PARTITION OF p FOR VALUES IN (2) SERVER away;
        CREATE TABLE parent (id int); CREATE FOREIGN TABLE heir () INHERITS (parent) SERVER away;
        INSERT INTO p SELECT n, 1 FROM generate_series(1, 7) n; INSERT INTO parent VALUES (1)"
    );
    let keep = "{ keep = \"a number\" }";
    let rules = format!("version = 1\n[table.p]\nid = {keep}\nk = {keep}\n[table.parent]\nid = {keep}\n");
    let copies = Copies::of(&schema, &rules);
    copies.check("SELECT reltuples FROM pg_class WHERE relname = 'p1'", "7");
    copies.check("SELECT sum(id) FROM p1", "28");
    copies.check("SELECT count(*) FROM ONLY parent", "1");
}

#[test]
fn a_materialized_view_is_not_filled_from_elsewhere() {
    let schema = format!(
        "{SERVER}
        CREATE EXTENSION dblink;
        CREATE TABLE person (id int, email text); INSERT INTO person VALUES (1, 'canary@corp.io');
        CREATE FOREIGN TABLE away (id int) SERVER away;
        CREATE VIEW between AS SELECT id FROM away;
        CREATE MATERIALIZED VIEW by_foreign AS SELECT id FROM between WITH NO DATA;
        CREATE UNIQUE INDEX ON by_foreign (id);
        CREATE MATERIALIZED VIEW fine AS SELECT id, email FROM person;
        -- Reads production, wherever it is run: the name stands in the body.
        DO $$ BEGIN EXECUTE format('CREATE MATERIALIZED VIEW by_dblink AS SELECT * FROM dblink(%L, %L) AS r(email text)',
            format('host=%s port=%s dbname=%s', split_part(current_setting('unix_socket_directories'), ',', 1),
                current_setting('port'), current_database()), 'SELECT email FROM public.person'); END $$;
        CREATE FUNCTION inner_one() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT * FROM public.dblink(
            format('host=%s port=%s dbname={{database}}', split_part(current_setting('unix_socket_directories'), ',', 1),
                current_setting('port')), 'SELECT email FROM public.person') AS r(email text); END $$;
        CREATE FUNCTION outer_one() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT * FROM public.inner_one(); END $$;
        DO $$ BEGIN EXECUTE replace(pg_get_functiondef('inner_one'::regproc), '{{database}}', current_database()); END $$;
        CREATE MATERIALIZED VIEW by_two AS SELECT * FROM outer_one();
        UPDATE pg_class SET relispopulated = true WHERE relname = 'by_foreign';"
    );
    let rules = "version = 1\n[table.person]\nid = { keep = \"a number\" }\nemail = \"contact.email\"\n";
    let copies = Copies::of(&schema, rules);
    for source in ["SELECT email FROM by_dblink", "SELECT outer_one FROM by_two"] {
        assert_eq!(copies.cluster.psql(&copies.source, source).unwrap(), "canary@corp.io");
    }
    let populated = "SELECT string_agg(relname, ' ') FROM pg_class WHERE relkind = 'm' AND relispopulated";
    copies.check(populated, "fine");
    copies.check("SELECT count(*) FROM fine WHERE email <> 'canary@corp.io'", "1");
    for said in [
        "\\\"by_foreign\\\", which reads foreign table",
        "\\\"by_dblink\\\", which reads function public.dblink",
        "\\\"by_two\\\", which reads function public.outer_one()",
    ] {
        assert!(copies.run.stdout.contains(said), "the report does not say {said}\n{}", copies.run);
    }
}

#[test]
fn a_foreign_table_whose_wrapper_insists_on_options_is_made_without() {
    let schema = "
        CREATE EXTENSION file_fdw;
        CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
        CREATE FOREIGN TABLE \"it's $1\" (a int, b text DEFAULT 'it''s') SERVER files OPTIONS (filename '/nowhere.csv', format 'csv');
        CREATE VIEW between AS SELECT a FROM \"it's $1\";
        CREATE TABLE t (id int); INSERT INTO t VALUES (1);";
    let copies = Copies::of(schema, "version = 1\n[table.t]\nid = { keep = \"a number\" }\n");
    copies.check(
        "SELECT ftoptions IS NULL FROM pg_foreign_table WHERE ftrelid = '\"it''s $1\"'::regclass",
        "t",
    );
    copies.check("SELECT fdwvalidator::regproc FROM pg_foreign_data_wrapper", "file_fdw_validator");
    copies.check("SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef", "'it''s'::text");
    copies.check("SELECT count(*) FROM pg_views WHERE viewname = 'between'", "1");
}
