//! What one container gets.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::patch::Patch;
use super::pod::{Container, is_named};

/// Variables that come together: if one is there, none is added.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) variables: Vec<Value>,
}

/// A mount of a volume of ours.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    pub(crate) volume: String,
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

impl Group {
    pub(crate) fn of(variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter();
        Self {
            variables: variables
                .map(|(name, value)| json!({ "name": name, "value": value }))
                .collect(),
        }
    }

    /// Each variable on its own.
    pub(crate) fn split(self) -> impl Iterator<Item = Self> {
        let variables = self.variables.into_iter();
        variables.map(|variable| Self {
            variables: vec![variable],
        })
    }

    fn is_among(&self, names: &HashSet<&str>) -> bool {
        let mut ours = self.variables.iter().filter_map(name_of);
        ours.any(|name| names.contains(name))
    }
}

impl Additions {
    /// Adds to the patch what the container lacks.
    pub(crate) fn add_to(&self, container: &Container<'_>, patch: &mut Patch) {
        let names: HashSet<&str> = container.list("env").iter().filter_map(name_of).collect();
        if self.is_complete(&names) {
            return;
        }
        let missing = self.groups.iter().filter(|group| !group.is_among(&names));
        let variables = missing.flat_map(|group| group.variables.iter().cloned());
        let pointer = container.path();
        patch.append(
            &format!("{pointer}/env"),
            container.json.get("env"),
            variables.collect(),
        );
        let present = container.list("volumeMounts");
        let missing = self.mounts.iter().filter(|mount| {
            let mut present = present.iter();
            !present.any(|one| is_named(one, &mount.volume))
        });
        let mounts = missing.map(
            |mount| json!({ "name": mount.volume, "readOnly": true, "mountPath": mount.path }),
        );
        patch.append(
            &format!("{pointer}/volumeMounts"),
            container.json.get("volumeMounts"),
            mounts.collect(),
        );
    }

    fn is_complete(&self, names: &HashSet<&str>) -> bool {
        let has = |wanted: &Vec<&str>| wanted.iter().any(|name| names.contains(name));
        !self.complete_with.is_empty() && self.complete_with.iter().all(has)
    }
}

fn name_of(object: &Value) -> Option<&str> {
    object.get("name").and_then(Value::as_str)
}
