//! Keeping an explanation small.

use serde::Serialize;

use super::{BUDGET_BYTES, MAX_CHARACTERS, MAX_VALUES, ShownPatterns, ShownValues};
use crate::statement::Scope;

/// The first items that fit number and budget, and how many do not. The first always fits.
pub(super) fn within_bounds<T: Serialize>(mut items: Vec<T>, most: usize) -> (Vec<T>, usize) {
    let all = items.len();
    let weight = |item: &T| serde_json::to_string(item).map_or(0, |text| text.len());
    let mut spent = 0;
    let kept = items
        .iter()
        .take(most)
        .skip(1)
        .take_while(|item| {
            spent += weight(item);
            spent <= BUDGET_BYTES
        })
        .count();
    items.truncate(kept + 1);
    let omitted = all - items.len();
    (items, omitted)
}

/// Each text once, in order.
pub(super) fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for text in texts {
        if !kept.contains(&text) {
            kept.push(text);
        }
    }
    kept
}

pub(super) fn shown_scope<T>(scope: &Scope<T>, text: impl Fn(&T) -> &str) -> ShownPatterns {
    let items = scope.items();
    ShownPatterns {
        negated: matches!(scope, Scope::NotIn(_)),
        patterns: ShownValues {
            values: items
                .iter()
                .take(MAX_VALUES)
                .map(|item| shorten(text(item)))
                .collect(),
            omitted: items.len().saturating_sub(MAX_VALUES),
        },
    }
}

pub(super) fn shown(values: &[String]) -> ShownValues {
    ShownValues {
        values: values
            .iter()
            .take(MAX_VALUES)
            .map(|value| shorten(value))
            .collect(),
        omitted: values.len().saturating_sub(MAX_VALUES),
    }
}

/// The first characters, and an ellipsis when there were more.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARACTERS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}
