//! `text.template`: what it may read, where it may stand, and where its errors stand.

use crate::{column, compile, plan, refused, spec};
use waxwork_core::plan::TemplatePart;

const PERSON: &str = "
    table person
      id int4 not null
      first text
      full_name varchar(20)
      greeting text
      search tsvector
      upper text generated from first
      doc jsonb
      tags text[]
      key text
      primary key id
      unique key
";

fn rules(full_name: &str, greeting: &str) -> String {
    format!(
        "[table.person]\nid = \"id.permute\"\nfirst = \"person.first_name\"\nfull_name = {full_name}\ngreeting = \
         {greeting}\nsearch = \"null\"\ndoc = \"null\"\ntags = \"null\"\nkey = \"null\""
    )
}

fn template(template: &str) -> String {
    format!("{{ mask = \"text.template\", template = \"{template}\" }}")
}

#[test]
fn a_template_reads_columns_of_its_row() {
    let (catalog, found) = plan(PERSON, &rules(&template("{first} {{{id}}}"), &template("Dear {full_name}")));
    let text = |text: &str| TemplatePart::Text(text.to_owned());
    let name = spec(&catalog, &found, "person.full_name");
    assert_eq!(name.template, [TemplatePart::Column(1), text(" {"), TemplatePart::Column(0), text("}")]);
    let shown = found.to_text(&catalog);
    assert!(shown.contains("text.template, at most 20 characters, of first, id (rule)\n"), "{shown}");
    assert_eq!(column(&catalog, &found, "person.greeting").origin, "rule");
    let (other, changed) =
        plan(PERSON, &rules(&template("{first} {{{id}}}"), &template("Hello {full_name}")));
    assert_ne!(found.hash(&catalog), changed.hash(&other));
}

#[test]
fn a_template_that_reads_itself_is_refused() {
    let alone = rules(&template("{full_name}"), "\"null\"");
    refused(PERSON, &alone, "template_cycle: template reads its own column: public.person(full_name)");
    let (_, found) = compile(
        PERSON,
        &rules(
            &template("{greeting}"),
            &format!("[{{ keep = \"k\", when = \"id = 1\" }}, {}]", template("{full_name}")),
        ),
    );
    let said: Vec<String> = found.unwrap_err().into_iter().map(|found| found.message).collect();
    assert_eq!(
        said,
        [
            "template reads its own column: public.person(full_name)",
            "template reads its own column: public.person(greeting)",
        ]
    );
}

#[test]
fn an_unknown_column_is_told_at_its_own_place() {
    let (_, found) = compile(PERSON, &rules(&template("{first} \\\"{frist}"), "\"null\""));
    let found = found.unwrap_err();
    let [error] = &found[..] else { panic!("{} errors", found.len()) };
    let place = error.location.as_ref().map(|place| (place.line, place.column));
    assert_eq!((error.code, place), ("unknown_column", Some((5, 62))));
    assert!(error.detail.as_ref().unwrap().contains("\"first\""));
}

#[test]
fn a_template_stands_where_its_text_may() {
    let cannot = |column: &str| {
        format!(
            "template_column: template cannot read a column: public.person({column}) in public.person(full_name)"
        )
    };
    refused(PERSON, &rules(&template("{upper}"), "\"null\""), &cannot("upper"));
    refused(PERSON, &rules(&template("{search}"), "\"null\""), &cannot("search"));
    let leaf = rules("\"null\"", "\"null\"")
        .replace("doc = \"null\"", &format!("doc = {{ mask = \"json\", rest = {} }}", template("{first}")));
    refused(
        PERSON,
        &leaf,
        "mask_does_not_hold_type: mask does not act on leaves of JSON: text.template for public.person(doc) at rest",
    );
    let tags =
        rules("\"null\"", "\"null\"").replace("tags = \"null\"", &format!("tags = {}", template("{first}")));
    refused(
        PERSON,
        &tags,
        "mask_does_not_hold_type: mask does not hold the column's type: text.template on public.person(tags) of type text[]",
    );
    let key = rules("\"null\"", "\"null\"").replace("key = \"null\"", &format!("key = {}", template("{id}")));
    refused(
        PERSON,
        &key,
        "mask_not_injective: mask cannot keep values apart: text.template on public.person(key) under unique key person_key1",
    );
}
