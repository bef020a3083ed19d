//! The crate `iam-rs`, which reads the same policies.

use std::hint::black_box;

use iam_rs::{Arn, Context, ContextValue, Decision, IAMPolicy, IAMRequest};
use iam_rs::{PolicyEvaluator, Principal, PrincipalId};

use crate::case::{ACCOUNT, Case, text};
use crate::fault::Fault;
use crate::time::nanoseconds;

const NAME: &str = "iam-rs";

/// Nanoseconds of one warm decision; none when it decides otherwise.
pub(crate) fn measure(case: &Case) -> Result<Option<f64>, Fault> {
    let failed = |why: String| Fault::Peer {
        evaluator: NAME,
        case: case.name,
        why,
    };
    let policies = case.policies.iter().map(|statements| {
        let policy: Result<IAMPolicy, _> = serde_json::from_str(&text(statements));
        policy.map_err(|why| failed(why.to_string()))
    });
    let evaluator = PolicyEvaluator::with_policies(policies.collect::<Result<_, _>>()?);
    let mut context = Context::new();
    for (key, value) in &case.context {
        context.insert(key.clone(), ContextValue::String(value.clone()));
    }
    let caller = format!("arn:aws:sts::{ACCOUNT}:assumed-role/app/pod");
    let request = IAMRequest::new_with_context(
        Principal::Aws(PrincipalId::String(caller)),
        case.action,
        Arn::parse(&case.resource).map_err(|why| failed(why.to_string()))?,
        context,
    );
    let decided = evaluator.evaluate(&request);
    let decided = decided.map_err(|why| failed(why.to_string()))?.decision;
    let allowed = decided == Decision::Allow;
    let measured = || nanoseconds(|| black_box(&evaluator).evaluate(black_box(&request)));
    Ok((allowed == case.allowed).then(measured))
}

/// Nanoseconds in which it reads a policy.
pub(crate) fn read(text: &str) -> f64 {
    nanoseconds(|| serde_json::from_str::<IAMPolicy>(black_box(text)).is_ok())
}
