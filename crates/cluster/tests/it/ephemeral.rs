//! Containers added to a running pod (A35).

use cluster::webhook::{EphemeralContainers, Exclusions, Mode, Reason};
use serde_json::{Value, json};

use crate::scenario::{ROLE, Scenario, pod};

const PATH: &str = "/var/run/secrets/eks.amazonaws.com/serviceaccount";

/// A pod that has its identity, to which `kubectl debug` adds the second of these.
fn debugged(second: Value) -> Scenario {
    let mut running = Scenario::default().run().pod;
    running["spec"]["ephemeralContainers"] = json!([{ "name": "first" }]);
    let mut scenario = Scenario {
        pod: running.clone(),
        ..Scenario::default()
    };
    let list = scenario.pod["spec"]["ephemeralContainers"].as_array_mut();
    list.unwrap().push(second);
    scenario.request = json!({
        "operation": "UPDATE", "subResource": "ephemeralcontainers", "oldObject": running,
    });
    scenario
}

#[test]
fn only_by_opt_in() {
    let mut scenario = debugged(json!({ "name": "debugger" }));
    for mode in [Mode::Compatible, Mode::Enforced] {
        scenario.terms.mode = mode;
        scenario.terms.ephemeral_containers = EphemeralContainers::LeftAlone;
        let outcome = scenario.run();
        assert_eq!(outcome.decision.reason, Reason::Ephemeral);
        assert_eq!(outcome.patch, Value::Null);
        scenario.terms.ephemeral_containers = EphemeralContainers::Included;
        let outcome = scenario.run();
        assert_eq!(outcome.decision.reason, Reason::Injected);
        assert_eq!(
            outcome.patch,
            json!([
                { "op": "add", "path": "/spec/ephemeralContainers/1/env", "value": [
                    { "name": "AWS_ROLE_ARN", "value": ROLE },
                    { "name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": format!("{PATH}/token") },
                ] },
                { "op": "add", "path": "/spec/ephemeralContainers/1/volumeMounts", "value": [
                    { "name": "aws-iam-token", "readOnly": true, "mountPath": PATH },
                ] },
            ])
        );
    }
}

#[test]
fn only_with_our_volume() {
    let foreign = json!([{ "name": "aws-iam-token", "hostPath": { "path": "/" } }]);
    for volumes in [Value::Null, json!([]), foreign] {
        let mut scenario = debugged(json!({ "name": "debugger" }));
        scenario.pod["spec"]["volumes"] = volumes;
        scenario.terms.ephemeral_containers = EphemeralContainers::Included;
        let outcome = scenario.run();
        assert_eq!(outcome.decision.reason, Reason::Ephemeral);
        assert_eq!(outcome.patch, Value::Null);
    }
}

#[test]
fn forged_ones_are_refused() {
    let mount = |path: &str| json!({ "name": "debugger", "volumeMounts": [{ "name": "aws-iam-token", "mountPath": path }] });
    let key = json!({ "name": "debugger", "env": [{ "name": "AWS_ACCESS_KEY_ID", "value": "A" }] });
    let cases = [
        (
            mount(PATH),
            EphemeralContainers::LeftAlone,
            "spec.ephemeralContainers[1].volumeMounts[0]: ",
        ),
        (
            mount("/t"),
            EphemeralContainers::LeftAlone,
            "spec.ephemeralContainers[1].volumeMounts[0]: ",
        ),
        (
            mount("/t"),
            EphemeralContainers::Included,
            "spec.ephemeralContainers[1].volumeMounts[0]: ",
        ),
        (
            key.clone(),
            EphemeralContainers::LeftAlone,
            "spec.ephemeralContainers[1].env[0]: ",
        ),
        (
            key,
            EphemeralContainers::Included,
            "spec.ephemeralContainers[1].env[0]: ",
        ),
    ];
    for (container, ephemeral_containers, field) in cases {
        let mut scenario = debugged(container.clone());
        scenario.terms.ephemeral_containers = ephemeral_containers;
        scenario.terms.mode = Mode::Enforced;
        let outcome = scenario.run();
        assert_eq!(outcome.decision.reason, Reason::Spoof, "{container}");
        let message = outcome.answer["response"]["status"]["message"]
            .as_str()
            .unwrap();
        assert!(message.starts_with(field), "{message}");
    }
}

/// API servers refuse them on creation; they get nothing that would change that.
#[test]
fn not_on_creation() {
    let spec = json!({ "containers": [], "ephemeralContainers": [{ "name": "debugger" }] });
    let mut scenario = Scenario {
        pod: pod(spec),
        ..Scenario::default()
    };
    scenario.terms.ephemeral_containers = EphemeralContainers::Included;
    let outcome = scenario.run();
    assert_eq!(
        outcome.pod["spec"]["ephemeralContainers"],
        json!([{ "name": "debugger" }])
    );
}

/// Annotations of a running pod can change: where they count they leave a container without
/// identity, but never unchecked.
#[test]
fn annotations_do_not_evade_the_checks() {
    let mount = json!([{ "name": "aws-iam-token", "mountPath": PATH }]);
    let skip = json!({ "eks.amazonaws.com/skip-containers": "debugger" });
    let mut scenario = debugged(json!({ "name": "debugger", "volumeMounts": mount }));
    scenario.pod["metadata"]["annotations"] = skip.clone();
    scenario.pod["metadata"]["labels"] =
        json!({ "eks.amazonaws.com/skip-pod-identity-webhook": "" });
    scenario.terms.mode = Mode::Enforced;
    for exclusions in [Exclusions::Honoured, Exclusions::Refused] {
        scenario.terms.exclusions = exclusions;
        assert_eq!(scenario.run().decision.reason, Reason::Spoof);
    }
    let mut scenario = debugged(json!({ "name": "debugger" }));
    scenario.pod["metadata"]["annotations"] = skip;
    scenario.terms.ephemeral_containers = EphemeralContainers::Included;
    for (exclusions, reason) in [
        (Exclusions::Honoured, Reason::Ephemeral),
        (Exclusions::Refused, Reason::Injected),
    ] {
        scenario.terms.exclusions = exclusions;
        assert_eq!(scenario.run().decision.reason, reason);
    }
}
