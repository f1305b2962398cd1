//! Greenmask: every transformer of its manual, conditions, subsets, references.

use crate::support::{became, notes, rule, told};
use waxwork_import::{Import, Options, greenmask};

/// The pages of Greenmask's manual, 0.2.22: `standard_transformers` and `advanced_transformers`.
const MANUAL: [&str; 51] = [
    "Cmd",
    "Dict",
    "Hash",
    "Masking",
    "NoiseDate",
    "NoiseFloat",
    "NoiseInt",
    "NoiseNumeric",
    "RandomAmountWithCurrency",
    "RandomBool",
    "RandomCCNumber",
    "RandomCCType",
    "RandomCentury",
    "RandomChoice",
    "RandomCompany",
    "RandomCurrency",
    "RandomDate",
    "RandomDayOfMonth",
    "RandomDayOfWeek",
    "RandomDomainName",
    "RandomE164PhoneNumber",
    "RandomEmail",
    "RandomFloat",
    "RandomInt",
    "RandomIp",
    "RandomLatitude",
    "RandomLongitude",
    "RandomMac",
    "RandomMonthName",
    "RandomNumeric",
    "RandomParagraph",
    "RandomPassword",
    "RandomPerson",
    "RandomPhoneNumber",
    "RandomSentence",
    "RandomString",
    "RandomTimezone",
    "RandomTollFreePhoneNumber",
    "RandomUnixTimestamp",
    "RandomURL",
    "RandomUsername",
    "RandomUuid",
    "RandomWord",
    "RandomYearString",
    "RealAddress",
    "RegexpReplace",
    "Replace",
    "SetNull",
    "Json",
    "Template",
    "TemplateRecord",
];

/// A transformer, its parameters beside the column `c`, and what becomes of it: `!` where that only stands in for it.
const CASES: &[(&str, &str, &str)] = &[
    ("Cmd", "columns: [{name: c}], executable: /bin/x", "! nothing"),
    (
        "Dict",
        "values: {a: b, \"it's\": \"\\\\N\"}, default: z",
        r#"[{ mask = "constant", value = "b", when = "c = 'a'" }, { mask = "null", when = "c = 'it''s'" }, { mask = "constant", value = "z" }]"#,
    ),
    ("Dict", "values: {a: b}", "! nothing"),
    ("Hash", "function: md5", r#""secret.token""#),
    ("Masking", "type: default", r#""text.redact""#),
    ("Masking", "type: password", r#""text.redact""#),
    ("Masking", "type: name", r#""person.full_name""#),
    ("Masking", "type: addr", r#""address.full""#),
    ("Masking", "type: email", r#""contact.email""#),
    ("Masking", "type: mobile", r#""contact.phone""#),
    ("Masking", "type: tel", r#""contact.phone""#),
    ("Masking", "type: id", r#""text.shape""#),
    ("Masking", "type: credit_card", r#""finance.card""#),
    ("Masking", "type: url", r#""internet.url""#),
    ("Masking", "type: postcode", r#""address.postcode""#),
    ("Masking", "type: other", r#"! "text.redact""#),
    ("NoiseDate", "max_ratio: 1 month", r#"{ mask = "date.shift", days = 31 }"#),
    ("NoiseDate", "max_ratio: soon", r#"! { mask = "date.shift", days = 30 }"#),
    ("NoiseFloat", "max_ratio: 0.07", r#"{ mask = "number.noise", percent = 7 }"#),
    ("NoiseInt", "x: 1", r#"{ mask = "number.noise", percent = 20 }"#),
    ("NoiseNumeric", "max_ratio: 0.125", r#"{ mask = "number.noise", percent = 12.5 }"#),
    ("RandomAmountWithCurrency", "x: 1", r#""text.shape""#),
    ("RandomBool", "x: 1", r#"{ mask = "bool.random", by = "id" }"#),
    ("RandomCCNumber", "x: 1", r#""finance.card""#),
    (
        "RandomCCType",
        "x: 1",
        r#"{ mask = "choice.pick", values = ["Visa", "Mastercard", "American Express", "JCB"], by = "id" }"#,
    ),
    (
        "RandomCentury",
        "x: 1",
        r#"{ mask = "choice.pick", values = ["XVII", "XVIII", "XIX", "XX", "XXI"], by = "id" }"#,
    ),
    (
        "RandomChoice",
        "values: [1, \"b\", true]",
        r#"{ mask = "choice.pick", values = ["1", "b", "true"], by = "id" }"#,
    ),
    ("RandomChoice", "values: []", "! nothing"),
    ("RandomCompany", "columns: [{name: c, template: \"{{ .CompanyName }}\"}]", r#""company.name""#),
    ("RandomCompany", "columns: [{name: c, template: \"{{ .CompanySuffix }}\"}]", r#"! "text.shape""#),
    (
        "RandomCurrency",
        "x: 1",
        r#"{ mask = "choice.pick", values = ["CHF", "EUR", "GBP", "JPY", "SEK", "USD"], by = "id" }"#,
    ),
    (
        "RandomDate",
        "min: \"2020-01-01 00:00:00\", max: \"2021-12-31\"",
        r#"{ mask = "date.range", from = 2020-01-01, to = 2021-12-31 }"#,
    ),
    ("RandomDate", "min: now", r#"! { mask = "date.shift", days = 30 }"#),
    ("RandomDate", "min: \"2022-01-01\", max: \"2021-12-31\"", r#"! { mask = "date.shift", days = 30 }"#),
    ("RandomDayOfMonth", "x: 1", ""),
    ("RandomDayOfWeek", "x: 1", ""),
    ("RandomDomainName", "x: 1", r#""internet.domain""#),
    ("RandomE164PhoneNumber", "x: 1", r#""contact.phone""#),
    ("RandomEmail", "engine: hash", r#""contact.email""#),
    ("RandomEmail", "keep_original_domain: true", r#"{ mask = "contact.email", company = true }"#),
    ("RandomFloat", "min: 0.5, max: 99.5, decimal: 2", r#"{ mask = "number.range", range = [1, 99] }"#),
    ("RandomInt", "min: 1, max: 10", r#"{ mask = "number.range", range = [1, 10] }"#),
    ("RandomInt", "x: 1", "! nothing"),
    ("RandomIp", "subnet: 10.0.0.0/8", r#""internet.ip""#),
    ("RandomLatitude", "x: 1", r#"{ mask = "number.range", range = [-90, 90] }"#),
    ("RandomLongitude", "x: 1", r#"{ mask = "number.range", range = [-180, 180] }"#),
    ("RandomMac", "x: 1", r#""internet.mac""#),
    ("RandomMonthName", "x: 1", ""),
    ("RandomNumeric", "min: 0.2, max: 0.4", "! nothing"),
    ("RandomParagraph", "x: 1", r#""text.lorem""#),
    ("RandomPassword", "x: 1", r#""secret.token""#),
    (
        "RandomPerson",
        "columns: [{name: c, template: \"{{ .FirstName }}\"}]",
        r#"{ mask = "person.first_name", by = "id" }"#,
    ),
    (
        "RandomPerson",
        "columns: [{name: c, template: \"{{ .LastName }}\"}]",
        r#"{ mask = "person.last_name", by = "id" }"#,
    ),
    (
        "RandomPerson",
        "columns: [{name: c, template: \"{{ .Title }}\"}]",
        r#"{ mask = "person.title", by = "id" }"#,
    ),
    (
        "RandomPerson",
        "columns: [{name: c, template: \"{{ .LastName }}, {{ .FirstName }}\"}]",
        r#"{ mask = "person.full_name", by = "id" }"#,
    ),
    ("RandomPerson", "columns: [{name: c, template: x}]", r#"! "person.full_name""#),
    ("RandomPhoneNumber", "x: 1", r#""contact.phone""#),
    ("RandomSentence", "x: 1", r#""text.lorem""#),
    ("RandomString", "min_length: 1, max_length: 9", r#""secret.token""#),
    ("RandomTimezone", "x: 1", ""),
    ("RandomTollFreePhoneNumber", "x: 1", r#""contact.phone""#),
    (
        "RandomUnixTimestamp",
        "min: \"1970-01-02\", max: \"1970-01-03\", unit: millisecond",
        r#"{ mask = "number.range", range = [86400000, 172800000] }"#,
    ),
    ("RandomURL", "x: 1", r#""internet.url""#),
    ("RandomUsername", "x: 1", r#""person.username""#),
    ("RandomUuid", "x: 1", r#""uuid.v4""#),
    ("RandomWord", "x: 1", r#""text.lorem""#),
    ("RandomYearString", "x: 1", ""),
    ("RealAddress", "columns: [{name: c, template: \"{{.City}}\"}]", r#""address.city""#),
    ("RealAddress", "columns: [{name: c, template: \"{{.Address}}\"}]", r#""address.street""#),
    ("RealAddress", "columns: [{name: c, template: \"{{.PostalCode}}\"}]", r#""address.postcode""#),
    ("RealAddress", "columns: [{name: c, template: \"{{.State}}\"}]", r#""address.state""#),
    (
        "RealAddress",
        "columns: [{name: c, template: \"{{.Latitude}}\"}]",
        r#"{ mask = "number.range", range = [-90, 90] }"#,
    ),
    ("RealAddress", "columns: [{name: c, template: \"{{.Address}}, {{.City}}\"}]", r#""address.full""#),
    ("RealAddress", "columns: [{name: c, template: x}]", "! nothing"),
    ("RegexpReplace", "regexp: x, replace: y", r#"! "text.shape""#),
    ("Replace", "value: 5", r#"{ mask = "constant", value = "5" }"#),
    ("Replace", "value: x, keep_null: false", r#"{ mask = "constant", value = "x", nulls = "mask" }"#),
    ("Replace", "x: 1", "! nothing"),
    ("SetNull", "x: 1", r#""null""#),
    (
        "Json",
        "operations: [{operation: set, path: a.b.0, value: x}, {operation: delete, path: c}]",
        r#"{ mask = "json", paths = { "$['a']['b'][0]" = { mask = "constant", value = "x" }, "$['c']" = "null" }, rest = "text.redact" }"#,
    ),
    (
        "Json",
        "operations: [{operation: set, path: \"a.@x\", value: x}]",
        r#"! { mask = "json", paths = {}, rest = "text.redact" }"#,
    ),
    (
        "Json",
        "operations: [{operation: set, path: a, value_template: x}]",
        r#"! { mask = "json", paths = {}, rest = "text.redact" }"#,
    ),
    ("Template", "template: x", "! nothing"),
    ("TemplateRecord", "columns: [c], template: x", "! nothing"),
];

fn options() -> Options {
    Options { key_column: Some("id".to_owned()) }
}

fn import(text: &str) -> Import {
    greenmask("policy.yml", text, &options()).unwrap()
}

/// A policy of one transformer on the column `c`, with further lines of its entry.
fn one(name: &str, parameters: &str, more: &str) -> Import {
    let column = if parameters.contains("columns:") { "" } else { "column: c, " };
    import(&format!(
        "dump:\n  transformation:\n    - schema: public\n      name: t\n      transformers:\n        - name: {name}\n          params: {{{column}{parameters}}}\n{more}"
    ))
}

#[test]
fn every_transformer_of_the_manual_is_translated_or_told() {
    for name in MANUAL {
        assert!(CASES.iter().any(|(known, ..)| *known == name), "{name} is not among the cases");
    }
    for (name, parameters, expected) in CASES {
        assert!(MANUAL.contains(name), "{name} is not in the manual");
        let import = one(name, parameters, "");
        let became = became(&import, "c");
        if expected.is_empty() {
            assert!(became.starts_with("{ mask = \"choice.pick\", values = ["), "{name}: {became}");
        } else {
            assert_eq!(became, *expected, "{name} {parameters}\n{}", told(&import));
        }
        assert!(!told(&import).contains("program of the site's own, or"), "{name} is unknown");
    }
}

#[test]
fn a_gap_says_where_it_stands_and_what_stands_for_it() {
    let import = one("RegexpReplace", "regexp: hunter2, replace: hunter2", "");
    assert_eq!(
        told(&import),
        "policy.yml:6:11: t(c): RegexpReplace(regexp=…, replace=…): waxwork has no replacement by pattern; text.shape masks the column meanwhile"
    );
    let left = one("Cmd", "columns: [{name: c}], executable: hunter2, args: [hunter2]", "");
    assert!(told(&left).contains("t(c): Cmd(executable=…, args=…): it runs a program"), "{}", told(&left));
    assert!(told(&left).contains("left out, so that waxwork refuses the column"), "{}", told(&left));
    assert!(
        left.rules.contains("# c has no rule: Cmd(executable=…, args=…): it runs a program"),
        "{}",
        left.rules
    );
    assert!(!left.rules.contains("hunter2") && !import.rules.contains("hunter2"));
}

#[test]
fn without_the_key_column_what_needs_it_is_told() {
    let text = "dump: {transformation: [{name: t, transformers: [{name: RandomBool, params: {column: c}}]}]}";
    let import = greenmask("policy.yml", text, &Options::default()).unwrap();
    assert_eq!(became(&import, "c"), "! nothing");
    assert!(told(&import).contains("--key-column"), "{}", told(&import));
}

#[test]
fn what_is_applied_for_references_is_a_key() {
    let import = one("RandomInt", "min: 1, max: 10", "          apply_for_references: true\n");
    assert_eq!(became(&import, "c"), r#""id.permute""#);
    let mail = one("RandomEmail", "engine: hash", "          apply_for_references: true\n");
    assert_eq!(became(&mail, "c"), r#""contact.email""#);
}

#[test]
fn a_condition_keeps_only_rows_of_which_it_is_known_not_to_hold() {
    let import = one("RandomEmail", "engine: hash", "          when: 'record.country == \"DE\"'\n");
    let expected = r#"[{ keep = "Greenmask's condition leaves these rows as they are", when = "not (country = 'DE')" }, "contact.email"]"#;
    assert_eq!(became(&import, "c"), expected);
}

#[test]
fn conditions_of_table_and_transformer_hold_together() {
    let more = "          when: 'record.a == 1'\n      when: 'record.b == 2'\n";
    let import = one("RandomEmail", "engine: hash", more);
    assert!(became(&import, "c").contains("when = \"not ((b = 2) and (a = 1))\""), "{}", import.rules);
}

#[test]
fn a_condition_that_does_not_fit_masks_every_row() {
    let import = one("RandomEmail", "engine: hash", "          when: 'record.at > now()'\n");
    assert_eq!(became(&import, "c"), r#"! "contact.email""#);
    assert!(told(&import).contains("every row is masked"), "{}", told(&import));
}

#[test]
fn a_condition_on_what_another_transformer_has_made_masks_every_row() {
    let policy = |when: &str| {
        import(&format!(
            "dump: {{transformation: [{{name: t, transformers: [{{name: RandomChoice, params: {{column: kind, values: [a, b]}}}}, {{name: SetNull, {when} params: {{column: c}}}}]}}]}}"
        ))
    };
    let changed = policy("when: 'record.kind == \"a\"',");
    assert_eq!(became(&changed, "c"), r#"! "null""#);
    assert!(told(&changed).contains("another transformer has made"), "{}", told(&changed));
    assert!(became(&policy("when: 'record.other == \"a\"',"), "c").starts_with("[{ keep"));
}

#[test]
fn a_condition_keeps_no_row_that_an_untranslated_transformer_masked() {
    let second = "        - {name: SetNull, when: record.gone, params: {column: c}}\n";
    let import = one("Template", "template: x", second);
    assert_eq!(became(&import, "c"), "! nothing");
    assert!(told(&import).contains("what masks the others could not be translated"), "{}", told(&import));
}

#[test]
fn several_transformers_of_a_column_are_a_list_or_the_last_of_them() {
    let second = |when: &str| format!("        - name: SetNull\n          params: {{column: c}}\n{when}");
    let last = one("RandomEmail", "x: 1", &second(""));
    assert_eq!(became(&last, "c"), r#""null""#);
    assert_eq!(notes(&last, "c"), ["the last of several transformers decides"]);
    let list = one("RandomEmail", "x: 1", &second("          when: 'record.gone'\n"));
    assert_eq!(became(&list, "c"), r#"[{ mask = "null", when = "gone" }, "contact.email"]"#);
}

#[test]
fn parameters_of_other_columns_are_told_but_a_gender_is_taken() {
    let columns = "columns: [{name: c, template: \"{{ .FirstName }}\"}]";
    let import = one("RandomPerson", columns, "          dynamic_params: {gender: {column: sex}}\n");
    assert_eq!(became(&import, "c"), r#"{ mask = "person.first_name", by = "id", gender = "sex" }"#);
    let import = one(
        "RandomDate",
        "min: \"2020-01-01\", max: \"2021-01-01\"",
        "          dynamic_params: {min: {column: x}}\n",
    );
    assert!(became(&import, "c").starts_with("! { mask = \"date.range\""), "{}", import.rules);
}

#[test]
fn one_subset_condition_is_a_seed_and_all_else_comes_whole() {
    let import = one("SetNull", "x: 1", "      subset_conds: [\"public.t.a > 1\", \"public.t.b = 'x'\"]\n");
    assert!(
        import.rules.contains(r#"seed = [{ table = "t", where = "(a > 1) and (b = 'x')" }]"#),
        "{}",
        import.rules
    );
    assert!(import.rules.contains("lookup_rows = 9223372036854775807"), "{}", import.rules);
    assert_eq!(told(&import), "");
    let asking = one("SetNull", "x: 1", "      subset_conds: [\"a in (select b from u)\"]\n");
    assert!(!asking.rules.contains("[subset]"), "{}", asking.rules);
    assert!(told(&asking).contains("no condition over the table's own columns"), "{}", told(&asking));
}

#[test]
fn several_subset_conditions_cut_one_another_there_and_are_told() {
    let table = |name: &str| format!("{{name: {name}, subset_conds: [\"a > 1\"]}}");
    let import = import(&format!("dump: {{transformation: [{}, {}]}}", table("t"), table("u")));
    assert!(!import.rules.contains("[subset]"), "{}", import.rules);
    assert_eq!(import.gaps.len(), 2, "{}", told(&import));
}

#[test]
fn virtual_references_go_by_the_key_column() {
    let text = |columns: &str| {
        format!(
            "dump:\n  transformation: []\n  virtual_references:\n    - {{schema: s, name: note, references: [{{schema: s, name: Post, columns: {columns}, polymorphic_exprs: [\"s.note.kind = 'it''s'\"]}}]}}\n"
        )
    };
    let found = import(&text("[{name: owner_id}]")).rules;
    assert!(found.contains("child = \"s.note(owner_id)\""), "{found}");
    assert!(found.contains("parent = 's.\"Post\"(id)'"), "{found}");
    assert!(found.contains("when = { kind = \"it's\" }"), "{found}");
    for columns in ["[{expression: \"a::int\"}]", "[{name: a}, {name: b}]"] {
        let import = import(&text(columns));
        assert_eq!(import.gaps.len(), 1, "{}", import.rules);
        assert!(!import.rules.contains("[[reference]]"), "{}", import.rules);
    }
}

#[test]
fn tables_without_data_have_no_rows_and_filters_of_pg_dump_are_told() {
    let text = "dump:\n  transformation: []\n  pg_dump_options:\n    dbname: \"host=h password=hunter2\"\n    exclude-table-data: [\"app.Log\", \"a*\"]\n    schema: app\n";
    let import = import(text);
    assert!(import.rules.contains("[table.\"app.log\"]\nrows = \"none\"\n"), "{}", import.rules);
    assert_eq!(import.gaps.len(), 2, "{}", told(&import));
    assert!(!format!("{}{}", import.rules, told(&import)).contains("hunter2"));
}

#[test]
fn settings_that_greenmask_does_not_have_are_told() {
    let import = one("SetNull", "x: 1", "          wen: x\n      transformer: []\n");
    assert!(told(&import).contains("wen") && told(&import).contains("t: transformer:"), "{}", told(&import));
}

#[test]
fn a_file_of_another_kind_is_refused() {
    let error = greenmask("policy.yml", "transformations: []\n", &options()).unwrap_err();
    assert!(
        error[0].to_string().contains("policy.yml:1:1")
            && error[0].to_string().contains("dump.transformation")
    );
    assert!(greenmask("policy.yml", "", &options()).is_err());
    assert!(rule(&import("dump: {transformation: []}"), "c").is_none());
}
