//! The files that a container's projected volumes hold.

use k8s_openapi::api::core::v1::{
    ConfigMapVolumeSource, KeyToPath, PodSpec, ServiceAccountTokenProjection, Volume, VolumeMount,
};

use super::no_identity::NoIdentity;
use super::path_in_pod::PathInPod;

/// Kubernetes: the life of a projected token that names none.
const EXPIRATION_SECS: i64 = 3_600;

/// Kubernetes: the life that makes a token for the API server live a year instead
/// (`--service-account-extend-token-expiration`).
const EXTENDED_SECS: i64 = 3_607;

/// A ServiceAccount token that a container sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectedToken {
    /// Where.
    pub path: PathInPod,
    /// For whom; `None` is the API server.
    pub audience: Option<String>,
    /// Seconds that it lives.
    pub expiration_secs: i64,
}

/// A file of a ConfigMap that a container sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectedFile {
    /// Where.
    pub path: PathInPod,
    /// The ConfigMap, in the pod's namespace.
    pub config_map: String,
    /// The key in it.
    pub key: String,
}

/// What a container's mounts show.
pub(super) struct Projections {
    pub(super) tokens: Vec<ProjectedToken>,
    files: Vec<ProjectedFile>,
    /// Whole ConfigMaps: every key is a file of its name.
    directories: Vec<(PathInPod, String)>,
    mounts: Vec<(PathInPod, String)>,
}

impl Projections {
    /// Those of the mounts; one of a projected token that leads upwards is refused.
    pub(super) fn of(spec: &PodSpec, mounts: &[VolumeMount]) -> Result<Self, NoIdentity> {
        let mut found = Self {
            tokens: Vec::new(),
            files: Vec::new(),
            directories: Vec::new(),
            mounts: Vec::new(),
        };
        for mount in mounts {
            let mut volumes = spec.volumes.iter().flatten();
            let Some(volume) = volumes.find(|volume| volume.name == mount.name) else {
                continue;
            };
            match PathInPod::parse(&mount.mount_path) {
                Some(path) => found.add(volume, mount, &path)?,
                None if has_token(volume) => {
                    return Err(NoIdentity::Upwards(mount.mount_path.clone()));
                }
                None => {}
            }
        }
        Ok(found)
    }

    fn add(
        &mut self,
        volume: &Volume,
        mount: &VolumeMount,
        at: &PathInPod,
    ) -> Result<(), NoIdentity> {
        self.mounts.push((at.clone(), volume.name.clone()));
        let Some(shown) = Shown::of(mount, at) else {
            return Ok(());
        };
        if let Some(source) = &volume.config_map {
            self.add_config_map(source, &shown);
        }
        let projected = volume.projected.iter().flat_map(|all| &all.sources);
        for source in projected.flatten() {
            if let Some(token) = &source.service_account_token {
                self.tokens.extend(projected_token(token, &shown)?);
            }
            if let Some(map) = &source.config_map {
                let source = ConfigMapVolumeSource {
                    name: map.name.clone(),
                    items: map.items.clone(),
                    ..ConfigMapVolumeSource::default()
                };
                self.add_config_map(&source, &shown);
            }
        }
        Ok(())
    }

    fn add_config_map(&mut self, source: &ConfigMapVolumeSource, shown: &Shown<'_>) {
        let Some(items) = &source.items else {
            // A single file of it, by subPath, is not followed.
            if shown.part.is_none() {
                self.directories
                    .push((shown.at.clone(), source.name.clone()));
            }
            return;
        };
        for KeyToPath { key, path, .. } in items {
            let path = PathInPod::parse(path).and_then(|path| shown.place(&path));
            self.files.extend(path.map(|path| ProjectedFile {
                path,
                config_map: source.name.clone(),
                key: key.clone(),
            }));
        }
    }

    /// The token that a variable names.
    pub(super) fn token(&self, variable: &str, text: &str) -> Result<&ProjectedToken, NoIdentity> {
        let path = PathInPod::parse(text).ok_or_else(|| NoIdentity::Upwards(text.to_owned()))?;
        if let Some(token) = self.tokens.iter().find(|token| token.path == path) {
            return Ok(token);
        }
        let above = self
            .mounts
            .iter()
            .filter(|(at, _)| path.below(at).is_some());
        Err(match above.max_by_key(|(at, _)| at.depth()) {
            Some((_, volume)) => NoIdentity::NoToken {
                variable: variable.to_owned(),
                path: text.to_owned(),
                volume: volume.clone(),
            },
            None => NoIdentity::NotMounted {
                variable: variable.to_owned(),
                path: text.to_owned(),
            },
        })
    }

    /// The file of a ConfigMap that a variable names.
    pub(super) fn file(&self, text: &str) -> Option<ProjectedFile> {
        let path = PathInPod::parse(text)?;
        if let Some(file) = self.files.iter().find(|file| file.path == path) {
            return Some(file.clone());
        }
        self.directories.iter().find_map(|(at, config_map)| {
            let key = path.below(at)?.only_name()?.to_owned();
            Some(ProjectedFile {
                path: path.clone(),
                config_map: config_map.clone(),
                key,
            })
        })
    }
}

/// A volume, or a part of it, as a mount shows it.
struct Shown<'a> {
    at: &'a PathInPod,
    part: Option<PathInPod>,
}

impl<'a> Shown<'a> {
    /// `None` where only the node knows which part it is.
    fn of(mount: &VolumeMount, at: &'a PathInPod) -> Option<Self> {
        if mount
            .sub_path_expr
            .as_ref()
            .is_some_and(|text| !text.is_empty())
        {
            return None;
        }
        let part = mount.sub_path.as_deref().filter(|text| !text.is_empty());
        let part = match part {
            Some(text) => Some(PathInPod::parse(text)?),
            None => None,
        };
        Some(Self { at, part })
    }

    /// Where a file of the volume is; `None` where it is not shown.
    fn place(&self, path: &PathInPod) -> Option<PathInPod> {
        match &self.part {
            None => Some(self.at.join(path)),
            Some(part) => Some(self.at.join(&path.below(part)?)),
        }
    }
}

fn projected_token(
    token: &ServiceAccountTokenProjection,
    shown: &Shown<'_>,
) -> Result<Option<ProjectedToken>, NoIdentity> {
    let path =
        PathInPod::parse(&token.path).ok_or_else(|| NoIdentity::Upwards(token.path.clone()))?;
    let audience = token
        .audience
        .clone()
        .filter(|audience| !audience.is_empty());
    Ok(shown.place(&path).map(|path| ProjectedToken {
        path,
        audience,
        // WHY: what leaves the cluster must not live for a year.
        expiration_secs: token
            .expiration_seconds
            .filter(|secs| *secs != EXTENDED_SECS)
            .unwrap_or(EXPIRATION_SECS),
    }))
}

fn has_token(volume: &Volume) -> bool {
    let sources = volume
        .projected
        .iter()
        .flat_map(|all| &all.sources)
        .flatten();
    sources
        .into_iter()
        .any(|source| source.service_account_token.is_some())
}
