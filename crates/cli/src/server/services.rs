//! The services that are served, and what works beside them.

use std::sync::Arc;
use std::time::Duration;

use engine::{Registry, Server};
use tokio::sync::watch;

/// How often secrets whose recovery window has ended are looked for.
const DUE_SECRETS: Duration = Duration::from_secs(60);

/// Every operation of every service.
pub(super) fn registry() -> Registry {
    let mut registry = Registry::default();
    identity::register(&mut registry);
    secrets::register(&mut registry);
    registry
}

/// Removes secrets when their time has come, until `stopping`.
pub(super) async fn remove_due_secrets(server: Arc<Server>, mut stopping: watch::Receiver<bool>) {
    loop {
        if let Err(fault) = secrets::secretsmanager::remove_due_secrets(&server).await {
            let internal = fault.internal_message();
            tracing::error!(%fault, internal, "secrets that are due were not removed");
        }
        tokio::select! {
            () = tokio::time::sleep(DUE_SECRETS) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
    }
}
