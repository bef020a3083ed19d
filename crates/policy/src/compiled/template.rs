//! Policy text with its variables as holes.

use super::slots::{Slot, SlotNames, Slots};
use crate::statement::Version;

/// A piece of policy text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// What the author wrote; `*` and `?` are wildcards where the element has them.
    Written(&'a str),
    /// `*`, `?` or `$`, escaped as `${*}`, `${?}`, `${$}`.
    Escaped(&'a str),
    /// A variable.
    Hole(Hole),
}

/// Where a request's value goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    slot: Slot,
    default: Option<Box<str>>,
}

impl Hole {
    /// The value: that of the key, or the default when the key is absent. A list has none.
    pub(super) fn value<'v, 'c: 'v>(&'v self, slots: &Slots<'c>) -> Option<&'v str> {
        match slots.entry(self.slot) {
            Some(entry) => entry.single(),
            None => self.default.as_deref(),
        }
    }
}

/// Cuts the text at its variables. `None` when one of them can never have a value, because its
/// default is not quoted. Documents of 2008 have no variables; a `${` that never closes is text.
pub(super) fn pieces<'a>(
    text: &'a str,
    version: Version,
    names: &mut SlotNames,
) -> Option<Vec<Piece<'a>>> {
    if version == Version::V2008 {
        return Some(vec![Piece::Written(text)]);
    }
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, variable, after)) = next_variable(rest) {
        pieces.push(Piece::Written(before));
        pieces.push(piece(variable, names)?);
        rest = after;
    }
    pieces.push(Piece::Written(rest));
    Some(pieces)
}

fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, opened) = text.split_once("${")?;
    let (variable, after) = opened.split_once('}')?;
    Some((before, variable, after))
}

fn piece<'a>(variable: &'a str, names: &mut SlotNames) -> Option<Piece<'a>> {
    if matches!(variable, "*" | "?" | "$") {
        return Some(Piece::Escaped(variable));
    }
    let (key, default) = match variable.split_once(',') {
        None => (variable, None),
        Some((key, default)) => {
            let quoted = default.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            (key.trim(), Some(quoted.into()))
        }
    };
    let slot = names.slot(key);
    Some(Piece::Hole(Hole { slot, default }))
}

/// Whether the text holds a variable or an escape at all.
pub(super) fn has_variable(text: &str, version: Version) -> bool {
    version == Version::V2012 && next_variable(text).is_some()
}
