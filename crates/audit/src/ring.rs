//! Calls that leave no record of their own, kept in memory for `explain` (THREATS R48).

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base::{AccountId, RequestId, Timestamp};
use serde_json::Value;

use crate::Outcome;
use crate::limits::{cut, omit};
use crate::scrub::{scrub, scrub_text};

/// How many calls the ring remembers.
pub const MAX_RING_ENTRIES: usize = 10_000;
/// How many of them may come from one address, or one IPv6 network of 64 bits.
pub const MAX_RING_ENTRIES_PER_SOURCE: usize = 1_000;
/// How much a text of one call may hold.
const MAX_TEXT_BYTES: usize = 512;
/// How much the details of one call of an unknown caller may hold.
const MAX_DETAILS_BYTES: usize = 2048;
/// How much the explanation of one folded refusal may hold.
const MAX_FOLDED_DETAILS_BYTES: usize = 8 * 1024;
/// A network of one IPv6 customer.
const IPV6_SOURCE_BITS: u32 = 64;

/// A call that failed before its caller was known, or whose record was folded into another.
#[derive(Clone, Debug, PartialEq)]
pub struct EarlyFailure {
    /// The id that the client got.
    pub request_id: RequestId,
    /// When it failed.
    pub at: Timestamp,
    /// Where it came from.
    pub source: IpAddr,
    /// How much of the caller was known.
    pub caller: Known,
    /// E.g. `sts.amazonaws.com`, if the call got so far.
    pub event_source: Option<String>,
    /// The operation, if the call got so far.
    pub event_name: Option<String>,
    /// AWS's error code.
    pub error_code: String,
    /// AWS's error text.
    pub error_message: String,
    /// What only the operator reads.
    pub internal: Option<String>,
    /// What else is known, e.g. the claims of the token, which nobody vouches for.
    pub details: Option<Value>,
}

/// How much of the caller was known; it decides who may read of the call (THREATS R44).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing was proven: the management account's business.
    Nothing,
    /// The caller was proven, and the call is one of many that one record stands for.
    Folded {
        /// Whose trail holds that record.
        account: AccountId,
        /// The caller's unique id.
        principal_id: Option<String>,
        /// How the call ended.
        outcome: Outcome,
    },
}

/// The newest failures, bounded in number, in bytes and per source. A flood costs a lock and a few
/// map operations per call, and pushes out its own entries first.
#[derive(Debug)]
pub struct Ring {
    entries: usize,
    per_source: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    next: u64,
    failures: BTreeMap<u64, Arc<EarlyFailure>>,
    by_request: HashMap<RequestId, u64>,
    by_source: HashMap<IpAddr, VecDeque<u64>>,
}

impl Default for Ring {
    fn default() -> Self {
        Self::bounded(MAX_RING_ENTRIES, MAX_RING_ENTRIES_PER_SOURCE)
    }
}

impl Ring {
    /// A ring of so many entries, and so many per source.
    pub fn bounded(entries: usize, per_source: usize) -> Self {
        Self {
            entries: entries.max(1),
            per_source: per_source.max(1),
            kept: Mutex::default(),
        }
    }

    /// Remembers a failure; secrets are hidden and long texts cut.
    pub fn push(&self, mut failure: EarlyFailure) {
        tidy(&mut failure);
        let source = source_of(failure.source);
        let mut kept = self.kept();
        if kept.count_of(source) >= self.per_source {
            kept.drop_oldest_of(source);
        }
        if kept.failures.len() >= self.entries {
            kept.drop_oldest();
        }
        kept.insert(source, failure);
    }

    /// The failure of that request.
    pub fn find(&self, request_id: &RequestId) -> Option<Arc<EarlyFailure>> {
        let kept = self.kept();
        let place = kept.by_request.get(request_id)?;
        kept.failures.get(place).cloned()
    }

    /// The newest failures that `wanted` says yes to, newest first, at most `limit`.
    pub fn newest(
        &self,
        limit: usize,
        wanted: impl Fn(&EarlyFailure) -> bool,
    ) -> Vec<Arc<EarlyFailure>> {
        let all: Vec<_> = self.kept().failures.values().rev().cloned().collect();
        // WHY: the lock is gone before the caller's code runs.
        all.into_iter()
            .filter(|failure| wanted(failure))
            .take(limit)
            .collect()
    }

    /// How many failures are remembered.
    pub fn len(&self) -> usize {
        self.kept().failures.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn insert(&mut self, source: IpAddr, failure: EarlyFailure) {
        let place = self.next;
        self.next += 1;
        self.by_request.insert(failure.request_id.clone(), place);
        self.by_source.entry(source).or_default().push_back(place);
        self.failures.insert(place, Arc::new(failure));
    }

    fn count_of(&self, source: IpAddr) -> usize {
        self.by_source.get(&source).map_or(0, VecDeque::len)
    }

    fn drop_oldest(&mut self) {
        if let Some((_, failure)) = self.failures.first_key_value() {
            self.drop_oldest_of(source_of(failure.source));
        }
    }

    fn drop_oldest_of(&mut self, source: IpAddr) {
        let Some(places) = self.by_source.get_mut(&source) else {
            return;
        };
        let place = places.pop_front();
        if places.is_empty() {
            self.by_source.remove(&source);
        }
        let failure = place.and_then(|place| self.failures.remove(&place));
        if let Some(failure) = failure
            && self.by_request.get(&failure.request_id).copied() == place
        {
            self.by_request.remove(&failure.request_id);
        }
    }
}

/// Whom an address belongs to, as far as caps go.
fn source_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << (128 - IPV6_SOURCE_BITS));
            let mapped = address.to_ipv4_mapped().map(IpAddr::V4);
            mapped.unwrap_or(IpAddr::V6(Ipv6Addr::from_bits(network)))
        }
    }
}

fn tidy(failure: &mut EarlyFailure) {
    let optional = [
        &mut failure.event_source,
        &mut failure.event_name,
        &mut failure.internal,
    ];
    let texts = [&mut failure.error_code, &mut failure.error_message]
        .into_iter()
        .chain(optional.into_iter().flatten());
    for text in texts {
        scrub_text(text);
        cut(text, MAX_TEXT_BYTES);
        text.shrink_to_fit();
    }
    if let Some(details) = &mut failure.details {
        scrub(details);
        let max = match failure.caller {
            Known::Nothing => MAX_DETAILS_BYTES,
            Known::Folded { .. } => MAX_FOLDED_DETAILS_BYTES,
        };
        omit(details, "details", max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::SeededEntropy;

    fn failure(source: &str, entropy: &SeededEntropy) -> EarlyFailure {
        EarlyFailure {
            request_id: RequestId::draw(entropy),
            at: Timestamp::UNIX_EPOCH,
            source: source.parse().unwrap(),
            caller: Known::Nothing,
            event_source: Some("sts.amazonaws.com".to_owned()),
            event_name: Some("AssumeRoleWithWebIdentity".to_owned()),
            error_code: "InvalidIdentityToken".to_owned(),
            error_message: "no".to_owned(),
            internal: None,
            details: None,
        }
    }

    #[test]
    fn one_source_pushes_out_its_own_entries_only() {
        let entropy = SeededEntropy::new(1);
        let ring = Ring::bounded(10, 4);
        let victim = failure("192.0.2.1", &entropy);
        ring.push(victim.clone());
        let flood: Vec<_> = (0..50).map(|_| failure("192.0.2.2", &entropy)).collect();
        for failure in &flood {
            ring.push(failure.clone());
        }
        assert_eq!(ring.len(), 5);
        assert_eq!(*ring.find(&victim.request_id).unwrap(), victim);
        assert!(ring.find(&flood[45].request_id).is_none());
        assert_eq!(*ring.find(&flood[46].request_id).unwrap(), flood[46]);
        let newest: Vec<_> = ring.newest(2, |_| true);
        assert_eq!(*newest[0], flood[49]);
        assert_eq!(*newest[1], flood[48]);
        assert_eq!(ring.newest(9, |f| f.source == victim.source).len(), 1);
    }

    #[test]
    fn addresses_of_one_network_are_one_source() {
        let entropy = SeededEntropy::new(2);
        let ring = Ring::bounded(10, 2);
        for address in [
            "2001:db8::1",
            "2001:db8::2",
            "2001:db8::3",
            "2001:db8:0:1::1",
        ] {
            ring.push(failure(address, &entropy));
        }
        for address in ["::ffff:192.0.2.9", "192.0.2.9", "::ffff:192.0.2.9"] {
            ring.push(failure(address, &entropy));
        }
        assert_eq!(ring.len(), 5);
    }

    #[test]
    fn a_hundred_thousand_garbage_calls_stay_within_bounds() {
        let entropy = SeededEntropy::new(3);
        let ring = Ring::default();
        for number in 0..100_000_u32 {
            let source = format!("10.{}.{}.1", number % 200, number % 7);
            let mut failure = failure(&source, &entropy);
            failure.error_message = "x".repeat(600);
            ring.push(failure);
        }
        assert_eq!(ring.len(), MAX_RING_ENTRIES);
        let kept = ring.kept();
        assert_eq!(kept.by_request.len(), MAX_RING_ENTRIES);
        assert_eq!(
            kept.by_source.values().map(VecDeque::len).sum::<usize>(),
            MAX_RING_ENTRIES
        );
        assert!(
            kept.failures
                .values()
                .all(|failure| failure.error_message.len() == MAX_TEXT_BYTES)
        );
    }

    #[test]
    fn secrets_do_not_enter() {
        let entropy = SeededEntropy::new(4);
        let ring = Ring::default();
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.canary";
        let mut failure = failure("192.0.2.1", &entropy);
        failure.error_message = format!("bad token {token}");
        failure.internal = Some(token.to_owned());
        failure.details = Some(serde_json::json!({"WebIdentityToken": "canary", "raw": token}));
        ring.push(failure);
        assert!(!format!("{ring:?}").contains("canary"));
    }
}
