//! The demo as its users run it.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::run::{irsa, ran};

const STEPS: [&str; 7] = [
    "issuer",
    "trust",
    "token",
    "allowed",
    "other-pod",
    "other-secret",
    "audit",
];

/// The demo, with this directory for what it makes.
fn demo(scratch: &Path, arguments: &[&str]) -> Command {
    let arguments = [&["demo"], arguments].concat();
    let mut command = irsa(&arguments);
    command.env("TMPDIR", scratch);
    command
}

fn entries(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn every_step_goes_as_it_must_and_nothing_is_left_behind() {
    let scratch = tempfile::tempdir().unwrap();
    let ran = ran(&mut demo(scratch.path(), &["-o", "json"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["ok"], true);
    let steps = document["steps"].as_array().unwrap();
    let names: Vec<&str> = steps
        .iter()
        .map(|step| step["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, STEPS);
    for step in steps {
        assert_eq!(step["ok"], true, "{step}");
        assert_ne!(step["detail"], "", "{step}");
    }
    assert_eq!(steps[4]["wanted"], "system:serviceaccount:demo:app");
    assert_eq!(steps[4]["observed"], "system:serviceaccount:demo:other");
    assert_eq!(entries(scratch.path()), [""; 0]);
}

#[test]
fn people_read_a_line_for_each_step() {
    let scratch = tempfile::tempdir().unwrap();
    let ran = ran(demo(scratch.path(), &[]).env("AWS_REGION", "eu-west-1"));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    for name in STEPS {
        let line = format!("✓ ok      {name} ");
        assert!(
            ran.stdout.lines().any(|found| found.starts_with(&line)),
            "{name}: {ran:?}"
        );
    }
    for told in [
        "AWS_REGION=eu-west-1",
        "policy wants: system:serviceaccount:demo:app",
        "request has:  system:serviceaccount:demo:other",
        "irsa serve --dev -q --env-file",
    ] {
        assert!(ran.stdout.contains(told), "{told}: {ran:?}");
    }
    assert!(!ran.stdout.contains('\u{1b}'), "colour in a pipe: {ran:?}");
    assert_eq!(entries(scratch.path()), [""; 0]);
}

#[test]
fn what_is_kept_is_private() {
    let scratch = tempfile::tempdir().unwrap();
    let ran = ran(&mut demo(scratch.path(), &["--keep", "-o", "json"]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let kept = Path::new(document["kept"]["directory"].as_str().unwrap());
    assert_eq!(kept.parent(), Some(scratch.path()));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(kept), 0o700);
    for name in ["app.token", "data.rootkey", "key.env"] {
        assert_eq!(mode(&kept.join(name)), 0o600, "{name}");
    }
    assert!(kept.join("data").is_dir());
    let key = std::fs::read_to_string(kept.join("key.env")).unwrap();
    let secret = key.trim_end().rsplit('=').next().unwrap();
    assert_eq!(secret.len(), 40);
    assert!(
        !ran.stdout.contains(secret),
        "the administrator's secret is shown"
    );
}

#[test]
fn a_signal_leaves_nothing_behind_either() {
    let scratch = tempfile::tempdir().unwrap();
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut child = demo(scratch.path(), &[])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        assert!(first.starts_with("a server at "), "{first}");
        assert_eq!(entries(scratch.path()).len(), 1);
        let id = Pid::from_raw(child.id().try_into().unwrap());
        kill(id, signal).unwrap();
        let code = child.wait().unwrap().code().unwrap();
        // It may have been done before the signal came.
        assert!([0, 128 + signal as i32].contains(&code), "{signal}: {code}");
        assert_eq!(entries(scratch.path()), [""; 0], "{signal}");
    }
}

#[test]
fn without_a_place_for_it_it_says_so() {
    let ran = ran(&mut demo(Path::new("/nowhere"), &[]));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
    let told = "error: cannot make a private directory: ";
    assert!(ran.stderr.starts_with(told), "{ran:?}");
}

#[test]
fn it_uses_nothing_of_the_callers_aws_settings() {
    let scratch = tempfile::tempdir().unwrap();
    let ran = ran(demo(scratch.path(), &["-o", "json"])
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_SESSION_TOKEN", "token")
        .env("AWS_CA_BUNDLE", "/nowhere")
        .env("AWS_PROFILE", "nobody"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["ok"], json!(true));
}
