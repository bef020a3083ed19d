//! One layer of policies beside one request: what it decides, and which statements speak.

use std::sync::Arc;

use super::position::{self, Position};
use super::result::{DecisionSource, MatchedStatement, SimulatedDecision};
use crate::document::{Document, Leniency, PolicyKind};
use crate::json;
use crate::matching::{Outcome, Place, outcome};
use crate::principal::Audience;
use crate::request::{Request, ResourceGate};
use crate::statement::Effect;

/// A policy that parsed.
#[derive(Clone, Debug)]
pub(super) struct Source {
    id: String,
    kind: DecisionSource,
    document: Arc<Document>,
    positions: Vec<(Position, Position)>,
    bytes: usize,
}

impl Source {
    /// `None` when the text is no policy of that sort.
    pub(super) fn read(id: &str, text: &str, source: DecisionSource) -> Option<Self> {
        let kind = match source {
            DecisionSource::Identity | DecisionSource::Boundary => PolicyKind::Identity,
            DecisionSource::Resource => PolicyKind::Resource,
            DecisionSource::Organization => PolicyKind::ServiceControl,
        };
        let document = Document::parse(text, kind, Leniency::Simulator).ok()?;
        let json = json::parse(text).ok()?;
        Some(Self {
            id: id.to_owned(),
            kind: source,
            document: Arc::new(document),
            positions: position::of_statements(text, &json),
            bytes: text.len(),
        })
    }

    pub(super) fn document(&self) -> &Document {
        &self.document
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn place(&self) -> Place<'_> {
        let gate = match self.kind {
            DecisionSource::Resource => Some(Audience::from(ResourceGate::Ordinary)),
            DecisionSource::Identity | DecisionSource::Boundary | DecisionSource::Organization => {
                None
            }
        };
        Place {
            document: &self.document,
            gate,
        }
    }

    fn matched(&self, index: usize) -> Option<MatchedStatement> {
        let (start, end) = *self.positions.get(index)?;
        Some(MatchedStatement {
            policy: self.id.clone(),
            source: self.kind,
            start,
            end,
        })
    }
}

/// What a layer says of one request.
#[derive(Clone, Debug)]
pub(super) struct LayerResult {
    pub(super) decision: SimulatedDecision,
    /// The statements that grant, when nothing here refuses; else those that refuse.
    matched: Vec<MatchedStatement>,
}

impl LayerResult {
    /// A layer that says nothing.
    pub(super) fn silent() -> Self {
        Self {
            decision: SimulatedDecision::ImplicitDeny,
            matched: Vec::new(),
        }
    }

    /// The statements that speak for this decision.
    pub(super) fn speaking_for(self, decision: SimulatedDecision) -> Vec<MatchedStatement> {
        if self.decision == decision {
            self.matched
        } else {
            Vec::new()
        }
    }
}

/// What policies that count as one say together.
pub(super) fn evaluate<'a>(
    sources: impl IntoIterator<Item = &'a Source>,
    request: &Request<'_>,
) -> LayerResult {
    let (mut granting, mut refusing) = (Vec::new(), Vec::new());
    let (mut grants, mut refuses) = (false, false);
    for source in sources {
        let place = source.place();
        for statement in source.document.statements() {
            if !matches!(outcome(statement, place, request), Outcome::Applies(_)) {
                continue;
            }
            let matched = source.matched(statement.index);
            match statement.effect {
                Effect::Allow => {
                    grants = true;
                    granting.extend(matched);
                }
                Effect::Deny => {
                    refuses = true;
                    refusing.extend(matched);
                }
            }
        }
    }
    match (refuses, grants) {
        (true, _) => LayerResult {
            decision: SimulatedDecision::ExplicitDeny,
            matched: refusing,
        },
        (false, true) => LayerResult {
            decision: SimulatedDecision::Allowed,
            matched: granting,
        },
        (false, false) => LayerResult::silent(),
    }
}
