//! The roles of the ConfigMap `pod-identity-webhook`, as they are now.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use k8s_openapi::api::core::v1::ConfigMap as Object;

use super::index::Index;
use crate::webhook::ConfigMap;

/// The name of the ConfigMap.
pub(crate) const CONFIG_MAP: &str = "pod-identity-webhook";
/// Its key.
const KEY: &str = "config";

/// The roles in force.
#[derive(Default)]
pub(crate) struct Roles {
    current: RwLock<Arc<ConfigMap>>,
    listed: AtomicBool,
    synced: AtomicBool,
    invalid: AtomicBool,
}

impl Roles {
    pub(crate) fn current(&self) -> Arc<ConfigMap> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn is_synced(&self) -> bool {
        self.synced.load(Ordering::Acquire)
    }

    /// Whether the text in the cluster is the one in force.
    pub(crate) fn is_valid(&self) -> bool {
        !self.invalid.load(Ordering::Relaxed)
    }

    pub(crate) fn clear(&self) {
        self.set(ConfigMap::default());
    }

    fn set(&self, roles: ConfigMap) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(roles);
    }

    fn take(&self, object: &Object) {
        if object.metadata.name.as_deref() != Some(CONFIG_MAP) {
            return;
        }
        let roles = match parsed(object) {
            Ok(roles) => roles,
            Err(error) => {
                tracing::error!(%error, "the ConfigMap {CONFIG_MAP} is not taken over; the roles known so far stay");
                self.invalid.store(true, Ordering::Relaxed);
                return;
            }
        };
        for fault in &roles.faults {
            tracing::warn!(%fault, "an entry of the ConfigMap {CONFIG_MAP} is left out");
        }
        self.invalid
            .store(!roles.faults.is_empty(), Ordering::Relaxed);
        self.set(roles);
    }
}

/// What the ConfigMap says; without its key, nothing.
pub(crate) fn parsed(object: &Object) -> Result<ConfigMap, crate::webhook::ConfigMapFault> {
    let text = object.data.as_ref().and_then(|data| data.get(KEY));
    text.map_or_else(|| Ok(ConfigMap::default()), |text| ConfigMap::parse(text))
}

impl Index<Object> for Roles {
    fn begin(&self) {
        self.listed.store(false, Ordering::Release);
    }

    fn listed(&self, object: &Object) {
        self.listed.store(true, Ordering::Release);
        self.take(object);
    }

    fn finish(&self) {
        if !self.listed.load(Ordering::Acquire) {
            self.clear();
        }
        self.synced.store(true, Ordering::Release);
    }

    fn applied(&self, object: &Object) {
        self.take(object);
    }

    fn deleted(&self, object: &Object) {
        if object.metadata.name.as_deref() == Some(CONFIG_MAP) {
            self.clear();
        }
    }
}
