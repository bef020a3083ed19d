//! Quotas on a document's size, counted as AWS counts.

use super::LintKind;
use super::code::Code;
use super::place::Place;
use super::report::Report;
use crate::document::size_without_whitespace;
use crate::json::Json;

/// A managed policy (IAM quotas).
const IDENTITY: usize = 6_144;
/// `ACLSizePerRole`, which can be raised (IAM quotas).
const TRUST: usize = 2_048;
/// `Policy` of the STS calls, white space and all (STS API reference).
const SESSION: usize = 2_048;
/// `ResourcePolicy` of Secrets Manager, white space and all (API reference); a key's may be 32,768.
const RESOURCE: usize = 20_480;
/// An SCP or RCP (AWS Organizations quotas).
const ORGANIZATION: usize = 5_120;
/// An endpoint policy, white space and all (AWS PrivateLink quotas).
const ENDPOINT: usize = 20_480;

pub(super) fn check(text: &str, kind: LintKind, json: &Json, report: &mut Report) {
    let (size, quota) = match kind {
        LintKind::Identity => (size_without_whitespace(text), IDENTITY),
        LintKind::Trust => (size_without_whitespace(text), TRUST),
        LintKind::Session => (text.chars().count(), SESSION),
        LintKind::Resource => (text.chars().count(), RESOURCE),
        LintKind::ServiceControl | LintKind::ResourceControl => {
            (size_without_whitespace(text), ORGANIZATION)
        }
        LintKind::Endpoint => (text.chars().count(), ENDPOINT),
    };
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
