//! Batches of whole rows.

/// Which COPY format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// `FORMAT binary`
    Binary,
    /// `FORMAT text`
    Text,
}

/// Whole rows as COPY OUT sent them, without header and trailer. Not masked: no sink takes it.
pub struct RawBatch {
    bytes: Vec<u8>,
    rows: usize,
    wire: Wire,
}

impl std::fmt::Debug for RawBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawBatch({} rows, {} bytes, {:?})", self.rows, self.bytes.len(), self.wire)
    }
}

impl RawBatch {
    /// The rows' bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Which format they are in.
    pub fn wire(&self) -> Wire {
        self.wire
    }

    /// The buffer, for a table in which nothing is masked.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Cuts a COPY OUT stream into batches of whole rows.
#[derive(Debug)]
pub struct BatchBuilder {}
