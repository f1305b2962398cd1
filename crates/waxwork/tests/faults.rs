//! Every fault at every phase: the exit code is the documented one, staging serves the old copy whole or the new one
//! whole, nothing is left behind, and the next run succeeds.
//!
//! ```text
//!   program ─► Network ─► source          Phase: words to one of the servers, at which the program stands still
//!          └─► Network ─► target          Fault: what happens then
//! ```

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use waxwork_fixtures::{ClusterOptions, TempCluster, quoted};

use crate::failing::SmallDisk;
use crate::network::{Network, Words};
use crate::standing::place_copy;
use crate::support::{Call, Run, Running, drop_databases, new_target, wait_for};

/// After so long without a sign of life the program gives a server up: 2 s, and twice 1 s.
const IMPATIENT: &str = "connect_timeout=3&keepalives_idle=2&keepalives_interval=1&keepalives_count=2";

/// Longer than that.
const PATIENCE_MAX: Duration = Duration::from_secs(6);

/// A run that a stalled network ends takes no longer, on a machine with much else to do.
const BOUND: Duration = Duration::from_secs(90);

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Lock,
    Introspect,
    Extract,
    Mask,
    Load,
    Index,
    Verify,
    Publish,
}

impl Phase {
    const ALL: [Self; 8] = [
        Self::Lock,
        Self::Introspect,
        Self::Extract,
        Self::Mask,
        Self::Load,
        Self::Index,
        Self::Verify,
        Self::Publish,
    ];

    /// On which server's way, and at which words.
    fn words(self) -> (Side, Words) {
        match self {
            Self::Lock => (Side::Source, Words::Asked("LOCK TABLE ONLY")),
            Self::Introspect => (Side::Source, Words::Asked("pg_catalog.pg_trigger")),
            Self::Extract => (Side::Source, Words::Asked("TO STDOUT")),
            Self::Mask => (Side::Source, Words::Answered("person 1 is here")),
            Self::Load => (Side::Target, Words::Asked("FROM STDIN")),
            Self::Index => (Side::Target, Words::Asked("ADD CONSTRAINT")),
            Self::Verify => (Side::Target, Words::Asked("convalidated")),
            Self::Publish => (Side::Target, Words::Asked("RENAME TO")),
        }
    }

    /// The source is still needed.
    fn reads(self) -> bool {
        self <= Self::Index
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Source,
    Target,
}

/// What happens.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Kill,
    Terminate,
    BackendsEnd(Side),
    Cut(Side),
    Stall(Side),
    Slow,
}

/// How a run must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Killed,
    Failed(i32),
    Published,
    /// The answer to the rename was lost: exit code 1, and either copy serves, as the error says.
    Unknown,
}

impl Fault {
    /// Exit codes as the manual has them.
    fn end(self, phase: Phase) -> End {
        match self {
            Self::Kill => End::Killed,
            // A rename that has begun is let finish.
            Self::Terminate if phase == Phase::Publish => End::Published,
            Self::Terminate => End::Failed(143),
            Self::BackendsEnd(Side::Source) | Self::Cut(Side::Source) | Self::Stall(Side::Source)
                if !phase.reads() =>
            {
                End::Published
            }
            // Perhaps it was lost, perhaps it is delivered when the way is free again.
            Self::BackendsEnd(Side::Target) | Self::Cut(Side::Target) | Self::Stall(Side::Target)
                if phase == Phase::Publish =>
            {
                End::Unknown
            }
            Self::BackendsEnd(_) | Self::Cut(_) | Self::Stall(_) => End::Failed(1),
            Self::Slow => End::Published,
        }
    }
}

/// A source and a standing copy, each behind a network.
struct Case<'a> {
    sources: &'a TempCluster,
    targets: &'a TempCluster,
    source: String,
    target: String,
    to_source: Network,
    to_target: Network,
    temporary: tempfile::TempDir,
}

const SOURCE: &str = "
    CREATE TABLE person (id int PRIMARY KEY, email text NOT NULL, note text);
    CREATE TABLE post (id int PRIMARY KEY, person int NOT NULL REFERENCES person, body text);
    INSERT INTO person SELECT n, 'user' || n || '@corp.test', 'person ' || n || ' is here' FROM generate_series(1, 500) AS n;
    INSERT INTO post SELECT n, n, repeat(md5(n::text), 20) FROM generate_series(1, 500) AS n;
    CREATE INDEX ON post (person); CREATE MATERIALIZED VIEW posts AS SELECT count(*) FROM post";

const RULES: &str = "version = 1\n[table.person]\nid = { keep = \"a number\" }\nemail = \"contact.email\"\n\
    note = { keep = \"made up\" }\n[table.post]\nid = { keep = \"a number\" }\nbody = { keep = \"made up\" }\n";

impl<'a> Case<'a> {
    fn new(sources: &'a TempCluster, source: String, targets: &'a TempCluster) -> Self {
        let (target, _) = new_target(targets);
        place_copy(targets, &target, "TABLESPACE pg_default");
        let temporary = tempfile::tempdir().unwrap();
        let (to_source, to_target) = (Network::to(sources), Network::to(targets));
        Self { sources, targets, source, target, to_source, to_target, temporary }
    }

    /// Both on the cluster that the tests share.
    fn shared() -> Self {
        let cluster = TempCluster::shared().unwrap();
        let build = |cluster: &TempCluster, name: &str| cluster.psql(name, SOURCE).map(drop);
        Self::new(cluster, cluster.copy_of("faults", build).unwrap(), cluster)
    }

    fn network(&self, side: Side) -> &Network {
        match side {
            Side::Source => &self.to_source,
            Side::Target => &self.to_target,
        }
    }

    fn networks(&self) -> [&Network; 2] {
        [&self.to_source, &self.to_target]
    }

    /// How the sessions of the run are called on a server; `pg_dump`'s has a name of its own.
    fn application(&self, side: Side) -> String {
        format!("{side:?} of {}", self.target)
    }

    fn call(&self) -> Call {
        let uri = |side, database: &str| {
            let name = self.application(side).replace(' ', "%20");
            self.network(side).uri(database, &format!("{IMPATIENT}&application_name={name}"))
        };
        Call::refresh(RULES, &uri(Side::Source, &self.source), &uri(Side::Target, &self.target))
            .arg("--jobs")
            .arg("1")
            .env("TMPDIR", self.temporary.path())
    }

    /// A run that stands still at a phase.
    #[track_caller]
    fn stopped_at(&self, phase: Phase) -> Running {
        let (side, words) = phase.words();
        self.network(side).stop_at(words);
        let running = self.call().start();
        self.network(side).wait_until_stopped();
        running
    }

    fn go_on(&self) {
        self.to_source.go_on();
        self.to_target.go_on();
    }

    fn end_backends(&self, side: Side) {
        let cluster = if side == Side::Source { self.sources } else { self.targets };
        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{}'",
            self.application(side)
        );
        cluster.psql("postgres", &end).unwrap();
    }

    /// Does to a run that stands still what the fault is.
    fn strike(&self, fault: Fault, phase: Phase, running: &Running) {
        match fault {
            Fault::Kill => {
                running.signal(Signal::KILL);
                self.to_source.cut();
                self.to_target.cut();
            }
            Fault::Terminate => {
                running.signal(Signal::TERM);
                if phase == Phase::Publish {
                    std::thread::sleep(Duration::from_millis(300));
                    self.go_on();
                }
            }
            Fault::BackendsEnd(side) => {
                self.end_backends(side);
                self.go_on();
            }
            Fault::Cut(side) => {
                self.network(side).cut();
                self.go_on();
            }
            Fault::Stall(side) => {
                self.network(side).stall(true);
                self.go_on();
            }
            Fault::Slow => {
                std::thread::sleep(PATIENCE_MAX);
                self.go_on();
            }
        }
    }

    /// Names of the databases beside the target.
    fn beside(&self) -> String {
        let names = format!(
            "SELECT coalesce(string_agg(substr(datname, {}), ' ' ORDER BY datname), '') FROM pg_database WHERE datname LIKE '{}\\_\\_%'",
            self.target.len() + 1,
            self.target
        );
        self.targets.psql("postgres", &names).unwrap()
    }

    /// What serves: the old copy whole, or the new one whole.
    #[track_caller]
    fn serving(&self) -> &'static str {
        let look = "SELECT to_regclass('old_copy') IS NOT NULL, to_regclass('person') IS NOT NULL";
        match &*self.targets.psql(&self.target, look).unwrap() {
            "t|f" => {
                assert_eq!(self.targets.psql(&self.target, "SELECT sum(a) FROM old_copy").unwrap(), "3");
                "old"
            }
            "f|t" => {
                let whole = "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM post JOIN person p ON p.id = person),
                    (SELECT count FROM posts), (SELECT count(*) FROM pg_constraint WHERE convalidated AND contype IN ('p', 'f') AND connamespace = 'public'::regnamespace),
                    (SELECT count(*) FROM pg_index WHERE indrelid = 'post'::regclass), (SELECT count(*) FROM person WHERE email LIKE '%corp.test')";
                assert_eq!(self.targets.psql(&self.target, whole).unwrap(), "500|500|500|3|2|0");
                "new"
            }
            other => panic!("neither copy serves: {other}"),
        }
    }

    /// Nobody of ours is on the servers, nothing is locked, and no file was left.
    #[track_caller]
    fn check_left(&self) {
        for (cluster, side) in [(self.sources, Side::Source), (self.targets, Side::Target)] {
            let sessions = format!(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = '{}' OR datname = '{}' AND application_name LIKE 'waxwork%'",
                self.application(side),
                self.source
            );
            wait_for("the end of the run's sessions", || cluster.psql("postgres", &sessions).unwrap() == "0");
            let held = "SELECT (SELECT count(*) FROM pg_replication_slots), (SELECT count(*) FROM pg_prepared_xacts)";
            assert_eq!(cluster.psql("postgres", held).unwrap(), "0|0");
        }
        let left: Vec<_> = std::fs::read_dir(self.temporary.path()).unwrap().collect();
        assert!(left.is_empty(), "files were left: {left:?}");
    }

    /// What must be so after a run that ended in that way; then the next run succeeds.
    #[track_caller]
    fn check(&self, what: &str, run: &Run, end: End) {
        let told = match end {
            End::Killed => {
                assert_eq!(run.status.code(), None, "{what}\n{run}");
                String::new()
            }
            End::Published => run.published()["errors"].to_string(),
            End::Failed(code) => run.refused(code),
            End::Unknown => run.refused(1),
        };
        assert!(run.elapsed < BOUND, "{what}\n{run}");
        self.check_left();
        // A program that is gone, or that does not reach the server, cannot drop what it made; it says so where it can.
        let may_leave = end == End::Killed || told.contains("the next run drops it");
        match (self.serving(), &*self.beside()) {
            ("old", "") => assert_ne!(end, End::Published, "{what}\n{run}"),
            ("old", "__next") => assert!(may_leave && end != End::Published, "{what}\n{run}"),
            ("new", "__old1") => assert!([End::Published, End::Unknown].contains(&end), "{what}\n{run}"),
            (serving, beside) => panic!("{serving} serves beside {beside} after {what}\n{run}"),
        }
        let is_told = told.contains("either of them whole");
        assert_eq!(is_told, end == End::Unknown, "{what}\n{run}");
        self.check_left();
        self.call().run().published();
        assert_eq!((self.serving(), &*self.beside()), ("new", "__old1"), "{what}");
        self.check_left();
    }

    fn drop_all(self) {
        drop_databases(self.targets, &[&self.target, &format!("{}__old1", self.target)]);
        if std::ptr::eq(self.sources, self.targets) {
            drop_databases(self.sources, &[&self.source]);
        }
    }
}

#[track_caller]
fn check_phases(fault: Fault) {
    for phase in Phase::ALL {
        let case = Case::shared();
        let running = case.stopped_at(phase);
        let start = Instant::now();
        case.strike(fault, phase, &running);
        let run = running.wait();
        let elapsed = start.elapsed();
        // What was under way is delivered after all.
        case.go_on();
        case.networks().into_iter().for_each(|network| network.stall(false));
        let what = format!("{fault:?} at {phase:?}");
        case.check(&what, &run, fault.end(phase));
        eprintln!("{what}: {:?} after {elapsed:.1?}", fault.end(phase));
        case.drop_all();
    }
}

#[test]
fn a_program_that_is_killed_at_any_phase_leaves_a_whole_copy_and_no_obstacle() {
    check_phases(Fault::Kill);
}

#[test]
fn a_signal_at_any_phase_ends_the_run_in_good_order() {
    check_phases(Fault::Terminate);
}

#[test]
fn sessions_of_the_source_may_end_at_any_phase() {
    check_phases(Fault::BackendsEnd(Side::Source));
}

#[test]
fn sessions_of_the_target_may_end_at_any_phase() {
    check_phases(Fault::BackendsEnd(Side::Target));
}

#[test]
fn the_way_to_the_source_may_be_cut_at_any_phase() {
    check_phases(Fault::Cut(Side::Source));
}

#[test]
fn the_way_to_the_target_may_be_cut_at_any_phase() {
    check_phases(Fault::Cut(Side::Target));
}

#[test]
fn a_way_to_the_source_that_stalls_ends_the_run_in_bounded_time() {
    check_phases(Fault::Stall(Side::Source));
}

#[test]
fn a_way_to_the_target_that_stalls_ends_the_run_in_bounded_time() {
    check_phases(Fault::Stall(Side::Target));
}

#[test]
fn an_answer_that_is_late_at_any_phase_is_waited_for() {
    check_phases(Fault::Slow);
}

#[test]
fn a_network_that_is_slow_throughout_publishes_all_the_same() {
    let case = Case::shared();
    case.networks().into_iter().for_each(|network| network.delay(Duration::from_millis(15)));
    let run = case.call().run();
    case.networks().into_iter().for_each(|network| network.delay(Duration::ZERO));
    case.check("a slow network", &run, End::Published);
    case.drop_all();
}

/// Fills what is left of a disk; gone when dropped.
struct Filler<'a>(&'a Path);

impl<'a> Filler<'a> {
    fn new(file: &'a Path) -> Self {
        let mut filler = std::fs::File::create(file).unwrap();
        while filler.write_all(&[0; 4096]).is_ok() {}
        Self(file)
    }
}

impl Drop for Filler<'_> {
    fn drop(&mut self) {
        std::fs::remove_file(self.0).unwrap();
    }
}

#[test]
fn a_disk_of_the_target_that_is_full_at_any_phase_fails_the_run_and_stays_usable() {
    let sources = TempCluster::shared().unwrap();
    let targets = TempCluster::start(&ClusterOptions::default()).unwrap();
    let Some(disk) = SmallDisk::new(80, &targets.data_directory()) else { return };
    // New databases go where their template is.
    let space = format!("CREATE TABLESPACE small LOCATION '{}'", disk.space().display());
    targets.psql("postgres", &space).unwrap();
    for template in ["template0", "template1"] {
        let moved = format!("ALTER DATABASE {} SET TABLESPACE small", quoted(template));
        targets.psql("postgres", &moved).unwrap();
    }
    let build = |cluster: &TempCluster, name: &str| cluster.psql(name, SOURCE).map(drop);
    let source = sources.copy_of("faults", build).unwrap();
    let file = disk.space().join("filler");
    for phase in Phase::ALL {
        let case = Case::new(sources, source.clone(), &targets);
        let running = case.stopped_at(phase);
        let filler = Filler::new(&file);
        case.go_on();
        let run = running.wait();
        drop(filler);
        // What compares and renames writes nothing of its own there.
        let end = if phase < Phase::Verify { End::Failed(1) } else { End::Published };
        if end != End::Published {
            assert!(run.stdout.contains("53100"), "{phase:?}\n{run}");
        }
        case.check(&format!("a full disk at {phase:?}"), &run, end);
        case.drop_all();
    }
    drop_databases(sources, &[&source]);
    drop(targets);
}

/// Not the copy's tablespace alone: the WAL, the other databases and the server's own files have no room either.
#[test]
fn a_server_without_any_room_fails_the_run_and_serves_the_old_copy() {
    let sources = TempCluster::shared().unwrap();
    let Some(disk) = SmallDisk::new(200, &sources.data_directory()) else { return };
    let options = ClusterOptions { parent: Some(disk.space()), ..ClusterOptions::default() };
    let targets = TempCluster::start(&options.setting("shared_buffers", "16MB")).unwrap();
    let build = |cluster: &TempCluster, name: &str| cluster.psql(name, SOURCE).map(drop);
    let source = sources.copy_of("faults", build).unwrap();
    let file = disk.space().join("filler");
    for phase in [Phase::Extract, Phase::Load, Phase::Index] {
        let case = Case::new(sources, source.clone(), &targets);
        let running = case.stopped_at(phase);
        let filler = Filler::new(&file);
        case.go_on();
        let run = running.wait();
        drop(filler);
        // It may have crashed for want of room, and have found none to recover in.
        targets.crash_and_restart().unwrap();
        case.check(&format!("a server without room at {phase:?}"), &run, End::Failed(1));
        case.drop_all();
    }
    drop_databases(sources, &[&source]);
    drop(targets);
}

#[test]
fn a_conflict_with_recovery_at_any_phase_fails_the_run_or_does_not_concern_it() {
    let primary = TempCluster::start(&ClusterOptions::default()).unwrap();
    primary.create_database("prod").unwrap();
    primary.psql("prod", SOURCE).unwrap();
    let standby = primary.standby(&[("max_standby_streaming_delay", "0")]).unwrap();
    let targets = TempCluster::shared().unwrap();
    for phase in Phase::ALL {
        primary.wait_for(&standby).unwrap();
        let case = Case::new(&standby, "prod".to_owned(), targets);
        let running = case.stopped_at(phase);
        let lock = "SET synchronous_commit = on; BEGIN; LOCK TABLE person IN ACCESS EXCLUSIVE MODE; COMMIT";
        primary.psql("prod", lock).unwrap();
        primary.wait_for(&standby).unwrap();
        case.go_on();
        let run = running.wait();
        // Before it has locked and after it has read nobody's replay is in our way.
        let conflicts = (Phase::Introspect..=Phase::Index).contains(&phase);
        // 7: it asks for a lock just as the replay waits for its own, and has not cancelled us yet.
        let code = if run.status.code() == Some(7) { 7 } else { 1 };
        let end = if conflicts { End::Failed(code) } else { End::Published };
        if conflicts {
            // What the standby is set to is known only when the snapshot is taken.
            let words = if phase == Phase::Introspect { "a conflict" } else { "On the standby set" };
            assert!(run.refused(code).contains(words), "{phase:?}\n{run}");
        }
        case.check(&format!("a conflict at {phase:?}"), &run, end);
        case.drop_all();
    }
}

#[test]
fn who_ends_a_run_asks_the_server_to_cancel_too() {
    let cluster = TempCluster::start(&ClusterOptions::default()).unwrap();
    cluster.create_database("prod").unwrap();
    cluster.psql("prod", SOURCE).unwrap();
    let seed = "[subset]\nseed = [{ table = \"person\", where = \"pg_sleep(600) IS NOT NULL\" }]\n";
    let rules = RULES.replacen("version = 1\n", &format!("version = 1\n{seed}"), 1);
    let running = Call::refresh(&rules, &cluster.uri("prod"), &cluster.uri("stage")).start();
    let asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    wait_for("the seed's condition", || cluster.psql("postgres", asleep).unwrap() == "1");
    running.signal(Signal::TERM);
    let run = running.wait();
    run.refused(143);
    // The server would find out by itself some seconds later, and from 14 on alone.
    wait_for("the end of the statement", || cluster.psql("postgres", asleep).unwrap() == "0");
    let log = std::fs::read_to_string(cluster.log_file()).unwrap();
    assert!(log.contains("canceling statement due to user request"), "{log}");
}

#[test]
fn a_second_signal_ends_a_clean_up_that_hangs() {
    let case = Case::shared();
    let running = case.stopped_at(Phase::Load);
    case.to_target.stall(true);
    running.signal(Signal::TERM);
    std::thread::sleep(Duration::from_millis(1500));
    running.signal(Signal::TERM);
    let run = running.wait();
    assert_eq!(run.status.code(), Some(143), "{run}");
    assert!(run.elapsed < Duration::from_secs(3), "{run}");
    case.to_target.cut();
    case.to_target.stall(false);
    assert_eq!((case.serving(), &*case.beside()), ("old", "__next"));
    case.check_left();
    case.call().run().published();
    assert_eq!((case.serving(), &*case.beside()), ("new", "__old1"));
    case.drop_all();
}

/// Sockets of this machine that lead to a port: what the kernel waits for on each (`tr` of `/proc/net/tcp`).
fn timers_of_sockets_to(port: u16) -> Vec<String> {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let columns = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    let established = columns.filter(|line| line[2].ends_with(&format!(":{port:04X}")) && line[3] == "01");
    established.map(|line| line[5].to_owned()).collect()
}

#[test]
fn the_kernel_asks_too_whether_the_other_end_is_there() {
    for (parameter, expected, other) in [("", "02:", "00:"), ("&keepalives=0", "00:", "02:")] {
        let case = Case::shared();
        let uri =
            |network: &Network, database: &str| network.uri(database, &format!("sslmode=disable{parameter}"));
        let (source, target) = (uri(&case.to_source, &case.source), uri(&case.to_target, &case.target));
        case.to_target.stop_at(Phase::Index.words().1);
        let running = Call::refresh(RULES, &source, &target).start();
        case.to_target.wait_until_stopped();
        for network in case.networks() {
            let timers = timers_of_sockets_to(network.port());
            let are = |timer: &str| timers.iter().any(|one| one.starts_with(timer));
            // Others wait for the answer to a message that is on its way.
            assert!(are(expected) && !are(other), "{parameter}: {timers:?}");
        }
        case.go_on();
        running.wait().published();
        case.drop_all();
    }
}

/// When a client of staging had its answers, and what it had instead.
struct Served {
    answers: Vec<Instant>,
    failures: u32,
    /// In a row, at most.
    most: u32,
}

/// A client that asks in a loop, and connects again when it must, until the copy serves that it waits for.
fn ask_until_new(cluster: &TempCluster, database: &str) -> Served {
    use std::io::{BufRead as _, BufReader};
    let mut served = Served { answers: Vec::new(), failures: 0, most: 0 };
    let (mut in_a_row, mut answers_of_new) = (0, 0);
    while answers_of_new < 50 {
        let mut command = cluster.client(database).command().unwrap();
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = pipes.spawn().unwrap();
        let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut lines = BufReader::new(stdout).lines();
        while answers_of_new < 50 && writeln!(stdin, "SELECT to_regclass('person') IS NOT NULL;").is_ok() {
            let Some(Ok(line)) = lines.next() else { break };
            answers_of_new += u32::from(line == "t");
            in_a_row = 0;
            served.answers.push(Instant::now());
            std::thread::sleep(Duration::from_millis(2));
        }
        drop(stdin);
        child.wait().unwrap();
        if answers_of_new < 50 {
            (served.failures, in_a_row) = (served.failures + 1, in_a_row + 1);
            served.most = served.most.max(in_a_row);
            assert!(served.failures < 100, "the client does not get through");
        }
    }
    served
}

#[test]
fn a_client_that_asks_in_a_loop_sees_one_reconnect_and_no_more() {
    let case = Case::shared();
    let (cluster, target) = (case.targets, case.target.clone());
    let client = std::thread::scope(|scope| {
        let client = scope.spawn(|| ask_until_new(cluster, &target));
        case.call().run().published();
        client.join().unwrap()
    });
    let gap = client.answers.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    eprintln!(
        "{} answers, {} connections lost or refused, {gap:.1?} without an answer at most",
        client.answers.len(),
        client.failures
    );
    // The one that was ended, and where it came back while the names changed, the one that waited for that.
    assert!(client.failures <= 2, "{} connections were lost or refused", client.failures);
    assert!(client.most <= 2 && gap < Duration::from_secs(10), "{gap:?} without an answer");
    case.drop_all();
}
