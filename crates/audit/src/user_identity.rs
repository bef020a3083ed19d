//! Who called: the `userIdentity` element of a record.

use base::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::time_text;

/// The `userIdentity` element (CloudTrail User Guide, "CloudTrail userIdentity element"). Each
/// variant holds the members that AWS writes for it, in AWS's order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub enum UserIdentity {
    /// The account itself.
    Root {
        /// The account id.
        principal_id: String,
        /// `arn:aws:iam::<account>:root`.
        arn: String,
        /// The account.
        account_id: AccountId,
        /// The key that signed.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        access_key_id: Option<String>,
    },
    /// An IAM user with a long-term key.
    #[serde(rename = "IAMUser")]
    IamUser {
        /// `AIDA…`.
        principal_id: String,
        /// The user's ARN.
        arn: String,
        /// The user's account.
        account_id: AccountId,
        /// The key that signed.
        access_key_id: String,
        /// The friendly name.
        user_name: String,
        /// The service that called in the user's name.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        invoked_by: Option<String>,
    },
    /// A role session.
    AssumedRole {
        /// `AROA…:<session name>`.
        principal_id: String,
        /// `arn:aws:sts::<account>:assumed-role/<role>/<session name>`.
        arn: String,
        /// The role's account.
        account_id: AccountId,
        /// The session's key, `ASIA…`.
        access_key_id: String,
        /// How the session came to be.
        session_context: Box<SessionContext>,
        /// The service that called in the session's name.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        invoked_by: Option<String>,
    },
    /// A web identity that asks for a session. AWS writes neither account nor key here.
    WebIdentityUser {
        /// `<provider ARN>:<audience>:<subject>`.
        principal_id: String,
        /// The subject.
        user_name: String,
        /// The provider's ARN.
        identity_provider: String,
    },
    /// A principal of another account.
    #[serde(rename = "AWSAccount")]
    AwsAccount {
        /// The principal's unique id, with `:<session name>` for a session.
        principal_id: String,
        /// The principal's account.
        account_id: AccountId,
    },
    /// An AWS service.
    #[serde(rename = "AWSService")]
    AwsService {
        /// E.g. `secretsmanager.amazonaws.com`.
        invoked_by: String,
    },
    /// Nobody could tell.
    Unknown {
        /// What was claimed, when something was.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        principal_id: Option<String>,
        /// What was claimed, when something was.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        user_name: Option<String>,
    },
}

impl UserIdentity {
    /// The web identity of a verified token.
    pub fn web_identity(provider_arn: &str, audience: &str, subject: &str) -> Self {
        Self::WebIdentityUser {
            principal_id: format!("{provider_arn}:{audience}:{subject}"),
            user_name: subject.to_owned(),
            identity_provider: provider_arn.to_owned(),
        }
    }

    /// What `LookupEvents` calls Username: a user's name, a session's name, a web identity's
    /// subject, `root`, a service.
    pub fn user_name(&self) -> Option<&str> {
        match self {
            Self::Root { .. } => Some("root"),
            Self::IamUser { user_name, .. } | Self::WebIdentityUser { user_name, .. } => {
                Some(user_name)
            }
            Self::AssumedRole { principal_id, .. } => session_name(principal_id),
            Self::AwsAccount { .. } => None,
            Self::AwsService { invoked_by } => Some(invoked_by),
            Self::Unknown { user_name, .. } => user_name.as_deref(),
        }
    }

    /// The access key that signed.
    pub fn access_key_id(&self) -> Option<&str> {
        match self {
            Self::Root { access_key_id, .. } => access_key_id.as_deref(),
            Self::IamUser { access_key_id, .. } | Self::AssumedRole { access_key_id, .. } => {
                Some(access_key_id)
            }
            Self::WebIdentityUser { .. }
            | Self::AwsAccount { .. }
            | Self::AwsService { .. }
            | Self::Unknown { .. } => None,
        }
    }

    /// The principal's unique id and what else tells principals apart.
    pub fn principal_id(&self) -> Option<&str> {
        match self {
            Self::Root { principal_id, .. }
            | Self::IamUser { principal_id, .. }
            | Self::AssumedRole { principal_id, .. }
            | Self::WebIdentityUser { principal_id, .. }
            | Self::AwsAccount { principal_id, .. } => Some(principal_id),
            Self::AwsService { invoked_by } => Some(invoked_by),
            Self::Unknown { principal_id, .. } => principal_id.as_deref(),
        }
    }

    /// The role of a session.
    pub fn session_issuer(&self) -> Option<&SessionIssuer> {
        match self {
            Self::AssumedRole {
                session_context, ..
            } => session_context.session_issuer.as_ref(),
            Self::Root { .. }
            | Self::IamUser { .. }
            | Self::WebIdentityUser { .. }
            | Self::AwsAccount { .. }
            | Self::AwsService { .. }
            | Self::Unknown { .. } => None,
        }
    }
}

fn session_name(principal_id: &str) -> Option<&str> {
    principal_id.split_once(':').map(|(_, session)| session)
}

/// How a session came to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionContext {
    /// The role.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub session_issuer: Option<SessionIssuer>,
    /// The provider, for sessions opened by a web identity; `{}` for others.
    pub web_id_federation_data: WebIdFederationData,
    /// When it was opened.
    pub attributes: SessionAttributes,
    /// The source identity, when one was set.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source_identity: Option<String>,
}

/// The role that a session belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionIssuer {
    /// `Role`.
    #[serde(rename = "type")]
    pub kind: SessionIssuerKind,
    /// `AROA…`.
    pub principal_id: String,
    /// The role's ARN.
    pub arn: String,
    /// The role's account.
    pub account_id: AccountId,
    /// The role's name.
    pub user_name: String,
}

/// What opened a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionIssuerKind {
    /// A role.
    Role,
    /// An IAM user (GetSessionToken).
    #[serde(rename = "IAMUser")]
    IamUser,
    /// The account.
    Root,
}

/// The web identity behind a session. Serialises as `{}` when there is none, as AWS does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebIdFederationData {
    /// The provider's ARN.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub federated_provider: Option<String>,
    /// Always `{}` for OIDC providers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub attributes: Option<Map<String, Value>>,
}

impl WebIdFederationData {
    /// A session that a web identity of this provider opened.
    pub fn of_provider(provider_arn: impl Into<String>) -> Self {
        Self {
            federated_provider: Some(provider_arn.into()),
            attributes: Some(Map::new()),
        }
    }
}

/// When a session was opened, and whether with a second factor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionAttributes {
    /// To the second, UTC.
    #[serde(with = "time_text")]
    pub creation_date: Timestamp,
    /// As text, as AWS writes it.
    pub mfa_authenticated: MfaAuthenticated,
}

/// Whether a session was opened with a second factor; AWS writes it as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MfaAuthenticated {
    /// It was.
    #[serde(rename = "true")]
    Yes,
    /// It was not.
    #[serde(rename = "false")]
    No,
}
