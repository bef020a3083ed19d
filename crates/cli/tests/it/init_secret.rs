//! `irsa init --credentials-secret`, and `--if-needed` beside a server.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Mutex;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::fake_server::{Answer, Asked, FakeServer};
use crate::init::Place;
use crate::run::{Ran, ran as ran_command};
use crate::server_process::{ServerProcess, command};

const SECRET: &str = "/api/v1/namespaces/team/secrets/admin-key";
const ID: &str = "AKIAIOSFODNN7EXAMPLE";

/// What the API server says of the Secret at first.
#[derive(Clone, Copy)]
enum Standing {
    Absent,
    Data(&'static [(&'static str, &'static str)]),
    Forbidden,
}

fn status(code: u16, reason: &str) -> Answer {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure",
        "message": format!("secrets \"admin-key\" is {reason}"), "reason": reason, "code": code,
    });
    (code, body.to_string())
}

fn object(data: &[(&str, &str)]) -> Answer {
    let data: serde_json::Map<String, Value> = data
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(base64(value))))
        .collect();
    let object = json!({
        "apiVersion": "v1", "kind": "Secret", "data": data,
        "metadata": { "name": "admin-key", "namespace": "team", "resourceVersion": "7" },
    });
    (200, object.to_string())
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// An API server with one Secret, which keeps no writing but the answers.
fn api_server(standing: Standing) -> FakeServer {
    FakeServer::start(move |_, asked: &Asked| {
        if asked.line.starts_with("GET") {
            assert!(asked.line.contains(SECRET), "{}", asked.line);
            return match standing {
                Standing::Absent => status(404, "NotFound"),
                Standing::Data(data) => object(data),
                Standing::Forbidden => status(403, "Forbidden"),
            };
        }
        object(&[])
    })
}

fn init(place: &Place, api: &FakeServer, more: &[&str]) -> Ran {
    let kubeconfig = api.kubeconfig(place.dir.path());
    let arguments = [
        "--credentials-secret",
        "admin-key",
        "--kubeconfig",
        &kubeconfig,
        "-o",
        "json",
    ];
    place.init(&[&arguments, more].concat())
}

/// The key that was written by one request of that method.
fn written(api: &FakeServer, method: &str) -> (Value, String, String) {
    let asked = api.asked();
    let writes: Vec<&Asked> = asked
        .iter()
        .filter(|asked| !asked.line.starts_with("GET"))
        .collect();
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert!(writes[0].line.starts_with(method), "{writes:?}");
    let body: Value = serde_json::from_str(&writes[0].body).unwrap();
    let text = |name: &str| body["stringData"][name].as_str().unwrap().to_owned();
    let (id, secret) = (text("AWS_ACCESS_KEY_ID"), text("AWS_SECRET_ACCESS_KEY"));
    (body, id, secret)
}

/// The key is the administrator's.
fn check_key(place: &Place, account: &str, id: &str, secret: &str) {
    let server = ServerProcess::start(&["--data-dir", &place.data]);
    let caller = Caller {
        address: server.address.clone(),
        region: "us-east-1".to_owned(),
        access_key_id: id.to_owned(),
        secret_access_key: secret.to_owned(),
    };
    let who = caller.who().unwrap();
    let arn = format!("arn:aws:iam::{account}:user/admin");
    assert!(who.body.contains(&arn), "{who:?}");
    assert!(server.end(Signal::SIGTERM).success());
}

#[test]
fn the_key_is_written_to_the_secret_and_shown_nowhere() {
    for (standing, method) in [(Standing::Data(&[]), "PATCH"), (Standing::Absent, "POST")] {
        let (place, api) = (Place::new(), api_server(standing));
        let ran = init(&place, &api, &["--account", "111122223333"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let (body, id, secret) = written(&api, method);
        if method == "PATCH" {
            assert_eq!(body["metadata"]["resourceVersion"], "7");
        }
        assert!(!format!("{ran:?}").contains(&secret), "{ran:?}");
        assert!(
            ran.stderr.contains("the Secret `team/admin-key`"),
            "{ran:?}"
        );
        let told: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(told["AccessKeyId"], id.as_str());
        check_key(&place, "111122223333", &id, &secret);
    }
}

#[test]
fn a_key_that_the_secret_holds_becomes_the_administrators() {
    const HELD: Standing =
        Standing::Data(&[("AWS_ACCESS_KEY_ID", ID), ("AWS_SECRET_ACCESS_KEY", "mine")]);
    let (place, api) = (Place::new(), api_server(HELD));
    let ran = init(&place, &api, &["--if-needed"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(api.asked().len(), 1, "{:?}", api.asked());
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    check_key(&place, told["AccountId"].as_str().unwrap(), ID, "mine");
}

#[test]
fn a_try_that_was_cut_off_is_taken_up() {
    // The key is written, and then there is no founding: the root key's file is in the way.
    let (place, api) = (Place::new(), api_server(Standing::Absent));
    std::fs::write(&place.key, "no key").unwrap();
    let ran = init(&place, &api, &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let (_, id, secret) = written(&api, "POST");

    std::fs::remove_file(&place.key).unwrap();
    let held = Mutex::new(vec![
        ("AWS_ACCESS_KEY_ID", id.clone()),
        ("AWS_SECRET_ACCESS_KEY", secret.clone()),
    ]);
    let api = FakeServer::start(move |_, _| {
        let held = held.lock().unwrap();
        let held: Vec<(&str, &str)> = held
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        object(&held)
    });
    let ran = init(&place, &api, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let account = told["AccountId"].as_str().unwrap();
    let of_key = base::access_key_account(&id).map(|account| account.to_string());
    assert_eq!(of_key.as_deref(), Some(account));
    check_key(&place, account, &id, &secret);
}

#[test]
fn nothing_is_made_where_the_key_cannot_be_kept() {
    for (standing, told) in [
        (
            Standing::Forbidden,
            "cannot be read: secrets \"admin-key\" is Forbidden",
        ),
        (
            Standing::Data(&[("password", "x")]),
            "holds other data, or one half of a key",
        ),
        (
            Standing::Data(&[("AWS_ACCESS_KEY_ID", ID)]),
            "holds other data, or one half of a key",
        ),
        (
            Standing::Data(&[
                ("AWS_ACCESS_KEY_ID", "nonsense"),
                ("AWS_SECRET_ACCESS_KEY", "s3cr3t"),
            ]),
            "holds no access key id that an administrator could have",
        ),
    ] {
        let (place, api) = (Place::new(), api_server(standing));
        let ran = init(&place, &api, &[]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.stderr.contains(told), "{ran:?}");
        assert!(!ran.stderr.contains("s3cr3t"), "{ran:?}");
        assert!(!std::path::Path::new(&place.key).exists());
        assert_eq!(place.init(&[]).code, Some(0));
    }
}

#[test]
fn flags_that_mean_nothing_together_are_refused() {
    let place = Place::new();
    for (arguments, told) in [
        (
            ["--context", "c", "-q"].as_slice(),
            "go with --credentials-secret",
        ),
        (
            &["--credentials-secret", "s", "--credentials-file", "f"],
            "cannot be used with",
        ),
        (
            &["--credentials-secret", "s", "--write-profile", "p"],
            "cannot be used with",
        ),
    ] {
        let ran = place.init(arguments);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(told), "{ran:?}");
    }
}

#[test]
fn a_server_waits_for_init_where_it_is_told_to() {
    let place = Place::new();
    let data = place.data.clone();
    let arguments = ["--data-dir", &place.data, "--wait-for-init"];
    let mut waiting = command(&arguments).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(waiting.stderr.take().unwrap())
        .read_line(&mut said)
        .unwrap();
    assert!(said.contains("waiting for `irsa init`"), "{said}");
    kill(
        Pid::from_raw(waiting.id().try_into().unwrap()),
        Signal::SIGTERM,
    )
    .unwrap();
    assert!(waiting.wait().unwrap().success());

    let server =
        std::thread::spawn(move || ServerProcess::start(&["--data-dir", &data, "--wait-for-init"]));
    let ran = place.init(&["--if-needed"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(server.join().unwrap().end(Signal::SIGTERM).success());

    let ran = ran_command(&mut command(&["--dev", "--wait-for-init"]));
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("exclude each other"), "{ran:?}");
}

#[test]
fn what_a_server_keeps_needs_no_initialising() {
    let place = Place::new();
    place.initialised();
    let server = ServerProcess::start(&["--data-dir", &place.data]);
    let ran = place.init(&["--if-needed"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("is served by another irsa"), "{ran:?}");
    let ran = place.init(&[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(server.end(Signal::SIGTERM).success());
}
