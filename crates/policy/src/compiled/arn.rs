//! ARNs and patterns of ARNs, segment by segment.

use super::glob::{Glob, Part, Step, matches_steps, parts};
use super::slots::Slots;
use super::template::Piece;

/// How many segments an ARN has.
const SEGMENTS: usize = 6;

/// A request's ARN.
#[derive(Clone, Copy, Debug)]
pub(super) struct ArnText<'r> {
    text: &'r str,
    /// Where the segments before the last end.
    colons: [usize; SEGMENTS - 1],
}

impl<'r> ArnText<'r> {
    /// `None` when a segment is missing or the first is not `arn`.
    pub(super) fn new(text: &'r str) -> Option<Self> {
        if !text.starts_with("arn:") {
            return None;
        }
        let bytes = text.bytes().enumerate();
        let mut found = bytes.filter_map(|(at, byte)| (byte == b':').then_some(at));
        let mut colons = [0; SEGMENTS - 1];
        for colon in &mut colons {
            *colon = found.next()?;
        }
        Some(Self { text, colons })
    }

    fn segments(&self) -> impl Iterator<Item = &'r str> {
        let text = self.text;
        let starts = self.colons.into_iter().map(|colon| colon + 1);
        let ends = self.colons.into_iter().chain([text.len()]);
        let bounds = std::iter::once(0).chain(starts).zip(ends);
        bounds.filter_map(|(start, end)| text.get(start..end))
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
                let mut segments = patterns.iter().zip(arn.segments());
                segments.all(|(pattern, segment)| pattern.matches(segment, slots))
            }),
        }
    }
}

/// Text that is no ARN before the request's values are in place, such as `${aws:PrincipalArn}`. It is
/// cut at colons, whoever brought them.
#[derive(Clone, Debug)]
pub(super) struct LateArn(Box<[Part]>);

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

/// A byte of the text of one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    part: usize,
    byte: usize,
}

impl LateArn {
    pub(super) fn new(pieces: &[Piece<'_>]) -> Self {
        Self(parts(pieces))
    }

    /// Whether the ARN fits.
    pub(super) fn fit(&self, arn: &ArnText<'_>, slots: &Slots<'_>) -> Late {
        let mut steps = self
            .0
            .iter()
            .map(|part| part.step(|hole| hole.value(slots)));
        if steps.any(|step| step == Step::Never) {
            return Late::Unresolved;
        }
        let Some(colons) = self.colons(slots) else {
            return Late::Malformed;
        };
        let starts = colons.map(|colon| Place {
            byte: colon.byte + 1,
            ..colon
        });
        let ends = colons.into_iter().map(Some).chain([None]);
        let start = Place { part: 0, byte: 0 };
        let mut segments = std::iter::once(start).chain(starts).zip(ends);
        let fits = |(start, end): (Place, Option<Place>), text: &str| {
            matches_steps(|next| self.step(start, end, next, slots), text.as_bytes())
        };
        match segments.next() {
            Some(first) if fits(first, "arn") => {
                let rest = arn.segments().skip(1);
                Late::Fits(
                    segments
                        .zip(rest)
                        .all(|(segment, text)| fits(segment, text)),
                )
            }
            Some(_) | None => Late::Malformed,
        }
    }

    /// Those that end the segments before the last; `None` when there are not as many.
    fn colons(&self, slots: &Slots<'_>) -> Option<[Place; SEGMENTS - 1]> {
        let texts = self.0.iter().enumerate();
        let mut found = texts.flat_map(|(part, of)| {
            let text = match of.step(|hole| hole.value(slots)) {
                Step::Text(text) => text,
                Step::One | Step::Any | Step::Never => &[],
            };
            let bytes = text.iter().enumerate();
            bytes.filter_map(move |(byte, one)| (*one == b':').then_some(Place { part, byte }))
        });
        let mut colons = [Place { part: 0, byte: 0 }; SEGMENTS - 1];
        for colon in &mut colons {
            *colon = found.next()?;
        }
        Some(colons)
    }

    /// A step of the segment that lies between these places.
    fn step<'v, 'c: 'v>(
        &'v self,
        start: Place,
        end: Option<Place>,
        next: usize,
        slots: &Slots<'c>,
    ) -> Option<Step<'v>> {
        let at = start.part + next;
        if end.is_some_and(|end| at > end.part) {
            return None;
        }
        let step = self.0.get(at)?.step(|hole| hole.value(slots));
        let Step::Text(text) = step else {
            return Some(step);
        };
        let from = if next == 0 { start.byte } else { 0 };
        let to = end
            .filter(|end| end.part == at)
            .map_or(text.len(), |end| end.byte);
        text.get(from..to).map(Step::Text)
    }
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
