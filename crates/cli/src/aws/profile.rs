//! `~/.aws/config` and `~/.aws/credentials`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{SettingsError, Vars};

type Section = BTreeMap<String, String>;

/// The profile in use, and the sections that it points to.
#[derive(Debug, Default)]
pub(crate) struct Profiles {
    name: String,
    chosen: Section,
    /// `[services NAME]` of the profile; keys such as `sts.endpoint_url`.
    services: Section,
}

impl Profiles {
    /// Reads the files for the profile named by the flag, AWS_PROFILE or AWS_DEFAULT_PROFILE, else
    /// `default`. A `default` that does not exist is empty.
    pub(crate) fn read(flag: Option<&str>, vars: &Vars) -> Result<Self, SettingsError> {
        let config = read_file(&config_path(vars))?;
        let credentials = read_file(&credentials_path(vars))?;
        let asked = flag
            .or_else(|| vars.text("AWS_PROFILE"))
            .or_else(|| vars.text("AWS_DEFAULT_PROFILE"));
        Self::choose(asked, &parse_ini(&config), &parse_ini(&credentials))
    }

    fn choose(
        asked: Option<&str>,
        config: &BTreeMap<String, Section>,
        credentials: &BTreeMap<String, Section>,
    ) -> Result<Self, SettingsError> {
        let name = asked.unwrap_or("default");
        let prefixed = config.get(&format!("profile {name}"));
        let from_config = match name {
            "default" => prefixed.or_else(|| config.get(name)),
            _ => prefixed,
        };
        let from_credentials = credentials.get(name);
        if asked.is_some_and(|name| name != "default")
            && from_config.is_none()
            && from_credentials.is_none()
        {
            return Err(SettingsError::NoProfile(name.to_owned()));
        }
        let mut chosen = from_config.cloned().unwrap_or_default();
        chosen.extend(from_credentials.cloned().unwrap_or_default());
        let services = chosen
            .get("services")
            .and_then(|services| config.get(&format!("services {services}")))
            .cloned()
            .unwrap_or_default();
        Ok(Self {
            name: name.to_owned(),
            chosen,
            services,
        })
    }

    /// The profile's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A setting of the profile, unless it is empty.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        non_empty(&self.chosen, key)
    }

    /// A setting of the profile's `services` section.
    pub(crate) fn service_value(&self, service: &str, key: &str) -> Option<&str> {
        non_empty(&self.services, &format!("{service}.{key}"))
    }
}

fn non_empty<'s>(section: &'s Section, key: &str) -> Option<&'s str> {
    section
        .get(key)
        .map(String::as_str)
        .filter(|value| !value.is_empty())
}

/// AWS_CONFIG_FILE, else `~/.aws/config`.
pub(crate) fn config_path(vars: &Vars) -> PathBuf {
    path(vars, "AWS_CONFIG_FILE", "config")
}

/// AWS_SHARED_CREDENTIALS_FILE, else `~/.aws/credentials`.
pub(crate) fn credentials_path(vars: &Vars) -> PathBuf {
    path(vars, "AWS_SHARED_CREDENTIALS_FILE", "credentials")
}

fn path(vars: &Vars, variable: &str, name: &str) -> PathBuf {
    let home = Path::new(vars.text("HOME").unwrap_or("/"));
    match vars.text(variable) {
        Some(path) => match path.strip_prefix("~/") {
            Some(below) => home.join(below),
            None => path.into(),
        },
        None => home.join(".aws").join(name),
    }
}

fn read_file(path: &Path) -> Result<String, SettingsError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(String::new())
        }
        Err(source) => Err(SettingsError::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Sections of `key = value` lines. A line that is indented belongs to the key above it and is
/// stored as `above.key`. Lines that are neither are skipped, as the SDKs do.
pub(crate) fn parse_ini(text: &str) -> BTreeMap<String, Section> {
    let mut sections: BTreeMap<String, Section> = BTreeMap::new();
    let mut section = None;
    let mut above = String::new();
    for line in text.lines() {
        let indented = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').filter(|_| !indented) {
            let name = name.split(']').next().unwrap_or_default();
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            sections.entry(name.clone()).or_default();
            section = Some(name);
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let (key, value) = (key.trim().to_ascii_lowercase(), without_comment(value));
        let key = if indented && !above.is_empty() {
            format!("{above}.{key}")
        } else {
            above.clone_from(&key);
            key
        };
        if let Some(members) = section.as_ref().and_then(|name| sections.get_mut(name)) {
            members.insert(key, value.to_owned());
        }
    }
    sections
}

fn without_comment(value: &str) -> &str {
    let end = [" #", " ;", "\t#", "\t;"]
        .iter()
        .filter_map(|mark| value.find(mark))
        .min();
    match end {
        Some(end) => value.get(..end).unwrap_or(value).trim(),
        None => value.trim(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "
        # a comment
[default]
region = eu-west-1
[profile lab]
region=eu-central-1   # not Frankfurt
endpoint_url = http://127.0.0.1:4566
services = local
aws_access_key_id = from-config
junk
[services local]
sts =
    endpoint_url = http://127.0.0.1:1
iam =
  endpoint_url = http://127.0.0.1:2
[other]
region = nowhere
";
    const CREDENTIALS: &str = "[lab]\naws_access_key_id = AKIAEXAMPLE\n\
                               aws_secret_access_key = a=b/c+d\n[only-here]\nregion = x\n";

    fn check(asked: Option<&str>, key: &str, expected: Result<Option<&str>, &str>) {
        let profiles = Profiles::choose(asked, &parse_ini(CONFIG), &parse_ini(CREDENTIALS));
        let found = profiles
            .as_ref()
            .map(|profiles| profiles.value(key))
            .map_err(ToString::to_string);
        assert_eq!(found, expected.map_err(str::to_owned), "{asked:?} {key}");
    }

    #[test]
    fn profiles() {
        check(None, "region", Ok(Some("eu-west-1")));
        check(Some("default"), "region", Ok(Some("eu-west-1")));
        check(Some("lab"), "region", Ok(Some("eu-central-1")));
        check(Some("lab"), "aws_access_key_id", Ok(Some("AKIAEXAMPLE")));
        check(Some("lab"), "aws_secret_access_key", Ok(Some("a=b/c+d")));
        check(Some("only-here"), "region", Ok(Some("x")));
        check(Some("only-here"), "nothing", Ok(None));
        check(
            Some("other"),
            "region",
            Err("there is no AWS profile `other`"),
        );
        let lab = Profiles::choose(Some("lab"), &parse_ini(CONFIG), &parse_ini(CREDENTIALS));
        let lab = lab.unwrap();
        let sts = lab.service_value("sts", "endpoint_url");
        assert_eq!(sts, Some("http://127.0.0.1:1"));
        assert_eq!(lab.service_value("s3", "endpoint_url"), None);
        let none = Profiles::choose(None, &BTreeMap::new(), &BTreeMap::new()).unwrap();
        assert_eq!(none.value("region"), None);
    }

    #[test]
    fn where_the_files_are() {
        for (vars, expected) in [
            (Vars::from([("HOME", "/h")]), "/h/.aws/config"),
            (
                Vars::from([("HOME", "/h"), ("AWS_CONFIG_FILE", "/c")]),
                "/c",
            ),
            (
                Vars::from([("HOME", "/h"), ("AWS_CONFIG_FILE", "~/c")]),
                "/h/c",
            ),
        ] {
            assert_eq!(config_path(&vars), Path::new(expected));
        }
    }
}
