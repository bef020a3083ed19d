//! What a pod brings of what we add, so that its processes would run as somebody else.

use std::borrow::Cow;
use std::collections::HashMap;

use super::container::Additions;
use super::json_document::Json;
use super::mount_path::MountPath;
use super::platform::Platform;
use super::pod::Container;
use super::volume::Volume;

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
pub(crate) fn volumes(present: &[Json<'_>], ours: &[Volume]) -> Vec<Spoof> {
    let mut found = Vec::new();
    for (at, volume) in present.iter().enumerate() {
        let Some(name) = volume.text("name") else {
            continue;
        };
        let ours = ours.iter().find(|ours| ours.name == name);
        if ours.is_some_and(|ours| !ours.is_same(volume)) {
            found.push(Spoof::Volume {
                field: format!("spec.volumes[{at}]"),
                name: name.to_owned(),
            });
        }
    }
    found
}

/// Checks containers against what they get.
pub(crate) struct Guard<'a> {
    additions: &'a Additions,
    platform: Platform,
    expected: HashMap<&'a str, &'a str>,
    paths: Vec<MountPath<'a>>,
}

impl<'a> Guard<'a> {
    pub(crate) fn new(additions: &'a Additions, platform: Platform) -> Self {
        let variables = additions.groups.iter().flat_map(|group| &group.variables);
        let expected =
            variables.filter_map(|variable| Some((variable.name.as_ref(), variable.value()?)));
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
            let name = variable.text("name")?;
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
        let name = self.as_compared(name);
        let mut prefixes = RESERVED_PREFIXES.iter();
        RESERVED.contains(&name.as_ref()) || prefixes.any(|prefix| name.starts_with(prefix))
    }

    /// WHY: variables of Windows have no case.
    fn as_compared<'n>(&self, name: &'n str) -> Cow<'n, str> {
        match self.platform {
            Platform::Posix => Cow::Borrowed(name),
            Platform::Windows => Cow::Owned(name.to_ascii_uppercase()),
        }
    }

    fn is_ours(&self, name: &str, variable: &Json<'_>) -> bool {
        let value = variable.text("value");
        let is_literal = variable.get("valueFrom").is_none_or(Json::is_null);
        is_literal && value.is_some() && self.expected.get(name).copied() == value
    }

    /// A prefix comes before every name.
    fn may_set_reserved(&self, source: &Json<'_>) -> bool {
        let prefix = source.text("prefix").unwrap_or_default();
        let prefix = self.as_compared(prefix);
        prefix.starts_with(AWS) || AWS.starts_with(prefix.as_ref())
    }

    fn mount(&self, mount: &Json<'_>, field: impl FnOnce() -> String) -> Option<Spoof> {
        let text = |name| mount.text(name).unwrap_or_default();
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
