//! Keys that requests for some of the actions never have.

use super::LintKind;
use super::code::Code;
use super::report::Report;
use super::view::{ConditionView, Listed, Paper, StatementView};
use crate::issuer_key::issuer_and_claim;
use crate::reference::{self, Action, ConditionKey};
use crate::statement::Effect;

pub(super) fn check(paper: &Paper<'_>, statement: &StatementView<'_>, report: &mut Report) {
    let mut told: Vec<&str> = Vec::new();
    for condition in &statement.conditions {
        if told
            .iter()
            .any(|key| key.eq_ignore_ascii_case(condition.key))
        {
            continue;
        }
        told.push(condition.key);
        if issuer_and_claim(condition.key).is_some() {
            continue;
        }
        let Some(key) = reference::condition_key(condition.key) else {
            continue;
        };
        if !key.is_global() {
            check_actions(paper, statement, condition, key, report);
        }
        if key.name().eq_ignore_ascii_case("aws:ResourceTag/${TagKey}") {
            check_tags(statement, condition, key, report);
        }
        check_vpce(statement, condition, key, report);
    }
}

/// As Access Analyzer, it leaves patterns out.
fn check_actions(
    paper: &Paper<'_>,
    statement: &StatementView<'_>,
    condition: &ConditionView<'_>,
    key: ConditionKey,
    report: &mut Report,
) {
    let known: Vec<Action> = statement
        .listed_actions()
        .iter()
        .filter_map(|item| reference::action(item.text))
        .collect();
    let lacking: Vec<String> = known
        .iter()
        .filter(|action| !action.takes(key))
        .map(ToString::to_string)
        .collect();
    // Tags and source identity are asked with the facts of the call that brings them.
    let is_one_call = paper.kind == LintKind::Trust && lacking.len() < known.len();
    if lacking.is_empty() || is_one_call {
        return;
    }
    let told = format!(
        "The following actions: {} are not supported by the condition key {}. The condition will not be evaluated for these actions. We recommend that you move these actions to a different statement without this condition key.",
        lacking.join(", "),
        condition.key
    );
    report.add(
        Code::UnsupportedActionForConditionKey,
        &condition.key_place,
        told,
    );
}

/// Services whose requests never have the tags of a resource.
fn check_tags(
    statement: &StatementView<'_>,
    condition: &ConditionView<'_>,
    key: ConditionKey,
    report: &mut Report,
) {
    let shown = "aws:ResourceTag";
    let (code, told) = match (&statement.actions, statement.effect) {
        (Listed::Absent, _) | (_, None) => return,
        (Listed::NotIn(..), Some(Effect::Deny)) => (
            Code::DenyNotActionWithUnsupportedTagConditionKey,
            format!(
                "Using the effect Deny with NotAction and the tag condition key {shown} can be overly permissive because some service actions are not denied by this statement. This is because the condition key doesn't apply to some service actions. We recommend that you use Action instead of NotAction."
            ),
        ),
        (Listed::NotIn(..), Some(Effect::Allow)) => (
            Code::AllowNotActionWithUnsupportedTagConditionKey,
            format!(
                "Using the effect Allow with NotAction and the tag condition key {shown} allows only service actions that support the condition key. The condition key doesn't apply to some service actions. We recommend that you use Action instead of NotAction."
            ),
        ),
        (Listed::In(_), Some(effect)) => {
            let services = services_without(statement, key);
            if services.is_empty() {
                return;
            }
            let services = services.join(", ");
            match effect {
                Effect::Deny => (
                    Code::DenyWithUnsupportedTagConditionKey,
                    format!(
                        "Using the effect Deny with the tag condition key {shown} and actions for services with the following prefixes can be overly permissive: {services}. Actions for the listed services are not denied by this statement. We recommend that you move these actions to a different statement without this condition key."
                    ),
                ),
                Effect::Allow => (
                    Code::AllowWithUnsupportedTagConditionKey,
                    format!(
                        "Using the effect Allow with the tag condition key {shown} and actions for services with the following prefixes does not affect the policy: {services}. Actions for the listed service are not allowed by this statement. We recommend that you move these actions to a different statement without this condition key."
                    ),
                ),
            }
        }
    };
    report.add(code, &condition.key_place, told);
}

fn services_without(statement: &StatementView<'_>, key: ConditionKey) -> Vec<&'static str> {
    let mut without = Vec::new();
    for item in statement.listed_actions() {
        let service = item.text.split_once(':').map(|(prefix, _)| prefix);
        let Some(service) = service.and_then(reference::service) else {
            continue;
        };
        let has = service.condition_keys().any(|its| its == key);
        if !has && !without.contains(&service.prefix()) {
            without.push(service.prefix());
        }
    }
    without
}

/// These keys are there for few services.
fn check_vpce(
    statement: &StatementView<'_>,
    condition: &ConditionView<'_>,
    key: ConditionKey,
    report: &mut Report,
) {
    let is_vpce = matches!(
        key.name(),
        "aws:VpceAccount" | "aws:VpceOrgID" | "aws:VpceOrgPaths"
    );
    let for_all = match &statement.actions {
        Listed::Absent => false,
        Listed::NotIn(..) => true,
        Listed::In(items) => items.iter().any(|item| item.text.starts_with('*')),
    };
    if is_vpce && for_all {
        let told = format!(
            "The condition key {} works only with specific AWS services and must be scoped to supported services in your policies.",
            condition.key
        );
        report.add(
            Code::UseConditionKeyOnlyWithSupportedServices,
            &condition.key_place,
            told,
        );
    }
}
