//! Step 1: the rows that seeds choose.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use waxwork_core::catalog::TableId;
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::rules::SeedKey;
use waxwork_core::subset::{Quota, Seed};
use waxwork_core::words::counted;
use waxwork_pg::{Tid, probe};

use super::context::Context;
use super::discover::Discovery;
use super::questions::all_came_back;
use super::quota::{Draw, quota_of};
use super::rows::{RowId, RowSet};
use super::scope::Scope;
use super::sorted::{Sorted, Unsorted};
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
pub(super) struct SeedOrder(Sorted<3>);

impl SeedOrder {
    pub(super) async fn of(
        context: &mut Context<'_>,
        discovery: &mut Discovery,
        on_event: &mut impl FnMut(ClosureEvent),
    ) -> Result<Self, ClosureError> {
        let mut order = Unsorted::new(context.pieces.memory / 2);
        for seed in &context.plan.seeds {
            let is_whole = seed.quota == Quota::Every && seed.condition.is_none() && seed.keys.is_none();
            let chosen = match is_whole {
                true => None,
                false => Some(chosen(context, seed, discovery, on_event).await?),
            };
            let groups = Groups::of(context, seed, chosen.as_ref()).await?;
            if is_whole && groups.rows.len() == 0 {
                discovery.warn(selects_nothing(context, seed));
            }
            groups.each(|at, of, hash, row| order.push([part(at, of), hash, row.bits()]))?;
        }
        Ok(Self(order.sorted()?))
    }

    /// Rows.
    pub(super) fn len(&self) -> u64 {
        self.0.len()
    }

    /// Calls `take` with each row from the `from`th on, until it says `false`.
    pub(super) fn each(&self, from: u64, mut take: impl FnMut(RowId) -> bool) -> Result<(), ClosureError> {
        Ok(self.0.each(from, |[_, _, row]| take(RowId::from_bits(row)))?)
    }
}

/// What part of all is taken with the row at this place, as a fraction of 2^64.
fn part(at: u64, of: u64) -> u64 {
    ((u128::from(at) + 1) * u128::from(u64::MAX) / u128::from(of)) as u64
}

/// A seed's rows by the value of its `by` (one group where it has none), each group in the order of its hashes.
struct Groups {
    /// Rows of each group.
    sizes: Vec<u64>,
    /// Group, hash, row.
    rows: Sorted<3>,
}

impl Groups {
    /// Of the candidates, or of all rows.
    async fn of(
        context: &mut Context<'_>,
        seed: &Seed,
        candidates: Option<&RowSet>,
    ) -> Result<Self, ClosureError> {
        let mut rows = Unsorted::new(context.pieces.memory / 2);
        let mut groups: HashMap<Option<Vec<u8>>, usize> = HashMap::new();
        let mut sizes: Vec<u64> = Vec::new();
        let offer = |hash, row: RowId, value: Option<&[u8]>| {
            let group = *groups.entry(value.map(<[u8]>::to_vec)).or_insert_with(|| {
                sizes.push(0);
                sizes.len() - 1
            });
            sizes[group] += 1;
            rows.push([group as u64, hash, row.bits()]);
        };
        each_beside(context, seed, candidates, offer).await?;
        Ok(Self { sizes, rows: rows.sorted()? })
    }

    /// Calls `take` with each row's place in its group, the rows of the group, the hash and the row.
    fn each(&self, mut take: impl FnMut(u64, u64, u64, RowId)) -> Result<(), ClosureError> {
        let (mut group, mut at) = (0, 0);
        let take = |[of, hash, row]: [u64; 3]| {
            at = if of == group { at } else { 0 };
            group = of;
            take(at, self.sizes[group as usize], hash, RowId::from_bits(row));
            at += 1;
            true
        };
        Ok(self.rows.each(0, take)?)
    }

    /// The lowest hashes of each group.
    fn narrowed(&self, quota: &Quota) -> Result<RowSet, ClosureError> {
        let mut rows = RowSet::default();
        self.each(|at, of, _, row| {
            if at < quota_of(quota, of) {
                rows.insert(row);
            }
        })?;
        Ok(rows)
    }
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

/// Rows that seeds chose and rules dropped: whoever asked for them, and perhaps for nothing else, should hear of it.
pub(super) fn left(context: &Context<'_>, chosen: &RowSet, set: &RowSet) -> Vec<Diagnostic> {
    let mut by_table: BTreeMap<TableId, (u64, u64)> = BTreeMap::new();
    for leaf in (0..context.leaves.len()).filter(|leaf| context.scopes[*leaf] == Scope::Chosen) {
        let seeds = chosen.of(leaf);
        let (left, all) = by_table.entry(context.catalog.root(context.leaves.table(leaf))).or_default();
        *left += seeds.without(set.of(leaf)).len();
        *all += seeds.len();
    }
    by_table.retain(|_, (left, _)| *left > 0);
    let said = |(table, (left, all)): (TableId, (u64, u64))| {
        let table = &context.catalog.table(table).sql_name;
        let message = format!("{left} of {} of seeds leave the subset: table {table}", counted(all, "row"));
        Diagnostic::warning("seed_rows_left", message)
            .detail("A key of theirs, or of a row that they need, refers to what is not in the copy, and a rule drops such rows.")
            .hint("parent = \"pull\" brings the parents along, parent = \"null\" empties the keys.")
    };
    by_table.into_iter().map(said).collect()
}

fn selects_nothing(context: &Context<'_>, seed: &Seed) -> Diagnostic {
    let message = format!("seed selects nothing: table {}", context.catalog.table(seed.table).sql_name);
    Diagnostic::warning("seed_empty", message).at(seed.location.clone())
}

/// Keys that no row has: a row has one key, so the others are as many as rows are missing.
fn missing_keys(context: &Context<'_>, seed: &Seed, rows: u64) -> Option<Diagnostic> {
    let keys = &seed.stated_keys()?.keys;
    let keys = keys.iter().map(|key| &key.values).collect::<BTreeSet<_>>().len() as u64;
    let table = &context.catalog.table(seed.table).sql_name;
    let message = format!("seed states keys that no row has: table {table}");
    let said = Diagnostic::warning("seed_keys_missing", message).at(seed.location.clone());
    (rows < keys).then(|| said.detail(format!("Keys stated: {keys}; rows that have one of them: {rows}.")))
}

/// The rows for which the seed's condition is true, or which have its keys; `None` where it has neither.
async fn candidates(context: &mut Context<'_>, seed: &Seed) -> Result<Option<RowSet>, ClosureError> {
    if let Some(stated) = seed.stated_keys() {
        return with_keys(context, seed, &stated.keys).await.map(Some);
    }
    let Some(condition) = &seed.condition else { return Ok(None) };
    let mut rows = RowSet::default();
    for leaf in context.leaves.within(context.catalog, seed.table) {
        context.matching(leaf, condition, None, |tid| _ = rows.insert(RowId::new(leaf, tid))).await?;
    }
    Ok(Some(rows))
}

async fn with_keys(context: &mut Context<'_>, seed: &Seed, keys: &[SeedKey]) -> Result<RowSet, ClosureError> {
    let mut rows = RowSet::default();
    for leaf in context.leaves.within(context.catalog, seed.table) {
        let table = context.leaves.table(leaf);
        for piece in keys.chunks(context.pieces.rows) {
            let take = |tid| _ = rows.insert(RowId::new(leaf, tid));
            probe::with_keys(&mut context.workers.first, context.catalog, table, piece, take).await?;
        }
    }
    Ok(rows)
}

async fn every_row(context: &mut Context<'_>, seed: &Seed) -> Result<RowSet, ClosureError> {
    let mut rows = RowSet::default();
    for leaf in context.leaves.within(context.catalog, seed.table) {
        let table = context.leaves.table(leaf);
        let take = |tid| _ = rows.insert(RowId::new(leaf, tid));
        probe::each_tid(&mut context.workers.first, context.catalog, table, take).await?;
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
    if seed.by.is_some() {
        return Groups::of(context, seed, candidates).await?.narrowed(quota);
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
    Groups::of(context, seed, candidates).await?.narrowed(quota)
}

/// The keyed hashes of the candidates, or of all rows, with the text of the seed's `by`.
async fn each_beside(
    context: &mut Context<'_>,
    seed: &Seed,
    candidates: Option<&RowSet>,
    mut take: impl FnMut(u64, RowId, Option<&[u8]>),
) -> Result<(), ClosureError> {
    let Some(by) = seed.by else {
        return each_hash(context, seed, candidates, |hash, row| take(hash, row, None)).await;
    };
    let hash = (context.hash_of)(seed.table);
    for leaf in context.leaves.within(context.catalog, seed.table) {
        let table = context.leaves.table(leaf);
        let mut returned = 0;
        let mut take = |tid: Tid, key: &[u8], value: Option<&[u8]>| {
            returned += 1;
            take(hash(key), RowId::new(leaf, tid), value);
        };
        let Some(rows) = candidates.map(|rows| rows.of(leaf)) else {
            probe::keys_beside(&mut context.workers.first, context.catalog, table, by, None, take).await?;
            continue;
        };
        for piece in rows.pieces(context.pieces.rows) {
            probe::keys_beside(
                &mut context.workers.first,
                context.catalog,
                table,
                by,
                Some(&piece),
                &mut take,
            )
            .await?;
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
            probe::each_key(&mut context.workers.first, context.catalog, table, take).await?;
            continue;
        };
        for piece in rows.pieces(context.pieces.rows) {
            probe::keys_of(&mut context.workers.first, context.catalog, table, &piece, &mut take).await?;
        }
        all_came_back(rows.len(), returned, &context.catalog.table(table).sql_name)?;
    }
    Ok(())
}

async fn count(context: &mut Context<'_>, seed: &Seed) -> Result<u64, ClosureError> {
    let mut rows = 0;
    for leaf in context.leaves.within(context.catalog, seed.table) {
        let table = context.leaves.table(leaf);
        rows += probe::count_up_to(&mut context.workers.first, context.catalog, table, u64::MAX).await?;
    }
    Ok(rows)
}
