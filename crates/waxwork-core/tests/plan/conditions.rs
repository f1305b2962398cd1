//! Lists of rules: what their conditions may ask of a schema, and what a list may decide.

use crate::{column, compile, plan, refused, table_id};
use waxwork_core::condition::to_sql;
use waxwork_core::plan::{CaseRows, ColumnAction, JsonAction, Probe};

const PERSON: &str = "
    enum mood sad,ok
    domain short varchar(8)
    table person
      id int4 not null
      email text
      role short
      age int2
      born date
      seen timestamptz
      staff bool
      mood mood
      nick citext
      code bpchar(4)
      odd text nondeterministic
      score numeric
      ratio float8
      ip inet
      doc jsonb
      tags text[]
      whole int4 generated from age
      primary key id
";

/// Every column but `email`, kept or nulled.
const OTHERS: &str = "
    id = { keep = \"k\" }
    role = { keep = \"k\" }
    age = \"null\"
    born = \"null\"
    seen = \"null\"
    staff = \"null\"
    mood = \"null\"
    nick = \"null\"
    code = \"null\"
    odd = \"null\"
    score = \"null\"
    ratio = \"null\"
    ip = \"null\"
    doc = \"null\"
    tags = \"null\"
";

/// Rules with a list on `person.email`.
fn listed(list: &str) -> String {
    format!("[table.person]\nemail = {list}\n{OTHERS}")
}

fn when(condition: &str) -> String {
    listed(&format!("[{{ keep = \"why\", when = '''{condition}''' }}, \"contact.email\"]"))
}

#[test]
fn a_condition_is_shown_without_its_literals_and_asked_as_sql() {
    for (condition, shown, sql) in [
        (
            "role = 'staff' and age >= 18",
            "role = (text of 5) and age >= (integer of 2)",
            "((t.\"role\" OPERATOR(pg_catalog.=) 'staff'::pg_catalog.text) AND \
             (t.\"age\" OPERATOR(pg_catalog.>=) '18'::pg_catalog.int8))",
        ),
        (
            "staff or not (mood in ('ok', 'sad')) is true",
            "staff or (not (mood in ((enum of 2), (enum of 3)) is true))",
            "((t.\"staff\") OR (NOT ((t.\"mood\" OPERATOR(pg_catalog.=) 'ok'::\"public\".\"mood\" OR t.\"mood\" \
             OPERATOR(pg_catalog.=) 'sad'::\"public\".\"mood\") IS TRUE)))",
        ),
        (
            "email ilike '%@corp.com' and tags is null",
            "email ilike (pattern of 10) and tags is null",
            "((t.\"email\" OPERATOR(pg_catalog.~~*) '%@corp.com'::pg_catalog.text) AND \
             (pg_catalog.num_nulls(t.\"tags\") OPERATOR(pg_catalog.=) 1))",
        ),
        (
            "code = 'ab  '",
            "code = (text of 2)",
            "(t.\"code\" OPERATOR(pg_catalog.=) 'ab'::pg_catalog.bpchar)",
        ),
        (
            "seen < '2026-01-31'",
            "seen < (timestamptz of 22)",
            "(t.\"seen\" OPERATOR(pg_catalog.<) '2026-01-31 00:00:00+00'::pg_catalog.timestamptz)",
        ),
        ("whole = 1", "whole = (integer of 1)", "(t.\"whole\" OPERATOR(pg_catalog.=) '1'::pg_catalog.int8)"),
    ] {
        let (catalog, found) = plan(PERSON, &when(condition));
        let text = found.to_text(&catalog);
        assert!(
            text.contains(&format!("\n    when {shown}: keep \"why\"\n    otherwise: contact.email\n")),
            "{text}"
        );
        let ColumnAction::Cases { cases, .. } = &column(&catalog, &found, "person.email").action else {
            panic!("no cases");
        };
        let table = catalog.table(table_id(&catalog, "person"));
        let quoted = &mut |literal: &str| format!("'{}'", literal.replace('\'', "''"));
        assert_eq!(to_sql(&cases[0].when, table, &catalog, "t", quoted), sql, "{condition}");
    }
}

#[test]
fn what_the_server_might_answer_otherwise_is_refused() {
    for (condition, expected) in [
        ("email < 'b'", "condition cannot order values of a column: email of table public.person, type text"),
        (
            "nick = 'a'",
            "condition cannot compare values of a column: nick of table public.person, type citext",
        ),
        ("odd = 'a'", "condition cannot compare values of a column: odd of table public.person, type text"),
        (
            "odd like 'a'",
            "condition cannot match a pattern on a column: odd of table public.person, type text",
        ),
        ("doc = '{}'", "condition cannot compare values of a column: doc of table public.person, type jsonb"),
        (
            "tags = '{}'",
            "condition cannot compare values of a column: tags of table public.person, type text[]",
        ),
        (
            "ip < '10.0.0.1'",
            "condition cannot order values of a column: ip of table public.person, type inet",
        ),
        (
            "age like '1%'",
            "condition cannot match a pattern on a column: age of table public.person, type int2",
        ),
        (
            "age",
            "condition has a column by itself that is not boolean: age of table public.person, type int2",
        ),
        (
            "age is true",
            "condition has a column by itself that is not boolean: age of table public.person, type int2",
        ),
        (
            "email ilike 'ä%'",
            "pattern of ilike has a character beyond ASCII: email of table public.person, type text",
        ),
    ] {
        refused(PERSON, &when(condition), &format!("condition_type: {expected}"));
    }
    for (condition, column) in [
        ("age = 17.5", "age of table public.person, type int2"),
        ("age = '40000'", "age of table public.person, type int2"),
        ("age = true", "age of table public.person, type int2"),
        ("email = 5", "email of table public.person, type text"),
        ("staff = 'maybe'", "staff of table public.person, type bool"),
        ("mood = 'glad'", "mood of table public.person, type mood"),
        ("born = '2026-02-29'", "born of table public.person, type date"),
        ("born = 'today'", "born of table public.person, type date"),
        ("born = '01/02/2026'", "born of table public.person, type date"),
        ("seen > '2026-01-31 12:00 CET'", "seen of table public.person, type timestamptz"),
        ("ratio = 1e999", "ratio of table public.person, type float8"),
        ("score in (1, 'x')", "score of table public.person, type numeric"),
        ("ip = '10.0.0.256'", "ip of table public.person, type inet"),
    ] {
        let expected =
            format!("condition_type: literal of condition is no value of its column's type: {column}");
        refused(PERSON, &when(condition), &expected);
    }
    let unknown = "unknown_column: column named in rule does not exist: column emial of table public.person";
    refused(PERSON, &when("emial is null"), unknown);
}

#[test]
fn an_error_stands_at_its_word() {
    let list = "[{ keep = \"why\", when = \"\"\"\nrole = 'x'\n  and age = 'y' or gone\"\"\" }, \"null\"]";
    let (_, found) = compile(PERSON, &listed(list));
    let places: Vec<(u32, u32)> = found
        .unwrap_err()
        .iter()
        .map(|found| found.location.as_ref().map(|place| (place.line, place.column)).unwrap())
        .collect();
    assert_eq!(places, [(5, 13), (5, 20)]);
}

#[test]
fn a_condition_reads_the_source_and_never_a_mask() {
    let (catalog, found) = plan(PERSON, &when("age > 1 and role = 'x' and staff"));
    let person = found.table(table_id(&catalog, "person")).unwrap();
    let names: Vec<&str> = person
        .context
        .iter()
        .map(|field| catalog.table(person.table).column(field.column).name.as_str())
        .collect();
    // Nulled columns are read beside the row; a kept one stands in it.
    assert_eq!(names, ["age", "staff"]);
}

#[test]
fn each_rule_of_a_list_is_checked_by_itself() {
    let not_null = PERSON.replace("email text", "email text not null");
    let list = listed(
        "[{ mask = \"null\", when = \"staff\" }, { mask = \"number.noise\", when = \"age = 1\" }, \"contact.email\"]",
    );
    let found = compile(&not_null, &list).1.unwrap_err();
    let codes: Vec<&str> = found.iter().map(|found| found.code).collect();
    assert_eq!(codes, ["null_on_not_null", "mask_does_not_hold_type"]);
}

#[test]
fn a_list_masks_documents_too() {
    let rules = format!(
        "[table.person]\nemail = \"contact.email\"\n{}\ndoc = [{{ mask = \"json\", when = \"staff\", rest = \"keep\", \
         paths = {{ \"$.a\" = \"contact.email\" }} }}, \"null\"]",
        OTHERS.replace("doc = \"null\"", "")
    );
    let (catalog, found) = plan(PERSON, &rules);
    let ColumnAction::Cases { cases, otherwise } = &column(&catalog, &found, "person.doc").action else {
        panic!("no cases");
    };
    let ColumnAction::Mask(spec) = &cases[0].action else { panic!("not masked") };
    assert_eq!(spec.json.as_ref().map(|json| &json.rest), Some(&JsonAction::Keep));
    assert_eq!(**otherwise, ColumnAction::Null);
    assert!(
        found
            .to_text(&catalog)
            .contains("    when staff: json\n      $.a: contact.email\n      rest: keep\n")
    );
}

#[test]
fn two_conditions_are_two_plans() {
    let hash = |condition: &str| {
        let (catalog, found) = plan(PERSON, &when(condition));
        (found.to_text(&catalog), found.hash(&catalog))
    };
    let (one, other) = (hash("role = 'x'"), hash("role = 'y'"));
    assert_eq!(one.0, other.0);
    assert_ne!(one.1, other.1);
}

const SHOP: &str = "
    table customer
      id int4 not null
      kind text not null
      email text
      number int4
      primary key id
      unique email
      unique number
    table orders
      customer_id int4
      kind text
      foreign key customer_id customer id
";

#[test]
fn a_key_has_one_rule_for_every_row() {
    let list = "[{ mask = \"null\", when = \"kind = 'x'\" }, \"id.permute\"]";
    let rest = "kind = \"text.redact\"\nemail = \"null\"\nnumber = \"null\"";
    let orders = "[table.orders]\nkind = \"text.redact\"";
    let rules = format!(
        "[table.customer]\nid = {}\n{rest}\n{orders}",
        list.replace("mask = \"null\"", "keep = \"why\"")
    );
    refused(SHOP, &rules, "when_on_key: rule with a \"when\" stands on a key: public.customer(id)");
    let rules = format!("[table.customer]\nid = \"id.permute\"\n{rest}\n{orders}\ncustomer_id = {list}");
    refused(SHOP, &rules, "when_on_key: rule with a \"when\" stands on a key: public.orders(customer_id)");
}

#[test]
fn a_unique_column_takes_codes_beside_what_is_kept() {
    let rules = |email: &str, number: &str| {
        format!(
            "[table.customer]\nid = \"id.permute\"\nkind = {{ keep = \"two words\" }}\nemail = {email}\nnumber = {number}\n\
             [table.orders]\nkind = \"text.redact\""
        )
    };
    let codes = "[{ keep = \"staff\", when = \"kind = 's'\" }, { mask = \"contact.email\", when = \"id < 9\", locale = \
                 \"de_DE\" }, { mask = \"null\", when = \"kind = 'x'\" }, \"secret.token\"]";
    let (catalog, found) = plan(SHOP, &rules(codes, "\"id.permute\""));
    let ColumnAction::Cases { cases, otherwise } = &column(&catalog, &found, "customer.email").action else {
        panic!("no cases");
    };
    let actions = cases.iter().map(|case| &case.action).chain([&**otherwise]);
    let injective = actions.filter_map(|action| match action {
        ColumnAction::Mask(spec) => Some(spec.injective),
        _ => None,
    });
    assert_eq!(injective.collect::<Vec<_>>(), [true, true]);
    let message = "cases_on_unique: rules of a list may give two rows one value: public.customer(number) is under \
                   unique key customer_key2";
    for list in [
        "[{ keep = \"k\", when = \"kind = 'x'\" }, \"id.permute\"]",
        "[{ mask = \"id.permute\", domain = \"a\", \
                  when = \"kind = 'x'\" }, \"id.permute\"]",
    ] {
        refused(SHOP, &rules("\"null\"", list), message);
    }
    // What decides is part of the key, and stays: rows of two cases differ in it.
    let within = SHOP.replace("unique number", "unique kind,number");
    plan(&within, &rules("\"null\"", "[{ keep = \"k\", when = \"kind = 'x'\" }, \"id.permute\"]"));
}

#[test]
fn a_window_is_asked_of_the_rows_that_a_rule_decides() {
    let schema = "table t\n  kind text\n  number int4";
    let rules = "[table.t]\nkind = { keep = \"words\" }\nnumber = [{ mask = \"null\", when = \"kind = 'a'\" }, { mask = \
                 \"id.permute\", when = \"kind = 'b'\" }, { keep = \"why\" }]";
    let (_, found) = plan(schema, rules);
    let [Probe::IntegerWindow { rows: CaseRows { matching: Some(_), others }, .. }] = &found.probes[..]
    else {
        panic!("{} probes", found.probes.len());
    };
    assert_eq!(others.len(), 1);
}
