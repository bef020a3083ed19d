//! What a command is told of region and servers.

use std::collections::BTreeMap;
use std::ffi::OsString;

use crate::args::GlobalArgs;
use crate::client::{CallError, Client, Service};

const ENDPOINT: &str = "AWS_ENDPOINT_URL";
const STS_ENDPOINT: &str = "AWS_ENDPOINT_URL_STS";
const BUNDLE: &str = "AWS_CA_BUNDLE";
const REGIONS: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The caller's region and the caller's server, which must be known.
pub(super) fn own_server(client: &Client) -> Result<BTreeMap<String, OsString>, CallError> {
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: String| variables.insert(name.to_owned(), value.into());
    set("AWS_STS_REGIONAL_ENDPOINTS", "regional".to_owned());
    for name in REGIONS {
        set(name, client.region().to_string());
    }
    set(ENDPOINT, client.endpoint(Service::Irsa)?.to_string());
    set(STS_ENDPOINT, client.endpoint(Service::Sts)?.to_string());
    trust(&mut variables, client);
    Ok(variables)
}

/// The caller's profile is taken away; whom it trusts stays.
fn trust(variables: &mut BTreeMap<String, OsString>, client: &Client) {
    if let Some(bundle) = client.ca_bundle() {
        let known = variables.entry(BUNDLE.to_owned());
        known.or_insert_with(|| bundle.into());
    }
}

/// Region and servers as a flag says, else as the pod has them, else as the caller has them; the
/// servers may then be AWS's own.
pub(super) fn complete(
    variables: &mut BTreeMap<String, OsString>,
    global: &GlobalArgs,
    client: &Client,
) {
    let has_region = REGIONS.iter().any(|name| variables.contains_key(*name));
    if global.region.is_some() || !has_region {
        for name in REGIONS {
            variables.insert(name.to_owned(), client.region().to_string().into());
        }
    }
    trust(variables, client);
    if global.endpoint_url.is_some() {
        variables.retain(|name, _| !name.starts_with(ENDPOINT));
    }
    if variables.keys().any(|name| name.starts_with(ENDPOINT)) {
        return;
    }
    for (name, service) in [(ENDPOINT, Service::Irsa), (STS_ENDPOINT, Service::Sts)] {
        if let Ok(endpoint) = client.endpoint(service) {
            variables.insert(name.to_owned(), endpoint.to_string().into());
        }
    }
}
