//! The smallest change of one policy that takes one obstacle away.

use super::exact::{asks_for_all, exact, is_exact};
use super::place::{Place, attached_at, policies, receives, with_policy, with_statements};
use super::statement_json::statement_json;
use super::widen::{Widened, exempted, widened};
use super::{Becomes, RemedyStep};
use crate::decision::{Decision, Layer, StatementRef};
use crate::document::Document;
use crate::evaluate::audience;
use crate::explain::{owner, shorten};
use crate::matching::{self, Outcome, outcome};
use crate::request::{Attached, CallerKind, Layers, Request};
use crate::statement::{Effect, Scope, Statement};

/// A change, not yet made.
pub(super) struct Edit {
    layer: Layer,
    /// Where the changed statement stands; none when a policy has to be added.
    place: Option<Place>,
    policy: Option<(String, Option<String>)>,
    /// The statement that changes; none when one is added.
    changed: Option<StatementRef>,
    /// All statements of the policy afterwards, or those of the new one.
    statements: Vec<Statement>,
    becomes: Option<Statement>,
    change: String,
    also_allows: Vec<String>,
    key: Option<String>,
}

impl Edit {
    /// The change that makes a silent layer grant: a statement that nearly does, if mending it
    /// allows nothing else, or a new one.
    pub(super) fn of_silence(request: &Request<'_>, layers: &Layers, layer: Layer) -> Option<Self> {
        let level = receives(request, layers, layer).map(|place| place.level);
        let near = policies(layers, layer).into_iter();
        let near = near.filter(|(place, _)| Some(place.level) == level);
        let mended = near.filter_map(|(place, attached)| {
            let document = attached.document.as_ref()?;
            let standing = matching::Place {
                document,
                gate: audience(layer, layers),
            };
            let statements = document.statements().iter();
            let mut mended = statements.filter_map(|statement| {
                let widened = widened(statement, standing, request)?;
                Some(Self::mend(place, attached, document, statement, widened))
            });
            mended.next()
        });
        let mut mended = mended.filter(|edit| edit.also_allows.is_empty());
        mended
            .next()
            .or_else(|| Self::addition(request, layers, layer))
    }

    fn mend(
        place: Place,
        attached: &Attached,
        document: &Document,
        statement: &Statement,
        widened: Widened,
    ) -> Self {
        Self {
            layer: place.layer,
            place: Some(place),
            policy: Some((attached.name.clone(), attached.arn.clone())),
            changed: Some(reference(statement)),
            statements: replaced(document, statement, Some(&widened.statement)),
            becomes: Some(widened.statement),
            change: widened.change,
            also_allows: [widened.also_allows, bearers(place.layer, Some(attached))].concat(),
            key: widened.key,
        }
    }

    /// A new statement, for this call alone.
    fn addition(request: &Request<'_>, layers: &Layers, layer: Layer) -> Option<Self> {
        let place = receives(request, layers, layer);
        let attached = place.and_then(|place| attached_at(layers, place));
        let document = attached.and_then(|attached| attached.document.as_deref());
        let statements = document.map_or(&[][..], Document::statements);
        let statement = exact(request, layer, statements.len())?;
        let statements = [statements, std::slice::from_ref(&statement)].concat();
        let change = match attached {
            Some(_) => "add this statement".to_owned(),
            None => format!("add {} with this statement", policy_name(layer)),
        };
        Some(Self {
            layer,
            place,
            policy: attached.map(|one| (one.name.clone(), one.arn.clone())),
            changed: None,
            statements,
            becomes: Some(statement),
            change,
            also_allows: [beside(request, layer), bearers(layer, attached)].concat(),
            key: None,
        })
    }

    /// The change that takes a refusal back for this caller; `None` when the policy that refuses
    /// cannot be read.
    pub(super) fn of_deny(
        request: &Request<'_>,
        layers: &Layers,
        decision: &Decision,
    ) -> Option<Self> {
        let wanted = decision.statement.as_ref()?;
        let (place, attached, statement) =
            policies(layers, decision.layer)
                .into_iter()
                .find_map(|(place, attached)| {
                    let document = attached.document.as_ref()?;
                    let statement = document
                        .statements()
                        .iter()
                        .find(|one| one.index == wanted.index)?;
                    let standing = matching::Place {
                        document,
                        gate: audience(decision.layer, layers),
                    };
                    let refuses = statement.effect == Effect::Deny
                        && matches!(outcome(statement, standing, request), Outcome::Applies(_));
                    refuses.then_some((place, attached, statement))
                })?;
        let document = attached.document.as_ref()?;
        let exempt = exempted(request, statement);
        let (who, change) = match (&exempt, &request.caller.principal_arn) {
            (Some(_), Some(arn)) => (
                format!("to {arn}"),
                format!("exempt {arn} from this refusal"),
            ),
            (Some(_) | None, _) => (
                "to everyone".to_owned(),
                "remove this refusal, or narrow it".to_owned(),
            ),
        };
        let also_allows = vec![format!(
            "{who}, where other policies allow it: {}",
            covered(statement)
        )];
        let is_all = exempt.is_some() && is_exact(request, statement);
        Some(Self {
            layer: decision.layer,
            place: Some(place),
            policy: Some((attached.name.clone(), attached.arn.clone())),
            changed: Some(reference(statement)),
            statements: replaced(document, statement, exempt.as_ref()),
            becomes: exempt,
            change,
            also_allows: if is_all { Vec::new() } else { also_allows },
            key: None,
        })
    }

    /// The layers after the change.
    pub(super) fn apply(&self, layers: &Layers) -> Option<Layers> {
        match self.place {
            Some(place) => with_statements(layers, place, self.statements.clone()),
            None => with_policy(layers, self.layer, self.becomes.clone()?),
        }
    }

    pub(super) fn into_step(self, request: &Request<'_>) -> RemedyStep {
        let (policy, policy_arn) = self
            .policy
            .map_or((None, None), |(name, arn)| (Some(name), arn));
        RemedyStep {
            layer: self.layer,
            owner: owner(self.layer, request),
            policy,
            policy_arn,
            statement: self.changed,
            change: shorten(&self.change),
            becomes: Becomes::of(self.becomes.as_ref().map(statement_json)),
            also_allows: self.also_allows.iter().map(|text| shorten(text)).collect(),
            key: self.key,
        }
    }
}

/// The statements with one replaced, or left out.
fn replaced(document: &Document, old: &Statement, new: Option<&Statement>) -> Vec<Statement> {
    let statements = document.statements().iter();
    let kept = statements.filter_map(|statement| {
        if statement.index == old.index {
            new.cloned()
        } else {
            Some(statement.clone())
        }
    });
    kept.collect()
}

fn reference(statement: &Statement) -> StatementRef {
    StatementRef {
        index: statement.index,
        sid: statement.sid.clone(),
    }
}

/// What a statement is about, in words.
fn covered(statement: &Statement) -> String {
    let list = |scope: &Scope<String>| match scope {
        Scope::In(patterns) => patterns.join(", "),
        Scope::NotIn(patterns) => format!("all but {}", patterns.join(", ")),
    };
    let actions = list(&statement.actions);
    match &statement.resources {
        Some(resources) => format!("{actions} on {}", list(resources)),
        None => actions,
    }
}

/// What a statement for this call alone cannot help allowing.
fn beside(request: &Request<'_>, layer: Layer) -> Vec<String> {
    let mut beside = Vec::new();
    if asks_for_all(request) && layer != Layer::Trust {
        beside.push("the action on every resource".to_owned());
    }
    let names_account = matches!(layer, Layer::Resource | Layer::Trust);
    if names_account && request.caller.kind == CallerKind::Root {
        beside.push("the same call to all of that account whose own policies allow it".to_owned());
    }
    beside
}

/// Who else a change of this policy reaches.
fn bearers(layer: Layer, attached: Option<&Attached>) -> Vec<String> {
    let is_managed = attached.is_some_and(|attached| attached.arn.is_some());
    let reaches = match layer {
        Layer::Identity | Layer::Session if is_managed => {
            "the same call to everyone else that this managed policy is attached to"
        }
        Layer::Boundary => {
            "the same call to everyone else within this boundary whose own policies allow it"
        }
        Layer::ServiceControl => {
            "the same call to everyone else under this policy whose own policies allow it"
        }
        Layer::Endpoint => "the same call to everyone whose own policies allow it",
        Layer::Identity
        | Layer::Session
        | Layer::Resource
        | Layer::Trust
        | Layer::ResourceControl
        | Layer::Grant => return Vec::new(),
    };
    vec![reaches.to_owned()]
}

fn policy_name(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "an inline policy",
        Layer::Boundary => "a permissions boundary",
        Layer::Session => "a session policy",
        Layer::Resource => "a resource policy",
        Layer::Trust => "a trust policy",
        Layer::ServiceControl => "a service control policy",
        Layer::ResourceControl => "a resource control policy",
        Layer::Endpoint => "an endpoint policy",
        Layer::Grant => "a grant",
    }
}
