//! The answer, borrowed from the policies.

use crate::decision::{Decision, Layer, StatementRef, Verdict};

/// What [`Decision`] says, without copies of the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompiledDecision<'a> {
    /// Yes or no.
    pub verdict: Verdict,
    /// Whose word it was: the granting, refusing, or silent layer.
    pub layer: Layer,
    /// The policy that granted or refused; none when a layer was silent.
    pub policy: Option<&'a str>,
    /// The ARN of that policy, when it is managed.
    pub policy_arn: Option<&'a str>,
    /// The statement that granted or refused; none also when a policy could not be read.
    pub statement: Option<CompiledStatementRef<'a>>,
}

/// Which statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompiledStatementRef<'a> {
    /// Where it stands in its policy, from 0.
    pub index: usize,
    /// Its `Sid`.
    pub sid: Option<&'a str>,
}

impl CompiledDecision<'_> {
    /// Whether the call may go on.
    pub fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Allowed
    }

    /// A copy that outlives the policies.
    pub fn to_decision(&self) -> Decision {
        Decision {
            verdict: self.verdict,
            layer: self.layer,
            policy: self.policy.map(str::to_owned),
            policy_arn: self.policy_arn.map(str::to_owned),
            statement: self.statement.map(|statement| StatementRef {
                index: statement.index,
                sid: statement.sid.map(str::to_owned),
            }),
        }
    }
}
