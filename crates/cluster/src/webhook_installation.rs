//! Installs the webhook as `deploy/manifests/webhook.yaml` has it, by server-side apply.

mod endpoint_ca;
mod removal;

use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::{Value, json};

use crate::ask_error::ask;
use crate::{AskError, Connection};

/// What the chart renders; a test of the repository holds the two together.
const MANIFEST: &str = include_str!("../../../deploy/manifests/webhook.yaml");
/// Whose fields they are in the cluster.
const FIELD_MANAGER: &str = "irsa";

pub use endpoint_ca::{AuthorityFault, EndpointAuthority};

/// What an installation may be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookSettings {
    /// The image; else the manifest's.
    pub image: Option<String>,
    /// Where pods find irsa; `None`: AWS.
    pub endpoint_url: Option<String>,
    /// Whom pods believe there, beside the public roots; `None`: these alone.
    pub endpoint_ca: Option<EndpointAuthority>,
}

/// The webhook's objects, the first to be made first.
#[derive(Clone, Debug)]
pub struct WebhookInstallation {
    objects: Vec<Object>,
}

#[derive(Clone, Debug)]
struct Object {
    resource: ApiResource,
    namespace: Option<String>,
    name: String,
    value: Value,
}

/// Why the webhook is not installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The manifest in this program is not one.
    #[error("the webhook's manifest cannot be read: {0}")]
    Manifest(String),
    /// Something else looks after the object.
    #[error("{what} is looked after by something else (a Helm release?): {told}")]
    Foreign {
        /// The object.
        what: String,
        /// The API server's words.
        told: String,
    },
    /// The cluster does not take it.
    #[error(transparent)]
    Cluster(#[from] AskError),
}

impl WebhookInstallation {
    /// With these settings.
    ///
    /// # Errors
    /// [`InstallError::Manifest`].
    pub fn new(settings: &WebhookSettings) -> Result<Self, InstallError> {
        let documents: Vec<Value> = serde_saphyr::from_multiple(MANIFEST)
            .map_err(|error| InstallError::Manifest(error.to_string()))?;
        let mut objects: Vec<Value> = documents.into_iter().filter(Value::is_object).collect();
        for value in &mut objects {
            settle(value, settings);
        }
        if let Some(authority) = &settings.endpoint_ca {
            authority.add_to(&mut objects);
        }
        let objects = objects.into_iter().map(object);
        let objects: Vec<Object> = objects.collect::<Result<_, _>>()?;
        Ok(Self { objects })
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// The image that runs.
    pub fn image(&self) -> Option<&str> {
        let mut images = self.objects.iter().filter_map(|object| {
            let image = object
                .value
                .pointer("/spec/template/spec/containers/0/image");
            image?.as_str()
        });
        images.next()
    }

    /// The objects that are missing, or are otherwise than they would be made. Nothing is changed.
    ///
    /// # Errors
    /// The cluster does not say, or something else looks after an object.
    pub async fn missing(&self, connection: &Connection) -> Result<Vec<String>, InstallError> {
        let mut missing = Vec::new();
        for object in &self.objects {
            let found = object.get(connection).await?;
            let is_so = match found {
                None => false,
                Some(found) => {
                    let would_be = object.apply(connection, Run::Dry).await?;
                    comparable(&found) == comparable(&would_be)
                }
            };
            if !is_so {
                missing.push(object.shown());
            }
        }
        Ok(missing)
    }

    /// Makes them so, one after the other; what was made before a failure stays.
    ///
    /// # Errors
    /// The cluster does not take one of them, or something else looks after it.
    pub async fn install(&self, connection: &Connection) -> Result<(), InstallError> {
        for object in &self.objects {
            object.apply(connection, Run::Real).await?;
        }
        Ok(())
    }
}

/// Whether an apply is to last.
#[derive(Clone, Copy)]
enum Run {
    Dry,
    Real,
}

impl Object {
    fn api(&self, connection: &Connection) -> Api<DynamicObject> {
        let client = connection.client().clone();
        match &self.namespace {
            Some(namespace) => Api::namespaced_with(client, namespace, &self.resource),
            None => Api::all_with(client, &self.resource),
        }
    }

    /// As `kubectl` names it.
    fn shown(&self) -> String {
        format!("{}/{}", self.resource.kind.to_ascii_lowercase(), self.name)
    }

    async fn get(&self, connection: &Connection) -> Result<Option<Value>, InstallError> {
        let api = self.api(connection);
        let found = ask(
            connection.server(),
            || self.shown(),
            api.get_opt(&self.name),
        )
        .await?;
        Ok(found.map(|found| json!(found)))
    }

    async fn apply(&self, connection: &Connection, run: Run) -> Result<Value, InstallError> {
        let parameters = PatchParams {
            dry_run: matches!(run, Run::Dry),
            ..PatchParams::apply(FIELD_MANAGER)
        };
        let api = self.api(connection);
        let patch = Patch::Apply(&self.value);
        let applied = api.patch(&self.name, &parameters, &patch);
        match ask(connection.server(), || self.shown(), applied).await {
            Ok(applied) => Ok(json!(applied)),
            Err(AskError::Replaced { what, told }) => Err(InstallError::Foreign { what, told }),
            Err(error) => Err(error.into()),
        }
    }
}

fn object(value: Value) -> Result<Object, InstallError> {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    let lacks = |what: &str| InstallError::Manifest(format!("an object has no {what}"));
    let version = text("/apiVersion").ok_or_else(|| lacks("apiVersion"))?;
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let kind = text("/kind").ok_or_else(|| lacks("kind"))?;
    Ok(Object {
        resource: ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind)),
        namespace: text("/metadata/namespace").map(str::to_owned),
        name: text("/metadata/name")
            .ok_or_else(|| lacks("name"))?
            .to_owned(),
        value,
    })
}

/// Image and endpoint stand in the Deployment alone.
fn settle(value: &mut Value, settings: &WebhookSettings) {
    let Some(container) = value.pointer_mut("/spec/template/spec/containers/0") else {
        return;
    };
    if let Some(image) = &settings.image {
        container["image"] = json!(image);
    }
    let arguments = container.get_mut("args").and_then(Value::as_array_mut);
    if let (Some(arguments), Some(url)) = (arguments, &settings.endpoint_url) {
        arguments.push(json!(format!("--endpoint-url={url}")));
    }
}

/// Without what the API server counts and others report.
fn comparable(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(members) = object.as_object_mut() {
        members.remove("status");
    }
    let metadata = object.get_mut("metadata").and_then(Value::as_object_mut);
    if let Some(metadata) = metadata {
        for counted in ["managedFields", "resourceVersion", "generation"] {
            metadata.remove(counted);
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(installation: &WebhookInstallation) -> Vec<String> {
        let mut deployments = installation.objects.iter().filter_map(|object| {
            object
                .value
                .pointer("/spec/template/spec/containers/0/args")
        });
        let arguments = deployments.next().unwrap().as_array().unwrap().iter();
        let arguments = arguments.map(|one| one.as_str().unwrap().to_owned());
        arguments.collect()
    }

    #[test]
    fn the_namespace_comes_first_and_the_configuration_last() {
        let installation = WebhookInstallation::new(&WebhookSettings::default()).unwrap();
        let kinds: Vec<&str> = installation
            .objects
            .iter()
            .map(|object| object.resource.kind.as_str())
            .collect();
        assert_eq!(kinds.first(), Some(&"Namespace"));
        assert_eq!(kinds.last(), Some(&"MutatingWebhookConfiguration"));
        assert!(kinds.contains(&"Deployment"), "{kinds:?}");
        for object in &installation.objects {
            let plural = &object.resource.plural;
            assert!(plural.ends_with('s'), "{plural}");
        }
        assert!(installation.image().unwrap().starts_with("irsa:"));
        let arguments = arguments(&installation);
        assert!(
            !arguments
                .iter()
                .any(|one| one.starts_with("--endpoint-url"))
        );
    }

    #[test]
    fn image_and_endpoint_are_the_users() {
        let settings = WebhookSettings {
            image: Some("registry.example/irsa:2".to_owned()),
            endpoint_url: Some("https://irsa.example".to_owned()),
            endpoint_ca: None,
        };
        let installation = WebhookInstallation::new(&settings).unwrap();
        assert_eq!(installation.image(), Some("registry.example/irsa:2"));
        let arguments = arguments(&installation);
        assert!(arguments.contains(&"--endpoint-url=https://irsa.example".to_owned()));
    }
}
