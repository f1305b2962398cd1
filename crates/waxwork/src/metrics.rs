//! A run's outcome for Prometheus: a text file that the textfile collector of `node_exporter` reads.
//!
//! ```text
//!   the file of the run before ─► time of the last success ─┐
//!   RunReport ──────────────────────────────────────────────┴─► FILE.….tmp ─► rename ─► FILE
//! ```
//!
//! Format: Prometheus documentation, "Text-based format". No value of a row is in it: names, counts and times only.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use waxwork_core::report::{RunReport, TableReport};

/// Tables with series of their own, the biggest first; the others are added up. A schema of a hundred thousand partitions
/// must not fill a monitoring system.
const TABLES_MAX: usize = 500;

/// The label of what is added up: no table's name is empty.
const OTHER_TABLES: &str = "";

/// How a file of ours begins.
const FIRST_WORDS: &str = "# HELP waxwork_";

const LAST_SUCCESS: &str = "waxwork_run_last_success_time_seconds";

/// The collector runs as somebody else.
const MODE: u32 = 0o644;

/// The file that is written when the run ends.
#[derive(Debug)]
pub(crate) struct MetricsFile {
    path: PathBuf,
    command: &'static str,
    started: SystemTime,
    last_success: f64,
}

impl MetricsFile {
    /// Looks whether the file can be written, before the run, and remembers when that begins.
    ///
    /// # Errors
    /// Why not, as a sentence's end.
    pub(crate) fn open(path: PathBuf, command: &'static str) -> Result<Self, String> {
        let before = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(format!("could not read \"{}\": {}", path.display(), error.kind())),
        };
        if !before.is_empty() && !before.starts_with(FIRST_WORDS) {
            return Err(format!("\"{}\" is not a file of metrics of waxwork", path.display()));
        }
        let file = Self { path, command, started: SystemTime::now(), last_success: last_success(&before) };
        let written = file.write_aside("").and_then(std::fs::remove_file);
        written.map_err(|error| format!("could not write \"{}\": {}", file.path.display(), error.kind()))?;
        Ok(file)
    }

    /// Replaces the file by what the report says.
    ///
    /// # Errors
    /// Why it could not be written, as a sentence's end.
    pub(crate) fn write(&self, report: &RunReport) -> Result<(), String> {
        let text = self.text(report, SystemTime::now());
        let written = self.write_aside(&text).and_then(|aside| std::fs::rename(aside, &self.path));
        written.map_err(|error| format!("could not write \"{}\": {}", self.path.display(), error.kind()))
    }

    /// Under a name that the collector passes over, because it does not end in `.prom`.
    fn write_aside(&self, text: &str) -> std::io::Result<PathBuf> {
        let mut aside = self.path.as_os_str().to_owned();
        let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        aside.push(format!(".{}.{nanoseconds}.tmp", std::process::id()));
        let aside = PathBuf::from(aside);
        let file = File::options().write(true).create_new(true).open(&aside)?;
        match fill(file, text) {
            Ok(()) => Ok(aside),
            Err(error) => {
                // On a full disk it would be one more file.
                let _ = std::fs::remove_file(aside);
                Err(error)
            }
        }
    }

    fn text(&self, report: &RunReport, ended: SystemTime) -> String {
        let succeeded = report.exit_code == 0;
        let last_success = if succeeded { seconds(ended) } else { self.last_success };
        let mut page = Page { text: String::new(), run: name(&self.path) };
        let info = [
            ("command", self.command),
            ("target", report.target.as_deref().unwrap_or_default()),
            ("version", env!("CARGO_PKG_VERSION")),
        ];
        page.gauge("waxwork_run_info", "What the last run was: always 1.");
        page.sample("waxwork_run_info", &info, 1.0);
        for (metric, help, value) in [
            ("waxwork_run_success", "Whether the last run succeeded.", f64::from(u8::from(succeeded))),
            ("waxwork_run_exit_code", "The exit code of the last run.", report.exit_code.into()),
            ("waxwork_run_start_time_seconds", "When the last run began.", seconds(self.started)),
            ("waxwork_run_end_time_seconds", "When the last run ended.", seconds(ended)),
            (LAST_SUCCESS, "When a run succeeded last; 0 where none did.", last_success),
            ("waxwork_run_attempts", "Attempts that the last run made.", report.attempts.into()),
            ("waxwork_run_findings", "Findings of the last run.", report.findings.len() as f64),
            (
                "waxwork_run_snapshot_seconds",
                "How long the last run held the source's snapshot and its locks.",
                report.snapshot.as_ref().map_or(0.0, |snapshot| snapshot.seconds),
            ),
        ] {
            page.gauge(metric, help);
            page.sample(metric, &[], value);
        }
        page.phases(&report.seconds);
        page.tables(&report.tables);
        page.text
    }
}

/// The metrics of one file. Each has the label `run`, so that files of several jobs can lie side by side.
struct Page {
    text: String,
    run: String,
}

impl Page {
    fn gauge(&mut self, metric: &str, help: &str) {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(self.text, "# HELP {metric} {help}\n# TYPE {metric} gauge");
    }

    fn sample(&mut self, metric: &str, labels: &[(&str, &str)], value: f64) {
        let _ = write!(self.text, "{metric}{{run=\"{}\"", escaped(&self.run));
        for (label, text) in labels {
            let _ = write!(self.text, ",{label}=\"{}\"", escaped(text));
        }
        let _ = writeln!(self.text, "}} {value}");
    }

    fn phases(&mut self, seconds: &BTreeMap<String, f64>) {
        let metric = "waxwork_run_phase_seconds";
        self.gauge(metric, "Seconds that each phase of the last run took.");
        for (phase, seconds) in seconds {
            self.sample(metric, &[("phase", phase)], *seconds);
        }
    }

    fn tables(&mut self, tables: &[TableReport]) {
        self.gauge("waxwork_run_tables", "Tables of the last run.");
        self.sample("waxwork_run_tables", &[], tables.len() as f64);
        let mut sorted: Vec<&TableReport> = tables.iter().collect();
        sorted.sort_by_key(|table| (std::cmp::Reverse(table.bytes), &table.name));
        let (shown, others) = sorted.split_at(sorted.len().min(TABLES_MAX));
        type Count = fn(&TableReport) -> u64;
        let metrics: [(&str, &str, Count); 2] = [
            ("waxwork_table_rows", "Rows of a table that the last run wrote.", |table| table.rows),
            ("waxwork_table_bytes", "Bytes of COPY data of a table that the last run wrote.", |table| {
                table.bytes
            }),
        ];
        for (metric, help, count) in metrics {
            self.gauge(metric, help);
            for table in shown {
                self.sample(metric, &[("table", &table.name)], count(table) as f64);
            }
            if !others.is_empty() {
                let sum: u64 = others.iter().map(|table| count(table)).sum();
                self.sample(metric, &[("table", OTHER_TABLES)], sum as f64);
            }
        }
    }
}

fn fill(mut file: File, text: &str) -> std::io::Result<()> {
    // Whatever the umask is.
    file.set_permissions(Permissions::from_mode(MODE))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// What tells jobs apart, also where a run failed too early to know its target: the file's name without its extension.
fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// A label's value: a backslash, a quote and a line feed are escaped, all else is UTF-8 as it is.
fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['\\', '"', '\n']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs_f64()
}

/// Of a file of ours; 0 where it tells of none.
fn last_success(text: &str) -> f64 {
    let sample =
        text.lines().find(|line| line.strip_prefix(LAST_SUCCESS).is_some_and(|rest| rest.starts_with('{')));
    let value = sample.and_then(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    value.filter(|seconds| seconds.is_finite()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(last_success: f64) -> MetricsFile {
        let path = PathBuf::from("/var/lib/node_exporter/stag\"ing.prom");
        MetricsFile {
            path,
            command: "refresh",
            started: UNIX_EPOCH + Duration::from_millis(1_500),
            last_success,
        }
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn table(name: &str, bytes: u64) -> TableReport {
        TableReport { name: name.to_owned(), rows: 1, bytes, ..TableReport::default() }
    }

    #[test]
    fn labels_are_escaped_as_the_format_asks() {
        let tables = vec![table("\"My \\ \"\"Schema\".\"a\nb\"", 7)];
        let text = file(0.0).text(&RunReport { tables, ..RunReport::default() }, at(2));
        let line = r#"waxwork_table_bytes{run="stag\"ing",table="\"My \\ \"\"Schema\".\"a\nb\""} 7"#;
        assert!(text.lines().any(|found| found == line), "{text}");
        assert!(text.starts_with(FIRST_WORDS));
    }

    #[test]
    fn a_failure_keeps_the_time_of_the_last_success_and_a_success_sets_it() {
        let failed = RunReport { exit_code: 1, ..RunReport::default() };
        assert_eq!(last_success(&file(1700.25).text(&failed, at(9))), 1700.25);
        assert_eq!(last_success(&file(1700.25).text(&RunReport::default(), at(9))), 9.0);
        for nothing in
            ["", "waxwork_run_last_success_time_seconds{run=\"x\"} NaN\n", "waxwork_run_last_success"]
        {
            assert_eq!(last_success(nothing), 0.0);
        }
    }

    #[test]
    fn the_smallest_of_too_many_tables_are_added_up() {
        let tables = (1..=TABLES_MAX as u64 + 3).map(|n| table(&format!("t{n}"), n)).collect();
        let text = file(0.0).text(&RunReport { tables, ..RunReport::default() }, at(2));
        let sizes = text.lines().filter(|line| line.starts_with("waxwork_table_bytes{"));
        assert_eq!(sizes.count(), TABLES_MAX + 1);
        assert!(text.contains("waxwork_table_bytes{run=\"stag\\\"ing\",table=\"\"} 6\n"), "{text}");
        assert!(text.contains("waxwork_run_tables{run=\"stag\\\"ing\"} 503\n"), "{text}");
    }
}
