//! What roles, users, policies and providers have in common for those who call IAM.

use std::future::Future;

use base::{AccountId, Arn, Fault};
use engine::{Call, Check, Row, Unit, View};
use store::Key;

use super::faults::{no_such_entity, unparsed_arn};
use super::rows::{
    PolicyRow, ProviderRow, RoleRow, Tags, UserRow, policy_by_arn, policy_key, provider_by_arn,
    provider_key, role_by_name, role_key, user_by_name, user_key,
};
use super::trail;

/// Whether two tag keys that differ in case are two (IAM User Guide, "Tags for IAM resources").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagCase {
    /// Users and roles: they are one.
    Folded,
    /// All else: they are two.
    Exact,
}

/// Something that has an ARN, tags and a row. The caller names it by name (roles, users) or by
/// ARN (policies, providers).
pub(crate) trait Resource: Row + Clone {
    /// In refusals.
    const NOUN: &'static str;
    /// In the trail.
    const RESOURCE_TYPE: &'static str;
    /// How its tag keys compare.
    const TAG_CASE: TagCase;

    /// The one that the caller names, in the caller's account.
    fn find(
        view: &mut View<'_>,
        account: AccountId,
        named: &str,
    ) -> impl Future<Output = Result<Option<Self>, Fault>> + Send;

    /// The key of its row.
    fn key(&self, account: AccountId) -> Key;

    /// Its ARN, with the path.
    fn arn(&self) -> &str;

    /// Its tags.
    fn tags(&self) -> &Tags;

    /// The permissions boundary in force, for what can have one.
    fn boundary(&self) -> Option<&str> {
        None
    }

    /// The ARN that the caller means when nothing bears the name.
    fn presumed_arn(named: &str, call: &Call) -> String;

    /// How a refusal names it.
    fn shown(named: &str) -> String;

    /// Nothing bears the name.
    fn missing(named: &str) -> Fault;
}

/// The permission `iam:ACTION` on a resource that may not exist. Authorised on the stored ARN,
/// path included, whatever case the caller typed.
pub(crate) fn check_on<R: Resource>(
    action: &str,
    named: &str,
    found: Option<&R>,
    call: &Call,
) -> Check {
    let action = format!("iam:{action}");
    let check = match found {
        Some(resource) => {
            let mut check = Check::new(action, resource.arn(), call.account)
                .with_resource_tags(resource.tags());
            for (key, value) in resource.tags() {
                check = check.with(format!("iam:ResourceTag/{key}"), value);
            }
            check
        }
        None => Check::new(action, R::presumed_arn(named, call), call.account),
    };
    check.shown_as(R::shown(named))
}

/// Writes a changed resource back.
pub(crate) fn save<R: Resource>(unit: &mut Unit, call: &Call, resource: &R) -> Result<(), Fault> {
    unit.put(&resource.key(call.account), resource)
}

/// The text is an ARN, whatever it names.
pub(crate) fn require_arn(text: &str) -> Result<(), Fault> {
    text.parse::<Arn>().map(drop).map_err(|_| unparsed_arn())
}

/// `arn:PARTITION:iam::ACCOUNT:RESOURCE`.
pub(crate) fn iam_arn(call: &Call, resource: &str) -> String {
    Arn::new(call.partition(), "iam", "", call.account, resource).to_string()
}

impl Resource for RoleRow {
    const NOUN: &'static str = "Role";
    const RESOURCE_TYPE: &'static str = trail::ROLE;
    const TAG_CASE: TagCase = TagCase::Folded;

    async fn find(
        view: &mut View<'_>,
        account: AccountId,
        named: &str,
    ) -> Result<Option<Self>, Fault> {
        role_by_name(view, account, named).await
    }

    fn key(&self, account: AccountId) -> Key {
        role_key(account, &self.name)
    }

    fn arn(&self) -> &str {
        &self.arn
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn boundary(&self) -> Option<&str> {
        self.policies.boundary.as_deref()
    }

    fn presumed_arn(named: &str, call: &Call) -> String {
        iam_arn(call, &format!("role/{named}"))
    }

    fn shown(named: &str) -> String {
        format!("role {named}")
    }

    fn missing(named: &str) -> Fault {
        no_such_entity(format!("The role with name {named} cannot be found."))
    }
}

impl Resource for UserRow {
    const NOUN: &'static str = "User";
    const RESOURCE_TYPE: &'static str = trail::USER;
    const TAG_CASE: TagCase = TagCase::Folded;

    async fn find(
        view: &mut View<'_>,
        account: AccountId,
        named: &str,
    ) -> Result<Option<Self>, Fault> {
        user_by_name(view, account, named).await
    }

    fn key(&self, account: AccountId) -> Key {
        user_key(account, &self.name)
    }

    fn arn(&self) -> &str {
        &self.arn
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn boundary(&self) -> Option<&str> {
        self.policies.boundary.as_deref()
    }

    fn presumed_arn(named: &str, call: &Call) -> String {
        iam_arn(call, &format!("user/{named}"))
    }

    fn shown(named: &str) -> String {
        format!("user {named}")
    }

    fn missing(named: &str) -> Fault {
        no_such_entity(format!("The user with name {named} cannot be found."))
    }
}

impl Resource for PolicyRow {
    const NOUN: &'static str = "Policy";
    const RESOURCE_TYPE: &'static str = trail::POLICY;
    const TAG_CASE: TagCase = TagCase::Exact;

    async fn find(
        view: &mut View<'_>,
        account: AccountId,
        named: &str,
    ) -> Result<Option<Self>, Fault> {
        require_arn(named)?;
        policy_by_arn(view, account, named).await
    }

    fn key(&self, account: AccountId) -> Key {
        policy_key(account, &self.name)
    }

    fn arn(&self) -> &str {
        &self.arn
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn presumed_arn(named: &str, _: &Call) -> String {
        named.to_owned()
    }

    fn shown(named: &str) -> String {
        format!("policy {named}")
    }

    fn missing(named: &str) -> Fault {
        no_such_entity(format!("Policy {named} was not found."))
    }
}

impl Resource for ProviderRow {
    const NOUN: &'static str = "OpenIdConnectProvider";
    const RESOURCE_TYPE: &'static str = trail::PROVIDER;
    const TAG_CASE: TagCase = TagCase::Exact;

    async fn find(
        view: &mut View<'_>,
        account: AccountId,
        named: &str,
    ) -> Result<Option<Self>, Fault> {
        require_arn(named)?;
        provider_by_arn(view, account, named).await
    }

    fn key(&self, account: AccountId) -> Key {
        provider_key(account, &self.url)
    }

    fn arn(&self) -> &str {
        &self.arn
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn presumed_arn(named: &str, _: &Call) -> String {
        named.to_owned()
    }

    fn shown(named: &str) -> String {
        named.to_owned()
    }

    fn missing(named: &str) -> Fault {
        no_such_entity(format!("OpenIDConnect Provider not found for arn {named}"))
    }
}
