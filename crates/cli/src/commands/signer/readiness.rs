//! Says once that the signer signs: to the log, and to systemd (sd_notify(3), `Type=notify`).

use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use cluster::signer::{Signer, Stage};

/// Whether it has been said.
#[derive(Default)]
pub(super) struct Readiness {
    said: bool,
}

impl Readiness {
    /// Says it, the first time that a key signs.
    pub(super) fn look(&mut self, signer: &Signer) {
        if self.said {
            return;
        }
        let keys = signer.keys();
        let mut signing = keys
            .iter()
            .filter(|key| matches!(key.stage, Stage::Signing { .. }));
        if let Some(key) = signing.next() {
            tracing::info!(kid = key.kid, "signing");
            tell_systemd("READY=1");
            self.said = true;
        }
    }
}

/// Nothing is done about a supervisor that does not listen.
pub(super) fn tell_systemd(state: &str) {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    let address = match path.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(&path),
    };
    let sent = address
        .and_then(|address| UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address));
    if let Err(error) = sent {
        tracing::debug!(%error, "systemd was not told");
    }
}
