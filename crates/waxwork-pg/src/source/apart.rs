//! Rows that come in on a thread of their own.
//!
//! ```text
//!   runtime of the run ─ spawn ─► thread: one session's socket ─ 8 KiB, 8 KiB, … ─► pump ─► RawBatch ─► the run's tasks
//!                                      └── nothing new: rest, then wait in the poller
//! ```
//!
//! PostgreSQL sends rows 8 KiB at a time (`PQ_SEND_BUFFER_SIZE` in `pqcomm.c`), and who waits in a poller is woken for each:
//! two switches of threads for forty rows, on either side of the socket. Where nothing else lives on the thread it may
//! sleep a moment first, and find many of them at once.

use std::convert::Infallible;
use std::time::Duration;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// A thread that drives one session's socket and the tasks that read from it, as long as this lives.
#[derive(Debug)]
pub(super) struct Apart {
    tasks: Handle,
    _ends: oneshot::Sender<Infallible>,
}

impl Apart {
    /// `None`: the system gives no thread or poller.
    pub(super) async fn start() -> Option<Self> {
        let (ends, ended) = oneshot::channel::<Infallible>();
        let (send, tasks) = oneshot::channel();
        let drive = move || {
            let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return };
            // Nobody to tell: whoever asked has gone.
            let _ = send.send(runtime.handle().clone());
            // That the other end is dropped is what is waited for.
            let _ = runtime.block_on(ended);
        };
        std::thread::Builder::new().name("rows".to_owned()).spawn(drive).ok()?;
        Some(Self { tasks: tasks.await.ok()?, _ends: ends })
    }

    /// Where to spawn what reads by the session.
    pub(super) fn tasks(&self) -> Handle {
        self.tasks.clone()
    }
}

/// How long a thread sleeps that has read all there was.
#[derive(Debug)]
pub(crate) struct Rest {
    pause: Duration,
    /// Bytes since the last one.
    found: usize,
}

/// Longer would be felt where an answer is waited for.
const PAUSE_MAX: Duration = Duration::from_millis(1);

const PAUSE_MIN: Duration = Duration::from_micros(50);

/// Fewer are not worth a wake.
const FOUND_MIN: usize = 32 << 10;

/// A Unix socket of Linux holds about 200 KiB (`net.core.wmem_default`) and stops the sender then.
const FOUND_MAX: usize = 96 << 10;

impl Rest {
    pub(crate) fn new() -> Self {
        Self { pause: PAUSE_MIN, found: 0 }
    }

    /// Bytes came in.
    pub(crate) fn found(&mut self, bytes: usize) {
        self.found += bytes;
    }

    /// Sleeps.
    pub(crate) fn take(&mut self) {
        std::thread::sleep(self.next());
    }

    /// How long: more than the last time where too little came in since, less where the sender may have had to wait.
    fn next(&mut self) -> Duration {
        self.pause = match std::mem::take(&mut self.found) {
            found if found < FOUND_MIN => (self.pause * 2).min(PAUSE_MAX),
            found if found > FOUND_MAX => (self.pause / 2).max(PAUSE_MIN),
            _ => self.pause,
        };
        self.pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rest_is_as_long_as_a_good_part_of_the_socket_takes_to_fill() {
        let mut rest = Rest::new();
        let mut after = |chunks: usize| {
            (0..chunks).for_each(|_| rest.found(8 << 10));
            rest.next().as_micros()
        };
        assert_eq!([0, 1, 2, 0, 0, 0].map(&mut after), [100, 200, 400, 800, 1000, 1000]);
        assert_eq!([8, 12, 13, 25].map(&mut after), [1000, 1000, 500, 250]);
        assert_eq!([25, 25, 25, 25].map(&mut after), [125, 62, 50, 50]);
    }
}
