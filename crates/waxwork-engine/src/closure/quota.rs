//! How many of a seed's rows, and which: the lowest keyed hashes.

use std::collections::BinaryHeap;

use waxwork_core::subset::Quota;

use super::rows::{RowId, RowSet};

/// How many of `rows` a quota takes: ceil(n·p/100) of the decimal that is written, or min(n, rows).
pub(super) fn quota_of(quota: &Quota, rows: u64) -> u64 {
    match quota {
        Quota::Every => rows,
        Quota::Rows(wanted) => rows.min(*wanted),
        Quota::Percent { digits, scale } => {
            let whole = 100 * 10u128.pow(*scale);
            let taken = (u128::from(rows) * u128::from(*digits)).div_ceil(whole);
            u64::try_from(taken).map_or(rows, |taken| taken.min(rows))
        }
    }
}

/// Draws the `most` of `total` rows with the lowest hashes, in a bitmap of them and little else.
///
/// Keyed hashes of different keys are spread evenly, so the highest of the lowest `most` lies near `most / total`: rows
/// well below are taken as they come, rows well above forgotten, and only those between keep their hash.
#[derive(Debug)]
pub(super) struct Draw {
    most: u64,
    /// First hash of the border, and the last.
    border: (u64, u64),
    below: RowSet,
    within: Vec<(u64, RowId)>,
}

impl Draw {
    /// How many of the rows lie below a hash strays by at most half the root of their number (the standard deviation
    /// of a binomial distribution); the border is six times as wide on either side.
    pub(super) fn new(most: u64, total: u64) -> Self {
        let total = u128::from(total.max(1));
        let middle = (u128::from(most) << 64) / total;
        let width = (3 << 64) / total.isqrt();
        let hash = |border: u128| u64::try_from(border).unwrap_or(u64::MAX);
        let border = (hash(middle.saturating_sub(width)), hash(middle + width));
        Self { most, border, below: RowSet::default(), within: Vec::new() }
    }

    pub(super) fn offer(&mut self, hash: u64, row: RowId) {
        if hash < self.border.0 {
            self.below.insert(row);
        } else if hash <= self.border.1 {
            self.within.push((hash, row));
        }
    }

    /// The rows; `None` where the highest of them is not in the border, as among many rows with one key text.
    pub(super) fn into_rows(mut self) -> Option<RowSet> {
        let missing = usize::try_from(self.most.checked_sub(self.below.len())?).ok()?;
        if self.within.len() < missing {
            return None;
        }
        self.within.sort_unstable();
        self.within.iter().take(missing).for_each(|(_, row)| _ = self.below.insert(*row));
        Some(self.below)
    }
}

/// Keeps the `most` rows with the lowest hashes of all that it is offered.
#[derive(Debug)]
pub(super) struct Lowest {
    most: u64,
    heap: BinaryHeap<(u64, RowId)>,
}

impl Lowest {
    pub(super) fn new(most: u64) -> Self {
        Self { most, heap: BinaryHeap::new() }
    }

    pub(super) fn offer(&mut self, hash: u64, row: RowId) {
        if (self.heap.len() as u64) < self.most {
            self.heap.push((hash, row));
            return;
        }
        if let Some(mut highest) = self.heap.peek_mut()
            && (hash, row) < *highest
        {
            *highest = (hash, row);
        }
    }

    /// The same for a row that may have been offered before.
    pub(super) fn offer_once(&mut self, hash: u64, row: RowId) {
        if !self.heap.iter().any(|kept| *kept == (hash, row)) {
            self.offer(hash, row);
        }
    }

    pub(super) fn into_rows(self) -> impl Iterator<Item = RowId> {
        self.heap.into_iter().map(|(_, row)| row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwork_pg::Tid;

    #[test]
    fn a_percentage_is_rounded_up_without_losing_a_digit() {
        let percent = |digits, scale, rows| quota_of(&Quota::Percent { digits, scale }, rows);
        assert_eq!(percent(5, 0, 100), 5);
        assert_eq!(percent(5, 0, 101), 6);
        assert_eq!(percent(1, 1, 1000), 1);
        assert_eq!(percent(1, 1, 1001), 2);
        // In floating point 0.07 * 100 is more than 7.
        assert_eq!(percent(7, 0, 100), 7);
        assert_eq!(percent(1, 3, 1), 1);
        assert_eq!(percent(5, 0, 0), 0);
        assert_eq!(percent(100, 0, u64::MAX), u64::MAX);
        assert_eq!(quota_of(&Quota::Rows(7), 3), 3);
    }

    /// An even spread: multiples of the golden ratio (Knuth, The Art of Computer Programming, 6.4).
    fn spread(at: u64) -> u64 {
        at.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    fn row_of(at: u64) -> RowId {
        RowId::new(0, Tid { block: (at / 100) as u32, offset: (at % 100) as u16 + 1 })
    }

    #[test]
    fn a_draw_is_of_the_lowest_hashes_and_remembers_few() {
        let total = 100_000;
        let mut hashes: Vec<u64> = (1..=total).map(spread).collect();
        hashes.sort_unstable();
        for most in [0, 1, 77, 5_000, 50_000, 99_999, 100_000] {
            let mut draw = Draw::new(most, total);
            (1..=total).for_each(|at| draw.offer(spread(at), row_of(at)));
            assert!(draw.within.len() < 2_000, "{most}: {}", draw.within.len());
            let rows = draw.into_rows().unwrap();
            let highest = most.checked_sub(1).map(|at| hashes[at as usize]);
            let expected = (1..=total).filter(|at| highest.is_some_and(|highest| spread(*at) <= highest));
            let expected: Vec<RowId> = expected.map(row_of).collect();
            assert!(rows.iter().eq(expected), "{most}");
        }
    }

    #[test]
    fn a_draw_knows_when_hashes_are_not_spread() {
        for hash in [0, u64::MAX / 2, u64::MAX] {
            let mut draw = Draw::new(30_000, 100_000);
            (1..=100_000).for_each(|at| draw.offer(hash, row_of(at)));
            assert!(draw.into_rows().is_none());
        }
    }

    #[test]
    fn the_lowest_hashes_stay_whatever_the_order() {
        let row = |at| RowId::new(0, Tid { block: 0, offset: at });
        for order in [[5, 1, 4, 2, 3], [1, 2, 3, 4, 5], [5, 4, 3, 2, 1]] {
            let mut lowest = Lowest::new(2);
            order.into_iter().for_each(|at| lowest.offer(u64::from(at), row(at)));
            let mut rows: Vec<_> = lowest.into_rows().collect();
            rows.sort();
            assert_eq!(rows, [row(1), row(2)]);
        }
        let mut none = Lowest::new(0);
        none.offer(1, row(1));
        assert_eq!(none.into_rows().count(), 0);
    }
}
