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

/// Rows that a question must ask of, else the round counts as one of a chain.
const MANY: u64 = 1_000;

/// Rows of all tables that are read whole together: 128 MB at 16 bytes an edge.
const ROWS_MOST: u64 = 8_000_000;

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
#[derive(Debug, Default)]
pub(super) struct List(Vec<(RowId, Option<RowId>)>);

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
        let (probe, worker, leaves, _) = context.ask(at);
        let mut edges = Vec::new();
        match self.way {
            Way::Up => {
                let take = |edge: UpEdge| {
                    if edge.refers {
                        let parent = edge.parent.map(|parent| leaves.row(parent)).transpose()?;
                        edges.push((RowId::new(leaf, edge.child), parent));
                    }
                    Ok(())
                };
                probe.parents(worker, table, None, take).await?;
            }
            Way::Down => {
                let take = |edge: DownEdge, _: &[u8]| {
                    if let Some(child) = edge.child {
                        edges.push((RowId::new(leaf, edge.parent), Some(leaves.row(child)?)));
                    }
                    Ok(())
                };
                probe.children(worker, table, None, false, take).await?;
            }
        }
        edges.sort_unstable();
        Ok(List(edges))
    }
}

impl List {
    /// Where these rows of the leaf lead to: row, and the other end if there is one.
    pub(super) fn each(&self, leaf: usize, rows: &TidSet, mut take: impl FnMut(RowId, Option<RowId>)) {
        for tid in rows.iter() {
            let row = RowId::new(leaf, tid);
            let start = self.0.partition_point(|(from, _)| *from < row);
            self.0[start..].iter().take_while(|(from, _)| *from == row).for_each(|(_, to)| take(row, *to));
        }
    }
}

/// Every child of a wanted row is wanted.
fn is_plain(context: &Context<'_>, at: usize) -> bool {
    let reference = context.reference(at);
    reference.limit.is_none() && reference.condition.is_none()
}
