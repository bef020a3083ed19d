//! Small hashes by which statements and context keys are found. They only sort out: what they find
//! is compared.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map whose keys are fingerprints.
pub(crate) type ByFingerprint<T> = HashMap<u64, T, BuildHasherDefault<AsItIs>>;

/// Odd and without pattern (2⁶⁴ divided by the golden ratio).
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Of a text.
pub(crate) fn of(text: &str) -> u64 {
    of_next(0, text.as_bytes())
}

/// Of a text that follows what `before` was made of.
pub(crate) fn of_next(before: u64, text: &[u8]) -> u64 {
    let (words, rest) = text.as_chunks::<8>();
    let mut sum = step(before, text.len() as u64);
    for word in words {
        sum = step(sum, u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    step(sum, u64::from_le_bytes(last))
}

fn step(sum: u64, word: u64) -> u64 {
    let product = (sum ^ word).wrapping_mul(FACTOR);
    product ^ (product >> 29)
}

/// Hashes a fingerprint to itself.
#[derive(Clone, Copy, Default)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = of_next(self.0, bytes);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
