//! Passes one value at a time between a future that owns a connection and the call that drives it.
//!
//! sqlx's COPY borrows the connection, and so would a stream that we hand out. Here a future owns the connection and
//! is polled only from inside the driving call: when the caller drops its half, the future drops with it, the
//! connection closes at once, and no other state can be left behind. Both sides run in one task, so a side that finds
//! nothing returns `Pending` without registering a waker: the driver polls again by itself.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

/// A place for one value.
pub(crate) struct Handoff<T>(Arc<Mutex<Option<T>>>);

impl<T> Clone for Handoff<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Handoff<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }

    /// Leaves a value and waits until it was taken.
    pub(crate) async fn pass(&self, value: T) {
        self.put(value);
        poll_fn(|_| if self.is_empty() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Waits for a value.
    pub(crate) async fn receive(&self) -> T {
        poll_fn(|_| self.take().map_or(Poll::Pending, Poll::Ready)).await
    }

    pub(crate) fn put(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    pub(crate) fn take(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}
