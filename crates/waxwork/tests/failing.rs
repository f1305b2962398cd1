//! What can go wrong with servers: each way to fail has its code, and the old copy serves on.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::Signal;
use waxwork_fixtures::judge::{Database, fingerprint};
use waxwork_fixtures::{ClusterOptions, TempCluster, quoted};

use crate::standing::{Standing, place_copy};
use crate::support::{Call, drop_databases, new_target};

const PASSWORD: &str = "kestrel-umbrella-4711";

#[test]
fn a_wrong_password_is_a_login_that_failed_and_no_password_is_ever_shown() {
    let standing = Standing::new();
    let locked =
        TempCluster::start(&ClusterOptions { tcp_password: Some(PASSWORD.to_owned()), ..Default::default() })
            .unwrap();
    let (right, wrong) = (PASSWORD, "jackdaw-parasol-0815");
    let rules = standing.rules.toml();
    let as_source = locked.tcp_uri("postgres", wrong, "postgres").unwrap();
    let as_target = locked.tcp_uri("postgres", wrong, "staging").unwrap();
    let loud = |call: Call| call.arg("-vv").run();
    let runs = [
        standing.check_run(loud(Call::refresh(&rules, &as_source, &standing.target)), 5, &[]),
        standing.check_run(loud(Call::refresh(&rules, &standing.source, &as_target)), 5, &[]),
        // The right one, with a run that fails and one that succeeds.
        loud(Call::refresh(
            "version = 1\n",
            &standing.source,
            &locked.tcp_uri("postgres", right, "staging").unwrap(),
        )),
        loud(Call::refresh(&rules, &standing.source, &locked.tcp_uri("postgres", right, "staging").unwrap())),
    ];
    runs[3].published();
    for run in runs {
        let shown = run.to_string();
        assert!(!shown.contains(right) && !shown.contains(wrong), "a password is in the output\n{run}");
    }
    let comment = "SELECT pg_catalog.shobj_description(oid, 'pg_database') FROM pg_catalog.pg_database WHERE datname = 'staging'";
    assert!(!locked.psql("postgres", comment).unwrap().contains(right));
    let applications =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '%' || 'kestrel' || '%'";
    assert_eq!(locked.psql("postgres", applications).unwrap(), "0");
}

#[test]
fn a_host_that_does_not_answer_is_a_connection_that_failed() {
    let standing = Standing::new();
    let rules = standing.rules.toml();
    for nowhere in [
        "postgresql://u@127.0.0.1:1/x",
        "postgresql://u@no-such-host.invalid/x",
        "postgresql://u@%2Fno%2Fsuch%2Ffolder/x",
    ] {
        standing.check_run(Call::refresh(&rules, nowhere, &standing.target).run(), 5, &[]);
        standing.check_run(Call::refresh(&rules, &standing.source, nowhere).run(), 5, &[]);
    }
    let no_database = standing.cluster.uri("no_such_database");
    standing.check_run(Call::refresh(&rules, &no_database, &standing.target).run(), 5, &["no_such_database"]);
}

#[test]
fn rows_that_we_may_not_see_are_not_silently_left_out() {
    let standing = Standing::new();
    // A role belongs to the cluster; its name is this test's own.
    let role = format!("reader_{}", standing.source_name);
    standing.change_source(&format!(
        "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA public TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role};
         GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}; ALTER TABLE post DISABLE ROW LEVEL SECURITY; SELECT lo_unlink(oid) FROM pg_largeobject_metadata"
    ));
    let source = standing.cluster.uri_as(&role, &standing.source_name);
    let (_, other) = new_target(standing.cluster);
    let call = || Call::refresh(&standing.rules.toml(), &source, &standing.target);
    // With these rights, all is well.
    Call::refresh(&standing.rules.toml(), &source, &other).run().published();
    standing.change_source("ALTER TABLE post ENABLE ROW LEVEL SECURITY");
    standing.check_refused(call(), 1, &["post", "row"]);
    standing.change_source(&format!(
        "ALTER TABLE post DISABLE ROW LEVEL SECURITY; REVOKE SELECT ON customer FROM {role}"
    ));
    standing.check_refused(call(), 1, &["customer", "SELECT"]);
    standing.change_source(&format!("GRANT SELECT (id) ON customer TO {role}"));
    standing.check_refused(call(), 1, &["customer"]);
}

/// A psql session that stays open.
pub(crate) struct Session {
    child: Child,
}

impl Session {
    /// Runs statements and returns when they are done; the session stays.
    pub(crate) fn open(cluster: &TempCluster, database: &str, sql: &str) -> Self {
        let mut command = cluster.client(database).command().unwrap();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        writeln!(child.stdin.as_mut().unwrap(), "{sql}\n\\echo ready").unwrap();
        let mut line = String::new();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        while line.trim() != "ready" {
            line.clear();
            assert!(reader.read_line(&mut line).unwrap() > 0, "the session ended");
        }
        Self { child }
    }

    pub(crate) fn finish(mut self, sql: &str) {
        writeln!(self.child.stdin.take().unwrap(), "{sql}").unwrap();
        self.child.wait().unwrap();
    }
}

/// Waits until a session that `condition` describes is there, then runs `action`, all within the server.
pub(crate) fn when_seen(cluster: &TempCluster, condition: &str, action: &str) {
    let script = format!(
        "DO $$ DECLARE found int; BEGIN
           FOR i IN 1..20000 LOOP
             SELECT count(*) INTO found FROM (SELECT {action} FROM pg_stat_activity
               WHERE pid <> pg_backend_pid() AND backend_type = 'client backend' AND {condition}) acted;
             IF found > 0 THEN RETURN; END IF;
             PERFORM pg_sleep(0.002), pg_stat_clear_snapshot();
           END LOOP;
           RAISE EXCEPTION 'no such session came';
         END $$"
    );
    cluster.psql("postgres", &script).unwrap();
}

#[test]
fn a_table_that_is_altered_or_dropped_under_us_stops_the_run() {
    let standing = Standing::new();
    let waiting = format!("datname = '{}' AND wait_event_type = 'Lock'", standing.source_name);
    // The run waits for the table's lock, and finds another table when it has it.
    let changes = [
        ("ALTER TABLE legacy ADD secret text", "ALTER TABLE legacy DROP secret"),
        ("ALTER TABLE legacy RENAME id TO nummer", "ALTER TABLE legacy RENAME nummer TO id"),
        ("DROP TABLE legacy", ""),
    ];
    for (change, undo) in changes {
        let session = Session::open(standing.cluster, &standing.source_name, &format!("BEGIN; {change};"));
        let running = standing.call().start();
        when_seen(standing.cluster, &waiting, "1");
        session.finish("COMMIT;");
        let run = running.wait();
        let code = run.status.code().unwrap();
        assert!([2, 3, 4].contains(&code), "after {change}\n{run}");
        standing.check_run(run, code, &["legacy"]);
        standing.change_source(undo);
    }
}

/// A source with one table of some size, whose copying takes a while; made once, read by many.
pub(crate) fn big_source(cluster: &TempCluster) -> String {
    let build = |cluster: &TempCluster, name: &str| {
        let sql = "CREATE TABLE big AS SELECT g AS id, 'user' || g || '@corp.test' AS email, repeat(md5(g::text), 12) AS pad
                     FROM generate_series(1, 400000) AS g; ALTER TABLE big ADD PRIMARY KEY (id)";
        cluster.psql(name, sql).map(drop)
    };
    cluster.copy_of("big", build).unwrap()
}

pub(crate) const BIG_RULES: &str = "version = 1\n[table.big]\nid = { keep = \"a number\" }\nemail = \"contact.email\"\npad = { keep = \"filler\" }\n";

/// A run over the big source that something happens to: the call, and sessions in their COPY by server side.
struct Big {
    cluster: &'static TempCluster,
    source: String,
    target_name: String,
    target: String,
    before: String,
}

impl Big {
    fn new() -> Self {
        let cluster = TempCluster::shared().unwrap();
        let source = big_source(cluster);
        let (target_name, target) = new_target(cluster);
        place_copy(cluster, &target_name, "");
        let before = fingerprint(&Database::new(&target)).unwrap();
        Self { cluster, source, target_name, target, before }
    }

    fn call(&self) -> Call {
        Call::refresh(BIG_RULES, &self.cluster.uri(&self.source), &self.target)
    }

    /// Sessions of the run that copy out of the source, or into the copy that is being made.
    fn copying(&self, into_target: bool) -> String {
        let database = self.copied_in(into_target);
        format!("datname = '{database}' AND state = 'active' AND query ~* '^\\s*COPY'")
    }

    fn copied_in(&self, into_target: bool) -> String {
        if into_target { format!("{}__next", self.target_name) } else { self.source.clone() }
    }

    #[track_caller]
    fn check_untouched(self) {
        assert_eq!(
            fingerprint(&Database::new(&self.target)).unwrap(),
            self.before,
            "the old target has changed"
        );
        let names = format!(
            "SELECT string_agg(datname, ', ') FROM pg_database WHERE datname LIKE '{}\\_%'",
            self.target_name
        );
        assert_eq!(
            self.cluster.psql("postgres", &names).unwrap(),
            "",
            "databases were left beside the target"
        );
        let sessions = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname IN ('{}', '{}')",
            self.source, self.target_name
        );
        assert_eq!(self.cluster.psql("postgres", &sessions).unwrap(), "0", "sessions were left behind");
        // What failed once succeeds when nothing is in its way.
        self.call().run().published();
        drop_databases(self.cluster, &[&self.target_name, &self.source]);
    }
}

#[test]
fn a_table_whose_connection_is_killed_is_loaded_again() {
    for into_target in [false, true] {
        for parts in [None, Some("--split-tables-larger-than=20MB")] {
            let big = Big::new();
            let running = parts.into_iter().fold(big.call(), Call::arg).start();
            when_seen(big.cluster, &big.copying(into_target), "pg_terminate_backend(pid)");
            let run = running.wait();
            let report = run.published();
            let again = report["findings"].as_array().unwrap().iter();
            let again = again.filter(|finding| finding["code"] == "loaded_again").count();
            assert!((1..=2).contains(&again), "{run}");
            assert_eq!(report["tables"][0]["rows"], 400_000, "{run}");
            let rows = "SELECT count(*), count(DISTINCT id), count(DISTINCT pad) FROM big WHERE email NOT LIKE '%corp.test'";
            assert_eq!(big.cluster.psql(&big.target_name, rows).unwrap(), "400000|400000|400000", "{run}");
            drop_databases(
                big.cluster,
                &[&big.target_name, &format!("{}__old1", big.target_name), &big.source],
            );
        }
    }
}

#[test]
fn a_connection_that_is_killed_each_time_fails_the_run() {
    for into_target in [false, true] {
        let big = Big::new();
        let kill = format!(
            "DO $$ BEGIN LOOP
               PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE {};
               PERFORM pg_sleep(0.005), pg_stat_clear_snapshot();
             END LOOP; END $$",
            big.copying(into_target)
        );
        let mut killer = big.cluster.client("postgres").command().unwrap();
        let mut killer = killer.args(["-c", &kill]).spawn().unwrap();
        let run = big.call().run();
        killer.kill().unwrap();
        killer.wait().unwrap();
        // The server notices that nobody listens when it next says something.
        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'DO %''{}''%'",
            big.copied_in(into_target)
        );
        big.cluster.psql("postgres", &end).unwrap();
        run.refused(1);
        let report = run.report();
        let again = report["findings"].as_array().unwrap().iter();
        assert_eq!(again.filter(|finding| finding["code"] == "loaded_again").count(), 2, "{run}");
        big.check_untouched();
    }
}

#[test]
fn signals_end_the_run_in_good_order() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let big = Big::new();
        let running = big.call().start();
        when_seen(big.cluster, &big.copying(true), "1");
        running.signal(signal);
        let run = running.wait();
        assert_eq!(run.status.code(), Some(code), "{run}");
        assert_eq!(run.report()["outcome"], "failed", "{run}");
        big.check_untouched();
    }
}

#[test]
fn a_run_that_is_killed_outright_leaves_the_old_copy_and_no_obstacle() {
    let big = Big::new();
    let running = big.call().start();
    when_seen(big.cluster, &big.copying(true), "1");
    running.signal(Signal::KILL);
    running.wait();
    assert_eq!(fingerprint(&Database::new(&big.target)).unwrap(), big.before);
    big.call().run().published();
}

/// A small file system of its own, gone when dropped. Only root can have one.
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    /// None where none can be had, which is said, and where everything must be tried is a failure.
    pub(crate) fn new(mebibytes: u32, owner_of: &Path) -> Option<Self> {
        let disk = Self::mount(mebibytes, owner_of);
        if disk.is_none() {
            assert!(std::env::var_os("CI").is_none(), "no small disk can be mounted here");
            eprintln!("skipped: only root may mount a small disk, so a full one was not tried");
        }
        disk
    }

    /// Where a tablespace may be.
    pub(crate) fn space(&self) -> PathBuf {
        self.0.join("space")
    }

    fn mount(mebibytes: u32, owner_of: &Path) -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let folder = tempfile::tempdir().unwrap().keep();
        let options = format!("size={mebibytes}m,mode=0755");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(&folder)
            .status()
            .ok()?;
        if !mounted.success() {
            return None;
        }
        let space = folder.join("space");
        std::fs::create_dir(&space).unwrap();
        let owner = std::fs::metadata(owner_of).unwrap();
        chown(&space, Some(owner.uid()), Some(owner.gid())).unwrap();
        std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        Some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        let _ = std::fs::remove_dir(&self.0);
    }
}

#[test]
fn a_full_disk_of_the_target_fails_the_run() {
    let source_cluster = TempCluster::shared().unwrap();
    let source = big_source(source_cluster);
    let target_cluster = TempCluster::start(&ClusterOptions::default()).unwrap();
    let Some(disk) = SmallDisk::new(80, &target_cluster.data_directory()) else { return };
    place_copy(&target_cluster, "staging", "TABLESPACE pg_default");
    // New databases go where their template is: the target's disk is full, the server's own is not.
    let space = disk.space();
    target_cluster
        .psql("postgres", &format!("CREATE TABLESPACE small LOCATION '{}'", space.display()))
        .unwrap();
    for template in ["template0", "template1"] {
        target_cluster
            .psql("postgres", &format!("ALTER DATABASE {} SET TABLESPACE small", quoted(template)))
            .unwrap();
    }
    let target = target_cluster.uri("staging");
    let before = fingerprint(&Database::new(&target)).unwrap();
    let run = Call::refresh(BIG_RULES, &source_cluster.uri(&source), &target).run();
    let told = run.refused(1);
    assert!(told.contains("53100") || told.contains("space") || told.contains("disk"), "{run}");
    assert_eq!(fingerprint(&Database::new(&target)).unwrap(), before, "the old target has changed");
    let names = "SELECT string_agg(datname, ', ') FROM pg_database WHERE datname LIKE 'staging\\_%'";
    assert_eq!(target_cluster.psql("postgres", names).unwrap(), "", "a full disk stays full");
    drop(target_cluster);
    drop(disk);
}
