//! Live reads from a real API server.

use std::sync::Arc;

use async_trait::async_trait;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, ServiceAccount};
use kube::{Api, Client};

use super::accounts::annotations;
use super::live_reads::{Object, Reading, Source};
use super::namespaces::OptIns;
use super::roles::{CONFIG_MAP, parsed};

/// Reads without `resourceVersion`, so that the answer is the newest that there is.
pub(crate) struct ApiSource {
    pub(crate) client: Client,
    pub(crate) prefix: String,
    pub(crate) own_namespace: String,
}

#[async_trait]
impl Source for ApiSource {
    async fn read(&self, object: &Object) -> Result<Reading, String> {
        let client = self.client.clone();
        let outcome = match object {
            Object::Account { namespace, name } => {
                let api = Api::<ServiceAccount>::namespaced(client, namespace);
                let found = api.get_metadata_opt(name).await;
                found.map(|found| {
                    found.map(|account| {
                        let annotations = annotations(&account.metadata, &self.prefix);
                        Reading::Account(annotations.map(Arc::new))
                    })
                })
            }
            Object::Namespace(name) => {
                let found = Api::<Namespace>::all(client).get_metadata_opt(name).await;
                found.map(|found| {
                    found.map(|namespace| {
                        Reading::Namespace(OptIns::of(&namespace.metadata, &self.prefix))
                    })
                })
            }
            Object::Roles => {
                let api = Api::<ConfigMap>::namespaced(client, &self.own_namespace);
                let found = api.get_opt(CONFIG_MAP).await;
                return match found.map_err(|error| told(&error))? {
                    None => Ok(Reading::Absent),
                    Some(object) => match parsed(&object) {
                        Ok(roles) => Ok(Reading::Roles(Arc::new(roles))),
                        Err(fault) => Err(fault.to_string()),
                    },
                };
            }
        };
        let found = outcome.map_err(|error| told(&error))?;
        Ok(found.unwrap_or(Reading::Absent))
    }
}

/// One short line; the API server's own words where it has some.
pub(crate) fn told(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) if !status.message.is_empty() => status.message.clone(),
        kube::Error::Api(status) => format!("it answered {}", status.code),
        other => {
            let mut cause: &dyn std::error::Error = other;
            while let Some(source) = cause.source() {
                cause = source;
            }
            cause.to_string()
        }
    }
}
