//! A hot standby as a source: what to say of it before it cancels us, and after.

use crate::error::RunError;
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::duration::shown_duration;
use waxwork_core::report::Finding;
use waxwork_pg::{AGAIN, Standby};

const HINT: &str = "On the standby set max_standby_streaming_delay = -1 (max_standby_archive_delay where it reads an \
                    archive) for as long as a run takes, and hot_standby_feedback = on.";

/// Codes of errors in which a conflict with recovery ends: a query is cancelled, an idle session is told to go, and
/// `pg_dump` only says that it failed.
const ENDS: [&str; 3] = ["conflict", "connection_lost", "pg_dump"];

/// That it would cancel us, unless its replay waits for readers for ever.
pub(crate) fn warning(standby: &Standby) -> Option<Diagnostic> {
    let delay = shown_duration(standby.delay?);
    let message =
        format!("the source is a hot standby that cancels readers that hold up its replay for {delay}");
    let vacuum = match standby.feedback {
        true => "hot_standby_feedback is on, so only exclusive locks of the primary conflict with a run",
        false => {
            "hot_standby_feedback is off, so the primary's VACUUM conflicts with a run, as its exclusive locks do"
        }
    };
    let detail = format!(
        "{} is {delay}; {vacuum}. Readers of this database cancelled so far: {}.",
        standby.delay_setting(),
        standby.conflicts
    );
    Some(Diagnostic::warning("standby_conflict", message).detail(detail).hint(HINT))
}

/// Adds to an error in which a conflict with recovery may have ended what to do about it.
pub(crate) fn explain(error: RunError, standby: Option<&Standby>) -> RunError {
    let cancels = standby.is_some_and(|standby| standby.delay.is_some());
    // Nobody but its replay asks for such a lock on a standby.
    let concerns = |last: &Finding| match last.hint.as_deref() {
        None => ENDS.contains(&last.code.as_str()),
        hint => hint == Some(AGAIN),
    };
    match error.errors.last() {
        Some(last) if cancels && concerns(last) => error.hint(HINT),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use waxwork_core::report::exit;

    #[test]
    fn a_lock_that_the_replay_waits_for_is_a_conflict_and_nobody_is_sent_to_a_standby() {
        let standby = Standby { streams: true, delay: Some(Duration::ZERO), feedback: false, conflicts: 0 };
        let hint = |hint: Option<&str>, standby: Option<&Standby>| {
            let error = RunError::new(exit::LOCKED, "lock_timeout", "m");
            let error = hint.into_iter().fold(error, RunError::hint);
            explain(error, standby).errors.remove(0).hint
        };
        assert_eq!(hint(Some(AGAIN), Some(&standby)).as_deref(), Some(HINT));
        assert_eq!(hint(Some(AGAIN), None).as_deref(), Some(AGAIN));
        assert_eq!(hint(Some("other"), Some(&standby)).as_deref(), Some("other"));
        assert_eq!(hint(None, Some(&standby)), None);
    }
}
