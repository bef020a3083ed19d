//! What a pod brings of what we add, so that its processes would run as somebody else.

use std::collections::HashMap;

use serde_json::Value;

use super::container::Additions;
use super::mount_path::MountPath;
use super::platform::Platform;
use super::pod::{Container, is_named};

/// Variables from which SDKs take identity or endpoint.
const RESERVED: &[&str] = &[
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CA_BUNDLE",
];
/// All variables that begin so are reserved too.
const RESERVED_PREFIXES: &[&str] = &["AWS_ENDPOINT_URL", "AWS_CONTAINER_"];
/// How all of them begin.
const AWS: &str = "AWS_";

/// A field of a pod that takes the place of what we add.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Spoof {
    /// A volume of our name that holds something else.
    #[error("{field}: volume `{name}` has another source than the token or bundle")]
    Volume {
        /// Such as `spec.volumes[0]`.
        field: String,
        /// The volume's.
        name: String,
    },
    /// Something else at, above or below where we mount.
    #[error("{field}: `{path}` hides or holds `{ours}`")]
    Mount {
        /// Such as `spec.containers[0].volumeMounts[1]`.
        field: String,
        /// Where the pod mounts.
        path: String,
        /// Where we mount.
        ours: String,
    },
    /// Our volume somewhere else.
    #[error("{field}: volume `{name}` belongs to `{ours}`")]
    Elsewhere {
        /// Such as `spec.containers[0].volumeMounts[1]`.
        field: String,
        /// The volume's.
        name: String,
        /// Where we mount.
        ours: String,
    },
    /// A variable that decides identity or endpoint.
    #[error("{field}: variable `{name}` is reserved")]
    Variable {
        /// Such as `spec.containers[0].env[1]`.
        field: String,
        /// The variable's.
        name: String,
    },
    /// Variables that are not known yet.
    #[error("{field}: may set reserved variables")]
    EnvFrom {
        /// Such as `spec.containers[0].envFrom[0]`.
        field: String,
    },
}

/// Volumes of our names that are not ours.
pub(crate) fn volumes(present: &[Value], ours: &[Value]) -> Vec<Spoof> {
    let mut found = Vec::new();
    for (at, volume) in present.iter().enumerate() {
        let name = volume.get("name").and_then(Value::as_str);
        let Some(name) = name else { continue };
        let ours = ours.iter().find(|ours| is_named(ours, name));
        if ours.is_some_and(|ours| !is_same_volume(volume, ours)) {
            found.push(Spoof::Volume {
                field: format!("spec.volumes[{at}]"),
                name: name.to_owned(),
            });
        }
    }
    found
}

/// The API server adds a mode; life times may differ.
pub(crate) fn is_same_volume(volume: &Value, ours: &Value) -> bool {
    let is_known = |name: &String| name == "name" || name == "projected";
    let mut members = volume.as_object().into_iter().flatten();
    let only_projected = members.all(|(name, value)| is_known(name) || value.is_null());
    let sources = |volume: &Value| {
        let mut sources = volume.pointer("/projected/sources").cloned();
        for source in sources.iter_mut().filter_map(Value::as_array_mut).flatten() {
            let token = source.get_mut("serviceAccountToken");
            if let Some(token) = token.and_then(Value::as_object_mut) {
                token.shift_remove("expirationSeconds");
            }
        }
        sources
    };
    only_projected && sources(volume) == sources(ours)
}

/// Checks containers against what they get.
pub(crate) struct Guard<'a> {
    additions: &'a Additions,
    platform: Platform,
    expected: HashMap<&'a str, &'a str>,
    paths: Vec<MountPath>,
}

impl<'a> Guard<'a> {
    pub(crate) fn new(additions: &'a Additions, platform: Platform) -> Self {
        let variables = additions.groups.iter().flat_map(|group| &group.variables);
        let expected = variables.filter_map(|variable| {
            let text = |name| variable.get(name).and_then(Value::as_str);
            Some((text("name")?, text("value")?))
        });
        let paths = additions.mounts.iter();
        Self {
            additions,
            platform,
            expected: expected.collect(),
            paths: paths
                .map(|mount| MountPath::new(&mount.path, platform))
                .collect(),
        }
    }

    pub(crate) fn check(&self, container: &Container<'_>) -> Vec<Spoof> {
        let numbered = |list| container.list(list).iter().enumerate();
        let field = |list: &str, at: usize| format!("{}.{list}[{at}]", container.field());
        let variables = numbered("env").filter_map(|(at, variable)| {
            let name = variable.get("name").and_then(Value::as_str)?;
            let is_spoof = self.is_reserved(name) && !self.is_ours(name, variable);
            is_spoof.then(|| Spoof::Variable {
                field: field("env", at),
                name: name.to_owned(),
            })
        });
        let sources = numbered("envFrom").filter(|(_, source)| self.may_set_reserved(source));
        let sources = sources.map(|(at, _)| Spoof::EnvFrom {
            field: field("envFrom", at),
        });
        let mounts = numbered("volumeMounts")
            .filter_map(|(at, mount)| self.mount(mount, || field("volumeMounts", at)));
        variables.chain(sources).chain(mounts).collect()
    }

    fn is_reserved(&self, name: &str) -> bool {
        // WHY: variables of Windows have no case.
        let name = match self.platform {
            Platform::Posix => name.to_owned(),
            Platform::Windows => name.to_ascii_uppercase(),
        };
        let mut prefixes = RESERVED_PREFIXES.iter();
        RESERVED.contains(&name.as_str()) || prefixes.any(|prefix| name.starts_with(prefix))
    }

    fn is_ours(&self, name: &str, variable: &Value) -> bool {
        let value = variable.get("value").and_then(Value::as_str);
        let is_literal = variable.get("valueFrom").is_none_or(Value::is_null);
        is_literal && value.is_some() && self.expected.get(name).copied() == value
    }

    /// A prefix comes before every name.
    fn may_set_reserved(&self, source: &Value) -> bool {
        let prefix = source.get("prefix").and_then(Value::as_str);
        let prefix = match self.platform {
            Platform::Posix => prefix.unwrap_or_default().to_owned(),
            Platform::Windows => prefix.unwrap_or_default().to_ascii_uppercase(),
        };
        prefix.starts_with(AWS) || AWS.starts_with(&prefix)
    }

    fn mount(&self, mount: &Value, field: impl FnOnce() -> String) -> Option<Spoof> {
        let text = |name| mount.get(name).and_then(Value::as_str).unwrap_or_default();
        let (name, path) = (text("name"), text("mountPath"));
        let is_part = !text("subPath").is_empty() || !text("subPathExpr").is_empty();
        let mut ours = self.additions.mounts.iter().zip(&self.paths);
        if let Some((own, own_path)) = ours.clone().find(|(own, _)| own.volume == name) {
            let is_there = MountPath::new(path, self.platform) == *own_path && !is_part;
            return (!is_there).then(|| Spoof::Elsewhere {
                field: field(),
                name: name.to_owned(),
                ours: own.path.clone(),
            });
        }
        let theirs = MountPath::new(path, self.platform);
        let (own, _) = ours.find(|(_, own_path)| theirs.touches(own_path))?;
        Some(Spoof::Mount {
            field: field(),
            path: path.to_owned(),
            ours: own.path.clone(),
        })
    }
}
