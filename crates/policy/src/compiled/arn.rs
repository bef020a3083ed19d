//! ARNs and patterns of ARNs, segment by segment.

use super::glob::Glob;
use super::slots::Slots;
use super::template::{Hole, Piece};

/// How many segments an ARN has.
const SEGMENTS: usize = 6;

/// A request's ARN.
#[derive(Clone, Copy, Debug)]
pub(super) struct ArnText<'r> {
    segments: [&'r str; SEGMENTS],
}

impl<'r> ArnText<'r> {
    /// `None` when a segment is missing or the first is not `arn`.
    pub(super) fn new(text: &'r str) -> Option<Self> {
        if !text.starts_with("arn:") {
            return None;
        }
        let mut segments = [""; SEGMENTS];
        let mut parts = text.splitn(SEGMENTS, ':');
        for segment in &mut segments {
            *segment = parts.next()?;
        }
        Some(Self { segments })
    }
}

/// A pattern, cut where the author wrote colons; a colon that a variable brings cuts nothing.
#[derive(Clone, Debug)]
pub(super) enum ArnPattern {
    /// Nothing but the last segment has wildcards or variables.
    Whole(Glob),
    /// One pattern for each segment; those left out fit all.
    Segments(Box<[Glob]>),
}

/// Whether a pattern has six segments of which the first is `arn`.
#[derive(Clone, Debug)]
pub(super) enum Wholeness {
    Whole,
    Partial,
    /// It depends on what the request puts into the first segment.
    IfFirstIsArn(Glob),
}

impl ArnPattern {
    pub(super) fn new(pieces: &[Piece<'_>]) -> (Self, Wholeness) {
        let segments: Vec<Glob> = cut(pieces).iter().map(|one| Glob::new(one)).collect();
        let wholeness = wholeness(&segments);
        let head = segments.iter().take(SEGMENTS - 1);
        let is_plain = head.clone().all(|segment| segment.exact().is_some());
        let pattern = if is_plain && matches!(wholeness, Wholeness::Whole) {
            Self::Whole(Glob::new(pieces))
        } else {
            Self::Segments(segments.into())
        };
        (pattern, wholeness)
    }

    /// Whether `text` fits, which cut into segments is `arn`.
    pub(super) fn matches<'r>(
        &self,
        text: &str,
        arn: impl Fn() -> Option<&'r ArnText<'r>>,
        slots: &Slots<'_>,
    ) -> bool {
        match self {
            // The pattern has all the colons that make an ARN.
            Self::Whole(glob) => glob.matches(text, slots),
            Self::Segments(patterns) => arn().is_some_and(|arn| {
                let mut segments = patterns.iter().zip(arn.segments);
                segments.all(|(pattern, segment)| pattern.matches(segment, slots))
            }),
        }
    }
}

/// Text that is no ARN before the request's values are in place, such as `${aws:PrincipalArn}`.
#[derive(Clone, Debug)]
pub(super) struct LateArn(Box<[LatePart]>);

#[derive(Clone, Debug)]
enum LatePart {
    /// With wildcards.
    Written(Box<str>),
    Escaped(Box<str>),
    Hole(Hole),
}

/// What a late ARN turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    /// A variable has no value.
    Unresolved,
    /// No ARN.
    Malformed,
    /// An ARN that fits, or does not.
    Fits(bool),
}

impl LateArn {
    pub(super) fn new(pieces: &[Piece<'_>]) -> Self {
        let parts = pieces.iter().filter_map(|piece| match piece {
            Piece::Written("") | Piece::Escaped("") => None,
            Piece::Written(text) => Some(LatePart::Written((*text).into())),
            Piece::Escaped(text) => Some(LatePart::Escaped((*text).into())),
            Piece::Hole(hole) => Some(LatePart::Hole(hole.clone())),
        });
        Self(parts.collect())
    }

    pub(super) fn fit(&self, text: &str, slots: &Slots<'_>) -> Late {
        if let [LatePart::Hole(hole)] = &*self.0 {
            return match hole.value(slots) {
                None => Late::Unresolved,
                Some(value) if ArnText::new(value).is_none() => Late::Malformed,
                Some(value) => Late::Fits(value == text),
            };
        }
        self.fit_parts(text, slots)
    }

    fn fit_parts(&self, text: &str, slots: &Slots<'_>) -> Late {
        let pieces = self.0.iter().map(|part| match part {
            LatePart::Written(text) => Some(Piece::Written(text)),
            LatePart::Escaped(text) => Some(Piece::Escaped(text)),
            LatePart::Hole(hole) => hole.value(slots).map(Piece::Escaped),
        });
        let Some(pieces) = pieces.collect::<Option<Vec<_>>>() else {
            return Late::Unresolved;
        };
        let segments: Vec<Glob> = cut_everywhere(&pieces)
            .iter()
            .map(|one| Glob::new(one))
            .collect();
        if !matches!(wholeness(&segments), Wholeness::Whole) {
            return Late::Malformed;
        }
        let fits = ArnText::new(text).is_some_and(|arn| {
            let mut segments = segments.iter().zip(arn.segments);
            segments.all(|(pattern, segment)| pattern.matches_written(segment.as_bytes()))
        });
        Late::Fits(fits)
    }
}

/// The pieces of each segment, whoever brought the colons.
fn cut_everywhere<'a>(pieces: &[Piece<'a>]) -> Vec<Vec<Piece<'a>>> {
    let mut segments = vec![Vec::new()];
    for piece in pieces {
        let (text, wrap): (&'a str, fn(&'a str) -> Piece<'a>) = match piece {
            Piece::Written(text) => (text, Piece::Written),
            Piece::Escaped(text) => (text, Piece::Escaped),
            Piece::Hole(_) => continue,
        };
        for part in text.splitn(SEGMENTS + 1 - segments.len(), ':').enumerate() {
            if part.0 > 0 {
                segments.push(Vec::new());
            }
            if let Some(last) = segments.last_mut() {
                last.push(wrap(part.1));
            }
        }
    }
    segments
}

/// The pieces of each segment.
fn cut<'a>(pieces: &[Piece<'a>]) -> Vec<Vec<Piece<'a>>> {
    let mut segments = Vec::new();
    let mut last = Vec::new();
    for piece in pieces {
        let Piece::Written(text) = piece else {
            last.push(piece.clone());
            continue;
        };
        let mut rest = *text;
        while segments.len() + 1 < SEGMENTS
            && let Some((before, after)) = rest.split_once(':')
        {
            last.push(Piece::Written(before));
            segments.push(std::mem::take(&mut last));
            rest = after;
        }
        last.push(Piece::Written(rest));
    }
    segments.push(last);
    segments
}

fn wholeness(segments: &[Glob]) -> Wholeness {
    let Some(first) = segments.first().filter(|_| segments.len() == SEGMENTS) else {
        return Wholeness::Partial;
    };
    if first.has_holes() {
        return Wholeness::IfFirstIsArn(first.clone());
    }
    if first.matches_written(b"arn") {
        Wholeness::Whole
    } else {
        Wholeness::Partial
    }
}
