//! SIGINT and SIGTERM: the first asks the run to end cleanly, the second ends the process.

use tokio::signal::unix::{SignalKind, signal};
use waxwork_core::report::exit;

/// Resolves with the exit code of the first signal.
///
/// # Errors
/// The system gives no handler.
pub(crate) fn stop() -> std::io::Result<impl Future<Output = u8>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        let code = tokio::select! {
            _ = interrupt.recv() => exit::INTERRUPTED,
            _ = terminate.recv() => exit::TERMINATED,
        };
        anstream::eprintln!(
            "waxwork: ending; a second signal ends at once and leaves the half-made copy behind"
        );
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            end_at_once(code);
        });
        code
    })
}

#[expect(clippy::exit, reason = "the user asked twice")]
fn end_at_once(code: u8) {
    std::process::exit(code.into());
}
