//! Where a key goes that is shown only once.

use std::path::PathBuf;

use base::{AccountId, Escaped, Region, Secret};
use serde_json::{Map, Value, json};

use super::Setting;
use crate::args::NewKeyArgs;
use crate::aws::{config_path, credentials_path};
use crate::failure::Failure;
use crate::local::{AccessKey, ExclusiveFile, NewProfile, ServerAccess, add_profile};
use crate::output::Table;

/// Where `serve` listens when nobody says otherwise.
const DEFAULT_ENDPOINT: &str = "http://127.0.0.1:4566";

/// What is told of an administrator.
pub(super) struct Told {
    pub(super) account: AccountId,
    pub(super) region: Region,
    pub(super) user_arn: String,
    pub(super) key: AccessKey,
}

/// A place for a key, checked and reserved before there is a key (THREATS R46).
pub(super) struct KeySink {
    secret: Option<String>,
    file: Option<(PathBuf, ExclusiveFile)>,
    profile: Option<Profile>,
}

struct Profile {
    name: String,
    config: PathBuf,
    credentials: PathBuf,
    endpoint: String,
}

impl Profile {
    fn new_profile(&self) -> NewProfile<'_> {
        NewProfile {
            name: &self.name,
            config: &self.config,
            credentials: &self.credentials,
        }
    }
}

impl KeySink {
    /// Refuses what could not be written later.
    pub(super) fn prepare(args: &NewKeyArgs, setting: &Setting) -> Result<Self, Failure> {
        let profile = args.write_profile.as_ref().map(|name| Profile {
            name: name.clone(),
            config: config_path(&setting.vars),
            credentials: credentials_path(&setting.vars),
            endpoint: setting
                .global
                .endpoint_url
                .clone()
                .unwrap_or_else(|| DEFAULT_ENDPOINT.to_owned()),
        });
        if let Some(profile) = &profile {
            let checked = profile.new_profile().check();
            checked.map_err(|error| Failure::failed(error.to_string()))?;
        }
        let file = match &args.credentials_file {
            Some(path) => {
                let file = ExclusiveFile::create(path).map_err(|error| {
                    Failure::failed(format!("cannot make `{}`: {error}", path.display()))
                })?;
                Some((path.clone(), file))
            }
            None => None,
        };
        Ok(Self {
            secret: None,
            file,
            profile,
        })
    }

    /// For a key that lies in a Secret already.
    pub(super) fn in_secret(place: String) -> Self {
        Self {
            secret: Some(place),
            file: None,
            profile: None,
        }
    }

    /// Writes the key where it was asked for, else shows it.
    pub(super) fn tell(self, told: Told, setting: &Setting) -> Result<(), Failure> {
        let shown = self.secret.is_none() && self.file.is_none() && self.profile.is_none();
        let value = shown_value(&told, shown);
        if let Some(place) = &self.secret {
            setting
                .output
                .note(format_args!("the key is in the Secret `{place}`"));
        }
        if let Some((path, file)) = self.file {
            let text = Secret::new(format!(
                "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
                told.key.id,
                told.key.secret.expose()
            ));
            file.fill(text.expose().as_bytes())
                .map_err(|error| lost(&format!("`{}`: {error}", path.display())))?;
            setting
                .output
                .note(format_args!("the key is in `{}`", path.display()));
        }
        if let Some(profile) = &self.profile {
            let access = ServerAccess {
                endpoint: profile.endpoint.clone(),
                region: told.region.to_string(),
                key: Some(told.key),
            };
            add_profile(&profile.new_profile(), &access)
                .map_err(|error| lost(&error.to_string()))?;
            setting.output.note(format_args!(
                "the key is in the AWS profile `{}`, for {}",
                profile.name,
                Escaped(&profile.endpoint)
            ));
        }
        setting.output.result(&value, || facts(&value));
        if shown {
            setting
                .output
                .note("the secret access key is shown this once: keep it");
        }
        Ok(())
    }
}

fn lost(why: &str) -> Failure {
    Failure::failed(format!("the key was made and could not be written: {why}"))
        .help("run `irsa admin reset` for another")
}

fn shown_value(told: &Told, with_secret: bool) -> Value {
    let mut value = Map::new();
    value.insert("AccountId".into(), json!(told.account));
    value.insert("Region".into(), json!(told.region));
    value.insert("UserArn".into(), json!(told.user_arn));
    value.insert("AccessKeyId".into(), json!(told.key.id));
    if with_secret {
        value.insert("SecretAccessKey".into(), json!(told.key.secret.expose()));
    }
    Value::Object(value)
}

fn facts(value: &Value) -> String {
    let members = value.as_object().into_iter().flatten();
    Table::facts(
        members.map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default().to_owned())),
    )
}
