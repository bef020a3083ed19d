//! One review, from its bytes to its answer.

use std::sync::Arc;
use std::time::Duration;

use base::{Entropy, EntropyExt};
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::accounts::{Account, Accounts, Age};
use super::container_identities::ContainerIdentities;
use super::events::{Events, Refusal};
use super::live_reads::{LiveReads, Object, Reading, Unread};
use super::metrics::{Method, Metrics};
use super::namespaces::{Namespaces, OptIns, REQUIRE_IDENTITY, TRUE};
use super::pod_audit::PodAudit;
use super::roles::Roles;
use super::room::Room;
use crate::certificate::EndpointBundle;
use crate::webhook::{
    Annotations, ConfigMap, ContainerCredentials, Decision, EphemeralContainers, Exclusions,
    Injection, Known, Lookup, Mode, OnFailure, Reason, Review, Settings, Subject, Terms, Verdict,
};

/// Bodies from this size on are answered beside the threads that serve.
const LARGE_BYTES: usize = 256 * 1024;
/// The pod's own opt-out, as in AWS's webhook configuration.
const OPT_OUT: &str = "eks.amazonaws.com/skip-pod-identity-webhook";

/// By which entry of the webhook configuration a review came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Failures admit.
    Mutate,
    /// Failures refuse.
    MutateEnforce,
}

/// Whether pods of all namespaces are held to what only we may add.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AntiSpoof {
    /// Those of namespaces that carry the label.
    #[default]
    Labelled,
    /// All.
    Everywhere,
}

/// What may keep a review waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Nothing, as with AWS's webhook where its grace period is zero; fail-closed pods wait all
    /// the same.
    None,
    /// A live read, so long.
    Of(Duration),
}

/// Everything that a decision depends on.
pub(crate) struct Admission {
    pub(crate) settings: Settings,
    pub(crate) anti_spoof: AntiSpoof,
    pub(crate) patience: Patience,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) namespaces: Arc<Namespaces>,
    pub(crate) roles: Option<Arc<Roles>>,
    pub(crate) identities: Option<ContainerIdentities>,
    pub(crate) container_credentials: ContainerCredentials,
    pub(crate) live_reads: LiveReads,
    pub(crate) events: Events,
    pub(crate) bundle: Option<EndpointBundle>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) audit: PodAudit,
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// One ServiceAccount, looked up.
struct Found {
    lookup: Lookup,
    was_cached: bool,
}

impl Admission {
    /// The answer, said before `deadline` where the API server is asked.
    pub(crate) async fn answer(
        self: &Arc<Self>,
        body: Bytes,
        room: Room,
        door: Door,
        deadline: Instant,
    ) -> Vec<u8> {
        if body.len() < LARGE_BYTES {
            return self.answer_here(&body, room, door, deadline).await;
        }
        let (admission, runtime) = (Arc::clone(self), Handle::current());
        let answer = tokio::task::spawn_blocking(move || {
            runtime.block_on(admission.answer_here(&body, room, door, deadline))
        });
        // An error: the process ends.
        answer.await.unwrap_or_default()
    }

    async fn answer_here(
        &self,
        body: &[u8],
        mut room: Room,
        door: Door,
        deadline: Instant,
    ) -> Vec<u8> {
        let began = Instant::now();
        let read = Review::read(body);
        room.keep(read.as_ref().map_or(0, Review::memory));
        match read {
            Ok(review) => self.decide(&review, door, began, deadline).await,
            Err(unreadable) => {
                let (verdict, reason) = (Verdict::Refused, Reason::Malformed);
                self.metrics.admission("", verdict, reason, began.elapsed());
                tracing::warn!(problem = %unreadable, "a review cannot be read");
                unreadable.answer()
            }
        }
    }

    async fn decide(
        &self,
        review: &Review<'_>,
        door: Door,
        began: Instant,
        deadline: Instant,
    ) -> Vec<u8> {
        let terms = self.terms(review, door, deadline).await;
        let found = match review.subject() {
            Some(subject) => {
                let confirm = self.confirmation(review, terms);
                Some(self.find(subject, confirm, deadline).await)
            }
            None => None,
        };
        let lookup = found.as_ref().map(|found| &found.lookup);
        let nothing = Lookup::NoRole(Vec::new());
        let earlier = |most: i64| {
            let below = u32::try_from(most.saturating_add(1)).unwrap_or(u32::MAX);
            i64::from(self.entropy.below(below))
        };
        let decision = review.decide(lookup.unwrap_or(&nothing), terms, &self.settings, earlier);
        let answer = review.answer(&decision);
        self.record(review, found.as_ref(), &decision, began.elapsed());
        answer
    }

    /// The terms of the pod's namespace and of the entry through which it came.
    async fn terms(&self, review: &Review<'_>, door: Door, deadline: Instant) -> Terms {
        if self.settings.is_exempt(review.namespace()) {
            return Terms::default();
        }
        let opt_ins = self.opt_ins(review, door, deadline).await;
        let require = format!("{}/{REQUIRE_IDENTITY}", self.settings.annotation_prefix);
        let fails_closed = door == Door::MutateEnforce
            || opt_ins.requires_identity
            || review.pod_label(&require) == Some(TRUE);
        let is_enforced = opt_ins.anti_spoof || self.anti_spoof == AntiSpoof::Everywhere;
        Terms {
            on_failure: if fails_closed {
                OnFailure::Fail
            } else {
                OnFailure::Ignore
            },
            mode: if is_enforced {
                Mode::Enforced
            } else {
                Mode::Compatible
            },
            exclusions: if (fails_closed || is_enforced) && !opt_ins.allows_opt_out {
                Exclusions::Refused
            } else {
                Exclusions::Honoured
            },
            ephemeral_containers: if opt_ins.ephemeral_containers {
                EphemeralContainers::Included
            } else {
                EphemeralContainers::LeftAlone
            },
        }
    }

    /// A namespace that is not known yet was made a moment ago: it is read. Where that fails, it
    /// opts into nothing; the entry still decides on failures.
    async fn opt_ins(&self, review: &Review<'_>, door: Door, deadline: Instant) -> OptIns {
        let namespace = review.namespace();
        if let Some(opt_ins) = self.namespaces.opt_ins(namespace) {
            return opt_ins;
        }
        if self.namespaces.is_forbidden() || review.subject().is_none() {
            return OptIns::default();
        }
        if self.patience == Patience::None && door == Door::Mutate {
            return OptIns::default();
        }
        let object = Object::Namespace(namespace.to_owned());
        match self.live_reads.read(object, deadline).await {
            Ok(Reading::Namespace(opt_ins)) => opt_ins,
            Ok(Reading::Absent | Reading::Account(_) | Reading::Roles(_)) | Err(_) => {
                OptIns::default()
            }
        }
    }

    /// Whether the cache is enough where it knows of no role.
    fn confirmation(&self, review: &Review<'_>, terms: Terms) -> Confirmation {
        // What the account gives counts for nothing then.
        let opts_out = review.pod_label(OPT_OUT).is_some();
        match (terms.on_failure, terms.exclusions, self.patience) {
            (_, Exclusions::Honoured, _) if opts_out => Confirmation::Never,
            (OnFailure::Fail, _, _) => Confirmation::Always,
            (OnFailure::Ignore, _, Patience::Of(_)) => Confirmation::WhenRecent,
            (OnFailure::Ignore, _, Patience::None) => Confirmation::Never,
        }
    }

    async fn find(
        &self,
        subject: Subject<'_>,
        confirmation: Confirmation,
        deadline: Instant,
    ) -> Found {
        let account = self
            .accounts
            .account(subject.namespace, subject.service_account);
        let roles = self.roles.as_ref().map(|roles| roles.current());
        let none = Annotations::default();
        let (annotations, age) = match &account {
            Account::Known { annotations, age } => {
                (Some(annotations.as_deref().unwrap_or(&none)), Some(*age))
            }
            Account::Unknown => (None, None),
        };
        let lookup = self.lookup(subject, annotations, roles.as_deref());
        let has_identity = matches!(lookup, Lookup::Found(_));
        let is_doubtful = match (confirmation, age) {
            (Confirmation::Never, _) | (Confirmation::WhenRecent, Some(Age::Settled)) => false,
            (Confirmation::Always | Confirmation::WhenRecent, None) => true,
            (Confirmation::Always, Some(_)) | (Confirmation::WhenRecent, Some(Age::Recent)) => {
                !has_identity
            }
        };
        let was_cached = age.is_some();
        let lookup = if is_doubtful {
            self.confirmed(subject, lookup, deadline).await
        } else if was_cached || has_identity {
            lookup
        } else {
            Lookup::Unknown("it is not known yet".to_owned())
        };
        Found { lookup, was_cached }
    }

    /// What is known without asking.
    pub(crate) fn cached(&self, subject: Subject<'_>) -> Lookup {
        let (namespace, name) = (subject.namespace, subject.service_account);
        let Account::Known { annotations, .. } = self.accounts.account(namespace, name) else {
            return Lookup::NoRole(Vec::new());
        };
        let none = Annotations::default();
        let annotations = annotations.as_deref().unwrap_or(&none);
        let roles = self.roles.as_ref().map(|roles| roles.current());
        self.lookup(subject, Some(annotations), roles.as_deref())
    }

    /// What the API server itself says. `cached` stays where it names an identity and nothing else
    /// can be learnt.
    async fn confirmed(&self, subject: Subject<'_>, cached: Lookup, deadline: Instant) -> Lookup {
        if let Some(identities) = &self.identities {
            identities.refresh();
        }
        let object = Object::Account {
            namespace: subject.namespace.to_owned(),
            name: subject.service_account.to_owned(),
        };
        let (account, roles) = tokio::join!(
            self.live_reads.read(object, deadline),
            self.newest_roles(deadline)
        );
        let (annotations, roles) = match (account, roles) {
            (Ok(Reading::Account(annotations)), Ok(roles)) => (
                Some(annotations.as_deref().cloned().unwrap_or_default()),
                roles,
            ),
            (Ok(Reading::Absent | Reading::Namespace(_) | Reading::Roles(_)), Ok(roles)) => {
                (None, roles)
            }
            (Err(unread), _) | (_, Err(unread)) => {
                return match cached {
                    Lookup::Found(identity) => Lookup::Found(identity),
                    Lookup::NoRole(_) | Lookup::Unknown(_) => Lookup::Unknown(unread.to_string()),
                };
            }
        };
        let lookup = self.lookup(subject, annotations.as_ref(), roles.as_deref());
        match (lookup, annotations) {
            (Lookup::NoRole(_), None) => {
                Lookup::Unknown("there is no such service account".to_owned())
            }
            (lookup, _) => lookup,
        }
    }

    async fn newest_roles(&self, deadline: Instant) -> Result<Option<Arc<ConfigMap>>, Unread> {
        let Some(roles) = &self.roles else {
            return Ok(None);
        };
        match self.live_reads.read(Object::Roles, deadline).await? {
            Reading::Roles(roles) => Ok(Some(roles)),
            Reading::Absent => Ok(None),
            Reading::Account(_) | Reading::Namespace(_) => Ok(Some(roles.current())),
        }
    }

    fn lookup(
        &self,
        subject: Subject<'_>,
        annotations: Option<&Annotations>,
        roles: Option<&ConfigMap>,
    ) -> Lookup {
        let (namespace, name) = (subject.namespace, subject.service_account);
        let identities = self.identities.as_ref();
        let is_listed = identities.is_some_and(|listed| listed.contain(namespace, name));
        let known = Known {
            namespace,
            name,
            annotations,
            config_map: roles,
            container_credentials: is_listed.then_some(&self.container_credentials),
        };
        known.lookup(&self.settings)
    }

    /// Counts, logs and tells. A dry run leaves nothing behind in the cluster.
    fn record(
        &self,
        review: &Review<'_>,
        found: Option<&Found>,
        decision: &Decision,
        elapsed: Duration,
    ) {
        let (verdict, reason) = (decision.verdict, decision.reason);
        let namespace = review.namespace();
        self.metrics.admission(namespace, verdict, reason, elapsed);
        if found.is_some_and(|found| !found.was_cached) {
            self.metrics.missing_account();
        }
        let method = found.and_then(|found| method(&found.lookup));
        if let Some(method) = method {
            self.metrics.identity(method);
        }
        let goes_without = match reason {
            Reason::OptedOut => method.is_some(),
            Reason::UnknownServiceAccount => true,
            Reason::Injected
            | Reason::Complete
            | Reason::NoRole
            | Reason::NotAPod
            | Reason::MirrorPod
            | Reason::Ephemeral
            | Reason::Exclusion
            | Reason::Spoof
            | Reason::Invalid
            | Reason::Malformed => false,
        };
        if goes_without && verdict == Verdict::Allowed && !review.is_dry_run() {
            self.metrics.without_identity(namespace, reason);
        }
        log(review, decision, elapsed);
        if let Some(bundle) = &self.bundle
            && reason == Reason::Injected
            && !review.is_dry_run()
        {
            bundle.ensure(namespace);
        }
        if verdict == Verdict::Refused && !review.is_dry_run() {
            self.tell(review, decision);
        }
    }

    fn tell(&self, review: &Review<'_>, decision: &Decision) {
        let Some(subject) = review.subject() else {
            return;
        };
        self.events.offer(Refusal {
            namespace: subject.namespace.to_owned(),
            service_account: subject.service_account.to_owned(),
            pod: review.pod_name().to_owned(),
            reason: decision.reason.label(),
            message: problems(decision),
        });
    }
}

/// When a negative answer of the cache is held against the API server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Confirmation {
    /// Each time.
    Always,
    /// Where the account is unknown, or was made or changed a moment ago.
    WhenRecent,
    /// Not at all.
    Never,
}

fn method(lookup: &Lookup) -> Option<Method> {
    match lookup {
        Lookup::Found(identity) => Some(match identity.injection {
            Injection::WebIdentity(_) => Method::WebIdentity,
            Injection::ContainerCredentials(_) => Method::ContainerCredentials,
        }),
        Lookup::NoRole(_) | Lookup::Unknown(_) => None,
    }
}

fn problems(decision: &Decision) -> String {
    const MOST: usize = 5;
    let shown = decision.problems.iter().take(MOST);
    let shown: Vec<String> = shown.map(ToString::to_string).collect();
    shown.join("; ")
}

/// One line for each admission.
fn log(review: &Review<'_>, decision: &Decision, elapsed: Duration) {
    let subject = review.subject();
    let service_account = subject.map(|subject| subject.service_account);
    let verdict = match decision.verdict {
        Verdict::Allowed => "allowed",
        Verdict::Refused => "refused",
    };
    let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    let problems = (!decision.problems.is_empty()).then(|| problems(decision));
    tracing::info!(
        namespace = review.namespace(),
        pod = review.pod_name(),
        service_account,
        decision = verdict,
        reason = decision.reason.label(),
        role = decision.role_arn.as_deref(),
        problems,
        dry_run = review.is_dry_run().then_some(true),
        uid = review.uid(),
        micros,
        "admission",
    );
}
