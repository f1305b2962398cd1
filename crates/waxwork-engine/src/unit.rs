//! Units of work: which rows of which leaf, as values that any process with both servers and the key could run (D13).

use crate::closure::{LeafRows, LeafSelection, Selection};
use waxwork_core::catalog::{Catalog, ColumnId, TableId};
use waxwork_core::plan::Plan;
use waxwork_core::subset::TableRows;
use waxwork_pg::{RowChoice, Tid};

/// Rows of one leaf that are read in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    /// Which rows.
    pub(crate) rows: UnitRows,
    /// Columns that become NULL in these rows (step 6 of the closure).
    pub(crate) null_columns: Vec<ColumnId>,
}

/// Which rows of a leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UnitRows {
    /// All of them, in one COPY.
    All,
    /// These, in ascending order, fetched in slices.
    Tids(Vec<Tid>),
}

/// Tuple ids per query: a TID scan sorts and fetches them one page at a time, and the text of that many ids (about
/// 120 KB) stays far below what a setting may hold.
const TIDS_PER_QUERY: usize = 10_000;

impl UnitRows {
    /// The rows as queries take them: with each choice the ids to set before it.
    pub(crate) fn slices(&self) -> Vec<(RowChoice, &[Tid])> {
        match self {
            Self::All => vec![(RowChoice::All, &[])],
            Self::Tids(ids) => ids.chunks(TIDS_PER_QUERY).map(|slice| (RowChoice::Ids, slice)).collect(),
        }
    }
}

/// All that is loaded from one leaf.
#[derive(Clone, Debug)]
pub(crate) struct LeafLoad {
    /// The leaf.
    pub(crate) leaf: TableId,
    /// Index of its rule table in [`Plan::tables`].
    pub(crate) plan: usize,
    /// Its units, run one after the other into one stream.
    pub(crate) units: Vec<Unit>,
    /// Estimated bytes, for the order of starts.
    pub(crate) bytes: u64,
}

/// Every leaf with rows to load, largest first, so that the last to finish is short.
pub(crate) fn leaf_loads(plan: &Plan, catalog: &Catalog, selection: &Selection) -> Vec<LeafLoad> {
    let mut loads: Vec<LeafLoad> = plan
        .tables
        .iter()
        .enumerate()
        .flat_map(|(at, table)| {
            catalog.leaves(table.table).into_iter().map(move |leaf| (at, table.table, leaf))
        })
        .filter_map(|(at, root, leaf)| {
            let units = units(plan, root, leaf, selection);
            (!units.is_empty()).then(|| LeafLoad {
                leaf,
                plan: at,
                units,
                bytes: catalog.table(leaf).estimate.bytes,
            })
        })
        .collect();
    loads.sort_by_key(|load| std::cmp::Reverse(load.bytes));
    loads
}

fn units(plan: &Plan, root: TableId, leaf: TableId, selection: &Selection) -> Vec<Unit> {
    let class = plan.subset.tables.iter().find(|(table, _)| *table == root).map(|(_, rows)| *rows);
    if class == Some(TableRows::None) {
        return Vec::new();
    }
    selection.leaves.get(&leaf).map(leaf_units).unwrap_or_default()
}

/// One unit per set of columns to null, and one for the rows in which none is.
fn leaf_units(selection: &LeafSelection) -> Vec<Unit> {
    let mut units = Vec::new();
    match &selection.rows {
        LeafRows::All => units.push(Unit { rows: UnitRows::All, null_columns: Vec::new() }),
        LeafRows::Nothing => {}
        LeafRows::Tids(tids) => {
            let mut plain = tids.clone();
            for group in &selection.nulls {
                plain.subtract(&group.tids);
                let rows = UnitRows::Tids(group.tids.iter().collect());
                units.push(Unit { rows, null_columns: group.columns.clone() });
            }
            if !plain.is_empty() {
                let rows = UnitRows::Tids(plain.iter().collect());
                units.insert(0, Unit { rows, null_columns: Vec::new() });
            }
        }
    }
    units
}
