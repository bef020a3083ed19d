//! The caller's AWS settings: profile files, credentials, region and endpoint, found as the AWS
//! command line finds them.

mod credentials;
mod endpoint;
mod profile;
mod vars;

pub(crate) use credentials::{CredentialSource, ProfileAsked, find_credentials};
pub(crate) use endpoint::{Endpoint, Scheme, find_endpoint};
pub(crate) use profile::{Profiles, config_path, credentials_path, parse_ini};
pub(crate) use vars::Vars;

use base::{Escaped, Region};

use crate::failure::Failure;

/// The region when nobody names one.
const DEFAULT_REGION: &str = "us-east-1";

/// What is wrong with the AWS settings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// A settings file exists and cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Unreadable {
        path: std::path::PathBuf,
        source: std::io::Error,
    },
    /// The profile that was asked for is in neither file.
    #[error("there is no AWS profile `{0}`")]
    NoProfile(String),
    /// The value names no region.
    #[error("`{0}` is no region: {1}")]
    Region(String, base::InvalidRegion),
    /// The value names no server.
    #[error("`{0}` is no endpoint: {1}")]
    Endpoint(String, &'static str),
    /// Nobody names a server.
    #[error("no server is named")]
    NoEndpoint,
    /// Half of a pair.
    #[error("{0} is set and {1} is not")]
    HalfPair(String, String),
    /// The profile gets its credentials in a way that we do not read.
    #[error("the AWS profile `{profile}` uses {means}, which irsa does not read")]
    Unsupported {
        profile: String,
        means: &'static str,
    },
    /// There are no credentials anywhere.
    #[error("there are no AWS credentials in the environment or the profile")]
    NoCredentials,
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        use crate::exit::Exit;
        let what = error.to_string();
        match error {
            SettingsError::NoCredentials | SettingsError::HalfPair(..) => {
                Failure::new(Exit::NotAuthenticated, what).help(
                    "export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…, or give --profile NAME",
                )
            }
            SettingsError::Unsupported { profile, .. } => {
                Failure::new(Exit::NotAuthenticated, what).help(format!(
                    "eval \"$(aws configure export-credentials --profile {} --format env)\"",
                    Escaped(&profile)
                ))
            }
            SettingsError::NoProfile(_) => Failure::new(Exit::NotAuthenticated, what)
                .help("see `~/.aws/config`, or give another --profile"),
            SettingsError::NoEndpoint => Failure::failed(what)
                .help("export AWS_ENDPOINT_URL=http://127.0.0.1:4566, or give --endpoint-url URL"),
            SettingsError::Endpoint(..) => {
                Failure::failed(what).help("give a URL such as http://127.0.0.1:4566")
            }
            SettingsError::Unreadable { .. } | SettingsError::Region(..) => Failure::failed(what),
        }
    }
}

/// Where an installation is to be at home: the flag, AWS_REGION, us-east-1.
pub(crate) fn home_region(flag: Option<&Region>, vars: &Vars) -> Result<Region, SettingsError> {
    if let Some(region) = flag {
        return Ok(region.clone());
    }
    let text = vars.text("AWS_REGION").unwrap_or(DEFAULT_REGION);
    text.parse()
        .map_err(|error| SettingsError::Region(text.to_owned(), error))
}

/// The region: the flag, AWS_REGION, AWS_DEFAULT_REGION, the profile, us-east-1.
pub(crate) fn find_region(
    flag: Option<&Region>,
    vars: &Vars,
    profiles: &Profiles,
) -> Result<Region, SettingsError> {
    if let Some(region) = flag {
        return Ok(region.clone());
    }
    let text = vars
        .text("AWS_REGION")
        .or_else(|| vars.text("AWS_DEFAULT_REGION"))
        .or_else(|| profiles.value("region"))
        .unwrap_or(DEFAULT_REGION);
    text.parse()
        .map_err(|error| SettingsError::Region(text.to_owned(), error))
}
