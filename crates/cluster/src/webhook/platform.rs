//! Where a pod runs: paths are spelled differently on Windows.

use serde_json::Value;

/// The operating system of a pod's node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Platform {
    Posix,
    Windows,
}

const SELECTORS: [&str; 2] = ["kubernetes.io/os", "beta.kubernetes.io/os"];
const WINDOWS: &str = "windows";

impl Platform {
    /// What the pod says of its node: `spec.os`, the node selector, or an affinity that admits
    /// nothing else.
    pub(crate) fn of(spec: &Value) -> Self {
        let declared = spec.pointer("/os/name").and_then(Value::as_str) == Some(WINDOWS);
        let selected = SELECTORS.iter().any(|key| {
            let selector = spec.get("nodeSelector").and_then(|labels| labels.get(key));
            selector.and_then(Value::as_str) == Some(WINDOWS)
        });
        if declared || selected || must_run_on_windows(spec) {
            Self::Windows
        } else {
            Self::Posix
        }
    }

    /// The path as processes of the pod open it.
    pub(crate) fn path(self, posix: &str) -> String {
        match self {
            Self::Posix => posix.to_owned(),
            Self::Windows => format!("C:{}", posix.replace('/', "\\")),
        }
    }
}

fn must_run_on_windows(spec: &Value) -> bool {
    let required = "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution";
    let terms = spec
        .pointer(required)
        .and_then(|required| required.get("nodeSelectorTerms"))
        .and_then(Value::as_array);
    let Some(terms) = terms.filter(|terms| !terms.is_empty()) else {
        return false;
    };
    terms.iter().all(|term| {
        let expressions = term.get("matchExpressions").and_then(Value::as_array);
        expressions.is_some_and(|all| all.iter().any(is_windows_expression))
    })
}

fn is_windows_expression(expression: &Value) -> bool {
    let key = expression.get("key").and_then(Value::as_str);
    let operator = expression.get("operator").and_then(Value::as_str);
    let values = expression.get("values").and_then(Value::as_array);
    let only_windows = values.is_some_and(|values| {
        !values.is_empty() && values.iter().all(|value| value.as_str() == Some(WINDOWS))
    });
    key.is_some_and(|key| SELECTORS.contains(&key)) && operator == Some("In") && only_windows
}
