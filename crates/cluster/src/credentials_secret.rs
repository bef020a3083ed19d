//! A Secret that holds an access key under the names of AWS's variables.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use crate::Connection;

const ID: &str = "AWS_ACCESS_KEY_ID";
const KEY: &str = "AWS_SECRET_ACCESS_KEY";

/// An access key.
pub struct Credentials {
    /// `AKIA…`
    pub access_key_id: String,
    /// What signs.
    pub secret_access_key: base::Secret<String>,
}

/// A Secret that is about to hold an access key.
pub struct CredentialsSecret {
    api: Api<Secret>,
    namespace: String,
    name: String,
    found: Found,
}

/// What was found under the name.
enum Found {
    Nothing,
    /// A Secret without a key, of this version.
    Empty(Option<String>),
}

/// What a Secret says.
pub enum Held {
    /// An access key.
    Credentials(Credentials),
    /// None yet.
    None(Box<CredentialsSecret>),
}

/// Why a Secret cannot hold the key.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsSecretFault {
    /// It holds something else.
    #[error("the Secret `{0}` holds other data, or one half of a key")]
    Foreign(String),
    /// Somebody wrote it in between.
    #[error("the Secret `{0}` was changed in the meantime")]
    Changed(String),
    /// The API server says no.
    #[error("the Secret `{name}` cannot be {verb}: {why}")]
    Refused {
        /// Which, with its namespace.
        name: String,
        /// `read` or `written`.
        verb: &'static str,
        /// The API server's words.
        why: String,
    },
    /// The API server does not answer.
    #[error("the cluster does not answer: {0}")]
    Unreachable(#[source] Box<kube::Error>),
}

impl CredentialsSecret {
    /// Looks into the Secret of that name in the connection's namespace.
    ///
    /// # Errors
    /// When it holds something else, or cannot be read.
    pub async fn look(connection: &Connection, name: &str) -> Result<Held, CredentialsSecretFault> {
        let namespace = connection.namespace().to_owned();
        let mut secret = Self {
            api: Api::namespaced(connection.client().clone(), &namespace),
            namespace,
            name: name.to_owned(),
            found: Found::Nothing,
        };
        let found = secret.api.get_opt(name).await;
        let Some(found) = found.map_err(|error| secret.fault("read", error))? else {
            return Ok(Held::None(Box::new(secret)));
        };
        let data = found.data.unwrap_or_default();
        if data.is_empty() {
            secret.found = Found::Empty(found.metadata.resource_version);
            return Ok(Held::None(Box::new(secret)));
        }
        match (data.get(ID).and_then(text), data.get(KEY).and_then(text)) {
            (Some(id), Some(key)) => Ok(Held::Credentials(Credentials {
                access_key_id: id,
                secret_access_key: base::Secret::new(key),
            })),
            (None, _) | (_, None) => Err(CredentialsSecretFault::Foreign(secret.place())),
        }
    }

    /// Writes a key; makes the Secret where there is none.
    ///
    /// # Errors
    /// When somebody wrote it since it was looked into, or the API server refuses.
    pub async fn fill(&self, credentials: &Credentials) -> Result<(), CredentialsSecretFault> {
        let written = match &self.found {
            Found::Nothing => self.create(credentials).await,
            Found::Empty(version) => self.change(credentials, version.as_deref()).await,
        };
        written.map_err(|error| self.fault("written", error))
    }

    /// Namespace and name.
    pub fn place(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    async fn create(&self, credentials: &Credentials) -> Result<(), kube::Error> {
        let mut secret = Secret::default();
        secret.metadata.name = Some(self.name.clone());
        secret.string_data = Some(
            [
                (ID.to_owned(), credentials.access_key_id.clone()),
                (
                    KEY.to_owned(),
                    credentials.secret_access_key.expose().clone(),
                ),
            ]
            .into(),
        );
        let made = self.api.create(&PostParams::default(), &secret).await;
        made.map(|_| ())
    }

    async fn change(
        &self,
        credentials: &Credentials,
        version: Option<&str>,
    ) -> Result<(), kube::Error> {
        let change = json!({
            "metadata": { "resourceVersion": version.map_or(Value::Null, Value::from) },
            "stringData": {
                ID: credentials.access_key_id,
                KEY: credentials.secret_access_key.expose(),
            },
        });
        let change = Patch::Merge(&change);
        let params = PatchParams::default();
        let changed = self.api.patch(&self.name, &params, &change).await;
        changed.map(|_| ())
    }

    fn fault(&self, verb: &'static str, error: kube::Error) -> CredentialsSecretFault {
        match error {
            kube::Error::Api(status) if status.code == 409 => {
                CredentialsSecretFault::Changed(self.place())
            }
            kube::Error::Api(status) => CredentialsSecretFault::Refused {
                name: self.place(),
                verb,
                why: status.message.clone(),
            },
            other => CredentialsSecretFault::Unreachable(Box::new(other)),
        }
    }
}

fn text(value: &ByteString) -> Option<String> {
    let text = String::from_utf8(value.0.clone()).ok()?;
    (!text.is_empty()).then_some(text)
}
