//! Events on refusals: beside the ServiceAccount, where its owner looks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::{Clock, Entropy, EntropyExt};
use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::api_source::told;
use super::metrics::{Metrics, add};
use super::token_bucket::TokenBucket;

const COMPONENT: &str = "irsa-webhook";
const REASON: &str = "IdentityRefused";
/// Events that wait to be sent; more are dropped and counted.
const QUEUE: usize = 128;
/// One Event of one ServiceAccount and reason in that time.
const QUIET: Duration = Duration::from_mins(1);
/// Those of which we remember when the last Event was.
const MAX_REMEMBERED: usize = 4_096;
const PER_SECOND: u32 = 2;
const BURST: u32 = 25;
/// The longest message of an Event (`validation.go` of the API server: 1,024).
const MAX_MESSAGE_CHARS: usize = 1_000;
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
const HEX: &[u8] = b"0123456789abcdef";

/// A pod that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) namespace: String,
    pub(crate) service_account: String,
    pub(crate) pod: String,
    /// In one word.
    pub(crate) reason: &'static str,
    pub(crate) message: String,
}

/// Takes refusals, never waits.
pub(crate) struct Events {
    queue: mpsc::Sender<Refusal>,
    last: Mutex<HashMap<String, Instant>>,
    bucket: TokenBucket,
    metrics: Arc<Metrics>,
}

/// Sends what [`Events`] took.
pub(crate) struct Sender {
    queue: mpsc::Receiver<Refusal>,
    client: Client,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    metrics: Arc<Metrics>,
}

/// Both ends.
pub(crate) fn events(
    client: Client,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    metrics: &Arc<Metrics>,
) -> (Events, Sender) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let events = Events {
        queue: sender,
        last: Mutex::default(),
        bucket: TokenBucket::new(PER_SECOND, BURST),
        metrics: Arc::clone(metrics),
    };
    let sender = Sender {
        queue: receiver,
        client,
        clock,
        entropy,
        metrics: Arc::clone(metrics),
    };
    (events, sender)
}

impl Events {
    /// Tells of a refusal, unless the same was told a moment ago or too much is told.
    pub(crate) fn offer(&self, refusal: Refusal) {
        if !self.is_news(&refusal) {
            return;
        }
        if !self.bucket.try_take() || self.queue.try_send(refusal).is_err() {
            add(&self.metrics.events.dropped);
        }
    }

    fn is_news(&self, refusal: &Refusal) -> bool {
        let key = format!(
            "{}/{}/{}",
            refusal.namespace, refusal.service_account, refusal.reason
        );
        let now = Instant::now();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= MAX_REMEMBERED {
            last.retain(|_, told| now.duration_since(*told) < QUIET);
        }
        match last.get(&key) {
            Some(told) if now.duration_since(*told) < QUIET => false,
            Some(_) | None if last.len() < MAX_REMEMBERED => {
                last.insert(key, now);
                true
            }
            Some(_) | None => false,
        }
    }
}

impl Sender {
    /// Sends until `stopping`.
    pub(crate) async fn run(mut self, mut stopping: watch::Receiver<bool>) {
        let mut failed_before = false;
        loop {
            let refusal = tokio::select! {
                refusal = self.queue.recv() => refusal,
                _ = stopping.wait_for(|stop| *stop) => return,
            };
            let Some(refusal) = refusal else { return };
            let sent = tokio::time::timeout(SEND_TIMEOUT, self.send(&refusal)).await;
            let outcome = sent.unwrap_or_else(|_| Err("the API server did not answer".to_owned()));
            match outcome {
                Ok(()) => add(&self.metrics.events.sent),
                Err(error) => {
                    add(&self.metrics.events.failed);
                    if !failed_before {
                        tracing::warn!(%error, "Events cannot be written; refusals are in the log and the metrics");
                    }
                    failed_before = true;
                }
            }
        }
    }

    async fn send(&self, refusal: &Refusal) -> Result<(), String> {
        let api = Api::<Event>::namespaced(self.client.clone(), &refusal.namespace);
        let event = self.event(refusal, self.uid(refusal).await);
        let sent = api.create(&PostParams::default(), &event).await;
        sent.map(drop).map_err(|error| told(&error))
    }

    /// WHY: `kubectl describe` shows the Events of the very object, not of its name.
    async fn uid(&self, refusal: &Refusal) -> Option<String> {
        let accounts = Api::<ServiceAccount>::namespaced(self.client.clone(), &refusal.namespace);
        let account = accounts.get_metadata_opt(&refusal.service_account).await;
        account.ok().flatten()?.metadata.uid
    }

    fn event(&self, refusal: &Refusal, uid: Option<String>) -> Event {
        let now = Time(self.clock.now());
        let suffix = self.entropy.text(HEX, 16);
        let message = format!("pod {}: {}", refusal.pod, refusal.message);
        Event {
            metadata: ObjectMeta {
                // A ServiceAccount's name may be 253 characters long, an Event's too.
                name: Some(format!(
                    "{}.{suffix}",
                    cut(&refusal.service_account, 253 - 17)
                )),
                namespace: Some(refusal.namespace.clone()),
                ..ObjectMeta::default()
            },
            involved_object: ObjectReference {
                api_version: Some("v1".to_owned()),
                kind: Some("ServiceAccount".to_owned()),
                name: Some(refusal.service_account.clone()),
                namespace: Some(refusal.namespace.clone()),
                uid,
                ..ObjectReference::default()
            },
            reason: Some(REASON.to_owned()),
            message: Some(cut(&message, MAX_MESSAGE_CHARS)),
            type_: Some("Warning".to_owned()),
            source: Some(EventSource {
                component: Some(COMPONENT.to_owned()),
                host: None,
            }),
            first_timestamp: Some(now.clone()),
            last_timestamp: Some(now),
            count: Some(1),
            ..Event::default()
        }
    }
}

fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}
