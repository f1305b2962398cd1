//! Which rows would break a CHECK if some of their columns were NULL.

use std::collections::BTreeMap;

use waxwork_core::catalog::{Catalog, ColumnId, TableId};

use crate::error::{PgError, doing};
use crate::row::{Param, Tid};
use crate::source::SourceWorker;

/// CHECKs that are enforced on every row, in the server's own words. $1: the table's OID.
const CHECKS: &str = "
SELECT conname, pg_catalog.pg_get_expr(conbin, conrelid) FROM pg_catalog.pg_constraint
WHERE conrelid = $1::pg_catalog.int8::pg_catalog.oid AND contype = 'c' AND convalidated ORDER BY conname";

/// By name of a CHECK of a leaf that reads any of `nulled` (columns of its root): so many of the rows with `tids` break it
/// once these are NULL. One that raises an error says nothing here; the target will ask it again.
///
/// A generated column keeps the value that it has.
///
/// # Errors
///
/// As the server says.
pub async fn broken_checks(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    leaf: TableId,
    tids: &[Tid],
    nulled: &[ColumnId],
) -> Result<BTreeMap<String, u64>, PgError> {
    let (table, root) = (catalog.table(leaf), catalog.table(catalog.root(leaf)));
    let nulled: Vec<&str> = nulled.iter().map(|column| root.column(*column).name.as_str()).collect();
    let is_nulled = |column: ColumnId| nulled.contains(&table.column(column).name.as_str());
    // One that reads the row as a whole names no column.
    let reads = |name: &str| {
        let mut checks = table.checks.iter().filter(|check| check.name.as_str() == name);
        checks.any(|check| check.columns.is_empty() || check.columns.iter().any(|column| is_nulled(*column)))
    };
    if !table.checks.iter().any(|check| reads(check.name.as_str())) {
        return Ok(BTreeMap::new());
    }
    worker.lock_table(&table.name).await?;
    let doing_checks = doing("read the CHECKs of").to(&table.sql_name);
    let checks = worker.fetch(doing_checks, CHECKS, &[Param::Int(i64::from(table.oid))]).await?;
    let columns = table.columns.iter().map(|column| match nulled.contains(&column.name.as_str()) {
        // A NULL of the column's own type, which a domain's constraints do not see.
        true => format!("CASE WHEN false THEN t.{0} END AS {0}", column.name),
        false => format!("t.{}", column.name),
    });
    let rows = format!(
        "SELECT {} FROM ONLY {} AS t WHERE t.ctid OPERATOR(pg_catalog.=) ANY ($1)",
        columns.collect::<Vec<_>>().join(", "),
        table.name
    );
    let mut broken = BTreeMap::new();
    for check in &checks {
        let (name, condition) = (check.text(0)?, check.text(1)?);
        if !reads(name) {
            continue;
        }
        // A CHECK that is NULL holds.
        let sql = format!(
            "SELECT pg_catalog.count(*) FROM ({rows}) AS {} WHERE NOT ({condition}\n)",
            table.name.name
        );
        worker.savepoint().await?;
        let found = worker
            .fetch(doing("try a CHECK of").to(&table.sql_name), &sql, &[Param::Tids(tids.to_vec())])
            .await;
        worker.roll_back_to_savepoint().await?;
        let Ok(found) = found else { continue };
        let rows = found.first().map(|row| row.int(0)).transpose()?.unwrap_or_default().unsigned_abs();
        if rows > 0 {
            broken.insert(name.to_owned(), rows);
        }
    }
    Ok(broken)
}
