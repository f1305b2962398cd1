//! One source copied by `refresh`, and by `dump` and psql: what is true of one copy must be of the other.

use waxwork_fixtures::TempCluster;

use crate::support::{Call, Run, drop_databases, new_target};

/// A database, its masked copy by `refresh` with how that went, and the same by `dump` and psql.
pub(crate) struct Copies {
    pub(crate) cluster: &'static TempCluster,
    pub(crate) source: String,
    refreshed: String,
    restored: String,
    pub(crate) run: Run,
}

/// A source of that schema, and how its refresh went: names of the source and the copy.
pub(crate) fn refreshed(schema: &str, rules: &str) -> (String, String, Run) {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, schema).unwrap();
    let (name, target) = new_target(cluster);
    let run = Call::refresh(rules, &cluster.uri(&source), &target).run();
    (source, name, run)
}

impl Copies {
    pub(crate) fn of(schema: &str, rules: &str) -> Self {
        let cluster = TempCluster::shared().unwrap();
        let (source, refreshed, run) = refreshed(schema, rules);
        run.published();
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("out.sql");
        let dump = Call::dump(rules, &cluster.uri(&source), &script).run();
        assert!(dump.status.success(), "{dump}");
        let restored = cluster.fresh_database().unwrap();
        cluster.client(&restored).run_script(&script).unwrap();
        Self { cluster, source, refreshed, restored, run }
    }

    /// Both copies answer like this.
    #[track_caller]
    pub(crate) fn check(&self, query: &str, wanted: &str) {
        for copy in [&self.refreshed, &self.restored] {
            assert_eq!(self.cluster.psql(copy, query).unwrap(), wanted, "{query}\n{}", self.run);
        }
    }
}

impl Drop for Copies {
    fn drop(&mut self) {
        drop_databases(self.cluster, &[&self.source, &self.refreshed, &self.restored]);
    }
}
