//! Steps 1 to 4: from wanted rows down to their children, from every row up to its parents, until nothing is new.
//!
//! A row enters once as needed and perhaps later as wanted; each entry puts it on that frontier, and a frontier is
//! followed by batches. Order does not matter: a limit counts all children of a parent, whatever else is in the set.

use std::collections::BTreeMap;

use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::subset::{DanglingPolicy, ParentPolicy, Reference, TableRows};
use waxwork_pg::probe::{self, UpEdge};
use waxwork_pg::{PgError, Tid};

use super::context::{BATCH_ROWS, Context, all_came_back};
use super::rows::{RowId, RowSet, TidSet};
use super::scope::Scope;
use super::shrink::{Found, shrink};
use super::{ClosureError, ClosureEvent};

/// The set as it grows.
#[derive(Debug)]
pub(super) struct Discovery {
    set: RowSet,
    wanted: RowSet,
    /// By leaf: rows not yet followed.
    upward: Vec<Vec<Tid>>,
    downward: Vec<Vec<Tid>>,
    found: Found,
    /// By reference: rows of the set that dangle, as far as they were asked.
    pub(super) dangling: Vec<RowSet>,
    /// Leaves that were enumerated whole, with their number of rows.
    pub(super) enumerated: BTreeMap<usize, u64>,
    warnings: Vec<Diagnostic>,
}

/// A child of a wanted parent, before `where` and `limit`.
struct Candidate {
    parent: RowId,
    hash: u64,
    child: RowId,
}

impl Discovery {
    pub(super) fn new(context: &Context<'_>) -> Self {
        Self {
            set: RowSet::default(),
            wanted: RowSet::default(),
            upward: vec![Vec::new(); context.leaves.len()],
            downward: vec![Vec::new(); context.leaves.len()],
            found: Found::default(),
            dangling: vec![RowSet::default(); context.plan.references.len()],
            enumerated: BTreeMap::new(),
            warnings: Vec::new(),
        }
    }

    pub(super) fn warn(&mut self, warning: Diagnostic) {
        self.warnings.push(warning);
    }

    /// A seed chose it.
    pub(super) fn seed(&mut self, context: &Context<'_>, row: RowId) {
        if context.shrinks {
            self.found.wanted.insert(row);
        }
        self.want(&context.scopes, row);
    }

    fn want(&mut self, scopes: &[Scope], row: RowId) {
        if self.wanted.insert(row) {
            self.downward[row.leaf()].push(row.tid());
            self.need(scopes, row);
        }
    }

    fn need(&mut self, scopes: &[Scope], row: RowId) {
        if scopes[row.leaf()] == Scope::Chosen && self.set.insert(row) {
            self.upward[row.leaf()].push(row.tid());
        }
    }

    /// A row that steps 1 to 4 start from without wanting it.
    fn start_from(&mut self, shrinks: bool, scopes: &[Scope], row: RowId) {
        if shrinks {
            self.found.needed.insert(row);
        }
        self.need(scopes, row);
    }

    /// Rows of whole tables: enumerated where they may leave, else only their parents, each once.
    pub(super) async fn take_whole_tables(&mut self, context: &mut Context<'_>) -> Result<(), ClosureError> {
        for leaf in 0..context.leaves.len() {
            match context.scopes[leaf] {
                Scope::Chosen if is_taken_whole(context, leaf) => self.enumerate(context, leaf).await?,
                Scope::Whole => self.take_parents_of(context, leaf).await?,
                Scope::Chosen | Scope::Absent => {}
            }
        }
        Ok(())
    }

    async fn enumerate(&mut self, context: &mut Context<'_>, leaf: usize) -> Result<(), ClosureError> {
        let mut rows = 0;
        let take = |tid| {
            rows += 1;
            self.start_from(context.shrinks, &context.scopes, RowId::new(leaf, tid));
        };
        probe::each_tid(context.worker, context.catalog, context.leaves.table(leaf), take).await?;
        self.enumerated.insert(leaf, rows);
        Ok(())
    }

    async fn take_parents_of(&mut self, context: &mut Context<'_>, leaf: usize) -> Result<(), ClosureError> {
        for at in context.up[leaf].clone() {
            let reference = context.reference(at);
            let pulls = reference.parent_policy == ParentPolicy::Pull
                && context.scope(reference.parent) == Scope::Chosen;
            if !pulls {
                continue;
            }
            let (shrinks, table) = (context.shrinks, context.leaves.table(leaf));
            let (probe, worker, leaves, scopes) = context.ask(at);
            let take = |parent| {
                self.start_from(shrinks, scopes, leaves.row(parent)?);
                Ok(())
            };
            probe.referenced(worker, table, take).await?;
        }
        Ok(())
    }

    /// Follows both frontiers until they are empty.
    pub(super) async fn follow(
        &mut self,
        context: &mut Context<'_>,
        on_event: &mut impl FnMut(ClosureEvent),
    ) -> Result<(), ClosureError> {
        loop {
            if let Some((leaf, batch)) = next_batch(&mut self.downward) {
                for at in context.down[leaf].clone() {
                    self.follow_down(context, at, leaf, &batch).await?;
                }
            } else if let Some((leaf, batch)) = next_batch(&mut self.upward) {
                for at in context.up[leaf].clone() {
                    self.follow_up(context, at, leaf, &batch).await?;
                }
            } else {
                return Ok(());
            }
            on_event(ClosureEvent::Followed { rows: self.set.len() });
        }
    }

    async fn follow_up(
        &mut self,
        context: &mut Context<'_>,
        at: usize,
        leaf: usize,
        tids: &[Tid],
    ) -> Result<(), ClosureError> {
        let reference = context.reference(at);
        if !asks_upward(reference, context.scope(reference.parent)) {
            return Ok(());
        }
        let (shrinks, table) = (context.shrinks, context.leaves.table(leaf));
        let name = &context.catalog.table(table).sql_name;
        let (probe, worker, leaves, scopes) = context.ask(at);
        let mut returned = TidSet::default();
        let take = |edge: UpEdge| {
            returned.insert(edge.child);
            let child = RowId::new(leaf, edge.child);
            match edge.parent {
                _ if !edge.refers => {}
                Some(parent) => self.found_parent(reference, shrinks, scopes, child, leaves.row(parent)?),
                None => self.found_dangling(reference, at, child),
            }
            Ok::<_, PgError>(())
        };
        probe.parents(worker, table, Some(tids), take).await?;
        Ok(all_came_back(tids, returned.len(), name)?)
    }

    fn found_parent(
        &mut self,
        reference: &Reference,
        shrinks: bool,
        scopes: &[Scope],
        child: RowId,
        parent: RowId,
    ) {
        match reference.parent_policy {
            ParentPolicy::Pull => {
                if shrinks && scopes[parent.leaf()] == Scope::Chosen {
                    self.found.pulls.push(child, parent);
                }
                self.need(scopes, parent);
            }
            ParentPolicy::Drop if scopes[parent.leaf()] != Scope::Whole => {
                self.found.drops.push(child, parent);
            }
            ParentPolicy::Drop | ParentPolicy::Null | ParentPolicy::Error => {}
        }
    }

    fn found_dangling(&mut self, reference: &Reference, at: usize, child: RowId) {
        self.dangling[at].insert(child);
        if reference.dangling == Some(DanglingPolicy::Drop) {
            self.found.must_leave.insert(child);
        }
    }

    async fn follow_down(
        &mut self,
        context: &mut Context<'_>,
        at: usize,
        leaf: usize,
        tids: &[Tid],
    ) -> Result<(), ClosureError> {
        let reference = context.reference(at);
        if !reference.follow_children || context.scope(reference.child) == Scope::Absent {
            return Ok(());
        }
        let mut candidates = children(context, at, leaf, tids).await?;
        if reference.condition.is_some() {
            let matching = matching(context, reference, &candidates).await?;
            candidates.retain(|candidate| matching.contains(candidate.child));
        }
        candidates.sort_unstable_by_key(|candidate| (candidate.parent, candidate.hash, candidate.child));
        candidates.dedup_by_key(|candidate| (candidate.parent, candidate.child));
        let most = reference.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        for siblings in candidates.chunk_by(|left, right| left.parent == right.parent) {
            for chosen in siblings.iter().take(most) {
                if context.shrinks {
                    self.found.downs.push(chosen.parent, chosen.child);
                }
                self.want(&context.scopes, chosen.child);
            }
        }
        Ok(())
    }

    /// What the run should say although it goes on.
    pub(super) fn warnings(&mut self, context: &Context<'_>) -> Vec<Diagnostic> {
        let mut warnings = std::mem::take(&mut self.warnings);
        for (table, rows) in &context.plan.tables {
            let leaves = context.leaves.within(context.catalog, *table);
            let empty = leaves.iter().all(|leaf| self.set.of(*leaf).is_empty());
            if *rows == TableRows::Lookup
                && context.scope(*table) == Scope::Chosen
                && empty
                && !leaves.is_empty()
            {
                warnings.push(empty_lookup(context, &context.catalog.table(*table).sql_name));
            }
        }
        warnings
    }

    /// Step 5, where rows can leave.
    pub(super) fn into_set(self, context: &Context<'_>) -> RowSet {
        if !context.shrinks {
            return self.set;
        }
        shrink(self.found, |row| context.scopes[row.leaf()] == Scope::Whole)
    }
}

fn empty_lookup(context: &Context<'_>, table: &str) -> Diagnostic {
    let message = format!("table stays empty: {table} has more than {} rows", context.plan.lookup_rows);
    Diagnostic::warning("lookup_empty", message)
        .detail("No seed or reference leads to it, and no row of the copy needs any of it.")
        .hint("Say rows = \"all\", \"none\" or \"subset\".")
}

/// It was whole until rows of it could leave.
fn is_taken_whole(context: &Context<'_>, leaf: usize) -> bool {
    let root = context.catalog.root(context.leaves.table(leaf));
    context.whole.contains(&root)
}

fn next_batch(frontiers: &mut [Vec<Tid>]) -> Option<(usize, Vec<Tid>)> {
    let leaf = frontiers.iter().position(|frontier| !frontier.is_empty())?;
    let rest = frontiers[leaf].len().saturating_sub(BATCH_ROWS);
    Some((leaf, frontiers[leaf].split_off(rest)))
}

/// Whether a row's parent along this reference must be looked up before step 6.
fn asks_upward(reference: &Reference, parent: Scope) -> bool {
    let moves_rows = match reference.parent_policy {
        // A parent that is there anyway need not be found, but a row under a valid key that has none must be.
        ParentPolicy::Pull | ParentPolicy::Drop => {
            parent != Scope::Whole || reference.valid || reference.dangling.is_some()
        }
        ParentPolicy::Null | ParentPolicy::Error => false,
    };
    moves_rows || reference.dangling == Some(DanglingPolicy::Drop)
}

/// All children of some parents, with their keyed hashes where a limit asks for them.
async fn children(
    context: &mut Context<'_>,
    at: usize,
    leaf: usize,
    tids: &[Tid],
) -> Result<Vec<Candidate>, ClosureError> {
    let reference = context.reference(at);
    let hash = reference.limit.map(|_| (context.hash_of)(context.catalog.root(reference.child)));
    let table = context.leaves.table(leaf);
    let name = &context.catalog.table(table).sql_name;
    let (probe, worker, leaves, _) = context.ask(at);
    let mut returned = TidSet::default();
    let mut candidates = Vec::new();
    let take = |edge: probe::DownEdge, key: &[u8]| {
        returned.insert(edge.parent);
        if let Some(child) = edge.child {
            let hash = hash.as_ref().map_or(0, |hash| hash(key));
            let parent = RowId::new(leaf, edge.parent);
            candidates.push(Candidate { parent, hash, child: leaves.row(child)? });
        }
        Ok(())
    };
    probe.children(worker, table, tids, hash.is_some(), take).await?;
    all_came_back(tids, returned.len(), name)?;
    Ok(candidates)
}

/// Those of the candidates for which the reference's condition is true.
async fn matching(
    context: &mut Context<'_>,
    reference: &Reference,
    candidates: &[Candidate],
) -> Result<RowSet, ClosureError> {
    let mut matching = RowSet::default();
    let Some(condition) = &reference.condition else { return Ok(matching) };
    let mut asked = RowSet::default();
    candidates.iter().for_each(|candidate| _ = asked.insert(candidate.child));
    for leaf in context.leaves.within(context.catalog, reference.child) {
        let table = context.leaves.table(leaf);
        let tids: Vec<Tid> = asked.of(leaf).iter().collect();
        for batch in tids.chunks(BATCH_ROWS) {
            let take = |tid| _ = matching.insert(RowId::new(leaf, tid));
            probe::matching(context.worker, context.catalog, table, condition, Some(batch), take).await?;
        }
    }
    Ok(matching)
}
