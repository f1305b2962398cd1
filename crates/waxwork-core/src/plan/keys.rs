//! References as a graph of columns: which column's values are another's, and which key they all come from.
//!
//! ```text
//!   orders(customer_id) ─► customer(id)        one edge per column pair of a reference
//!   a(x) ─► b(y) ─► a(x)                       columns that lead to each other form one group
//! ```

use super::schema::{ColumnRef, Schema};
use crate::catalog::ColumnId;
use crate::subset::{Reference, ReferenceKey};
use std::collections::{BTreeMap, BTreeSet};

/// A child column whose values, or whose elements, are a parent column's.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub child: ColumnRef,
    pub parent: ColumnRef,
    /// `when` of a polymorphic reference, on the child's rule table; empty: it always holds.
    pub when: Vec<(ColumnId, String)>,
}

impl Edge {
    /// Its `when` reads that column of the child.
    pub(super) fn decided_by(&self, column: ColumnId) -> bool {
        self.when.iter().any(|(read, _)| *read == column)
    }
}

/// Leaves of a JSON column whose values are a parent column's.
pub(super) struct JsonEdge {
    pub child: ColumnRef,
    pub path: String,
    pub parent: ColumnRef,
    /// It holds for some rows alone.
    pub polymorphic: bool,
}

/// All references, column by column.
pub(super) struct KeyGraph {
    pub edges: Vec<Edge>,
    pub json: Vec<JsonEdge>,
    /// Indexes into `edges` by child.
    by_child: BTreeMap<ColumnRef, Vec<usize>>,
    /// Every column under a reference or referred to, with the columns that it leads to and itself.
    reach: BTreeMap<ColumnRef, BTreeSet<ColumnRef>>,
    /// Columns whose values are compared with each other's, directly or not, and which of these sets a column is in.
    families: Vec<BTreeSet<ColumnRef>>,
    family_of: BTreeMap<ColumnRef, usize>,
}

impl KeyGraph {
    pub(super) fn build(schema: &Schema, references: &[Reference]) -> Self {
        let mut graph = Self {
            edges: Vec::new(),
            json: Vec::new(),
            by_child: BTreeMap::new(),
            reach: BTreeMap::new(),
            families: Vec::new(),
            family_of: BTreeMap::new(),
        };
        for reference in references {
            graph.add(schema, reference);
        }
        for (index, edge) in graph.edges.iter().enumerate() {
            graph.by_child.entry(edge.child).or_default().push(index);
        }
        graph.reach = graph.columns().into_iter().map(|at| (at, graph.reachable(at))).collect();
        graph.find_families();
        graph
    }

    fn add(&mut self, schema: &Schema, reference: &Reference) {
        let when: Vec<(ColumnId, String)> = reference
            .when
            .iter()
            .filter_map(|(column, constant)| {
                schema.rule_column(reference.child, *column).map(|at| (at.column, constant.clone()))
            })
            .collect();
        let pairs = match &reference.key {
            ReferenceKey::Columns(pairs) => pairs.clone(),
            ReferenceKey::ArrayElements { child, parent } => vec![(*child, *parent)],
            ReferenceKey::JsonPath { child, path, parent } => {
                if let (Some(child), Some(parent)) = (
                    schema.rule_column(reference.child, *child),
                    schema.rule_column(reference.parent, *parent),
                ) {
                    let polymorphic = !when.is_empty();
                    self.json.push(JsonEdge { child, path: path.clone(), parent, polymorphic });
                }
                return;
            }
        };
        for (child, parent) in pairs {
            let ends =
                (schema.rule_column(reference.child, child), schema.rule_column(reference.parent, parent));
            if let (Some(child), Some(parent)) = ends
                && child != parent
            {
                self.edges.push(Edge { child, parent, when: when.clone() });
            }
        }
    }

    /// Every column that an edge touches.
    fn columns(&self) -> BTreeSet<ColumnRef> {
        let ends = self.edges.iter().flat_map(|edge| [edge.child, edge.parent]);
        ends.chain(self.json.iter().map(|edge| edge.parent)).collect()
    }

    fn reachable(&self, from: ColumnRef) -> BTreeSet<ColumnRef> {
        let mut found = BTreeSet::from([from]);
        let mut frontier = vec![from];
        while let Some(at) = frontier.pop() {
            frontier
                .extend(self.edges_from(at).map(|edge| edge.parent).filter(|parent| found.insert(*parent)));
        }
        found
    }

    /// The references of a column.
    pub(super) fn edges_from(&self, at: ColumnRef) -> impl Iterator<Item = &Edge> {
        self.by_child.get(&at).into_iter().flatten().map(|index| &self.edges[*index])
    }

    /// It refers, or is referred to.
    pub(super) fn is_key(&self, at: ColumnRef) -> bool {
        self.reach.contains_key(&at)
    }

    /// The columns that `at` and another lead to and back: `at` alone, unless references form a cycle.
    fn group(&self, at: ColumnRef) -> BTreeSet<ColumnRef> {
        match self.reach.get(&at) {
            None => BTreeSet::from([at]),
            Some(reach) => reach.iter().copied().filter(|other| self.reach[other].contains(&at)).collect(),
        }
    }

    /// Groups of key columns, parents before children. A column's group reaches more columns than any group that it
    /// leads to, so their number is the order.
    pub(super) fn groups(&self) -> Vec<BTreeSet<ColumnRef>> {
        let mut groups: Vec<(usize, BTreeSet<ColumnRef>)> = Vec::new();
        let mut grouped: BTreeSet<ColumnRef> = BTreeSet::new();
        for (at, reach) in &self.reach {
            if !grouped.contains(at) {
                let group = self.group(*at);
                grouped.extend(&group);
                groups.push((reach.len(), group));
            }
        }
        groups.sort_by_key(|(size, _)| *size);
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// The root keys that a column's values come from: the column itself where it refers to nothing; the first column
    /// of a cycle speaks for it.
    pub(super) fn roots(&self, at: ColumnRef) -> BTreeSet<ColumnRef> {
        let Some(reach) = self.reach.get(&at) else {
            return BTreeSet::from([at]);
        };
        let ends = reach.iter().filter(|end| self.reach[end].len() == self.group(**end).len());
        ends.filter_map(|end| self.group(*end).first().copied()).collect()
    }

    /// All columns whose values are compared with this one's, directly or not.
    pub(super) fn family(&self, at: ColumnRef) -> BTreeSet<ColumnRef> {
        self.family_of.get(&at).map_or_else(|| BTreeSet::from([at]), |family| self.families[*family].clone())
    }

    fn find_families(&mut self) {
        let mut near: BTreeMap<ColumnRef, Vec<ColumnRef>> = BTreeMap::new();
        for edge in &self.edges {
            near.entry(edge.child).or_default().push(edge.parent);
            near.entry(edge.parent).or_default().push(edge.child);
        }
        for start in near.keys() {
            if self.family_of.contains_key(start) {
                continue;
            }
            let mut family = BTreeSet::from([*start]);
            let mut frontier = vec![*start];
            while let Some(at) = frontier.pop() {
                frontier.extend(near[&at].iter().copied().filter(|other| family.insert(*other)));
            }
            self.family_of.extend(family.iter().map(|at| (*at, self.families.len())));
            self.families.push(family);
        }
    }
}
