//! The policies of one layer, compiled.

use super::index::Index;
use super::list::Run;
use super::question::Question;
use super::slots::{SlotName, SlotNames, Slots};
use super::statement::CompiledStatement;
use crate::decision::Layer;
use crate::document::PolicyKind;
use crate::principal::{Audience, Naming};
use crate::request::Attached;
use crate::statement::Effect;

/// The policies attached to one thing: a caller's own, its boundary, its session's, a resource's.
/// It holds all it needs, so that it can be kept for as long as the policies do not change.
#[derive(Clone, Debug, Default)]
pub struct PolicySet {
    policies: Box<[PolicyName]>,
    statements: Box<[CompiledStatement]>,
    deny: Index,
    allow: Index,
    keys: Box<[SlotName]>,
    /// The first policy that could not be read.
    first_unread: Option<usize>,
    /// The first of these that is no managed policy.
    first_unread_inline: Option<usize>,
    kind: Option<PolicyKind>,
}

/// What a decision calls a policy.
#[derive(Clone, Debug)]
pub(super) struct PolicyName {
    pub(super) name: Box<str>,
    pub(super) arn: Option<Box<str>>,
}

impl PolicySet {
    /// Compiles policies in the order in which they are asked.
    pub fn compile(attached: &[Attached]) -> Self {
        let mut names = SlotNames::default();
        let mut statements = Vec::new();
        for (policy, one) in attached.iter().enumerate() {
            let Some(document) = &one.document else {
                continue;
            };
            let compile =
                |statement| CompiledStatement::new(policy, document, statement, &mut names);
            statements.extend(document.statements().iter().map(compile));
        }
        let index = |effect| {
            let numbered = (0..).zip(&statements);
            Index::new(numbered.filter(|(_, statement)| statement.effect == effect))
        };
        let unread = |one: &Attached| one.document.is_none();
        let mut documents = attached.iter().filter_map(|one| one.document.as_ref());
        Self {
            policies: attached.iter().map(PolicyName::new).collect(),
            deny: index(Effect::Deny),
            allow: index(Effect::Allow),
            statements: statements.into(),
            keys: names.into_names(),
            first_unread: attached.iter().position(unread),
            first_unread_inline: attached
                .iter()
                .position(|one| unread(one) && one.arn.is_none()),
            kind: documents.next().map(|document| document.kind()),
        }
    }

    /// The context keys that a decision may read, in lower case; the values of others do not
    /// matter.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(SlotName::as_str)
    }

    /// What the first readable policy is attached to.
    pub(super) fn kind(&self) -> Option<PolicyKind> {
        self.kind
    }

    /// No policy is attached.
    pub(super) fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    /// Some policy could not be read.
    pub(super) fn has_unread(&self) -> bool {
        self.first_unread.is_some()
    }

    pub(super) fn policy(&self, place: usize) -> Option<&PolicyName> {
        self.policies.get(place)
    }

    /// A policy that cannot be read might hold a Deny. Only a managed session policy that has been
    /// deleted is known to hold nothing.
    pub(super) fn first_unread(&self, layer: Layer) -> Option<usize> {
        match layer {
            Layer::Session => self.first_unread_inline,
            Layer::Identity
            | Layer::Boundary
            | Layer::Resource
            | Layer::Trust
            | Layer::ServiceControl
            | Layer::ResourceControl
            | Layer::Endpoint
            | Layer::Grant => self.first_unread,
        }
    }

    /// The first statement of this effect that applies.
    pub(super) fn first(
        &self,
        effect: Effect,
        question: &Question<'_>,
        slots: &Slots<'_>,
        gate: Option<Audience>,
    ) -> Option<&CompiledStatement> {
        let mut first = u32::MAX;
        let mut found = None;
        self.index(effect)
            .visit(question, slots, |candidate, known| {
                if candidate.statement >= first {
                    return Run::Ends;
                }
                let statement = self.statements.get(candidate.statement as usize);
                let applying = statement.filter(|statement| {
                    let naming =
                        statement.applies(candidate, known, question, slots, gate, |_| true);
                    naming.is_some()
                });
                if applying.is_none() {
                    return Run::GoesOn;
                }
                (first, found) = (candidate.statement, applying);
                Run::Ends
            });
        found
    }

    /// The Allow that names the caller most directly, the first of several.
    pub(super) fn most_direct(
        &self,
        question: &Question<'_>,
        slots: &Slots<'_>,
        gate: Audience,
    ) -> Option<(Naming, &CompiledStatement)> {
        let mut best: Option<(Naming, u32, &CompiledStatement)> = None;
        self.allow.visit(question, slots, |candidate, known| {
            let Some(statement) = self.statements.get(candidate.statement as usize) else {
                return Run::Ends;
            };
            let is_better = |naming| {
                best.is_none_or(|(known, number, _)| {
                    naming > known || (naming == known && candidate.statement < number)
                })
            };
            let applies =
                statement.applies(candidate, known, question, slots, Some(gate), is_better);
            if let Some(naming) = applies {
                best = Some((naming, candidate.statement, statement));
            }
            Run::GoesOn
        });
        best.map(|(naming, _, statement)| (naming, statement))
    }

    fn index(&self, effect: Effect) -> &Index {
        match effect {
            Effect::Allow => &self.allow,
            Effect::Deny => &self.deny,
        }
    }

    pub(super) fn key_names(&self) -> &[SlotName] {
        &self.keys
    }
}

impl PolicyName {
    fn new(attached: &Attached) -> Self {
        Self {
            name: attached.name.as_str().into(),
            arn: attached.arn.as_deref().map(Into::into),
        }
    }
}
