//! Reporters turn the engine's events into something on stderr: bars on a terminal, lines elsewhere.

mod bar;
mod lines;

use std::io::IsTerminal;
use waxwork_engine::event::{Event, Events};

/// Says warnings and nothing else.
pub(crate) fn quiet() -> Events {
    Events::new(|event| {
        if let Event::Warning(finding) = event {
            crate::say_error!("{}", crate::render::warning(&finding));
        }
    })
}

/// A line a step, also on a terminal: where rows go to the same one.
pub(crate) fn lines(verbose: u8) -> Events {
    lines::reporter(verbose)
}

/// The reporter that fits where stderr goes. `verbose` counts `-v`.
pub(crate) fn choose(verbose: u8) -> Events {
    if std::io::stderr().is_terminal() && verbose == 0 { bar::reporter() } else { lines::reporter(verbose) }
}
