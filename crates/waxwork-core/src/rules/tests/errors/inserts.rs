//! `[[insert]]`: what its rows may hold, and that no value of them is ever said.

use super::*;
use expect_test::expect;

#[test]
fn rows_to_insert_are_checked_and_their_values_are_not_shown() {
    check(
        r#"[[insert]]
row = { password = ["hunter2"], age = 99999999999999999999, ok = 1979-05-27T07:32:00Z, note = { a = "hunter3" } }
[[insert]]
table = "users"
[[insert]]
table = "users"
row = { a = 1 }
rows = ["hunter4", { b = "x" }]
[[insert]]
table = "users("
row = "hunter5"
values = 1
"#,
        expect![[r#"
            error: key "table" is missing in [[insert]]
              --> f:2:1
            error: invalid value for column "password" in "row" of [[insert]]
              --> f:3:20
              detail: It is an array.
              hint: Write arrays, documents and integers beyond 64 bits as strings, as PostgreSQL reads them.
            error: invalid value for column "age" in "row" of [[insert]]
              --> f:3:39
              detail: It is an integer.
              hint: Write arrays, documents and integers beyond 64 bits as strings, as PostgreSQL reads them.
            error: invalid value for column "note" in "row" of [[insert]]
              --> f:3:95
              detail: It is a table.
              hint: Write arrays, documents and integers beyond 64 bits as strings, as PostgreSQL reads them.
            error: key "row" is missing in [[insert]]
              --> f:4:1
            error: keys "row" and "rows" in [[insert]] exclude each other
              --> f:9:1
            error: invalid table name "users("
              --> f:11:9
              detail: It has "(" where the end should stand.
              hint: Put a name with other characters in double quotes, as in SQL.
            error: key "row" in [[insert]] must be a table
              --> f:12:7
              detail: It is a string.
            error: unrecognized key "values" in [[insert]]
              --> f:13:1
              hint: Known here: "table", "row", "rows".
        "#]],
    );
}
