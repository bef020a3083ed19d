//! Resource patterns as they are folded: literal text, and at most one kind of wildcard behind it.

use std::fmt;

use super::inclusion::{excludes, includes};
use crate::glob::{self, Token};
use crate::statement::Version;

/// Segments of an ARN before the resource.
const HEAD_SEGMENTS: usize = 5;
/// The random end of a secret's ARN (Secrets Manager User Guide, "Secret ARN").
const SECRET_SUFFIX: &str = "-??????";
/// Characters of that end beside the hyphen.
const SECRET_SUFFIX_LETTERS: usize = 6;

/// A resource that the new policy names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct ArnPattern {
    /// `arn:aws:s3:::`, or nothing for what is no ARN.
    pub(super) head: String,
    /// The literal beginning of the resource.
    pub(super) body: String,
    /// What follows.
    pub(super) tail: Tail,
}

/// What follows the literal text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Tail {
    /// Nothing.
    Nothing,
    /// A secret's random end.
    Secret,
    /// Anything.
    Anything,
}

impl ArnPattern {
    /// This resource and no other.
    pub(super) fn exact(resource: &str) -> Self {
        let end = resource
            .match_indices(':')
            .nth(HEAD_SEGMENTS - 1)
            .map(|(at, _)| at + 1);
        let (head, body) = end
            .and_then(|end| resource.split_at_checked(end))
            .filter(|(head, _)| head.starts_with("arn:"))
            .unwrap_or(("", resource));
        Self {
            head: head.to_owned(),
            body: body.to_owned(),
            tail: Tail::Nothing,
        }
    }

    /// For a secret's ARN: every secret of that name, for a secret that is made again has another
    /// random end.
    pub(super) fn any_suffix(&self) -> Option<Self> {
        let is_secret = self.head.split(':').nth(2) == Some("secretsmanager")
            && self.body.starts_with("secret:");
        let (name, suffix) = self.body.rsplit_once('-')?;
        let is_random = suffix.len() == SECRET_SUFFIX_LETTERS
            && suffix
                .chars()
                .all(|one| one.is_ascii_alphanumeric() || one == '?');
        (is_secret && is_random).then(|| Self {
            head: self.head.clone(),
            body: name.to_owned(),
            tail: Tail::Secret,
        })
    }

    /// All that begins with the first `length` bytes of the body.
    pub(super) fn prefix(&self, length: usize) -> Option<Self> {
        Some(Self {
            head: self.head.clone(),
            body: self.body.get(..length)?.to_owned(),
            tail: Tail::Anything,
        })
    }

    /// What is never folded across: partition, service, region, account, and the resource's type,
    /// the bucket or the like.
    pub(super) fn family(&self) -> (&str, &str) {
        let end = self.body.find(['/', ':']).map_or(0, |at| at + 1);
        (&self.head, self.body.get(..end).unwrap_or_default())
    }

    /// Whether it is one of those that `prefix` stands for.
    pub(super) fn begins_with(&self, prefix: &Self) -> bool {
        self.head == prefix.head && self.body.starts_with(&prefix.body)
    }

    /// Whether it may be folded with others.
    pub(super) fn is_foldable(&self) -> bool {
        !self.head.is_empty()
    }

    /// The whole text as tokens.
    fn tokens(&self) -> Vec<Token> {
        if self.head.is_empty() {
            return glob::tokens(&self.body);
        }
        let mut tokens: Vec<Token> = glob::literal(&self.head).collect();
        tokens.extend(self.resource_tokens());
        tokens
    }

    fn resource_tokens(&self) -> Vec<Token> {
        let mut tokens: Vec<Token> = glob::literal(&self.body).collect();
        tokens.extend(match self.tail {
            Tail::Nothing => Vec::new(),
            Tail::Secret => glob::tokens(SECRET_SUFFIX),
            Tail::Anything => vec![Token::Any],
        });
        tokens
    }

    /// Whether a policy's pattern without variables fits all that this one fits.
    pub(super) fn is_within(&self, pattern: &str, version: Version) -> bool {
        if pattern == "*" {
            return true;
        }
        let whole: Vec<Vec<Token>> = segments(&self.tokens());
        let wide = segments(&literal_tokens(pattern, version));
        if self.head.is_empty() || wide.len() > whole.len() {
            return false;
        }
        wide.iter()
            .zip(&whole)
            .all(|(wide, own)| includes(wide, own))
    }

    /// Whether a policy's pattern without variables fits nothing that this one fits.
    pub(super) fn is_apart_from(&self, pattern: &str, version: Version) -> bool {
        if pattern == "*" {
            return false;
        }
        let whole = segments(&self.tokens());
        let other = segments(&literal_tokens(pattern, version));
        other
            .iter()
            .zip(&whole)
            .any(|(other, own)| excludes(other, own))
    }
}

/// Cuts where the author wrote colons, into six segments at most.
fn segments(tokens: &[Token]) -> Vec<Vec<Token>> {
    let colon = Token::Unit(u16::from(b':'));
    let mut parts = tokens.splitn(HEAD_SEGMENTS + 1, |token| *token == colon);
    std::iter::from_fn(|| parts.next().map(<[Token]>::to_vec)).collect()
}

/// The tokens of policy text whose only variables are the literals `${*}`, `${?}` and `${$}`.
pub(super) fn literal_tokens(text: &str, version: Version) -> Vec<Token> {
    if version == Version::V2008 {
        return glob::tokens(text);
    }
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        tokens.extend(glob::tokens(before));
        if let Some((variable, after)) = after.split_once('}') {
            tokens.extend(glob::literal(variable));
            rest = after;
        } else {
            tokens.extend(glob::tokens("${"));
            rest = after;
        }
    }
    tokens.extend(glob::tokens(rest));
    tokens
}

/// Whether the text names a variable whose value the request decides.
pub(super) fn is_variable(text: &str, version: Version) -> bool {
    version == Version::V2012
        && text.split("${").skip(1).any(|rest| {
            let name = rest.split_once('}').map(|(name, _)| name);
            name.is_some_and(|name| !matches!(name, "*" | "?" | "$"))
        })
}

impl fmt::Display for ArnPattern {
    /// As policies of 2012 write it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.head.is_empty() && self.body == "*" {
            return formatter.write_str("*");
        }
        formatter.write_str(&self.head)?;
        formatter.write_str(&escaped(&self.body))?;
        formatter.write_str(match self.tail {
            Tail::Nothing => "",
            Tail::Secret => SECRET_SUFFIX,
            Tail::Anything => "*",
        })
    }
}

/// Literal text in which nothing is a wildcard or a variable.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, one) in text.char_indices() {
        match one {
            '*' | '?' => {
                out.push_str("${");
                out.push(one);
                out.push('}');
            }
            '$' if text.get(at + 1..).is_some_and(|rest| rest.starts_with('{')) => {
                out.push_str("${$}");
            }
            _ => out.push(one),
        }
    }
    out
}
