//! Small hashes by which statements are found. They only sort out: what they find is compared.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map whose keys are fingerprints.
pub(super) type ByFingerprint<T> = HashMap<u64, T, BuildHasherDefault<AsItIs>>;

/// Odd and without pattern (2⁶⁴ divided by the golden ratio).
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Sets the bit by which ASCII letters differ in case.
const LOWER: u64 = 0x2020_2020_2020_2020;

/// Of a text; equal for texts that differ in ASCII case only.
pub(super) fn of_folded(text: &str) -> u64 {
    mix(text.as_bytes(), text.len() as u64, LOWER)
}

/// Of a text that follows what `before` was made of.
pub(super) fn of_next(before: u64, text: &[u8]) -> u64 {
    mix(text, before, 0)
}

/// Of two fingerprints, in order.
pub(super) fn join(left: u64, right: u64) -> u64 {
    step(left, right)
}

fn mix(bytes: &[u8], start: u64, set: u64) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut sum = start;
    for word in words {
        sum = step(sum, u64::from_le_bytes(*word) | set);
    }
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    step(sum, u64::from_le_bytes(last) | set)
}

fn step(sum: u64, word: u64) -> u64 {
    let product = (sum ^ word).wrapping_mul(FACTOR);
    product ^ (product >> 29)
}

/// Hashes a fingerprint to itself.
#[derive(Clone, Copy, Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = mix(bytes, self.0, 0);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
