//! Lists of rules, and conditions that cannot be read: the place is the word's own, inside the string.

use super::*;
use crate::condition::{Literal, Operator, Truth, Written};
use expect_test::expect;

#[test]
fn a_list_has_a_rule_for_every_row() {
    check(
        r#"[table.t]
a = [{ mask = "text.redact", when = "x = 1" }]
b = ["null", "text.redact"]
c = [{ keep = "why" }, { keep = "why", when = "x = 1" }]
d = [{ when = "x = 1" }, { mask = "json", when = "y", rest = "keep" }, 5]
e = [[], { mask = "text.redact", when = 1 }]
f = { mask = "json", rest = { mask = "text.redact", when = "x" }, paths = { "$.a" = ["text.redact"] } }
"#,
        expect![[r#"
            error: rule of column "a" has a "when", and none is left for other rows
              --> f:3:30
              hint: A column's rule may be a list whose last rule has none: [{ mask = "…", when = "…" }, "null"].
            error: rule of column "b" leaves no row to the rules after it
              --> f:4:6
              hint: A column's rule may be a list whose last rule has none: [{ mask = "…", when = "…" }, "null"].
            error: rule of column "c" leaves no row to the rules after it
              --> f:5:6
              hint: A column's rule may be a list whose last rule has none: [{ mask = "…", when = "…" }, "null"].
            error: rule of column "c" has a "when", and none is left for other rows
              --> f:5:40
              hint: A column's rule may be a list whose last rule has none: [{ mask = "…", when = "…" }, "null"].
            error: rule of column "d" has none of "mask", "keep" and "derive"
              --> f:6:6
              hint: A table in another schema is one key: [table."schema.name"].
            error: rule of column "d" must be a string or a table
              --> f:6:72
              detail: It is an integer.
            error: rule of column "e" must be a string or a table
              --> f:7:6
              detail: It is an array.
            error: rule of column "e" leaves no row to the rules after it
              --> f:7:6
              hint: A column's rule may be a list whose last rule has none: [{ mask = "…", when = "…" }, "null"].
            error: rule of column "e" has a "when", and none is left for other rows
              --> f:7:34
              hint: A column's rule may be a list whose last rule has none: [{ mask = "…", when = "…" }, "null"].
            error: key "when" in column "e" must be a string
              --> f:7:41
              detail: It is an integer.
            error: rule of "rest" of column "f" has a "when", and none is left for other rows
              --> f:8:53
              hint: A column's rule may be a list whose last rule has none: [{ mask = "…", when = "…" }, "null"].
            error: rule of path "$.a" of column "f" must be a string or a table
              --> f:8:85
              detail: It is an array.
        "#]],
    );
}

/// What a condition is refused with: line and column in the file, detail, hint.
fn refusal(when: &str) -> String {
    let text = format!("version = 1\n[table.t]\na = [{{ mask = \"text.redact\", when = {when} }}, \"null\"]");
    let errors = RuleFile::parse("f", &text).expect_err("it was read");
    let [error] = &errors[..] else { panic!("{} errors", errors.len()) };
    assert_eq!(
        (error.code, error.message.as_str()),
        ("bad_condition", "condition of column \"a\" cannot be read")
    );
    let place = error.location.as_ref().unwrap();
    let (detail, hint) = (error.detail.as_deref().unwrap(), error.hint.as_deref().unwrap_or("-"));
    // The string begins at column 37.
    format!("{}:{} {detail} {hint}", place.line, i64::from(place.column) - 37)
}

#[test]
fn a_condition_is_refused_at_the_word_that_does_not_fit() {
    const NO_MORE: &str = "A condition has no functions, subqueries, casts or arithmetic.";
    const QUOTES: &str = "Put a text in single quotes. Two columns cannot be compared.";
    let long = format!("\"{}a{}\"", "(".repeat(100), ")".repeat(100));
    for (when, expected) in [
        ("\"country == 'DE'\"", "3:10 It has \"=\" where a literal should stand. -".to_owned()),
        ("\"country = Germany\"", format!("3:11 It has a name where a literal should stand. {QUOTES}")),
        ("'country = \"Germany\"'", format!("3:11 It has a name where a literal should stand. {QUOTES}")),
        ("\"lower(country) = 'de'\"", format!("3:6 It has \"(\" where \"and\", \"or\" or the end should stand. {NO_MORE}")),
        ("\"a + 1 = 2\"", format!("3:3 It has \"+\" where \"and\", \"or\" or the end should stand. {NO_MORE}")),
        ("\"a::text = 'x'\"", format!("3:2 It has \"::\" where \"and\", \"or\" or the end should stand. {NO_MORE}")),
        ("\"a = 1 and\"", "3:10 It ends where a column should stand. -".to_owned()),
        ("\"a in (1, 2\"", "3:11 It ends where a comma or a closing parenthesis should stand. -".to_owned()),
        ("\"a in (select 1)\"", format!("3:7 It has a name where a literal should stand. {QUOTES}")),
        ("\"(a = 1\"", "3:7 It ends where \"and\", \"or\" or a closing parenthesis should stand. -".to_owned()),
        ("\"a = 'x\"", "3:5 A quote (') is not closed. A condition has no functions, subqueries, casts or arithmetic.".to_owned()),
        ("\"a = null\"", "3:5 Nothing is equal to NULL, or unequal. Ask \"is null\" or \"is not null\".".to_owned()),
        ("\"1 = 2\"", "3:5 It compares two literals. Compare a column with a literal.".to_owned()),
        ("\"a is 5\"", "3:6 It has a number where \"null\", \"true\", \"false\" or \"unknown\" should stand. -".to_owned()),
        ("\"a not 5\"", "3:7 It has a number where \"in\", \"between\", \"like\" or \"ilike\" should stand. -".to_owned()),
        ("\"a between 1 or 2\"", "3:13 It has the word \"or\" where \"and\" should stand. -".to_owned()),
        ("\"a like 5\"", "3:8 It has a number where a pattern in single quotes should stand. -".to_owned()),
        ("'''a like 'x\\' '''", "3:10 The pattern ends in a backslash that escapes nothing. A backslash itself is written as two.".to_owned()),
        ("\"user = 'x'\"", "3:1 In SQL user is a function. Write a column of that name in double quotes.".to_owned()),
        ("\"a = 0x1f\"", format!("3:5 It has a character that begins no word where a literal should stand. {NO_MORE}")),
        ("\"a = -'x'\"", "3:6 It has a text where a number should stand. -".to_owned()),
        ("\"true\"", "3:5 It ends where a comparison should stand. -".to_owned()),
        ("\"a = 1; drop table t\"", format!("3:6 It has \";\" where \"and\", \"or\" or the end should stand. {NO_MORE}")),
        // An escape in TOML makes the string longer than what it says.
        ("\"\\u0061 \\\"b\\\" = 1\"", "3:8 It has a name where \"and\", \"or\" or the end should stand. -".to_owned()),
        ("\"\"\"\na = 1\n  or or\"\"\"", "5:-31 It has the word \"or\" where a column should stand. -".to_owned()),
        (long.as_str(), "3:65 It is nested too deeply. Take it apart into several rules.".to_owned()),
    ] {
        assert_eq!(refusal(when), expected, "{when}");
    }
}

fn written(when: &str) -> Written {
    let rules =
        parsed(&format!("version = 1\n[table.t]\na = [{{ keep = \"why\", when = '''{when}''' }}, \"null\"]"));
    rules.tables[0].columns[0].cases[0].when.value.clone()
}

#[test]
fn words_bind_as_in_sql() {
    for (when, bound) in [
        ("a = 1 or b = 2 and not c = 3", "(a = 1) or ((b = 2) and (not (c = 3)))"),
        ("not a = 1 is null", "not ((a = 1) is null)"),
        ("A <> 'x'", "a != 'x'"),
        ("5 < a", "a > 5"),
        ("a not between 1 and 2 or b", "(not (a >= 1 and a <= 2)) or b"),
        ("a is not null", "not (a is unknown)"),
        ("a not in ('x', 'y')", "not (a in ('x', 'y'))"),
        ("a is true is false", "(a is true) is false"),
    ] {
        assert_eq!(shape(&written(when)), shape(&written(bound)), "{when}");
    }
    assert_ne!(shape(&written("(a or b) and c")), shape(&written("a or b and c")));
}

/// The tree without its places.
fn shape(written: &Written) -> String {
    let parts = |parts: &[Written]| parts.iter().map(shape).collect::<Vec<_>>().join(",");
    match written {
        Written::All(inner) => format!("all({})", parts(inner)),
        Written::Any(inner) => format!("any({})", parts(inner)),
        Written::Not(inner) => format!("not({})", shape(inner)),
        Written::Is(inner, truth) => format!("{}({})", matches!(truth, Truth::Unknown), shape(inner)),
        Written::Column(column) => column.value.clone(),
        Written::Compare(column, operator, literal) => {
            format!("{}{}{}", column.value, operator.symbol(), literal_shape(&literal.value))
        }
        Written::OneOf(column, literals) => {
            let literals: Vec<String> =
                literals.iter().map(|literal| literal_shape(&literal.value)).collect();
            format!("{} in {}", column.value, literals.join(","))
        }
        Written::Like { column, pattern, fold } => format!("{} like {} {fold}", column.value, pattern.value),
    }
}

fn literal_shape(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => format!("'{text}'"),
        Literal::Number(number) => number.clone(),
        Literal::Flag(flag) => flag.to_string(),
    }
}

#[test]
fn literals_and_names_are_read_by_sqls_rules() {
    let Written::Compare(column, operator, literal) = written(r#""Or""der" >= 'it''s \n'"#) else {
        panic!("shape")
    };
    assert_eq!((column.value.as_str(), operator), ("Or\"der", Operator::GreaterOrEqual));
    assert_eq!(literal.value, Literal::Text("it's \\n".to_owned()));
    for (number, read) in [("-1.5e-3", "-1.5e-3"), ("+ 7", "7"), (".5", ".5"), ("5.", "5.")] {
        let Written::Compare(_, _, literal) = written(&format!("a = {number}")) else { panic!("shape") };
        assert_eq!(literal.value, Literal::Number(read.to_owned()));
    }
}

#[test]
fn no_debug_form_shows_a_literal() {
    let written = written("a = 'hunter2' or b in ('hunter2') or c like 'hunter2' or d = 42421");
    let shown = format!("{written:?}");
    assert!(!shown.contains("hunter") && !shown.contains("42421"), "{shown}");
}

proptest! {
    #[test]
    fn no_text_breaks_the_conditions_parser(
        when in prop_oneof![
            any::<String>(),
            proptest::collection::vec("(a|and|or|not|is|in|null|true|like|between|=|<>|\\(|\\)|,|'x'|-|1|\"b\")", 0..12)
                .prop_map(|words| words.join(" ")),
        ]
    ) {
        let place = |at: usize| {
            assert!(at <= when.len());
            Location { file: String::new(), line: 1, column: at as u32 + 1 }
        };
        let _ = crate::condition::parse(&when, "column", place);
    }
}
