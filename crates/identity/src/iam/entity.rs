//! What users and roles have in common: policies put in, attached, and the boundary.

use base::{Arn, Fault};
use engine::{Call, Unit};
use policy::{Holder, size_without_whitespace};
use shapes::iam::{AttachedPermissionsBoundary, AttachedPolicy};

use super::documents::check_identity;
use super::faults::{
    delete_conflict, invalid_input, limit_exceeded, no_such_entity, quota_exceeded, validation,
};
use super::page::{Page, PageRequest};
use super::resource::{Resource, save};
use super::rows::{
    AttachmentRow, EntityKind, InlinePolicy, PolicyRow, PolicySet, RoleRow, Usage, UserRow,
    attachment_key, folded, policy_by_arn,
};

/// Managed policies on one user or role (IAM User Guide, "IAM and AWS STS quotas").
const MAX_ATTACHED: usize = 10;

/// A user or a role.
pub(crate) trait Entity: Resource {
    /// Which of the two.
    const KIND: EntityKind;
    /// Characters of all inline policies without white space (IAM quotas).
    const MAX_INLINE_CHARS: usize;

    /// In the given spelling.
    fn name(&self) -> &str;
    /// What it is granted and what limits it.
    fn policies(&self) -> &PolicySet;
    /// The same, to change.
    fn policies_mut(&mut self) -> &mut PolicySet;
}

impl Entity for RoleRow {
    const KIND: EntityKind = EntityKind::Role;
    const MAX_INLINE_CHARS: usize = Holder::Role.max_size();

    fn name(&self) -> &str {
        &self.name
    }

    fn policies(&self) -> &PolicySet {
        &self.policies
    }

    fn policies_mut(&mut self) -> &mut PolicySet {
        &mut self.policies
    }
}

impl Entity for UserRow {
    const KIND: EntityKind = EntityKind::User;
    const MAX_INLINE_CHARS: usize = Holder::User.max_size();

    fn name(&self) -> &str {
        &self.name
    }

    fn policies(&self) -> &PolicySet {
        &self.policies
    }

    fn policies_mut(&mut self) -> &mut PolicySet {
        &mut self.policies
    }
}

/// Puts an inline policy.
pub(crate) fn put_inline<E: Entity>(
    mut entity: E,
    name: &str,
    text: &str,
    call: &Call,
    unit: &mut Unit,
) -> Result<(), Fault> {
    check_identity(text)?;
    entity.policies_mut().put_inline(name, text);
    let size: usize = entity
        .policies()
        .inline
        .iter()
        .map(|policy| size_without_whitespace(&policy.text))
        .sum();
    if size > E::MAX_INLINE_CHARS {
        return Err(limit_exceeded(format!(
            "Maximum policy size of {} bytes exceeded for {} {}",
            E::MAX_INLINE_CHARS,
            E::KIND.as_str(),
            entity.name()
        )));
    }
    save(unit, call, &entity)
}

/// The inline policy of that name.
pub(crate) fn inline<'a, E: Entity>(entity: &'a E, name: &str) -> Result<&'a InlinePolicy, Fault> {
    entity
        .policies()
        .inline(name)
        .ok_or_else(|| missing_inline::<E>(name))
}

/// Removes an inline policy.
pub(crate) fn delete_inline<E: Entity>(
    mut entity: E,
    name: &str,
    call: &Call,
    unit: &mut Unit,
) -> Result<(), Fault> {
    if !entity.policies_mut().remove_inline(name) {
        return Err(missing_inline::<E>(name));
    }
    save(unit, call, &entity)
}

/// Names of the inline policies.
pub(crate) fn inline_names<E: Entity>(
    entity: &E,
    page: &PageRequest<'_>,
) -> Result<Page<String>, Fault> {
    let names = entity
        .policies()
        .inline
        .iter()
        .map(|policy| policy.name.clone())
        .collect();
    page.cut(names, |name: &String| name.as_bytes().to_vec())
}

/// Attaches a managed policy; attaching it again changes nothing.
pub(crate) async fn attach<E: Entity>(
    mut entity: E,
    arn: &str,
    call: &Call,
    unit: &mut Unit,
) -> Result<(), Fault> {
    if !names_policy(arn) {
        return Err(validation(not_valid(arn)));
    }
    let policy = policy_by_arn(&mut unit.view(), call.account, arn)
        .await?
        .ok_or_else(|| not_attachable(arn))?;
    let attached = &mut entity.policies_mut().attached;
    if attached.contains(&policy.arn) {
        return Ok(());
    }
    if attached.len() >= MAX_ATTACHED {
        return Err(quota_exceeded(
            &format!("PoliciesPer{}", E::NOUN),
            MAX_ATTACHED,
        ));
    }
    attached.push(policy.arn);
    link(&entity, &policy.name, Usage::Permissions, call, unit)?;
    save(unit, call, &entity)
}

/// Detaches a managed policy.
pub(crate) fn detach<E: Entity>(
    mut entity: E,
    arn: &str,
    call: &Call,
    unit: &mut Unit,
) -> Result<(), Fault> {
    if !names_policy(arn) {
        return Err(validation(not_valid(arn)));
    }
    let attached = &mut entity.policies_mut().attached;
    let position = attached
        .iter()
        .position(|known| folded(known) == folded(arn))
        .ok_or_else(|| PolicyRow::missing(arn))?;
    attached.remove(position);
    unlink(&entity, arn, Usage::Permissions, call, unit);
    save(unit, call, &entity)
}

/// The attached managed policies whose path starts like this.
pub(crate) async fn attached<E: Entity>(
    entity: &E,
    path_prefix: Option<&str>,
    page: &PageRequest<'_>,
    call: &Call,
    unit: &mut Unit,
) -> Result<Page<AttachedPolicy>, Fault> {
    let mut shown = Vec::new();
    for arn in &entity.policies().attached {
        let policy = policy_by_arn(&mut unit.view(), call.account, arn).await?;
        // WHY: one whose row is lost still denies everything (THREATS R37): the list shows it.
        let path = policy.as_ref().map_or("/", |policy| &policy.path);
        if path.starts_with(path_prefix.unwrap_or("/")) {
            let name = policy
                .as_ref()
                .map_or_else(|| name_of(arn), |policy| policy.name.clone());
            shown.push(AttachedPolicy {
                policy_name: Some(name),
                policy_arn: Some(arn.clone()),
            });
        }
    }
    page.cut(shown, |policy| {
        policy.policy_arn.clone().unwrap_or_default().into_bytes()
    })
}

/// The ARN of the policy that becomes a boundary, in its stored spelling.
pub(crate) async fn boundary_to_store(
    arn: &str,
    call: &Call,
    unit: &mut Unit,
) -> Result<String, Fault> {
    if !names_policy(arn) {
        return Err(invalid_input(not_valid(arn)));
    }
    let policy = policy_by_arn(&mut unit.view(), call.account, arn)
        .await?
        .ok_or_else(|| {
            no_such_entity(format!(
                "Scope ARN: {arn} does not exist or is not attachable."
            ))
        })?;
    Ok(policy.arn)
}

/// Sets or replaces the permissions boundary of an entity; the caller saves it.
pub(crate) fn set_boundary<E: Entity>(
    entity: &mut E,
    arn: Option<String>,
    call: &Call,
    unit: &mut Unit,
) -> Result<(), Fault> {
    if let Some(old) = entity.policies_mut().boundary.take() {
        unlink(entity, &old, Usage::Boundary, call, unit);
    }
    if let Some(arn) = &arn {
        link(entity, &name_of(arn), Usage::Boundary, call, unit)?;
    }
    entity.policies_mut().boundary = arn;
    Ok(())
}

/// Removes the permissions boundary.
pub(crate) fn delete_boundary<E: Entity>(
    mut entity: E,
    call: &Call,
    unit: &mut Unit,
) -> Result<(), Fault> {
    if entity.policies().boundary.is_none() {
        return Err(no_such_entity(format!(
            "{} {} does not have a permissions boundary",
            E::NOUN,
            entity.name()
        )));
    }
    set_boundary(&mut entity, None, call, unit)?;
    save(unit, call, &entity)
}

/// The boundary as answers show it.
pub(crate) fn boundary_shown(policies: &PolicySet) -> Option<AttachedPermissionsBoundary> {
    policies
        .boundary
        .as_ref()
        .map(|arn| AttachedPermissionsBoundary {
            permissions_boundary_type: Some("Policy".to_owned()),
            permissions_boundary_arn: Some(arn.clone()),
        })
}

/// Refuses to delete an entity that still has policies.
pub(crate) fn require_no_policies<E: Entity>(entity: &E) -> Result<(), Fault> {
    if !entity.policies().attached.is_empty() {
        return Err(delete_conflict(
            "Cannot delete entity, must detach all policies first.",
        ));
    }
    if !entity.policies().inline.is_empty() {
        return Err(delete_conflict(
            "Cannot delete entity, must delete policies first.",
        ));
    }
    Ok(())
}

/// Adds the entity to the index of the policy.
pub(crate) fn link<E: Entity>(
    entity: &E,
    policy_name: &str,
    usage: Usage,
    call: &Call,
    unit: &mut Unit,
) -> Result<(), Fault> {
    let row = attachment(entity, usage);
    unit.put(&attachment_key(call.account, policy_name, &row), &row)
}

/// Takes the entity out of the index of the policy.
pub(crate) fn unlink<E: Entity>(
    entity: &E,
    policy_arn: &str,
    usage: Usage,
    call: &Call,
    unit: &mut Unit,
) {
    let row = attachment(entity, usage);
    unit.delete(&attachment_key(call.account, &name_of(policy_arn), &row));
}

fn attachment<E: Entity>(entity: &E, usage: Usage) -> AttachmentRow {
    AttachmentRow {
        kind: E::KIND,
        name: folded(entity.name()),
        usage,
    }
}

/// No such policy, in the words of what uses it.
pub(crate) fn not_attachable(arn: &str) -> Fault {
    no_such_entity(format!("Policy {arn} does not exist or is not attachable."))
}

fn names_policy(arn: &str) -> bool {
    arn.parse::<Arn>()
        .is_ok_and(|arn| arn.service() == "iam" && arn.resource().starts_with("policy/"))
}

fn not_valid(arn: &str) -> String {
    format!("ARN {arn} is not valid.")
}

fn missing_inline<E: Entity>(name: &str) -> Fault {
    let kind = E::KIND.as_str();
    no_such_entity(format!(
        "The {kind} policy with name {name} cannot be found."
    ))
}

fn name_of(policy_arn: &str) -> String {
    policy_arn
        .rsplit('/')
        .next()
        .unwrap_or(policy_arn)
        .to_owned()
}
