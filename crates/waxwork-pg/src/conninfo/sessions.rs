//! The backends that serve the sessions of a connection string, for as long as each lives.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Process ids, shared by all copies of a [`ConnInfo`](super::ConnInfo).
#[derive(Clone, Debug, Default)]
pub(crate) struct Sessions(Arc<Mutex<BTreeSet<i32>>>);

impl Sessions {
    /// Adds a backend, until what is returned goes.
    pub(crate) fn enter(&self, pid: i32) -> Entered {
        self.change(|pids| pids.insert(pid));
        Entered { sessions: self.clone(), pid }
    }

    /// Those that live.
    pub(crate) fn backends(&self) -> Vec<i32> {
        self.change(|pids| pids.iter().copied().collect())
    }

    fn change<T>(&self, change: impl FnOnce(&mut BTreeSet<i32>) -> T) -> T {
        // A set of numbers is whole whatever panicked beside it.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One backend that is counted.
#[derive(Debug)]
pub(crate) struct Entered {
    sessions: Sessions,
    pid: i32,
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.sessions.change(|pids| pids.remove(&self.pid));
    }
}
