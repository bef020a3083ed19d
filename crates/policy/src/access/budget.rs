//! How much work a question may take.

/// Steps that are left. Everything that takes time or memory takes steps, so that one number
/// bounds both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    left: u64,
}

/// The budget is used up: there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exhausted;

impl Budget {
    /// Enough for the largest policies that IAM stores; some seconds of work at most.
    pub const ORDINARY: Self = Self { left: 10_000_000 };

    /// So many steps.
    pub fn new(steps: u64) -> Self {
        Self { left: steps }
    }

    /// Takes so many steps; what is left then is never enough again once it was not.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Exhausted> {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        let left = self.left.checked_sub(steps);
        self.left = left.unwrap_or(0);
        left.map(drop).ok_or(Exhausted)
    }
}
