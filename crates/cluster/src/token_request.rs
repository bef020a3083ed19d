//! Tokens of a real cluster's ServiceAccounts, by TokenRequest, as the kubelet has them made.

use base::Secret;
use k8s_openapi::api::authentication::v1::{
    BoundObjectReference, TokenRequest, TokenRequestSpec, TokenRequestStatus,
};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::Api;
use kube::api::PostParams;

use crate::Connection;
use crate::ask_error::{AskError, ask};

/// What a token is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenWanted {
    /// The ServiceAccount's namespace.
    pub namespace: String,
    /// The ServiceAccount's name.
    pub service_account: String,
    /// For whom it is; `None` is the API server itself.
    pub audience: Option<String>,
    /// Seconds that it is to be valid; a cluster may give less.
    pub expiration_secs: i64,
    /// The pod with which it ends.
    pub pod: Option<BoundPod>,
}

/// A pod that a token is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundPod {
    /// Its name.
    pub name: String,
    /// Its UID: another pod of the same name is another pod.
    pub uid: String,
}

/// A token as it was given.
pub struct ServiceAccountToken {
    /// The token.
    pub text: Secret<String>,
    /// Seconds that it is good for.
    pub life_secs: i64,
}

/// Has the API server make a token.
pub async fn request_token(
    connection: &Connection,
    wanted: &TokenWanted,
) -> Result<ServiceAccountToken, AskError> {
    let client = connection.client().clone();
    let accounts: Api<ServiceAccount> = Api::namespaced(client, &wanted.namespace);
    let what = || match &wanted.pod {
        Some(pod) => format!(
            "token of ServiceAccount {}/{} for pod {}",
            wanted.namespace, wanted.service_account, pod.name
        ),
        None => format!(
            "token of ServiceAccount {}/{}",
            wanted.namespace, wanted.service_account
        ),
    };
    let (request, params) = (request(wanted), PostParams::default());
    let answer = accounts.create_token_request(&wanted.service_account, &params, &request);
    let answer = ask(connection.server(), what, answer).await?;
    given(answer).ok_or_else(|| AskError::Refused {
        what: what(),
        told: "the answer holds no token".to_owned(),
    })
}

fn request(wanted: &TokenWanted) -> TokenRequest {
    let bound = wanted.pod.as_ref().map(|pod| BoundObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some("Pod".to_owned()),
        name: Some(pod.name.clone()),
        uid: Some(pod.uid.clone()),
    });
    TokenRequest {
        spec: TokenRequestSpec {
            audiences: wanted.audience.iter().cloned().collect(),
            bound_object_ref: bound,
            expiration_seconds: Some(wanted.expiration_secs),
        },
        ..TokenRequest::default()
    }
}

/// WHY: the life is what the answer's `spec` says, which the server shortens where it must; taken
/// so and not from the expiry, this machine's clock need not agree with the cluster's.
fn given(answer: TokenRequest) -> Option<ServiceAccountToken> {
    let TokenRequestStatus { token, .. } = answer.status?;
    let life_secs = answer.spec.expiration_seconds.filter(|secs| *secs > 0)?;
    (!token.is_empty()).then(|| ServiceAccountToken {
        text: Secret::new(token),
        life_secs,
    })
}
