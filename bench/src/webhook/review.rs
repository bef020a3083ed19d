//! Reviews of pods, as an API server sends them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};

use super::accounts::{Kind, name, namespace, role_arn};

/// AWS's webhook v0.6.17 answers no `v1`: both get what both can read.
const API_VERSION: &str = "admission.k8s.io/v1beta1";

/// A review of a pod of a Deployment, of so many containers; whose account has that index.
pub(crate) fn review(account: usize, containers: usize) -> Value {
    let namespace = namespace(account);
    let service_account = name(Kind::ServiceAccount, account);
    let pods = json!({ "group": "", "version": "v1", "resource": "pods" });
    let pod = json!({ "group": "", "version": "v1", "kind": "Pod" });
    json!({
        "kind": "AdmissionReview",
        "apiVersion": API_VERSION,
        "request": {
            "uid": format!("00000000-0000-4000-9000-{account:012}"),
            "kind": pod,
            "resource": pods,
            "requestKind": pod,
            "requestResource": pods,
            "namespace": namespace,
            "operation": "CREATE",
            "userInfo": {
                "username": "system:serviceaccount:kube-system:replicaset-controller",
                "uid": "00000000-0000-4000-a000-000000000001",
                "groups": ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
            },
            "object": a_pod(&namespace, &service_account, containers),
            "oldObject": null,
            "dryRun": false,
            "options": { "kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1" },
        },
    })
}

fn a_pod(namespace: &str, service_account: &str, containers: usize) -> Value {
    let containers: Vec<_> = (0..containers).map(container).collect();
    json!({
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {
            "generateName": format!("{service_account}-7d4b9c6f5-"),
            "namespace": namespace,
            "labels": { "app": service_account, "pod-template-hash": "7d4b9c6f5" },
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": format!("{service_account}-7d4b9c6f5"),
                "uid": "00000000-0000-4000-b000-000000000001", "controller": true, "blockOwnerDeletion": true,
            }],
            "managedFields": [{
                "manager": "kube-controller-manager", "operation": "Update", "apiVersion": "v1",
                "time": "2025-06-01T00:00:00Z", "fieldsType": "FieldsV1",
                "fieldsV1": { "f:metadata": { "f:generateName": {}, "f:labels": { ".": {}, "f:app": {} } },
                    "f:spec": { "f:containers": {}, "f:dnsPolicy": {}, "f:restartPolicy": {} } },
            }],
        },
        "spec": {
            "volumes": [{
                "name": "kube-api-access-x7k2p",
                "projected": { "defaultMode": 420, "sources": [
                    { "serviceAccountToken": { "expirationSeconds": 3607, "path": "token" } },
                    { "configMap": { "name": "kube-root-ca.crt", "items": [{ "key": "ca.crt", "path": "ca.crt" }] } },
                    { "downwardAPI": { "items": [{ "path": "namespace",
                        "fieldRef": { "apiVersion": "v1", "fieldPath": "metadata.namespace" } }] } },
                ] },
            }],
            "containers": containers,
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
            "dnsPolicy": "ClusterFirst",
            "serviceAccountName": service_account,
            "serviceAccount": service_account,
            "securityContext": {},
            "schedulerName": "default-scheduler",
            "priority": 0,
            "enableServiceLinks": true,
            "preemptionPolicy": "PreemptLowerPriority",
        },
        "status": {},
    })
}

fn container(index: usize) -> Value {
    json!({
        "name": format!("container-{index}"),
        "image": "registry.example/team/app:1.2.3",
        "args": ["--verbose", "--port=8080"],
        "ports": [{ "containerPort": 8080, "protocol": "TCP" }],
        "env": [
            { "name": "LOG_LEVEL", "value": "info" },
            { "name": "POD_NAME", "valueFrom": {
                "fieldRef": { "apiVersion": "v1", "fieldPath": "metadata.name" } } },
        ],
        "resources": { "limits": { "memory": "256Mi" }, "requests": { "cpu": "100m", "memory": "128Mi" } },
        "volumeMounts": [{
            "name": "kube-api-access-x7k2p", "readOnly": true,
            "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
        }],
        "livenessProbe": { "httpGet": { "path": "/healthz", "port": 8080, "scheme": "HTTP" },
            "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3 },
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
    })
}

/// The review as a request over a kept-alive connection.
pub(crate) fn request(review: &Value) -> Bytes {
    let body = review.to_string();
    Bytes::from(format!(
        "POST /mutate?timeout=10s HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ))
}

/// Whether an answer lets the pod of that account in with its role, in every container.
pub(crate) fn gives_identity(answer: &[u8], account: usize, containers: usize) -> bool {
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else {
        return false;
    };
    let Some(response) = answer.get("response") else {
        return false;
    };
    let patch = response.get("patch").and_then(Value::as_str);
    let patch = patch.and_then(|patch| STANDARD.decode(patch).ok());
    let patch = patch.and_then(|patch| String::from_utf8(patch).ok());
    response.get("allowed") == Some(&Value::Bool(true))
        && patch.is_some_and(|patch| {
            let role = format!("\"{}\"", role_arn(account));
            patch.matches(&role).count() == containers
        })
}
