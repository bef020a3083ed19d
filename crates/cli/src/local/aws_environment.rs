//! The variables that point AWS clients at a server.

use std::ffi::OsString;

use base::Secret;

use crate::process::anonymous_environment;

/// A server, and the key to use it with when that is known.
#[derive(Clone)]
pub(crate) struct ServerAccess {
    /// `http://127.0.0.1:4566`.
    pub(crate) endpoint: String,
    /// The home region.
    pub(crate) region: String,
    /// The administrator's key; a directory that `init` made does not tell it.
    pub(crate) key: Option<AccessKey>,
}

/// An access key of a user.
#[derive(Clone)]
pub(crate) struct AccessKey {
    /// `AKIA…`.
    pub(crate) id: String,
    /// Its secret.
    pub(crate) secret: Secret<String>,
}

impl ServerAccess {
    /// Name and value of every variable.
    pub(crate) fn variables(&self) -> Vec<(&'static str, &str)> {
        let mut variables = Vec::new();
        if let Some(key) = &self.key {
            variables.push(("AWS_ACCESS_KEY_ID", key.id.as_str()));
            variables.push(("AWS_SECRET_ACCESS_KEY", key.secret.expose().as_str()));
        }
        variables.extend([
            ("AWS_REGION", self.region.as_str()),
            ("AWS_DEFAULT_REGION", &self.region),
            ("AWS_ENDPOINT_URL", &self.endpoint),
            ("AWS_ENDPOINT_URL_STS", &self.endpoint),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]);
        variables
    }

    /// The environment of a command that is to use the server: the caller's, but for the caller's
    /// own AWS settings.
    pub(crate) fn environment(
        &self,
        caller: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Vec<(OsString, OsString)> {
        let mut environment = anonymous_environment(caller);
        let variables = self.variables().into_iter();
        environment.extend(variables.map(|(name, value)| (name.into(), value.into())));
        environment
    }

    /// One `export` line for each: for `eval` and for `.`.
    pub(crate) fn export_lines(&self) -> Secret<String> {
        let mut lines = String::new();
        for (name, value) in self.variables() {
            lines.extend(["export ", name, "=", &quoted(value), "\n"]);
        }
        Secret::new(lines)
    }
}

/// As a POSIX shell reads it back.
fn quoted(value: &str) -> String {
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "_-./:+=@%,".contains(character);
    if !value.is_empty() && value.chars().all(plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: Option<(&str, &str)>, endpoint: &str, expected: &str) {
        let access = ServerAccess {
            endpoint: endpoint.into(),
            region: "us-east-1".into(),
            key: key.map(|(id, secret)| AccessKey {
                id: id.into(),
                secret: Secret::new(secret.into()),
            }),
        };
        assert_eq!(*access.export_lines().expose(), expected);
    }

    #[test]
    fn a_command_gets_the_servers_settings_alone() {
        let access = ServerAccess {
            endpoint: "http://127.0.0.1:1".into(),
            region: "us-east-1".into(),
            key: None,
        };
        let caller = [
            ("HOME", "/h"),
            ("AWS_PROFILE", "caller"),
            ("AWS_SESSION_TOKEN", "caller"),
            ("AWS_REGION", "caller"),
        ];
        let caller = caller.map(|(name, value)| (name.into(), value.into()));
        let mut shown: Vec<String> = access
            .environment(caller)
            .into_iter()
            .map(|(name, value)| format!("{}={}", name.display(), value.display()))
            .collect();
        shown.sort();
        let expected = [
            "AWS_DEFAULT_REGION=us-east-1",
            "AWS_EC2_METADATA_DISABLED=true",
            "AWS_ENDPOINT_URL=http://127.0.0.1:1",
            "AWS_ENDPOINT_URL_STS=http://127.0.0.1:1",
            "AWS_REGION=us-east-1",
            "HOME=/h",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn export_lines() {
        let rest = |endpoint: &str| {
            format!(
                "export AWS_REGION=us-east-1\nexport AWS_DEFAULT_REGION=us-east-1\n\
                 export AWS_ENDPOINT_URL={endpoint}\nexport AWS_ENDPOINT_URL_STS={endpoint}\n\
                 export AWS_EC2_METADATA_DISABLED=true\n"
            )
        };
        check(None, "http://127.0.0.1:1", &rest("http://127.0.0.1:1"));
        check(None, "http://[::1]:1", &rest("'http://[::1]:1'"));
        let keys =
            "export AWS_ACCESS_KEY_ID=AKIAEXAMPLE\nexport AWS_SECRET_ACCESS_KEY='a$(b)'\\''c'\n";
        check(
            Some(("AKIAEXAMPLE", "a$(b)'c")),
            "http://127.0.0.1:1",
            &format!("{keys}{}", rest("http://127.0.0.1:1")),
        );
    }
}
