//! Databases that reach outside themselves: foreign tables, and functions that read other databases and files. A copy
//! of one is made all the same, and does not reach there.

use waxwork_fixtures::TempCluster;

use crate::support::{Call, Run, drop_databases, new_target};

/// A database, its masked copy by `refresh` with how that went, and the same by `dump` and psql.
struct Copies {
    cluster: &'static TempCluster,
    source: String,
    refreshed: String,
    restored: String,
    run: Run,
}

impl Copies {
    fn of(schema: &str, rules: &str) -> Self {
        let cluster = TempCluster::shared().unwrap();
        let source = cluster.fresh_database().unwrap();
        cluster.psql(&source, schema).unwrap();
        let (refreshed, target) = new_target(cluster);
        let run = Call::refresh(rules, &cluster.uri(&source), &target).run();
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
    fn check(&self, query: &str, wanted: &str) {
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
