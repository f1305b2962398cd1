//! Takes rows and forgets them: measures reading and masking alone.

use super::TableSink;
use crate::error::RunError;
use waxwork_mask::MaskedBatch;

/// Forgets what it takes.
#[derive(Debug, Default)]
pub struct NullSink;

impl TableSink for NullSink {
    async fn write(&mut self, _batch: MaskedBatch) -> Result<(), RunError> {
        Ok(())
    }
}
