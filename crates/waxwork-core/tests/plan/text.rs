//! The plan's text and its hash.

use crate::schema::catalog;
use crate::{compile, plan};
use expect_test::{Expect, expect};
use waxwork_core::catalog::Estimate;
use waxwork_core::diagnostic::Class;
use waxwork_core::plan::Plan;
use waxwork_core::rules::RuleFile;

const SCHEMA: &str = "
    table tenant
      id int4 not null
      slug varchar(40) not null
      primary key id
      unique slug
    table customer
      id int8 not null
      tenant_id int4 not null
      email citext
      born date
      doc jsonb
      secret varchar(12)
      full text generated from email
      primary key id
      foreign key tenant_id tenant id
    table note
      on_kind text
      on_id int8
      at timestamptz
      partition by r at
    partition note_24 of note FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2025-01-01 00:00:00+00')
    table audit
      what text
    sequence customer_id_seq customer id 1 9223372036854775807
    sequence free_seq
";

const RULES: &str = "
[[reference]]
child = \"note(on_id)\"
parent = \"customer(id)\"
when = { on_kind = \"Customer\" }

[subset]
seed = [{ table = \"tenant\", percent = 2.5, where = \"slug <> 'x'\" }]
[subset.reference]
\"customer(tenant_id)\" = { limit = 20, where = \"born is not null\" }

[table.tenant]
id = { keep = \"a small number\" }
slug = \"secret.token\"
[table.customer]
id = \"id.permute\"
email = \"contact.email\"
born = { mask = \"date.shift\", days = 9, by = \"id\" }
doc = { mask = \"json\", paths = { \"$.mails[*]\" = \"contact.email\", \"$.x\" = \"null\" }, rest = \"keep\" }
secret = { mask = \"constant\", value = \"hunter2\" }
[table.note]
on_kind = { keep = \"three words\" }
at = { mask = \"date.shift\", days = 2 }
[table.audit]
rows = \"none\"
";

/// The text of the plan that these rules make.
#[track_caller]
fn check(schema: &str, rules: &str, expected: Expect) {
    let (catalog, plan) = plan(schema, rules);
    expected.assert_eq(&plan.to_text(&catalog));
}

#[test]
fn the_text_tells_every_decision_and_its_reason() {
    check(
        SCHEMA,
        RULES,
        expect![[r#"
            waxwork plan 1

            subset: lookup tables up to 1000 rows
              seed public.tenant: 2.5 percent where (11 bytes)

            table public.tenant
              rows subset
              id    keep "a small number" (rule)
              slug  secret.token, injective, at most 40 characters (rule)

            table public.customer
              rows subset
              id         id.permute in public.customer(id), injective, [-65536, 9223372036837933054] to [16777217, 9223372036854775807] (rule)
              tenant_id  keep "its key public.tenant(id) is kept" (follows public.tenant(id))
              email      contact.email (rule)
              born       date.shift in date.shift days=9, by id (public.customer(id)) (rule)
              doc        json (rule)
                $.mails[*]: contact.email
                $.x: null
                rest: keep
              secret     constant, at most 12 characters, a value of 7 characters (rule)

            table public.note
              rows subset
              loads through its root: a partition key is masked
              on_kind  keep "three words" (rule)
              on_id    cases (follows public.customer(id))
                when on_kind = "Customer": id.permute in public.customer(id), injective, [-65536, 9223372036837933054] to [16777217, 9223372036854775807]
                otherwise: id.permute in public.note(on_id), [-65536, 9223372036837933054] to [16777217, 9223372036854775807]
              at       date.shift in date.shift days=2, inside its partitions [757382400000000, 789004800000000) (rule)

            table public.audit
              rows none

            reference public.customer(tenant_id) -> public.tenant: pulls its parent, children followed, limit 20, where (16 bytes)
            reference public.note(on_id) -> public.customer: when on_kind = "Customer", pulls its parent, children followed, not valid

            domain contact.email
              public.customer(email)
              public.customer(doc) at $.mails[*]

            domain date.shift days=2
              public.note(at)

            domain date.shift days=9
              public.customer(born)

            domain public.customer(id)
              injective: public.customer(id) under primary key customer_pkey
              public.customer(id)
              public.note(on_id)

            domain public.note(on_id)
              public.note(on_id)

            domain secret.token
              injective: public.tenant(slug) under unique key tenant_key1
              at most 40 characters: public.tenant(slug)
              public.tenant(slug)

            sequence public.customer_id_seq: starts at 1
            sequence public.free_seq: as in the source
        "#]],
    );
}

#[test]
fn conditions_and_constants_are_not_shown_and_change_the_hash() {
    let hash = |rules: &str| {
        let (catalog, plan) = plan(SCHEMA, rules);
        (plan.to_text(&catalog), plan.hash(&catalog))
    };
    let (text, first) = hash(RULES);
    assert!(!text.contains("hunter") && !text.contains("slug <>") && !text.contains("not null"));
    for (from, to) in
        [("hunter2", "hunter3"), ("slug <> 'x'", "slug <> 'y'"), ("born is not null", "born is NOT null")]
    {
        let (same, other) = hash(&RULES.replace(from, to));
        assert_eq!(text, same, "{from}");
        assert_ne!(first, other, "{from}");
    }
    let (_, other) = hash(&RULES.replace("limit = 20", "limit = 21"));
    assert_ne!(first, other);
}

#[test]
fn a_password_is_in_neither_text_nor_hash_nor_debug() {
    let rule = |password: &str| {
        let rules = format!("[table.a]\nn = {{ mask = \"secret.password\", password = {password} }}");
        let (catalog, found) = plan("table a\n  n text", &rules);
        let text = found.to_text(&catalog);
        assert!(!text.contains("hunter") && !format!("{found:?}").contains("hunter"), "{text}");
        (text, found.hash(&catalog))
    };
    let (text, hash) = rule("\"hunter2\"");
    assert!(text.contains("n  secret.password, a password stated by the rule (rule)"), "{text}");
    assert_eq!(rule("\"hunter3\"").1, hash);
    let (text, _) = rule("{ env = \"STAGING\" }");
    assert!(
        text.contains("n  secret.password, a password of environment variable \"STAGING\" (rule)"),
        "{text}"
    );
}

#[test]
fn a_reason_is_shown_as_a_sentence() {
    let rules = "[large_objects]\nrows = \"referenced\"\nreason = \"Scans, of \\\"drawings\\\" alone\"\n[table.a]\nn = \
        { keep = \"n\" }";
    let (catalog, found) = plan("table a\n  n int4", rules);
    let line = "large objects that kept columns point at: keep \"Scans, of \\\"drawings\\\" alone\"\n";
    assert!(found.to_text(&catalog).contains(line), "{}", found.to_text(&catalog));
}

#[test]
fn options_that_a_domains_name_hides_change_the_hash() {
    let schema = "
        table a
          born date
          name text
          plate text
          pay int4
          doc jsonb
    ";
    let rules = "
        [table.a]
        born = { mask = \"date.shift\", days = 3, domain = \"d\" }
        name = { mask = \"person.full_name\", locale = \"de_DE\", domain = \"n\" }
        plate = { mask = \"id.permute\", alphabet = \"0123456789\", domain = \"p\" }
        pay = { mask = \"number.noise\", percent = 5, domain = \"m\" }
        doc = { mask = \"json\", paths = { \"$.x\" = { mask = \"number.noise\", percent = 7, domain = \"x\" } }, rest = \"keep\" }
    ";
    let hash = |rules: &str| {
        let (catalog, plan) = plan(schema, rules);
        plan.hash(&catalog)
    };
    for (from, to) in [
        ("days = 3", "days = 300"),
        ("de_DE", "fr_FR"),
        ("0123456789", "abcdefghij"),
        ("percent = 5", "percent = 50"),
        ("percent = 7", "percent = 70"),
    ] {
        assert_ne!(hash(rules), hash(&rules.replace(from, to)), "{from}");
    }
}

#[test]
fn a_comment_in_the_rules_changes_neither_text_nor_hash() {
    // With a warning, which has a place too.
    let rules = RULES.replace("[table.audit]", "[table.free]\nn = \"number.noise\"\n[table.audit]");
    let schema = format!("{SCHEMA}\n    table free\n      n int4\n      check positive reads n");
    let (catalog, before) = plan(&schema, &rules);
    let (_, after) = plan(&schema, &format!("# one\n\n# two\n{rules}"));
    assert!(!before.warnings.is_empty());
    assert_eq!(before.to_text(&catalog), after.to_text(&catalog));
    assert_eq!(before.hash(&catalog), after.hash(&catalog));
    assert!(!before.to_text(&catalog).contains("rules.toml"));
}

#[test]
fn the_plan_does_not_depend_on_rows() {
    let mut catalog = catalog(SCHEMA);
    let file = RuleFile::parse("rules.toml", &format!("version = 1\n{RULES}")).unwrap();
    let before = Plan::compile(&file, &catalog).unwrap();
    let text = before.to_text(&catalog);
    for table in &mut catalog.tables {
        table.estimate = Estimate { rows: 5_000_000, bytes: 1 << 40, pages: 1 << 27 };
    }
    for sequence in &mut catalog.sequences {
        sequence.last_value = 4_000_000;
    }
    let after = Plan::compile(&file, &catalog).unwrap();
    assert_eq!(after.to_text(&catalog), text);
    assert_eq!(after.hash(&catalog), before.hash(&catalog));
}

#[test]
fn every_error_is_told_in_one_run_rules_first_and_by_line() {
    let rules = "
        [[reference]]
        child = \"note(on_id)\"
        parent = \"custmer(id)\"
        [table.tenant]
        id = \"text.redact\"
        slg = \"secret.token\"
        slug = { mask = \"person.username\", locale = \"de_DE\" }
        [table.customer]
        id = { keep = \"n\" }
        tenant_id = { keep = \"n\" }
        born = { mask = \"date.shift\", by = \"tenantid\" }
        secret = { mask = \"constant\", value = \"longer than twelve\" }
        [table.note]
        on_kind = \"null\"
        at = \"number.noise\"
        [table.audit]
        rows = \"none\"
    ";
    let (_, found) = compile(SCHEMA, rules);
    let found: Vec<(Class, u32, &str)> = found
        .as_ref()
        .unwrap_err()
        .iter()
        .map(|found| (found.class, found.location.as_ref().map_or(0, |location| location.line), found.code))
        .collect();
    assert_eq!(
        found,
        [
            (Class::Rule, 5, "unknown_table"),
            (Class::Rule, 7, "mask_does_not_hold_type"),
            (Class::Rule, 8, "unknown_column"),
            (Class::Rule, 12, "rule_differs_from_key"),
            (Class::Rule, 13, "unknown_by"),
            (Class::Rule, 14, "constant_does_not_fit"),
            (Class::Rule, 17, "mask_does_not_hold_type"),
            (Class::Unlisted, 0, "unlisted_column"),
            (Class::Unlisted, 0, "unlisted_column"),
            (Class::Unlisted, 0, "unlisted_column"),
        ]
    );
}
