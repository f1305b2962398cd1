//! Replibyte: every transformer that `replibyte transformer list` and its configuration know, skipped tables, the subset.

use crate::support::{became, rule, told};
use waxwork_import::{Import, Options, replibyte};

/// A transformer, its options and what becomes of it.
const CASES: [(&str, &str, &str); 11] = [
    ("credit-card", "~", r#""finance.card""#),
    ("custom-wasm", "{path: /x.wasm}", "! nothing"),
    ("email", "~", r#""contact.email""#),
    ("first-name", "~", r#""person.first_name""#),
    ("keep-first-char", "~", r#"{ mask = "text.partial", keep_first = 1, keep_last = 0 }"#),
    ("phone-number", "~", r#""contact.phone""#),
    ("random", "~", r#""text.shape""#),
    ("random-date", "~", r#"! { mask = "date.shift", days = 30 }"#),
    ("redacted", "~", r#"{ mask = "text.partial", keep_first = 3, keep_last = 0 }"#),
    (
        "redacted",
        "{character: '#', width: 12}",
        r##"{ mask = "text.partial", keep_first = 3, keep_last = 0, fill = "#" }"##,
    ),
    ("transient", "~", r#"{ keep = "Replibyte leaves it as it is (transient)" }"#),
];

fn import(source: &str) -> Import {
    let head = "source:\n  connection_uri: postgres://root:hunter2@localhost/app\n";
    let tail = "datastore: {aws: {credentials: {secret_access_key: hunter2}}}\nencryption_key: hunter2\n";
    let import = replibyte("conf.yaml", &format!("{head}{source}{tail}"), &Options::default()).unwrap();
    assert!(!format!("{}{}", import.rules, told(&import)).contains("hunter2"));
    import
}

fn one(name: &str, options: &str) -> Import {
    import(&format!(
        "  transformers: [{{database: public, table: t, columns: [{{name: c, transformer_name: {name}, transformer_options: {options}}}]}}]\n"
    ))
}

#[test]
fn every_transformer_is_translated_or_told() {
    for (name, options, expected) in CASES {
        let import = one(name, options);
        assert_eq!(became(&import, "c"), expected, "{name}: {}", told(&import));
        assert!(!told(&import).contains("does not know"), "{name}");
    }
    let gap = told(&one("reverse", "~"));
    assert!(gap.contains("conf.yaml:3:") && gap.contains(": t(c): reverse: waxwork does not know"), "{gap}");
}

#[test]
fn skipped_tables_have_no_rows_and_passthrough_tables_all() {
    let import = import(
        "  skip: [{database: app, table: Log}]\n  database_subset:\n    database: public\n    table: orders\n    strategy_name: random\n    strategy_options: {percent: 50}\n    passthrough_tables: [state]\n",
    );
    for lines in [
        "[table.'app.\"Log\"']\nrows = \"none\"\n",
        "[table.state]\nrows = \"all\"\n",
        "seed = [{ table = \"orders\", percent = 50 }]\n",
    ] {
        assert!(import.rules.contains(lines), "{lines}{}", import.rules);
    }
    assert_eq!(told(&import), "");
}

#[test]
fn what_waxwork_cannot_choose_is_told() {
    let import = import(
        "  only_tables: [{database: public, table: t}]\n  database_subset: {table: t, strategy_name: other}\n  shuffle: true\n",
    );
    assert_eq!(import.gaps.len(), 3, "{}", told(&import));
    assert!(!import.rules.contains("[subset]"), "{}", import.rules);
}

#[test]
fn a_column_named_as_a_setting_is_a_column() {
    let import = import("  transformers: [{table: t, columns: [{name: rows, transformer_name: random}]}]\n");
    assert!(import.rules.contains("[table.t.columns]\nrows = \"text.shape\""), "{}", import.rules);
    assert_eq!(rule(&import, "rows").as_deref(), Some("\"text.shape\""));
}

#[test]
fn a_file_of_another_kind_is_refused() {
    let error = replibyte("conf.yaml", "dump: {}\n", &Options::default()).unwrap_err();
    assert!(error[0].to_string().contains("conf.yaml:1:1"));
}
