//! `irsa serve` and `irsa serve --dev`.

use std::fs::OpenOptions;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};

use crate::caller::exchange;
use crate::init::Place;
use crate::run::{irsa, ran};
use crate::server_process::{ServerProcess, command};

const KEY: (&str, &str) = ("IRSA_DEV_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
const SECRET: (&str, &str) = (
    "IRSA_DEV_SECRET_ACCESS_KEY",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
);

#[test]
fn a_developers_server_tells_its_environment_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("env");
    std::fs::write(&file, "stale").unwrap();
    let mut server = ServerProcess::from(
        command(&["--dev", "--env-file", file.to_str().unwrap()]).env("AWS_REGION", "eu-central-1"),
    );
    let exports = server.exports();
    let endpoint = format!("http://{}", server.address);
    for (name, value) in [
        ("AWS_REGION", "eu-central-1"),
        ("AWS_DEFAULT_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL", &endpoint),
        ("AWS_ENDPOINT_URL_STS", &endpoint),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ] {
        assert_eq!(exports[name], value, "{name}");
    }
    assert_eq!(exports.len(), 7);
    let written = std::fs::read_to_string(&file).unwrap();
    assert_eq!(written.lines().count(), 7);
    assert!(written.contains(&exports["AWS_ACCESS_KEY_ID"]));
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o7777,
        0o600
    );
    assert!(
        server.said.contains("for the account 123456789012"),
        "{}",
        server.said
    );
}

#[test]
fn signatures_are_checked_all_the_same() {
    let mut server =
        ServerProcess::from(command(&["--dev", "--account", "111122223333"]).envs([KEY, SECRET]));
    let mut caller = server.caller();
    assert_eq!(caller.access_key_id, KEY.1);
    assert_eq!(caller.secret_access_key, SECRET.1);
    let who = caller.who().unwrap();
    assert!(
        who.body.contains("<Account>111122223333</Account>"),
        "{who:?}"
    );
    caller.secret_access_key.push('x');
    assert_eq!(caller.who().unwrap().status, 403);
}

#[test]
fn a_data_directory_survives_kill_9() {
    let place = Place::new();
    let arguments = ["--dev", "--data-dir", &place.data];
    let mut server = ServerProcess::start(&arguments);
    let mut caller = server.caller();
    let secret = json!({"Name": "a", "SecretString": "s", "ClientRequestToken": "00000000-0000-0000-0000-000000000000"});
    let made = caller
        .json("secretsmanager", "secretsmanager.CreateSecret", &secret)
        .unwrap();
    assert_eq!(made.status, 200, "{made:?}");
    server.end(Signal::SIGKILL);
    assert!(std::path::Path::new(&place.key).exists());

    // Opened as it is: its key is not known, unless the variables name it.
    let mut server = ServerProcess::start(&arguments);
    let exports = server.exports();
    assert_eq!(exports.len(), 5);
    assert!(!exports.contains_key("AWS_ACCESS_KEY_ID"));
    caller.address.clone_from(&server.address);
    let read = json!({"SecretId": "a"});
    let read = caller
        .json("secretsmanager", "secretsmanager.GetSecretValue", &read)
        .unwrap();
    assert_eq!(read.json()["SecretString"], "s");
    server.end(Signal::SIGTERM);

    let known = [
        (KEY.0, caller.access_key_id.as_str()),
        (SECRET.0, &caller.secret_access_key),
    ];
    let mut server = ServerProcess::from(command(&arguments).envs(known));
    assert_eq!(server.exports()["AWS_ACCESS_KEY_ID"], caller.access_key_id);
    server.end(Signal::SIGTERM);
    let mut server = ServerProcess::from(command(&arguments).envs([KEY, SECRET]));
    assert_eq!(
        server.exports().len(),
        5,
        "a key that is not the installation's"
    );
}

#[test]
fn what_init_made_is_opened_as_it_is() {
    let place = Place::new();
    let made = place.initialised();
    let mut server = ServerProcess::start(&["--dev", "--data-dir", &place.data]);
    assert!(!server.exports().contains_key("AWS_ACCESS_KEY_ID"));
    assert!(
        server.said.contains(made["AccountId"].as_str().unwrap()),
        "{}",
        server.said
    );
}

/// Runs `irsa serve`, which must end so.
fn check_refused(arguments: &[&str], code: i32, told: &str) {
    let home = tempfile::tempdir().unwrap();
    let mut all = vec!["serve"];
    all.extend_from_slice(arguments);
    let ran = ran(irsa(&all).env("XDG_DATA_HOME", home.path()));
    assert_eq!(ran.code, Some(code), "{all:?}: {ran:?}");
    assert!(ran.stderr.contains(told), "{all:?}: {ran:?}");
    let errors = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: "));
    assert_eq!(errors.count(), 1, "{ran:?}");
    assert_eq!(ran.stdout, "", "{all:?}");
    assert_eq!(
        home.path().read_dir().unwrap().count(),
        0,
        "nothing is made in vain"
    );
}

#[test]
fn flags_that_mean_nothing_together() {
    for (arguments, told) in [
        (vec!["--env-file", "x"], "--env-file goes with --dev only"),
        (
            vec!["--account", "111122223333"],
            "--account goes with --dev only",
        ),
        (
            vec!["--dev-allow-remote"],
            "--dev-allow-remote goes with --dev only",
        ),
        (
            vec!["--store", "memory"],
            "--store memory goes with --dev only",
        ),
        (
            vec!["--dev", "--store", "memory", "--data-dir", "x"],
            "exclude each other",
        ),
        (vec!["--tls-cert", "x"], "--tls-cert needs --tls-key"),
        (vec!["--tls-key", "x"], "--tls-key needs --tls-cert"),
        (
            vec!["--tls-key", "x", "--tls-cert", "x", "--plaintext"],
            "exclude each other",
        ),
        (vec!["--public-url", "irsa.example"], "must be a URL"),
        (vec!["--listen", "4566"], "must be ADDRESS:PORT"),
        (
            vec!["--trusted-proxy", "10.0.0.1/8"],
            "bits beyond its network",
        ),
        (
            vec!["--audit-sync", "never"],
            "possible values: always, 10ms",
        ),
    ] {
        check_refused(&arguments, 2, told);
    }
}

#[test]
fn nobody_is_reached_by_accident() {
    for (arguments, told) in [
        (
            vec!["--listen", "0.0.0.0:0"],
            "can be reached from other machines",
        ),
        (
            vec!["--listen", "[::]:0"],
            "can be reached from other machines",
        ),
        (
            vec!["--listen", "0.0.0.0:0", "--dev"],
            "--dev serves this machine alone",
        ),
        (
            vec!["--listen", "[::]:0", "--dev", "--plaintext"],
            "--dev serves this machine alone",
        ),
    ] {
        check_refused(&arguments, 1, told);
    }
}

#[test]
fn each_failure_is_one_sentence_and_status_1() {
    let place = Place::new();
    place.initialised();
    let running = ServerProcess::start(&["--data-dir", &place.data]);
    let missing = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();
    let (data, absent) = (place.data.as_str(), missing.data.as_str());
    for (arguments, told) in [
        (
            vec!["--listen", &port, "--dev"],
            "give another port, or --listen :0",
        ),
        (
            vec!["--listen", &port, "--dev", "--data-dir", absent],
            "is in use by another process",
        ),
        (
            vec!["--listen", ":0", "--data-dir", absent],
            "is not initialised",
        ),
        (vec!["--listen", ":0"], "is not initialised"),
        (
            vec!["--tls-cert", "/nowhere", "--tls-key", "/nowhere"],
            "cannot read `/nowhere`",
        ),
        (
            vec!["--listen", ":0", "--data-dir", data],
            "is in use by another process",
        ),
        (
            vec!["--dev", "--listen", ":0", "--regions", "eu-west-1"],
            "leaves out the home region us-east-1",
        ),
        (
            vec![
                "--dev",
                "--listen",
                ":0",
                "--regions",
                "us-east-1,cn-north-1",
            ],
            "not in the partition",
        ),
    ] {
        check_refused(&arguments, 1, told);
    }
    assert!(
        !Path::new(&missing.data).exists(),
        "nothing is made in vain"
    );
    assert!(!Path::new(&missing.key).exists());
    drop(running);
    for (arguments, told) in [
        (
            vec!["--region", "eu-west-1"],
            "is at home in us-east-1, not in eu-west-1",
        ),
        (
            vec!["--regions", "eu-west-1"],
            "leaves out the home region us-east-1",
        ),
        (
            vec!["--dev", "--account", "111122223333"],
            "belongs to the account",
        ),
    ] {
        let place = ["--listen", ":0", "--data-dir", data];
        check_refused(&[&place[..], &arguments].concat(), 1, told);
    }
}

#[test]
fn an_environment_file_that_cannot_be_written_ends_the_server() {
    let ran = ran(&mut command(&["--dev", "--env-file", "/nowhere/env"]));
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.stderr.contains("cannot write `/nowhere/env`"),
        "{ran:?}"
    );
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_newer_version_is_told() {
    let place = Place::new();
    place.initialised();
    // The header of an SQLite file: the user version, big-endian, at offset 60.
    let database = OpenOptions::new()
        .write(true)
        .open(format!("{}/store.sqlite", place.data))
        .unwrap();
    database.write_all_at(&1_000_u32.to_be_bytes(), 60).unwrap();
    let ran = ran(&mut command(&["--data-dir", &place.data]));
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.stderr
            .contains("was written by a newer version of irsa"),
        "{ran:?}"
    );
}

#[test]
fn plaintext_and_remote_when_they_are_meant() {
    let place = Place::new();
    place.initialised();
    for arguments in [
        &[
            "serve",
            "--listen",
            "0.0.0.0:0",
            "--plaintext",
            "--data-dir",
            &place.data,
        ][..],
        &[
            "serve",
            "--listen",
            "0.0.0.0:0",
            "--dev",
            "--dev-allow-remote",
        ],
    ] {
        let server = ServerProcess::from(&mut irsa(arguments));
        let health = exchange(
            &server.address,
            b"GET /-/healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        );
        assert_eq!(health.unwrap().status, 200);
        assert!(server.end(Signal::SIGINT).success());
    }
}

#[test]
fn stops_within_ten_seconds_whoever_is_connected() {
    let server = ServerProcess::start(&["--dev"]);
    let _idle: Vec<_> = (0..50)
        .map(|_| std::net::TcpStream::connect(&server.address).unwrap())
        .collect();
    let address = server.address.clone();
    // One that stopped in the middle of its request.
    let mut slow = std::net::TcpStream::connect(&address).unwrap();
    std::io::Write::write_all(
        &mut slow,
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nAct",
    )
    .unwrap();
    let asked = Instant::now();
    assert!(server.end(Signal::SIGTERM).success());
    assert!(
        asked.elapsed() < Duration::from_secs(10),
        "{:?}",
        asked.elapsed()
    );
    TcpListener::bind(&address).unwrap();
}

/// THREATS R20: idle connections cost nobody else anything.
#[test]
fn ten_thousand_idle_connections() {
    const CONNECTIONS: usize = 10_000;
    let most = getrlimit(Resource::Nofile).maximum;
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: most,
            maximum: most,
        },
    )
    .unwrap();
    // WHY: a machine that allows fewer files to the test cannot show more.
    let fits = most.map_or(CONNECTIONS, |most| usize::try_from(most).unwrap() / 2);
    let binary = env!("CARGO_BIN_EXE_irsa");
    let script = format!("ulimit -S -n 256; exec {binary} serve --dev --listen :0");
    let mut shell = Command::new("sh");
    let mut server = ServerProcess::from(shell.args(["-c", &script]));
    let caller = server.caller();
    let idle: Vec<_> = (0..CONNECTIONS.min(fits))
        .map(|number| {
            TcpStream::connect(&server.address).unwrap_or_else(|error| panic!("{number}: {error}"))
        })
        .collect();
    assert_eq!(caller.who().unwrap().status, 200);
    drop(idle);
    assert!(server.end(Signal::SIGTERM).success());
}

#[test]
fn one_line_for_each_request_and_json_on_request() {
    for (format, shown) in [
        ("text", "operation=\"GetCallerIdentity\""),
        ("json", "\"operation\":\"GetCallerIdentity\""),
    ] {
        let mut server = ServerProcess::start(&["--dev", "--log-format", format]);
        let caller = server.caller();
        let log = server.drain();
        caller.who().unwrap();
        server.end(Signal::SIGTERM);
        let log = log.join().unwrap();
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(shown)).collect();
        assert_eq!(lines.len(), 1, "{log}");
        assert!(!log.contains(&caller.secret_access_key));
        if format == "json" {
            for line in log.lines() {
                serde_json::from_str::<Value>(line).unwrap();
            }
        }
    }
}

#[test]
fn print_config_of_serve() {
    let ran = ran(irsa(&[
        "serve",
        "--dev",
        "--regions",
        "us-east-1,eu-west-1",
        "--print-config",
    ])
    .env("IRSA_SERVE_AUDIT_SYNC", "10ms"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for line in [
        "[serve]",
        "listen = \"127.0.0.1:4566\"  # default",
        "audit-sync = \"10ms\"  # IRSA_SERVE_AUDIT_SYNC",
        "dev = true  # flag",
    ] {
        assert!(
            ran.stdout.lines().any(|found| found == line),
            "{line} in {}",
            ran.stdout
        );
    }
}
