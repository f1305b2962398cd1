//! SIGINT, SIGTERM and SIGHUP: the first asks the run to end cleanly, a later one ends the process.

use std::pin::Pin;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use waxwork_core::report::exit;

/// How soon after the first a signal is the same wish.
const TWICE_IS_ONCE: Duration = Duration::from_secs(1);

/// Gives the exit code of a signal.
pub(crate) type Stop = Pin<Box<dyn Future<Output = u8> + Send>>;

/// Resolves with the exit code of the first signal.
///
/// # Errors
/// The system gives no handler.
pub(crate) fn stop() -> std::io::Result<Stop> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(Box::pin(async move {
        let code = tokio::select! {
            _ = interrupt.recv() => exit::INTERRUPTED,
            _ = terminate.recv() => exit::TERMINATED,
            // The terminal went away: nobody will ever interrupt it.
            _ = hangup.recv() => exit::TERMINATED,
        };
        crate::say_error!(
            "waxwork: ending; a second signal ends at once and leaves the half-made copy behind"
        );
        tokio::spawn(async move {
            // `timeout` and service managers signal the process and its group: twice at once is once.
            let grace = tokio::time::sleep(TWICE_IS_ONCE);
            tokio::pin!(grace);
            loop {
                tokio::select! {
                    () = &mut grace => break,
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
            }
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            end_at_once(code);
        });
        code
    }))
}

#[expect(clippy::exit, reason = "the user asked twice")]
fn end_at_once(code: u8) {
    waxwork_engine::end_programs();
    std::process::exit(code.into());
}
