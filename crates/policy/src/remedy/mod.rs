//! What would have to change so that a refused request is allowed: as little as possible, tried out
//! on the same policies, and with what else it would allow.

mod edit;
mod exact;
mod place;
mod statement_json;
mod widen;

use base::AccountId;
use serde::{Deserialize, Serialize};

use crate::decision::{Decision, Layer, StatementRef, Verdict};
use crate::evaluate::decide;
use crate::request::{Layers, Request};
use edit::Edit;

/// Layers that can stand in the way of one request; more steps than that cannot be needed.
const MAX_STEPS: usize = 24;

/// One change to one policy. All steps of a remedy together let the request through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemedyStep {
    /// The kind of policy to change.
    pub layer: Layer,
    /// The account whose policy that is.
    pub owner: AccountId,
    /// The policy to change; none when one has to be added.
    pub policy: Option<String>,
    /// Its ARN, when managed.
    pub policy_arn: Option<String>,
    /// The statement to change; none when one has to be added.
    pub statement: Option<StatementRef>,
    /// What to do, as one sentence without a final period.
    pub change: String,
    /// The statement as it should be, as a policy writes it; none when it has to go.
    pub becomes: Option<serde_json::Value>,
    /// What else this change allows; nothing when empty.
    pub also_allows: Vec<String>,
    /// The condition key whose value the change is about; only who may see that may see the step.
    pub key: Option<String>,
}

/// Steps, and the policies after them.
#[derive(Clone, Debug)]
pub struct Remedy {
    /// In the order in which the layers refuse; none when the request is allowed already.
    pub steps: Vec<RemedyStep>,
    /// Under these the request is allowed.
    pub layers: Layers,
}

/// What lets the request through; `None` when nothing that is known here does, as when a policy
/// cannot be read.
pub fn remedy(request: &Request<'_>, layers: &Layers) -> Option<Remedy> {
    let mut layers = layers.clone();
    let mut steps = Vec::new();
    while steps.len() <= MAX_STEPS {
        let decision = decide(request, &layers);
        if decision.is_allowed() {
            return Some(Remedy { steps, layers });
        }
        let edit = edit(request, &layers, &decision)?;
        layers = edit.apply(&layers)?;
        steps.push(edit.into_step(request));
    }
    None
}

fn edit(request: &Request<'_>, layers: &Layers, decision: &Decision) -> Option<Edit> {
    match decision.verdict {
        Verdict::Allowed => None,
        Verdict::ExplicitDeny => Edit::of_deny(request, layers, decision),
        Verdict::ImplicitDeny => Edit::of_silence(request, layers, decision.layer),
    }
}
