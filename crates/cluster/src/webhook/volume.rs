//! The volumes that we add.

use serde::Serialize;
use serde_json::Value;

use super::json_document::{Json, Members};

/// A projected volume.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Volume {
    pub(crate) name: String,
    projected: Projected,
}

#[derive(Clone, Debug, Serialize)]
struct Projected {
    sources: [Source; 1],
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum Source {
    #[serde(rename_all = "camelCase")]
    ServiceAccountToken {
        audience: String,
        expiration_seconds: i64,
        path: String,
    },
    ConfigMap {
        name: String,
        items: [Item; 1],
    },
}

#[derive(Clone, Debug, Serialize)]
struct Item {
    key: &'static str,
    path: &'static str,
}

impl Volume {
    /// With a token.
    pub(crate) fn of_token(name: &str, audience: &str, expiration_secs: i64, path: &str) -> Self {
        Self::of(
            name,
            Source::ServiceAccountToken {
                audience: audience.to_owned(),
                expiration_seconds: expiration_secs,
                path: path.to_owned(),
            },
        )
    }

    /// With one file of a ConfigMap.
    pub(crate) fn of_config_map(name: &str, config_map: &str, file: &'static str) -> Self {
        let (key, path) = (file, file);
        Self::of(
            name,
            Source::ConfigMap {
                name: config_map.to_owned(),
                items: [Item { key, path }],
            },
        )
    }

    fn of(name: &str, source: Source) -> Self {
        Self {
            name: name.to_owned(),
            projected: Projected { sources: [source] },
        }
    }

    /// Whether a pod's volume is this one. The API server adds a mode; life times may differ.
    pub(crate) fn is_same(&self, volume: &Json<'_>) -> bool {
        let members = volume.as_object().into_iter();
        let mut members = members.flat_map(Members::iter);
        let is_known = |name: &str| name == "name" || name == "projected";
        let only_projected = members.all(|(name, value)| is_known(name) || value.is_null());
        let theirs = volume.at(&["projected", "sources"]).map(Json::to_value);
        let ours = serde_json::to_value(&self.projected.sources).ok();
        only_projected && theirs.map(without_life_time) == ours.map(without_life_time)
    }
}

fn without_life_time(mut sources: Value) -> Value {
    for source in sources.as_array_mut().into_iter().flatten() {
        let token = source.get_mut("serviceAccountToken");
        if let Some(token) = token.and_then(Value::as_object_mut) {
            token.shift_remove("expirationSeconds");
        }
    }
    sources
}
