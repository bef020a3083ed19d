//! Roles as answers show them.

use base::Fault;
use engine::View;
use shapes::iam::{Role, RoleLastUsed};

use crate::iam::documents::trust_shown;
use crate::iam::entity::boundary_shown;
use crate::iam::rows::RoleRow;
use crate::iam::tags;

/// All of it, as GetRole answers.
pub(crate) async fn whole(role: &RoleRow, view: &mut View<'_>) -> Result<Role, Fault> {
    Ok(Role {
        permissions_boundary: boundary_shown(&role.policies),
        tags: tags::shown_if_any::<RoleRow>(&role.tags),
        role_last_used: Some(RoleLastUsed::default()),
        ..listed(role, view).await?
    })
}

/// What ListRoles answers: neither tags nor boundary, as on AWS.
pub(crate) async fn listed(role: &RoleRow, view: &mut View<'_>) -> Result<Role, Fault> {
    Ok(Role {
        max_session_duration: Some(i64::from(role.max_session_duration_secs)),
        ..described(role, view).await?
    })
}

/// What UpdateRoleDescription answers.
pub(crate) async fn described(role: &RoleRow, view: &mut View<'_>) -> Result<Role, Fault> {
    Ok(Role {
        description: role.description.clone(),
        ..identified(role, view).await?
    })
}

/// What CreateRole answers: neither description nor duration, the tags as given.
pub(crate) async fn created(role: &RoleRow, view: &mut View<'_>) -> Result<Role, Fault> {
    Ok(Role {
        permissions_boundary: boundary_shown(&role.policies),
        tags: tags::given_if_any(&role.tags),
        ..identified(role, view).await?
    })
}

async fn identified(role: &RoleRow, view: &mut View<'_>) -> Result<Role, Fault> {
    Ok(Role {
        path: Some(role.path.clone()),
        role_name: Some(role.name.clone()),
        role_id: Some(role.id.to_string()),
        arn: Some(role.arn.clone()),
        create_date: Some(role.created_at),
        assume_role_policy_document: Some(trust_shown(view, &role.trust).await?),
        ..Role::default()
    })
}
