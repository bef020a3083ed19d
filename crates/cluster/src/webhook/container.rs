//! What one container gets.

use std::borrow::Cow;

use serde::Serialize;

use super::json_document::Json;
use super::patch::Patch;
use super::pod::Container;

/// An environment variable.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Variable {
    pub(crate) name: Cow<'static, str>,
    #[serde(flatten)]
    pub(crate) content: Content,
}

/// What a variable holds.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Content {
    Value(String),
    ValueFrom(Source),
}

/// Where a variable's value comes from.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Source {
    #[serde(rename_all = "camelCase")]
    FieldRef { field_path: &'static str },
}

/// Variables that come together: if one is there, none is added.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) variables: Vec<Variable>,
}

/// A mount of a volume of ours.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mount {
    #[serde(rename = "name")]
    pub(crate) volume: String,
    read_only: bool,
    #[serde(rename = "mountPath")]
    pub(crate) path: String,
}

/// What every container of a pod may get.
#[derive(Clone, Debug, Default)]
pub(crate) struct Additions {
    /// In the order in which they are appended.
    pub(crate) groups: Vec<Group>,
    pub(crate) mounts: Vec<Mount>,
    /// A container that has one of each of these needs nothing.
    pub(crate) complete_with: Vec<Vec<&'static str>>,
}

impl Variable {
    pub(crate) fn of(name: impl Into<Cow<'static, str>>, value: &str) -> Self {
        Self {
            name: name.into(),
            content: Content::Value(value.to_owned()),
        }
    }

    /// What it holds, where that is known now.
    pub(crate) fn value(&self) -> Option<&str> {
        match &self.content {
            Content::Value(value) => Some(value),
            Content::ValueFrom(_) => None,
        }
    }
}

impl Group {
    pub(crate) fn of(variable: Variable) -> Self {
        Self {
            variables: vec![variable],
        }
    }

    /// Each variable on its own.
    pub(crate) fn split(self) -> impl Iterator<Item = Self> {
        self.variables.into_iter().map(Self::of)
    }
}

impl Mount {
    pub(crate) fn of(volume: &str, path: &str) -> Self {
        Self {
            volume: volume.to_owned(),
            read_only: true,
            path: path.to_owned(),
        }
    }
}

impl Additions {
    /// Adds to the patch what the container lacks.
    pub(crate) fn add_to(&self, container: &Container<'_>, patch: &mut Patch) {
        let env = container.list("env");
        if self.is_complete(env) {
            return;
        }
        let is_missing = |group: &&Group| {
            let mut variables = group.variables.iter();
            !variables.any(|variable| holds(env, &variable.name))
        };
        let missing = self.groups.iter().filter(is_missing);
        let variables: Vec<&Variable> = missing.flat_map(|group| &group.variables).collect();
        let pointer = container.path();
        patch.append(
            &format!("{pointer}/env"),
            container.json.get("env"),
            &variables,
        );
        let present = container.list("volumeMounts");
        let missing = self.mounts.iter();
        let mounts: Vec<&Mount> = missing
            .filter(|mount| !holds(present, &mount.volume))
            .collect();
        patch.append(
            &format!("{pointer}/volumeMounts"),
            container.json.get("volumeMounts"),
            &mounts,
        );
    }

    fn is_complete(&self, env: &[Json<'_>]) -> bool {
        let has = |wanted: &Vec<&str>| wanted.iter().any(|name| holds(env, name));
        !self.complete_with.is_empty() && self.complete_with.iter().all(has)
    }
}

/// Whether one of the objects goes by that name.
pub(crate) fn holds(objects: &[Json<'_>], name: &str) -> bool {
    objects.iter().any(|one| one.text("name") == Some(name))
}
