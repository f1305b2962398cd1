//! The file as a whole, and its sections source, target, key, policy and large objects.

use super::*;
use expect_test::expect;

#[test]
fn a_file_without_its_version_is_refused() {
    let expected = expect![[r#"
        error: key "version" is missing in the rule file
          --> f:1:1
          hint: Write "version = 1" at the top.
    "#]];
    expected.assert_eq(&refusals(""));
    let expected = expect![[r#"
        error: version of the rule file is not supported
          --> f:1:11
          hint: Write "version = 1" at the top.
    "#]];
    expected.assert_eq(&refusals("version = 2"));
    let expected = expect![[r#"
        error: key "version" in the rule file must be an integer
          --> f:1:11
          detail: It is a string.
    "#]];
    expected.assert_eq(&refusals("version = \"1\""));
}

#[test]
fn every_error_is_said_in_one_run_in_the_order_of_the_file() {
    let text = r#"vresion = 1
[target]
publish = "now"
[policy]
unlisted = "keep"
packs = ["gpdr", 1]
[subset]
seed = [{ tabel = "a", percent = 0 }]
[[reference]]
child = "a(b"
[table."a.b.c"]
x = "contact.emial"
[table.t]
y = { keep = "" }
"#;
    let expected = expect![[r#"
        error: unrecognized key "vresion" in the rule file
          --> f:1:1
          hint: Perhaps you meant "version".
        error: key "version" is missing in the rule file
          --> f:1:1
          hint: Write "version = 1" at the top.
        error: invalid value for key "publish" in [target]
          --> f:3:11
          hint: Known here: "rename".
        error: invalid value for key "unlisted" in [policy]
          --> f:5:12
          hint: Known here: "refuse".
        error: pack "gpdr" does not exist
          --> f:6:10
          hint: Perhaps you meant "gdpr".
        error: key "packs" in [policy] must be an array of strings
          --> f:6:18
          detail: This element is an integer.
        error: key "table" is missing in a seed of [subset]
          --> f:8:9
        error: unrecognized key "tabel" in a seed of [subset]
          --> f:8:11
          hint: Perhaps you meant "table".
        error: key "percent" in a seed of [subset] is out of range
          --> f:8:34
          detail: It must be a plain decimal above 0 and at most 100, of at most 18 digits.
        error: key "parent" is missing in [[reference]]
          --> f:9:1
        error: invalid reference name "a(b"
          --> f:10:9
          detail: It ends where a closing parenthesis should stand.
        error: invalid table name "a.b.c"
          --> f:11:8
          detail: A table has a schema and a name, nothing before them.
        error: mask "contact.emial" of column "x" does not exist
          --> f:12:5
          hint: Perhaps you meant "contact.email".
        error: key "keep" in column "y" must not be empty
          --> f:14:14
    "#]];
    expected.assert_eq(&refusals(text));
}

#[test]
fn broken_toml_has_a_place_and_quotes_nothing() {
    let text = "version = 1\n[source]\nurl = \"postgresql://u:hunter2@h/d\n[target]\nurl = 'hunter2";
    let said = refusals(text);
    assert!(said.contains("error: TOML syntax error: ") && said.contains("--> f:3:"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_key_given_twice_does_not_hide_other_errors() {
    check(
        "[table.t]\na = \"text.redact\"\na = \"text.shape\"\nb = \"text.redakt\"",
        expect![[r#"
            error: TOML syntax error: duplicate key
              --> f:4:1
            error: mask "text.redakt" of column "b" does not exist
              --> f:5:5
              hint: Perhaps you meant "text.redact".
        "#]],
    );
}

#[test]
fn columns_are_counted_in_characters() {
    check(
        "[table.t]\n'äöü€' = 1",
        expect![[r#"
            error: rule of column "äöü€" must be a string or a table
              --> f:3:10
              detail: It is an integer.
        "#]],
    );
}

#[test]
fn what_is_never_a_target_is_two_lists_of_patterns() {
    check(
        "[target.never]\nhosts = \"db\"\ndatabase = [\"x\"]\ndatabases = [1]",
        expect![[r#"
            error: key "hosts" in [target.never] must be an array of strings
              --> f:3:9
              detail: It is a string.
            error: unrecognized key "database" in [target.never]
              --> f:4:1
              hint: Perhaps you meant "databases".
            error: key "databases" in [target.never] must be an array of strings
              --> f:5:14
              detail: This element is an integer.
        "#]],
    );
}

#[test]
fn servers_and_keys_are_named_one_way() {
    check(
        r#"[source]
url = { evn = "X" }
service = "prod"
password = "hunter2"
[target]
url = 5
keep = -1
[key]
file = "a"
env = "B"
command = []
realm = 1
"#,
        expect![[r#"
            error: keys "url" and "service" in [source] exclude each other
              --> f:4:1
            error: unrecognized key "password" in [source]
              --> f:5:1
              hint: Known here: "url", "service".
            error: key "url" in [target] must be a string or { env = "NAME" }
              --> f:7:7
              detail: It is an integer.
            error: key "keep" in [target] is out of range
              --> f:8:8
              detail: It must be between 0 and 4294967295.
            error: keys "file" and "env" in [key] exclude each other
              --> f:11:1
            error: keys "file" and "command" in [key] exclude each other
              --> f:12:1
            error: key "command" in [key] must name a program
              --> f:12:11
            error: key "realm" in [key] must be a string
              --> f:13:9
              detail: It is an integer.
        "#]],
    );
    check(
        "[source]\nurl = { evn = \"X\" }\n[key]\ncommand = { program = \"x\" }",
        expect![[r#"
            error: key "env" is missing in "url" of [source]
              --> f:3:7
            error: unrecognized key "evn" in "url" of [source]
              --> f:3:9
              hint: Perhaps you meant "env".
            error: key "command" in [key] must be a string or an array of strings
              --> f:5:11
              detail: It is a table.
        "#]],
    );
}

#[test]
fn a_section_must_be_a_table() {
    check(
        "source = \"prod\"\nsubset = true\ntable = []\nreference = 1",
        expect![[r#"
            error: key "source" in the rule file must be a table
              --> f:2:10
              detail: It is a string.
            error: key "subset" in the rule file must be a table
              --> f:3:10
              detail: It is a boolean.
            error: key "table" in the rule file must be a table
              --> f:4:9
              detail: It is an array.
            error: key "reference" in the rule file must be an array of tables
              --> f:5:13
              detail: It is an integer.
        "#]],
    );
}

#[test]
fn packs_are_named_once_and_large_objects_with_a_reason() {
    check(
        "[policy]\npacks = [\"gdpr\", \"gdpr\"]\nddl_literals = \"x\"\n[large_objects]\nrows = \"all\"",
        expect![[r#"
            error: pack "gdpr" is named twice
              --> f:3:18
            error: key "ddl_literals" in [policy] must be an array of strings
              --> f:4:16
              detail: It is a string.
            error: key "reason" is missing in [large_objects]
              --> f:5:2
            error: invalid value for key "rows" in [large_objects]
              --> f:6:8
              hint: Known here: "referenced".
        "#]],
    );
}
