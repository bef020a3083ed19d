//! The claims that a Kubernetes TokenRequest puts into a token.

use serde_json::{Map, Value, json};

use crate::ObjectReference;

/// One token for one ServiceAccount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccountClaims {
    /// The issuer's URL.
    pub issuer: String,
    /// The ServiceAccount's namespace.
    pub namespace: String,
    /// The ServiceAccount's name.
    pub service_account: String,
    /// The ServiceAccount's uid.
    pub uid: String,
    /// Always written as an array.
    pub audiences: Vec<String>,
    /// The pod that the token is bound to.
    pub pod: Option<ObjectReference>,
    /// The node that the pod runs on.
    pub node: Option<ObjectReference>,
    /// Seconds since the epoch; also `nbf`.
    pub issued_at: i64,
    /// Life in seconds; Kubernetes gives 600 at least, which is the caller's to check.
    pub duration_secs: i64,
    /// A fresh UUID.
    pub jti: String,
}

impl ServiceAccountClaims {
    /// `system:serviceaccount:NAMESPACE:NAME`.
    pub fn subject(&self) -> String {
        format!(
            "system:serviceaccount:{}:{}",
            self.namespace, self.service_account
        )
    }

    /// The payload, members in the order in which kube-apiserver writes them.
    pub fn to_json(&self) -> Value {
        json!({
            "aud": self.audiences,
            "exp": self.issued_at.saturating_add(self.duration_secs),
            "iat": self.issued_at,
            "iss": self.issuer,
            "jti": self.jti,
            "kubernetes.io": self.kubernetes(),
            "nbf": self.issued_at,
            "sub": self.subject(),
        })
    }

    fn kubernetes(&self) -> Value {
        let mut claim = Map::new();
        claim.insert("namespace".to_owned(), json!(self.namespace));
        if let Some(node) = &self.node {
            claim.insert("node".to_owned(), reference(&node.name, &node.uid));
        }
        if let Some(pod) = &self.pod {
            claim.insert("pod".to_owned(), reference(&pod.name, &pod.uid));
        }
        let account = reference(&self.service_account, &self.uid);
        claim.insert("serviceaccount".to_owned(), account);
        Value::Object(claim)
    }
}

/// Kubernetes leaves an empty uid out.
fn reference(name: &str, uid: &str) -> Value {
    if uid.is_empty() {
        json!({ "name": name })
    } else {
        json!({ "name": name, "uid": uid })
    }
}
