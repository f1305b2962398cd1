//! Conditions and keys of a rule file that the server does not take, or that fail on a row: named by place, never by text.

use crate::bad_subset::{Shelf, tables};
use crate::support::Call;

/// What no message may hold.
const SECRET: &str = "hunter2";

impl Shelf {
    /// As [`check_refused`](Shelf::check_refused), and the text of conditions and keys is nowhere.
    #[track_caller]
    fn check_kept_quiet(&self, subset: &str, code: i32, words: &[&str]) {
        let (run, _) = self.refresh("postgres", subset, &["-vv"]);
        let errors = run.refused(code);
        for word in words {
            assert!(errors.contains(word), "no {word} in {errors}");
        }
        assert!(!format!("{run}").contains(SECRET), "{run}");
    }
}

#[test]
fn a_key_that_is_no_value_of_its_type_is_refused_at_its_line() {
    let ddl = "CREATE TYPE mood AS ENUM ('fine');
        CREATE TABLE m (d date, m mood, t int, PRIMARY KEY (m, d)); CREATE DOMAIN even AS int CHECK (value % 2 = 0);
        CREATE TABLE e (id even PRIMARY KEY, t int)";
    let shelf = Shelf::new(&format!("{}; {ddl}", tables("")));
    let seed = |table: &str, keys: &str| {
        format!(
            "[pattern]\n\"*.*\" = {{ keep = \"a number\" }}\n[subset]\nseed = [{{ table = \"{table}\", {keys} }}]"
        )
    };
    let keys = seed("t", "keys = [1,\n 2,\n \"hunter2\", \"worse\"]");
    let words = [
        "table public.t",
        "rules.toml:7:2",
        "Key 3 of the seed",
        "(id integer)",
        "SQLSTATE 22P02",
        "State it as psql",
    ];
    shelf.check_kept_quiet(&keys, 2, &words);
    shelf.check_kept_quiet(&seed("t", "keys = [99999999999]"), 2, &["rules.toml:5:", "SQLSTATE 22003"]);
    let composite = seed("m", "keys = [[\"fine\", \"2024-01-01\"],\n[\"hunter2\", \"2024-01-01\"]]");
    let words =
        ["table public.m", "rules.toml:6:1", "(m public.mood, d date)", "invalid_text_representation"];
    shelf.check_kept_quiet(&composite, 2, &words);
    shelf.check_kept_quiet(&seed("e", "keys = [2, 3]"), 2, &["public.even", "check_violation"]);
    shelf.check_kept_quiet(
        &seed("t", "keys = [[1, 2]]"),
        2,
        &["Key 1 of the seed has 2", "(id integer)", "rules.toml:5:"],
    );
    shelf.check_kept_quiet(&seed("t", "keys = [\"hunter2\\u0000\"]"), 2, &["NUL", "rules.toml:5:"]);
}

#[test]
fn a_bad_line_of_a_file_of_keys_is_refused_by_its_number() {
    let mut shelf = Shelf::new(&tables(""));
    let rules = "[subset]\nseed = [{ table = \"t\", keys_file = \"ids.txt\" }]";
    for (text, words) in [
        ("1\n\n2\r\nhunter2\n3\n", ["Line 4 of keys_file", "(id integer)", "State it as psql"]),
        ("1\n2\thunter2\n", ["line 2 has 2 columns", "line 1 has 1", "It holds a key a line"]),
        ("1\thunter2\n", ["Line 1 of keys_file", "(id integer)", "State a value for each"]),
        ("1\nhunter2\0\n", ["line 2 holds a NUL character", "ids.txt", "It holds a key a line"]),
    ] {
        shelf.file = ("ids.txt", text);
        shelf.check_kept_quiet(rules, 2, &[words[0], words[1], words[2], "rules.toml:3:"]);
    }
    let many: String = (1..=250_000)
        .map(|at| format!("{}\n", if at == 170_001 { "hunter2".to_owned() } else { at.to_string() }))
        .collect();
    shelf.file = ("ids.txt", many.leak());
    shelf.check_kept_quiet(rules, 2, &["Line 170001 of keys_file", "rules.toml:3:"]);
    // What Windows writes.
    shelf.file = ("ids.txt", "\u{feff}20\r\n19\r\n");
    let (run, rows) = shelf.refresh("postgres", rules, &[]);
    assert_eq!(rows.as_deref(), Some("20"), "{run}");
}

/// A cast to `varchar(3)` cuts, and the row of another key would come.
#[test]
fn a_key_that_is_too_long_for_its_column_is_no_other_rows_key() {
    let shelf = Shelf::new(
        "CREATE TABLE t (id varchar(3) PRIMARY KEY, t int); INSERT INTO t VALUES ('abc', 1), ('abd', 2);
         CREATE TABLE c (id char(4) PRIMARY KEY, t int); INSERT INTO c VALUES ('ab', 1), ('b', 2)",
    );
    let rules = "[subset]\nlookup_rows = 0\nseed = [{ table = \"t\", keys = [\"abcd\", \"abd\"] }, { table = \"c\", keys = [\"ab\"] }]";
    let (run, rows) = shelf.refresh("postgres", rules, &[]);
    let findings = run.published()["findings"].to_string();
    assert!(findings.contains("Keys stated: 2; rows that have one of them: 1."), "{findings}");
    assert_eq!(rows.as_deref(), Some("1"), "{run}");
}

#[test]
fn a_condition_that_fails_on_a_row_is_named_by_its_place_and_by_what_the_server_calls_it() {
    let mut shelf = Shelf::new(&format!(
        "{}; ALTER TABLE c ADD s text DEFAULT 'hunter2';
        CREATE FUNCTION quiet(int) RETURNS boolean LANGUAGE plpgsql AS
            'BEGIN PERFORM set_config(''TimeZone'', ''Asia/Tokyo'', false); RETURN false; END';
        CREATE FUNCTION noted(int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN DELETE FROM public.t; RETURN true; END'",
        tables(
            "PARTITION BY RANGE (id);
        CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (10);
        CREATE TABLE high PARTITION OF t FOR VALUES FROM (10) TO (100)"
        )
    ));
    shelf.counted = "c";
    let column = "[pattern]\n\"c.s\" = \"null\"\n";
    let of_seed = |table: &str, condition: &str| {
        format!(
            "{column}[subset]\nlookup_rows = 0\nseed = [{{ table = \"{table}\",\n where = \"{condition}\" }}]"
        )
    };
    for (table, condition, code) in [
        ("t", "1 / (id - 15) = 3", "SQLSTATE 22012 (division_by_zero)"),
        ("c", "s::int = 3", "SQLSTATE 22P02 (invalid_text_representation)"),
        ("c", "(s || id)::date > now()", "SQLSTATE 22007 (invalid_datetime_format)"),
        ("c", "id * 2000000000 > 1", "SQLSTATE 22003 (numeric_value_out_of_range)"),
    ] {
        let place = format!(
            "condition fails on a row: where of {} characters over table public.{table}",
            condition.len()
        );
        shelf.check_kept_quiet(&of_seed(table, condition), 1, &[&place, "rules.toml:7:", code, "CASE WHEN"]);
    }
    shelf.check_kept_quiet(&of_seed("t", "1 / (id - 15) = 3"), 1, &["in partition public.high"]);
    // It is no value that this one fails on.
    let (run, _) = shelf.refresh("postgres", &of_seed("c", "public.noted(id)"), &[]);
    let errors = run.refused(1);
    assert!(errors.contains("SQLSTATE 25006") && errors.contains("rules.toml:7:"), "{errors}");
    assert!(!errors.contains("CASE WHEN") && !format!("{run}").contains(SECRET), "{run}");
    // Nor is what it sets seen by another.
    let seeds = "seed = [{ table = \"c\", where = \"public.quiet(id)\" }, { table = \"c\", where = \"current_setting('TimeZone') = 'UTC' and id = 17\" }]";
    let rules = format!("{column}[subset]\nlookup_rows = 0\n{seeds}");
    assert_eq!(shelf.refresh("postgres", &rules, &[]).1.as_deref(), Some("1"));
    let reference = format!(
        "{column}[subset]\nlookup_rows = 0\nseed = [{{ table = \"t\", keys = [7] }}]\n[subset.reference]\n\"c(t)\" = {{ where = \"1 / (id - 7) = 1\" }}"
    );
    shelf.check_kept_quiet(&reference, 1, &["over table public.c", "rules.toml:8:", "SQLSTATE 22012"]);
    let (run, rows) =
        shelf.refresh("postgres", &of_seed("c", "case when id <> 15 then 1 / (id - 15) = 1 end"), &[]);
    assert_eq!(rows.as_deref(), Some("1"), "{run}");
}

#[test]
fn a_condition_that_is_refused_is_told_why_in_our_words_and_at_which_character() {
    let shelf = Shelf::new(&tables(""));
    for (condition, why) in [
        ("id = 1 and hunter2 = 3", "a column in it is not one of the row's at character 12 (SQLSTATE 42703)"),
        (
            "'ä' = 'ä' and \\\"hunter2\\\"(id)",
            "a function or operator in it does not exist for these types at character 15",
        ),
        ("id in (select id from hunter2)", "a table in it is not known at character 23 (SQLSTATE 42P01)"),
        ("id + 1", "it, or a part of it, is of another type than it must be"),
        ("count(id) = 7", "it holds an aggregate or a window function"),
        ("id = 'hunter2'", "(SQLSTATE 22P02)"),
        ("id = 1 hunter2", "it is not one SQL expression at character 8 (SQLSTATE 42601)"),
    ] {
        let rules = format!("[subset]\nseed = [{{ table = \"t\",\n where = \"{condition}\" }}]");
        shelf.check_kept_quiet(&rules, 2, &[why, "rules.toml:4:", "where of"]);
    }
}

#[test]
fn a_nul_character_is_refused_where_it_stands() {
    let shelf = Shelf::new(&tables(""));
    for rules in [
        "[subset]\nseed = [{ table = \"t\",\n where = \"id = 1 -- hunter2\\u0000\" }]",
        "[subset]\n[subset.reference]\n\"c(t)\" = { where = \"hunter2\\u0000\" }",
        "[[reference]]\nparent = \"t(id)\"\nchild = \"c(hunter2\\u0000)\"",
    ] {
        shelf.check_kept_quiet(rules, 2, &["holds a NUL character", "rules.toml:4:"]);
    }
}

/// Nobody need run a refresh to learn of it.
#[test]
fn plan_and_check_refuse_keys_and_conditions_that_no_refresh_would_take() {
    let shelf = Shelf::new(&tables(""));
    for seed in ["keys = [1, \"hunter2\"]", "where = \"hunter2 = 1\""] {
        let rules = format!(
            "version = 1\n[pattern]\n\"*.*\" = {{ keep = \"a number\" }}\n[subset]\nseed = [{{ table = \"t\", {seed} }}]"
        );
        for command in ["plan", "check"] {
            let call = Call::of(command, &rules).arg("--source").arg(shelf.cluster.uri(&shelf.source));
            let run = call.arg("--format=json").run();
            let errors = run.refused(2);
            assert!(
                errors.contains("rules.toml:5:") && errors.contains("table public.t"),
                "{command}: {run}"
            );
            assert!(!format!("{run}").contains(SECRET), "{command}: {run}");
        }
    }
}
