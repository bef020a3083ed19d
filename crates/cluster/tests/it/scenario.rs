//! One review: who asks, what is known of the ServiceAccount, on which terms.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cluster::webhook::{
    Annotations, ConfigMap, ContainerCredentials, Decision, Known, Lookup, Review, Settings, Terms,
};
use serde_json::{Value, json};

use crate::json_patch;

pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/reader";

#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) pod: Value,
    /// Of the ServiceAccount, without prefix.
    pub(crate) annotations: Value,
    pub(crate) container_credentials: Option<ContainerCredentials>,
    pub(crate) config_map: Option<ConfigMap>,
    pub(crate) lookup: Option<Lookup>,
    pub(crate) settings: Settings,
    pub(crate) terms: Terms,
    pub(crate) earlier_secs: i64,
    pub(crate) namespace: &'static str,
    /// Members of the request that are not as usual.
    pub(crate) request: Value,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            pod: pod(json!({ "containers": [{ "name": "app" }] })),
            annotations: json!({ "role-arn": ROLE }),
            container_credentials: None,
            config_map: None,
            lookup: None,
            settings: Settings::default(),
            terms: Terms::default(),
            earlier_secs: 0,
            namespace: "shop",
            request: json!({}),
        }
    }
}

/// A pod of the ServiceAccount `buyer`.
pub(crate) fn pod(spec: Value) -> Value {
    let mut pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "pod" } });
    pod["spec"] = spec;
    pod["spec"]["serviceAccountName"] = json!("buyer");
    pod
}

pub(crate) struct Outcome {
    pub(crate) decision: Decision,
    pub(crate) answer: Value,
    /// Decoded.
    pub(crate) patch: Value,
    /// After the patch.
    pub(crate) pod: Value,
}

impl Scenario {
    pub(crate) fn body(&self) -> Vec<u8> {
        let mut request = json!({
            "uid": "6f1e",
            "kind": { "group": "", "version": "v1", "kind": "Pod" },
            "operation": "CREATE",
            "namespace": self.namespace,
            "object": self.pod,
        });
        for (name, value) in self.request.as_object().unwrap() {
            request[name] = value.clone();
        }
        let version = "admission.k8s.io/v1";
        let review =
            json!({ "apiVersion": version, "kind": "AdmissionReview", "request": request });
        serde_json::to_vec(&review).unwrap()
    }

    pub(crate) fn lookup(&self) -> Lookup {
        if let Some(lookup) = &self.lookup {
            return lookup.clone();
        }
        let annotations = self.annotations.as_object().unwrap().iter();
        let annotations: Vec<(String, &str)> = annotations
            .filter_map(|(name, value)| {
                Some((format!("eks.amazonaws.com/{name}"), value.as_str()?))
            })
            .collect();
        let annotations = annotations.iter();
        let annotations = annotations.map(|(name, value)| (name.as_str(), *value));
        let annotations = Annotations::among(annotations, "eks.amazonaws.com");
        let known = Known {
            namespace: self.namespace,
            name: "buyer",
            annotations: Some(&annotations),
            config_map: self.config_map.as_ref(),
            container_credentials: self.container_credentials.as_ref(),
        };
        known.lookup(&self.settings)
    }

    pub(crate) fn run(&self) -> Outcome {
        let body = self.body();
        let review = Review::read(&body).unwrap();
        let earlier = |most: i64| {
            assert!(self.earlier_secs <= most);
            self.earlier_secs
        };
        let decision = review.decide(&self.lookup(), self.terms, &self.settings, earlier);
        let answer: Value = serde_json::from_slice(&review.answer(&decision)).unwrap();
        let patch = decoded(&answer);
        let mut pod = self.pod.clone();
        json_patch::apply(&mut pod, &patch);
        Outcome {
            decision,
            answer,
            patch,
            pod,
        }
    }
}

/// The patch of an answer; `null` without.
pub(crate) fn decoded(answer: &Value) -> Value {
    let response = &answer["response"];
    match (response.get("patch"), response.get("patchType")) {
        (None, None) => Value::Null,
        (Some(patch), Some(kind)) => {
            assert_eq!(kind, "JSONPatch");
            let patch = STANDARD.decode(patch.as_str().unwrap()).unwrap();
            serde_json::from_slice(&patch).unwrap()
        }
        other => panic!("{other:?}"),
    }
}

/// Everything that the author of the pod reads.
pub(crate) fn texts(decision: &Decision) -> Vec<String> {
    decision.problems.iter().map(ToString::to_string).collect()
}
