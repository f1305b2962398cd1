//! The masks over whole batches, as the engine calls them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod attack;
mod choices;
mod conditions;
mod every;
mod fixture;
mod golden;
mod hstore;
mod identifiers;
mod json;
mod moments;
mod numbers;
mod people;
mod pg;
mod ranges;
mod rows;
mod scrub;
mod statements;
mod templates;
/// The codec's reference twin: what the codec reads is read here a second time, the slow way.
#[path = "../../../waxwork-copy/tests/support/twin.rs"]
mod twin;
mod uuids;
mod validators;
mod widths;
