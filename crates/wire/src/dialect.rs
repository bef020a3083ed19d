//! How services differ in telling what is wrong with an input.

use crate::constraint::{Constraint, bean_name};
use shapes::{Member, Protocol, Service, Structure};

/// The manner of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// IAM echoes nothing, tells ten violations at most and goes through members in the order of a
    /// hash table (recorded from AWS, February and September 2026).
    Iam,
    /// STS.
    Query,
    /// Services that speak JSON.
    Json,
}

impl Dialect {
    pub(crate) fn of(service: &Service) -> Self {
        match service.protocol {
            Protocol::Query if service.name == "iam" => Self::Iam,
            Protocol::Query => Self::Query,
            Protocol::Json10 | Protocol::Json11 | Protocol::RestJson => Self::Json,
        }
    }

    /// How many violations are told of at most, so that a small request cannot ask for a huge
    /// answer.
    pub(crate) fn most_told(self) -> usize {
        match self {
            Self::Iam => 10,
            Self::Query | Self::Json => 64,
        }
    }

    /// Whether the refused value at this path is shown; IAM does in what it learned last (recorded
    /// from AWS, September 2026).
    pub(crate) fn echoes(self, path: &str) -> bool {
        self != Self::Iam || path.starts_with("policyExclusionList.")
    }

    /// A scalar that is missing in a list breaks what holds for all members of the list; elsewhere
    /// it is told of by its place.
    pub(crate) fn null_breaks_list(self) -> bool {
        self != Self::Json
    }

    /// What IAM's recorded answers add to the constraints of a list's members.
    pub(crate) fn beside_the_model(self, path: &str) -> Option<Constraint> {
        (self == Self::Iam && path == "tagKeys").then_some(Constraint::NotNull)
    }

    /// The members in the order in which the service goes through them.
    pub(crate) fn ordered(self, shape: &'static Structure) -> Vec<&'static Member> {
        let mut members: Vec<_> = shape.members.iter().collect();
        if self == Self::Iam {
            let buckets = buckets(members.len());
            members.sort_by_key(|member| bucket(&bean_name(member.name), buckets));
        }
        members
    }
}

/// Of a table that is three quarters full at most (Java SE, `java.util.HashMap`).
fn buckets(entries: usize) -> u32 {
    let least = u32::try_from(entries * 4 / 3 + 1).unwrap_or(u32::MAX / 2);
    least.next_power_of_two().max(16)
}

/// Where a string goes in such a table (Java SE, `String.hashCode`).
fn bucket(text: &str, buckets: u32) -> u32 {
    let hash = text.encode_utf16().fold(0_u32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(unit.into())
    });
    (hash ^ (hash >> 16)) & (buckets - 1)
}
