//! Policies of the resources of services that word their refusals themselves.

mod bucket;
mod flaw;
mod principals;
mod queue;
mod words;

use self::flaw::Flaw;
use super::{conditions, sid, structure};
use crate::condition::{Comparison, Operator};
use crate::document::Leniency;
use crate::fault::PolicyFault;
use crate::glob;
use crate::json::{self, Json, JsonFault};

/// A service whose resources have policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResourceService {
    /// Buckets.
    S3,
    /// Queues.
    Sqs,
    /// Keys.
    Kms,
    /// Secrets.
    SecretsManager,
}

/// The resource that a policy is to be attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceTarget<'a> {
    /// Its service.
    pub service: ResourceService,
    /// Its ARN.
    pub arn: &'a str,
}

impl ResourceService {
    /// The largest policy, as this service counts: [`ResourceService::size`].
    ///
    /// S3 User Guide, "Bucket policies"; Secrets Manager, SQS and KMS guides, "Quotas".
    pub const fn max_size(self) -> usize {
        match self {
            Self::S3 | Self::SecretsManager => 20_480,
            Self::Sqs => 8_192,
            Self::Kms => 32_768,
        }
    }

    /// How large a policy is: S3 counts the bytes that say something, Secrets Manager characters,
    /// the others bytes.
    pub fn size(self, text: &str) -> usize {
        match self {
            Self::S3 => compact_bytes(text),
            Self::SecretsManager => text.chars().count(),
            Self::Sqs | Self::Kms => text.len(),
        }
    }

    /// The fault of a policy that is larger.
    pub(crate) fn too_large(self) -> PolicyFault {
        words::fault(self, &Flaw::Size)
    }

    /// The fault when nothing better is known.
    pub(crate) fn fault(self) -> PolicyFault {
        words::fault(self, &Flaw::Shape)
    }
}

/// Bytes without the white space around values.
fn compact_bytes(text: &str) -> usize {
    let (mut count, mut quoted, mut escaped) = (0, false, false);
    for byte in text.bytes() {
        let is_blank = matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        count += usize::from(quoted || !is_blank);
        if byte == b'"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && byte == b'\\' && !escaped;
    }
    count
}

/// Parses and checks; the fault is the first one, in the service's words.
pub(crate) fn check(text: &str, target: &ResourceTarget<'_>) -> Result<Json, PolicyFault> {
    walk(text, target).map_err(|flaw| words::fault(target.service, &flaw))
}

fn walk(text: &str, target: &ResourceTarget<'_>) -> Result<Json, Flaw> {
    if !text.starts_with('{') {
        return Err(Flaw::FirstByte);
    }
    let json = json::parse(text).map_err(|fault| match fault {
        JsonFault::Syntax { .. } => Flaw::Json,
        JsonFault::TooDeep { .. } | JsonFault::DuplicateKey { .. } => Flaw::Shape,
    })?;
    if target.service.size(text) > target.service.max_size() {
        return Err(Flaw::Size);
    }
    let members = json.as_object().ok_or(Flaw::Shape)?;
    for (name, value) in members {
        match name.as_str() {
            "Version" | "Statement" => {}
            "Id" if value.as_str().is_some() => {}
            "Id" => return Err(Flaw::Shape),
            _ => return Err(Flaw::UnknownElement(name.clone())),
        }
    }
    let version = json.member("Version");
    if !version.is_none_or(structure::is_known_version) {
        return Err(Flaw::Version);
    }
    let statements = json.member("Statement");
    let statements = statements.ok_or(Flaw::Missing("Statement"))?.one_or_many();
    if statements.is_empty() {
        return Err(Flaw::EmptyStatement);
    }
    for statement in statements {
        check_statement(statement, target)?;
    }
    if !sid::are_unique(statements) {
        return Err(Flaw::DuplicateSid);
    }
    if target.service == ResourceService::Sqs && !queue::is_within_quotas(statements) {
        return Err(Flaw::Size);
    }
    Ok(json)
}

fn check_statement(statement: &Json, target: &ResourceTarget<'_>) -> Result<(), Flaw> {
    for (name, value) in statement.as_object().ok_or(Flaw::Shape)? {
        let is_sound = match name.as_str() {
            "Sid" | "Effect" => value.as_str().is_some(),
            "Action" | "NotAction" | "Resource" | "NotResource" => structure::are_texts(value),
            "Condition" => value.as_object().is_some(),
            "Principal" | "NotPrincipal" => true,
            _ => return Err(Flaw::UnknownElement(name.clone())),
        };
        if !is_sound {
            return Err(Flaw::Shape);
        }
    }
    let effect = statement.member("Effect").and_then(Json::as_str);
    match effect.ok_or(Flaw::Missing("Effect"))? {
        "Allow" | "Deny" => {}
        other => return Err(Flaw::Effect(other.to_owned())),
    }
    principals::check(statement, target.service)?;
    let actions = one_of(statement, "Action", "NotAction")?;
    if !texts(actions).all(|action| is_action(action, target.service)) {
        return Err(Flaw::Action);
    }
    let resources = one_of(statement, "Resource", "NotResource")?;
    if !texts(resources).all(|resource| is_resource(resource, target)) {
        return Err(Flaw::Resource);
    }
    if target.service == ResourceService::S3 {
        bucket::check_actions_apply(statement)?;
    }
    check_conditions(statement, target.service)
}

fn texts(json: &Json) -> impl Iterator<Item = &str> {
    json.one_or_many().iter().filter_map(Json::as_str)
}

/// Exactly one of an element and its negation, with something in it.
fn one_of<'a>(statement: &'a Json, name: &'static str, not_name: &str) -> Result<&'a Json, Flaw> {
    let element = match (statement.member(name), statement.member(not_name)) {
        (Some(element), None) | (None, Some(element)) => element,
        (None, None) => return Err(Flaw::Missing(name)),
        (Some(_), Some(_)) => return Err(Flaw::Shape),
    };
    if element.one_or_many().is_empty() {
        return Err(Flaw::Missing(name));
    }
    Ok(element)
}

/// S3 and SQS take their own actions only.
fn is_action(action: &str, service: ResourceService) -> bool {
    let parts = action.split_once(':');
    match service {
        _ if action == "*" => true,
        ResourceService::S3 => bucket::is_action(action),
        ResourceService::Sqs => queue::is_action(action),
        ResourceService::Kms | ResourceService::SecretsManager => {
            parts.is_some_and(|(vendor, name)| !vendor.is_empty() && !name.contains(':'))
        }
    }
}

/// A bucket's policy names the bucket and what is in it, a queue's the queue; for the others
/// anything else says nothing.
fn is_resource(resource: &str, target: &ResourceTarget<'_>) -> bool {
    match target.service {
        ResourceService::S3 => bucket::is_resource(resource, target.arn),
        ResourceService::Sqs => resource == "*" || can_be(resource, target.arn),
        ResourceService::Kms | ResourceService::SecretsManager => {
            resource == "*" || resource.starts_with("arn:")
        }
    }
}

/// Whether a pattern covers a text, or may once its variables have values.
fn can_be(pattern: &str, text: &str) -> bool {
    let literal = pattern.split_once("${").map(|(literal, _)| literal);
    let pattern = literal.map_or(pattern.to_owned(), |literal| format!("{literal}*"));
    glob::matches(&glob::tokens(&pattern), text)
}

fn check_conditions(statement: &Json, service: ResourceService) -> Result<(), Flaw> {
    let Some(block) = statement.member("Condition") else {
        return Ok(());
    };
    for (text, keys) in block.as_object().unwrap_or_default() {
        let keys = keys.as_object().ok_or(Flaw::Shape)?;
        if Operator::parse(text).is_none() && !keys.is_empty() {
            return Err(Flaw::Operator(text.clone()));
        }
    }
    if !conditions::are_sound(block, Leniency::Storage) {
        return Err(Flaw::Shape);
    }
    if service == ResourceService::S3 {
        bucket::check_keys(statement, block)?;
    }
    if conditions::have_sound_literals(statement, Leniency::Storage) {
        return Ok(());
    }
    let operators = block.as_object().unwrap_or_default().iter();
    let mut addresses = operators.filter(|(text, _)| {
        Operator::parse(text).is_some_and(|one| one.comparison == Comparison::IpAddress)
    });
    let bad_address = addresses.any(|(text, keys)| {
        let keys = keys.as_object().unwrap_or_default();
        !Operator::parse(text).is_some_and(|operator| {
            keys.iter()
                .all(|(_, values)| super::literal::are_sound(&operator, values, Leniency::Storage))
        })
    });
    Err(if bad_address {
        Flaw::Address
    } else {
        Flaw::Shape
    })
}
