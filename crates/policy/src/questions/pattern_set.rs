//! Patterns beside patterns: whether one takes in another, whether they have anything in common.
//! When in doubt there is something in common and nothing is taken in.

use super::variables;
use crate::glob::{self, Token};
use crate::statement::Scope;

/// How patterns are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Case does not matter.
    Actions,
    /// Variables stand for anything.
    Resources,
}

/// Whether all that is in `narrow` is in `wide`.
pub(super) fn takes_in(wide: &Scope<String>, narrow: &Scope<String>, reading: Reading) -> bool {
    let covered = |one: &String, by: &[String]| by.iter().any(|wide| covers(wide, one, reading));
    match (wide, narrow) {
        (Scope::In(wide), Scope::In(narrow)) => narrow.iter().all(|one| covered(one, wide)),
        (Scope::In(wide), Scope::NotIn(_)) => wide.iter().any(|one| one == "*"),
        (Scope::NotIn(but), Scope::In(narrow)) => !any_pair(but, narrow, reading),
        (Scope::NotIn(but), Scope::NotIn(narrow)) => but.iter().all(|one| covered(one, narrow)),
    }
}

/// Whether anything may be in both.
pub(super) fn meets(one: &Scope<String>, other: &Scope<String>, reading: Reading) -> bool {
    let leaves = |but: &[String], listed: &[String]| {
        let left = |one: &String| !but.iter().any(|but| covers(but, one, reading));
        listed.iter().any(left)
    };
    match (one, other) {
        (Scope::In(one), Scope::In(other)) => any_pair(one, other, reading),
        (Scope::NotIn(but), Scope::In(listed)) | (Scope::In(listed), Scope::NotIn(but)) => {
            leaves(but, listed)
        }
        (Scope::NotIn(_), Scope::NotIn(_)) => true,
    }
}

/// Whether the text may fit the pattern, variables being anything.
pub(super) fn may_fit(pattern: &str, text: &str) -> bool {
    glob::matches(&loose(pattern, Reading::Resources), text)
}

fn any_pair(one: &[String], other: &[String], reading: Reading) -> bool {
    let mut pairs = one.iter().flat_map(|a| other.iter().map(move |b| (a, b)));
    pairs.any(|(a, b)| overlaps(&loose(a, reading), &loose(b, reading)))
}

/// Whether every text of `narrow` fits `wide`. A variable of `wide` might be anything, so that it
/// takes in nothing but itself.
fn covers(wide: &str, narrow: &str, reading: Reading) -> bool {
    if wide == "*" || wide == narrow {
        return true;
    }
    if reading == Reading::Resources && wide.contains("${") {
        return false;
    }
    let (wide, narrow) = (loose(wide, reading), loose(narrow, reading));
    glob_covers(&wide, &narrow)
}

/// The pattern's tokens, variables as `*`.
fn loose(pattern: &str, reading: Reading) -> Vec<Token> {
    match reading {
        Reading::Actions => glob::tokens(&pattern.to_ascii_lowercase()),
        Reading::Resources => glob::tokens(&variables::loosened(pattern)),
    }
}

/// Row by row: whether `wide` up to here fits all of `narrow` up to there. A `*` of `narrow` is
/// fitted by a `*` only, a `?` by either.
fn glob_covers(wide: &[Token], narrow: &[Token]) -> bool {
    table(wide, narrow, |one, other| match (one, other) {
        (Token::Any | Token::One, Token::Any) | (Token::Unit(_), Token::Any | Token::One) => false,
        (Token::Any | Token::One, _) => true,
        (Token::Unit(a), Token::Unit(b)) => a == b,
    })
}

/// Whether some text fits both patterns.
fn overlaps(one: &[Token], other: &[Token]) -> bool {
    let mut row = vec![true];
    for token in other {
        row.push(row.last() == Some(&true) && *token == Token::Any);
    }
    for a in one {
        let mut next = vec![row.first() == Some(&true) && *a == Token::Any];
        for (place, b) in other.iter().enumerate() {
            let above = row.get(place + 1) == Some(&true);
            let left = next.get(place) == Some(&true);
            let corner = row.get(place) == Some(&true);
            next.push(match (a, b) {
                (Token::Any, _) | (_, Token::Any) => {
                    above && (*b == Token::Any || *a == Token::Any) || left
                }
                (Token::One, _) | (_, Token::One) => corner,
                (Token::Unit(a), Token::Unit(b)) => corner && a == b,
            });
        }
        row = next;
    }
    row.last() == Some(&true)
}

/// Fits `text`, a sequence of tokens, to the pattern; `fits` says which token stands for which.
fn table(pattern: &[Token], text: &[Token], fits: impl Fn(Token, Token) -> bool) -> bool {
    let mut row = vec![false; text.len() + 1];
    if let Some(first) = row.first_mut() {
        *first = true;
    }
    for token in pattern {
        let is_star = *token == Token::Any;
        let mut next = vec![is_star && row.first() == Some(&true)];
        for (place, unit) in text.iter().enumerate() {
            let above = row.get(place + 1) == Some(&true);
            let left = next.get(place) == Some(&true);
            let corner = row.get(place) == Some(&true);
            next.push(if is_star {
                above || left
            } else {
                corner && fits(*token, *unit)
            });
        }
        row = next;
    }
    row.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_beside_patterns() {
        for (a, b, covers_it, overlaps_it) in [
            ("*", "abc", true, true),
            ("a*", "abc", true, true),
            ("a*", "ab*", true, true),
            ("ab*", "a*", false, true),
            ("a*c", "a*b*c", true, true),
            ("a?c", "abc", true, true),
            ("a?c", "a*c", false, true),
            ("a*", "b*", false, false),
            ("a*b", "a*c", false, false),
            ("*x", "x*", false, true),
            ("abc", "abc", true, true),
            ("abc", "abd", false, false),
            ("ab", "abc", false, false),
            ("a/${aws:username}/*", "a/b/c", false, true),
            ("a/*", "a/${aws:username}/c", true, true),
            ("a/${aws:username}", "b/${aws:username}", false, false),
            ("", "", true, true),
            ("?*", "", false, false),
            ("**", "*", true, true),
        ] {
            let reading = Reading::Resources;
            assert_eq!(covers(a, b, reading), covers_it, "{a} takes in {b}");
            let pair = (loose(a, reading), loose(b, reading));
            assert_eq!(overlaps(&pair.0, &pair.1), overlaps_it, "{a} meets {b}");
            assert_eq!(overlaps(&pair.1, &pair.0), overlaps_it, "{b} meets {a}");
        }
    }

    fn within(items: &[&str]) -> Scope<String> {
        Scope::In(items.iter().map(|one| (*one).to_owned()).collect())
    }

    fn outside(items: &[&str]) -> Scope<String> {
        Scope::NotIn(items.iter().map(|one| (*one).to_owned()).collect())
    }

    #[test]
    fn lists_and_their_negations() {
        for (one, other, takes, meet) in [
            (
                within(&["S3:*"]),
                within(&["s3:Get*", "s3:PutObject"]),
                true,
                true,
            ),
            (
                within(&["s3:Get*"]),
                within(&["s3:Get*", "sqs:x"]),
                false,
                true,
            ),
            (within(&["s3:Get*"]), within(&["s3:Put*"]), false, false),
            (within(&["*"]), outside(&["iam:*"]), true, true),
            (within(&["s3:*"]), outside(&["iam:*"]), false, true),
            (within(&["iam:Get*"]), outside(&["iam:*"]), false, false),
            (outside(&["iam:*"]), within(&["s3:Get*"]), true, true),
            (outside(&["iam:*"]), within(&["iam:Get*"]), false, false),
            (outside(&["iam:Get*"]), within(&["iam:*"]), false, true),
            (outside(&["iam:Get*"]), outside(&["iam:*"]), true, true),
            (outside(&["iam:*"]), outside(&["iam:Get*"]), false, true),
        ] {
            let reading = Reading::Actions;
            assert_eq!(
                takes_in(&one, &other, reading),
                takes,
                "{one:?} takes in {other:?}"
            );
            assert_eq!(
                meets(&one, &other, reading),
                meet,
                "{one:?} meets {other:?}"
            );
        }
    }
}
