//! `irsa serve --tls-cert F --tls-key F`.

use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::certificate::write_certificate;
use crate::run::{Ran, irsa, ran};
use crate::server_process::{ServerProcess, command};

/// How long a new certificate may take to be served.
const PATIENCE: Duration = Duration::from_secs(20);

fn whoami(server: &ServerProcess, bundle: &str) -> Ran {
    let mut command: Command = irsa(&["whoami", "-o", "json"]);
    command
        .env("AWS_ENDPOINT_URL", format!("https://{}", server.address))
        .env("AWS_CA_BUNDLE", bundle)
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "s");
    ran(&mut command)
}

#[test]
fn the_certificate_is_read_again_when_it_changes() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let text = |name: &str| path(name).to_str().unwrap().to_owned();
    write_certificate(&path("cert"), &path("key"));
    std::fs::copy(path("cert"), path("first")).unwrap();
    let arguments = [
        "--dev",
        "--tls-cert",
        &text("cert"),
        "--tls-key",
        &text("key"),
    ];
    let mut server = ServerProcess::from(
        command(&arguments)
            .env("IRSA_DEV_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("IRSA_DEV_SECRET_ACCESS_KEY", "s"),
    );
    assert!(server.exports()["AWS_ENDPOINT_URL"].starts_with("https://"));
    let seen = whoami(&server, &text("first"));
    assert_eq!(seen.code, Some(0), "{seen:?}");

    write_certificate(&path("cert"), &path("key"));
    let end = Instant::now() + PATIENCE;
    while whoami(&server, &text("cert")).code != Some(0) {
        assert!(Instant::now() < end, "the new certificate is not served");
    }
    assert_ne!(whoami(&server, &text("first")).code, Some(0));

    // One that cannot be used leaves the one in use.
    std::fs::copy(path("cert"), path("second")).unwrap();
    let log = server.drain();
    std::fs::write(path("cert"), "no certificate").unwrap();
    let seen = whoami(&server, &text("second"));
    assert_eq!(seen.code, Some(0), "{seen:?}");
    server.end(Signal::SIGTERM);
    assert!(!log.join().unwrap().contains("panicked"));
}

#[test]
fn a_certificate_and_a_key_that_do_not_belong_together() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let text = |name: &str| path(name).to_str().unwrap().to_owned();
    write_certificate(&path("cert"), &path("key"));
    write_certificate(&path("other-cert"), &path("other-key"));
    std::fs::write(path("empty"), "").unwrap();
    for (certificate, key, told) in [
        ("cert", "other-key", "do not belong together"),
        ("empty", "key", "holds no certificate"),
        ("cert", "empty", "cannot read"),
        ("cert", "none", "cannot read"),
    ] {
        let (certificate, key) = (text(certificate), text(key));
        let ran = ran(&mut command(&[
            "--dev",
            "--tls-cert",
            &certificate,
            "--tls-key",
            &key,
        ]));
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.stderr.contains(told), "{ran:?}");
    }
}
