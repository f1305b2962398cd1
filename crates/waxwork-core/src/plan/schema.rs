//! The catalog as rules see it: columns of rule tables, partitions spoken for by their root.

use crate::catalog::{Catalog, Column, ColumnId, Generation, KeyPart, Table, TableId, UniqueKey, ValueType};
use crate::rules::name::plain;
use crate::subset::{SubsetPlan, TableRows};
use std::collections::BTreeMap;

/// A column of a rule table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ColumnRef {
    /// A partition root or a table that is no partition.
    pub table: TableId,
    /// Its column.
    pub column: ColumnId,
}

/// A catalog with the class of each table.
pub(super) struct Schema<'a> {
    pub catalog: &'a Catalog,
    rows: BTreeMap<TableId, TableRows>,
    /// Partitions by the table right above them.
    partitions: BTreeMap<TableId, Vec<TableId>>,
}

/// A key of a rule table or of one of its partitions, its columns named as the rule table's.
pub(super) struct RootKey<'a> {
    /// The key as its own table has it.
    pub key: &'a UniqueKey,
    /// It holds for the whole rule table, not for one partition.
    pub whole: bool,
    /// Its parts.
    pub parts: Vec<KeyPart>,
    /// Columns that its predicate reads.
    pub predicate_columns: Vec<ColumnId>,
}

impl<'a> Schema<'a> {
    pub(super) fn new(catalog: &'a Catalog, subset: &SubsetPlan) -> Self {
        let mut partitions: BTreeMap<TableId, Vec<TableId>> = BTreeMap::new();
        for table in catalog.table_ids() {
            if let Some(above) = catalog.table(table).partition_of {
                partitions.entry(above).or_default().push(table);
            }
        }
        Self { catalog, rows: subset.tables.iter().copied().collect(), partitions }
    }

    /// Rule tables that a plan has, in catalog order.
    pub(super) fn planned(&self) -> impl Iterator<Item = TableId> + '_ {
        self.rows.keys().copied()
    }

    /// The class of a rule table; `None` for one that a plan leaves out.
    pub(super) fn rows(&self, table: TableId) -> Option<TableRows> {
        self.rows.get(&table).copied()
    }

    /// Rows of the table may be in the copy, so that each of its columns must be decided.
    pub(super) fn is_copied(&self, table: TableId) -> bool {
        self.rows(table).is_some_and(|rows| rows != TableRows::None)
    }

    pub(super) fn table(&self, at: ColumnRef) -> &'a Table {
        self.catalog.table(at.table)
    }

    pub(super) fn column(&self, at: ColumnRef) -> &'a Column {
        self.table(at).column(at.column)
    }

    pub(super) fn columns(&self, table: TableId) -> impl Iterator<Item = ColumnRef> + use<> {
        (0..self.catalog.table(table).columns.len() as u32)
            .map(move |at| ColumnRef { table, column: ColumnId(at) })
    }

    pub(super) fn value_type(&self, at: ColumnRef) -> ValueType {
        self.catalog.value_type(self.column(at))
    }

    pub(super) fn is_generated(&self, at: ColumnRef) -> bool {
        matches!(self.column(at).generation, Generation::Generated { .. })
    }

    /// `schema.table(column)`: the name of a column in domains and messages. It is fed into key derivation, so it
    /// follows our own quoting, which no server's list of key words changes.
    pub(super) fn label(&self, at: ColumnRef) -> String {
        format!("{}({})", self.table_label(at.table), plain(self.column(at).name.as_str()))
    }

    /// `schema.table`.
    pub(super) fn table_label(&self, table: TableId) -> String {
        let name = &self.catalog.table(table).name;
        format!("{}.{}", plain(name.schema.as_str()), plain(name.name.as_str()))
    }

    /// The rule table's column behind a column of it or of one of its partitions, matched by name: partitions may hold
    /// their columns in another order.
    pub(super) fn rule_column(&self, table: TableId, column: ColumnId) -> Option<ColumnRef> {
        let root = self.catalog.root(table);
        let name = self.catalog.table(table).column(column).name.as_str();
        self.catalog.table(root).find_column(name).map(|column| ColumnRef { table: root, column })
    }

    /// The rule table itself and all its partitions, at every depth.
    pub(super) fn tree(&self, root: TableId) -> Vec<TableId> {
        let mut tree = vec![root];
        let mut next = 0;
        while let Some(table) = tree.get(next) {
            tree.extend(self.partitions(*table).to_vec());
            next += 1;
        }
        tree
    }

    /// The partitions right under a partitioned table.
    pub(super) fn partitions(&self, table: TableId) -> &[TableId] {
        self.partitions.get(&table).map_or(&[], Vec::as_slice)
    }

    /// Unique keys that bind a rule table's values: its own and those that stand on partitions alone. A key that
    /// contains another is left out: where the smaller keeps rows apart, so does it.
    pub(super) fn unique_keys(&self, root: TableId) -> Vec<RootKey<'a>> {
        let mut keys: Vec<RootKey<'a>> = Vec::new();
        for table in self.tree(root) {
            for key in &self.catalog.table(table).unique_keys {
                let found = self.root_key(root, table, key);
                let known = keys
                    .iter()
                    .any(|known| known.parts == found.parts && known.predicate() == found.predicate());
                if !known {
                    keys.push(found);
                }
            }
        }
        let smallest: Vec<Vec<ColumnId>> =
            keys.iter().filter(|key| key.whole).filter_map(RootKey::plain_columns).collect();
        keys.retain(|key| !smallest.iter().any(|small| key.contains(small)));
        keys
    }

    fn root_key(&self, root: TableId, table: TableId, key: &'a UniqueKey) -> RootKey<'a> {
        RootKey {
            key,
            whole: table == root,
            parts: key.parts.iter().map(|part| self.root_part(table, part)).collect(),
            predicate_columns: self.root_columns(table, &key.predicate_columns),
        }
    }

    /// A key part with its columns named as the rule table's.
    pub(super) fn root_part(&self, table: TableId, part: &KeyPart) -> KeyPart {
        match part {
            KeyPart::Column(column) => {
                KeyPart::Column(self.rule_column(table, *column).map_or(*column, |at| at.column))
            }
            KeyPart::Expression { text, columns } => {
                KeyPart::Expression { text: text.clone(), columns: self.root_columns(table, columns) }
            }
        }
    }

    pub(super) fn root_columns(&self, table: TableId, columns: &[ColumnId]) -> Vec<ColumnId> {
        columns.iter().filter_map(|column| self.rule_column(table, *column)).map(|at| at.column).collect()
    }

    /// A range at either end of a foreign key with PERIOD: its last column.
    pub(super) fn is_period(&self, at: ColumnRef) -> bool {
        let mut temporal = self.catalog.foreign_keys.iter().filter(|key| key.period);
        temporal.any(|key| {
            key.columns.last().is_some_and(|(child, parent)| {
                let ends = [(key.child, *child), (key.parent, *parent)];
                ends.iter().any(|(table, column)| self.rule_column(*table, *column) == Some(at))
            })
        })
    }

    /// A table is partitioned at some level by what this column holds.
    pub(super) fn partitions_by(&self, at: ColumnRef) -> bool {
        self.partition_columns(at.table).any(|(_, column)| column == at.column)
    }

    /// Rows of a table may belong to other partitions in another database: enums hash by the OIDs of their labels, and
    /// what else a type hashes by is not known of any but PostgreSQL's own.
    pub(super) fn hashes_by_oid(&self, table: TableId) -> bool {
        self.partition_columns(table).any(|(strategy, column)| {
            let value_type = self.value_type(ColumnRef { table, column });
            strategy == 'h' && matches!(value_type.scalar(), ValueType::Enum(_) | ValueType::Other(_))
        })
    }

    /// Columns of a rule table that a partition key of some level reads, with that key's strategy.
    fn partition_columns(&self, table: TableId) -> impl Iterator<Item = (char, ColumnId)> {
        let keys = self.tree(table).into_iter().filter_map(|part| {
            let key = self.catalog.table(part).partition_key.as_ref()?;
            Some((part, key))
        });
        let parts = keys.flat_map(|(part, key)| key.parts.iter().map(move |one| (part, key.strategy, one)));
        parts.flat_map(|(part, strategy, one)| {
            part_columns(&self.root_part(part, one)).into_iter().map(move |column| (strategy, column))
        })
    }
}

impl RootKey<'_> {
    fn predicate(&self) -> Option<&str> {
        self.key.predicate.as_deref()
    }

    fn plain_columns(&self) -> Option<Vec<ColumnId>> {
        self.key.plain_columns()?;
        Some(self.columns())
    }

    /// It has all of `small` and more.
    fn contains(&self, small: &[ColumnId]) -> bool {
        let own = self.columns();
        !self.key.nulls_not_distinct
            && own.len() > small.len()
            && small.iter().all(|column| own.contains(column))
    }

    /// Its plain columns.
    pub(super) fn columns(&self) -> Vec<ColumnId> {
        self.parts
            .iter()
            .filter_map(|part| match part {
                KeyPart::Column(column) => Some(*column),
                KeyPart::Expression { .. } => None,
            })
            .collect()
    }

    /// `primary key customer_pkey`, for messages.
    pub(super) fn describe(&self) -> String {
        let kind = if self.key.primary { "primary key" } else { "unique key" };
        format!("{kind} {}", plain(self.key.name.as_str()))
    }
}

/// The columns that a key part reads.
pub(super) fn part_columns(part: &KeyPart) -> Vec<ColumnId> {
    match part {
        KeyPart::Column(column) => vec![*column],
        KeyPart::Expression { columns, .. } => columns.clone(),
    }
}
