//! Files that another keeps.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use base::{ManualClock, Timestamp};
use tokio::sync::watch;

use super::handshake::handshake;
use crate::certificate::files::{Files, FilesFault, Look, Reader};
use crate::certificate::pair::PairFault;
use crate::certificate::served::Served;
use crate::certificate::status::Status;

const NAME: &str = "pod-identity-webhook.eks.svc";

struct World {
    directory: tempfile::TempDir,
    clock: Arc<ManualClock>,
    served: Arc<Served>,
    status: watch::Receiver<Status>,
    sender: watch::Sender<Status>,
}

/// PEM of a certificate of one day in 2026 and of its key.
fn pair(day: u8) -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new([NAME.to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2026, 3, day);
    let certificate = params.self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl World {
    fn new() -> Self {
        let (sender, status) = watch::channel(Status::starting());
        Self {
            directory: tempfile::tempdir().unwrap(),
            clock: Arc::new(ManualClock::at(at("2026-02-01T00:00:00Z"))),
            served: Arc::new(Served::default()),
            status,
            sender,
        }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    fn write_pair(&self, (certificate, key): &(String, String)) {
        self.write("tls.crt", certificate);
        self.write("tls.key", key);
    }

    fn open_at(&self, certificate: &str, key: &str) -> Result<Reader, FilesFault> {
        let files = Files {
            certificate: self.path().join(certificate),
            key: self.path().join(key),
            names: vec![NAME.to_owned()],
        };
        Reader::open(
            files,
            Arc::<ManualClock>::clone(&self.clock),
            Arc::clone(&self.served),
            self.sender.clone(),
        )
    }

    fn open(&self) -> Result<Reader, FilesFault> {
        self.open_at("tls.crt", "tls.key")
    }

    /// The last day of March that the certificate in use is valid, or why there is none.
    fn end(&self) -> String {
        let status = self.status.borrow();
        let end = status.not_after.map(|end| end.to_string());
        end.unwrap_or_else(|| "none".to_owned())
    }

    fn assert_served(&self, (certificate, _): &(String, String)) {
        let resolver: Arc<dyn rustls::server::ResolvesServerCert> = self.served.clone();
        let now = at("2026-02-01T00:00:00Z");
        handshake(&resolver, certificate.as_bytes(), NAME, now).unwrap();
    }
}

#[test]
fn files_and_directories_are_served() {
    let world = World::new();
    let pair = pair(1);
    world.write_pair(&pair);
    for (certificate, key) in [
        ("tls.crt", "tls.key"),
        ("", ""),
        ("tls.crt", ""),
        (".", "tls.key"),
    ] {
        world.open_at(certificate, key).unwrap();
        world.assert_served(&pair);
        assert_eq!(world.end(), "2026-03-01T00:00:00Z");
        assert!(world.status.borrow().is_ready());
    }
}

#[test]
fn what_cannot_be_served_at_the_start_is_named() {
    let (good, other) = (pair(1), pair(2));
    let check = |certificate: Option<&str>, key: Option<&str>, expected: &str| {
        let world = World::new();
        for (name, text) in [("tls.crt", certificate), ("tls.key", key)] {
            if let Some(text) = text {
                world.write(name, text);
            }
        }
        let Err(fault) = world.open() else {
            panic!("opened");
        };
        let text = fault.to_string();
        let text = text.replace(world.path().to_str().unwrap(), "");
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("PRIVATE"), "{text}");
        assert!(!world.status.borrow().is_ready());
    };
    check(None, Some(&good.1), "cannot read `/tls.crt`");
    check(Some(&good.0), None, "cannot read `/tls.key`");
    check(Some(""), Some(&good.1), "holds no certificate");
    check(Some(&good.1), Some(&good.1), "holds no certificate");
    check(Some(&good.0), Some(&good.0), "the key is not PEM");
    check(Some(&good.0), Some(&other.1), "the key is not the cert");
}

#[test]
fn a_changed_pair_is_taken_up_and_an_unchanged_one_is_left_alone() {
    let world = World::new();
    world.write_pair(&pair(1));
    let mut reader = world.open().unwrap();
    assert!(matches!(reader.look(), Look::Same));
    let fresh = pair(2);
    world.write_pair(&fresh);
    assert!(matches!(reader.look(), Look::Taken));
    world.assert_served(&fresh);
    assert_eq!(world.end(), "2026-03-02T00:00:00Z");
    assert!(matches!(reader.look(), Look::Same));
}

#[test]
fn a_torn_pair_keeps_the_former_one_and_says_so_once() {
    let world = World::new();
    let (former, fresh) = (pair(1), pair(2));
    world.write_pair(&former);
    let mut reader = world.open().unwrap();
    world.write("tls.crt", &fresh.0);
    let Look::Kept(FilesFault::Pair { fault, .. }) = reader.look() else {
        panic!("taken");
    };
    assert!(matches!(fault, PairFault::Torn(_)), "{fault}");
    world.assert_served(&former);
    assert!(matches!(reader.look(), Look::Same));
    world.write("tls.key", &fresh.1);
    assert!(matches!(reader.look(), Look::Taken));
    world.assert_served(&fresh);
}

#[test]
fn a_file_that_goes_and_comes_back_does_no_harm() {
    let world = World::new();
    let former = pair(1);
    world.write_pair(&former);
    let mut reader = world.open().unwrap();
    std::fs::remove_file(world.path().join("tls.key")).unwrap();
    assert!(matches!(
        reader.look(),
        Look::Kept(FilesFault::Unreadable { .. })
    ));
    assert!(matches!(reader.look(), Look::Same));
    world.assert_served(&former);
    let fresh = pair(2);
    world.write_pair(&fresh);
    assert!(matches!(reader.look(), Look::Taken));
    world.assert_served(&fresh);
}

#[test]
fn a_secrets_mount_is_followed_through_its_swapped_symlink() {
    let world = World::new();
    let (former, fresh) = (pair(1), pair(2));
    for (directory, pair) in [("..2026_01", &former), ("..2026_02", &fresh)] {
        std::fs::create_dir(world.path().join(directory)).unwrap();
        world.write(&format!("{directory}/tls.crt"), &pair.0);
        world.write(&format!("{directory}/tls.key"), &pair.1);
    }
    let data = world.path().join("..data");
    symlink("..2026_01", &data).unwrap();
    for name in ["tls.crt", "tls.key"] {
        symlink(format!("..data/{name}"), world.path().join(name)).unwrap();
    }
    let mut reader = world.open().unwrap();
    world.assert_served(&former);
    symlink("..2026_02", world.path().join("..data_tmp")).unwrap();
    std::fs::rename(world.path().join("..data_tmp"), &data).unwrap();
    assert!(matches!(reader.look(), Look::Taken));
    world.assert_served(&fresh);
}

#[test]
fn a_certificate_outside_its_time_is_not_ready() {
    const DAY: i64 = 86_400_000;
    let world = World::new();
    world.write_pair(&pair(1));
    let mut reader = world.open().unwrap();
    for (days, expected) in [
        (27, None),
        (2, Some("expired at 2026-03-01")),
        (-29, None),
        (-32, Some("not valid before 2026-01-01")),
        (32, None),
    ] {
        world.clock.advance_millis(days * DAY);
        assert!(matches!(reader.look(), Look::Same));
        let obstacle = world.status.borrow().obstacle.clone();
        assert_eq!(obstacle.is_none(), expected.is_none(), "{obstacle:?}");
        if let (Some(obstacle), Some(expected)) = (obstacle, expected) {
            assert!(obstacle.contains(expected), "{obstacle}");
        }
    }
}
