//! What a pod of a cluster has of an identity, for a process that runs elsewhere as that pod.
//!
//! Of the pod's variables only a fixed list is taken over (THREATS R66); nothing else of what its
//! author wrote reaches this machine.

mod no_identity;
mod path_in_pod;
mod projection;
mod variables;

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    ConfigMap, Container, EnvVar, EphemeralContainer, Pod, PodSpec, ServiceAccount, VolumeMount,
};
use kube::Api;

pub use no_identity::NoIdentity;
pub use path_in_pod::PathInPod;
pub use projection::{ProjectedFile, ProjectedToken};

use crate::ask_error::{AskError, ask};
use crate::webhook::{Annotations, Known, Lookup, Settings};
use crate::{BoundPod, Connection};
use projection::Projections;
use variables::Value;

const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";
const DEFAULT_SERVICE_ACCOUNT: &str = "default";

const ROLE: &str = "AWS_ROLE_ARN";
const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
const CREDENTIALS: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const CREDENTIALS_TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
/// What makes an identity: one of these pairs, the second of which names a token.
const IDENTITIES: [[&str; 2]; 2] = [[ROLE, TOKEN_FILE], [CREDENTIALS, CREDENTIALS_TOKEN_FILE]];
/// What goes with it.
const TEXTS: [&str; 5] = [
    "AWS_ROLE_SESSION_NAME",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_ENDPOINT_URL",
];
const ENDPOINTS: &str = "AWS_ENDPOINT_URL_";
/// Certificates of servers to trust.
const CERTIFICATES: [&str; 3] = ["AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];
/// What SDKs take before the identity.
const STRONGER: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_CONFIG_FILE"];

/// What one container has of its pod's identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodIdentity {
    /// The container.
    pub container: String,
    /// The pod's ServiceAccount.
    pub service_account: String,
    /// The pod.
    pub pod: BoundPod,
    /// Variables and their values.
    pub variables: BTreeMap<String, String>,
    /// Variables that name files, each among `tokens` or `files`.
    pub paths: BTreeMap<String, PathInPod>,
    /// The tokens that the container sees.
    pub tokens: Vec<ProjectedToken>,
    /// The other files that its variables name.
    pub files: Vec<ProjectedFile>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// Reads a pod as it is in the cluster, after the webhook.
pub async fn read_pod(
    connection: &Connection,
    namespace: &str,
    name: &str,
) -> Result<Pod, AskError> {
    let pods: Api<Pod> = Api::namespaced(connection.client().clone(), namespace);
    let what = || format!("pod {namespace}/{name}");
    ask(connection.server(), what, pods.get(name)).await
}

/// What a ServiceAccount's annotations give its pods, with this audience, life and so on where they
/// say nothing.
pub async fn read_service_account(
    connection: &Connection,
    namespace: &str,
    name: &str,
    settings: &Settings,
) -> Result<Lookup, AskError> {
    let accounts: Api<ServiceAccount> = Api::namespaced(connection.client().clone(), namespace);
    let what = || format!("ServiceAccount {namespace}/{name}");
    let account = ask(connection.server(), what, accounts.get(name)).await?;
    let annotations = account.metadata.annotations.iter().flatten();
    let annotations = annotations.map(|(name, value)| (name.as_str(), value.as_str()));
    let annotations = Annotations::among(annotations, &settings.annotation_prefix);
    let known = Known {
        namespace,
        name,
        annotations: Some(&annotations),
        config_map: None,
        container_credentials: None,
    };
    Ok(known.lookup(settings))
}

/// Reads a file that a ConfigMap holds.
pub async fn read_projected_file(
    connection: &Connection,
    namespace: &str,
    file: &ProjectedFile,
) -> Result<Vec<u8>, AskError> {
    let (name, key) = (&file.config_map, &file.key);
    let maps: Api<ConfigMap> = Api::namespaced(connection.client().clone(), namespace);
    let what = || format!("ConfigMap {namespace}/{name}");
    let map = ask(connection.server(), what, maps.get(name)).await?;
    let text = map.data.and_then(|mut data| data.remove(key));
    let bytes = map.binary_data.and_then(|mut data| data.remove(key));
    let found = text.map(String::into_bytes).or(bytes.map(|bytes| bytes.0));
    found.ok_or_else(|| AskError::Missing {
        what: what(),
        told: format!("it has no key `{key}`"),
    })
}

impl PodIdentity {
    /// What a container of the pod has: the one of this name, else kubectl's default.
    pub fn of(pod: &Pod, container: Option<&str>) -> Result<Self, NoIdentity> {
        let spec = pod.spec.as_ref().ok_or(NoIdentity::Unread)?;
        let containers = containers(spec);
        let container = chosen(pod, &containers, container)?;
        let known = variables::evaluate(container.variables, pod);
        let identity =
            complete_pair(&known).ok_or_else(|| lacking(&containers, container, &known))?;
        let projections = Projections::of(spec, container.mounts)?;
        let mut found = Self {
            container: container.name.to_owned(),
            service_account: service_account(spec),
            pod: bound(pod)?,
            variables: BTreeMap::new(),
            paths: BTreeMap::new(),
            tokens: projections.tokens.clone(),
            files: Vec::new(),
            notes: Vec::new(),
        };
        found.take_identity(identity, &known, &projections)?;
        found.take_texts(&known);
        found.take_certificates(&known, &projections);
        found.notes_on(pod, &known);
        Ok(found)
    }

    fn take_identity(
        &mut self,
        [plain, file]: [&'static str; 2],
        known: &BTreeMap<String, Value>,
        projections: &Projections,
    ) -> Result<(), NoIdentity> {
        self.variables.insert(plain.to_owned(), text(plain, known)?);
        let path = text(file, known)?;
        let token = projections.token(file, &path)?;
        self.paths.insert(file.to_owned(), token.path.clone());
        Ok(())
    }

    fn take_texts(&mut self, known: &BTreeMap<String, Value>) {
        for (name, value) in known {
            if !TEXTS.contains(&name.as_str()) && !name.starts_with(ENDPOINTS) {
                continue;
            }
            match value {
                Value::Text(text) => {
                    self.variables.insert(name.clone(), text.clone());
                }
                Value::Elsewhere(place) => {
                    self.notes
                        .push(format!("{name} is left out: it comes from {place}"));
                }
            }
        }
    }

    fn take_certificates(&mut self, known: &BTreeMap<String, Value>, projections: &Projections) {
        for name in CERTIFICATES {
            let Some(Value::Text(path)) = known.get(name) else {
                continue;
            };
            let Some(file) = projections.file(path) else {
                self.notes.push(format!(
                    "{name} is left out: `{}` is no file of a ConfigMap",
                    base::Escaped(path)
                ));
                continue;
            };
            self.paths.insert(name.to_owned(), file.path.clone());
            if !self.files.contains(&file) {
                self.files.push(file);
            }
        }
    }

    fn notes_on(&mut self, pod: &Pod, known: &BTreeMap<String, Value>) {
        for name in STRONGER
            .into_iter()
            .filter(|name| known.contains_key(*name))
        {
            self.notes.push(format!(
                "the container sets {name}, which may win over its identity there; it is left out here"
            ));
        }
        if pod.metadata.deletion_timestamp.is_some() {
            self.notes
                .push("the pod is being deleted; its tokens end with it".to_owned());
        }
    }
}

/// What containers of all kinds have in common.
#[derive(Clone, Copy)]
struct AnyContainer<'a> {
    name: &'a str,
    variables: &'a [EnvVar],
    has_env_from: bool,
    mounts: &'a [VolumeMount],
}

impl<'a> AnyContainer<'a> {
    fn of(container: &'a Container) -> Self {
        Self {
            name: &container.name,
            variables: container.env.as_deref().unwrap_or_default(),
            has_env_from: container
                .env_from
                .as_ref()
                .is_some_and(|all| !all.is_empty()),
            mounts: container.volume_mounts.as_deref().unwrap_or_default(),
        }
    }

    fn of_ephemeral(container: &'a EphemeralContainer) -> Self {
        Self {
            name: &container.name,
            variables: container.env.as_deref().unwrap_or_default(),
            has_env_from: container
                .env_from
                .as_ref()
                .is_some_and(|all| !all.is_empty()),
            mounts: container.volume_mounts.as_deref().unwrap_or_default(),
        }
    }
}

fn containers(spec: &PodSpec) -> Vec<AnyContainer<'_>> {
    let inits = spec.init_containers.iter().flatten();
    let ephemeral = spec.ephemeral_containers.iter().flatten();
    let usual = spec.containers.iter().map(AnyContainer::of);
    usual
        .chain(inits.map(AnyContainer::of))
        .chain(ephemeral.map(AnyContainer::of_ephemeral))
        .collect()
}

fn chosen<'a>(
    pod: &Pod,
    containers: &[AnyContainer<'a>],
    wanted: Option<&str>,
) -> Result<AnyContainer<'a>, NoIdentity> {
    let named = |name: &str| containers.iter().find(|known| known.name == name);
    if let Some(wanted) = wanted {
        return named(wanted)
            .copied()
            .ok_or_else(|| NoIdentity::NoContainer {
                wanted: wanted.to_owned(),
                known: containers
                    .iter()
                    .map(|known| known.name.to_owned())
                    .collect(),
            });
    }
    let annotations = pod.metadata.annotations.as_ref();
    let annotated = annotations.and_then(|all| all.get(DEFAULT_CONTAINER));
    let found = annotated
        .and_then(|name| named(name))
        .or(containers.first());
    found.copied().ok_or(NoIdentity::Unread)
}

/// The first pair that is set; of two, SDKs take the role first.
fn complete_pair(known: &BTreeMap<String, Value>) -> Option<[&'static str; 2]> {
    let is_set = |name: &&str| match known.get(*name) {
        Some(Value::Text(text)) => !text.is_empty(),
        Some(Value::Elsewhere(_)) => true,
        None => false,
    };
    IDENTITIES.into_iter().find(|pair| pair.iter().all(is_set))
}

fn lacking(
    containers: &[AnyContainer<'_>],
    container: AnyContainer<'_>,
    known: &BTreeMap<String, Value>,
) -> NoIdentity {
    let has_identity = |other: &&AnyContainer<'_>| {
        let names = |name: &&str| other.variables.iter().any(|known| known.name == *name);
        IDENTITIES.iter().any(|pair| pair.iter().all(names))
    };
    let half = IDENTITIES
        .into_iter()
        .flatten()
        .find(|name| known.contains_key(*name));
    NoIdentity::NotSet {
        container: container.name.to_owned(),
        half: half.map(str::to_owned),
        others: containers
            .iter()
            .filter(has_identity)
            .map(|other| other.name.to_owned())
            .filter(|name| name != container.name)
            .collect(),
        has_env_from: container.has_env_from,
    }
}

fn text(name: &str, known: &BTreeMap<String, Value>) -> Result<String, NoIdentity> {
    match known.get(name) {
        Some(Value::Text(text)) => Ok(text.clone()),
        Some(Value::Elsewhere(place)) => Err(NoIdentity::Elsewhere {
            variable: name.to_owned(),
            place,
        }),
        None => Err(NoIdentity::Unread),
    }
}

fn service_account(spec: &PodSpec) -> String {
    let name = spec.service_account_name.as_deref();
    let name = name.filter(|name| !name.is_empty());
    name.unwrap_or(DEFAULT_SERVICE_ACCOUNT).to_owned()
}

fn bound(pod: &Pod) -> Result<BoundPod, NoIdentity> {
    match (&pod.metadata.name, &pod.metadata.uid) {
        (Some(name), Some(uid)) => Ok(BoundPod {
            name: name.clone(),
            uid: uid.clone(),
        }),
        _ => Err(NoIdentity::Unread),
    }
}

/// The ServiceAccount of a pod, for questions about why it has no identity.
pub fn service_account_of(pod: &Pod) -> String {
    pod.spec
        .as_ref()
        .map_or_else(|| DEFAULT_SERVICE_ACCOUNT.to_owned(), service_account)
}

#[cfg(test)]
mod tests;
