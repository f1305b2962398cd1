//! Derived columns in the plan: not among the columns that are copied, and refused where production's value counts.

use crate::{compile, plan, refused, table_id};

const POST: &str = "
    table post
      id int4 not null
      title text
      search tsvector
      slug text not null
      primary key id
      unique slug
      index lower(slug) reads slug
      check slug_form reads slug: CHECK ((slug ~ '^[a-z-]+$'::text))
";

const RULES: &str = "[table.post]\nid = { keep = \"n\" }\ntitle = \"text.redact\"\n\
    search = { derive = \"to_tsvector('english', title)\" }\nslug = { derive = \"lower(title) || id\" }";

#[test]
fn a_derived_column_is_not_copied_and_stands_in_the_plan_by_its_length() {
    let (catalog, found) = plan(POST, RULES);
    let table = found.table(table_id(&catalog, "post")).unwrap();
    let copied: Vec<u32> = table.columns.iter().map(|column| column.column.0).collect();
    let derived: Vec<(u32, &str)> =
        table.derived.iter().map(|column| (column.column.0, column.sql.value.as_str())).collect();
    assert_eq!(copied, [0, 1]);
    assert_eq!(derived, [(2, "to_tsvector('english', title)"), (3, "lower(title) || id")]);
    let text = found.to_text(&catalog);
    assert!(
        text.contains("\n  search  derive (29 bytes) (rule)\n  slug    derive (18 bytes) (rule)\n"),
        "{text}"
    );
    assert!(!text.contains("to_tsvector"), "{text}");
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
}

#[test]
fn another_expression_is_another_plan() {
    let hash = |rules: &str| {
        let (catalog, found) = plan(POST, rules);
        found.hash(&catalog)
    };
    assert_eq!(hash(RULES), hash(&format!("\n\n{RULES}")));
    assert_ne!(hash(RULES), hash(&RULES.replace("lower(", "upper(")));
}

#[test]
fn another_column_may_be_masked_by_what_stood_in_a_derived_one() {
    let schema = "
        table visit
          patient text
          initials text
          day date
    ";
    let rules = "[table.visit]\npatient = \"person.full_name\"\ninitials = { derive = \"left(patient, 1)\" }\n\
        day = { mask = \"date.shift\", by = \"initials\" }";
    let (catalog, found) = plan(schema, rules);
    let table = found.table(table_id(&catalog, "visit")).unwrap();
    assert_eq!((table.columns.len(), table.derived.len(), table.context.len()), (2, 1, 1));
}

#[test]
fn what_places_or_finds_a_row_cannot_be_derived() {
    let partitioned = "
        table event
          id int4 not null
          day date not null
          partition by r day
    ";
    refused(
        partitioned,
        "[table.event]\nid = { keep = \"n\" }\nday = { derive = \"current_date\" }",
        "derive_on_partition_key: column cannot be derived, it is in a partition key: public.event(day)",
    );
    let keyed = "
        table a
          id int4 not null
          primary key id
        table b
          a_id int4
          foreign key a_id a id
    ";
    refused(
        keyed,
        "[table.a]\nid = { derive = \"1\" }",
        "derive_on_reference: column cannot be derived, it refers to a key or is one: public.a(id)",
    );
    refused(
        keyed,
        "[table.a]\nid = { keep = \"n\" }\n[table.b]\na_id = { derive = \"1\" }",
        "rule_differs_from_key: rule of a column differs from its key's: public.b(a_id) refers to public.a(id)",
    );
    let rules =
        "[pattern]\n\"event.day\" = { derive = \"current_date\" }\n[table.event]\nid = { keep = \"n\" }";
    refused(
        partitioned,
        rules,
        "derive_on_partition_key: column cannot be derived, it is in a partition key: public.event(day)",
    );
    let fed = "
        table a
          id int4 not null
        sequence a_id_seq a id
    ";
    refused(
        fed,
        "[table.a]\nid = { derive = \"1\" }",
        "derive_on_sequence: column cannot be derived, a sequence feeds it: public.a(id)",
    );
    let generated = "
        table a
          n int4
          twice int4 generated from n
    ";
    refused(
        generated,
        "[table.a]\nn = { keep = \"n\" }\ntwice = { derive = \"n\" }",
        "rule_on_generated: column named in rule is generated: public.a(twice)",
    );
    refused(
        generated,
        "[table.a]\nn = { derive = \"1\" }",
        "derive_all: column cannot be derived, all columns of its table are: public.a(n)",
    );
}

#[test]
fn the_column_that_tells_parents_apart_cannot_be_derived() {
    let schema = "
        table post
          id int4 not null
          primary key id
        table comment
          kind text
          on_id int4
    ";
    let rules = "[[reference]]\nchild = \"comment(on_id)\"\nparent = \"post(id)\"\nwhen = { kind = \"Post\" }\n\
        [table.post]\nid = { keep = \"n\" }\n[table.comment]\nkind = { derive = \"'Post'\" }\non_id = { keep = \"n\" }";
    refused(
        schema,
        rules,
        "derive_on_reference: column cannot be derived, a reference's \"when\" reads it: public.comment(kind)",
    );
}

#[test]
fn a_table_without_rows_has_nothing_to_derive() {
    let (catalog, found) = plan(POST, &RULES.replace("[table.post]", "[table.post]\nrows = \"none\""));
    assert!(found.table(table_id(&catalog, "post")).unwrap().derived.is_empty());
    assert!(compile(POST, RULES).1.is_ok());
}

#[test]
fn a_derived_key_that_nothing_keeps_apart_is_told_before_its_index_is_built() {
    let schema = "
        table post
          id int4 not null
          title text
          tag text
          slug text
          primary key id
          unique slug
    ";
    let warned = |sql: &str, tag: &str| -> Vec<String> {
        let rules = format!(
            "[table.post]\nid = \"id.permute\"\ntitle = \"text.shape\"\ntag = {tag}\nslug = {{ derive = \"{sql}\" }}\n"
        );
        let (_, plan) = plan(schema, &rules);
        let warnings = plan.warnings.iter().filter(|found| found.code == "derived_under_key");
        warnings.map(|found| found.message.clone()).collect()
    };
    let masked = "\"text.redact\"";
    assert_eq!(
        warned("lower(title) || tag", masked),
        ["derived column may break a key: public.post(slug) under unique key post_key1"]
    );
    assert!(warned("lower(title) || '-' || id", masked).is_empty());
    assert!(warned("lower(title) || tag", "{ keep = \"a word\" }").is_empty());
}
