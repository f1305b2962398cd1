//! Foreign keys between tables of extensions stand before any row comes, since CREATE EXTENSION makes them: their parents
//! are loaded first. (`pg_dump` orders them likewise; PostgreSQL manual, 38.17.3, Extension Configuration Tables.)

use std::collections::{BTreeMap, BTreeSet};
use waxwork_core::catalog::{Catalog, TableId};

/// By table of an extension, those that must be loaded before it; roots all.
#[derive(Debug, Default)]
pub(crate) struct ExtensionOrder(BTreeMap<TableId, BTreeSet<TableId>>);

impl ExtensionOrder {
    /// Of keys that go in a circle the last is left out, as no order helps there.
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let mut order = Self::default();
        for key in &catalog.foreign_keys {
            let (child, parent) = (catalog.root(key.child), catalog.root(key.parent));
            let of_extensions = [child, parent].iter().all(|table| catalog.table(*table).extension.is_some());
            if of_extensions && !order.is_before(child, parent) {
                order.0.entry(child).or_default().insert(parent);
            }
        }
        order
    }

    /// The tables that must be there before this one.
    pub(crate) fn before(&self, table: TableId) -> impl Iterator<Item = TableId> {
        self.0.get(&table).into_iter().flatten().copied()
    }

    /// How many others must be loaded one after the other before it.
    pub(crate) fn depth(&self, table: TableId) -> usize {
        self.before(table).map(|parent| self.depth(parent) + 1).max().unwrap_or(0)
    }

    fn is_before(&self, first: TableId, table: TableId) -> bool {
        first == table || self.before(table).any(|parent| self.is_before(first, parent))
    }
}
