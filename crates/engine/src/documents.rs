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
        let kind_tag = match kind {
            PolicyKind::Identity => "identity",
            PolicyKind::Session => "session",
            PolicyKind::RoleTrust => "trust",
            PolicyKind::Resource => "resource",
            PolicyKind::ServiceControl => "service-control",
            PolicyKind::ResourceControl => "resource-control",
            PolicyKind::Endpoint => "endpoint",
        };
        let leniency_tag = match leniency {
            Leniency::Storage => ":",
            Leniency::Session => "~",
            Leniency::Simulator => "=",
        };
        let parts = [kind_tag, leniency_tag, text];
        let bytes = parts.concat().into_bytes();
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
        Leniency::Session | Leniency::Simulator => Document::parse(text, kind, leniency).ok(),
    }
}
