//! Policies of which every name and value may be anything: the rule file is valid all the same, and says nothing else.

use proptest::prelude::*;
use waxwork_core::rules::RuleFile;
use waxwork_import::{Options, greenmask};

/// Names with what TOML, SQL and terminals give a meaning.
fn name() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("\"".to_owned()),
        Just("'".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n[table.x]\n".to_owned()),
        Just("]".to_owned()),
        Just("#".to_owned()),
        Just("\\".to_owned()),
        Just("\u{1b}[2J".to_owned()),
        Just("\u{202e}".to_owned()),
        Just("{".to_owned()),
        Just("rows".to_owned()),
        any::<char>().prop_map(String::from),
        "[a-zA-Z_. ]{1,8}",
    ];
    proptest::collection::vec(part, 1..5).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_name_and_value_gives_a_valid_rule_file(table in name(), column in name(), value in name(), mask in name()) {
        let policy = serde_json::json!({"dump": {"transformation": [{"name": table, "transformers": [
            {"name": "Replace", "params": {"column": column, "value": value}},
            {"name": "RandomEmail", "params": {"column": value}},
            {"name": mask, "params": {"column": mask}},
            {"name": "Dict", "params": {"column": mask, "default": value, "values": {value.clone(): column}}},
        ]}]}});
        let import = greenmask("policy.yml", &policy.to_string(), &Options::default()).unwrap();
        let rules = RuleFile::parse("rules.toml", &import.rules).unwrap();
        prop_assert!(rules.tables.len() <= 1);
        prop_assert!(rules.tables.iter().all(|one| one.name.value.name.as_str() == table));
        for gap in &import.gaps {
            prop_assert!(!gap.to_string().chars().any(char::is_control));
        }
    }
}
