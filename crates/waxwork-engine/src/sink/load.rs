//! Rows into a table of the copy: one `COPY … FROM STDIN`, with FREEZE where the table was emptied in the same
//! transaction (D2: 5.4 s against 7.6 s for lineitem, and it spares the first vacuum), which is all but the smallest.

use super::TableSink;
use crate::error::RunError;
use crate::settings;
use waxwork_copy::Wire;
use waxwork_core::ident::{Ident, QualifiedName};
use waxwork_core::report::exit;
use waxwork_mask::MaskedBatch;
use waxwork_pg::{CopyIn, TargetSession};

/// What is loaded, and how.
#[derive(Clone, Debug)]
pub struct LoadTable {
    /// The table that COPY names: the leaf, or the partition root.
    pub name: QualifiedName,
    /// Columns in the rows' order.
    pub columns: Vec<Ident>,
    /// Which format.
    pub wire: Wire,
    /// Empty the table in the same transaction and load it frozen.
    pub freeze: bool,
    /// Where triggers of ours find what they name, as SQL; `None`: there are none.
    pub search_path: Option<String>,
}

/// An open load.
pub struct LoadSink<'a> {
    copy: CopyIn<'a>,
}

impl<'a> LoadSink<'a> {
    /// Opens the transaction and the COPY.
    ///
    /// # Errors
    /// What the target says.
    pub async fn open(session: &'a mut TargetSession, table: &LoadTable) -> Result<Self, RunError> {
        session.begin().await?;
        if table.freeze {
            session.truncate(&table.name).await?;
        }
        if let Some(path) = &table.search_path {
            session.set_local_search_path(path).await?;
        }
        let copy = session.copy_in(&table.name, &table.columns, table.wire, table.freeze).await?;
        Ok(Self { copy })
    }

    /// Ends the COPY; the target must have taken exactly `sent` rows. The caller commits.
    ///
    /// # Errors
    /// Exit 8 where the counts differ.
    pub async fn finish(self, table: &LoadTable, sent: u64) -> Result<(), RunError> {
        let taken = self.copy.finish().await.map_err(settings::of_names)?;
        if taken == sent {
            return Ok(());
        }
        Err(RunError::new(
            exit::VERIFY,
            "row_count",
            format!("table {} took another number of rows", table.name),
        )
        .detail(format!("Rows sent: {sent}; rows taken: {taken}.")))
    }
}

impl TableSink for LoadSink<'_> {
    async fn write(&mut self, batch: MaskedBatch) -> Result<(), RunError> {
        self.copy.send(batch.into_bytes()).await.map_err(settings::of_names)
    }
}
