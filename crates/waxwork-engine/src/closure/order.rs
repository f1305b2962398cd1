//! In which order tables are followed, so that each is asked once of every reference that leads out of its cycle.
//!
//! ```text
//!   references ─► cycles (strongly connected components) ─► parents before children for the way down, and back for up
//! ```
//!
//! Tables that refer to each other in a circle, or to themselves, are followed together until nothing is new; a
//! reference that leaves them is asked after that, of all their rows at once.

use std::collections::HashMap;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use waxwork_core::catalog::{Catalog, TableId};
use waxwork_core::subset::Reference;

use super::rows::Leaves;

/// Which way references are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// From a wanted row to its children.
    Down,
    /// From any row to its parents.
    Up,
}

/// The cycles of a database, each table in one, parents first.
#[derive(Debug)]
pub(super) struct Order {
    /// Indexes of leaves.
    cycles: Vec<Vec<usize>>,
    /// By reference: it stays in one cycle.
    inner: Vec<bool>,
    /// By leaf: it is in a cycle that a reference stays in.
    turns: Vec<bool>,
}

impl Order {
    pub(super) fn of(catalog: &Catalog, references: &[Reference], leaves: &Leaves) -> Self {
        let roots: Vec<TableId> = (0..leaves.len()).map(|leaf| catalog.root(leaves.table(leaf))).collect();
        let mut graph = DiGraph::<TableId, ()>::new();
        let mut nodes: HashMap<TableId, NodeIndex> = HashMap::new();
        for root in &roots {
            nodes.entry(*root).or_insert_with(|| graph.add_node(*root));
        }
        let ends = |reference: &Reference| {
            let node = |table| nodes.get(&catalog.root(table)).copied();
            node(reference.parent).zip(node(reference.child))
        };
        for (parent, child) in references.iter().filter_map(ends) {
            graph.update_edge(parent, child, ());
        }
        // It gives a component after those that it leads to.
        let components: Vec<Vec<NodeIndex>> = tarjan_scc(&graph).into_iter().rev().collect();
        let place: HashMap<NodeIndex, usize> = components
            .iter()
            .enumerate()
            .flat_map(|(at, nodes)| nodes.iter().map(move |node| (*node, at)))
            .collect();
        let stays = |(parent, child): (NodeIndex, NodeIndex)| place.get(&parent) == place.get(&child);
        let inner: Vec<bool> =
            references.iter().map(|reference| ends(reference).is_some_and(stays)).collect();
        let of_leaf = |leaf: usize| nodes.get(&roots[leaf]).and_then(|node| place.get(node)).copied();
        let within = |at: usize| (0..leaves.len()).filter(|leaf| of_leaf(*leaf) == Some(at)).collect();
        let cycles: Vec<Vec<usize>> = (0..components.len()).map(within).collect();
        let mut turns = vec![false; leaves.len()];
        for (reference, _) in references.iter().zip(&inner).filter(|(_, inner)| **inner) {
            let at = nodes.get(&catalog.root(reference.parent)).and_then(|node| place.get(node));
            at.into_iter().flat_map(|at| &cycles[*at]).for_each(|leaf| turns[*leaf] = true);
        }
        Self { cycles, inner, turns }
    }

    /// The cycles, each after those that lead to it this way.
    pub(super) fn cycles(&self, way: Way) -> Vec<Vec<usize>> {
        match way {
            Way::Down => self.cycles.clone(),
            Way::Up => self.cycles.iter().rev().cloned().collect(),
        }
    }

    /// The reference stays in its cycle.
    pub(super) fn is_inner(&self, reference: usize) -> bool {
        self.inner[reference]
    }

    /// A reference that stays in the leaf's cycle may lead to the leaf again.
    pub(super) fn turns(&self, leaf: usize) -> bool {
        self.turns[leaf]
    }
}
