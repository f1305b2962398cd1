//! SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012), written for inputs of a word or few:
//! the crate `siphasher`, which tests hold this against, takes a third more instructions for them.

/// A 128-bit key, as two little-endian words.
#[derive(Clone, Copy)]
pub(crate) struct SipKey(u64, u64);

impl SipKey {
    pub(crate) fn new(bytes: &[u8; 16]) -> Self {
        let key = u128::from_le_bytes(*bytes);
        Self(key as u64, (key >> 64) as u64)
    }

    /// The hash of a message of any length.
    #[inline]
    pub(crate) fn hash(self, message: &[u8]) -> u64 {
        let (words, rest) = message.as_chunks();
        let mut state = self.state();
        for word in words {
            state.block(u64::from_le_bytes(*word));
        }
        state.finish(tail(rest), message.len())
    }

    /// The hash of the `length` bytes, at most seven, that `word` holds.
    #[inline(always)]
    pub(crate) fn hash_short(self, word: u64, length: usize) -> u64 {
        self.state().finish(word, length)
    }

    /// The hash of eight bytes.
    #[inline(always)]
    pub(crate) fn hash_word(self, word: u64) -> u64 {
        let mut state = self.state();
        state.block(word);
        state.finish(0, 8)
    }

    #[inline(always)]
    fn state(self) -> State {
        State([
            self.0 ^ 0x736f_6d65_7073_6575,
            self.1 ^ 0x646f_7261_6e64_6f6d,
            self.0 ^ 0x6c79_6765_6e65_7261,
            self.1 ^ 0x7465_6462_7974_6573,
        ])
    }
}

struct State([u64; 4]);

impl State {
    #[inline(always)]
    fn block(&mut self, word: u64) {
        self.0[3] ^= word;
        self.round();
        self.round();
        self.0[0] ^= word;
    }

    /// The last block holds what is left of the message, and its length in the highest byte.
    #[inline(always)]
    fn finish(mut self, rest: u64, length: usize) -> u64 {
        self.block(rest | (length as u64) << 56);
        self.0[2] ^= 0xff;
        for _ in 0..4 {
            self.round();
        }
        self.0.iter().fold(0, |hash, word| hash ^ word)
    }

    #[inline(always)]
    fn round(&mut self) {
        let v = &mut self.0;
        v[0] = v[0].wrapping_add(v[1]);
        v[2] = v[2].wrapping_add(v[3]);
        v[1] = v[1].rotate_left(13) ^ v[0];
        v[3] = v[3].rotate_left(16) ^ v[2];
        v[0] = v[0].rotate_left(32);
        v[2] = v[2].wrapping_add(v[1]);
        v[0] = v[0].wrapping_add(v[3]);
        v[1] = v[1].rotate_left(17) ^ v[2];
        v[3] = v[3].rotate_left(21) ^ v[0];
        v[2] = v[2].rotate_left(32);
    }
}

/// Up to seven bytes as a little-endian word, without a loop.
#[inline(always)]
fn tail(rest: &[u8]) -> u64 {
    match (rest.first_chunk(), rest.last_chunk()) {
        (Some(first), Some(last)) => {
            // Both halves have the bytes in the middle, alike.
            let shift = 8 * (rest.len() as u32 - 4);
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << shift
        }
        _ => rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words that look like noise.
    fn noise(step: u64) -> u64 {
        step.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(step as u32 % 64)
    }

    #[test]
    fn the_published_vector_holds() {
        // Appendix A of the paper: key 00..0f, input 00..0e.
        let key = SipKey::new(&std::array::from_fn(|at| at as u8));
        let input: Vec<u8> = (0..15).collect();
        assert_eq!(key.hash(&input), 0xa129_ca61_49be_45e5);
    }

    #[test]
    fn every_length_agrees_with_the_library() {
        for step in 1..200 {
            let bytes: [u8; 16] = std::array::from_fn(|at| noise(step + at as u64) as u8);
            let (ours, theirs) = (SipKey::new(&bytes), siphasher::sip::SipHasher24::new_with_key(&bytes));
            let message: Vec<u8> = (0..step).map(|at| noise(step * 1000 + at) as u8).collect();
            assert_eq!(ours.hash(&message), theirs.hash(&message), "{step} bytes");
            let word = noise(step);
            assert_eq!(ours.hash_word(word), theirs.hash(&word.to_le_bytes()));
            assert_eq!(ours.hash_short(word >> 8, 7), theirs.hash(&(word >> 8).to_le_bytes()[..7]));
        }
    }
}
