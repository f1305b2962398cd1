//! The only crate that talks to PostgreSQL.
//!
//! ```text
//!   source:  SourceLeader (locks, snapshot, catalog)   SourceWorker × N ─► COPY OUT ─► RawBatch
//!   target:  TargetServer (databases, run lock)        TargetSession × N ◄─ COPY IN ◄─ bytes
//!   DDL:     pg_dump ─► archive in memory ─► SchemaArchive
//! ```
//!
//! Absent on purpose: rules and masks (which rows and what happens to them is decided above), printing, and any cell
//! value in an error. No other crate names sqlx.

pub mod conninfo;
pub mod copy_in;
pub mod copy_out;
pub mod error;
pub mod facts;
pub mod labels;
pub mod large_object;
pub mod life;
pub mod pg_dump;
pub mod pooler;
pub mod probe;
pub mod row;
pub mod session;
#[cfg(target_os = "linux")]
mod sockets;
pub mod source;
pub mod sql_text;
pub mod standby;
pub mod target;

mod abandoned;
mod catalog;
mod handoff;
mod sqlstate;

pub use abandoned::cancel_abandoned;
pub use catalog::{MaterializedViews, Unpopulated};
pub use conninfo::{ConnInfo, LibpqEnvironment};
pub use copy_in::CopyIn;
pub use copy_out::CopyOut;
pub use error::{Doing, PgError, PgErrorKind, doing};
pub use facts::{DatabaseLocale, ServerFacts};
pub use labels::SecurityLabel;
pub use large_object::LargeObject;
pub use pg_dump::{PgDump, SchemaArchive, SchemaEntry, Section};
pub use row::{Param, Row, Tid};
pub use session::Session;
pub use source::{
    AGAIN, CopyQuery, LockWatch, RowChoice, SnapshotId, SourceLeader, SourceView, SourceWorker, Workers,
};
pub use standby::Standby;
pub use target::{NewDatabase, TargetServer, TargetSession};
