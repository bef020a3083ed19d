//! The services that are served, and what works beside them.

use std::sync::Arc;
use std::time::Duration;

use base::Fault;
use engine::{Registry, Server, store_fault};
use identity::sts::remove_expired_denials;
use store::Durability;
use tokio::sync::watch;

/// How often secrets whose recovery window has ended are looked for.
const DUE_SECRETS: Duration = Duration::from_mins(1);

/// How often entries of revoked sessions are looked through that are over by themselves.
const OLD_DENIALS: Duration = Duration::from_hours(1);

/// Every operation of every service.
pub(super) fn registry() -> Registry {
    let mut registry = Registry::default();
    identity::register_with(
        &mut registry,
        vec![Arc::new(secrets::secretsmanager::Secrets)],
    );
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

/// Forgets revoked sessions whose time is over, until `stopping`.
pub(super) async fn remove_old_denials(server: Arc<Server>, mut stopping: watch::Receiver<bool>) {
    loop {
        if let Err(fault) = forget_denials(&server).await {
            let internal = fault.internal_message();
            tracing::error!(%fault, internal, "old denials were not removed");
        }
        tokio::select! {
            () = tokio::time::sleep(OLD_DENIALS) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
    }
}

async fn forget_denials(server: &Server) -> Result<(), Fault> {
    let mut unit = server.unit().await?;
    let account = server.settings.management_account;
    if remove_expired_denials(&mut unit, account, server.clock.now()).await? > 0 {
        let committed = server
            .store
            .commit(unit.into_work(), Durability::Disk)
            .await;
        committed.map_err(store_fault)?;
    }
    Ok(())
}
