//! The server side of publishing.

use crate::support::{database, has_extension, target};
use std::time::Duration;
use waxwork_fixtures::{ClusterOptions, TempCluster};
use waxwork_pg::target::{Grant, Ownership, RoleSetting};
use waxwork_pg::{ConnInfo, NewDatabase, PgErrorKind, TargetServer, TargetSession, doing};

const DEADLINE: Duration = Duration::from_secs(20);

async fn server() -> (&'static TempCluster, TargetServer) {
    let cluster = TempCluster::shared().unwrap();
    let info = ConnInfo::target(&cluster.uri("need_not_exist")).unwrap();
    (cluster, TargetServer::connect(&info).await.unwrap())
}

/// A name that no other test uses.
fn unique(name: &str) -> String {
    format!("{name}_{}", std::process::id())
}

#[tokio::test]
async fn a_database_is_created_like_another_marked_and_dropped() {
    let (_, mut server) = server().await;
    let name = unique("My \"Target\"");
    assert_eq!(server.database(&name).await.unwrap(), None);
    let locale = server.facts().locale.clone();
    let new = NewDatabase { name: &name, owner: None, locale: &locale };
    server.create_database(&new).await.unwrap();
    assert_eq!(server.create_database(&new).await.unwrap_err().kind(), PgErrorKind::DuplicateObject);
    server.set_comment(&name, "waxwork: it's ours \\").await.unwrap();
    let facts = server.database(&name).await.unwrap().unwrap();
    assert_eq!((facts.owner.as_str(), facts.comment.as_deref()), ("postgres", Some("waxwork: it's ours \\")));
    assert_eq!(server.facts_in(&name).await.unwrap().locale, locale);
    assert_eq!(server.databases("My \"T").await.unwrap(), [name.as_str()]);
    server.drop_database(&name).await.unwrap();
    server.drop_database(&name).await.unwrap();
    assert_eq!(server.database(&name).await.unwrap(), None);
}

#[tokio::test]
async fn a_fresh_database_has_no_user_object_and_any_object_counts() {
    let (cluster, server) = server().await;
    let mut objects = vec![
        "CREATE TABLE t (id int)",
        "CREATE SEQUENCE s",
        "CREATE SCHEMA s",
        "CREATE TYPE e AS ENUM ('a')",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SELECT lo_create(0)",
        "CREATE VIEW v AS SELECT 1",
    ];
    if has_extension(cluster, "citext") {
        objects.push("CREATE EXTENSION citext");
    }
    let (_, fresh, _) = database("SELECT 1");
    assert!(!server.has_user_objects(&fresh).await.unwrap());
    for sql in objects {
        let (_, name, _) = database(sql);
        assert!(server.has_user_objects(&name).await.unwrap(), "{sql}");
    }
}

#[tokio::test]
async fn two_runs_cannot_work_on_one_target() {
    let ((_, mut first), (_, mut second)) = (server().await, server().await);
    let (ours, other) = (unique("staging"), unique("another"));
    first.lock_run(&ours).await.unwrap();
    let error = second.lock_run(&ours).await.unwrap_err();
    assert_eq!(error.kind(), PgErrorKind::RunLocked);
    second.lock_run(&other).await.unwrap();
    // A run that dies leaves no lock behind.
    first.close().await;
    let mut taken = second.lock_run(&ours).await;
    for _ in 0..50 {
        if taken.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        taken = second.lock_run(&ours).await;
    }
    taken.unwrap();
}

#[tokio::test]
async fn both_renames_happen_while_clients_hold_on() {
    let (cluster, mut server) = server().await;
    let (old, next) = (database("CREATE TABLE old ()"), database("CREATE TABLE next ()"));
    let kept = unique("kept");
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(target(&old.2).await);
    }
    // A client that comes back as soon as it is ended.
    let info = old.2.clone();
    let stubborn = tokio::spawn(async move {
        loop {
            if let Ok(mut session) = TargetSession::connect(&info).await {
                let _ = session.execute(doing("stay"), "SELECT pg_catalog.pg_sleep(60)").await;
            }
        }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.rename(&[(&old.1, &kept), (&next.1, &old.1)], DEADLINE).await.unwrap();
    stubborn.abort();
    assert_eq!(cluster.psql(&kept, "SELECT to_regclass('old')").unwrap(), "old");
    assert_eq!(cluster.psql(&old.1, "SELECT to_regclass('next')").unwrap(), "next");
    let allowed =
        format!("SELECT bool_and(datallowconn) FROM pg_database WHERE datname IN ('{}', '{kept}')", old.1);
    assert_eq!(cluster.psql("postgres", &allowed).unwrap(), "t");
    for client in &mut clients {
        assert!(client.execute(doing("go on"), "SELECT 1").await.is_err());
    }
}

#[tokio::test]
async fn a_lock_that_somebody_holds_on_the_database_neither_stops_the_clock_nor_keeps_logins_out() {
    let (cluster, mut server) = server().await;
    let (old, next) = (database("SELECT 1"), database("SELECT 1"));
    let mut idle = target(&ConnInfo::target(&cluster.uri("postgres")).unwrap()).await;
    idle.begin().await.unwrap();
    idle.execute(doing("comment"), &format!("COMMENT ON DATABASE \"{}\" IS 'x'", old.1)).await.unwrap();
    let (before, kept) = (std::time::Instant::now(), unique("held"));
    let error =
        server.rename(&[(&old.1, &kept), (&next.1, &old.1)], Duration::from_secs(1)).await.unwrap_err();
    assert_eq!(error.kind(), PgErrorKind::ObjectInUse);
    assert!(before.elapsed() < DEADLINE, "{:?}", before.elapsed());
    let holders = server.holders(std::slice::from_ref(&old.1)).await.unwrap();
    assert_eq!(holders, [("lock of role postgres".to_owned(), 1)]);
    let login = tokio::time::timeout(DEADLINE, async {
        let steps = [(old.1.as_str(), kept.as_str()), (next.1.as_str(), old.1.as_str())];
        let rename = server.rename(&steps, DEADLINE);
        let come_in = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            // It queues behind the rename, which lets it pass; the rename then ends it, sooner or later.
            let came = TargetSession::connect(&old.2).await.is_ok();
            idle.roll_back().await.unwrap();
            came
        };
        futures_util::future::join(rename, come_in).await
    });
    let (renamed, came) = login.await.expect("nobody waits without end");
    renamed.unwrap();
    assert!(came);
    assert!(server.database(&kept).await.unwrap().is_some());
}

#[tokio::test]
async fn who_may_not_be_ended_is_waited_for_without_a_lock() {
    let (cluster, _) = server().await;
    let (loader, old, next) = (unique("loader"), database("SELECT 1"), database("SELECT 1"));
    let script = format!(
        "CREATE ROLE {loader} LOGIN CREATEDB; ALTER DATABASE \"{}\" OWNER TO {loader}; ALTER DATABASE \"{}\" OWNER TO {loader}",
        old.1, next.1
    );
    cluster.psql("postgres", &script).unwrap();
    let superuser = target(&old.2).await;
    let info = ConnInfo::target(&cluster.uri_as(&loader, &old.1)).unwrap();
    let mut server = TargetServer::connect(&info).await.unwrap();
    let kept = unique("waited");
    let steps = [(old.1.as_str(), kept.as_str()), (next.1.as_str(), old.1.as_str())];
    let leave = async {
        // Between two tries the session of the rename looks around, and holds nothing.
        let looks = format!(
            "SELECT count(*) FROM pg_stat_activity AS a WHERE usename = '{loader}' AND state = 'idle' \
             AND query LIKE '%stands in the way of a rename%' \
             AND NOT EXISTS (SELECT FROM pg_locks WHERE pid = a.pid AND mode = 'AccessExclusiveLock')"
        );
        while cluster.psql("postgres", &looks).unwrap() == "0" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        superuser.close().await;
        Ok(())
    };
    let both = futures_util::future::try_join(server.rename(&steps, DEADLINE), leave);
    tokio::time::timeout(DEADLINE, both).await.expect("it looks who is there").unwrap();
    assert!(server.database(&kept).await.unwrap().is_some());
}

#[tokio::test]
async fn a_rename_that_cannot_be_done_changes_neither_name() {
    let (_, mut server) = server().await;
    let (old, next, taken) = (database("SELECT 1").1, database("SELECT 1").1, database("SELECT 1").1);
    // The second step fails: its new name is taken.
    let steps = [(old.as_str(), "never_seen"), (next.as_str(), taken.as_str())];
    let error = server.rename(&steps, DEADLINE).await.unwrap_err();
    assert_eq!(error.kind(), PgErrorKind::DuplicateObject);
    assert!(
        server.database(&old).await.unwrap().is_some() && server.database(&next).await.unwrap().is_some()
    );
    assert_eq!(server.database("never_seen").await.unwrap(), None);
}

#[tokio::test]
async fn owner_grants_and_settings_of_the_old_copy_are_given_to_the_new() {
    let (cluster, mut server) = server().await;
    let (old, next) = (database("SELECT 1").1, database("SELECT 1").1);
    let (owner, reader) = (unique("owner"), unique("reader"));
    let script = format!(
        "CREATE ROLE {owner}; CREATE ROLE {reader}; ALTER DATABASE \"{old}\" OWNER TO {owner}; \
         REVOKE ALL ON DATABASE \"{old}\" FROM PUBLIC; \
         GRANT CONNECT ON DATABASE \"{old}\" TO {reader} WITH GRANT OPTION; \
         GRANT TEMPORARY ON DATABASE \"{old}\" TO postgres; \
         ALTER DATABASE \"{old}\" SET work_mem = '9MB'; \
         ALTER DATABASE \"{old}\" CONNECTION LIMIT 7 IS_TEMPLATE true; \
         ALTER ROLE {reader} IN DATABASE \"{old}\" SET search_path = \"$user\", 'odd name', public"
    );
    cluster.psql("postgres", &script).unwrap();
    let ownership = server.ownership(&old).await.unwrap();
    let grant = Grant { grantee: Some(reader.clone()), privilege: "CONNECT".into(), grantable: true };
    assert!(ownership.grants.as_ref().unwrap().contains(&grant));
    let setting = RoleSetting { role: None, name: "work_mem".into(), value: "9MB".into() };
    assert!(ownership.settings.contains(&setting));
    server.apply_ownership(&next, &ownership).await.unwrap();
    for setting in &ownership.settings {
        server.set_in_database(&next, setting).await.unwrap();
    }
    assert_eq!(server.ownership(&next).await.unwrap(), ownership);
    assert_eq!((ownership.connection_limit, ownership.is_template), (7, true));
    server.drop_database(&next).await.unwrap();
    assert_eq!(server.database(&next).await.unwrap(), None, "a template is dropped too");
    assert!(server.roles().await.unwrap().contains(&owner));
}

#[tokio::test]
async fn default_privileges_stay_default() {
    let (_, mut server) = server().await;
    let (old, next) = (database("SELECT 1").1, database("SELECT 1").1);
    let ownership = server.ownership(&old).await.unwrap();
    let default = Ownership {
        owner: "postgres".into(),
        may_give: true,
        connection_limit: -1,
        is_template: false,
        is_open: true,
        grants: None,
        settings: Vec::new(),
    };
    assert_eq!(ownership, default);
    server.apply_ownership(&next, &ownership).await.unwrap();
    assert_eq!(server.ownership(&next).await.unwrap(), ownership);
}

#[tokio::test]
async fn a_role_without_createdb_is_known_before_and_told_when_it_tries() {
    let (cluster, _) = server().await;
    let role = unique("poor");
    cluster.psql("postgres", &format!("CREATE ROLE {role} LOGIN")).unwrap();
    let info = ConnInfo::target(&cluster.uri_as(&role, "x")).unwrap();
    let mut server = TargetServer::connect(&info).await.unwrap();
    assert!(!server.facts().can_create_databases);
    let locale = server.facts().locale.clone();
    let new = NewDatabase { name: "x", owner: None, locale: &locale };
    let error = server.create_database(&new).await.unwrap_err();
    assert_eq!(error.kind(), PgErrorKind::Privilege);
    assert_eq!(error.message(), Some("permission denied to create database"));
}

#[tokio::test]
async fn builds_share_half_of_the_servers_memory_and_workers_and_never_have_less_than_it_gives() {
    let options = ClusterOptions::default()
        .setting("shared_buffers", "512MB")
        .setting("maintenance_work_mem", "70MB")
        .setting("max_worker_processes", "12")
        .setting("max_parallel_workers", "16")
        .setting("max_parallel_maintenance_workers", "2");
    let cluster = TempCluster::start(&options).unwrap();
    let mut settings = Vec::new();
    for at_once in [0, 1, 2, 4, usize::MAX] {
        let mut session = target(&ConnInfo::target(&cluster.uri("postgres")).unwrap()).await;
        session.prepare_builds(at_once).await.unwrap();
        let sql = "SELECT current_setting('maintenance_work_mem') || ' ' || current_setting('max_parallel_maintenance_workers')";
        let rows = session.fetch(doing("look"), sql, &[]).await.unwrap();
        settings.push(rows[0].text(0).unwrap().to_owned());
    }
    assert_eq!(settings, ["256MB 6", "256MB 6", "128MB 3", "70MB 2", "70MB 2"]);
}
