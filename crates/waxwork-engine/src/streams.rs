//! In how many streams a leaf is loaded: one that FREEZE loads, or several that it cannot (D2).
//!
//! ```text
//!   LeafLoad (a giant) ─► part: blocks 0 … n ─► COPY          LeafLoad (any other) ─► TRUNCATE, COPY … FREEZE
//!                     └─► part: blocks n …   ─► COPY
//! ```
//!
//! A stream keeps about three processes busy, a backend on either side and us, and one without FREEZE costs the target
//! half as much again and a VACUUM: several pay where there are cores for them and one table would be the last for long.

use crate::request::RunRequest;
use crate::unit::LeafLoad;
use std::collections::BTreeMap;
use waxwork_core::catalog::{Catalog, TableId};
use waxwork_core::plan::Plan;
use waxwork_core::subset::TableRows;

/// Cores that one stream keeps busy.
const CORES_PER_STREAM: usize = 3;

/// A part is at least so large where nobody said how large.
const PART_BYTES_MIN: u64 = 512 << 20;

/// More parts than this of one table would only queue.
const PARTS_MAX: u64 = 1024;

/// The first version whose scans of a range of tuple ids read no other blocks (release notes of PostgreSQL 14).
const TID_RANGE_SCANS: u32 = 140_000;

/// How leaves are divided.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Division {
    jobs: usize,
    /// `--split-tables-larger-than`
    larger_than: Option<u64>,
    /// The source reads blocks of a table without the others.
    by_blocks: bool,
}

impl Division {
    /// As it was asked for, of a source of that `server_version_num`.
    pub(crate) fn new(request: &RunRequest, source_version: u32) -> Self {
        Self {
            jobs: request.jobs(),
            larger_than: request.split_tables_larger_than,
            by_blocks: source_version >= TID_RANGE_SCANS,
        }
    }

    /// The same loads with giants in parts, still largest first.
    pub(crate) fn divided(&self, loads: Vec<LeafLoad>, catalog: &Catalog) -> Vec<LeafLoad> {
        let all = loads.iter().map(|load| load.bytes).sum();
        let mut loads: Vec<LeafLoad> = loads
            .into_iter()
            .flat_map(|load| {
                let streams = self.streams(load.bytes, all, load.takes_all());
                load.divided(streams, catalog)
            })
            .collect();
        loads.sort_by_key(|load| std::cmp::Reverse(load.bytes));
        loads
    }

    /// What can be said of a plan before its rows are known: of tables that are taken whole.
    pub(crate) fn foreseen(&self, plan: &Plan, catalog: &Catalog) -> Streams {
        let whole = plan.subset.tables.iter().filter(|(_, rows)| *rows == TableRows::All);
        let leaves: Vec<TableId> = whole.flat_map(|(table, _)| catalog.leaves(*table)).collect();
        let bytes = |leaf: &TableId| catalog.table(*leaf).estimate.bytes;
        let all = leaves.iter().map(bytes).sum();
        leaves.iter().map(|leaf| (*leaf, self.streams(bytes(leaf), all, true))).collect()
    }

    /// Streams for one leaf of so many bytes, of so many in all; `takes_all` of its rows, without naming any.
    fn streams(&self, bytes: u64, all: u64, takes_all: bool) -> usize {
        if takes_all && !self.by_blocks {
            return 1;
        }
        let parts = match self.larger_than {
            Some(most) if bytes > most => bytes.div_ceil(most.max(1)).min(PARTS_MAX),
            Some(_) => 1,
            None => {
                let at_once = (self.jobs / CORES_PER_STREAM) as u64;
                let is_giant = at_once > 1 && bytes > all / at_once;
                if is_giant { (bytes / PART_BYTES_MIN).clamp(1, self.jobs as u64) } else { 1 }
            }
        };
        parts as usize
    }
}

/// Streams by leaf.
pub(crate) type Streams = BTreeMap<TableId, usize>;

/// How many load each leaf.
pub(crate) fn of(loads: &[LeafLoad]) -> Streams {
    let mut streams = Streams::new();
    loads.iter().for_each(|load| *streams.entry(load.leaf).or_default() += 1);
    streams
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn division(jobs: usize, larger_than: Option<u64>) -> Division {
        Division { jobs, larger_than, by_blocks: true }
    }

    #[test]
    fn one_giant_is_divided_where_there_are_cores_for_more_than_one_stream() {
        assert_eq!(division(2, None).streams(100 * GIB, 100 * GIB, true), 1);
        assert_eq!(division(8, None).streams(100 * GIB, 100 * GIB, true), 8);
        assert_eq!(division(8, None).streams(2 * GIB, 3 * GIB, true), 4, "parts of half a GiB at least");
        assert_eq!(division(8, None).streams(GIB / 4, GIB / 4, true), 1);
    }

    #[test]
    fn where_a_part_takes_reading_all_of_it_only_chosen_rows_are_divided() {
        let old = Division { jobs: 8, larger_than: None, by_blocks: false };
        assert_eq!(old.streams(100 * GIB, 100 * GIB, true), 1);
        assert_eq!(old.streams(100 * GIB, 100 * GIB, false), 8);
    }

    #[test]
    fn tables_that_fill_the_streams_together_stay_whole() {
        assert_eq!(division(8, None).streams(40 * GIB, 100 * GIB, true), 1);
        assert_eq!(division(8, None).streams(60 * GIB, 100 * GIB, true), 8);
    }

    #[test]
    fn a_stated_size_holds_whatever_the_cores() {
        assert_eq!(division(1, Some(GIB)).streams(GIB, GIB, true), 1);
        assert_eq!(division(1, Some(GIB)).streams(GIB + 1, 9 * GIB, true), 2);
        assert_eq!(division(8, Some(1)).streams(100 * GIB, 100 * GIB, true), 1024);
    }
}
