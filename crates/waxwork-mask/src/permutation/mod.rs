//! Keyed permutations: integers, uuids, strings of an alphabet. Bijective, without memory and without order.

pub(crate) mod feistel;
pub(crate) mod strings;
pub(crate) mod table;
pub(crate) mod uuid;

use feistel::Feistel;
use table::{TABLE_MAX, Table};
use waxwork_core::plan::IntegerMap;

/// A permutation of an input window onto an output range of equal length.
#[derive(Clone)]
pub(crate) struct IntegerPermutation {
    from: i64,
    count: u64,
    range: i64,
    network: Network,
}

#[derive(Clone)]
enum Network {
    Table(Table),
    Feistel(Box<Feistel>),
}

/// Above this many values a permutation's one expected fixed point is not looked for: it shows with a chance of 2^-28
/// a value, and looking doubles the work.
const PARTED_MAX: u64 = 1 << 28;

impl IntegerPermutation {
    /// The permutation of a map; `None` when its ends are not two ranges of equal length, from 1 to 2^64 - 1 values.
    pub(crate) fn new(subkey: &[u8; 32], map: IntegerMap) -> Option<Self> {
        let length = |(low, high): (i64, i64)| u64::try_from(i128::from(high) - i128::from(low) + 1).ok();
        let count = length(map.from).filter(|count| *count > 0 && Some(*count) == length(map.range))?;
        let fixed = i128::from(map.from.0) - i128::from(map.range.0);
        let network = if count <= TABLE_MAX {
            Network::Table(Table::new(subkey, count, fixed))
        } else {
            Network::Feistel(Box::new(Feistel::new(subkey, u64::BITS - (count - 1).leading_zeros())))
        };
        Some(Self { from: map.from.0, count, range: map.range.0, network })
    }

    /// The image of a value; `None` outside the window.
    pub(crate) fn permute(&self, value: i64) -> Option<i64> {
        let index = u64::try_from(i128::from(value) - i128::from(self.from)).ok()?;
        if index >= self.count {
            return None;
        }
        let image = match &self.network {
            Network::Table(table) => table.get(index),
            Network::Feistel(network) if self.count <= PARTED_MAX => part_fixed(
                index,
                self.count,
                |index| self.walk(network, index),
                |index, image| self.input(index) == self.output(image),
            ),
            Network::Feistel(network) => self.walk(network, index),
        };
        Some(self.output(image))
    }

    fn walk(&self, network: &Feistel, index: u64) -> u64 {
        network.walk(u128::from(index), |image| image < u128::from(self.count)) as u64
    }

    fn input(&self, index: u64) -> i64 {
        (i128::from(self.from) + i128::from(index)) as i64
    }

    fn output(&self, image: u64) -> i64 {
        (i128::from(self.range) + i128::from(image)) as i64
    }
}

/// A permutation of 0..`count` without fixed points, made of one with: indexes are paired (2k, 2k+1), and a pair of which
/// one is fixed trades images. Still bijective, and a function of the index alone. The odd one at the end may stay.
fn part_fixed(index: u64, count: u64, permute: impl Fn(u64) -> u64, fixed: impl Fn(u64, u64) -> bool) -> u64 {
    let partner = index ^ 1;
    let image = permute(index);
    if partner >= count {
        return image;
    }
    let other = permute(partner);
    if fixed(index, image) || fixed(partner, other) { other } else { image }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permutation(from: (i64, i64), range: (i64, i64)) -> IntegerPermutation {
        IntegerPermutation::new(&[8; 32], IntegerMap { from, range }).unwrap()
    }

    #[test]
    fn a_window_maps_onto_its_range_one_to_one() {
        let permutation = permutation((-64, 31_679), (1_024, 32_767));
        let mut images: Vec<i64> = (-64..=31_679).map(|value| permutation.permute(value).unwrap()).collect();
        assert!(images.iter().zip(-64..).all(|(image, value)| *image != value));
        images.sort_unstable();
        assert!(images.into_iter().eq(1_024..=32_767));
    }

    #[test]
    fn values_outside_the_window_have_no_image() {
        let permutation = permutation((-64, 31_679), (1_024, 32_767));
        for value in [i64::MIN, -65, 31_680, i64::MAX] {
            assert_eq!(permutation.permute(value), None);
        }
    }

    #[test]
    fn a_window_just_above_the_tables_is_a_bijection_without_fixed_points() {
        let last = TABLE_MAX as i64 + 2_000;
        let permutation = permutation((0, last), (0, last));
        let mut seen = vec![false; last as usize + 1];
        for value in 0..=last {
            let image = permutation.permute(value).unwrap();
            assert!(image != value && !std::mem::replace(&mut seen[image as usize], true));
        }
    }

    #[test]
    fn the_widest_windows_work() {
        let half = permutation((-(1 << 16), i64::MAX - (1 << 24) - (1 << 16)), (1 << 24, i64::MAX));
        for value in [-(1 << 16), 0, 1, 123_456_789, i64::MAX - (1 << 24) - (1 << 16)] {
            assert!((1 << 24..=i64::MAX).contains(&half.permute(value).unwrap()));
        }
        let all = permutation((i64::MIN, i64::MAX - 1), (i64::MIN + 1, i64::MAX));
        assert_ne!(all.permute(i64::MIN), Some(i64::MIN));
        assert_eq!(all.permute(i64::MAX), None);
    }

    #[test]
    fn unequal_or_empty_ranges_are_refused() {
        for (from, range) in
            [((0, 9), (0, 8)), ((5, 4), (5, 4)), ((i64::MIN, i64::MAX), (i64::MIN, i64::MAX))]
        {
            assert!(IntegerPermutation::new(&[8; 32], IntegerMap { from, range }).is_none());
        }
    }
}
