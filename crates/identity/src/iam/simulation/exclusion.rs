//! `PolicyExclusionList`: policies of the subject that do not count.

use base::Fault;
use shapes::iam::{InlinePolicyIdentifierType, PolicyIdentifier};

use super::subject::{PolicyUsage, SubjectPolicy};
use crate::iam::faults::invalid_input;

const INLINE: &str =
    "Invalid inline policy exclusion: policyName, attachmentType, and attachmentName are required";
const ONE_OF: &str = "A policy identifier must specify exactly one of PolicyType, PolicyArn, or \
                      InlinePolicyIdentifier.";

/// One entry of the list.
pub(super) enum Exclusion {
    Inline,
    CustomerManaged,
    Boundary,
    /// Policies that no subject here has: AWS's own, and those of an organization.
    Foreign,
    /// A managed policy, by its ARN without a path.
    Arn(Selector),
    /// An inline policy of an owner.
    InlineOf {
        kind: String,
        owner: Selector,
        name: String,
    },
}

/// A text with at most one `*`, and `?`s.
pub(super) struct Selector(Vec<char>);

pub(super) fn exclusions(list: &[PolicyIdentifier]) -> Result<Vec<Exclusion>, Fault> {
    list.iter().map(exclusion).collect()
}

fn exclusion(identifier: &PolicyIdentifier) -> Result<Exclusion, Fault> {
    match (
        &identifier.policy_type,
        &identifier.policy_arn,
        &identifier.inline_policy_identifier,
    ) {
        (Some(kind), None, None) => Ok(match kind.as_str() {
            "inline" => Exclusion::Inline,
            "user-managed" => Exclusion::CustomerManaged,
            "permission-boundary" => Exclusion::Boundary,
            // The shape lets nothing else through than `aws-managed`, `scp`, `rcp`.
            _ => Exclusion::Foreign,
        }),
        (None, Some(arn), None) => {
            let selector = Selector::new(arn).filter(|_| names_policy(arn));
            let invalid = || invalid_input(format!("Invalid ARN provided in the request: {arn}"));
            Ok(Exclusion::Arn(selector.ok_or_else(invalid)?))
        }
        (None, None, Some(inline)) => inline_of(inline),
        _ => Err(invalid_input(ONE_OF)),
    }
}

/// The name must be exact; the owner may be a pattern.
fn inline_of(inline: &InlinePolicyIdentifierType) -> Result<Exclusion, Fault> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let owner = Selector::new(&inline.attachment_name);
    let owner = owner.filter(|_| inline.policy_name.chars().all(legal));
    Ok(Exclusion::InlineOf {
        kind: inline.attachment_type.clone(),
        owner: owner.ok_or_else(|| invalid_input(INLINE))?,
        name: inline.policy_name.clone(),
    })
}

fn names_policy(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "iam", "", account, resource] => {
            !partition.is_empty()
                && !account.is_empty()
                && resource
                    .strip_prefix("policy/")
                    .is_some_and(|name| !name.is_empty())
        }
        _ => false,
    }
}

/// Whether any entry of the list names the policy.
pub(super) fn excludes(list: &[Exclusion], policy: &SubjectPolicy) -> bool {
    list.iter().any(|one| one.names(&policy.usage))
}

impl Exclusion {
    fn names(&self, usage: &PolicyUsage) -> bool {
        match (self, usage) {
            (Self::Inline, PolicyUsage::Inline { .. })
            | (Self::CustomerManaged, PolicyUsage::Managed { .. })
            | (Self::Boundary, PolicyUsage::Boundary) => true,
            // As recorded, an ARN never names the boundary.
            (Self::Arn(selector), PolicyUsage::Managed { pathless_arn }) => {
                selector.matches(pathless_arn)
            }
            (
                Self::InlineOf { kind, owner, name },
                PolicyUsage::Inline {
                    kind: of,
                    owner: owned_by,
                    name: named,
                },
            ) => kind == of.as_str() && name == named && owner.matches(owned_by),
            (
                Self::Inline
                | Self::CustomerManaged
                | Self::Boundary
                | Self::Foreign
                | Self::Arn(_)
                | Self::InlineOf { .. },
                PolicyUsage::Inline { .. } | PolicyUsage::Managed { .. } | PolicyUsage::Boundary,
            ) => false,
        }
    }
}

impl Selector {
    /// `None` when the text has two stars.
    fn new(text: &str) -> Option<Self> {
        let is_one = text.matches('*').count() <= 1;
        is_one.then(|| Self(text.chars().collect()))
    }

    fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let mut parts = self.0.splitn(2, |c| *c == '*');
        let head = parts.next().unwrap_or_default();
        match parts.next() {
            None => head.len() == text.len() && starts(&text, head),
            Some(tail) => {
                let ended: Vec<char> = text.iter().rev().copied().collect();
                let tail: Vec<char> = tail.iter().rev().copied().collect();
                head.len() + tail.len() <= text.len()
                    && starts(&text, head)
                    && starts(&ended, &tail)
            }
        }
    }
}

/// Whether the text starts like the pattern, in which `?` stands for any character.
fn starts(text: &[char], pattern: &[char]) -> bool {
    text.len() >= pattern.len()
        && pattern
            .iter()
            .zip(text)
            .all(|(wanted, is)| *wanted == '?' || wanted == is)
}

#[cfg(test)]
mod tests {
    use super::Selector;

    #[test]
    fn selectors() {
        for (pattern, text, expected) in [
            ("ann", "ann", true),
            ("ann", "anna", false),
            ("an?", "ann", true),
            ("an?", "an", false),
            ("a*", "ann", true),
            ("a*n", "an", true),
            ("an*nn", "ann", false),
            ("*na", "anna", true),
            ("*b", "anna", false),
        ] {
            let selector = Selector::new(pattern).unwrap();
            assert_eq!(selector.matches(text), expected, "{pattern} {text}");
        }
        assert!(Selector::new("a*b*").is_none());
    }
}
