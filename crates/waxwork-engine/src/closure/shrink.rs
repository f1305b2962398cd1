//! Step 5: rows leave, and steps 1 to 4 hold again without them, until nothing changes.
//!
//! ```text
//!   Found (base rows, edges over all rows) ─► reach(left) ─► set ─► who must leave? ─► left ─┐
//!                                               ▲                                            │
//!                                               └────────────────────────────────────────────┘
//! ```
//!
//! `left` only grows and the set only shrinks, so the rounds end, and their order does not matter. Nothing is read:
//! every edge of the first, largest set is known.

use std::io;

use super::rows::{RowId, RowSet};
use super::sorted::{Finder, Sorted, Unsorted};

/// What discovery read: where steps 1 to 4 start, and along which edges they go.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Rows that seeds chose.
    pub(super) wanted: RowSet,
    /// Rows of whole tables, and parents of tables that cannot lose a row.
    pub(super) needed: RowSet,
    /// Child to pulled parent.
    pub(super) pulls: Edges,
    /// Child to a parent that must be in the set for the child to stay.
    pub(super) drops: Edges,
    /// Wanted parent to wanted child.
    pub(super) downs: Edges,
    /// Rows that must leave because they dangle.
    pub(super) must_leave: RowSet,
    /// Bytes in memory of each kind of edges.
    memory: usize,
}

/// Kinds of edges that are in memory at once: the three that are found, and the way back.
const KINDS: usize = 4;

impl Found {
    /// Of edges so many bytes are in memory at most; the others are on disk.
    pub(super) fn new(memory: usize) -> Self {
        let memory = memory / KINDS;
        let [pulls, drops, downs] = std::array::from_fn(|_| Edges::new(memory));
        let [wanted, needed, must_leave] = std::array::from_fn(|_| RowSet::default());
        Self { wanted, needed, pulls, drops, downs, must_leave, memory }
    }
}

/// Pairs of rows, sorted once all are there.
#[derive(Clone, Debug)]
pub(super) struct Edges(Unsorted<2>);

impl Edges {
    fn new(memory: usize) -> Self {
        Self(Unsorted::new(memory))
    }

    pub(super) fn push(&mut self, from: RowId, to: RowId) {
        self.0.push([from.bits(), to.bits()]);
    }
}

/// Edges by the row that they start from.
struct SortedEdges(Sorted<2>);

impl SortedEdges {
    fn of(edges: Edges) -> io::Result<Self> {
        edges.0.sorted().map(Self)
    }

    fn reversed(edges: [&Self; 2], memory: usize) -> io::Result<Self> {
        let mut reversed = Edges::new(memory);
        for edges in edges {
            edges.each(|from, to| reversed.push(to, from))?;
        }
        Self::of(reversed)
    }

    fn each(&self, mut take: impl FnMut(RowId, RowId)) -> io::Result<()> {
        let take = |[from, to]: [u64; 2]| {
            take(RowId::from_bits(from), RowId::from_bits(to));
            true
        };
        self.0.each(0, take)
    }
}

/// The rows that remain. `always(row)` says that a row is there whether it was found or not, and cannot leave.
///
/// # Errors
///
/// When edges on disk cannot be written or read.
pub(super) fn shrink(found: Found, always: impl Fn(RowId) -> bool) -> io::Result<RowSet> {
    let Found { wanted, needed, must_leave, memory, .. } = found;
    let (pulls, drops) = (SortedEdges::of(found.pulls)?, SortedEdges::of(found.drops)?);
    let downs = SortedEdges::of(found.downs)?;
    let children = SortedEdges::reversed([&pulls, &drops], memory)?;
    let mut left = RowSet::default();
    loop {
        // Steps 1 to 4 over the rows that have not left.
        let wanted = spread(wanted.iter(), &downs, |row| !left.contains(row))?;
        let starts = wanted.iter().chain(needed.iter()).filter(|row| !always(*row));
        let set = spread(starts, &pulls, |row| !left.contains(row))?;
        let mut leaving = RowSet::default();
        must_leave.iter().filter(|row| set.contains(*row)).for_each(|row| _ = leaving.insert(row));
        drops.each(|child, parent| {
            if set.contains(child) && !set.contains(parent) && !always(parent) {
                leaving.insert(child);
            }
        })?;
        if leaving.is_empty() {
            return Ok(set);
        }
        // With a row leave the rows whose parent it is.
        let gone = spread(leaving.iter(), &children, |row| set.contains(row))?;
        gone.iter().for_each(|row| _ = left.insert(row));
    }
}

/// The rows that edges lead to from some, which are among them, through rows that `passes` lets in.
///
/// A round follows all new rows in their order, which is the order of the edges: those on disk are read from front to back.
fn spread(
    starts: impl Iterator<Item = RowId>,
    edges: &SortedEdges,
    passes: impl Fn(RowId) -> bool,
) -> io::Result<RowSet> {
    let mut reached = RowSet::default();
    let mut new = RowSet::default();
    let mut finder: Finder<'_, 2> = edges.0.finder();
    starts.filter(|row| passes(*row) && reached.insert(*row)).for_each(|row| _ = new.insert(row));
    while !new.is_empty() {
        for row in std::mem::take(&mut new).iter() {
            finder.each(row.bits(), |[_, to]| {
                let to = RowId::from_bits(*to);
                if passes(to) && reached.insert(to) {
                    new.insert(to);
                }
            })?;
        }
    }
    Ok(reached)
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwork_pg::Tid;

    /// One edge: the others go to disk.
    const MEMORY: usize = 16;

    fn row(at: u16) -> RowId {
        RowId::new(usize::from(at / 100), Tid { block: 0, offset: at })
    }

    fn edges(pairs: &[(u16, u16)]) -> Edges {
        let mut edges = Edges::new(MEMORY);
        pairs.iter().for_each(|(from, to)| edges.push(row(*from), row(*to)));
        edges
    }

    fn rows(rows: &[u16]) -> RowSet {
        let mut set = RowSet::default();
        rows.iter().for_each(|at| _ = set.insert(row(*at)));
        set
    }

    fn remaining(found: Found) -> Vec<u16> {
        shrink(found, |row| row.leaf() == 9).unwrap().iter().map(|row| row.tid().offset).collect()
    }

    #[test]
    fn a_row_whose_parent_is_absent_leaves_and_takes_its_children_with_it() {
        let found = Found {
            wanted: rows(&[1, 101, 201]),
            downs: edges(&[(1, 2)]),
            // 101 must see 50, which nobody wants; 201 pulls 101; 2 sees 1, which is there.
            drops: edges(&[(101, 50), (2, 1)]),
            pulls: edges(&[(201, 101)]),
            ..Found::new(MEMORY)
        };
        assert_eq!(remaining(found), [1, 2]);
    }

    #[test]
    fn what_only_a_leaver_needed_leaves_too() {
        let found = Found {
            wanted: rows(&[1, 2]),
            pulls: edges(&[(1, 101), (1, 102), (2, 102)]),
            drops: edges(&[(1, 50), (3, 101)]),
            needed: rows(&[3]),
            ..Found::new(MEMORY)
        };
        // 1 leaves, then 101 is needed by nobody, then 3 has lost its parent.
        assert_eq!(remaining(found), [2, 102]);
    }

    #[test]
    fn rows_that_hold_each_other_stay() {
        let found =
            Found { wanted: rows(&[1, 2, 3]), drops: edges(&[(1, 2), (2, 1), (3, 3)]), ..Found::new(MEMORY) };
        assert_eq!(remaining(found), [1, 2, 3]);
    }

    #[test]
    fn a_row_of_a_whole_table_is_there_without_being_found() {
        let found = Found { wanted: rows(&[1]), drops: edges(&[(1, 901)]), ..Found::new(MEMORY) };
        assert_eq!(remaining(found), [1]);
    }

    #[test]
    fn seeds_are_no_exception() {
        let found = Found { wanted: rows(&[1, 2]), must_leave: rows(&[1]), ..Found::new(MEMORY) };
        assert_eq!(remaining(found), [2]);
    }
}
