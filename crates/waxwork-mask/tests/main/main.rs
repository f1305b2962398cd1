//! The masks over whole batches, as the engine calls them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod fixture;
mod rows;
