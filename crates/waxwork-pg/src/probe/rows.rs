//! Rows of one leaf: how many, their tuple ids, and the text of their keys.

use waxwork_core::catalog::{Catalog, ColumnId, Generation, Table, TableId};

use crate::error::{PgError, doing};
use crate::row::{Param, Row, Tid};
use crate::source::{SourceWorker, own_tids};

/// Counts the rows of a leaf, up to `most`.
///
/// # Errors
///
/// As the server says.
pub async fn count_up_to(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    leaf: TableId,
    most: u64,
) -> Result<u64, PgError> {
    let table = &catalog.table(leaf).name;
    worker.lock_table(table).await?;
    let sql = format!("SELECT pg_catalog.count(*) FROM (SELECT FROM ONLY {table} LIMIT $1) AS t");
    let most = Param::Int(i64::try_from(most).unwrap_or(i64::MAX));
    let rows = worker.fetch(doing("count rows of").to(table), &sql, &[most]).await?;
    Ok(rows.first().map(|row| row.int(0)).transpose()?.unwrap_or_default().unsigned_abs())
}

/// The tuple id of every row of a leaf.
///
/// # Errors
///
/// As the server says.
pub async fn each_tid(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    leaf: TableId,
    mut take: impl FnMut(Tid),
) -> Result<(), PgError> {
    let table = &catalog.table(leaf).name;
    worker.lock_table(table).await?;
    let sql = format!("SELECT t.ctid FROM ONLY {table} AS t");
    let read = |row: Row| row.tid(0).map(&mut take);
    worker.for_each_row(doing("read tuple ids of").to(table), &sql, &[], read).await
}

/// The tuple ids of those rows of a leaf that are the database's own. Of an extension's configuration table these are
/// the rows that its script names; the others come with CREATE EXTENSION. `pg_dump` puts the same text into the same
/// place (`extcondition`, set by a superuser).
///
/// # Errors
///
/// As the server says.
pub async fn each_own_tid(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    leaf: TableId,
    mut take: impl FnMut(Tid),
) -> Result<(), PgError> {
    let Some(sql) = own_tids(catalog, leaf) else {
        return each_tid(worker, catalog, leaf, take).await;
    };
    let table = &catalog.table(leaf).name;
    worker.lock_table(table).await?;
    let read = |row: Row| row.tid(0).map(&mut take);
    worker.for_each_row(doing("read tuple ids of").to(table), &sql, &[], read).await
}

/// Tuple id and key text of every row of a leaf.
///
/// # Errors
///
/// As the server says.
pub async fn each_key(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    leaf: TableId,
    take: impl FnMut(Tid, &[u8]),
) -> Result<(), PgError> {
    keys(worker, catalog, leaf, None, take).await
}

/// Tuple id and key text of some rows of a leaf. The key is the primary key, else the whole row, as `ROW(…)::text`
/// under the session's fixed settings; a partition's is its root's, so that it does not depend on column order.
///
/// # Errors
///
/// As the server says.
pub async fn keys_of(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    leaf: TableId,
    tids: &[Tid],
    take: impl FnMut(Tid, &[u8]),
) -> Result<(), PgError> {
    keys(worker, catalog, leaf, Some(tids), take).await
}

/// Tuple id, key text and text of one column of the root for every row of a leaf, or for some.
///
/// # Errors
///
/// As the server says.
pub async fn keys_beside(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    leaf: TableId,
    beside: ColumnId,
    tids: Option<&[Tid]>,
    mut take: impl FnMut(Tid, &[u8], Option<&[u8]>),
) -> Result<(), PgError> {
    let table = &catalog.table(leaf).name;
    worker.lock_table(table).await?;
    let root = catalog.table(catalog.root(leaf));
    let (key, beside) = (key_text("t", root), &root.column(beside).name);
    let chosen = if tids.is_some() { " WHERE t.ctid OPERATOR(pg_catalog.=) ANY ($1)" } else { "" };
    let sql = format!("SELECT t.ctid, {key}, t.{beside}::pg_catalog.text FROM ONLY {table} AS t{chosen}");
    let params: Vec<Param> = tids.map(|tids| Param::Tids(tids.to_vec())).into_iter().collect();
    let read = |row: Row| {
        take(row.tid(0)?, row.bytes(1)?.unwrap_or_default(), row.bytes(2)?);
        Ok(())
    };
    worker.for_each_row(doing("read keys of").to(table), &sql, &params, read).await
}

async fn keys(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    leaf: TableId,
    tids: Option<&[Tid]>,
    mut take: impl FnMut(Tid, &[u8]),
) -> Result<(), PgError> {
    let table = &catalog.table(leaf).name;
    worker.lock_table(table).await?;
    let key = key_text("t", catalog.table(catalog.root(leaf)));
    let chosen = if tids.is_some() { " WHERE t.ctid OPERATOR(pg_catalog.=) ANY ($1)" } else { "" };
    let sql = format!("SELECT t.ctid, {key} FROM ONLY {table} AS t{chosen}");
    let params: Vec<Param> = tids.map(|tids| Param::Tids(tids.to_vec())).into_iter().collect();
    let read = |row: Row| {
        take(row.tid(0)?, row.bytes(1)?.unwrap_or_default());
        Ok(())
    };
    worker.for_each_row(doing("read keys of").to(table), &sql, &params, read).await
}

/// The key of row `alias` as text; columns are those of the root table, in the key's or the table's order.
pub(super) fn key_text(alias: &str, root: &Table) -> String {
    let whole = || {
        let stored = |id: &ColumnId| !matches!(root.column(*id).generation, Generation::Generated { .. });
        (0..root.columns.len() as u32).map(ColumnId).filter(stored).collect()
    };
    let columns = root.primary_key().unwrap_or_else(whole);
    let fields: Vec<String> =
        columns.iter().map(|column| format!("{alias}.{}", root.column(*column).name)).collect();
    format!("ROW({})::pg_catalog.text", fields.join(", "))
}
