//! Step 1: the rows that seeds choose.

use std::collections::{BTreeSet, HashMap};

use waxwork_core::catalog::ColumnId;
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::rules::SeedKeys;
use waxwork_core::subset::{Quota, Seed};
use waxwork_pg::{Tid, probe};

use super::context::Context;
use super::discover::Discovery;
use super::questions::all_came_back;
use super::quota::{Draw, Lowest, quota_of};
use super::rows::{RowId, RowSet};
use super::{ClosureError, ClosureEvent};

/// Makes the rows of every seed wanted.
pub(super) async fn choose(
    context: &mut Context<'_>,
    discovery: &mut Discovery,
    on_event: &mut impl FnMut(ClosureEvent),
) -> Result<(), ClosureError> {
    for seed in &context.plan.seeds {
        let chosen = chosen(context, seed, discovery, on_event).await?;
        chosen.iter().for_each(|row| discovery.seed(context, row));
    }
    Ok(())
}

/// The rows of all seeds in the order in which they grow: with every row each seed has taken the same part of its rows,
/// under `by` of the rows of each value; rows that come at once, in the order of their hashes.
///
/// Memory: 24 bytes a row of the seeds.
pub(super) async fn ordered(
    context: &mut Context<'_>,
    discovery: &mut Discovery,
    on_event: &mut impl FnMut(ClosureEvent),
) -> Result<Vec<RowId>, ClosureError> {
    let mut order: Vec<(u64, u64, RowId)> = Vec::new();
    for seed in &context.plan.seeds {
        let is_whole = seed.quota == Quota::Every && seed.condition.is_none() && seed.keys.is_none();
        let chosen = match is_whole {
            true => None,
            false => Some(chosen(context, seed, discovery, on_event).await?),
        };
        let mut groups: HashMap<Option<Vec<u8>>, Vec<(u64, RowId)>> = HashMap::new();
        match seed.by {
            Some(by) => {
                let offer = |hash, row, value: Option<&[u8]>| {
                    groups.entry(value.map(<[u8]>::to_vec)).or_default().push((hash, row));
                };
                each_beside(context, seed, by, chosen.as_ref(), offer).await?;
            }
            None => {
                let all = groups.entry(None).or_default();
                each_hash(context, seed, chosen.as_ref(), |hash, row| all.push((hash, row))).await?;
            }
        }
        if is_whole && groups.values().all(Vec::is_empty) {
            discovery.warn(selects_nothing(context, seed));
        }
        groups.into_values().for_each(|rows| order.extend(in_parts(rows)));
    }
    order.sort_unstable();
    Ok(order.into_iter().map(|(_, _, row)| row).collect())
}

/// With each row the part of all that is taken with it, as a fraction of 2^64.
fn in_parts(mut rows: Vec<(u64, RowId)>) -> impl Iterator<Item = (u64, u64, RowId)> {
    rows.sort_unstable();
    let all = rows.len() as u128;
    let part = move |at: usize| ((at as u128 + 1) * u128::from(u64::MAX) / all) as u64;
    rows.into_iter().enumerate().map(move |(at, (hash, row))| (part(at), hash, row))
}

/// The rows of a seed, and what is to be said of them.
async fn chosen(
    context: &mut Context<'_>,
    seed: &Seed,
    discovery: &mut Discovery,
    on_event: &mut impl FnMut(ClosureEvent),
) -> Result<RowSet, ClosureError> {
    let candidates = candidates(context, seed).await?;
    let missing = candidates.as_ref().and_then(|rows| missing_keys(context, seed, rows.len()));
    let chosen = match (&seed.quota, candidates) {
        (Quota::Every, Some(rows)) => rows,
        (Quota::Every, None) => every_row(context, seed).await?,
        (quota, candidates) => narrowed(context, seed, quota, candidates.as_ref()).await?,
    };
    if chosen.is_empty() {
        discovery.warn(selects_nothing(context, seed));
    } else if let Some(missing) = missing {
        discovery.warn(missing);
    }
    on_event(ClosureEvent::Seeded { table: seed.table, rows: chosen.len() });
    Ok(chosen)
}

fn selects_nothing(context: &Context<'_>, seed: &Seed) -> Diagnostic {
    let message = format!("seed selects nothing: table {}", context.catalog.table(seed.table).sql_name);
    Diagnostic::warning("seed_empty", message).at(seed.location.clone())
}

/// Keys that no row has: a row has one key, so the others are as many as rows are missing.
fn missing_keys(context: &Context<'_>, seed: &Seed, rows: u64) -> Option<Diagnostic> {
    let Some(SeedKeys::Stated(keys)) = &seed.keys else { return None };
    let keys = keys.iter().collect::<BTreeSet<_>>().len() as u64;
    let table = &context.catalog.table(seed.table).sql_name;
    let message = format!("seed states keys that no row has: table {table}");
    let said = Diagnostic::warning("seed_keys_missing", message).at(seed.location.clone());
    (rows < keys).then(|| said.detail(format!("{keys} keys are stated, and {rows} rows have one of them.")))
}

/// The rows for which the seed's condition is true, or which have its keys; `None` where it has neither.
async fn candidates(context: &mut Context<'_>, seed: &Seed) -> Result<Option<RowSet>, ClosureError> {
    if let Some(SeedKeys::Stated(keys)) = &seed.keys {
        return with_keys(context, seed, keys).await.map(Some);
    }
    let Some(condition) = &seed.condition else { return Ok(None) };
    let mut rows = RowSet::default();
    for leaf in context.leaves.within(context.catalog, seed.table) {
        let table = context.leaves.table(leaf);
        let take = |tid| _ = rows.insert(RowId::new(leaf, tid));
        probe::matching(context.worker, context.catalog, table, condition, None, take).await?;
    }
    Ok(Some(rows))
}

async fn with_keys(
    context: &mut Context<'_>,
    seed: &Seed,
    keys: &[Vec<String>],
) -> Result<RowSet, ClosureError> {
    let mut rows = RowSet::default();
    for leaf in context.leaves.within(context.catalog, seed.table) {
        let table = context.leaves.table(leaf);
        for piece in keys.chunks(context.pieces.rows) {
            let take = |tid| _ = rows.insert(RowId::new(leaf, tid));
            probe::with_keys(context.worker, context.catalog, table, piece, take).await?;
        }
    }
    Ok(rows)
}

async fn every_row(context: &mut Context<'_>, seed: &Seed) -> Result<RowSet, ClosureError> {
    let mut rows = RowSet::default();
    for leaf in context.leaves.within(context.catalog, seed.table) {
        let table = context.leaves.table(leaf);
        let take = |tid| _ = rows.insert(RowId::new(leaf, tid));
        probe::each_tid(context.worker, context.catalog, table, take).await?;
    }
    Ok(rows)
}

/// The lowest keyed hashes of the candidates, or of the whole table.
async fn narrowed(
    context: &mut Context<'_>,
    seed: &Seed,
    quota: &Quota,
    candidates: Option<&RowSet>,
) -> Result<RowSet, ClosureError> {
    if let Some(by) = seed.by {
        return divided(context, seed, quota, by, candidates).await;
    }
    let total = match candidates {
        Some(rows) => rows.len(),
        None => count(context, seed).await?,
    };
    let most = quota_of(quota, total);
    let mut draw = Draw::new(most, total);
    each_hash(context, seed, candidates, |hash, row| draw.offer(hash, row)).await?;
    if let Some(rows) = draw.into_rows() {
        return Ok(rows);
    }
    let mut lowest = Lowest::new(most);
    each_hash(context, seed, candidates, |hash, row| lowest.offer(hash, row)).await?;
    let mut rows = RowSet::default();
    lowest.into_rows().for_each(|row| _ = rows.insert(row));
    Ok(rows)
}

/// The lowest keyed hashes among the rows of each value of a column.
async fn divided(
    context: &mut Context<'_>,
    seed: &Seed,
    quota: &Quota,
    by: ColumnId,
    candidates: Option<&RowSet>,
) -> Result<RowSet, ClosureError> {
    let mut totals: HashMap<Option<Vec<u8>>, u64> = HashMap::new();
    let count = |_, _, value: Option<&[u8]>| *totals.entry(value.map(<[u8]>::to_vec)).or_default() += 1;
    each_beside(context, seed, by, candidates, count).await?;
    let quotas = totals.into_iter().map(|(value, rows)| (value, Lowest::new(quota_of(quota, rows))));
    let mut lowest: HashMap<Option<Vec<u8>>, Lowest> = quotas.collect();
    let offer = |hash, row, value: Option<&[u8]>| {
        if let Some(lowest) = lowest.get_mut(&value.map(<[u8]>::to_vec)) {
            lowest.offer(hash, row);
        }
    };
    each_beside(context, seed, by, candidates, offer).await?;
    let mut rows = RowSet::default();
    lowest.into_values().flat_map(Lowest::into_rows).for_each(|row| _ = rows.insert(row));
    Ok(rows)
}

/// The keyed hashes of the candidates, or of all rows, with the text of a column.
async fn each_beside(
    context: &mut Context<'_>,
    seed: &Seed,
    by: ColumnId,
    candidates: Option<&RowSet>,
    mut take: impl FnMut(u64, RowId, Option<&[u8]>),
) -> Result<(), ClosureError> {
    let hash = (context.hash_of)(seed.table);
    for leaf in context.leaves.within(context.catalog, seed.table) {
        let table = context.leaves.table(leaf);
        let mut returned = 0;
        let mut take = |tid: Tid, key: &[u8], value: Option<&[u8]>| {
            returned += 1;
            take(hash(key), RowId::new(leaf, tid), value);
        };
        let Some(rows) = candidates.map(|rows| rows.of(leaf)) else {
            probe::keys_beside(context.worker, context.catalog, table, by, None, take).await?;
            continue;
        };
        for piece in rows.pieces(context.pieces.rows) {
            probe::keys_beside(context.worker, context.catalog, table, by, Some(&piece), &mut take).await?;
        }
        all_came_back(rows.len(), returned, &context.catalog.table(table).sql_name)?;
    }
    Ok(())
}

/// The keyed hashes of the candidates, or of all rows.
async fn each_hash(
    context: &mut Context<'_>,
    seed: &Seed,
    candidates: Option<&RowSet>,
    mut take: impl FnMut(u64, RowId),
) -> Result<(), ClosureError> {
    let hash = (context.hash_of)(seed.table);
    for leaf in context.leaves.within(context.catalog, seed.table) {
        let table = context.leaves.table(leaf);
        let mut returned = 0;
        let mut take = |tid: Tid, key: &[u8]| {
            returned += 1;
            take(hash(key), RowId::new(leaf, tid));
        };
        let Some(rows) = candidates.map(|rows| rows.of(leaf)) else {
            probe::each_key(context.worker, context.catalog, table, take).await?;
            continue;
        };
        for piece in rows.pieces(context.pieces.rows) {
            probe::keys_of(context.worker, context.catalog, table, &piece, &mut take).await?;
        }
        all_came_back(rows.len(), returned, &context.catalog.table(table).sql_name)?;
    }
    Ok(())
}

async fn count(context: &mut Context<'_>, seed: &Seed) -> Result<u64, ClosureError> {
    let mut rows = 0;
    for leaf in context.leaves.within(context.catalog, seed.table) {
        let table = context.leaves.table(leaf);
        rows += probe::count_up_to(context.worker, context.catalog, table, u64::MAX).await?;
    }
    Ok(rows)
}
