//! Facts in, decision and explanation out.

use base::Fault;
use policy::{Context, Decision, Layers, Request, compiled};
use serde_json::Value as Json;

use crate::access::{Access, Check, ContextEntry, Refusal, ResourcePolicy};
use crate::call::{Call, Permitted, Transport};
use crate::ports::Grants;
use crate::principal::Principal;

/// A call that was allowed, and why.
pub(crate) struct Allowed<'a> {
    pub(crate) proof: Permitted<'a>,
    pub(crate) decisions: Vec<Decided>,
}

/// One check and what came of it.
pub(crate) struct Decided {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) decision: Decision,
}

/// A call that was refused: what the client gets, and the explanation for those who may see it.
pub(crate) struct Refused {
    pub(crate) fault: Fault,
    pub(crate) explanation: Json,
}

/// Decides every check that the operation asks for; the first refusal ends it.
pub(crate) fn permit<'a>(
    call: &'a Call,
    access: Access,
    grants: &Grants,
) -> Result<Allowed<'a>, Box<Refused>> {
    let checks = match access {
        Access::AnyCaller => Vec::new(),
        Access::All(checks) => checks,
    };
    let caller = call.principal.as_caller();
    let mut layers = grants.compiled();
    let mut decisions = Vec::with_capacity(checks.len());
    for check in checks {
        layers.resource = check.resource_policy.as_ref().map(ResourcePolicy::compiled);
        let context = context(call, &grants.tags, &check);
        let request = Request {
            caller: &caller,
            action: &check.action,
            resource: &check.resource,
            resource_account: check.owner,
            context: &context,
        };
        let decision = compiled::decide(&request, &layers).to_decision();
        if !decision.is_allowed() {
            return Err(refused(call, &request, &check, &decision, grants));
        }
        decisions.push(Decided {
            action: check.action,
            resource: check.resource,
            decision,
        });
    }
    Ok(Allowed {
        proof: Permitted::new(call),
        decisions,
    })
}

fn refused(
    call: &Call,
    request: &Request<'_>,
    check: &Check,
    decision: &Decision,
    grants: &Grants,
) -> Box<Refused> {
    let layers = Layers {
        resource: (check.resource_policy.as_ref()).and_then(ResourcePolicy::explained),
        ..grants.layers()
    };
    let (caller, action) = (&request.caller.arn, &check.action);
    let text = match &check.refusal {
        Refusal::Framed(shown) => policy::denial_text(caller, action, shown.as_deref(), decision),
        Refusal::Unreasoned(shown) => {
            format!("User: {caller} is not authorized to perform: {action} on resource: {shown}")
        }
        Refusal::Fixed(text) => (*text).to_owned(),
    };
    let (code, status) = wire::access_denied(call.service);
    Box::new(Refused {
        fault: Fault::new(code, status, text).denied(),
        explanation: serde_json::to_value(policy::explain(request, &layers)).unwrap_or_default(),
    })
}

/// The global condition keys (`facts/iam-engine.md` §2.3) and the operation's own.
fn context(call: &Call, tags: &[(String, String)], check: &Check) -> Context {
    let mut context = Context::new();
    context.set("aws:CurrentTime", format!("{:.3}", call.now));
    context.set("aws:EpochTime", call.now.as_second().to_string());
    context.set("aws:RequestedRegion", call.region.as_str());
    context.set("aws:SourceIp", call.source.ip.to_canonical().to_string());
    let secure = call.source.transport == Transport::Tls;
    context.set("aws:SecureTransport", secure.to_string());
    context.set("aws:ViaAWSService", "false");
    if !call.source.user_agent.is_empty() {
        context.set("aws:UserAgent", call.source.user_agent.as_str());
    }
    principal_keys(&call.principal, &mut context);
    for (key, value) in tags {
        context.set(&format!("aws:PrincipalTag/{key}"), value.as_str());
    }
    for (key, entry) in &check.context {
        match entry {
            ContextEntry::One(value) => context.set(key, value.as_str()),
            ContextEntry::Many(values) => context.set_many(key, values.clone()),
        }
    }
    context
}

fn principal_keys(principal: &Principal, context: &mut Context) {
    if let Some(account) = principal.account() {
        context.set("aws:PrincipalAccount", account.as_str());
    }
    context.set("aws:userid", principal.user_id());
    match principal {
        Principal::Root(_) => {
            context.set("aws:PrincipalType", "Account");
            context.set("aws:PrincipalArn", principal.arn());
            context.set("aws:PrincipalIsAWSService", "false");
        }
        Principal::User(user) => {
            context.set("aws:PrincipalType", "User");
            context.set("aws:PrincipalArn", user.arn.as_str());
            context.set("aws:PrincipalIsAWSService", "false");
            context.set("aws:username", user.name.as_str());
        }
        Principal::Session(session) => {
            context.set("aws:PrincipalType", "AssumedRole");
            context.set("aws:PrincipalArn", session.role_arn.as_str());
            context.set("aws:PrincipalIsAWSService", "false");
            context.set("aws:TokenIssueTime", format!("{:.3}", session.issued_at));
            context.set("aws:MultiFactorAuthPresent", "false");
            if let Some(source_identity) = &session.source_identity {
                context.set("aws:SourceIdentity", source_identity.as_str());
            }
            if let Some(federation) = &session.federation {
                context.set("aws:FederatedProvider", federation.provider_arn.as_str());
                federation_keys(federation, context);
            }
        }
        Principal::WebIdentity(identity) => {
            context.set("aws:PrincipalType", "User");
            federation_keys(&identity.federation, context);
        }
        Principal::Anonymous => context.set("aws:PrincipalType", "Anonymous"),
    }
}

/// Keys of the verifying provider only (THREATS R38).
fn federation_keys(federation: &crate::Federation, context: &mut Context) {
    context.set(
        &format!("{}:sub", federation.issuer),
        federation.subject.as_str(),
    );
    context.set(
        &format!("{}:aud", federation.issuer),
        federation.audience.as_str(),
    );
    if !federation.amr.is_empty() {
        context.set_many(
            &format!("{}:amr", federation.issuer),
            federation.amr.clone(),
        );
    }
}
