//! Masks: (key, domain, value) to value.
//!
//! ```text
//!   TablePlan + MaskKey ─► TableMask::compile ─► TableMask ── apply(RawBatch) ─► MaskedBatch ─► (engine) Sink
//! ```
//!
//! The only constructor of [`MaskedBatch`]. Absent on purpose: threads, async, thread-local random numbers, row order.
