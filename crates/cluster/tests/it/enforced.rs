//! Pods that bring what only the webhook may add (A30, A31), or want to go without (A32).

use cluster::webhook::{Exclusions, Mode, Reason, Terms, Validation};
use serde_json::{Value, json};

use crate::scenario::{ROLE, Scenario, pod, texts};

const TOKEN_FILE: &str = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token";

/// Refused naming the field where identities are enforced; with a warning where they are not.
fn check(spec: &Value, field: &str) {
    let mut scenario = Scenario {
        pod: pod(spec.clone()),
        ..Scenario::default()
    };
    let warned = scenario.run();
    assert_eq!(warned.answer["response"]["allowed"], true, "{spec}");
    let warnings = &warned.answer["response"]["warnings"];
    let warnings: Vec<&str> = warnings
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(
        warnings
            .iter()
            .any(|warning| warning.starts_with(&format!("{field}: "))),
        "{warnings:?}"
    );
    assert!(
        warnings
            .iter()
            .all(|warning| warning.chars().count() <= 120),
        "{warnings:?}"
    );

    scenario.terms.mode = Mode::Enforced;
    let refused = scenario.run();
    assert_eq!(refused.decision.reason, Reason::Spoof, "{spec}");
    let status = &refused.answer["response"]["status"];
    assert_eq!(status["code"], 403);
    let message = status["message"].as_str().unwrap();
    assert!(message.starts_with(&format!("{field}: ")), "{message}");
    assert_eq!(refused.patch, Value::Null);

    // The cluster must stay mendable.
    for namespace in ["kube-system", "eks"] {
        let exempt = Scenario {
            namespace,
            ..scenario.clone()
        }
        .run();
        assert_eq!(exempt.answer["response"]["allowed"], true, "{namespace}");
        assert_eq!(exempt.pod, warned.pod, "{namespace}");
    }
}

#[test]
fn volumes() {
    let token =
        |token: Value| json!({ "projected": { "sources": [{ "serviceAccountToken": token }] } });
    let sources = [
        json!({ "hostPath": { "path": "/" } }),
        json!({ "secret": { "secretName": "s" } }),
        json!({}),
        token(json!({ "audience": "other", "path": "token" })),
        token(json!({ "audience": "sts.amazonaws.com", "path": "other" })),
        json!({ "projected": { "sources": [
            { "serviceAccountToken": { "audience": "sts.amazonaws.com", "path": "token" } },
            { "secret": { "name": "s" } },
        ] } }),
    ];
    for source in sources {
        let mut volume = source;
        volume["name"] = json!("aws-iam-token");
        let spec =
            json!({ "containers": [{ "name": "app" }], "volumes": [{ "name": "data" }, volume] });
        check(&spec, "spec.volumes[1]");
    }
}

#[test]
fn mounts() {
    let mounts = [
        json!({ "name": "data", "mountPath": "/var/run/secrets/eks.amazonaws.com/serviceaccount" }),
        json!({ "name": "data", "mountPath": TOKEN_FILE }),
        json!({ "name": "data", "mountPath": "/var/run/secrets" }),
        json!({ "name": "data", "mountPath": "/run" }),
        json!({ "name": "data", "mountPath": "/" }),
        json!({ "name": "data", "mountPath": "/x/../var/run/secrets/./eks.amazonaws.com/" }),
        json!({ "name": "aws-iam-token", "mountPath": "/elsewhere" }),
        json!({ "name": "aws-iam-token", "subPath": "x",
            "mountPath": "/var/run/secrets/eks.amazonaws.com/serviceaccount" }),
    ];
    for mount in mounts {
        let spec = json!({
            "containers": [{ "name": "app" }, { "name": "b", "volumeMounts": [mount] }],
        });
        check(&spec, "spec.containers[1].volumeMounts[0]");
    }
}

#[test]
fn variables() {
    let names = [
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_STS",
        "AWS_ENDPOINT_URL_NEW_SERVICE",
        "AWS_CA_BUNDLE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    ];
    for name in names {
        for variable in [
            json!({ "name": name, "value": "mine" }),
            json!({ "name": name }),
            json!({ "name": name, "valueFrom": { "secretKeyRef": { "name": "s", "key": "k" } } }),
            json!({ "name": name, "value": ROLE, "valueFrom": { "fieldRef": {} } }),
        ] {
            let harmless = json!({ "name": "HOME", "value": "/" });
            let init = json!([{ "name": "a", "env": [harmless, variable] }]);
            let spec = json!({ "containers": [{ "name": "app" }], "initContainers": init });
            check(&spec, "spec.initContainers[0].env[1]");
        }
    }
    // A second one of the same name wins.
    let twice = json!([{ "name": "AWS_ROLE_ARN", "value": ROLE }, { "name": "AWS_ROLE_ARN", "value": "x" }]);
    check(
        &json!({ "containers": [{ "name": "a", "env": twice }] }),
        "spec.containers[0].env[1]",
    );
    // Variables of Windows have no case.
    let lower = json!([{ "name": "aws_profile", "value": "x" }]);
    let spec =
        json!({ "containers": [{ "name": "a", "env": lower }], "os": { "name": "windows" } });
    check(&spec, "spec.containers[0].env[0]");
}

#[test]
fn what_is_ours_or_harmless_is_admitted() {
    let env = json!([
        { "name": "AWS_ROLE_ARN", "value": ROLE },
        { "name": "AWS_REGION", "value": "r" },
        { "name": "aws_profile", "value": "x" },
    ]);
    let path = "/var/run/secrets/eks.amazonaws.com/serviceaccount";
    let volume = json!({ "name": "aws-iam-token", "projected": { "defaultMode": 420, "sources": [
        { "serviceAccountToken": { "audience": "sts.amazonaws.com", "path": "token",
            "expirationSeconds": 700 } }] } });
    let spec = json!({
        "containers": [{ "name": "app", "env": env, "volumeMounts": [
            { "name": "aws-iam-token", "mountPath": path, "readOnly": true },
            { "name": "api", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount" },
        ] }],
        "volumes": [volume],
    });
    let mut scenario = Scenario {
        pod: pod(spec),
        ..Scenario::default()
    };
    scenario.terms.mode = Mode::Enforced;
    let outcome = scenario.run();
    assert_eq!(texts(&outcome.decision), [""; 0]);
    // Half of the pair is not enough where identities are enforced.
    let added = json!([{ "op": "add", "path": "/spec/containers/0/env/-",
        "value": { "name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": TOKEN_FILE } }]);
    assert_eq!(outcome.patch, added);
}

#[test]
fn env_from() {
    let strict = Validation::Refuse;
    let cases = [
        (
            json!({ "secretRef": {} }),
            Mode::Compatible,
            strict,
            true,
            0,
        ),
        (
            json!({ "secretRef": {} }),
            Mode::Enforced,
            Validation::Warn,
            true,
            1,
        ),
        (json!({ "secretRef": {} }), Mode::Enforced, strict, false, 1),
        (json!({ "prefix": "DB_" }), Mode::Enforced, strict, true, 0),
        (json!({ "prefix": "" }), Mode::Enforced, strict, false, 1),
        (json!({ "prefix": "A" }), Mode::Enforced, strict, false, 1),
        (
            json!({ "prefix": "AWS_ROLE" }),
            Mode::Enforced,
            strict,
            false,
            1,
        ),
    ];
    for (source, mode, validation, allowed, problems) in cases {
        let spec = json!({ "containers": [{ "name": "app", "envFrom": [source] }] });
        let mut scenario = Scenario {
            pod: pod(spec.clone()),
            ..Scenario::default()
        };
        scenario.terms.mode = mode;
        scenario.settings.validation = validation;
        let outcome = scenario.run();
        assert_eq!(outcome.answer["response"]["allowed"], allowed, "{spec}");
        assert_eq!(outcome.decision.problems.len(), problems, "{spec}");
    }
}

#[test]
fn exclusions() {
    let opted_out = json!({ "labels": { "eks.amazonaws.com/skip-pod-identity-webhook": "" } });
    let cases = [
        (
            json!({ "annotations": { "eks.amazonaws.com/skip-containers": "app" } }),
            "metadata.annotations[eks.amazonaws.com/skip-containers]: ",
            Reason::Injected,
        ),
        (
            json!({ "annotations": { "eks.amazonaws.com/include-containers": "other" } }),
            "metadata.annotations[eks.amazonaws.com/include-containers]: ",
            Reason::Injected,
        ),
        (
            opted_out,
            "metadata.labels[eks.amazonaws.com/skip-pod-identity-webhook]: ",
            Reason::OptedOut,
        ),
    ];
    for (metadata, field, honoured) in cases {
        let mut scenario = Scenario::default();
        scenario.pod["metadata"] = metadata;
        let outcome = scenario.run();
        assert_eq!(outcome.decision.reason, honoured);
        assert_eq!(
            outcome.pod["spec"]["containers"],
            scenario.pod["spec"]["containers"]
        );
        scenario.terms = Terms {
            exclusions: Exclusions::Refused,
            ..Terms::default()
        };
        let refused = scenario.run();
        assert_eq!(refused.decision.reason, Reason::Exclusion);
        let message = refused.answer["response"]["status"]["message"]
            .as_str()
            .unwrap();
        assert!(message.starts_with(field), "{message}");
        // Without a role there is nothing to go without.
        scenario.annotations = json!({});
        assert_eq!(scenario.run().decision.reason, Reason::NoRole);
    }
}

#[test]
fn mirror_pods_are_left_alone() {
    let mut scenario = Scenario::default();
    scenario.pod["metadata"]["annotations"] = json!({ "kubernetes.io/config.mirror": "hash" });
    scenario.terms.mode = Mode::Enforced;
    let outcome = scenario.run();
    assert_eq!(outcome.decision.reason, Reason::MirrorPod);
    assert_eq!(outcome.patch, Value::Null);
}
