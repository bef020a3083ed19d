//! Operands of string operators without wildcards.

use super::slots::{SlotNames, Slots};
use super::template::{Hole, Piece, pieces};
use crate::statement::Version;

/// Text with holes.
#[derive(Clone, Debug)]
pub(super) enum Text {
    /// Text without variables.
    Plain(Box<str>),
    /// Text and variables in turn.
    Mixed(Box<[TextPart]>),
}

/// A piece of [`Text`].
#[derive(Clone, Debug)]
pub(super) enum TextPart {
    Text(Box<str>),
    Hole(Hole),
}

impl Text {
    /// `None` when it never equals anything.
    pub(super) fn new(text: &str, version: Version, names: &mut SlotNames) -> Option<Self> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        for piece in pieces(text, version, names)? {
            match piece {
                Piece::Written(text) | Piece::Escaped(text) => literal.push_str(text),
                Piece::Hole(hole) => {
                    parts.push(TextPart::Text(std::mem::take(&mut literal).into()));
                    parts.push(TextPart::Hole(hole));
                }
            }
        }
        if parts.is_empty() {
            return Some(Self::Plain(literal.into()));
        }
        parts.push(TextPart::Text(literal.into()));
        Some(Self::Mixed(parts.into()))
    }

    /// In lower case, as far as it is known.
    pub(super) fn into_lower_case(self) -> Self {
        match self {
            Self::Plain(text) => Self::Plain(lower_case_with_sigmas(&text).into()),
            Self::Mixed(parts) => Self::Mixed(parts),
        }
    }

    /// The text, when it has no variables.
    pub(super) fn plain(&self) -> Option<&str> {
        match self {
            Self::Plain(text) => Some(text),
            Self::Mixed(_) => None,
        }
    }

    pub(super) fn equals(&self, value: &str, slots: &Slots<'_>) -> bool {
        match self {
            Self::Plain(text) => **text == *value,
            Self::Mixed(parts) => equals_parts(parts, value, slots),
        }
    }

    /// Whether a text that went [into lower case](Self::into_lower_case) is the value's.
    pub(super) fn equals_lower_case(&self, value: &str, slots: &Slots<'_>) -> bool {
        match self {
            Self::Plain(text) if value.is_ascii() => text.eq_ignore_ascii_case(value),
            Self::Plain(text) if value.contains(CAPITAL_SIGMA) => {
                **text == *lower_case_with_sigmas(value)
            }
            Self::Plain(text) => lower_case(value).eq(text.chars()),
            Self::Mixed(parts) => {
                let resolved = parts.iter().all(|part| part.text(slots).is_some());
                let texts = parts.iter().filter_map(|part| part.text(slots));
                resolved && same_lower_case(texts, value)
            }
        }
    }
}

impl TextPart {
    fn text<'v, 'c: 'v>(&'v self, slots: &Slots<'c>) -> Option<&'v str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Hole(hole) => hole.value(slots),
        }
    }
}

fn equals_parts(parts: &[TextPart], value: &str, slots: &Slots<'_>) -> bool {
    let mut rest = value;
    for part in parts {
        let Some(after) = part.text(slots).and_then(|text| rest.strip_prefix(text)) else {
            return false;
        };
        rest = after;
    }
    rest.is_empty()
}

/// The only letter whose lower case depends on its neighbours.
const CAPITAL_SIGMA: char = 'Σ';

fn same_lower_case<'v>(texts: impl Iterator<Item = &'v str> + Clone, value: &str) -> bool {
    if value.contains(CAPITAL_SIGMA) || texts.clone().any(|text| text.contains(CAPITAL_SIGMA)) {
        let whole: String = texts.collect();
        return lower_case_with_sigmas(&whole) == lower_case_with_sigmas(value);
    }
    texts.flat_map(lower_case).eq(lower_case(value))
}

/// Of text without capital sigmas. Supplementary characters stay as they are.
fn lower_case(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(|character| {
        let is_kept = character > '\u{ffff}';
        let lowered = (!is_kept).then(|| character.to_lowercase());
        let kept = is_kept.then_some(character);
        lowered.into_iter().flatten().chain(kept)
    })
}

/// Of any text. Nothing but a sigma lower-cases to a sigma, so that those of the whole text's lower
/// case come in the order of its own.
fn lower_case_with_sigmas(text: &str) -> String {
    let whole = text.to_lowercase();
    let mut sigmas = whole.chars().filter(|one| matches!(one, 'σ' | 'ς'));
    let mut lowered = String::with_capacity(whole.len());
    for character in text.chars() {
        match character {
            CAPITAL_SIGMA | 'σ' | 'ς' => lowered.extend(sigmas.next()),
            '\u{10000}'.. => lowered.push(character),
            other => lowered.extend(other.to_lowercase()),
        }
    }
    lowered
}
