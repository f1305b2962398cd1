//! What is refused, with place, message and hint: `check(text) -> every diagnostic`.

use super::*;
use crate::diagnostic::Class;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn refusals(text: &str) -> String {
    let errors = RuleFile::parse("f", text).expect_err("it was read");
    assert!(errors.iter().all(|error| error.class == Class::Rule && error.location.is_some()));
    let mut lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    lines.push(String::new());
    lines.join("\n")
}

/// `text` follows the line `version = 1`, so its first line is the second.
#[expect(clippy::needless_pass_by_value, reason = "expect! makes values")]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&refusals(&format!("version = 1\n{text}")));
}

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

#[test]
fn seeds_are_checked() {
    check(
        r#"[subset]
seed = [
  { table = "a", percent = 5, rows = 5 },
  { table = "a", percent = 100.1 },
  { table = "a", percent = -1 },
  { table = "a", percent = 1e1 },
  { table = "a", percent = nan },
  { table = "a", percent = "5" },
  { table = "a", percent = 0x5 },
  { table = "a", where = " ", rows = -5 },
  { table = "order items" },
  "customer",
]
lookup_rows = 1.5
children = "all"
"#,
        expect![[r#"
            error: keys "percent" and "rows" in a seed of [subset] exclude each other
              --> f:4:31
            error: key "percent" in a seed of [subset] is out of range
              --> f:5:28
              detail: It must be a plain decimal above 0 and at most 100, of at most 18 digits.
            error: key "percent" in a seed of [subset] is out of range
              --> f:6:28
              detail: It must be a plain decimal above 0 and at most 100, of at most 18 digits.
            error: key "percent" in a seed of [subset] is out of range
              --> f:7:28
              detail: It must be a plain decimal above 0 and at most 100, of at most 18 digits.
            error: key "percent" in a seed of [subset] is out of range
              --> f:8:28
              detail: It must be a plain decimal above 0 and at most 100, of at most 18 digits.
            error: key "percent" in a seed of [subset] must be a decimal number
              --> f:9:28
              detail: It is a string.
            error: key "percent" in a seed of [subset] must be a decimal number
              --> f:10:28
              detail: It is an integer.
            error: key "where" in a seed of [subset] must not be empty
              --> f:11:26
            error: key "rows" in a seed of [subset] is out of range
              --> f:11:38
              detail: It must be at least 0.
            error: invalid table name "order items"
              --> f:12:13
              detail: It has "i" where the end should stand.
              hint: Put a name with other characters in double quotes, as in SQL.
            error: key "seed" in [subset] must be an array of tables
              --> f:13:3
              detail: This element is a string.
            error: key "lookup_rows" in [subset] must be an integer
              --> f:15:15
              detail: It is a decimal number.
            error: invalid value for key "children" in [subset]
              --> f:16:12
              hint: Known here: "listed".
        "#]],
    );
}

#[test]
fn rules_of_references_are_checked() {
    check(
        r#"[subset.reference]
"a(x, y)" = { parent = "nul", dangling = "pull" }
"A(Y, X)" = {}
"a(x, y) -> b" = { limit = 0, children = "no" }
"public.a(y, x) -> public.b" = {}
"c(x)" = { children = false, limit = 1 }
"d(x[*])" = { parent = "null", dangling = "null" }
"e" = { parant = "drop" }
"f(x)" = false
"#,
        expect![[r#"
            error: invalid value for key "parent" in reference "a(x, y)"
              --> f:3:24
              hint: Known here: "pull", "null", "drop", "error".
            error: invalid value for key "dangling" in reference "a(x, y)"
              --> f:3:42
              hint: Known here: "null", "drop", "keep".
            error: reference a(y, x) is named twice
              --> f:4:1
              detail: The first is at f:3:1.
            error: key "limit" in reference "a(x, y) -> b" is out of range
              --> f:5:28
              detail: It must be at least 1.
            error: key "children" in reference "a(x, y) -> b" must be true or false
              --> f:5:42
              detail: It is a string.
            error: reference a(y, x) -> b is named twice
              --> f:6:1
              detail: The first is at f:5:1.
            error: reference "c(x)" follows no children and says which
              --> f:7:23
              hint: Leave out either "children = false" or "where" and "limit".
            error: reference "d(x[*])" is inside a value and cannot become NULL
              --> f:8:24
              hint: Ids in an array or in JSON are pulled or dropped.
            error: reference "d(x[*])" is inside a value and cannot become NULL
              --> f:8:43
              hint: Ids in an array or in JSON are pulled or dropped.
            error: invalid reference name "e"
              --> f:9:1
              detail: The columns are missing.
              hint: Name a reference as "child(column)".
            error: unrecognized key "parant" in reference "e"
              --> f:9:9
              hint: Perhaps you meant "parent".
            error: key "f(x)" in [subset.reference] must be a table
              --> f:10:10
              detail: It is a boolean.
        "#]],
    );
}

#[test]
fn virtual_references_are_checked() {
    check(
        r#"[[reference]]
child = "a(x, y)"
parent = "b(x)"
[[reference]]
child = "a(x[*]) -> b"
parent = "b(x[*])"
when = {}
[[reference]]
child = "c(id, kind)"
parent = "d(id, kind)"
when = { kind = true, other = [] }
on = 1
"#,
        expect![[r#"
            error: number of referencing and referenced columns for a reference disagree
              --> f:4:10
              detail: The child has 2, the parent 1.
            error: key "child" in [[reference]] must not name another table
              --> f:6:9
              hint: The arrow belongs into [subset.reference]; here the parent has a key of its own.
            error: parent of a reference must be named by its columns
              --> f:7:10
            error: key "when" in [[reference]] must not be empty
              --> f:8:1
            error: "when" of column "kind" must be a string or an integer
              --> f:12:17
              detail: It is a boolean.
            error: "when" of column "other" must be a string or an integer
              --> f:12:31
              detail: It is an array.
            error: unrecognized key "on" in [[reference]]
              --> f:13:1
              hint: Known here: "child", "parent", "when".
        "#]],
    );
}

/// Two `[[reference]]` entries of comments, each with a parent and constants.
fn two_references(one: [&str; 2], other: [&str; 2]) -> String {
    let entry = |[parent, when]: [&str; 2]| {
        format!("[[reference]]\nchild = \"comments(id, at)\"\nparent = \"{parent}\"\n{when}\n")
    };
    format!("{}{}", entry(one), entry(other))
}

#[test]
fn polymorphic_references_exclude_each_other() {
    let posts = "posts(id, at)";
    parsed(&format!(
        "version = 1\n{}",
        two_references(
            [posts, "when = { t = \"Post\" }"],
            ["users(id, at)", "when = { t = \"User\", u = 1 }"]
        )
    ));
    check(
        &two_references([posts, "when = { t = \"Post\" }"], ["users(id, at)", "when = { u = \"User\" }"]),
        expect![[r#"
            error: references comments(id, at) do not exclude each other
              --> f:7:9
              detail: A row can satisfy this one and the one at f:3:9.
              hint: Give each a "when" with another constant for the same column.
        "#]],
    );
    check(
        &two_references([posts, "when = { t = \"Post\" }"], ["users(id, at)", ""]),
        expect![[r#"
            error: references comments(id, at) do not exclude each other
              --> f:7:9
              detail: A row can satisfy this one and the one at f:3:9.
              hint: Give each a "when" with another constant for the same column.
        "#]],
    );
}

#[test]
fn a_virtual_reference_is_declared_once() {
    let written = r#"[[reference]]
child = "a(x, y)"
parent = "b(v, w)"
[[reference]]
child = "a(y, x)"
parent = "b(w, v)"
"#;
    check(
        written,
        expect![[r#"
            error: reference a(y, x) is named twice
              --> f:6:9
              detail: The first is at f:3:9.
        "#]],
    );
    // Other pairs: another reference.
    parsed(&format!("version = 1\n{}", written.replace("b(w, v)", "b(v, w)")));
    parsed(&format!("version = 1\n{}", written.replace("b(w, v)", "c(w, v)")));
}

#[test]
fn a_table_is_named_once() {
    check(
        "[table.customer]\n[table.Customer]\n[table.\"public.customer\"]\n[table.'\"Customer\"']",
        expect![[r#"
            error: table customer is named twice
              --> f:3:8
              detail: The first is at f:2:8.
            error: table customer is named twice
              --> f:4:8
              detail: The first is at f:2:8.
        "#]],
    );
}

#[test]
fn settings_of_a_table_are_told_from_its_columns() {
    check(
        r#"[table.t]
rows = "number.noise"
columns = "text.redact"
[table.u]
rows = { mask = "number.noise" }
a = "text.redact"
[table.u.columns]
a = "text.redact"
[table.sales.customer]
email = "contact.email"
[table]
v = "none"
"#,
        expect![[r#"
            error: invalid value for key "rows" in table "t"
              --> f:3:8
              hint: It is "all", "none" or "subset"; a column of that name stands in [table.T.columns].
            error: key "columns" in table "t" must be a table
              --> f:4:11
              detail: It is a string.
            error: key "rows" in table "u" must be a string
              --> f:6:8
              detail: It is a table.
              hint: It is "all", "none" or "subset"; a column of that name stands in [table.T.columns].
            error: column "a" is named twice
              --> f:9:1
              detail: The first is at f:7:1.
            error: rule of column "customer" has neither "mask" nor "keep"
              --> f:10:1
              hint: A table in another schema is one key: [table."schema.name"].
            error: key "v" in [table] must be a table
              --> f:13:5
              detail: It is a string.
        "#]],
    );
}

#[test]
fn column_rules_are_checked() {
    check(
        r#"[table.t]
a = "keep"
b = "email"
c = "hunter2@example.com"
d = { mask = "text.redact", keep = "no" }
e = { keep = "why", domain = "x" }
f = { mask = "contact.email", when = "x = 1", lokale = "de_DE" }
g = { mask = "null", nulls = "mask" }
h = ["text.redact"]
i = { mask = "Text.Redact" }
j = { mask = 1 }
k = { keep = true }
"#,
        expect![[r#"
            error: rule of column "a" keeps its values without a reason
              --> f:3:5
              hint: Write { keep = "why nobody is in it" }.
            error: mask "email" of column "b" does not exist
              --> f:4:5
              hint: Perhaps you meant "contact.email".
            error: rule of column "c" is no mask's name
              --> f:5:5
              hint: A fixed value is { mask = "constant", value = … }.
            error: keys "mask" and "keep" in column "d" exclude each other
              --> f:6:29
            error: unrecognized key "domain" in column "e"
              --> f:7:21
              hint: Known here: "keep".
            error: unrecognized option "when" of mask "contact.email" of column "f"
              --> f:8:31
              hint: A rule holds for every row of its column.
            error: unrecognized option "lokale" of mask "contact.email" of column "f"
              --> f:8:47
              hint: Perhaps you meant "locale".
            error: unrecognized option "nulls" of mask "null" of column "g"
              --> f:9:22
              hint: It has no options.
            error: rule of column "h" must be a string or a table
              --> f:10:5
              detail: It is an array.
            error: mask "Text.Redact" of column "i" does not exist
              --> f:11:14
              hint: Perhaps you meant "text.redact".
            error: key "mask" in column "j" must be a string
              --> f:12:14
              detail: It is an integer.
            error: key "keep" in column "k" must be a string
              --> f:13:14
              detail: It is a boolean.
        "#]],
    );
}

#[test]
fn options_of_masks_are_checked() {
    check(
        r#"[table.t]
a = { mask = "date.shift", days = 0 }
b = { mask = "date.shift", days = "30" }
c = { mask = "number.noise", percent = 0 }
d = { mask = "id.permute", from = [5, 1] }
e = { mask = "id.permute", range = [1, 2, 3] }
f = { mask = "id.permute", range = 5 }
g = { mask = "id.permute", alphabet = "aba" }
h = { mask = "text.shape", nulls = "drop" }
i = { mask = "constant" }
j = { mask = "constant", value = [] }
k = "constant"
l = "json"
m = { mask = "text.shape", domain = "" }
n = { mask = "number.noise", percent = 100.5 }
"#,
        expect![[r#"
            error: key "days" in column "a" is out of range
              --> f:3:35
              detail: It must be between 1 and 365250.
            error: key "days" in column "b" must be an integer
              --> f:4:35
              detail: It is a string.
            error: invalid value for option "percent" of column "c"
              --> f:5:40
              detail: It must be above 0 and at most 100.
            error: invalid value for option "from" of column "d"
              --> f:6:35
              detail: It must be two 64-bit integers, the smaller first.
            error: invalid value for option "range" of column "e"
              --> f:7:36
              detail: It must be two 64-bit integers, the smaller first.
            error: key "range" in column "f" must be an array of two integers
              --> f:8:36
              detail: It is an integer.
            error: invalid value for option "alphabet" of column "g"
              --> f:9:39
              detail: It must be "digits", "lower", "upper", "alnum", "hex", or at least two characters, none twice.
            error: invalid value for key "nulls" in column "h"
              --> f:10:36
              hint: Known here: "keep", "mask".
            error: mask "constant" of column "i" needs option "value"
              --> f:11:14
            error: key "value" in column "j" must be a string, a number, a boolean or a date
              --> f:12:34
              detail: It is an array.
            error: mask "constant" of column "k" needs option "value"
              --> f:13:5
            error: mask "json" of column "l" needs option "rest"
              --> f:14:5
            error: key "domain" in column "m" must not be empty
              --> f:15:37
            error: invalid value for option "percent" of column "n"
              --> f:16:40
              detail: It must be above 0 and at most 100.
        "#]],
    );
}

#[test]
fn json_rules_are_checked() {
    check(
        r#"[table.t]
a = { mask = "json", rest = "text.redakt", paths = { "$.a" = "keep", "$['a']" = "null", "b" = "null" } }
b = { mask = "json", rest = { mask = "json", rest = "keep" }, paths = { "$.a" = { mask = "json", rest = "keep" } } }
c = { mask = "json", rest = "keep", paths = "$.a", domain = "x" }
d = { mask = "json", rest = 5, paths = { "$.a" = { mask = "internet.ip", locale = "de_DE" } } }
"#,
        expect![[r#"
            error: mask "text.redakt" of "rest" of column "a" does not exist
              --> f:3:29
              hint: Perhaps you meant "text.redact".
            error: rule of path "$.a" of column "a" keeps its values without a reason
              --> f:3:62
              hint: Write { keep = "why nobody is in it" }.
            error: path "$['a']" is named twice
              --> f:3:70
              detail: The first is at f:3:54.
            error: invalid JSON path "b" in column "a"
              --> f:3:89
              detail: A JSON path starts with "$".
            error: mask "json" of "rest" of column "b" cannot stand inside another
              --> f:4:38
              hint: Name the inner leaves by paths from the document's root.
            error: mask "json" of path "$.a" of column "b" cannot stand inside another
              --> f:4:90
              hint: Name the inner leaves by paths from the document's root.
            error: key "paths" in column "c" must be a table
              --> f:5:45
              detail: It is a string.
            error: unrecognized option "domain" of mask "json" of column "c"
              --> f:5:52
              hint: Known here: "paths", "rest".
            error: rule of "rest" of column "d" must be a string or a table
              --> f:6:29
              detail: It is an integer.
            error: unrecognized option "locale" of mask "internet.ip" of path "$.a" of column "d"
              --> f:6:74
              hint: Known here: "by", "domain", "nulls".
        "#]],
    );
}

#[test]
fn a_reference_inside_json_needs_a_path() {
    check(
        "[[reference]]\nchild = \"carts(doc -> 'user.id')\"\nparent = \"users(id)\"",
        expect![[r#"
            error: invalid reference name "carts(doc -> 'user.id')"
              --> f:3:9
              detail: A JSON path starts with "$".
        "#]],
    );
}

#[test]
fn a_message_stays_on_its_line_and_is_not_endless() {
    let said = refusals(&format!("version = 1\n\"a\\n\\u0007{}\" = 1", "x".repeat(500)));
    assert!(said.starts_with("error: unrecognized key \"a\\n\\u{7}xxx"), "{said}");
    assert!(said.contains("xxx…\" in the rule file\n  --> f:2:1\n"), "{said}");
}

/// Texts close to rule files: whole lines of the language, cut and mixed.
fn lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("version = 1".to_owned()),
        Just("[[reference]]".to_owned()),
        "\\[(source|target|key|policy|subset|subset.reference|table|table.[a-z\".']{1,6})\\]",
        "(url|seed|rows|children|packs|mask|when|keep|\"a\\(b\\)\") = ('x'|1|1.5|true|\\[\\]|\\{ \\}|\\{ mask = 'json' \\})",
        "seed = \\[\\{ (table|rows|percent|where) = ['0-9a.]{1,4} \\}\\]",
        "\\PC{0,20}",
    ];
    proptest::collection::vec(line, 0..8).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_text_breaks_the_parser(text in prop_oneof![lines(), any::<String>()]) {
        if let Err(errors) = RuleFile::parse("f", &text) {
            prop_assert!(!errors.is_empty());
            let lines = text.split('\n').count() as u32;
            for location in errors.iter().map(|error| error.location.as_ref().unwrap()) {
                prop_assert!(location.line >= 1 && location.line <= lines && location.column >= 1);
            }
        }
    }

    #[test]
    fn no_error_shows_the_text_of_a_url(text in "[a-z:/@'\"=\\[\\]{} \n]{0,20}", end in "[\"']{0,2}") {
        let file = format!("version = 1\n[source]\nurl = \"postgresql://u:hunter2@{text}{end}\n[table.t]\na = 1\n");
        let errors = RuleFile::parse("f", &file).expect_err("a column's rule is no number");
        prop_assert!(errors.iter().all(|error| !error.to_string().contains("hunter2")));
    }
}
