//! The names of condition keys.

use super::code::Code;
use super::known::{GLOBAL_KEYS, SERVICE_KEYS, SERVICES};
use super::nearest::nearest;
use super::report::Report;
use super::view::ConditionView;
use crate::condition::{Comparison, Operator};
use crate::issuer_key::issuer_and_claim;
use crate::multivalued::is_multivalued;

/// Spelling.
pub(super) fn check(condition: &ConditionView<'_>, report: &mut Report) {
    let (key, place) = (condition.key, &condition.key_place);
    let Some((prefix, name)) = key.split_once(':') else {
        let told = "The condition key format is not valid. Use the format service:keyname.";
        let mut known = GLOBAL_KEYS
            .iter()
            .map(|known| known.split_once(':').map_or("", |(_, name)| name));
        return match known.find(|known| known.eq_ignore_ascii_case(key)) {
            Some(near) => report.add_with_help(
                Code::InvalidConditionKeyFormat,
                place,
                told,
                format!("did you mean `aws:{near}`?"),
            ),
            None => report.add(Code::InvalidConditionKeyFormat, place, told),
        };
    };
    if issuer_and_claim(key).is_some() {
        return;
    }
    if key.eq_ignore_ascii_case("aws:ARN") {
        let told = "The condition key aws:ARN is not supported. Use aws:PrincipalArn or aws:SourceArn instead.";
        return report.add(Code::UnsupportedGlobalConditionKey, place, told);
    }
    if let Some(base) = ["ResourceTag", "RequestTag", "PrincipalTag"]
        .iter()
        .find(|base| name.trim_end_matches('/').eq_ignore_ascii_case(base))
    {
        let told = format!(
            "The condition key {prefix}:{base}/ must include a tag key to control access based on tags. Use the format {prefix}:{base}/tag-key and specify a key name for tag-key."
        );
        return report.add(Code::MissingTagKeyInCondition, place, told);
    }
    let is_global = prefix.eq_ignore_ascii_case("aws");
    if let Some(near) = near_key(key, if is_global { GLOBAL_KEYS } else { SERVICE_KEYS }) {
        let (code, told) = if is_global {
            let told =
                format!("The condition key {key} does not exist. Use a valid condition key.");
            (Code::InvalidGlobalConditionKey, told)
        } else {
            let told = format!(
                "The condition key {key} does not exist in the service {prefix}. Use a valid condition key."
            );
            (Code::InvalidServiceConditionKey, told)
        };
        report.add_with_help(code, place, told, format!("did you mean `{near}`?"));
    } else if let Some(near) = near_service(prefix) {
        let told = format!(
            "The condition key {key} does not exist in the service {prefix}. Use a valid condition key."
        );
        let help = format!("did you mean `{near}:{name}`?");
        report.add_with_help(Code::InvalidServiceConditionKey, place, told, help);
    }
}

pub(super) fn near_service(prefix: &str) -> Option<&'static str> {
    let mut known = SERVICES.iter();
    if known.any(|name| name.eq_ignore_ascii_case(prefix)) {
        return None;
    }
    nearest(prefix, SERVICES)
}

/// The known key that is nearly `key`; keys of tags compare up to the slash.
fn near_key(key: &str, known: &'static [&'static str]) -> Option<String> {
    let (word, rest) = match key.split_once('/') {
        Some((word, rest)) => (format!("{word}/"), rest),
        None => (key.to_owned(), ""),
    };
    let is_known = |known: &&str| {
        known.eq_ignore_ascii_case(&word)
            || (known.ends_with(':') && starts_with(key, known))
            || known.eq_ignore_ascii_case(key)
    };
    if known.iter().any(is_known) {
        return None;
    }
    nearest(&word, known).map(|near| format!("{near}{rest}"))
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// Whether a key is known to hold one value; what nobody knows is left alone.
pub(super) fn is_single_valued(key: &str) -> bool {
    let bare = key.split_once('/').map_or(key, |(bare, _)| bare);
    let known = |list: &[&str]| {
        list.iter().any(|known| {
            known.trim_end_matches('/').eq_ignore_ascii_case(bare)
                || (known.ends_with(':') && starts_with(key, known))
        })
    };
    let is_tag = ["secretsmanager:resource", "kms:resource"]
        .iter()
        .any(|start| starts_with(key, start));
    !is_multivalued(key)
        && (issuer_and_claim(key).is_some() || is_tag || known(GLOBAL_KEYS) || known(SERVICE_KEYS))
}

/// The type that a key's operator must have, where it matters.
pub(super) fn check_type(condition: &ConditionView<'_>, operator: &Operator, report: &mut Report) {
    let is = |names: &[&str]| {
        names
            .iter()
            .any(|name| condition.key.eq_ignore_ascii_case(name))
    };
    let fits = |comparison: Comparison| operator.comparison == comparison;
    let wanted = if is(&["aws:SourceIp", "aws:VpcSourceIp"]) {
        (!fits(Comparison::IpAddress)).then_some("IpAddress")
    } else if is(&[
        "aws:SecureTransport",
        "aws:MultiFactorAuthPresent",
        "aws:ViaAWSService",
        "aws:PrincipalIsAWSService",
        "secretsmanager:BlockPublicPolicy",
        "secretsmanager:ForceDeleteWithoutRecovery",
        "kms:GrantIsForAWSResource",
    ]) {
        (!fits(Comparison::Bool)).then_some("Bool")
    } else if is(&["aws:CurrentTime", "aws:TokenIssueTime"]) {
        (!matches!(operator.comparison, Comparison::Date(_))).then_some("Date")
    } else if is(&[
        "aws:MultiFactorAuthAge",
        "sts:DurationSeconds",
        "secretsmanager:RecoveryWindowInDays",
    ]) {
        (!matches!(operator.comparison, Comparison::Numeric(_))).then_some("Numeric")
    } else {
        None
    };
    if let (Some(wanted), false) = (wanted, fits(Comparison::Null)) {
        let told = format!(
            "Use the operator type {wanted} instead of operator {} for the condition key {}.",
            condition.operator_text, condition.key
        );
        report.add(Code::TypeMismatch, &condition.operator_place, told);
    }
}
