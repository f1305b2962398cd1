//! What every step of the closure reads: plan, catalog, the session, and what the server said of the rules.

use waxwork_core::catalog::{Catalog, TableId};
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::subset::{Reference, ReferenceKey, SubsetPlan};
use waxwork_pg::probe::{self, Equality, ReferenceProbe};
use waxwork_pg::{Sessions, SourceWorker};

use super::conditions;
use super::order::Order;
use super::questions::Pieces;
use super::rows::Leaves;
use super::scope::Scope;
use super::{ClosureError, KeyHash};

pub(super) struct Context<'a> {
    pub(super) plan: &'a SubsetPlan,
    pub(super) catalog: &'a Catalog,
    pub(super) worker: &'a mut SourceWorker,
    /// Answer their part of what is asked of many rows.
    others: &'a mut [SourceWorker],
    pub(super) hash_of: &'a dyn Fn(TableId) -> KeyHash,
    pub(super) leaves: Leaves,
    /// By leaf; set by [`scope::resolve`](super::scope::resolve).
    pub(super) scopes: Vec<Scope>,
    /// Rule tables of which every row is at least needed, those that may lose some included.
    pub(super) whole: Vec<TableId>,
    /// Rows can leave in step 5.
    pub(super) shrinks: bool,
    /// By leaf: references whose child, and whose parent, it is (itself or as a partition).
    pub(super) up: Vec<Vec<usize>>,
    pub(super) down: Vec<Vec<usize>>,
    pub(super) order: Order,
    pub(super) pieces: Pieces,
    /// By leaf: up to how many of its rows were counted, and how many there were.
    pub(super) counted: Vec<(u64, u64)>,
    equalities: Vec<Vec<Equality>>,
}

impl<'a> Context<'a> {
    /// Asks the server for every reference's operators and whether it takes every condition.
    pub(super) async fn prepare(
        plan: &'a SubsetPlan,
        catalog: &'a Catalog,
        sessions: Sessions<'a>,
        hash_of: &'a dyn Fn(TableId) -> KeyHash,
    ) -> Result<Self, ClosureError> {
        let Sessions { first: worker, others } = sessions;
        let mut refused = conditions::refused(plan, catalog, worker).await?;
        let found = probe::equalities(worker, catalog, &plan.references.iter().collect::<Vec<_>>()).await?;
        let mut equalities = Vec::new();
        for (reference, equality) in plan.references.iter().zip(found) {
            refused.extend(equality.is_none().then(|| incomparable(reference)));
            equalities.push(equality.unwrap_or_default());
        }
        if !refused.is_empty() {
            return Err(ClosureError::Rules(refused));
        }
        let leaves = Leaves::of(catalog);
        let touching = |table: fn(&Reference) -> TableId| -> Vec<Vec<usize>> {
            (0..leaves.len())
                .map(|leaf| {
                    let touches =
                        |at: &usize| catalog.is_within(leaves.table(leaf), table(&plan.references[*at]));
                    (0..plan.references.len()).filter(touches).collect()
                })
                .collect()
        };
        let (up, down) = (touching(|reference| reference.child), touching(|reference| reference.parent));
        let order = Order::of(catalog, &plan.references, &leaves);
        let (pieces, counted) = (Pieces::default(), vec![(0, 0); leaves.len()]);
        Ok(Self {
            plan,
            catalog,
            worker,
            others,
            hash_of,
            leaves,
            scopes: Vec::new(),
            whole: Vec::new(),
            shrinks: false,
            up,
            down,
            order,
            pieces,
            counted,
            equalities,
        })
    }

    pub(super) fn reference(&self, at: usize) -> &'a Reference {
        &self.plan.references[at]
    }

    /// The reference's questions, and the sessions to put them to.
    pub(super) fn ask(&mut self, at: usize) -> (ReferenceProbe<'_>, Sessions<'_>, &Leaves, &[Scope]) {
        let (reference, equalities) = (&self.plan.references[at], &self.equalities[at]);
        let parents = self.catalog.leaves(reference.parent).into_iter().map(|leaf| self.catalog.table(leaf));
        let routing = self.pieces.routes.routing(parents.map(|leaf| leaf.estimate.rows).sum());
        let probe = ReferenceProbe::new(self.catalog, reference, equalities, routing);
        let sessions = Sessions { first: self.worker, others: self.others };
        (probe, sessions, &self.leaves, &self.scopes)
    }

    /// The scope of a table, by any of its leaves; a table without leaves has no row.
    pub(super) fn scope(&self, table: TableId) -> Scope {
        let leaves = self.leaves.within(self.catalog, table);
        leaves.first().map_or(Scope::Absent, |leaf| self.scopes[*leaf])
    }
}

fn incomparable(reference: &Reference) -> Diagnostic {
    let message = format!("key types of reference cannot be compared: {}", reference.name);
    let detail = match reference.key {
        ReferenceKey::ArrayElements { .. } => "The array's elements and the key have no common equality.",
        _ => "No foreign key could be declared between columns of these types.",
    };
    Diagnostic::rule("reference_type", message).detail(detail)
}
