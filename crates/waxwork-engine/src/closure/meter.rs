//! How much a set is: rows counted, bytes by what the rows of each leaf take in the source on average.
//!
//! Bytes are an estimate: of the leaf's heap and TOAST (`pg_table_size`) the part that its rows are of the rows that
//! `pg_class` says it has; where nobody has counted those, they are counted.

use std::collections::BTreeMap;

use waxwork_core::catalog::TableId;
use waxwork_core::diagnostic::Diagnostic;
use waxwork_core::size::shown_size;
use waxwork_core::subset::SizeLimit;
use waxwork_core::words::counted;

use super::context::Context;
use super::rows::{RowSet, TidSet};
use super::scope::Scope;
use super::{ClosureError, own_rows};

/// Tables that an error names.
const NAMED_MOST: usize = 6;

/// Rows, and bytes in the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Rows.
    pub rows: u64,
    /// An estimate.
    pub bytes: u64,
}

impl std::ops::AddAssign for Size {
    fn add_assign(&mut self, other: Self) {
        self.rows += other.rows;
        self.bytes += other.bytes;
    }
}

impl std::iter::Sum for Size {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        let mut sum = Self::default();
        sizes.for_each(|size| sum += size);
        sum
    }
}

/// How much of a leaf is in the set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// In the set: rows are counted.
    pub copied: Size,
    /// In the source, by its statistics, or counted where all rows are taken or nobody has counted them.
    pub source: Size,
}

/// What is known of the leaves' sizes before any row is chosen.
#[derive(Debug)]
pub(super) struct Meter {
    leaves: Vec<LeafMeter>,
}

#[derive(Debug)]
struct LeafMeter {
    /// Of all its rows, by statistics or count.
    all: Size,
    /// Its rows are in the set without being found.
    whole: bool,
    /// Rows that are copied, where CREATE EXTENSION makes the others.
    own: Option<TidSet>,
}

impl LeafMeter {
    fn size(&self, rows: u64) -> Size {
        let share = u128::from(self.all.bytes) * u128::from(rows) / u128::from(self.all.rows.max(1));
        let bytes = u64::try_from(share).map_or(self.all.bytes, |share| share.min(self.all.bytes));
        Size { rows, bytes }
    }

    fn measure(&self, chosen: &TidSet) -> Size {
        match &self.own {
            Some(own) if self.whole => self.size(own.len()),
            Some(own) => self.size(own.intersection(chosen).len()),
            None if self.whole => self.all,
            None => self.size(chosen.len()),
        }
    }
}

impl Meter {
    /// Counts the rows of whole leaves, and those that nobody has counted.
    pub(super) async fn prepare(context: &mut Context<'_>) -> Result<Self, ClosureError> {
        let mut leaves = Vec::new();
        for leaf in 0..context.leaves.len() {
            let table = context.catalog.table(context.leaves.table(leaf));
            let (scope, estimate) = (context.scopes[leaf], table.estimate);
            let is_configuration = table.extension_condition().is_some() && scope != Scope::Absent;
            let own = if is_configuration { Some(own_rows(context, leaf).await?) } else { None };
            let rows = match scope {
                Scope::Absent => estimate.rows,
                Scope::Chosen if estimate.rows > 0 => estimate.rows,
                Scope::Chosen | Scope::Whole => context.count_up_to(leaf, u64::MAX).await?,
            };
            let bytes = if rows == 0 { 0 } else { estimate.bytes };
            leaves.push(LeafMeter { all: Size { rows, bytes }, whole: scope == Scope::Whole, own });
        }
        Ok(Self { leaves })
    }

    /// The size of a set, leaf by leaf.
    pub(super) fn by_leaf(&self, set: &RowSet) -> Vec<Size> {
        self.leaves.iter().enumerate().map(|(leaf, meter)| meter.measure(set.of(leaf))).collect()
    }

    /// All rows of a leaf.
    pub(super) fn source(&self, leaf: usize) -> Size {
        self.leaves[leaf].all
    }

    pub(super) fn total(&self, set: &RowSet) -> Size {
        self.leaves.iter().enumerate().map(|(leaf, meter)| meter.measure(set.of(leaf))).sum()
    }
}

/// A limit on a set that only grows: once it is broken nobody need go on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound<'m> {
    pub(super) meter: &'m Meter,
    pub(super) limit: SizeLimit,
}

impl Bound<'_> {
    pub(super) fn holds(&self, set: &RowSet) -> bool {
        let Size { rows, bytes } = self.meter.total(set);
        self.limit.holds(rows, bytes)
    }
}

/// Why what is there whatever the seeds are does not fit.
pub(super) fn budget_too_small(context: &Context<'_>, sizes: &[Size]) -> ClosureError {
    let Size { rows, bytes } = sizes.iter().copied().sum();
    let budget = context.plan.budget;
    let message = format!("subset does not fit into {budget}: without any seed it is {}", shown(rows, bytes));
    let hint = "Raise [subset] rows or size, lower lookup_rows, or say rows = \"none\" or \"subset\" of these tables.";
    let found = Diagnostic::rule("budget", message).detail(biggest(context, sizes, budget)).hint(hint);
    ClosureError::Rules(vec![found])
}

/// Why a copy is bigger than whoever runs it allows. It may not be known how much bigger.
pub(super) fn over_ceiling(context: &Context<'_>, sizes: &[Size], ceiling: SizeLimit) -> ClosureError {
    let Size { rows, bytes } = sizes.iter().copied().sum();
    let message = format!("copy is bigger than {ceiling}: it has at least {}", shown(rows, bytes));
    let hint = "waxwork plan --exact says which references bring them.";
    let found = Diagnostic::rule("max_size", message).detail(biggest(context, sizes, ceiling)).hint(hint);
    ClosureError::Rules(vec![found])
}

fn shown(rows: u64, bytes: u64) -> String {
    format!("{} and about {}", counted(rows, "row"), shown_size(bytes))
}

/// The biggest tables, by what the limit is of.
fn biggest(context: &Context<'_>, sizes: &[Size], limit: SizeLimit) -> String {
    let mut tables: BTreeMap<TableId, Size> = BTreeMap::new();
    for (leaf, size) in sizes.iter().enumerate() {
        *tables.entry(context.catalog.root(context.leaves.table(leaf))).or_default() += *size;
    }
    let mut tables: Vec<(TableId, Size)> = tables.into_iter().filter(|(_, size)| size.rows > 0).collect();
    let weight = |size: &Size| if limit.rows.is_some() { size.rows } else { size.bytes };
    tables.sort_by_key(|(table, size)| (std::cmp::Reverse(weight(size)), *table));
    let others = tables.len().saturating_sub(NAMED_MOST);
    let name = |table| &context.catalog.table(table).sql_name;
    let named = tables.iter().take(NAMED_MOST);
    let mut parts: Vec<String> =
        named.map(|(table, size)| format!("{} {}", name(*table), shown(size.rows, size.bytes))).collect();
    parts.extend((others > 0).then(|| counted(others as u64, "other table")));
    format!("The biggest are {}.", parts.join(", "))
}
