//! Permutations of 0..n for n above 2^20: a Feistel network with cycle walking.
//!
//! Ten rounds of an unbalanced, alternating network (Black and Rogaway, "Ciphers with arbitrary finite domains",
//! 2002; the alternation is FF1's, NIST SP 800-38G) on the fewest bits that hold n, each round with a SipHash-2-4 key of
//! its own. A result outside the domain is enciphered again until it is inside: at most twice on average, because
//! more than half of the bit strings are inside. A network of few rounds on a small domain is the classic mistake:
//! below 2^20 there is [`Table`](super::table::Table).

use crate::siphash::SipKey;

/// Rounds. Known attacks on unbalanced networks of this width stop well below; D5 fixes it.
const ROUNDS: usize = 10;

/// A keyed permutation of `bits`-bit strings.
#[derive(Clone)]
pub(crate) struct Feistel {
    /// A SipHash key for each round.
    rounds: [SipKey; ROUNDS],
    high_bits: u32,
    low_bits: u32,
}

impl Feistel {
    /// On strings of `bits` bits, 2 to 128.
    pub(crate) fn new(subkey: &[u8; 32], bits: u32) -> Self {
        let mut keys = [0; 16 * ROUNDS];
        blake3::Hasher::new_keyed(subkey)
            .update(b"feistel")
            .update(&bits.to_le_bytes())
            .finalize_xof()
            .fill(&mut keys);
        let rounds = std::array::from_fn(|round| {
            let mut key = [0; 16];
            key.copy_from_slice(&keys[16 * round..16 * (round + 1)]);
            SipKey::new(&key)
        });
        Self { rounds, high_bits: bits / 2, low_bits: bits - bits / 2 }
    }

    /// The image of a string, once through the network.
    pub(crate) fn encipher(&self, value: u128) -> u128 {
        let mut high = (value >> self.low_bits) as u64;
        let mut low = (value & mask(self.low_bits)) as u64;
        // Halves swap places and widths each round; taken in twos, each stays where it stands.
        let widths = [mask(self.high_bits) as u64, mask(self.low_bits) as u64];
        for pair in self.rounds.chunks_exact(2) {
            high = (high ^ self.round(pair[0], low)) & widths[0];
            low = (low ^ self.round(pair[1], high)) & widths[1];
        }
        (u128::from(high) << self.low_bits) | u128::from(low)
    }

    /// SipHash-2-4 of a half. Seven bytes share their block with the length, eight take one more.
    #[inline(always)]
    fn round(&self, key: SipKey, half: u64) -> u64 {
        if self.low_bits <= 56 { key.hash_short(half, 7) } else { key.hash_word(half) }
    }

    /// The image of a member within the strings that `member` accepts.
    pub(crate) fn walk(&self, value: u128, member: impl Fn(u128) -> bool) -> u128 {
        let mut image = self.encipher(value);
        while !member(image) {
            image = self.encipher(image);
        }
        image
    }
}

fn mask(bits: u32) -> u128 {
    (1 << bits) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_is_a_bijection() {
        // Odd widths exercise the alternation of unequal halves.
        for bits in 2..=13 {
            let network = Feistel::new(&[9; 32], bits);
            let mut images: Vec<u128> = (0..1 << bits).map(|value| network.encipher(value)).collect();
            images.sort_unstable();
            assert!(images.into_iter().eq(0..1 << bits), "{bits} bits");
        }
    }

    #[test]
    fn walking_stays_inside_and_is_a_bijection() {
        let network = Feistel::new(&[3; 32], 11);
        let mut images: Vec<u128> =
            (0..1100).map(|value| network.walk(value, |image| image < 1100)).collect();
        images.sort_unstable();
        assert!(images.into_iter().eq(0..1100));
    }

    #[test]
    fn one_bit_of_input_changes_half_of_the_output() {
        for bits in [31, 64, 122, 128] {
            let network = Feistel::new(&[5; 32], bits);
            let changed: u32 = (0..200u128)
                .map(|value| (network.encipher(value) ^ network.encipher(value ^ 1)).count_ones())
                .sum();
            let share = f64::from(changed) / f64::from(200 * bits);
            assert!((0.45..0.55).contains(&share), "{bits} bits: {share}");
        }
    }
}
