//! What packs do to a plan: tables whose rows stay behind, who speaks before a pack, and what each clause took.

use crate::{compile, plan, refusals, refused, table_id};
use expect_test::expect;
use waxwork_core::packs;
use waxwork_core::plan::PackCoverage;
use waxwork_core::rules::RuleFile;
use waxwork_core::subset::TableRows;

const JOBS: &str = "
    table oban_jobs
      id int8 not null
      state text
      queue text
      worker text
      args jsonb
      attempted_at timestamptz
      primary key id
    table customer
      id int4 not null
      email text
      password text
      stripe_customer_id text
      primary key id
    table import
      id int4 not null
      job_id int8
      customer_id int4
      foreign key job_id oban_jobs id
      foreign key customer_id customer id
";

const RULES: &str = "
    [policy]
    packs = [\"quiet\", \"gdpr\"]
    [subset.reference]
    \"import(job_id)\" = { parent = \"null\" }
    [table.customer]
    id = { keep = \"a number\" }
    [table.import]
    id = { keep = \"a number\" }
    job_id = \"null\"
";

#[test]
fn a_pack_leaves_rows_out_and_the_plan_says_what_each_clause_took() {
    let (catalog, found) = plan(JOBS, RULES);
    let text = found.to_text(&catalog);
    let head = text.split("\ntable public.import").next().unwrap();
    // Packs grow; how many clauses they have is theirs.
    let idle = |pack: &str, took: usize| {
        format!("took nothing: {} clauses", packs::find(pack).unwrap().clauses().len() - took)
    };
    let head =
        [("quiet", 2), ("credentials", 1), ("gdpr", 1)].iter().fold(head.to_owned(), |head, (pack, took)| {
            head.replacen(&idle(pack, *took), "took nothing: the rest", 1)
        });
    expect![[r#"
        waxwork plan 1

        subset: none

        pack quiet
          Oban: 1 table
          ids at payment providers: 1 column
          took nothing: the rest

        pack credentials
          passwords and their hashes: 1 column
          took nothing: the rest

        pack gdpr
          e-mail addresses: 1 column
          took nothing: the rest

        table public.oban_jobs
          rows none (pack quiet: Oban)

        table public.customer
          rows all
          id                  keep "a number" (rule)
          email               contact.email (pack gdpr: e-mail addresses)
          password            secret.token (pack credentials: passwords and their hashes)
          stripe_customer_id  secret.token (pack quiet: ids at payment providers)
    "#]]
    .assert_eq(&head);
}

#[test]
fn a_column_that_follows_one_that_a_pack_took_is_not_counted() {
    let schema = "
        table person
          email text not null
          primary key email
        table visit
          email text
          foreign key email person email
    ";
    let (_, found) = plan(schema, "[policy]\npacks = [\"gdpr\"]");
    let [PackCoverage { clauses, .. }] = found.packs.as_slice() else { panic!("not one pack") };
    let taken: Vec<_> = clauses.iter().filter(|clause| clause.columns > 0).collect();
    assert_eq!(taken.len(), 1);
    assert_eq!((taken[0].what.as_str(), taken[0].columns, taken[0].tables), ("e-mail addresses", 1, 0));
}

/// The class of `oban_jobs` under rules that say more.
fn rows_of_jobs(more: &str) -> TableRows {
    let columns = "id = { keep = \"n\" }\nstate = \"null\"\nqueue = \"null\"\nworker = \"null\"\nargs = \"null\"\n\
        attempted_at = \"null\"\n";
    let rules = RULES.replace("\"import(job_id)\" = { parent = \"null\" }", "");
    let (catalog, found) = plan(JOBS, &format!("{rules}\n[table.oban_jobs]\n{columns}{more}"));
    found.subset.rows(&catalog, table_id(&catalog, "oban_jobs"))
}

#[test]
fn what_the_rule_file_says_of_rows_stands_before_a_pack() {
    assert_eq!(rows_of_jobs("rows = \"all\""), TableRows::All);
    assert_eq!(rows_of_jobs("[subset]\nseed = [{ table = \"oban_jobs\", rows = 3 }]"), TableRows::Subset);
}

#[test]
fn rules_for_columns_say_nothing_of_rows() {
    let rules = format!("{RULES}\n[table.oban_jobs]\nworker = \"null\"");
    let (catalog, found) = plan(JOBS, &rules);
    assert_eq!(found.subset.rows(&catalog, table_id(&catalog, "oban_jobs")), TableRows::None);
}

#[test]
fn a_table_of_another_shape_keeps_its_rows() {
    let schema = JOBS.replace("      worker text\n", "");
    let found = refusals(&schema, &RULES.replace("\"import(job_id)\" = { parent = \"null\" }", ""));
    assert!(
        found.contains(&"unlisted_column: column is named by no rule: public.oban_jobs(id)".to_owned()),
        "{found:?}"
    );
}

#[test]
fn a_reference_into_a_table_that_a_pack_leaves_out_is_refused_and_the_pack_is_named() {
    let rules = RULES.replace("\"import(job_id)\" = { parent = \"null\" }", "");
    refused(
        JOBS,
        &rules,
        "reference_none: parent of reference has rows = \"none\": public.import(job_id) -> public.oban_jobs",
    );
    let (_, found) = compile(JOBS, &rules);
    let found = &found.unwrap_err()[0];
    expect![[r#"
        error: parent of reference has rows = "none": public.import(job_id) -> public.oban_jobs
          detail: Pack quiet leaves its rows out (Oban). No row of table public.oban_jobs is in the copy, so the key could not hold.
          hint: Under [subset.reference] say "public.import(job_id) -> public.oban_jobs" = { parent = "null" }, "drop" or "error"; or under [table.oban_jobs] rows = "all"."#]]
    .assert_eq(&found.to_string());
}

#[test]
fn queues_that_refer_to_each_other_leave_together() {
    let schema = "
        table procrastinate_jobs
          id int8 not null
          queue_name text
          task_name text
          args jsonb
          status text
          scheduled_at timestamptz
          primary key id
        table procrastinate_events
          id int8 not null
          job_id int8 not null
          type text
          at timestamptz
          foreign key job_id procrastinate_jobs id
    ";
    let (catalog, found) = plan(schema, "[policy]\npacks = [\"quiet\"]");
    assert!(found.subset.tables.iter().all(|(_, rows)| *rows == TableRows::None));
    assert!(found.to_text(&catalog).contains("  Procrastinate: 2 tables\n"));
}

#[test]
fn a_packs_own_words_change_the_plan_as_little_as_the_place_of_its_file() {
    let schema = "table staff\n  badge text";
    let catalog = crate::schema::catalog(schema);
    let text_of = |file: &str| {
        let pack = "version = 1\n[[entry]]\nwhat = \"badges\"\nnames = [\"badge\"]\ntext = \"text.shape\"\n";
        let text = "version = 1\n[policy]\npacks = [\"./site.toml\"]\n";
        let rules = RuleFile::parse_with(file, text, &|_| Ok(pack.to_owned())).unwrap();
        waxwork_core::plan::Plan::compile(&rules, &catalog).unwrap().to_text(&catalog)
    };
    assert_eq!(text_of("/etc/waxwork/waxwork.toml"), text_of("waxwork.toml"));
    assert!(text_of("waxwork.toml").contains("badge  text.shape (pack site.toml: badges)"));
}

/// Message, detail and place of each refusal of rules beside a pack of the site's own.
fn refused_by(schema: &str, rules: &str, pack: &'static str) -> Vec<(String, String, String)> {
    let catalog = crate::schema::catalog(schema);
    let text = format!("version = 1\n{rules}");
    let file = RuleFile::parse_with("rules.toml", &text, &|_| Ok(pack.to_owned())).unwrap();
    let found = waxwork_core::plan::Plan::compile(&file, &catalog).expect_err("it is refused");
    let place = |one: &waxwork_core::diagnostic::Diagnostic| one.location.as_ref().map(ToString::to_string);
    let parts = |one: &waxwork_core::diagnostic::Diagnostic| {
        (one.message.clone(), one.detail.clone().unwrap_or_default(), place(one).unwrap_or_default())
    };
    found.iter().map(parts).collect()
}

#[test]
fn an_error_that_a_packs_mask_causes_names_the_pack_and_its_entry() {
    let schema = "
        table customer
          id int4 not null
          email varchar(20)
          birth_date date
          primary key id
          unique email
          unique birth_date
        table login
          who varchar(20)
          foreign key who customer email
    ";
    let rules = |pack: &str| {
        format!("[policy]\npacks = [\"{pack}\"]\n[table.customer]\nid = {{ keep = \"a number\" }}")
    };
    let found = refused_by(schema, &rules("gdpr"), "");
    let entry = |of: &str| {
        format!("The rule is of pack gdpr: {of}; one of the column's own in the rule file goes before it.")
    };
    let gdpr = packs::find("gdpr").unwrap();
    let catalog = crate::schema::catalog(schema);
    let customer = catalog.table(table_id(&catalog, "customer"));
    for (column, message) in
        [("email", "column is too short"), ("birth_date", "mask cannot keep values apart")]
    {
        let column = customer.column(customer.find_column(column).unwrap());
        let (clause, _) = gdpr.rule_for(column, &catalog.value_type(column)).unwrap();
        let said =
            found.iter().find(|(said, ..)| said.starts_with(message)).unwrap_or_else(|| panic!("{found:?}"));
        assert!(said.1.ends_with(&entry(&clause.what)) && said.2.is_empty(), "{said:?}");
    }
    let ours = "version = 1\n[[entry]]\nwhat = \"birthdays\"\nnames = [\"birth_date\"]\n\
                date = \"date.shift\"\n[[entry]]\nwhat = \"mail\"\nnames = [\"email\"]\ntext = \"contact.email\"\n";
    let found = refused_by(schema, &rules("./ours.toml"), ours);
    let said = found.iter().find(|(said, ..)| said.starts_with("mask cannot keep values apart")).unwrap();
    assert!(said.1.contains("The rule is of pack ours.toml: birthdays;"), "{said:?}");
    assert_eq!(said.2, "ours.toml:5:8");
    // Not for what a pack has nothing to do with.
    assert_eq!(found.iter().filter(|(_, detail, _)| detail.contains("of pack")).count(), 2, "{found:?}");
}
