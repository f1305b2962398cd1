//! Rules that hold for some rows, and texts made of a row's masked values: every row through a whole run, on both wires.

use waxwork_fixtures::TempCluster;

use crate::support::{Call, new_target};

/// Whoever is in `staff` is kept, who is not of age loses the address, the others get one; `span` sends a table by text.
fn schema(table: &str, span: &str) -> String {
    format!(
        "CREATE TABLE {table} (id int PRIMARY KEY, role text, age smallint, email text UNIQUE, number int, card text, span {span});
         INSERT INTO {table} SELECT n, (ARRAY['staff', 'guest', NULL])[1 + n % 3], NULLIF(n % 30, 7),
             'canary' || n || '@corp.io', n, 'card', NULL FROM generate_series(1, 600) AS n;"
    )
}

fn rules(table: &str) -> String {
    format!(
        "[table.{table}]
         id = {{ keep = \"a number\" }}
         role = \"text.redact\"
         age = \"null\"
         card = {{ mask = \"text.template\", template = \"{{email}}/{{number}}/{{age}}\" }}
         span = {{ keep = \"empty\" }}
         email = [
           {{ keep = \"staff log in\", when = \"role = 'staff'\" }},
           {{ mask = \"null\", when = \"age between 1 and 17 or (age is null and not role like 'g%')\" }},
           \"contact.email\",
         ]
         number = [{{ mask = \"id.permute\", when = \"role = 'guest'\", from = [1, 1000] }}, {{ keep = \"a number\" }}]\n"
    )
}

#[test]
fn each_row_is_decided_by_what_it_was() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    // A composite has no binary form that is safe elsewhere, so its table goes by text.
    let made =
        format!("CREATE TYPE pair AS (a int, b int); {}{}", schema("fast", "int"), schema("plain", "pair"));
    cluster.psql(&source, &made).unwrap();
    let (target_name, target) = new_target(cluster);
    let file = format!("version = 1\n{}{}", rules("fast"), rules("plain"));
    let refresh = || Call::refresh(&file, &cluster.uri(&source), &target).run();
    refresh().published();
    let expected = cluster
        .psql(
            &source,
            "SELECT id, CASE WHEN role = 'staff' THEN 'kept'
                             WHEN age BETWEEN 1 AND 17 OR (age IS NULL AND NOT role LIKE 'g%') THEN 'null'
                             ELSE 'masked' END, role IS NOT DISTINCT FROM 'guest'
             FROM fast ORDER BY id",
        )
        .unwrap();
    for table in ["fast", "plain"] {
        let found = format!(
            "SELECT id, CASE WHEN email = 'canary' || id || '@corp.io' THEN 'kept' WHEN email IS NULL THEN 'null'
                             WHEN email LIKE '%@example.%' THEN 'masked' END, number <> id
             FROM {table} ORDER BY id"
        );
        assert_eq!(cluster.psql(&target_name, &found).unwrap(), expected, "{table}");
    }
    for table in ["fast", "plain"] {
        let made = format!("SELECT count(*) FROM {table} WHERE card = concat(email, '/', number, '/')");
        assert_eq!(cluster.psql(&target_name, &made).unwrap().trim(), "600", "{table}");
    }
    // The window is asked of guests alone.
    cluster.psql(&source, "UPDATE fast SET number = 5000 WHERE id = 3").unwrap();
    refresh().published();
    cluster.psql(&source, "UPDATE fast SET number = 5000 WHERE id = 1").unwrap();
    assert!(refresh().refused(1).contains("outside the window"));
}

#[test]
fn a_condition_that_does_not_fit_is_told_with_its_place_and_without_its_literals() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, &schema("fast", "int")).unwrap();
    let (_, target) = new_target(cluster);
    for (list, code) in [
        ("[{ keep = \"k\", when = \"age = 'hunter2'\" }, \"null\"]", "condition_type"),
        ("[{ keep = \"k\", when = \"age = hunter2\" }, \"null\"]", "bad_condition"),
    ] {
        let rules = rules("fast");
        let (head, _) = rules.split_once("number = ").unwrap();
        let file = format!("version = 1\n{head}number = {list}\n");
        let said = Call::refresh(&file, &cluster.uri(&source), &target).run().refused(2);
        assert!(
            said.contains(code) && said.contains("rules.toml:13:") && !said.contains("hunter2"),
            "{said}"
        );
    }
}
