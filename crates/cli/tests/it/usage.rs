//! What needs no server.

use crate::run::{irsa, ran};

#[test]
fn wrong_usage_is_told_and_ends_with_2() {
    for (arguments, told) in [
        (&[][..], "Usage"),
        (&["nothing"], "unrecognized subcommand"),
        (&["issuer", "create"], "<NAME>"),
        (&["token", "create", "--issuer", "x"], "--service-account"),
        (
            &[
                "token",
                "create",
                "--issuer",
                "x",
                "--service-account",
                "Demo",
            ],
            "must be NAMESPACE/NAME",
        ),
        (
            &[
                "token",
                "create",
                "--issuer",
                "x",
                "--service-account",
                "a/b",
                "--duration",
                "5m",
            ],
            "must be 10m at least",
        ),
        (&["exec", "--issuer", "x", "--", "true"], "--role-arn"),
        (&["explain", "--since", "soon"], "must be an age"),
        (&["explain", "id", "--watch"], "cannot be used with"),
        (
            &["version", "-o", "xml"],
            "possible values: table, json, yaml",
        ),
        (&["version", "-q", "-v"], "cannot be used with"),
        (&["--config", "/nowhere.toml", "version"], "/nowhere.toml"),
    ] {
        let ran = ran(&mut irsa(arguments));
        assert_eq!(ran.code, Some(2), "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains(told), "{arguments:?}: {ran:?}");
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
}

#[test]
fn help_documents_the_exit_codes() {
    let ran = ran(&mut irsa(&["--help"]));
    assert_eq!(ran.code, Some(0));
    for told in [
        "Exit codes:",
        "3    denied",
        "6    the server could not be reached",
    ] {
        assert!(ran.stdout.contains(told), "{}", ran.stdout);
    }
}

#[test]
fn version_in_each_format() {
    let version = env!("CARGO_PKG_VERSION");
    for (format, expected) in [
        ("table", format!("irsa {version}")),
        ("json", format!("\"Version\": \"{version}\"")),
        ("yaml", format!("Version: \"{version}\"")),
    ] {
        let ran = ran(&mut irsa(&["version", "-o", format]));
        assert_eq!(ran.code, Some(0));
        assert!(ran.stdout.contains(&expected), "{}", ran.stdout);
        assert_eq!(ran.stderr, "");
    }
}

#[test]
fn print_config_shows_where_values_come_from() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file, b"[audit]\ndenied = true\nlimit = 7\n").unwrap();
    let path = file.path().to_str().unwrap();
    let arguments = ["audit", "--config", path, "--print-config", "--pod", "p"];
    let ran = ran(irsa(&arguments)
        .env("IRSA_AUDIT_LIMIT", "9")
        .env("IRSA_PORT", "tcp://10.0.0.1:80"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines: Vec<&str> = ran.stdout.lines().collect();
    for line in [
        "output = \"table\"  # default",
        "[audit]",
        "denied = true  # file",
        "limit = \"9\"  # IRSA_AUDIT_LIMIT",
        "pod = \"p\"  # flag",
    ] {
        assert!(lines.contains(&line), "{line} in {}", ran.stdout);
    }
}

#[test]
fn a_wrong_variable_is_told() {
    let ran = ran(irsa(&["version"]).env("IRSA_OUTPUT", "xml"));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("`IRSA_OUTPUT`: invalid value 'xml'"),
        "{ran:?}"
    );
}

#[test]
fn a_profile_that_is_not_read_is_told_with_the_way_round() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("config");
    std::fs::write(&config, "[profile work]\nsso_session = work\n").unwrap();
    let ran = ran(irsa(&["whoami", "--profile", "work"]).env("AWS_CONFIG_FILE", &config));
    assert_eq!(ran.code, Some(4), "{ran:?}");
    for told in [
        "single sign-on",
        "aws configure export-credentials --profile work --format env",
    ] {
        assert!(ran.stderr.contains(told), "{ran:?}");
    }
}

#[test]
fn nothing_is_called_without_a_server_or_credentials() {
    for (variables, code, told) in [
        (&[][..], 4, "no AWS credentials"),
        (
            &[
                ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
                ("AWS_SECRET_ACCESS_KEY", "s"),
            ],
            1,
            "no server is named",
        ),
        (
            &[
                ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
                ("AWS_SECRET_ACCESS_KEY", "s"),
                ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ],
            6,
            "cannot reach http://127.0.0.1:1",
        ),
        (&[("AWS_PROFILE", "nobody")], 4, "no AWS profile `nobody`"),
        (&[("AWS_REGION", "Here!")], 1, "is no region"),
    ] {
        let ran = ran(irsa(&["whoami"]).envs(variables.iter().copied()));
        assert_eq!(ran.code, Some(code), "{variables:?}: {ran:?}");
        assert!(ran.stderr.contains(told), "{variables:?}: {ran:?}");
        assert_eq!(ran.stdout, "");
    }
}
