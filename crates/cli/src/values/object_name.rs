//! `NAMESPACE/NAME`, or `NAME` where the namespace is said otherwise.

use std::fmt;
use std::str::FromStr;

use base::Escaped;

use super::service_account::{is_namespace, is_object_name};

/// An object of a cluster; its namespace may be told by `-n` or the context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObjectName {
    namespace: Option<String>,
    name: String,
}

/// The text names no object.
#[derive(Debug, thiserror::Error)]
#[error(
    "must be NAMESPACE/NAME, or NAME, of a-z, 0-9 and -, beginning and ending with a letter or digit"
)]
pub(crate) struct InvalidObjectName;

/// It is not clear which namespace is meant.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoNamespace {
    #[error("`{0}` is in another namespace than `-n {1}` says")]
    Two(String, String),
    #[error("`{0}` needs its namespace: NAMESPACE/{0}, or -n NAMESPACE")]
    None(String),
    #[error("`{}` is no namespace", Escaped(.0))]
    Illegal(String),
}

impl ObjectName {
    /// The name within the namespace.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The namespace: its own, else the one of `-n`, else `fallback`.
    pub(crate) fn namespace(
        &self,
        flag: Option<&str>,
        fallback: Option<&str>,
    ) -> Result<String, NoNamespace> {
        let namespace = match (self.namespace.as_deref(), flag) {
            (Some(own), Some(flag)) if own != flag => {
                return Err(NoNamespace::Two(self.to_string(), flag.to_owned()));
            }
            (own, flag) => own.or(flag).or(fallback),
        };
        let namespace = namespace.ok_or_else(|| NoNamespace::None(self.to_string()))?;
        if !is_namespace(namespace) {
            return Err(NoNamespace::Illegal(namespace.to_owned()));
        }
        Ok(namespace.to_owned())
    }
}

impl FromStr for ObjectName {
    type Err = InvalidObjectName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (namespace, name) = match text.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, text),
        };
        if !namespace.is_none_or(is_namespace) || !is_object_name(name) {
            return Err(InvalidObjectName);
        }
        Ok(Self {
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        })
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{namespace}/{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_and_without_a_namespace() {
        for (text, valid) in [
            ("demo/app", true),
            ("app-5d4f.x", true),
            ("", false),
            ("demo/", false),
            ("/app", false),
            ("a/b/c", false),
            ("App", false),
        ] {
            let read = text.parse::<ObjectName>().ok();
            let shown = read.map(|name| name.to_string());
            assert_eq!(shown.as_deref(), valid.then_some(text), "{text}");
        }
    }

    #[test]
    fn one_namespace_is_meant() {
        for (text, flag, fallback, expected) in [
            ("a/x", None, Some("c"), Ok("a")),
            ("a/x", Some("a"), None, Ok("a")),
            ("x", Some("b"), Some("c"), Ok("b")),
            ("x", None, Some("c"), Ok("c")),
            ("a/x", Some("b"), None, Err("another namespace than `-n b`")),
            ("x", None, None, Err("NAMESPACE/x, or -n NAMESPACE")),
            ("x", Some("../b"), None, Err("`../b` is no namespace")),
        ] {
            let name: ObjectName = text.parse().unwrap();
            match (name.namespace(flag, fallback), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(error), Err(told)) => {
                    assert!(error.to_string().contains(told), "{error}");
                }
                (found, _) => panic!("{text} {flag:?}: {found:?}"),
            }
        }
    }
}
