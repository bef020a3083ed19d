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
    /// The statement as it should be.
    pub becomes: Becomes,
    /// What else this change allows; nothing when empty.
    pub also_allows: Vec<String>,
    /// The condition key whose value the change is about; only who may see that may see the step.
    pub key: Option<String>,
}

/// What a statement should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Becomes {
    /// This, as a policy writes it.
    Statement(serde_json::Value),
    /// It has to go.
    Nothing,
    /// It is too long to be shown.
    TooLong,
}

/// Bytes of a statement that is shown.
const MAX_STATEMENT_BYTES: usize = 2_048;

impl Becomes {
    fn of(statement: Option<serde_json::Value>) -> Self {
        match statement {
            None => Self::Nothing,
            Some(statement) if statement.to_string().len() > MAX_STATEMENT_BYTES => Self::TooLong,
            Some(statement) => Self::Statement(statement),
        }
    }
}

impl RemedyStep {
    /// Where, and what to do: `in trust policy \`trust\`, statement 0 (Pods): …`.
    pub fn text(&self) -> String {
        let of = layer_text(self.layer);
        let policy = self.policy.as_ref().map(|policy| format!(" `{policy}`"));
        let policy = policy.unwrap_or_default();
        let statement = self.statement.as_ref().map(|statement| {
            let sid = statement.sid.as_ref().map(|sid| format!(" ({sid})"));
            format!(", statement {}{}", statement.index, sid.unwrap_or_default())
        });
        let statement = statement.unwrap_or_default();
        format!("in the {of}{policy}{statement}: {}", self.change)
    }

    /// What else the step allows.
    pub fn also_text(&self) -> String {
        if self.also_allows.is_empty() {
            "this allows nothing else".to_owned()
        } else {
            format!("this also allows {}", self.also_allows.join("; "))
        }
    }
}

fn layer_text(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "identity-based policies",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policy",
        Layer::Resource => "resource-based policy",
        Layer::Trust => "role trust policy",
        Layer::ServiceControl => "service control policies",
        Layer::ResourceControl => "resource control policies",
        Layer::Endpoint => "VPC endpoint policy",
        Layer::Grant => "grants",
    }
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
