//! Quotas on a document's size, counted as AWS counts.

use super::LintKind;
use super::code::Code;
use super::place::Place;
use super::report::Report;
use crate::json::Json;
use crate::limit::Holder;
use crate::validate::ResourceService;

pub(super) fn check(text: &str, kind: LintKind, json: &Json, report: &mut Report) {
    let holder = holder(kind);
    let (size, quota) = (holder.size(text), holder.max_size());
    if size <= quota {
        return;
    }
    let (code, told) = match kind {
        LintKind::Identity => (
            Code::PolicySizeExceedsIdentityPolicyQuota,
            format!("The {size} characters in the identity policy, excluding whitespace, exceed the {quota} character maximum for inline and managed policies. We recommend that you use multiple granular policies."),
        ),
        LintKind::Trust => (
            Code::PolicySizeExceedsRoleTrustPolicyQuota,
            "The characters in the role trust policy, excluding whitespace, exceed the character maximum. We recommend that you request a role trust policy length quota increase using Service Quotas and AWS Support Center. If the quotas have already been increased, then you can ignore this warning.".to_owned(),
        ),
        LintKind::Session => (
            Code::SessionPolicyTooLong,
            "an inline session policy is longer than STS takes".to_owned(),
        ),
        LintKind::Resource | LintKind::Endpoint => (
            Code::PolicySizeExceedsResourcePolicyQuota,
            format!("The {size} characters in the resource policy exceed the {quota} character maximum for resource policies. We recommend that you use multiple granular policies."),
        ),
        LintKind::ServiceControl => (
            Code::PolicySizeExceedsScpQuota,
            format!("The {size} characters in the service control policy (SCP) exceed the {quota} character maximum for SCPs. We recommend that you use multiple granular policies."),
        ),
        LintKind::ResourceControl => (
            Code::PolicySizeExceedsRcpQuota,
            format!("The {size} characters in the resource control policy (RCP) exceed the {quota} character maximum for RCPs. We recommend that you use multiple granular policies."),
        ),
    };
    let place = Place::document(json);
    let place = Place {
        bytes: place.bytes.start..place.bytes.start + 1,
        ..place
    };
    report.add_with_help(code, &place, told, format!("{size} characters of {quota}"));
}

/// The holder whose quota counts; a resource is a secret, for a file does not say what it is for.
fn holder(kind: LintKind) -> Holder {
    match kind {
        LintKind::Identity => Holder::Managed,
        LintKind::Trust => Holder::Trust,
        LintKind::Session => Holder::Session,
        LintKind::Resource => Holder::Resource(ResourceService::SecretsManager),
        LintKind::ServiceControl => Holder::ServiceControl,
        LintKind::ResourceControl => Holder::ResourceControl,
        LintKind::Endpoint => Holder::Endpoint,
    }
}
