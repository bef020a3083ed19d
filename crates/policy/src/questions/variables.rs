//! Variables of policy text whose values are not known yet.

use super::knowledge::{KeyState, Knowledge};
use crate::statement::Version;

/// The keys of the text's variables.
pub(super) fn keys(text: &str) -> Vec<&str> {
    pieces(text).filter_map(|piece| piece.key).collect()
}

/// Whether a value that is not known stands in the text.
pub(super) fn has_unknown(text: &str, version: Version, knowledge: &Knowledge) -> bool {
    let is_unknown = |key: &str| knowledge.state(key) == KeyState::Unknown;
    version == Version::V2012 && keys(text).into_iter().any(is_unknown)
}

/// The pattern with `*` in place of every value.
pub(super) fn loosened(text: &str) -> String {
    let mut loose = String::with_capacity(text.len());
    for piece in pieces(text) {
        loose.push_str(piece.before);
        if !piece.variable.is_empty() {
            loose.push('*');
        }
    }
    loose
}

/// The pattern with `*` in place of every unknown value: it fits whatever the pattern may fit.
pub(super) fn widened(text: &str, knowledge: &Knowledge) -> String {
    let mut wide = String::with_capacity(text.len());
    for piece in pieces(text) {
        wide.push_str(piece.before);
        match piece.key {
            Some(key) if knowledge.state(key) == KeyState::Unknown => wide.push('*'),
            Some(_) | None => wide.push_str(piece.variable),
        }
    }
    wide
}

struct Piece<'a> {
    before: &'a str,
    /// `${…}`; empty at the end.
    variable: &'a str,
    /// Whose value it stands for; none for `${*}`, `${?}`, `${$}`.
    key: Option<&'a str>,
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some((before, inside, after)) = next_variable(text) else {
            rest = None;
            return Some(Piece {
                before: text,
                variable: "",
                key: None,
            });
        };
        rest = Some(after);
        let whole = before.len()..text.len() - after.len();
        Some(Piece {
            before,
            variable: text.get(whole).unwrap_or_default(),
            key: key(inside),
        })
    })
}

/// Text before, the inside of `${…}`, text after.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, opened) = text.split_once("${")?;
    let (inside, after) = opened.split_once('}')?;
    Some((before, inside, after))
}

fn key(inside: &str) -> Option<&str> {
    if matches!(inside, "*" | "?" | "$") {
        return None;
    }
    Some(inside.split_once(',').map_or(inside, |(key, _)| key.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_values_are_any_values() {
        let mut knowledge = Knowledge::new();
        knowledge.set("aws:username", "ann");
        knowledge.rule_out("aws:userid");
        for (text, wide, found) in [
            ("plain", "plain", &[][..]),
            (
                "a/${aws:username}/*",
                "a/${aws:username}/*",
                &["aws:username"],
            ),
            ("a/${aws:userid}", "a/${aws:userid}", &["aws:userid"]),
            (
                "a/${aws:PrincipalTag/t}/b",
                "a/*/b",
                &["aws:PrincipalTag/t"],
            ),
            ("${aws:PrincipalTag/t, 'x'}", "*", &["aws:PrincipalTag/t"]),
            ("${*}${?}${$}", "${*}${?}${$}", &[]),
            ("a${open", "a${open", &[]),
        ] {
            assert_eq!(widened(text, &knowledge), wide, "{text}");
            assert_eq!(keys(text), found, "{text}");
            assert_eq!(
                has_unknown(text, Version::V2012, &knowledge),
                text != wide,
                "{text}"
            );
            assert!(!has_unknown(text, Version::V2008, &knowledge), "{text}");
        }
    }
}
