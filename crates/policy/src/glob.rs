//! Wildcards over UTF-16 units.
//!
//! `*` takes any run, `?` exactly one UTF-16 unit (a supplementary character needs two), all else
//! is itself; brackets and backslashes mean nothing.

/// One piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// This unit and no other.
    Unit(u16),
    /// `?`
    One,
    /// `*`
    Any,
}

/// The tokens of a pattern without variables.
pub(crate) fn tokens(pattern: &str) -> Vec<Token> {
    pattern.encode_utf16().map(token).collect()
}

fn token(unit: u16) -> Token {
    match unit {
        0x2a => Token::Any,
        0x3f => Token::One,
        other => Token::Unit(other),
    }
}

/// The tokens of a text in which nothing is a wildcard.
pub(crate) fn literal(text: &str) -> impl Iterator<Item = Token> + '_ {
    text.encode_utf16().map(Token::Unit)
}

/// Whether the whole text fits the pattern. Time is at most the product of both lengths, without
/// recursion: on a mismatch only the last `*` gives way.
pub(crate) fn matches(pattern: &[Token], text: &str) -> bool {
    let text: Vec<u16> = text.encode_utf16().collect();
    let (mut at, mut next) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(&unit) = text.get(at) {
        match pattern.get(next) {
            Some(Token::Any) => {
                retry = Some((next + 1, at));
                next += 1;
                continue;
            }
            Some(Token::One) => {
                (at, next) = (at + 1, next + 1);
                continue;
            }
            Some(Token::Unit(wanted)) if *wanted == unit => {
                (at, next) = (at + 1, next + 1);
                continue;
            }
            Some(Token::Unit(_)) | None => {}
        }
        let Some((after_star, taken)) = retry else {
            return false;
        };
        retry = Some((after_star, taken + 1));
        (at, next) = (taken + 1, after_star);
    }
    pattern.iter().skip(next).all(|token| *token == Token::Any)
}
