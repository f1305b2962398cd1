//! The ways by which a connection string leads to a server, and that none of them leads past the guards.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use waxwork_fixtures::{ClusterOptions, TempCluster, quoted};

use crate::gate::Gate;
use crate::network::{Network, Words};
use crate::support::{Call, Run, drop_databases, new_target};

const RULES: &str = "version = 1\n[table.t]\na = { keep = \"a number\" }\n";

/// A cluster with production in it, one that says it is production, and one that is nobody's.
struct Production {
    cluster: TempCluster,
}

impl Production {
    fn new() -> Self {
        let cluster = TempCluster::start(&ClusterOptions::default()).unwrap();
        for name in ["prod", "marked"] {
            cluster.create_database(name).unwrap();
            cluster.psql(name, "CREATE TABLE t (a int); INSERT INTO t VALUES (1)").unwrap();
        }
        cluster.psql("postgres", "COMMENT ON DATABASE marked IS 'waxwork:production'").unwrap();
        Self { cluster }
    }

    fn refresh(&self, target: &str) -> Call {
        Call::refresh(RULES, &self.cluster.uri("prod"), target)
    }

    /// A keyword/value string of the socket.
    fn keywords(&self, database: &str) -> String {
        let socket = self.cluster.socket_directory();
        format!("host='{}' port={} user=postgres dbname={database}", socket.display(), self.cluster.port())
    }

    /// Both are what they were, and nothing stands beside them.
    #[track_caller]
    fn check_untouched(&self, run: &Run) {
        for name in ["prod", "marked"] {
            assert_eq!(self.cluster.psql(name, "SELECT count(*) FROM t").unwrap(), "1", "{run}");
        }
        let names = "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database";
        assert_eq!(
            self.cluster.psql("postgres", names).unwrap(),
            "marked postgres prod template0 template1",
            "{run}"
        );
    }

    #[track_caller]
    fn check_refused(&self, call: Call, code: i32) -> String {
        let run = call.run();
        let told = run.refused(code);
        self.check_untouched(&run);
        told
    }
}

fn service_file(folder: &Path, host: &str, port: u16, database: &str) -> PathBuf {
    let file = folder.join(".pg_service.conf");
    let text = format!("[staging]\nhost={host}\nport={port}\nuser=postgres\ndbname={database}\n");
    std::fs::write(&file, text).unwrap();
    file
}

#[test]
fn production_is_no_target_in_any_spelling() {
    let production = Production::new();
    let gate = Gate::shut(&production.cluster);
    gate.open();
    let dead = Gate::shut(&production.cluster);
    let socket = production.cluster.socket_directory().display().to_string();
    let port = production.cluster.port();
    for database in ["prod", "marked"] {
        for target in [
            production.cluster.uri(database),
            gate.uri(database),
            production.keywords(database),
            format!("{} target_session_attrs=read-write", production.keywords(database)),
            format!("{} target_session_attrs=prefer-standby", production.keywords(database)),
            format!("postgresql://postgres@127.0.0.1:{},127.0.0.1:{}/{database}", dead.port(), gate.port()),
            format!("host='127.0.0.1,{socket}' port={},{port} user=postgres dbname={database}", dead.port()),
            format!("hostaddr=127.0.0.1 port={} user=postgres dbname={database}", gate.port()),
            format!("host=localhost port={} user=postgres dbname='{database}'", gate.port()),
        ] {
            production.check_refused(production.refresh(&target), 6);
        }
        let folder = tempfile::tempdir().unwrap();
        let file = service_file(folder.path(), &socket, port, database);
        production.check_refused(production.refresh("service=staging").env("HOME", folder.path()), 6);
        let named = format!("service=staging servicefile={}", file.display());
        production.check_refused(production.refresh(&named), 6);
        let rules = format!("{RULES}[target]\nservice = \"staging\"\n");
        let call = Call::of("refresh", &rules).arg("--source").arg(production.cluster.uri("prod"));
        production.check_refused(call.arg("--format=json").env("HOME", folder.path()), 6);
    }
    // The working name of a refresh of another target.
    for beside in ["prod__next", "prod__old1"] {
        production.check_refused(production.refresh(&production.cluster.uri(beside)), 2);
    }
}

#[test]
fn variables_of_the_environment_never_make_a_target() {
    let production = Production::new();
    let socket = production.cluster.socket_directory();
    let folder = tempfile::tempdir().unwrap();
    let file = service_file(folder.path(), &socket.display().to_string(), production.cluster.port(), "prod");
    let leading = |call: Call| {
        call.env("PGHOST", &socket)
            .env("PGPORT", production.cluster.port().to_string())
            .env("PGDATABASE", "marked")
            .env("PGUSER", "postgres")
            .env("PGSERVICE", "staging")
            .env("PGSERVICEFILE", &file)
    };
    // No target at all, one without a database, and services that only the environment knows.
    let none =
        Call::of("refresh", RULES).arg("--source").arg(production.cluster.uri("prod")).arg("--format=json");
    production.check_refused(leading(none), 2);
    production.check_refused(leading(production.refresh("postgresql:///")), 2);
    production.check_refused(leading(production.refresh("user=postgres")), 2);
    production.check_refused(leading(production.refresh("service=staging")), 2);
    // One without a host is on this machine, not on PGHOST: nobody listens at that port.
    let nobody = Gate::shut(&production.cluster).port();
    production
        .check_refused(leading(production.refresh(&format!("port={nobody} dbname=marked user=postgres"))), 5);
}

/// A physical copy of a cluster, that goes its own way.
#[test]
fn a_standby_and_a_promoted_clone_of_production_are_no_targets() {
    let production = Production::new();
    let standby = production.cluster.standby(&[]).unwrap();
    production.cluster.wait_for(&standby).unwrap();
    let refused = |words: &str| {
        for database in ["staging", "marked", "prod"] {
            let told = production.check_refused(production.refresh(&standby.uri(database)), 6);
            assert!(told.contains(words), "{told}");
        }
    };
    refused("is a standby");
    standby.psql("postgres", "SELECT pg_promote()").unwrap();
    refused("clone");
    let told = production.check_refused(
        production.refresh(&format!("{} target_session_attrs=standby", production.keywords("staging"))),
        5,
    );
    assert!(told.contains("target_session_attrs"), "{told}");
}

#[test]
fn all_sessions_of_a_run_are_on_the_server_that_was_chosen() {
    let production = Production::new();
    let standby = production.cluster.standby(&[]).unwrap();
    production.cluster.wait_for(&standby).unwrap();
    let (primary_gate, standby_gate) = (Gate::shut(&production.cluster), Gate::shut(&standby));
    primary_gate.open();
    standby_gate.open();
    let hosts = format!(
        "postgresql://postgres@127.0.0.1:{},127.0.0.1:{}/prod",
        primary_gate.port(),
        standby_gate.port()
    );
    let targets = TempCluster::shared().unwrap();
    for (wanted, cluster) in [
        ("", &production.cluster),
        ("?target_session_attrs=primary", &production.cluster),
        ("?target_session_attrs=read-only", &standby),
        ("?target_session_attrs=standby", &standby),
        ("?target_session_attrs=prefer-standby", &standby),
    ] {
        let (name, target) = new_target(targets);
        let sessions = "SELECT sessions FROM pg_stat_database WHERE datname = 'prod'";
        let count = |cluster: &TempCluster| -> i64 {
            std::thread::sleep(Duration::from_millis(300));
            cluster.psql("postgres", sessions).unwrap().parse().unwrap()
        };
        let before = count(cluster);
        let run = Call::refresh(RULES, &format!("{hosts}{wanted}"), &target).run();
        run.published();
        assert!(count(cluster) > before, "{wanted}: not there");
        assert_eq!(targets.psql(&name, "SELECT count(*) FROM t").unwrap(), "1");
        crate::support::drop_databases(targets, &[&name]);
    }
}

/// A PgBouncer before a cluster, in a folder of its own; `None` where there is none on this machine.
struct Bouncer {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Bouncer {
    fn start(cluster: &TempCluster, mode: &str, settings: &str) -> Option<Self> {
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"]
            .into_iter()
            .find(|path| Path::new(path).exists())?;
        let folder = tempfile::tempdir().unwrap();
        let port = Gate::shut(cluster).port();
        let socket = cluster.socket_directory();
        let text = format!(
            "[databases]\n* = host={} port={} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = {mode}\nmax_client_conn = 100\n{settings}\n",
            socket.display(),
            cluster.port()
        );
        let file = folder.path().join("pgbouncer.ini");
        std::fs::File::create(&file).unwrap().write_all(text.as_bytes()).unwrap();
        let mut command = Command::new(program);
        command.arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // It refuses root; the servers' user may enter the socket's folder.
        if rustix::process::geteuid().is_root() {
            let owner = std::fs::metadata(cluster.data_directory()).unwrap();
            let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(folder.path(), open).unwrap();
            use std::os::unix::fs::MetadataExt as _;
            command.uid(owner.uid()).gid(owner.gid());
        }
        let child = command.spawn().unwrap();
        let bouncer = Self { child, port, _folder: folder };
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(bouncer);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("pgbouncer does not listen");
    }

    fn uri(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{}", self.port, database)
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_pooler_of_transactions_is_refused_and_one_of_sessions_leads_past_no_guard() {
    const PASS_OVER: &str = "ignore_startup_parameters = extra_float_digits,options";
    let production = Production::new();
    let Some(bouncer) = Bouncer::start(&production.cluster, "transaction", PASS_OVER) else {
        assert!(std::env::var_os("CI").is_none(), "no pgbouncer is installed");
        eprintln!("no pgbouncer: a pooler was not tried");
        return;
    };
    let (_, target) = new_target(TempCluster::shared().unwrap());
    let told = Call::refresh(RULES, &bouncer.uri("prod"), &target).run().refused(5);
    assert!(told.contains("\"pooler\"") && told.contains("pool_mode = session"), "{told}");
    production.check_refused(production.refresh(&bouncer.uri("staging")), 5);
    // Nothing of ours stays with the pool's sessions.
    let mut psql = waxwork_fixtures::Client::new(bouncer.uri("prod")).command().unwrap();
    let shown = psql.args(["-Atc", "SHOW default_transaction_read_only"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&shown.stdout).trim(), "off");
    drop(bouncer);

    let strict = Bouncer::start(&production.cluster, "session", "").unwrap();
    let told = Call::refresh(RULES, &strict.uri("prod"), &target).run().refused(5);
    assert!(told.contains("ignore_startup_parameters"), "{told}");
    drop(strict);

    let sessions = Bouncer::start(&production.cluster, "session", PASS_OVER).unwrap();
    for database in ["prod", "marked"] {
        production.check_refused(production.refresh(&sessions.uri(database)), 6);
    }
    Call::refresh(RULES, &sessions.uri("prod"), &target).run().published();
    let name = target.rsplit('/').next().unwrap();
    let count = TempCluster::shared().unwrap().psql(name, "SELECT count(*) FROM t").unwrap();
    assert_eq!(count, "1", "{}", quoted(name));
}

#[test]
fn a_server_that_lets_us_in_and_then_says_nothing_is_given_up_by_every_command() {
    let cluster = TempCluster::shared().unwrap();
    let source = cluster.fresh_database().unwrap();
    let rules = "version = 1\n[table.t]\na = { keep = \"a number\" }\n";
    // What the look for a pooler asks first, on a connection without settings; and what the run's first session asks last.
    for words in ["backend_start", "pg_postmaster_start_time"] {
        for command in ["plan", "check", "dump"] {
            let network = Network::to(cluster);
            network.stop_at(Words::Asked(words));
            let call =
                Call::of(command, rules).arg("--source").arg(network.uri(&source, "connect_timeout=2"));
            let run = call.run();
            assert_eq!(run.status.code(), Some(5), "{command}, {words}\n{run}");
            assert!(run.stderr.contains("no answer within 2 s"), "{run}");
            assert!(run.elapsed < Duration::from_secs(30), "{run}");
        }
    }
    drop_databases(cluster, &[&source]);
}
