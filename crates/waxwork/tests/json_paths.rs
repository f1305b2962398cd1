//! References out of JSON and arrays, by every spelling of a path: rows come along, and masked keys stay equal.

use waxwork_fixtures::TempCluster;

use crate::support::{Call, drop_databases, new_target};

/// Documents in which a path finds nothing are beside one in which each finds something.
const SCHEMA: &str = r#"
    CREATE TABLE users (id int PRIMARY KEY, name text);
    CREATE TABLE carts (id int PRIMARY KEY, doc jsonb, ids int[]);
    INSERT INTO users SELECT n, 'u' || n FROM generate_series(1, 9) n;
    INSERT INTO carts VALUES
        (1, '{"user-id": 1, "user": {"id": "2", "of": [{"id": 3}]}, "a\"b": 4, "lines": [{"item": 5}, {}, {"item": 6, "x": {"item": 7}}], "8": {"y": 8}}', '{9,null,9}'),
        (2, '{"user": {"id": null}, "lines": {"item": 1}, "user-id": {}}', '{}'), (3, '[1, 2]', NULL), (4, '7', NULL), (5, NULL, NULL)"#;

/// The path as the reference's child has it, and whom it leads to.
const PATHS: [(&str, &str); 10] = [
    ("carts(doc -> '$.user.id')", "u2"),
    ("carts(doc -> '$.user-id')", "u1"),
    ("carts(doc -> '$.user.of.id')", ""),
    ("carts(doc -> '$.user.of[0].id')", "u3"),
    (r#"carts(doc -> '$[''a"b'']')"#, "u4"),
    ("carts(doc -> '$.lines[*].item')", "u5,u6"),
    ("carts(doc -> '$.lines[*]..item')", "u5,u6,u7"),
    ("carts(doc -> '$..id')", "u2,u3"),
    ("carts(doc -> '$.*.y')", "u8"),
    ("carts(ids[*])", "u9"),
];

#[test]
fn a_reference_out_of_json_leads_where_masks_go_by_it() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SCHEMA).unwrap();
    let hits = "SELECT count(*) FROM users WHERE EXISTS (SELECT FROM carts, regexp_matches(doc::text || ids::text, '\\m' || users.id || '\\M'))";
    for (child, expected) in PATHS {
        let rules = format!(
            "version = 1
             [subset]
             lookup_rows = 0
             seed = [{{ table = \"carts\" }}]
             [[reference]]
             child = {child:?}
             parent = \"users(id)\"
             [table.users]
             id = \"id.permute\"
             name = {{ keep = \"a number\" }}
             [table.carts]
             id = {{ keep = \"a number\" }}
             doc = {{ mask = \"json\", rest = \"keep\" }}
             {}",
            if child.contains("ids") { "" } else { "ids = { keep = \"numbers\" }" }
        );
        let (name, target) = new_target(cluster);
        let run = Call::refresh(&rules, &cluster.uri(&source), &target).run();
        run.published();
        let users = "SELECT coalesce(string_agg(name, ',' ORDER BY name), '') FROM users";
        assert_eq!(cluster.psql(&name, users).unwrap(), expected, "{child}");
        let users = if expected.is_empty() { 0 } else { expected.split(',').count() };
        assert_eq!(cluster.psql(&name, hits).unwrap(), users.to_string(), "{child}");
        drop_databases(cluster, &[&name]);
    }
    drop_databases(cluster, &[&source]);
}
