//! What every step of the closure reads: plan, catalog, the workers, and what the server said of the rules.

use waxwork_core::catalog::{Catalog, TableId};
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::subset::{Reference, ReferenceKey, SubsetPlan};
use waxwork_pg::Workers;
use waxwork_pg::probe::{self, Equality, ReferenceProbe};

use super::conditions;
use super::order::Order;
use super::questions::Pieces;
use super::rows::Leaves;
use super::scope::Scope;
use super::{ClosureError, KeyHash};

pub(super) struct Context<'a> {
    pub(super) plan: &'a SubsetPlan,
    pub(super) catalog: &'a Catalog,
    pub(super) workers: &'a mut Workers,
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
    /// By reference: about how many parents there are.
    parents: Vec<u64>,
}

impl<'a> Context<'a> {
    /// Asks the server for every reference's operators and whether it takes every condition.
    pub(super) async fn prepare(
        plan: &'a SubsetPlan,
        catalog: &'a Catalog,
        workers: &'a mut Workers,
        hash_of: &'a dyn Fn(TableId) -> KeyHash,
    ) -> Result<Self, ClosureError> {
        let mut refused = conditions::refused(plan, catalog, &mut workers.first).await?;
        let found =
            probe::equalities(&mut workers.first, catalog, &plan.references.iter().collect::<Vec<_>>())
                .await?;
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
        let estimated = |leaf: TableId| catalog.table(leaf).estimate.rows;
        let parents = plan.references.iter().map(|reference| reference.parent);
        let parents = parents.map(|table| catalog.leaves(table).into_iter().map(estimated).sum()).collect();
        let order = Order::of(catalog, &plan.references, &leaves);
        let (pieces, counted) = (Pieces::default(), vec![(0, 0); leaves.len()]);
        Ok(Self {
            plan,
            catalog,
            workers,
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
            parents,
        })
    }

    pub(super) fn reference(&self, at: usize) -> &'a Reference {
        &self.plan.references[at]
    }

    /// The reference's questions, and the workers to put them to.
    pub(super) fn ask(&mut self, at: usize) -> (ReferenceProbe<'_>, &mut Workers, &Leaves, &[Scope]) {
        let (reference, equalities) = (&self.plan.references[at], &self.equalities[at]);
        let routing = self.pieces.routes.routing(self.parents[at]);
        let probe = ReferenceProbe::new(self.catalog, reference, equalities, routing);
        (probe, &mut *self.workers, &self.leaves, &self.scopes)
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
