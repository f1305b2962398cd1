//! Who runs, and how.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use anyhow::{Context, Result, ensure};
use waxwork_fixtures::binaries::newest_program;
use waxwork_fixtures::{Client, TempCluster};

use super::DATABASE;
use crate::program::{Waxwork, succeed};

/// One way to copy a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contestant {
    /// `waxwork refresh`, which masks
    Waxwork,
    /// psql COPY out, piped into psql COPY in with FREEZE, as many tables at once as there are jobs; then pg_restore
    /// makes the keys. Nobody who goes through COPY can do much better.
    Pipes,
    /// `pgcopydb clone`
    Pgcopydb,
    /// `pg_dump -Fd -j -Z0`, then `pg_restore -j`
    DumpRestore,
    /// `pg_restore -j` alone, from an archive that is there
    Restore,
}

impl Contestant {
    /// Those of `all` that can run here and are wanted.
    pub(crate) fn present(all: &[Contestant], without: &[String]) -> Vec<Contestant> {
        let is_installed =
            |contestant: Contestant| contestant != Contestant::Pgcopydb || is_on_path("pgcopydb");
        let (here, missing): (Vec<_>, Vec<_>) = all.iter().copied().partition(|one| is_installed(*one));
        missing.iter().for_each(|one| println!("{} is not installed: left out", one.name()));
        here.into_iter().filter(|one| !without.iter().any(|name| name == one.name())).collect()
    }

    /// Its name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Contestant::Waxwork => "waxwork",
            Contestant::Pipes => "pipes",
            Contestant::Pgcopydb => "pgcopydb",
            Contestant::DumpRestore => "pg_dump+pg_restore",
            Contestant::Restore => "pg_restore",
        }
    }
}

/// A source that is filled and a target to fill.
pub(crate) struct Race<'a> {
    source: &'a TempCluster,
    target: &'a TempCluster,
    waxwork: Waxwork,
    folder: tempfile::TempDir,
    jobs: u32,
}

/// Leaf tables with their columns as COPY takes them, and whether COPY's binary form holds on another server: types of
/// our own carry numbers that differ there. The biggest first.
const LEAVES: &str = "
SELECT json_agg(json_build_array(c.oid::regclass::text, columns, is_binary) ORDER BY pg_table_size(c.oid) DESC)
FROM pg_class c, LATERAL (
    SELECT coalesce(string_agg(quote_ident(attname), ', ' ORDER BY attnum), '') AS columns,
           coalesce(bool_and(t.oid < 10000 AND t.typname !~ '^reg' OR t.typtype = 'e'), true) AS is_binary
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS a
WHERE c.relkind = 'r' AND c.oid >= 16384 AND c.relnamespace::regnamespace::text !~ '^pg_'";

impl<'a> Race<'a> {
    /// Writes rules and key for waxwork.
    pub(crate) fn new(
        source: &'a TempCluster,
        target: &'a TempCluster,
        rules: &str,
        jobs: u32,
    ) -> Result<Self> {
        let (waxwork, folder) = (Waxwork::prepare(rules)?, tempfile::tempdir()?);
        Ok(Self { source, target, waxwork, folder, jobs })
    }

    /// Lets one run from start to end; returns the peak of its process's memory in KiB where it is one process.
    pub(crate) fn run(&self, contestant: Contestant) -> Result<Option<u64>> {
        match contestant {
            Contestant::Waxwork => self.waxwork.refresh(DATABASE, self.source, self.target).map(Some),
            Contestant::Pipes => self.pipes().map(|()| None),
            Contestant::Pgcopydb => self.pgcopydb().map(|()| None),
            Contestant::DumpRestore => self.dump().and_then(|()| self.restore()).map(|()| None),
            Contestant::Restore => self.restore().map(|()| None),
        }
    }

    fn pipes(&self) -> Result<()> {
        self.target.create_database(DATABASE)?;
        let archive = self.folder.path().join("schema.dump");
        succeed(
            self.tool("pg_dump")?.args(["-Fc", "-s", "-d", &self.source.uri(DATABASE), "-f"]).arg(&archive),
        )?;
        let restore = |section: &str, jobs: u32| -> Result<()> {
            let mut command = self.tool("pg_restore")?;
            command.args(["--section", section, "-j", &jobs.to_string(), "-d", &self.target.uri(DATABASE)]);
            succeed(command.arg(&archive))
        };
        restore("pre-data", 1)?;
        let leaves = self.source.psql(DATABASE, LEAVES)?;
        let leaves = Mutex::new(serde_json::from_str::<Vec<(String, String, bool)>>(&leaves)?.into_iter());
        std::thread::scope(|scope| {
            let workers = (0..self.jobs).map(|_| {
                scope.spawn(|| {
                    while let Some(leaf) = { leaves.lock().expect("no pipe panics").next() } {
                        self.pipe(&leaf.0, &leaf.1, leaf.2)?;
                    }
                    anyhow::Ok(())
                })
            });
            let workers = workers.collect::<Vec<_>>();
            workers.into_iter().try_for_each(|worker| worker.join().expect("no pipe panics"))
        })?;
        restore("post-data", self.jobs)?;
        self.target.psql(DATABASE, "ANALYZE").map(drop)
    }

    /// One table from psql to psql.
    fn pipe(&self, table: &str, columns: &str, is_binary: bool) -> Result<()> {
        // A table of no columns has no binary form worth a pipe, and COPY wants no empty list.
        let columns = if columns.is_empty() { String::new() } else { format!(" ({columns})") };
        let format = if is_binary { "binary" } else { "text" };
        let (source, target) = (self.source.client(DATABASE), self.target.client(DATABASE));
        let mut out =
            command_with(&source, &[&format!("COPY {table}{columns} TO STDOUT (FORMAT {format})")])?;
        let mut out = out.stdout(Stdio::piped()).spawn()?;
        let rows = out.stdout.take().context("psql has no stdout")?;
        let copy = format!("COPY {table}{columns} FROM STDIN (FORMAT {format}, FREEZE)");
        let mut into = command_with(&target, &["BEGIN", &format!("TRUNCATE ONLY {table}"), &copy, "COMMIT"])?;
        succeed(into.stdin(rows))?;
        ensure!(out.wait()?.success(), "COPY {table} TO STDOUT failed");
        Ok(())
    }

    fn pgcopydb(&self) -> Result<()> {
        self.target.create_database(DATABASE)?;
        let jobs = self.jobs.to_string();
        let mut command = Command::new("pgcopydb");
        // Where it fails it ends its whole process group, which would be ours.
        command.process_group(0);
        command.args(["clone", "--table-jobs", &jobs, "--index-jobs", &jobs, "--restart", "--dir"]);
        command.arg(self.folder.path().join("pgcopydb"));
        command.args(["--source", &self.source.uri(DATABASE), "--target", &self.target.uri(DATABASE)]);
        succeed(&mut command)
    }

    /// Makes the archive that [`Contestant::Restore`] reads, in place of an older one.
    pub(crate) fn dump(&self) -> Result<()> {
        let (archive, jobs) = (self.archive(), self.jobs.to_string());
        if archive.exists() {
            std::fs::remove_dir_all(&archive)?;
        }
        let mut dump = self.tool("pg_dump")?;
        dump.args(["-Fd", "-j", &jobs, "-Z0", "-d", &self.source.uri(DATABASE), "-f"]);
        succeed(dump.arg(&archive))
    }

    fn restore(&self) -> Result<()> {
        self.target.create_database(DATABASE)?;
        let mut restore = self.tool("pg_restore")?;
        restore.args(["-j", &self.jobs.to_string(), "-d", &self.target.uri(DATABASE)]);
        succeed(restore.arg(self.archive()))?;
        self.target.psql(DATABASE, "ANALYZE").map(drop)
    }

    fn archive(&self) -> std::path::PathBuf {
        self.folder.path().join("dump")
    }

    fn tool(&self, name: &str) -> Result<Command> {
        Ok(Command::new(newest_program(name)?))
    }
}

/// A psql that runs these commands one by one in one session.
fn command_with(client: &Client, commands: &[&str]) -> Result<Command> {
    let mut psql = client.command()?;
    commands.iter().for_each(|command| {
        psql.args(["-c", command]);
    });
    Ok(psql)
}

fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
