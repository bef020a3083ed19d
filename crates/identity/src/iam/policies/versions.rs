//! Versions of managed policies.

use base::Fault;
use engine::Call;

use crate::iam::faults::{limit_exceeded, no_such_entity};
use crate::iam::rows::{PolicyRow, PolicyVersion};

/// Versions of one policy (IAM User Guide, "IAM and AWS STS quotas").
const MAX_VERSIONS: usize = 5;
const TOO_MANY: &str = "A managed policy can have up to 5 versions. Before you create a new \
    version, you must delete an existing version.";

/// The version of that id.
pub(crate) fn version<'a>(policy: &'a PolicyRow, id: &str) -> Result<&'a PolicyVersion, Fault> {
    policy
        .version(id)
        .ok_or_else(|| missing_version(&policy.arn, id))
}

/// No such version, be it that there is no such policy.
pub(crate) fn missing_version(policy_arn: &str, id: &str) -> Fault {
    no_such_entity(format!(
        "Policy {policy_arn} version {id} does not exist or is not attachable."
    ))
}

/// Adds a version that is not in force yet; the caller saves the policy.
pub(crate) fn add_version(
    policy: &mut PolicyRow,
    text: &str,
    call: &Call,
) -> Result<PolicyVersion, Fault> {
    if policy.versions.len() >= MAX_VERSIONS {
        return Err(limit_exceeded(TOO_MANY));
    }
    let added = PolicyVersion {
        id: format!("v{}", policy.next_version),
        text: text.into(),
        created_at: call.now,
    };
    policy.next_version += 1;
    policy.updated_at = call.now;
    policy.versions.push(added.clone());
    Ok(added)
}

/// Sorts versions as they are listed.
pub(crate) fn newest_first(version: &shapes::iam::PolicyVersion) -> Vec<u8> {
    let id = version.version_id.as_deref().unwrap_or_default();
    let number: u64 = id.trim_start_matches('v').parse().unwrap_or_default();
    (u64::MAX - number).to_be_bytes().to_vec()
}
