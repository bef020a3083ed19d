//! What a token's claims ask of the session: tags, source identity, and for which roles it was
//! made (IAM User Guide, "Pass session tags in AWS STS" and "Monitor and control actions taken
//! with assumed roles"). The same limits hold as for the parameters of AssumeRole.

use jose::{Claims, TokenFault};
use serde_json::Value;
use shapes::{Structure, Type};

const TAGS: &str = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";
const ROLES: &str = "https://aws.amazon.com/roles";
/// Session tags of one session (STS model, `tagListType`).
const MAX_TAGS: usize = 50;

/// The session that a token asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ClaimedSession {
    /// Each key once, whatever its case.
    pub(crate) tags: Vec<(String, String)>,
    /// Each the key of one of the tags.
    pub(crate) transitive_tag_keys: Vec<String>,
    /// Lasts for the whole chain.
    pub(crate) source_identity: Option<String>,
}

impl ClaimedSession {
    /// Reads the claims of a verified token. A token made for other roles is refused.
    pub(crate) fn read(claims: &Claims, role_arn: &str) -> Result<Self, TokenFault> {
        check_roles(claims.raw.get(ROLES), role_arn)?;
        let source_identity = claims
            .raw
            .get(SOURCE_IDENTITY)
            .map(source_identity)
            .transpose()?;
        let Some(claim) = claims.raw.get(TAGS) else {
            return Ok(Self {
                source_identity,
                ..Self::default()
            });
        };
        let tags = tags(claim)?;
        let transitive_tag_keys = transitive(claim, &tags)?;
        Ok(Self {
            tags,
            transitive_tag_keys,
            source_identity,
        })
    }
}

/// A token may name the roles that it is good for.
fn check_roles(claim: Option<&Value>, role_arn: &str) -> Result<(), TokenFault> {
    let named = match claim {
        None => true,
        Some(Value::String(only)) => only == role_arn,
        Some(Value::Array(roles)) => roles.iter().any(|role| role.as_str() == Some(role_arn)),
        Some(_) => false,
    };
    if named {
        Ok(())
    } else {
        Err(wrong(ROLES, "does not name the role"))
    }
}

fn source_identity(claim: &Value) -> Result<String, TokenFault> {
    let shape = member(shapes::sts::ASSUME_ROLE.input, "SourceIdentity");
    match claim.as_str() {
        Some(text) if fits(shape, text) => Ok(text.to_owned()),
        _ => Err(wrong(SOURCE_IDENTITY, "is not a source identity")),
    }
}

fn tags(claim: &Value) -> Result<Vec<(String, String)>, TokenFault> {
    let broken = || wrong(TAGS, "does not hold principal_tags, each with one value");
    let Some(members) = claim.get("principal_tags").map(Value::as_object) else {
        return Ok(Vec::new());
    };
    let members = members.ok_or_else(broken)?;
    if members.len() > MAX_TAGS {
        return Err(wrong(TAGS, "holds more than 50 tags"));
    }
    let mut tags: Vec<(String, String)> = Vec::with_capacity(members.len());
    for (key, values) in members {
        let value = only_value(values).ok_or_else(broken)?;
        if !fits(tag_shape("Key"), key) || !fits(tag_shape("Value"), value) {
            return Err(wrong(
                TAGS,
                "holds a tag that is too long or has a character too many",
            ));
        }
        if is_reserved(key) || tags.iter().any(|(known, _)| same_key(known, key)) {
            return Err(wrong(TAGS, "holds a reserved key, or one key twice"));
        }
        tags.push((key.clone(), value.to_owned()));
    }
    Ok(tags)
}

fn only_value(values: &Value) -> Option<&str> {
    match values.as_array()?.as_slice() {
        [value] => value.as_str(),
        _ => None,
    }
}

fn transitive(claim: &Value, tags: &[(String, String)]) -> Result<Vec<String>, TokenFault> {
    let Some(keys) = claim.get("transitive_tag_keys") else {
        return Ok(Vec::new());
    };
    let broken = || wrong(TAGS, "names transitive keys that are none of its tags");
    let keys = keys.as_array().ok_or_else(broken)?;
    keys.iter()
        .map(|key| {
            let key = key.as_str()?;
            tags.iter()
                .any(|(known, _)| same_key(known, key))
                .then(|| key.to_owned())
        })
        .collect::<Option<_>>()
        .ok_or_else(broken)
}

fn same_key(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn is_reserved(key: &str) -> bool {
    key.to_lowercase().starts_with("aws:")
}

fn tag_shape(name: &str) -> Option<&'static Type> {
    let Some(Type::List(list)) = member(shapes::sts::ASSUME_ROLE.input, "Tags") else {
        return None;
    };
    match list.member {
        Type::Structure(tag) => member(tag, name),
        _ => None,
    }
}

fn member(structure: &'static Structure, name: &str) -> Option<&'static Type> {
    structure
        .members
        .iter()
        .find(|member| member.name == name)
        .map(|member| member.shape)
}

/// Whether the text keeps the model's limits.
fn fits(shape: Option<&'static Type>, text: &str) -> bool {
    let Some(Type::String(shape)) = shape else {
        return false;
    };
    let chars = text.chars().count() as u64;
    shape.min.is_none_or(|min| chars >= min)
        && shape.max.is_none_or(|max| chars <= max)
        && shape.pattern.is_none_or(|pattern| pattern.matches(text))
}

fn wrong(claim: &'static str, problem: &'static str) -> TokenFault {
    TokenFault::Claim { claim, problem }
}
