//! Random bytes from the crypto provider.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base::Entropy;

/// The machine's generator, through the crypto provider.
#[derive(Debug, Default)]
pub struct MachineEntropy(SystemRandom);

impl Entropy for MachineEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        // INVARIANT: nothing goes on without randomness; the provider itself ends the process
        // when the kernel gives none, so this loop does not spin.
        while self.0.fill(buffer).is_err() {}
    }
}
