//! Looks for pods that run without the identity that their ServiceAccount has: made while the
//! webhook was away, or before the annotation.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::Request;
use kube::Client;
use serde::Deserialize;
use tokio::sync::watch;

use super::admission::Admission;
use super::api_source::told;
use crate::webhook::{Injection, Lookup, Subject};

/// Pods of one page.
const PAGE: u32 = 250;
/// The volume through which pods of ours get their token.
const TOKEN_VOLUME: &str = "aws-iam-token";
const MIRROR: &str = "kubernetes.io/config.mirror";
const OPT_OUT: &str = "eks.amazonaws.com/skip-pod-identity-webhook";

/// What the last look found: pods by namespace.
#[derive(Default)]
pub(crate) struct PodAudit(Mutex<Option<BTreeMap<String, u64>>>);

#[derive(Deserialize)]
struct Page {
    metadata: PageMetadata,
    items: Vec<Pod>,
}

#[derive(Deserialize)]
struct PageMetadata {
    #[serde(default, rename = "continue")]
    next: Option<String>,
}

/// As much of a pod as matters.
#[derive(Deserialize)]
struct Pod {
    metadata: Metadata,
    spec: Spec,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
    #[serde(default)]
    deletion_timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    #[serde(default)]
    service_account_name: String,
    #[serde(default)]
    volumes: Option<Vec<Volume>>,
}

#[derive(Deserialize)]
struct Volume {
    name: String,
}

impl PodAudit {
    /// What was found; `None` before the first look.
    pub(crate) fn found(&self) -> Option<BTreeMap<String, u64>> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.clone()
    }

    fn set(&self, found: Option<BTreeMap<String, u64>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }
}

/// Looks every `interval`, until `stopping`.
pub(crate) async fn keep(
    admission: Arc<Admission>,
    client: Client,
    interval: Duration,
    mut stopping: watch::Receiver<bool>,
) {
    let mut failed_before = false;
    loop {
        if admission.accounts.is_synced() {
            let looked = tokio::select! {
                looked = look(&admission, &client) => looked,
                _ = stopping.wait_for(|stop| *stop) => return,
            };
            match looked {
                Ok(found) => {
                    failed_before = false;
                    tell(&found, admission.audit.found().as_ref());
                    admission.audit.set(Some(found));
                }
                Err(error) => {
                    if !failed_before {
                        tracing::warn!(%error, "pods that run without identity cannot be counted");
                    }
                    failed_before = true;
                    admission.audit.set(None);
                }
            }
        }
        let pause = if admission.accounts.is_synced() {
            interval
        } else {
            Duration::from_secs(1)
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
    }
}

fn tell(found: &BTreeMap<String, u64>, before: Option<&BTreeMap<String, u64>>) {
    for (namespace, pods) in found {
        if before.and_then(|before| before.get(namespace)) != Some(pods) {
            tracing::warn!(
                namespace,
                pods,
                "pods run without the identity of their ServiceAccount; they get it when they are made anew"
            );
        }
    }
}

async fn look(admission: &Admission, client: &Client) -> Result<BTreeMap<String, u64>, String> {
    let mut found = BTreeMap::new();
    let mut next: Option<String> = None;
    loop {
        let page = page(client, next.as_deref()).await?;
        for pod in &page.items {
            if lacks_identity(admission, pod) {
                *found.entry(pod.metadata.namespace.clone()).or_default() += 1;
            }
        }
        next = page.metadata.next.filter(|next| !next.is_empty());
        if next.is_none() {
            return Ok(found);
        }
    }
}

async fn page(client: &Client, next: Option<&str>) -> Result<Page, String> {
    const RUNNING: &str = "status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed";
    let mut uri = format!("/api/v1/pods?limit={PAGE}&fieldSelector={RUNNING}");
    if let Some(next) = next {
        uri.push_str("&continue=");
        for byte in next.bytes() {
            if byte.is_ascii_alphanumeric() {
                uri.push(char::from(byte));
            } else {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    let request = Request::get(uri)
        .body(Vec::new())
        .map_err(|error| error.to_string())?;
    let page = client.request::<Page>(request).await;
    page.map_err(|error| told(&error))
}

fn lacks_identity(admission: &Admission, pod: &Pod) -> bool {
    let metadata = &pod.metadata;
    let has = |map: &Option<BTreeMap<String, String>>, name: &str| {
        map.as_ref().is_some_and(|map| map.contains_key(name))
    };
    if metadata.deletion_timestamp.is_some()
        || has(&metadata.labels, OPT_OUT)
        || has(&metadata.annotations, MIRROR)
    {
        return false;
    }
    let subject = Subject {
        namespace: &metadata.namespace,
        service_account: &pod.spec.service_account_name,
    };
    let Lookup::Found(identity) = admission.cached(subject) else {
        return false;
    };
    let volume = match &identity.injection {
        Injection::WebIdentity(_) => TOKEN_VOLUME,
        Injection::ContainerCredentials(credentials) => &credentials.volume_name,
    };
    let mut volumes = pod.spec.volumes.iter().flatten();
    !volumes.any(|mounted| mounted.name == volume)
}
