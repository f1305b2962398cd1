//! COPY's two wires, bytes to fields and back.
//!
//! ```text
//!   CopyData chunks ─► BatchBuilder ─► RawBatch (whole rows, ~1 MiB) ─► RowCursor ─► Field ─► decode ─► Value
//!                                                                                     Value ─► encode ─► row bytes
//! ```
//!
//! Formats: PostgreSQL manual, COPY, "Text Format" and "Binary Format"; field forms as the types' send and output
//! functions write them with DateStyle ISO, IntervalStyle postgres, TimeZone UTC, bytea_output hex.
//! Absent on purpose: I/O, async, serde, sqlx, and any allocation per field on the way through. Numbers with many digits
//! and arrays allocate when they are decoded, which only a masked field is.

mod array;
pub mod batch;
mod binary;
pub mod civil;
pub mod codec;
mod datetime;
pub mod error;
mod escape;
mod float;
mod hex;
mod hstore;
mod inet;
mod interval;
mod numeric;
mod range;
pub mod row;
mod scan;
mod text;
pub mod value;

pub use batch::{BINARY_HEADER, BINARY_TRAILER, BatchBuilder, RawBatch, Wire};
pub use civil::CivilDate;
pub use codec::{decode, encode, encode_null};
pub use error::{CodecError, CodecErrorKind};
pub use row::{Field, RowCursor, begin_row, end_field, end_row, fields_range};
pub use value::{ArrayDimension, FieldType, HstorePairs, Inet, Numeric, RangeBound, RangeBounds, Value};
