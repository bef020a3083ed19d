//! The ConfigMap of one namespace.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client, ResourceExt};
use serde_json::json;

use crate::certificate::api_fault::{ApiFault, code};
use crate::certificate::own::{FIELD_MANAGER, MANAGED_BY};

/// The member that pods project.
pub(crate) const MEMBER: &str = crate::webhook::CA_FILE;

const FORBIDDEN: u16 = 403;
const NOT_FOUND: u16 = 404;
const CONFLICT: u16 = 409;
/// The cause in a refusal to make something in a namespace that is being deleted.
const TERMINATING: &str = "NamespaceTerminating";

/// How it stands in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It holds what it must.
    Right,
    /// It was made or changed.
    Written,
    /// A ConfigMap of that name is another's, and stays.
    Foreign,
    /// There is no such namespace any more.
    Gone,
}

/// Makes the ConfigMap hold the bundle. Needs create, and get and patch on it.
pub(crate) async fn put(
    client: &Client,
    namespace: &str,
    name: &str,
    bundle: &str,
) -> Result<Standing, ApiFault> {
    let api: Api<ConfigMap> = Api::namespaced(client.clone(), namespace);
    let fault = |verb: &str, error: &kube::Error| {
        ApiFault::new(format!("{verb} the ConfigMap `{namespace}/{name}`"), error)
    };
    // The second time it is there, made by another replica in between.
    for _ in 0..2 {
        let found = api.get_opt(name).await;
        if let Some(found) = found.map_err(|error| fault("read", &error))? {
            return mend(&api, &found, name, bundle)
                .await
                .map_err(|error| fault("patch", &error));
        }
        match api.create(&params(), &fresh(name, bundle)).await {
            Ok(_) => return Ok(Standing::Written),
            Err(error) if code(&error) == CONFLICT => {}
            Err(error) if is_gone(&error) => return Ok(Standing::Gone),
            Err(error) => return Err(fault("create", &error)),
        }
    }
    Ok(Standing::Written)
}

async fn mend(
    api: &Api<ConfigMap>,
    found: &ConfigMap,
    name: &str,
    bundle: &str,
) -> Result<Standing, kube::Error> {
    if found.labels().get(MANAGED_BY).map(String::as_str) != Some(FIELD_MANAGER) {
        return Ok(Standing::Foreign);
    }
    let member = found.data.as_ref().and_then(|data| data.get(MEMBER));
    if member.map(String::as_str) == Some(bundle) {
        return Ok(Standing::Right);
    }
    let params = PatchParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PatchParams::default()
    };
    let patch = json!({ "data": { MEMBER: bundle } });
    match api.patch(name, &params, &Patch::Merge(&patch)).await {
        Ok(_) => Ok(Standing::Written),
        Err(error) if is_gone(&error) => Ok(Standing::Gone),
        Err(error) => Err(error),
    }
}

fn params() -> PostParams {
    PostParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PostParams::default()
    }
}

fn fresh(name: &str, bundle: &str) -> ConfigMap {
    let mut config_map = ConfigMap {
        data: Some([(MEMBER.to_owned(), bundle.to_owned())].into()),
        ..ConfigMap::default()
    };
    config_map.metadata.name = Some(name.to_owned());
    let label = (MANAGED_BY.to_owned(), FIELD_MANAGER.to_owned());
    config_map.metadata.labels = Some([label].into());
    config_map
}

/// The namespace does not exist, or is being deleted.
fn is_gone(error: &kube::Error) -> bool {
    let kube::Error::Api(status) = error else {
        return false;
    };
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let is_terminating = causes.into_iter().any(|cause| cause.reason == TERMINATING);
    status.code == NOT_FOUND || status.code == FORBIDDEN && is_terminating
}
