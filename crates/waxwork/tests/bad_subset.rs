//! Subsets that cannot be had: refused with the exit code and the name, never quietly smaller.

use waxwork_fixtures::{TempCluster, quoted};

use crate::support::{Call, Run, drop_databases, new_target};

/// A database, and what waxwork says of subsets of it.
pub(crate) struct Shelf {
    pub(crate) cluster: &'static TempCluster,
    pub(crate) source: String,
    /// The table whose rows are counted.
    pub(crate) counted: &'static str,
    /// A file beside the rules.
    pub(crate) file: (&'static str, &'static str),
}

impl Shelf {
    pub(crate) fn new(ddl: &str) -> Self {
        let cluster = TempCluster::shared().unwrap();
        let source = cluster.fresh_database().unwrap();
        cluster.psql(&source, ddl).unwrap();
        Self { cluster, source, counted: "t", file: ("ids.txt", "1\n") }
    }

    /// Refreshes as that role, with every column of `t` and `c` kept, the subset's rules before; then the rows of the copy.
    /// Of a run that fails nothing is left on the target.
    pub(crate) fn refresh(&self, role: &str, subset: &str, options: &[&str]) -> (Run, Option<String>) {
        let columns = "columns = { id = { keep = \"a number\" }, t = { keep = \"a number\" } }";
        let rules = format!("version = 1\n{subset}\n[table.t]\n{columns}\n[table.c]\n{columns}\n");
        let (name, target) = new_target(self.cluster);
        let (file, text) = self.file;
        let source = self.cluster.uri_as(role, &self.source);
        let mut call = Call::refresh(&rules, &source, &target).with_file(file, text);
        for option in options {
            call = call.arg(option);
        }
        let run = call.run();
        let rows = run
            .status
            .success()
            .then(|| self.cluster.psql(&name, &format!("SELECT count(*) FROM {}", self.counted)).unwrap());
        if rows.is_none() {
            let left = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{name}%'");
            assert_eq!(self.cluster.psql("postgres", &left).unwrap(), "0", "the target was touched: {run}");
        }
        drop_databases(self.cluster, &[&name]);
        (run, rows)
    }

    #[track_caller]
    pub(crate) fn check_refused(&self, subset: &str, code: i32, words: &[&str]) {
        let (run, _) = self.refresh("postgres", subset, &[]);
        let errors = run.refused(code);
        for word in words {
            assert!(errors.contains(word), "no {word} in {errors}");
        }
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        drop_databases(self.cluster, &[&self.source]);
    }
}

/// A list of twenty, and as many that each refer to one of it.
pub(crate) fn tables(partitions: &str) -> String {
    format!(
        "CREATE TABLE t (id int PRIMARY KEY, t int REFERENCES t) {partitions};
         CREATE TABLE c (id int PRIMARY KEY, t int REFERENCES t);
         INSERT INTO t SELECT n, nullif(n - 1, 0) FROM generate_series(1, 20) AS n;
         INSERT INTO c SELECT n, n FROM generate_series(1, 20) AS n;"
    )
}

#[test]
fn a_seed_that_selects_nothing_is_a_warning_and_under_strict_an_error() {
    let shelf = Shelf::new(&tables(""));
    let subset = "[policy]\naccept = [\"source_role\"]\n[subset]\nlookup_rows = 0\nseed = [{ table = \"t\", where = \"id > 100\" }, { table = \"c\", keys = [3, 4000] }]";
    let (run, rows) = shelf.refresh("postgres", subset, &[]);
    let findings = run.published()["findings"].to_string();
    for word in
        ["seed selects nothing: table public.t", "rules.toml:6:", "keys that no row has: table public.c"]
    {
        assert!(findings.contains(word), "no {word} in {findings}");
    }
    assert_eq!(rows.as_deref(), Some("3"));
    let (run, _) = shelf.refresh("postgres", subset, &["--strict"]);
    let errors = run.refused(2);
    assert!(errors.contains("seed selects nothing") && errors.contains("keys that no row has"), "{errors}");
    assert_eq!(errors.lines().count(), 2, "{errors}");
}

#[test]
fn seeds_whose_rows_leave_are_a_warning_and_under_strict_an_error() {
    let shelf = Shelf::new(&tables(""));
    let subset = "[policy]\naccept = [\"source_role\"]\n[subset]\nlookup_rows = 0\nseed = [{ table = \"t\", keys = [1] }, { table = \"c\", keys = [1, 3, 5] }]\n\
                  [subset.reference]\n\"c(t)\" = { parent = \"drop\" }\n\"t(t)\" = { children = false }";
    let (run, _) = shelf.refresh("postgres", subset, &[]);
    let findings = run.published()["findings"].to_string();
    assert!(findings.contains("2 of 3 rows of seeds leave the subset: table public.c"), "{findings}");
    let (run, _) = shelf.refresh("postgres", subset, &["--strict"]);
    assert!(run.refused(2).contains("leave the subset"), "{run}");
}

#[test]
fn keys_are_not_read_from_what_may_have_no_end() {
    let shelf = Shelf::new(&tables(""));
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for file in [pipe.to_str().unwrap(), "/dev/zero"] {
        let subset = format!("[subset]\nseed = [{{ table = \"t\", keys_file = \"{file}\" }}]");
        let why = ["could not read keys_file", file, "it is not a regular file", "rules.toml:3:"];
        shelf.check_refused(&subset, 2, &why);
    }
}

#[test]
fn a_where_over_a_column_that_is_not_there_or_that_is_no_condition_is_refused_at_its_place() {
    let shelf = Shelf::new(&tables(""));
    for condition in ["idd = 1", "id", "id = ", "count(*) > 1", "c.id = 1", "generate_series(1, 2) > 1"] {
        let subset = format!("[subset]\nseed = [{{ table = \"t\", where = \"{condition}\" }}]");
        let place = format!("where of {} characters over table public.t", condition.len());
        shelf.check_refused(&subset, 2, &[&place, "rules.toml:3:"]);
    }
}

#[test]
fn a_rule_that_names_what_is_no_table_is_told_what_it_is_and_what_to_name() {
    let shelf = Shelf::new(&format!(
        "{}
         CREATE VIEW v AS SELECT * FROM t; CREATE MATERIALIZED VIEW m AS SELECT * FROM t; CREATE SEQUENCE s;
         CREATE INDEX i ON t (t); CREATE TYPE y AS (a int);
         CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER there FOREIGN DATA WRAPPER nowhere;
         CREATE FOREIGN TABLE f (id int, t int) SERVER there;",
        tables("")
    ));
    for (name, said, hint) in [
        ("v", "rule names a view, which is no table: v", "Name the tables that its query reads."),
        (
            "m",
            "rule names a materialized view, which is no table: m",
            "Name the tables that its query reads.",
        ),
        ("s", "rule names a sequence, which is no table: s", "Name the table, and the column that it feeds."),
        ("i", "rule names an index, which is no table: i", "Name its table."),
        ("y", "rule names a composite type, which is no table: y", "Name a table"),
        (
            "pg_catalog.pg_class",
            "rule names a relation of the server's own: pg_catalog.pg_class",
            "Delete the rule.",
        ),
        (
            "f",
            "It is a foreign table: its rows are elsewhere",
            "Name a table whose rows are in this database",
        ),
        ("nowhere", "table named in rule does not exist: nowhere", "Correct the name"),
    ] {
        let seed = format!("[subset]\nseed = [{{ table = \"{name}\", rows = 1 }}]");
        let reference = format!("[[reference]]\nchild = \"{name}(t)\"\nparent = \"t(id)\"");
        for rules in [seed, reference] {
            shelf.check_refused(&rules, 2, &[said, "rules.toml:3:", hint]);
        }
        if name != "f" {
            let rules = format!("[table.\"{name}\"]\nrows = \"none\"");
            shelf.check_refused(&rules, 2, &[said, "rules.toml:2:", hint]);
        }
    }
}

/// A method of its own name over heap's code stands for the columnar ones, which this server does not have.
#[test]
fn rows_are_not_chosen_from_a_table_that_is_no_heap() {
    let shelf = Shelf::new(&format!(
        "CREATE ACCESS METHOD columnar TYPE TABLE HANDLER heap_tableam_handler; SET default_table_access_method = columnar; {}
         ALTER TABLE c SET ACCESS METHOD heap;",
        tables("")
    ));
    let seed = "[subset]\nlookup_rows = 0\nseed = [{ table = \"c\", where = \"id < 5\" }]";
    shelf.check_refused(seed, 2, &["public.t", "access method is columnar", "rows = \\\"all\\\""]);
    shelf.cluster.psql(&shelf.source, "ALTER TABLE t SET ACCESS METHOD heap").unwrap();
    let (run, rows) = shelf.refresh("postgres", seed, &[]);
    run.published();
    assert_eq!(rows.as_deref(), Some("4"));
}

const PARTS: &str = "PARTITION BY RANGE (id);
    CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (10);
    CREATE TABLE high PARTITION OF t FOR VALUES FROM (10) TO (100)";

#[test]
fn a_partition_that_we_may_not_read_is_named_and_not_left_out() {
    let shelf = Shelf::new(&tables(PARTS));
    let role = format!("reader_of_{}", shelf.source);
    let change = |sql: &str| shelf.cluster.psql(&shelf.source, &sql.replace('@', &quoted(&role))).unwrap();
    change("CREATE USER @ CREATEDB; GRANT SELECT ON t, c, low TO @");
    let seed = "[subset]\nseed = [{ table = \"t\", where = \"id < 5\" }]";
    let errors = shelf.refresh(&role, seed, &[]).0.refused(1);
    assert!(errors.contains("high") && !errors.contains("low"), "{errors}");
    let grant = format!("GRANT SELECT ON \\\"public\\\".\\\"high\\\" TO \\\"{role}\\\";");
    assert!(errors.contains(&grant), "no {grant} in {errors}");
    change("GRANT SELECT ON high TO @; ALTER TABLE high ENABLE ROW LEVEL SECURITY");
    let errors = shelf.refresh(&role, seed, &[]).0.refused(1);
    assert!(errors.contains("high") && errors.contains("row-level security"), "{errors}");
    let alter = format!("ALTER ROLE \\\"{role}\\\" BYPASSRLS;");
    assert!(errors.contains(&alter), "no {alter} in {errors}");
    change("ALTER TABLE high DISABLE ROW LEVEL SECURITY");
    let (run, rows) = shelf.refresh(&role, seed, &[]);
    run.published();
    // Wanted rows bring their children: from 1 to 4 down the chain to 20.
    assert_eq!(rows.as_deref(), Some("20"));
    change("DROP OWNED BY @; DROP ROLE @");
}

#[test]
fn a_partition_elsewhere_is_not_looked_into() {
    let mut shelf = Shelf::new(
        "CREATE TABLE t (id int, t int) PARTITION BY RANGE (id);
         CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (10);
         CREATE EXTENSION postgres_fdw; CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'away.invalid');
         CREATE USER MAPPING FOR CURRENT_USER SERVER away OPTIONS (user 'x');
         CREATE FOREIGN TABLE high PARTITION OF t FOR VALUES FROM (10) TO (100) SERVER away;
         CREATE TABLE c (id int PRIMARY KEY, t int); INSERT INTO low SELECT n, n FROM generate_series(1, 9) AS n;
         INSERT INTO c SELECT n, n FROM generate_series(1, 9) AS n;",
    );
    shelf.counted = "low";
    let seed = |table: &str| {
        let subset = format!(
            "[subset]\nseed = [{{ table = \"{table}\", where = \"id < 5\" }}]\n[[reference]]\nchild = \"t(t)\"\nparent = \"c(id)\""
        );
        let (run, rows) = shelf.refresh("postgres", &subset, &[]);
        run.published();
        rows
    };
    assert_eq!(seed("t").as_deref(), Some("4"));
    assert_eq!(seed("c").as_deref(), Some("4"));
}

/// Rows of `t` refer to `c` by `x`; one CHECK a test.
fn with_check(check: &str) -> String {
    format!(
        "CREATE TABLE c (id int PRIMARY KEY, t int);
         CREATE TABLE t (id int PRIMARY KEY, t int, x int REFERENCES c, y int REFERENCES c, \"c d\" text, CONSTRAINT \"one \"\"of\" {check});
         INSERT INTO c SELECT n FROM generate_series(1, 50) n;
         INSERT INTO t SELECT n, n, n, NULL, 'x' FROM generate_series(1, 20) n"
    )
}

const NULLED: &str = "[subset]\nlookup_rows = 0\nseed = [{ table = \"t\", keys = [1, 2, 3] }]\n[subset.reference]\n\"t(x)\" = { parent = \"null\" }";

/// As [`Shelf::refresh`], with all columns of [`with_check`] kept.
fn nulled(check: &str) -> (Run, Run, Option<String>) {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    let function = "CREATE FUNCTION fine(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 IS NOT NULL; END';
        CREATE FUNCTION wrong(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN IF $1 IS NULL THEN RAISE EXCEPTION $r$no$r$; END IF; RETURN true; END';";
    cluster.psql(&source, &format!("{function}{}", with_check(check))).unwrap();
    let rules = format!("version = 1\n{NULLED}\n[pattern]\n\"*.*\" = {{ keep = \"a number\" }}\n");
    let (name, target) = new_target(cluster);
    let exact = Call::of("plan", &rules)
        .arg("--exact")
        .arg("--format")
        .arg("json")
        .arg("--source")
        .arg(cluster.uri(&source))
        .run();
    let run = Call::refresh(&rules, &cluster.uri(&source), &target).run();
    let rows = "SELECT count(*) || ' ' || count(x) FROM t";
    let rows = run.status.success().then(|| cluster.psql(&name, rows).unwrap());
    drop_databases(cluster, &[&name, &source]);
    (exact, run, rows)
}

#[test]
fn a_key_that_a_check_does_not_let_become_null_is_refused_before_the_load() {
    for check in [
        "CHECK (x IS NOT NULL OR y IS NOT NULL)",
        "CHECK (fine(x))",
        "CHECK (\"c d\" <> 'x' OR x > 0 IS TRUE)",
    ] {
        let (exact, run, _) = nulled(check);
        for run in [exact, run] {
            let said = run.refused(1);
            assert!(said.contains("t(x)") && said.contains("3 rows"), "{said}");
            assert!(said.contains("which CHECK one "), "{said}");
        }
    }
    // It can be read, so no row need be.
    let (exact, run, _) = nulled("CHECK (num_nonnulls(x, y) = 1)");
    for run in [exact, run] {
        let said = run.refused(2);
        assert!(said.contains("t(x)") && said.contains("how many of its columns are NULL"), "{said}");
    }
}

#[test]
fn a_key_that_what_is_generated_from_it_does_not_let_become_null_is_refused_before_the_load() {
    let generated = "\"g G\" bigint GENERATED ALWAYS AS (x + id) STORED";
    for (constraints, forbids) in [
        (format!("CHECK (id > 0), {generated} NOT NULL"), "which NOT NULL of column "),
        (format!("CHECK (\"g G\" > 0 IS TRUE), {generated}"), "which CHECK one "),
        // Where it is stored it is rounded.
        (
            "CHECK (r > 0), r int GENERATED ALWAYS AS (CASE WHEN x IS NULL THEN 0.4 ELSE 5 END) STORED"
                .to_owned(),
            "which CHECK one ",
        ),
    ] {
        let (exact, run, _) = nulled(&constraints);
        for run in [exact, run] {
            let said = run.refused(1);
            assert!(said.contains("t(x)") && said.contains("3 rows") && said.contains(forbids), "{said}");
        }
    }
    let (_, run, rows) = nulled(&format!("CHECK (\"g G\" > 0), {generated}"));
    assert_eq!(rows.as_deref(), Some("3 0"), "{run}");
}

#[test]
fn a_check_that_lets_a_key_become_null_stands_in_nobodys_way() {
    for check in ["CHECK (x > 0)", "CHECK (x IS NOT NULL OR id < 4)", "CHECK (id > 0)"] {
        let (_, run, rows) = nulled(check);
        assert_eq!(rows.as_deref(), Some("3 0"), "{check}: {run}");
    }
}

#[test]
fn a_check_that_fails_on_null_is_left_to_the_target() {
    let (exact, run, _) = nulled("CHECK (wrong(x))");
    assert!(exact.status.success(), "{exact}");
    run.refused(1);
}

/// `parent` speaks of parents that exist; of rows that dangle `dangling` does, and where it says nothing of a key that is
/// not valid they are copied as they are.
#[test]
fn rows_without_a_parent_are_told_from_rows_whose_parent_stays_behind() {
    let shelf = Shelf::new(&format!(
        "{}
         ALTER TABLE c DROP CONSTRAINT c_t_fkey; INSERT INTO c VALUES (21, 99), (22, 98);
         ALTER TABLE c ADD CONSTRAINT late FOREIGN KEY (t) REFERENCES t NOT VALID;",
        tables("")
    ));
    let subset = |keys: &str, policy: &str| {
        format!(
            "[subset]\nlookup_rows = 0\nseed = [{{ table = \"c\", keys = [{keys}] }}]\n[subset.reference]\n\"c(t)\" = {{ {policy} }}"
        )
    };
    let said = [
        "has 1 row whose parent is in the source and not in the copy",
        "Others refer to no row of the source (2 rows)",
        "rules.toml:6:",
        "parent = \\\"pull\\\"",
    ];
    shelf.check_refused(&subset("3, 21, 22", "parent = \"error\""), 1, &said);
    let (run, rows) = shelf.refresh("postgres", &subset("21, 22", "parent = \"error\""), &[]);
    assert_eq!(rows.as_deref(), Some("0"), "{run}");
    let (run, _) = shelf.refresh("postgres", &subset("3", "parent = \"error\""), &[]);
    assert!(!run.refused(1).contains("Others"), "{run}");
}

/// Damage that a valid key does not let happen, made as a restore without triggers makes it.
#[test]
fn rows_that_dangle_under_a_valid_key_stop_the_run_with_what_can_be_said_of_them() {
    let shelf = Shelf::new(&format!(
        "{} SET session_replication_role = replica; INSERT INTO c VALUES (21, 99); RESET session_replication_role;",
        tables("")
    ));
    let subset = "[subset]\nlookup_rows = 0\nseed = [{ table = \"c\", keys = [21] }]";
    let said = [
        "has 1 row whose parent does not exist in the source",
        "{ dangling = \\\"drop\\\" }",
        "breaks its own key",
    ];
    shelf.check_refused(subset, 1, &said);
}
