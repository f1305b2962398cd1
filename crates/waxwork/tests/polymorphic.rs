//! Rows of a polymorphic column that no case matches: what they hold is no key, and may be anybody.

use waxwork_fixtures::TempCluster;

use crate::support::{Call, new_target};

const SCHEMA: &str = "
    CREATE TABLE card (code text UNIQUE);
    CREATE TABLE message (id int PRIMARY KEY, kind text, ref text);
    INSERT INTO card VALUES ('c-1');
    INSERT INTO message VALUES (1, 'Card', 'c-1'), (2, 'Guest', 'jane.canary@corp.io'), (3, NULL, 'joe.canary@corp.io')";

/// Rules with one for the key, and lines for the table of the polymorphic column.
fn rules(code: &str, own: &str) -> String {
    format!(
        "version = 1\n[[reference]]\nchild = \"message(ref)\"\nparent = \"card(code)\"\nwhen = {{ kind = \"Card\" }}\n\
         [table.card]\ncode = {code}\n[table.message]\nid = {{ keep = \"a number\" }}\n\
         kind = {{ keep = \"two words\" }}\n{own}\n"
    )
}

#[test]
fn rows_without_a_case_are_in_no_copy_unless_a_rule_keeps_them() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SCHEMA).unwrap();
    let (target_name, target) = new_target(cluster);
    let uri = cluster.uri(&source);
    for code in ["\"null\"", "{ keep = \"no person's\" }"] {
        let told = Call::refresh(&rules(code, ""), &uri, &target).run().refused(3);
        assert!(told.contains("public.message(ref)"), "{told}");
    }
    for (code, own) in [
        ("{ keep = \"no person's\" }", "ref = \"text.redact\""),
        ("{ keep = \"no person's\" }", "ref = \"null\""),
        ("\"secret.token\"", ""),
        ("\"secret.token\"", "ref = \"contact.email\""),
    ] {
        Call::refresh(&rules(code, own), &uri, &target).run().published();
        let rows = "SELECT count(*) FILTER (WHERE ref LIKE '%canary%'),
                           count(*) FILTER (WHERE id = 1 AND ref = (SELECT code FROM card)) FROM message";
        assert_eq!(cluster.psql(&target_name, rows).unwrap().trim(), "0|1", "{code} {own}");
    }
}

#[test]
fn a_window_is_asked_of_the_rows_that_its_key_masks_alone() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    let schema = "
        CREATE TABLE post (id int PRIMARY KEY); CREATE TABLE photo (id int PRIMARY KEY);
        CREATE TABLE comment (kind text, ref int);
        INSERT INTO post VALUES (7), (1999); INSERT INTO photo VALUES (5000);
        INSERT INTO comment VALUES ('Post', 7), ('Photo', 5000), ('it''s', 30), (NULL, 40)";
    cluster.psql(&source, schema).unwrap();
    let rules = "version = 1
        [[reference]]
        child = \"comment(ref)\"
        parent = \"post(id)\"
        when = { kind = \"Post\" }
        [[reference]]
        child = \"comment(ref)\"
        parent = \"photo(id)\"
        when = { kind = \"Photo\" }
        [table.post]
        id = { mask = \"id.permute\", from = [1, 2000] }
        [table.photo]
        id = { keep = \"a number\" }
        [table.comment]
        kind = { keep = \"two words\" }
        ref = { mask = \"id.permute\", domain = \"guests\", from = [1, 100] }";
    let (target_name, target) = new_target(cluster);
    let refresh = || Call::refresh(rules, &cluster.uri(&source), &target).run();
    refresh().published();
    let rows = "SELECT count(*) FILTER (WHERE kind = 'Post' AND ref IN (SELECT id FROM post)),
                       count(*) FILTER (WHERE kind = 'Photo' AND ref = 5000) FROM comment";
    assert_eq!(cluster.psql(&target_name, rows).unwrap().trim(), "1|1");
    for outside in ["('Post', 2001)", "('Guest', 101)", "(NULL, 101)"] {
        cluster.psql(&source, &format!("INSERT INTO comment VALUES {outside}")).unwrap();
        assert!(refresh().refused(1).contains("outside the window"), "{outside}");
        cluster.psql(&source, "DELETE FROM comment WHERE ref IN (101, 2001)").unwrap();
    }
}

/// Types of a column that tells people from firms: a value of each, and the `when` of people as a rule may write it.
const DISCRIMINATORS: [[&str; 4]; 12] = [
    ["bool", "t", "f", "true"],
    ["bool", "t", "f", "t"],
    ["bool", "t", "f", "Yes"],
    ["int2", "1", "2", "01"],
    ["\"char\"", "p", "f", "p"],
    ["char(8)", "person", "firm", "person  "],
    ["sort", "person", "firm", "person"],
    ["uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", UUID, "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}"],
    ["numeric(4,1)", "1.0", "2.0", "1.0"],
    ["inet", "10.0.0.1", "10.0.0.2", "10.0.0.1"],
    ["date", "2024-01-31", "2024-02-01", "2024-01-31"],
    ["int4range", "[1,5)", "[2,5)", "[1,5)"],
];

const UUID: &str = "00000000-0000-4000-8000-000000000000";

#[test]
fn masks_and_subsets_tell_cases_apart_by_any_type_alike() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    let mut schema = "CREATE TYPE sort AS ENUM ('person', 'firm'); CREATE TABLE person (id int PRIMARY KEY);
                      INSERT INTO person SELECT generate_series(1, 40);"
        .to_owned();
    let mut rules = "[table.person]\nid = \"id.permute\"\n".to_owned();
    for (at, [column_type, person, firm, written]) in DISCRIMINATORS.iter().enumerate() {
        schema.push_str(&format!(
            "CREATE TABLE t{at} (n int, kind {column_type}, ref int);
             INSERT INTO t{at} VALUES (1, '{person}', {at} + 1), (2, '{firm}', 40), (3, NULL, 40);"
        ));
        rules.push_str(&format!(
            "[[reference]]\nchild = \"t{at}(ref)\"\nparent = \"person(id)\"\nwhen = {{ kind = '{written}' }}\n\
             [table.t{at}]\nn = {{ keep = \"n\" }}\nkind = {{ keep = \"two words\" }}\nref = {{ keep = \"firms\" }}\n"
        ));
    }
    cluster.psql(&source, &schema).unwrap();
    let seeds: Vec<String> = (0..DISCRIMINATORS.len()).map(|at| format!("{{ table = \"t{at}\" }}")).collect();
    let subset = format!("[subset]\nseed = [{}]\nlookup_rows = 0\n", seeds.join(", "));
    let (target_name, target) = new_target(cluster);
    for (subset, persons) in [("", 40), (subset.as_str(), DISCRIMINATORS.len())] {
        let rules = format!("version = 1\n{subset}{rules}");
        Call::refresh(&rules, &cluster.uri(&source), &target).run().published();
        let people = cluster.psql(&target_name, "SELECT count(*) FROM person").unwrap();
        assert_eq!(people.trim(), persons.to_string());
        for (at, [column_type, _, _, written]) in DISCRIMINATORS.iter().enumerate() {
            let rows = format!(
                "SELECT count(*) FILTER (WHERE n = 1 AND ref IN (SELECT id FROM person) AND ref <> {at} + 1),
                        count(*) FILTER (WHERE n > 1 AND ref = 40) FROM t{at}"
            );
            let found = cluster.psql(&target_name, &rows).unwrap();
            assert_eq!(found.trim(), "1|2", "{column_type} {written} {persons}");
        }
    }
}

#[test]
fn a_constant_that_no_value_of_its_column_is_has_its_place_told() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    let schema = "CREATE TABLE person (id int PRIMARY KEY); CREATE TABLE seed (kind bool, ref int)";
    cluster.psql(&source, schema).unwrap();
    let rules = "version = 1\n[[reference]]\nchild = \"seed(ref)\"\nparent = \"person(id)\"\n\
        when = { kind = \"Person\" }\n[table.person]\nid = \"id.permute\"\n\
        [table.seed]\nkind = { keep = \"a sort\" }\nref = { keep = \"firms\" }\n";
    let told = Call::refresh(rules, &cluster.uri(&source), &new_target(cluster).1).run().refused(2);
    assert!(told.contains("column kind of table public.seed, type boolean"), "{told}");
    assert!(told.contains("It takes true or false.") && told.contains("rules.toml:5"), "{told}");
}
