//! Masks on numbers, dates, flags and labels: what they need, and what they may not be.

use crate::{plan, refused};
use waxwork_core::plan::{CommonOf, Probe};

#[test]
fn a_sample_asks_for_common_values_which_are_no_part_of_the_plan() {
    let schema = "
        table t
          id int4 not null
          visits int4
          born date[]
          primary key id
    ";
    let rules = "[table.t]\nid = { keep = \"n\" }\nvisits = \"choice.sample\"\nborn = \"choice.sample\"";
    let (catalog, found) = plan(schema, rules);
    let asked: Vec<(u32, CommonOf, u64)> = found
        .probes
        .iter()
        .filter_map(|probe| match probe {
            Probe::CommonValues { column, of, least, .. } => Some((column.0, *of, *least)),
            Probe::IntegerWindow { .. } => None,
        })
        .collect();
    assert_eq!(asked, [(1, CommonOf::Value, 10), (2, CommonOf::Value, 10)]);
    let mut told = found.clone();
    for spec in told.tables[0].columns[1].action.masks_mut() {
        spec.common = vec![("1".to_owned(), 20), ("2".to_owned(), 10)];
    }
    assert_eq!(
        (told.hash(&catalog), told.to_text(&catalog)),
        (found.hash(&catalog), found.to_text(&catalog))
    );
}

#[test]
fn on_a_type_of_few_values_something_else_must_choose() {
    let schema = "
        table t
          id int4 not null
          active bool
          primary key id
    ";
    let rules = |active: &str| format!("[table.t]\nid = {{ keep = \"n\" }}\nactive = {active}");
    for (mask, options) in [
        ("choice.sample", ""),
        ("bool.random", ", percent = 20"),
        ("choice.pick", ", values = [true, false]"),
        ("choice.weighted", ", weights = { yes = 2, no = 1.5 }"),
    ] {
        let refusal = format!(
            "missing_by: mask needs option \"by\" on a type of few values: {mask} on public.t(active)"
        );
        refused(schema, &rules(&format!("{{ mask = \"{mask}\"{options} }}")), &refusal);
        plan(schema, &rules(&format!("{{ mask = \"{mask}\", by = \"id\"{options} }}")));
    }
}

/// By itself, by a key that it equals and by another flag alike: a keyed function of so few values is the value by another
/// name.
#[test]
fn what_chooses_on_a_type_of_few_values_has_not_few_itself() {
    let schema = "
        enum mood ok,bad
        table kind
          code mood not null
          code_again mood
          primary key code
        table t
          id int4 not null
          active bool
          was bool
          mood mood
          flags bool[]
          primary key id
          foreign key mood kind code
    ";
    let rules = |rules: &str| {
        format!(
            "[table.kind]\ncode = {{ keep = \"n\" }}\ncode_again = {{ keep = \"n\" }}\n[table.t]\nid = {{ keep = \"n\" }}\n\
             was = {{ keep = \"n\" }}\n{rules}"
        )
    };
    for (column, mask, by, end) in [
        ("active", "bool.random", "active", "t(active)"),
        ("active", "choice.sample", "was", "t(was)"),
        ("active", "bool.random", "mood.code_again", "kind(code_again)"),
        ("active", "bool.random", "flags", "t(flags)"),
        ("flags", "bool.random", "flags", "t(flags)"),
    ] {
        let other = if column == "active" { "flags" } else { "active" };
        let rule = format!("{column} = {{ mask = \"{mask}\", by = \"{by}\" }}\n{other} = \"null\"");
        let refusal = format!(
            "by_few_values: by leads to a type of few values: {mask} on public.t({column}) by public.{end}"
        );
        refused(schema, &rules(&rule), &refusal);
        plan(schema, &rules(&rule.replace(&format!("by = \"{by}\""), "by = \"id\"")));
    }
}

#[test]
fn values_of_a_choice_are_of_the_columns_type_and_none_stands_twice() {
    let rules = |rule: &str| format!("[table.t]\nrank = {{ mask = \"choice.pick\", values = {rule} }}");
    let schema = "table t\n rank int2";
    plan(schema, &rules("[1, 2, 3]"));
    let refusal =
        "constant_does_not_fit: constant is no value of the column's type: public.t(rank) of type int2";
    refused(schema, &rules("[1, 70000]"), refusal);
    let text = rules("[1, 2, 1]");
    assert!(waxwork_core::rules::RuleFile::parse("f", &format!("version = 1\n{text}")).is_err());
}

#[test]
fn a_range_above_what_a_check_asks_for_needs_no_warning() {
    let schema = "
        table t
          price int4
          check positive reads price: CHECK ((price > 0))
    ";
    let rules = |low| format!("[table.t]\nprice = {{ mask = \"number.range\", range = [{low}, 900] }}");
    assert_eq!(plan(schema, &rules(1)).1.warnings.len(), 0);
    assert_eq!(plan(schema, &rules(0)).1.warnings.len(), 1);
}

#[test]
fn a_date_is_one_of_the_calendar_in_quotes_or_not() {
    let rules = |on: &str| format!("version = 1\n[table.t]\nborn = {{ mask = \"date.age_cap\", on = {on} }}");
    let is_read = |on| waxwork_core::rules::RuleFile::parse("f", &rules(on)).is_ok();
    assert!(is_read("2026-01-31") && is_read("\"2026-01-31\""));
    for wrong in ["2026-01-31T10:00:00", "\"2026-02-30\"", "\"today\"", "20260131", "\"\""] {
        assert!(!is_read(wrong), "{wrong}");
    }
}

#[test]
fn ranges_of_other_masks_than_a_permutation_are_no_integers() {
    let schema = "table t\n price numeric(8,2)\n born date";
    plan(
        schema,
        "[table.t]\nprice = { mask = \"number.range\", range = [1, 99] }\n\
         born = { mask = \"date.range\", from = 2000-01-01, to = 2001-01-01 }",
    );
}

#[test]
fn no_text_is_sampled() {
    refused(
        "table t\n note text",
        "[table.t]\nnote = \"choice.sample\"",
        "mask_does_not_hold_type: mask does not hold the column's type: choice.sample on public.t(note) of type text",
    );
}

#[test]
fn no_leaf_of_a_document_is_sampled() {
    refused(
        "table t\n doc jsonb",
        "[table.t]\ndoc = { mask = \"json\", paths = { \"$.n\" = \"choice.sample\" }, rest = \"keep\" }",
        "mask_does_not_hold_type: mask does not act on leaves of JSON: choice.sample for public.t(doc) at $.n",
    );
}
