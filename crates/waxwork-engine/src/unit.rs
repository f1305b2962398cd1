//! Units of work: which rows of which leaf, as values that any process with both servers and the key could run (D13).

use crate::closure::{LeafRows, LeafSelection, Selection, TidSet};
use std::sync::Arc;
use waxwork_core::catalog::{Catalog, ColumnId, TableId};
use waxwork_core::plan::Plan;
use waxwork_core::subset::TableRows;
use waxwork_pg::{RowChoice, Tid};

/// Rows of one leaf that are read in the same way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unit {
    /// Which rows.
    pub(crate) rows: UnitRows,
    /// Columns that become NULL in these rows (step 6 of the closure).
    pub(crate) null_columns: Vec<ColumnId>,
}

/// Which rows of a leaf.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum UnitRows {
    /// All of them, in one COPY.
    All,
    /// These, fetched in slices in ascending order; shared with the task that reads them.
    Tids(Arc<TidSet>),
}

/// Tuple ids per query: a TID scan sorts and fetches them one page at a time, and the text of that many ids (about
/// 120 KB) stays far below what a setting may hold.
const TIDS_PER_QUERY: usize = 10_000;

impl UnitRows {
    /// The rows as queries take them: with each choice the ids to set before it. A slice is cut when its turn comes.
    pub(crate) fn slices(&self) -> impl Iterator<Item = (RowChoice, Vec<Tid>)> + '_ {
        let (all, ids) = match self {
            Self::All => (Some((RowChoice::All, Vec::new())), None),
            Self::Tids(ids) => (None, Some(ids)),
        };
        let slices = ids.into_iter().flat_map(|ids| ids.pieces(TIDS_PER_QUERY));
        all.into_iter().chain(slices.map(|slice| (RowChoice::Ids, slice)))
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
pub(crate) fn leaf_loads(plan: &Plan, catalog: &Catalog, mut selection: Selection) -> Vec<LeafLoad> {
    let mut loads: Vec<LeafLoad> = plan
        .tables
        .iter()
        .enumerate()
        .flat_map(|(at, table)| {
            catalog.leaves(table.table).into_iter().map(move |leaf| (at, table.table, leaf))
        })
        .filter_map(|(at, root, leaf)| {
            let units = units(plan, root, leaf, &mut selection);
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

fn units(plan: &Plan, root: TableId, leaf: TableId, selection: &mut Selection) -> Vec<Unit> {
    let class = plan.subset.tables.iter().find(|(table, _)| *table == root).map(|(_, rows)| *rows);
    if class == Some(TableRows::None) {
        return Vec::new();
    }
    selection.leaves.remove(&leaf).map(leaf_units).unwrap_or_default()
}

/// One unit per set of columns to null, and one for the rows in which none is.
fn leaf_units(selection: LeafSelection) -> Vec<Unit> {
    let mut units = Vec::new();
    match selection.rows {
        LeafRows::All => units.push(Unit { rows: UnitRows::All, null_columns: Vec::new() }),
        LeafRows::Nothing => {}
        LeafRows::Tids(tids) => {
            let mut plain = tids;
            for group in selection.nulls {
                plain.subtract(&group.tids);
                let rows = UnitRows::Tids(Arc::new(group.tids));
                units.push(Unit { rows, null_columns: group.columns });
            }
            if !plain.is_empty() {
                let rows = UnitRows::Tids(Arc::new(plain));
                units.insert(0, Unit { rows, null_columns: Vec::new() });
            }
        }
    }
    units
}
