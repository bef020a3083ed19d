//! `irsa exec` as a pod, or as a ServiceAccount, of a cluster.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::fake_server::{Answer, Asked, FakeServer};
use crate::run::{Ran, irsa, ran};

const ROLE: &str = "arn:aws:iam::123456789012:role/app";
const MOUNT: &str = "/var/run/secrets/eks.amazonaws.com/serviceaccount";
const POD: &str = "GET /api/v1/namespaces/demo/pods/app-1 ";
const ACCOUNT: &str = "GET /api/v1/namespaces/demo/serviceaccounts/app ";
const TOKEN: &str = "POST /api/v1/namespaces/demo/serviceaccounts/app/token";

/// A pod as the webhook leaves it, with more variables.
fn pod(more: &[Value]) -> Value {
    let mut env = vec![
        json!({ "name": "AWS_REGION", "value": "eu-west-1" }),
        json!({ "name": "AWS_ROLE_ARN", "value": ROLE }),
        json!({ "name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": format!("{MOUNT}/token") }),
    ];
    env.extend_from_slice(more);
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": { "name": "app-1", "namespace": "demo", "uid": "u-1" },
        "spec": {
            "serviceAccountName": "app",
            "volumes": [{ "name": "aws-iam-token", "projected": { "sources": [{
                "serviceAccountToken": {
                    "audience": "sts.amazonaws.com", "expirationSeconds": 7200, "path": "token",
                },
            }] } }],
            "containers": [
                {
                    "name": "main",
                    "env": env,
                    "volumeMounts": [{ "name": "aws-iam-token", "mountPath": MOUNT }],
                },
                { "name": "bare" },
            ],
        },
    })
}

fn account(annotations: &Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": { "name": "app", "namespace": "demo", "annotations": annotations },
    })
}

fn refused(code: u16, reason: &str, message: &str) -> Answer {
    let status = json!({
        "apiVersion": "v1", "kind": "Status", "status": "Failure",
        "code": code, "reason": reason, "message": message,
    });
    (code, status.to_string())
}

/// Answers as an API server with these objects; the tokens are `token-1`, `token-2` and so on.
fn api_server(objects: Vec<(&'static str, Value)>) -> FakeServer {
    let count = AtomicU32::new(0);
    tokens(objects, move |mut request| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        request["status"] = json!({
            "token": format!("token-{number}"), "expirationTimestamp": "2030-01-01T00:00:00Z",
        });
        (201, request.to_string())
    })
}

fn tokens(
    objects: Vec<(&'static str, Value)>,
    token: impl Fn(Value) -> Answer + Send + Sync + 'static,
) -> FakeServer {
    FakeServer::start(move |_, asked| {
        if asked.line.starts_with(TOKEN) {
            return token(serde_json::from_str(&asked.body).unwrap());
        }
        let mut objects = objects.iter();
        match objects.find(|(line, _)| asked.line.starts_with(line)) {
            Some((_, object)) => (200, object.to_string()),
            None => refused(404, "NotFound", "not found"),
        }
    })
}

fn token_requests(server: &FakeServer) -> Vec<Value> {
    let asked = server.asked();
    let requests = asked.iter().filter(|asked| asked.line.starts_with(TOKEN));
    requests
        .map(|asked: &Asked| serde_json::from_str::<Value>(&asked.body).unwrap()["spec"].clone())
        .collect()
}

/// The command, with a kubeconfig for the server.
fn exec(server: &str, base: &Path, arguments: &[&str], command: &[&str]) -> Command {
    let kubeconfig = base.join("kubeconfig");
    let text = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "contexts": [{
            "name": "here",
            "context": { "cluster": "here", "user": "me", "namespace": "demo" },
        }],
        "clusters": [{ "name": "here", "cluster": { "server": server } }],
        "users": [{ "name": "me", "user": { "token": "my-own-token" } }],
    });
    std::fs::write(&kubeconfig, text.to_string()).unwrap();
    let runtime = base.join("run");
    let _ = std::fs::create_dir(&runtime);
    let mut all = vec!["exec"];
    all.extend_from_slice(arguments);
    all.push("--");
    all.extend_from_slice(command);
    let mut command = irsa(&all);
    command
        .env("KUBECONFIG", kubeconfig)
        .env("XDG_RUNTIME_DIR", runtime)
        .env("AWS_ACCESS_KEY_ID", "AKIACALLERS")
        .env("AWS_PROFILE_X", "callers");
    command
}

fn check_nothing_left(base: &Path) {
    let mut left = std::fs::read_dir(base.join("run")).unwrap();
    assert!(left.next().is_none());
}

fn check_lines(ran: &Ran, present: &[&str], absent: &[&str]) {
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for line in present {
        let mut lines = ran.stdout.lines();
        assert!(lines.any(|found| found == *line), "{line}: {}", ran.stdout);
    }
    for text in absent {
        assert!(!ran.stdout.contains(text), "{text}: {}", ran.stdout);
    }
}

#[test]
fn the_command_is_the_pod() {
    let server = api_server(vec![(
        POD,
        pod(&[
            json!({ "name": "LD_PRELOAD", "value": "/evil.so" }),
            json!({ "name": "PATH", "value": "/evil" }),
            json!({ "name": "AWS_ACCESS_KEY_ID", "value": "evil" }),
            json!({ "name": "AWS_ENDPOINT_URL", "value": "http://irsa.irsa:4566" }),
            json!({ "name": "AWS_ROLE_SESSION_NAME", "valueFrom": {
                "fieldRef": { "fieldPath": "metadata.name" },
            } }),
        ]),
    )]);
    let base = tempfile::tempdir().unwrap();
    let script = format!(
        "env | sort; stat -c %a \"$IRSA_POD_ROOT/..\" \"$AWS_WEB_IDENTITY_TOKEN_FILE\"; \
         cat \"$IRSA_POD_ROOT{MOUNT}/token\"; echo; \
         [ \"$AWS_WEB_IDENTITY_TOKEN_FILE\" = \"$IRSA_POD_ROOT{MOUNT}/token\" ] && echo same"
    );
    let ran = ran(&mut exec(
        &server.url(),
        base.path(),
        &["--pod", "demo/app-1"],
        &["sh", "-c", &script],
    ));
    check_lines(
        &ran,
        &[
            &format!("AWS_ROLE_ARN={ROLE}"),
            "AWS_REGION=eu-west-1",
            "AWS_ROLE_SESSION_NAME=app-1",
            "AWS_ENDPOINT_URL=http://irsa.irsa:4566",
            "AWS_EC2_METADATA_DISABLED=true",
            "700",
            "600",
            "token-1",
            "same",
        ],
        &["evil", "AKIACALLERS", "LD_PRELOAD", "my-own-token"],
    );
    assert!(
        ran.stderr.contains("sets AWS_ACCESS_KEY_ID"),
        "{}",
        ran.stderr
    );
    check_nothing_left(base.path());
    assert_eq!(
        token_requests(&server),
        [json!({
            "audiences": ["sts.amazonaws.com"],
            "boundObjectRef": { "apiVersion": "v1", "kind": "Pod", "name": "app-1", "uid": "u-1" },
            "expirationSeconds": 7200,
        })]
    );
    let asked = server.asked();
    assert_eq!(
        asked.last().unwrap().header("authorization"),
        "Bearer my-own-token"
    );
}

#[test]
fn flags_win_over_the_pod() {
    let more = [
        json!({ "name": "AWS_ENDPOINT_URL", "value": "http://irsa.irsa:4566" }),
        json!({ "name": "AWS_ENDPOINT_URL_S3", "value": "http://s3.irsa:4566" }),
    ];
    let server = api_server(vec![(POD, pod(&more))]);
    let base = tempfile::tempdir().unwrap();
    let arguments = [
        "--pod",
        "app-1",
        "-n",
        "demo",
        "-c",
        "main",
        "--region",
        "eu-central-1",
        "--endpoint-url",
        "http://127.0.0.1:4566",
    ];
    let ran = ran(&mut exec(&server.url(), base.path(), &arguments, &["env"]));
    check_lines(
        &ran,
        &[
            "AWS_REGION=eu-central-1",
            "AWS_DEFAULT_REGION=eu-central-1",
            "AWS_ENDPOINT_URL=http://127.0.0.1:4566",
            "AWS_ENDPOINT_URL_STS=http://127.0.0.1:4566",
        ],
        &["irsa.irsa", "AWS_ENDPOINT_URL_S3"],
    );
}

/// Objects, arguments, exit code, what is told.
type Impossible<'a> = (Vec<(&'static str, Value)>, &'a [&'a str], i32, &'a str);

fn check_impossible((objects, arguments, code, told): Impossible<'_>) {
    let server = api_server(objects);
    let base = tempfile::tempdir().unwrap();
    let started = ["echo", "started"];
    let ran = ran(&mut exec(&server.url(), base.path(), arguments, &started));
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(code), ""),
        "{told}: {ran:?}"
    );
    assert!(ran.stderr.contains(told), "{told}: {ran:?}");
    check_nothing_left(base.path());
}

#[test]
fn a_pod_that_cannot_be_taken_over_is_told_and_starts_nothing() {
    let bad_mount = {
        let mut pod = pod(&[]);
        pod["spec"]["containers"][0]["volumeMounts"][0]["mountPath"] = json!("../../.ssh");
        pod
    };
    let unmutated = {
        let mut pod = pod(&[]);
        pod["spec"]["containers"] = json!([{ "name": "main" }]);
        pod
    };
    let annotated = |name: &str| (ACCOUNT, account(&json!({ name: ROLE })));
    let pod = || (POD, pod(&[]));
    let arguments = ["--pod", "app-1"];
    for impossible in [
        (vec![], &arguments[..], 5, "there is no pod demo/app-1"),
        (
            vec![pod()],
            &["--pod", "app-1", "-c", "x"],
            1,
            "the pod has no container `x`; it has: main, bare",
        ),
        (
            vec![pod()],
            &["--pod", "app-1", "-c", "bare"],
            1,
            "help: irsa exec --pod demo/app-1 --container main",
        ),
        (
            vec![(POD, bad_mount)],
            &arguments,
            1,
            "the path `../../.ssh` leads upwards and is not followed",
        ),
        (
            vec![
                (POD, unmutated.clone()),
                annotated("eks.amazonaws.com/role-arn"),
            ],
            &arguments,
            1,
            "ServiceAccount demo/app has a role, but the pod was admitted without the webhook",
        ),
        (
            vec![(POD, unmutated), annotated("eks.amazonaws.com/role-arm")],
            &arguments,
            1,
            "did you mean `eks.amazonaws.com/role-arn`",
        ),
    ] {
        check_impossible(impossible);
    }
}

#[test]
fn a_service_account_that_names_no_role_is_told_and_starts_nothing() {
    let arguments = ["--service-account", "demo/app"];
    let annotated = |annotations: Value| vec![(ACCOUNT, account(&annotations))];
    for (objects, told) in [
        (vec![], "there is no ServiceAccount demo/app"),
        (
            annotated(json!({})),
            "ServiceAccount demo/app names no role",
        ),
        (
            annotated(json!({ "eks.amazonaws.com/role-arn": "app" })),
            "`app` is no role ARN",
        ),
    ] {
        check_impossible((objects, &arguments, 5, told));
    }
}

#[test]
fn flags_that_do_not_go_together_are_told() {
    for (arguments, told) in [
        (
            &["--pod", "demo/app-1", "-n", "other"][..],
            "in another namespace than `-n other`",
        ),
        (&["--pod", "a", "--issuer", "i"], "cannot be used with"),
        (&["--pod", "a", "--role-arn", ROLE], "cannot be used with"),
        (
            &["--service-account", "demo/app", "-c", "main"],
            "cannot be used with",
        ),
        (
            &["--service-account", "demo/app", "--issuer", "i"],
            "--role-arn",
        ),
        (
            &[
                "--service-account",
                "demo/app",
                "--role-arn",
                ROLE,
                "--issuer",
                "i",
                "--context",
                "here",
            ],
            "cannot be used with",
        ),
        (&["-n", "demo"], "--service-account"),
    ] {
        check_impossible((vec![], arguments, 2, told));
    }
}

#[test]
fn a_refused_token_starts_nothing() {
    for (status, reason, message, code, told) in [
        (
            403,
            "Forbidden",
            "serviceaccounts \"app\" is forbidden",
            3,
            "needs the verb create on serviceaccounts/token in demo",
        ),
        (
            404,
            "NotFound",
            "pods \"app-1\" not found",
            5,
            "for pod app-1: pods \"app-1\" not found",
        ),
        (
            409,
            "Conflict",
            "the UID does not match",
            1,
            "was replaced meanwhile",
        ),
        (
            401,
            "Unauthorized",
            "Unauthorized",
            4,
            "does not accept the kubeconfig's credentials",
        ),
        (
            422,
            "Invalid",
            "may not specify a duration",
            1,
            "may not specify a duration",
        ),
    ] {
        let server = tokens(vec![(POD, pod(&[]))], move |_| {
            refused(status, reason, message)
        });
        let base = tempfile::tempdir().unwrap();
        let arguments = ["--pod", "demo/app-1"];
        let ran = ran(&mut exec(
            &server.url(),
            base.path(),
            &arguments,
            &["echo", "x"],
        ));
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(code), ""), "{ran:?}");
        assert!(ran.stderr.contains(told), "{told}: {ran:?}");
        check_nothing_left(base.path());
    }
}

#[test]
fn an_api_server_that_is_away_is_told() {
    let base = tempfile::tempdir().unwrap();
    let arguments = ["--pod", "demo/app-1"];
    let ran = ran(&mut exec(
        "http://127.0.0.1:1",
        base.path(),
        &arguments,
        &["echo", "x"],
    ));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(6), ""), "{ran:?}");
    assert!(
        ran.stderr
            .contains("cannot reach the API server at http://127.0.0.1:1"),
        "{ran:?}"
    );
}

#[test]
fn a_service_account_is_enough() {
    let annotations = json!({
        "eks.amazonaws.com/role-arn": ROLE,
        "eks.amazonaws.com/audience": "my-sts",
        "eks.amazonaws.com/token-expiration": "900",
        "eks.amazonaws.com/endpoint-url": "http://irsa.irsa:4566",
    });
    let other = "arn:aws:iam::123456789012:role/other";
    for (arguments, role, audience, secs) in [
        (&[][..], ROLE, "my-sts", 900),
        (&["--role-arn", other][..], other, "my-sts", 900),
        (&["--audience", "a", "--duration", "20m"], ROLE, "a", 1_200),
    ] {
        let server = api_server(vec![(ACCOUNT, account(&annotations))]);
        let base = tempfile::tempdir().unwrap();
        let mut all = vec!["--service-account", "demo/app"];
        all.extend_from_slice(arguments);
        let script = "env; cat \"$AWS_WEB_IDENTITY_TOKEN_FILE\"";
        let ran = ran(&mut exec(
            &server.url(),
            base.path(),
            &all,
            &["sh", "-c", script],
        ));
        check_lines(
            &ran,
            &[
                &format!("AWS_ROLE_ARN={role}"),
                "AWS_STS_REGIONAL_ENDPOINTS=regional",
                "AWS_ENDPOINT_URL=http://irsa.irsa:4566",
                "AWS_REGION=us-east-1",
                "token-1",
            ],
            &["AKIACALLERS"],
        );
        let asked = json!({ "audiences": [audience], "expirationSeconds": secs });
        assert_eq!(token_requests(&server), [asked]);
        check_nothing_left(base.path());
    }
}

#[test]
fn the_token_is_renewed_until_the_pod_is_gone() {
    let count = AtomicU32::new(0);
    let server = tokens(vec![(POD, pod(&[]))], move |mut request| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        if number == 3 {
            return refused(404, "NotFound", "pods \"app-1\" not found");
        }
        request["spec"]["expirationSeconds"] = json!(1);
        request["status"] = json!({
            "token": format!("token-{number}"), "expirationTimestamp": "2030-01-01T00:00:00Z",
        });
        (201, request.to_string())
    });
    let base = tempfile::tempdir().unwrap();
    let gone = base.path().join("gone");
    // The command ends when irsa has said that there are no more tokens.
    let script = format!(
        "while ! grep -q 'not renewed any more' {}; do sleep 0.02; done; \
         cat \"$AWS_WEB_IDENTITY_TOKEN_FILE\"",
        gone.display()
    );
    let mut command = exec(
        &server.url(),
        base.path(),
        &["--pod", "demo/app-1"],
        &["sh", "-c", &script],
    );
    let output = command
        .stderr(std::fs::File::create(&gone).unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "token-2");
    let told = std::fs::read_to_string(&gone).unwrap();
    assert!(
        told.contains("there is no token of ServiceAccount demo/app for pod app-1"),
        "{told}"
    );
}
