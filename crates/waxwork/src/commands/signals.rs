//! SIGINT, SIGTERM and SIGHUP: the first asks the run to end cleanly, a later one ends the process.
//!
//! A thread of its own listens, so that both are heard whatever the process does until its end. SIGHUP stays ignored
//! where the process was started to ignore it, as by `nohup`; SIGINT does not, which every script ignores for what it starts in the
//! background, and who sends it there means it.

use std::pin::Pin;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use waxwork_core::report::exit;

/// How soon after the first a signal is the same wish.
const TWICE_IS_ONCE: Duration = Duration::from_secs(1);

/// Gives the exit code of a signal.
pub(crate) type Stop = Pin<Box<dyn Future<Output = u8> + Send>>;

/// Listens from now on; resolves with the exit code of the first signal, whenever it came.
///
/// # Errors
/// The system gives no handler or no thread.
pub(crate) fn stop() -> std::io::Result<Stop> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let signals = runtime.block_on(async { Signals::new(is_ignored(&status, SignalKind::hangup())) })?;
    let (tell, told) = oneshot::channel();
    let listen = move || runtime.block_on(listen(signals, tell));
    std::thread::Builder::new().name("signals".to_owned()).spawn(listen)?;
    Ok(Box::pin(async move {
        match told.await {
            Ok(code) => code,
            Err(_) => std::future::pending().await,
        }
    }))
}

async fn listen(mut signals: Signals, tell: oneshot::Sender<u8>) {
    let code = signals.next().await;
    crate::say_error!("waxwork: ending; a second signal ends at once and leaves the half-made copy behind");
    // Who has nothing left to end does not ask any more.
    let _ = tell.send(code);
    signals.second().await;
    end_at_once(code);
}

/// Those that are heard.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// `None` where it is ignored.
    hangup: Option<Signal>,
}

impl Signals {
    fn new(ignores_hangup: bool) -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: if ignores_hangup { None } else { Some(signal(SignalKind::hangup())?) },
        })
    }

    /// Waits for one; its exit code.
    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => exit::INTERRUPTED,
            _ = self.terminate.recv() => exit::TERMINATED,
            // The terminal went away: nobody will ever interrupt it.
            () = heard(self.hangup.as_mut()) => exit::TERMINATED,
        }
    }

    /// Waits for one that is meant as another: `timeout` and service managers signal the process and its group, so twice
    /// at once is once. A terminal that goes away asks for nothing more.
    async fn second(&mut self) {
        self.hangup = None;
        let grace = tokio::time::sleep(TWICE_IS_ONCE);
        tokio::pin!(grace);
        loop {
            tokio::select! {
                () = &mut grace => break,
                _ = self.next() => {}
            }
        }
        self.next().await;
    }
}

async fn heard(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Whether a signal was ignored when `/proc/self/status` was read: its line SigIgn is a mask, whose bit 0 is signal 1
/// (`proc_pid_status(5)`). Systems without that file ignore none.
fn is_ignored(status: &str, kind: SignalKind) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (kind.as_raw_value() - 1) & 1 == 1
}

#[expect(clippy::exit, reason = "the user asked twice")]
fn end_at_once(code: u8) {
    waxwork_engine::end_programs();
    std::process::exit(code.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_read_from_the_processs_status() {
        let ignores =
            |status| [SignalKind::hangup(), SignalKind::pipe()].map(|kind| is_ignored(status, kind));
        assert_eq!(ignores("Name:\tx\nSigIgn:\t0000000000001001\nSigCgt:\t00000000000004a0\n"), [true, true]);
        assert_eq!(ignores("SigIgn:\t0000000000001000\n"), [false, true]);
        assert_eq!(ignores("Name:\tx\n"), [false, false]);
    }
}
