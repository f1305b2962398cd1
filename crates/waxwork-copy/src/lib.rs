//! COPY's two wires, bytes to fields and back.
//!
//! ```text
//!   CopyData chunks ─► BatchBuilder ─► RawBatch (whole rows, ~1 MiB) ─► RowCursor ─► Field ─► decode ─► Value
//!                                                                                     Value ─► encode ─► row bytes
//! ```
//!
//! Formats: PostgreSQL manual, COPY, "Text Format" and "Binary Format"; field forms as the types' send and output
//! functions write them with DateStyle ISO, IntervalStyle postgres, bytea_output hex.
//! Absent on purpose: I/O, async, serde, sqlx, and any allocation per field on the way through.

pub mod batch;
pub mod value;

pub use batch::{BatchBuilder, RawBatch, Wire};
pub use value::{ArrayDimension, FieldType, Inet, Numeric, Value};
