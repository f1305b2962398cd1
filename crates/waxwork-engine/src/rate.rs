//! How fast rows leave the source: `--max-rate`, over all tables and readers.
//!
//! ```text
//!   a batch was read ─► reserve: the next free moment moves on by bytes / rate ─► sleep until one's own ─► read on
//! ```
//!
//! Who has read pays before reading on, so a reader that is slow by itself never sleeps, and nothing can be saved up: after
//! a pause no burst follows. While a reader sleeps its socket fills, and the source's backend waits as it does for any slow
//! client.

use crate::transfer::BATCH_BYTES;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

/// Bytes a second below which no rate makes sense: a night has room for 2 GB of them.
pub const RATE_MIN: u64 = 64 << 10;

/// Batches a second, at least, while a reader is slowed down. A pause of many seconds is what a network's timeouts take for
/// the end (`tcp_user_timeout` counts a full socket too).
const BATCHES_A_SECOND: u64 = 4;

/// A limit on the source's bytes, or none. Its clones are one limit.
#[derive(Clone, Debug)]
pub(crate) struct Rate(Option<Arc<Bucket>>);

#[derive(Debug)]
struct Bucket {
    bytes_a_second: u64,
    /// When all that was read so far is paid for.
    free_at: Mutex<Instant>,
}

impl Rate {
    /// So many bytes a second; `None`: as fast as the source gives them.
    pub(crate) fn new(bytes_a_second: Option<u64>) -> Self {
        Self(bytes_a_second.map(|bytes| {
            Arc::new(Bucket { bytes_a_second: bytes.max(RATE_MIN), free_at: Mutex::new(Instant::now()) })
        }))
    }

    /// Bytes to read at once: fewer where many would be long pauses.
    pub(crate) fn batch_bytes(&self) -> usize {
        let Some(bucket) = &self.0 else { return BATCH_BYTES };
        usize::try_from(bucket.bytes_a_second / BATCHES_A_SECOND)
            .map_or(BATCH_BYTES, |bytes| bytes.min(BATCH_BYTES))
    }

    /// Waits until bytes that were read are paid for.
    pub(crate) async fn pay(&self, bytes: usize) {
        if let Some(bucket) = &self.0 {
            let until = bucket.reserve(Instant::now(), bytes as u64);
            tokio::time::sleep_until(until).await;
        }
    }
}

impl Bucket {
    /// Takes the next free moments of the source for so many bytes; returns when they have passed.
    fn reserve(&self, now: Instant, bytes: u64) -> Instant {
        let cost = Duration::from_secs_f64(bytes as f64 / self.bytes_a_second as f64);
        let mut free_at = self.free_at.lock().expect("nothing panics while it holds this lock");
        *free_at = now.max(*free_at) + cost;
        *free_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEBIBYTE: u64 = 1 << 20;

    fn bucket(bytes_a_second: u64, now: Instant) -> Bucket {
        Bucket { bytes_a_second, free_at: Mutex::new(now) }
    }

    #[test]
    fn readers_together_keep_to_the_rate() {
        let start = Instant::now();
        let bucket = bucket(20 * MEBIBYTE, start);
        // Three readers that read at once, again and again: 600 MiB.
        let mut clocks = [start; 3];
        for _ in 0..200 {
            for clock in &mut clocks {
                *clock = bucket.reserve(*clock, MEBIBYTE);
            }
        }
        let took = clocks.iter().max().unwrap().duration_since(start);
        assert!(took.abs_diff(Duration::from_secs(30)) < Duration::from_millis(1), "{took:?}");
        // Nobody was kept waiting for the others' sake.
        let first = clocks.iter().min().unwrap().duration_since(start);
        assert!(first > Duration::from_millis(29_890), "{first:?}");
    }

    #[test]
    fn a_reader_that_is_slow_by_itself_does_not_wait() {
        let start = Instant::now();
        let bucket = bucket(MEBIBYTE, start);
        for second in (0..100).step_by(2) {
            let now = start + Duration::from_secs(second);
            assert_eq!(bucket.reserve(now, MEBIBYTE), now + Duration::from_secs(1));
        }
    }

    #[test]
    fn what_was_not_read_is_not_read_later_in_one_burst() {
        let start = Instant::now();
        let bucket = bucket(MEBIBYTE, start);
        let later = start + Duration::from_secs(3600);
        assert_eq!(bucket.reserve(later, MEBIBYTE), later + Duration::from_secs(1));
        assert_eq!(bucket.reserve(later, MEBIBYTE), later + Duration::from_secs(2));
    }

    #[test]
    fn a_slow_rate_is_read_in_small_batches_and_no_rate_in_whole_ones() {
        assert_eq!(Rate::new(None).batch_bytes(), BATCH_BYTES);
        assert_eq!(Rate::new(Some(u64::MAX)).batch_bytes(), BATCH_BYTES);
        assert_eq!(Rate::new(Some(MEBIBYTE)).batch_bytes(), 256 << 10);
        assert_eq!(Rate::new(Some(0)).batch_bytes(), 16 << 10);
    }
}
