//! Draws: choices for one value, most of them out of one call of the keyed function.

use crate::prf::{Bits, Prf};

/// Bits of a word that are spent before the next one is drawn: what is left keeps the bias of a choice under 2^-16.
const SPENT_MAX: u32 = 48;

/// Choices for one value.
pub(crate) struct Draw<'a> {
    prf: &'a Prf,
    seed: u64,
    words: u64,
    bits: Bits,
    spent: u32,
}

impl<'a> Draw<'a> {
    pub(crate) fn new(prf: &'a Prf, input: &[u8], by: Option<u64>) -> Self {
        let bits = prf.bits(input, by);
        Self { prf, seed: bits.0, words: 0, bits, spent: 0 }
    }

    /// One of `count`.
    pub(crate) fn below(&mut self, count: u64) -> u64 {
        let cost = u64::BITS - (count - 1).leading_zeros();
        if self.spent + cost > SPENT_MAX {
            self.words += 1;
            self.bits = Bits(self.prf.pair(self.seed, self.words));
            self.spent = 0;
        }
        self.spent += cost;
        self.bits.choose(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_draws_do_not_repeat_and_short_ones_are_even() {
        let prf = Prf::new(&[3; 32]);
        let mut draw = Draw::new(&prf, b"value", None);
        let digits: Vec<u64> = (0..4000).map(|_| draw.below(10)).collect();
        let groups: std::collections::BTreeSet<&[u64]> = digits.chunks(12).collect();
        assert_eq!(groups.len(), digits.chunks(12).len());
        for digit in 0..10 {
            // 400 expected, standard deviation 19.
            let count = digits.iter().filter(|drawn| **drawn == digit).count();
            assert!((310..490).contains(&count), "{digit}: {count}");
        }
    }
}
