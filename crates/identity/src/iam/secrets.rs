//! Secrets of access keys.

use base::{Entropy, EntropyExt, Secret};

/// Characters of a secret.
const LENGTH: usize = 40;
/// Base64's.
const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A fresh secret, of 240 random bits.
pub(crate) fn draw_secret(entropy: &dyn Entropy) -> Secret<String> {
    Secret::new(entropy.text(ALPHABET, LENGTH))
}
