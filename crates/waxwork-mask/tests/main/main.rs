//! The masks over whole batches, as the engine calls them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod attack;
mod choices;
mod conditions;
mod fixture;
mod golden;
mod identifiers;
mod json;
mod people;
mod properties;
mod rows;
mod statements;
mod validators;
