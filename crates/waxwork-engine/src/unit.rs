//! Units of work: which rows of which leaf, as values that any process with both servers and the key could run (D13).

use crate::closure::{LeafRows, LeafSelection, Selection, TidSet};
use std::sync::Arc;
use waxwork_core::catalog::{Catalog, ColumnId, Estimate, TableId};
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
    /// Those in blocks from the first, up to but without the second, in one COPY; `None`: to the end.
    Blocks(u32, Option<u32>),
    /// These, fetched in slices in ascending order; shared with the task that reads them.
    Tids(Arc<TidSet>),
}

/// Tuple ids per query: a TID scan sorts and fetches them one page at a time, and the text of that many ids (about
/// 120 KB) stays far below what a setting may hold.
const TIDS_PER_QUERY: usize = 10_000;

impl UnitRows {
    /// The rows as queries take them: with each choice the ids to set before it. A slice is cut when its turn comes.
    pub(crate) fn slices(&self) -> impl Iterator<Item = (RowChoice, Vec<Tid>)> + '_ {
        let (at_once, ids) = match self {
            Self::All => (Some(RowChoice::All), None),
            Self::Blocks(first, end) => (Some(RowChoice::Blocks(*first, *end)), None),
            Self::Tids(ids) => (None, Some(ids)),
        };
        let slices = ids.into_iter().flat_map(|ids| ids.pieces(TIDS_PER_QUERY));
        at_once
            .map(|choice| (choice, Vec::new()))
            .into_iter()
            .chain(slices.map(|slice| (RowChoice::Ids, slice)))
    }

    /// The same rows in so many parts, or fewer, by where they lie in a heap of so many blocks.
    fn divided(&self, parts: usize, blocks: u32) -> Vec<Self> {
        match self {
            Self::All => divided_blocks(parts, blocks),
            Self::Blocks(..) => vec![self.clone()],
            Self::Tids(ids) => {
                ids.divided(parts).into_iter().map(|part| Self::Tids(Arc::new(part))).collect()
            }
        }
    }
}

/// The last part has no end: the table may have grown since its blocks were counted.
fn divided_blocks(parts: usize, blocks: u32) -> Vec<UnitRows> {
    let each = blocks.div_ceil(u32::try_from(parts.max(1)).unwrap_or(u32::MAX)).max(1);
    let starts = (0..blocks.max(1)).step_by(each as usize);
    starts.map(|first| UnitRows::Blocks(first, first.checked_add(each).filter(|end| *end < blocks))).collect()
}

/// What one stream loads of a leaf: all of it, or a part.
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
    /// It is one part of several.
    pub(crate) is_part: bool,
}

impl LeafLoad {
    /// It asks for all rows of the leaf, without naming any.
    pub(crate) fn takes_all(&self) -> bool {
        self.units.iter().any(|unit| unit.rows == UnitRows::All)
    }

    /// The same in so many parts, or fewer where a leaf has not as many rows.
    pub(crate) fn divided(self, parts: usize, catalog: &Catalog) -> Vec<Self> {
        // All rows are read faster by who need not look where each lies.
        if parts <= 1 {
            return vec![self];
        }
        let blocks = catalog.table(self.leaf).estimate.pages;
        let mut units = vec![Vec::new(); parts];
        for Unit { rows, null_columns } in &self.units {
            for (part, rows) in units.iter_mut().zip(rows.divided(parts, blocks)) {
                part.push(Unit { rows, null_columns: null_columns.clone() });
            }
        }
        units.retain(|units| !units.is_empty());
        let (bytes, is_part) = (self.bytes / units.len().max(1) as u64, units.len() > 1);
        units.into_iter().map(|units| Self { units, bytes, is_part, ..self.clone() }).collect()
    }
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
                bytes: bytes(&units, &catalog.table(leaf).estimate),
                units,
                is_part: false,
            })
        })
        .collect();
    loads.sort_by_key(|load| std::cmp::Reverse(load.bytes));
    loads
}

/// Of the rows that are taken, which are as long as the others for all that is known.
fn bytes(units: &[Unit], of: &Estimate) -> u64 {
    let taken = |unit: &Unit| match &unit.rows {
        UnitRows::Tids(ids) => Some(ids.len()),
        UnitRows::All | UnitRows::Blocks(..) => None,
    };
    match units.iter().map(taken).sum::<Option<u64>>() {
        Some(rows) if rows < of.rows => {
            (u128::from(of.bytes) * u128::from(rows) / u128::from(of.rows)) as u64
        }
        _ => of.bytes,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_table_meet_and_leave_no_block_out() {
        for (parts, blocks) in (0..6).flat_map(|parts| (0..9).map(move |blocks| (parts, blocks))) {
            let ranges: Vec<_> = divided_blocks(parts, blocks)
                .into_iter()
                .map(|part| match part {
                    UnitRows::Blocks(first, end) => (first, end),
                    other => panic!("{other:?} is no range"),
                })
                .collect();
            assert!((1..=parts.max(1)).contains(&ranges.len()), "{parts} {blocks}: {ranges:?}");
            assert_eq!((ranges[0].0, ranges[ranges.len() - 1].1), (0, None), "{parts} {blocks}: {ranges:?}");
            assert!(ranges.windows(2).all(|two| two[0].1 == Some(two[1].0)), "{parts} {blocks}: {ranges:?}");
            assert!(ranges.iter().all(|(first, end)| end.is_none_or(|end| end > *first)), "{ranges:?}");
        }
    }

    #[test]
    fn one_part_is_the_load_as_it_was() {
        let units = vec![Unit { rows: UnitRows::All, null_columns: Vec::new() }];
        let load = LeafLoad { leaf: TableId(0), plan: 0, units: units.clone(), bytes: 7, is_part: false };
        for parts in [0, 1] {
            let [only] = load.clone().divided(parts, &Catalog::default()).try_into().unwrap();
            assert_eq!((only.units, only.bytes, only.is_part), (units.clone(), 7, false));
        }
    }

    #[test]
    fn parts_of_tuple_ids_are_all_of_them_once() {
        let ids: TidSet = (0..1000).map(|n| Tid { block: n / 7, offset: (n % 7 + 1) as u16 }).collect();
        for parts in [1, 3, 7, 1000, 5000] {
            let divided = ids.divided(parts);
            assert!(divided.len() <= parts && divided.iter().all(|part| !part.is_empty()), "{parts}");
            let together: Vec<Tid> = divided.iter().flat_map(TidSet::iter).collect();
            assert!(together.iter().copied().eq(ids.iter()), "{parts}");
        }
    }
}
