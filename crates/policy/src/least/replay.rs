//! A recorded call under other policies.

use super::call::{OtherPolicies, RecordedCall, RecordedCheck};
use crate::decision::{Decision, Layer, Verdict};
use crate::evaluate::decide;
use crate::explain::{Explanation, describes_resource, explain};
use crate::request::{Attached, Caller, Layers, Request, ResourcePolicy};
use crate::statement::{Condition, Scope};

/// What becomes of a recorded call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// It is allowed; for each check, who says so.
    Allowed(Vec<Stand>),
    /// It is refused at this check.
    Denied {
        /// The place of the check in the call.
        check: usize,
        /// Who refuses.
        stand: Stand,
        /// The statements beside the request, the nearest first.
        explanation: Box<Explanation>,
    },
    /// The policies read what the record does not hold of another account's resource.
    Unknown,
}

/// Who has the last word on a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stand {
    /// The policies under test.
    Tested(Decision),
    /// The other policies, as they were when the call was recorded.
    Others,
}

/// Decides `call` again with `identity` in the place of the caller's own policies; all others are
/// as they were.
pub fn replay(call: &RecordedCall, identity: &[Attached]) -> Replayed {
    let layers = Layers {
        identity: identity.to_vec(),
        ..Layers::default()
    };
    each_check(call, |check| {
        if hidden(check, identity) {
            return None;
        }
        let request = check.request(&call.caller);
        let decision = decide(&request, &layers);
        let verdict = match (decision.verdict, check.others) {
            (Verdict::ExplicitDeny, _) => Verdict::ExplicitDeny,
            (Verdict::Allowed | Verdict::ImplicitDeny, OtherPolicies::Refuse) => {
                return Some((false, Stand::Others, Some(explain(&request, &layers))));
            }
            (Verdict::ImplicitDeny, OtherPolicies::Allow) => {
                return Some((true, Stand::Others, None));
            }
            (verdict, OtherPolicies::Leave | OtherPolicies::Allow) => verdict,
        };
        let is_allowed = verdict == Verdict::Allowed;
        let explanation = (!is_allowed).then(|| explain(&request, &layers));
        Some((is_allowed, Stand::Tested(decision), explanation))
    })
}

/// Decides a web identity's call again with `trust` in the place of the role's trust policy, the
/// only policy that such a call meets.
pub fn replay_trust(call: &RecordedCall, trust: &ResourcePolicy) -> Replayed {
    let layers = Layers {
        resource: Some(trust.clone()),
        ..Layers::default()
    };
    each_check(call, |check| {
        let request = Request {
            resource_account: check.owner,
            ..check.request(&call.caller)
        };
        let decision = decide(&request, &layers);
        let is_allowed = decision.is_allowed();
        let explanation = (!is_allowed).then(|| explain(&request, &layers));
        Some((is_allowed, Stand::Tested(decision), explanation))
    })
}

type Answer = (bool, Stand, Option<Explanation>);

/// All checks must be allowed.
fn each_check(
    call: &RecordedCall,
    mut answer: impl FnMut(&RecordedCheck) -> Option<Answer>,
) -> Replayed {
    let mut stands = Vec::with_capacity(call.checks.len());
    for (place, check) in call.checks.iter().enumerate() {
        match answer(check) {
            None => return Replayed::Unknown,
            Some((false, stand, Some(explanation))) => {
                return Replayed::Denied {
                    check: place,
                    stand,
                    explanation: Box::new(explanation),
                };
            }
            Some((_, stand, _)) => stands.push(stand),
        }
    }
    Replayed::Allowed(stands)
}

/// Whether these policies read what the record does not hold of the resource.
pub(super) fn hidden(check: &RecordedCheck, identity: &[Attached]) -> bool {
    check.hides_resource && identity.iter().any(reads_resource)
}

/// Whether a condition or a variable reads a key that describes the resource.
fn reads_resource(attached: &Attached) -> bool {
    let Some(document) = &attached.document else {
        return false;
    };
    document.statements().iter().any(|statement| {
        let resources = statement.resources.iter().flat_map(Scope::items);
        let values = statement.conditions.iter().flat_map(|one| &one.values);
        statement.conditions.iter().any(is_of_resource)
            || resources.chain(values).any(|text| names_resource(text))
    })
}

fn is_of_resource(condition: &Condition) -> bool {
    describes_resource(&condition.key)
}

fn names_resource(text: &str) -> bool {
    let variables = text.split("${").skip(1);
    let mut names = variables.filter_map(|rest| rest.split(['}', ',']).next());
    names.any(|name| describes_resource(name.trim()))
}

/// The caller's own policies on one check, as the caller's account reads them.
pub(super) fn own_decision(
    caller: &Caller,
    check: &RecordedCheck,
    identity: &[Attached],
) -> Decision {
    let layers = Layers {
        identity: identity.to_vec(),
        ..Layers::default()
    };
    let decision = decide(&check.request(caller), &layers);
    debug_assert_eq!(decision.layer, Layer::Identity);
    decision
}
