//! The pure decisions of waxwork.
//!
//! ```text
//!   rule file text ─► rules::RuleFile ─┐
//!                                      ├─► plan::Plan { tables, domains, sequences, subset } ─► plan text
//!   system catalogs ─► catalog::Catalog┘         └─► every diagnostic::Diagnostic at once, no plan
//! ```
//!
//! Absent on purpose: I/O, clocks, randomness, threads. Same input, same plan text.

pub mod catalog;
pub mod condition;
pub mod detect;
pub mod diagnostic;
pub mod duration;
pub mod graph;
pub mod ident;
pub mod masks;
mod missing;
pub mod packs;
pub mod plan;
pub mod report;
pub mod rules;
pub mod size;
pub mod subset;
pub mod words;
