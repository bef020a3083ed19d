//! `irsa exec … -- CMD…`

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use base::{Clock, SystemClock};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::certificate::write_certificate;
use crate::fake_server::FakeServer;
use crate::run::{irsa_at, ran};

/// Gives tokens `token-1`, `token-2`, … that live so long.
fn token_server(life_secs: i64) -> FakeServer {
    let count = AtomicU32::new(0);
    FakeServer::start(move |_, _| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        let expires_at = SystemClock.now().as_second() + life_secs;
        let answer = json!({
            "Token": format!("token-{number}"), "ExpiresAt": expires_at, "Subject": "s",
        });
        (200, answer.to_string())
    })
}

fn exec(server: &FakeServer, base: &Path, command: &[&str]) -> Command {
    let mut arguments = vec![
        "exec",
        "--issuer",
        "i",
        "--service-account",
        "demo/app",
        "--role-arn",
        "arn:aws:iam::123456789012:role/app",
        "--",
    ];
    arguments.extend(command);
    let mut command = irsa_at(server, &arguments);
    command.env("XDG_RUNTIME_DIR", base);
    command
}

fn is_empty(base: &Path) -> bool {
    std::fs::read_dir(base).unwrap().next().is_none()
}

#[test]
fn the_command_trusts_whom_the_callers_profile_trusts() {
    let (server, base) = (token_server(3_600), tempfile::tempdir().unwrap());
    let path = |name: &str| base.path().join(name);
    write_certificate(&path("bundle"), &path("key"));
    let bundle = path("bundle").display().to_string();
    std::fs::write(path("config"), format!("[default]\nca_bundle = {bundle}\n")).unwrap();
    let ran = ran(exec(&server, base.path(), &["env"]).env("AWS_CONFIG_FILE", path("config")));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let line = format!("AWS_CA_BUNDLE={bundle}");
    assert!(ran.stdout.lines().any(|one| one == line), "{ran:?}");
}

#[test]
fn the_command_is_the_pod_and_nobody_else() {
    let (server, base) = (token_server(3_600), tempfile::tempdir().unwrap());
    let script = "env | sort; stat -c %a \"$(dirname \"$AWS_WEB_IDENTITY_TOKEN_FILE\")\"; \
                  od -c \"$AWS_WEB_IDENTITY_TOKEN_FILE\"; wc -c < \"$AWS_CONFIG_FILE\"";
    let ran = ran(exec(&server, base.path(), &["sh", "-c", script])
        .env("AWS_PROFILE_X", "kept by nobody")
        .env("AWS_SESSION_TOKEN", "callers")
        .env("AWS_CA_BUNDLE_X", "callers")
        .env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "http://169.254.170.23",
        )
        .env("AWS_CONFIG_FILE", "/nowhere/callers")
        .env("MINE", "kept"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let url = server.url();
    for line in [
        "AWS_ROLE_ARN=arn:aws:iam::123456789012:role/app",
        "AWS_REGION=us-east-1",
        "AWS_DEFAULT_REGION=us-east-1",
        "AWS_STS_REGIONAL_ENDPOINTS=regional",
        "AWS_EC2_METADATA_DISABLED=true",
        "MINE=kept",
        &format!("AWS_ENDPOINT_URL={url}"),
        &format!("AWS_ENDPOINT_URL_STS={url}"),
        "700",
        "0000000   t   o   k   e   n   -   1",
        "0",
    ] {
        assert!(
            ran.stdout.lines().any(|found| found == line),
            "{line}: {}",
            ran.stdout
        );
    }
    for gone in [
        "callers",
        "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET",
        "AWS_PROFILE",
        "AWS_CONTAINER",
    ] {
        assert!(!ran.stdout.contains(gone), "{gone}: {}", ran.stdout);
    }
    assert!(is_empty(base.path()));
}

#[test]
fn exit_codes_pass_through() {
    let (server, base) = (token_server(3_600), tempfile::tempdir().unwrap());
    for (command, code) in [
        (&["sh", "-c", "exit 42"][..], 42),
        (&["sh", "-c", "kill -KILL $$"], 137),
        (&["true"], 0),
        (&["/nowhere/command"], 1),
    ] {
        let ran = ran(&mut exec(&server, base.path(), command));
        assert_eq!(ran.code, Some(code), "{command:?}: {ran:?}");
        assert!(is_empty(base.path()), "{command:?}");
    }
}

#[test]
fn signals_pass_through_and_nothing_is_left_behind() {
    let (server, base) = (token_server(3_600), tempfile::tempdir().unwrap());
    for (signal, name, code) in [
        (Signal::SIGTERM, "TERM", 7),
        (Signal::SIGINT, "INT", 7),
        (Signal::SIGHUP, "HUP", 7),
        (Signal::SIGUSR1, "USR1", 7),
        // Not caught by the command: it ends by it.
        (Signal::SIGTERM, "USR2", 143),
    ] {
        let script = format!("trap 'exit 7' {name}; echo ready; while :; do sleep 0.02; done");
        let mut child = exec(&server, base.path(), &["sh", "-c", &script])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut ready).unwrap();
        assert_eq!(ready, "ready\n");
        kill(Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code), "{signal}");
        assert!(is_empty(base.path()), "{signal}");
    }
}

#[test]
fn the_token_is_renewed_before_it_ends() {
    let (server, base) = (token_server(2), tempfile::tempdir().unwrap());
    let script = "f=$AWS_WEB_IDENTITY_TOKEN_FILE; \
                  while [ \"$(cat \"$f\")\" = token-1 ]; do sleep 0.02; done; cat \"$f\"";
    let ran = ran(&mut exec(&server, base.path(), &["sh", "-c", script]));
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "token-2"),
        "{ran:?}"
    );
}

#[test]
fn a_refused_token_starts_nothing() {
    let server = FakeServer::with(&[(
        "CreateToken",
        403,
        r#"{"__type":"AccessDeniedException","message":"no"}"#,
    )]);
    let base = tempfile::tempdir().unwrap();
    let ran = ran(&mut exec(&server, base.path(), &["echo", "started"]));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(3), ""), "{ran:?}");
    assert!(is_empty(base.path()));
}
