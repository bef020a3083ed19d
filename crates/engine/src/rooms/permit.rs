//! Facts in, decision and explanation out.

use base::Fault;
use policy::{Decision, Layers, Request, compiled};
use serde_json::Value as Json;

use crate::access::{Access, Check, Refusal, ResourcePolicy};
use crate::call::{Call, Permitted};
use crate::ports::Grants;
use crate::rooms::asked::{self, Asked};
use crate::rooms::known::Known;

/// A call that was allowed, and why.
pub(crate) struct Allowed<'a> {
    pub(crate) proof: Permitted<'a>,
    pub(crate) decisions: Vec<Decided>,
    pub(crate) asked: Vec<Asked>,
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
    pub(crate) asked: Vec<Asked>,
}

/// Decides every check that the operation asks for, up to the first refusal.
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
    let mut asked = Vec::with_capacity(checks.len());
    let mut refusal = None;
    for check in checks {
        layers.resource = check.resource_policy.as_ref().map(ResourcePolicy::compiled);
        let known = Known {
            call,
            principal_tags: &grants.tags,
            check: &check,
        };
        // WHY: all keys, not only those that the policies read: the record keeps what the call asked
        // for.
        let context = known.context();
        let request = Request {
            caller: &caller,
            action: &check.action,
            resource: &check.resource,
            resource_account: check.owner,
            context: &context,
        };
        let decision = compiled::decide(&request, &layers).to_decision();
        let others = asked::others(&request, &layers);
        if refusal.is_none() && !decision.is_allowed() {
            refusal = Some(refused(call, &request, &check, &decision, grants));
        }
        decisions.push(Decided {
            action: check.action.clone(),
            resource: check.resource.clone(),
            decision,
        });
        asked.push(Asked::new(&caller, check, context, others));
    }
    match refusal {
        Some(refusal) => Err(Box::new(Refused { asked, ..*refusal })),
        None => Ok(Allowed {
            proof: Permitted::new(call),
            decisions,
            asked,
        }),
    }
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
        Refusal::Framed(shown) => policy::denial_text(request, shown.as_deref(), decision),
        Refusal::Unreasoned(shown) => {
            format!("User: {caller} is not authorized to perform: {action} on resource: {shown}")
        }
        Refusal::Fixed(text) => (*text).to_owned(),
    };
    let (code, status) = wire::access_denied(call.service);
    Box::new(Refused {
        fault: Fault::new(code, status, text).denied(),
        explanation: serde_json::to_value(policy::explain(request, &layers)).unwrap_or_default(),
        asked: Vec::new(),
    })
}
