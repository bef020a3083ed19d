//! The format of `Resource` values in identity policies.

use super::Check;

const VENDOR: &str = "Resource vendor must be fully qualified and cannot contain regexes.";
const PARTITIONS: &[&str] = &[
    "*",
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-eusc",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
];
const IAM_PATHS: &[&str] = &[
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// Accepted since, though the text does not name it (AWS's own managed policies have it).
const NEWER_IAM_PATH: &str = "role-template/";

/// Segment by segment, the first fault first.
pub(super) fn check(resource: &str) -> Check {
    if resource == "*" {
        return Ok(());
    }
    let Some((_, after_arn)) = resource.split_once(':') else {
        return Err(format!(
            "Resource {resource} must be in ARN format or \"*\"."
        ));
    };
    let (partition, after_partition) = match after_arn.split_once(':') {
        Some((partition, rest)) => (partition, Some(rest)),
        None => (after_arn, None),
    };
    if !PARTITIONS.contains(&partition) {
        return Err(wrong_partition(
            partition,
            after_partition.unwrap_or_default(),
        ));
    }
    let Some(after_partition) = after_partition else {
        return Err(VENDOR.to_owned());
    };
    let (vendor, rest) = after_partition
        .split_once(':')
        .unwrap_or((after_partition, ""));
    if vendor.contains(['*', '?']) {
        return Err(VENDOR.to_owned());
    }
    match vendor {
        "iam" => check_iam(resource, rest),
        "s3" => check_s3(resource, rest),
        _ => Ok(()),
    }
}

/// Missing segments are shown as `*`.
fn wrong_partition(partition: &str, rest: &str) -> String {
    let mut segments = rest.splitn(4, ':');
    let first = match segments.next() {
        Some("") | None if !rest.contains(':') => "*",
        first => first.unwrap_or("*"),
    };
    let mut next = || segments.next().unwrap_or("*");
    let (second, third, fourth) = (next(), next(), next());
    format!(
        "Partition \"{partition}\" is not valid for resource \
         \"arn:{partition}:{first}:{second}:{third}:{fourth}\"."
    )
}

fn check_iam(resource: &str, rest: &str) -> Check {
    let Some(after_region) = rest.strip_prefix(':') else {
        return Err(format!(
            "IAM resource {resource} cannot contain region information."
        ));
    };
    let path = after_region.split_once(':').map_or("", |(_, path)| path);
    let mut starts = IAM_PATHS.iter().chain([&NEWER_IAM_PATH]);
    if matches!(path, "*" | "root") || starts.any(|start| path.starts_with(start)) {
        return Ok(());
    }
    Err(format!(
        "IAM resource path must either be \"*\", root, or start with {}.",
        IAM_PATHS.join(", ")
    ))
}

/// What S3 has by region (Service Authorization Reference, "Amazon S3").
const S3_OF_REGIONS: &[&str] = &[
    ":accesspoint/",
    ":access-grants/",
    ":async-request/",
    ":job/",
    ":storage-lens/",
    ":storage-lens-group/",
];

fn check_s3(resource: &str, rest: &str) -> Check {
    if rest.starts_with(':') || S3_OF_REGIONS.iter().any(|path| rest.contains(path)) {
        return Ok(());
    }
    Err(format!(
        "Resource {resource} can not contain region information."
    ))
}

/// What AWS's older parser refuses, before any of the texts above.
pub(super) fn fails_legacy_parsing(resource: &str) -> bool {
    let vendor = resource.split(':').nth(2);
    let shifted = resource.contains("::") && resource.matches(':').count() < 5;
    resource != "*" && (shifted || vendor.is_none_or(str::is_empty))
}
