//! Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, `${*}`.
//!
//! A variable's value is text and never a pattern: a tag that holds `*` or `${…}` stands for these
//! very characters (IAM User Guide, "Variables and tags").

use crate::context::Context;
use crate::statement::Version;

/// A piece of policy text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text of the policy, in which `*` and `?` are wildcards where the element has them.
    Text(&'a str),
    /// Literal text: a substituted value, or `${*}`, `${?}`, `${$}`.
    Literal(String),
}

/// The policy text names a variable that the request has no single value for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unresolved;

/// Splits policy text and puts the request's values in place. Documents of 2008 have no variables.
pub(crate) fn resolve<'a>(
    text: &'a str,
    version: Version,
    context: &Context,
) -> Result<Vec<Piece<'a>>, Unresolved> {
    match version {
        Version::V2008 => Ok(vec![Piece::Text(text)]),
        Version::V2012 => resolve_2012(text, context),
    }
}

fn resolve_2012<'a>(text: &'a str, context: &Context) -> Result<Vec<Piece<'a>>, Unresolved> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, variable, after)) = next_variable(rest) {
        pieces.push(Piece::Text(before));
        pieces.push(Piece::Literal(value_of(variable, context)?));
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

/// Text before, the inside of `${…}`, text after. A `${` that never closes is plain text.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, opened) = text.split_once("${")?;
    let (variable, after) = opened.split_once('}')?;
    Some((before, variable, after))
}

fn value_of(variable: &str, context: &Context) -> Result<String, Unresolved> {
    if is_escape(variable) {
        return Ok(variable.to_owned());
    }
    let (key, default) = match variable.split_once(',') {
        Some((key, default)) => (key.trim(), Some(quoted(default.trim())?)),
        None => (variable, None),
    };
    match context.get(key) {
        Some(entry) => entry.single().map(str::to_owned).ok_or(Unresolved),
        None => default.map(str::to_owned).ok_or(Unresolved),
    }
}

fn quoted(default: &str) -> Result<&str, Unresolved> {
    default
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
        .ok_or(Unresolved)
}

/// The text with all values in place, as operators without wildcards compare it.
pub(crate) fn resolve_text(
    text: &str,
    version: Version,
    context: &Context,
) -> Result<String, Unresolved> {
    let pieces = resolve(text, version, context)?;
    Ok(pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => *text,
            Piece::Literal(text) => text.as_str(),
        })
        .collect())
}

/// The names between `${` and `}`, defaults left out; documents of 2008 have none.
pub(crate) fn names(text: &str, version: Version) -> impl Iterator<Item = &str> {
    let mut rest = match version {
        Version::V2008 => "",
        Version::V2012 => text,
    };
    std::iter::from_fn(move || {
        let (_, variable, after) = next_variable(rest)?;
        rest = after;
        let name = variable.split_once(',').map_or(variable, |(key, _)| key);
        Some(name.trim())
    })
}

/// `${*}`, `${?}` and `${$}` stand for these characters.
pub(crate) fn is_escape(name: &str) -> bool {
    matches!(name, "*" | "?" | "$")
}

/// Whether the text holds a variable at all.
pub(crate) fn has_variable(text: &str) -> bool {
    next_variable(text).is_some()
}
