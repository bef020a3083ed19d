//! The names by which LookupEvents finds IAM's calls.

use audit::ResourceName;
use engine::AuditFacts;

/// Resource types as LookupEvents spells them.
pub(crate) const ROLE: &str = "AWS::IAM::Role";
pub(crate) const USER: &str = "AWS::IAM::User";
pub(crate) const POLICY: &str = "AWS::IAM::Policy";
pub(crate) const PROVIDER: &str = "AWS::IAM::OpenIDConnectProvider";
pub(crate) const ACCESS_KEY: &str = "AWS::IAM::AccessKey";

/// One resource by one of its names.
pub(crate) fn name(kind: &str, name: impl Into<String>) -> ResourceName {
    ResourceName {
        kind: kind.to_owned(),
        name: name.into(),
    }
}

/// What the trail is told of a call on one resource that has these names, and on others beside.
pub(crate) fn found_by<'a>(
    kind: &str,
    names: impl IntoIterator<Item = Option<&'a str>>,
    beside: Vec<ResourceName>,
) -> AuditFacts {
    let mut told: Vec<ResourceName> = Vec::new();
    let own = names.into_iter().flatten().map(|known| name(kind, known));
    for resource in own.chain(beside) {
        if !told.contains(&resource) {
            told.push(resource);
        }
    }
    AuditFacts {
        names: told,
        ..AuditFacts::default()
    }
}
