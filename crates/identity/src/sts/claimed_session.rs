//! What a token's claims ask of the session: tags, source identity, and for which roles it was
//! made (IAM User Guide, "Pass session tags in AWS STS" and "Monitor and control actions taken
//! with assumed roles"). The same limits hold as for the parameters of AssumeRole.

use jose::{Claims, TokenFault};
use serde_json::Value;
use shapes::{Structure, Type};

use super::target_role::parse_role_arn;

const TAGS: &str = "https://aws.amazon.com/tags";
/// Before the key, for issuers that cannot nest: one claim for each tag.
const FLAT_TAG: &str = "https://aws.amazon.com/tags/principal_tags/";
const FLAT_TRANSITIVE: &str = "https://aws.amazon.com/tags/transitive_tag_keys";
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";
const ROLES: &str = "https://aws.amazon.com/roles";
/// Session tags of one session (STS model, `tagListType`).
const MAX_TAGS: usize = 50;

// AWS's texts (recorded).
const BAD_TAGS: &str = "principal_tags passed in claim is not in correct format.";
const BAD_ROLES: &str = "The roles claim is not in a supported format";
const NO_ROLES: &str = "The roles claim contains no valid role ARNs";
const OTHER_ROLES: &str =
    "The target role ARN is not present in the roles claim of the identity token";

/// The session that a token asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ClaimedSession {
    /// Each key once, whatever its case.
    pub(crate) tags: Vec<(String, String)>,
    /// Each the key of one of the tags.
    pub(crate) transitive_tag_keys: Vec<String>,
    /// Lasts for the whole chain.
    pub(crate) source_identity: Option<String>,
    /// Whether the token names the role; `false` when it names none.
    pub(crate) names_role: bool,
}

impl ClaimedSession {
    /// Reads the claims of a verified token. A token made for other roles is refused.
    pub(crate) fn read(claims: &Claims, role_arn: &str) -> Result<Self, TokenFault> {
        let names_role = names_role(claims.raw.get(ROLES), role_arn)?;
        let source_identity = claims
            .raw
            .get(SOURCE_IDENTITY)
            .map(source_identity)
            .transpose()?;
        let tags = tags(claims)?;
        let transitive_tag_keys = transitive(claims, &tags)?;
        Ok(Self {
            tags,
            transitive_tag_keys,
            source_identity,
            names_role,
        })
    }
}

/// A token may name the roles that it is good for: an array, or a text with `;` between. What is no
/// role's ARN among them does not count.
fn names_role(claim: Option<&Value>, role_arn: &str) -> Result<bool, TokenFault> {
    let named: Vec<&str> = match claim {
        None | Some(Value::Null) => return Ok(false),
        Some(Value::String(list)) => list.split(';').collect(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => {
            return Err(TokenFault::Session(BAD_ROLES));
        }
    };
    let mut roles = named
        .into_iter()
        .map(str::trim)
        .filter(|arn| is_role_arn(arn))
        .peekable();
    if roles.peek().is_none() {
        return Err(TokenFault::Session(NO_ROLES));
    }
    if roles.any(|arn| arn == role_arn) {
        Ok(true)
    } else {
        Err(TokenFault::Session(OTHER_ROLES))
    }
}

/// One role exactly: neither a pattern nor several with something else than `;` between.
fn is_role_arn(text: &str) -> bool {
    let colons = text.matches(':').count();
    colons == 5 && !text.contains(['*', '?']) && parse_role_arn(text).is_ok()
}

fn source_identity(claim: &Value) -> Result<String, TokenFault> {
    let shape = member(shapes::sts::ASSUME_ROLE.input, "SourceIdentity");
    match claim.as_str() {
        Some(text) if fits(shape, text) => Ok(text.to_owned()),
        _ => Err(wrong(SOURCE_IDENTITY, "is not a source identity")),
    }
}

fn tags(claims: &Claims) -> Result<Vec<(String, String)>, TokenFault> {
    let mut tags = Vec::new();
    for (key, value) in nested_tags(claims)?.into_iter().chain(flat_tags(claims)?) {
        if !fits(tag_shape("Key"), key) || !fits(tag_shape("Value"), value) {
            return Err(wrong(
                TAGS,
                "holds a tag that is too long or has a character too many",
            ));
        }
        if is_reserved(key) || holds(&tags, key) {
            return Err(wrong(TAGS, "holds a reserved key, or one key twice"));
        }
        tags.push((key.to_owned(), value.to_owned()));
    }
    if tags.len() > MAX_TAGS {
        return Err(wrong(TAGS, "holds more than 50 tags"));
    }
    Ok(tags)
}

fn nested_tags(claims: &Claims) -> Result<Vec<(&str, &str)>, TokenFault> {
    let Some(claim) = claims.raw.get(TAGS) else {
        return Ok(Vec::new());
    };
    let claim = claim.as_object().ok_or(TokenFault::Session(BAD_TAGS))?;
    let Some(members) = claim.get("principal_tags") else {
        return Ok(Vec::new());
    };
    let members = members.as_object().ok_or(TokenFault::Session(BAD_TAGS))?;
    members
        .iter()
        .map(|(key, values)| Some((key.as_str(), only_value(values)?)))
        .collect::<Option<_>>()
        .ok_or(TokenFault::Session(BAD_TAGS))
}

fn flat_tags(claims: &Claims) -> Result<Vec<(&str, &str)>, TokenFault> {
    let named = claims
        .raw
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(FLAT_TAG)?, value)));
    named
        .map(|(key, value)| Some((key, value.as_str()?)))
        .collect::<Option<_>>()
        .ok_or_else(|| wrong(TAGS, "holds a tag that is not a string"))
}

fn only_value(values: &Value) -> Option<&str> {
    match values.as_array()?.as_slice() {
        [value] => value.as_str(),
        _ => None,
    }
}

/// From one of the two forms; in both at once they could contradict each other.
fn transitive(claims: &Claims, tags: &[(String, String)]) -> Result<Vec<String>, TokenFault> {
    let nested = claims
        .raw
        .get(TAGS)
        .and_then(|claim| claim.get("transitive_tag_keys"));
    let keys = match (nested, claims.raw.get(FLAT_TRANSITIVE)) {
        (None, None) => return Ok(Vec::new()),
        (Some(keys), None) | (None, Some(keys)) => keys,
        (Some(_), Some(_)) => return Err(wrong(TAGS, "names transitive keys in two ways")),
    };
    let broken = || wrong(TAGS, "names transitive keys that are none of its tags");
    let keys = keys.as_array().ok_or_else(broken)?;
    keys.iter()
        .map(|key| {
            let key = key.as_str()?;
            holds(tags, key).then(|| key.to_owned())
        })
        .collect::<Option<_>>()
        .ok_or_else(broken)
}

fn holds(tags: &[(String, String)], key: &str) -> bool {
    tags.iter().any(|(known, _)| same_key(known, key))
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
