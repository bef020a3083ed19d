//! Randomness as a parameter.

use std::sync::Mutex;

/// Fills buffers with bytes nobody can predict. The production implementation lives beside the
/// crypto provider; tests use [`SeededEntropy`].
pub trait Entropy: Send + Sync + 'static {
    /// Overwrites all of `buffer`.
    fn fill(&self, buffer: &mut [u8]);
}

/// Draws on any [`Entropy`].
pub trait EntropyExt: Entropy {
    /// `N` fresh bytes.
    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut buffer = [0; N];
        self.fill(&mut buffer);
        buffer
    }

    /// A number below `bound`, without bias; 0 when `bound` is 0.
    fn below(&self, bound: u32) -> u32 {
        if bound == 0 {
            return 0;
        }
        let zone = u32::MAX - u32::MAX % bound;
        loop {
            let draw = u32::from_le_bytes(self.bytes());
            if draw < zone {
                return draw % bound;
            }
        }
    }

    /// `length` characters drawn from `alphabet`, which holds ASCII only.
    fn text(&self, alphabet: &[u8], length: usize) -> String {
        let size = u32::try_from(alphabet.len()).unwrap_or(u32::MAX);
        (0..length)
            .filter_map(|_| {
                alphabet
                    .get(self.below(size) as usize)
                    .map(|byte| char::from(*byte))
            })
            .collect()
    }
}

impl<E: Entropy + ?Sized> EntropyExt for E {}

/// A reproducible sequence (SplitMix64) for tests. Not for keys.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<u64>);

impl SeededEntropy {
    /// The same seed gives the same bytes.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        for chunk in buffer.chunks_mut(8) {
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = *state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^= mixed >> 31;
            for (target, source) in chunk.iter_mut().zip(mixed.to_le_bytes()) {
                *target = source;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_stay_below_the_bound_and_reach_all_of_it() {
        let entropy = SeededEntropy::new(1);
        let mut seen = [false; 7];
        for _ in 0..500 {
            seen[entropy.below(7) as usize] = true;
        }
        assert!(seen.iter().all(|hit| *hit));
        assert_eq!(entropy.text(b"ab", 5).len(), 5);
    }
}
