//! `irsa dev -- CMD…`

use std::process::Stdio;

use crate::run::{irsa, ran};

fn shell(script: &str) -> std::process::Command {
    irsa(&["dev", "--", "sh", "-c", script])
}

#[test]
fn the_commands_exit_code_and_environment() {
    for (script, code) in [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143)] {
        assert_eq!(ran(&mut shell(script)).code, Some(code), "{script}");
    }
    let seen = ran(shell("env")
        .env("AWS_PROFILE", "mine")
        .env("AWS_SESSION_TOKEN", "mine"));
    assert_eq!(seen.code, Some(0));
    for name in [
        "AWS_ACCESS_KEY_ID=AKIA",
        "AWS_REGION=us-east-1",
        "AWS_ENDPOINT_URL=http://127.0.0.1:",
    ] {
        assert!(seen.stdout.contains(name), "{name} in {}", seen.stdout);
    }
    assert!(!seen.stdout.contains("mine"), "{}", seen.stdout);
    assert_eq!(seen.stderr, "", "the command's own words alone");
    let missing = ran(&mut irsa(&["dev", "--", "/nowhere/command"]));
    assert_eq!(missing.code, Some(1));
    assert!(
        missing.stderr.contains("cannot run `/nowhere/command`"),
        "{missing:?}"
    );
    assert_eq!(ran(&mut irsa(&["dev"])).code, Some(2));
}

#[test]
fn the_server_is_there_for_the_command_and_gone_after_it() {
    let irsa_binary = env!("CARGO_BIN_EXE_irsa");
    let script = format!("{irsa_binary} whoami -o json && echo $AWS_ENDPOINT_URL >&2");
    let seen = ran(shell(&script)
        .env("IRSA_DEV_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("IRSA_DEV_SECRET_ACCESS_KEY", "s"));
    assert_eq!(seen.code, Some(0), "{seen:?}");
    assert!(
        seen.stdout
            .contains("\"arn:aws:iam::123456789012:user/admin\""),
        "{seen:?}"
    );
    let address = seen
        .stderr
        .trim()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn several_at_once() {
    let children: Vec<_> = (0..4)
        .map(|_| {
            shell("echo $AWS_ENDPOINT_URL")
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut endpoints: Vec<String> = children
        .into_iter()
        .map(|child| String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap())
        .collect();
    assert!(
        endpoints
            .iter()
            .all(|endpoint| endpoint.starts_with("http://127.0.0.1:"))
    );
    endpoints.sort();
    endpoints.dedup();
    // Ports may be used again one after the other.
    assert!(!endpoints.is_empty());
}
