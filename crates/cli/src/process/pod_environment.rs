//! The environment of a pod's container, for a local command; and one without anybody's identity.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// AWS settings that say nothing about who one is; all others of the caller's are taken away.
const KEPT: [&str; 7] = [
    "AWS_CA_BUNDLE",
    "AWS_CLI_AUTO_PROMPT",
    "AWS_DEFAULT_OUTPUT",
    "AWS_MAX_ATTEMPTS",
    "AWS_PAGER",
    "AWS_RETRY_MODE",
    "AWS_SDK_UA_APP_ID",
];

/// Our own settings that would make an `irsa` run by the command the caller again.
const OURS: [&str; 7] = [
    "IRSA_CONFIG",
    "IRSA_DATA_DIR",
    "IRSA_DEV_ACCESS_KEY_ID",
    "IRSA_DEV_SECRET_ACCESS_KEY",
    "IRSA_ENDPOINT_URL",
    "IRSA_PROFILE",
    "IRSA_REGION",
];

/// What the command is given.
pub(crate) struct PodIdentity {
    /// The role to assume.
    pub(crate) role_arn: String,
    /// Where the token stands.
    pub(crate) token_file: PathBuf,
    /// An empty file, in the place of the caller's configuration.
    pub(crate) empty_file: PathBuf,
    /// The region.
    pub(crate) region: String,
    /// The server.
    pub(crate) endpoint: String,
    /// The server for STS.
    pub(crate) sts_endpoint: String,
}

impl PodIdentity {
    /// The variables that the EKS webhook injects, and where our server is.
    fn variables(&self) -> Vec<(String, OsString)> {
        let text = |name: &str, value: &str| (name.to_owned(), OsString::from(value));
        vec![
            text("AWS_STS_REGIONAL_ENDPOINTS", "regional"),
            text("AWS_DEFAULT_REGION", &self.region),
            text("AWS_REGION", &self.region),
            text("AWS_ROLE_ARN", &self.role_arn),
            (
                "AWS_WEB_IDENTITY_TOKEN_FILE".to_owned(),
                OsString::from(&self.token_file),
            ),
            text("AWS_ENDPOINT_URL", &self.endpoint),
            text("AWS_ENDPOINT_URL_STS", &self.sts_endpoint),
        ]
    }
}

/// The caller's environment without the caller's AWS identity, and with the pod's.
pub(crate) fn pod_environment(
    caller: impl IntoIterator<Item = (OsString, OsString)>,
    identity: &PodIdentity,
) -> Vec<(OsString, OsString)> {
    environment_with(caller, identity.variables(), &identity.empty_file)
}

/// The caller's environment without the caller's AWS identity, and with these variables. An empty
/// file stands for the caller's configuration, and nothing falls back to the machine's own role.
pub(crate) fn environment_with(
    caller: impl IntoIterator<Item = (OsString, OsString)>,
    variables: impl IntoIterator<Item = (String, OsString)>,
    empty_file: &Path,
) -> Vec<(OsString, OsString)> {
    let mut environment = anonymous_environment(caller);
    let none = |name: &str| (OsString::from(name), OsString::from(empty_file));
    let ours = variables
        .into_iter()
        .map(|(name, value)| (OsString::from(name), value))
        .chain([
            ("AWS_EC2_METADATA_DISABLED".into(), "true".into()),
            none("AWS_CONFIG_FILE"),
            none("AWS_SHARED_CREDENTIALS_FILE"),
            none("BOTO_CONFIG"),
        ]);
    for (name, value) in ours {
        environment.retain(|(known, _)| *known != name);
        environment.push((name, value));
    }
    environment
}

/// The caller's environment without the caller's AWS identity, region and servers.
pub(crate) fn anonymous_environment(
    caller: impl IntoIterator<Item = (OsString, OsString)>,
) -> Vec<(OsString, OsString)> {
    caller
        .into_iter()
        .filter(|(name, _)| !is_callers(&name.to_string_lossy()))
        .collect()
}

/// Names are compared without case: some SDKs read `aws_…` as well.
fn is_callers(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let aws = name.starts_with("AWS_") && !KEPT.contains(&name.as_str());
    aws || name == "BOTO_CONFIG" || OURS.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_callers_identity() {
        let caller = [
            ("PATH", "/bin"),
            ("AWS_CA_BUNDLE", "/ca"),
            ("AWS_PAGER", ""),
            ("IRSA_PORT", "tcp://10.0.0.1:80"),
            ("AWS_ACCESS_KEY_ID", "caller"),
            ("AWS_SECRET_ACCESS_KEY", "caller"),
            ("AWS_SESSION_TOKEN", "caller"),
            ("AWS_SECURITY_TOKEN", "caller"),
            ("AWS_CREDENTIAL_EXPIRATION", "caller"),
            ("AWS_PROFILE", "caller"),
            ("AWS_DEFAULT_PROFILE", "caller"),
            ("AWS_VAULT", "caller"),
            ("AWS_ROLE_ARN", "caller"),
            ("AWS_ROLE_SESSION_NAME", "caller"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "caller"),
            ("AWS_CONFIG_FILE", "caller"),
            ("AWS_SHARED_CREDENTIALS_FILE", "caller"),
            ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "caller"),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "caller"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "caller"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "caller"),
            ("AWS_ENDPOINT_URL", "caller"),
            ("AWS_ENDPOINT_URL_STS", "caller"),
            ("AWS_ENDPOINT_URL_S3", "caller"),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "caller"),
            ("AWS_BEARER_TOKEN_BEDROCK", "caller"),
            ("AWS_REGION", "caller"),
            ("aws_access_key_id", "caller"),
            ("BOTO_CONFIG", "caller"),
            ("IRSA_PROFILE", "caller"),
            ("IRSA_DEV_SECRET_ACCESS_KEY", "caller"),
        ];
        let identity = PodIdentity {
            role_arn: "arn:aws:iam::123456789012:role/app".into(),
            token_file: "/d/token".into(),
            empty_file: "/d/empty".into(),
            region: "eu-west-1".into(),
            endpoint: "http://s".into(),
            sts_endpoint: "http://t".into(),
        };
        let caller = caller.map(|(name, value)| (name.into(), value.into()));
        let mut shown: Vec<String> = pod_environment(caller, &identity)
            .into_iter()
            .map(|(name, value)| format!("{}={}", name.display(), value.display()))
            .collect();
        shown.sort();
        let expected = [
            "AWS_CA_BUNDLE=/ca",
            "AWS_CONFIG_FILE=/d/empty",
            "AWS_DEFAULT_REGION=eu-west-1",
            "AWS_EC2_METADATA_DISABLED=true",
            "AWS_ENDPOINT_URL=http://s",
            "AWS_ENDPOINT_URL_STS=http://t",
            "AWS_PAGER=",
            "AWS_REGION=eu-west-1",
            "AWS_ROLE_ARN=arn:aws:iam::123456789012:role/app",
            "AWS_SHARED_CREDENTIALS_FILE=/d/empty",
            "AWS_STS_REGIONAL_ENDPOINTS=regional",
            "AWS_WEB_IDENTITY_TOKEN_FILE=/d/token",
            "BOTO_CONFIG=/d/empty",
            "IRSA_PORT=tcp://10.0.0.1:80",
            "PATH=/bin",
        ];
        assert_eq!(shown, expected);
    }
}
