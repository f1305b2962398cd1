//! Roles that are not on the target, owners whom the target role may not name, and policies that bind an owner: none of
//! them stops a copy.

use waxwork_fixtures::{ClusterOptions, TempCluster};

use crate::both_ways::Copies;
use crate::support::{Call, Run};

const RULES: &str = "version = 1\n[table.t]\na = { keep = \"a number\" }\n";

fn cluster() -> TempCluster {
    TempCluster::start(&ClusterOptions::default()).unwrap()
}

#[test]
fn what_a_grantor_gave_who_is_not_there_is_left_out_and_counted() {
    let (source, target) = (cluster(), cluster());
    source.create_database("prod").unwrap();
    let schema = "CREATE ROLE gone; CREATE ROLE here; CREATE ROLE giver; CREATE TABLE t (a int); INSERT INTO t VALUES (1);
        GRANT SELECT ON t TO gone WITH GRANT OPTION; GRANT UPDATE ON t TO giver WITH GRANT OPTION;
        SET SESSION AUTHORIZATION gone; GRANT SELECT ON t TO here;
        SET SESSION AUTHORIZATION giver; GRANT UPDATE ON t TO here;";
    source.psql("prod", schema).unwrap();
    target.psql("postgres", "CREATE ROLE here; CREATE ROLE giver").unwrap();
    let run = Call::refresh(RULES, &source.uri("prod"), &target.uri("stage")).run();
    let report = run.published();
    let codes: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|found| found["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"missing_roles"), "{run}");
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("out.sql");
    let dump = Call::dump(RULES, &source.uri("prod"), &script).run();
    assert!(dump.status.success(), "{dump}");
    target.create_database("restored").unwrap();
    target.client("restored").run_script(&script).unwrap();
    let grants = "SELECT string_agg(format('%s %s by %s', a.privilege_type, a.grantee::regrole, a.grantor::regrole), ', '
            ORDER BY a.privilege_type, a.grantee::regrole::text)
        FROM pg_class, aclexplode(relacl) AS a WHERE relname = 't' AND a.grantee <> relowner";
    for copy in ["stage", "restored"] {
        let wanted = "UPDATE giver by postgres, UPDATE here by giver";
        assert_eq!(target.psql(copy, grants).unwrap(), wanted, "{copy}");
    }
}

#[test]
fn a_grant_on_what_is_not_there_is_not_put_down_to_roles() {
    let (source, target) = (cluster(), cluster());
    source.create_database("prod").unwrap();
    // A policy of a table may name a function of the server's own that an older or patched server lacks.
    let schema = "CREATE TABLE t (a int); INSERT INTO t VALUES (1); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
        CREATE FUNCTION pg_catalog.only_here(int) RETURNS bool LANGUAGE internal IMMUTABLE AS 'booleq';
        CREATE POLICY p ON t USING (pg_catalog.only_here(a));";
    source.psql("prod", &format!("SET allow_system_table_mods = on; {schema}")).unwrap();
    let run = Call::refresh(RULES, &source.uri("prod"), &target.uri("stage")).run();
    run.published();
    assert!(run.stdout.contains("missing_objects") && !run.stdout.contains("missing_roles"), "{run}");
}

#[test]
fn a_materialized_view_shows_what_its_owner_may_see() {
    let schema = "
        DO $$ BEGIN CREATE ROLE bound; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2), (3);
        ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t TO bound USING (a > 1);
        GRANT SELECT ON t TO bound; GRANT CREATE, USAGE ON SCHEMA public TO bound;
        CREATE MATERIALIZED VIEW seen AS SELECT a FROM t WITH NO DATA; ALTER MATERIALIZED VIEW seen OWNER TO bound;
        REFRESH MATERIALIZED VIEW seen;";
    let copies = Copies::of(schema, RULES);
    copies.check("SELECT sum(a) FROM seen", "5");
}

/// Who owns what in schema `s`, and through whom.
const OWNERS: &str = "SELECT string_agg(relname || ' ' || pg_get_userbyid(relowner), ', ' ORDER BY relname)
    FROM pg_class WHERE relnamespace = 's'::regnamespace AND relkind IN ('r', 'S', 'v')";

/// Refreshes `prod` into `stage` and loads its dump into `restored`, both as `loader`, who may make databases and no more.
/// How the one went, and what psql said of the other.
fn copied_by_loader(cluster: &TempCluster, rules: &str) -> (Run, String) {
    let run = Call::refresh(rules, &cluster.uri("prod"), &cluster.uri_as("loader", "stage")).run();
    run.published();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("out.sql");
    let dump = Call::dump(rules, &cluster.uri("prod"), &script).run();
    assert!(dump.status.success(), "{dump}");
    cluster.psql("postgres", "CREATE DATABASE restored OWNER loader").unwrap();
    let mut psql = cluster.client("restored").command().unwrap();
    let load = psql.args(["-d", &cluster.uri_as("loader", "restored"), "-f"]).arg(&script).output().unwrap();
    let said = String::from_utf8_lossy(&load.stderr).into_owned();
    assert!(load.status.success(), "{said}");
    (run, said)
}

/// A database whose owner's role may make tables in `public` by a grant alone, and reads them through a view elsewhere.
fn clinic(cluster: &TempCluster, grant: &str) {
    for statement in ["CREATE ROLE loader LOGIN CREATEDB", "CREATE ROLE clinic_owner", "CREATE DATABASE prod"]
    {
        cluster.psql("postgres", statement).unwrap();
    }
    cluster.psql("postgres", "GRANT clinic_owner TO loader").unwrap();
    let tables: String = (0..12)
        .map(|at| format!("CREATE TABLE more{at} (); ALTER TABLE more{at} OWNER TO clinic_owner;"))
        .collect();
    let schema = format!(
        "{grant}; CREATE TABLE visit (a int); INSERT INTO visit VALUES (1); ALTER TABLE visit OWNER TO clinic_owner;
        CREATE SCHEMA s AUTHORIZATION clinic_owner; CREATE VIEW s.seen AS SELECT a FROM public.visit;
        ALTER VIEW s.seen OWNER TO clinic_owner; {tables}"
    );
    cluster.psql("prod", &schema).unwrap();
}

const CLINIC_RULES: &str = "version = 1\n[table.visit]\na = { keep = \"a number\" }\n";

#[test]
fn what_is_granted_on_a_schema_comes_before_the_owners_of_what_is_in_it() {
    let cluster = cluster();
    clinic(&cluster, "GRANT CREATE ON SCHEMA public TO clinic_owner");
    let (run, said) = copied_by_loader(&cluster, CLINIC_RULES);
    assert!(!run.stdout.contains("missing_privilege"), "{run}");
    assert_eq!(said, "");
    for copy in ["stage", "restored"] {
        assert_eq!(cluster.psql(copy, "SELECT a FROM s.seen").unwrap(), "1", "{copy}");
        let of_loader = "SELECT count(*) FROM pg_class WHERE relowner = 'loader'::regrole";
        assert_eq!(cluster.psql(copy, of_loader).unwrap(), "0", "{copy}");
    }
}

#[test]
fn owners_that_cannot_be_set_are_named_with_the_grant_that_is_missing() {
    let cluster = cluster();
    // What its tables lack in the source itself, which a superuser gave them.
    clinic(&cluster, "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    let (run, said) = copied_by_loader(&cluster, CLINIC_RULES);
    let found = missing_privilege(&run);
    let grant = "GRANT CREATE ON SCHEMA \"public\" TO \"clinic_owner\";";
    for (text, hint) in [(found["detail"].as_str().unwrap(), found["hint"].as_str().unwrap()), (&said, &said)]
    {
        assert!(text.contains("owner \"clinic_owner\" of TABLE public.more0"), "{text}");
        assert!(text.contains(" and 3 more."), "{text}");
        assert_eq!(hint.matches(grant).count(), 1, "{hint}");
    }
    cluster.psql("postgres", "REVOKE clinic_owner FROM loader; DROP DATABASE restored").unwrap();
    let (run, said) = copied_by_loader(&cluster, CLINIC_RULES);
    let grant = "GRANT \"clinic_owner\" TO \"loader\"";
    assert!(run.report().to_string().contains(&grant.replace('"', "\\\"")), "{run}");
    assert!(said.contains("GRANT clinic_owner TO loader;"), "{said}");
    cluster.psql("postgres", "ALTER ROLE clinic_owner SUPERUSER").unwrap();
    cluster.psql("postgres", "DROP DATABASE restored").unwrap();
    let (run, said) = copied_by_loader(&cluster, CLINIC_RULES);
    assert!(missing_privilege(&run)["hint"].is_null(), "{run}");
    assert!(said.contains("left out") && !said.contains("GRANT "), "{said}");
}

fn missing_privilege(run: &Run) -> serde_json::Value {
    let report = run.report();
    let findings = report["findings"].as_array().unwrap();
    findings.iter().find(|found| found["code"] == "missing_privilege").unwrap().clone()
}

#[test]
fn the_sequence_of_a_column_goes_where_its_table_goes() {
    let schema =
        "CREATE ROLE loader LOGIN CREATEDB; CREATE ROLE shop_owner; CREATE DATABASE prod OWNER shop_owner";
    let tables = "SET ROLE shop_owner; CREATE SCHEMA s;
        CREATE TABLE s.a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY); CREATE TABLE s.b (id serial PRIMARY KEY);
        INSERT INTO s.a DEFAULT VALUES; INSERT INTO s.b DEFAULT VALUES;";
    let rules = "version = 1\n[table.\"s.a\"]\nid = { keep = \"a number\" }\n[table.\"s.b\"]\nid = { keep = \"a number\" }\n";
    for (membership, owner) in [("", "loader"), ("GRANT shop_owner TO loader", "shop_owner")] {
        let cluster = cluster();
        for statement in schema.split(';').chain([membership]) {
            cluster.psql("postgres", statement).unwrap();
        }
        cluster.psql("prod", tables).unwrap();
        copied_by_loader(&cluster, rules);
        for copy in ["stage", "restored"] {
            let wanted = format!("a {owner}, a_id_seq {owner}, b {owner}, b_id_seq {owner}");
            assert_eq!(cluster.psql(copy, OWNERS).unwrap(), wanted, "{copy}");
        }
    }
}

#[test]
fn a_target_that_is_the_source_is_told_before_any_privilege() {
    let cluster = cluster();
    cluster.psql("postgres", "CREATE ROLE reader LOGIN; GRANT pg_read_all_data TO reader").unwrap();
    cluster.create_database("prod").unwrap();
    cluster.psql("prod", "CREATE TABLE t (a int)").unwrap();
    let run = Call::refresh(RULES, &cluster.uri("prod"), &cluster.uri_as("reader", "prod")).run();
    let said = run.refused(6);
    assert!(said.contains("source database") && !run.to_string().contains("CREATEDB"), "{run}");
    // Beside it, that is what is missing.
    let run = Call::refresh(RULES, &cluster.uri("prod"), &cluster.uri_as("reader", "stage")).run();
    assert!(run.refused(1).contains("CREATEDB"), "{run}");
}
