//! PostgreSQL Anonymizer: every masking function of its manual, and labels in the spellings of scripts.

use crate::support::{became, rule, told};
use waxwork_core::ident::QualifiedName;
use waxwork_import::{DEFAULT_POLICY, Import, Label, Labelled, Options, anon, anon_labels};

/// The functions of `masking_functions.md`, 2.1, and those of earlier versions.
const MANUAL: &str = "
    noise dnoise random_date random_string random_zip random_phone random_hash random_date_between random_int_between
    random_bigint_between random_in random_in_enum random_in_int4range random_in_int8range random_in_numrange
    random_in_daterange random_in_tsrange random_in_tstzrange random_id random_id_int random_id_small_int
    fake_address fake_city fake_country fake_company fake_email fake_first_name fake_iban fake_last_name fake_postcode
    fake_siret lorem_ipsum dummy_bic dummy_bs dummy_bs_adj dummy_bs_noun dummy_bs_verb dummy_building_number
    dummy_buzzword dummy_buzzword_middle dummy_buzzword_tail dummy_catchphrase dummy_cell_number dummy_city_name
    dummy_city_prefix dummy_city_suffix dummy_color dummy_company_name dummy_company_suffix dummy_country_code
    dummy_country_name dummy_credit_card_number dummy_currency_code dummy_currency_name dummy_currency_symbol
    dummy_dir_path dummy_domain_suffix dummy_file_extension dummy_file_name dummy_file_path dummy_first_name
    dummy_free_email dummy_free_email_provider dummy_health_insurance_code dummy_hex_color dummy_hsl_color
    dummy_hsla_color dummy_industry dummy_ip dummy_ipv4 dummy_ipv6 dummy_isbn dummy_isbn13 dummy_isin dummy_last_name
    dummy_latitude dummy_licence_plate dummy_longitude dummy_mac_address dummy_name dummy_name_with_title
    dummy_phone_number dummy_post_code dummy_profession dummy_rfc_status_code dummy_rgb_color dummy_rgba_color
    dummy_safe_email dummy_secondary_address dummy_secondary_address_type dummy_state_abbr dummy_state_name
    dummy_street_name dummy_street_suffix dummy_suffix dummy_timezone dummy_title dummy_user_agent dummy_username
    dummy_uuidv1 dummy_uuidv3 dummy_uuidv4 dummy_uuidv5 dummy_valid_statux_code dummy_word dummy_words dummy_zip_code
    pseudo_first_name pseudo_last_name pseudo_email pseudo_city pseudo_country pseudo_company pseudo_iban pseudo_siret
    digest hash partial partial_email ternary generalize_int4range generalize_int8range generalize_numrange
    generalize_tsrange generalize_tstzrange generalize_daterange image_blur random_number_with_format
    random_phone_with_format random_time concat date_add date_part date_subtract date_trunc left lower md5
    regexp_replace replace right substr to_char upper";

/// Labels on the column `c`, and what becomes of them.
const CASES: &[(&str, &str)] = &[
    ("MASKED WITH FUNCTION anon.noise(c, 0.33)", r#"{ mask = "number.noise", percent = 33 }"#),
    ("MASKED WITH FUNCTION anon.noise(c, f())", r#"! { mask = "number.noise", percent = 10 }"#),
    ("MASKED WITH FUNCTION anon.dnoise(c, '2 years'::interval)", r#"{ mask = "date.shift", days = 731 }"#),
    (
        "MASKED WITH FUNCTION anon.random_date()",
        r#"{ mask = "date.range", from = 1900-01-01, to = 2025-12-31 }"#,
    ),
    (
        "MASKED WITH FUNCTION anon.random_date_between('2020-01-01', $$2020-06-30$$)",
        r#"{ mask = "date.range", from = 2020-01-01, to = 2020-06-30 }"#,
    ),
    (
        "MASKED WITH FUNCTION anon.random_date_between('2020-01-01', now())",
        r#"! { mask = "date.shift", days = 30 }"#,
    ),
    ("MASKED WITH FUNCTION anon.random_int_between(-3, 9)", r#"{ mask = "number.range", range = [-3, 9] }"#),
    (
        "MASKED WITH FUNCTION anon.random_in(ARRAY['red','blue'])",
        r#"{ mask = "choice.pick", values = ["red", "blue"], by = "id" }"#,
    ),
    ("MASKED WITH FUNCTION anon.random_in(ARRAY[f()])", "! nothing"),
    ("MASKED WITH FUNCTION anon.random_in_enum(c)", r#"{ mask = "enum.random", by = "id" }"#),
    (
        "MASKED WITH FUNCTION anon.random_in_int8range('(1,5)')",
        r#"{ mask = "number.range", range = [2, 4] }"#,
    ),
    (
        "MASKED WITH FUNCTION anon.random_in_numrange('[0.5,2.5]')",
        r#"{ mask = "number.range", range = [1, 2] }"#,
    ),
    ("MASKED WITH FUNCTION anon.random_in_int4range('[5,)')", "! nothing"),
    (
        "MASKED WITH FUNCTION anon.random_in_tsrange('[2022-10-01,2022-10-31]')",
        r#"{ mask = "date.range", from = 2022-10-01, to = 2022-10-31 }"#,
    ),
    ("MASKED WITH FUNCTION anon.random_id()", r#""id.permute""#),
    ("MASKED WITH FUNCTION anon.fake_email()", r#""contact.email""#),
    ("masked  with\nfunction anon.fake_last_name()::varchar(10)", r#""person.last_name""#),
    (
        "MASKED WITH FUNCTION anon.dummy_last_name_locale('fr_FR')",
        r#"{ mask = "person.last_name", locale = "fr_FR" }"#,
    ),
    (
        "MASKED WITH FUNCTION anon.dummy_color_locale('fr_FR')",
        r#"{ mask = "choice.pick", values = ["Blue", "Green", "Orange", "Red", "White", "Yellow"], by = "id" }"#,
    ),
    ("MASKED WITH FUNCTION anon.dummy_title()", r#"{ mask = "person.title", by = "id" }"#),
    (
        "MASKED WITH FUNCTION anon.pseudo_email(users.login, 'hunter2')",
        r#"{ mask = "contact.email", by = "login" }"#,
    ),
    ("MASKED WITH FUNCTION anon.pseudo_email(c)", r#""contact.email""#),
    ("MASKED WITH FUNCTION anon.hash(c)", r#""secret.token""#),
    ("MASKED WITH FUNCTION anon.left(anon.digest(c, 'hunter2', 'md5'), 12)", r#""secret.token""#),
    ("MASKED WITH FUNCTION anon.left(c, 2)", r#"{ mask = "text.partial", keep_first = 2, keep_last = 0 }"#),
    ("MASKED WITH FUNCTION anon.right(c, 2)", r#"{ mask = "text.partial", keep_last = 2, keep_first = 0 }"#),
    ("MASKED WITH FUNCTION anon.upper(c)", "! nothing"),
    ("MASKED WITH FUNCTION anon.concat(c, anon.fake_city())", "! nothing"),
    (
        "MASKED WITH FUNCTION anon.partial(c, 1, $$xxxx$$, 3)",
        r#"{ mask = "text.partial", keep_first = 1, keep_last = 3, fill = "x" }"#,
    ),
    ("MASKED WITH FUNCTION anon.partial(c, f(), 'x', 3)", r#"! "text.redact""#),
    ("MASKED WITH FUNCTION anon.partial_email(c)", r#""contact.email""#),
    (
        "MASKED WITH FUNCTION anon.ternary(score IS NULL, NULL, anon.random_int_between(0,100))",
        r#"[{ mask = "null", when = "score IS NULL" }, { mask = "number.range", range = [0, 100] }]"#,
    ),
    (
        "MASKED WITH FUNCTION anon.ternary(id > 1000, NULL::TEXT, c)",
        r#"[{ mask = "null", when = "id > 1000" }, { keep = "the policy's ternary leaves it as it is" }]"#,
    ),
    ("MASKED WITH FUNCTION anon.ternary(f(id), NULL, c)", "! nothing"),
    ("MASKED WITH FUNCTION anon.ternary(id > 1, f(c), c)", "! nothing"),
    ("MASKED WITH FUNCTION anon.generalize_int4range(c, 100)", r#"{ mask = "number.round", to = 100 }"#),
    ("MASKED WITH FUNCTION anon.generalize_tsrange(c, 'year')", r#"{ mask = "date.truncate", to = "year" }"#),
    ("MASKED WITH FUNCTION anon.date_trunc('week', c)", r#"! { mask = "date.shift", days = 30 }"#),
    ("MASKED WITH FUNCTION anon.image_blur(c, 1.0)", r#"! "bytes.blank""#),
    ("MASKED WITH FUNCTION ours.mask(c)", "! nothing"),
    ("MASKED WITH FUNCTION anon.fake_email() || 'hunter2'", "! nothing"),
    ("MASKED WITH VALUE NULL", r#""null""#),
    (
        "MASKED WITH VALUE $$CONFIDENTIAL$$",
        r#"{ mask = "constant", value = "CONFIDENTIAL", nulls = "mask" }"#,
    ),
    ("MASKED WITH VALUE -1", r#"{ mask = "constant", value = "-1", nulls = "mask" }"#),
    ("MASKED WITH VALUE true", r#"{ mask = "constant", value = "true", nulls = "mask" }"#),
    ("MASKED WITH VALUE now()", "! nothing"),
    ("NOT MASKED", r#"{ keep = "the policy says NOT MASKED" }"#),
    ("QUASI IDENTIFIER", "nothing"),
    ("MASKED WITH MAGIC", "! nothing"),
];

fn options() -> Options {
    Options { key_column: Some("id".to_owned()) }
}

fn import(sql: &str) -> Import {
    let import = anon("schema.sql", sql, DEFAULT_POLICY, &options()).unwrap();
    assert!(!format!("{}{}", import.rules, told(&import)).contains("hunter2"), "{}", import.rules);
    import
}

fn labelled(label: &str) -> Import {
    import(&format!("SECURITY LABEL FOR anon ON COLUMN public.t.c IS '{}';", label.replace('\'', "''")))
}

#[test]
fn a_function_of_another_columns_value_is_no_mask_of_this_one() {
    let functions = [
        "generalize_daterange(birth)",
        "generalize_daterange(birth, 'month')",
        "generalize_tsrange(users.birth, 'year')",
        "generalize_tstzrange(birth, 'year')",
        "generalize_int4range(score, 10)",
        "generalize_int8range(val := score, step := 10)",
        "generalize_numrange(score)",
        "date_trunc('year', birth)",
        "noise(score, 0.3)",
        "dnoise(birth, '2 years'::interval)",
        "partial(phone, 2, '**', 2)",
        "partial_email(mail)",
        "hash(mail)",
        "digest(mail, 'salt', 'md5')",
        "md5(mail)",
        "left(mail, 2)",
    ];
    for function in functions {
        let label = format!("MASKED WITH FUNCTION anon.{function}");
        assert_eq!(became(&labelled(&label), "c"), "! nothing", "{function}");
    }
}

#[test]
fn labels_become_rules() {
    for (label, expected) in CASES {
        let import = labelled(label);
        assert_eq!(became(&import, "c"), *expected, "{label}: {}", told(&import));
    }
}

#[test]
fn every_function_of_the_manual_is_known() {
    for name in MANUAL.split_whitespace() {
        let arguments = match name {
            "ternary" => "a, NULL, NULL",
            _ => "",
        };
        for suffix in ["", if name.starts_with("dummy_") { "_locale" } else { "" }] {
            let import = labelled(&format!("MASKED WITH FUNCTION anon.{name}{suffix}({arguments})"));
            assert!(!told(&import).contains("does not know"), "{name}");
            assert!(rule(&import, "c").is_some() || !import.gaps.is_empty(), "{name}");
        }
    }
    assert!(told(&labelled("MASKED WITH FUNCTION anon.fake_mood()")).contains("does not know"));
}

#[test]
fn labels_stand_among_statements_in_the_spellings_of_scripts() {
    let sql = r#"\restrict aBc'
-- SECURITY LABEL FOR anon ON COLUMN t.a IS 'MASKED WITH VALUE 1';
/* SECURITY LABEL FOR anon ON COLUMN t.a IS 'MASKED WITH VALUE 1'; */
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'SECURITY LABEL'; SELECT 1; $$;
COPY public.t (a) FROM stdin;
it's; SECURITY LABEL FOR anon ON COLUMN t.a IS 'MASKED WITH VALUE 1';
\.
INSERT INTO t VALUES ('SECURITY LABEL FOR anon ON COLUMN t.a IS NULL;');
SECURITY LABEL FOR anon ON COLUMN app."My Table".b IS E'MASKED WITH VALUE \'x\'';
security label for "anon" on column c.d.e.f is $l$MASKED WITH VALUE $$y$$$l$;
SECURITY LABEL ON COLUMN g IS 'MASKED WITH VALUE 1';
SECURITY LABEL FOR anon ON COLUMN u.gone IS 'MASKED WITH VALUE NULL';
SECURITY LABEL FOR anon ON COLUMN u.gone IS NULL;
SECURITY LABEL FOR anon ON COLUMN u.twice IS 'MASKED WITH VALUE NULL';
SECURITY LABEL FOR anon ON COLUMN public.u.twice IS 'MASKED WITH VALUE 2';
SECURITY LABEL FOR selinux ON TABLE t IS 'system_u:object_r:sepgsql_table_t:s0';
SECURITY LABEL FOR anon ON ROLE joe IS 'MASKED';
SECURITY LABEL FOR anon ON FUNCTION anon.f(a text, b int) IS 'TRUSTED';
SECURITY LABEL FOR anon ON SCHEMA ours IS 'TRUSTED'"#;
    let import = import(sql);
    let tables: Vec<&str> = import.rules.lines().filter(|line| line.starts_with('[')).collect();
    assert_eq!(tables, ["[table.'app.\"My Table\"']", "[table.\"d.e\"]", "[table.u]"]);
    assert_eq!(rule(&import, "b").unwrap(), r#"{ mask = "constant", value = "x", nulls = "mask" }"#);
    assert_eq!(rule(&import, "f").unwrap(), r#"{ mask = "constant", value = "y", nulls = "mask" }"#);
    assert_eq!(rule(&import, "twice").unwrap(), r#"{ mask = "constant", value = "2", nulls = "mask" }"#);
    assert!(!import.rules.contains("gone"));
    assert_eq!(told(&import), "");
}

#[test]
fn backslashes_escape_where_the_script_says_so() {
    let label = r"SECURITY LABEL FOR anon ON COLUMN t.c IS 'MASKED WITH VALUE \'x\'';";
    let import = import(&format!("SET standard_conforming_strings = off;\n{label}"));
    assert_eq!(rule(&import, "c").unwrap(), r#"{ mask = "constant", value = "x", nulls = "mask" }"#);
}

#[test]
fn another_policy_is_read_by_its_name() {
    let sql = "SECURITY LABEL FOR devtests ON COLUMN t.c IS 'MASKED WITH VALUE NULL';";
    assert_eq!(became(&anon("f", sql, "devtests", &options()).unwrap(), "c"), "\"null\"");
    let error = anon("f", sql, DEFAULT_POLICY, &options()).unwrap_err();
    assert!(error[0].to_string().contains("holds no masking policy"), "{}", error[0]);
}

#[test]
fn a_sample_of_one_table_is_a_seed_and_others_are_told() {
    let one = "SECURITY LABEL FOR anon ON TABLE log IS 'TABLESAMPLE BERNOULLI(12.5)';";
    let import = import(one);
    assert!(import.rules.contains("seed = [{ table = \"log\", percent = 12.5 }]"), "{}", import.rules);
    for more in [
        "SECURITY LABEL FOR anon ON DATABASE app IS 'TABLESAMPLE SYSTEM(33)';",
        "SECURITY LABEL FOR anon ON TABLE u IS 'TABLESAMPLE ours(33)';",
    ] {
        assert_eq!(self::import(&format!("{one}{more}")).gaps.len(), 1, "{more}");
    }
    let two = format!("{one}SECURITY LABEL FOR anon ON TABLE u IS 'TABLESAMPLE SYSTEM(5)';");
    assert_eq!(self::import(&two).gaps.len(), 2);
}

#[test]
fn what_is_not_sql_is_told_with_its_place_and_without_what_stands_there() {
    for sql in [
        "SELECT 1;\nSECURITY LABEL FOR anon ON COLUMN t.c IS 'hunter2",
        "SELECT 1;\nSECURITY LABEL FOR anon ON COLUMN t.c IS hunter2;",
        "SELECT 1;\nSECURITY LABEL hunter2;",
        "SELECT 1;\n$hunter2$",
        "SELECT 1;\n/* hunter2",
    ] {
        let told = anon("schema.sql", sql, DEFAULT_POLICY, &options()).unwrap_err()[0].to_string();
        assert!(told.contains("schema.sql:2:") && !told.contains("hunter2"), "{sql}: {told}");
    }
}

#[test]
fn labels_of_a_catalog_have_no_places() {
    let table = QualifiedName::new("public", "t");
    let label =
        |text: &str| Label { object: Labelled::Column(table.clone(), "c".to_owned()), text: text.to_owned() };
    let import = anon_labels(&[label("MASKED WITH FUNCTION ours.f(c)")], &options()).unwrap();
    assert!(told(&import).starts_with("t(c): f(c): it is a function of the site's own"), "{}", told(&import));
}
