//! Keeps Secret, caBundle and what is served together.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Timestamp};
use futures_util::{Stream, StreamExt as _, stream};
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use k8s_openapi::api::core::v1::Secret;
use kube::core::PartialObjectMeta;
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client};
use rustls_pki_types::ServerName;
use tokio::sync::watch;

use super::authority::{Authority, MintFault};
use super::ca_bundle::{Configuration, Seen};
use super::lifetimes::Lifetimes;
use super::rotation::{Circumstances, Step, due, take};
use super::secret::{Found, SharedSecret, Written};
use super::state::{State, contains, trusts};
use super::stored::Stored;
use crate::certificate::api_fault::ApiFault;
use crate::certificate::object_name::{is_label, is_subdomain};
use crate::certificate::served::Served;
use crate::certificate::status::Status;

/// How often all is looked at, even where no watch says that it changed.
const RESYNC: Duration = Duration::from_secs(15);
/// The least time between two looks: another that writes the same fields is not raced.
const GAP: Duration = Duration::from_millis(500);
/// The most that one look takes.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a look starts over at once: each write is followed by another.
const ATTEMPTS: usize = 6;
/// More than any state needs: a CA, its promotion, a leaf, a withdrawal.
const STEPS: usize = 8;

/// Where a CA of our own is kept, and whom it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// `--namespace`: of the Secret and the Service.
    pub namespace: String,
    /// `--tls-secret`
    pub secret: String,
    /// `--service-name`
    pub service: String,
    /// The MutatingWebhookConfiguration whose caBundle is kept.
    pub configuration: String,
    /// Hosts by which we are called beside the Service: entries with a URL at one of them are
    /// ours too.
    pub hosts: Vec<String>,
    /// How long certificates live.
    pub lifetimes: Lifetimes,
}

/// A name that is none.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OwnFault {
    /// Kubernetes has no object of such a name.
    #[error("`{name}` cannot be the name of a {kind}")]
    Object {
        /// Such as `Secret`.
        kind: &'static str,
        /// As given.
        name: String,
    },
    /// No certificate can be for it.
    #[error("`{0}` is neither a host name nor an IP address")]
    Host(String),
}

impl Own {
    pub(crate) fn check(&self) -> Result<(), OwnFault> {
        let objects = [
            ("namespace", &self.namespace, is_label(&self.namespace)),
            ("Service", &self.service, is_label(&self.service)),
            ("Secret", &self.secret, is_subdomain(&self.secret)),
            (
                "MutatingWebhookConfiguration",
                &self.configuration,
                is_subdomain(&self.configuration),
            ),
        ];
        if let Some((kind, name, _)) = objects.into_iter().find(|(_, _, is_name)| !is_name) {
            let name = name.clone();
            return Err(OwnFault::Object { kind, name });
        }
        let mut hosts = self.hosts.iter();
        let none = hosts.find(|host| ServerName::try_from(host.as_str()).is_err());
        none.map_or(Ok(()), |host| Err(OwnFault::Host(host.clone())))
    }

    /// All names that the certificate is for.
    fn names(&self) -> Vec<String> {
        let mut names = vec![format!("{}.{}.svc", self.service, self.namespace)];
        for host in &self.hosts {
            if !names.contains(host) {
                names.push(host.clone());
            }
        }
        names
    }
}

pub(crate) struct Keeper {
    client: Client,
    own: Own,
    names: Vec<String>,
    secret: SharedSecret,
    configuration: Configuration,
    clock: Arc<dyn Clock>,
    served: Arc<Served>,
    status: watch::Sender<Status>,
    /// The state as last read or written; what a lost Secret is made from again.
    memory: Option<State>,
    /// The next CA's certificate, and since when it is seen in the caBundle.
    next_published: Option<(String, Timestamp)>,
    told: Option<String>,
}

/// Why a look came to no end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeeperFault {
    #[error(transparent)]
    Api(#[from] ApiFault),
    #[error(transparent)]
    Mint(#[from] MintFault),
    #[error("the API server did not answer within {} s", PATIENCE.as_secs())]
    Late,
    #[error("others keep changing the same objects")]
    Conflict,
}

/// How a look ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Look {
    Settled,
    /// Something was written, by us or in between by another.
    Again,
}

impl Keeper {
    pub(crate) fn new(
        client: Client,
        own: Own,
        clock: Arc<dyn Clock>,
        served: Arc<Served>,
        status: watch::Sender<Status>,
    ) -> Self {
        let names = own.names();
        let service = (own.namespace.as_str(), own.service.as_str());
        Self {
            secret: SharedSecret::new(&client, &own.namespace, &own.secret),
            configuration: Configuration::new(&client, &own.configuration, service, &names),
            client,
            own,
            names,
            clock,
            served,
            status,
            memory: None,
            next_published: None,
            told: None,
        }
    }

    pub(crate) async fn keep(mut self, mut stopping: watch::Receiver<bool>) {
        let mut changes = pin!(self.changes());
        loop {
            tokio::select! {
                () = self.turn() => {}
                _ = stopping.wait_for(|stop| *stop) => return,
            }
            let change = async {
                tokio::time::sleep(GAP).await;
                tokio::select! {
                    Some(()) = changes.next() => {}
                    () = tokio::time::sleep(RESYNC) => {}
                }
            };
            tokio::select! {
                () = change => {}
                _ = stopping.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Something for each change of the Secret or the configuration.
    fn changes(&self) -> impl Stream<Item = ()> + Send + use<> {
        let of = |name: &str| watcher::Config::default().fields(&format!("metadata.name={name}"));
        let namespace = &self.own.namespace;
        let secret: Api<PartialObjectMeta<Secret>> =
            Api::namespaced(self.client.clone(), namespace);
        let configuration: Api<PartialObjectMeta<MutatingWebhookConfiguration>> =
            Api::all(self.client.clone());
        let secrets = watcher(secret, of(&self.own.secret));
        let secrets = secrets.default_backoff().touched_objects();
        let configurations = watcher(configuration, of(&self.own.configuration));
        let configurations = configurations.default_backoff().touched_objects();
        let secrets = secrets.filter_map(|event| std::future::ready(event.ok().map(drop)));
        let configurations =
            configurations.filter_map(|event| std::future::ready(event.ok().map(drop)));
        stream::select(secrets, configurations)
    }

    /// Looks until nobody interferes, and says how it stands.
    pub(crate) async fn turn(&mut self) {
        let outcome = match tokio::time::timeout(PATIENCE, self.settle()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(KeeperFault::Late),
        };
        let fault = outcome.err().map(|fault| fault.to_string());
        if let Some(fault) = &fault {
            self.report_fault(fault);
        }
        self.tell(fault);
    }

    pub(crate) async fn settle(&mut self) -> Result<(), KeeperFault> {
        for _ in 0..ATTEMPTS {
            if self.look().await? == Look::Settled {
                return Ok(());
            }
        }
        Err(KeeperFault::Conflict)
    }

    /// Logs what is wrong once, and once that it is right again.
    fn tell(&mut self, fault: Option<String>) {
        if self.told == fault {
            return;
        }
        if let Some(fault) = &fault {
            tracing::warn!(%fault, "the webhook's certificate is not looked after");
        } else {
            tracing::info!("the webhook's certificate is looked after");
        }
        self.told = fault;
    }

    /// Reads all, does what is due, and serves what is trusted.
    pub(crate) async fn look(&mut self) -> Result<Look, KeeperFault> {
        // INVARIANT: the Secret is written before the configuration, and read after it: a bundle
        // that is newer than the state read here cannot have been read before it.
        let seen = self.configuration.read().await;
        let found = self.secret.read().await?;
        self.note_published(seen.as_ref().ok().and_then(Option::as_ref));
        let Some(state) = self.state(found.as_ref()).await? else {
            return Ok(Look::Again);
        };
        self.memory = Some(state.clone());
        let seen = match seen {
            Ok(seen) => seen,
            Err(fault) => {
                self.serve(&state, None);
                return Err(fault.into());
            }
        };
        let bundle = state.bundle();
        let is_wrong = |seen: &&Seen| seen.injected.is_none() && seen.differs(&bundle);
        let Some(wrong) = seen.as_ref().filter(is_wrong) else {
            self.serve(&state, seen.as_ref());
            self.report(seen.as_ref());
            return Ok(Look::Settled);
        };
        match self.configuration.write(wrong, &bundle).await {
            Ok(Written::Done) => {
                let configuration = &self.own.configuration;
                tracing::info!(configuration, "the caBundle is made what it must be");
            }
            Ok(Written::Conflict) => {}
            Err(fault) => {
                self.serve(&state, Some(wrong));
                self.report(Some(wrong));
                return Err(fault.into());
            }
        }
        // What is there now is read, and not concluded.
        Ok(Look::Again)
    }

    /// The state of now, written already; `None`: another replica wrote first.
    async fn state(&mut self, found: Option<&Found>) -> Result<Option<State>, KeeperFault> {
        let now = self.clock.now();
        let (mut state, mut changed) = self.base(found, now)?;
        let next_published = match (&self.next_published, &state.next) {
            (Some((seen, since)), Some(next)) if *seen == next.certificate => Some(*since),
            _ => None,
        };
        let about = Circumstances {
            now,
            names: &self.names,
            next_published,
            lifetimes: self.own.lifetimes,
        };
        for _ in 0..STEPS {
            let Some(step) = due(&state, &about) else {
                break;
            };
            tracing::info!(step = %Told(step), "the webhook's certificates change");
            take(&mut state, step, &about)?;
            changed = true;
        }
        if changed && self.secret.write(&state, found).await? == Written::Conflict {
            return Ok(None);
        }
        Ok(Some(state))
    }

    /// What the Secret says, or what stands in for it; and whether that must be written.
    fn base(&self, found: Option<&Found>, now: Timestamp) -> Result<(State, bool), KeeperFault> {
        let lifetimes = self.own.lifetimes;
        let stored = found.map(|found| Stored::read(&found.data));
        let is_foreign =
            |found: &Found| matches!(stored, Some(Stored::Empty)) && found.is_foreign();
        if self.memory.is_none() && found.is_some_and(is_foreign) {
            return Err(self.secret.foreign().into());
        }
        match (stored, &self.memory) {
            (Some(Stored::Whole { state, flaw }), _) => {
                if let Some(flaw) = &flaw {
                    tracing::warn!(flaw, "a part of the Secret is replaced");
                }
                Ok((*state, flaw.is_some()))
            }
            (Some(Stored::Damaged(why)), Some(memory)) => {
                tracing::warn!(why, "the Secret is damaged; it is written again");
                Ok((memory.clone(), true))
            }
            (None | Some(Stored::Empty), Some(memory)) => {
                tracing::warn!("the Secret is gone: the CA is replaced");
                let mut state = memory.clone();
                if state.next.is_none() {
                    state.next = Some(Authority::mint(now, lifetimes)?);
                }
                Ok((state, true))
            }
            (Some(Stored::Damaged(why)), None) => {
                tracing::warn!(why, "the Secret is damaged; another CA is made");
                Ok((State::first(now, self.names.clone(), lifetimes)?, true))
            }
            (None | Some(Stored::Empty), None) => {
                Ok((State::first(now, self.names.clone(), lifetimes)?, true))
            }
        }
    }

    /// Remembers since when the next CA is in the caBundle of every entry.
    fn note_published(&mut self, seen: Option<&Seen>) {
        let now = self.clock.now();
        let next = self.memory.as_ref().and_then(|state| state.next.as_ref());
        self.next_published = match (next, seen, self.next_published.take()) {
            // Where nothing is known of now, what was known may be true no more.
            (None, _, _) | (Some(_), None, _) => None,
            (Some(next), Some(seen), before) => {
                let certificate = &next.certificate;
                let is_there = seen.all(|bundle| contains(bundle, certificate));
                let since = before
                    .filter(|(known, since)| known == certificate && *since <= now)
                    .map_or(now, |(_, since)| since);
                is_there.then(|| (certificate.clone(), since))
            }
        };
    }

    /// Serves the state's leaf, unless that breaks what works: a leaf whose CA is not in the
    /// caBundle yet waits while the one in use is trusted.
    fn serve(&self, state: &State, seen: Option<&Seen>) {
        let Some(leaf) = &state.leaf else {
            return;
        };
        let served = self.served.pair();
        let is_served = served
            .as_ref()
            .is_some_and(|pair| pair.leaf() == leaf.pair.leaf());
        if is_served {
            return;
        }
        let trusted = |pair| seen.is_some_and(|seen| seen.all(|bundle| trusts(bundle, pair)));
        if !trusted(&leaf.pair) && served.as_ref().is_some_and(trusted) {
            tracing::info!("a leaf of a CA that is not in the caBundle yet is not served");
            return;
        }
        tracing::info!(
            not_after = %leaf.pair.validity.not_after,
            "another TLS certificate is served from now on"
        );
        self.served.put(leaf.pair.clone());
    }

    fn report(&self, seen: Option<&Seen>) {
        let obstacle = self.expired().or_else(|| self.obstacle(seen));
        self.send(obstacle);
    }

    /// What was true of the caBundle is taken to be so still; the certificate may end meanwhile.
    fn report_fault(&self, fault: &str) {
        let before = self.status.borrow().obstacle.clone();
        let obstacle = before.map(|_| fault.to_owned());
        self.send(self.expired().or(obstacle));
    }

    fn obstacle(&self, seen: Option<&Seen>) -> Option<String> {
        let name = &self.own.configuration;
        let Own {
            namespace, service, ..
        } = &self.own;
        let Some(seen) = seen else {
            return Some(format!("there is no MutatingWebhookConfiguration `{name}`"));
        };
        if seen.entries.is_empty() {
            return Some(format!(
                "no entry of the MutatingWebhookConfiguration `{name}` calls the Service \
                 `{namespace}/{service}`"
            ));
        }
        let pair = self.served.pair()?;
        if seen.all(|bundle| trusts(bundle, &pair)) {
            return None;
        }
        Some(match seen.injected {
            Some(annotation) => format!(
                "the caBundle of the MutatingWebhookConfiguration `{name}` is cert-manager's, by \
                 its annotation `{annotation}`: remove that, or use --in-cluster=false with \
                 cert-manager's certificate"
            ),
            None => {
                format!("the caBundle of the MutatingWebhookConfiguration `{name}` is not ours yet")
            }
        })
    }

    fn expired(&self) -> Option<String> {
        let pair = self.served.pair();
        let validity = pair.map(|pair| pair.validity)?;
        validity.obstacle(self.clock.now())
    }

    fn send(&self, obstacle: Option<String>) {
        let pair = self.served.pair();
        let obstacle = match &pair {
            None => obstacle.or_else(|| Status::starting().obstacle),
            Some(_) => obstacle,
        };
        let status = Status {
            obstacle,
            not_after: pair.map(|pair| pair.validity.not_after),
            authority_not_after: self
                .memory
                .as_ref()
                .map(|state| state.current.validity.not_after),
        };
        self.status.send_if_modified(|current| {
            let changed = *current != status;
            *current = status;
            changed
        });
    }
}

/// A step in words.
struct Told(Step);

impl fmt::Display for Told {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Step::MintNext(why) => write!(formatter, "another CA is made: {why}"),
            Step::Promote => formatter.write_str("the next CA is trusted, and signs from now on"),
            Step::IssueLeaf(why) => write!(formatter, "another leaf is issued: {why}"),
            Step::Withdraw => formatter.write_str("retired CAs are trusted no more"),
        }
    }
}
