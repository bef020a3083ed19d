//! ServiceAccounts and their annotations, as a command writes them.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Namespace, Pod, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Api;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, Preconditions};
use serde_json::{Map, Value, json};

use crate::Connection;
use crate::ask_error::{AskError, ask};

/// What is to be changed in annotations: a value, or `None` to take it away.
pub type AnnotationChanges = BTreeMap<String, Option<String>>;

/// Pods that are named when a ServiceAccount's are asked for.
const MAX_PODS: u32 = 500;
/// The label of ServiceAccounts that were made here.
const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "irsa");

/// A ServiceAccount of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountState {
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// Whether [`Accounts::create`] made it.
    pub is_ours: bool,
    uid: Option<String>,
    resource_version: Option<String>,
}

/// One ServiceAccount, existing or not.
pub struct Accounts<'a> {
    connection: &'a Connection,
    namespace: &'a str,
    name: &'a str,
}

impl<'a> Accounts<'a> {
    /// The ServiceAccount of that name.
    pub fn named(connection: &'a Connection, namespace: &'a str, name: &'a str) -> Self {
        Self {
            connection,
            namespace,
            name,
        }
    }

    /// What there is; `None` when there is no such ServiceAccount.
    ///
    /// # Errors
    /// The cluster does not say.
    pub async fn find(&self) -> Result<Option<AccountState>, AskError> {
        let accounts = self.api();
        let found = ask(self.server(), || self.what(), accounts.get_opt(self.name)).await?;
        Ok(found.map(|account| state(account.metadata)))
    }

    /// Whether its namespace is there. Who may not ask is told that it is: most that may write a
    /// ServiceAccount may not read namespaces.
    ///
    /// # Errors
    /// The cluster does not say.
    pub async fn has_namespace(&self) -> Result<bool, AskError> {
        let namespaces: Api<Namespace> = Api::all(self.connection.client().clone());
        let what = || format!("namespace {}", self.namespace);
        match ask(self.server(), what, namespaces.get_opt(self.namespace)).await {
            Ok(found) => Ok(found.is_some()),
            Err(AskError::Forbidden { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Makes its namespace.
    ///
    /// # Errors
    /// The cluster refuses.
    pub async fn create_namespace(&self) -> Result<(), AskError> {
        let namespaces: Api<Namespace> = Api::all(self.connection.client().clone());
        let metadata = ObjectMeta {
            name: Some(self.namespace.to_owned()),
            ..ObjectMeta::default()
        };
        let namespace = Namespace {
            metadata,
            ..Namespace::default()
        };
        let what = || format!("namespace {}", self.namespace);
        let params = PostParams::default();
        ask(self.server(), what, namespaces.create(&params, &namespace)).await?;
        Ok(())
    }

    /// Makes the ServiceAccount.
    ///
    /// # Errors
    /// The cluster refuses, or it is there by now.
    pub async fn create(&self, annotations: &BTreeMap<String, String>) -> Result<(), AskError> {
        let (label, value) = MANAGED_BY;
        let metadata = ObjectMeta {
            name: Some(self.name.to_owned()),
            annotations: Some(annotations.clone()),
            labels: Some(BTreeMap::from([(label.to_owned(), value.to_owned())])),
            ..ObjectMeta::default()
        };
        let account = ServiceAccount {
            metadata,
            ..ServiceAccount::default()
        };
        let (accounts, params) = (self.api(), PostParams::default());
        ask(
            self.server(),
            || self.what(),
            accounts.create(&params, &account),
        )
        .await?;
        Ok(())
    }

    /// Changes annotations of the ServiceAccount as it was `seen`; all else stays.
    ///
    /// # Errors
    /// The cluster refuses, or somebody else changed the ServiceAccount meanwhile.
    pub async fn annotate(
        &self,
        seen: &AccountState,
        changes: &AnnotationChanges,
    ) -> Result<(), AskError> {
        let annotations: Map<String, Value> = changes
            .iter()
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect();
        let patch = json!({ "metadata": {
            "resourceVersion": seen.resource_version,
            "annotations": annotations,
        }});
        let (accounts, params) = (self.api(), PatchParams::default());
        let patch = Patch::Merge(&patch);
        ask(
            self.server(),
            || self.what(),
            accounts.patch(self.name, &params, &patch),
        )
        .await?;
        Ok(())
    }

    /// Deletes the ServiceAccount that was `seen`.
    ///
    /// # Errors
    /// The cluster refuses, or it was changed or replaced meanwhile.
    pub async fn delete(&self, seen: &AccountState) -> Result<(), AskError> {
        let params = DeleteParams {
            preconditions: Some(Preconditions {
                uid: seen.uid.clone(),
                resource_version: seen.resource_version.clone(),
            }),
            ..DeleteParams::default()
        };
        let accounts = self.api();
        ask(
            self.server(),
            || self.what(),
            accounts.delete(self.name, &params),
        )
        .await?;
        Ok(())
    }

    /// The pods that run as it, by name; none for who may not list pods.
    ///
    /// # Errors
    /// The cluster does not say.
    pub async fn pods(&self) -> Result<Vec<String>, AskError> {
        let pods: Api<Pod> = Api::namespaced(self.connection.client().clone(), self.namespace);
        let fields = format!("spec.serviceAccountName={}", self.name);
        let params = ListParams::default().fields(&fields).limit(MAX_PODS);
        let what = || format!("the pods of {}", self.what());
        match ask(self.server(), what, pods.list_metadata(&params)).await {
            Ok(list) => Ok(list
                .items
                .into_iter()
                .filter_map(|pod| pod.metadata.name)
                .collect()),
            Err(AskError::Forbidden { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn api(&self) -> Api<ServiceAccount> {
        Api::namespaced(self.connection.client().clone(), self.namespace)
    }

    fn server(&self) -> &str {
        self.connection.server()
    }

    fn what(&self) -> String {
        format!("ServiceAccount {}/{}", self.namespace, self.name)
    }
}

fn state(metadata: ObjectMeta) -> AccountState {
    let (label, value) = MANAGED_BY;
    let labels = metadata.labels.unwrap_or_default();
    AccountState {
        is_ours: labels.get(label).is_some_and(|found| found == value),
        annotations: metadata.annotations.unwrap_or_default(),
        uid: metadata.uid,
        resource_version: metadata.resource_version,
    }
}
