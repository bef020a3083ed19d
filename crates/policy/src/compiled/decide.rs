//! The decision: any Deny refuses; then the layers that [`crate::composition`] demands must allow.

use super::decision::{CompiledDecision, CompiledStatementRef};
use super::layers::{CompiledLayers, CompiledResource};
use super::question::{LowerCase, Question};
use super::set::PolicySet;
use super::slots::Slots;
use super::statement::CompiledStatement;
use crate::composition::{Asker, Claim, GrantedBy, demand, has_policies, is_retiring_a_grant};
use crate::decision::{Layer, Verdict};
use crate::document::PolicyKind;
use crate::principal::{At, Audience, Bounds, Naming};
use crate::request::{CallerKind, Request, ResourceGate};
use crate::statement::Effect;

/// Decides one request as [`crate::decide`] does.
pub fn decide<'a>(request: &Request<'_>, layers: &'a CompiledLayers) -> CompiledDecision<'a> {
    let action = LowerCase::new(request.action);
    let question = Question::new(request, &action);
    let asked = AskedLayers::new(request, &question, layers);
    asked.first_deny().unwrap_or_else(|| asked.compose())
}

/// One set of policies beside one request.
struct Asked<'a, 'q> {
    layer: Layer,
    /// How principals are read; none where policies have no principals.
    gate: Option<Audience>,
    set: &'a PolicySet,
    question: &'q Question<'q>,
    slots: Slots<'q>,
}

/// All layers beside one request.
struct AskedLayers<'a, 'q> {
    request: &'q Request<'q>,
    question: &'q Question<'q>,
    layers: &'a CompiledLayers,
    bounds: Bounds,
    /// Neither its policy nor those over it speak of the key's grants being retired.
    retires_grant: bool,
    identity: Asked<'a, 'q>,
    boundary: Option<Asked<'a, 'q>>,
    session: Option<Asked<'a, 'q>>,
    resource: Option<Asked<'a, 'q>>,
}

impl<'a: 'q, 'q> AskedLayers<'a, 'q> {
    fn new(
        request: &'q Request<'q>,
        question: &'q Question<'q>,
        layers: &'a CompiledLayers,
    ) -> Self {
        let ask = |layer, gate, set: &'a PolicySet| Asked {
            layer,
            gate,
            set,
            question,
            slots: Slots::new(set.key_names(), request.context),
        };
        let bounds = match &layers.boundary {
            None => Bounds::None,
            Some(_) => Bounds::Boundary,
        };
        let retires_grant = is_retiring_a_grant(request.action);
        let resource = layers.resource.as_ref().filter(|_| !retires_grant);
        Self {
            request,
            question,
            layers,
            bounds,
            retires_grant,
            identity: ask(Layer::Identity, None, &layers.identity),
            boundary: (layers.boundary.as_ref()).map(|set| ask(Layer::Boundary, None, set)),
            session: (layers.session.as_ref()).map(|set| ask(Layer::Session, None, set)),
            resource: resource.map(|resource| {
                let at = At::from(resource.gate);
                let audience = Audience { at, bounds };
                ask(resource_layer(resource), Some(audience), &resource.policy)
            }),
        }
    }

    /// Layers are asked in AWS's order.
    fn first_deny(&self) -> Option<CompiledDecision<'a>> {
        let own = [
            self.resource.as_ref(),
            Some(&self.identity),
            self.boundary.as_ref(),
            self.session.as_ref(),
        ];
        self.resource_control()
            .and_then(|asked| asked.deny())
            .or_else(|| self.service_control().find_map(|level| level.deny()))
            .or_else(|| self.endpoint()?.deny())
            .or_else(|| own.into_iter().flatten().find_map(Asked::deny))
    }

    /// No statement refuses: who must allow, and does?
    fn compose(&self) -> CompiledDecision<'a> {
        let (claim, claimed) = self.strongest_claim();
        let gate = match &self.layers.resource {
            _ if self.retires_grant => ResourceGate::Trust,
            Some(resource) => resource.gate,
            None => ResourceGate::Ordinary,
        };
        let demand = demand(Asker::of(self.request), gate, claim);
        let mut own = None;
        for layer in demand.layers {
            let allows = match layer {
                Layer::Identity => {
                    own = self.identity_grant();
                    own.is_some()
                }
                Layer::Boundary => grants_if_there(self.boundary.as_ref()),
                Layer::Session => grants_if_there(self.session.as_ref()) || self.only_refuses(),
                Layer::ServiceControl => self.service_control().all(|level| level.allows()),
                Layer::Endpoint => self.endpoint().is_none_or(|asked| asked.allows()),
                // They are asked for their claims; the table demands them where they have none.
                Layer::Resource | Layer::Trust | Layer::Grant => false,
                Layer::ResourceControl => true,
            };
            if !allows {
                return self.silent_or_resource(*layer);
            }
        }
        let granted = match demand.granted_by {
            GrantedBy::Identity => own,
            GrantedBy::Claim => claimed,
            GrantedBy::Nobody => None,
        };
        granted.unwrap_or_else(|| self.silent_or_resource(Layer::Resource))
    }

    /// What the resource's side grants, and by whose word: its policy's, then its grants'.
    fn strongest_claim(&self) -> (Claim, Option<CompiledDecision<'a>>) {
        let of_policy = self.resource.as_ref().and_then(Asked::most_direct_grant);
        let (claim, claimed) = match of_policy {
            Some((naming, decision)) => (Claim::Owner(naming), Some(decision)),
            None => (Claim::Silent, None),
        };
        let grants = &self.layers.grants;
        match grants.strongest(self.request) {
            Some((stronger, granted)) if stronger > claim => (stronger, Some(granted)),
            _ => (claim, claimed),
        }
    }

    fn identity_grant(&self) -> Option<CompiledDecision<'a>> {
        // WHY: our own actions are granted by a statement that spells them, never by nature.
        let is_own = self.question.action.is_own;
        let by_nature = self.request.caller.kind == CallerKind::Root && !is_own;
        let inherent = CompiledDecision {
            verdict: Verdict::Allowed,
            ..silent(Layer::Identity)
        };
        let granted = self.identity.grant();
        granted.or_else(|| by_nature.then_some(inherent))
    }

    /// What limits a root's session, a task of `AssumeRoot`, only refuses.
    fn only_refuses(&self) -> bool {
        let session = self.layers.session.as_ref();
        self.request.caller.kind == CallerKind::Root && session.is_none_or(|set| !set.has_unread())
    }

    fn resource_control(&self) -> Option<Asked<'a, 'q>> {
        let set = &self.layers.resource_control;
        let speaks = !self.retires_grant && !set.is_empty();
        speaks.then(|| self.ask(Layer::ResourceControl, Some(At::Passage), set))
    }

    fn service_control(&self) -> impl Iterator<Item = Asked<'a, 'q>> {
        let levels = self.layers.service_control.iter();
        let levels = levels.filter(|_| has_policies(self.request.caller));
        levels
            .flatten()
            .map(|level| self.ask(Layer::ServiceControl, None, level))
    }

    fn endpoint(&self) -> Option<Asked<'a, 'q>> {
        let set = self.layers.endpoint.as_ref()?;
        Some(self.ask(Layer::Endpoint, Some(At::Passage), set))
    }

    fn ask(&self, layer: Layer, at: Option<At>, set: &'a PolicySet) -> Asked<'a, 'q> {
        let bounds = self.bounds;
        Asked {
            layer,
            gate: at.map(|at| Audience { at, bounds }),
            set,
            question: self.question,
            slots: Slots::new(set.key_names(), self.request.context),
        }
    }

    /// The layer grants nothing; of the resource's, whatever it is.
    fn silent_or_resource(&self, layer: Layer) -> CompiledDecision<'a> {
        let resource = self.layers.resource.as_ref();
        match layer {
            Layer::Resource => silent(resource.map_or(Layer::Resource, resource_layer)),
            other => silent(other),
        }
    }
}

fn grants_if_there(asked: Option<&Asked<'_, '_>>) -> bool {
    asked.is_none_or(Asked::allows)
}

impl<'a> Asked<'a, '_> {
    fn deny(&self) -> Option<CompiledDecision<'a>> {
        let statement = self.first(Effect::Deny);
        let unread = self.set.first_unread(self.layer);
        let unread = unread.filter(|at| statement.is_none_or(|statement| *at < statement.policy));
        match (unread, statement) {
            (Some(policy), _) => Some(self.decision(Verdict::ExplicitDeny, policy, None)),
            (None, Some(statement)) => {
                Some(self.decision(Verdict::ExplicitDeny, statement.policy, Some(statement)))
            }
            (None, None) => None,
        }
    }

    fn allows(&self) -> bool {
        self.first(Effect::Allow).is_some()
    }

    fn grant(&self) -> Option<CompiledDecision<'a>> {
        let statement = self.first(Effect::Allow)?;
        Some(self.decision(Verdict::Allowed, statement.policy, Some(statement)))
    }

    fn most_direct_grant(&self) -> Option<(Naming, CompiledDecision<'a>)> {
        let gate = self.gate?;
        let (naming, statement) = self.set.most_direct(self.question, &self.slots, gate)?;
        let decision = self.decision(Verdict::Allowed, statement.policy, Some(statement));
        Some((naming, decision))
    }

    fn first(&self, effect: Effect) -> Option<&'a CompiledStatement> {
        self.set
            .first(effect, self.question, &self.slots, self.gate)
    }

    fn decision(
        &self,
        verdict: Verdict,
        policy: usize,
        statement: Option<&'a CompiledStatement>,
    ) -> CompiledDecision<'a> {
        let policy = self.set.policy(policy);
        CompiledDecision {
            verdict,
            layer: self.layer,
            policy: policy.map(|policy| &*policy.name),
            policy_arn: policy.and_then(|policy| policy.arn.as_deref()),
            statement: statement.map(|statement| CompiledStatementRef {
                index: statement.index,
                sid: statement.sid.as_deref(),
            }),
        }
    }
}

/// A key policy gates as a trust policy does, yet is spoken of as any resource's.
fn resource_layer(resource: &CompiledResource) -> Layer {
    match (resource.gate, resource.policy.kind()) {
        (ResourceGate::Ordinary, _) | (ResourceGate::Trust, Some(PolicyKind::Resource)) => {
            Layer::Resource
        }
        (
            ResourceGate::Trust,
            Some(
                PolicyKind::Identity
                | PolicyKind::Session
                | PolicyKind::RoleTrust
                | PolicyKind::ServiceControl
                | PolicyKind::ResourceControl
                | PolicyKind::Endpoint,
            )
            | None,
        ) => Layer::Trust,
    }
}

/// The layer grants nothing.
fn silent<'a>(layer: Layer) -> CompiledDecision<'a> {
    CompiledDecision {
        verdict: Verdict::ImplicitDeny,
        layer,
        policy: None,
        policy_arn: None,
        statement: None,
    }
}
