//! Seeds, and references declared or not.

use super::*;
use expect_test::expect;

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
"g(x)" = { limit = 9223372036854775808 }
"h(x)" = { limit = -9223372036854775809 }
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
            error: key "limit" in reference "g(x)" is out of range
              --> f:11:20
              detail: It must be at most 9223372036854775807.
            error: key "limit" in reference "h(x)" is out of range
              --> f:12:20
              detail: It must be at least 1.
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
