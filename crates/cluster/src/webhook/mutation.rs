//! What a pod gets: volume, variables and mounts, as the fewest additions.

use std::borrow::Cow;

use serde_json::json;

use super::container::{Additions, Content, Group, Mount, Source, Variable};
use super::identity::{ContainerCredentials, Identity, Injection, WebIdentity};
use super::patch::{Patch, escaped};
use super::pod::{Container, ContainerList, Pod};
use super::settings::{Endpoint, Settings};
use super::spoof::{self, Guard, Spoof};
use super::terms::Mode;
use super::volume::Volume;

const TOKEN_VOLUME: &str = "aws-iam-token";
const TOKEN_PATH: &str = "token";
const LABEL: (&str, &str) = ("eks.amazonaws.com/pod-identity", "enabled");
const CA_VOLUME: &str = "irsa-endpoint-ca";
const CA_DIRECTORY: &str = "/var/run/secrets/irsa/endpoint-ca";
pub(crate) const CA_FILE: &str = "ca.crt";

const REGION_KEYS: [&str; 2] = ["AWS_DEFAULT_REGION", "AWS_REGION"];
const STS_KEY: &str = "AWS_STS_REGIONAL_ENDPOINTS";
const BUNDLE_KEYS: [&str; 3] = ["AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];

/// Life times of this many seconds are spread, so that pods made together do not renew together.
const SPREAD_SECS: i64 = 86_400;
/// At most so much earlier.
const SPREAD_BY_SECS: i64 = 7_200;

/// Characters of a session name (STS API, `RoleSessionName`).
const SESSION_NAME_CHARS: std::ops::RangeInclusive<usize> = 2..=64;

/// All that a pod with an identity should have.
pub(crate) struct Mutation {
    label: Option<(&'static str, &'static str)>,
    volumes: Vec<Volume>,
    additions: Additions,
}

impl Mutation {
    /// `earlier` draws a number from 0 to its argument.
    pub(crate) fn new(
        pod: &Pod<'_>,
        identity: &Identity,
        settings: &Settings,
        mode: Mode,
        earlier: impl FnOnce(i64) -> i64,
    ) -> Self {
        let token = Token::new(pod, identity, settings, earlier);
        let mut volumes = vec![token.volume()];
        volumes.extend(settings.endpoint.as_ref().and_then(ca_volume));
        let label = match &identity.injection {
            Injection::WebIdentity(_) => None,
            Injection::ContainerCredentials(_) => Some(LABEL),
        };
        Self {
            label,
            volumes,
            additions: additions(pod, identity, &token, settings, mode),
        }
    }

    /// What a new pod lacks.
    pub(crate) fn patch(&self, pod: &Pod<'_>) -> Patch {
        let mut patch = Patch::default();
        if let Some(label) = self.label {
            add_label(label, pod, &mut patch);
        }
        self.add_volumes(pod, &mut patch);
        for container in containers(pod) {
            self.additions.add_to(&container, &mut patch);
        }
        patch
    }

    /// What new ephemeral containers lack. Nothing else of a running pod can change, so that they
    /// get only what its volumes give.
    pub(crate) fn patch_of_ephemeral(&self, pod: &Pod<'_>, new: &[Container<'_>]) -> Patch {
        let mut patch = Patch::default();
        let mut additions = self.additions.clone();
        if !self.has_token_volume(pod) {
            return patch;
        }
        if !pod.has_volume(CA_VOLUME) {
            additions.mounts.retain(|mount| mount.volume != CA_VOLUME);
            additions.groups.retain(|group| !is_of_bundle(group));
        }
        for container in new {
            additions.add_to(container, &mut patch);
        }
        patch
    }

    /// What a new pod brings of it.
    pub(crate) fn spoofs(&self, pod: &Pod<'_>) -> Vec<Spoof> {
        let mut found = spoof::volumes(pod.volumes(), &self.volumes);
        let guard = Guard::new(&self.additions, pod.platform);
        for container in containers(pod) {
            found.extend(guard.check(&container));
        }
        found
    }

    /// What new ephemeral containers bring of it.
    pub(crate) fn spoofs_of_ephemeral(&self, pod: &Pod<'_>, new: &[Container<'_>]) -> Vec<Spoof> {
        let guard = Guard::new(&self.additions, pod.platform);
        let found = new.iter().flat_map(|container| guard.check(container));
        found.collect()
    }

    /// Where new ephemeral containers mount the token, wherever that is.
    pub(crate) fn token_mounts(&self, new: &[Container<'_>]) -> Vec<String> {
        let mut found = Vec::new();
        for container in new {
            for (at, mount) in container.list("volumeMounts").iter().enumerate() {
                let name = mount.text("name");
                let mut ours = self.volumes.iter();
                if ours.any(|volume| Some(volume.name.as_str()) == name) {
                    found.push(format!("{}.volumeMounts[{at}]", container.field()));
                }
            }
        }
        found
    }

    fn has_token_volume(&self, pod: &Pod<'_>) -> bool {
        let token = self.volumes.first();
        token.is_some_and(|ours| {
            let mut present = pod.volumes().iter();
            present.any(|one| one.text("name") == Some(ours.name.as_str()) && ours.is_same(one))
        })
    }

    /// The token's volume comes first, as upstream has it.
    fn add_volumes(&self, pod: &Pod<'_>, patch: &mut Patch) {
        let missing = self.volumes.iter();
        let missing = missing.filter(|volume| !pod.has_volume(&volume.name));
        let missing: Vec<&Volume> = missing.collect();
        if pod.lists_volumes() {
            for volume in missing.into_iter().rev() {
                patch.add("/spec/volumes/0", volume);
            }
        } else {
            patch.append("/spec/volumes", None, &missing);
        }
    }
}

/// Those that get the identity with a new pod. Native sidecars are init containers.
fn containers<'a>(pod: &Pod<'a>) -> impl Iterator<Item = Container<'a>> {
    let lists = [ContainerList::Containers, ContainerList::InitContainers];
    lists.into_iter().flat_map(|list| pod.containers(list))
}

fn is_of_bundle(group: &Group) -> bool {
    let mut variables = group.variables.iter();
    variables.any(|variable| BUNDLE_KEYS.contains(&variable.name.as_ref()))
}

/// The projected token.
struct Token<'a> {
    volume: &'a str,
    mount_path: &'a str,
    path: &'a str,
    audience: &'a str,
    expiration_secs: i64,
}

impl<'a> Token<'a> {
    fn new(
        pod: &Pod<'_>,
        identity: &'a Identity,
        settings: &'a Settings,
        earlier: impl FnOnce(i64) -> i64,
    ) -> Self {
        let annotated = pod.token_expiration_secs();
        let expiration_secs = annotated.unwrap_or(identity.token_expiration_secs);
        match &identity.injection {
            Injection::WebIdentity(WebIdentity { audience, .. }) => Self {
                volume: TOKEN_VOLUME,
                mount_path: &settings.token_mount_path,
                path: TOKEN_PATH,
                audience,
                expiration_secs,
            },
            Injection::ContainerCredentials(credentials) => Self {
                volume: &credentials.volume_name,
                mount_path: &credentials.mount_path,
                path: &credentials.token_path,
                audience: &credentials.audience,
                expiration_secs: if expiration_secs == SPREAD_SECS {
                    SPREAD_SECS - earlier(SPREAD_BY_SECS).clamp(0, SPREAD_BY_SECS)
                } else {
                    expiration_secs
                },
            },
        }
    }

    fn volume(&self) -> Volume {
        Volume::of_token(self.volume, self.audience, self.expiration_secs, self.path)
    }

    fn file(&self) -> String {
        format!("{}/{}", self.mount_path.trim_end_matches('/'), self.path)
    }
}

fn add_label((name, value): (&str, &str), pod: &Pod<'_>, patch: &mut Patch) {
    let metadata = pod
        .json
        .get("metadata")
        .filter(|metadata| !metadata.is_null());
    let labels = metadata.and_then(|metadata| metadata.get("labels"));
    let labels = labels.filter(|labels| !labels.is_null());
    match (metadata, labels) {
        (None, _) => patch.add("/metadata", &json!({ "labels": { name: value } })),
        (Some(_), None) => patch.add("/metadata/labels", &json!({ name: value })),
        // WHY: a label of that name and another value would be replaced by upstream too.
        (Some(_), Some(labels)) if labels.text(name) != Some(value) => {
            patch.add(&format!("/metadata/labels/{}", escaped(name)), value);
        }
        (Some(_), Some(_)) => {}
    }
}

fn ca_volume(endpoint: &Endpoint) -> Option<Volume> {
    let config_map = endpoint.ca_config_map.as_ref()?;
    Some(Volume::of_config_map(CA_VOLUME, config_map, CA_FILE))
}

fn additions(
    pod: &Pod<'_>,
    identity: &Identity,
    token: &Token<'_>,
    settings: &Settings,
    mode: Mode,
) -> Additions {
    let mut groups = Vec::new();
    if identity.sts_regional_endpoints {
        groups.push(Group::of(Variable::of(STS_KEY, "regional")));
    }
    if !settings.region.is_empty() {
        let variables = REGION_KEYS.map(|key| Variable::of(key, &settings.region));
        groups.push(Group {
            variables: variables.into(),
        });
    }
    let file = pod.platform.path(&token.file());
    let (keys, first) = match &identity.injection {
        Injection::WebIdentity(WebIdentity { role_arn, .. }) => {
            (["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"], role_arn)
        }
        Injection::ContainerCredentials(ContainerCredentials { full_uri, .. }) => {
            let full_uri_key = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
            let file_key = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
            ([full_uri_key, file_key], full_uri)
        }
    };
    let [first_key, file_key] = keys;
    let pair = Group {
        variables: vec![
            Variable::of(first_key, first),
            Variable::of(file_key, &file),
        ],
    };
    let own = own_groups(pod, identity, settings);
    let mut complete_with = Vec::new();
    match mode {
        Mode::Compatible => {
            groups.push(pair);
            // WHY: a container that upstream leaves alone still lacks what only we add.
            if own.is_empty() {
                complete_with = vec![keys.to_vec(), REGION_KEYS.to_vec(), vec![STS_KEY]];
            }
        }
        Mode::Enforced => groups.extend(pair.split()),
    }
    groups.extend(own);
    Additions {
        groups,
        mounts: mounts(token, settings),
        complete_with,
    }
}

fn mounts(token: &Token<'_>, settings: &Settings) -> Vec<Mount> {
    let mut mounts = vec![Mount::of(token.volume, token.mount_path)];
    let endpoint = settings.endpoint.as_ref();
    if endpoint.is_some_and(|endpoint| endpoint.ca_config_map.is_some()) {
        mounts.push(Mount::of(CA_VOLUME, CA_DIRECTORY));
    }
    mounts
}

/// What upstream does not know, after its own.
fn own_groups(pod: &Pod<'_>, identity: &Identity, settings: &Settings) -> Vec<Group> {
    let mut groups = Vec::new();
    let endpoint = settings.endpoint.as_ref();
    let url = identity
        .endpoint_url
        .as_deref()
        .or(endpoint.map(|endpoint| endpoint.url.as_str()));
    if let Some(url) = url.filter(|url| !url.is_empty()) {
        let services = endpoint.map_or(&[][..], |endpoint| &endpoint.services);
        let names = endpoint_variables(services).into_iter();
        groups.extend(names.map(|name| Group::of(Variable::of(name, url))));
    }
    if endpoint.is_some_and(|endpoint| endpoint.ca_config_map.is_some()) {
        let file = pod.platform.path(&format!("{CA_DIRECTORY}/{CA_FILE}"));
        groups.extend(BUNDLE_KEYS.map(|name| Group::of(Variable::of(name, &file))));
    }
    if settings.disable_ec2_metadata {
        groups.push(Group::of(Variable::of("AWS_EC2_METADATA_DISABLED", "true")));
    }
    if pod
        .role_session_name()
        .unwrap_or(identity.role_session_name)
    {
        groups.push(Group::of(session_name(pod.name())));
    }
    groups
}

/// The Go SDK does not follow `AWS_ENDPOINT_URL` to STS for web identities, hence both.
fn endpoint_variables(services: &[String]) -> Vec<Cow<'static, str>> {
    if services.is_empty() {
        return ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"]
            .map(Cow::Borrowed)
            .into();
    }
    let suffix = |service: &String| service.to_ascii_uppercase().replace([' ', '-'], "_");
    services
        .iter()
        .map(|service| format!("AWS_ENDPOINT_URL_{}", suffix(service)).into())
        .collect()
}

/// A name that a person chose may be too long or too short for STS; one that Kubernetes makes later
/// fits, for it cuts what it was given to 58 characters.
fn session_name(pod_name: Option<&str>) -> Variable {
    const NAME: &str = "AWS_ROLE_SESSION_NAME";
    let Some(pod_name) = pod_name else {
        let field_path = "metadata.name";
        return Variable {
            name: NAME.into(),
            content: Content::ValueFrom(Source::FieldRef { field_path }),
        };
    };
    let mut name: String = pod_name.chars().take(*SESSION_NAME_CHARS.end()).collect();
    while name.len() < *SESSION_NAME_CHARS.start() {
        name.push('-');
    }
    Variable::of(NAME, &name)
}
