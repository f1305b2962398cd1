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
