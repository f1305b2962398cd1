//! A sorted run on disk: blocks of records, each encrypted, in a file that has no name.
//!
//! ```text
//!   file: block 0 │ block 1 │ … │ last block (may be shorter)      block: BLOCK records, little endian, ChaCha20
//!   memory: the first number of every block, the key
//! ```
//!
//! The file is unlinked as soon as it is made (or made without a name, `O_TMPFILE` of open(2)): however the process
//! ends, nothing of it stays.

use std::fs::File;
use std::io::{self, Write as _};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit as _, StreamCipher as _};
use zeroize::Zeroizing;

use super::Record;

/// Records in a block: what a lookup reads, 8 kB at two numbers a record. The numbers in memory are a thousandth.
const BLOCK: usize = 512;

/// Made by a [`Writer`].
pub(super) struct Run<const N: usize> {
    file: File,
    key: Key,
    /// First number of every block.
    firsts: Vec<u64>,
    len: u64,
}

impl<const N: usize> std::fmt::Debug for Run<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("len", &self.len).finish_non_exhaustive()
    }
}

/// Random, for one file.
struct Key(Zeroizing<[u8; 32]>);

impl Key {
    fn random() -> io::Result<Self> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut()).map_err(io::Error::other)?;
        Ok(Self(key))
    }

    /// Encrypts a block, or decrypts it (RFC 8439, section 2.4; the block's number is the nonce).
    fn apply(&self, block: usize, bytes: &mut [u8]) {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&(block as u64).to_le_bytes());
        ChaCha20::new((&*self.0).into(), &nonce.into()).apply_keystream(bytes);
    }
}

/// Writes records that come in order.
pub(super) struct Writer<const N: usize> {
    run: Run<N>,
    block: Vec<u8>,
}

impl<const N: usize> Writer<N> {
    /// Into a new file where the system keeps temporary ones (`TMPDIR`).
    pub(super) fn create() -> io::Result<Self> {
        let run = Run { file: tempfile::tempfile()?, key: Key::random()?, firsts: Vec::new(), len: 0 };
        Ok(Self { run, block: Vec::with_capacity(Run::<N>::BYTES) })
    }

    pub(super) fn push(&mut self, record: Record<N>) -> io::Result<()> {
        if self.block.is_empty() {
            self.run.firsts.push(record[0]);
        }
        record.iter().for_each(|number| self.block.extend_from_slice(&number.to_le_bytes()));
        self.run.len += 1;
        if self.block.len() == Run::<N>::BYTES { self.write_block() } else { Ok(()) }
    }

    fn write_block(&mut self) -> io::Result<()> {
        self.run.key.apply(self.run.firsts.len() - 1, &mut self.block);
        self.run.file.write_all(&self.block)?;
        self.block.clear();
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<Run<N>> {
        if !self.block.is_empty() {
            self.write_block()?;
        }
        Ok(self.run)
    }
}

impl<const N: usize> Run<N> {
    /// Bytes of a full block.
    const BYTES: usize = BLOCK * size_of::<Record<N>>();

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn blocks(&self) -> usize {
        self.firsts.len()
    }

    /// The block in which records of this first number begin, if there are any.
    pub(super) fn block_of(&self, first: u64) -> usize {
        self.firsts.partition_point(|block| *block < first).saturating_sub(1)
    }

    /// A block's records.
    pub(super) fn block(&self, at: usize) -> io::Result<Vec<Record<N>>> {
        let start = (at * BLOCK) as u64;
        let records = (self.len - start).min(BLOCK as u64) as usize;
        let mut bytes = vec![0; records * size_of::<Record<N>>()];
        self.file.read_exact_at(&mut bytes, (at * Self::BYTES) as u64)?;
        self.key.apply(at, &mut bytes);
        let numbers = |record: &[u8]| {
            let mut numbers =
                record.chunks_exact(8).map(|number| number.try_into().expect("chunks of eight bytes"));
            std::array::from_fn(|_| u64::from_le_bytes(numbers.next().expect("a record has N numbers")))
        };
        Ok(bytes.chunks_exact(size_of::<Record<N>>()).map(numbers).collect())
    }

    /// Records by their place.
    pub(super) fn stretch(&self, places: Range<u64>) -> impl Iterator<Item = io::Result<Record<N>>> + '_ {
        let (mut place, end) = (places.start, places.end.min(self.len));
        let mut block: Vec<Record<N>> = Vec::new();
        std::iter::from_fn(move || {
            if place >= end {
                return None;
            }
            let within = (place % BLOCK as u64) as usize;
            if within == 0 || block.is_empty() {
                match self.block((place / BLOCK as u64) as usize) {
                    Ok(read) => block = read,
                    Err(error) => {
                        place = end;
                        return Some(Err(error));
                    }
                }
            }
            place += 1;
            Some(Ok(block[within]))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_on_disk_is_not_what_was_written() {
        let mut writer = Writer::<1>::create().unwrap();
        (0..2_000).for_each(|_| writer.push([u64::from_le_bytes(*b"tuple id")]).unwrap());
        let run = writer.finish().unwrap();
        let mut bytes = vec![0; 16_000];
        run.file.read_exact_at(&mut bytes, 0).unwrap();
        assert!(!bytes.chunks(8).any(|number| number == b"tuple id"));
        // Nor are equal blocks equal there.
        assert_ne!(bytes[..4_096], bytes[4_096..8_192]);
        assert!(run.stretch(0..2_000).all(|record| record.unwrap() == [u64::from_le_bytes(*b"tuple id")]));
    }
}
