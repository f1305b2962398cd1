//! pgstream: every transformer of `transformers-definition.json`, with those that its manual adds.

use crate::support::{became, told};
use waxwork_import::{Import, Options, pgstream};

/// The definitions of 1.4.1, `noop`, and `fpe_ff1`.
const MANUAL: [&str; 27] = [
    "email",
    "encrypted_aes_siv",
    "fpe_ff1",
    "greenmask_boolean",
    "greenmask_choice",
    "greenmask_date",
    "greenmask_firstname",
    "greenmask_float",
    "greenmask_integer",
    "greenmask_string",
    "greenmask_unix_timestamp",
    "greenmask_utc_timestamp",
    "greenmask_uuid",
    "hstore",
    "json",
    "literal_string",
    "masking",
    "neosync_email",
    "neosync_firstname",
    "neosync_fullname",
    "neosync_lastname",
    "neosync_string",
    "noop",
    "pg_anonymizer",
    "phone_number",
    "string",
    "template",
];

/// A transformer, its parameters and what becomes of it.
const CASES: &[(&str, &str, &str)] = &[
    ("email", "salt: hunter2, exclude_domain: x.de", r#""contact.email""#),
    ("encrypted_aes_siv", "key_hex: hunter2", r#""secret.token""#),
    ("fpe_ff1", "alphabet: digits", r#"{ mask = "id.permute", alphabet = "digits" }"#),
    ("fpe_ff1", "alphabet: digits, passthrough: true", r#""id.permute""#),
    ("fpe_ff1", "alphabet: aa", "! nothing"),
    ("greenmask_boolean", "generator: random", r#"{ mask = "bool.random", by = "id" }"#),
    ("greenmask_choice", "choices: [a, b]", r#"{ mask = "choice.pick", values = ["a", "b"], by = "id" }"#),
    (
        "greenmask_date",
        "min_value: \"2020-01-01\", max_value: \"2020-12-31\"",
        r#"{ mask = "date.range", from = 2020-01-01, to = 2020-12-31 }"#,
    ),
    ("greenmask_firstname", "gender: Female", r#""person.first_name""#),
    ("greenmask_float", "min_value: 0, max_value: 9", r#"{ mask = "number.range", range = [0, 9] }"#),
    ("greenmask_float", "precision: 2", "! nothing"),
    ("greenmask_integer", "min_value: -5, max_value: 5", r#"{ mask = "number.range", range = [-5, 5] }"#),
    ("greenmask_string", "max_length: 5", r#""secret.token""#),
    (
        "greenmask_unix_timestamp",
        "min_value: \"1970-01-01\", max_value: \"1970-01-02\"",
        r#"{ mask = "number.range", range = [0, 86400] }"#,
    ),
    (
        "greenmask_utc_timestamp",
        "min_timestamp: \"2020-01-01T00:00:00Z\", max_timestamp: \"2020-12-31T00:00:00Z\"",
        r#"{ mask = "date.range", from = 2020-01-01, to = 2020-12-31 }"#,
    ),
    ("greenmask_uuid", "generator: random", r#""uuid.v4""#),
    ("hstore", "operations: []", "! nothing"),
    (
        "json",
        "operations: [{operation: set, path: \"a.#.b\", value: \"-\"}]",
        r#"{ mask = "json", paths = { "$['a'][*]['b']" = { mask = "constant", value = "-" } }, rest = "text.redact" }"#,
    ),
    ("literal_string", "literal: x", r#"{ mask = "constant", value = "x" }"#),
    ("literal_string", "x: y", "! nothing"),
    ("masking", "type: custom", r#""text.redact""#),
    ("masking", "type: address", r#""address.full""#),
    ("neosync_email", "preserve_domain: true", r#"{ mask = "contact.email", company = true }"#),
    ("neosync_firstname", "seed: 1", r#""person.first_name""#),
    ("neosync_fullname", "seed: 1", r#""person.full_name""#),
    ("neosync_lastname", "seed: 1", r#""person.last_name""#),
    ("neosync_string", "seed: 1", r#""text.shape""#),
    ("noop", "x: y", r#"{ keep = "pgstream leaves it as it is (noop)" }"#),
    ("\"\"", "x: y", "! nothing"),
    (
        "pg_anonymizer",
        "anon_function: anon.fake_city, postgres_url: \"postgres://u:hunter2@h\"",
        r#""address.city""#,
    ),
    (
        "pg_anonymizer",
        "anon_function: \"anon.dummy_last_name_locale()\", locale: fr_FR",
        r#"{ mask = "person.last_name", locale = "fr_FR" }"#,
    ),
    (
        "pg_anonymizer",
        "anon_function: anon.partial, mask: x, mask_prefix_count: 1, mask_suffix_count: 2",
        r#"{ mask = "text.partial", keep_first = 1, keep_last = 2, fill = "x" }"#,
    ),
    ("pg_anonymizer", "anon_function: anon.noise, ratio: 0.5", r#"{ mask = "number.noise", percent = 50 }"#),
    ("pg_anonymizer", "anon_function: anon.dnoise, interval: 2 days", r#"{ mask = "date.shift", days = 2 }"#),
    (
        "pg_anonymizer",
        "anon_function: anon.random_int_between, min: \"1\", max: \"5\"",
        r#"{ mask = "number.range", range = [1, 5] }"#,
    ),
    (
        "pg_anonymizer",
        "anon_function: anon.random_in_int4range, range: \"[1,5)\"",
        r#"{ mask = "number.range", range = [1, 4] }"#,
    ),
    ("pg_anonymizer", "anon_function: \"drop table x\"", "! nothing"),
    ("phone_number", "prefix: \"+1\"", r#""contact.phone""#),
    ("string", "x: y", r#""text.shape""#),
    ("template", "template: x", "! nothing"),
];

fn import(text: &str) -> Import {
    let options = Options { key_column: Some("id".to_owned()) };
    let import = pgstream("pgstream.yaml", text, &options).unwrap();
    assert!(!format!("{}{}", import.rules, told(&import)).contains("hunter2"), "{}", import.rules);
    import
}

fn one(name: &str, parameters: &str, more: &str) -> Import {
    import(&format!(
        "transformations:\n  table_transformers:\n    - schema: public\n      table: t\n      column_transformers:\n        c:\n          name: {name}\n          parameters: {{{parameters}}}\n{more}"
    ))
}

#[test]
fn every_transformer_of_the_manual_is_translated_or_told() {
    for name in MANUAL {
        assert!(CASES.iter().any(|(known, ..)| *known == name), "{name} is not among the cases");
    }
    for (name, parameters, expected) in CASES {
        let import = one(name, parameters, "");
        assert_eq!(became(&import, "c"), *expected, "{name}: {}", told(&import));
        assert!(!told(&import).contains("does not know this transformer"), "{name}");
    }
    assert!(
        told(&one("other", "x: y", ""))
            .contains("pgstream.yaml:7:11: t(c): other(x=…): waxwork does not know")
    );
}

#[test]
fn rules_may_stand_in_a_configuration_or_in_a_list() {
    let rules = "[{table: t, column_transformers: {c: {name: email}}}]";
    for text in [
        format!(
            "source: {{postgres: {{url: \"postgres://u:hunter2@h\"}}}}\nmodifiers: {{transformations: {{table_transformers: {rules}}}}}\n"
        ),
        format!("validation_mode: strict\ntransformations: {rules}\n"),
    ] {
        assert_eq!(became(&import(&text), "c"), "\"contact.email\"");
    }
    assert!(pgstream("f", "a: b", &Options::default()).is_err());
}

#[test]
fn a_gender_of_another_column_is_taken_and_other_values_are_told() {
    let gender = one(
        "greenmask_firstname",
        "generator: random",
        "          dynamic_parameters: {gender: {column: sex}}\n",
    );
    assert_eq!(became(&gender, "c"), r#"{ mask = "person.first_name", gender = "sex" }"#);
    let prefix =
        one("phone_number", "max_length: 9", "          dynamic_parameters: {prefix: {column: x}}\n");
    assert_eq!(became(&prefix, "c"), r#"! "contact.phone""#);
}

#[test]
fn labels_that_pgstream_would_read_are_named() {
    let import = import("transformations: {infer_from_security_labels: true, table_transformers: []}\n");
    assert!(told(&import).contains("waxwork import anon"), "{}", told(&import));
}
