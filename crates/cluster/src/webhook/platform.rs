//! Where a pod runs: paths are spelled differently on Windows.

use super::json_document::Json;

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
    pub(crate) fn of(spec: &Json<'_>) -> Self {
        let declared = spec.at(&["os", "name"]).and_then(Json::as_str) == Some(WINDOWS);
        let selected = SELECTORS.iter().any(|key| {
            let selector = spec.at(&["nodeSelector", key]);
            selector.and_then(Json::as_str) == Some(WINDOWS)
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

fn must_run_on_windows(spec: &Json<'_>) -> bool {
    let required = [
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
    ];
    let terms = spec.at(&required).and_then(Json::as_array);
    let Some(terms) = terms.filter(|terms| !terms.is_empty()) else {
        return false;
    };
    terms.iter().all(|term| {
        let expressions = term.get("matchExpressions").and_then(Json::as_array);
        expressions.is_some_and(|all| all.iter().any(is_windows_expression))
    })
}

fn is_windows_expression(expression: &Json<'_>) -> bool {
    let (key, operator) = (expression.text("key"), expression.text("operator"));
    let values = expression.get("values").and_then(Json::as_array);
    let only_windows = values.is_some_and(|values| {
        !values.is_empty() && values.iter().all(|value| value.as_str() == Some(WINDOWS))
    });
    key.is_some_and(|key| SELECTORS.contains(&key)) && operator == Some("In") && only_windows
}
