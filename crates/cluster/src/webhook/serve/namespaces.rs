//! What the labels of namespaces say.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{ObjectMeta, PartialObjectMeta};

use super::index::Index;
use super::sharded::Sharded;

/// Fail closed; on namespaces and on pods.
pub(crate) const REQUIRE_IDENTITY: &str = "require-identity";
const ANTI_SPOOF: &str = "anti-spoof";
const ALLOW_OPT_OUT: &str = "allow-opt-out";
const EPHEMERAL_CONTAINERS: &str = "ephemeral-containers";
/// The value that a label of ours has.
pub(crate) const TRUE: &str = "true";

/// What one namespace opts into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one for each label")]
pub(crate) struct OptIns {
    /// `require-identity`: no pod goes without.
    pub(crate) requires_identity: bool,
    /// `anti-spoof`: no pod brings its own.
    pub(crate) anti_spoof: bool,
    /// `allow-opt-out`: pods may leave containers out all the same.
    pub(crate) allows_opt_out: bool,
    /// `ephemeral-containers`: they get identity too.
    pub(crate) ephemeral_containers: bool,
}

/// The namespaces of the cluster.
pub(crate) struct Namespaces {
    prefix: String,
    entries: Sharded<(OptIns, u32)>,
    generation: AtomicU32,
    synced: AtomicBool,
    forbidden: AtomicBool,
}

impl Namespaces {
    pub(crate) fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            entries: Sharded::default(),
            generation: AtomicU32::new(0),
            synced: AtomicBool::new(false),
            forbidden: AtomicBool::new(false),
        }
    }

    /// What the namespace opts into; `None` where it is not known.
    pub(crate) fn opt_ins(&self, namespace: &str) -> Option<OptIns> {
        self.entries.read(namespace, |(opt_ins, _)| *opt_ins)
    }

    pub(crate) fn is_synced(&self) -> bool {
        self.synced.load(Ordering::Acquire)
    }

    /// Whether namespaces may not be read, as under the rules of AWS's webhook.
    pub(crate) fn is_forbidden(&self) -> bool {
        self.forbidden.load(Ordering::Acquire)
    }

    pub(crate) fn set_forbidden(&self) {
        self.forbidden.store(true, Ordering::Release);
    }

    fn put(&self, metadata: &ObjectMeta) {
        let Some(name) = metadata.name.as_deref() else {
            return;
        };
        let entry = (
            OptIns::of(metadata, &self.prefix),
            self.generation.load(Ordering::Acquire),
        );
        self.entries
            .change(name, |entries| entries.insert(name.into(), entry));
    }
}

impl OptIns {
    /// Those of a namespace's labels.
    pub(crate) fn of(metadata: &ObjectMeta, prefix: &str) -> Self {
        let labels = metadata.labels.as_ref();
        let is_set = |name: &str| labels.is_some_and(|labels| is_set(labels, prefix, name));
        Self {
            requires_identity: is_set(REQUIRE_IDENTITY),
            anti_spoof: is_set(ANTI_SPOOF),
            allows_opt_out: is_set(ALLOW_OPT_OUT),
            ephemeral_containers: is_set(EPHEMERAL_CONTAINERS),
        }
    }
}

fn is_set(labels: &BTreeMap<String, String>, prefix: &str, name: &str) -> bool {
    let value = labels.get(&format!("{prefix}/{name}"));
    value.is_some_and(|value| value == TRUE)
}

impl Index<PartialObjectMeta<Namespace>> for Namespaces {
    fn begin(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    fn listed(&self, namespace: &PartialObjectMeta<Namespace>) {
        self.put(&namespace.metadata);
    }

    fn finish(&self) {
        let current = self.generation.load(Ordering::Acquire);
        self.entries
            .retain(|_, (_, generation)| *generation == current);
        self.forbidden.store(false, Ordering::Release);
        self.synced.store(true, Ordering::Release);
    }

    fn applied(&self, namespace: &PartialObjectMeta<Namespace>) {
        self.put(&namespace.metadata);
    }

    fn deleted(&self, namespace: &PartialObjectMeta<Namespace>) {
        if let Some(name) = namespace.metadata.name.as_deref() {
            self.entries.change(name, |entries| entries.remove(name));
        }
    }
}
