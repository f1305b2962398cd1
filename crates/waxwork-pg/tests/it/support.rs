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
