//! Permutations of 0..n for n up to 2^20: a table shuffled under the key.
//!
//! Durstenfeld's form of the Fisher-Yates shuffle (Knuth, TAOCP 3.4.2, algorithm P) over BLAKE3's extendable output: an
//! ideal permutation of a small domain, where Feistel networks and FF1 are weak. 4 bytes an entry.

/// Domains up to this many values are tables: 4 MiB at most, and FF1 starts at 10^6.
pub(crate) const TABLE_MAX: u64 = 1 << 20;

/// Below this many values nothing promises that no value keeps its place: a permutation of few values without fixed
/// points tells more than it hides (of two values it is no secret at all).
pub(crate) const IDENTITY_MIN: u64 = 1 << 10;

/// A permutation written out.
#[derive(Clone)]
pub(crate) struct Table(Vec<u32>);

impl Table {
    /// Of 0..`count`, `count` at most [`TABLE_MAX`]. From [`IDENTITY_MIN`] values on, no index `i` has the image
    /// `i + fixed`, where `fixed` is the distance from the first output to the first input.
    pub(crate) fn new(subkey: &[u8; 32], count: u64, fixed: i128) -> Self {
        let mut table: Vec<u32> = (0..count as u32).collect();
        let mut stream = Stream::new(subkey, count);
        for last in (1..table.len()).rev() {
            table.swap(last, stream.below(last as u64 + 1) as usize);
        }
        if count >= IDENTITY_MIN {
            part_fixed_points(&mut table, fixed);
        }
        Self(table)
    }

    pub(crate) fn get(&self, index: u64) -> u64 {
        u64::from(self.0[index as usize])
    }
}

/// Each fixed point trades places with its neighbour: neither is fixed afterwards, as no two indexes share an image.
fn part_fixed_points(table: &mut [u32], fixed: i128) {
    for at in 0..table.len() {
        if i128::from(table[at]) == at as i128 + fixed {
            table.swap(at, (at + 1) % table.len());
        }
    }
}

/// Unbiased enough indexes: 64 bits each, so that the bias of a multiply-shift is under 2^-44.
struct Stream {
    reader: blake3::OutputReader,
    block: [u8; 64],
    used: usize,
}

impl Stream {
    fn new(subkey: &[u8; 32], count: u64) -> Self {
        let reader =
            blake3::Hasher::new_keyed(subkey).update(b"table").update(&count.to_le_bytes()).finalize_xof();
        Self { reader, block: [0; 64], used: 64 }
    }

    fn below(&mut self, count: u64) -> u64 {
        if self.used == self.block.len() {
            self.reader.fill(&mut self.block);
            self.used = 0;
        }
        let mut word = [0; 8];
        word.copy_from_slice(&self.block[self.used..self.used + 8]);
        self.used += 8;
        ((u128::from(u64::from_le_bytes(word)) * u128::from(count)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_bijections_of_their_domain() {
        for count in [1, 2, 3, 100, 1023, 1024, 5000] {
            let table = Table::new(&[4; 32], count, 0);
            let mut images: Vec<u64> = (0..count).map(|index| table.get(index)).collect();
            images.sort_unstable();
            assert!(images.into_iter().eq(0..count), "{count}");
        }
    }

    #[test]
    fn no_index_keeps_its_value_from_1024_on() {
        // A shuffle has one fixed point on average: over 60 keys some would show without the trade.
        for seed in 0..60 {
            for fixed in [0, 17, -5] {
                let table = Table::new(&[seed; 32], 1024, fixed);
                assert!((0..1024).all(|index| i128::from(table.get(index)) != i128::from(index) + fixed));
            }
        }
    }

    #[test]
    fn all_six_orders_of_three_come_up_evenly() {
        let mut seen = std::collections::BTreeMap::new();
        for seed in 0..6000u16 {
            let mut key = [0; 32];
            key[..2].copy_from_slice(&seed.to_le_bytes());
            let table = Table::new(&key, 3, 0);
            *seen.entry([table.get(0), table.get(1), table.get(2)]).or_insert(0) += 1;
        }
        assert_eq!(seen.len(), 6);
        assert!(seen.values().all(|count| (880..1120).contains(count)), "{seen:?}");
    }
}
