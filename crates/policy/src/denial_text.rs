//! AWS's words for a refusal (IAM User Guide, "Troubleshoot access denied error messages"), with
//! the manner of each service as its recorded answers show it.

use crate::context::ContextEntry;
use crate::decision::{Decision, Layer, Verdict};
use crate::request::{CallerKind, Request};

/// The text of an access-denied error. `shown_resource` is how the service names the resource;
/// absent for actions without one.
///
/// One layer is named, whatever else refuses too. An explicit deny in a policy of the caller's own
/// account or organization names that policy's ARN at the end.
pub fn denial_text(
    request: &Request<'_>,
    shown_resource: Option<&str>,
    decision: &Decision,
) -> String {
    let manner = Manner::of(request.action);
    let relation = Relation::of(request);
    if manner == Manner::Storage && relation == Relation::Strangers {
        return "Access Denied".to_owned();
    }
    let crosses = relation != Relation::SameAccount;
    let action = match manner {
        Manner::Queue => request.action.to_ascii_lowercase(),
        Manner::Plain | Manner::Storage | Manner::Keys => request.action.to_owned(),
    };
    let resource = match (manner, shown_resource) {
        (_, None) => String::new(),
        (Manner::Keys, Some(_)) if crosses => " on this resource".to_owned(),
        (Manner::Storage, Some(shown)) => format!(" on resource: \"{shown}\""),
        (Manner::Plain | Manner::Queue | Manner::Keys, Some(shown)) => {
            format!(" on resource: {shown}")
        }
    };
    let reason = match decision.layer {
        Layer::Resource | Layer::Grant if manner == Manner::Keys && crosses => {
            FOREIGN_KEY.to_owned()
        }
        _ => reason(&action, decision, relation),
    };
    let caller = &request.caller.arn;
    format!("User: {caller} is not authorized to perform: {action}{resource} {reason}")
}

/// KMS does not say whether another account's key exists.
const FOREIGN_KEY: &str = "because the resource does not exist in this Region, no resource-based \
    policies allow access, or a resource-based policy explicitly denies access";

/// What a service does differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Plain,
    /// S3 quotes the resource, and gives no reason to other organizations.
    Storage,
    /// SQS names the action in lower case.
    Queue,
    /// KMS does not name another account's key.
    Keys,
}

impl Manner {
    fn of(action: &str) -> Self {
        let (service, _) = action.split_once(':').unwrap_or_default();
        match service.to_ascii_lowercase().as_str() {
            "s3" => Self::Storage,
            "sqs" => Self::Queue,
            "kms" => Self::Keys,
            _ => Self::Plain,
        }
    }
}

/// How the caller and the resource's owner are related.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    SameAccount,
    SameOrganization,
    Strangers,
}

impl Relation {
    fn of(request: &Request<'_>) -> Self {
        let organization = |key| request.context.get(key).and_then(ContextEntry::single);
        let callers = organization("aws:PrincipalOrgID");
        let anonymous = request.caller.kind == CallerKind::Anonymous;
        if !anonymous && request.caller.account == Some(request.resource_account) {
            Self::SameAccount
        } else if callers.is_some() && callers == organization("aws:ResourceOrgID") {
            Self::SameOrganization
        } else {
            Self::Strangers
        }
    }
}

fn reason(action: &str, decision: &Decision, relation: Relation) -> String {
    match decision.verdict {
        Verdict::ExplicitDeny => {
            let policy = denying_layer(decision.layer);
            let arn = shown_policy(decision, relation).map(|arn| format!(": {arn}"));
            let arn = arn.unwrap_or_default();
            format!("with an explicit deny in {policy}{arn}")
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
        Layer::Resource | Layer::Grant => "resource-based policy",
        Layer::Trust => "role trust policy",
        Layer::ServiceControl => "service control policy",
        Layer::ResourceControl => "resource control policy",
        Layer::Endpoint => "VPC endpoint policy",
    }
}

fn denying_layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "an identity-based policy",
        Layer::Boundary => "a permissions boundary",
        Layer::Session => "a session policy",
        Layer::Resource | Layer::Grant => "a resource-based policy",
        Layer::Trust => "the role trust policy",
        Layer::ServiceControl => "a service control policy",
        Layer::ResourceControl => "a resource control policy",
        Layer::Endpoint => "a VPC endpoint policy",
    }
}

/// AWS names policies since January 2026 ("AWS access denied error messages now include policy
/// ARNs"): the caller's own and its organization's, not those of other organizations' resources.
fn shown_policy(decision: &Decision, relation: Relation) -> Option<&str> {
    let shown = match decision.layer {
        Layer::Identity | Layer::Boundary | Layer::Session | Layer::ServiceControl => true,
        Layer::ResourceControl => relation != Relation::Strangers,
        Layer::Resource | Layer::Trust | Layer::Endpoint | Layer::Grant => false,
    };
    decision.policy_arn.as_deref().filter(|_| shown)
}
