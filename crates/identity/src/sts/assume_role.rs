//! Opens a session of a role for a user or for another session.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use base::Fault;
use engine::{
    Access, AuditFacts, Call, Operation, Permitted, Principal, SessionPrincipal, Unit, View,
};
use serde_json::json;
use shapes::sts::{AssumeRoleInput, AssumeRoleOutput};

use super::new_session::{Chaining, NewSession, duration};
use super::session_audit;
use super::session_policy::session_policy;
use super::session_tags::SessionTags;
use super::target_role::{Asked, TargetRole};

pub(crate) struct AssumeRole;

pub(crate) struct Facts {
    target: TargetRole,
    tags: SessionTags,
    /// The caller's own, else the one asked for.
    source_identity: Option<String>,
}

impl Operation for AssumeRole {
    type Input = AssumeRoleInput;
    type Output = AssumeRoleOutput;
    type Facts = Facts;

    fn shape(&self) -> &'static shapes::Operation {
        &shapes::sts::ASSUME_ROLE
    }

    async fn facts(
        &self,
        input: &Self::Input,
        call: &Call,
        view: &mut View<'_>,
    ) -> Result<Facts, Fault> {
        refuse_unserved(input, call)?;
        let session = session(call);
        let tags = SessionTags::requested(
            input
                .tags
                .iter()
                .flatten()
                .map(|tag| (tag.key.clone(), tag.value.clone()))
                .collect(),
            input.transitive_tag_keys.clone().unwrap_or_default(),
            session,
        )?;
        let inherited = session.and_then(|session| session.source_identity.clone());
        Ok(Facts {
            target: TargetRole::find(view, &input.role_arn).await?,
            tags,
            source_identity: inherited.or_else(|| input.source_identity.clone()),
        })
    }

    fn access(&self, input: &Self::Input, facts: &Facts, call: &Call) -> Access {
        let asked = Asked {
            action: "sts:AssumeRole",
            session_name: &input.role_session_name,
            external_id: input.external_id.as_deref(),
            tags: &facts.tags,
            source_identity: facts.source_identity.as_deref(),
            authorized_by_idp: None,
        };
        facts
            .target
            .access(&asked, call, |check, arn| check.refused_without_reason(arn))
    }

    async fn perform(
        &self,
        input: &Self::Input,
        facts: &Facts,
        call: &Permitted<'_>,
        _: &mut Unit,
    ) -> Result<Self::Output, Fault> {
        let target = &facts.target;
        let role = target
            .row
            .as_ref()
            .ok_or_else(|| refusal("sts:AssumeRole", input, call))?;
        if input.source_identity.is_some() && input.source_identity != facts.source_identity {
            // It was set when the chain began and stays (IAM User Guide, source identity).
            return Err(refusal("sts:SetSourceIdentity", input, call));
        }
        let caller = session(call);
        let chaining = if caller.is_some() {
            Chaining::Chained
        } else {
            Chaining::First
        };
        let policy = session_policy(
            input.policy.as_deref(),
            input.policy_arns.as_deref(),
            target.account,
        )?;
        let is_packed = policy.is_some() || !facts.tags.is_empty();
        let opened = NewSession {
            role,
            target,
            session_name: &input.role_session_name,
            duration_secs: duration(input.duration_seconds, role, chaining)?,
            federation: None,
            source_identity: facts.source_identity.as_deref(),
            tags: &facts.tags,
            chain_depth: caller
                .map_or(0, |session| session.chain_depth)
                .saturating_add(1),
            policy,
            min_token_chars: input.minimum_session_token_size.unwrap_or_default(),
        }
        .open(call)?;
        Ok(AssumeRoleOutput {
            credentials: Some(opened.credentials),
            assumed_role_user: Some(opened.user),
            packed_policy_size: is_packed.then_some(opened.utilization),
            source_identity: facts.source_identity.clone(),
            session_token_utilization: Some(opened.utilization),
            session_token_size: Some(opened.token_size),
        })
    }

    fn audit(
        &self,
        input: &Self::Input,
        facts: Option<&Facts>,
        output: Option<&Self::Output>,
        _: &Call,
    ) -> AuditFacts {
        let mut request = session_audit::Asked {
            role_arn: &input.role_arn,
            session_name: &input.role_session_name,
            duration_secs: input.duration_seconds,
            policy: input.policy.as_deref(),
            policy_arns: input.policy_arns.as_deref(),
            source_identity: input.source_identity.as_deref(),
            external_id: input.external_id.as_deref(),
        }
        .members();
        request.extend(requested(input));
        let response = output.map(|output| {
            let mut members = session_audit::opened_members(
                output.credentials.as_ref(),
                output.assumed_role_user.as_ref(),
            );
            members.extend(session_audit::object([
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
            minted: output.and_then(|output| session_audit::minted(output.credentials.as_ref())),
            ..session_audit::facts(request, response, facts.map(|facts| &facts.target))
        }
    }
}

/// What is refused before anything is looked up.
fn refuse_unserved(input: &AssumeRoleInput, call: &Call) -> Result<(), Fault> {
    if matches!(call.principal, Principal::Root(_)) {
        return Err(denied(
            "Roles may not be assumed by root accounts.".to_owned(),
        ));
    }
    if input.serial_number.is_some() || input.token_code.is_some() {
        return Err(denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your \
             MFA serial number is valid and associated with this user."
                .to_owned(),
        ));
    }
    if input
        .provided_contexts
        .as_ref()
        .is_some_and(|contexts| !contexts.is_empty())
    {
        return Err(Fault::bad_request(
            "ValidationError",
            "ProvidedContexts is not served: no context provider is known here.",
        ));
    }
    Ok(())
}

/// Tags as CloudTrail shows them for AssumeRole.
fn requested(input: &AssumeRoleInput) -> serde_json::Map<String, serde_json::Value> {
    let tags: Option<Vec<_>> = input.tags.as_ref().map(|tags| {
        tags.iter()
            .map(|tag| json!({ "key": tag.key, "value": tag.value }))
            .collect()
    });
    session_audit::object([
        ("tags", tags.map(serde_json::Value::from)),
        (
            "transitiveTagKeys",
            input.transitive_tag_keys.as_ref().map(|keys| json!(keys)),
        ),
        (
            "serialNumber",
            input.serial_number.as_ref().map(|text| json!(text)),
        ),
    ])
}

fn session(call: &Call) -> Option<&SessionPrincipal> {
    match &call.principal {
        Principal::Session(session) => Some(session),
        Principal::Root(_)
        | Principal::User(_)
        | Principal::WebIdentity(_)
        | Principal::Anonymous => None,
    }
}

fn refusal(action: &str, input: &AssumeRoleInput, call: &Call) -> Fault {
    denied(format!(
        "User: {} is not authorized to perform: {action} on resource: {}",
        call.principal.arn(),
        input.role_arn
    ))
}

fn denied(text: String) -> Fault {
    Fault::new("AccessDenied", 403, text).denied()
}

#[cfg(test)]
mod tests {
    use base::RequestId;
    use engine::testing::{ACCOUNT, REGION, Stage};
    use engine::{Replay, Source, Transport};

    use super::*;

    #[tokio::test]
    async fn roots_assume_no_roles() {
        let stage = Stage::new(|_| {}).await;
        let server = stage.server();
        let account = ACCOUNT.parse().unwrap();
        let call = Call {
            request_id: RequestId::draw(&*stage.entropy),
            service: &shapes::sts::SERVICE,
            operation: &shapes::sts::ASSUME_ROLE,
            account,
            region: REGION.parse().unwrap(),
            principal: Principal::Root(account),
            source: Source {
                ip: [127, 0, 0, 1].into(),
                transport: Transport::Tls,
                user_agent: String::new(),
                host: String::new(),
            },
            now: server.clock.now(),
            entropy: Replay::over(stage.entropy.clone()),
            server: server.clone(),
        };
        let fault = refuse_unserved(&AssumeRoleInput::default(), &call).unwrap_err();
        assert_eq!((fault.code(), fault.status()), ("AccessDenied", 403));
        assert_eq!(
            fault.message(),
            "Roles may not be assumed by root accounts."
        );
    }
}
