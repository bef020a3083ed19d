//! What upstream does not have: endpoints, session names, per-container opt-in, Windows affinity.

use cluster::webhook::Endpoint;
use serde_json::{Value, json};

use crate::scenario::{Scenario, pod};

fn names(container: &Value) -> Vec<&str> {
    let env = container["env"].as_array().into_iter().flatten();
    env.filter_map(|one| one["name"].as_str()).collect()
}

fn value<'v>(container: &'v Value, name: &str) -> &'v Value {
    let mut env = container["env"].as_array().into_iter().flatten();
    &env.find(|one| one["name"] == name).unwrap()["value"]
}

#[test]
fn endpoints_come_after_the_identity() {
    let mut scenario = Scenario::default();
    scenario.settings.endpoint = Some(Endpoint {
        url: "https://irsa.test".to_owned(),
        services: Vec::new(),
        ca_config_map: Some("bundle".to_owned()),
    });
    scenario.settings.disable_ec2_metadata = true;
    scenario.settings.role_session_name = true;
    let outcome = scenario.run();
    let app = &outcome.pod["spec"]["containers"][0];
    assert_eq!(
        names(app),
        [
            "AWS_ROLE_ARN",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_STS",
            "AWS_CA_BUNDLE",
            "NODE_EXTRA_CA_CERTS",
            "SSL_CERT_FILE",
            "AWS_EC2_METADATA_DISABLED",
            "AWS_ROLE_SESSION_NAME",
        ]
    );
    assert_eq!(value(app, "AWS_ENDPOINT_URL_STS"), "https://irsa.test");
    let file = value(app, "AWS_CA_BUNDLE").as_str().unwrap();
    let mount = &app["volumeMounts"][1];
    assert!(
        file.starts_with(mount["mountPath"].as_str().unwrap()),
        "{file}"
    );
    let volumes = outcome.pod["spec"]["volumes"].as_array().unwrap();
    assert_eq!(volumes[0]["name"], "aws-iam-token");
    assert_eq!(volumes[1]["name"], mount["name"]);
    assert_eq!(
        volumes[1]["projected"]["sources"][0]["configMap"]["name"],
        "bundle"
    );
}

#[test]
fn endpoints_of_a_service_account_and_of_services() {
    let mut scenario = Scenario::default();
    let services = ["sts", "secrets manager", "Route-53"]
        .map(str::to_owned)
        .to_vec();
    let url = "https://irsa.test".to_owned();
    scenario.settings.endpoint = Some(Endpoint {
        url,
        services,
        ca_config_map: None,
    });
    scenario.annotations["endpoint-url"] = json!("https://other.test");
    let outcome = scenario.run();
    let app = &outcome.pod["spec"]["containers"][0];
    let expected = [
        "AWS_ENDPOINT_URL_STS",
        "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        "AWS_ENDPOINT_URL_ROUTE_53",
    ];
    assert_eq!(names(app)[2..], expected);
    assert!(
        expected
            .iter()
            .all(|name| value(app, name) == "https://other.test")
    );
    scenario.annotations["endpoint-url"] = json!("");
    let outcome = scenario.run();
    assert_eq!(names(&outcome.pod["spec"]["containers"][0]).len(), 2);
}

#[test]
fn session_names() {
    let long = "p".repeat(70);
    let generated = json!({ "fieldRef": { "fieldPath": "metadata.name" } });
    let cases = [
        (json!({ "name": "web" }), json!({ "value": "web" })),
        (json!({ "name": "a" }), json!({ "value": "a-" })),
        (json!({ "name": long }), json!({ "value": "p".repeat(64) })),
        (
            json!({ "name": "", "generateName": "web-" }),
            json!({ "valueFrom": generated }),
        ),
        (
            json!({ "generateName": "web-" }),
            json!({ "valueFrom": generated }),
        ),
    ];
    for (metadata, expected) in cases {
        let mut scenario = Scenario::default();
        scenario.settings.role_session_name = true;
        scenario.pod["metadata"] = metadata;
        let outcome = scenario.run();
        let mut variable = outcome.pod["spec"]["containers"][0]["env"][2].clone();
        let name = variable.as_object_mut().unwrap().shift_remove("name");
        assert_eq!(name, Some(json!("AWS_ROLE_SESSION_NAME")));
        assert_eq!(variable, expected);
    }
}

/// The pod says it first, then its ServiceAccount, then the flag.
#[test]
fn who_names_sessions() {
    let cases = [
        (None, None, false, false),
        (None, None, true, true),
        (None, Some("false"), true, false),
        (None, Some("true"), false, true),
        (Some("false"), Some("true"), true, false),
        (Some("T"), None, false, true),
        (Some("maybe"), Some("true"), false, true),
    ];
    for (on_pod, on_account, by_flag, expected) in cases {
        let mut scenario = Scenario::default();
        scenario.settings.role_session_name = by_flag;
        if let Some(value) = on_pod {
            scenario.pod["metadata"]["annotations"] =
                json!({ "eks.amazonaws.com/role-session-name": value });
        }
        if let Some(value) = on_account {
            scenario.annotations["role-session-name"] = json!(value);
        }
        let outcome = scenario.run();
        let has = names(&outcome.pod["spec"]["containers"][0]).contains(&"AWS_ROLE_SESSION_NAME");
        assert_eq!(has, expected, "{on_pod:?} {on_account:?} {by_flag}");
    }
}

#[test]
fn chosen_containers() {
    let cases = [
        (json!({ "include-containers": "b" }), vec!["b"]),
        (json!({ "include-containers": "a,\"c\"" }), vec!["a", "c"]),
        (
            json!({ "include-containers": "a,b", "skip-containers": "b" }),
            vec!["a"],
        ),
        (json!({ "include-containers": "" }), vec![]),
        (json!({ "include-containers": "a\"" }), vec!["a", "b", "c"]),
        (json!({ "skip-containers": "a\"" }), vec!["a", "b", "c"]),
        (json!({ "skip-containers": "a, b" }), vec!["b", "c"]),
    ];
    for (annotations, expected) in cases {
        let mut scenario = Scenario {
            pod: pod(json!({
                "containers": [{ "name": "a" }, { "name": "b" }],
                "initContainers": [{ "name": "c" }],
            })),
            ..Scenario::default()
        };
        for (name, value) in annotations.as_object().unwrap() {
            scenario.pod["metadata"]["annotations"][format!("eks.amazonaws.com/{name}")] =
                value.clone();
        }
        let outcome = scenario.run();
        let lists = ["containers", "initContainers"];
        let all = lists
            .iter()
            .flat_map(|list| outcome.pod["spec"][list].as_array().unwrap());
        let given = all.filter(|one| one.get("env").is_some());
        let given: Vec<&str> = given.filter_map(|one| one["name"].as_str()).collect();
        assert_eq!(given, expected, "{annotations}");
    }
}

#[test]
fn windows() {
    let term = |key: &str, values: Value| json!({ "matchExpressions": [{ "key": key, "operator": "In", "values": values }] });
    let affinity = |terms: Value| {
        json!({ "affinity": { "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": terms } } } })
    };
    let windows = || term("kubernetes.io/os", json!(["windows"]));
    let cases = [
        (json!({ "os": { "name": "windows" } }), true),
        (json!({ "os": { "name": "linux" } }), false),
        (
            json!({ "nodeSelector": { "kubernetes.io/os": "linux" } }),
            false,
        ),
        (affinity(json!([windows()])), true),
        (
            affinity(json!([windows(), term("zone", json!(["a"]))])),
            false,
        ),
        (
            affinity(json!([term(
                "kubernetes.io/os",
                json!(["windows", "linux"])
            )])),
            false,
        ),
        (affinity(json!([])), false),
    ];
    for (spec, expected) in cases {
        let mut spec = spec;
        spec["containers"] = json!([{ "name": "app" }]);
        let outcome = Scenario {
            pod: pod(spec.clone()),
            ..Scenario::default()
        }
        .run();
        let app = &outcome.pod["spec"]["containers"][0];
        let file = value(app, "AWS_WEB_IDENTITY_TOKEN_FILE").as_str().unwrap();
        assert_eq!(file.starts_with("C:\\var\\run"), expected, "{spec}");
        assert_eq!(
            app["volumeMounts"][0]["mountPath"]
                .as_str()
                .unwrap()
                .get(..4),
            Some("/var")
        );
    }
}
