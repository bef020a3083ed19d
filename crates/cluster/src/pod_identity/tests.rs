use std::path::Path;

use serde_json::{Value as Json, json};

use super::*;

const MOUNT: &str = "/var/run/secrets/eks.amazonaws.com/serviceaccount";

fn variable(name: &str, value: &str) -> Json {
    json!({ "name": name, "value": value })
}

fn token_volume(name: &str, audience: &str) -> Json {
    json!({ "name": name, "projected": { "sources": [{ "serviceAccountToken": {
        "audience": audience, "expirationSeconds": 7200, "path": "token",
    } }] } })
}

/// A pod as the webhook leaves it.
fn mutated() -> Json {
    json!({
        "metadata": { "name": "app-1", "namespace": "demo", "uid": "u-1" },
        "spec": {
            "serviceAccountName": "app",
            "volumes": [token_volume("aws-iam-token", "sts.amazonaws.com")],
            "containers": [
                {
                    "name": "main",
                    "env": [
                        variable("AWS_STS_REGIONAL_ENDPOINTS", "regional"),
                        variable("AWS_REGION", "eu-west-1"),
                        variable("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/app"),
                        variable("AWS_WEB_IDENTITY_TOKEN_FILE", &format!("{MOUNT}/token")),
                    ],
                    "volumeMounts": [{ "name": "aws-iam-token", "mountPath": MOUNT }],
                },
                { "name": "bare" },
            ],
        },
    })
}

/// The pod with something put at a place of it.
fn with(pointer: &str, value: Json) -> Json {
    let mut pod = mutated();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match pod.pointer_mut(parent).unwrap() {
        Json::Array(items) if key == "-" => items.push(value),
        Json::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        Json::Object(members) => {
            members.insert(key.to_owned(), value);
        }
        other => panic!("{other}"),
    }
    pod
}

fn read(pod: Json, container: Option<&str>) -> Result<PodIdentity, NoIdentity> {
    PodIdentity::of(&serde_json::from_value(pod).unwrap(), container)
}

/// Variables, then those that name files (below `/d`), then tokens, each as a line.
fn lines(identity: &PodIdentity) -> Vec<String> {
    let on = |path: &PathInPod| path.on(Path::new("/d")).display().to_string();
    let texts = identity.variables.iter();
    let paths = identity.paths.iter();
    let tokens = identity.tokens.iter();
    texts
        .map(|(name, value)| format!("{name}={value}"))
        .chain(paths.map(|(name, path)| format!("{name}={}", on(path))))
        .chain(tokens.map(|token| {
            let audience = token.audience.as_deref().unwrap_or("-");
            format!(
                "{} for {audience}, {} s",
                on(&token.path),
                token.expiration_secs
            )
        }))
        .collect()
}

#[test]
fn what_the_webhook_gave_is_taken_over() {
    let identity = read(mutated(), None).unwrap();
    assert_eq!(identity.container, "main");
    assert_eq!(identity.service_account, "app");
    assert_eq!(
        (identity.pod.name.as_str(), identity.pod.uid.as_str()),
        ("app-1", "u-1")
    );
    assert_eq!(identity.notes, Vec::<String>::new());
    let token = format!("/d{MOUNT}/token");
    assert_eq!(
        lines(&identity),
        [
            "AWS_REGION=eu-west-1".to_owned(),
            "AWS_ROLE_ARN=arn:aws:iam::123456789012:role/app".to_owned(),
            "AWS_STS_REGIONAL_ENDPOINTS=regional".to_owned(),
            format!("AWS_WEB_IDENTITY_TOKEN_FILE={token}"),
            format!("{token} for sts.amazonaws.com, 7200 s"),
        ]
    );
}

#[test]
fn nothing_but_the_identity_is_taken_over() {
    let mut pod = mutated();
    let variables = pod
        .pointer_mut("/spec/containers/0/env")
        .unwrap()
        .as_array_mut()
        .unwrap();
    for name in [
        "LD_PRELOAD",
        "PATH",
        "HOME",
        "BASH_ENV",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_EXECUTION_ENV",
        "HTTPS_PROXY",
    ] {
        variables.push(variable(name, "the pod's"));
    }
    variables.push(variable("SSL_CERT_FILE", "/etc/passwd"));
    variables.push(variable("AWS_ENDPOINT_URL_S3", "http://s3.local"));
    let identity = read(pod, None).unwrap();
    let text = lines(&identity).join("\n");
    assert!(
        !text.contains("the pod's") && !text.contains("/etc/passwd"),
        "{text}"
    );
    assert!(
        text.contains("AWS_ENDPOINT_URL_S3=http://s3.local"),
        "{text}"
    );
    let notes = identity.notes.join("\n");
    for told in [
        "AWS_ACCESS_KEY_ID",
        "AWS_PROFILE",
        "SSL_CERT_FILE is left out",
    ] {
        assert!(notes.contains(told), "{told}: {notes}");
    }
}

#[test]
fn certificates_of_config_maps_are_taken_over() {
    let directory = "/var/run/secrets/irsa/endpoint-ca";
    for (volume, key) in [
        (
            json!({ "name": "ca", "projected": { "sources": [
            { "configMap": { "name": "bundle", "items": [{ "key": "all", "path": "ca.crt" }] } },
        ] } }),
            "all",
        ),
        (
            json!({ "name": "ca", "configMap": { "name": "bundle" } }),
            "ca.crt",
        ),
    ] {
        let mut pod = with("/spec/volumes/-", volume);
        let container = pod.pointer_mut("/spec/containers/0").unwrap();
        let mount = json!({ "name": "ca", "mountPath": directory });
        container["volumeMounts"]
            .as_array_mut()
            .unwrap()
            .push(mount);
        for name in CERTIFICATES {
            let variable = variable(name, &format!("{directory}/ca.crt"));
            container["env"].as_array_mut().unwrap().push(variable);
        }
        let identity = read(pod, None).unwrap();
        let [file] = identity.files.as_slice() else {
            panic!("{:?}", identity.files);
        };
        assert_eq!(
            (file.config_map.as_str(), file.key.as_str()),
            ("bundle", key)
        );
        for name in CERTIFICATES {
            assert_eq!(identity.paths.get(name), Some(&file.path), "{name}");
        }
    }
}

#[test]
fn the_container_is_kubectls_unless_one_is_named() {
    let annotated = |name: &str| {
        let annotations = json!({ "kubectl.kubernetes.io/default-container": name });
        with("/metadata/annotations", annotations)
    };
    let refused = |pod, container| read(pod, container).unwrap_err().to_string();
    let told = refused(mutated(), Some("bare"));
    assert!(
        told.starts_with("container `bare` has no identity: neither"),
        "{told}"
    );
    let told = refused(annotated("bare"), None);
    assert!(
        told.starts_with("container `bare` has no identity"),
        "{told}"
    );
    assert_eq!(read(annotated("gone"), None).unwrap().container, "main");
    assert_eq!(
        read(annotated("bare"), Some("main")).unwrap().container,
        "main"
    );
    assert_eq!(
        refused(mutated(), Some("mian")),
        "the pod has no container `mian`; it has: main, bare"
    );
    let NoIdentity::NotSet { others, .. } = read(mutated(), Some("bare")).unwrap_err() else {
        panic!("another error");
    };
    assert_eq!(others, ["main"]);
}

#[test]
fn init_and_ephemeral_containers_can_be_named() {
    let mut init = mutated().pointer("/spec/containers/0").unwrap().clone();
    init["name"] = json!("first");
    for place in ["initContainers", "ephemeralContainers"] {
        let pod = with(&format!("/spec/{place}"), json!([init]));
        assert_eq!(
            read(pod, Some("first")).unwrap().container,
            "first",
            "{place}"
        );
    }
}

#[test]
fn a_pod_without_a_whole_identity_is_refused_with_what_is_wrong() {
    let env = "/spec/containers/0/env/3";
    let mount = "/spec/containers/0/volumeMounts/0";
    let volume = "/spec/volumes/0";
    for (pod, told) in [
        (
            with(env, variable("X", "")),
            "container `main` has no identity: it has AWS_ROLE_ARN but not what goes with it",
        ),
        (
            with(env, variable(TOKEN_FILE, "")),
            "container `main` has no identity: it has AWS_ROLE_ARN but not what goes with it",
        ),
        (
            with(
                env,
                json!({ "name": TOKEN_FILE, "valueFrom": {
                "secretKeyRef": { "name": "s", "key": "k" },
            } }),
            ),
            "AWS_WEB_IDENTITY_TOKEN_FILE comes from a Secret, which is not read",
        ),
        (
            with(env, variable(TOKEN_FILE, "/elsewhere/token")),
            "AWS_WEB_IDENTITY_TOKEN_FILE names `/elsewhere/token`, where the container mounts nothing",
        ),
        (
            with(env, variable(TOKEN_FILE, &format!("{MOUNT}/../../token"))),
            "the path `/var/run/secrets/eks.amazonaws.com/serviceaccount/../../token` leads upwards \
             and is not followed",
        ),
        (
            with(
                mount,
                json!({ "name": "aws-iam-token", "mountPath": "../../.ssh" }),
            ),
            "the path `../../.ssh` leads upwards and is not followed",
        ),
        (
            with(
                volume,
                json!({ "name": "aws-iam-token", "hostPath": { "path": "/x" } }),
            ),
            "AWS_WEB_IDENTITY_TOKEN_FILE names \
             `/var/run/secrets/eks.amazonaws.com/serviceaccount/token`, which is no projected \
             ServiceAccount token but a file of volume `aws-iam-token`",
        ),
        (
            with(
                volume,
                json!({ "name": "aws-iam-token", "projected": { "sources": [
                { "serviceAccountToken": { "path": "../authorized_keys" } },
            ] } }),
            ),
            "the path `../authorized_keys` leads upwards and is not followed",
        ),
    ] {
        let refused = read(pod, None).unwrap_err();
        assert_eq!(refused.to_string(), told);
    }
}

#[test]
fn every_token_that_the_container_sees_is_named() {
    let mut pod = with("/spec/volumes/-", token_volume("vault", "vault"));
    let mounts = pod.pointer_mut("/spec/containers/0/volumeMounts").unwrap();
    let mounts = mounts.as_array_mut().unwrap();
    mounts.push(json!({ "name": "vault", "mountPath": "/vault/token", "subPath": "token" }));
    mounts.push(json!({ "name": "vault", "mountPath": "/other", "subPath": "elsewhere" }));
    mounts.push(json!({ "name": "vault", "mountPath": "/node", "subPathExpr": "$(NODE)" }));
    let identity = read(pod, None).unwrap();
    let shown = lines(&identity).join("\n");
    assert!(
        shown.ends_with("/d/vault/token for vault, 7200 s"),
        "{shown}"
    );
    assert_eq!(identity.tokens.len(), 2, "{shown}");
}

#[test]
fn container_credentials_are_an_identity_too() {
    let mut pod = mutated();
    pod["spec"]["containers"][0]["env"] = json!([
        variable(CREDENTIALS, "http://169.254.170.23/v1/credentials"),
        variable(
            CREDENTIALS_TOKEN_FILE,
            &format!("C:{}\\token", MOUNT.replace('/', "\\"))
        ),
    ]);
    let identity = read(pod, None).unwrap();
    assert_eq!(
        lines(&identity)[..2],
        [
            "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1/credentials".to_owned(),
            format!("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=/d{MOUNT}/token"),
        ]
    );
}
