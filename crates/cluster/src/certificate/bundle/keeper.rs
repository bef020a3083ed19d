//! Keeps the bundle in every namespace where pods are given it.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::core::PartialObjectMeta;
use kube::runtime::watcher::Event;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client, ResourceExt as _};
use tokio::sync::{mpsc, watch};

use super::config_map::{Standing, put};
use super::content::{BundleFault, BundleSources, Content};
use crate::certificate::api_fault::ApiFault;
use crate::certificate::object_name::is_subdomain;

/// How often the files are read, and namespaces that changed are looked at.
///
/// WHY: while replicas see a new file at different times each would undo the other's change; so
/// seldom, that is a few writes until both have it.
const LOOK: Duration = Duration::from_secs(15);
/// The most that one namespace takes.
const PATIENCE: Duration = Duration::from_secs(10);
/// Namespaces that wait to be written; more are asked for again by their next pod.
const QUEUE: usize = 1024;

/// Asks for the bundle, from the admission of a pod.
#[derive(Clone)]
pub struct EndpointBundle {
    wanted: mpsc::Sender<String>,
    settled: Arc<Mutex<BTreeSet<String>>>,
}

/// What [`EndpointBundle`] asks: spawn [`BundleKeeper::keep`].
pub struct BundleKeeper {
    client: Client,
    name: String,
    content: Content,
    bundle: String,
    requests: mpsc::Receiver<String>,
    /// Where nothing is to be done, until something changes.
    settled: Arc<Mutex<BTreeSet<String>>>,
    /// What is to be looked at with the next look at the files.
    due: BTreeSet<String>,
    /// Where it is, and the version last seen there.
    versions: BTreeMap<String, String>,
    /// Where it is, of a list that is being taken.
    listing: BTreeSet<String>,
    told: Option<String>,
}

impl EndpointBundle {
    /// Has the bundle put into that namespace, where it is not known to be already. Returns at
    /// once and never fails: the kubelet waits for a ConfigMap, so that a pod may be ahead of it.
    pub fn ensure(&self, namespace: &str) {
        let settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        if settled.contains(namespace) {
            return;
        }
        drop(settled);
        if self.wanted.try_send(namespace.to_owned()).is_err() {
            tracing::debug!(namespace, "the endpoint's CA bundle has to wait");
        }
    }
}

impl BundleKeeper {
    /// Keeps the sources' bundle in ConfigMaps of that name.
    ///
    /// # Errors
    /// Why there is no bundle.
    pub fn new(
        client: Client,
        name: &str,
        sources: BundleSources,
    ) -> Result<(EndpointBundle, Self), BundleFault> {
        if !is_subdomain(name) {
            return Err(BundleFault::Name(name.to_owned()));
        }
        let content = Content::new(sources)?;
        let bundle = content.read()?;
        let (wanted, requests) = mpsc::channel(QUEUE);
        let settled = Arc::<Mutex<BTreeSet<String>>>::default();
        let handle = EndpointBundle {
            wanted,
            settled: Arc::clone(&settled),
        };
        let keeper = Self {
            client,
            name: name.to_owned(),
            content,
            bundle,
            requests,
            settled,
            due: BTreeSet::new(),
            versions: BTreeMap::new(),
            listing: BTreeSet::new(),
            told: None,
        };
        Ok((handle, keeper))
    }

    /// Writes and repairs until `stopping`.
    pub async fn keep(mut self, mut stopping: watch::Receiver<bool>) {
        let mut changes = pin!(self.changes());
        let mut looks = tokio::time::interval(LOOK);
        loop {
            let stop = async { drop(stopping.wait_for(|stop| *stop).await) };
            tokio::select! {
                () = stop => return,
                Some(namespace) = self.requests.recv() => self.serve(namespace).await,
                Some(change) = changes.next() => self.note(change),
                _ = looks.tick() => self.look().await,
            }
        }
    }

    fn changes(&self) -> impl Stream<Item = Event<PartialObjectMeta<ConfigMap>>> + Send + use<> {
        let all: Api<PartialObjectMeta<ConfigMap>> = Api::all(self.client.clone());
        let ours = watcher::Config::default().fields(&format!("metadata.name={}", self.name));
        let events = watcher(all, ours).default_backoff();
        events.filter_map(|event| std::future::ready(event.ok()))
    }

    /// Somewhere the ConfigMap appeared, changed or went: it is looked at soon.
    pub(crate) fn note(&mut self, change: Event<PartialObjectMeta<ConfigMap>>) {
        let (object, is_there) = match change {
            Event::Apply(object) | Event::InitApply(object) => (object, true),
            Event::Delete(object) => (object, false),
            Event::Init => return self.listing.clear(),
            Event::InitDone => return self.note_missing(),
        };
        let Some(namespace) = object.namespace() else {
            return;
        };
        self.listing.insert(namespace.clone());
        let version = object.resource_version().unwrap_or_default();
        if is_there && self.versions.get(&namespace) == Some(&version) {
            return;
        }
        self.versions.insert(namespace.clone(), version);
        self.due.insert(namespace);
    }

    /// A whole list was taken: what is not in it went while nobody watched.
    fn note_missing(&mut self) {
        let listing = std::mem::take(&mut self.listing);
        let settled = self.settled().clone();
        self.due.extend(settled.difference(&listing).cloned());
    }

    /// Reads the files again, and looks at the namespaces where something changed.
    pub(crate) async fn look(&mut self) {
        match self.content.read() {
            Ok(bundle) if bundle == self.bundle => {}
            Ok(bundle) => {
                tracing::info!("the endpoint's CA bundle changed");
                self.bundle = bundle;
                let settled = self.settled().clone();
                self.due.extend(settled);
                self.due.extend(self.versions.keys().cloned());
            }
            Err(fault) => {
                self.tell(Some(format!("{fault}: the former bundle stays")));
            }
        }
        for namespace in std::mem::take(&mut self.due) {
            self.put(namespace).await;
        }
    }

    /// A pod asks.
    pub(crate) async fn serve(&mut self, namespace: String) {
        if !self.settled().contains(&namespace) {
            self.put(namespace).await;
        }
    }

    async fn put(&mut self, namespace: String) {
        let writing = put(&self.client, &namespace, &self.name, &self.bundle);
        let outcome = tokio::time::timeout(PATIENCE, writing).await;
        let outcome = outcome.unwrap_or_else(|_| Err(late(&namespace, &self.name)));
        match outcome {
            Ok(Standing::Gone) => {
                self.settled().remove(&namespace);
                self.versions.remove(&namespace);
                return;
            }
            Ok(Standing::Written) => {
                tracing::info!(
                    namespace,
                    name = self.name,
                    "the endpoint's CA bundle is written"
                );
            }
            Ok(Standing::Foreign) => {
                let name = &self.name;
                tracing::debug!(namespace, name, "the ConfigMap is not ours, and stays");
            }
            Ok(Standing::Right) => {}
            Err(fault) => {
                self.settled().remove(&namespace);
                self.due.insert(namespace);
                self.tell(Some(fault.to_string()));
                return;
            }
        }
        self.settled().insert(namespace);
        self.tell(None);
    }

    fn settled(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Each fault once.
    fn tell(&mut self, fault: Option<String>) {
        if let Some(fault) = fault.as_ref().filter(|_| self.told != fault) {
            tracing::warn!(%fault, "pods may lack the endpoint's CA bundle");
        }
        self.told = fault;
    }

    /// Whether nothing is to be done there.
    #[cfg(test)]
    pub(crate) fn is_idle(&self, namespace: &str) -> bool {
        !self.due.contains(namespace)
    }

    /// Answers what is asked, without waiting for more.
    #[cfg(test)]
    pub(crate) async fn serve_all(&mut self) {
        while let Ok(namespace) = self.requests.try_recv() {
            self.serve(namespace).await;
        }
    }
}

fn late(namespace: &str, name: &str) -> ApiFault {
    ApiFault::because(
        format!("write the ConfigMap `{namespace}/{name}`"),
        format!(
            "the API server did not answer within {} s",
            PATIENCE.as_secs()
        ),
    )
}
