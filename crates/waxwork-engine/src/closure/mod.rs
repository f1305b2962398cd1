//! Which rows are in the copy: the closure of `DESIGN.md` section 5, by tuple ids under the run's snapshot.
//!
//! ```text
//!   SubsetPlan ─► vet conditions, resolve operators ─► scopes (absent, whole, chosen)
//!                                                        │
//!        seeds ─► wanted ─┐                              ▼
//!   whole tables ─► needed ┴─► discover (1–4) ─► shrink (5, no reading) ─► settle (6) ─► Selection
//!                              ▲ edges up and down, by batches of tuple ids
//! ```
//!
//! Tables are followed in the order of their references, cycles by themselves until nothing in them is new ([`order`]);
//! what takes a cycle many rounds is read whole ([`chains`]). Under a budget it is done again for more and more seeds, each
//! time from where the last ended ([`grow`]).
//!
//! Tables of which every row is taken and may not leave are never enumerated. Memory: a few bitmaps of about two bytes
//! a row of the set; where a reference has a `limit`, 16 bytes for each child that it keeps of one question's parents.
//! What is sorted (edges where rows can leave, the order of a budget's seeds) is in memory up to [`Pieces::memory`], and on
//! disk beyond it ([`sorted`]).

mod chains;
mod conditions;
mod context;
mod discover;
mod error;
mod grow;
mod meter;
mod order;
mod questions;
mod quota;
mod rows;
mod scope;
mod search;
mod seeds;
mod settle;
mod shrink;
mod sorted;
mod tally;

use std::collections::BTreeMap;

use waxwork_core::catalog::{Catalog, ColumnId, TableId};
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::subset::{SizeLimit, SubsetPlan, TableRows};
use waxwork_pg::{Workers, probe};

pub use error::{ClosureError, Stop, StopCause};
pub use grow::Growth;
pub use meter::{Measured, Size};
pub use questions::{Pieces, Routes};
pub use rows::TidSet;
pub use tally::Tally;

use context::Context;
use discover::Discovery;
use meter::{Bound, Meter};
use rows::RowSet;
use scope::Scope;

/// The keyed hash of a row's key text, which orders the rows of a table; see `waxwork_mask::RowHash`.
pub type KeyHash = Box<dyn Fn(&[u8]) -> u64 + Send + Sync>;

/// Which rows of every table are in the copy.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// One per table that holds rows of its own (leaf partitions, and tables that are no partition).
    pub leaves: BTreeMap<TableId, LeafSelection>,
    /// Rows that dangle under a valid key and are kept (`dangling = "keep"`), by index of the reference: its
    /// constraint must stay NOT VALID.
    pub kept_dangling: BTreeMap<usize, u64>,
    /// How far a budget let the seeds grow.
    pub growth: Option<Growth>,
    /// By leaf, where it was asked for; empty where not.
    pub sizes: BTreeMap<TableId, Measured>,
    /// What brought the rows.
    pub tally: Tally,
    /// Seeds that selected nothing, and lookups too big to be taken whole that nothing needs.
    pub warnings: Vec<Diagnostic>,
}

/// How the closure is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// How much is asked of the server at once, which changes no row.
    pub pieces: Pieces,
    /// A bigger selection is refused.
    pub ceiling: SizeLimit,
    /// [`Selection::sizes`] is wanted whether or not there is a limit.
    pub measures: bool,
    /// So many of the seeds, in the order in which a budget takes them, instead of those that it holds.
    pub seeds: Option<u64>,
}

impl From<Pieces> for Asked {
    fn from(pieces: Pieces) -> Self {
        Self { pieces, ..Self::default() }
    }
}

/// Which rows of one leaf.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeafSelection {
    /// The rows.
    pub rows: LeafRows,
    /// Rows of which a key becomes NULL; the groups share no row, and all their rows are among `rows`.
    pub nulls: Vec<NullGroup>,
}

/// Rows of one leaf.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum LeafRows {
    /// Every row.
    All,
    /// None.
    #[default]
    Nothing,
    /// These.
    Tids(TidSet),
}

/// Rows in which the same columns become NULL.
#[derive(Clone, Debug, PartialEq)]
pub struct NullGroup {
    /// Columns of the rule table (the partition root), in order.
    pub columns: Vec<ColumnId>,
    /// The rows.
    pub tids: TidSet,
}

/// How far the closure is, for whoever shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosureEvent {
    /// A seed has chosen rows of a table.
    Seeded {
        /// The seed's table.
        table: TableId,
        /// Rows.
        rows: u64,
    },
    /// A batch of rows has been followed along all its references.
    Followed {
        /// Rows found so far, those of whole tables left out.
        rows: u64,
    },
    /// The set is complete.
    Complete {
        /// Rows in it, those of whole tables left out.
        rows: u64,
    },
}

/// Runs the closure under the workers' snapshot. `hash_of` gives the keyed hash of a rule table's rows.
///
/// # Errors
///
/// A condition or a pair of key types that the server refuses, rows that a rule does not allow, a budget that whole
/// tables break, a selection above the ceiling, or a failing source.
pub async fn select(
    plan: &SubsetPlan,
    catalog: &Catalog,
    workers: &mut Workers,
    hash_of: impl Fn(TableId) -> KeyHash,
    asked: impl Into<Asked>,
    mut on_event: impl FnMut(ClosureEvent),
) -> Result<Selection, ClosureError> {
    let asked = asked.into();
    let meters = asked.measures || !asked.ceiling.is_none() || !plan.budget.is_none();
    if !plan.needs_closure && !meters {
        return Ok(whole_tables(plan, catalog));
    }
    let mut context = scoped(plan, catalog, workers, &hash_of, asked.pieces).await?;
    let meter = if meters { Some(Meter::prepare(&mut context).await?) } else { None };
    let (mut discovery, growth) = discover(&mut context, meter.as_ref(), asked, &mut on_event).await?;
    let (mut warnings, tally) = (discovery.warnings(&context), std::mem::take(&mut discovery.tally));
    let seeds = discovery.seeds_that_may_leave();
    let dangling = std::mem::take(&mut discovery.dangling);
    let enumerated = std::mem::take(&mut discovery.enumerated);
    let mut set = discovery.into_set(&context)?;
    warnings.extend(seeds::left(&context, &seeds, &set));
    let sizes = match &meter {
        Some(meter) => sizes(&context, meter, &set, asked.ceiling)?,
        None => BTreeMap::new(),
    };
    on_event(ClosureEvent::Complete { rows: set.len() });
    if !plan.needs_closure {
        return Ok(Selection { sizes, tally, ..whole_tables(plan, catalog) });
    }
    let mut selection = settle::settle(&mut context, &set, &dangling).await?;
    (selection.warnings, selection.growth) = (warnings, growth);
    (selection.sizes, selection.tally) = (sizes, tally);
    for leaf in 0..context.leaves.len() {
        let chosen = selection.leaves.entry(context.leaves.table(leaf)).or_default();
        chosen.rows = leaf_rows(&context, set.take(leaf), leaf, enumerated.get(&leaf).copied());
        // Rows that are read apart must be told from the others by their ids.
        if chosen.rows == LeafRows::All && !chosen.nulls.is_empty() {
            chosen.rows = LeafRows::Tids(own_rows(&mut context, leaf).await?);
        }
        leave_to_extension(&mut context, leaf, chosen).await?;
    }
    Ok(selection)
}

/// The size of what [`select`] would select, without a look at what step 6 changes or refuses.
///
/// # Errors
///
/// As [`select`].
pub async fn measure(
    plan: &SubsetPlan,
    catalog: &Catalog,
    workers: &mut Workers,
    hash_of: impl Fn(TableId) -> KeyHash,
    asked: Asked,
) -> Result<Size, ClosureError> {
    let mut context = scoped(plan, catalog, workers, &hash_of, asked.pieces).await?;
    let meter = Meter::prepare(&mut context).await?;
    let (discovery, _) = discover(&mut context, Some(&meter), asked, &mut |_| {}).await?;
    Ok(meter.total(&discovery.into_set(&context)?))
}

/// What every closure begins with: operators and conditions by the server, and how each table's rows are chosen.
async fn scoped<'a>(
    plan: &'a SubsetPlan,
    catalog: &'a Catalog,
    workers: &'a mut Workers,
    hash_of: &'a dyn Fn(TableId) -> KeyHash,
    pieces: Pieces,
) -> Result<Context<'a>, ClosureError> {
    let mut context = Context::prepare(plan, catalog, workers, hash_of).await?;
    context.pieces = pieces;
    scope::resolve(&mut context).await?;
    Ok(context)
}

/// Steps 1 to 4.
async fn discover(
    context: &mut Context<'_>,
    meter: Option<&Meter>,
    asked: Asked,
    on_event: &mut impl FnMut(ClosureEvent),
) -> Result<(Discovery, Option<Growth>), ClosureError> {
    let mut discovery = Discovery::new(context);
    if let Some(seeds) = asked.seeds {
        let growth = grow::take(context, &mut discovery, seeds, on_event).await?;
        return Ok((discovery, Some(growth)));
    }
    if let Some(meter) = meter.filter(|_| !context.plan.budget.is_none()) {
        let (grown, growth) = grow::grow(context, meter, discovery, on_event).await?;
        return Ok((grown, Some(growth)));
    }
    seeds::choose(context, &mut discovery, on_event).await?;
    discovery.take_whole_tables(context).await?;
    let bound = meter.map(|meter| Bound { meter, limit: asked.ceiling });
    if !discovery.follow(context, bound, on_event).await?
        && let Some(Bound { meter, limit }) = bound
    {
        return Err(meter::over_ceiling(context, &meter.by_leaf(discovery.found()), limit));
    }
    Ok((discovery, None))
}

/// The size of every leaf, unless together they are above the ceiling.
fn sizes(
    context: &Context<'_>,
    meter: &Meter,
    set: &RowSet,
    ceiling: SizeLimit,
) -> Result<BTreeMap<TableId, Measured>, ClosureError> {
    let sizes = meter.by_leaf(set);
    let Size { rows, bytes } = sizes.iter().copied().sum();
    if !ceiling.holds(rows, bytes) {
        return Err(meter::over_ceiling(context, &sizes, ceiling));
    }
    let measured = |leaf: usize| Measured { copied: sizes[leaf], source: meter.source(leaf) };
    Ok((0..sizes.len()).map(|leaf| (context.leaves.table(leaf), measured(leaf))).collect())
}

/// Without a seed or a policy that asks for more, the rules alone say it: no query, no tuple id.
fn whole_tables(plan: &SubsetPlan, catalog: &Catalog) -> Selection {
    let copied = plan.tables.iter().filter(|(_, rows)| *rows != TableRows::None);
    let leaves = copied.flat_map(|(table, _)| catalog.leaves(*table));
    let whole = || LeafSelection { rows: LeafRows::All, nulls: Vec::new() };
    Selection { leaves: leaves.map(|leaf| (leaf, whole())).collect(), ..Selection::default() }
}

/// Looks for rows that no rule allows in a copy of whole tables, which [`select`] does not ask about: those that dangle
/// under a valid key. One scan of each referring table.
///
/// # Errors
///
/// [`ClosureError::Stopped`] with their numbers, or a failing source.
pub async fn check_whole_tables(
    plan: &SubsetPlan,
    catalog: &Catalog,
    workers: &mut Workers,
) -> Result<(), ClosureError> {
    if plan.needs_closure {
        return Ok(());
    }
    let mut context = scoped(plan, catalog, workers, &no_hash, Pieces::default()).await?;
    settle::settle(&mut context, &RowSet::default(), &[]).await.map(drop)
}

fn no_hash(_: TableId) -> KeyHash {
    Box::new(|_| 0)
}

/// Asks the server for every reference's operators and whether it takes every condition; reads no row.
///
/// # Errors
///
/// A condition or a pair of key types that the server refuses.
pub async fn vet(plan: &SubsetPlan, catalog: &Catalog, workers: &mut Workers) -> Result<(), ClosureError> {
    Context::prepare(plan, catalog, workers, &no_hash).await.map(drop)
}

async fn own_rows(context: &mut Context<'_>, leaf: usize) -> Result<TidSet, ClosureError> {
    let mut tids = TidSet::default();
    let take = |tid| _ = tids.insert(tid);
    probe::each_own_tid(&mut context.workers.first, context.catalog, context.leaves.table(leaf), take)
        .await?;
    Ok(tids)
}

/// CREATE EXTENSION has made the other rows of a configuration table: they are in the set, and not copied again.
async fn leave_to_extension(
    context: &mut Context<'_>,
    leaf: usize,
    chosen: &mut LeafSelection,
) -> Result<(), ClosureError> {
    let LeafRows::Tids(tids) = &chosen.rows else { return Ok(()) };
    if context.catalog.table(context.leaves.table(leaf)).extension_condition().is_none() {
        return Ok(());
    }
    let own = own_rows(context, leaf).await?;
    let copied = tids.intersection(&own);
    chosen.rows = if copied.is_empty() { LeafRows::Nothing } else { LeafRows::Tids(copied) };
    chosen.nulls.iter_mut().for_each(|group| group.tids = group.tids.intersection(&own));
    chosen.nulls.retain(|group| !group.tids.is_empty());
    Ok(())
}

/// A table that was enumerated `whole` and has lost no row is whole.
fn leaf_rows(context: &Context<'_>, tids: TidSet, leaf: usize, whole: Option<u64>) -> LeafRows {
    match context.scopes[leaf] {
        Scope::Absent => LeafRows::Nothing,
        Scope::Whole => LeafRows::All,
        Scope::Chosen if whole == Some(tids.len()) => LeafRows::All,
        Scope::Chosen if tids.is_empty() => LeafRows::Nothing,
        Scope::Chosen => LeafRows::Tids(tids),
    }
}
