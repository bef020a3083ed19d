//! From a session's calls back to the web identity token behind the session.
//!
//! The join is on access key ids, as in [`Subject`](crate::Subject), the other way round.

use std::collections::{BTreeMap, HashMap};

use base::Timestamp;
use jiff::SignedDuration;
use store::{RecordId, Store, StoreFault};

use crate::attribute::Facet;
use crate::index::{before, watermark};
use crate::look_up::entry_of;
use crate::posting::Bucket;
use crate::source::Source;
use crate::subject::MAX_CHAIN_DEPTH;
use crate::{AuditError, Entry, Index, TokenFacts, Trail, UserIdentity};

/// How long before a session's creation its opening may be recorded: creation times are rounded.
const EARLY: SignedDuration = SignedDuration::from_secs(2);
/// How long the call that opens a session may last, slow issuers included.
const LATE: SignedDuration = SignedDuration::from_secs(120);
/// How many records that are not indexed yet are read.
const MAX_UNINDEXED: usize = 100_000;

/// The verified tokens behind some sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    tokens: HashMap<String, TokenFacts>,
}

impl Origins {
    /// The token that the call bore, or that opened the first session of the chain that made it.
    pub fn token<'a>(&'a self, entry: &'a Entry) -> Option<&'a TokenFacts> {
        let own = entry.side().token.as_ref();
        own.or_else(|| self.tokens.get(&session(entry)?.0))
    }
}

impl Index {
    /// Where the sessions that made `entries` came from, as far as their openings stand in
    /// `trails`.
    pub async fn origins(
        &self,
        store: &dyn Store,
        trails: &[Trail],
        entries: &[Entry],
    ) -> Result<Origins, AuditError> {
        let own = entries.iter().filter(|entry| entry.side().token.is_none());
        let mut wanted: Wanted = own.filter_map(session).collect();
        let mut found = Found::default();
        for _ in 0..=MAX_CHAIN_DEPTH {
            if wanted.is_empty() {
                break;
            }
            let openings = openings(store, trails, &wanted).await?;
            wanted = openings
                .iter()
                .filter_map(|entry| found.take(entry))
                .collect();
            wanted.retain(|key, _| !found.knows(key));
        }
        Ok(found.origins())
    }
}

/// Access key ids of sessions, and when these were opened.
type Wanted = BTreeMap<String, Timestamp>;

/// The session that made a call.
fn session(entry: &Entry) -> Option<(String, Timestamp)> {
    match &entry.record().user_identity {
        UserIdentity::AssumedRole {
            access_key_id,
            session_context,
            ..
        } => {
            let opened = session_context.attributes.creation_date;
            Some((access_key_id.clone(), opened))
        }
        UserIdentity::Root { .. }
        | UserIdentity::IamUser { .. }
        | UserIdentity::WebIdentityUser { .. }
        | UserIdentity::AwsAccount { .. }
        | UserIdentity::AwsService { .. }
        | UserIdentity::Unknown { .. } => None,
    }
}

/// How sessions were opened, by their access key ids.
#[derive(Default)]
struct Found {
    by_token: HashMap<String, TokenFacts>,
    by_session: HashMap<String, String>,
}

impl Found {
    /// Learns of an opening; answers the session that made it, if one did.
    fn take(&mut self, opening: &Entry) -> Option<(String, Timestamp)> {
        let minted = opening.side().minted.as_ref()?.access_key_id.clone();
        if let Some(token) = &opening.side().token {
            self.by_token.insert(minted, token.clone());
            return None;
        }
        let opener = session(opening)?;
        self.by_session.insert(minted, opener.0.clone());
        Some(opener)
    }

    fn knows(&self, key: &str) -> bool {
        self.by_token.contains_key(key) || self.by_session.contains_key(key)
    }

    fn origins(mut self) -> Origins {
        for key in self.by_session.keys() {
            if let Some(token) = self.first_token(key) {
                let token = token.clone();
                self.by_token.insert(key.clone(), token);
            }
        }
        Origins {
            tokens: self.by_token,
        }
    }

    fn first_token(&self, key: &str) -> Option<&TokenFacts> {
        let mut key = key;
        for _ in 0..=MAX_CHAIN_DEPTH {
            if let Some(token) = self.by_token.get(key) {
                return Some(token);
            }
            key = self.by_session.get(key)?;
        }
        None
    }
}

/// The calls that opened the sessions.
async fn openings(
    store: &dyn Store,
    trails: &[Trail],
    wanted: &Wanted,
) -> Result<Vec<Entry>, StoreFault> {
    let mut found = Vec::new();
    for trail in trails {
        let watermark = watermark(store, trail).await?;
        if let Some(watermark) = watermark {
            for (key, opened) in wanted {
                let (from, to) = span(*opened, *opened);
                let (bucket, hash) = Bucket::of(Facet::Minted, key);
                let terms = (bucket, [hash].into());
                let source = Source::index(trail, terms, from, to.min(watermark));
                found.extend(read(store, source, wanted).await?);
            }
        }
        let behind = watermark.and_then(|watermark| watermark.next());
        let (first, last) = (wanted.values().min(), wanted.values().max());
        if let (Some(first), Some(last)) = (first, last) {
            let (from, to) = span(*first, *last);
            let from = behind.map_or(from, |at| from.max(at));
            found.extend(read(store, Source::records(trail, from, to), wanted).await?);
        }
    }
    Ok(found)
}

/// Between which records the openings of sessions stand.
fn span(first: Timestamp, last: Timestamp) -> (RecordId, RecordId) {
    let end = last.checked_add(LATE).unwrap_or(Timestamp::MAX);
    (
        RecordId::first_at(before(first, EARLY)),
        RecordId::last_at(end),
    )
}

async fn read(
    store: &dyn Store,
    mut source: Source,
    wanted: &Wanted,
) -> Result<Vec<Entry>, StoreFault> {
    let mut found = Vec::new();
    let mut looked_at = 0;
    while source.bound().is_some() && looked_at < MAX_UNINDEXED {
        let Some(candidate) = source.pop() else {
            looked_at += source.fill(store).await?.max(1);
            continue;
        };
        let entry = entry_of(store, &source.trail, candidate).await?;
        found.extend(entry.filter(|entry| opens(entry, wanted)));
    }
    Ok(found)
}

fn opens(entry: &Entry, wanted: &Wanted) -> bool {
    let minted = entry.side().minted.as_ref();
    minted.is_some_and(|minted| wanted.contains_key(&minted.access_key_id))
}
