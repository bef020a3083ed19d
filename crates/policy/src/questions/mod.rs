//! Questions beyond one request: what is known of it decides as far as it can, and what is not
//! known stays as conditions. Never a guess: an answer holds for every request that agrees with
//! what is known, and `Conditional` says exactly what still decides.
//!
//! The answer rests on two facts that [`crate::decide`] keeps: an Allow more never refuses, a Deny
//! more never grants. With every undecided Deny applying and no undecided Allow, the decision is
//! the worst that can come; the other way round it is the best.

mod answer;
mod assumption;
mod budget;
mod granted;
mod knowledge;
mod pattern_set;
mod remaining;
mod residue;
#[cfg(test)]
mod tests;
mod variables;
mod ways;

pub use answer::{Answer, Conditional, Question, ask};
pub use budget::Budget;
pub use granted::{Granted, Patterns, granted};
pub use knowledge::Knowledge;
pub use remaining::{ConditionalStatement, Remaining};
pub use ways::Completeness;

use crate::statement::{Effect, Statement};

/// Whether a resource may fit the pattern, variables being anything.
pub fn may_fit(pattern: &str, arn: &str) -> bool {
    pattern_set::may_fit(pattern, arn)
}

/// Whether the statement allows somebody the action on something.
pub fn may_allow(statement: &Statement, action: &str) -> bool {
    statement.effect == Effect::Allow && crate::action::covers(statement, action)
}
