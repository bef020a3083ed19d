//! Wildcard patterns, shaped for how they are mostly written.
//!
//! Texts are compared as UTF-8; only `?` counts in UTF-16 units, of which a supplementary character
//! has two. Time is at most the product of both lengths, without recursion.

use super::slots::Slots;
use super::template::{Hole, Piece};

/// A pattern.
#[derive(Clone, Debug)]
pub(super) enum Glob {
    /// `*`
    Any,
    /// `text`
    Exact(Box<str>),
    /// `text*`
    Prefix(Box<str>),
    /// `*text`
    Suffix(Box<str>),
    /// All else.
    Parts(Box<[Part]>),
}

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// This text.
    Text(Box<str>),
    /// The text that the request has for a variable.
    Hole(Hole),
    /// `?`: one UTF-16 unit.
    One,
    /// `*`: any run.
    Any,
}

impl Glob {
    pub(super) fn new(pieces: &[Piece<'_>]) -> Self {
        let parts = parts(pieces);
        match &*parts {
            [] => Self::Exact("".into()),
            [Part::Any] => Self::Any,
            [Part::Text(text)] => Self::Exact(text.clone()),
            [Part::Text(text), Part::Any] => Self::Prefix(text.clone()),
            [Part::Any, Part::Text(text)] => Self::Suffix(text.clone()),
            _ => Self::Parts(parts),
        }
    }

    /// A pattern without variables.
    pub(super) fn written(text: &str) -> Self {
        Self::new(&[Piece::Written(text)])
    }

    /// Whether the whole text fits. A hole without a value fits nothing.
    pub(super) fn matches(&self, text: &str, slots: &Slots<'_>) -> bool {
        self.matches_with(text.as_bytes(), |hole| hole.value(slots))
    }

    /// Whether the whole text, in UTF-8, fits a pattern without holes.
    pub(super) fn matches_written(&self, text: &[u8]) -> bool {
        self.matches_with(text, |_| None)
    }

    fn matches_with<'v>(
        &'v self,
        text: &[u8],
        value: impl Fn(&'v Hole) -> Option<&'v str>,
    ) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(wanted) => wanted.as_bytes() == text,
            Self::Prefix(prefix) => text.starts_with(prefix.as_bytes()),
            Self::Suffix(suffix) => text.ends_with(suffix.as_bytes()),
            Self::Parts(parts) => matches_steps(|next| Some(parts.get(next)?.step(&value)), text),
        }
    }

    /// Whether the pattern has variables.
    pub(super) fn has_holes(&self) -> bool {
        match self {
            Self::Any | Self::Exact(_) | Self::Prefix(_) | Self::Suffix(_) => false,
            Self::Parts(parts) => parts.iter().any(|part| matches!(part, Part::Hole(_))),
        }
    }

    /// What every text begins with that fits.
    pub(super) fn prefix(&self) -> &str {
        match self {
            Self::Exact(text) | Self::Prefix(text) => text,
            Self::Any | Self::Suffix(_) => "",
            Self::Parts(parts) => match parts.first() {
                Some(Part::Text(text)) => text,
                Some(Part::Hole(_) | Part::One | Part::Any) | None => "",
            },
        }
    }

    /// The one text that fits, when there is just one.
    pub(super) fn exact(&self) -> Option<&str> {
        match self {
            Self::Exact(text) => Some(text),
            Self::Any | Self::Prefix(_) | Self::Suffix(_) | Self::Parts(_) => None,
        }
    }
}

/// What a request makes of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'v> {
    /// This text, in UTF-8.
    Text(&'v [u8]),
    /// One UTF-16 unit.
    One,
    /// Any run.
    Any,
    /// A hole without a value, which fits nothing.
    Never,
}

impl Part {
    pub(super) fn step<'v>(&'v self, value: impl FnOnce(&'v Hole) -> Option<&'v str>) -> Step<'v> {
        match self {
            Self::Text(text) => Step::Text(text.as_bytes()),
            Self::Hole(hole) => {
                value(hole).map_or(Step::Never, |value| Step::Text(value.as_bytes()))
            }
            Self::One => Step::One,
            Self::Any => Step::Any,
        }
    }
}

/// The parts of policy text; neighbouring literals are one.
pub(super) fn parts(pieces: &[Piece<'_>]) -> Box<[Part]> {
    let mut builder = Builder::default();
    for piece in pieces {
        builder.push(piece);
    }
    builder.flush();
    builder.parts.into()
}

/// Joins neighbouring literals.
#[derive(Default)]
struct Builder {
    parts: Vec<Part>,
    literal: String,
}

impl Builder {
    fn push(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::Escaped(text) => self.literal.push_str(text),
            Piece::Hole(hole) => self.push_part(Part::Hole(hole.clone())),
            Piece::Written(text) => {
                for character in text.chars() {
                    match character {
                        '*' => self.push_part(Part::Any),
                        '?' => self.push_part(Part::One),
                        other => self.literal.push(other),
                    }
                }
            }
        }
    }

    fn push_part(&mut self, part: Part) {
        self.flush();
        if part != Part::Any || self.parts.last() != Some(&Part::Any) {
            self.parts.push(part);
        }
    }

    fn flush(&mut self) {
        if !self.literal.is_empty() {
            let text = std::mem::take(&mut self.literal);
            self.parts.push(Part::Text(text.into_boxed_str()));
        }
    }
}

/// A place between two UTF-16 units of a text.
#[derive(Clone, Copy)]
struct Cursor {
    /// Where the character stands, in bytes.
    at: usize,
    /// Inside that character, after the first of its two units.
    halfway: bool,
}

impl Cursor {
    /// One unit further; `None` at the end.
    fn next(self, text: &[u8]) -> Option<Self> {
        let width = match *text.get(self.at)? {
            0..0x80 => 1,
            0x80..0xe0 => 2,
            0xe0..0xf0 => 3,
            0xf0.. if self.halfway => 4,
            0xf0.. => {
                return Some(Self {
                    at: self.at,
                    halfway: true,
                });
            }
        };
        Some(Self {
            at: self.at + width,
            halfway: false,
        })
    }

    /// Past `literal`, if it stands here. No text begins inside a character.
    fn past(self, text: &[u8], literal: &[u8]) -> Option<Self> {
        let rest = text.get(self.at..)?;
        let stands = !self.halfway && rest.starts_with(literal);
        (literal.is_empty() || stands).then_some(Self {
            at: self.at + literal.len(),
            halfway: self.halfway,
        })
    }
}

/// Whether the whole text fits the steps, each given by its number. On a mismatch only the last `*`
/// gives way.
pub(super) fn matches_steps<'v>(step: impl Fn(usize) -> Option<Step<'v>>, text: &[u8]) -> bool {
    let mut cursor = Cursor {
        at: 0,
        halfway: false,
    };
    let mut next = 0;
    let mut retry: Option<(usize, Cursor)> = None;
    loop {
        let further = match step(next) {
            None if cursor.at == text.len() => return true,
            None => None,
            Some(Step::Any) if step(next + 1).is_none() => return true,
            Some(Step::Any) => {
                retry = Some((next + 1, cursor));
                Some(cursor)
            }
            Some(Step::One) => cursor.next(text),
            Some(Step::Text(literal)) => cursor.past(text, literal),
            Some(Step::Never) => return false,
        };
        if let Some(further) = further {
            (cursor, next) = (further, next + 1);
            continue;
        }
        let Some((after_star, taken)) = retry else {
            return false;
        };
        let Some(taken) = taken.next(text) else {
            return false;
        };
        retry = Some((after_star, taken));
        (cursor, next) = (taken, after_star);
    }
}
