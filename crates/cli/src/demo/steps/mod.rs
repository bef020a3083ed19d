//! The steps, in their order.

mod allowed;
mod issuer;
mod other_pod;
mod other_secret;
mod token;
mod trail;
mod trust;

use super::step::Step;

/// The issuer of the demo.
const ISSUER: &str = "demo";

/// For whom tokens are.
const AUDIENCE: &str = "sts.amazonaws.com";

/// The namespace of the demo's ServiceAccounts.
const NAMESPACE: &str = "demo";

/// The ServiceAccount that the role trusts.
const TRUSTED: &str = "app";

/// One that it does not.
const UNTRUSTED: &str = "other";

/// `sub` of a ServiceAccount's tokens.
fn subject(service_account: &str) -> String {
    format!("system:serviceaccount:{NAMESPACE}:{service_account}")
}

/// All steps.
pub(super) const STEPS: [Step; 7] = [
    Step {
        name: "issuer",
        take: |stage| Box::pin(issuer::take(stage)),
    },
    Step {
        name: "trust",
        take: |stage| Box::pin(trust::take(stage)),
    },
    Step {
        name: "token",
        take: |stage| Box::pin(token::take(stage)),
    },
    Step {
        name: "allowed",
        take: |stage| Box::pin(allowed::take(stage)),
    },
    Step {
        name: "other-pod",
        take: |stage| Box::pin(other_pod::take(stage)),
    },
    Step {
        name: "other-secret",
        take: |stage| Box::pin(other_secret::take(stage)),
    },
    Step {
        name: "audit",
        take: |stage| Box::pin(trail::take(stage)),
    },
];
