//! The names of condition keys, and their types.

use super::code::Code;
use super::nearest::nearest;
use super::report::Report;
use super::view::ConditionView;
use crate::condition::{Comparison, Operator};
use crate::issuer_key::issuer_and_claim;
use crate::multivalued::is_multivalued;
use crate::reference::{self, ConditionKey, KeyType};

/// What a family's placeholder becomes in the name of a key that is told.
const TO_FILL_IN: &str = "tag-key";

/// Spelling.
pub(super) fn check(condition: &ConditionView<'_>, report: &mut Report) {
    let (key, place) = (condition.key, &condition.key_place);
    let Some((prefix, name)) = key.split_once(':') else {
        return check_bare(condition, report);
    };
    if issuer_and_claim(key).is_some() || reference::condition_key(key).is_some() {
        return;
    }
    if key.eq_ignore_ascii_case("aws:ARN") {
        let told = "The condition key aws:ARN is not supported. Use aws:PrincipalArn or aws:SourceArn instead.";
        return report.add(Code::UnsupportedGlobalConditionKey, place, told);
    }
    if let Some(base) = tag_base(prefix, name) {
        let told = format!(
            "The condition key {base} must include a tag key to control access based on tags. Use the format {base}tag-key and specify a key name for tag-key."
        );
        return report.add(Code::MissingTagKeyInCondition, place, told);
    }
    let (code, told) = if prefix.eq_ignore_ascii_case("aws") {
        (
            Code::InvalidGlobalConditionKey,
            format!("The condition key {key} does not exist. Use a valid condition key."),
        )
    } else if is_known_prefix(prefix) {
        (
            Code::InvalidServiceConditionKey,
            format!(
                "The condition key {key} does not exist in the service {prefix}. Use a valid condition key."
            ),
        )
    } else {
        (
            Code::InvalidService,
            format!("The service {prefix} does not exist. Use a valid service name."),
        )
    };
    let near = if is_known_prefix(prefix) {
        near_key(key, prefix)
    } else {
        near_service(prefix).map(|near| format!("{near}:{name}"))
    };
    match near {
        Some(near) => report.add_with_help(code, place, told, format!("did you mean `{near}`?")),
        None => report.add(code, place, told),
    }
}

fn check_bare(condition: &ConditionView<'_>, report: &mut Report) {
    let (key, place) = (condition.key, &condition.key_place);
    let told = "The condition key format is not valid. Use the format service:keyname.";
    match reference::condition_key(&format!("aws:{key}")) {
        Some(near) => {
            let help = format!("did you mean `{near}`?");
            report.add_with_help(Code::InvalidConditionKeyFormat, place, told, help);
        }
        None => report.add(Code::InvalidConditionKeyFormat, place, told),
    }
}

/// `aws:ResourceTag/` of a key that names no tag.
fn tag_base(prefix: &str, name: &str) -> Option<String> {
    let word = format!("{prefix}:{}/", name.trim_end_matches('/'));
    let family = reference::condition_key(&format!("{word}x"))?;
    let head = family.name().split("${").next()?;
    (family.is_family() && head.eq_ignore_ascii_case(&word)).then(|| head.to_owned())
}

/// Whether some key starts with it: those of `aws` and `saml` belong to no service.
fn is_known_prefix(prefix: &str) -> bool {
    reference::service(prefix).is_some()
        || reference::condition_keys().any(|key| {
            key.name()
                .split(':')
                .next()
                .is_some_and(|its| its.eq_ignore_ascii_case(prefix))
        })
}

pub(super) fn near_service(prefix: &str) -> Option<&'static str> {
    let known: Vec<&'static str> = reference::services()
        .map(reference::Service::prefix)
        .collect();
    if known.iter().any(|name| name.eq_ignore_ascii_case(prefix)) {
        return None;
    }
    nearest(prefix, &known)
}

/// The known key that is nearly `key`; keys of tags compare up to the slash.
fn near_key(key: &str, prefix: &str) -> Option<String> {
    let (word, rest) = match key.split_once('/') {
        Some((word, rest)) => (format!("{word}/"), rest),
        None => (key.to_owned(), TO_FILL_IN),
    };
    let of_prefix = |known: &ConditionKey| {
        let its = known.name().split(':').next();
        its.is_some_and(|its| its.eq_ignore_ascii_case(prefix))
    };
    let heads: Vec<&'static str> = reference::condition_keys()
        .filter(of_prefix)
        .map(|known| known.name().split("${").next().unwrap_or_default())
        .collect();
    let near = nearest(&word, &heads)?;
    let is_family = near.ends_with(['/', ':']);
    Some(if is_family {
        format!("{near}{rest}")
    } else {
        near.to_owned()
    })
}

/// Whether a key is known to hold one value; what nobody knows is left alone.
pub(super) fn is_single_valued(key: &str) -> bool {
    !is_multivalued(key)
        && (issuer_and_claim(key).is_some() || reference::condition_key(key).is_some())
}

/// The type that a key's operator must have.
pub(super) fn check_type(condition: &ConditionView<'_>, operator: &Operator, report: &mut Report) {
    if issuer_and_claim(condition.key).is_some() {
        return;
    }
    let Some(key) = reference::condition_key(condition.key) else {
        return;
    };
    if let Some(wanted) = mismatch(key, operator.comparison, condition) {
        let told = format!(
            "Use the operator type {wanted} instead of operator {} for the condition key {}.",
            condition.operator_text, condition.key
        );
        report.add(Code::TypeMismatch, &condition.operator_place, told);
    }
}

/// The type that is wanted, when the comparison is of another.
fn mismatch(
    key: ConditionKey,
    comparison: Comparison,
    condition: &ConditionView<'_>,
) -> Option<&'static str> {
    let is_text = matches!(
        comparison,
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase | Comparison::StringLike
    );
    // ARNs stand in many keys that are declared texts.
    let holds_arns = || {
        let mut values = condition.values.iter();
        values.all(|(text, _)| text == "*" || text.starts_with("arn:") || text.starts_with("${"))
    };
    let is_time = key.name().eq_ignore_ascii_case("aws:EpochTime");
    let (wanted, fits) = match key.key_type() {
        KeyType::Arn => ("Arn", is_text || comparison == Comparison::Arn),
        KeyType::Bool => ("Bool", comparison == Comparison::Bool),
        KeyType::Date => (
            "Date",
            matches!(comparison, Comparison::Date(_))
                || (is_time && matches!(comparison, Comparison::Numeric(_))),
        ),
        KeyType::IpAddress => ("IpAddress", comparison == Comparison::IpAddress),
        KeyType::Numeric => ("Numeric", matches!(comparison, Comparison::Numeric(_))),
        KeyType::String => (
            "String",
            is_text
                || (comparison == Comparison::Arn && holds_arns())
                || comparison == Comparison::Binary,
        ),
    };
    (!fits && comparison != Comparison::Null).then_some(wanted)
}
