//! Records of a few numbers, sorted, on disk where they are too many for memory.
//!
//! ```text
//!   push ─► buffer ─ full ─► sorted run ─┐ (encrypted, in a file without a name)
//!             │              sorted run ─┼─ merged ─► Sorted ─► all in order, a stretch, those of one first number
//!             └─ never full ─────────────┘
//! ```
//!
//! Every run is an open file, of which a process has a thousand or so: [`FAN_IN`] runs become one of the next level as soon
//! as they are there (Knuth, The Art of Computer Programming, 5.4.1), so a record is written once a level and a few files a
//! level are open.
//!
//! What stands in them is tuple ids and keyed hashes, no value; on disk they are encrypted all the same, with a key that
//! only this process has ever had.

mod run;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::sync::Arc;

use run::{Run, Writer};

/// Some numbers, which are compared from the first to the last.
pub(super) type Record<const N: usize> = [u64; N];

/// Runs of one level that are merged to one of the next: `FAN_IN - 1` files stay open a level, and a level holds so many
/// times the records of the one before it.
const FAN_IN: usize = 16;

/// Records that are still coming.
#[derive(Clone, Debug)]
pub(super) struct Unsorted<const N: usize> {
    /// Records in memory at most.
    room: usize,
    buffer: Vec<Record<N>>,
    /// By level, from the highest to the lowest.
    runs: Vec<(u32, Arc<Run<N>>)>,
    /// Why records are missing; said by [`sorted`](Self::sorted), so that whoever finds records need not stop at each.
    failed: Option<Arc<io::Error>>,
}

/// All of them in order, each once.
#[derive(Debug)]
pub(super) struct Sorted<const N: usize>(Place<N>);

#[derive(Debug)]
enum Place<const N: usize> {
    Memory(Vec<Record<N>>),
    Disk(Run<N>),
}

impl<const N: usize> Unsorted<N> {
    /// Of which at most so many bytes are in memory, as far as that holds one record.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            room: (bytes / size_of::<Record<N>>()).max(1),
            buffer: Vec::new(),
            runs: Vec::new(),
            failed: None,
        }
    }

    pub(super) fn push(&mut self, record: Record<N>) {
        if self.buffer.len() == self.room
            && let Err(error) = self.spill()
        {
            self.failed.get_or_insert(Arc::new(error));
        }
        self.buffer.push(record);
    }

    /// After an error the records are dropped, so that memory stays bounded.
    fn spill(&mut self) -> io::Result<()> {
        let records = self.sort_buffer();
        let mut writer = Writer::create()?;
        records.into_iter().try_for_each(|record| writer.push(record))?;
        self.runs.push((0, Arc::new(writer.finish()?)));
        self.merge_full_levels()
    }

    /// Leaves fewer than [`FAN_IN`] runs on every level.
    fn merge_full_levels(&mut self) -> io::Result<()> {
        while let Some(full) = self.runs.len().checked_sub(FAN_IN)
            && self.runs[full].0 == self.runs[self.runs.len() - 1].0
        {
            let level = self.runs[full].0;
            let runs = self.runs.split_off(full);
            self.runs.push((level + 1, Arc::new(merged(&runs, Vec::new())?)));
        }
        Ok(())
    }

    fn sort_buffer(&mut self) -> Vec<Record<N>> {
        let mut records = std::mem::take(&mut self.buffer);
        records.sort_unstable();
        records.dedup();
        records
    }

    /// All of them.
    ///
    /// # Errors
    ///
    /// When a record could not be written or read back.
    pub(super) fn sorted(mut self) -> io::Result<Sorted<N>> {
        let last = self.sort_buffer();
        if let Some(error) = self.failed {
            return Err(io::Error::new(error.kind(), error));
        }
        Ok(Sorted(match self.runs.is_empty() {
            true => Place::Memory(last),
            false => Place::Disk(merged(&self.runs, last)?),
        }))
    }
}

/// One run of several and of what never left memory.
fn merged<const N: usize>(runs: &[(u32, Arc<Run<N>>)], last: Vec<Record<N>>) -> io::Result<Run<N>> {
    let mut inputs: Vec<Box<dyn Iterator<Item = io::Result<Record<N>>> + '_>> =
        vec![Box::new(last.into_iter().map(Ok))];
    for (_, run) in runs {
        inputs.push(Box::new(run.stretch(0..run.len())));
    }
    let mut heads = BinaryHeap::new();
    for (at, input) in inputs.iter_mut().enumerate() {
        heads.extend(input.next().transpose()?.map(|record| Reverse((record, at))));
    }
    let (mut writer, mut before) = (Writer::create()?, None);
    while let Some(Reverse((record, at))) = heads.pop() {
        if before != Some(record) {
            writer.push(record)?;
            before = Some(record);
        }
        heads.extend(inputs[at].next().transpose()?.map(|record| Reverse((record, at))));
    }
    writer.finish()
}

impl<const N: usize> Sorted<N> {
    /// How many.
    pub(super) fn len(&self) -> u64 {
        match &self.0 {
            Place::Memory(records) => records.len() as u64,
            Place::Disk(run) => run.len(),
        }
    }

    /// Calls `take` with each in order, from the `from`th on, until it says `false` or all have come.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub(super) fn each(&self, from: u64, mut take: impl FnMut(Record<N>) -> bool) -> io::Result<()> {
        match &self.0 {
            Place::Memory(records) => {
                let from = usize::try_from(from).unwrap_or(usize::MAX).min(records.len());
                records[from..].iter().all(|record| take(*record));
            }
            Place::Disk(run) => {
                for record in run.stretch(from..run.len()) {
                    if !take(record?) {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// For lookups, which remember where the last one was.
    pub(super) fn finder(&self) -> Finder<'_, N> {
        Finder { sorted: self, block: Vec::new(), at: usize::MAX }
    }
}

/// Looks records up by their first number.
pub(super) struct Finder<'a, const N: usize> {
    sorted: &'a Sorted<N>,
    /// The block that was read last.
    block: Vec<Record<N>>,
    at: usize,
}

impl<const N: usize> Finder<'_, N> {
    /// Calls `take` with each whose first number is `first`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub(super) fn each(&mut self, first: u64, take: impl FnMut(&Record<N>)) -> io::Result<()> {
        match &self.sorted.0 {
            Place::Memory(records) => {
                each_of(records, first, take);
                Ok(())
            }
            Place::Disk(run) => self.each_on_disk(run, first, take),
        }
    }

    fn each_on_disk(&mut self, run: &Run<N>, first: u64, mut take: impl FnMut(&Record<N>)) -> io::Result<()> {
        let mut at = run.block_of(first);
        loop {
            if self.at != at {
                (self.block, self.at) = (run.block(at)?, at);
            }
            let reaches_the_end = each_of(&self.block, first, &mut take);
            at += 1;
            if !reaches_the_end || at >= run.blocks() {
                return Ok(());
            }
        }
    }
}

/// Whether the next block may hold more of them.
fn each_of<const N: usize>(records: &[Record<N>], first: u64, mut take: impl FnMut(&Record<N>)) -> bool {
    let start = records.partition_point(|record| record[0] < first);
    let found =
        records[start..].iter().take_while(|record| record[0] == first).inspect(|record| take(record));
    start + found.count() == records.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An even spread (Knuth, The Art of Computer Programming, 6.4), with every tenth record twice.
    fn records() -> Vec<Record<2>> {
        let spread = |at: u64| at.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (0..20_000)
            .map(|at| [spread(at - u64::from(at % 10 == 9)) >> 54, spread(at - u64::from(at % 10 == 9))])
            .collect()
    }

    fn sorted(bytes: usize) -> Sorted<2> {
        let mut unsorted = Unsorted::new(bytes);
        records().into_iter().for_each(|record| unsorted.push(record));
        unsorted.sorted().unwrap()
    }

    #[test]
    fn records_are_the_same_in_memory_and_on_disk() {
        let mut expected = records();
        expected.sort_unstable();
        expected.dedup();
        for bytes in [1 << 30, 100_000, 16_000] {
            let sorted = sorted(bytes);
            assert_eq!(matches!(sorted.0, Place::Disk(_)), bytes < 200_000);
            assert_eq!(sorted.len(), expected.len() as u64);
            for from in [0, 1, 511, 512, 513, 9_000, sorted.len(), sorted.len() + 9] {
                let mut found = Vec::new();
                let take = |record| {
                    found.push(record);
                    found.len() < 1_000
                };
                sorted.each(from, take).unwrap();
                let from = (from as usize).min(expected.len());
                assert_eq!(found, expected[from..expected.len().min(from + 1_000)], "{bytes} {from}");
            }
        }
    }

    #[test]
    fn lookups_find_all_of_one_first_number_across_blocks() {
        let (memory, disk) = (sorted(1 << 30), sorted(16_000));
        let (mut in_memory, mut on_disk) = (memory.finder(), disk.finder());
        for first in (0..1_025).chain([3, 3, 1_023, 0, u64::MAX]) {
            let (mut expected, mut found) = (Vec::new(), Vec::new());
            in_memory.each(first, |record| expected.push(*record)).unwrap();
            on_disk.each(first, |record| found.push(*record)).unwrap();
            assert_eq!(found, expected, "{first}");
            assert!(found.iter().all(|record| record[0] == first));
            assert_eq!(found.is_empty(), first > 1_023);
        }
    }

    #[test]
    fn one_number_may_fill_many_blocks() {
        let mut unsorted = Unsorted::new(1_000);
        (0..3_000).rev().for_each(|at| unsorted.push([7, at]));
        unsorted.push([6, 0]);
        unsorted.push([8, 0]);
        let (sorted, mut found) = (unsorted.sorted().unwrap(), Vec::new());
        sorted.finder().each(7, |record| found.push(record[1])).unwrap();
        assert!(found.into_iter().eq(0..3_000));
    }

    /// One record a run: as many runs as the least memory makes of a big subset.
    #[test]
    fn few_files_are_open_however_many_runs_there_are() {
        let (mut unsorted, mut most) = (Unsorted::new(0), 0);
        for at in (0..5_000).rev() {
            unsorted.push([at % 1_000, at]);
            most = most.max(unsorted.runs.len());
        }
        // 5,000 runs are three levels and a fourth that has begun.
        assert!((FAN_IN..4 * FAN_IN).contains(&most), "{most} files");
        let (sorted, mut found) = (unsorted.sorted().unwrap(), Vec::new());
        let take = |record| {
            found.push(record);
            true
        };
        sorted.each(0, take).unwrap();
        let mut expected: Vec<Record<2>> = (0..5_000).map(|at| [at % 1_000, at]).collect();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }

    #[test]
    fn nothing_is_nothing() {
        let sorted = Unsorted::<2>::new(0).sorted().unwrap();
        assert_eq!(sorted.len(), 0);
        sorted.finder().each(0, |_| unreachable!()).unwrap();
    }

    #[test]
    fn a_copy_goes_its_own_way() {
        let mut one = Unsorted::new(32);
        (0..5).for_each(|at| one.push([at]));
        let mut other = one.clone();
        other.push([9]);
        assert_eq!((one.sorted().unwrap().len(), other.sorted().unwrap().len()), (5, 6));
    }
}
