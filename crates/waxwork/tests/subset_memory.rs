//! A subset whose search does not fit into its memory.

use waxwork_fixtures::TempCluster;

use crate::support::{Call, drop_databases, new_target};

/// 60,000 rows lead to as many, of which every other one loses its parent: four times as many edges as 1 MiB has room for.
const SCHEMA: &str = "
    CREATE TABLE a (id int PRIMARY KEY);
    CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL REFERENCES a);
    CREATE TABLE c (id int PRIMARY KEY, b int NOT NULL REFERENCES b);
    INSERT INTO a SELECT n FROM generate_series(1, 1000) n;
    INSERT INTO b SELECT n, n * 7 % 1000 + 1 FROM generate_series(1, 60000) n;
    INSERT INTO c SELECT n, n * 11 % 60000 + 1 FROM generate_series(1, 60000) n;
    ANALYZE";

const RULES: &str = r#"version = 1
[subset]
children = "listed"
seed = [{ table = "c" }, { table = "a", where = "id % 2 = 0" }]
reference = { "b(a)" = { parent = "drop" } }
[table]
a = { id = { keep = "a number" } }
b = { id = { keep = "a number" } }
c = { id = { keep = "a number" } }
"#;

#[test]
fn edges_beyond_the_memory_go_to_disk_and_no_row_changes() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SCHEMA).unwrap();
    let expected = "SELECT count(*), sum(c.id) FROM c JOIN b ON b.id = c.b WHERE b.a % 2 = 0";
    let expected = cluster.psql(&source, expected).unwrap();
    for memory in ["1", "64"] {
        let (name, target) = new_target(cluster);
        let call = Call::refresh(RULES, &cluster.uri(&source), &target).arg("--memory").arg(memory);
        let folder = tempfile::tempdir().unwrap();
        call.env("TMPDIR", folder.path()).run().published();
        assert_eq!(cluster.psql(&name, "SELECT count(*), sum(id) FROM c").unwrap(), expected);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        drop_databases(cluster, &[&name]);
    }
    drop_databases(cluster, &[&source]);
}

#[test]
fn without_room_on_disk_the_run_ends_before_the_target_is_touched() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SCHEMA).unwrap();
    let (_, target) = new_target(cluster);
    let call = Call::refresh(RULES, &cluster.uri(&source), &target).arg("--memory").arg("1");
    let said = call.env("TMPDIR", "/nowhere").run().refused(1);
    assert!(said.contains("could not keep the search of the subset in a temporary file"), "{said}");
    assert!(said.contains("TMPDIR"), "{said}");
    drop_databases(cluster, &[&source]);
}
