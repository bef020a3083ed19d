//! Why a request was allowed or refused, in enough detail to mend it.
//!
//! An explanation is stored beside the audit record, hence of bounded size: what exceeds the
//! bounds is counted, never silently dropped.

mod bounds;
mod build;
mod condition_text;
mod decoded;
mod grant;
mod hint;
mod hint_resource;
mod hint_trust;
mod summary;
mod visibility;

use base::AccountId;
use serde::{Deserialize, Serialize};

use crate::decision::{Layer, StatementRef, Verdict};
use crate::remedy::RemedyStep;
use crate::request::CallerKind;
use crate::statement::Effect;

pub(crate) use bounds::shorten;
pub use build::explain;
pub(crate) use build::owner;
pub use decoded::decoded_message;
pub use visibility::describes_resource;

/// Statements of one layer that are shown; those that come nearest come first.
pub const MAX_STATEMENTS: usize = 24;
/// Conditions of a statement that are shown.
pub const MAX_CONDITIONS: usize = 12;
/// Values of a list that are shown.
pub const MAX_VALUES: usize = 8;
/// Hints of a layer that are shown.
pub const MAX_HINTS: usize = 8;
/// A remedy of more steps is not shown.
pub const MAX_REMEDY_STEPS: usize = 8;
/// Characters of a value that are shown.
pub const MAX_CHARACTERS: usize = 256;
/// Condition keys of the request that are shown.
pub const MAX_KEYS: usize = 48;
/// Bytes, as JSON, that the statements of one layer may take beyond the first statement, and that
/// the request's keys may take.
pub const BUDGET_BYTES: usize = 16 * 1024;

/// The whole story of one decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The answer.
    pub verdict: Verdict,
    /// The layer whose word or silence decided.
    pub decided_by: Layer,
    /// The policy that granted or refused.
    pub policy: Option<String>,
    /// Its ARN, when managed.
    pub policy_arn: Option<String>,
    /// The statement that granted or refused.
    pub statement: Option<StatementRef>,
    /// Who asked.
    pub caller: ExplainedCaller,
    /// What for.
    pub action: String,
    /// On what.
    pub resource: String,
    /// Who owns that.
    pub resource_account: AccountId,
    /// What each kind of policy said.
    pub layers: Vec<LayerExplanation>,
    /// The request's condition keys.
    pub context: Vec<ExplainedKey>,
    /// Keys of the request that were left out for their number.
    pub context_omitted: usize,
    /// Nearest misses, in plain words.
    pub hints: Vec<String>,
    /// What would let the request through, all steps together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedy: Vec<RemedyStep>,
}

/// Who asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedCaller {
    /// What sort of caller.
    pub kind: CallerKind,
    /// Its account.
    pub account: Option<AccountId>,
    /// Its ARN.
    pub arn: String,
    /// `AIDA…` or `AROA…`.
    pub unique_id: Option<String>,
}

/// A condition key of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainedKey {
    /// Its name.
    pub key: String,
    /// Its values.
    pub values: ShownValues,
}

/// The values of a list, as far as they are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownValues {
    /// At most [`MAX_VALUES`], each of at most [`MAX_CHARACTERS`].
    pub values: Vec<String>,
    /// How many more there are.
    pub omitted: usize,
}

/// What one kind of policy said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerExplanation {
    /// Which kind.
    pub layer: Layer,
    /// Which level of the organization, from 0 at its root; levels are layers of their own.
    #[serde(default)]
    pub level: Option<usize>,
    /// The account whose policies these are; only it may read them.
    pub owner: AccountId,
    /// What the layer came to.
    pub outcome: LayerOutcome,
    /// Policies that could not be read.
    pub unreadable: Vec<String>,
    /// Its statements, the nearest first.
    pub statements: Vec<StatementExplanation>,
    /// Statements that were left out for their number.
    pub statements_omitted: usize,
    /// Nearest misses within this layer.
    pub hints: Vec<String>,
}

/// What a layer came to by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LayerOutcome {
    /// A statement allows.
    Allows,
    /// A statement, or a policy that cannot be read, refuses.
    Denies,
    /// Nothing applies.
    Silent,
}

/// What one statement said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementExplanation {
    /// The policy it stands in.
    pub policy: String,
    /// The policy's ARN, when managed.
    pub policy_arn: Option<String>,
    /// Which statement.
    pub statement: StatementRef,
    /// What it does when it applies.
    pub effect: Effect,
    /// Whether it applies, or its first part that does not.
    pub result: StatementResult,
    /// The actions as spelled.
    pub actions: ShownPatterns,
    /// The resources as spelled; none in a trust policy.
    pub resources: Option<ShownPatterns>,
    /// The principals as spelled; none in an identity policy.
    pub principals: Option<ShownPatterns>,
    /// The conditions; all are evaluated once action, resource and principal fit.
    pub conditions: Vec<ConditionExplanation>,
    /// Conditions that were left out for their number.
    pub conditions_omitted: usize,
}

/// Whether a statement applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatementResult {
    /// All its parts fit.
    Applies,
    /// It speaks of other actions.
    OtherAction,
    /// It speaks of other resources.
    OtherResource,
    /// It speaks of other callers.
    OtherPrincipal,
    /// A condition does not hold.
    ConditionFailed,
}

/// The patterns of an element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownPatterns {
    /// Whether it is `NotAction`, `NotResource`, `NotPrincipal`.
    pub negated: bool,
    /// The patterns.
    pub patterns: ShownValues,
}

/// One condition beside the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionExplanation {
    /// As spelled, e.g. `StringEquals`.
    pub operator: String,
    /// As spelled.
    pub key: String,
    /// What the policy wants.
    pub wanted: ShownValues,
    /// What the request has.
    pub observed: Observed,
    /// Whether the condition holds.
    pub holds: bool,
}

/// What a request has for a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Observed {
    /// The key is absent.
    Absent,
    /// Its value or values.
    Present(ShownValues),
    /// It belongs to another account.
    Hidden,
}
