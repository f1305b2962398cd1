//! Long chains in a cycle: after some rounds its references are read whole, and followed here.
//!
//! A chain of self references has one row a round, and a round is a question to the server: what 200,000 rounds cost, one
//! join of the whole table does not.

use std::collections::HashMap;

use waxwork_pg::probe::{DownEdge, UpEdge};

use super::ClosureError;
use super::context::Context;
use super::order::Way;
use super::rows::{RowId, TidSet};
use super::sorted::{Sorted, Unsorted};

/// Rows that a question must ask of, else the round counts as one of a chain.
const MANY: u64 = 1_000;

/// Rows of all tables that are read whole together. More of them cost more to read than chains of any use have rounds.
const ROWS_MOST: u64 = 8_000_000;

/// Lists that share the memory: cycles of more references are rare, and each list keeps a part at least.
const LISTS: usize = 4;

/// The references of one cycle, one way.
#[derive(Debug)]
pub(super) struct Chains {
    way: Way,
    /// Questions that it may still put, a round each.
    patience: usize,
    room: u64,
    /// By reference and leaf; `None`: it is asked round by round.
    lists: HashMap<(usize, usize), Option<List>>,
}

/// Where rows of one leaf lead to along one reference, in the order of the rows.
#[derive(Debug)]
pub(super) struct List(Sorted<2>);

/// The other end where there is none; no row has this number ([`RowId`] keeps its highest bits for leaves).
const NOWHERE: u64 = u64::MAX;

impl Chains {
    pub(super) fn new(way: Way, patience: usize) -> Self {
        Self { way, patience, room: ROWS_MOST, lists: HashMap::new() }
    }

    /// Counts a round over so many rows.
    pub(super) fn count(&mut self, rows: u64) {
        self.patience = self.patience.saturating_sub(usize::from(rows < MANY));
    }

    /// Whether the next round may be a question.
    pub(super) fn asks(&self) -> bool {
        self.patience > 0 || self.lists.values().any(Option::is_none)
    }

    /// The list of a reference, once the cycle has taken many rounds and where its leaf is not too big.
    pub(super) async fn list(
        &mut self,
        context: &mut Context<'_>,
        at: usize,
        leaf: usize,
    ) -> Result<Option<&List>, ClosureError> {
        if self.patience > 0 || (self.way == Way::Down && !is_plain(context, at)) {
            return Ok(None);
        }
        if !self.lists.contains_key(&(at, leaf)) {
            let rows = context.count_up_to(leaf, self.room + 1).await?;
            let list = match rows <= self.room {
                true => Some(self.read(context, at, leaf).await?),
                false => None,
            };
            self.room -= if list.is_some() { rows } else { 0 };
            self.lists.insert((at, leaf), list);
        }
        Ok(self.lists.get(&(at, leaf)).and_then(Option::as_ref))
    }

    async fn read(&self, context: &mut Context<'_>, at: usize, leaf: usize) -> Result<List, ClosureError> {
        let table = context.leaves.table(leaf);
        let mut edges = Unsorted::new(context.pieces.memory / LISTS);
        let (probe, workers, leaves, _) = context.ask(at);
        match self.way {
            Way::Up => {
                let take = |edge: UpEdge| {
                    if edge.refers {
                        let parent = edge.parent.map(|parent| leaves.row(parent)).transpose()?;
                        edges
                            .push([RowId::new(leaf, edge.child).bits(), parent.map_or(NOWHERE, RowId::bits)]);
                    }
                    Ok(())
                };
                probe.parents(workers, table, None, take).await?;
            }
            Way::Down => {
                let take = |edge: DownEdge, _: &[u8]| {
                    if let Some(child) = edge.child {
                        edges.push([RowId::new(leaf, edge.parent).bits(), leaves.row(child)?.bits()]);
                    }
                    Ok(())
                };
                probe.children(workers, table, None, false, take).await?;
            }
        }
        Ok(List(edges.sorted()?))
    }
}

impl List {
    /// Where these rows of the leaf lead to: row, and the other end if there is one.
    pub(super) fn each(
        &self,
        leaf: usize,
        rows: &TidSet,
        mut take: impl FnMut(RowId, Option<RowId>),
    ) -> Result<(), ClosureError> {
        let mut finder = self.0.finder();
        for tid in rows.iter() {
            let row = RowId::new(leaf, tid);
            finder.each(row.bits(), |[_, to]| take(row, (*to != NOWHERE).then(|| RowId::from_bits(*to))))?;
        }
        Ok(())
    }
}

/// Every child of a wanted row is wanted.
fn is_plain(context: &Context<'_>, at: usize) -> bool {
    let reference = context.reference(at);
    reference.limit.is_none() && reference.condition.is_none()
}
