//! Makes a role.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>

use base::{Fault, IdKind, UniqueId};
use engine::{Access, AuditFacts, Call, Check, Operation, Permitted, Unit, View};
use shapes::iam::{CreateRoleInput, CreateRoleOutput};

use super::max_session::max_session;
use super::shown;
use crate::iam::documents::trust_to_store;
use crate::iam::entity::{boundary_to_store, set_boundary};
use crate::iam::faults::{already_exists, invalid_input};
use crate::iam::quota::ROLES;
use crate::iam::resource::{iam_arn, save};
use crate::iam::rows::{
    PolicySet, RoleIdRow, RoleRow, folded, role_by_name, role_id_key, roles_prefix,
};
use crate::iam::tags;
use crate::iam::trail;

/// IAM User Guide, "Create a service-linked role".
const SERVICE_LINKED_PATH: &str = "/aws-service-role/";
/// IAM Identity Center User Guide, "Referencing permission sets".
const RESERVED_PATH: &str = "/aws-reserved/";
/// Without case.
const RESERVED_NAME: &str = "awsreservedsso_";

pub(crate) struct CreateRole;

impl Operation for CreateRole {
    type Input = CreateRoleInput;
    type Output = CreateRoleOutput;
    /// Whether the name is taken.
    type Facts = Option<RoleRow>;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::iam::CREATE_ROLE
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Self::Facts, Fault> {
        role_by_name(view, call.account, &input.role_name).await
    }

    fn access(&self, input: &Self::Input, _: &Self::Facts, call: &Call) -> Access {
        let arn = arn(input, call);
        let given = tags::pairs(input.tags.as_deref().unwrap_or_default());
        let check =
            |action: &str| Check::new(action, arn.clone(), call.account).with_request_tags(&given);
        let create = check("iam:CreateRole").with_some(
            "iam:PermissionsBoundary",
            input.permissions_boundary.as_ref(),
        );
        let mut checks = vec![create];
        if !given.is_empty() {
            checks.push(check("iam:TagRole"));
        }
        Access::All(checks)
    }

    async fn perform(
        &self,
        input: &Self::Input,
        taken: &Self::Facts,
        call: &Permitted<'_>,
        unit: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        check_reserved(input)?;
        let trust = trust_to_store(call, unit, &input.assume_role_policy_document).await?;
        let tags = tags::initial::<RoleRow>(input.tags.as_ref())?;
        if taken.is_some() {
            let text = format!("Role with name {} already exists.", input.role_name);
            return Err(already_exists(text));
        }
        ROLES.check(call, &roles_prefix(call.account)).await?;
        let mut role = RoleRow {
            name: input.role_name.clone(),
            path: input.path.clone().unwrap_or_else(|| "/".to_owned()),
            id: UniqueId::draw(IdKind::Role, call.account, &call.entropy),
            arn: arn(input, call),
            created_at: call.now,
            description: input.description.clone(),
            max_session_duration_secs: max_session(input.max_session_duration),
            trust: trust.into(),
            policies: PolicySet::default(),
            tags,
            session_epoch: 0,
        };
        if let Some(boundary) = &input.permissions_boundary {
            let boundary = boundary_to_store(boundary, call, unit).await?;
            set_boundary(&mut role, Some(boundary), call, unit)?;
        }
        save(unit, call, &role)?;
        let index = RoleIdRow {
            name: folded(&role.name),
        };
        unit.put(&role_id_key(call.account, &role.id), &index)?;
        let shown = shown::created(&role, &mut unit.view()).await?;
        Ok(CreateRoleOutput { role: Some(shown) })
    }

    fn audit(
        &self,
        input: &Self::Input,
        _: Option<&Self::Facts>,
        output: Option<&Self::Output>,
        call: &Call,
    ) -> AuditFacts {
        let made = output.and_then(|output| output.role.as_ref());
        let id = made.and_then(|made| made.role_id.as_deref());
        let arn = arn(input, call);
        let names = [Some(input.role_name.as_str()), Some(arn.as_str()), id];
        trail::found_by(trail::ROLE, names, Vec::new())
    }
}

/// What AWS keeps for the roles of its own services.
fn check_reserved(input: &CreateRoleInput) -> Result<(), Fault> {
    let path = input.path.as_deref().unwrap_or("/");
    if path.starts_with(SERVICE_LINKED_PATH) {
        return Err(invalid_input(format!(
            "Path prefix '{SERVICE_LINKED_PATH}' can only be used for AWS Service linked Roles"
        )));
    }
    if path.starts_with(RESERVED_PATH) || folded(&input.role_name).starts_with(RESERVED_NAME) {
        return Err(invalid_input(
            "Path prefix '/aws-reserved/' and name prefix 'AWSReservedSSO_' can only be used for \
             roles that AWS makes",
        ));
    }
    Ok(())
}

fn arn(input: &CreateRoleInput, call: &Call) -> String {
    let path = input.path.as_deref().unwrap_or("/");
    iam_arn(call, &format!("role{path}{}", input.role_name))
}
