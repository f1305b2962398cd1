//! How the closure asks of many rows: in pieces by tuple ids, or, where a leaf is dense, of the whole leaf once.

use waxwork_core::subset::ReferenceKey;
use waxwork_core::words::counted;
use waxwork_pg::probe::{self, DownEdge, Routing, UpEdge};
use waxwork_pg::{PgError, PgErrorKind, Tid, doing};

use super::ClosureError;
use super::context::Context;
use super::rows::{Leaves, RowId, TidSet};
use super::scope::Scope;

/// How much is asked at once.
#[derive(Clone, Copy, Debug)]
pub struct Pieces {
    /// Tuple ids per question: a TID scan of this many and a hash join cost the server up to the 64 MB that its session
    /// may take, and a child column without an index is scanned once per so many parents.
    pub rows: usize,
    /// When the server is made to go from row to row by an index, and when all workers do.
    pub routes: Routes,
    /// From how many percent of a leaf's rows on the whole leaf is joined once, and the answer filtered here.
    pub dense_percent: u64,
    /// Rounds that a cycle of references takes by questions before they are read whole: most cycles end before.
    pub patience: usize,
    /// Bytes in memory of what is sorted, at most; the rest goes to temporary files.
    pub memory: usize,
}

/// When a question is asked row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Routes {
    /// Where an index finds them, and they are few beside the parents that the catalog's statistics count.
    ByEstimate,
    /// Wherever an index finds them, however many they are.
    ByIndex,
}

/// A question of that part of the parents, and of no more, goes by an index where there is one: even if all the rows
/// that it finds lie apart, a scan would read more.
const SPARSE: u64 = 20;
/// Fewer rows are found in no time by whatever plan.
const LEAST_BY_INDEX: usize = 100;
/// Fewer rows are answered before other sessions have begun, from a disk too.
const LEAST_TO_SPLIT: usize = 1_000;

impl Routes {
    /// For a reference to about so many parents.
    pub(super) fn routing(self, parents: u64) -> Routing {
        match self {
            Routes::ByEstimate => {
                Routing { least: LEAST_BY_INDEX, split: LEAST_TO_SPLIT, most: parents / SPARSE }
            }
            Routes::ByIndex => Routing { least: 1, split: 2, most: u64::MAX },
        }
    }
}

impl Default for Pieces {
    /// Measured with 1 M parents and 3 M children: joining all takes as long as 250,000 parents in such pieces, with
    /// an index and without.
    fn default() -> Self {
        Self { rows: 500_000, routes: Routes::ByEstimate, dense_percent: 25, patience: 16, memory: 64 << 20 }
    }
}

/// Children that a `limit` may keep at once, as far as a piece can be cut that small.
const KEPT_MOST: u64 = 1_000_000;
/// How far: a scan of the child for fewer parents than this part of a piece costs more than the memory.
const SMALLEST_PART: usize = 25;

impl Context<'_> {
    /// Asks where rows of a leaf refer to.
    pub(super) async fn parents(
        &mut self,
        at: usize,
        leaf: usize,
        rows: &TidSet,
        mut take: impl FnMut(UpEdge, &Leaves, &[Scope]) -> Result<(), PgError>,
    ) -> Result<(), ClosureError> {
        let questions = self.questions(at, leaf, rows).await?;
        let table = self.leaves.table(leaf);
        let name = &self.catalog.table(table).sql_name;
        let (probe, workers, leaves, scopes) = self.ask(at);
        let mut returned = TidSet::default();
        let mut take = |edge: UpEdge| {
            if !rows.contains(edge.child) {
                return Ok(());
            }
            returned.insert(edge.child);
            take(edge, leaves, scopes)
        };
        for piece in questions {
            probe.parents(workers, table, piece.as_deref(), &mut take).await?;
        }
        Ok(all_came_back(rows.len(), returned.len(), name)?)
    }

    /// Asks for the children of rows of a leaf: parent, child.
    pub(super) async fn children(
        &mut self,
        at: usize,
        leaf: usize,
        rows: &TidSet,
        mut take: impl FnMut(RowId, RowId, &[Scope]),
    ) -> Result<(), ClosureError> {
        let questions = self.questions(at, leaf, rows).await?;
        let table = self.leaves.table(leaf);
        let name = &self.catalog.table(table).sql_name;
        let (probe, workers, leaves, scopes) = self.ask(at);
        let mut returned = TidSet::default();
        let mut take = |edge: DownEdge, _: &[u8]| {
            if !rows.contains(edge.parent) {
                return Ok(());
            }
            returned.insert(edge.parent);
            if let Some(child) = edge.child {
                take(RowId::new(leaf, edge.parent), leaves.row(child)?, scopes);
            }
            Ok(())
        };
        for piece in questions {
            probe.children(workers, table, piece.as_deref(), false, &mut take).await?;
        }
        Ok(all_came_back(rows.len(), returned.len(), name)?)
    }

    /// Asks for the children of some rows of a leaf with their keyed hashes: parent, hash, child.
    pub(super) async fn keyed_children(
        &mut self,
        at: usize,
        leaf: usize,
        rows: &[Tid],
        mut take: impl FnMut(RowId, u64, RowId),
    ) -> Result<(), ClosureError> {
        let hash = (self.hash_of)(self.catalog.root(self.reference(at).child));
        let table = self.leaves.table(leaf);
        let name = &self.catalog.table(table).sql_name;
        let (probe, workers, leaves, _) = self.ask(at);
        let mut returned = TidSet::default();
        let take = |edge: DownEdge, key: &[u8]| {
            returned.insert(edge.parent);
            if let Some(child) = edge.child {
                take(RowId::new(leaf, edge.parent), hash(key), leaves.row(child)?);
            }
            Ok(())
        };
        probe.children(workers, table, Some(rows), true, take).await?;
        Ok(all_came_back(rows.len() as u64, returned.len(), name)?)
    }

    /// Parents per question under a `limit`: the children that it keeps of all of them are in memory at once.
    pub(super) fn limited_piece(&self, limit: u64) -> usize {
        let most = self.pieces.rows;
        let few = usize::try_from(KEPT_MOST / limit.max(1)).unwrap_or(most);
        few.clamp((most / SMALLEST_PART).max(1), most)
    }

    /// What to ask of, piece by piece; `None` is the whole leaf.
    async fn questions<'r>(
        &mut self,
        at: usize,
        leaf: usize,
        rows: &'r TidSet,
    ) -> Result<impl Iterator<Item = Option<Vec<Tid>>> + use<'r>, ClosureError> {
        let whole = self.asks_whole(at, leaf, rows).await?;
        let pieces = (!whole).then(|| rows.pieces(self.pieces.rows).map(Some));
        Ok(whole.then_some(None).into_iter().chain(pieces.into_iter().flatten()))
    }

    /// Only keys of columns: what a row holds that nobody asks for may be no JSON.
    async fn asks_whole(&mut self, at: usize, leaf: usize, rows: &TidSet) -> Result<bool, ClosureError> {
        let in_columns = matches!(self.reference(at).key, ReferenceKey::Columns(_));
        if !in_columns || rows.len() <= self.pieces.rows as u64 {
            return Ok(false);
        }
        let most = rows.len() * 100 / self.pieces.dense_percent.max(1);
        Ok(self.count_up_to(leaf, most + 1).await? <= most)
    }

    /// Statistics may be missing or old; to count costs a small part of what is asked next.
    pub(super) async fn count_up_to(&mut self, leaf: usize, most: u64) -> Result<u64, ClosureError> {
        let (asked, counted) = self.counted[leaf];
        if most <= asked || counted < asked {
            return Ok(counted);
        }
        let counted =
            probe::count_up_to(&mut self.workers.first, self.catalog, self.leaves.table(leaf), most).await?;
        self.counted[leaf] = (most, counted);
        Ok(counted)
    }
}

/// Every id that was asked for must come back: a tuple id that is no longer there is passed over in silence
/// (`nodeTidscan.c`).
pub(super) fn all_came_back(asked: u64, returned: u64, table: &str) -> Result<(), PgError> {
    if returned == asked {
        return Ok(());
    }
    let message = format!("asked for {} and got {returned}", counted(asked, "row"));
    Err(PgError::new(PgErrorKind::TableChanged, doing("read rows by tuple id of").to(table), message))
}
