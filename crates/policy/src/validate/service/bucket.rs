//! Policies of buckets.

use super::flaw::Flaw;
use super::{can_be, texts};
use crate::json::Json;
use crate::reference::{self, Action};

/// A pattern of S3's actions.
pub(super) fn is_action(action: &str) -> bool {
    action
        .split_once(':')
        .is_some_and(|(vendor, _)| vendor.eq_ignore_ascii_case("s3"))
        && reference::actions_matching(action).next().is_some()
}

/// The bucket, or objects in it; not `*`.
pub(super) fn is_resource(resource: &str, bucket: &str) -> bool {
    let is_arn = |text: &str| text.starts_with("arn:") && text.split(':').count() >= 6;
    let name = resource
        .split_once('/')
        .map_or(resource, |(bucket, _objects)| bucket);
    is_arn(resource) && can_be(name, bucket)
}

/// Of every action, one of the resources is of a type that it takes.
pub(super) fn check_actions_apply(statement: &Json) -> Result<(), Flaw> {
    let (Some(actions), Some(resources)) =
        (statement.member("Action"), statement.member("Resource"))
    else {
        return Ok(());
    };
    let buckets = texts(resources).any(|one| !one.contains('/'));
    let objects = texts(resources).any(|one| one.contains(['/', '*']) || one.contains("${"));
    let applies = |action: Action| {
        action
            .resource_types()
            .any(|used| match used.resource_type.name() {
                "bucket" => buckets,
                "object" => objects,
                _ => false,
            })
    };
    let all_apply = texts(actions)
        .all(|pattern| pattern == "*" || reference::actions_matching(pattern).any(applies));
    if all_apply {
        Ok(())
    } else {
        Err(Flaw::ActionWithoutResource)
    }
}

/// S3's own keys exist, and some action of the statement has them.
pub(super) fn check_keys(statement: &Json, block: &Json) -> Result<(), Flaw> {
    let operators = block.as_object().unwrap_or_default().iter();
    let keys = operators.flat_map(|(_, keys)| keys.as_object().unwrap_or_default());
    for (name, _) in keys {
        let is_own = name
            .split_once(':')
            .is_some_and(|(vendor, _)| vendor.eq_ignore_ascii_case("s3"));
        if !is_own {
            continue;
        }
        let key = reference::condition_key(name).ok_or(Flaw::Key)?;
        let Some(actions) = statement.member("Action") else {
            continue;
        };
        let has = |pattern: &str| reference::actions_matching(pattern).any(|one| one.takes(key));
        if !texts(actions).any(|pattern| pattern == "*" || has(pattern)) {
            return Err(Flaw::KeyWithoutAction);
        }
    }
    Ok(())
}
