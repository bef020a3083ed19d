//! The caBundle in the MutatingWebhookConfiguration: whom API servers trust when they call us.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::{Request, Uri};
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, WebhookClientConfig,
};
use kube::{Api, Client, ResourceExt};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::secret::{FIELD_MANAGER, Written};
use crate::certificate::api_fault::{ApiFault, code};

const CONFLICT: u16 = 409;
/// What a JSON patch whose tests fail is answered with.
const UNPROCESSABLE: u16 = 422;
/// Of cert-manager: it writes the caBundle where one of these is.
const INJECTORS: [&str; 3] = [
    "cert-manager.io/inject-ca-from",
    "cert-manager.io/inject-ca-from-secret",
    "cert-manager.io/inject-apiserver-ca",
];

/// One configuration by name. Needs get, list, watch and patch on it.
#[derive(Clone)]
pub(crate) struct Configuration {
    client: Client,
    name: String,
    service: (String, String),
    hosts: Vec<String>,
}

/// What the configuration says of us.
pub(crate) struct Seen {
    pub(crate) entries: Vec<Entry>,
    /// The annotation by which cert-manager writes the caBundle.
    pub(crate) injected: Option<&'static str>,
    version: String,
}

/// One entry that calls us.
pub(crate) struct Entry {
    index: usize,
    name: String,
    pub(crate) bundle: Vec<u8>,
}

impl Configuration {
    /// Ours are the entries that call that Service, or a URL at one of the hosts.
    pub(crate) fn new(
        client: &Client,
        name: &str,
        (namespace, service): (&str, &str),
        hosts: &[String],
    ) -> Self {
        Self {
            client: client.clone(),
            name: name.to_owned(),
            service: (namespace.to_owned(), service.to_owned()),
            hosts: hosts.to_vec(),
        }
    }

    /// `None`: there is no such configuration.
    pub(crate) async fn read(&self) -> Result<Option<Seen>, ApiFault> {
        let api: Api<MutatingWebhookConfiguration> = Api::all(self.client.clone());
        let found = api.get_opt(&self.name).await;
        let found = found.map_err(|error| ApiFault::new(self.doing("read"), &error))?;
        let Some(found) = found else {
            return Ok(None);
        };
        let annotations = found.annotations();
        let injected = INJECTORS
            .into_iter()
            .find(|name| annotations.contains_key(*name));
        let version = found.resource_version().unwrap_or_default();
        let entries = found.webhooks.unwrap_or_default().into_iter().enumerate();
        let ours = entries.filter(|(_, entry)| self.is_ours(&entry.client_config));
        Ok(Some(Seen {
            entries: ours
                .map(|(index, entry)| Entry {
                    index,
                    name: entry.name,
                    bundle: entry.client_config.ca_bundle.unwrap_or_default().0,
                })
                .collect(),
            injected,
            version,
        }))
    }

    fn is_ours(&self, config: &WebhookClientConfig) -> bool {
        if let Some(service) = &config.service {
            let (namespace, name) = &self.service;
            return service.namespace == *namespace && service.name == *name;
        }
        let url = config
            .url
            .as_deref()
            .and_then(|url| url.parse::<Uri>().ok());
        let host = url.as_ref().and_then(Uri::host).unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        self.hosts.iter().any(|name| name == host)
    }

    /// Writes the bundle into those of the entries that have another, and touches nothing else.
    pub(crate) async fn write(&self, seen: &Seen, bundle: &str) -> Result<Written, ApiFault> {
        let patch = patch(seen, bundle);
        let name = &self.name;
        let request = Request::patch(format!(
            "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/{name}\
             ?fieldManager={FIELD_MANAGER}"
        ))
        .header("content-type", "application/json-patch+json")
        .body(patch.to_string().into_bytes())
        .map_err(|error| ApiFault::because(self.doing("patch"), error.to_string()))?;
        match self.client.request::<IgnoredAny>(request).await {
            Ok(IgnoredAny) => Ok(Written::Done),
            Err(error) if matches!(code(&error), CONFLICT | UNPROCESSABLE) => Ok(Written::Conflict),
            Err(error) => Err(ApiFault::new(self.doing("patch"), &error)),
        }
    }

    fn doing(&self, verb: &str) -> String {
        format!("{verb} the MutatingWebhookConfiguration `{}`", self.name)
    }
}

impl Seen {
    /// Whether an entry of ours has another bundle.
    pub(crate) fn differs(&self, bundle: &str) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.bundle != bundle.as_bytes())
    }

    /// Whether that holds for all of our entries, of which there is one at least.
    pub(crate) fn all(&self, holds: impl Fn(&[u8]) -> bool) -> bool {
        !self.entries.is_empty() && self.entries.iter().all(|entry| holds(&entry.bundle))
    }
}

/// WHY: the tests refuse the patch where the object, or the order of its entries, is another by
/// now; a merge patch would have to carry all entries whole.
fn patch(seen: &Seen, bundle: &str) -> Value {
    let value = STANDARD.encode(bundle);
    let mut operations = vec![json!({
        "op": "test", "path": "/metadata/resourceVersion", "value": seen.version,
    })];
    let others = seen.entries.iter();
    for entry in others.filter(|entry| entry.bundle != bundle.as_bytes()) {
        let at = format!("/webhooks/{}", entry.index);
        operations.push(json!({
            "op": "test", "path": format!("{at}/name"), "value": entry.name,
        }));
        operations.push(json!({
            "op": "add", "path": format!("{at}/clientConfig/caBundle"), "value": value,
        }));
    }
    Value::Array(operations)
}
