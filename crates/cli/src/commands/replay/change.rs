//! What a proposed policy changes, calls alike together.

use std::collections::BTreeMap;

use base::Timestamp;
use policy::least::RecordedCall;

use crate::commands::recorded_calls::Recorded;

/// What becomes of a call.
pub(super) enum Verdict {
    /// What was allowed stays allowed, what was denied stays denied.
    Same,
    /// It was allowed; the place of the check that is denied, and why.
    NewlyDenied(usize, String),
    /// It was denied; why it is allowed.
    NewlyAllowed(String),
    /// The record does not hold what the policy reads.
    Unknown,
}

/// How a call changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    /// Worst first.
    NewlyDenied,
    NewlyAllowed,
    Unknown,
    Same,
}

/// Calls of one caller for one thing to which the same happens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    pub(super) change: Change,
    /// The role, or the web identity.
    pub(super) caller: String,
    pub(super) event: String,
    pub(super) action: String,
    pub(super) resource: String,
    /// Why; empty when nothing changes.
    pub(super) why: String,
}

/// How many calls a line stands for, and the last of them.
#[derive(Default)]
pub(super) struct Calls {
    pub(super) count: u64,
    pub(super) last: Option<Timestamp>,
    pub(super) request_id: String,
}

/// All that would change, and all that would not.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) lines: BTreeMap<Line, Calls>,
}

impl Changes {
    pub(super) fn add(&mut self, recorded: &Recorded, verdict: Verdict) {
        let (change, check, why) = match verdict {
            Verdict::Same => (Change::Same, 0, String::new()),
            Verdict::NewlyDenied(check, why) => (Change::NewlyDenied, check, why),
            Verdict::NewlyAllowed(why) => (Change::NewlyAllowed, 0, why),
            Verdict::Unknown => {
                let why = "the policy reads keys of another account's resource";
                (Change::Unknown, 0, why.to_owned())
            }
        };
        let Some(check) = recorded.call.checks.get(check) else {
            return;
        };
        let line = Line {
            change,
            caller: caller(&recorded.call),
            event: recorded.event.clone(),
            action: check.action.clone(),
            resource: check.resource.clone(),
            why,
        };
        let calls = self.lines.entry(line).or_default();
        calls.count += recorded.count;
        if recorded.last >= calls.last {
            calls.last = recorded.last;
            calls.request_id.clone_from(&recorded.request_id);
        }
    }

    /// How many calls change like this.
    pub(super) fn count(&self, change: Change) -> u64 {
        let lines = self.lines.iter().filter(|(line, _)| line.change == change);
        lines.map(|(_, calls)| calls.count).sum()
    }

    pub(super) fn newly_denied(&self) -> u64 {
        self.count(Change::NewlyDenied)
    }
}

/// The role of a session; a web identity by its subject, as far as the policy reads it.
fn caller(call: &RecordedCall) -> String {
    let caller = &call.caller;
    let keys = call.checks.iter().flat_map(|check| check.context.iter());
    let subject = keys
        .filter(|key| caller.principal_arn.is_none() && key.name().ends_with(":sub"))
        .find_map(|key| key.single());
    match (&caller.principal_arn, subject) {
        (Some(arn), _) => arn.clone(),
        (None, Some(subject)) => format!("{subject} of {}", caller.arn),
        (None, None) => caller.arn.clone(),
    }
}
