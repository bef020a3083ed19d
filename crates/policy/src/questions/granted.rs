//! What a principal's policies grant, statement by statement, as far as it can be decided without
//! a request.

use std::collections::BTreeMap;

use super::answer::Question;
use super::knowledge::Knowledge;
use super::pattern_set::{Reading, meets, takes_in};
use super::remaining::Remaining;
use super::residue::open_conditions;
use crate::decision::{Layer, StatementRef};
use crate::request::{Attached, Caller, Layers};
use crate::statement::{Effect, Scope, Statement};

/// A statement as it stands for a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patterns {
    /// The layer it stands in.
    pub layer: Layer,
    /// The name of its policy.
    pub policy: String,
    /// The ARN of its policy, when that is managed.
    pub policy_arn: Option<String>,
    /// Which statement.
    pub statement: StatementRef,
    /// Its actions.
    pub actions: Scope<String>,
    /// Its resources.
    pub resources: Scope<String>,
    /// Conditions that are not decided.
    pub remaining: Vec<Remaining>,
    effect: Effect,
}

/// What one statement grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The statement.
    pub grant: Patterns,
    /// Only what one of each of these lists allows, too: the limits that do not take in all of the
    /// grant.
    pub within: Vec<Vec<Patterns>>,
    /// Not what these refuse.
    pub except: Vec<Patterns>,
}

/// The Allow statements of the principal's own policies that are not refused or limited away, cut
/// into one for each service.
/// Nothing when a policy cannot be read: it refuses everything.
pub fn granted(caller: &Caller, layers: &Layers, knowledge: &Knowledge) -> Vec<Granted> {
    let view = View { caller, knowledge };
    if is_unreadable(layers) {
        return Vec::new();
    }
    let identity = view.patterns(Layer::Identity, &layers.identity);
    let limits = view.limits(layers);
    let grants = identity.iter().filter(|one| one.effect == Effect::Allow);
    let grants: Vec<_> = grants.flat_map(Patterns::by_service).collect();
    let refusals: Vec<_> = identity
        .iter()
        .chain(limits.iter().flatten())
        .filter(|one| one.effect == Effect::Deny)
        .collect();
    let grants = grants.into_iter().filter_map(|grant| {
        let mut except = Vec::new();
        for refusal in &refusals {
            if refusal.remaining.is_empty() && grant.is_within(refusal) {
                return None;
            }
            if grant.has_common(refusal) {
                except.push((*refusal).clone());
            }
        }
        let mut within = Vec::new();
        for limit in &limits {
            let allowing = limit.iter().filter(|one| one.effect == Effect::Allow);
            let allowing: Vec<_> = allowing.filter(|one| grant.has_common(one)).collect();
            if allowing.is_empty() {
                return None;
            }
            let is_free = |one: &&Patterns| one.remaining.is_empty() && grant.is_within(one);
            if !allowing.iter().any(is_free) {
                within.push(allowing.into_iter().cloned().collect());
            }
        }
        Some(Granted {
            grant,
            within,
            except,
        })
    });
    grants.collect()
}

/// `s3` of `S3:Get*`.
fn service(action: &str) -> String {
    let service = action.split_once(':').map_or("*", |(service, _)| service);
    service.to_ascii_lowercase()
}

/// A policy that cannot be read refuses everything.
fn is_unreadable(layers: &Layers) -> bool {
    let own = layers.identity.iter().chain(&layers.boundary);
    let mut all = own.chain(layers.service_control.iter().flatten().flatten());
    all.any(|one| one.document.is_none())
}

struct View<'a> {
    caller: &'a Caller,
    knowledge: &'a Knowledge,
}

impl View<'_> {
    fn limits(&self, layers: &Layers) -> Vec<Vec<Patterns>> {
        let boundary = layers.boundary.iter();
        let boundary =
            boundary.map(|one| self.patterns(Layer::Boundary, std::slice::from_ref(one)));
        let session = layers.session.iter();
        let session = session.map(|all| self.patterns(Layer::Session, all));
        let levels = layers.service_control.iter().flatten();
        let levels = levels.map(|level| self.patterns(Layer::ServiceControl, level));
        boundary.chain(session).chain(levels).collect()
    }

    /// The statements whose conditions may hold.
    fn patterns(&self, layer: Layer, policies: &[Attached]) -> Vec<Patterns> {
        let mut found = Vec::new();
        for attached in policies {
            for statement in attached.document.iter().flat_map(|one| one.statements()) {
                found.extend(self.pattern(layer, attached, statement));
            }
        }
        found
    }

    fn pattern(
        &self,
        layer: Layer,
        attached: &Attached,
        statement: &Statement,
    ) -> Option<Patterns> {
        // Neither action nor resource is looked at.
        let asked = Question {
            caller: self.caller,
            action: "",
            resource: "*",
            resource_account: self.caller.account?,
            knowledge: self.knowledge,
        };
        let document = attached.document.as_ref()?;
        Some(Patterns {
            layer,
            policy: attached.name.clone(),
            policy_arn: attached.arn.clone(),
            statement: StatementRef {
                index: statement.index,
                sid: statement.sid.clone(),
            },
            actions: statement.actions.clone(),
            resources: statement.resources.clone()?,
            remaining: open_conditions(statement, document, &asked)?,
            effect: statement.effect,
        })
    }
}

impl Patterns {
    /// The service that all of its actions are of; `*` when they are of several.
    pub fn service(&self) -> String {
        match &self.actions {
            Scope::NotIn(_) => "*".to_owned(),
            Scope::In(actions) => actions
                .first()
                .map_or_else(|| "*".to_owned(), |one| service(one)),
        }
    }

    /// One for each service that its actions are of; negated ones are of all services.
    fn by_service(&self) -> Vec<Self> {
        let Scope::In(actions) = &self.actions else {
            return vec![self.clone()];
        };
        let mut services: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for action in actions {
            services
                .entry(service(action))
                .or_default()
                .push(action.clone());
        }
        let services = services.into_values();
        services
            .map(|actions| Self {
                actions: Scope::In(actions),
                ..self.clone()
            })
            .collect()
    }

    /// Whether all of it is in the other, conditions aside.
    fn is_within(&self, other: &Self) -> bool {
        takes_in(&other.actions, &self.actions, Reading::Actions)
            && takes_in(&other.resources, &self.resources, Reading::Resources)
    }

    /// Whether both may speak of the same request.
    fn has_common(&self, other: &Self) -> bool {
        meets(&self.actions, &other.actions, Reading::Actions)
            && meets(&self.resources, &other.resources, Reading::Resources)
    }
}
