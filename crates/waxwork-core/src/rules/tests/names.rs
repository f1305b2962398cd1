//! The name grammar against SQL's folding rules, and back through quoting.

use super::*;
use crate::rules::json_path::{JsonPath, JsonStep};
use crate::rules::name::{plain_table, reference_name, table_name};
use proptest::prelude::*;

fn table(text: &str) -> (String, String) {
    let name = table_name(text).unwrap_or_else(|error| panic!("{text}: {}", error.detail));
    (name.schema.as_str().to_owned(), name.name.as_str().to_owned())
}

fn pair(schema: &str, name: &str) -> (String, String) {
    (schema.to_owned(), name.to_owned())
}

#[test]
fn names_fold_as_in_sql() {
    assert_eq!(table("Customer"), pair("public", "customer"));
    assert_eq!(table("\"Customer\""), pair("public", "Customer"));
    assert_eq!(table("Sales . \"Order Items\""), pair("sales", "Order Items"));
    assert_eq!(table("\"a\"\"b\".c$1"), pair("a\"b", "c$1"));
    // Only ASCII folds: PostgreSQL leaves other letters alone in a multi-byte encoding.
    assert_eq!(table("ÄPFEL"), pair("public", "Äpfel"));
    assert_eq!(table("\"sales.customer\""), pair("public", "sales.customer"));
}

#[test]
fn what_sql_does_not_read_as_a_name_is_refused() {
    let refused = [
        ("", "It ends where a name should stand."),
        ("a.", "It ends where a name should stand."),
        ("a.b.c", "A table has a schema and a name, nothing before them."),
        ("order items", "It has \"i\" where the end should stand."),
        ("1st", "It has \"1\" where a name should stand."),
        ("my-table", "It has \"-\" where the end should stand."),
        ("\"\"", "A quoted name must have a character, and none that is NUL."),
        ("\"a", "A double quote is not closed."),
        ("U&\"d\\0061t\"", "A name in U&\"\" form is not supported."),
        ("\u{a0}a\0", "It has \"\\0\" where the end should stand."),
    ];
    for (text, detail) in refused {
        assert_eq!(table_name(text).unwrap_err().detail, detail, "{text:?}");
    }
}

#[test]
fn references_are_split() {
    let composite = reference_name("S.a ( X , \"Y\" ) -> B").unwrap();
    assert_eq!(composite.table, QualifiedName::new("s", "a"));
    assert_eq!(composite.key, columns(&["x", "Y"]));
    assert_eq!(composite.parent, Some(QualifiedName::new("public", "b")));
    let path = reference_name("carts(Doc->'$.it''s')").unwrap_err();
    assert_eq!(path.detail, "A step of a JSON path is .name, ['name'], [n], [*], .* or ..name.");
    let quoted = reference_name("carts(doc -> '$[''it\\''s''].id')").unwrap();
    let path = "$['it\\'s'].id".to_owned();
    assert_eq!(quoted.key, KeyExpression::JsonPath { column: "doc".to_owned(), path });
}

#[test]
fn what_is_no_reference_is_refused() {
    let refused = [
        ("orders", "The columns are missing."),
        ("orders()", "It has \")\" where a name should stand."),
        ("orders(a", "It ends where a closing parenthesis should stand."),
        ("orders(a,a)", "It names a column twice."),
        ("orders(a, A)", "It names a column twice."),
        ("orders(a) ->", "It ends where a name should stand."),
        ("orders(a) b", "It has \"b\" where the end should stand."),
        ("orders(a[0])", "It has \"[\" where a closing parenthesis should stand."),
        ("orders(a -> b)", "It has \"b\" where a path in single quotes should stand."),
        ("orders(a -> 'b')", "A JSON path starts with \"$\"."),
        ("orders(a -> '$.b)", "A single quote is not closed."),
    ];
    for (text, detail) in refused {
        assert_eq!(reference_name(text).unwrap_err().detail, detail, "{text:?}");
    }
}

#[test]
fn one_reference_has_one_normal_form() {
    let normal = |text: &str| reference_name(text).unwrap().normal();
    assert_eq!(normal("a(y, x)"), normal("public.A(\"x\", Y)"));
    assert_eq!(normal("a(d -> '$[''b''].c')"), normal("a(d -> '$.b.c')"));
    assert_ne!(normal("a(x)"), normal("a(x) -> b"));
    assert_ne!(normal("a(x)"), normal("a(x[*])"));
}

#[test]
fn paths_are_split() {
    let steps = |text: &str| JsonPath::parse(text).unwrap().steps;
    let member = |name: &str| JsonStep::Member(name.to_owned());
    assert_eq!(steps("$"), []);
    assert_eq!(steps("$.a[*].b-c"), [member("a"), JsonStep::AnyElement, member("b-c")]);
    assert_eq!(steps("$[0]['x y'].*"), [JsonStep::Element(0), member("x y"), JsonStep::AnyMember]);
    assert_eq!(steps("$..email"), [JsonStep::Descendant("email".to_owned())]);
    for text in
        ["", "a", "$a", "$.", "$..", "$.a b", "$[", "$[]", "$[-1]", "$[01]", "$['a'", "$[\"a\"]", "$['a\\n']"]
    {
        assert!(JsonPath::parse(text).is_err(), "{text}");
    }
}

fn identifier() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z_][a-zA-Z0-9_$]{0,8}", "[^\0]{1,8}"]
}

fn qualified_name() -> impl Strategy<Value = QualifiedName> {
    (prop_oneof![Just("public".to_owned()), identifier()], identifier())
        .prop_map(|(schema, name)| QualifiedName::new(schema, name))
}

fn path() -> impl Strategy<Value = JsonPath> {
    let step = prop_oneof![
        ".{0,6}".prop_map(JsonStep::Member),
        any::<u32>().prop_map(JsonStep::Element),
        Just(JsonStep::AnyElement),
        Just(JsonStep::AnyMember),
        "[a-zé_$-]{1,6}".prop_map(JsonStep::Descendant),
    ];
    proptest::collection::vec(step, 0..5).prop_map(|steps| JsonPath { steps })
}

fn key() -> impl Strategy<Value = KeyExpression> {
    prop_oneof![
        proptest::collection::btree_set(identifier(), 1..4)
            .prop_shuffle_columns()
            .prop_map(KeyExpression::Columns),
        identifier().prop_map(KeyExpression::ArrayElements),
        (identifier(), path())
            .prop_map(|(column, path)| KeyExpression::JsonPath { column, path: path.to_string() }),
    ]
}

/// Columns in any order.
trait ShuffleColumns: Strategy<Value = std::collections::BTreeSet<String>> + Sized {
    fn prop_shuffle_columns(self) -> impl Strategy<Value = Vec<String>> {
        self.prop_map(|names| names.into_iter().collect::<Vec<_>>()).prop_shuffle()
    }
}

impl<S: Strategy<Value = std::collections::BTreeSet<String>>> ShuffleColumns for S {}

proptest! {
    #[test]
    fn a_quoted_table_name_comes_back(name in qualified_name()) {
        prop_assert_eq!(&table_name(&name.to_string()).unwrap(), &name);
        prop_assert_eq!(&table_name(&plain_table(&name)).unwrap(), &name);
    }

    #[test]
    fn a_reference_name_comes_back(
        table in qualified_name(),
        key in key(),
        parent in proptest::option::of(qualified_name()),
    ) {
        let name = ReferenceName { table, key, parent };
        prop_assert_eq!(reference_name(&name.to_string()).unwrap(), name);
    }

    #[test]
    fn a_path_comes_back(path in path()) {
        prop_assert_eq!(JsonPath::parse(&path.to_string()).unwrap(), path);
    }

    #[test]
    fn no_text_breaks_the_name_grammar(text in "[a-zA-Z\"'.,()$>&U \\[\\]*-]{0,16}") {
        // Either answer is right; what is read must be said again the same way.
        if let Ok(name) = reference_name(&text) {
            prop_assert_eq!(reference_name(&name.to_string()).unwrap(), name);
        }
    }
}
