//! Runs a plan: from the source's snapshot to a published copy, or to plain SQL.
//!
//! ```text
//!   RunRequest ─► run::Run (snapshot, catalog, plan) ─► closure::Selection ─► unit::LeafLoad
//!        ┌──────────────────────────────────────────────────────┘
//!        ▼
//!   SourceWorker ─ RawBatch ─► transfer (threads: TableMask::apply) ─ MaskedBatch ─► sink::{load, sql, null}
//!                                                                                    │
//!                   schedule: indexes, keys, foreign keys as tables come in ◄────────┘
//!                   finish ─► verify ─► publish (rename) ─► RunReport
//! ```
//!
//! Absent on purpose: arguments, terminals, stdout and stderr (a dump's script apart). Every queue is bounded by a
//! named constant or the run's [`transfer::Budget`].

mod attempts;
mod blocking;
mod clock;
pub mod closure;
mod coarser;
mod constants;
mod copy_leaf;
mod derive_triggers;
mod derived;
pub mod doctor;
pub mod dump;
mod ending;
pub mod error;
pub mod event;
mod exact;
mod extension_order;
mod finish;
mod frequency;
mod guard;
mod hooks;
mod inserts;
pub mod inspect;
pub mod key;
mod key_indexes;
pub mod labels;
mod large_objects;
mod literals;
mod load;
pub mod overlap;
mod partitioned_exclusions;
mod picture;
mod probes;
mod program;
mod publish;
mod quasi;
pub mod rate;
pub mod refresh;
mod refusal;
mod rehearsal;
mod report;
pub mod request;
mod roles;
pub mod rollback;
mod run;
mod schedule;
mod schema;
mod scrubber;
mod secrets;
mod settings;
pub mod sink;
mod snapshot_age;
mod standby;
mod streams;
mod tolerant;
pub mod transfer;
mod unit;
mod verify;
mod virtual_columns;
pub mod wire;

/// The manual's page of a mask.
pub use waxwork_mask::specimen::page as mask_page;

/// Ends the programs of hooks that run still, for a process that ends without dropping anything.
pub fn end_programs() {
    program::end_all();
}

/// Hides PG* variables from the driver by starting the program again; the first thing that `main` does.
///
/// # Errors
/// The program cannot be started again.
pub fn seal_environment() -> std::io::Result<()> {
    waxwork_pg::conninfo::environment::seal()
}
