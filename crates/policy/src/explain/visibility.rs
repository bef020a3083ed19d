//! Who may read which part of an explanation: every account its own side.

use base::AccountId;

use super::bounds::distinct;
use super::{Explanation, LayerExplanation, Observed};
use crate::issuer_key::issuer_and_claim;

impl Explanation {
    /// What `account` may read: the layers it owns, without values that belong to the other side.
    /// The verdict and AWS's own words name the deciding layer to the caller anyway.
    #[must_use]
    pub fn visible_to(&self, account: AccountId) -> Self {
        let is_caller = self.caller.account == Some(account);
        let is_owner = self.resource_account == account;
        let sees = |key: &str| match side(key) {
            Side::Caller => is_caller || self.caller.account.is_none() && is_owner,
            Side::Resource => is_owner,
            Side::Request => is_caller || is_owner,
        };
        let layers: Vec<LayerExplanation> = self
            .layers
            .iter()
            .filter(|layer| layer.owner == account)
            .map(|layer| hide(layer, &sees))
            .collect();
        let steps = self
            .remedy
            .iter()
            .filter(|step| step.owner == account && step.key.as_deref().is_none_or(&sees));
        let decided_here = layers.iter().any(|layer| layer.layer == self.decided_by);
        let mut visible = Self {
            context: self
                .context
                .iter()
                .filter(|entry| sees(&entry.key))
                .cloned()
                .collect(),
            hints: distinct(layers.iter().flat_map(|layer| &layer.hints).cloned()),
            layers,
            remedy: steps.cloned().collect(),
            ..self.clone()
        };
        if !decided_here {
            (visible.policy, visible.policy_arn, visible.statement) = (None, None, None);
        }
        visible
    }
}

fn hide(layer: &LayerExplanation, sees: &impl Fn(&str) -> bool) -> LayerExplanation {
    let mut layer = layer.clone();
    let conditions = layer
        .statements
        .iter_mut()
        .flat_map(|statement| &mut statement.conditions);
    for condition in conditions {
        if !sees(&condition.key) {
            condition.observed = Observed::Hidden;
        }
    }
    layer
}

/// Whose a condition key is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The caller's own data, such as its tags.
    Caller,
    /// The resource's data, such as its tags.
    Resource,
    /// Of the call itself; both sides have it in their trails.
    Request,
}

/// Whether a condition key tells of the resource, which only its owner may read.
pub fn describes_resource(key: &str) -> bool {
    side(key) == Side::Resource
}

pub(super) fn side(key: &str) -> Side {
    let key = key.to_lowercase();
    if key.starts_with("aws:resource") || key.contains(":resourcetag/") {
        return Side::Resource;
    }
    if key.starts_with("aws:principal") && key != "aws:principalarn" {
        return Side::Caller;
    }
    let of_call = key.starts_with("aws:") || key.starts_with("sts:");
    // Claims of a token are the call's too: the resource's account verified them.
    if of_call || issuer_and_claim(&key).is_some() {
        Side::Request
    } else {
        Side::Resource
    }
}
