//! How far seeds may grow: the longest prefix of them that fits, by few trials.
//!
//! What a prefix brings only grows with it. A trial far past the end costs most, so the search gallops from below, by
//! what the last trial says of the next, and then closes in from both sides.

/// A trial takes at most so many times as many seeds as the last that fitted.
const GALLOP: u64 = 8;

/// Where the end can be.
#[derive(Clone, Debug)]
pub(super) struct Search {
    /// The longest prefix known to fit, and how full it was.
    fits: (u64, f64),
    /// The shortest known not to; one more than there are seeds as long as none is known.
    bursts: u64,
    /// How full without a seed.
    empty: f64,
    /// The next guess halves what is left.
    halves: bool,
}

impl Search {
    /// Over `seeds` seeds, of which none is known to fit and to fill `empty` of the budget (1 is all of it).
    pub(super) fn new(seeds: u64, empty: f64) -> Self {
        Self { fits: (0, empty), bursts: seeds + 1, empty, halves: false }
    }

    /// The prefix to try next; `None` once the longest is known.
    pub(super) fn next(&self) -> Option<u64> {
        let (low, high) = (self.fits.0 + 1, self.bursts - 1);
        if low > high {
            return None;
        }
        let furthest = self.fits.0.saturating_mul(GALLOP).max(low);
        let guess = match self.halves {
            true => low.midpoint(high),
            false => self.predicted(high),
        };
        Some(guess.clamp(low, high.min(furthest)))
    }

    /// By how much each seed brought so far.
    fn predicted(&self, most: u64) -> u64 {
        let (seeds, full) = self.fits;
        let each = (full - self.empty) / seeds as f64;
        if seeds == 0 {
            return 1;
        }
        let room = (1.0 - full) / each;
        // Where seeds bring nothing new the room is endless; a cast saturates.
        if room.is_nan() { most } else { seeds.saturating_add(room as u64) }
    }

    /// A trial fitted and filled so much. Where predictions creep up from below, the next trial leaps.
    pub(super) fn fitted(&mut self, seeds: u64, full: f64) {
        let crept = seeds < self.fits.0.saturating_mul(2);
        self.fits = (seeds, full);
        self.halves = !self.halves && crept;
    }

    /// A trial did not fit: as long as none does, halving is sure where a prediction is not.
    pub(super) fn burst(&mut self, seeds: u64) {
        self.bursts = seeds;
        self.halves = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest prefix, and how many trials it took.
    fn search(seeds: u64, budget: f64, size: impl Fn(u64) -> f64) -> (u64, u32) {
        let mut search = Search::new(seeds, size(0) / budget);
        let mut trials = 0;
        while let Some(prefix) = search.next() {
            trials += 1;
            let full = size(prefix) / budget;
            if full <= 1.0 { search.fitted(prefix, full) } else { search.burst(prefix) }
        }
        (search.fits.0, trials)
    }

    #[test]
    fn the_longest_prefix_is_found_in_few_trials() {
        let seeds: u64 = 1_000_000;
        let sizes: [(&str, &dyn Fn(u64) -> f64); 5] = [
            ("even", &|n| 50.0 + 7.0 * n as f64),
            ("nothing new", &|_| 50.0),
            ("fewer and fewer", &|n| 50.0 + 1e5 * (n as f64).sqrt()),
            ("more and more", &|n| 50.0 + (n as f64).powi(2) / 1e4),
            ("a whale", &|n| 50.0 + n as f64 + if n > 300_000 { 1e12 } else { 0.0 }),
        ];
        for (name, size) in sizes {
            for budget in [51.0, 1_000.0, 123_456.0, 5e6, 1e15] {
                let (longest, trials) = search(seeds, budget, size);
                assert!(size(longest) <= budget, "{name} in {budget}: {longest} do not fit");
                assert!(longest == seeds || size(longest + 1) > budget, "{name} in {budget}: {longest}");
                // Twice the halvings of a million, and some to get there.
                assert!(trials <= 44, "{name} in {budget}: {trials} trials");
            }
        }
    }

    #[test]
    fn no_seed_and_one_seed_are_searched_too() {
        assert_eq!(search(0, 1.0, |_| 0.0), (0, 0));
        assert_eq!(search(1, 1.0, |n| n as f64), (1, 1));
        assert_eq!(search(1, 1.0, |n| 2.0 * n as f64), (0, 1));
    }
}
