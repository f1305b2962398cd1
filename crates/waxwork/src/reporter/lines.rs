//! Lines on stderr: phases as they begin, at most one line of progress every ten seconds, warnings, errors. For people, or
//! a JSON object each (JSON Lines) for whatever collects logs.

use crate::args::LogFormat;
use crate::render;
use serde::Serialize;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use waxwork_core::report::Finding;
use waxwork_core::words::{counted, printable};
use waxwork_engine::event::{Event, Events};

/// How often a log that nobody watches hears of progress.
const EVERY: Duration = Duration::from_secs(10);

struct State {
    names: Vec<String>,
    rows: u64,
    bytes: u64,
    done: usize,
    /// The source's snapshot was taken.
    snapshot: Option<Instant>,
    spoken: Instant,
}

/// Writes lines to stderr. `verbose` 1 names tables as they end, 2 as they start.
pub(crate) fn reporter(verbose: u8, format: LogFormat) -> Events {
    let state = Mutex::new(State {
        names: Vec::new(),
        rows: 0,
        bytes: 0,
        done: 0,
        snapshot: None,
        spoken: Instant::now(),
    });
    Events::new(move |event| {
        let mut state = state.lock().expect("a reporter never panics while it holds its state");
        if let Some(line) = state.line(&event, verbose) {
            line.say(format);
        }
    })
}

/// What one line says.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Line<'a> {
    Phase { phase: &'static str },
    Snapshot { locked_tables: usize },
    Copying { table: &'a str },
    Copied { table: &'a str },
    Progress { tables_done: usize, tables: usize, rows: u64, bytes: u64, snapshot_seconds: u64 },
    Warning(&'a Finding),
    Error(&'a Finding),
}

#[derive(Serialize)]
struct Timed<'a> {
    /// Seconds since the Unix epoch.
    time: f64,
    #[serde(flatten)]
    line: &'a Line<'a>,
}

impl Line<'_> {
    pub(super) fn say(&self, format: LogFormat) {
        let text = match format {
            LogFormat::Text => self.text(),
            LogFormat::Json => self.json(),
        };
        crate::say_error!("{text}");
    }

    fn json(&self) -> String {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        serde_json::to_string(&Timed { time, line: self }).expect("its keys are texts")
    }

    fn text(&self) -> String {
        match self {
            Line::Phase { phase } => format!("waxwork: {phase}"),
            Line::Snapshot { locked_tables } => {
                format!("waxwork: snapshot taken, tables locked in ACCESS SHARE mode: {locked_tables}")
            }
            Line::Copying { table } => format!("waxwork: copying {}", printable(table)),
            Line::Copied { table } => format!("waxwork: copied {}", printable(table)),
            Line::Progress { tables_done, tables, rows, bytes, snapshot_seconds } => format!(
                "waxwork: {tables_done} of {}, {}, {} MiB, snapshot {snapshot_seconds} s old",
                counted(*tables as u64, "table"),
                counted(*rows, "row"),
                bytes >> 20
            ),
            Line::Warning(finding) => render::warning(finding),
            Line::Error(finding) => render::error(finding),
        }
    }
}

impl State {
    fn line<'a>(&'a mut self, event: &'a Event, verbose: u8) -> Option<Line<'a>> {
        match event {
            Event::Phase(phase) => Some(Line::Phase { phase: phase.name() }),
            Event::Snapshot { locked_tables } => {
                self.snapshot = Some(Instant::now());
                Some(Line::Snapshot { locked_tables: *locked_tables })
            }
            Event::Tables(tables) => {
                self.names = tables.iter().map(|(name, _)| name.clone()).collect();
                None
            }
            Event::TableStarted(at) => (verbose >= 2).then(|| Line::Copying { table: &self.names[*at] }),
            Event::Progress { rows, bytes, .. } => self.progress(*rows, *bytes),
            Event::TableDone(at) => {
                self.done += 1;
                (verbose >= 1).then(|| Line::Copied { table: &self.names[*at] })
            }
            Event::Warning(finding) => Some(Line::Warning(finding)),
        }
    }

    fn progress(&mut self, rows: u64, bytes: u64) -> Option<Line<'_>> {
        self.rows += rows;
        self.bytes += bytes;
        if self.spoken.elapsed() < EVERY {
            return None;
        }
        self.spoken = Instant::now();
        Some(Line::Progress {
            tables_done: self.done,
            tables: self.names.len(),
            rows: self.rows,
            bytes: self.bytes,
            snapshot_seconds: self.snapshot.map_or(0, |taken| taken.elapsed().as_secs()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_s_name_stays_on_its_line_and_is_whole_in_json() {
        let name = "public.\"a\nb\u{202e}\"";
        for line in [Line::Copying { table: name }, Line::Copied { table: name }] {
            assert!(line.text().ends_with(" public.\"a\\nb\\u{202e}\""), "{}", line.text());
            let json: serde_json::Value = serde_json::from_str(&line.json()).unwrap();
            assert_eq!(json["table"], name);
        }
    }
}
