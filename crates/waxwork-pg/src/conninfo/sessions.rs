//! The backends that serve the sessions of a connection string, for as long as each lives; and those that were left
//! without a goodbye, which may work on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Backends, shared by all copies of a [`ConnInfo`](super::ConnInfo).
#[derive(Clone, Debug, Default)]
pub(crate) struct Sessions(Arc<Mutex<Backends>>);

#[derive(Debug, Default)]
struct Backends {
    /// By process id: the same with the start, since an id alone may be somebody else's by then.
    living: BTreeMap<i32, String>,
    left: BTreeSet<String>,
}

impl Sessions {
    /// Adds a backend, until what is returned goes.
    pub(crate) fn enter(&self, pid: i32, backend: &str) -> Entered {
        self.change(|backends| backends.living.insert(pid, backend.to_owned()));
        Entered { sessions: self.clone(), pid }
    }

    /// Those that live.
    pub(crate) fn backends(&self) -> Vec<i32> {
        self.change(|backends| backends.living.keys().copied().collect())
    }

    /// Those that were left without a goodbye, by process id and start; from now on they are nobody's.
    pub(crate) fn take_left(&self) -> Vec<String> {
        self.change(|backends| std::mem::take(&mut backends.left)).into_iter().collect()
    }

    fn change<T>(&self, change: impl FnOnce(&mut Backends) -> T) -> T {
        // It is whole whatever panicked beside it.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One backend that is counted.
#[derive(Debug)]
pub(crate) struct Entered {
    sessions: Sessions,
    pid: i32,
}

impl Entered {
    /// The server knows that nobody waits for it any more.
    pub(crate) fn say_goodbye(self) {
        self.sessions.change(|backends| backends.living.remove(&self.pid));
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.sessions.change(|backends| {
            let left = backends.living.remove(&self.pid);
            backends.left.extend(left);
        });
    }
}
