//! The wall: whole rows that a mask has been over.

use waxwork_copy::{RawBatch, Wire};

/// Whole rows after [`TableMask::apply`](crate::TableMask::apply), without header and trailer: what a sink takes.
pub struct MaskedBatch {
    bytes: Vec<u8>,
    rows: usize,
    wire: Wire,
    malformed: u64,
}

impl std::fmt::Debug for MaskedBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MaskedBatch({} rows, {} bytes, {:?})", self.rows, self.bytes.len(), self.wire)
    }
}

impl MaskedBatch {
    /// The rows of a table in which nothing is masked: the buffer moves.
    pub(crate) fn untouched(batch: RawBatch) -> Self {
        let (rows, wire) = (batch.rows(), batch.wire());
        Self { bytes: batch.into_bytes(), rows, wire, malformed: 0 }
    }

    pub(crate) fn masked(bytes: Vec<u8>, rows: usize, wire: Wire, malformed: u64) -> Self {
        Self { bytes, rows, wire, malformed }
    }

    /// The rows' bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The buffer.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Which format they are in.
    pub fn wire(&self) -> Wire {
        self.wire
    }

    /// Documents that a `json` mask could not read, or whose result a text column cannot hold; each became the string
    /// that `text.redact` gives.
    pub fn malformed_json(&self) -> u64 {
        self.malformed
    }
}
