//! The 24 scenarios by which amazon-eks-pod-identity-webhook v0.6.17 checks itself, in words of our
//! own: what the pod has after the patch, without empty `resources`, is what it has there.

use cluster::webhook::ContainerCredentials;
use serde_json::{Value, json};

use crate::scenario::{ROLE, Scenario, pod};

const MOUNT_PATH: &str = "/var/run/secrets/eks.amazonaws.com/serviceaccount";
const TOKEN_FILE: &str = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token";

struct Case {
    name: &'static str,
    scenario: Scenario,
    spec: Value,
    labels: Value,
}

#[test]
fn as_upstream() {
    let mut cases = web_identity();
    cases.extend(containers_of_all_kinds());
    cases.extend(container_credentials());
    assert_eq!(cases.len(), 24);
    for case in cases {
        let outcome = case.scenario.run();
        let mut spec = case.spec;
        spec["serviceAccountName"] = json!("buyer");
        assert_eq!(outcome.pod["spec"], spec, "{}", case.name);
        let labels = outcome.pod.pointer("/metadata/labels");
        assert_eq!(
            labels.unwrap_or(&Value::Null),
            &case.labels,
            "{}",
            case.name
        );
        assert!(outcome.patch.is_array(), "{}", case.name);
    }
}

fn case(name: &'static str, scenario: Scenario, spec: Value) -> Case {
    let labels = Value::Null;
    Case {
        name,
        scenario,
        spec,
        labels,
    }
}

fn variable(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value })
}

fn identity() -> [Value; 2] {
    [
        variable("AWS_ROLE_ARN", ROLE),
        variable("AWS_WEB_IDENTITY_TOKEN_FILE", TOKEN_FILE),
    ]
}

fn regions(region: &str) -> [Value; 2] {
    [
        variable("AWS_DEFAULT_REGION", region),
        variable("AWS_REGION", region),
    ]
}

fn mount() -> Value {
    json!({ "name": "aws-iam-token", "readOnly": true, "mountPath": MOUNT_PATH })
}

fn token(secs: i64) -> Value {
    json!({ "name": "aws-iam-token", "projected": { "sources": [{ "serviceAccountToken": {
        "audience": "sts.amazonaws.com", "expirationSeconds": secs, "path": "token" } }] } })
}

/// What a container without anything becomes.
fn given(container: Value, variables: &[&[Value]]) -> Value {
    let mut container = container;
    container["env"] = variables.concat().into();
    container["volumeMounts"] = json!([mount()]);
    container
}

fn scenario(spec: Value, pod_annotations: Value, annotations: Value, region: &str) -> Scenario {
    let mut scenario = Scenario {
        pod: pod(spec),
        ..Scenario::default()
    };
    if !pod_annotations.is_null() {
        scenario.pod["metadata"]["annotations"] = pod_annotations;
    }
    for (name, value) in annotations.as_object().unwrap() {
        scenario.annotations[name] = value.clone();
    }
    scenario.settings.region = region.to_owned();
    scenario
}

fn plain() -> Value {
    json!({ "containers": [{ "name": "app" }] })
}

fn with_env(env: &[Value]) -> Value {
    json!({ "containers": [{ "name": "app", "env": env }] })
}

fn given_to_app(variables: &[&[Value]], secs: i64) -> Value {
    json!({
        "containers": [given(json!({ "name": "app" }), variables)],
        "volumes": [token(secs)],
    })
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn web_identity() -> Vec<Case> {
    let none = || json!({});
    let regional = variable("AWS_STS_REGIONAL_ENDPOINTS", "regional");
    let sts = json!({ "sts-regional-endpoints": "true" });
    let has_sts = [variable("AWS_REGION", "cn-north-9"), regional.clone()];
    let expiring = |secs: &str| json!({ "eks.amazonaws.com/token-expiration": secs });
    let foreign = json!({
        "containers": [{ "name": "app",
            "volumeMounts": [{ "name": "aws-iam-token", "mountPath": "/mine" }] }],
        "volumes": [{ "name": "aws-iam-token", "hostPath": { "path": "/mine" } }],
    });
    let mut foreign_after = foreign.clone();
    foreign_after["containers"][0]["env"] = json!(identity());
    let all = [has_sts.as_slice(), &[variable("AWS_ROLE_ARN", ROLE)]].concat();
    let mut all_after = with_env(&all);
    all_after["volumes"] = json!([token(3600)]);
    let mut sts_and_life = sts.clone();
    sts_and_life["token-expiration"] = json!("3600");
    let mut skipping = with_env(&[variable("AWS_ROLE_ARN", "mine")]);
    skipping["containers"]
        .as_array_mut()
        .unwrap()
        .insert(0, json!({ "name": "sidecar" }));
    let skip = json!({ "eks.amazonaws.com/skip-containers": "sidecar" });
    let mut skipped = given_to_app(
        &[&[variable("AWS_ROLE_ARN", "mine")], &regions("r")],
        86_400,
    );
    skipped["containers"]
        .as_array_mut()
        .unwrap()
        .insert(0, json!({ "name": "sidecar" }));
    vec![
        case(
            "no volumes",
            scenario(plain(), Value::Null, none(), ""),
            given_to_app(&[&identity()], 86_400),
        ),
        case(
            "other volumes stay, after ours",
            scenario(
                json!({ "containers": [{ "name": "app" }], "volumes": [{ "name": "data" }] }),
                Value::Null,
                none(),
                "",
            ),
            json!({
                "containers": [given(json!({ "name": "app" }), &[&identity()])],
                "volumes": [token(86_400), { "name": "data" }],
            }),
        ),
        case(
            "a volume of our name stays",
            scenario(foreign, Value::Null, none(), ""),
            foreign_after,
        ),
        case(
            "both regions",
            scenario(plain(), Value::Null, none(), "r"),
            given_to_app(&[&regions("r"), &identity()], 86_400),
        ),
        case(
            "one region suppresses both",
            scenario(
                with_env(&[variable("AWS_REGION", "mine")]),
                Value::Null,
                none(),
                "r",
            ),
            given_to_app(&[&[variable("AWS_REGION", "mine")], &identity()], 86_400),
        ),
        case(
            "regional STS comes first",
            scenario(plain(), Value::Null, sts.clone(), "r"),
            given_to_app(
                &[std::slice::from_ref(&regional), &regions("r"), &identity()],
                86_400,
            ),
        ),
        case(
            "regional STS stays",
            scenario(with_env(&has_sts), Value::Null, sts.clone(), "r"),
            given_to_app(&[&has_sts, &identity()], 86_400),
        ),
        case(
            "the annotation beats the flag for regional STS",
            {
                let no = json!({ "sts-regional-endpoints": "false" });
                let mut scenario = scenario(plain(), Value::Null, no, "r");
                scenario.settings.sts_regional_endpoints = true;
                scenario
            },
            given_to_app(&[&regions("r"), &identity()], 86_400),
        ),
        case(
            "a container that has all is left alone, the volume comes",
            scenario(with_env(&all), Value::Null, sts_and_life, "r"),
            all_after,
        ),
        case(
            "the pod's life time",
            scenario(with_env(&has_sts), expiring("3600"), sts.clone(), "r"),
            given_to_app(&[&has_sts, &identity()], 3600),
        ),
        case(
            "no life is too short",
            scenario(with_env(&has_sts), expiring("0"), sts, "r"),
            given_to_app(&[&has_sts, &identity()], 600),
        ),
        case(
            "skipped containers",
            scenario(skipping, skip, none(), "r"),
            skipped,
        ),
    ]
}

fn containers_of_all_kinds() -> Vec<Case> {
    let region: &[&[Value]] = &[&regions("r"), &identity()];
    let app = || json!({ "name": "app" });
    let first = || json!({ "name": "first" });
    let sidecar = || json!({ "name": "sidecar", "restartPolicy": "Always" });
    let probed = || json!({ "name": "app", "readinessProbe": { "grpc": { "port": 5000 } } });
    let confined = || {
        json!({ "name": "app",
            "securityContext": { "seccompProfile": { "type": "RuntimeDefault" } } })
    };
    let volumes = json!([token(86_400)]);
    let windows =
        |label: &str| json!({ "containers": [app()], "nodeSelector": { label: "windows" } });
    let on_windows = |label: &str| {
        let file = r"C:\var\run\secrets\eks.amazonaws.com\serviceaccount\token";
        let mut spec = windows(label);
        let pair = [
            variable("AWS_ROLE_ARN", ROLE),
            variable("AWS_WEB_IDENTITY_TOKEN_FILE", file),
        ];
        spec["containers"] = json!([given(app(), &[&pair])]);
        spec["volumes"] = volumes.clone();
        spec
    };
    let run = |spec: Value, region: &str| scenario(spec, Value::Null, json!({}), region);
    let mut cases = vec![
        case(
            "init containers",
            run(
                json!({ "containers": [app()], "initContainers": [app()] }),
                "r",
            ),
            json!({
                "containers": [given(app(), region)],
                "initContainers": [given(app(), region)],
                "volumes": volumes,
            }),
        ),
        case(
            "native sidecars",
            run(
                json!({ "containers": [app()], "initContainers": [first(), sidecar()] }),
                "r",
            ),
            json!({
                "containers": [given(app(), region)],
                "initContainers": [given(first(), region), given(sidecar(), region)],
                "volumes": volumes,
            }),
        ),
        case(
            "gRPC probes stay",
            run(json!({ "containers": [probed()] }), "r"),
            json!({ "containers": [given(probed(), region)], "volumes": volumes }),
        ),
        case(
            "seccomp profiles stay",
            run(json!({ "containers": [confined()] }), "r"),
            json!({ "containers": [given(confined(), region)], "volumes": volumes }),
        ),
    ];
    for label in ["kubernetes.io/os", "beta.kubernetes.io/os"] {
        cases.push(case(label, run(windows(label), ""), on_windows(label)));
    }
    cases
}

fn credentials() -> ContainerCredentials {
    ContainerCredentials {
        full_uri: "http://uri".to_owned(),
        audience: "audience".to_owned(),
        mount_path: "/mount".to_owned(),
        volume_name: "volume".to_owned(),
        token_path: "file".to_owned(),
    }
}

fn container_credentials() -> Vec<Case> {
    let pair = [
        variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://uri"),
        variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/mount/file"),
    ];
    let volume = |secs: i64| {
        json!({ "name": "volume", "projected": { "sources": [{ "serviceAccountToken": {
            "audience": "audience", "expirationSeconds": secs, "path": "file" } }] } })
    };
    let app = |variables: &[&[Value]]| {
        let mounts = json!([{ "name": "volume", "readOnly": true, "mountPath": "/mount" }]);
        json!({ "name": "app", "env": variables.concat(), "volumeMounts": mounts })
    };
    let run = |spec: Value, pod_annotations: Value, annotations: Value, region: &str| {
        let mut scenario = scenario(spec, pod_annotations, annotations, region);
        scenario.container_credentials = Some(credentials());
        scenario.earlier_secs = 7200;
        scenario
    };
    let without_role = |mut scenario: Scenario| {
        scenario
            .annotations
            .as_object_mut()
            .unwrap()
            .remove("role-arn");
        scenario
    };
    let regional = [variable("AWS_STS_REGIONAL_ENDPOINTS", "regional")];
    let settings = json!({ "sts-regional-endpoints": "true", "token-expiration": "10000" });
    let skip = json!({ "eks.amazonaws.com/skip-containers": "sidecar" });
    let odd = json!({
        "containers": [{ "name": "app", "volumeMounts":
            [{ "name": "volume", "mountPath": "/odd", "readOnly": true }] }],
        "volumes": [{ "name": "volume", "hostPath": { "path": "/odd" } }],
    });
    let mut odd_after = odd.clone();
    odd_after["containers"][0]["env"] = json!(pair);
    let data = json!({ "containers": [{ "name": "app" }], "volumes": [{ "name": "data" }] });
    let with_sidecar = json!({ "containers": [{ "name": "sidecar" }, { "name": "app" }] });
    let none = || json!({});
    let mut cases = vec![
        case(
            "everything at once",
            without_role(run(plain(), Value::Null, settings.clone(), "r")),
            json!({ "containers": [app(&[&regional, &regions("r"), &pair])],
                "volumes": [volume(10_000)] }),
        ),
        case(
            "skipped containers",
            without_role(run(with_sidecar, skip, none(), "")),
            json!({ "containers": [{ "name": "sidecar" }, app(&[&pair])],
                "volumes": [volume(79_200)] }),
        ),
        case(
            "container credentials beat a role",
            run(plain(), Value::Null, settings, ""),
            json!({ "containers": [app(&[&regional, &pair])], "volumes": [volume(10_000)] }),
        ),
        case(
            "an odd mount stays",
            without_role(run(odd, Value::Null, none(), "")),
            odd_after,
        ),
        case(
            "other volumes stay, after ours",
            without_role(run(data, Value::Null, none(), "")),
            json!({ "containers": [app(&[&pair])],
                "volumes": [volume(79_200), { "name": "data" }] }),
        ),
        case(
            "no volumes",
            without_role(run(plain(), Value::Null, none(), "")),
            json!({ "containers": [app(&[&pair])], "volumes": [volume(79_200)] }),
        ),
    ];
    for case in &mut cases {
        case.labels = json!({ "eks.amazonaws.com/pod-identity": "enabled" });
    }
    cases
}
