//! Where something stands: its path and its bytes.

use std::ops::Range;

use super::finding::PathStep;
use crate::json::{Json, Value};

/// A path and the bytes that it leads to.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) path: Vec<PathStep>,
    pub(super) bytes: Range<usize>,
}

/// A text with its place.
#[derive(Clone, Debug)]
pub(super) struct Item<'a> {
    pub(super) text: &'a str,
    pub(super) place: Place,
}

impl Place {
    pub(super) fn document(json: &Json) -> Self {
        Self {
            path: Vec::new(),
            bytes: json.span.clone(),
        }
    }

    /// The value of a member.
    pub(super) fn value(&self, name: &str, value: &Json) -> Self {
        self.step(PathStep::Value(name.to_owned()), value.span.clone())
    }

    /// An element of a list.
    pub(super) fn index(&self, index: usize, value: &Json) -> Self {
        self.step(PathStep::Index(index), value.span.clone())
    }

    /// The name of a member; `value` is the member's.
    pub(super) fn key(&self, name: &str, value: &Json, source: &str) -> Self {
        let bytes = key_bytes(source, value.span.start).unwrap_or_else(|| value.span.clone());
        self.step(PathStep::Key(name.to_owned()), bytes)
    }

    /// A part of the text that stands here; the bytes are exact when nothing in it is escaped.
    pub(super) fn part(&self, text: &str, part: Range<usize>, source: &str) -> Self {
        let count = |range: Range<usize>| text.get(range).unwrap_or_default().chars().count();
        let step = PathStep::Substring {
            start: count(0..part.start),
            length: count(part.clone()),
        };
        let inner = self.bytes.start + 1..self.bytes.end.saturating_sub(1);
        let bytes = if source.get(inner.clone()) == Some(text) {
            inner.start + part.start..inner.start + part.end
        } else {
            self.bytes.clone()
        };
        self.step(step, bytes)
    }

    fn step(&self, step: PathStep, bytes: Range<usize>) -> Self {
        let mut path = self.path.clone();
        path.push(step);
        Self { path, bytes }
    }
}

/// The elements of a list, or the value itself, with their places.
pub(super) fn each<'a>(json: &'a Json, place: &Place) -> Vec<(&'a Json, Place)> {
    match &json.value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| (item, place.index(index, item)))
            .collect(),
        _ => vec![(json, place.clone())],
    }
}

/// The same, texts only.
pub(super) fn each_text<'a>(json: &'a Json, place: &Place) -> Vec<Item<'a>> {
    each(json, place)
        .into_iter()
        .filter_map(|(item, place)| {
            let text = item.as_str()?;
            Some(Item { text, place })
        })
        .collect()
}

/// The quoted name before a member's value. Inside it every quote is escaped, that is, follows an
/// odd number of backslashes.
fn key_bytes(source: &str, value_start: usize) -> Option<Range<usize>> {
    let before = source.get(..value_start)?.trim_end();
    let name = before.strip_suffix(':')?.trim_end();
    let inner = name.strip_suffix('"')?;
    let open = inner
        .rmatch_indices('"')
        .map(|(at, _)| at)
        .find(|at| is_unescaped(inner, *at))?;
    Some(open..name.len())
}

fn is_unescaped(text: &str, at: usize) -> bool {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    let backslashes = before.iter().rev().take_while(|byte| **byte == b'\\');
    backslashes.count() % 2 == 0
}
