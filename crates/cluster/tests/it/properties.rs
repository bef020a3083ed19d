//! On pods of all kinds: nothing of theirs is lost, nothing is done twice, nothing panics.

use std::time::Duration;

use cluster::webhook::{
    ContainerCredentials, Endpoint, EphemeralContainers, Exclusions, Mode, OnFailure, Reason,
    Review, Settings, Terms, Validation, Verdict, review,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::json_patch::{self, Undo};
use crate::scenario::{ROLE, Scenario, pod};

/// Names and values of ours, and others.
fn variable() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_STS_REGIONAL_ENDPOINTS",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_STS",
        "AWS_CA_BUNDLE",
        "AWS_EC2_METADATA_DISABLED",
        "AWS_ROLE_SESSION_NAME",
        "HOME",
        "aws_role_arn",
    ]);
    let values = prop_oneof![
        Just(json!(ROLE)),
        Just(Value::Null),
        Just(json!("")),
        any::<u8>().prop_map(|value| json!(value.to_string())),
    ];
    (names, values).prop_map(|(name, value)| json!({ "name": name, "value": value, "x": {} }))
}

fn mount() -> impl Strategy<Value = Value> {
    let names = vec![
        "aws-iam-token",
        "irsa-endpoint-ca",
        "eks-pod-identity-token",
        "data",
    ];
    let paths = vec![
        "/var/run/secrets/eks.amazonaws.com/serviceaccount",
        "/var/run/secrets",
        "/run/secrets/irsa/endpoint-ca/ca.crt",
        "/data",
    ];
    (prop::sample::select(names), prop::sample::select(paths))
        .prop_map(|(name, path)| json!({ "name": name, "mountPath": path, "unknown": [null] }))
}

fn volume() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({ "name": "aws-iam-token", "hostPath": { "path": "/" } }),
        json!({ "name": "aws-iam-token", "projected": { "defaultMode": 420, "sources": [
            { "serviceAccountToken": { "audience": "sts.amazonaws.com", "path": "token",
                "expirationSeconds": 1 } }] } }),
        json!({ "name": "irsa-endpoint-ca", "configMap": { "name": "mine" } }),
        json!({ "name": "eks-pod-identity-token", "emptyDir": {} }),
        json!({ "name": "data", "future": { "a": 1e300 } }),
        json!({}),
    ])
}

/// Absent, `null`, empty or full.
fn list(element: impl Strategy<Value = Value>) -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        Just(None),
        Just(Some(Value::Null)),
        prop::collection::vec(element, 0..4).prop_map(|list| Some(Value::Array(list))),
    ]
}

fn object(members: Vec<(&'static str, Option<Value>)>) -> Value {
    let members = members.into_iter();
    let members = members.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(members.collect())
}

fn container() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![json!("app"), json!("sidecar"), Value::Null]);
    (name, list(variable()), list(mount())).prop_map(|(name, env, mounts)| {
        let probe = json!({ "probe": { "quic": { "port": 1 } }, "resources": {} });
        let members = vec![
            ("name", Some(name)),
            ("unknown", Some(probe)),
            ("env", env),
            ("volumeMounts", mounts),
        ];
        object(members)
    })
}

fn metadata() -> impl Strategy<Value = Option<Value>> {
    let keys = vec![
        "skip-containers",
        "include-containers",
        "token-expiration",
        "role-session-name",
    ];
    let values = vec!["app", "\"app\",", "a\"", "0", "90000", "true", ""];
    let one = (prop::sample::select(keys), prop::sample::select(values));
    let annotations = prop::collection::vec(one, 0..3).prop_map(|annotations| {
        let annotations = annotations.into_iter();
        annotations
            .map(|(key, value)| (format!("eks.amazonaws.com/{key}"), json!(value)))
            .collect::<serde_json::Map<_, _>>()
    });
    let labels = prop::sample::select(vec![
        None,
        Some(Value::Null),
        Some(json!({})),
        Some(json!({ "a/b~c": "d" })),
        Some(json!({ "eks.amazonaws.com/pod-identity": "enabled" })),
    ]);
    let name = prop::sample::select(vec![
        None,
        Some(json!("")),
        Some(json!("p")),
        Some(json!("pod")),
    ]);
    let full = (annotations, labels, name).prop_map(|(annotations, labels, name)| {
        let annotations = Some(Value::Object(annotations));
        Some(object(vec![
            ("annotations", annotations),
            ("labels", labels),
            ("name", name),
        ]))
    });
    prop_oneof![1 => Just(None), 1 => Just(Some(Value::Null)), 8 => full]
}

fn any_pod() -> impl Strategy<Value = Value> {
    let lists = (list(container()), list(container()), list(volume()));
    let node = prop::sample::select(vec![None, Some(json!({ "kubernetes.io/os": "windows" }))]);
    (metadata(), lists, node).prop_map(|(metadata, (containers, init, volumes), node)| {
        let mut pod = pod(object(vec![
            ("containers", containers),
            ("initContainers", init),
            ("volumes", volumes),
            ("nodeSelector", node),
            (
                "future",
                Some(json!([{ "a": null }, 18_446_744_073_709_551_615_u64])),
            ),
        ]));
        match metadata {
            Some(metadata) => pod["metadata"] = metadata,
            None => drop(pod.as_object_mut().unwrap().remove("metadata")),
        }
        pod
    })
}

fn any_terms() -> impl Strategy<Value = Terms> {
    let modes = prop::sample::select(vec![Mode::Compatible, Mode::Enforced]);
    let exclusions = prop::sample::select(vec![Exclusions::Honoured, Exclusions::Refused]);
    (modes, exclusions).prop_map(|(mode, exclusions)| Terms {
        on_failure: OnFailure::Fail,
        mode,
        exclusions,
        ephemeral_containers: EphemeralContainers::Included,
    })
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let endpoint = prop::sample::select(vec![
        None,
        Some(Endpoint {
            url: "https://irsa".to_owned(),
            ..Endpoint::default()
        }),
        Some(Endpoint {
            url: "https://irsa".to_owned(),
            services: vec!["sts".to_owned(), "secrets manager".to_owned()],
            ca_config_map: Some("bundle".to_owned()),
        }),
    ]);
    (endpoint, any::<[bool; 4]>()).prop_map(|(endpoint, [region, sts, session, metadata])| {
        Settings {
            region: if region {
                "r".to_owned()
            } else {
                String::new()
            },
            sts_regional_endpoints: sts,
            role_session_name: session,
            disable_ec2_metadata: metadata,
            endpoint,
            ..Settings::default()
        }
    })
}

fn any_scenario() -> impl Strategy<Value = Scenario> {
    (
        any_pod(),
        any_settings(),
        any_terms(),
        any::<bool>(),
        0..=7200_i64,
    )
        .prop_map(
            |(pod, settings, terms, by_container_credentials, earlier_secs)| Scenario {
                pod,
                settings,
                terms,
                earlier_secs,
                container_credentials: by_container_credentials.then(ContainerCredentials::default),
                ..Scenario::default()
            },
        )
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(json!("Pod")),
        Just(json!("CREATE")),
        "[a-z/~]{0,3}".prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "metadata",
        "annotations",
        "labels",
        "spec",
        "containers",
        "initContainers",
        "env",
        "volumeMounts",
        "volumes",
        "name",
        "serviceAccountName",
        "kind",
        "operation",
        "subResource",
        "namespace",
        "object",
        "oldObject",
        "uid",
        "dryRun",
        "projected",
        "sources",
        "nodeSelector",
        "affinity",
        "envFrom",
        "ephemeralContainers",
    ]);
    leaf.prop_recursive(6, 48, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((names.clone(), inner), 0..5).prop_map(|members| {
                let members = members.into_iter();
                Value::Object(
                    members
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn undoing_the_patch_gives_the_pod_back(scenario in any_scenario()) {
        let outcome = scenario.run();
        let mut changed = scenario.pod.clone();
        let done = json_patch::apply(&mut changed, &outcome.patch);
        for step in &done {
            // INVARIANT: what was there is not replaced, but for the mark that upstream replaces.
            if let Undo::Restore { name, before, .. } = step {
                let is_ours = name == "eks.amazonaws.com/pod-identity";
                prop_assert!(is_ours || before.is_none() || before == &Some(Value::Null));
            }
        }
        json_patch::undo(&mut changed, done);
        prop_assert_eq!(changed, scenario.pod);
    }

    #[test]
    fn a_second_pass_changes_nothing(scenario in any_scenario()) {
        let first = scenario.run();
        let second = Scenario { pod: first.pod.clone(), ..scenario }.run();
        prop_assert_eq!(&second.patch, &Value::Null);
        prop_assert_eq!(second.decision.verdict, first.decision.verdict);
        if first.decision.reason == Reason::Injected {
            prop_assert_eq!(second.decision.reason, Reason::Complete);
        }
        prop_assert_eq!(second.pod, first.pod);
    }

    #[test]
    fn an_admitted_pod_of_an_enforced_namespace_has_its_identity(scenario in any_scenario()) {
        let terms = Terms {
            mode: Mode::Enforced, exclusions: Exclusions::Refused, ..scenario.terms
        };
        let scenario = Scenario { terms, container_credentials: None, ..scenario };
        let outcome = scenario.run();
        if outcome.decision.verdict == Verdict::Refused {
            return Ok(());
        }
        for list in ["containers", "initContainers"] {
            for container in outcome.pod["spec"][list].as_array().into_iter().flatten() {
                let named = |name: &str| {
                    let env = container["env"].as_array().into_iter().flatten();
                    env.filter(|one| one["name"] == name).map(|one| one["value"].clone())
                        .collect::<Vec<_>>()
                };
                let roles = named("AWS_ROLE_ARN");
                prop_assert!(!roles.is_empty() && roles.iter().all(|role| role == ROLE));
                prop_assert_eq!(named("AWS_WEB_IDENTITY_TOKEN_FILE").len(), 1);
            }
        }
    }

    #[test]
    fn no_json_panics(
        request in any_json(), object in any_json(), spec in any_json(),
        settings in any_settings(), terms in any_terms(), which in 0..4_u8,
    ) {
        let mut body = json!({ "apiVersion": "admission.k8s.io/v1beta1", "kind": "AdmissionReview" });
        let pod = json!({ "metadata": object, "spec": spec });
        body["request"] = match which {
            0 => request,
            1 => json!({ "uid": "u", "object": object }),
            2 => json!({ "uid": "u", "object": pod }),
            _ => json!({ "uid": "u", "operation": "UPDATE", "subResource": "ephemeralcontainers",
                "kind": { "kind": "Pod" }, "object": pod, "oldObject": object }),
        };
        if which > 1 && body["request"]["object"]["spec"].is_object() {
            body["request"]["object"]["spec"]["serviceAccountName"] = json!("buyer");
        }
        let lookup = Scenario::default().lookup();
        let body = serde_json::to_vec(&body).unwrap();
        let answer = review(&body, &settings, terms, |_| lookup, |_| 0);
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        prop_assert_eq!(&answer["kind"], "AdmissionReview");
        prop_assert!(answer["response"]["allowed"].is_boolean());
    }

    #[test]
    fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..64)) {
        prop_assert!(Review::read(&body).is_err());
    }
}

/// Twice as many containers take about twice as long; ten times leaves room for a loaded machine.
#[test]
fn five_thousand_containers() {
    let scenario = |count: usize| {
        let containers = (0..count).map(|at| {
            let env = [json!({ "name": "AWS_PROFILE", "value": "p" })];
            json!({ "name": format!("c{at}"), "env": env, "volumeMounts": [] })
        });
        let containers: Vec<Value> = containers.collect();
        let names: Vec<String> = (0..count).map(|at| format!("d{at}")).collect();
        let mut pod = pod(json!({ "containers": containers }));
        pod["metadata"]["annotations"] =
            json!({ "eks.amazonaws.com/skip-containers": names.join(",") });
        Scenario {
            pod,
            ..Scenario::default()
        }
    };
    let time = |count| {
        let scenario = scenario(count);
        let (body, lookup) = (scenario.body(), scenario.lookup());
        let times = (0..3).map(|_| {
            let start = std::time::Instant::now();
            let review = Review::read(&body).unwrap();
            let decision = review.decide(&lookup, scenario.terms, &scenario.settings, |_| 0);
            assert_eq!(decision.patch.len(), 1 + 3 * count);
            assert_eq!(decision.problems.len(), count);
            assert!(review.answer(&decision).len() > 100 * count);
            start.elapsed()
        });
        times.min().unwrap_or(Duration::MAX)
    };
    let (small, large) = (time(500), time(5000));
    assert!(large < small * 100 / 2, "{small:?} {large:?}");
}

#[test]
fn three_megabytes() {
    let mut scenario = Scenario::default();
    scenario.pod["metadata"]["annotations"] = json!({ "note": "x".repeat(3 << 20) });
    scenario.settings.validation = Validation::Refuse;
    let outcome = scenario.run();
    assert_eq!(outcome.decision.reason, Reason::Injected);
    assert!(outcome.answer.to_string().len() < 4096);
}
