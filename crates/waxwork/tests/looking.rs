//! `check` and `plan` ask for nothing that they do not use, and say what they did not look at.

use waxwork_fixtures::TempCluster;

use crate::support::{Call, drop_databases};

const SCHEMA: &str = "
    CREATE TABLE users (id int PRIMARY KEY, email text, password_hash text, kind text CHECK (kind <> ''), thing text)";

const RULES: &str = "version = 1
    [target]
    url = { env = \"NO_SUCH_TARGET\" }
    [policy]
    packs = [\"gdpr\"]
    ACCEPT
    [table.users]
    id = { keep = \"a number\" }
    password_hash = { mask = \"secret.password\", password = { env = \"NO_SUCH_PASSWORD\" } }
    kind = \"text.shape\"
    THING";

/// Runs a command over the users; the report goes through `judge` with the code and stdout.
fn look(command: &str, accept: &str, thing: &str, arguments: &[&str]) -> (Option<i32>, serde_json::Value) {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    cluster.psql(&source, SCHEMA).unwrap();
    let rules = RULES.replace("ACCEPT", accept).replace("THING", thing);
    let call =
        Call::of(command, &rules).arg("--source").arg(cluster.uri(&source)).arg("--format").arg("json");
    let run = arguments.iter().fold(call, Call::arg).run();
    drop_databases(cluster, &[&source]);
    (run.status.code(), run.report())
}

fn codes(list: &serde_json::Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_password_that_is_not_at_hand_is_a_warning_where_nothing_is_written() {
    for command in ["check", "plan"] {
        let (code, report) = look(command, "", "thing = \"text.redact\"", &[]);
        assert_eq!(code, Some(0), "{report}");
        let told = report["findings"].as_array().unwrap().iter().find(|one| one["code"] == "secret").unwrap();
        assert!(told["message"].as_str().unwrap().contains("NO_SUCH_PASSWORD"), "{told}");
    }
}

#[test]
fn plan_says_what_is_decided_while_columns_are_not() {
    let (code, report) = look("plan", "", "", &[]);
    assert_eq!(code, Some(3), "{report}");
    let plan = report["plan"].as_str().unwrap();
    assert!(plan.starts_with("no plan yet: 4 of 5 columns are decided"), "{plan}");
    assert!(plan.contains("e-mail addresses: 1 column"), "{plan}");
    assert_eq!(report["packs"][0]["name"], "gdpr", "{report}");
    let (code, report) = look("check", "", "", &[]);
    assert!(code == Some(3) && report["plan"].is_null(), "{report}");
}

#[test]
fn a_warning_that_is_accepted_by_its_name_is_silent_and_passes_strict() {
    let thing = "thing = \"text.redact\"";
    let (code, report) = look("check", "", thing, &["--strict"]);
    assert_eq!(code, Some(2), "{report}");
    let hints: Vec<&str> =
        report["errors"].as_array().unwrap().iter().map(|one| one["hint"].as_str().unwrap()).collect();
    assert!(codes(&report["errors"]).contains(&"check_on_masked_column".to_owned()), "{report}");
    // Each error says what accepts it, ready to be pasted.
    let lists: Vec<&str> = hints
        .iter()
        .map(|hint| hint.split_once("accept = [").unwrap().1.strip_suffix("].").unwrap())
        .collect();
    let accept = format!("accept = [{}]", lists.join(", "));
    let (code, report) = look("check", &accept, thing, &["--strict"]);
    assert_eq!(code, Some(0), "{accept} {report}");
    assert!(!codes(&report["findings"]).contains(&"check_on_masked_column".to_owned()), "{report}");
    // Another column's is not meant.
    let other = accept.replace("public.users(kind)", "public.users(kinds)");
    assert_eq!(look("check", &other, thing, &["--strict"]).0, Some(2));
}

#[test]
fn check_without_a_source_reads_the_rule_file_and_connects_to_nothing() {
    let run =
        Call::of("check", "version = 1\n[table.t]\na = \"text.redact\"").arg("--format").arg("json").run();
    assert_eq!(run.status.code(), Some(0), "{run}");
    assert_eq!(codes(&run.report()["findings"]), ["no_source"]);
    let run =
        Call::of("check", "version = 1\n[table.t]\na = \"text.redactt\"").arg("--format").arg("json").run();
    assert!(run.refused(2).contains("text.redactt"));
}
