//! Bars on a terminal: one for the whole run, drawn by indicatif at its own pace.
//!
//! Counters are added up under a lock once a batch (about 1 MiB), never once a row.

use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use waxwork_core::words::counted;
use waxwork_engine::event::{Event, Events, Phase};

/// Redraws a second.
const TICK: Duration = Duration::from_millis(200);

struct State {
    bar: ProgressBar,
    tables: usize,
    done: usize,
    rows: u64,
    /// The source's snapshot was taken.
    snapshot: Option<Instant>,
}

/// Draws to stderr.
pub(crate) fn reporter() -> Events {
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(TICK);
    let state = Mutex::new(State { bar, tables: 0, done: 0, rows: 0, snapshot: None });
    Events::new(move |event| {
        state.lock().expect("a reporter never panics while it holds its state").take(event);
    })
}

impl State {
    fn take(&mut self, event: Event) {
        match event {
            Event::Phase(phase) => self.phase(phase),
            Event::Tables(tables) => {
                self.tables = tables.len();
                self.bar.set_length(tables.iter().map(|(_, bytes)| bytes).sum::<u64>().max(1));
            }
            Event::Snapshot { .. } => self.snapshot = Some(Instant::now()),
            Event::TableStarted(_) => {}
            Event::Progress { rows, bytes, .. } => {
                self.rows += rows;
                self.bar.inc(bytes);
                self.message();
            }
            Event::TableDone(_) => {
                self.done += 1;
                self.message();
            }
            Event::Warning(finding) => {
                self.bar.suspend(|| crate::say_error!("{}", crate::render::warning(&finding)));
            }
        }
    }

    fn phase(&mut self, phase: Phase) {
        if phase == Phase::Load {
            self.bar.set_style(load_style());
            return;
        }
        self.bar.set_style(ProgressStyle::default_spinner());
        self.bar.set_message(phase.name());
        if phase == Phase::Publish {
            self.bar.finish_and_clear();
        }
    }

    fn message(&self) {
        let age = self.snapshot.map_or(0, |taken| taken.elapsed().as_secs());
        self.bar.set_message(format!(
            "{} of {}, {}, snapshot {age} s old",
            self.done,
            counted(self.tables as u64, "table"),
            counted(self.rows, "row")
        ));
    }
}

fn load_style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {bar:30} {bytes} at {bytes_per_sec}  {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
