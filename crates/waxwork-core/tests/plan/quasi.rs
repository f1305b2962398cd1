//! `[[quasi_identifiers]]` in the plan: names looked up, steps chosen by type, and what cannot be counted or changed.

use crate::{compile, plan, refusals};
use waxwork_core::rules::RuleFile;

const PATIENT: &str = "
    enum blood a,b
    table ward
      id int4 not null
      primary key id
    table patient
      id int4 not null
      postcode varchar(8)
      born date
      sex text not null
      weight numeric
      blood blood
      seen timestamptz
      ward int4
      mail text
      doc jsonb
      tags text[]
      label text
      shout text generated from postcode
      digest text
      primary key id
      unique mail
      index lower(label) reads label,seen
      foreign key ward ward id
    table event
      day date not null
      city text
      room int4
      slot daterange
      exclude room =; slot reads slot &&
      partition by r day
    partition event_24 of event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
    table log
      id int4
    table elsewhere foreign
      id int4
";

const RULES: &str = "[table.ward]\nid = { keep = \"n\" }\n\
    [table.patient]\nid = { keep = \"n\" }\npostcode = \"address.postcode\"\nborn = { keep = \"d\" }\nsex = { keep = \"w\" }\n\
    weight = { keep = \"n\" }\nblood = { keep = \"w\" }\nseen = { keep = \"d\" }\nmail = \"contact.email\"\n\
    doc = { keep = \"j\" }\ntags = { keep = \"w\" }\nlabel = { keep = \"w\" }\ndigest = { derive = \"md5(mail)\" }\n\
    [table.event]\nday = { keep = \"d\" }\ncity = { keep = \"w\" }\nroom = { keep = \"n\" }\nslot = { keep = \"d\" }\n\
    [table.log]\nrows = \"none\"\n";

fn set(table: &str, columns: &str, rest: &str) -> String {
    format!("{RULES}[[quasi_identifiers]]\ntable = \"{table}\"\ncolumns = [{columns}]\n{rest}\n")
}

#[test]
fn a_set_is_shown_and_changes_the_hash() {
    let (catalog, plain) = plan(PATIENT, RULES);
    let (_, reported) = plan(PATIENT, &set("patient", "\"postcode\", \"sex\"", ""));
    let text = reported.to_text(&catalog);
    assert!(text.ends_with("\nquasi-identifiers of public.patient: postcode, sex\n"), "{text}");
    let (_, asked) = plan(PATIENT, &set("patient", "\"postcode\", \"sex\"", "k = 5"));
    assert!(asked.to_text(&catalog).ends_with(": postcode, sex; k 5, below it: report\n"));
    let hashes = [&plain, &reported, &asked].map(|plan| plan.hash(&catalog));
    assert!(hashes[0] != hashes[1] && hashes[1] != hashes[2] && hashes[0] != hashes[2]);
}

#[test]
fn steps_go_round_the_columns_and_end_in_null() {
    let columns = "\"born\", \"postcode\", \"sex\", \"blood\"";
    let (catalog, found) = plan(PATIENT, &set("patient", columns, "k = 5\nbelow = \"generalise\""));
    let text = found.to_text(&catalog);
    let shown = text.split("quasi-identifiers").last().unwrap();
    assert_eq!(
        shown,
        " of public.patient: born, postcode, sex, blood; k 5, below it: generalise
  born: its month
  postcode: 3 characters where it has a digit
  sex: 3 characters where it has a digit
  born: its year
  postcode: 2 characters where it has a digit
  sex: 2 characters where it has a digit
  born: its decade
  postcode: 1 character where it has a digit
  sex: 1 character where it has a digit
  born: null
  postcode: null
  blood: null
"
    );
}

#[test]
fn what_cannot_be_counted_is_named_with_its_place() {
    for (table, columns, expected) in [
        ("pateint", "\"sex\"", "unknown_table: table named in rule does not exist: pateint"),
        (
            "event_24",
            "\"city\"",
            "quasi_partition: table of [[quasi_identifiers]] is a partition: public.event_24",
        ),
        (
            "elsewhere",
            "\"id\"",
            "table_without_rows: table named in rule has no rows to copy: public.elsewhere",
        ),
        (
            "log",
            "\"id\"",
            "quasi_without_rows: table of [[quasi_identifiers]] has no rows in the copy: public.log",
        ),
        (
            "patient",
            "\"sexe\"",
            "unknown_column: column named in rule does not exist: column sexe of table public.patient",
        ),
        (
            "patient",
            "\"digest\"",
            "quasi_on_made: column of [[quasi_identifiers]] is derived: public.patient(digest)",
        ),
        (
            "patient",
            "\"shout\"",
            "quasi_on_made: column of [[quasi_identifiers]] is generated: public.patient(shout)",
        ),
        (
            "patient",
            "\"doc\"",
            "quasi_type: rows are not grouped by a column of type jsonb: public.patient(doc)",
        ),
        (
            "patient",
            "\"tags\"",
            "quasi_type: rows are not grouped by a column of type text[]: public.patient(tags)",
        ),
    ] {
        let (_, found) = compile(PATIENT, &set(table, columns, ""));
        let found = found.unwrap_err();
        let said: Vec<String> = found.iter().map(|one| format!("{}: {}", one.code, one.message)).collect();
        assert_eq!(said, [expected]);
        assert!(found[0].location.as_ref().is_some_and(|place| place.line > 20), "{found:?}");
        assert!(found[0].hint.is_some(), "{found:?}");
    }
}

#[test]
fn what_keys_partitions_and_other_columns_are_made_from_is_not_generalised() {
    let cannot = |why: &str, column: &str| {
        vec![format!("quasi_on_structure: column cannot be generalised, {why}: public.{column}")]
    };
    for (table, column, why) in [
        ("patient", "id", "unique key patient_pkey reads it"),
        ("patient", "mail", "unique key patient_key1 reads it"),
        ("patient", "seen", "unique key patient_key2 reads it"),
        ("patient", "ward", "a reference reads it"),
        ("event", "day", "it is in a partition key"),
        ("event", "slot", "exclusion constraint event_excl reads it"),
    ] {
        let rules = set(table, &format!("\"{column}\""), "k = 2\nbelow = \"generalise\"");
        assert_eq!(refusals(PATIENT, &rules), cannot(why, &format!("{table}({column})")), "{column}");
        // To count them changes nothing.
        plan(PATIENT, &rules.replace("generalise", "fail"));
    }
    let template = set("patient", "\"sex\"", "k = 2\nbelow = \"generalise\"").replace(
        "postcode = \"address.postcode\"",
        "postcode = { mask = \"text.template\", template = \"{sex}\" }",
    );
    assert_eq!(refusals(PATIENT, &template), cannot("column postcode says what it held", "patient(sex)"));
    let derived = set("patient", "\"sex\"", "k = 2\nbelow = \"generalise\"").replace("md5(mail)", "md5(sex)");
    assert_eq!(refusals(PATIENT, &derived), cannot("column digest says what it held", "patient(sex)"));
}

#[test]
fn sets_that_are_one_or_undo_each_other_are_refused() {
    let two = |first: &str, second: &str| {
        let second = second.replace("patient", "\"patient\"");
        format!("{}[[quasi_identifiers]]\n{second}\n", set("patient", first, "k = 3\nbelow = \"generalise\""))
    };
    assert_eq!(
        refusals(PATIENT, &two("\"sex\", \"born\"", "table = patient\ncolumns = [\"born\", \"sex\"]")),
        ["named_twice: quasi-identifiers of table public.patient are declared twice"]
    );
    let generalise = "table = patient\ncolumns = [\"born\"]\nk = 2\nbelow = \"generalise\"";
    assert_eq!(
        refusals(PATIENT, &two("\"sex\", \"born\"", generalise)),
        ["quasi_overlap: two sets generalise one column: public.patient(born)"]
    );
    plan(PATIENT, &two("\"sex\", \"born\"", &generalise.replace("generalise", "fail")));
}

#[test]
fn the_grammar_is_checked_without_a_schema() {
    for (rest, expected) in [
        (
            "table = \"t\"\ncolumns = [\"a\"]\nk = 1",
            "bad_value: key \"k\" in [[quasi_identifiers]] is out of range",
        ),
        (
            "table = \"t\"\ncolumns = [\"a\"]\nbelow = \"fail\"",
            "missing_key: key \"k\" is missing in [[quasi_identifiers]]",
        ),
        (
            "table = \"t\"\ncolumns = []",
            "bad_value: key \"columns\" in [[quasi_identifiers]] must name a column",
        ),
        ("table = \"t\"\ncolumns = [\"a\", \"a\"]", "named_twice: column \"a\" is named twice"),
        ("table = \"t\"", "missing_key: key \"columns\" is missing in [[quasi_identifiers]]"),
        ("columns = [\"a\"]", "missing_key: key \"table\" is missing in [[quasi_identifiers]]"),
        (
            "table = \"t\"\ncolumns = [\"a\"]\nbelow = \"stop\"",
            "bad_value: invalid value for key \"below\" in [[quasi_identifiers]]",
        ),
        (
            "table = \"t\"\ncolumns = [\"a\"]\nkk = 5",
            "unknown_key: unrecognized key \"kk\" in [[quasi_identifiers]]",
        ),
    ] {
        let text = format!("version = 1\n[[quasi_identifiers]]\n{rest}\n");
        let found = RuleFile::parse("rules.toml", &text).unwrap_err();
        let said: Vec<String> = found.iter().map(|one| format!("{}: {}", one.code, one.message)).collect();
        assert_eq!(said, [expected], "{rest}");
        assert!(found[0].location.is_some());
    }
}
