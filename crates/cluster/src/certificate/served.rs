//! The pair in use, replaced between two handshakes.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::pair::Pair;

/// Handshakes fail while there is no pair yet.
#[derive(Debug, Default)]
pub(crate) struct Served(RwLock<Option<Pair>>);

impl Served {
    pub(crate) fn put(&self, pair: Pair) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(pair);
    }

    pub(crate) fn pair(&self) -> Option<Pair> {
        let pair = self.0.read().unwrap_or_else(PoisonError::into_inner);
        pair.clone()
    }
}

impl ResolvesServerCert for Served {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let pair = self.0.read().unwrap_or_else(PoisonError::into_inner);
        pair.as_ref().map(|pair| Arc::clone(&pair.key))
    }
}
