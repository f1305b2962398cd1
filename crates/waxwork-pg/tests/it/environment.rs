//! What the environment must not do to a target, and what sqlx must not write to a log.
//!
//! A running process cannot change its environment safely, so these tests run themselves again as a child whose
//! environment is hostile.

use crate::support::database;
use std::process::Command;
use std::sync::Mutex;
use waxwork_fixtures::TempCluster;
use waxwork_pg::{ConnInfo, LibpqEnvironment, PgErrorKind, TargetSession, doing};

/// Set in the child: the URI that it connects to.
const URI: &str = "WAXWORK_TEST_URI";

/// Runs one test of this binary again with more variables.
fn run_again(test: &str, uri: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(URI, uri).envs(variables.iter().copied());
    let output = command.output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn a_target_takes_nothing_from_the_environment() {
    if let Ok(uri) = std::env::var(URI) {
        let info = ConnInfo::target(&uri).unwrap();
        let mut session = TargetSession::connect(&info).await.unwrap();
        let sql = "SELECT current_user::text, current_setting('application_name'), current_database()::text";
        let row = session.fetch(doing("look"), sql, &[]).await.unwrap().remove(0);
        let seen = [row.text(0).unwrap(), row.text(1).unwrap(), row.text(2).unwrap()];
        assert_eq!(seen, ["postgres", "waxwork", "template1"]);
        return;
    }
    let uri = TempCluster::shared().unwrap().uri("template1");
    let hostile = [
        ("PGHOST", "production.invalid"),
        ("PGHOSTADDR", "192.0.2.1"),
        ("PGPORT", "1"),
        ("PGUSER", "nobody"),
        ("PGPASSWORD", "wrong"),
        ("PGDATABASE", "production"),
        ("PGAPPNAME", "someone else"),
        ("PGSSLMODE", "verify-full"),
        ("PGSSLROOTCERT", "/nonexistent"),
        ("PGSERVICE", "production"),
        ("PGPASSFILE", "/nonexistent"),
    ];
    run_again("environment::a_target_takes_nothing_from_the_environment", &uri, &hostile);
}

#[tokio::test]
async fn what_sqlx_cannot_unset_is_refused() {
    if let Ok(uri) = std::env::var(URI) {
        let error = TargetSession::connect(&ConnInfo::target(&uri).unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), PgErrorKind::Configuration);
        let variables = ["PGOPTIONS", "PGSSLCERT", "PGSSLKEY"];
        let named = variables.iter().find(|name| std::env::var_os(name).is_some()).unwrap();
        assert!(error.to_string().contains(named) && !error.to_string().contains("hunter2"), "{error}");
        return;
    }
    let uri = TempCluster::shared().unwrap().uri("template1");
    for variable in ["PGOPTIONS", "PGSSLCERT", "PGSSLKEY"] {
        let hostile = [(variable, "-c search_path=hunter2")];
        run_again("environment::what_sqlx_cannot_unset_is_refused", &uri, &hostile);
    }
}

#[tokio::test]
async fn a_sealed_environment_serves_the_source_and_reaches_no_target() {
    if let Ok(uri) = std::env::var(URI) {
        // The child's first act, as main's: the process starts again and comes here with the variables renamed.
        waxwork_pg::conninfo::environment::seal().unwrap();
        assert!(std::env::var_os("PGOPTIONS").is_none());
        let source = ConnInfo::source(None, &LibpqEnvironment::capture()).unwrap();
        assert_eq!(source.describe(), "db.example.com:6000/shop");
        let mut session = TargetSession::connect(&ConnInfo::target(&uri).unwrap()).await.unwrap();
        let row =
            session.fetch(doing("look"), "SELECT current_setting('work_mem')", &[]).await.unwrap().remove(0);
        assert_ne!(row.text(0).unwrap(), "77MB");
        return;
    }
    let uri = TempCluster::shared().unwrap().uri("template1");
    let variables = [
        ("PGHOST", "db.example.com"),
        ("PGPORT", "6000"),
        ("PGDATABASE", "shop"),
        ("PGOPTIONS", "-c work_mem=77MB"),
    ];
    run_again("environment::a_sealed_environment_serves_the_source_and_reaches_no_target", &uri, &variables);
}

/// Everything that is logged, at every level.
struct Recorder(Mutex<String>);

impl log::Log for Recorder {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut lines = self.0.lock().unwrap();
        lines.push_str(&format!("{} {}\n", record.target(), record.args()));
    }

    fn flush(&self) {}
}

static RECORDER: Recorder = Recorder(Mutex::new(String::new()));

#[tokio::test]
async fn no_statement_notice_or_parameter_is_logged() {
    if let Ok(uri) = std::env::var(URI) {
        log::set_logger(&RECORDER).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
        log::info!("the recorder works");
        let info = ConnInfo::target(&format!("{uri}?fallback_application_name=hunter2")).unwrap();
        let mut session = TargetSession::connect(&info).await.unwrap();
        let notice = "DO $$ BEGIN RAISE WARNING 'hunter2'; END $$";
        session.execute(doing("raise a warning"), notice).await.unwrap();
        session.fetch(doing("select"), "SELECT 'hunter2'", &[]).await.unwrap();
        assert!(session.execute(doing("fail"), "SELECT 'hunter2'::int").await.is_err());
        session.fetch(doing("be slow"), "SELECT pg_sleep(1.1), 'hunter2'", &[]).await.unwrap();
        let lines = RECORDER.0.lock().unwrap();
        assert!(lines.contains("the recorder works") && !lines.contains("hunter2"), "{lines}");
        return;
    }
    let (cluster, name, _) = database("SELECT 1");
    run_again("environment::no_statement_notice_or_parameter_is_logged", &cluster.uri(&name), &[]);
}

#[tokio::test]
async fn a_password_is_in_no_debug_and_no_error() {
    let options =
        waxwork_fixtures::ClusterOptions { tcp_password: Some("s3cret".into()), ..Default::default() };
    let cluster = TempCluster::start(&options).unwrap();
    let info = ConnInfo::target(&cluster.tcp_uri("postgres", "s3cret", "postgres").unwrap()).unwrap();
    let session = TargetSession::connect(&info).await.unwrap();
    assert!(!format!("{info:?} {session:?}").contains("s3cret"));

    let wrong = ConnInfo::target(&cluster.tcp_uri("postgres", "hunter2", "postgres").unwrap()).unwrap();
    let error = TargetSession::connect(&wrong).await.unwrap_err();
    assert_eq!((error.kind(), error.sqlstate()), (PgErrorKind::Auth, Some("28P01")));
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    assert!(error.to_string().starts_with("could not connect to 127.0.0.1:"), "{error}");
}

#[tokio::test]
async fn failures_to_connect_are_told_apart() {
    let uri = TempCluster::shared().unwrap().uri("no_such_database");
    let absent = TargetSession::connect(&ConnInfo::target(&uri).unwrap()).await.unwrap_err();
    assert_eq!((absent.kind(), absent.sqlstate()), (PgErrorKind::Connect, Some("3D000")));
    let nobody = ConnInfo::target("host=127.0.0.1 port=1 sslmode=disable user=a dbname=a").unwrap();
    assert_eq!(TargetSession::connect(&nobody).await.unwrap_err().kind(), PgErrorKind::Connect);
    // RFC 5737: an address that never answers, or that this machine has no route to.
    let silent = ConnInfo::target("host=192.0.2.1 connect_timeout=1 user=a dbname=a").unwrap();
    assert_eq!(TargetSession::connect(&silent).await.unwrap_err().kind(), PgErrorKind::Connect);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn connections_over_tcp_send_small_messages_at_once() {
    use rustix::net::{self, AddressFamily, sockopt};
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
    let options =
        waxwork_fixtures::ClusterOptions { tcp_password: Some("s3cret".into()), ..Default::default() };
    let cluster = TempCluster::start(&options).unwrap();
    let uri = cluster.tcp_uri("postgres", "s3cret", "postgres").unwrap();
    let _session = TargetSession::connect(&ConnInfo::target(&uri).unwrap()).await.unwrap();
    let port = uri.rsplit_once(':').unwrap().1.split('/').next().unwrap().parse::<u16>().unwrap();

    let own = pidfd_open(getpid(), PidfdFlags::empty()).unwrap();
    let numbers = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let sockets = numbers.filter_map(|number| pidfd_getfd(&own, number, PidfdGetfdFlags::empty()).ok());
    let ours = sockets.filter(|socket| {
        let peer = net::getpeername(socket).ok().and_then(|peer| peer?.try_into().ok());
        sockopt::socket_domain(socket).is_ok_and(|family| family == AddressFamily::INET)
            && peer.is_some_and(|peer: std::net::SocketAddr| peer.port() == port)
    });
    let delays: Vec<bool> = ours.map(|socket| sockopt::tcp_nodelay(&socket).unwrap()).collect();
    assert_eq!(delays, [true]);
}
