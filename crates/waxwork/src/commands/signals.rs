//! SIGINT, SIGTERM and SIGHUP: the first asks the run to end cleanly, a later one ends the process.
//!
//! A thread of its own listens, so that both are heard whatever the process does until its end.

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
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let signals = runtime.block_on(async { Signals::new() })?;
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
    /// `None`: not any more.
    hangup: Option<Signal>,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: Some(signal(SignalKind::hangup())?),
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

#[expect(clippy::exit, reason = "the user asked twice")]
fn end_at_once(code: u8) {
    waxwork_engine::end_programs();
    std::process::exit(code.into());
}
