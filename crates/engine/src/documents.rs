//! Policy documents, parsed once.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use moka::sync::Cache;
use policy::{Document, Leniency, PolicyKind};

/// How much policy text stays parsed, in bytes.
const MAX_CACHED_BYTES: u64 = 64 * 1024 * 1024;

/// Parsed documents by digest of kind and text. A document that does not parse is `None`: it
/// denies everything to what it is attached to (THREATS R37).
pub struct Documents {
    parsed: Cache<[u8; 32], Parsed>,
}

#[derive(Clone)]
struct Parsed {
    text_bytes: u32,
    document: Option<Arc<Document>>,
}

impl Default for Documents {
    fn default() -> Self {
        let parsed = Cache::builder()
            .max_capacity(MAX_CACHED_BYTES)
            .weigher(|_, parsed: &Parsed| parsed.text_bytes.saturating_add(64))
            .build();
        Self { parsed }
    }
}

impl Documents {
    /// The document in `text`, or `None` if it does not parse as that kind.
    pub fn parsed(
        &self,
        text: &str,
        kind: PolicyKind,
        leniency: Leniency,
    ) -> Option<Arc<Document>> {
        let tag = match (kind, leniency) {
            (PolicyKind::Identity, Leniency::Storage) => "identity:",
            (PolicyKind::Identity, Leniency::Session) => "identity~",
            (PolicyKind::Session, Leniency::Storage) => "session:",
            (PolicyKind::Session, Leniency::Session) => "session~",
            (PolicyKind::RoleTrust, Leniency::Storage) => "trust:",
            (PolicyKind::RoleTrust, Leniency::Session) => "trust~",
            (PolicyKind::Resource, Leniency::Storage) => "resource:",
            (PolicyKind::Resource, Leniency::Session) => "resource~",
        };
        let mut bytes = Vec::with_capacity(tag.len() + text.len());
        bytes.extend_from_slice(tag.as_bytes());
        bytes.extend_from_slice(text.as_bytes());
        let mut key = [0; 32];
        key.copy_from_slice(digest(&SHA256, &bytes).as_ref());
        let parse = || Parsed {
            text_bytes: u32::try_from(text.len()).unwrap_or(u32::MAX),
            document: read(text, kind, leniency).map(Arc::new),
        };
        self.parsed.get_with(key, parse).document
    }
}

/// A stored document was checked when it was written; a rule added since must not turn it into a
/// refusal of everything. A session policy is checked as it comes.
fn read(text: &str, kind: PolicyKind, leniency: Leniency) -> Option<Document> {
    match leniency {
        Leniency::Storage => Document::load(text, kind).ok(),
        Leniency::Session => Document::parse(text, kind, leniency).ok(),
    }
}
