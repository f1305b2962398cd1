//! Rows as plain SQL: the data lines between `COPY … FROM stdin;` and `\.`, for psql.
//!
//! Batches come in COPY's text format, which is what psql passes on, so they are written as they are.

use super::TableSink;
use crate::error::RunError;
use std::io::Write;
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_core::report::exit;
use waxwork_mask::MaskedBatch;
use waxwork_pg::error::io_reason;

/// A table's block of an open script.
pub struct SqlSink<'a> {
    out: &'a mut (dyn Write + Send),
}

impl<'a> SqlSink<'a> {
    /// Opens the block.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn open(
        out: &'a mut (dyn Write + Send),
        table: &QualifiedName,
        columns: &[Ident],
    ) -> Result<Self, RunError> {
        let names: Vec<String> = columns.iter().map(ToString::to_string).collect();
        // A table without columns has no list either: `()` is no SQL.
        let list = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        writeln!(out, "COPY {table}{list} FROM stdin;").map_err(|error| unwritable(&error))?;
        Ok(Self { out })
    }

    /// Closes the block.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(self) -> Result<(), RunError> {
        writeln!(self.out, "\\.\n").map_err(|error| unwritable(&error))
    }
}

/// What to say when the script cannot be written.
pub fn unwritable(error: &std::io::Error) -> RunError {
    RunError::new(exit::FAILED, "output", format!("could not write the script: {}", io_reason(error)))
}

impl TableSink for SqlSink<'_> {
    async fn write(&mut self, batch: MaskedBatch) -> Result<(), RunError> {
        self.out.write_all(batch.bytes()).map_err(|error| unwritable(&error))
    }
}
