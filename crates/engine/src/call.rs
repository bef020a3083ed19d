//! One request, once its caller is proven.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use base::{AccountId, Clock, Entropy, Region, RequestId, Timestamp};

use crate::{Principal, Server};

/// What every room behind `prove` may look at.
pub struct Call {
    /// Given back in every answer and record.
    pub request_id: RequestId,
    /// The service that was called.
    pub service: &'static shapes::Service,
    /// The operation that was called.
    pub operation: &'static shapes::Operation,
    /// Whose resources the call works on: the caller's account.
    pub account: AccountId,
    /// The credential scope's region; for unsigned calls the one the Host names, else home.
    pub region: Region,
    /// Who calls.
    pub principal: Principal,
    /// Where the call comes from.
    pub source: Source,
    /// When it arrived; the one "now" of the whole call.
    pub now: Timestamp,
    /// Draws the same bytes again when a unit of work runs again.
    pub entropy: Replay,
    /// What does not change while the server runs.
    pub server: Arc<Server>,
}

/// The network's side of a request (THREATS R17).
#[derive(Clone, Debug)]
pub struct Source {
    /// The peer, or the right-most untrusted hop behind a trusted proxy.
    pub ip: IpAddr,
    /// Whether the client's hop was TLS.
    pub transport: Transport,
    /// As the client says, unchecked.
    pub user_agent: String,
    /// The Host header (or `:authority`), unchecked.
    pub host: String,
}

/// How the client's hop was protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// TLS.
    Tls,
    /// Clear text.
    Plain,
}

/// A call whose access was decided: the proof that `perform` asks for. Only `permit` makes one.
pub struct Permitted<'a> {
    call: &'a Call,
}

impl<'a> Permitted<'a> {
    /// INVARIANT: called by `permit` only, after every check was allowed.
    pub(crate) fn new(call: &'a Call) -> Self {
        Self { call }
    }
}

impl Deref for Permitted<'_> {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.call
    }
}

/// Entropy that remembers what it gave, so that a unit of work that conflicted runs again with
/// the ids already drawn.
pub struct Replay {
    source: Arc<dyn Entropy>,
    tape: Mutex<Tape>,
}

#[derive(Default)]
struct Tape {
    bytes: Vec<u8>,
    position: usize,
}

impl Replay {
    /// A fresh tape over `source`.
    pub fn over(source: Arc<dyn Entropy>) -> Self {
        Self {
            source,
            tape: Mutex::default(),
        }
    }

    /// The next draw gives the first bytes again.
    pub(crate) fn rewind(&self) {
        self.tape
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .position = 0;
    }
}

impl Entropy for Replay {
    fn fill(&self, buffer: &mut [u8]) {
        let mut tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
        let end = tape.position + buffer.len();
        let missing = end.saturating_sub(tape.bytes.len());
        if missing > 0 {
            let mut fresh = vec![0; missing];
            self.source.fill(&mut fresh);
            tape.bytes.extend_from_slice(&fresh);
        }
        if let Some(drawn) = tape.bytes.get(tape.position..end) {
            buffer.copy_from_slice(drawn);
        }
        tape.position = end;
    }
}

impl Call {
    /// The partition of the call's region.
    pub fn partition(&self) -> base::Partition {
        self.region.partition()
    }

    /// The server's clock, for work that outlives the call.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.server.clock
    }
}

#[cfg(test)]
mod tests {
    use base::{EntropyExt, SeededEntropy};

    use super::*;

    #[test]
    fn a_second_run_draws_what_the_first_drew() {
        let replay = Replay::over(Arc::new(SeededEntropy::new(1)));
        let first: ([u8; 5], [u8; 16]) = (replay.bytes(), replay.bytes());
        replay.rewind();
        let second: ([u8; 5], [u8; 16], [u8; 4]) = (replay.bytes(), replay.bytes(), replay.bytes());
        assert_eq!(first, (second.0, second.1));
    }
}
