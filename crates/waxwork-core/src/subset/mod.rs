//! Which rows: the closure's rules, resolved against the catalog (`DESIGN.md` section 5, "What a subset is").
//!
//! ```text
//!   [[reference]], foreign keys ─► references ─► policies ─► nulls ─► Vec<Reference> ─┐
//!   [subset] seed, rows = "…" ───► seeds, classes (who can be reached downward) ──────┴─► SubsetPlan
//! ```
//!
//! The engine runs them; nothing here reads a row.

use crate::catalog::{Catalog, ColumnId, ForeignKeyId, TableId};
use crate::diagnostic::Location;
use crate::packs::Clause;
use crate::rules::{At, SeedKeys, StatedKeys};
use crate::size::shown_size;
use crate::words::counted;
use std::collections::BTreeMap;

mod classes;
mod compile;
mod names;
mod nulls;
mod policies;
mod references;
mod seeds;
#[cfg(test)]
mod tests;

pub use references::resolve_references;
pub use seeds::shown_key;

/// The rules of the closure for one catalog.
#[derive(Clone, Debug, Default)]
pub struct SubsetPlan {
    /// Without a seed there is no subset, and every table is [`TableRows::All`] unless it says otherwise.
    pub seeds: Vec<Seed>,
    /// One per rule table, in the order of [`Plan::tables`](crate::plan::Plan::tables).
    pub tables: Vec<(TableId, TableRows)>,
    /// Tables whose rows a pack leaves out; the rule file says nothing about them.
    pub left_out: BTreeMap<TableId, Clause>,
    /// What the rule file and the packs say of tables.
    pub(crate) stated: BTreeMap<TableId, TableRows>,
    /// Every reference, declared and virtual.
    pub references: Vec<Reference>,
    /// `[subset] lookup_rows`.
    pub lookup_rows: u64,
    /// `[subset] rows` and `size`: the seeds are taken in the order of their keyed hashes until the copy fills it.
    pub budget: SizeLimit,
    /// The closure must be run: there is a seed, or a reference asks for more than "pull" of rows that are all there.
    pub needs_closure: bool,
}

/// At most so much, over all tables that are copied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SizeLimit {
    /// Rows.
    pub rows: Option<u64>,
    /// Bytes in the source's tables.
    pub bytes: Option<u64>,
}

impl SizeLimit {
    /// It limits nothing.
    pub fn is_none(&self) -> bool {
        self.rows.is_none() && self.bytes.is_none()
    }

    /// So much is no more than it allows.
    pub fn holds(&self, rows: u64, bytes: u64) -> bool {
        self.rows.is_none_or(|most| rows <= most) && self.bytes.is_none_or(|most| bytes <= most)
    }
}

impl std::fmt::Display for SizeLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.rows, self.bytes) {
            (None, None) => f.write_str("no limit"),
            (Some(rows), None) => f.write_str(&counted(rows, "row")),
            (None, Some(bytes)) => f.write_str(&shown_size(bytes)),
            (Some(rows), Some(bytes)) => write!(f, "{} and {}", counted(rows, "row"), shown_size(bytes)),
        }
    }
}

/// Which rows of a table are in the copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableRows {
    /// `rows = "all"`, or no seed in the file: every row is at least needed.
    All,
    /// `rows = "none"`: structure only.
    None,
    /// Can be reached downward, or `rows = "subset"`: what the closure finds.
    Subset,
    /// Cannot be reached downward: whole when it has at most `lookup_rows` rows, else what the closure finds.
    Lookup,
}

/// A seed.
#[derive(Clone, Debug)]
pub struct Seed {
    /// A rule table.
    pub table: TableId,
    /// Its condition.
    pub condition: Option<Condition>,
    /// Keys, in the order of the primary key's columns; never shown.
    pub keys: Option<At<SeedKeys>>,
    /// How many of them.
    pub quota: Quota,
    /// So many of the rows of each value of this column.
    pub by: Option<ColumnId>,
    /// Where it stands.
    pub location: Option<Location>,
}

impl Seed {
    /// Its keys, where it states any.
    pub fn stated_keys(&self) -> Option<&StatedKeys> {
        self.keys.as_ref()?.value.stated()
    }
}

/// How many of the rows that a seed's condition selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quota {
    /// All.
    Every,
    /// `percent`, the decimal that is written, as numerator and power of ten: 2.5 is (25, 1).
    Percent {
        /// Digits.
        digits: u64,
        /// Digits after the point.
        scale: u32,
    },
    /// `rows`
    Rows(u64),
}

/// A user's SQL condition: it travels only by the extended protocol, in a `SELECT ctid` of its own.
#[derive(Clone, PartialEq, Eq)]
pub struct Condition {
    /// The text, never shown.
    pub sql: String,
    /// Where it stands, shown instead.
    pub location: Option<Location>,
}

impl std::fmt::Debug for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Condition({} bytes", self.sql.len())?;
        if let Some(location) = &self.location {
            write!(f, " at {location}")?;
        }
        f.write_str(")")
    }
}

/// A reference from a child to a parent with its policies.
#[derive(Clone, Debug)]
pub struct Reference {
    /// `child(column, …) -> parent`, unique, for messages.
    pub name: String,
    /// The declared foreign key, or `None` for a `[[reference]]`.
    pub foreign_key: Option<ForeignKeyId>,
    /// Referencing table (a root, a partition or an ordinary table).
    pub child: TableId,
    /// Referenced table.
    pub parent: TableId,
    /// How child and parent compare.
    pub key: ReferenceKey,
    /// `when` of a polymorphic reference: column and constant, in the text form of the column's type.
    pub when: Vec<(ColumnId, String)>,
    /// MATCH FULL.
    pub match_full: bool,
    /// A valid declared key: nothing can dangle.
    pub valid: bool,
    /// `parent`.
    pub parent_policy: ParentPolicy,
    /// The children of a wanted parent are followed.
    pub follow_children: bool,
    /// `where` on children.
    pub condition: Option<Condition>,
    /// `limit` per parent.
    pub limit: Option<u64>,
    /// `dangling`; `None`: copied as it is under a NOT VALID or virtual reference, the run stops under a valid one.
    pub dangling: Option<DanglingPolicy>,
    /// Where the entry of `[subset.reference]` stands that speaks for it.
    pub location: Option<Location>,
    /// Columns of the child that become NULL under `parent = "null"` or `dangling = "null"` (step 6).
    pub null_columns: Vec<ColumnId>,
}

impl Reference {
    /// Its pairs of columns as a relation of the child's tree has them (a partition's columns may stand in another
    /// order); `None` for elements of an array and leaves of JSON.
    pub fn columns_of(&self, catalog: &Catalog, table: TableId) -> Option<Vec<(ColumnId, ColumnId)>> {
        let ReferenceKey::Columns(pairs) = &self.key else { return None };
        let child = catalog.table(self.child);
        let name = |column: ColumnId| child.column(column).name.as_str();
        let own = |column: ColumnId| catalog.table(table).find_column(name(column));
        pairs.iter().map(|(child, parent)| Some((own(*child)?, *parent))).collect()
    }

    /// Its key becomes NULL in some rows.
    pub fn empties(&self) -> bool {
        self.parent_policy == ParentPolicy::Null || self.dangling == Some(DanglingPolicy::Null)
    }
}

/// How a reference compares.
#[derive(Clone, Debug)]
pub enum ReferenceKey {
    /// (child column, parent column) pairs, all equal by the default btree operator class.
    Columns(Vec<(ColumnId, ColumnId)>),
    /// Elements of an array column of the child against one parent column: `carts(item_ids[*])`.
    ArrayElements {
        /// The array column.
        child: ColumnId,
        /// The parent's column.
        parent: ColumnId,
    },
    /// Leaves under a JSON path of the child against one parent column: `carts(doc -> '$.user.id')`.
    JsonPath {
        /// The JSON column.
        child: ColumnId,
        /// The path, as SQL/JSON writes it.
        path: String,
        /// The parent's column.
        parent: ColumnId,
    },
}

impl ReferenceKey {
    /// The child's columns that the key reads, in the key's order.
    pub fn child_columns(&self) -> Vec<ColumnId> {
        match self {
            ReferenceKey::Columns(pairs) => pairs.iter().map(|(child, _)| *child).collect(),
            ReferenceKey::ArrayElements { child, .. } | ReferenceKey::JsonPath { child, .. } => vec![*child],
        }
    }

    /// The parent's columns, in the key's order.
    pub fn parent_columns(&self) -> Vec<ColumnId> {
        match self {
            ReferenceKey::Columns(pairs) => pairs.iter().map(|(_, parent)| *parent).collect(),
            ReferenceKey::ArrayElements { parent, .. } | ReferenceKey::JsonPath { parent, .. } => {
                vec![*parent]
            }
        }
    }
}

/// What happens to a row whose parent exists in the source and is not in the set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ParentPolicy {
    /// The parent comes with it.
    #[default]
    Pull,
    /// The row leaves.
    Drop,
    /// The key becomes NULL.
    Null,
    /// The run stops.
    Error,
}

/// What happens to a row whose parent does not exist in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DanglingPolicy {
    /// The key becomes NULL.
    Null,
    /// The row leaves.
    Drop,
    /// Copied as it is; the constraint stays NOT VALID.
    Keep,
}
