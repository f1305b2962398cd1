//! Neosync: every transformer of its protocol, in both spellings of names, references, subsets.

use crate::support::{became, told};
use waxwork_import::{Import, Options, neosync};

/// `TransformerConfig` of `transformer.proto`, in its order.
const PROTOCOL: [&str; 48] = [
    "generate_email_config",
    "transform_email_config",
    "generate_bool_config",
    "generate_card_number_config",
    "generate_city_config",
    "generate_e164_phone_number_config",
    "generate_first_name_config",
    "generate_float64_config",
    "generate_full_address_config",
    "generate_full_name_config",
    "generate_gender_config",
    "generate_int64_phone_number_config",
    "generate_int64_config",
    "generate_last_name_config",
    "generate_sha256hash_config",
    "generate_ssn_config",
    "generate_state_config",
    "generate_street_address_config",
    "generate_string_phone_number_config",
    "generate_string_config",
    "generate_unixtimestamp_config",
    "generate_username_config",
    "generate_utctimestamp_config",
    "generate_uuid_config",
    "generate_zipcode_config",
    "transform_e164_phone_number_config",
    "transform_first_name_config",
    "transform_float64_config",
    "transform_full_name_config",
    "transform_int64_phone_number_config",
    "transform_int64_config",
    "transform_last_name_config",
    "transform_phone_number_config",
    "transform_string_config",
    "passthrough_config",
    "nullconfig",
    "user_defined_transformer_config",
    "generate_default_config",
    "transform_javascript_config",
    "generate_categorical_config",
    "transform_character_scramble_config",
    "generate_javascript_config",
    "generate_country_config",
    "transform_pii_text_config",
    "generate_business_name_config",
    "generate_ip_address_config",
    "transform_uuid_config",
    "transform_scramble_identity_config",
];

/// A transformer, its parameters and what becomes of it.
const CASES: &[(&str, &str, &str)] = &[
    ("generate_email_config", "{}", r#""contact.email""#),
    (
        "transform_email_config",
        r#"{"preserve_domain": true, "excluded_domains": ["x.de"]}"#,
        r#"{ mask = "contact.email", company = true }"#,
    ),
    ("generate_bool_config", "{}", r#"{ mask = "bool.random", by = "id" }"#),
    ("generate_card_number_config", "{}", r#""finance.card""#),
    ("generate_city_config", "{}", r#""address.city""#),
    ("generate_e164_phone_number_config", r#"{"min": "9"}"#, r#""contact.phone""#),
    ("generate_first_name_config", "{}", r#""person.first_name""#),
    (
        "generate_float64_config",
        r#"{"min": 1.5, "max": 9.5}"#,
        r#"{ mask = "number.range", range = [2, 9] }"#,
    ),
    ("generate_full_address_config", "{}", r#""address.full""#),
    ("generate_full_name_config", "{}", r#""person.full_name""#),
    ("generate_gender_config", "{}", r#"{ mask = "person.gender", by = "id" }"#),
    (
        "generate_int64_phone_number_config",
        "{}",
        r#"{ mask = "number.range", range = [2025550100, 2025550199] }"#,
    ),
    (
        "generate_int64_config",
        r#"{"min": "1", "max": "40"}"#,
        r#"{ mask = "number.range", range = [1, 40] }"#,
    ),
    ("generate_last_name_config", "{}", r#""person.last_name""#),
    ("generate_sha256hash_config", "{}", r#""secret.token""#),
    ("generate_ssn_config", "{}", r#""government.us_ssn""#),
    ("generate_state_config", "{}", r#""address.state""#),
    ("generate_street_address_config", "{}", r#""address.street""#),
    ("generate_string_phone_number_config", "{}", r#""contact.phone""#),
    ("generate_string_config", "{}", r#""secret.token""#),
    ("generate_unixtimestamp_config", "{}", r#"{ mask = "number.range", range = [946684800, 1767139200] }"#),
    ("generate_username_config", "{}", r#""person.username""#),
    ("generate_utctimestamp_config", "{}", r#"{ mask = "date.range", from = 2000-01-01, to = 2025-12-31 }"#),
    ("generate_uuid_config", "{}", r#""uuid.v4""#),
    ("generate_zipcode_config", "{}", r#""address.postcode""#),
    ("transform_e164_phone_number_config", "{}", r#""contact.phone""#),
    ("transform_first_name_config", "{}", r#""person.first_name""#),
    ("transform_float64_config", "{}", r#"{ mask = "number.noise", percent = 10 }"#),
    ("transform_full_name_config", "{}", r#""person.full_name""#),
    (
        "transform_int64_phone_number_config",
        "{}",
        r#"{ mask = "number.range", range = [2025550100, 2025550199] }"#,
    ),
    ("transform_int64_config", "{}", r#"{ mask = "number.noise", percent = 10 }"#),
    ("transform_last_name_config", "{}", r#""person.last_name""#),
    ("transform_phone_number_config", "{}", r#""contact.phone""#),
    ("transform_string_config", "{}", r#""text.shape""#),
    ("passthrough_config", "{}", r#"{ keep = "Neosync passes it through" }"#),
    ("nullconfig", "{}", r#""null""#),
    ("user_defined_transformer_config", r#"{"id": "x"}"#, "! nothing"),
    ("generate_default_config", "{}", "! nothing"),
    ("transform_javascript_config", r#"{"code": "hunter2"}"#, "! nothing"),
    (
        "generate_categorical_config",
        r#"{"categories": "a, b,a"}"#,
        r#"{ mask = "choice.pick", values = ["a", "b"], by = "id" }"#,
    ),
    ("generate_categorical_config", "{}", "! nothing"),
    ("transform_character_scramble_config", r#"{"user_provided_regex": "x"}"#, r#""text.shape""#),
    ("generate_javascript_config", r#"{"code": "hunter2"}"#, "! nothing"),
    ("generate_country_config", "{}", r#""address.country""#),
    ("transform_pii_text_config", "{}", r#""text.redact""#),
    ("generate_business_name_config", "{}", r#""company.name""#),
    ("generate_ip_address_config", "{}", r#""internet.ip""#),
    ("transform_uuid_config", "{}", r#""uuid.v4""#),
    ("transform_scramble_identity_config", "{}", r#""id.permute""#),
];

fn import(text: &str) -> Import {
    let options = Options { key_column: Some("id".to_owned()) };
    let import = neosync("job.json", text, &options).unwrap();
    assert!(!format!("{}{}", import.rules, told(&import)).contains("hunter2"), "{}", import.rules);
    import
}

fn mapping(transformer: &str) -> String {
    format!(r#"[{{"schema": "public", "table": "t", "column": "c", "transformer": {transformer}}}]"#)
}

fn one(config: &str, parameters: &str) -> Import {
    import(&mapping(&format!(r#"{{"config": {{"{config}": {parameters}}}}}"#)))
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}

#[test]
fn every_transformer_of_the_protocol_is_translated_or_told() {
    for name in PROTOCOL {
        assert!(CASES.iter().any(|(known, ..)| *known == name), "{name} is not among the cases");
    }
    for (name, parameters, expected) in CASES {
        for spelling in [(*name).to_owned(), camel(name)] {
            let import = one(&spelling, parameters);
            assert_eq!(became(&import, "c"), *expected, "{spelling}: {}", told(&import));
            assert!(!told(&import).contains("does not know"), "{spelling}");
        }
    }
    assert!(
        told(&one("generate_mood_config", "{}")).contains(": t(c): generate_mood: waxwork does not know")
    );
}

#[test]
fn a_transformer_may_be_named_by_its_source_alone() {
    for (source, expected) in [
        ("TRANSFORMER_SOURCE_GENERATE_EMAIL", "\"contact.email\""),
        ("generate_null", "\"null\""),
        ("TRANSFORMER_SOURCE_GENERATE_RANDOM_STRING", "\"secret.token\""),
        ("TRANSFORMER_SOURCE_UNSPECIFIED", "! nothing"),
    ] {
        assert_eq!(
            became(&import(&mapping(&format!(r#"{{"source": "{source}"}}"#))), "c"),
            expected,
            "{source}"
        );
    }
    assert_eq!(became(&import(&mapping("{}")), "c"), "! nothing");
}

fn job(follows: bool, tables: &str) -> Import {
    let mappings = mapping(r#"{"config": {"nullconfig": {}}}"#);
    import(&format!(
        r#"{{"job": {{"mappings": {mappings},
            "virtualForeignKeys": [{{"schema": "s", "table": "note", "columns": ["owner"], "foreignKey": {{"schema": "s", "table": "Owner", "columns": ["key"]}}}}],
            "source": {{"options": {{"postgres": {{"connectionId": "hunter2", "subsetByForeignKeyConstraints": {follows},
                "schemas": [{{"schema": "public", "tables": [{tables}]}}]}}}}}}}}}}"#
    ))
}

#[test]
fn a_job_has_references_and_one_where_clause_is_a_seed() {
    let one = r#"{"table": "t", "whereClause": "a > 'x'"}, {"table": "u"}"#;
    let import = job(true, one);
    for lines in [
        "child = \"s.note(owner)\"\nparent = 's.\"Owner\"(key)'\n",
        "seed = [{ table = \"t\", where = \"a > 'x'\" }]\n",
        "lookup_rows = 9223372036854775807\n",
    ] {
        assert!(import.rules.contains(lines), "{lines}{}", import.rules);
    }
    assert_eq!(told(&import), "");
    assert_eq!(job(false, one).gaps.len(), 1);
    let two = r#"{"table": "t", "whereClause": "a"}, {"table": "u", "whereClause": "b"}"#;
    assert_eq!(job(true, two).gaps.len(), 2);
}

#[test]
fn a_file_of_another_kind_is_refused() {
    for text in ["{}", "3", r#"{"mappings": 5}"#, "", "[{]"] {
        assert!(neosync("job.json", text, &Options::default()).is_err(), "{text}");
    }
}
