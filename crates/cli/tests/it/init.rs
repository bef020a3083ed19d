//! `irsa init` and `irsa admin reset`.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use nix::sys::signal::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::caller::Caller;
use crate::run::{Ran, irsa, ran};
use crate::server_process::ServerProcess;

/// A place for a data directory and its key.
pub(crate) struct Place {
    pub(crate) dir: TempDir,
    pub(crate) data: String,
    pub(crate) key: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data").to_str().unwrap().to_owned();
        let key = format!("{data}.rootkey");
        Self { dir, data, key }
    }

    pub(crate) fn init(&self, arguments: &[&str]) -> Ran {
        let mut all = vec!["init", "--data-dir", &self.data];
        all.extend_from_slice(arguments);
        ran(&mut irsa(&all))
    }

    /// Initialises it; what was told.
    pub(crate) fn initialised(&self) -> Value {
        told(&self.init(&["-o", "json"]))
    }
}

fn told(ran: &Ran) -> Value {
    assert_eq!(ran.code, Some(0), "{ran:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

fn caller(address: &str, told: &Value) -> Caller {
    Caller {
        address: address.to_owned(),
        region: "us-east-1".to_owned(),
        access_key_id: told["AccessKeyId"].as_str().unwrap().to_owned(),
        secret_access_key: told["SecretAccessKey"].as_str().unwrap().to_owned(),
    }
}

fn mode(path: impl AsRef<Path>) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn made_once_private_and_at_work() {
    let place = Place::new();
    let first = told(&place.init(&[
        "--account",
        "111122223333",
        "--region",
        "eu-west-1",
        "-o",
        "json",
    ]));
    assert_eq!(first["AccountId"], "111122223333");
    assert_eq!(first["Region"], "eu-west-1");
    assert_eq!(first["UserArn"], "arn:aws:iam::111122223333:user/admin");
    assert_eq!(mode(&place.data), 0o700);
    assert_eq!(mode(&place.key), 0o600);
    for file in std::fs::read_dir(&place.data).unwrap() {
        assert_eq!(mode(file.unwrap().path()), 0o600);
    }

    let again = place.init(&[]);
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(again.stderr.contains("is already initialised"), "{again:?}");
    let needed = place.init(&["--if-needed", "-o", "json"]);
    let value = told(&needed);
    assert_eq!(value["AccountId"], "111122223333");
    assert_eq!(value.get("SecretAccessKey"), None);
    let other = place.init(&["--if-needed", "--account", "999999999999"]);
    assert_eq!(other.code, Some(1), "{other:?}");
    assert!(
        other.stderr.contains("belongs to the account 111122223333"),
        "{other:?}"
    );

    let server = ServerProcess::start(&["--data-dir", &place.data]);
    let mut caller = caller(&server.address, &first);
    caller.region = "eu-west-1".to_owned();
    let who = caller.who().unwrap();
    assert!(
        who.body.contains("arn:aws:iam::111122223333:user/admin"),
        "{who:?}"
    );
    assert!(server.end(Signal::SIGTERM).success());
}

#[test]
fn accounts_are_drawn() {
    let (one, other) = (Place::new().initialised(), Place::new().initialised());
    assert_eq!(one["AccountId"].as_str().unwrap().len(), 12);
    assert_ne!(one["AccountId"], other["AccountId"]);
}

#[test]
fn the_key_goes_where_it_was_asked_to_go() {
    let place = Place::new();
    let home = place.dir.path().join("home");
    let credentials = place
        .dir
        .path()
        .join("credentials")
        .to_str()
        .unwrap()
        .to_owned();
    let arguments = [
        "init",
        "--data-dir",
        &place.data,
        "--credentials-file",
        &credentials,
        "--write-profile",
        "lab",
        "--endpoint-url",
        "http://127.0.0.1:1",
        "-o",
        "json",
    ];
    let made = ran(irsa(&arguments).env("HOME", &home));
    let value = told(&made);
    assert_eq!(value.get("SecretAccessKey"), None);
    assert_eq!(mode(&credentials), 0o600);
    let written = std::fs::read_to_string(&credentials).unwrap();
    let secret = written
        .split("aws_secret_access_key = ")
        .nth(1)
        .unwrap()
        .trim();
    assert_eq!(secret.len(), 40);
    assert!(!made.stdout.contains(secret) && !made.stderr.contains(secret));
    let config = std::fs::read_to_string(home.join(".aws/config")).unwrap();
    assert!(
        config.contains("[profile lab]") && config.contains("endpoint_url = http://127.0.0.1:1")
    );
    let profile = std::fs::read_to_string(home.join(".aws/credentials")).unwrap();
    assert!(profile.contains(secret));

    // A file that is there is not written to, and no installation is made for it.
    let other = Place::new();
    let refused = other.init(&["--credentials-file", &credentials]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("cannot make"), "{refused:?}");
    assert!(!Path::new(&other.key).exists());
    assert_eq!(std::fs::read_to_string(&credentials).unwrap(), written);
    other.initialised();
}

#[test]
fn what_cannot_be_made_is_told() {
    let place = Place::new();
    let inside = format!("{}/key", place.data);
    let foreign = place.dir.path().to_str().unwrap();
    std::fs::write(place.dir.path().join("thesis.tex"), "x").unwrap();
    let before = mode(foreign);
    for (arguments, code, told) in [
        (
            vec![
                "init",
                "--data-dir",
                &place.data,
                "--root-key-file",
                &inside,
            ],
            1,
            "lies in the data directory",
        ),
        (
            vec!["init", "--data-dir", foreign],
            1,
            "holds files that are not irsa's",
        ),
        (
            vec!["init", "--data-dir", &place.data, "--store", "memory"],
            2,
            "cannot be initialised",
        ),
        (
            vec!["init", "--data-dir", &place.data, "--account", "12"],
            2,
            "must be 12 digits",
        ),
        (
            vec!["init", "--data-dir", &place.data, "--write-profile", "a b"],
            1,
            "profile's name",
        ),
        (vec!["init", "--data-dir", "/proc/irsa"], 1, "cannot use"),
        (
            vec!["admin", "reset", "--data-dir", &place.data],
            1,
            "is not initialised",
        ),
    ] {
        let ran = ran(&mut irsa(&arguments));
        assert_eq!(ran.code, Some(code), "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains(told), "{arguments:?}: {ran:?}");
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
    assert_eq!(mode(foreign), before, "somebody else's directory");
}

#[test]
fn a_new_administrator_key_ends_the_old_one() {
    let place = Place::new();
    let first = place.initialised();
    let reset = |arguments: &[&str]| {
        let mut all = vec!["admin", "reset", "--data-dir", &place.data, "-o", "json"];
        all.extend_from_slice(arguments);
        ran(&mut irsa(&all))
    };
    let second = told(&reset(&[]));
    assert_eq!(first["UserArn"], second["UserArn"]);
    let server = ServerProcess::start(&["--data-dir", &place.data]);
    assert_eq!(caller(&server.address, &first).who().unwrap().status, 403);
    assert_eq!(caller(&server.address, &second).who().unwrap().status, 200);
    let locked = reset(&[]);
    assert_eq!(locked.code, Some(1), "{locked:?}");
    assert!(
        locked.stderr.contains("is in use by another process"),
        "{locked:?}"
    );
}

#[test]
fn root_keys_that_do_not_serve() {
    let place = Place::new();
    place.initialised();
    let stranger = Place::new();
    stranger.initialised();
    let path = |name: &str| place.dir.path().join(name).to_str().unwrap().to_owned();
    symlink(&place.key, path("link")).unwrap();
    std::fs::copy(&place.key, path("open")).unwrap();
    std::fs::set_permissions(path("open"), std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::write(path("short"), [0; 31]).unwrap();
    std::fs::set_permissions(path("short"), std::fs::Permissions::from_mode(0o600)).unwrap();
    for (key, told) in [
        (path("none"), "there is no root key at"),
        (path("link"), "is a symbolic link"),
        (path("open"), "can be read by others: run `chmod 600`"),
        (path("short"), "does not hold exactly 32 bytes"),
        (
            place.dir.path().to_str().unwrap().to_owned(),
            "is not a regular file",
        ),
        (
            stranger.key.clone(),
            "does not belong to the data directory",
        ),
    ] {
        for verb in [vec!["serve", "--listen", ":0"], vec!["admin", "reset"]] {
            let mut all = verb.clone();
            all.extend(["--data-dir", &place.data, "--root-key-file", &key]);
            let ran = ran(&mut irsa(&all));
            assert_eq!(ran.code, Some(1), "{all:?}: {ran:?}");
            assert!(ran.stderr.contains(told), "{all:?}: {ran:?}");
            let errors = ran
                .stderr
                .lines()
                .filter(|line| line.starts_with("error: "));
            assert_eq!(errors.count(), 1, "{ran:?}");
        }
    }
}
