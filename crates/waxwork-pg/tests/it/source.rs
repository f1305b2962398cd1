//! Locks, snapshot, guards: what the production side promises.

use crate::support::{LOCK_TIMEOUT, database, leader, somebody_waits, target, worker};
use std::collections::BTreeMap;
use std::time::Duration;
use waxwork_copy::Wire;
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_fixtures::{ClusterOptions, TempCluster};
use waxwork_pg::{
    ConnInfo, CopyQuery, Param, PgErrorKind, SnapshotId, SourceLeader, SourceWorker, TargetSession, Workers,
    doing,
};

fn name(table: &str) -> QualifiedName {
    QualifiedName::new("public", table)
}

async fn rows_seen(worker: &mut SourceWorker, table: &str) -> u64 {
    let query = CopyQuery::whole(&name(table), &[Ident::new("id")]);
    let mut copy = worker.copy_out(&query, Wire::Text, 1 << 20).await.unwrap();
    let mut rows = 0;
    while let Some(batch) = copy.next_batch().await.unwrap() {
        rows += batch.rows() as u64;
    }
    rows
}

#[tokio::test]
async fn a_worker_sees_what_the_leader_saw_and_nothing_later() {
    let (cluster, database, info) = database("CREATE TABLE t (id int); INSERT INTO t VALUES (1), (2)");
    let (_leader, view) = leader(&info).await;
    cluster.psql(&database, "INSERT INTO t VALUES (3); DELETE FROM t WHERE id = 1").unwrap();
    let mut worker = worker(&info, &view).await;
    assert_eq!(rows_seen(&mut worker, "t").await, 2);
}

#[tokio::test]
async fn workers_are_as_many_as_the_server_has_room_for() {
    let (cluster, database, info) = database("CREATE TABLE t (id int)");
    cluster
        .psql(&database, "CREATE ROLE narrow LOGIN CONNECTION LIMIT 3; GRANT SELECT ON t TO narrow")
        .unwrap();
    let narrow = ConnInfo::parse(&cluster.uri_as("narrow", &database)).unwrap();
    let (_leader, view) = leader(&info).await;
    let mut workers = Workers::connect(&narrow, &view.snapshot, 2).await.unwrap();
    assert_eq!(workers.all().await.unwrap().len(), 2);
    let mut more = Workers::connect(&narrow, &view.snapshot, 4).await.unwrap();
    assert_eq!(more.all().await.unwrap().len(), 1);
    workers.close().await;
    assert_eq!(rows_seen(&mut more.first, "t").await, 0);
    more.close().await;
    cluster.psql(&database, "DROP OWNED BY narrow; DROP ROLE narrow").unwrap();
}

#[tokio::test]
async fn a_snapshot_ends_with_its_leader() {
    let (_, _, info) = database("CREATE TABLE t (id int)");
    let (mut leader, view) = leader(&info).await;
    leader.end().await.unwrap();
    assert!(SourceWorker::connect(&info, &view.snapshot).await.is_err());
}

#[test]
fn a_snapshot_name_cannot_carry_sql() {
    assert!(SnapshotId::new("00000003-0000001B-1").is_ok());
    assert!(SnapshotId::new("x'; DROP TABLE t; --").is_err());
    assert!(SnapshotId::new("").is_err());
}

#[tokio::test]
async fn the_source_is_read_only_by_session_and_by_transaction() {
    let (_, _, info) = database("CREATE TABLE t (id int)");
    let mut source = SourceLeader::connect(&info).await.unwrap();
    // The role is a superuser here: only the other two levels stand between it and the table.
    let insert = "INSERT INTO public.t VALUES (1)";
    let by_session = source.session().execute(doing("write"), insert).await.unwrap_err();
    assert_eq!(by_session.kind(), PgErrorKind::ReadOnly);
    let view = source.begin(LOCK_TIMEOUT).await.unwrap();
    let mut worker = worker(&info, &view).await;
    worker.execute(doing("lift the default"), "SET default_transaction_read_only = off").await.unwrap();
    let by_transaction = worker.execute(doing("write"), insert).await.unwrap_err();
    assert_eq!(by_transaction.kind(), PgErrorKind::ReadOnly);
}

#[tokio::test]
async fn a_source_session_has_the_settings_of_pg_dump() {
    let (cluster, database, info) = database("CREATE TABLE t (id int)");
    let hostile = "ALTER DATABASE {} SET statement_timeout = '50ms'; ALTER DATABASE {} SET search_path = 'nowhere'; \
                   ALTER DATABASE {} SET DateStyle = 'German'; ALTER DATABASE {} SET extra_float_digits = -5";
    cluster.psql("postgres", &hostile.replace("{}", &format!("\"{database}\""))).unwrap();
    let mut source = SourceLeader::connect(&info).await.unwrap();
    let sql = "SELECT setting FROM pg_catalog.pg_settings WHERE name = ANY ($1) ORDER BY lower(name)";
    let names = ["application_name", "DateStyle", "extra_float_digits", "row_security", "search_path"];
    let more = ["statement_timeout", "synchronize_seqscans", "TimeZone", "transaction_read_only"];
    let names = Param::Texts(names.iter().chain(&more).map(|name| (*name).to_owned()).collect());
    let rows = source.session().fetch(doing("look"), sql, &[names]).await.unwrap();
    let settings: Vec<&str> = rows.iter().map(|row| row.text(0).unwrap()).collect();
    assert_eq!(settings, ["waxwork", "ISO, YMD", "3", "off", "", "0", "off", "UTC", "on"]);
}

#[tokio::test]
async fn a_source_session_takes_no_less_memory_and_no_dearer_pages_than_the_server_says() {
    let (cluster, database, info) = database("CREATE TABLE t (id int)");
    let mut settings = Vec::new();
    for own in ["work_mem = '1MB'; {} random_page_cost = 4", "work_mem = '1GB'; {} random_page_cost = 0.5"] {
        let alter = format!("ALTER DATABASE \"{database}\" SET");
        cluster.psql("postgres", &format!("{alter} {}", own.replace("{}", &alter))).unwrap();
        let mut source = SourceLeader::connect(&info).await.unwrap();
        let sql = "SELECT current_setting('jit') || ' ' || current_setting('random_page_cost') || ' ' || current_setting('work_mem')";
        let rows = source.session().fetch(doing("look"), sql, &[]).await.unwrap();
        settings.push(rows[0].text(0).unwrap().to_owned());
    }
    assert_eq!(settings, ["off 1.1 64MB", "off 0.5 1GB"]);
}

#[tokio::test]
async fn a_table_that_is_locked_against_us_is_a_lock_timeout() {
    let (_, _, info) = database("CREATE TABLE t (id int); CREATE TABLE free (id int)");
    let mut other = target(&info).await;
    other.begin().await.unwrap();
    other.execute(doing("lock"), "LOCK TABLE public.t").await.unwrap();
    let mut source = SourceLeader::connect(&info).await.unwrap();
    let error = source.begin(Duration::from_millis(200)).await.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (PgErrorKind::LockTimeout, Some("55P03")));
    assert!(error.to_string().starts_with("could not lock \"public\".\"t\": "), "{error}");
    other.roll_back().await.unwrap();
    assert!(source.begin(LOCK_TIMEOUT).await.is_ok());
}

#[tokio::test]
async fn a_sequence_that_is_locked_against_us_is_a_lock_timeout() {
    let (_, _, info) = database("CREATE TABLE t (id int); CREATE SEQUENCE s");
    let mut other = target(&info).await;
    other.begin().await.unwrap();
    other.execute(doing("alter"), "ALTER SEQUENCE public.s OWNER TO CURRENT_USER").await.unwrap();
    let mut source = SourceLeader::connect(&info).await.unwrap();
    let begin = source.begin(Duration::from_millis(500));
    let outcome = tokio::time::timeout(LOCK_TIMEOUT, begin).await.expect("the wait has an end");
    assert_eq!(outcome.unwrap_err().kind(), PgErrorKind::LockTimeout);
    other.roll_back().await.unwrap();
    assert!(source.begin(LOCK_TIMEOUT).await.is_ok());
}

#[tokio::test]
async fn a_foreign_table_that_is_locked_is_not_waited_for() {
    let (_, _, info) = database(
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE f (id int) SERVER s",
    );
    let mut other = target(&info).await;
    other.begin().await.unwrap();
    other.execute(doing("alter"), "ALTER FOREIGN TABLE public.f ADD b int").await.unwrap();
    SourceLeader::connect(&info).await.unwrap().begin(Duration::from_millis(500)).await.unwrap();
}

// The migration has `b` and comes to want `a`, the leader has `a` and wants `b`.
#[tokio::test]
async fn a_migration_that_wants_what_we_hold_gets_it_while_we_wait_for_what_it_holds() {
    let (cluster, database, info) = database("CREATE TABLE a (id int); CREATE TABLE b (id int)");
    let mut migration = target(&info).await;
    migration.begin().await.unwrap();
    migration.execute(doing("alter"), "ALTER TABLE public.b ADD n int").await.unwrap();
    let leaders = info.clone();
    let begin = tokio::spawn(async move { leader(&leaders).await.1 });
    somebody_waits(cluster, &database).await;
    // Past deadlock_timeout, at which a waiting leader has looked for a deadlock and found none.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    migration.execute(doing("alter"), "ALTER TABLE public.a ADD n int").await.unwrap();
    migration.commit().await.unwrap();
    let view = begin.await.unwrap();
    assert!(view.catalog.tables.iter().all(|table| table.columns.len() == 2));
}

/// Starts a leader that waits for a lock on `t`, which `other` holds while it runs `sql`; returns what it sees then.
async fn begin_while(
    info: &ConnInfo,
    cluster: &TempCluster,
    database: &str,
    sql: &str,
) -> waxwork_pg::SourceView {
    let mut other = TargetSession::connect(info).await.unwrap();
    other.begin().await.unwrap();
    other.execute(doing("change"), &format!("LOCK TABLE public.t; {sql}")).await.unwrap();
    let info = info.clone();
    let begin = tokio::spawn(async move {
        let mut source = SourceLeader::connect(&info).await.unwrap();
        let view = source.begin(LOCK_TIMEOUT).await.unwrap();
        (source, view)
    });
    somebody_waits(cluster, database).await;
    other.commit().await.unwrap();
    begin.await.unwrap().1
}

// PostgreSQL manual, 13.6: to a snapshot older than a TRUNCATE the table looks empty although it was not.
#[tokio::test]
async fn a_truncate_that_we_waited_for_is_seen_because_the_lock_came_before_the_snapshot() {
    let (cluster, database, info) = database("CREATE TABLE t (id int); INSERT INTO t VALUES (1)");
    let change = "TRUNCATE public.t; INSERT INTO public.t SELECT generate_series(1, 7)";
    let mut other = target(&info).await;
    other.begin().await.unwrap();
    other.execute(doing("change"), &format!("LOCK TABLE public.t; {change}")).await.unwrap();
    let (begin_info, worker_info) = (info.clone(), info.clone());
    let begin = tokio::spawn(async move {
        let (leader, view) = leader(&begin_info).await;
        let mut worker = worker(&worker_info, &view).await;
        let rows = rows_seen(&mut worker, "t").await;
        drop(leader);
        rows
    });
    somebody_waits(cluster, &database).await;
    other.commit().await.unwrap();
    assert_eq!(begin.await.unwrap(), 7);
}

#[tokio::test]
async fn a_table_created_while_we_waited_is_locked_too_before_anything_is_read() {
    let (cluster, database, info) = database("CREATE TABLE t (id int)");
    let view = begin_while(&info, cluster, &database, "CREATE TABLE public.late (id int)").await;
    assert!(view.catalog.find(&name("late")).is_some());
}

#[tokio::test]
async fn a_table_dropped_while_we_waited_is_no_failure() {
    let (cluster, database, info) = database("CREATE TABLE t (id int); CREATE TABLE gone (id int)");
    let view = begin_while(&info, cluster, &database, "DROP TABLE public.gone").await;
    assert!(view.catalog.find(&name("gone")).is_none());
    assert!(view.catalog.find(&name("t")).is_some());
}

#[tokio::test]
async fn once_locked_a_table_cannot_be_emptied_or_altered() {
    let (_, _, info) = database("CREATE TABLE t (id int); INSERT INTO t VALUES (1)");
    let (_leader, _view) = leader(&info).await;
    let mut other = target(&info).await;
    other.execute(doing("set"), "SET lock_timeout = '100ms'").await.unwrap();
    for sql in ["TRUNCATE public.t", "ALTER TABLE public.t ADD x int", "VACUUM FULL public.t"] {
        let error = other.execute(doing("change"), sql).await.unwrap_err();
        assert_eq!(error.kind(), PgErrorKind::LockTimeout, "{sql}");
    }
}

// pg_dump's lockTableForWorker: a lock that waited would queue behind the ALTER, which waits for the leader.
#[tokio::test]
async fn a_worker_does_not_queue_behind_an_alter_that_waits_for_the_leader() {
    let (cluster, database, info) = database("CREATE TABLE t (id int)");
    let (_leader, view) = leader(&info).await;
    let mut worker = worker(&info, &view).await;
    let mut other = target(&info).await;
    let alter =
        tokio::spawn(async move { other.execute(doing("alter"), "ALTER TABLE public.t ADD x int").await });
    somebody_waits(cluster, &database).await;
    let error = worker.lock_table(&name("t")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.doing().object.as_deref()),
        (PgErrorKind::LockTimeout, Some("\"public\".\"t\""))
    );
    alter.abort();
}

/// A role that may log in and nothing else, of a name that no other test uses.
fn new_role(cluster: &TempCluster, database: &str, grants: &str) -> ConnInfo {
    let role = format!("reader_{database}");
    cluster.psql(database, &format!("CREATE ROLE {role} LOGIN; {}", grants.replace("{}", &role))).unwrap();
    ConnInfo::target(&cluster.uri_as(&role, database)).unwrap()
}

#[tokio::test]
async fn every_table_that_cannot_be_read_is_named_at_once() {
    let (cluster, database, _) = database(
        "CREATE TABLE a (id serial); CREATE TABLE b (id int); CREATE SCHEMA s; CREATE TABLE s.c (id int); \
         CREATE TABLE p (id int) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p DEFAULT",
    );
    // SELECT on the root does not reach its leaf, and a table in a closed schema stays closed.
    let info = new_role(cluster, &database, "GRANT SELECT ON b, p TO {}; GRANT SELECT ON s.c TO {}");
    let mut source = SourceLeader::connect(&info).await.unwrap();
    let error = source.begin(LOCK_TIMEOUT).await.unwrap_err();
    assert_eq!(error.kind(), PgErrorKind::Privilege);
    assert_eq!(
        error.message(),
        Some(
            "USAGE on the schema or SELECT is missing for \"public\".\"a\", \"public\".\"p1\", \"s\".\"c\", \
             \"public\".\"a_id_seq\""
        )
    );
    // As the owner would run it, and then it can be read; one word does for tables and sequences.
    let grant = error.hint().unwrap().strip_prefix("Run as their owner: ").unwrap();
    cluster.psql(&database, grant).unwrap();
    source.begin(LOCK_TIMEOUT).await.unwrap();
}

#[tokio::test]
async fn row_security_that_would_hide_rows_is_refused_before_any_copy() {
    let (cluster, database, owner) =
        database("CREATE TABLE t (id int); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE TABLE u (id int)");
    let info = new_role(cluster, &database, "GRANT SELECT ON t, u TO {}");
    let mut source = SourceLeader::connect(&info).await.unwrap();
    let error = source.begin(LOCK_TIMEOUT).await.unwrap_err();
    assert_eq!(error.kind(), PgErrorKind::RowSecurity);
    assert!(error.to_string().ends_with("would hide rows of \"public\".\"t\""), "{error}");
    let grant = format!("ALTER ROLE \"reader_{database}\" BYPASSRLS;");
    assert!(error.hint().unwrap().contains(&grant), "{:?}", error.hint());
    // A superuser is exempt.
    assert!(SourceLeader::connect(&owner).await.unwrap().begin(LOCK_TIMEOUT).await.is_ok());
}

#[tokio::test]
async fn a_plain_role_with_select_is_enough() {
    let (cluster, database, _) = database("CREATE TABLE t (id serial); INSERT INTO t VALUES (1)");
    let info =
        new_role(cluster, &database, "GRANT SELECT ON t TO {}; GRANT SELECT ON SEQUENCE t_id_seq TO {}");
    let (leader, view) = leader(&info).await;
    assert!(!leader.facts().is_superuser && !leader.facts().can_run_programs);
    let mut worker = worker(&info, &view).await;
    assert_eq!(rows_seen(&mut worker, "t").await, 1);
}

#[tokio::test]
async fn the_view_holds_the_databases_own_settings_views_and_extensions() {
    let (cluster, database, info) = database(
        "CREATE TABLE t (id int); CREATE MATERIALIZED VIEW z AS SELECT max(id + 1), now() FROM t; \
         CREATE VIEW between AS SELECT * FROM z; CREATE MATERIALIZED VIEW a AS SELECT * FROM between; \
         CREATE MATERIALIZED VIEW empty AS SELECT 1 WITH NO DATA; SELECT lo_create(0)",
    );
    let settings = format!(
        "ALTER DATABASE \"{database}\" SET work_mem = '7MB'; ALTER DATABASE \"{database}\" SET app.secret = 'hunter2'"
    );
    cluster.psql("postgres", &settings).unwrap();
    let (_leader, view) = leader(&info).await;
    assert_eq!(
        view.settings.iter().map(|s| (s.name.as_str(), s.value.as_str())).collect::<Vec<_>>(),
        [("work_mem", "7MB")]
    );
    assert_eq!(view.materialized_views.to_refresh, [name("z"), name("a")]);
    assert_eq!(view.large_objects, 1);
    assert_eq!(view.extensions.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["plpgsql"]);
    assert_eq!(
        (view.facts.database.as_str(), view.facts.locale.encoding.as_str()),
        (database.as_str(), "UTF8")
    );
    assert!(view.facts.system_identifier.is_some() && view.facts.is_superuser && !view.facts.in_recovery);
}

#[tokio::test]
async fn a_refused_statement_costs_a_savepoint_and_not_the_snapshot() {
    let (_, _, info) = database("CREATE TABLE t (id int); INSERT INTO t VALUES (1)");
    let (_leader, view) = leader(&info).await;
    let mut worker = worker(&info, &view).await;
    worker.savepoint().await.unwrap();
    let sql = "SELECT t.ctid FROM ONLY public.t AS t WHERE nonsense = 'hunter2'";
    let error = worker.prepare(doing("vet a condition"), sql).await.unwrap_err();
    assert_eq!(error.to_string(), "could not vet a condition: an object does not exist (SQLSTATE 42703)");
    worker.roll_back_to_savepoint().await.unwrap();
    let prepared = worker.prepare(doing("vet"), "SELECT $1::int4 + $2::int4, 'a'::text").await.unwrap();
    assert_eq!((prepared.parameters, prepared.column_types), (2, vec![23, 25]));
    assert_eq!(rows_seen(&mut worker, "t").await, 1);
}

#[tokio::test]
async fn a_materialized_view_that_would_read_outside_the_database_says_what() {
    let (_, _, info) = database(
        "CREATE EXTENSION dblink; CREATE EXTENSION postgres_fdw; CREATE TABLE t (id int); \
         CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw; CREATE FOREIGN TABLE f (id int) SERVER away; \
         CREATE TABLE p (id int) PARTITION BY LIST (id); \
         CREATE FOREIGN TABLE p1 PARTITION OF p FOR VALUES IN (1) SERVER away; \
         CREATE FUNCTION told() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM pg_read_file('x'); END; \
         CREATE FUNCTION quoted() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN count(*) FROM dblink(''x'') AS r(a int); END'; \
         CREATE FUNCTION same(int, int) RETURNS bool LANGUAGE sql BEGIN ATOMIC SELECT told() = $1; END; \
         CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = same); \
         CREATE VIEW between AS SELECT id FROM t WHERE EXISTS (SELECT FROM f); \
         CREATE MATERIALIZED VIEW empty AS SELECT 1 AS id WITH NO DATA; \
         CREATE MATERIALIZED VIEW by_dblink AS SELECT a FROM dblink('x', 'y') AS r(a int) WITH NO DATA; \
         CREATE MATERIALIZED VIEW by_file AS SELECT pg_read_binary_file('x') WITH NO DATA; \
         CREATE MATERIALIZED VIEW by_function AS SELECT told() WITH NO DATA; \
         CREATE MATERIALIZED VIEW by_body AS SELECT id FROM t WHERE quoted() = 1 WITH NO DATA; \
         CREATE MATERIALIZED VIEW by_operator AS SELECT id FROM t WHERE id === 2 WITH NO DATA; \
         CREATE MATERIALIZED VIEW by_partition AS SELECT id FROM p WITH NO DATA; \
         CREATE MATERIALIZED VIEW by_view AS SELECT id FROM between WITH NO DATA; \
         CREATE MATERIALIZED VIEW by_another AS SELECT id FROM by_view WITH NO DATA; \
         CREATE MATERIALIZED VIEW of_empty AS SELECT id FROM empty WITH NO DATA; \
         CREATE MATERIALIZED VIEW fine AS SELECT id FROM t; \
         UPDATE pg_class SET relispopulated = true WHERE relname LIKE 'by\\_%' OR relname = 'of_empty'",
    );
    let (_leader, view) = leader(&info).await;
    let views = view.materialized_views;
    assert_eq!(views.to_refresh, [name("fine")]);
    let said: BTreeMap<&str, &str> =
        views.unpopulated.iter().map(|one| (one.view.name.as_str(), one.reads.as_str())).collect();
    let wanted = [
        ("by_dblink", "function public.dblink(text,text)"),
        ("by_file", "function pg_read_binary_file(text)"),
        ("by_function", "function pg_read_file(text)"),
        ("by_body", "function public.quoted()"),
        ("by_operator", "function pg_read_file(text)"),
        ("by_partition", "foreign table public.p1"),
        ("by_view", "foreign table public.f"),
        ("by_another", "foreign table public.f"),
        ("of_empty", "materialized view public.empty"),
    ];
    assert_eq!(said, BTreeMap::from(wanted));
}

#[tokio::test]
async fn a_materialized_view_over_code_that_may_leave_the_database_stays_empty() {
    let (_, _, info) = database(
        "CREATE EXTENSION dblink; CREATE EXTENSION tablefunc; CREATE EXTENSION citext; CREATE EXTENSION hstore; \
         CREATE EXTENSION pg_trgm; CREATE TABLE person (id int, email citext, tags hstore); \
         CREATE FUNCTION far() RETURNS SETOF int LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT * FROM dblink(''x'') AS r(a int); END'; \
         CREATE FUNCTION nested() RETURNS SETOF int LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT * FROM public.Far(); END'; \
         CREATE FUNCTION sql_text() RETURNS SETOF int LANGUAGE sql AS 'SELECT nested()'; \
         CREATE FUNCTION dynamic() RETURNS int LANGUAGE plpgsql AS 'DECLARE n int; BEGIN EXECUTE concat(''SELECT a FROM db'', ''link()'') INTO n; RETURN n; END'; \
         CREATE FUNCTION copied() RETURNS int LANGUAGE plpgsql AS 'BEGIN COPY person FROM PROGRAM ''x''; RETURN 1; END'; \
         CREATE FUNCTION step(int, int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN count(*) FROM far(); END'; \
         CREATE AGGREGATE gather(int) (SFUNC = step, STYPE = int); \
         CREATE FUNCTION plain(n int DEFAULT dynamic()) RETURNS int LANGUAGE sql AS 'SELECT n'; \
         CREATE FUNCTION slug(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower(regexp_replace(t, ''\\W'', ''-'')); END'; \
         CREATE FUNCTION grown(n int) RETURNS int LANGUAGE sql AS 'SELECT n + max(id) FROM person'; \
         CREATE FUNCTION best(int, int) RETURNS int LANGUAGE sql AS 'SELECT greatest($1, $2)'; \
         CREATE AGGREGATE top(int) (SFUNC = best, STYPE = int); \
         CREATE VIEW far_view AS SELECT sql_text() AS id; \
         CREATE FUNCTION by_name() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM far_view'; \
         CREATE MATERIALIZED VIEW m_nested AS SELECT * FROM nested() WITH NO DATA; \
         CREATE MATERIALIZED VIEW m_sql AS SELECT * FROM sql_text() WITH NO DATA; \
         CREATE MATERIALIZED VIEW m_dynamic AS SELECT dynamic() WITH NO DATA; \
         CREATE MATERIALIZED VIEW m_copied AS SELECT copied() WITH NO DATA; \
         CREATE MATERIALIZED VIEW m_aggregate AS SELECT gather(id) FROM person WITH NO DATA; \
         CREATE MATERIALIZED VIEW m_default AS SELECT plain() WITH NO DATA; \
         CREATE MATERIALIZED VIEW m_view AS SELECT by_name() WITH NO DATA; \
         CREATE MATERIALIZED VIEW m_crosstab AS SELECT * FROM crosstab('SELECT 1, 2, 3') AS r(a int, b int) WITH NO DATA; \
         CREATE MATERIALIZED VIEW m_xml AS SELECT query_to_xml('SELECT 1', true, true, '') WITH NO DATA; \
         CREATE MATERIALIZED VIEW fine_extensions AS SELECT email, tags -> 'a' AS tag, similarity(email::text, 'x'), \
             regexp_replace(email, 'x', 'y') AS x FROM person WHERE email = 'x'; \
         CREATE MATERIALIZED VIEW fine_text AS SELECT slug(email::text), grown(id), top(id) OVER () AS top FROM person; \
         UPDATE pg_class SET relispopulated = true WHERE relname LIKE 'm\\_%'",
    );
    let (_leader, view) = leader(&info).await;
    let views = view.materialized_views;
    assert_eq!(views.to_refresh, [name("fine_extensions"), name("fine_text")]);
    let said: BTreeMap<&str, &str> =
        views.unpopulated.iter().map(|one| (one.view.name.as_str(), one.reads.as_str())).collect();
    let wanted = [
        ("m_nested", "function public.nested()"),
        ("m_sql", "function public.sql_text()"),
        ("m_dynamic", "function public.dynamic()"),
        ("m_copied", "function public.copied()"),
        ("m_aggregate", "function public.step(integer,integer)"),
        ("m_default", "function public.plain(integer)"),
        ("m_view", "function public.by_name()"),
        ("m_crosstab", "function public.crosstab(text)"),
        ("m_xml", "function query_to_xml(text,boolean,boolean,text)"),
    ];
    assert_eq!(said, BTreeMap::from(wanted));
}

#[tokio::test]
async fn a_server_finds_out_within_a_minute_that_a_network_has_cut_us_off() {
    const PASSWORD: &str = "kestrel-umbrella-4711";
    let options = ClusterOptions { tcp_password: Some(PASSWORD.to_owned()), ..Default::default() };
    let cluster = TempCluster::start(&options).unwrap();
    let info = ConnInfo::target(&cluster.tcp_uri("postgres", PASSWORD, "postgres").unwrap()).unwrap();
    let sql =
        "SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings WHERE name LIKE 'tcp_keepalives%'";
    let mut source = SourceLeader::connect(&info).await.unwrap();
    let told = source.session().fetch(doing("look"), sql, &[]).await.unwrap();
    assert_eq!(told[0].text(0).unwrap(), "3 30 10");
    let told = target(&info).await.fetch(doing("look"), sql, &[]).await.unwrap();
    assert_eq!(told[0].text(0).unwrap(), "3 30 10");
}
