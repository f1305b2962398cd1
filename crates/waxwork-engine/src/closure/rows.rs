//! Rows as the closure knows them: a leaf and a tuple id, in compressed bitmaps.

use std::collections::HashMap;

use roaring::RoaringTreemap;
use waxwork_core::catalog::{Catalog, TableId, TableKind};
use waxwork_pg::{PgError, PgErrorKind, Tid, doing};

/// Bits for a line pointer: pages of 32 kB, the largest there are, hold 1169 tuples (`MaxHeapTuplesPerPage`,
/// `htup_details.h`), pages of 8 kB 291. Fewer bits keep neighbouring blocks in one bitmap container.
const OFFSET_BITS: u32 = 11;
/// Bits for block and line pointer together; what remains numbers the leaf.
const TID_BITS: u32 = 32 + OFFSET_BITS;

/// A set of tuple ids of one leaf table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TidSet(RoaringTreemap);

impl TidSet {
    /// Adds one; `false` when it was there.
    pub fn insert(&mut self, tid: Tid) -> bool {
        self.0.insert(pack(tid))
    }

    /// It is there.
    pub fn contains(&self, tid: Tid) -> bool {
        self.0.contains(pack(tid))
    }

    /// How many.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// There is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In the order of the heap.
    pub fn iter(&self) -> impl Iterator<Item = Tid> + '_ {
        self.0.iter().map(unpack)
    }

    /// The same in pieces of so many ids at most.
    pub fn pieces(&self, most: usize) -> impl Iterator<Item = Vec<Tid>> + '_ {
        let mut rest = self.iter();
        std::iter::from_fn(move || {
            let piece: Vec<Tid> = rest.by_ref().take(most).collect();
            (!piece.is_empty()).then_some(piece)
        })
    }

    /// The same in so many sets of neighbours, about equally large; fewer where there are fewer ids.
    pub(crate) fn divided(&self, parts: usize) -> Vec<TidSet> {
        let each = self.len().div_ceil(parts.max(1) as u64) as usize;
        self.pieces(each).map(TidSet::from_iter).collect()
    }

    /// Those of both.
    pub fn intersection(&self, other: &TidSet) -> TidSet {
        TidSet(&self.0 & &other.0)
    }

    /// Those that the other does not hold.
    pub fn without(&self, other: &TidSet) -> TidSet {
        TidSet(&self.0 - &other.0)
    }

    /// Takes out what the other holds.
    pub fn subtract(&mut self, other: &TidSet) {
        self.0 -= &other.0;
    }
}

impl FromIterator<Tid> for TidSet {
    fn from_iter<I: IntoIterator<Item = Tid>>(tids: I) -> Self {
        Self(tids.into_iter().map(pack).collect())
    }
}

fn pack(tid: Tid) -> u64 {
    (u64::from(tid.block) << OFFSET_BITS) | u64::from(tid.offset)
}

fn unpack(packed: u64) -> Tid {
    let offset = packed & ((1 << OFFSET_BITS) - 1);
    Tid { block: (packed >> OFFSET_BITS) as u32, offset: offset as u16 }
}

/// One row: the leaf's index in [`Leaves`] above, its tuple id below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RowId(u64);

impl RowId {
    pub(super) fn new(leaf: usize, tid: Tid) -> Self {
        Self(((leaf as u64) << TID_BITS) | pack(tid))
    }

    /// As a number, in the same order.
    pub(super) fn bits(self) -> u64 {
        self.0
    }

    /// The row of a number that [`bits`](Self::bits) gave.
    pub(super) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(super) fn leaf(self) -> usize {
        (self.0 >> TID_BITS) as usize
    }

    pub(super) fn tid(self) -> Tid {
        unpack(self.0 & ((1 << TID_BITS) - 1))
    }
}

/// A set of rows of any leaf.
#[derive(Clone, Debug, Default)]
pub(super) struct RowSet {
    leaves: Vec<TidSet>,
    empty: TidSet,
}

impl RowSet {
    pub(super) fn insert(&mut self, row: RowId) -> bool {
        if self.leaves.len() <= row.leaf() {
            self.leaves.resize_with(row.leaf() + 1, TidSet::default);
        }
        self.leaves[row.leaf()].insert(row.tid())
    }

    pub(super) fn contains(&self, row: RowId) -> bool {
        self.leaves.get(row.leaf()).is_some_and(|tids| tids.contains(row.tid()))
    }

    pub(super) fn len(&self) -> u64 {
        self.leaves.iter().map(TidSet::len).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.leaves.iter().all(TidSet::is_empty)
    }

    /// The rows of one leaf.
    pub(super) fn of(&self, leaf: usize) -> &TidSet {
        self.leaves.get(leaf).unwrap_or(&self.empty)
    }

    /// Takes the rows of one leaf out.
    pub(super) fn take(&mut self, leaf: usize) -> TidSet {
        self.leaves.get_mut(leaf).map(std::mem::take).unwrap_or_default()
    }

    /// Takes the rows of the first of some leaves out that has any.
    pub(super) fn take_first(&mut self, leaves: &[usize]) -> Option<(usize, TidSet)> {
        let leaf = *leaves.iter().find(|leaf| !self.of(**leaf).is_empty())?;
        Some((leaf, self.take(leaf)))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = RowId> + '_ {
        self.leaves
            .iter()
            .enumerate()
            .flat_map(|(leaf, tids)| tids.iter().map(move |tid| RowId::new(leaf, tid)))
    }
}

/// Every table that holds rows, numbered densely.
#[derive(Debug)]
pub(super) struct Leaves {
    tables: Vec<TableId>,
    by_oid: HashMap<u32, usize>,
}

impl Leaves {
    pub(super) fn of(catalog: &Catalog) -> Self {
        let holds_rows = |id: &TableId| catalog.table(*id).kind == TableKind::Ordinary;
        let tables: Vec<TableId> = catalog.table_ids().filter(holds_rows).collect();
        let by_oid = tables.iter().enumerate().map(|(at, id)| (catalog.table(*id).oid, at)).collect();
        Self { tables, by_oid }
    }

    pub(super) fn len(&self) -> usize {
        self.tables.len()
    }

    pub(super) fn table(&self, leaf: usize) -> TableId {
        self.tables[leaf]
    }

    /// Indexes of the leaves at or under a table.
    pub(super) fn within(&self, catalog: &Catalog, table: TableId) -> Vec<usize> {
        (0..self.len()).filter(|leaf| catalog.is_within(self.tables[*leaf], table)).collect()
    }

    /// The row that a `(tableoid, ctid)` names.
    pub(super) fn row(&self, (oid, tid): (u32, Tid)) -> Result<RowId, PgError> {
        let leaf = self.by_oid.get(&oid).copied().ok_or_else(|| {
            // A partition attached after the snapshot: queries of its root see it all the same.
            PgError::new(
                PgErrorKind::TableChanged,
                doing("follow a reference"),
                "a partition was added under us",
            )
        })?;
        Ok(RowId::new(leaf, tid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_keeps_its_leaf_block_and_line_pointer() {
        for (leaf, block, offset) in [(0, 0, 1), (7, 4_294_967_294, 1169), (1_000_000, 1, 2047)] {
            let row = RowId::new(leaf, Tid { block, offset });
            assert_eq!((row.leaf(), row.tid()), (leaf, Tid { block, offset }));
        }
    }

    #[test]
    fn a_set_gives_its_tuple_ids_in_the_order_of_the_heap() {
        let tids = [(9, 3), (0, 2), (9, 1), (0, 2)].map(|(block, offset)| Tid { block, offset });
        let set: TidSet = tids.into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [tids[1], tids[2], tids[0]]);
        assert!(set.contains(tids[0]) && !set.contains(Tid { block: 9, offset: 2 }));
    }
}
