//! The role that somebody wants to assume, there or not.

use base::{AccountId, Arn, Fault};
use engine::{Access, Call, Check, ResourcePolicy, StoredPolicy, View};
use policy::{Leniency, PolicyKind, ResourceGate};

use super::session_tags::SessionTags;
use crate::iam::rows::{RoleRow, role_by_arn};

/// What stands in for the trust policy of a role that does not exist, so that the same evaluation
/// runs (THREATS R51). It admits nobody: the provider's URL cannot be registered.
const NO_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::000000000000:oidc-provider/-"},"Action":"sts:AssumeRoleWithWebIdentity"}]}"#;
/// How explanations name the trust policy.
const TRUST_POLICY: &str = "trust policy";
/// How they name its stand-in.
const MISSING_ROLE: &str = "no such role";

/// A role by ARN.
pub(crate) struct TargetRole {
    /// As the caller typed it.
    pub(crate) arn: Arn,
    /// The account in the ARN.
    pub(crate) account: AccountId,
    /// The role, when it exists.
    pub(crate) row: Option<RoleRow>,
}

/// What a session asks of the role's trust policy.
pub(crate) struct Asked<'a> {
    /// `sts:AssumeRole` or `sts:AssumeRoleWithWebIdentity`.
    pub(crate) action: &'static str,
    /// `RoleSessionName`.
    pub(crate) session_name: &'a str,
    /// `ExternalId`.
    pub(crate) external_id: Option<&'a str>,
    /// The session's tags.
    pub(crate) tags: &'a SessionTags,
    /// The session's source identity.
    pub(crate) source_identity: Option<&'a str>,
    /// `sts:RoleAuthorizedByIdp`; only web identities have it.
    pub(crate) authorized_by_idp: Option<bool>,
}

/// Reads a role's ARN; anything else is refused in AWS's words.
pub(crate) fn parse_role_arn(text: &str) -> Result<(Arn, AccountId), Fault> {
    let invalid = || Fault::bad_request("ValidationError", format!("{text} is invalid"));
    let arn: Arn = text.parse().map_err(|_| invalid())?;
    let account = arn.account_id().ok_or_else(invalid)?;
    let names_role = arn
        .resource()
        .strip_prefix("role/")
        .is_some_and(|path| !path.is_empty());
    if arn.service() == "iam" && arn.region().is_empty() && names_role {
        Ok((arn, account))
    } else {
        Err(invalid())
    }
}

impl TargetRole {
    /// Looks the role up. The ARN must be its own to the letter, as on AWS.
    pub(crate) async fn find(view: &mut View<'_>, text: &str) -> Result<Self, Fault> {
        let (arn, account) = parse_role_arn(text)?;
        let row = role_by_arn(view, &arn)
            .await?
            .filter(|row| row.arn == arn.as_str());
        Ok(Self { arn, account, row })
    }

    /// The permissions that opening such a session takes: the action itself and, each a permission
    /// of its own, to tag the session and to set its source identity.
    pub(crate) fn access(
        &self,
        asked: &Asked<'_>,
        call: &Call,
        worded: fn(Check, &str) -> Check,
    ) -> Access {
        let trust = self.trust(call);
        let mut actions = vec![asked.action];
        if !asked.tags.is_empty() {
            actions.push("sts:TagSession");
        }
        if asked.source_identity.is_some() {
            actions.push("sts:SetSourceIdentity");
        }
        let checks = actions.into_iter().map(|action| {
            let check = self
                .check(action, asked)
                .with_resource_policy(trust.clone());
            worded(check, self.arn.as_str())
        });
        Access::All(checks.collect())
    }

    fn check(&self, action: &str, asked: &Asked<'_>) -> Check {
        let mut check = Check::new(action, self.arn.as_str(), self.account)
            .with("sts:RoleSessionName", asked.session_name)
            .with_some("sts:ExternalId", asked.external_id)
            .with_some("sts:SourceIdentity", asked.source_identity)
            .with_some(
                "sts:RoleAuthorizedByIdp",
                asked.authorized_by_idp.map(|known| known.to_string()),
            )
            .with_request_tags(&asked.tags.all());
        let transitive = asked.tags.transitive();
        if !transitive.is_empty() {
            check = check.with_many("sts:TransitiveTagKeys", transitive);
        }
        let tags = self.row.as_ref().map_or(&[][..], |row| &row.tags);
        for (key, value) in tags {
            check = check.with(format!("iam:ResourceTag/{key}"), value);
        }
        check.with_resource_tags(tags)
    }

    fn trust(&self, call: &Call) -> ResourcePolicy {
        let (name, text) = match &self.row {
            Some(row) => (TRUST_POLICY, row.trust.clone()),
            None => (MISSING_ROLE, NO_TRUST.into()),
        };
        let trust = StoredPolicy {
            name,
            arn: None,
            text: Some(&text),
            kind: PolicyKind::RoleTrust,
            leniency: Leniency::Storage,
        };
        ResourcePolicy {
            policy: call.server.policies.prepared(&[trust]),
            gate: ResourceGate::Trust,
        }
    }

    /// For the audit record.
    pub(crate) fn resource(&self) -> audit::Resource {
        audit::Resource {
            account_id: Some(self.account),
            kind: "AWS::IAM::Role".to_owned(),
            arn: self.arn.as_str().to_owned(),
        }
    }
}
