//! What one ServiceAccount is to have.

use base::{AccountId, Arn, Partition};
use serde_json::{Value, json};

use crate::values::{ServiceAccount, Tag};

/// For whom tokens are where nobody says otherwise.
pub(super) const DEFAULT_AUDIENCE: &str = "sts.amazonaws.com";
/// The name of the role's inline policy.
pub(super) const INLINE_POLICY: &str = "irsa";
/// The tags that say for whom a role was made.
pub(super) const ACCOUNT_TAG: &str = "irsa:service-account";
/// The other of them.
pub(super) const ISSUER_TAG: &str = "irsa:issuer";

/// The whole wish.
pub(super) struct Wanted {
    /// For whom.
    pub(super) account: ServiceAccount,
    /// `iss` of its tokens.
    pub(super) issuer: String,
    /// `aud` of its tokens.
    pub(super) audience: String,
    /// The role.
    pub(super) role: RoleWanted,
}

/// The role that it is to have.
pub(super) struct RoleWanted {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) boundary: Option<String>,
    pub(super) tags: Vec<Tag>,
    /// ARNs of managed policies.
    pub(super) policies: Vec<String>,
    /// The text of the inline policy.
    pub(super) inline: Option<String>,
}

/// Where IAM resources are.
#[derive(Clone, Copy)]
pub(super) struct Home {
    pub(super) partition: Partition,
    pub(super) account: AccountId,
}

impl Wanted {
    /// `sub` of its tokens.
    pub(super) fn subject(&self) -> String {
        let (namespace, name) = (self.account.namespace(), self.account.name());
        format!("system:serviceaccount:{namespace}:{name}")
    }

    /// The issuer as it stands in ARNs and condition keys.
    pub(super) fn issuer_key(&self) -> String {
        jose::normalise_issuer(&self.issuer)
    }

    /// The issuer's provider, existing or not.
    pub(super) fn provider_arn(&self, home: Home) -> String {
        home.arn(&format!("oidc-provider/{}", self.issuer_key()))
    }

    /// The role when it is made.
    pub(super) fn role_arn(&self, home: Home) -> String {
        home.arn(&format!("role{}{}", self.role.path, self.role.name))
    }

    /// Lets the ServiceAccount's pods, and nobody else, assume the role.
    pub(super) fn trust_statement(&self, provider_arn: &str) -> Value {
        let key = self.issuer_key();
        json!({
            "Effect": "Allow",
            "Principal": { "Federated": provider_arn },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": { "StringEquals": {
                format!("{key}:aud"): self.audience,
                format!("{key}:sub"): self.subject(),
            }},
        })
    }

    /// The trust policy of a new role.
    pub(super) fn trust_policy(&self, provider_arn: &str) -> Value {
        json!({ "Version": "2012-10-17", "Statement": [self.trust_statement(provider_arn)] })
    }

    /// The role's tags: those asked for, and for whom it was made.
    pub(super) fn tags(&self) -> Vec<Tag> {
        let own = [
            (ACCOUNT_TAG, self.account.to_string()),
            (ISSUER_TAG, self.issuer_key()),
        ];
        let own = own.into_iter().map(|(key, value)| Tag {
            key: key.to_owned(),
            value,
        });
        self.role.tags.iter().cloned().chain(own).collect()
    }
}

impl Home {
    fn arn(self, resource: &str) -> String {
        Arn::new(self.partition, "iam", "", self.account, resource).to_string()
    }
}
