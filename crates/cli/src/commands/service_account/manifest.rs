//! The ServiceAccount as `kubectl apply` takes it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::values::ServiceAccount;

/// The manifest.
pub(super) fn manifest(account: &ServiceAccount, annotations: &BTreeMap<String, String>) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {
            "name": account.name(),
            "namespace": account.namespace(),
            "annotations": annotations,
        },
    })
}
