//! Our own program, and others that must succeed.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use waxwork_fixtures::TempCluster;

use crate::cpu::Spent;

/// `waxwork refresh` with its rules and key.
pub(crate) struct Waxwork {
    folder: tempfile::TempDir,
}

impl Waxwork {
    /// Writes rules and key into a folder of their own.
    pub(crate) fn prepare(rules: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("waxwork.toml"), rules)?;
        let key = folder.path().join("key");
        std::fs::write(&key, [7; 32])?;
        std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        Ok(Self { folder })
    }

    /// From start to end; the peak of its memory in KiB.
    pub(crate) fn refresh(&self, database: &str, source: &TempCluster, target: &TempCluster) -> Result<u64> {
        // The benches are built by the same profile into the same folder.
        let binary = std::env::current_exe()?.with_file_name("waxwork");
        let mut command = Command::new(binary);
        command.arg("refresh").arg("--rules").arg(self.folder.path().join("waxwork.toml"));
        command.arg("--key-file").arg(self.folder.path().join("key"));
        command.args(["--source", &source.uri(database), "--target", &target.uri(database)]);
        let log = std::fs::File::create(self.folder.path().join("log"))?;
        let mut child = command.stdout(Stdio::null()).stderr(log).spawn().context("could not run waxwork")?;
        let mut peak_kib = 0;
        let status = loop {
            peak_kib = peak_kib.max(peak_memory_kib(child.id()));
            match child.try_wait()? {
                Some(status) => break status,
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        ensure!(status.success(), "waxwork failed ({status}): {}", log.trim());
        Ok(peak_kib)
    }
}

/// Runs a command to its end; its own words where it fails.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output();
    let output = output.with_context(|| format!("could not run {:?}", command.get_program()))?;
    if !output.status.success() {
        bail!("{:?} failed: {}", command.get_program(), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// Drops every database of a cluster but its own, those included that waxwork keeps beside the published one.
fn empty(target: &TempCluster) -> Result<()> {
    let sql = "SELECT format('DROP DATABASE %I', datname) FROM pg_database \
               WHERE NOT datistemplate AND datname <> 'postgres' \\gexec\nCHECKPOINT";
    target.psql("postgres", sql).map(drop)
}

/// What one run took.
pub(crate) struct Taken {
    /// Wall clock.
    pub(crate) seconds: f64,
    /// Peak of resident memory, where the contestant is one process.
    pub(crate) peak_kib: Option<u64>,
    /// Processor time in seconds: of the contestant, the source's server and the target's.
    pub(crate) cpu: Option<[f64; 3]>,
}

/// Lets one contestant run into an emptied target.
pub(crate) fn timed(
    source: &TempCluster,
    target: &TempCluster,
    contestant: impl FnOnce() -> Result<Option<u64>>,
) -> Result<Taken> {
    empty(target)?;
    // Dirty pages of the run before must not be written on this one's time; without fsync a checkpoint leaves them to the
    // kernel.
    source.psql("postgres", "CHECKPOINT")?;
    succeed(&mut Command::new("sync"))?;
    let before = Spent::until_now(source, target)?;
    let start = Instant::now();
    let peak_kib = contestant()?;
    let seconds = start.elapsed().as_secs_f64();
    let cpu = Spent::until_now(source, target)?.since(&before);
    Ok(Taken { seconds, peak_kib, cpu: Some([cpu.own, cpu.source, cpu.target]) })
}

/// `VmHWM` of a process that still runs (proc(5)); 0 where there is none to read.
fn peak_memory_kib(process: u32) -> u64 {
    let status =
        std::fs::read_to_string(PathBuf::from(format!("/proc/{process}/status"))).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// All rows of all tables of a database, counted.
pub(crate) fn rows_of(cluster: &TempCluster, database: &str) -> Result<u64> {
    let counts = cluster.psql(
        database,
        "SELECT format('SELECT count(*) FROM ONLY %s', oid::regclass) FROM pg_class WHERE relkind = 'r' AND oid >= 16384 \
         AND relnamespace <> 'pg_catalog'::regnamespace \\gexec",
    )?;
    Ok(counts.lines().filter_map(|count| count.parse::<u64>().ok()).sum())
}
