//! Large objects: those that copied rows point at come along, byte for byte, and no others.

use waxwork_fixtures::TempCluster;

use crate::support::{Call, drop_databases, new_target};

/// 11: small. 12: three pieces and a bit. 13: empty. 14: its row is not in the subset. 15: its column is masked away.
/// 16: nobody points at it. 17 and 18: in an array.
const SCHEMA: &str = "
    CREATE DOMAIN scan AS oid;
    CREATE TABLE document (id int PRIMARY KEY, scan scan, secret oid, pages oid[]);
    SELECT lo_from_bytea(n, convert_to('object ' || n, 'UTF8')) FROM generate_series(11, 18) n WHERE n NOT IN (12, 13);
    SELECT lo_from_bytea(12, decode(repeat('00ff5c27', 800000), 'hex')), lo_create(13);
    INSERT INTO document VALUES (1, 11, 15, '{{17},{18}}'), (2, 12, NULL, '{}'), (3, 13, NULL, NULL), (4, 424242, 15, '{NULL}'),
        (5, 14, NULL, NULL);
    GRANT SELECT ON LARGE OBJECT 11 TO PUBLIC;
    GRANT UPDATE ON LARGE OBJECT 12 TO pg_monitor WITH GRANT OPTION";

const RULES: &str = "version = 1
[large_objects]
rows = \"referenced\"
reason = \"drawings, all of them public\"
[subset]
seed = [{ table = \"document\", where = \"id < 5\" }]
[table.document]
id = { keep = \"a number\" }
scan = { keep = \"points at a drawing\" }
secret = \"null\"
pages = { keep = \"points at drawings\" }
";

/// (OID, digest, owner, privileges of others)
const FINGERPRINT: &str = "
    SELECT string_agg(format('%s %s %s %s', oid, md5(lo_get(oid)), lomowner::regrole,
               (SELECT string_agg(a.grantee::regrole || ' ' || a.privilege_type || ' ' || a.is_grantable, ',')
                  FROM aclexplode(lomacl) a WHERE a.grantee <> lomowner)), E'\\n' ORDER BY oid)
      FROM pg_largeobject_metadata WHERE oid NOT IN (14, 15, 16)";

#[test]
fn those_that_copied_rows_point_at_come_along() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SCHEMA).unwrap();
    let wanted = cluster.psql(&source, FINGERPRINT).unwrap();
    assert_eq!(wanted.lines().count(), 5, "{wanted}");
    let (target, target_uri) = new_target(cluster);
    let run = Call::refresh(RULES, &cluster.uri(&source), &target_uri).run();
    run.published();
    assert!(run.stdout.contains("left out on purpose: 3 of kind large object"), "{run}");
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("out.sql");
    let run = Call::dump(RULES, &cluster.uri(&source), &script).run();
    assert!(run.status.success(), "{run}");
    let restored = cluster.fresh_database().unwrap();
    cluster.client(&restored).run_script(&script).unwrap();
    for copy in [&target, &restored] {
        assert_eq!(cluster.psql(copy, FINGERPRINT).unwrap(), wanted);
        assert_eq!(cluster.psql(copy, "SELECT count(*) FROM pg_largeobject_metadata").unwrap(), "5");
    }
    drop_databases(cluster, &[&source, &target, &restored]);
}
