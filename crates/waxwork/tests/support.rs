//! The command as a script runs it: arguments in; exit code, JSON report and peak memory out.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use waxwork_fixtures::TempCluster;
use waxwork_fixtures::binaries::newest_program;
use waxwork_fixtures::judge::{Database, Expectation, Treatment, Verdict, judge};

/// A run that takes longer hangs.
const RUN_MAX: Duration = Duration::from_secs(240);

/// What has not come by then does not come.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Keys for tests; what they are does not matter.
pub(crate) const KEY: &str = "8f1d0c5e2b7a49638e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f";
pub(crate) const OTHER_KEY: &str = "00112233445566778899aabbccddeeff102132435465768798a9babbcbdcedfe";

/// One call of `waxwork` that is still to be made.
#[derive(Debug)]
pub(crate) struct Call {
    folder: TempDir,
    command: Command,
}

impl Call {
    /// `waxwork refresh` with rules and a key file, reporting in JSON.
    pub(crate) fn refresh(rules: &str, source: &str, target: &str) -> Self {
        Self::of("refresh", rules)
            .arg("--source")
            .arg(source)
            .arg("--target")
            .arg(target)
            .arg("--format")
            .arg("json")
    }

    /// `waxwork dump` to a file, with rules and a key file.
    pub(crate) fn dump(rules: &str, source: &str, output: &Path) -> Self {
        Self::of("dump", rules).arg("--source").arg(source).arg("--output").arg(output)
    }

    /// `waxwork COMMAND` with rules and a key file.
    pub(crate) fn of(command: &str, rules: &str) -> Self {
        let call = Self::bare(rules);
        let (rules, key) = (call.rules_file(), call.key_file());
        call.arg(command).arg("--rules").arg(rules).arg("--key-file").arg(key)
    }

    /// `waxwork COMMAND` for a target alone.
    pub(crate) fn of_target(command: &str, target: &str) -> Self {
        Self::bare("").arg(command).arg("--target").arg(target)
    }

    /// `waxwork import TOOL`; the policy is to be a file beside it.
    pub(crate) fn import(tool: &str) -> Self {
        Self::bare("").arg("import").arg(tool)
    }

    /// `waxwork` without arguments, in a folder with rules and a key.
    fn bare(rules: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rules.toml"), rules).unwrap();
        let mut call = Self { command: Command::new(env!("CARGO_BIN_EXE_waxwork")), folder };
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("PG") || text.starts_with("WAXWORK_") {
                call.command.env_remove(name);
            }
        }
        // Servers without client programs are found by it, and then the newest pg_dump must be too.
        if let Some(named) = std::env::var_os("WAXWORK_PG_BIN") {
            let pg_dump = newest_program("pg_dump").unwrap();
            let folders = std::env::split_paths(&named).chain(pg_dump.parent().map(Path::to_path_buf));
            call = call.env("WAXWORK_PG_BIN", std::env::join_paths(folders).unwrap());
        }
        call.write_key(KEY, 0o600);
        call.command.current_dir(call.folder.path());
        call
    }

    pub(crate) fn rules_file(&self) -> PathBuf {
        self.folder.path().join("rules.toml")
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    fn write_key(&self, key: &str, mode: u32) {
        std::fs::write(self.key_file(), key).unwrap();
        std::fs::set_permissions(self.key_file(), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Another key, or one that others may read.
    pub(crate) fn key(self, key: &str, mode: u32) -> Self {
        self.write_key(key, mode);
        self
    }

    /// The same without a key file: the run makes a key of its own.
    pub(crate) fn without_key(mut self) -> Self {
        let key = self.key_file();
        let arguments: Vec<_> = self.command.get_args().map(ToOwned::to_owned).collect();
        let kept = arguments.into_iter().filter(|argument| argument != "--key-file" && *argument != *key);
        let mut command = Command::new(self.command.get_program());
        command.args(kept).current_dir(self.folder.path());
        self.command = with_environment(command, &self.command);
        self
    }

    /// A file beside the rules, or in a folder beneath.
    pub(crate) fn with_file(self, name: &str, text: &str) -> Self {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Has a shell run something in a folder first and then become the command.
    pub(crate) fn by_shell(mut self, first: &str, folder: &Path) -> Self {
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(format!("{first}; exec \"$0\" \"$@\"")).arg(self.command.get_program());
        shell.args(self.command.get_args()).current_dir(folder);
        self.command = with_environment(shell, &self.command);
        self
    }

    /// Starts it; its output is read meanwhile.
    pub(crate) fn start(mut self) -> Running {
        let pipes = self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let reader = |mut stream: Box<dyn std::io::Read + Send>| {
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                stream.read_to_end(&mut bytes).unwrap();
                String::from_utf8_lossy(&bytes).into_owned()
            })
        };
        let (stdout, stderr) = (reader(Box::new(stdout)), reader(Box::new(stderr)));
        Running { child, stdout, stderr, _folder: self.folder }
    }

    pub(crate) fn run(self) -> Run {
        self.start().wait()
    }

    /// Runs it with a stdout that takes nothing; its exit code.
    pub(crate) fn into_full_disk(mut self) -> Option<i32> {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        self.command.stdin(Stdio::null()).stdout(full).stderr(Stdio::null()).status().unwrap().code()
    }

    /// Runs it with that stderr and no stdout; its exit code.
    pub(crate) fn with_stderr(mut self, stderr: std::fs::File) -> Option<i32> {
        self.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(stderr).status().unwrap().code()
    }
}

/// A call that runs.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
    _folder: TempDir,
}

impl Running {
    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Run {
        let start = Instant::now();
        let mut peak_kib = 0;
        let status = loop {
            // VmHWM only grows, so the last look before the end is the peak but for the last milliseconds.
            peak_kib = peak_kib.max(high_water_kib(self.child.id()));
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if start.elapsed() > RUN_MAX {
                self.child.kill().unwrap();
                let stderr = self.stderr.join().unwrap();
                panic!("waxwork still ran after {RUN_MAX:?}; its stderr:\n{stderr}");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let (stdout, stderr) = (self.stdout.join().unwrap(), self.stderr.join().unwrap());
        Run { status, stdout, stderr, peak_kib, elapsed: start.elapsed() }
    }
}

fn high_water_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(0)
}

/// A call that has ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) peak_kib: u64,
    pub(crate) elapsed: Duration,
}

impl Run {
    /// The JSON report; its shape and its word on the exit code are checked.
    #[track_caller]
    pub(crate) fn report(&self) -> Value {
        let report: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("stdout is not one JSON object ({error}):\n{self}"));
        check_shape(&report, self);
        assert_eq!(report["exit_code"].as_i64(), self.status.code().map(i64::from), "{self}");
        report
    }

    /// It must have published.
    #[track_caller]
    pub(crate) fn published(&self) -> Value {
        assert_eq!(self.status.code(), Some(0), "{self}");
        let report = self.report();
        assert_eq!(report["outcome"], "published", "{self}");
        assert_eq!(report["errors"], Value::Array(vec![]), "{self}");
        report
    }

    /// It must have ended with that code, a report that says so, and something to say in every error; returns the
    /// errors' text, hints and places included.
    #[track_caller]
    pub(crate) fn refused(&self, code: i32) -> String {
        assert_eq!(self.status.code(), Some(code), "{self}");
        let report = self.report();
        let outcome = if [2, 3, 4, 6, 7].contains(&code) { "refused" } else { "failed" };
        assert_eq!(report["outcome"], outcome, "{self}");
        let errors = report["errors"].as_array().unwrap();
        assert!(!errors.is_empty(), "no error in the report\n{self}");
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, stdout, stderr, elapsed, .. } = self;
        write!(formatter, "{status} after {elapsed:?}\nstdout:\n{stdout}\nstderr:\n{stderr}")
    }
}

/// What DESIGN section 6 promises to scripts.
#[track_caller]
fn check_shape(report: &Value, run: &Run) {
    let fields = ["version", "outcome", "exit_code", "target", "tables", "seconds", "findings", "errors"];
    for field in fields {
        assert!(report.get(field).is_some(), "the report has no {field}\n{run}");
    }
    assert!(report["target"].is_string() || report["target"].is_null(), "{run}");
    assert!(report["seconds"].as_object().unwrap().values().all(Value::is_number), "{run}");
    for table in report["tables"].as_array().unwrap() {
        assert!(table["name"].is_string(), "{table}");
        assert!(["rows", "bytes", "masked_columns"].iter().all(|field| table[*field].is_u64()), "{table}");
    }
    for list in ["findings", "errors"] {
        for entry in report[list].as_array().unwrap() {
            assert!(entry["code"].is_string() && entry["message"].is_string(), "{entry}");
            let texts = ["detail", "hint", "where"].iter();
            for field in texts {
                let value = entry.get(*field);
                assert!(
                    value.is_some_and(|value| value.is_string() || value.is_null()),
                    "{field} of {entry}"
                );
            }
        }
    }
}

/// A command in another's environment.
fn with_environment(mut command: Command, of: &Command) -> Command {
    for (name, value) in of.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// Runs a refresh that must publish, and the judge on the result, which must find nothing.
#[track_caller]
pub(crate) fn refresh_and_judge(
    call: Call,
    source: &str,
    target: &str,
    expectation: &Expectation,
) -> (Run, Verdict) {
    let run = call.run();
    let report = run.published();
    let (source, target) = (Database::new(source), Database::new(target));
    let verdict = judge(&source, &target, expectation).unwrap();
    assert!(verdict.findings.is_empty(), "the judge found:\n{verdict}\n{run}");
    check_counts(&report, &source, expectation);
    (run, verdict)
}

/// The report's tables: every one, with the rows that are there and the number of its masked columns.
#[track_caller]
fn check_counts(report: &Value, source: &Database, expectation: &Expectation) {
    let schema = waxwork_fixtures::judge::Schema::read(source).unwrap();
    let told = report["tables"].as_array().unwrap();
    assert_eq!(told.len(), schema.roots().count(), "every table, partitions added up: {told:?}");
    for (name, table) in schema.roots() {
        let entry = told.iter().find(|entry| entry["name"] == **name);
        let entry = entry.unwrap_or_else(|| panic!("the report does not name {name}: {told:?}"));
        let from = schema.from_item(name);
        let rows = source.count(&format!("SELECT count(*) FROM {from}")).unwrap();
        assert_eq!(entry["rows"].as_u64(), Some(rows), "{name}");
        let of_table = |wanted: fn(&Treatment) -> bool| {
            let columns = expectation.columns.iter().filter(|((table, _), _)| table == name);
            columns.filter(|(_, treatment)| wanted(treatment)).count() as u64
        };
        let masked = of_table(|treatment| matches!(treatment, Treatment::Masked(_)));
        let any = of_table(|treatment| *treatment != Treatment::Keep);
        let said = entry["masked_columns"].as_u64().unwrap();
        assert!((masked..=any).contains(&said), "{name} has {masked} to {any} masked columns, not {said}");
        assert!(entry["bytes"].as_u64().unwrap() > 0 || rows == 0 || table.columns.is_empty(), "{entry}");
    }
}

/// Waits until something is so; what it is names the failure.
#[track_caller]
pub(crate) fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < WAIT_MAX, "not within {WAIT_MAX:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a process has ended; whoever is init collects it in its own time, if at all.
pub(crate) fn is_gone(pid: rustix::process::Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    stat.map_or(true, |stat| stat.contains(") Z "))
}

/// A new name for a target database of a cluster: its URI. It does not exist yet.
pub(crate) fn new_target(cluster: &TempCluster) -> (String, String) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("staging_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let uri = cluster.uri(&name);
    (name, uri)
}

/// Drops databases, and with them what a test took of the disk.
pub(crate) fn drop_databases(cluster: &TempCluster, names: &[&str]) {
    for name in names {
        cluster
            .psql(
                "postgres",
                &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", waxwork_fixtures::quoted(name)),
            )
            .unwrap();
    }
}
