//! `Resource` and `NotResource`.

use super::arn::{ArnPattern, Wholeness};
use super::glob::Glob;
use super::question::Question;
use super::slots::{SlotNames, Slots};
use super::template::{Hole, Piece, pieces};
use crate::document::PolicyKind;
use crate::statement::{Effect, Scope, Version};

/// What a statement says of resources.
#[derive(Clone, Debug)]
pub(super) enum Resources {
    /// Nothing: it belongs to the resource.
    Unsaid,
    /// One of these.
    In(Box<[ResourcePattern]>),
    /// None of these.
    NotIn(Box<[ResourcePattern]>),
}

/// One pattern.
#[derive(Clone, Debug)]
pub(super) struct ResourcePattern {
    /// All that fits begins with this.
    literal_prefix: Box<str>,
    /// These must have values.
    holes: Box<[Hole]>,
    shape: Shape,
}

#[derive(Clone, Debug)]
enum Shape {
    Everything,
    /// A variable that never has a value.
    NeverResolved,
    Arn(ArnPattern),
    /// The whole text: what is no ARN pattern, in policies that resources have.
    Text(Glob),
    /// An ARN pattern if the request makes the first segment `arn`, a text otherwise.
    ArnOrText {
        first: Glob,
        arn: ArnPattern,
        text: Glob,
    },
}

/// Whether a resource fits one pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    Yes,
    No,
    /// A variable has no value.
    Unresolved,
}

impl Resources {
    pub(super) fn new(
        scope: Option<&Scope<String>>,
        kind: PolicyKind,
        version: Version,
        names: &mut SlotNames,
    ) -> Self {
        let Some(scope) = scope else {
            return Self::Unsaid;
        };
        let texts = scope.items().iter();
        let patterns = texts.map(|text| ResourcePattern::new(text, kind, version, names));
        let patterns = patterns.collect();
        match scope {
            Scope::In(_) => Self::In(patterns),
            Scope::NotIn(_) => Self::NotIn(patterns),
        }
    }

    pub(super) fn covers(
        &self,
        effect: Effect,
        question: &Question<'_>,
        slots: &Slots<'_>,
    ) -> bool {
        match (self, effect) {
            (Self::Unsaid, _) => true,
            (Self::In(patterns), _) => patterns.iter().any(|pattern| pattern.fits(question, slots)),
            // WHY: an exception that cannot be resolved must not widen a grant, nor narrow a
            // refusal.
            (Self::NotIn(patterns), Effect::Allow) => patterns
                .iter()
                .all(|pattern| pattern.fit(question, slots) == Fit::No),
            (Self::NotIn(patterns), Effect::Deny) => patterns
                .iter()
                .all(|pattern| pattern.fit(question, slots) != Fit::Yes),
        }
    }

    /// With what the resources begin that the statement can cover; `None` when it is not known of
    /// all.
    pub(super) fn prefixes(&self) -> Option<impl Iterator<Item = &str>> {
        let Self::In(patterns) = self else {
            return None;
        };
        let known = patterns
            .iter()
            .all(|pattern| !pattern.literal_prefix.is_empty());
        known.then(|| patterns.iter().map(|pattern| &*pattern.literal_prefix))
    }
}

impl ResourcePattern {
    fn new(text: &str, kind: PolicyKind, version: Version, names: &mut SlotNames) -> Self {
        let Some(pieces) = pieces(text, version, names) else {
            return Self {
                literal_prefix: "".into(),
                holes: [].into(),
                shape: Shape::NeverResolved,
            };
        };
        let holes = pieces.iter().filter_map(|piece| match piece {
            Piece::Hole(hole) => Some(hole.clone()),
            Piece::Written(_) | Piece::Escaped(_) => None,
        });
        Self {
            literal_prefix: literal_prefix(&pieces).into(),
            holes: holes.collect(),
            shape: Shape::new(text, &pieces, kind),
        }
    }

    fn fit(&self, question: &Question<'_>, slots: &Slots<'_>) -> Fit {
        let resolved = self.holes.iter().all(|hole| hole.value(slots).is_some());
        if !resolved || matches!(self.shape, Shape::NeverResolved) {
            return Fit::Unresolved;
        }
        if self.fits(question, slots) {
            Fit::Yes
        } else {
            Fit::No
        }
    }

    /// A pattern with a variable without a value fits nothing.
    fn fits(&self, question: &Question<'_>, slots: &Slots<'_>) -> bool {
        let arn_fits = |pattern: &ArnPattern| {
            pattern.matches(question.resource, || question.resource_arn(), slots)
        };
        match &self.shape {
            Shape::Everything => true,
            Shape::NeverResolved => false,
            Shape::Arn(pattern) => arn_fits(pattern),
            Shape::Text(glob) => glob.matches(question.resource, slots),
            Shape::ArnOrText { first, arn, .. } if first.matches("arn", slots) => arn_fits(arn),
            Shape::ArnOrText { text, .. } => text.matches(question.resource, slots),
        }
    }
}

impl Shape {
    fn new(text: &str, pieces: &[Piece<'_>], kind: PolicyKind) -> Self {
        if text == "*" {
            return Self::Everything;
        }
        let (arn, wholeness) = ArnPattern::new(pieces);
        match (wholeness, kind) {
            (Wholeness::Whole, _) | (_, PolicyKind::Identity | PolicyKind::Session) => {
                Self::Arn(arn)
            }
            (
                Wholeness::Partial,
                PolicyKind::RoleTrust
                | PolicyKind::Resource
                | PolicyKind::ServiceControl
                | PolicyKind::ResourceControl
                | PolicyKind::Endpoint,
            ) => Self::Text(Glob::new(pieces)),
            (
                Wholeness::IfFirstIsArn(first),
                PolicyKind::RoleTrust
                | PolicyKind::Resource
                | PolicyKind::ServiceControl
                | PolicyKind::ResourceControl
                | PolicyKind::Endpoint,
            ) => {
                let text = Glob::new(pieces);
                Self::ArnOrText { first, arn, text }
            }
        }
    }
}

/// What stands before the first wildcard or variable.
fn literal_prefix(pieces: &[Piece<'_>]) -> String {
    let mut prefix = String::new();
    for piece in pieces {
        match piece {
            Piece::Escaped(text) => prefix.push_str(text),
            Piece::Hole(_) => break,
            Piece::Written(text) => {
                let (before, wildcard) = match text.split_once(['*', '?']) {
                    Some((before, _)) => (before, true),
                    None => (*text, false),
                };
                prefix.push_str(before);
                if wildcard {
                    break;
                }
            }
        }
    }
    prefix
}
