//! Whom pods believe at the endpoint: a ConfigMap that the webhook mounts, and gives on to pods.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::{Map, Value, json};

use crate::connection::pem_of;

/// The ConfigMap beside the webhook, as the chart names it.
pub(super) const NAME: &str = "irsa-webhook-endpoint-ca";
const FILE: &str = "ca.crt";
const DIRECTORY: &str = "/etc/irsa/endpoint-ca";
const VOLUME: &str = "endpoint-ca";
/// The webhook starts anew when it changes.
const ANNOTATION: &str = "irsa/endpoint-ca";
/// What pods get, in their namespaces.
const BUNDLE: &str = "irsa-endpoint-ca";
/// A ConfigMap holds 1 MiB, and so does the bundle, which has the public roots too.
const MAX_BYTES: usize = 512 * 1024;

/// Certificates that pods believe irsa's endpoint by, PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointAuthority(String);

/// There are no such certificates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityFault {
    /// It is no PEM.
    #[error("no list of certificates in PEM: {0}")]
    Malformed(String),
    /// There are none.
    #[error("it holds no certificate")]
    Empty,
    /// More than pods can be given.
    #[error("the certificates have {0} bytes; pods can be given {MAX_BYTES}")]
    TooLarge(usize),
}

impl EndpointAuthority {
    /// Takes the certificates alone: a key in the same file stays where it is.
    ///
    /// # Errors
    /// There are none, or too many.
    pub fn from_pem(content: &[u8]) -> Result<Self, AuthorityFault> {
        let found = CertificateDer::pem_slice_iter(content)
            .map(|certificate| certificate.map(|certificate| certificate.to_vec()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| AuthorityFault::Malformed(error.to_string()))?;
        if found.is_empty() {
            return Err(AuthorityFault::Empty);
        }
        let pem = pem_of(found);
        if pem.len() > MAX_BYTES {
            return Err(AuthorityFault::TooLarge(pem.len()));
        }
        Ok(Self(pem))
    }

    /// As the chart does with `endpoint.caBundle`.
    pub(super) fn add_to(&self, objects: &mut Vec<Value>) {
        let is = |object: &Value, kind: &str| object.get("kind").is_some_and(|own| own == kind);
        for object in objects.iter_mut() {
            if is(object, "ClusterRole") {
                allow_bundles(object);
            }
        }
        let place = objects.iter().position(|object| is(object, "Deployment"));
        let Some((place, deployment)) = place.and_then(|at| Some((at, objects.get_mut(at)?)))
        else {
            return;
        };
        self.mount(deployment);
        let config_map = self.config_map(deployment);
        objects.insert(place, config_map);
    }

    fn config_map(&self, deployment: &Value) -> Value {
        let of = |pointer: &str| deployment.pointer(pointer).cloned().unwrap_or_default();
        json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {
                "name": NAME,
                "namespace": of("/metadata/namespace"),
                "labels": of("/metadata/labels"),
            },
            "data": { FILE: self.0 },
        })
    }

    fn mount(&self, deployment: &mut Value) {
        let digest = URL_SAFE_NO_PAD.encode(digest(&SHA256, self.0.as_bytes()));
        if let Some(metadata) = members(deployment, "/spec/template/metadata") {
            let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
            if let Some(annotations) = annotations.as_object_mut() {
                annotations.insert(ANNOTATION.to_owned(), json!(digest));
            }
        }
        if let Some(pod) = members(deployment, "/spec/template/spec") {
            let volume = json!({ "name": VOLUME, "configMap": { "name": NAME } });
            pod.insert("volumes".to_owned(), json!([volume]));
        }
        let Some(container) = members(deployment, "/spec/template/spec/containers/0") else {
            return;
        };
        let mount = json!({ "name": VOLUME, "mountPath": DIRECTORY, "readOnly": true });
        container.insert("volumeMounts".to_owned(), json!([mount]));
        if let Some(arguments) = container.get_mut("args").and_then(Value::as_array_mut) {
            arguments.push(json!(format!("--endpoint-ca={DIRECTORY}/{FILE}")));
        }
    }
}

fn members<'a>(object: &'a mut Value, pointer: &str) -> Option<&'a mut Map<String, Value>> {
    object.pointer_mut(pointer)?.as_object_mut()
}

/// The webhook writes the bundle into the namespaces of pods.
fn allow_bundles(role: &mut Value) {
    if let Some(rules) = role.get_mut("rules").and_then(Value::as_array_mut) {
        rules.push(json!({ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["create"] }));
        rules.push(json!({
            "apiGroups": [""],
            "resources": ["configmaps"],
            "resourceNames": [BUNDLE],
            "verbs": ["get", "list", "watch", "patch"],
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{WebhookInstallation, WebhookSettings};
    use super::*;

    /// The chart with a CA of the server's own, which it takes from a Secret.
    const CHART: &str = include_str!("../../../../deploy/manifests/webhook-and-server.yaml");

    fn certificate() -> String {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["ca.example".to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        format!("# a CA\n{}{}", certificate.pem(), key.serialize_pem())
    }

    fn find<'a>(objects: impl IntoIterator<Item = &'a Value>, kind: &str, name: &str) -> &'a Value {
        let mut objects = objects.into_iter();
        let found = objects.find(|one| one["kind"] == kind && one["metadata"]["name"] == name);
        found.unwrap_or_else(|| panic!("no {kind} {name}"))
    }

    #[test]
    fn pods_are_given_what_the_chart_gives_them() {
        let pem = certificate();
        let settings = WebhookSettings {
            endpoint_url: Some("https://irsa.example".to_owned()),
            endpoint_ca: Some(EndpointAuthority::from_pem(pem.as_bytes()).unwrap()),
            ..WebhookSettings::default()
        };
        let installation = WebhookInstallation::new(&settings).unwrap();
        let ours: Vec<&Value> = installation.objects.iter().map(|one| &one.value).collect();
        let charts: Vec<Value> = serde_saphyr::from_multiple(CHART).unwrap();
        let name = "irsa-webhook";
        let role = |objects: Vec<Value>| {
            let rules = find(&objects, "ClusterRole", name)["rules"].clone();
            let mut rules: Vec<String> = rules
                .as_array()
                .unwrap()
                .iter()
                .map(Value::to_string)
                .collect();
            rules.sort();
            rules
        };
        let owned: Vec<Value> = ours.iter().map(|one| (*one).clone()).collect();
        assert_eq!(role(owned.clone()), role(charts.clone()));
        let container = |objects: &[Value]| {
            let deployment = find(objects, "Deployment", name);
            let container = &deployment["spec"]["template"]["spec"]["containers"][0];
            let arguments = container["args"].as_array().unwrap().iter();
            let ca = arguments.filter(|one| one.as_str().unwrap().starts_with("--endpoint-ca"));
            let ca: Vec<Value> = ca.cloned().collect();
            (ca, container["volumeMounts"].clone())
        };
        assert_eq!(container(&owned), container(&charts));

        let config_map = find(ours.iter().copied(), "ConfigMap", NAME);
        let data = config_map["data"][FILE].as_str().unwrap();
        assert!(pem.contains(data) && data.starts_with("-----BEGIN CERTIFICATE-----"));
        assert!(!data.contains("PRIVATE KEY"), "a key stays where it is");
        let deployment = find(ours.iter().copied(), "Deployment", name);
        assert_eq!(
            config_map["metadata"]["namespace"],
            deployment["metadata"]["namespace"]
        );
        let position = |kind: &str| ours.iter().position(|one| one["kind"] == kind);
        assert!(position("ConfigMap") < position("Deployment"));
    }

    #[test]
    fn what_is_no_authority_is_refused() {
        for (content, expected) in [
            (String::new(), AuthorityFault::Empty),
            ("no PEM".to_owned(), AuthorityFault::Empty),
            (certificate().repeat(1_000), AuthorityFault::TooLarge(0)),
            (
                "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n".to_owned(),
                AuthorityFault::Malformed(String::new()),
            ),
        ] {
            let fault = EndpointAuthority::from_pem(content.as_bytes()).unwrap_err();
            let same = std::mem::discriminant(&fault) == std::mem::discriminant(&expected);
            assert!(same, "{fault}");
        }
    }
}
