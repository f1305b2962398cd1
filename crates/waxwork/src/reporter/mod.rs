//! Reporters turn the engine's events into something on stderr: bars on a terminal, lines elsewhere.

mod bar;
mod lines;

use crate::args::LogFormat;
use lines::Line;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex};
use waxwork_core::report::Finding;
use waxwork_engine::event::{Event, Events};

/// Says warnings and nothing else.
pub(crate) fn quiet() -> Events {
    Events::new(|event| {
        if let Event::Warning(finding) = event {
            Line::Warning(&finding).say(LogFormat::Text);
        }
    })
}

/// A line a step, also on a terminal: where rows go to the same one.
pub(crate) fn lines(verbose: u8, format: LogFormat) -> Events {
    lines::reporter(verbose, format)
}

/// The reporter that fits where stderr goes. `verbose` counts `-v`.
pub(crate) fn choose(verbose: u8, format: LogFormat) -> Events {
    let draws = std::io::stderr().is_terminal() && verbose == 0 && format == LogFormat::Text;
    if draws { bar::reporter() } else { lines::reporter(verbose, format) }
}

/// Says why a run failed.
pub(crate) fn say_errors(errors: &[Finding], format: LogFormat) {
    errors.iter().for_each(|error| Line::Error(error).say(format));
}

/// Warnings of a quiet run: nobody wants to hear of them unless it fails.
#[derive(Clone, Default)]
pub(crate) struct KeptWarnings(Arc<Mutex<Vec<Finding>>>);

impl KeptWarnings {
    fn keep(&self, event: Event) {
        if let Event::Warning(finding) = event {
            self.0.lock().expect("nothing panics while it holds this lock").push(finding);
        }
    }

    /// Says them, in the order in which they came.
    pub(crate) fn say(&self, format: LogFormat) {
        let kept = self.0.lock().expect("nothing panics while it holds this lock");
        kept.iter().for_each(|finding| Line::Warning(finding).say(format));
    }
}

/// The reporter of a job: `loud`, or one that says nothing and keeps the warnings.
pub(crate) fn of_job(is_quiet: bool, loud: impl FnOnce() -> Events) -> (Events, Option<KeptWarnings>) {
    if !is_quiet {
        return (loud(), None);
    }
    let kept = KeptWarnings::default();
    let keeper = kept.clone();
    (Events::new(move |event| keeper.keep(event)), Some(kept))
}
