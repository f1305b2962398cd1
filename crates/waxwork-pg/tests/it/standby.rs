//! A hot standby as the source: nothing may need to write.

use crate::support::{leader, worker};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use waxwork_copy::Wire;
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_fixtures::{ClusterOptions, TempCluster};
use waxwork_pg::{ConnInfo, CopyQuery, PgDump, PgErrorKind, doing};

/// A standby of a cluster, stopped when it goes.
struct Standby<'a> {
    primary: &'a TempCluster,
    data: PathBuf,
}

impl<'a> Standby<'a> {
    /// Copies the primary and starts on the next port. `None`: this installation has no pg_basebackup.
    fn start(primary: &'a TempCluster) -> Option<Self> {
        let own = primary.binaries().folder.join("pg_basebackup");
        if !own.is_file() {
            return None;
        }
        let data = primary.data_directory().with_file_name("standby");
        let socket = primary.socket_directory();
        let standby = Self { primary, data };
        let mut backup = standby.command(&own);
        backup
            .arg("-R")
            .args(["-c", "fast", "-X", "stream", "--no-sync", "-U", "postgres", "-h"])
            .arg(&socket);
        backup.args(["-p", &primary.port().to_string(), "-D"]).arg(&standby.data);
        run(&mut backup);
        let options = format!("-p {} -c hot_standby=on", standby.port());
        let log = primary.log_file().with_file_name("standby.log");
        let mut start = standby.command(&primary.bin("pg_ctl").unwrap());
        start.args(["-w", "-s", "-o", &options, "-l"]).arg(log).arg("-D").arg(&standby.data).arg("start");
        run(&mut start);
        Some(standby)
    }

    fn port(&self) -> u16 {
        self.primary.port() + 1
    }

    fn info(&self, database: &str) -> ConnInfo {
        let socket = self.primary.socket_directory();
        let text = format!("host={} port={} user=postgres dbname={database}", socket.display(), self.port());
        ConnInfo::target(&text).unwrap()
    }

    /// A program run as the primary's user: servers refuse root.
    fn command(&self, program: &Path) -> Command {
        let owner = std::fs::metadata(self.primary.data_directory()).unwrap();
        let mut command = Command::new(program);
        let ours = std::fs::metadata("/proc/self").unwrap();
        if ours.uid() != owner.uid() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        command.current_dir("/").stdin(Stdio::null());
        command
    }
}

impl Drop for Standby<'_> {
    fn drop(&mut self) {
        let mut stop = self.command(&self.primary.bin("pg_ctl").unwrap());
        let _ = stop.args(["-m", "immediate", "-s", "-D"]).arg(&self.data).arg("stop").status();
    }
}

/// A server inherits what it is given: its output goes to files, or the wait for its end would be for ever.
fn run(command: &mut Command) {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}");
}

#[tokio::test]
async fn a_hot_standby_serves_as_the_source() {
    let primary = TempCluster::start(&ClusterOptions::default()).unwrap();
    let database = primary.fresh_database().unwrap();
    let script = "CREATE TABLE t (id serial); INSERT INTO t SELECT generate_series(1, 500); \
                  CREATE UNLOGGED SEQUENCE fast; CREATE UNLOGGED TABLE u (id int)";
    let script =
        if primary.binaries().major < 15 { script.replace("UNLOGGED SEQ", "SEQ") } else { script.into() };
    primary.psql(&database, &script).unwrap();
    let Some(standby) = Standby::start(&primary) else {
        eprintln!("skipped: there is no pg_basebackup beside the server");
        return;
    };
    let info = standby.info(&database);
    let (mut leader, view) = leader(&info).await;
    assert!(view.facts.in_recovery);
    assert_eq!(view.facts.system_identifier, server_identifier(&primary));
    let mut source = worker(&info, &view).await;
    primary.psql(&database, "DELETE FROM t WHERE id > 3; INSERT INTO t VALUES (7)").unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;

    let query = CopyQuery::whole(&QualifiedName::new("public", "t"), &[Ident::new("id")]);
    let mut copy = source.copy_out(&query, Wire::Binary, 1 << 20).await.unwrap();
    assert_eq!(copy.next_batch().await.unwrap().unwrap().rows(), 500);
    assert!(copy.next_batch().await.unwrap().is_none());
    let tool = PgDump::find(view.facts.version).await.unwrap();
    let archive = tool.schema(&info, &view.snapshot, Duration::from_secs(20)).await.unwrap();
    assert!(archive.entries.iter().any(|entry| entry.tag == "t" && entry.description == "TABLE"));
    let error = leader.session().execute(doing("write"), "CREATE TABLE x ()").await.unwrap_err();
    assert_eq!(error.kind(), PgErrorKind::ReadOnly);
}

fn server_identifier(cluster: &TempCluster) -> Option<i64> {
    let sql = "SELECT system_identifier FROM pg_control_system()";
    cluster.psql("postgres", sql).unwrap().parse().ok()
}
