//! Lines on stderr: phases as they begin, and at most one line of progress every ten seconds.

use std::sync::Mutex;
use std::time::{Duration, Instant};
use waxwork_core::words::counted;
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
pub(crate) fn reporter(verbose: u8) -> Events {
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
        if let Some(line) = state.line(event, verbose) {
            crate::say_error!("{line}");
        }
    })
}

impl State {
    fn line(&mut self, event: Event, verbose: u8) -> Option<String> {
        match event {
            Event::Phase(phase) => Some(format!("waxwork: {}", phase.name())),
            Event::Snapshot { locked_tables } => {
                self.snapshot = Some(Instant::now());
                Some(format!("waxwork: snapshot taken, tables locked in ACCESS SHARE mode: {locked_tables}"))
            }
            Event::Tables(tables) => {
                self.names = tables.into_iter().map(|(name, _)| name).collect();
                None
            }
            Event::TableStarted(at) => (verbose >= 2).then(|| format!("waxwork: copying {}", self.names[at])),
            Event::Progress { rows, bytes, .. } => self.progress(rows, bytes),
            Event::TableDone(at) => {
                self.done += 1;
                (verbose >= 1).then(|| format!("waxwork: copied {}", self.names[at]))
            }
            Event::Warning(finding) => Some(crate::render::warning(&finding)),
        }
    }

    fn progress(&mut self, rows: u64, bytes: u64) -> Option<String> {
        self.rows += rows;
        self.bytes += bytes;
        if self.spoken.elapsed() < EVERY {
            return None;
        }
        self.spoken = Instant::now();
        let age = self.snapshot.map_or(0, |taken| taken.elapsed().as_secs());
        Some(format!(
            "waxwork: {} of {}, {}, {} MiB, snapshot {age} s old",
            self.done,
            counted(self.names.len() as u64, "table"),
            counted(self.rows, "row"),
            self.bytes >> 20
        ))
    }
}
