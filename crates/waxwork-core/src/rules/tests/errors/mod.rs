//! What is refused, with place, message and hint: `check(text) -> every diagnostic`.

mod columns;
mod conditions;
mod file;
mod inserts;
mod subset;

use super::*;
use crate::diagnostic::Class;
use expect_test::Expect;
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
