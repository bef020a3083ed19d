//! The Secret that all replicas share.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client, ResourceExt};
use serde_json::json;

use super::state::State;
use super::stored::{CERTIFICATE, Data, data};
use crate::certificate::api_fault::{ApiFault, code};

/// Who we are in `managedFields`.
pub(crate) const FIELD_MANAGER: &str = "irsa-webhook";

pub(crate) const MANAGED_BY: &str = "app.kubernetes.io/managed-by";

const CONFLICT: u16 = 409;
/// Of cert-manager: whose certificate a Secret holds.
const CERT_MANAGER: &str = "cert-manager.io/certificate-name";

/// One Secret by name. Needs get, list, watch and patch on it, and create.
#[derive(Clone)]
pub(crate) struct SharedSecret {
    api: Api<Secret>,
    namespace: String,
    name: String,
}

/// What is in it.
pub(crate) struct Found {
    pub(crate) data: Data,
    version: String,
    is_labelled: bool,
}

impl Found {
    /// Whether it holds a certificate that is not of our making.
    pub(crate) fn is_foreign(&self) -> bool {
        let is_empty = self.data.get(CERTIFICATE).is_none_or(Vec::is_empty);
        !is_empty && !self.is_labelled
    }
}

/// Whether what was written is what is there now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Done,
    /// Another replica was first: read again.
    Conflict,
}

impl SharedSecret {
    pub(crate) fn new(client: &Client, namespace: &str, name: &str) -> Self {
        Self {
            api: Api::namespaced(client.clone(), namespace),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    pub(crate) async fn read(&self) -> Result<Option<Found>, ApiFault> {
        let found = self.api.get_opt(&self.name).await;
        let found = found.map_err(|error| ApiFault::new(self.doing("read"), &error))?;
        let Some(secret) = found else {
            return Ok(None);
        };
        if secret.annotations().contains_key(CERT_MANAGER) {
            return Err(ApiFault::because(
                self.doing("use"),
                "it is cert-manager's; mount it and name its files with --in-cluster=false, \
                 --tls-cert and --tls-key, or name another one with --tls-secret",
            ));
        }
        let version = secret.resource_version().unwrap_or_default();
        let is_labelled =
            secret.labels().get(MANAGED_BY).map(String::as_str) == Some(FIELD_MANAGER);
        let data = secret.data.unwrap_or_default().into_iter();
        Ok(Some(Found {
            data: data.map(|(name, bytes)| (name, bytes.0)).collect(),
            version,
            is_labelled,
        }))
    }

    /// The refusal of a Secret that holds another's certificate.
    pub(crate) fn foreign(&self) -> ApiFault {
        ApiFault::because(
            self.doing("use"),
            "it holds a certificate that is not of our making; name another Secret with \
             --tls-secret, delete this one, or use its certificate with --in-cluster=false, \
             --tls-cert and --tls-key",
        )
    }

    /// Writes the state, unless the Secret is another than `found` by now.
    pub(crate) async fn write(
        &self,
        state: &State,
        found: Option<&Found>,
    ) -> Result<Written, ApiFault> {
        let data = data(state)
            .map_err(|error| ApiFault::because(self.doing("write"), error.to_string()))?;
        let data: BTreeMap<String, ByteString> = data
            .into_iter()
            .map(|(name, bytes)| (name, ByteString(bytes)))
            .collect();
        let outcome = match found {
            Some(found) => self.patch(&data, found).await,
            None => self.create(data).await,
        };
        match outcome {
            Ok(_) => Ok(Written::Done),
            Err(error) if code(&error) == CONFLICT => Ok(Written::Conflict),
            Err(error) => Err(ApiFault::new(self.doing("write"), &error)),
        }
    }

    async fn patch(
        &self,
        data: &BTreeMap<String, ByteString>,
        found: &Found,
    ) -> Result<Secret, kube::Error> {
        let patch = json!({
            "metadata": { "resourceVersion": found.version },
            "data": data,
        });
        let params = PatchParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PatchParams::default()
        };
        self.api
            .patch(&self.name, &params, &Patch::Merge(&patch))
            .await
    }

    async fn create(&self, data: BTreeMap<String, ByteString>) -> Result<Secret, kube::Error> {
        let mut secret = Secret {
            type_: Some("kubernetes.io/tls".to_owned()),
            data: Some(data),
            ..Secret::default()
        };
        secret.metadata.name = Some(self.name.clone());
        secret.metadata.namespace = Some(self.namespace.clone());
        let label = (MANAGED_BY.to_owned(), FIELD_MANAGER.to_owned());
        secret.metadata.labels = Some([label].into());
        let params = PostParams {
            field_manager: Some(FIELD_MANAGER.to_owned()),
            ..PostParams::default()
        };
        self.api.create(&params, &secret).await
    }

    fn doing(&self, verb: &str) -> String {
        format!("{verb} the Secret `{}/{}`", self.namespace, self.name)
    }
}
