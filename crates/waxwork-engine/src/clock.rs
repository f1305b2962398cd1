//! Seconds by phase.

use crate::event::{Event, Events, Phase};
use std::collections::BTreeMap;
use std::time::Instant;

/// Times the phases of one run.
#[derive(Debug)]
pub(crate) struct Clock {
    events: Events,
    current: Option<(Phase, Instant)>,
    seconds: BTreeMap<String, f64>,
}

impl Clock {
    /// A clock that has not begun.
    pub(crate) fn new(events: Events) -> Self {
        Self { events, current: None, seconds: BTreeMap::new() }
    }

    /// Ends the phase that runs and begins another.
    pub(crate) fn enter(&mut self, phase: Phase) {
        self.stop();
        self.events.say(Event::Phase(phase));
        self.current = Some((phase, Instant::now()));
    }

    fn stop(&mut self) {
        if let Some((phase, since)) = self.current.take() {
            *self.seconds.entry(phase.name().to_owned()).or_default() += since.elapsed().as_secs_f64();
        }
    }

    /// The seconds of every phase that began.
    pub(crate) fn finish(mut self) -> BTreeMap<String, f64> {
        self.stop();
        self.seconds
    }
}
