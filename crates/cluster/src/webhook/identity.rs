//! What a ServiceAccount gives its pods.

use super::annotation::{Annotations, Finding};
use super::config_map::{ConfigMap, Role};
use super::settings::Settings;
use super::{expiration, go_bool};

/// How pods of one ServiceAccount come to their credentials, and what comes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Which way.
    pub injection: Injection,
    /// Whether STS is asked regionally.
    pub sts_regional_endpoints: bool,
    /// Seconds that tokens live, unless the pod says otherwise.
    pub token_expiration_secs: i64,
    /// Whether sessions are named after the pod.
    pub role_session_name: bool,
    /// Another server than the one of the settings.
    pub endpoint_url: Option<String>,
    /// What is wrong with the annotations.
    pub findings: Vec<Finding>,
}

/// The two ways of AWS's SDKs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Injection {
    /// A role and a token for it.
    WebIdentity(WebIdentity),
    /// An address that hands out credentials for a token.
    ContainerCredentials(ContainerCredentials),
}

/// `AWS_ROLE_ARN` and `AWS_WEB_IDENTITY_TOKEN_FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebIdentity {
    /// As annotated, even if it is no ARN.
    pub role_arn: String,
    /// Whom tokens are for.
    pub audience: String,
}

/// `AWS_CONTAINER_CREDENTIALS_FULL_URI` and `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerCredentials {
    /// `--container-credentials-full-uri`
    pub full_uri: String,
    /// `--container-credentials-audience`
    pub audience: String,
    /// `--container-credentials-token-mount-path`
    pub mount_path: String,
    /// `--container-credentials-token-volume-name`
    pub volume_name: String,
    /// `--container-credentials-token-path`
    pub token_path: String,
}

impl Default for ContainerCredentials {
    fn default() -> Self {
        Self {
            full_uri: "http://169.254.170.23/v1/credentials".to_owned(),
            audience: "pods.eks.amazonaws.com".to_owned(),
            mount_path: "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount".to_owned(),
            volume_name: "eks-pod-identity-token".to_owned(),
            token_path: "eks-pod-identity-token".to_owned(),
        }
    }
}

/// All that is known of one ServiceAccount.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its annotations; `None` when the API server has no such ServiceAccount.
    pub annotations: Option<&'a Annotations>,
    /// The roles of the ConfigMap, where it is watched.
    pub config_map: Option<&'a ConfigMap>,
    /// Whether the container-credentials file lists it, and what such pods get.
    pub container_credentials: Option<&'a ContainerCredentials>,
}

/// What a ServiceAccount turned out to give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// An identity.
    Found(Identity),
    /// None: nobody gave it a role. What is wrong with its annotations may be why.
    NoRole(Vec<Finding>),
    /// It could not be read, for the reason given.
    Unknown(String),
}

impl Known<'_> {
    /// The identity that wins: container credentials, then the annotation, then the ConfigMap.
    ///
    /// A ServiceAccount that does not exist has [`Lookup::NoRole`] like one without annotations;
    /// whether that is so is for the caller to find out.
    pub fn lookup(&self, settings: &Settings) -> Lookup {
        let none = Annotations::default();
        let annotations = self.annotations.unwrap_or(&none);
        if let Some(credentials) = self.container_credentials {
            return Lookup::Found(self.of_container_credentials(
                credentials,
                annotations,
                settings,
            ));
        }
        let role = annotations.get("role-arn");
        if let Some(role) = role.filter(|role| !role.is_empty()) {
            return Lookup::Found(of_annotation(role, annotations, settings));
        }
        let role = self
            .config_map
            .and_then(|map| map.role(self.namespace, self.name));
        match role.filter(|role| !role.role_arn.is_empty()) {
            Some(role) => Lookup::Found(of_config_map(role, annotations, settings)),
            None => {
                Lookup::NoRole(annotations.unknown_of_service_account(&settings.annotation_prefix))
            }
        }
    }

    fn of_container_credentials(
        &self,
        credentials: &ContainerCredentials,
        annotations: &Annotations,
        settings: &Settings,
    ) -> Identity {
        let injection = Injection::ContainerCredentials(credentials.clone());
        let identity = Identity::new(injection, annotations, settings);
        let role = self
            .config_map
            .and_then(|map| map.exact(self.namespace, self.name));
        match role.filter(|_| self.annotations.is_none()) {
            Some(role) => identity.with_settings_of(role, settings),
            None => identity,
        }
    }
}

fn of_annotation(role: &str, annotations: &Annotations, settings: &Settings) -> Identity {
    let composed = settings.compose_role_arn.as_ref();
    let role_arn = composed.map_or_else(|| role.to_owned(), |compose| compose.role_arn(role));
    let audience = annotations.get("audience");
    let injection = Injection::WebIdentity(WebIdentity {
        role_arn,
        audience: audience.unwrap_or(&settings.token_audience).to_owned(),
    });
    Identity::new(injection, annotations, settings).with_role_checked()
}

fn of_config_map(role: &Role, annotations: &Annotations, settings: &Settings) -> Identity {
    // WHY: AWS's webhook would ask for a token without audience, which no STS accepts.
    let audience = match role.audience.as_str() {
        "" => settings.token_audience.clone(),
        audience => audience.to_owned(),
    };
    let injection = Injection::WebIdentity(WebIdentity {
        role_arn: role.role_arn.clone(),
        audience,
    });
    let identity = Identity::new(injection, annotations, settings);
    identity
        .with_settings_of(role, settings)
        .with_role_checked()
}

impl Identity {
    fn new(injection: Injection, annotations: &Annotations, settings: &Settings) -> Self {
        let prefix = &settings.annotation_prefix;
        let mut findings = annotations.unknown_of_service_account(prefix);
        let mut boolean = |name: &str, default: bool| {
            let Some(value) = annotations.get(name) else {
                return default;
            };
            go_bool::parse(value).unwrap_or_else(|| {
                findings.push(Finding::NoBoolean {
                    name: format!("{prefix}/{name}"),
                    value: value.to_owned(),
                });
                default
            })
        };
        let sts_regional_endpoints =
            boolean("sts-regional-endpoints", settings.sts_regional_endpoints);
        let role_session_name = boolean("role-session-name", settings.role_session_name);
        let annotated = annotations.get("token-expiration");
        findings.extend(annotated.and_then(expiration_finding));
        let secs = annotated.and_then(expiration::parse);
        let secs = secs.unwrap_or(settings.token_expiration_secs);
        Self {
            injection,
            sts_regional_endpoints,
            token_expiration_secs: expiration::at_least_minimum(secs),
            role_session_name,
            endpoint_url: annotations.get("endpoint-url").map(str::to_owned),
            findings,
        }
    }

    fn with_settings_of(self, role: &Role, settings: &Settings) -> Self {
        let secs = role.token_expiration_secs;
        let secs = secs.unwrap_or(settings.token_expiration_secs);
        Self {
            sts_regional_endpoints: role.use_regional_sts,
            token_expiration_secs: expiration::at_least_minimum(secs),
            ..self
        }
    }

    fn with_role_checked(mut self) -> Self {
        if let Injection::WebIdentity(WebIdentity { role_arn, .. }) = &self.injection
            && !is_role_arn(role_arn)
        {
            self.findings.push(Finding::NoRoleArn(role_arn.clone()));
        }
        self
    }

    /// The role, for records; container credentials have none that we know.
    pub fn role_arn(&self) -> Option<&str> {
        match &self.injection {
            Injection::WebIdentity(WebIdentity { role_arn, .. }) => Some(role_arn),
            Injection::ContainerCredentials(_) => None,
        }
    }
}

/// What is wrong with a life time.
pub(crate) fn expiration_finding(text: &str) -> Option<Finding> {
    let is_fine = expiration::parse(text).is_some_and(expiration::is_within_bounds);
    (!is_fine).then(|| Finding::Expiration(text.to_owned()))
}

/// `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`
fn is_role_arn(text: &str) -> bool {
    let is_partition = |text: &str| {
        let rest = text.strip_prefix("aws");
        let is_allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        rest.is_some_and(|rest| rest.bytes().all(is_allowed))
    };
    let is_account =
        |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_role = |text: &str| {
        let name = text.strip_prefix("role/").unwrap_or_default();
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-/.@+=,".contains(&byte);
        !name.is_empty() && name.bytes().all(is_allowed)
    };
    let segments: Vec<&str> = text.splitn(6, ':').collect();
    matches!(
        segments.as_slice(),
        ["arn", partition, "iam", "", account, role]
            if is_partition(partition) && is_account(account) && is_role(role)
    )
}
