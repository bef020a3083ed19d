//! The policy simulator of IAM: what `SimulateCustomPolicy`, `SimulatePrincipalPolicy` and the
//! `GetContextKeysFor…` operations answer.
//!
//! Statements, principals and conditions match by the code that decides requests; how layers
//! compose, what is told of them and what input is refused are the simulator's own. Its rules are
//! those of recorded AWS answers, which differ from AWS's documents in places; the tests name the
//! recordings. Nothing that it answers authorises anything.

mod catalog;
mod context_keys;
mod date_text;
mod entry;
mod fault;
mod layer;
mod missing;
mod number_text;
mod outcome;
mod position;
mod prepare;
mod resource_name;
mod result;

use base::AccountId;

use crate::context::{Context, ContextEntry};
use crate::request::Caller;

pub use context_keys::context_keys;
pub use entry::{EntryType, SimulatedEntry};
pub use fault::SimulationFault;
pub use position::Position;
pub use result::{
    ActionResult, DecisionSource, MatchedStatement, ResourceResult, SimulatedDecision,
};

use layer::Source;

/// A policy of a simulation, under the name that its answers give it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedPolicy {
    /// `PolicyInputList.1`, `user_ann_inline`, the name of a managed policy.
    pub id: String,
    /// The document.
    pub text: String,
    /// Who answers for it when it cannot be read.
    pub origin: PolicyOrigin,
}

/// Where a policy of a simulation comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyOrigin {
    /// The request, at this place of its list, from 1.
    Request(usize),
    /// It is attached to the principal.
    Stored,
}

/// What is to be simulated, as the request says it.
#[derive(Clone, Debug)]
pub struct SimulationInput {
    /// The account of who asks the simulator.
    pub account: AccountId,
    /// The partition of that account, e.g. `aws`.
    pub partition: String,
    /// What grants: `PolicyInputList` and the policies of the principal.
    pub policies: Vec<SimulatedPolicy>,
    /// What limits; at most one.
    pub boundary: Vec<SimulatedPolicy>,
    /// Service control policies by level, from the root down; at most seven levels.
    pub organization: Vec<Vec<String>>,
    /// The policy of the resource.
    pub resource_policy: Option<String>,
    /// `ResourceOwner`: an IAM ARN of the account that owns the resource.
    pub resource_owner: Option<String>,
    /// `CallerArn`: the user, role or group on whose behalf.
    pub caller_arn: Option<String>,
    /// The unique id of that caller, where it is known.
    pub caller_id: Option<String>,
    /// `ContextEntries`.
    pub context: Vec<SimulatedEntry>,
    /// `ResourceArns`; none stands for `*`.
    pub resources: Vec<String>,
    /// `ResourceHandlingOption`.
    pub resource_handling: Option<String>,
    /// `ActionNames`.
    pub actions: Vec<String>,
}

impl SimulationInput {
    /// Nothing is simulated yet.
    pub fn new(account: AccountId, partition: impl Into<String>) -> Self {
        Self {
            account,
            partition: partition.into(),
            policies: Vec::new(),
            boundary: Vec::new(),
            organization: Vec::new(),
            resource_policy: None,
            resource_owner: None,
            caller_arn: None,
            caller_id: None,
            context: Vec::new(),
            resources: Vec::new(),
            resource_handling: None,
            actions: Vec::new(),
        }
    }
}

/// A simulation whose input is sound: any of its actions can be evaluated.
#[derive(Clone, Debug)]
pub struct Simulation {
    account: AccountId,
    partition: String,
    caller: Caller,
    /// The account that `ResourceOwner` names.
    owner: Option<AccountId>,
    identity: Vec<Source>,
    boundary: Option<Source>,
    organization: Option<Vec<Vec<Source>>>,
    resource_policy: Option<Source>,
    /// What conditions and variables read: the request's entries over the simulator's own.
    context: Context,
    /// The request's entries alone: what the simulator adds counts as missing.
    given: Context,
    resources: Vec<String>,
    actions: Vec<String>,
}

impl Simulation {
    /// Checks the input, first fault first.
    pub fn prepare(input: SimulationInput) -> Result<Self, SimulationFault> {
        prepare::prepare(input)
    }

    /// The actions, in the order of the request.
    pub fn actions(&self) -> &[String] {
        &self.actions
    }

    /// What one action may cost at worst, over all resources: bytes of policies, times the length
    /// of the longest text that patterns are held against, in units of an ordinary ARN.
    pub fn cost_per_action(&self) -> usize {
        const ORDINARY: usize = 64;
        let organization = self.organization.iter().flatten().flatten();
        let sources = self
            .identity
            .iter()
            .chain(&self.boundary)
            .chain(&self.resource_policy)
            .chain(organization);
        let bytes: usize = sources.map(Source::bytes).sum();
        let values = self.context.iter().flat_map(ContextEntry::values);
        let value = values.map(String::len).max().unwrap_or_default();
        let lengths = self.resources.iter().map(|one| one.len().max(value));
        let units = lengths.map(|length| length.div_ceil(ORDINARY)).sum();
        bytes.saturating_mul(units)
    }

    /// Evaluates one action on all resources.
    pub fn evaluate(&self, action: &str) -> ActionResult {
        result::of_action(self, action)
    }

    /// Whether the request names resources, and not just `*`.
    fn has_resources(&self) -> bool {
        !matches!(self.resources.as_slice(), [one] if one == "*")
    }
}
