//! Where masked rows go. A [`TableSink`] takes [`MaskedBatch`] and nothing else: no unmasked row reaches a sink.

pub mod load;
pub mod null;
pub mod sql;

use crate::error::RunError;
use std::collections::BTreeMap;
use std::future::Future;
use waxwork_core::catalog::TableId;
use waxwork_mask::MaskedBatch;

/// What a leaf brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Rows read, masked and written.
    pub rows: u64,
    /// Bytes written.
    pub bytes: u64,
}

impl Receipt {
    /// Adds what another stream brought.
    pub fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.bytes += other.bytes;
    }
}

/// Receipts by leaf.
pub type Receipts = BTreeMap<TableId, Receipt>;

/// One table's stream of masked rows.
pub trait TableSink: Send {
    /// Takes a batch of whole rows.
    ///
    /// # Errors
    /// What the other side says.
    fn write(&mut self, batch: MaskedBatch) -> impl Future<Output = Result<(), RunError>> + Send;
}
