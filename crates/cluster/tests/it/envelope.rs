//! Bodies and answers as bytes.

use cluster::webhook::{Finding, Lookup, Reason, Review, Settings, Subject, Terms, review};
use serde_json::{Value, json};

use crate::scenario::{Scenario, decoded, pod};

fn answer(body: &[u8]) -> Value {
    let lookup = |_: Subject<'_>| Scenario::default().lookup();
    let answer = review(body, &Settings::default(), Terms::default(), lookup, |_| 0);
    serde_json::from_slice(&answer).unwrap()
}

fn of(version: &str, request: Value) -> Vec<u8> {
    let review = json!({ "apiVersion": version, "kind": "AdmissionReview", "request": request });
    serde_json::to_vec(&review).unwrap()
}

#[test]
fn both_versions_are_echoed() {
    for version in ["admission.k8s.io/v1", "admission.k8s.io/v1beta1"] {
        let object = Scenario::default().pod;
        let answer = answer(&of(
            version,
            json!({ "uid": "u-1", "namespace": "n", "object": object }),
        ));
        assert_eq!(answer["apiVersion"], version);
        assert_eq!(answer["kind"], "AdmissionReview");
        let response = &answer["response"];
        assert_eq!(response["uid"], "u-1");
        assert_eq!(response["allowed"], true);
        assert_eq!(response["auditAnnotations"]["decision"], "injected");
        assert_eq!(decoded(&answer).as_array().unwrap().len(), 3);
        assert!(response.get("status").is_none() && response.get("warnings").is_none());
    }
}

#[test]
fn bad_bodies_are_refused() {
    let v1 = "admission.k8s.io/v1";
    let object = || Scenario::default().pod;
    let cases: Vec<(Vec<u8>, &str, &str)> =
        vec![
        (b"".to_vec(), "", "EOF"),
        (b"null".to_vec(), "", "no AdmissionReview"),
        (b"[]".to_vec(), "", "no AdmissionReview"),
        (b"{\"kind\":".to_vec(), "", "EOF"),
        (vec![0xff, 0xfe], "", "invalid utf-8"),
        (br#"{"kind":"Pod","apiVersion":"v1"}"#.to_vec(), "", "no AdmissionReview"),
        (of("admission.k8s.io/v2", json!({ "uid": "u" })), "", "neither v1 nor v1beta1"),
        (of(v1, Value::Null), "", "no request"),
        (of(v1, json!([])), "", "no request"),
        (of(v1, json!({ "object": object() })), "", "no uid"),
        (of(v1, json!({ "uid": "", "object": object() })), "", "no uid"),
        (of(v1, json!({ "uid": 1, "object": object() })), "", "no uid"),
        (of(v1, json!({ "uid": "u" })), "u", "no object"),
        (of(v1, json!({ "uid": "u", "object": null })), "u", "no object"),
        (of(v1, json!({ "uid": "u", "object": object(), "namespace": [] })), "u", "no string"),
        (
            br#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u",
                "object":{"spec":{"serviceAccountName":"a","serviceAccountName":"b"}}}}"#
                .to_vec(),
            "",
            "`serviceAccountName` stands twice",
        ),
    ];
    for (body, uid, cause) in cases {
        let text = String::from_utf8_lossy(&body).into_owned();
        let answer = answer(&body);
        let response = &answer["response"];
        assert_eq!(answer["apiVersion"], v1, "{text}");
        assert_eq!(response["allowed"], false, "{text}");
        assert_eq!(response["uid"], uid, "{text}");
        assert_eq!(response["status"]["code"], 400, "{text}");
        let message = response["status"]["message"].as_str().unwrap();
        assert!(
            message.starts_with("bad content: ") && message.contains(cause),
            "{message}"
        );
    }
}

#[test]
fn what_is_no_pod_is_left_alone() {
    let pod_kind = json!({ "group": "", "version": "v1", "kind": "Pod" });
    let requests = [
        json!({ "kind": { "group": "apps", "kind": "Deployment" }, "operation": "CREATE" }),
        json!({ "kind": { "group": "metrics.k8s.io", "kind": "Pod" }, "operation": "CREATE" }),
        json!({ "kind": pod_kind, "operation": "DELETE" }),
        json!({ "kind": pod_kind, "operation": "UPDATE" }),
        json!({ "kind": pod_kind, "operation": "UPDATE", "subResource": "resize" }),
        json!({ "kind": { "group": "", "kind": "PodExecOptions" }, "operation": "CONNECT" }),
        json!({ "kind": {}, "operation": "CREATE" }),
    ];
    for mut request in requests {
        request["uid"] = json!("u");
        for object in [Value::Null, Scenario::default().pod] {
            request["object"] = object;
            let body = of("admission.k8s.io/v1", request.clone());
            assert_eq!(Review::read(&body).unwrap().subject(), None);
            let answer = answer(&body);
            assert_eq!(answer["response"]["allowed"], true, "{request}");
            assert_eq!(decoded(&answer), Value::Null, "{request}");
            assert_eq!(
                answer["response"]["auditAnnotations"]["decision"],
                "not_a_pod"
            );
        }
    }
}

#[test]
fn malformed_pods_are_refused_naming_the_field() {
    let cases = [
        (
            pod(json!({ "containers": {} })),
            "spec.containers is no list",
        ),
        (
            pod(json!({ "containers": [1] })),
            "spec.containers[0] is no object",
        ),
        (
            pod(json!({ "containers": [{ "env": "x" }] })),
            "spec.containers[0].env is no list",
        ),
        (
            pod(json!({ "initContainers": [{}, { "volumeMounts": [[]] }] })),
            "spec.initContainers[1].volumeMounts[0] is no object",
        ),
        (pod(json!({ "volumes": "x" })), "spec.volumes is no list"),
        (
            json!({ "metadata": [], "spec": {} }),
            "metadata is no object",
        ),
        (
            json!({ "metadata": { "labels": { "a": 1 } } }),
            "metadata.labels[a] is no string",
        ),
        (
            json!({ "metadata": { "annotations": 1 } }),
            "metadata.annotations is no object",
        ),
        (json!({ "spec": 1 }), "spec is no object"),
        (json!("pod"), "object is no object"),
    ];
    for (pod, expected) in cases {
        let outcome = Scenario {
            pod,
            ..Scenario::default()
        };
        let body = outcome.body();
        let answer = answer(&body);
        assert_eq!(answer["response"]["allowed"], false);
        assert_eq!(answer["response"]["status"]["message"], expected);
        assert_eq!(
            answer["response"]["auditAnnotations"]["decision"],
            "malformed"
        );
    }
}

#[test]
fn subjects() {
    let cases = [
        (json!({ "serviceAccountName": "a" }), Some("a")),
        (json!({ "serviceAccount": "old" }), Some("old")),
        (
            json!({ "serviceAccountName": "a", "serviceAccount": "old" }),
            Some("a"),
        ),
        (json!({ "serviceAccountName": "" }), None),
        (json!({}), None),
    ];
    for (spec, expected) in cases {
        let object =
            json!({ "metadata": { "generateName": "web-", "namespace": "other" }, "spec": spec });
        let request = json!({ "uid": "u", "namespace": "n", "object": object, "dryRun": true });
        let body = of("admission.k8s.io/v1", request);
        let review = Review::read(&body).unwrap();
        let subject = review.subject();
        assert_eq!(subject.map(|subject| subject.service_account), expected);
        assert!(subject.is_none_or(|subject| subject.namespace == "n"));
        assert_eq!(review.pod_name(), "web-");
        assert!(review.is_dry_run());
        if expected.is_none() {
            let lookup = Lookup::Unknown(String::new());
            let decision = review.decide(&lookup, Terms::default(), &Settings::default(), |_| 0);
            assert_eq!(decision.reason, Reason::NoRole);
        }
    }
}

#[test]
fn warnings_are_short_and_few() {
    let long = Finding::NoRoleArn("ä\n".repeat(500));
    let lookup = Some(Lookup::NoRole(vec![long; 40]));
    let scenario = Scenario {
        lookup,
        ..Scenario::default()
    };
    let response = &scenario.run().answer["response"];
    let warnings = response["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 17);
    for warning in warnings {
        let warning = warning.as_str().unwrap();
        assert!(
            warning.chars().count() <= 120 && !warning.contains('\n'),
            "{warning}"
        );
    }
    assert_eq!(warnings[16], "and 24 more like these");
    let problems = response["auditAnnotations"]["problems"].as_str().unwrap();
    assert!(problems.ends_with("; and 35 more") && problems.len() < 4096);

    let beta = of(
        "admission.k8s.io/v1beta1",
        json!({ "uid": "u", "object": scenario.pod }),
    );
    let beta = Review::read(&beta).unwrap();
    let decision = scenario.run().decision;
    let answer: Value = serde_json::from_slice(&beta.answer(&decision)).unwrap();
    assert!(answer["response"].get("warnings").is_none());
}
