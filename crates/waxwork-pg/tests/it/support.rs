//! Connections and leaders for the scenarios.

use std::time::Duration;
use waxwork_fixtures::TempCluster;
use waxwork_pg::{ConnInfo, SourceLeader, SourceView, SourceWorker, TargetSession};

/// Long enough for a loaded machine, short enough to see a hang.
pub(crate) const LOCK_TIMEOUT: Duration = Duration::from_secs(20);

/// A new database filled by a script, and how to reach it as the superuser.
pub(crate) fn database(script: &str) -> (&'static TempCluster, String, ConnInfo) {
    let cluster = TempCluster::shared().unwrap();
    let name = cluster.fresh_database().unwrap();
    cluster.psql(&name, script).unwrap();
    let info = ConnInfo::target(&cluster.uri(&name)).unwrap();
    (cluster, name, info)
}

/// A leader that has begun.
pub(crate) async fn leader(info: &ConnInfo) -> (SourceLeader, SourceView) {
    let mut leader = SourceLeader::connect(info).await.unwrap();
    let view = leader.begin(LOCK_TIMEOUT).await.unwrap();
    (leader, view)
}

/// A worker on the leader's snapshot.
pub(crate) async fn worker(info: &ConnInfo, view: &SourceView) -> SourceWorker {
    SourceWorker::connect(info, &view.snapshot).await.unwrap()
}

/// A session on the same database, to write.
pub(crate) async fn target(info: &ConnInfo) -> TargetSession {
    TargetSession::connect(info).await.unwrap()
}

/// Waits for a backend to end. Asked by psql, one session each: within a transaction pg_stat_activity stands still.
pub(crate) async fn backend_is_gone(cluster: &TempCluster, pid: i32) -> bool {
    let sql = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}");
    for _ in 0..100 {
        if cluster.psql("postgres", &sql).unwrap() == "0" {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

/// Waits until some backend of the database waits for a heavyweight lock.
pub(crate) async fn somebody_waits(cluster: &TempCluster, database: &str) {
    let sql = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}' AND wait_event_type = 'Lock'"
    );
    for _ in 0..100 {
        if cluster.psql("postgres", &sql).unwrap() != "0" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody waits for a lock");
}

/// Whether the server's contrib folder has an extension: some installations come without.
pub(crate) fn has_extension(cluster: &TempCluster, name: &str) -> bool {
    let sql = format!("SELECT count(*) FROM pg_available_extensions WHERE name = '{name}'");
    cluster.psql("postgres", &sql).unwrap() == "1"
}

/// The datasets are made for PostgreSQL 15 with contrib.
pub(crate) fn loads_all(cluster: &TempCluster) -> bool {
    cluster.binaries().major == 15 && has_extension(cluster, "citext")
}
