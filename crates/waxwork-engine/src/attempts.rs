//! A run that failed of something that passes is made once more, from its beginning.
//!
//! ```text
//!   attempt ─► published, or refused for good ─────────────────────────────────────────► report
//!      ▲  └──► server away, too many connections, conflict … ─► pause, twice as long each time ─┐
//!      └────────────────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Nothing of an attempt is used by the next: its snapshot is gone, and with it what was loaded. Which failures pass is
//! [`PgError::may_pass`](waxwork_pg::PgError::may_pass)'s to say; from the rename on none does.

use crate::clock::Clock;
use crate::error::{RUN_LOCKED, RunError};
use crate::event::{Event, Events};
use crate::report;
use crate::request::Retries;
use std::pin::Pin;
use std::time::Duration;
use waxwork_core::duration::shown_duration;
use waxwork_core::report::{Finding, RunReport};

/// A longer pause would only make the run late: servers are back by then, or somebody has been told.
const PAUSE_MAX: Duration = Duration::from_secs(300);

/// How an attempt went.
pub(crate) struct Attempt {
    report: RunReport,
    may_pass: bool,
}

impl Attempt {
    /// Ends an attempt's report.
    pub(crate) fn close(report: RunReport, clock: Clock, outcome: Result<(), RunError>) -> Self {
        let may_pass = outcome.as_ref().is_err_and(|error| error.may_pass);
        Self { report: report::close(report, clock, outcome), may_pass }
    }
}

/// Makes attempts until one succeeds or fails for good, none is left, or `ended` says why the run must end.
pub(crate) async fn run<F: Future<Output = RunError>>(
    retries: Retries,
    events: &Events,
    mut ended: Pin<&mut F>,
    mut attempt: impl AsyncFnMut(Pin<&mut F>) -> Attempt,
) -> RunReport {
    let mut earlier = Vec::new();
    loop {
        let Attempt { report, may_pass } = attempt(ended.as_mut()).await;
        let made = earlier.len() as u32 + 1;
        // The run lock that is held may be the one of an attempt before, whose connection the server has still to give up.
        let may_pass = may_pass || made > 1 && is_locked(&report);
        if !may_pass || made > retries.most {
            return told(report, made, retries, earlier);
        }
        let pause = pause(retries.pause, made);
        let failed = failed(&report, made, retries, pause);
        events.say(Event::Warning(failed.clone()));
        earlier.push(failed);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            error = ended.as_mut() => {
                let report = report::close(report, Clock::new(events.clone()), Err(error));
                return told(report, made, retries, earlier);
            }
        }
    }
}

/// It found another run at work.
pub(crate) fn is_locked(report: &RunReport) -> bool {
    report.errors.iter().any(|error| error.code == RUN_LOCKED)
}

/// The pause after so many attempts.
fn pause(first: Duration, made: u32) -> Duration {
    first.saturating_mul(1 << (made - 1).min(16)).min(PAUSE_MAX.max(first))
}

fn failed(report: &RunReport, made: u32, retries: Retries, pause: Duration) -> Finding {
    let of = retries.most + 1;
    let why = report.errors.last().map_or("it failed", |error| error.message.as_str());
    let message = format!("attempt {made} of {of} failed, the next begins in {}", shown_duration(pause));
    Finding::new("attempt_failed", message).detail(format!("{why}."))
}

/// A report with the attempts before it.
fn told(mut report: RunReport, made: u32, retries: Retries, earlier: Vec<Finding>) -> RunReport {
    report.attempts = made;
    report.findings.splice(0..0, earlier);
    if let Some(error) = report.errors.last_mut().filter(|_| retries.most > 0) {
        let count = format!("This was attempt {made} of {}.", retries.most + 1);
        error.detail = Some(error.detail.take().map_or(count.clone(), |detail| format!("{detail} {count}")));
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pause_is_twice_the_one_before_up_to_a_limit() {
        let after = |first, made| pause(Duration::from_secs(first), made).as_secs();
        assert_eq!([1, 2, 3, 5, 6, 40].map(|made| after(10, made)), [10, 20, 40, 160, 300, 300]);
        assert_eq!([1, 2].map(|made| after(900, made)), [900, 900]);
    }
}
