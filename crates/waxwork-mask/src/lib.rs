//! Masks: (key, domain, value) to value.
//!
//! ```text
//!   TablePlan + MaskKey ─► TableMask::compile ─► TableMask ── apply(RawBatch) ─► MaskedBatch ─► (engine) Sink
//! ```
//!
//! The only constructor of [`MaskedBatch`]. Absent on purpose: threads, async, thread-local random numbers, row order.

mod batch;
mod by;
mod choice;
mod column;
mod condition;
mod date;
pub mod dictionary;
mod entity;
pub mod error;
mod fit;
mod identifier;
mod input;
mod internet;
mod ip;
mod json;
pub mod key;
mod literal;
mod moment;
mod noise;
mod number;
mod password;
mod permutation;
mod person;
mod place;
mod prf;
mod range;
mod row;
mod row_hash;
mod scrub;
mod shared;
mod siphash;
pub mod specimen;
mod table;
mod template;
#[cfg(test)]
mod test_support;
mod text;
mod token;
mod uuids;
mod value;
mod word;

pub use batch::MaskedBatch;
pub use column::field_type;
pub use dictionary::DICTIONARY_VERSION;
pub use error::{MaskError, MaskErrorKind};
pub use key::{KeyError, Keyring, MaskKey};
pub use row_hash::RowHash;
pub use scrub::{Question, Scrubber};
pub use table::{Scrubbers, TableMask};
pub use waxwork_core::masks::ALGORITHM_VERSION;
