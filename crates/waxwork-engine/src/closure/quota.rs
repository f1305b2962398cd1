//! How many of a seed's rows, and which: the lowest keyed hashes, in memory that grows with what is taken.

use std::collections::BinaryHeap;

use waxwork_core::subset::Quota;

use super::rows::RowId;

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
