//! A policy and the type of the resource that it is attached to.

use super::arn_form::Written;
use super::code::Code;
use super::report::Report;
use super::view::Paper;
use crate::reference;

pub(super) fn check(paper: &Paper<'_>, resource_type: &str, report: &mut Report) {
    let Some(service) = service_of(resource_type) else {
        return;
    };
    for statement in &paper.statements {
        for item in statement.actions.all() {
            let prefix = item.text.split_once(':').map(|(prefix, _)| prefix);
            if prefix.is_some_and(|prefix| prefix != "*" && !prefix.eq_ignore_ascii_case(&service))
            {
                let told = format!(
                    "The action {} is not supported for the resource-based policy attached to the resource type {resource_type}.",
                    item.text
                );
                report.add(Code::UnsupportedActionInPolicy, &item.place, told);
            }
        }
        for item in statement.resources.all() {
            if Written::of(item.text).is_some_and(|arn| arn.service != service) {
                let told = format!(
                    "The resource ARN is not supported for the resource-based policy attached to the resource type {resource_type}."
                );
                report.add(Code::UnsupportedResourceArnInPolicy, &item.place, told);
            }
        }
    }
}

/// `AWS::S3::Bucket` → `s3`
fn service_of(resource_type: &str) -> Option<String> {
    let name = resource_type.split("::").nth(1)?;
    let service = match name {
        "S3ObjectLambda" => "s3-object-lambda".to_owned(),
        other => other.to_ascii_lowercase(),
    };
    // A trust policy is attached to a role and speaks of STS; its own checks say so.
    let is_known = service != "iam" && reference::service(&service).is_some();
    is_known.then_some(service)
}
