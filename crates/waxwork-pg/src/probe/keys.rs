//! Keys that a rule states: whether they are any, and the rows that have them.
//!
//! A key is read as the server reads a literal of the column's type, its length and precision aside: a cast to
//! `varchar(3)` would cut `abcd` down to another row's key.

use waxwork_core::catalog::{Catalog, Column, TableId};
use waxwork_core::rules::SeedKey;

use super::condition::{path_of, set_search_path};
use super::when::bind;
use crate::error::{PgError, doing};
use crate::row::{Param, Row, Tid};
use crate::source::SourceWorker;

/// Keys that are vetted at once.
const KEYS_VETTED: usize = 100_000;

/// The first of some keys that the server does not read as one of a table's primary key: its place among them, and the
/// refusal. The transaction survives it.
///
/// # Errors
///
/// The connection is lost, or the server is not up to it.
pub async fn vet_keys(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    table: TableId,
    keys: &[SeedKey],
) -> Result<Option<(usize, PgError)>, PgError> {
    set_search_path(worker, &path_of(catalog, table, None)).await?;
    let mut found = None;
    for (piece, start) in keys.chunks(KEYS_VETTED).zip((0..).step_by(KEYS_VETTED)) {
        if let Some(error) = refusal(worker, catalog, table, piece).await? {
            let (at, error) = first_refused(worker, catalog, table, piece, error).await?;
            found = Some((start + at, error));
            break;
        }
    }
    set_search_path(worker, "").await?;
    Ok(found)
}

/// Of keys that are refused together the first that is refused by itself: the server does not say which one.
async fn first_refused(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    table: TableId,
    keys: &[SeedKey],
    mut error: PgError,
) -> Result<(usize, PgError), PgError> {
    // Those before `accepted` are all accepted, those before `refused` are not.
    let (mut accepted, mut refused) = (0, keys.len());
    while refused - accepted > 1 {
        let middle = accepted.midpoint(refused);
        match refusal(worker, catalog, table, &keys[accepted..middle]).await? {
            Some(earlier) => (refused, error) = (middle, earlier),
            None => accepted = middle,
        }
    }
    Ok((accepted, error))
}

async fn refusal(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    table: TableId,
    keys: &[SeedKey],
) -> Result<Option<PgError>, PgError> {
    let mut params = Vec::new();
    let (from, values) = stated(catalog, table, keys, &mut params);
    let read: Vec<String> = values.iter().map(|value| format!("({value}) IS NULL")).collect();
    let sql = format!("SELECT pg_catalog.count(*) FROM {from} WHERE {}", read.join(" OR "));
    worker.savepoint().await?;
    let answer = worker.fetch(doing("read keys"), &sql, &params).await;
    if worker.is_closed() {
        return answer.map(|_| None);
    }
    worker.roll_back_to_savepoint().await?;
    match answer {
        Ok(_) => Ok(None),
        Err(error) if error.blames_statement() => Ok(Some(error)),
        Err(error) => Err(error),
    }
}

/// The tuple ids of the rows of a leaf that have one of some keys of its root's primary key.
///
/// # Errors
///
/// As the server says; a value may be none of its type.
pub async fn with_keys(
    worker: &mut SourceWorker,
    catalog: &Catalog,
    leaf: TableId,
    keys: &[SeedKey],
    mut take: impl FnMut(Tid),
) -> Result<(), PgError> {
    let root = catalog.root(leaf);
    let table = &catalog.table(leaf).name;
    worker.lock_table(table).await?;
    set_search_path(worker, &path_of(catalog, root, None)).await?;
    let mut params = Vec::new();
    let (from, values) = stated(catalog, root, keys, &mut params);
    let columns = catalog.table(root).primary_key().unwrap_or_default();
    let terms = columns.iter().zip(values).map(|(column, value)| {
        let column = catalog.table(root).column(*column);
        format!("t.{} = {value}", column.name)
    });
    let terms = terms.collect::<Vec<_>>().join(" AND ");
    let sql = format!("SELECT DISTINCT t.ctid FROM {from} JOIN ONLY {table} AS t ON {terms}");
    let read = |row: Row| row.tid(0).map(&mut take);
    worker.for_each_row(doing("look for keys of").to(table), &sql, &params, read).await?;
    set_search_path(worker, "").await
}

/// The keys as rows `k`, and the values of the primary key's columns in them.
fn stated(
    catalog: &Catalog,
    root: TableId,
    keys: &[SeedKey],
    params: &mut Vec<Param>,
) -> (String, Vec<String>) {
    let columns = catalog.table(root).primary_key().unwrap_or_default();
    let (mut arrays, mut names, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for (at, column) in columns.iter().enumerate() {
        let texts = keys.iter().filter_map(|key| key.values.get(at).cloned()).collect();
        arrays.push(format!("pg_catalog.unnest({}::pg_catalog.text[])", bind(params, Param::Texts(texts))));
        names.push(format!("k{at}"));
        values.push(format!("k.k{at}::{}", type_of(catalog, catalog.table(root).column(*column))));
    }
    (format!("ROWS FROM ({}) AS k ({})", arrays.join(", "), names.join(", ")), values)
}

/// The type without its modifier.
fn type_of(catalog: &Catalog, column: &Column) -> String {
    let named = catalog.types.get(&column.type_oid).map(|pg_type| pg_type.name.to_string());
    named.unwrap_or_else(|| column.type_name.clone())
}
