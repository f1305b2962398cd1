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

use super::rows::{RowId, RowSet};

/// What discovery read: where steps 1 to 4 start, and along which edges they go.
#[derive(Clone, Debug, Default)]
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
}

/// Pairs of rows, sorted once all are there.
#[derive(Clone, Debug, Default)]
pub(super) struct Edges(Vec<(RowId, RowId)>);

impl Edges {
    pub(super) fn push(&mut self, from: RowId, to: RowId) {
        self.0.push((from, to));
    }

    fn sort(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
    }

    fn reversed(edges: [&Edges; 2]) -> Edges {
        let mut reversed =
            Edges(edges.iter().flat_map(|edges| &edges.0).map(|(from, to)| (*to, *from)).collect());
        reversed.sort();
        reversed
    }

    fn from(&self, row: RowId) -> impl Iterator<Item = RowId> + '_ {
        let start = self.0.partition_point(|(from, _)| *from < row);
        self.0[start..].iter().take_while(move |(from, _)| *from == row).map(|(_, to)| *to)
    }
}

/// The rows that remain. `always(row)` says that a row is there whether it was found or not, and cannot leave.
pub(super) fn shrink(mut found: Found, always: impl Fn(RowId) -> bool) -> RowSet {
    found.pulls.sort();
    found.drops.sort();
    found.downs.sort();
    let children = Edges::reversed([&found.pulls, &found.drops]);
    let mut left = RowSet::default();
    loop {
        let set = reach(&found, &left, &always);
        let leaving: Vec<RowId> = must_leave(&found, &set, &always).collect();
        if leaving.is_empty() {
            return set;
        }
        cascade(leaving, &children, &set, &mut left);
    }
}

/// Steps 1 to 4 over the rows that have not left.
fn reach(found: &Found, left: &RowSet, always: &impl Fn(RowId) -> bool) -> RowSet {
    let wanted = spread(found.wanted.iter(), &found.downs, left);
    let starts = wanted.iter().chain(found.needed.iter()).filter(|row| !always(*row));
    spread(starts, &found.pulls, left)
}

fn spread(starts: impl Iterator<Item = RowId>, edges: &Edges, left: &RowSet) -> RowSet {
    let mut reached = RowSet::default();
    let mut frontier = Vec::new();
    for start in starts {
        if !left.contains(start) && reached.insert(start) {
            frontier.push(start);
        }
    }
    while let Some(row) = frontier.pop() {
        for next in edges.from(row) {
            if !left.contains(next) && reached.insert(next) {
                frontier.push(next);
            }
        }
    }
    reached
}

fn must_leave<'a>(
    found: &'a Found,
    set: &'a RowSet,
    always: &'a impl Fn(RowId) -> bool,
) -> impl Iterator<Item = RowId> + 'a {
    let orphans = found
        .drops
        .0
        .iter()
        .filter(|(child, parent)| set.contains(*child) && !set.contains(*parent) && !always(*parent))
        .map(|(child, _)| *child);
    orphans.chain(found.must_leave.iter().filter(|row| set.contains(*row)))
}

/// With a row leave the rows whose parent it is.
fn cascade(leaving: Vec<RowId>, children: &Edges, set: &RowSet, left: &mut RowSet) {
    let mut frontier = leaving;
    while let Some(row) = frontier.pop() {
        if left.insert(row) {
            frontier.extend(children.from(row).filter(|child| set.contains(*child)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwork_pg::Tid;

    fn row(at: u16) -> RowId {
        RowId::new(usize::from(at / 100), Tid { block: 0, offset: at })
    }

    fn edges(pairs: &[(u16, u16)]) -> Edges {
        Edges(pairs.iter().map(|(from, to)| (row(*from), row(*to))).collect())
    }

    fn rows(rows: &[u16]) -> RowSet {
        let mut set = RowSet::default();
        rows.iter().for_each(|at| _ = set.insert(row(*at)));
        set
    }

    fn remaining(found: Found) -> Vec<u16> {
        shrink(found, |row| row.leaf() == 9).iter().map(|row| row.tid().offset).collect()
    }

    #[test]
    fn a_row_whose_parent_is_absent_leaves_and_takes_its_children_with_it() {
        let found = Found {
            wanted: rows(&[1, 101, 201]),
            downs: edges(&[(1, 2)]),
            // 101 must see 50, which nobody wants; 201 pulls 101; 2 sees 1, which is there.
            drops: edges(&[(101, 50), (2, 1)]),
            pulls: edges(&[(201, 101)]),
            ..Found::default()
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
            ..Found::default()
        };
        // 1 leaves, then 101 is needed by nobody, then 3 has lost its parent.
        assert_eq!(remaining(found), [2, 102]);
    }

    #[test]
    fn rows_that_hold_each_other_stay() {
        let found =
            Found { wanted: rows(&[1, 2, 3]), drops: edges(&[(1, 2), (2, 1), (3, 3)]), ..Found::default() };
        assert_eq!(remaining(found), [1, 2, 3]);
    }

    #[test]
    fn a_row_of_a_whole_table_is_there_without_being_found() {
        let found = Found { wanted: rows(&[1]), drops: edges(&[(1, 901)]), ..Found::default() };
        assert_eq!(remaining(found), [1]);
    }

    #[test]
    fn seeds_are_no_exception() {
        let found = Found { wanted: rows(&[1, 2]), must_leave: rows(&[1]), ..Found::default() };
        assert_eq!(remaining(found), [2]);
    }
}
