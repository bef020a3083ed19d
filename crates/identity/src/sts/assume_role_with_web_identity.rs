//! Opens a session of a role for the bearer of a web identity token. The rooms verified the token
//! before; the trust policy decides.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>

use base::Fault;
use engine::fetch::Trust;
use engine::{
    Access, AuditFacts, Call, Operation, Permitted, Principal, Unit, View, WebIdentityPrincipal,
};
use serde_json::json;
use shapes::sts::{AssumeRoleWithWebIdentityInput, AssumeRoleWithWebIdentityOutput};

use super::new_session::{Chaining, NewSession, duration};
use super::session_audit;
use super::session_policy::session_policy;
use super::session_tags::SessionTags;
use super::target_role::{Asked, TargetRole};

/// Whatever is wrong with role or trust (THREATS R51).
const REFUSAL: &str = "Not authorized to perform sts:AssumeRoleWithWebIdentity";

pub(crate) struct AssumeRoleWithWebIdentity;

pub(crate) struct Facts {
    target: TargetRole,
    tags: SessionTags,
}

impl Operation for AssumeRoleWithWebIdentity {
    type Input = AssumeRoleWithWebIdentityInput;
    type Output = AssumeRoleWithWebIdentityOutput;
    type Facts = Facts;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::sts::ASSUME_ROLE_WITH_WEB_IDENTITY
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Facts, Fault> {
        let identity = identity(call)?;
        if let Some(provider_id) = &input.provider_id {
            return Err(oauth_refusal(provider_id));
        }
        let tags = SessionTags::requested(
            identity.tags.clone(),
            identity.transitive_tag_keys.clone(),
            None,
        )?;
        Ok(Facts {
            target: TargetRole::find(view, &input.role_arn).await?,
            tags,
        })
    }

    fn access(&self, input: &Self::Input, facts: &Facts, call: &Call) -> Access {
        let identity = identity(call).ok();
        let asked = Asked {
            action: "sts:AssumeRoleWithWebIdentity",
            session_name: &input.role_session_name,
            external_id: None,
            tags: &facts.tags,
            source_identity: identity.and_then(|known| known.source_identity.as_deref()),
            authorized_by_idp: Some(identity.is_some_and(|known| known.role_authorized_by_idp)),
        };
        facts
            .target
            .access(&asked, call, |check, _| check.refused_with(REFUSAL))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        facts: &Facts,
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let identity = identity(call)?;
        let target = &facts.target;
        let role = target.row.as_ref().ok_or_else(missing)?;
        let policy = session_policy(
            input.policy.as_deref(),
            input.policy_arns.as_deref(),
            target.account,
        )?;
        let opened = NewSession {
            role,
            target,
            session_name: &input.role_session_name,
            duration_secs: duration(input.duration_seconds, role, Chaining::First)?,
            federation: Some(&identity.federation),
            source_identity: identity.source_identity.as_deref(),
            tags: &facts.tags,
            chain_depth: 0,
            policy,
            min_token_chars: input.minimum_session_token_size.unwrap_or_default(),
        }
        .open(call)?;
        Ok(AssumeRoleWithWebIdentityOutput {
            credentials: Some(opened.credentials),
            subject_from_web_identity_token: Some(identity.federation.subject.clone()),
            assumed_role_user: Some(opened.user),
            packed_policy_size: Some(opened.utilization),
            provider: Some(identity.federation.provider_arn.clone()),
            audience: Some(identity.federation.audience.clone()),
            source_identity: identity.source_identity.clone(),
            session_token_utilization: Some(opened.utilization),
            session_token_size: Some(opened.token_size),
        })
    }

    fn audit(
        &self,
        input: &Self::Input,
        facts: Option<&Facts>,
        output: Option<&Self::Output>,
        call: &Call,
    ) -> AuditFacts {
        let source_identity = identity(call)
            .ok()
            .and_then(|known| known.source_identity.as_deref());
        let mut request = session_audit::Asked {
            role_arn: &input.role_arn,
            session_name: &input.role_session_name,
            duration_secs: input.duration_seconds,
            policy: input.policy.as_deref(),
            policy_arns: input.policy_arns.as_deref(),
            source_identity,
            external_id: None,
        }
        .members();
        if let Some(facts) = facts {
            request.extend(session_audit::tag_members(&facts.tags));
        }
        let response = output.map(|output| {
            let mut members = session_audit::opened_members(
                output.credentials.as_ref(),
                output.assumed_role_user.as_ref(),
            );
            members.extend(session_audit::object([
                (
                    "subjectFromWebIdentityToken",
                    output
                        .subject_from_web_identity_token
                        .as_ref()
                        .map(|text| json!(text)),
                ),
                ("provider", output.provider.as_ref().map(|text| json!(text))),
                ("audience", output.audience.as_ref().map(|text| json!(text))),
                (
                    "packedPolicySize",
                    output.packed_policy_size.map(|size| json!(size)),
                ),
                (
                    "sourceIdentity",
                    output.source_identity.as_ref().map(|text| json!(text)),
                ),
            ]));
            members
        });
        AuditFacts {
            additional: identity(call).ok().map(|identity| {
                json!({
                    "identityProviderConnectionVerificationMethod": match identity.issuer_trust {
                        Trust::Roots => "IAMTrustStore",
                        Trust::Thumbprint => "Thumbprint",
                        // AWS has neither.
                        Trust::Authority => "PrivateAuthority",
                        Trust::Pinned => "PinnedKeys",
                    }
                })
            }),
            minted: output.and_then(|output| session_audit::minted(output.credentials.as_ref())),
            ..session_audit::facts(request, response, facts.map(|facts| &facts.target))
        }
    }
}

fn identity(call: &Call) -> Result<&WebIdentityPrincipal, Fault> {
    match &call.principal {
        Principal::WebIdentity(identity) => Ok(identity),
        Principal::Root(_) | Principal::User(_) | Principal::Session(_) | Principal::Anonymous => {
            Err(Fault::internal(
                "a caller without a web identity token got here",
            ))
        }
    }
}

/// `ProviderId` goes with OAuth 2.0 access tokens, which are not served: what came is a JWT, and
/// refused as AWS refuses one (recorded).
fn oauth_refusal(provider_id: &str) -> Fault {
    let fault = match provider_id {
        "www.amazon.com" => Fault::bad_request(
            "InvalidIdentityToken",
            "Provided Token is not a Login With Amazon token",
        ),
        // AWS passes on what Facebook said; nobody asked it here.
        "graph.facebook.com" => Fault::new(
            "IDPRejectedClaim",
            403,
            "graph.facebook.com tokens are not accepted",
        ),
        _ => Fault::new(
            "AccessDenied",
            403,
            "Unrecognized OAuth provider. Do not include a provider parameter when submitting \
             OpenIDConnect ID tokens",
        ),
    };
    fault
        .denied()
        .with_internal("ProviderId names an OAuth 2.0 provider; only OIDC is served")
}

/// A role that does not exist trusts nobody, so this is not reached.
fn missing() -> Fault {
    Fault::new("AccessDenied", 403, REFUSAL).denied()
}
