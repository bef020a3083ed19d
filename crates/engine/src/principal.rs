//! Who calls.

use std::sync::Arc;

use base::{AccessKeyId, AccountId, Timestamp, UniqueId};
use policy::{Caller, CallerKind};

use crate::PolicyText;

/// The proven caller of a request. Only `prove` hands one to the rooms behind it.
#[derive(Clone, Debug)]
pub enum Principal {
    /// The account itself, with a root access key.
    Root(AccountId),
    /// An IAM user, by a long-term key.
    User(UserPrincipal),
    /// A session of a role.
    Session(Box<SessionPrincipal>),
    /// The bearer of a verified web identity token, calling AssumeRoleWithWebIdentity.
    WebIdentity(Box<WebIdentityPrincipal>),
    /// Nobody: operations that ask for no authentication.
    Anonymous,
}

/// An IAM user as its access key proves it.
#[derive(Clone, Debug)]
pub struct UserPrincipal {
    /// The user's account.
    pub account: AccountId,
    /// `arn:aws:iam::…:user/path/name`.
    pub arn: String,
    /// The name, in the case it was created with.
    pub name: String,
    /// `AIDA…`.
    pub unique_id: UniqueId,
    /// The key that signed.
    pub access_key_id: AccessKeyId,
    /// The user's tags.
    pub tags: Vec<(String, String)>,
}

/// A role session as its sealed token tells it.
#[derive(Clone, Debug)]
pub struct SessionPrincipal {
    /// The role's account.
    pub account: AccountId,
    /// `arn:aws:iam::…:role/path/name`.
    pub role_arn: String,
    /// The role's name without its path.
    pub role_name: String,
    /// `AROA…`.
    pub role_id: UniqueId,
    /// `RoleSessionName`.
    pub session_name: String,
    /// `ASIA…`.
    pub access_key_id: AccessKeyId,
    /// 128 random bits, lower-case hex; the handle by which a session is revoked.
    pub session_id: String,
    /// When the session was issued.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// How many AssumeRole calls lie between it and its first identity; 0 for a web identity.
    pub chain_depth: u8,
    /// `sts:SourceIdentity`, set once for the whole chain.
    pub source_identity: Option<String>,
    /// Principal tags: the role's, overridden by the session's.
    pub tags: Vec<(String, String)>,
    /// Keys of `tags` that go along when the session assumes another role.
    pub transitive_tag_keys: Vec<String>,
    /// The web identity that opened the session, when one did.
    pub federation: Option<Federation>,
    /// Texts of the inline session policy and ARNs of the managed ones; `None`: no session policy.
    pub session_policy: Option<Arc<SessionPolicy>>,
}

/// What limits a session beyond its role's policies.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SessionPolicy {
    /// The inline document of the AssumeRole call.
    pub inline: Option<PolicyText>,
    /// Managed policies; one that no longer exists allows nothing (THREATS R37).
    pub arns: Vec<String>,
}

/// The part of a web identity that stays with its session.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Federation {
    /// `arn:aws:iam::…:oidc-provider/host/path`.
    pub provider_arn: String,
    /// The provider's URL without its scheme: the prefix of its condition keys.
    pub issuer: String,
    /// The token's `sub`.
    pub subject: String,
    /// The token's audience, or `azp`.
    pub audience: String,
    /// The token's `amr`.
    pub amr: Vec<String>,
}

/// A verified web identity token.
#[derive(Clone, Debug)]
pub struct WebIdentityPrincipal {
    /// The account of the provider and of the role.
    pub account: AccountId,
    /// What stays with the session.
    pub federation: Federation,
    /// The URL as the token spells it.
    pub issuer_url: String,
    /// Facts that stand beside the audit record.
    pub token: audit::TokenFacts,
    /// Session tags asked for by the token's `https://aws.amazon.com/tags` claim.
    pub tags: Vec<(String, String)>,
    /// Transitive ones among them.
    pub transitive_tag_keys: Vec<String>,
    /// The `https://aws.amazon.com/source_identity` claim.
    pub source_identity: Option<String>,
    /// Whether the `https://aws.amazon.com/roles` claim names the role
    /// (`sts:RoleAuthorizedByIdp`).
    pub role_authorized_by_idp: bool,
    /// What the issuer's server was believed by.
    pub issuer_trust: crate::fetch::Trust,
}

impl SessionPrincipal {
    /// `arn:aws:sts::…:assumed-role/ROLE/SESSION`; the role's path is dropped, as on AWS.
    pub fn arn(&self) -> String {
        let partition = self.role_arn.split(':').nth(1).unwrap_or("aws");
        format!(
            "arn:{partition}:sts::{}:assumed-role/{}/{}",
            self.account, self.role_name, self.session_name
        )
    }

    /// `AROA…:SESSION`.
    pub fn assumed_role_id(&self) -> String {
        format!("{}:{}", self.role_id, self.session_name)
    }
}

impl Principal {
    /// The account that answers for the caller.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Principal::Root(account) => Some(*account),
            Principal::User(user) => Some(user.account),
            Principal::Session(session) => Some(session.account),
            Principal::WebIdentity(identity) => Some(identity.account),
            Principal::Anonymous => None,
        }
    }

    /// The ARN that AWS shows in answers and refusals.
    pub fn arn(&self) -> String {
        match self {
            Principal::Root(account) => format!("arn:aws:iam::{account}:root"),
            Principal::User(user) => user.arn.clone(),
            Principal::Session(session) => session.arn(),
            Principal::WebIdentity(identity) => identity.federation.provider_arn.clone(),
            Principal::Anonymous => "anonymous".to_owned(),
        }
    }

    /// `aws:userid`, and `UserId` of GetCallerIdentity.
    pub fn user_id(&self) -> String {
        match self {
            Principal::Root(account) => account.to_string(),
            Principal::User(user) => user.unique_id.to_string(),
            Principal::Session(session) => session.assumed_role_id(),
            Principal::WebIdentity(identity) => identity.federation.provider_arn.clone(),
            Principal::Anonymous => "anonymous".to_owned(),
        }
    }

    /// The key that signed, when one did.
    pub fn access_key_id(&self) -> Option<&AccessKeyId> {
        match self {
            Principal::User(user) => Some(&user.access_key_id),
            Principal::Session(session) => Some(&session.access_key_id),
            Principal::Root(_) | Principal::WebIdentity(_) | Principal::Anonymous => None,
        }
    }

    /// The caller as policies can name it.
    pub fn as_caller(&self) -> Caller {
        let (kind, principal_arn, unique_id) = match self {
            Principal::Root(_) => (CallerKind::Root, Some(self.arn()), None),
            Principal::User(user) => (
                CallerKind::User,
                Some(user.arn.clone()),
                Some(user.unique_id.to_string()),
            ),
            Principal::Session(session) => (
                CallerKind::AssumedRole,
                Some(session.role_arn.clone()),
                Some(session.role_id.to_string()),
            ),
            Principal::WebIdentity(_) => (CallerKind::WebIdentity, None, None),
            Principal::Anonymous => (CallerKind::Anonymous, None, None),
        };
        Caller {
            kind,
            account: self.account(),
            arn: self.arn(),
            principal_arn,
            unique_id,
        }
    }
}
