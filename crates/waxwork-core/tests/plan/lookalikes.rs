//! Warnings of kept columns that look made from masked ones.

use crate::{plan, schema, table_id};
use waxwork_core::catalog::FedColumn;
use waxwork_core::ident::Ident;
use waxwork_core::plan::Plan;
use waxwork_core::rules::RuleFile;

const SCHEMA: &str = "
    table users
      id int4 not null
      email text
      email_md5 text
      token bpchar(64)
      country bpchar(2)
      avatar_hash bytea
      slug text
      research text
      search_text text
      full_name text
      updated_at timestamptz
      words tsvector
      greeting text
      primary key id
    table users_history
      id int4
      email text
      country bpchar(2)
    table calm
      slug text
      words tsvector
";

/// Rules that mask e-mail addresses and full names, and keep all else.
fn rules() -> String {
    let kept = |columns: &[&str]| -> String {
        columns.iter().map(|column| format!("{column} = {{ keep = \"k\" }}\n")).collect()
    };
    let users = [
        "id",
        "email_md5",
        "token",
        "country",
        "avatar_hash",
        "slug",
        "research",
        "search_text",
        "updated_at",
        "words",
        "greeting",
    ];
    format!(
        "version = 1\n[table.users]\nemail = \"contact.email\"\nfull_name = \"person.full_name\"\n{}\
         [table.users_history]\n{}[table.calm]\n{}",
        kept(&users),
        kept(&["id", "email", "country"]),
        kept(&["slug", "words"]),
    )
}

#[test]
fn each_kept_column_that_looks_derived_is_named_once() {
    let mut catalog = schema::catalog(SCHEMA);
    let users = table_id(&catalog, "users");
    for name in ["greeting", "updated_at", "email"] {
        let column = catalog.table(users).find_column(name).unwrap();
        catalog.fed_by_triggers.push(FedColumn { table: users, column, trigger: Ident::new("keep up") });
    }
    let file = RuleFile::parse("rules.toml", &rules()).unwrap();
    let found = Plan::compile(&file, &catalog).unwrap();
    let said: Vec<String> =
        found.warnings.iter().map(|warning| format!("{}: {}", warning.code, warning.message)).collect();
    let made = "looks_derived: kept column looks made from masked ones";
    assert_eq!(
        said,
        [
            format!("{made}, a hash by its name or length: public.users(email_md5)"),
            format!("{made}, a hash by its name or length: public.users(token)"),
            format!("{made}, a hash by its name or length: public.users(avatar_hash)"),
            format!("{made}, by its name: public.users(slug)"),
            format!("{made}, by its name: public.users(search_text)"),
            format!("{made}, a tsvector: public.users(words)"),
            format!("{made}, as trigger \"keep up\" writes it: public.users(greeting)"),
            "looks_copied: kept column looks copied from a masked one, public.users(email): public.users_history(email)"
                .to_owned(),
        ]
    );
}

#[test]
fn what_is_derived_again_or_masked_is_not_warned_of() {
    let rules = "[table.users]\nid = { keep = \"k\" }\nemail = \"contact.email\"\nemail_md5 = { derive = \"md5(email)\" }\n\
        words = { mask = \"constant\", value = \"\" }";
    let schema = "
        table users
          id int4 not null
          email text
          email_md5 text
          words tsvector
    ";
    let (_, found) = plan(schema, rules);
    assert!(found.warnings.is_empty(), "{:?}", found.warnings);
}
