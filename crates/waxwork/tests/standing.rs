//! A target that already serves, and must not notice a run that fails.

use std::sync::OnceLock;

use waxwork_fixtures::judge::{Database, GeneratorOptions, RuleSet, fingerprint, generate};
use waxwork_fixtures::{TempCluster, quoted};

use crate::support::{Call, Run, new_target};

const SCHEMA: &str = include_str!("judging/schema.sql");

/// A small source with a standing copy of it, each for one test alone.
pub(crate) struct Standing {
    pub(crate) cluster: &'static TempCluster,
    pub(crate) source: String,
    pub(crate) source_name: String,
    pub(crate) target: String,
    pub(crate) target_name: String,
    pub(crate) rules: RuleSet,
    before: String,
}

impl Standing {
    pub(crate) fn new() -> Self {
        let cluster = TempCluster::shared().unwrap();
        let small = |cluster: &TempCluster, name: &str| cluster.psql(name, SCHEMA).map(drop);
        let source_name = cluster.copy_of("small_source", small).unwrap();
        let source = cluster.uri(&source_name);
        let rules = generate(&Database::new(&source), &GeneratorOptions::default()).unwrap();
        let (target_name, target) = new_target(cluster);
        place_copy(cluster, &target_name, "");
        let before = fingerprint(&Database::new(&target)).unwrap();
        Self { cluster, source, source_name, target, target_name, rules, before }
    }

    /// The call that would succeed.
    pub(crate) fn call(&self) -> Call {
        Call::refresh(&self.rules.toml(), &self.source, &self.target)
    }

    /// The same with other rules.
    pub(crate) fn call_with(&self, rules: &str) -> Call {
        Call::refresh(rules, &self.source, &self.target)
    }

    /// Runs a call that must end with that code, say all of these words, and leave the target as it was, with nothing
    /// beside it.
    #[track_caller]
    pub(crate) fn check_refused(&self, call: Call, code: i32, words: &[&str]) -> Run {
        self.check_run(call.run(), code, words)
    }

    #[track_caller]
    pub(crate) fn check_run(&self, run: Run, code: i32, words: &[&str]) -> Run {
        let told = run.refused(code);
        for word in words {
            assert!(told.contains(word), "the errors do not say {word:?}\n{run}");
        }
        self.check_untouched();
        run
    }

    /// The target is what it was, and nothing was left beside it.
    #[track_caller]
    pub(crate) fn check_untouched(&self) {
        assert_eq!(
            fingerprint(&Database::new(&self.target)).unwrap(),
            self.before,
            "the old target has changed"
        );
        let beside = format!(
            "SELECT string_agg(datname, ', ') FROM pg_database WHERE datname LIKE '{}\\_%'",
            self.target_name
        );
        assert_eq!(
            self.cluster.psql("postgres", &beside).unwrap(),
            "",
            "databases were left beside the target"
        );
    }

    /// Runs SQL on the source.
    pub(crate) fn change_source(&self, sql: &str) {
        self.cluster.psql(&self.source_name, sql).unwrap();
    }
}

/// Puts a finished copy of the small database under a name, as a refresh would have left it. `options` go to CREATE
/// DATABASE.
pub(crate) fn place_copy(cluster: &TempCluster, name: &str, options: &str) {
    cluster
        .psql("postgres", &format!("CREATE DATABASE {} TEMPLATE template0 {options}", quoted(name)))
        .unwrap();
    cluster.psql(name, "CREATE TABLE old_copy (a int); INSERT INTO old_copy VALUES (1), (2)").unwrap();
    let comment = marker().replace('\'', "''");
    cluster.psql("postgres", &format!("COMMENT ON DATABASE {} IS '{comment}'", quoted(name))).unwrap();
}

/// The comment that waxwork gives a database of its own: taken from one.
pub(crate) fn marker() -> &'static str {
    static MARKER: OnceLock<String> = OnceLock::new();
    MARKER.get_or_init(|| {
        let cluster = TempCluster::shared().unwrap();
        let source = cluster.fresh_database().unwrap();
        cluster.psql(&source, "CREATE TABLE t (a int); INSERT INTO t VALUES (1)").unwrap();
        let (_, target) = new_target(cluster);
        let rules = "version = 1\n[table.t]\na = { keep = \"a number\" }\n";
        Call::refresh(rules, &cluster.uri(&source), &target).run().published();
        let query = "SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database WHERE datname = current_database()";
        Database::new(&target).cell(query).unwrap()
    })
}
