//! Steps 1 to 4: from wanted rows down to their children, from every row up to its parents, until nothing is new.
//!
//! A row enters once as needed and perhaps as wanted; each entry puts it on that frontier, and of a frontier all rows of
//! one leaf are followed together. Order does not matter: a limit counts all children of a parent, whatever else is in
//! the set.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::subset::{DanglingPolicy, ParentPolicy, Reference, ReferenceKey, TableRows};
use waxwork_core::words::counted;
use waxwork_pg::Tid;
use waxwork_pg::probe::{self, UpEdge};

use super::chains::Chains;
use super::context::Context;
use super::meter::Bound;
use super::order::Way;
use super::quota::Lowest;
use super::rows::{Leaves, RowId, RowSet, TidSet};
use super::scope::Scope;
use super::shrink::{Found, shrink};
use super::tally::Tally;
use super::{ClosureError, ClosureEvent};

/// The set as it grows.
#[derive(Clone, Debug)]
pub(super) struct Discovery {
    set: RowSet,
    wanted: RowSet,
    downward: Frontier,
    upward: Frontier,
    /// By reference: rows not yet followed upward, to which it led from their parent.
    known: Vec<RowSet>,
    found: Found,
    /// By reference: rows of the set that dangle, as far as they were asked.
    pub(super) dangling: Vec<RowSet>,
    /// Leaves that were enumerated whole, with their number of rows.
    pub(super) enumerated: BTreeMap<usize, u64>,
    warnings: Vec<Diagnostic>,
    /// What brought the rows.
    pub(super) tally: Tally,
}

/// Rows not yet followed one way.
#[derive(Clone, Debug, Default)]
struct Frontier {
    /// Along references that stay in their cycle.
    inner: RowSet,
    /// Along those that leave it.
    outer: RowSet,
}

impl Frontier {
    fn insert(&mut self, row: RowId) {
        self.inner.insert(row);
        self.outer.insert(row);
    }
}

impl Discovery {
    pub(super) fn new(context: &Context<'_>) -> Self {
        Self {
            set: RowSet::default(),
            wanted: RowSet::default(),
            downward: Frontier::default(),
            upward: Frontier::default(),
            known: vec![RowSet::default(); context.plan.references.len()],
            found: Found::new(context.pieces.memory),
            dangling: vec![RowSet::default(); context.plan.references.len()],
            enumerated: BTreeMap::new(),
            warnings: Vec::new(),
            tally: Tally::new(context.plan.references.len()),
        }
    }

    pub(super) fn warn(&mut self, warning: Diagnostic) {
        self.warnings.push(warning);
    }

    /// Rows found so far, those of whole tables left out.
    pub(super) fn found(&self) -> &RowSet {
        &self.set
    }

    /// A seed chose it.
    pub(super) fn seed(&mut self, context: &Context<'_>, row: RowId) {
        if context.shrinks {
            self.found.wanted.insert(row);
        }
        if self.want(&context.scopes, row) {
            let table = context.catalog.root(context.leaves.table(row.leaf()));
            *self.tally.seeds.entry(table).or_default() += 1;
        }
    }

    /// Whether it is new to the set.
    fn want(&mut self, scopes: &[Scope], row: RowId) -> bool {
        if !self.wanted.insert(row) {
            return false;
        }
        self.downward.insert(row);
        self.need(scopes, row)
    }

    /// Whether it is new to the set.
    fn need(&mut self, scopes: &[Scope], row: RowId) -> bool {
        let is_new = scopes[row.leaf()] == Scope::Chosen && self.set.insert(row);
        if is_new {
            self.upward.insert(row);
        }
        is_new
    }

    /// A row that steps 1 to 4 start from without wanting it; whether it is new to the set.
    fn start_from(&mut self, shrinks: bool, scopes: &[Scope], row: RowId) -> bool {
        if shrinks {
            self.found.needed.insert(row);
        }
        self.need(scopes, row)
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
        probe::each_tid(&mut context.workers.first, context.catalog, context.leaves.table(leaf), take)
            .await?;
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
            let (probe, workers, leaves, scopes) = context.ask(at);
            let take = |parent| {
                self.tally.parents[at] += u64::from(self.start_from(shrinks, scopes, leaves.row(parent)?));
                Ok(())
            };
            probe.referenced(&mut workers.first, table, take).await?;
        }
        Ok(())
    }

    /// Follows both frontiers until they are empty; what is found upward leads nowhere downward. Ends before, and says
    /// `false`, where no row can leave and the set is bigger than it may be.
    pub(super) async fn follow(
        &mut self,
        context: &mut Context<'_>,
        bound: Option<Bound<'_>>,
        on_event: &mut impl FnMut(ClosureEvent),
    ) -> Result<bool, ClosureError> {
        let bound = bound.filter(|_| !context.shrinks);
        let bursts = |set: &RowSet| bound.is_some_and(|bound| !bound.holds(set));
        for way in [Way::Down, Way::Up] {
            for cycle in context.order.cycles(way) {
                self.turn(context, way, &cycle, &bursts, on_event).await?;
                for leaf in cycle {
                    if bursts(&self.set) {
                        return Ok(false);
                    }
                    let rows = self.frontier(way).outer.take(leaf);
                    self.follow_rows(context, &mut Chains::new(way, usize::MAX), way, leaf, &rows, false)
                        .await?;
                }
                on_event(ClosureEvent::Followed { rows: self.set.len() });
            }
        }
        Ok(!bursts(&self.set))
    }

    /// Follows the references that stay in a cycle until nothing in it is new.
    async fn turn(
        &mut self,
        context: &mut Context<'_>,
        way: Way,
        cycle: &[usize],
        bursts: &impl Fn(&RowSet) -> bool,
        on_event: &mut impl FnMut(ClosureEvent),
    ) -> Result<(), ClosureError> {
        let mut chains = Chains::new(way, context.pieces.patience);
        while let Some((leaf, rows)) = self.frontier(way).inner.take_first(cycle) {
            if !context.order.turns(leaf) {
                continue;
            }
            // A chain that was read whole has a row a round, and to measure costs more than the round.
            if chains.asks() && bursts(&self.set) {
                return Ok(());
            }
            chains.count(rows.len());
            self.follow_rows(context, &mut chains, way, leaf, &rows, true).await?;
            if chains.asks() {
                on_event(ClosureEvent::Followed { rows: self.set.len() });
            }
        }
        Ok(())
    }

    fn frontier(&mut self, way: Way) -> &mut Frontier {
        match way {
            Way::Down => &mut self.downward,
            Way::Up => &mut self.upward,
        }
    }

    /// Follows rows of a leaf along its references that stay in its cycle (`inner`), or along the others.
    async fn follow_rows(
        &mut self,
        context: &mut Context<'_>,
        chains: &mut Chains,
        way: Way,
        leaf: usize,
        rows: &TidSet,
        inner: bool,
    ) -> Result<(), ClosureError> {
        if rows.is_empty() {
            return Ok(());
        }
        let references = if way == Way::Down { &context.down } else { &context.up };
        let followed = references[leaf].iter().copied().filter(|at| context.order.is_inner(*at) == inner);
        for at in followed.collect::<Vec<_>>() {
            match way {
                Way::Down => self.follow_down(context, chains, at, leaf, rows).await?,
                Way::Up => self.follow_up(context, chains, at, leaf, rows).await?,
            }
        }
        Ok(())
    }

    async fn follow_up(
        &mut self,
        context: &mut Context<'_>,
        chains: &mut Chains,
        at: usize,
        leaf: usize,
        rows: &TidSet,
    ) -> Result<(), ClosureError> {
        let reference = context.reference(at);
        let known = self.known[at].take(leaf);
        if !asks_upward(reference, context.scope(reference.parent)) {
            return Ok(());
        }
        let rows = rows.without(&known);
        let shrinks = context.shrinks;
        let mut take = |child, parent: Option<RowId>, scopes: &[Scope]| match parent {
            Some(parent) => self.found_parent(reference, at, shrinks, scopes, child, parent),
            None => self.found_dangling(reference, at, child),
        };
        if let Some(list) = chains.list(context, at, leaf).await? {
            return list.each(leaf, &rows, |child, parent| take(child, parent, &context.scopes));
        }
        let take = |edge: UpEdge, leaves: &Leaves, scopes: &[Scope]| {
            if edge.refers {
                let parent = edge.parent.map(|parent| leaves.row(parent)).transpose()?;
                take(RowId::new(leaf, edge.child), parent, scopes);
            }
            Ok(())
        };
        context.parents(at, leaf, &rows, take).await
    }

    fn found_parent(
        &mut self,
        reference: &Reference,
        at: usize,
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
                self.tally.parents[at] += u64::from(self.need(scopes, parent));
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
        chains: &mut Chains,
        at: usize,
        leaf: usize,
        rows: &TidSet,
    ) -> Result<(), ClosureError> {
        let reference = context.reference(at);
        if !reference.follow_children || context.scope(reference.child) == Scope::Absent {
            return Ok(());
        }
        if let Some(list) = chains.list(context, at, leaf).await? {
            let shrinks = context.shrinks;
            let take = |parent, child: Option<RowId>| {
                if let Some(child) = child {
                    self.found_child(reference, at, shrinks, &context.scopes, parent, child);
                }
            };
            return list.each(leaf, rows, take);
        }
        let matching = matching(context, at, leaf, rows).await?;
        let matches = |child| matching.as_ref().is_none_or(|matching| matching.contains(child));
        let shrinks = context.shrinks;
        if let Some(limit) = reference.limit {
            for piece in rows.pieces(context.limited_piece(limit)) {
                for (parent, lowest) in first_children(context, at, leaf, &piece, limit, matches).await? {
                    for child in lowest.into_rows() {
                        self.found_child(reference, at, shrinks, &context.scopes, parent, child);
                    }
                }
            }
            return Ok(());
        }
        let take = |parent, child, scopes: &[Scope]| {
            if matches(child) {
                self.found_child(reference, at, shrinks, scopes, parent, child);
            }
        };
        context.children(at, leaf, rows, take).await
    }

    fn found_child(
        &mut self,
        reference: &Reference,
        at: usize,
        shrinks: bool,
        scopes: &[Scope],
        parent: RowId,
        child: RowId,
    ) {
        if shrinks {
            self.found.downs.push(parent, child);
        }
        // It has no other parent along a reference by columns, so nobody need ask for this one again.
        if matches!(reference.key, ReferenceKey::Columns(_)) && scopes[child.leaf()] == Scope::Chosen {
            self.known[at].insert(child);
            self.found_parent(reference, at, shrinks, scopes, child, parent);
        }
        self.tally.children[at] += u64::from(self.want(scopes, child));
    }

    /// What the run should say although it goes on. `lookup_rows = 0` says itself that no table is taken whole.
    pub(super) fn warnings(&mut self, context: &Context<'_>) -> Vec<Diagnostic> {
        let mut warnings = std::mem::take(&mut self.warnings);
        if context.plan.lookup_rows == 0 {
            return warnings;
        }
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

    /// The rows that seeds chose, where rows can leave.
    pub(super) fn seeds_that_may_leave(&self) -> RowSet {
        self.found.wanted.clone()
    }

    /// Step 5, where rows can leave.
    pub(super) fn into_set(self, context: &Context<'_>) -> Result<RowSet, ClosureError> {
        if !context.shrinks {
            return Ok(self.set);
        }
        Ok(shrink(self.found, |row| context.scopes[row.leaf()] == Scope::Whole)?)
    }

    /// What [`into_set`](Self::into_set) would give.
    pub(super) fn set_so_far(&self, context: &Context<'_>) -> Result<Cow<'_, RowSet>, ClosureError> {
        Ok(match context.shrinks {
            true => Cow::Owned(self.clone().into_set(context)?),
            false => Cow::Borrowed(&self.set),
        })
    }
}

fn empty_lookup(context: &Context<'_>, table: &str) -> Diagnostic {
    let message =
        format!("table stays empty: {table} has more than {}", counted(context.plan.lookup_rows, "row"));
    Diagnostic::warning("lookup_empty", message)
        .detail("No seed or reference leads to it, and no row of the copy needs any of it.")
        .hint("Say rows = \"all\", \"none\" or \"subset\".")
}

/// It was whole until rows of it could leave.
fn is_taken_whole(context: &Context<'_>, leaf: usize) -> bool {
    let root = context.catalog.root(context.leaves.table(leaf));
    context.whole.contains(&root)
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

/// Those of the children of some rows for which the reference's condition is true; `None` where it has none.
async fn matching(
    context: &mut Context<'_>,
    at: usize,
    leaf: usize,
    rows: &TidSet,
) -> Result<Option<RowSet>, ClosureError> {
    let reference = context.reference(at);
    let Some(condition) = &reference.condition else { return Ok(None) };
    let (mut asked, mut matching) = (RowSet::default(), RowSet::default());
    context.children(at, leaf, rows, |_, child, _| _ = asked.insert(child)).await?;
    for leaf in context.leaves.within(context.catalog, reference.child) {
        for piece in asked.of(leaf).pieces(context.pieces.rows) {
            let take = |tid| _ = matching.insert(RowId::new(leaf, tid));
            context.matching(leaf, condition, Some(&piece), take).await?;
        }
    }
    Ok(Some(matching))
}

/// The first `limit` children of each of some parents by keyed hash, among those that match.
async fn first_children(
    context: &mut Context<'_>,
    at: usize,
    leaf: usize,
    parents: &[Tid],
    limit: u64,
    matches: impl Fn(RowId) -> bool,
) -> Result<HashMap<RowId, Lowest>, ClosureError> {
    let mut first: HashMap<RowId, Lowest> = HashMap::new();
    let in_columns = matches!(context.reference(at).key, ReferenceKey::Columns(_));
    let take = |parent, hash, child| {
        if !matches(child) {
            return;
        }
        let lowest = first.entry(parent).or_insert_with(|| Lowest::new(limit));
        match in_columns {
            true => lowest.offer(hash, child),
            // An array or a JSON value may hold one id twice.
            false => lowest.offer_once(hash, child),
        }
    };
    context.keyed_children(at, leaf, parents, take).await?;
    Ok(first)
}
