//! Lists the users and roles that a managed policy is attached to.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html>

use base::Fault;
use engine::{Call, Unit};
use shapes::iam::{
    ListEntitiesForPolicyInput, ListEntitiesForPolicyOutput, PolicyRole, PolicyUser,
};
use store::{Key, KeyRange};

use crate::iam::entity::not_attachable;
use crate::iam::existing::OnResource;
use crate::iam::page::PageRequest;
use crate::iam::rows::{
    AttachmentRow, EntityKind, PolicyRow, Usage, attachments_prefix, role_by_name, user_by_name,
};

/// More users and roles than an account may have.
const MAX_LISTED: usize = 20_000;

pub(crate) struct ListEntitiesForPolicy;

/// Users and roles in one listing: a page may hold both.
enum Listed {
    User(PolicyUser),
    Role(PolicyRole),
}

impl OnResource for ListEntitiesForPolicy {
    type Input = ListEntitiesForPolicyInput;
    type Output = ListEntitiesForPolicyOutput;
    type Resource = PolicyRow;

    const SHAPE: &'static shapes::Operation = &shapes::iam::LIST_ENTITIES_FOR_POLICY;

    fn named<'a>(input: &'a Self::Input, _: &'a Call) -> Result<&'a str, Fault> {
        Ok(&input.policy_arn)
    }

    fn missing(_: &Self::Input, named: &str) -> Fault {
        not_attachable(named)
    }

    async fn perform(
        input: &Self::Input,
        policy: Self::Resource,
        call: &Call,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let page = PageRequest::new(
            call,
            input.marker.as_deref(),
            input.max_items,
            format!(
                "{} {:?} {:?} {:?}",
                policy.id, input.path_prefix, input.entity_filter, input.policy_usage_filter
            ),
        )?;
        let range = KeyRange::prefix(&attachments_prefix(
            call.account,
            &policy.name,
            usage(input),
        ));
        let rows: Vec<(Key, AttachmentRow)> = unit.rows(&range, MAX_LISTED).await?;
        let mut listed: Vec<(Key, Listed)> = Vec::new();
        for (key, row) in rows
            .into_iter()
            .filter(|(_, row)| is_asked_for(row.kind, input))
        {
            let shown = entity(&row, input.path_prefix.as_deref(), call, unit).await?;
            listed.extend(shown.map(|shown| (key, shown)));
        }
        let page = page.cut(listed, |(key, _)| key.as_bytes().to_vec())?;
        let mut output = ListEntitiesForPolicyOutput {
            policy_groups: Some(Vec::new()),
            is_truncated: page.is_truncated,
            marker: page.marker,
            ..ListEntitiesForPolicyOutput::default()
        };
        let (mut users, mut roles) = (Vec::new(), Vec::new());
        for (_, entity) in page.items {
            match entity {
                Listed::User(user) => users.push(user),
                Listed::Role(role) => roles.push(role),
            }
        }
        output.policy_users = Some(users);
        output.policy_roles = Some(roles);
        Ok(output)
    }
}

fn usage(input: &ListEntitiesForPolicyInput) -> Option<Usage> {
    match input.policy_usage_filter.as_deref() {
        Some("PermissionsPolicy") => Some(Usage::Permissions),
        Some("PermissionsBoundary") => Some(Usage::Boundary),
        Some(_) | None => None,
    }
}

/// `Group` and the two kinds of policies name nothing that a policy is attached to here.
fn is_asked_for(kind: EntityKind, input: &ListEntitiesForPolicyInput) -> bool {
    match input.entity_filter.as_deref() {
        None => true,
        Some("User") => kind == EntityKind::User,
        Some("Role") => kind == EntityKind::Role,
        Some(_) => false,
    }
}

async fn entity(
    row: &AttachmentRow,
    path_prefix: Option<&str>,
    call: &Call,
    unit: &mut Unit,
) -> Result<Option<Listed>, Fault> {
    let passes = |path: &str| path.starts_with(path_prefix.unwrap_or("/"));
    let view = &mut unit.view();
    Ok(match row.kind {
        EntityKind::User => user_by_name(view, call.account, &row.name)
            .await?
            .filter(|user| passes(&user.path))
            .map(|user| {
                Listed::User(PolicyUser {
                    user_name: Some(user.name),
                    user_id: Some(user.id.to_string()),
                })
            }),
        EntityKind::Role => role_by_name(view, call.account, &row.name)
            .await?
            .filter(|role| passes(&role.path))
            .map(|role| {
                Listed::Role(PolicyRole {
                    role_name: Some(role.name),
                    role_id: Some(role.id.to_string()),
                })
            }),
    })
}
