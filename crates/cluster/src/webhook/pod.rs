//! A pod, read from raw JSON.

use std::collections::HashSet;

use super::annotation::{Annotations, Finding};
use super::container::holds;
use super::csv_record;
use super::identity::expiration_finding;
use super::json_document::{Json, Members};
use super::malformed::{self, Malformed};
use super::platform::Platform;
use super::{expiration, go_bool};

/// The kubelet's mark on pods from files.
const MIRROR: &str = "kubernetes.io/config.mirror";
/// Any value leaves the pod out; the name does not follow the prefix.
const OPT_OUT: &str = "eks.amazonaws.com/skip-pod-identity-webhook";

/// The pod as the API server sent it, and what it says of its own identity.
pub(crate) struct Pod<'a> {
    pub(crate) json: &'a Json<'a>,
    pub(crate) platform: Platform,
    pub(crate) annotations: Annotations,
    skipped: HashSet<String>,
    included: Option<HashSet<String>>,
    pub(crate) findings: Vec<Finding>,
}

/// The lists of a pod that hold containers. Native sidecars are init containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContainerList {
    Containers,
    InitContainers,
    EphemeralContainers,
}

impl ContainerList {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Containers => "containers",
            Self::InitContainers => "initContainers",
            Self::EphemeralContainers => "ephemeralContainers",
        }
    }
}

/// One container of a pod.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Container<'a> {
    list: ContainerList,
    at: usize,
    pub(crate) json: &'a Json<'a>,
}

impl<'a> Container<'a> {
    pub(crate) fn name(&self) -> &'a str {
        self.json.text("name").unwrap_or_default()
    }

    /// Its JSON pointer.
    pub(crate) fn path(&self) -> String {
        format!("/spec/{}/{}", self.list.name(), self.at)
    }

    /// As people write it.
    pub(crate) fn field(&self) -> String {
        format!("spec.{}[{}]", self.list.name(), self.at)
    }

    /// One of its lists.
    pub(crate) fn list(&self, name: &str) -> &'a [Json<'a>] {
        let list = self.json.get(name).and_then(Json::as_array);
        list.unwrap_or_default()
    }
}

/// The ServiceAccount as which a pod runs. The API server has filled it in before it asks.
pub(crate) fn service_account<'p>(pod: &'p Json<'_>) -> Option<&'p str> {
    let spec = pod.get("spec")?;
    let names = ["serviceAccountName", "serviceAccount"].into_iter();
    let mut names = names.filter_map(|name| spec.text(name));
    names.find(|name| !name.is_empty())
}

/// Whether it only shows a pod that a kubelet runs from a file; such a pod can have no token, and
/// the API server lets it use no ServiceAccount.
pub(crate) fn is_mirror(pod: &Json<'_>) -> bool {
    pod.at(&["metadata", "annotations", MIRROR]).is_some()
}

impl<'a> Pod<'a> {
    pub(crate) fn new(json: &'a Json<'a>, prefix: &str) -> Result<Self, Malformed> {
        malformed::check(json)?;
        let all = json.at(&["metadata", "annotations"]);
        let all = all.and_then(Json::as_object).into_iter();
        let all = all.flat_map(Members::iter);
        let all = all.filter_map(|(name, value)| Some((name, value.as_str()?)));
        let annotations = Annotations::among(all, prefix);
        let mut findings = annotations.unknown_of_pod(prefix);
        let mut list = |name: &str| {
            let value = annotations.get(name)?;
            let fields = csv_record::fields(value).ok();
            let fields = fields.map(HashSet::from_iter);
            if fields.is_none() {
                findings.push(Finding::NoList {
                    name: format!("{prefix}/{name}"),
                    value: value.to_owned(),
                });
            }
            fields
        };
        let skipped = list("skip-containers").unwrap_or_default();
        let included = list("include-containers");
        let annotated = annotations.get("token-expiration");
        findings.extend(annotated.and_then(expiration_finding));
        Ok(Self {
            json,
            platform: Platform::of(json.get("spec").unwrap_or(&Json::Null)),
            annotations,
            skipped,
            included,
            findings,
        })
    }

    /// Where the pod says that it, or some of its containers, wants to be left out.
    pub(crate) fn exclusions(&self, prefix: &str) -> Vec<String> {
        let names = ["skip-containers", "include-containers"];
        let present = names
            .iter()
            .filter(|name| self.annotations.get(name).is_some());
        let mut fields: Vec<String> = present
            .map(|name| format!("metadata.annotations[{prefix}/{name}]"))
            .collect();
        if self.opts_out() {
            fields.push(format!("metadata.labels[{OPT_OUT}]"));
        }
        fields
    }

    /// Whether the pod carries the label that AWS's webhook configuration leaves out.
    pub(crate) fn opts_out(&self) -> bool {
        self.json.at(&["metadata", "labels", OPT_OUT]).is_some()
    }

    /// The containers of a list that its annotations do not leave out.
    pub(crate) fn containers(&self, list: ContainerList) -> Vec<Container<'a>> {
        let mut containers = self.all_containers(list);
        containers.retain(|container| !self.leaves_out(container));
        containers
    }

    /// The containers of a list.
    pub(crate) fn all_containers(&self, list: ContainerList) -> Vec<Container<'a>> {
        let containers = self.json.at(&["spec", list.name()]);
        let containers = containers.and_then(Json::as_array).into_iter().flatten();
        containers
            .enumerate()
            .map(|(at, json)| Container { list, at, json })
            .collect()
    }

    /// Whether the pod's annotations leave the container out.
    pub(crate) fn leaves_out(&self, container: &Container<'_>) -> bool {
        let name = container.name();
        let included = self.included.as_ref();
        self.skipped.contains(name) || included.is_some_and(|list| !list.contains(name))
    }

    pub(crate) fn has_volume(&self, name: &str) -> bool {
        holds(self.volumes(), name)
    }

    pub(crate) fn volumes(&self) -> &'a [Json<'a>] {
        let volumes = self.json.at(&["spec", "volumes"]);
        volumes.and_then(Json::as_array).unwrap_or_default()
    }

    /// Whether there is a list of volumes, be it empty.
    pub(crate) fn lists_volumes(&self) -> bool {
        let volumes = self.json.at(&["spec", "volumes"]);
        volumes.and_then(Json::as_array).is_some()
    }

    /// Seconds that the pod wants its tokens to live.
    pub(crate) fn token_expiration_secs(&self) -> Option<i64> {
        let annotated = self.annotations.get("token-expiration");
        annotated
            .and_then(expiration::parse)
            .map(expiration::at_least_minimum)
    }

    pub(crate) fn role_session_name(&self) -> Option<bool> {
        self.annotations
            .get("role-session-name")
            .and_then(go_bool::parse)
    }

    /// `None` while the API server has not made a name yet.
    pub(crate) fn name(&self) -> Option<&'a str> {
        let name = self.json.at(&["metadata", "name"]).and_then(Json::as_str);
        name.filter(|name| !name.is_empty())
    }
}
