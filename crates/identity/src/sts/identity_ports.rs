//! How identity answers the rooms: who holds a key, whether a session lives, what they may do.

use async_trait::async_trait;
use base::{AccessKeyId, Fault, Timestamp};
use engine::{
    Federation, Grants, Identities, KeyHolder, PreparedPolicies, Principal, Server, SessionCheck,
    SessionPolicy, SessionPrincipal, StoredPolicy, View,
};
use policy::{Leniency, PolicyKind};
use std::sync::Arc;

use super::session_cache::{OpenedSession, SessionCache};
use super::session_claims::{FederationClaims, SessionKind};
use super::session_denial::is_denied;
use super::session_tags::overridden;
use crate::iam::grants::{ManagedPolicy, key_holder, role_grants, user_grants};
use crate::iam::rows::{RoleRow, role_by_id};

/// The name that explanations give an inline session policy.
const INLINE_SESSION_POLICY: &str = "inline session policy";

/// The port over IAM's rows and the ring of sessions. One per server.
#[derive(Default)]
pub struct IdentityPorts {
    sessions: SessionCache,
}

#[async_trait]
impl Identities for IdentityPorts {
    async fn key_holder(
        &self,
        server: &Server,
        view: &mut View<'_>,
        access_key_id: &AccessKeyId,
    ) -> Result<Option<KeyHolder>, Fault> {
        key_holder(server, view, access_key_id).await
    }

    async fn session(
        &self,
        server: &Server,
        view: &mut View<'_>,
        access_key_id: &AccessKeyId,
        token: &str,
    ) -> Result<SessionCheck, Fault> {
        let Some(opened) = self.sessions.open(server, access_key_id, token).await? else {
            return Ok(SessionCheck::Invalid);
        };
        if opened.claims.expires_at_secs <= server.clock.now().as_second() {
            return Ok(SessionCheck::Expired);
        }
        let role = role_by_id(view, opened.account, &opened.claims.role_id).await?;
        let Some(role) = role.filter(|role| role.session_epoch == opened.claims.epoch) else {
            return Ok(SessionCheck::Invalid);
        };
        if is_denied(view, opened.account, &opened.session_id).await? {
            return Ok(SessionCheck::Invalid);
        }
        let secret = opened.secret.clone();
        let principal = Principal::Session(Box::new(principal(&opened, access_key_id, role)?));
        Ok(SessionCheck::Live(Box::new(KeyHolder {
            principal,
            secret,
        })))
    }

    async fn grants(
        &self,
        server: &Server,
        view: &mut View<'_>,
        principal: &Principal,
    ) -> Result<Option<Grants>, Fault> {
        match principal {
            Principal::Root(_) | Principal::WebIdentity(_) | Principal::Anonymous => {
                Ok(Some(Grants::default()))
            }
            Principal::User(user) => user_grants(server, view, user.account, &user.unique_id).await,
            Principal::Session(session) => session_grants(server, view, session).await,
        }
    }
}

/// The role's policies, limited by the session's.
async fn session_grants(
    server: &Server,
    view: &mut View<'_>,
    session: &SessionPrincipal,
) -> Result<Option<Grants>, Fault> {
    let Some(of_role) = role_grants(server, view, session.account, &session.role_id).await? else {
        return Ok(None);
    };
    let limits = match &session.session_policy {
        Some(policy) => Some(session_policies(server, view, session, policy).await?),
        None => None,
    };
    Ok(Some(Grants {
        session: limits,
        tags: session.tags.clone(),
        ..of_role
    }))
}

/// One that is missing allows nothing (THREATS R37).
async fn session_policies(
    server: &Server,
    view: &mut View<'_>,
    session: &SessionPrincipal,
    policy: &SessionPolicy,
) -> Result<Arc<PreparedPolicies>, Fault> {
    let mut managed = Vec::with_capacity(policy.arns.len());
    for arn in &policy.arns {
        managed.push(ManagedPolicy::find(view, session.account, arn).await?);
    }
    let inline = policy.inline.iter().map(|text| StoredPolicy {
        name: INLINE_SESSION_POLICY,
        arn: None,
        text: Some(text),
        kind: PolicyKind::Session,
        leniency: Leniency::Session,
    });
    let policies: Vec<_> = inline
        .chain(managed.iter().map(ManagedPolicy::stored))
        .collect();
    Ok(server.policies.prepared(&policies))
}

fn principal(
    opened: &OpenedSession,
    access_key_id: &AccessKeyId,
    role: RoleRow,
) -> Result<SessionPrincipal, Fault> {
    let claims = &opened.claims;
    let SessionKind::Role = claims.kind;
    let moment = |moment: Result<Timestamp, _>| {
        moment.map_err(|_| Fault::internal("a session token of ours tells no time"))
    };
    Ok(SessionPrincipal {
        account: opened.account,
        federation: claims
            .federation
            .as_ref()
            .map(|known| federation(known, opened, &role)),
        role_arn: role.arn,
        role_name: role.name,
        role_id: role.id,
        session_name: claims.session_name.clone(),
        access_key_id: access_key_id.clone(),
        session_id: opened.session_id.clone(),
        issued_at: moment(Timestamp::from_millisecond(claims.issued_at_millis))?,
        expires_at: moment(Timestamp::from_second(claims.expires_at_secs))?,
        chain_depth: claims.chain_depth,
        source_identity: claims.source_identity.clone(),
        tags: overridden(role.tags, &claims.tags),
        transitive_tag_keys: claims.transitive_tag_keys.clone(),
        session_policy: claims.policy.clone().map(Arc::new),
    })
}

fn federation(known: &FederationClaims, opened: &OpenedSession, role: &RoleRow) -> Federation {
    let partition = role.arn.split(':').nth(1).unwrap_or("aws");
    Federation {
        provider_arn: format!(
            "arn:{partition}:iam::{}:oidc-provider/{}",
            opened.account, known.issuer
        ),
        issuer: known.issuer.clone(),
        subject: known.subject.clone(),
        audience: known.audience.clone(),
        amr: known.amr.clone(),
    }
}
