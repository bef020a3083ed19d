//! A circuit before somebody who may be dead: after some failures nobody waits for it any more.

use std::time::Duration;

use base::Timestamp;

/// After so many failures one after another it opens.
const FAILURES: u32 = 3;
/// It stays open so long; then one may try.
const OPEN_FOR: Duration = Duration::from_secs(5);

/// INVARIANT: only a success closes an open circuit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Circuit {
    failures: u32,
    opened_at: Option<Timestamp>,
}

impl Circuit {
    /// Whether one may try now. While it is open, one at a time may after a while: whoever is told
    /// that it may has the next while for it.
    pub(super) fn admits(&mut self, now: Timestamp) -> bool {
        let Some(opened_at) = self.opened_at else {
            return true;
        };
        // A clock that went back must not keep it open for long.
        let over = match Duration::try_from(now.duration_since(opened_at)) {
            Ok(passed) => passed >= OPEN_FOR,
            Err(_) => true,
        };
        if over {
            self.opened_at = Some(now);
        }
        over
    }

    /// It answered.
    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// It did not.
    pub(super) fn failed(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES {
            self.opened_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens at which second.
    enum Event {
        Failed,
        Succeeded,
        Admitted(bool),
    }

    #[test]
    fn a_circuit_opens_after_failures_and_lets_one_try_at_a_time() {
        use Event::{Admitted, Failed, Succeeded};
        let mut circuit = Circuit::default();
        for (at, event) in [
            (0, Admitted(true)),
            (0, Failed),
            (0, Failed),
            (0, Succeeded),
            (0, Failed),
            (0, Failed),
            (0, Admitted(true)),
            (1, Failed),
            (1, Admitted(false)),
            (5, Admitted(false)),
            (6, Admitted(true)),
            (6, Admitted(false)),
            (7, Failed),
            (11, Admitted(false)),
            (12, Admitted(true)),
            // The one that tried went away without a word.
            (16, Admitted(false)),
            (17, Admitted(true)),
            (17, Succeeded),
            (17, Admitted(true)),
            (17, Failed),
            (17, Failed),
            (17, Failed),
            (18, Admitted(false)),
            // The clock went back.
            (2, Admitted(true)),
            (3, Admitted(false)),
        ] {
            let now = Timestamp::from_second(at).unwrap();
            match event {
                Failed => circuit.failed(now),
                Succeeded => circuit.succeeded(),
                Admitted(expected) => assert_eq!(circuit.admits(now), expected, "{at}"),
            }
        }
    }
}
