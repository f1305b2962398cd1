//! The target's own cluster: what a refresh may replace, and what staging keeps across the rename.

use waxwork_fixtures::{ClusterOptions, TempCluster};

use crate::support::{Call, Run, wait_for};

const RULES: &str = "version = 1\n[table.t]\na = { keep = \"a number\" }\n";

const KEEP_NONE: &str = "version = 1\n[target]\nkeep = 0\n[table.t]\na = { keep = \"a number\" }\n";

/// A cluster of its own with a source, `prod`, of one row.
fn cluster() -> TempCluster {
    cluster_with(&[])
}

fn cluster_with(settings: &[(&str, &str)]) -> TempCluster {
    let options =
        ClusterOptions { tcp_password: Some("open sesame".to_owned()), ..ClusterOptions::default() };
    let options = settings.iter().fold(options, |options, (name, value)| options.setting(name, value));
    let cluster = TempCluster::start(&options).unwrap();
    cluster.create_database("prod").unwrap();
    cluster.psql("prod", "CREATE TABLE t (a int); INSERT INTO t VALUES (1)").unwrap();
    cluster
}

fn refresh(cluster: &TempCluster, rules: &str, source: &str, target: &str) -> Run {
    Call::refresh(rules, &cluster.uri(source), &cluster.uri(target)).run()
}

fn oid(cluster: &TempCluster, database: &str) -> String {
    cluster.psql("postgres", &format!("SELECT oid FROM pg_database WHERE datname = '{database}'")).unwrap()
}

fn property(cluster: &TempCluster, database: &str, column: &str) -> String {
    cluster
        .psql("postgres", &format!("SELECT {column} FROM pg_database WHERE datname = '{database}'"))
        .unwrap()
}

#[test]
fn an_old_copy_that_is_the_source_is_neither_renamed_nor_dropped() {
    let cluster = cluster();
    for _ in 0..2 {
        refresh(&cluster, RULES, "prod", "stage").published();
    }
    let source = oid(&cluster, "stage__old1");
    assert!(!source.is_empty());
    for rules in [RULES, KEEP_NONE] {
        let run = refresh(&cluster, rules, "stage__old1", "stage");
        assert!(run.refused(6).contains("stage__old1"));
        assert_eq!(oid(&cluster, "stage__old1"), source);
    }
}

#[test]
fn databases_that_every_cluster_needs_are_no_targets() {
    let cluster = cluster();
    for name in ["postgres", "template1", "template0"] {
        let before = oid(&cluster, name);
        refresh(&cluster, RULES, "prod", name).refused(6);
        assert_eq!(oid(&cluster, name), before);
    }
}

#[test]
fn the_source_is_known_where_the_system_identifier_is_hidden() {
    let cluster = cluster();
    cluster.psql("postgres", "CREATE ROLE low LOGIN CREATEDB; ALTER DATABASE prod OWNER TO low").unwrap();
    cluster
        .psql("prod", "ALTER TABLE t OWNER TO low; COMMENT ON DATABASE prod IS 'waxwork: a copy'")
        .unwrap();
    for database in ["postgres", "prod", "template1"] {
        cluster.psql(database, "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC").unwrap();
    }
    let before = oid(&cluster, "prod");
    let socket = cluster.uri_as("low", "prod");
    cluster.psql("postgres", "ALTER ROLE low PASSWORD 'open sesame'").unwrap();
    let tcp = cluster.tcp_uri("low", "open sesame", "prod").unwrap();
    for target in [&socket, &tcp] {
        Call::refresh(RULES, &socket, target).run().refused(6);
        assert_eq!(oid(&cluster, "prod"), before);
    }
}

#[test]
fn what_the_old_copy_was_the_new_one_is_too() {
    let cluster = cluster();
    refresh(&cluster, KEEP_NONE, "prod", "stage").published();
    cluster.psql("postgres", "ALTER DATABASE stage CONNECTION LIMIT 9 IS_TEMPLATE true").unwrap();
    for _ in 0..2 {
        let before = oid(&cluster, "stage");
        refresh(&cluster, KEEP_NONE, "prod", "stage").published();
        assert_ne!(oid(&cluster, "stage"), before);
        assert_eq!(property(&cluster, "stage", "datconnlimit || ' ' || datistemplate"), "9 true");
    }
    assert_eq!(oid(&cluster, "stage__old1"), "", "a template is dropped as any other");
}

#[test]
fn an_old_copy_that_cannot_be_dropped_fails_no_run() {
    let cluster = cluster();
    refresh(&cluster, KEEP_NONE, "prod", "stage").published();
    // DROP DATABASE refuses a database with a subscription.
    let subscription = "CREATE SUBSCRIPTION held CONNECTION 'dbname=prod' PUBLICATION none \
                        WITH (connect = false, enabled = false, slot_name = NONE, create_slot = false)";
    cluster.psql("stage", subscription).unwrap();
    for night in 1..=3 {
        let before = oid(&cluster, "stage");
        let run = refresh(&cluster, KEEP_NONE, "prod", "stage");
        run.published();
        assert!(run.stdout.contains("old_copy_left"), "{run}");
        assert_ne!(oid(&cluster, "stage"), before);
        let copies = "SELECT count(*) FROM pg_database WHERE datname LIKE 'stage\\_\\_old%'";
        assert_eq!(cluster.psql("postgres", copies).unwrap(), "1", "night {night}");
    }
    cluster.psql("stage__old2", "DROP SUBSCRIPTION held").unwrap();
    let run = refresh(&cluster, KEEP_NONE, "prod", "stage");
    run.published();
    assert!(!run.stdout.contains("old_copy_left"), "{run}");
}

#[test]
fn an_owner_to_whom_the_copy_cannot_go_is_named_before_anything_is_loaded() {
    let cluster = cluster();
    cluster
        .psql(
            "postgres",
            "CREATE ROLE loader LOGIN CREATEDB PASSWORD 'x'; CREATE ROLE owner; CREATE DATABASE stage OWNER owner",
        )
        .unwrap();
    cluster.psql("postgres", "COMMENT ON DATABASE stage IS 'waxwork: masked copy'").unwrap();
    let before = oid(&cluster, "stage");
    let call = Call::refresh(RULES, &cluster.uri("prod"), &cluster.uri_as("loader", "stage"));
    let run = call.run();
    assert_eq!(run.status.code(), Some(1), "{run}");
    assert!(run.stdout.contains("GRANT \\\"owner\\\" TO \\\"loader\\\""), "{run}");
    assert_eq!((oid(&cluster, "stage"), oid(&cluster, "stage__next")), (before, String::new()));
}

#[test]
fn a_member_that_does_not_inherit_is_told_before_anything_is_loaded() {
    let cluster = cluster();
    // Two ways of not inheriting: the role's own before PostgreSQL 16, the membership's after.
    let roles = "CREATE ROLE loader LOGIN CREATEDB NOINHERIT; CREATE ROLE owner; GRANT owner TO loader; \
                 CREATE ROLE other LOGIN CREATEDB; GRANT owner TO other";
    cluster.psql("postgres", roles).unwrap();
    for (target, commented) in [("stage", "stage"), ("stage", "stage__old1")] {
        cluster.psql("postgres", &format!("CREATE DATABASE {commented} OWNER owner")).unwrap();
        cluster
            .psql("postgres", &format!("COMMENT ON DATABASE {commented} IS 'waxwork: masked copy'"))
            .unwrap();
        let run = |role| Call::refresh(RULES, &cluster.uri("prod"), &cluster.uri_as(role, target)).run();
        let refused = run("loader");
        assert_eq!(refused.status.code(), Some(1), "{refused}");
        assert!(refused.stdout.contains("INHERIT") && refused.stdout.contains(commented), "{refused}");
        assert_eq!(oid(&cluster, "stage__next"), "");
        run("other").published();
        cluster.psql("postgres", "DROP DATABASE stage; DROP DATABASE IF EXISTS stage__old1").unwrap();
        cluster.psql("postgres", "DROP DATABASE IF EXISTS stage__old2").unwrap();
    }
}

#[test]
fn a_setting_that_the_target_role_may_not_set_is_left_out_and_said() {
    let cluster = cluster();
    cluster.psql("postgres", "CREATE ROLE loader LOGIN CREATEDB").unwrap();
    cluster
        .psql(
            "prod",
            "ALTER DATABASE prod SET log_statement = 'all'; ALTER DATABASE prod SET work_mem = '9MB'",
        )
        .unwrap();
    let run = Call::refresh(RULES, &cluster.uri("prod"), &cluster.uri_as("loader", "stage")).run();
    run.published();
    assert!(run.stdout.contains("setting_left_out") && run.stdout.contains("log_statement"), "{run}");
    assert_eq!(cluster.psql("stage", "SHOW work_mem").unwrap(), "9MB");
}

#[test]
fn a_setting_of_the_source_comes_before_that_of_the_old_copy() {
    let cluster = cluster();
    cluster.psql("prod", "ALTER DATABASE prod SET work_mem = '8MB'").unwrap();
    refresh(&cluster, KEEP_NONE, "prod", "stage").published();
    let stages = "ALTER DATABASE stage SET statement_timeout = '9s'; ALTER ROLE postgres IN DATABASE stage SET lock_timeout = '7s'";
    cluster.psql("postgres", stages).unwrap();
    cluster.psql("prod", "ALTER DATABASE prod SET work_mem = '16MB'").unwrap();
    refresh(&cluster, KEEP_NONE, "prod", "stage").published();
    for (name, wanted) in [("work_mem", "16MB"), ("statement_timeout", "9s"), ("lock_timeout", "7s")] {
        assert_eq!(cluster.psql("stage", &format!("SHOW {name}")).unwrap(), wanted, "{name}");
    }
}

#[test]
fn a_setting_that_the_target_does_not_accept_is_left_out_and_said() {
    let cluster = cluster();
    // A locale that is not there, a parameter that no version has: as from another system or version.
    let foreign = "INSERT INTO pg_db_role_setting SELECT oid, 0, '{lc_messages=xx_XX.UTF-8,no_such_parameter=1,work_mem=9MB}' \
                   FROM pg_database WHERE datname = 'prod'";
    cluster.psql("postgres", foreign).unwrap();
    let run = refresh(&cluster, KEEP_NONE, "prod", "stage");
    let report = run.published();
    let said: Vec<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["code"] == "setting_left_out")
        .map(|finding| finding["message"].as_str().unwrap().rsplit(' ').next().unwrap())
        .collect();
    assert_eq!(said, ["lc_messages", "no_such_parameter"], "{run}");
    assert_eq!(cluster.psql("stage", "SHOW work_mem").unwrap(), "9MB");
}

#[test]
fn a_database_with_any_object_of_a_user_is_left_alone() {
    let cluster = cluster();
    let objects = [
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w",
        "CREATE COLLATION c FROM \"C\"",
        "CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)",
        "CREATE PUBLICATION p",
        "CREATE OPERATOR FAMILY f USING btree",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
    ];
    for object in objects {
        cluster.create_database("stage").unwrap();
        cluster.psql("stage", object).unwrap();
        let before = oid(&cluster, "stage");
        let run = refresh(&cluster, RULES, "prod", "stage");
        assert_eq!(run.status.code(), Some(6), "{object}\n{run}");
        assert_eq!(oid(&cluster, "stage"), before);
        cluster.psql("postgres", "DROP DATABASE stage").unwrap();
    }
}

#[test]
fn names_that_runs_use_are_no_targets() {
    let cluster = cluster();
    for name in ["stage__next", "stage__old1", "stage__old12"] {
        refresh(&cluster, RULES, "prod", name).refused(2);
    }
    refresh(&cluster, RULES, "prod", "stage__older").published();
}

#[test]
fn a_run_that_entered_another_maintenance_database_is_seen() {
    let cluster = cluster();
    cluster
        .psql("postgres", "CREATE ROLE low LOGIN CREATEDB; REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")
        .unwrap();
    // The other run's lock: our class, the target's name.
    let mut other = cluster.client("template1").command().unwrap();
    let held = "SELECT pg_advisory_lock(x'77617877'::int, hashtext('stage')), pg_sleep(60)";
    let mut child = other.arg("-c").arg(held).stdout(std::process::Stdio::null()).spawn().unwrap();
    let granted = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted";
    wait_for("the other run has its lock", || cluster.psql("postgres", granted).unwrap() != "0");
    refresh(&cluster, RULES, "prod", "stage").refused(7);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_names_a_role_that_is_not_there_is_left_out_and_counted() {
    let (source, target) = (cluster(), cluster());
    source
        .psql(
            "prod",
            "CREATE ROLE tenant; CREATE ROLE keeper; ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON t TO tenant USING (a > 0); \
             CREATE POLICY every ON t USING (a = 1); GRANT SELECT ON t TO tenant; CREATE STATISTICS s ON a, (a + 1) FROM t; ALTER STATISTICS s OWNER TO keeper",
        )
        .unwrap();
    target.psql("postgres", "CREATE ROLE keeper").unwrap();
    let run = Call::refresh(RULES, &source.uri("prod"), &target.uri("stage")).run();
    run.published();
    assert!(run.stdout.contains("missing_roles"), "{run}");
    assert_eq!(target.psql("stage", "SELECT string_agg(polname, ',') FROM pg_policy").unwrap(), "every");
    assert_eq!(target.psql("stage", "SELECT relrowsecurity FROM pg_class WHERE relname = 't'").unwrap(), "t");
    assert_eq!(target.psql("stage", "SELECT stxowner::regrole FROM pg_statistic_ext").unwrap(), "keeper");
}

/// A run that must be refused by the guard, because of what somebody does once `reached` counts something.
#[track_caller]
fn overtaken(cluster: &TempCluster, rules: &str, reached: &str, meanwhile: impl FnOnce()) {
    let run = Call::refresh(rules, &cluster.uri("prod"), &cluster.uri("stage")).start();
    wait_for("the run gets there", || cluster.psql("postgres", reached).unwrap() != "0");
    meanwhile();
    run.wait().refused(6);
}

fn somebodys_database(cluster: &TempCluster, name: &str) {
    cluster.create_database(name).unwrap();
    cluster.psql(name, "CREATE TABLE precious (a int)").unwrap();
}

#[test]
fn what_somebody_made_while_the_copy_was_loaded_is_not_replaced() {
    let cluster = cluster();
    cluster.psql("prod", "CREATE MATERIALIZED VIEW slow AS SELECT a, pg_sleep(5)::text AS b FROM t").unwrap();
    let loaded =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'REFRESH%' AND datname = 'stage__next'";
    overtaken(&cluster, KEEP_NONE, loaded, || {
        somebodys_database(&cluster, "stage");
        cluster.psql("postgres", "COMMENT ON DATABASE stage IS 'waxwork:production'").unwrap();
    });
    assert_eq!(cluster.psql("stage", "SELECT to_regclass('precious')").unwrap(), "precious");
    assert_eq!(oid(&cluster, "stage__next"), "", "the copy that was not published is dropped");
}

#[test]
fn what_somebody_made_while_rows_were_chosen_is_not_dropped() {
    let cluster = cluster();
    let rules =
        format!("{KEEP_NONE}[subset]\nseed = [{{ table = \"t\", where = \"pg_sleep(5) IS NOT NULL\" }}]\n");
    let choosing =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(5)%' AND wait_event = 'PgSleep'";
    overtaken(&cluster, &rules, choosing, || somebodys_database(&cluster, "stage__next"));
    assert_eq!(cluster.psql("stage__next", "SELECT to_regclass('precious')").unwrap(), "precious");
}

#[test]
fn an_old_copy_that_somebody_holds_keeps_its_name_and_no_run_waits_for_it() {
    let cluster = cluster_with(&[("max_prepared_transactions", "2")]);
    refresh(&cluster, RULES, "prod", "stage").published();
    refresh(&cluster, RULES, "prod", "stage").published();
    cluster.psql("stage__old1", "BEGIN; CREATE TABLE z (); PREPARE TRANSACTION 'held'").unwrap();
    let held = oid(&cluster, "stage__old1");
    for _ in 0..2 {
        let before = oid(&cluster, "stage");
        let run = refresh(&cluster, RULES, "prod", "stage");
        run.published();
        assert!(run.stdout.contains("old_copy_left"), "{run}");
        assert_eq!((oid(&cluster, "stage__old1"), oid(&cluster, "stage__old2")), (held.clone(), before));
    }
    cluster.psql("stage__old1", "ROLLBACK PREPARED 'held'").unwrap();
    refresh(&cluster, RULES, "prod", "stage").published();
    let copies =
        "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname LIKE 'stage%'";
    assert_eq!(cluster.psql("postgres", copies).unwrap(), "stage stage__old1");
}

#[test]
fn who_may_not_enter_the_copy_may_not_enter_the_next_one() {
    let cluster = cluster();
    refresh(&cluster, RULES, "prod", "stage").published();
    let closed = "REVOKE CONNECT ON DATABASE stage FROM PUBLIC; ALTER DATABASE stage ALLOW_CONNECTIONS false";
    cluster.psql("postgres", closed).unwrap();
    let rules = format!(
        "{RULES}[[hook]]\non = \"before_publish\"\nsql = \"\"\"CREATE TABLE said AS SELECT has_database_privilege('pg_monitor', current_database(), 'CONNECT') AS may\"\"\"\n"
    );
    refresh(&cluster, &rules, "prod", "stage").published();
    assert_eq!(property(&cluster, "stage", "datallowconn"), "f");
    cluster.psql("postgres", "ALTER DATABASE stage ALLOW_CONNECTIONS true").unwrap();
    assert_eq!(cluster.psql("stage", "SELECT may FROM said").unwrap(), "f");
}

/// DROP DATABASE … WITH (FORCE) asks for the right to end it, which only a superuser has.
#[test]
fn a_worker_of_autovacuum_keeps_nothing_from_being_dropped() {
    let slow = [
        ("autovacuum", "on"),
        ("autovacuum_naptime", "1s"),
        ("autovacuum_vacuum_cost_delay", "100ms"),
        ("autovacuum_vacuum_cost_limit", "1"),
        ("autovacuum_analyze_threshold", "1"),
    ];
    let cluster = cluster_with(&slow);
    cluster.psql("postgres", "CREATE ROLE loader LOGIN CREATEDB").unwrap();
    cluster.psql("prod", "INSERT INTO t SELECT n FROM generate_series(1, 300000) n").unwrap();
    let target = cluster.uri_as("loader", "stage");
    let vetoed = format!("{RULES}[[hook]]\non = \"before_publish\"\ncommand = [\"false\"]\n");
    Call::refresh(&vetoed, &cluster.uri("prod"), &target).arg("--keep-failed").run().refused(8);
    cluster.psql("stage__next", "UPDATE t SET a = a + 1").unwrap();
    let workers = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'stage__next' AND backend_type = 'autovacuum worker'";
    wait_for("a worker comes", || cluster.psql("postgres", workers).unwrap() != "0");
    let run = Call::refresh(RULES, &cluster.uri("prod"), &target).run();
    run.published();
    assert!(!run.stdout.contains("target_in_use"), "{run}");
}
