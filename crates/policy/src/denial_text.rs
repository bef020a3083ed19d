//! AWS's words for a refusal (IAM User Guide, "Troubleshoot access denied error messages").

use crate::decision::{Decision, Layer, Verdict};

/// The text of an access-denied error. `shown_resource` is absent for actions without a resource.
/// An explicit deny in a policy of the caller's own account names that policy's ARN at the end.
pub fn denial_text(
    caller_arn: &str,
    action: &str,
    shown_resource: Option<&str>,
    decision: &Decision,
) -> String {
    let resource = shown_resource
        .map(|resource| format!(" on resource: {resource}"))
        .unwrap_or_default();
    let reason = reason(action, decision);
    format!("User: {caller_arn} is not authorized to perform: {action}{resource} {reason}")
}

fn reason(action: &str, decision: &Decision) -> String {
    match decision.verdict {
        Verdict::ExplicitDeny => {
            let policy = denying_layer(decision.layer);
            let arn = shown_policy(decision).map(|arn| format!(": {arn}"));
            format!(
                "with an explicit deny in {policy}{}",
                arn.unwrap_or_default()
            )
        }
        Verdict::ImplicitDeny | Verdict::Allowed => {
            let policy = silent_layer(decision.layer);
            format!("because no {policy} allows the {action} action")
        }
    }
}

fn silent_layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "identity-based policy",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policy",
        Layer::Resource => "resource-based policy",
        Layer::Trust => "role trust policy",
        Layer::ServiceControl => "service control policy",
        Layer::ResourceControl => "resource control policy",
        Layer::Endpoint => "VPC endpoint policy",
        Layer::Grant => "resource-based policy",
    }
}

fn denying_layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "an identity-based policy",
        Layer::Boundary => "a permissions boundary",
        Layer::Session => "a session policy",
        Layer::Resource => "a resource-based policy",
        Layer::Trust => "the role trust policy",
        Layer::ServiceControl => "a service control policy",
        Layer::ResourceControl => "a resource control policy",
        Layer::Endpoint => "a VPC endpoint policy",
        Layer::Grant => "a resource-based policy",
    }
}

fn shown_policy(decision: &Decision) -> Option<&str> {
    match decision.layer {
        Layer::Identity
        | Layer::Boundary
        | Layer::Session
        | Layer::ServiceControl
        | Layer::ResourceControl => decision.policy_arn.as_deref(),
        Layer::Resource | Layer::Trust | Layer::Endpoint | Layer::Grant => None,
    }
}
