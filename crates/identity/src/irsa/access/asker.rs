//! Somebody who might ask: the caller as policies see it, its policies, and what is known of its
//! requests before they are made.

use base::{AccountId, Arn, Fault};
use engine::{Call, Grants, Server, View};
use policy::questions::{Knowledge, may_allow};
use policy::{Caller, CallerKind, Layers};

use crate::iam::grants::{role_grants, user_grants};
use crate::iam::rows::{ProviderRow, RoleRow, UserRow};

/// Keys that a principal's kind decides about: those that are not set are absent.
const PRINCIPAL_KEYS: &[&str] = &[
    "aws:AssumedRoot",
    "aws:FederatedProvider",
    "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent",
    "aws:PrincipalArn",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:SourceIdentity",
    "aws:TokenIssueTime",
    "aws:userid",
    "aws:username",
];

const PRINCIPAL_TAGS: &str = "aws:PrincipalTag/";

/// Somebody who might ask.
#[derive(Clone)]
pub(crate) struct Asker {
    pub(crate) caller: Caller,
    /// Without the resource's policy.
    pub(crate) layers: Layers,
    pub(crate) knowledge: Knowledge,
}

/// How a role's session begins.
#[derive(Clone, Copy)]
pub(crate) enum Entry<'a> {
    /// Nothing is known of it.
    Somehow,
    /// It exists, under this name.
    Named(&'a str),
    /// By a ServiceAccount's token of this provider.
    WebIdentity(&'a ProviderRow, &'a str),
}

impl Asker {
    /// The caller of this very call, from here and now.
    pub(crate) async fn own(call: &Call, view: &mut View<'_>) -> Result<Self, Fault> {
        let identities = &call.server.identities;
        let grants = identities
            .grants(&call.server, view, &call.principal)
            .await?;
        let grants = grants.unwrap_or_default();
        let mut knowledge = Knowledge::of(call.common_keys(&grants.tags));
        for key in PRINCIPAL_KEYS {
            knowledge.rule_out(key);
        }
        knowledge.rule_out_prefix(PRINCIPAL_TAGS);
        let issuer = match &call.principal {
            engine::Principal::Session(session) => session.federation.as_ref(),
            engine::Principal::Root(_)
            | engine::Principal::User(_)
            | engine::Principal::WebIdentity(_)
            | engine::Principal::Anonymous => None,
        };
        let issuer = issuer.map(|federation| federation.issuer.as_str());
        // A session's token is read once: what it did not say is absent.
        if let Some(issuer) = issuer {
            knowledge.rule_out_prefix(&format!("{issuer}:"));
        }
        knowledge.claims_of(issuer);
        Ok(Self {
            caller: call.principal.as_caller(),
            layers: grants.layers(),
            knowledge,
        })
    }

    /// The account itself.
    pub(crate) fn root(account: AccountId, partition: base::Partition) -> Self {
        let arn = Arn::new(partition, "iam", "", account, "root").to_string();
        let mut knowledge = of_principal(account, "Account", Some(&arn));
        knowledge.set("aws:userid", account.as_str());
        for key in PRINCIPAL_KEYS {
            knowledge.rule_out(key);
        }
        knowledge.rule_out_prefix(PRINCIPAL_TAGS);
        knowledge.claims_of(None);
        Self {
            caller: Caller {
                kind: CallerKind::Root,
                account: Some(account),
                principal_arn: Some(arn.clone()),
                arn,
                unique_id: None,
            },
            layers: Layers::default(),
            knowledge,
        }
    }

    /// A user with a long-term key.
    pub(crate) async fn user(
        server: &Server,
        view: &mut View<'_>,
        account: AccountId,
        user: &UserRow,
    ) -> Result<Self, Fault> {
        let grants = user_grants(server, view, account, &user.id).await?;
        let grants = grants.unwrap_or_default();
        let mut knowledge = of_principal(account, "User", Some(&user.arn));
        knowledge.set("aws:userid", user.id.to_string());
        knowledge.set("aws:username", user.name.as_str());
        know_tags(&mut knowledge, &grants);
        for key in PRINCIPAL_KEYS {
            knowledge.rule_out(key);
        }
        knowledge.claims_of(None);
        Ok(Self {
            caller: Caller {
                kind: CallerKind::User,
                account: Some(account),
                arn: user.arn.clone(),
                principal_arn: Some(user.arn.clone()),
                unique_id: Some(user.id.to_string()),
            },
            layers: grants.layers(),
            knowledge,
        })
    }

    /// A session of a role, without a session policy.
    pub(crate) async fn role(
        server: &Server,
        view: &mut View<'_>,
        account: AccountId,
        (role, entry): (&RoleRow, Entry<'_>),
    ) -> Result<Self, Fault> {
        let grants = role_grants(server, view, account, &role.id).await?;
        let grants = grants.unwrap_or_default();
        let mut knowledge = of_principal(account, "AssumedRole", Some(&role.arn));
        knowledge.set("aws:MultiFactorAuthPresent", "false");
        for key in [
            "aws:username",
            "aws:AssumedRoot",
            "aws:PrincipalServiceName",
        ] {
            knowledge.rule_out(key);
        }
        // A session's tags stand above the role's, where its trust policy lets sessions have any.
        if !trust_allows(server, role, "sts:TagSession") {
            know_tags(&mut knowledge, &grants);
        }
        if !trust_allows(server, role, "sts:SetSourceIdentity") {
            knowledge.rule_out("aws:SourceIdentity");
        }
        let session = match entry {
            Entry::Somehow | Entry::WebIdentity(..) => "*",
            Entry::Named(name) => name,
        };
        if let Entry::Named(name) = entry {
            knowledge.set("aws:userid", format!("{}:{name}", role.id));
        }
        if let Entry::WebIdentity(provider, subject) = entry {
            knowledge.set("aws:FederatedProvider", provider.arn.as_str());
            know_token(&mut knowledge, provider, Some(subject));
        }
        let partition = role.arn.split(':').nth(1).unwrap_or("aws");
        let name = &role.name;
        Ok(Self {
            caller: Caller {
                kind: CallerKind::AssumedRole,
                account: Some(account),
                arn: format!("arn:{partition}:sts::{account}:assumed-role/{name}/{session}"),
                principal_arn: Some(role.arn.clone()),
                unique_id: Some(role.id.to_string()),
            },
            layers: grants.layers(),
            knowledge,
        })
    }

    /// The bearer of a token of this provider, of this subject when that is known.
    pub(crate) fn web_identity(
        account: AccountId,
        provider: &ProviderRow,
        subject: Option<&str>,
    ) -> Self {
        let mut knowledge = of_principal(account, "User", None);
        knowledge.set("aws:userid", provider.arn.as_str());
        for key in PRINCIPAL_KEYS {
            knowledge.rule_out(key);
        }
        knowledge.rule_out_prefix(PRINCIPAL_TAGS);
        know_token(&mut knowledge, provider, subject);
        Self {
            caller: Caller {
                kind: CallerKind::WebIdentity,
                account: Some(account),
                arn: provider.arn.clone(),
                principal_arn: None,
                unique_id: None,
            },
            layers: Layers::default(),
            knowledge,
        }
    }
}

fn of_principal(account: AccountId, kind: &str, arn: Option<&str>) -> Knowledge {
    let mut knowledge = Knowledge::new();
    knowledge.set("aws:PrincipalAccount", account.as_str());
    knowledge.set("aws:PrincipalType", kind);
    knowledge.set("aws:ViaAWSService", "false");
    if let Some(arn) = arn {
        knowledge.set("aws:PrincipalArn", arn);
        knowledge.set("aws:PrincipalIsAWSService", "false");
    }
    knowledge
}

fn know_tags(knowledge: &mut Knowledge, grants: &Grants) {
    for (key, value) in &grants.tags {
        knowledge.set(&format!("{PRINCIPAL_TAGS}{key}"), value.as_str());
    }
    knowledge.rule_out_prefix(PRINCIPAL_TAGS);
}

/// A provider with one audience takes tokens for that only.
fn know_token(knowledge: &mut Knowledge, provider: &ProviderRow, subject: Option<&str>) {
    knowledge.claims_of(Some(&provider.url));
    if let Some(subject) = subject {
        knowledge.set(&format!("{}:sub", provider.url), subject);
    }
    if let [audience] = provider.client_ids.as_slice() {
        knowledge.set(&format!("{}:aud", provider.url), audience.as_str());
    }
}

/// Whether the role's trust policy may allow anybody this.
fn trust_allows(server: &Server, role: &RoleRow, action: &str) -> bool {
    let trust = super::matter::trust_policy(server, role);
    let documents = trust
        .iter()
        .filter_map(|one| one.attached.document.as_ref());
    let mut statements = documents.flat_map(|document| document.statements());
    statements.any(|statement| may_allow(statement, action))
}
