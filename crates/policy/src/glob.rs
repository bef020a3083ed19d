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

/// Whether some text fits both patterns. Time is the product of both lengths.
pub(crate) fn overlap(one: &[Token], other: &[Token]) -> bool {
    let differs = |(one, other): (&Token, &Token)| match (one, other) {
        (Token::Any, _) | (_, Token::Any) => Some(false),
        _ => (!meet(*one, *other)).then_some(true),
    };
    // What stands before the first `*` mostly decides.
    if one.iter().zip(other).find_map(differs) == Some(true) {
        return false;
    }
    // Which prefixes of `other` overlap the prefix of `one` read so far.
    let mut row: Vec<bool> = vec![true];
    for token in other {
        row.push(row.last() == Some(&true) && *token == Token::Any);
    }
    let mut next = Vec::with_capacity(row.len());
    for token in one {
        let is_any = *token == Token::Any;
        next.clear();
        let mut left = is_any && row.first() == Some(&true);
        next.push(left);
        for (its, pair) in other.iter().zip(row.windows(2)) {
            let [before, above] = *pair else { continue };
            left = if is_any || *its == Token::Any {
                above || left
            } else {
                before && meet(*token, *its)
            };
            next.push(left);
        }
        std::mem::swap(&mut row, &mut next);
    }
    row.last() == Some(&true)
}

/// Neither is `*`.
fn meet(one: Token, other: Token) -> bool {
    match (one, other) {
        (Token::Unit(one), Token::Unit(other)) => one == other,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::{overlap, tokens};

    #[test]
    fn patterns_overlap() {
        for (one, other, wanted) in [
            ("", "", true),
            ("", "*", true),
            ("a", "", false),
            ("a", "b", false),
            ("a*", "*b", true),
            ("a*c", "*b", false),
            ("a?c", "abc", true),
            ("a?c", "abcd", false),
            ("*a*", "b", false),
            ("*a*", "?", true),
            ("role/*", "role/x*y", true),
            ("bucket", "*/*", false),
            ("bucket/*", "*/*", true),
            ("buck*", "*/*", true),
            ("secret:db/main-??????", "secret:*", true),
            ("*a*b*c", "*b*d", false),
            ("**", "**a**", true),
        ] {
            let (first, second) = (tokens(one), tokens(other));
            assert_eq!(overlap(&first, &second), wanted, "{one} {other}");
            assert_eq!(overlap(&second, &first), wanted, "{other} {one}");
        }
    }
}
