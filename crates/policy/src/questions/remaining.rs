//! What still decides once all that is known has been taken into account.

use super::variables;
use crate::decision::{Layer, StatementRef};
use crate::statement::{Condition, Scope};

/// One part of a statement that is not decided yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remaining {
    /// The condition must hold.
    Condition(Condition),
    /// The resource must fit one of these patterns, or none of them: they hold variables whose
    /// values are not known.
    Resource(Scope<String>),
    /// The caller's session must be one of these, or none of them.
    Session(Scope<String>),
}

/// A statement that applies if all that remains of it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionalStatement {
    /// The layer it stands in.
    pub layer: Layer,
    /// The name of its policy.
    pub policy: String,
    /// The ARN of its policy, when that is managed.
    pub policy_arn: Option<String>,
    /// Which statement.
    pub statement: StatementRef,
    /// What must hold; all of it.
    pub remaining: Vec<Remaining>,
}

impl Remaining {
    /// The keys whose values would tell.
    pub fn keys(&self) -> Vec<&str> {
        match self {
            Self::Condition(condition) => {
                let variables = condition.values.iter().flat_map(|one| variables::keys(one));
                std::iter::once(condition.key.as_str())
                    .chain(variables)
                    .collect()
            }
            Self::Resource(patterns) => {
                let patterns = patterns.items().iter();
                patterns.flat_map(|one| variables::keys(one)).collect()
            }
            Self::Session(_) => vec!["sts:RoleSessionName"],
        }
    }
}
