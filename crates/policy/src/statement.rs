//! What a parsed policy says.

use serde::{Deserialize, Serialize};

use crate::condition::Operator;

/// The language's version; it decides whether `${…}` is a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, also when the element is missing.
    V2008,
    /// `2012-10-17`
    V2012,
}

/// What a matching statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// Grants.
    Allow,
    /// Refuses, whatever else grants.
    Deny,
}

/// An element and its negation, such as `Action` and `NotAction`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope<T> {
    /// One of these.
    In(Vec<T>),
    /// None of these.
    NotIn(Vec<T>),
}

/// One value of a `Principal` element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// `"*"` or `{"AWS": "*"}`.
    Anyone,
    /// An ARN, a unique id or an account id.
    Aws(String),
    /// The ARN of an OIDC or SAML provider, or a domain.
    Federated(String),
    /// `pods.eks.amazonaws.com`
    Service(String),
    /// An S3 canonical user id.
    CanonicalUser(String),
}

/// One key of a `Condition` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// How values compare.
    pub operator: Operator,
    /// The key as spelled.
    pub key: String,
    /// The wanted values, in the author's order.
    pub values: Vec<String>,
}

/// One statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Where it stands, from 0.
    pub index: usize,
    /// Its `Sid`, unless empty.
    pub sid: Option<String>,
    /// Allow or Deny.
    pub effect: Effect,
    /// Who; identity policies have none.
    pub principals: Option<Scope<Principal>>,
    /// What.
    pub actions: Scope<String>,
    /// On what; trust policies have none.
    pub resources: Option<Scope<String>>,
    /// When; all must hold.
    pub conditions: Vec<Condition>,
}

impl<T> Scope<T> {
    /// The listed items.
    pub fn items(&self) -> &[T] {
        match self {
            Self::In(items) | Self::NotIn(items) => items,
        }
    }
}

impl Principal {
    /// As the policy writes it.
    pub fn text(&self) -> &str {
        match self {
            Self::Anyone => "*",
            Self::Aws(text)
            | Self::Federated(text)
            | Self::Service(text)
            | Self::CanonicalUser(text) => text,
        }
    }
}
