//! A container's variables, as its node would work them out.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{EnvVar, Pod};

/// What a variable comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// This.
    Text(String),
    /// What is kept elsewhere, such as `a Secret`, and is not read.
    Elsewhere(&'static str),
}

/// Works out variables in their order; of two with one name the later holds.
pub(super) fn evaluate(variables: &[EnvVar], pod: &Pod) -> BTreeMap<String, Value> {
    let mut known = BTreeMap::new();
    for variable in variables {
        let value = match &variable.value_from {
            None => Value::Text(expand(
                variable.value.as_deref().unwrap_or_default(),
                &known,
            )),
            Some(source) => {
                let path = source.field_ref.as_ref().map(|field| &field.field_path);
                match path.and_then(|path| field(path, pod)) {
                    Some(text) => Value::Text(text),
                    None if source.secret_key_ref.is_some() => Value::Elsewhere("a Secret"),
                    None if source.config_map_key_ref.is_some() => Value::Elsewhere("a ConfigMap"),
                    None => Value::Elsewhere("what its node knows"),
                }
            }
        };
        known.insert(variable.name.clone(), value);
    }
    known
}

/// Kubernetes: `$(NAME)` is a variable that stands before, `$$` a dollar; all else stays.
fn expand(text: &str, known: &BTreeMap<String, Value>) -> String {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            expanded.push('$');
            rest = after;
            continue;
        }
        let named = after
            .strip_prefix('(')
            .and_then(|inner| inner.split_once(')'))
            .and_then(|(name, tail)| match known.get(name)? {
                Value::Text(value) => Some((value, tail)),
                Value::Elsewhere(_) => None,
            });
        if let Some((value, tail)) = named {
            expanded.push_str(value);
            rest = tail;
        } else {
            expanded.push('$');
            rest = after;
        }
    }
    expanded.push_str(rest);
    expanded
}

/// The downward API's fields that do not need the node.
fn field(path: &str, pod: &Pod) -> Option<String> {
    let (metadata, spec) = (&pod.metadata, pod.spec.as_ref());
    let keyed = |prefix: &str| {
        path.strip_prefix(prefix)?
            .strip_prefix("['")?
            .strip_suffix("']")
    };
    if let Some(key) = keyed("metadata.labels") {
        return Some(valued(metadata.labels.as_ref(), key));
    }
    if let Some(key) = keyed("metadata.annotations") {
        return Some(valued(metadata.annotations.as_ref(), key));
    }
    match path {
        "metadata.name" => metadata.name.clone(),
        "metadata.namespace" => metadata.namespace.clone(),
        "metadata.uid" => metadata.uid.clone(),
        "spec.nodeName" => spec?.node_name.clone(),
        "spec.serviceAccountName" => spec?.service_account_name.clone(),
        _ => None,
    }
}

/// What is not there is empty, as for a container.
fn valued(map: Option<&BTreeMap<String, String>>, key: &str) -> String {
    let value = map.and_then(|map| map.get(key));
    value.cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn variables_are_what_the_node_would_make_of_them() {
        let pod = json!({
            "metadata": {"name": "app-1", "namespace": "demo", "labels": {"app": "a"}},
            "spec": {"containers": [], "serviceAccountName": "s"},
        });
        let pod: Pod = serde_json::from_value(pod).unwrap();
        let field = |path: &str| json!({"fieldRef": {"fieldPath": path}});
        let variables = json!([
            {"name": "A", "value": "1"},
            {"name": "EXPANDED", "value": "$(A)-$(NONE)-$$(A)-$A-$(A"},
            {"name": "A", "value": "$(A)2"},
            {"name": "POD", "valueFrom": field("metadata.name")},
            {"name": "SESSION", "value": "s-$(POD)"},
            {"name": "LABEL", "valueFrom": field("metadata.labels['app']")},
            {"name": "NO_LABEL", "valueFrom": field("metadata.labels['b']")},
            {"name": "ACCOUNT", "valueFrom": field("spec.serviceAccountName")},
            {"name": "IP", "valueFrom": field("status.podIP")},
            {"name": "SECRET", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
            {"name": "OF_SECRET", "value": "$(SECRET)"},
            {"name": "MAP", "valueFrom": {"configMapKeyRef": {"name": "s", "key": "k"}}},
            {"name": "EMPTY"},
        ]);
        let variables: Vec<EnvVar> = serde_json::from_value(variables).unwrap();
        let known = evaluate(&variables, &pod);
        let text = |text: &str| Value::Text(text.to_owned());
        for (name, expected) in [
            ("A", text("12")),
            ("EXPANDED", text("1-$(NONE)-$(A)-$A-$(A")),
            ("POD", text("app-1")),
            ("SESSION", text("s-app-1")),
            ("LABEL", text("a")),
            ("NO_LABEL", text("")),
            ("ACCOUNT", text("s")),
            ("IP", Value::Elsewhere("what its node knows")),
            ("SECRET", Value::Elsewhere("a Secret")),
            ("OF_SECRET", text("$(SECRET)")),
            ("MAP", Value::Elsewhere("a ConfigMap")),
            ("EMPTY", text("")),
        ] {
            assert_eq!(known.get(name), Some(&expected), "{name}");
        }
    }
}
