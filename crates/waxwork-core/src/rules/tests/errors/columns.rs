//! Tables, columns, and the options of masks.

use super::*;
use expect_test::expect;

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
            error: rule of column "customer" has none of "mask", "keep" and "derive"
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
h = []
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
            error: rule of column "f" has a "when", and none is left for other rows
              --> f:8:31
              hint: A column's rule may be a list whose last rule has none: [{ mask = "…", when = "…" }, "null"].
            error: unrecognized option "lokale" of mask "contact.email" of column "f"
              --> f:8:47
              hint: Perhaps you meant "locale".
            error: unrecognized option "nulls" of mask "null" of column "g"
              --> f:9:22
              hint: It has no options.
            error: list of rules of column "h" is empty
              --> f:10:5
              hint: A column's rule may be a list whose last rule has none: [{ mask = "…", when = "…" }, "null"].
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
fn what_is_derived_is_a_whole_column_and_nothing_else_beside() {
    check(
        r#"[table.t]
a = { derive = "lower(b)" }
b = [{ derive = "lower(c)", when = "c is null" }, "null"]
c = { derive = "lower(b)", mask = "text.redact" }
d = { derive = 4 }
e = { mask = "json", rest = { derive = "1" }, paths = { "$.a" = { derive = "2" } } }
"#,
        expect![[r#"
            error: list of rules of column "b" derives it in some rows alone
              --> f:4:17
              hint: Derive it in every row, by one expression: CASE WHEN … THEN … ELSE … END.
            error: keys "derive" and "mask" in column "c" exclude each other
              --> f:5:28
            error: key "derive" in column "d" must be a string
              --> f:6:16
              detail: It is an integer.
            error: "rest" of column "e" cannot be derived: only a whole column can
              --> f:7:40
            error: path "$.a" of column "e" cannot be derived: only a whole column can
              --> f:7:76
        "#]],
    );
}

#[test]
fn patterns_are_names_with_stars_and_hold_one_rule_each() {
    check(
        r#"[pattern."*.sender"]
mask = "contact.emial"
[pattern]
sender = "null"
"*.a-b" = "null"
"*.x" = ["null"]
"*.y" = { keep = "k" }
"public.*.Y" = "null"
"*.z" = { mask = "null", when = "a = 1" }
"#,
        expect![[r#"
            error: mask "contact.emial" of pattern "*.sender" does not exist
              --> f:3:8
              hint: Perhaps you meant "contact.email".
            error: invalid pattern "sender"
              --> f:5:1
              detail: It names a table and a column, or a schema, a table and a column.
              hint: Name it as [pattern."*.sender"] or [pattern."sales.*.sender"].
            error: invalid pattern "*.a-b"
              --> f:6:1
              detail: A part has letters, digits, "_", "$" and "*", or stands in double quotes.
              hint: Name it as [pattern."*.sender"] or [pattern."sales.*.sender"].
            error: rule of pattern "*.x" must be a string or a table
              --> f:7:9
              detail: It is an array.
            error: pattern "public.*.Y" is named twice
              --> f:9:1
              detail: The first is at f:8:1.
            error: rule of pattern "*.z" has a "when", and none is left for other rows
              --> f:10:26
              hint: A column's rule may be a list whose last rule has none: [{ mask = "…", when = "…" }, "null"].
        "#]],
    );
}
