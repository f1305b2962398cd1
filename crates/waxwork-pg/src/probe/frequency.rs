//! How uneven columns are, by the planner's statistics: nothing is counted, and no value is read.

use waxwork_core::ident::{Ident, QualifiedName};

use crate::error::{PgError, doing};
use crate::row::{Param, Row};
use crate::source::SourceWorker;

/// A column with a value that many rows hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommonestValue {
    /// The table; a partitioned one speaks for all its partitions.
    pub table: QualifiedName,
    /// The column.
    pub column: Ident,
    /// Thousandths of the rows that hold its most common value.
    pub share: u64,
    /// Thousandths that each value would take if all were as common.
    pub even_share: u64,
    /// Rows that hold its most common value.
    pub rows: u64,
}

/// Columns whose most common value takes at least `share` thousandths of the rows, where the server has statistics
/// that the role may read.
///
/// # Errors
///
/// As the server says.
pub async fn commonest_values(worker: &mut SourceWorker, share: u64) -> Result<Vec<CommonestValue>, PgError> {
    let share = Param::Int(i64::try_from(share).unwrap_or(i64::MAX));
    let sql = include_str!("../sql/commonest_values.sql");
    let rows = worker.fetch(doing("read statistics"), sql, &[share]).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<CommonestValue, PgError> {
    let count = |at| row.int(at).map(|count| u64::try_from(count).unwrap_or(0));
    Ok(CommonestValue {
        table: QualifiedName::new(row.text(0)?, row.text(1)?),
        column: Ident::new(row.text(2)?),
        share: count(3)?,
        even_share: count(4)?,
        rows: count(5)?,
    })
}
