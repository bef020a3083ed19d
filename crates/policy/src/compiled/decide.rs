//! The decision: any Deny refuses; then the layers must grant as the caller's and the resource's
//! account demand (IAM User Guide, "Policy evaluation logic").

use super::decision::{CompiledDecision, CompiledStatementRef};
use super::layers::CompiledLayers;
use super::question::{LowerCase, Question};
use super::set::PolicySet;
use super::slots::Slots;
use super::statement::CompiledStatement;
use crate::decision::{Layer, Verdict};
use crate::document::PolicyKind;
use crate::principal::Naming;
use crate::request::{CallerKind, Request, ResourceGate};
use crate::statement::Effect;

/// Decides one request as [`crate::decide`] does.
pub fn decide<'a>(request: &Request<'_>, layers: &'a CompiledLayers) -> CompiledDecision<'a> {
    let action = LowerCase::new(request.action);
    let question = Question::new(request, &action);
    let asked = AskedLayers::new(request, &question, layers);
    asked.first_deny().unwrap_or_else(|| asked.compose(request))
}

/// One layer beside one request.
struct Asked<'a, 'q> {
    layer: Layer,
    /// How principals match; none where policies have no principals.
    gate: Option<ResourceGate>,
    set: &'a PolicySet,
    question: &'q Question<'q>,
    slots: Slots<'q>,
}

struct AskedLayers<'a, 'q> {
    identity: Asked<'a, 'q>,
    boundary: Option<Asked<'a, 'q>>,
    session: Option<Asked<'a, 'q>>,
    resource: Option<Asked<'a, 'q>>,
}

impl<'a: 'q, 'q> AskedLayers<'a, 'q> {
    fn new(request: &Request<'q>, question: &'q Question<'q>, layers: &'a CompiledLayers) -> Self {
        let ask = |layer, gate, set: &'a PolicySet| Asked {
            layer,
            gate,
            set,
            question,
            slots: Slots::new(set.key_names(), request.context),
        };
        Self {
            identity: ask(Layer::Identity, None, &layers.identity),
            boundary: (layers.boundary.as_ref()).map(|set| ask(Layer::Boundary, None, set)),
            session: (layers.session.as_ref()).map(|set| ask(Layer::Session, None, set)),
            resource: layers.resource.as_ref().map(|resource| {
                let layer = resource_layer(resource.gate, resource.policy.kind());
                ask(layer, Some(resource.gate), &resource.policy)
            }),
        }
    }

    /// Layers are asked in AWS's order.
    fn first_deny(&self) -> Option<CompiledDecision<'a>> {
        let layers = [
            self.resource.as_ref(),
            Some(&self.identity),
            self.boundary.as_ref(),
            self.session.as_ref(),
        ];
        layers.into_iter().flatten().find_map(Asked::deny)
    }

    /// No statement refuses: who must grant, and does?
    fn compose(&self, request: &Request<'_>) -> CompiledDecision<'a> {
        let grant = self.resource.as_ref().and_then(Asked::most_direct_grant);
        match request.caller.kind {
            CallerKind::WebIdentity | CallerKind::Service | CallerKind::Anonymous => {
                grant.map_or_else(|| self.silent_resource(), |(_, decision)| decision)
            }
            CallerKind::Root
            | CallerKind::User
            | CallerKind::AssumedRole
            | CallerKind::FederatedUser => {
                if request.caller.account == Some(request.resource_account) {
                    self.same_account(request, grant)
                } else {
                    self.cross_account(request, grant)
                }
            }
        }
    }

    fn same_account(
        &self,
        request: &Request<'_>,
        grant: Option<Grant<'a>>,
    ) -> CompiledDecision<'a> {
        let gate = self.resource.as_ref().and_then(|resource| resource.gate);
        match grant {
            Some((Naming::Direct, decision)) => decision,
            Some((Naming::Role, decision)) => self.first_limit().unwrap_or(decision),
            None if gate == Some(ResourceGate::Trust) => self.silent_resource(),
            Some((Naming::Account, _)) | None => self.own_side(request),
        }
    }

    /// Both sides must grant. The caller's own side is named first: it tells the caller nothing of
    /// the other account.
    fn cross_account(
        &self,
        request: &Request<'_>,
        grant: Option<Grant<'a>>,
    ) -> CompiledDecision<'a> {
        let own = self.own_side(request);
        match grant {
            _ if !own.is_allowed() => own,
            Some((_, decision)) => decision,
            None => self.silent_resource(),
        }
    }

    /// What the caller's own account grants: its identity policies within boundary and session
    /// policy.
    fn own_side(&self, request: &Request<'_>) -> CompiledDecision<'a> {
        // WHY: our own actions are granted by a statement that spells them, never by nature.
        let is_own = self.identity.question.action.is_own;
        let by_nature = request.caller.kind == CallerKind::Root && !is_own;
        let inherent = CompiledDecision {
            verdict: Verdict::Allowed,
            ..silent(Layer::Identity)
        };
        let granted = self.identity.grant();
        match granted.or(by_nature.then_some(inherent)) {
            Some(granted) => self.first_limit().unwrap_or(granted),
            None => silent(Layer::Identity),
        }
    }

    /// The first of boundary and session policy that is there and does not grant.
    fn first_limit(&self) -> Option<CompiledDecision<'a>> {
        let limits = [self.boundary.as_ref(), self.session.as_ref()];
        let mut limits = limits.into_iter().flatten();
        let limit = limits.find(|limit| limit.grant().is_none())?;
        Some(silent(limit.layer))
    }

    /// The resource's policy, or its absence, grants nothing.
    fn silent_resource(&self) -> CompiledDecision<'a> {
        let layer = self.resource.as_ref().map(|resource| resource.layer);
        silent(layer.unwrap_or(Layer::Resource))
    }
}

type Grant<'a> = (Naming, CompiledDecision<'a>);

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

    fn grant(&self) -> Option<CompiledDecision<'a>> {
        let statement = self.first(Effect::Allow)?;
        Some(self.decision(Verdict::Allowed, statement.policy, Some(statement)))
    }

    fn most_direct_grant(&self) -> Option<Grant<'a>> {
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
fn resource_layer(gate: ResourceGate, kind: Option<PolicyKind>) -> Layer {
    match (gate, kind) {
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
