//! Values whose form their key demands.

use super::code::Code;
use super::place::Place;
use super::report::Report;
use super::variable::has_variable;
use super::view::ConditionView;
use crate::condition::{Comparison, Operator};

/// Keys that hold service principals.
const SERVICE_PRINCIPALS: &[&str] = &[
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "iam:AWSServiceName",
    "iam:PassedToService",
];

pub(super) fn check(condition: &ConditionView<'_>, operator: &Operator, report: &mut Report) {
    if !matches!(
        operator.comparison,
        Comparison::StringEquals
            | Comparison::StringEqualsIgnoreCase
            | Comparison::StringLike
            | Comparison::Arn
    ) {
        return;
    }
    let is = |name: &str| condition.key.eq_ignore_ascii_case(name);
    for (text, place) in &condition.values {
        // What is open may become right.
        if text.contains(['*', '?']) || has_variable(text) {
            continue;
        }
        if is("aws:RequestedRegion") && !is_region(text) {
            let told = format!(
                "The Region {text} is not valid. Update the condition value to a supported Region."
            );
            report.add(Code::InvalidRegion, place, told);
        } else if is("aws:SourceVpc") && !is_id(text, "vpc-") {
            let told = "The VPC identifier in the condition key value is not valid. Use the prefix 'vpc-' followed by 8 or 17 alphanumeric characters.";
            report.add(Code::InvalidVpcFormat, place, told);
        } else if is("aws:SourceVpce") && !is_id(text, "vpce-") {
            let told = "The VPCE identifier in the condition key value is not valid.  Use the prefix 'vpce-' followed by 8 or 17 alphanumeric characters.";
            report.add(Code::InvalidVpceFormat, place, told);
        } else if is("s3:x-amz-server-side-encryption-aws-kms-key-id") && !is_key_arn(text) {
            let told = format!(
                "The {} condition key value must be a valid KMS key ARN.",
                condition.key
            );
            report.add(Code::InvalidKmsKeyValue, place, told);
        } else {
            check_service(condition, text, place, report);
        }
    }
}

fn check_service(condition: &ConditionView<'_>, text: &str, place: &Place, report: &mut Report) {
    let key = condition.key;
    let in_region = key.eq_ignore_ascii_case("kms:ViaService");
    let listed = || {
        SERVICE_PRINCIPALS
            .iter()
            .any(|name| key.eq_ignore_ascii_case(name))
    };
    if !in_region && !listed() {
        return;
    }
    let expected = if in_region {
        "service-name.AWS_region.amazonaws.com"
    } else {
        "service-name.amazonaws.com"
    };
    if !is_service_principal(text, if in_region { 2 } else { 1 }) {
        let told = format!(
            "The service principal does not match the expected format. Use the format {expected}."
        );
        report.add(Code::InvalidServicePrincipalFormat, place, told);
    }
}

/// At least so many labels before the domain.
fn is_service_principal(text: &str, labels: usize) -> bool {
    const DOMAINS: &[&str] = &[
        ".amazonaws.com",
        ".amazonaws.com.cn",
        ".amazon.com",
        ".aws.internal",
        ".aws.com",
    ];
    let name = DOMAINS.iter().find_map(|domain| text.strip_suffix(domain));
    name.is_some_and(|name| name.split('.').count() >= labels && name.split('.').all(is_label))
}

fn is_label(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(fits)
}

/// `eu-central-1`, `us-gov-west-1`; which there are, AWS alone knows.
pub(super) fn is_region(text: &str) -> bool {
    let labels: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = labels.split_last() else {
        return false;
    };
    let is_word =
        |word: &&str| word.len() >= 2 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number && (2..=3).contains(&words.len()) && words.iter().all(is_word)
}

fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|id| {
        matches!(id.len(), 8 | 17) && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

fn is_key_arn(text: &str) -> bool {
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    match *fields.as_slice() {
        ["arn", _, "kms", region, account, key] => {
            !region.is_empty() && account.len() == 12 && key.starts_with("key/")
        }
        _ => false,
    }
}
