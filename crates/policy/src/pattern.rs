//! Patterns of policy text: wildcards that the author wrote, values that the request brought.

use crate::context::Context;
use crate::glob::{self, Token};
use crate::statement::Version;
use crate::variable::{Piece, Unresolved, resolve};

/// A text pattern with its variables resolved.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Vec<Token>);

impl Pattern {
    pub(crate) fn new(text: &str, version: Version, context: &Context) -> Result<Self, Unresolved> {
        let pieces = resolve(text, version, context)?;
        Ok(Self(pieces.iter().flat_map(piece_tokens).collect()))
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        glob::matches(&self.0, text)
    }
}

fn piece_tokens(piece: &Piece<'_>) -> Vec<Token> {
    match piece {
        Piece::Text(text) => glob::tokens(text),
        Piece::Literal(text) => glob::literal(text).collect(),
    }
}

/// How many segments an ARN has.
const SEGMENTS: usize = 6;

/// An ARN pattern, cut into segments where the policy's author wrote colons. A colon that a
/// variable brought is an ordinary character.
#[derive(Clone, Debug)]
pub(crate) struct ArnPattern(Vec<Vec<Token>>);

impl ArnPattern {
    pub(crate) fn new(text: &str, version: Version, context: &Context) -> Result<Self, Unresolved> {
        let mut segments = vec![Vec::new()];
        for piece in resolve(text, version, context)? {
            match &piece {
                Piece::Text(text) => push_text(&mut segments, text),
                Piece::Literal(_) => push_tokens(&mut segments, piece_tokens(&piece)),
            }
        }
        Ok(Self(segments))
    }

    /// Cut where colons stand once the request's values are in place: what a text is that is no ARN
    /// before that, such as `${aws:PrincipalArn}`.
    pub(crate) fn resolved(
        text: &str,
        version: Version,
        context: &Context,
    ) -> Result<Self, Unresolved> {
        let mut segments = vec![Vec::new()];
        for piece in resolve(text, version, context)? {
            push_cut(&mut segments, piece_tokens(&piece));
        }
        Ok(Self(segments))
    }

    /// All six segments are there and the first is `arn`.
    pub(crate) fn is_whole(&self) -> bool {
        self.0.len() == SEGMENTS
            && self
                .0
                .first()
                .is_some_and(|first| glob::matches(first, "arn"))
    }

    /// Fits each of the request's segments; segments the pattern leaves out fit all.
    pub(crate) fn matches(&self, arn: &str) -> bool {
        let Some(segments) = arn_segments(arn) else {
            return false;
        };
        let mut patterns = self.0.iter();
        segments.iter().all(|segment| {
            patterns
                .next()
                .is_none_or(|pattern| glob::matches(pattern, segment))
        })
    }
}

fn push_text(segments: &mut Vec<Vec<Token>>, text: &str) {
    push_cut(segments, glob::tokens(text));
}

fn push_cut(segments: &mut Vec<Vec<Token>>, tokens: Vec<Token>) {
    for token in tokens {
        let is_colon = token == Token::Unit(u16::from(b':'));
        if is_colon && segments.len() < SEGMENTS {
            segments.push(Vec::new());
        } else {
            push_tokens(segments, vec![token]);
        }
    }
}

fn push_tokens(segments: &mut [Vec<Token>], tokens: Vec<Token>) {
    if let Some(last) = segments.last_mut() {
        last.extend(tokens);
    }
}

/// The six segments of a request's ARN; `None` when it is none.
pub(crate) fn arn_segments(arn: &str) -> Option<[&str; SEGMENTS]> {
    let segments: Vec<&str> = arn.splitn(SEGMENTS, ':').collect();
    let segments: [&str; SEGMENTS] = segments.try_into().ok()?;
    (segments.first() == Some(&"arn")).then_some(segments)
}
