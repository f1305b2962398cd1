//! `[subset] rows` and `size`: seeds are taken in the order of their keyed hashes as long as what they bring fits.
//!
//! ```text
//!   whole tables ─► base ─► Search ─► base + first n seeds ─► follow ─► fits? ─► the longest prefix that does
//!                             ▲                                          │
//!                             └──────────────────────────────────────────┘
//! ```
//!
//! The set of a longer prefix contains that of a shorter one, after step 5 too: no row of it leaves the bigger one. So a
//! trial starts from the set of the last one that fitted, and a bigger budget contains the smaller.

use std::ops::Range;

use super::context::Context;
use super::discover::Discovery;
use super::meter::{Bound, Meter, Size, budget_too_small};
use super::search::Search;
use super::seeds::SeedOrder;
use super::{ClosureError, ClosureEvent};
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::subset::SizeLimit;

/// How much of the seeds a budget holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Growth {
    /// Rows of the seeds that were taken.
    pub taken: u64,
    /// Rows that the seeds choose.
    pub of: u64,
}

/// Discovery of the longest prefix of the seeds that fits into the plan's budget.
pub(super) async fn grow(
    context: &mut Context<'_>,
    meter: &Meter,
    mut base: Discovery,
    on_event: &mut impl FnMut(ClosureEvent),
) -> Result<(Discovery, Growth), ClosureError> {
    let budget = context.plan.budget;
    let order = SeedOrder::of(context, &mut base, on_event).await?;
    base.take_whole_tables(context).await?;
    base.follow(context, None, on_event).await?;
    let sizes = meter.by_leaf(base.set_so_far(context)?.as_ref());
    let Size { rows, bytes } = sizes.iter().copied().sum();
    if !budget.holds(rows, bytes) {
        return Err(budget_too_small(context, &sizes));
    }
    let mut search = Search::new(order.len(), fullness(budget, rows, bytes));
    let (mut grown, mut taken) = (base, 0);
    while let Some(prefix) = search.next() {
        let mut trial = grown.clone();
        seed(context, &mut trial, &order, taken..prefix)?;
        let bound = Bound { meter, limit: budget };
        let whole = trial.follow(context, Some(bound), on_event).await?;
        let Size { rows, bytes } = meter.total(trial.set_so_far(context)?.as_ref());
        if whole && budget.holds(rows, bytes) {
            search.fitted(prefix, fullness(budget, rows, bytes));
            (grown, taken) = (trial, prefix);
        } else {
            search.burst(prefix);
        }
    }
    let growth = Growth { taken, of: order.len() };
    if let Some(warning) = holds_no_seed(context, growth) {
        grown.warn(warning);
    }
    Ok((grown, growth))
}

/// Takes so many of the seeds, whatever they bring.
pub(super) async fn take(
    context: &mut Context<'_>,
    discovery: &mut Discovery,
    seeds: u64,
    on_event: &mut impl FnMut(ClosureEvent),
) -> Result<Growth, ClosureError> {
    let order = SeedOrder::of(context, discovery, on_event).await?;
    let taken = order.len().min(seeds);
    seed(context, discovery, &order, 0..taken)?;
    discovery.take_whole_tables(context).await?;
    discovery.follow(context, None, on_event).await?;
    Ok(Growth { taken, of: order.len() })
}

/// Makes a stretch of the seeds wanted.
fn seed(
    context: &Context<'_>,
    discovery: &mut Discovery,
    order: &SeedOrder,
    mut places: Range<u64>,
) -> Result<(), ClosureError> {
    order.each(places.start, |row| {
        let taken = places.next().is_some();
        if taken {
            discovery.seed(context, row);
        }
        taken
    })
}

/// The part of the budget that is used.
fn fullness(budget: SizeLimit, rows: u64, bytes: u64) -> f64 {
    let part = |used: u64, most: Option<u64>| most.map_or(0.0, |most| used as f64 / most as f64);
    part(rows, budget.rows).max(part(bytes, budget.bytes))
}

fn holds_no_seed(context: &Context<'_>, growth: Growth) -> Option<Diagnostic> {
    let message = format!("no seed fits into {}", context.plan.budget);
    let found = Diagnostic::warning("budget_without_seed", message)
        .detail("Already the first row of the seeds brings more, so the copy holds whole tables alone.")
        .hint("Raise [subset] rows or size, or give references a limit: waxwork plan --exact says which bring most.");
    (growth.taken == 0 && growth.of > 0).then_some(found)
}
