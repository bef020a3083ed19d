//! A server that is started before `irsa init` ran, as in a cluster, where nobody orders the two.

use std::time::Duration;

use crate::failure::Failure;
use crate::process::Signals;
use crate::server::{DataPlace, StartFault, open_founded};

const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// How the wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waited {
    /// The directory is initialised, and nobody has it.
    Initialised,
    /// A signal came first.
    Ended,
}

/// Waits until the directory is initialised and free.
pub(super) async fn wait_for_init(place: &DataPlace) -> Result<Waited, Failure> {
    // WHY: the first process of a container ends by no signal that it does not catch.
    let mut signals = Signals::catch()
        .map_err(|error| Failure::failed(format!("cannot catch signals: {error}")))?;
    let mut told = false;
    loop {
        match open_founded(place).await {
            Ok(_) => return Ok(Waited::Initialised),
            Err(StartFault::NotInitialised(_) | StartFault::Locked(_)) => {}
            Err(fault) => return Err(fault.into()),
        }
        if !told {
            let data_dir = place.data_dir.display();
            tracing::info!(%data_dir, "waiting for `irsa init`");
            told = true;
        }
        tokio::select! {
            _ = signals.next_ending() => return Ok(Waited::Ended),
            () = tokio::time::sleep(BETWEEN_LOOKS) => {}
        }
    }
}
