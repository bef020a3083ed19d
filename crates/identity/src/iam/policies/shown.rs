//! Managed policies as answers show them.

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{Policy, PolicyVersion};
use store::KeyRange;

use crate::iam::rows::{self, AttachmentRow, PolicyRow, Usage, attachments_prefix};
use crate::iam::tags;

/// More users and roles than an account may have.
const MAX_COUNTED: usize = 20_000;

/// All of it but the document, as GetPolicy answers.
pub(crate) async fn whole(
    policy: &PolicyRow,
    call: &Call,
    unit: &mut Unit,
) -> Result<Policy, Fault> {
    Ok(Policy {
        description: policy.description.clone(),
        tags: Some(tags::shown::<PolicyRow>(&policy.tags)),
        ..listed(policy, call, unit).await?
    })
}

/// What CreatePolicy answers: no description, the tags as given.
pub(crate) async fn created(
    policy: &PolicyRow,
    call: &Call,
    unit: &mut Unit,
) -> Result<Policy, Fault> {
    Ok(Policy {
        tags: tags::given_if_any(&policy.tags),
        ..listed(policy, call, unit).await?
    })
}

/// What ListPolicies answers: neither description nor tags, as on AWS.
pub(crate) async fn listed(
    policy: &PolicyRow,
    call: &Call,
    unit: &mut Unit,
) -> Result<Policy, Fault> {
    Ok(Policy {
        policy_name: Some(policy.name.clone()),
        policy_id: Some(policy.id.to_string()),
        arn: Some(policy.arn.clone()),
        path: Some(policy.path.clone()),
        default_version_id: Some(policy.default_version.clone()),
        attachment_count: Some(uses(policy, Usage::Permissions, call, unit).await?),
        permissions_boundary_usage_count: Some(uses(policy, Usage::Boundary, call, unit).await?),
        is_attachable: Some(true),
        create_date: Some(policy.created_at),
        update_date: Some(policy.updated_at),
        ..Policy::default()
    })
}

/// A version, with its document where the answer has one.
pub(crate) fn version(
    policy: &PolicyRow,
    version: &rows::PolicyVersion,
    document: Option<String>,
) -> PolicyVersion {
    PolicyVersion {
        document,
        version_id: Some(version.id.clone()),
        is_default_version: Some(version.id == policy.default_version),
        create_date: Some(version.created_at),
    }
}

async fn uses(
    policy: &PolicyRow,
    usage: Usage,
    call: &Call,
    unit: &mut Unit,
) -> Result<i64, Fault> {
    let prefix = attachments_prefix(call.account, &policy.name, Some(usage));
    let rows: Vec<(_, AttachmentRow)> = unit.rows(&KeyRange::prefix(&prefix), MAX_COUNTED).await?;
    Ok(i64::try_from(rows.len()).unwrap_or(i64::MAX))
}
