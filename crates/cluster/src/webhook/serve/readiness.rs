//! Whether API servers should send us reviews.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use super::accounts::Accounts;
use super::namespaces::Namespaces;
use super::roles::Roles;
use crate::certificate::Status;

/// What must be there before we answer, and while we do.
pub(crate) struct Readiness {
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) namespaces: Arc<Namespaces>,
    pub(crate) roles: Option<Arc<Roles>>,
    pub(crate) certificate: watch::Receiver<Status>,
    pub(crate) stopping: AtomicBool,
}

impl Readiness {
    /// From now on no new work is wanted.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// What is missing, one line each; nothing: ready.
    pub(crate) fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        if self.stopping.load(Ordering::Acquire) {
            missing.push("stopping".to_owned());
        }
        if !self.accounts.is_synced() {
            missing.push("the ServiceAccounts have not been read yet".to_owned());
        }
        if !self.namespaces.is_synced() && !self.namespaces.is_forbidden() {
            missing.push("the namespaces have not been read yet".to_owned());
        }
        if self.roles.as_ref().is_some_and(|roles| !roles.is_synced()) {
            missing.push("the ConfigMap has not been read yet".to_owned());
        }
        missing.extend(self.certificate.borrow().obstacle.clone());
        missing
    }
}
