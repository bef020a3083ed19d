//! Policy text as patterns of an automaton.

use super::automaton::{Alphabet, Automaton, Piece, Reach};
use super::budget::{Budget, Exhausted};
use crate::condition::Comparison;
use crate::document::PolicyKind;
use crate::statement::Version;

const COLON: u16 = 0x3a;

/// How many segments an ARN has.
const SEGMENTS: usize = 6;

/// A pattern, and whether it says all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Language {
    pub(super) pieces: Vec<Piece>,
    pub(super) exactness: Exactness,
}

/// Whether a text that fits the pieces is in the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Exactness {
    /// Yes.
    Exact,
    /// Perhaps: a variable's value tells.
    Upper,
}

/// All actions: `service:Name`, neither empty.
pub(super) fn any_action() -> Vec<Piece> {
    let colon = Piece::Unit(COLON);
    vec![
        Piece::One(Reach::Segment),
        Piece::Any(Reach::Segment),
        colon,
        Piece::One(Reach::Text),
        Piece::Any(Reach::Text),
    ]
}

/// The actions that a pattern takes; `None` when it takes none.
pub(super) fn action(pattern: &str) -> Option<Vec<Piece>> {
    let lower = pattern.to_ascii_lowercase();
    if lower == "*" {
        return Some(vec![Piece::Any(Reach::Text)]);
    }
    let (service, name) = lower.split_once(':')?;
    let mut pieces = match service {
        "*" => vec![Piece::Any(Reach::Segment)],
        literal => literal.encode_utf16().map(Piece::Unit).collect(),
    };
    pieces.push(Piece::Unit(COLON));
    pieces.extend(name.encode_utf16().map(|unit| wild(unit, Reach::Text)));
    Some(pieces)
}

/// All ARNs with a partition, a service and a resource.
pub(super) fn any_arn() -> Vec<Piece> {
    let mut pieces: Vec<Piece> = "arn".encode_utf16().map(Piece::Unit).collect();
    for filled in [true, true, false, false] {
        pieces.push(Piece::Unit(COLON));
        if filled {
            pieces.push(Piece::One(Reach::Segment));
        }
        pieces.push(Piece::Any(Reach::Segment));
    }
    pieces.push(Piece::Unit(COLON));
    pieces.extend([Piece::One(Reach::Text), Piece::Any(Reach::Text)]);
    pieces
}

/// All that conditions take for an ARN.
pub(super) fn arn_shape() -> Vec<Piece> {
    let mut pieces: Vec<Piece> = "arn".encode_utf16().map(Piece::Unit).collect();
    for reach in [
        Reach::Segment,
        Reach::Segment,
        Reach::Segment,
        Reach::Segment,
        Reach::Text,
    ] {
        pieces.extend([Piece::Unit(COLON), Piece::Any(reach)]);
    }
    pieces
}

/// The resources that a pattern takes.
pub(super) fn resource(pattern: &str, version: Version, kind: PolicyKind) -> Language {
    let tokens = tokens(pattern, version);
    let pads = match kind {
        PolicyKind::Identity | PolicyKind::Session => true,
        PolicyKind::RoleTrust
        | PolicyKind::Resource
        | PolicyKind::ServiceControl
        | PolicyKind::ResourceControl
        | PolicyKind::Endpoint => false,
    };
    let segments = segments(&tokens);
    let pieces = if pads || is_whole(&segments) {
        join(&segments)
    } else {
        flat(&tokens)
    };
    Language {
        pieces,
        exactness: exactness(&tokens),
    }
}

/// The values that an operand of a condition takes; `None` where no pattern can tell.
pub(super) fn operand(text: &str, comparison: Comparison, version: Version) -> Option<Language> {
    let tokens = match comparison {
        Comparison::StringLike | Comparison::Arn => tokens(text, version),
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase => {
            plain(tokens(text, version))
        }
        Comparison::Bool => plain(tokens("true", Version::V2008)),
        Comparison::Numeric(_)
        | Comparison::Date(_)
        | Comparison::Binary
        | Comparison::IpAddress
        | Comparison::Null => return None,
    };
    let pieces = match comparison {
        Comparison::Arn if text != "*" && exactness(&tokens) == Exactness::Exact => {
            join(&segments(&tokens))
        }
        Comparison::StringEqualsIgnoreCase | Comparison::Bool => letters(&tokens)?,
        Comparison::StringLike
        | Comparison::Arn
        | Comparison::StringEquals
        | Comparison::Numeric(_)
        | Comparison::Date(_)
        | Comparison::Binary
        | Comparison::IpAddress
        | Comparison::Null => flat(&tokens),
    };
    Some(Language {
        pieces,
        exactness: exactness(&tokens),
    })
}

/// Whether the text has variables whose values requests bring.
pub(super) fn is_dynamic(text: &str, version: Version) -> bool {
    exactness(&tokens(text, version)) == Exactness::Upper
}

/// The names of those variables.
pub(super) fn variables(text: &str, version: Version) -> Vec<String> {
    let tokens = tokens(text, version);
    let named = tokens.into_iter().filter_map(|token| match token {
        Token::Hole { name, .. } => Some(name),
        Token::Written(_) | Token::Literal(_) => None,
    });
    named.collect()
}

/// The text with these values in place of its variables; `None` when one has none. For texts that
/// may be looked for, not for decisions.
pub(super) fn filled(
    text: &str,
    version: Version,
    value: &dyn Fn(&str) -> Option<String>,
) -> Option<String> {
    let mut units = Vec::new();
    for token in tokens(text, version) {
        match token {
            Token::Written(unit) | Token::Literal(unit) => units.push(unit),
            Token::Hole { name, .. } => units.extend(value(&name)?.encode_utf16()),
        }
    }
    Some(String::from_utf16_lossy(&units))
}

/// Whether all that fits `narrow` fits `wide`, whatever the values of their variables. `false` also
/// where this is not known.
///
/// A variable is taken for a letter of its own, which fits itself and `*`. Values take the place of
/// the letter on both sides alike. `?` would fit the letter but not each value, so that it is not
/// looked at.
pub(super) fn implies(
    narrow: &str,
    wide: &str,
    version: Version,
    budget: &mut Budget,
) -> Result<bool, Exhausted> {
    let (narrow, wide) = (tokens(narrow, version), tokens(wide, version));
    let insides: Vec<&String> = narrow.iter().chain(&wide).filter_map(inside).collect();
    let letter = |hole: &String| {
        let at = insides.iter().position(|inside| *inside == hole);
        at.and_then(|at| u16::try_from(at).ok())
            .map(|at| 0xe000 + at)
    };
    let spelled = |tokens: &[Token]| -> Option<Vec<Piece>> {
        let spelled = tokens.iter().map(|token| match inside(token) {
            Some(inside) => letter(inside).map(Token::Literal),
            None => Some(token.clone()),
        });
        let segments = segments(&spelled.collect::<Option<Vec<Token>>>()?);
        is_whole(&segments).then(|| join(&segments))
    };
    let (Some(narrow), Some(wide)) = (spelled(&narrow), spelled(&wide)) else {
        return Ok(false);
    };
    if wide.iter().any(|piece| matches!(piece, Piece::One(_))) {
        return Ok(false);
    }
    let patterns = [narrow, wide];
    let automaton = Automaton::new(&patterns);
    let texts = automaton.texts(1, Alphabet::Text, budget)?;
    Ok(texts.iter().all(|text| automaton.fits(1, text)))
}

fn inside(token: &Token) -> Option<&String> {
    match token {
        Token::Hole { inside, .. } => Some(inside),
        Token::Written(_) | Token::Literal(_) => None,
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A unit of the author's, perhaps a wildcard.
    Written(u16),
    /// A unit that is never a wildcard.
    Literal(u16),
    /// A variable: its name, and all that stands between the braces.
    Hole { name: String, inside: String },
}

fn tokens(text: &str, version: Version) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let (Version::V2012, Some((before, opened))) = (version, rest.split_once("${")) {
        let Some((variable, after)) = opened.split_once('}') else {
            break;
        };
        tokens.extend(before.encode_utf16().map(Token::Written));
        match variable {
            "*" | "?" | "$" => tokens.extend(variable.encode_utf16().map(Token::Literal)),
            named => {
                let name = named.split_once(',').map_or(named, |(name, _)| name);
                tokens.push(Token::Hole {
                    name: name.trim().to_lowercase(),
                    inside: named.to_owned(),
                });
            }
        }
        rest = after;
    }
    tokens.extend(rest.encode_utf16().map(Token::Written));
    tokens
}

/// Without wildcards.
fn plain(tokens: Vec<Token>) -> Vec<Token> {
    let literal = |token| match token {
        Token::Written(unit) | Token::Literal(unit) => Token::Literal(unit),
        hole @ Token::Hole { .. } => hole,
    };
    tokens.into_iter().map(literal).collect()
}

fn exactness(tokens: &[Token]) -> Exactness {
    if tokens
        .iter()
        .any(|token| matches!(token, Token::Hole { .. }))
    {
        Exactness::Upper
    } else {
        Exactness::Exact
    }
}

fn piece(token: &Token, reach: Reach) -> Piece {
    match token {
        Token::Written(unit) => wild(*unit, reach),
        Token::Literal(unit) => Piece::Unit(*unit),
        Token::Hole { .. } => Piece::Any(reach),
    }
}

fn wild(unit: u16, reach: Reach) -> Piece {
    match unit {
        0x2a => Piece::Any(reach),
        0x3f => Piece::One(reach),
        other => Piece::Unit(other),
    }
}

fn flat(tokens: &[Token]) -> Vec<Piece> {
    tokens
        .iter()
        .map(|token| piece(token, Reach::Text))
        .collect()
}

/// Comparison without case; `None` beyond ASCII, where more than one text lower-cases to the same.
fn letters(tokens: &[Token]) -> Option<Vec<Piece>> {
    let fold = |token: &Token| match token {
        Token::Written(unit) | Token::Literal(unit) => {
            let byte = u8::try_from(*unit).ok().filter(u8::is_ascii)?;
            let lower = u16::from(byte.to_ascii_lowercase());
            Some(if byte.is_ascii_alphabetic() {
                Piece::Letter(lower)
            } else {
                Piece::Unit(lower)
            })
        }
        Token::Hole { .. } => Some(Piece::Any(Reach::Text)),
    };
    tokens.iter().map(fold).collect()
}

fn segments(tokens: &[Token]) -> Vec<Vec<Token>> {
    let mut segments = vec![Vec::new()];
    for token in tokens {
        if *token == Token::Written(COLON) && segments.len() < SEGMENTS {
            segments.push(Vec::new());
        } else if let Some(last) = segments.last_mut() {
            last.push(token.clone());
        }
    }
    segments
}

fn is_whole(segments: &[Vec<Token>]) -> bool {
    let glob = |token: &Token| match piece(token, Reach::Text) {
        Piece::Unit(unit) | Piece::Letter(unit) => crate::glob::Token::Unit(unit),
        Piece::One(_) => crate::glob::Token::One,
        Piece::Any(_) => crate::glob::Token::Any,
    };
    let first = segments.first().map_or(&[][..], Vec::as_slice);
    let first: Vec<crate::glob::Token> = first.iter().map(glob).collect();
    segments.len() == SEGMENTS && crate::glob::matches(&first, "arn")
}

/// Wildcards end at colons in all segments but the last; what is left out takes all.
fn join(segments: &[Vec<Token>]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        let reach = if index + 1 == SEGMENTS {
            Reach::Text
        } else {
            Reach::Segment
        };
        if index > 0 {
            pieces.push(Piece::Unit(COLON));
        }
        pieces.extend(segment.iter().map(|token| piece(token, reach)));
    }
    if segments.len() < SEGMENTS {
        pieces.extend([Piece::Unit(COLON), Piece::Any(Reach::Text)]);
    }
    pieces
}
