//! Who signs the calls.

use std::path::PathBuf;

use base::Secret;
use sigv4::Credentials;

use super::{Profiles, SettingsError, Vars};

/// Where the credentials come from.
pub(crate) enum CredentialSource {
    /// They are here.
    Static(Credentials),
    /// They are had from STS for a token.
    WebIdentity {
        /// The role to assume.
        role_arn: String,
        /// The file with the token.
        token_file: PathBuf,
        /// The session's name, when one is set.
        session_name: Option<String>,
    },
}

/// Which of the files and variables the caller has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProfileAsked {
    /// `--profile` was given: it wins over keys in the environment.
    ByFlag,
    /// Keys in the environment come first.
    No,
}

/// Finds credentials: keys in the environment, web identity variables, the profile's; only the
/// profile's when `--profile` was given.
pub(crate) fn find_credentials(
    asked: ProfileAsked,
    vars: &Vars,
    profiles: &Profiles,
) -> Result<CredentialSource, SettingsError> {
    match asked {
        ProfileAsked::ByFlag => {
            if let Some(source) = of_profile(profiles)? {
                return Ok(source);
            }
        }
        ProfileAsked::No => {
            if let Some(source) = of_environment(vars)? {
                return Ok(source);
            }
            if let Some(source) = of_profile(profiles)? {
                return Ok(source);
            }
        }
    }
    Err(SettingsError::NoCredentials)
}

fn of_environment(vars: &Vars) -> Result<Option<CredentialSource>, SettingsError> {
    let keys = pair(
        ("AWS_ACCESS_KEY_ID", vars.text("AWS_ACCESS_KEY_ID")),
        ("AWS_SECRET_ACCESS_KEY", vars.text("AWS_SECRET_ACCESS_KEY")),
    )?;
    if let Some((access_key_id, secret)) = keys {
        let token = vars.text("AWS_SESSION_TOKEN");
        return Ok(Some(static_keys(access_key_id, secret, token)));
    }
    let identity = pair(
        ("AWS_ROLE_ARN", vars.text("AWS_ROLE_ARN")),
        (
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            vars.text("AWS_WEB_IDENTITY_TOKEN_FILE"),
        ),
    )?;
    Ok(
        identity.map(|(role_arn, token_file)| CredentialSource::WebIdentity {
            role_arn: role_arn.to_owned(),
            token_file: token_file.into(),
            session_name: vars.text("AWS_ROLE_SESSION_NAME").map(str::to_owned),
        }),
    )
}

fn of_profile(profiles: &Profiles) -> Result<Option<CredentialSource>, SettingsError> {
    if let Some(role_arn) = profiles.value("role_arn") {
        let Some(token_file) = profiles.value("web_identity_token_file") else {
            return Err(unsupported(
                profiles,
                "`role_arn` with other than a web identity token",
            ));
        };
        return Ok(Some(CredentialSource::WebIdentity {
            role_arn: role_arn.to_owned(),
            token_file: token_file.into(),
            session_name: profiles.value("role_session_name").map(str::to_owned),
        }));
    }
    let keys = pair(
        ("aws_access_key_id", profiles.value("aws_access_key_id")),
        (
            "aws_secret_access_key",
            profiles.value("aws_secret_access_key"),
        ),
    )?;
    if let Some((access_key_id, secret)) = keys {
        let token = profiles.value("aws_session_token");
        return Ok(Some(static_keys(access_key_id, secret, token)));
    }
    for (key, means) in [
        ("credential_process", "`credential_process`"),
        ("sso_session", "single sign-on"),
        ("sso_start_url", "single sign-on"),
    ] {
        if profiles.value(key).is_some() {
            return Err(unsupported(profiles, means));
        }
    }
    Ok(None)
}

fn unsupported(profiles: &Profiles, means: &'static str) -> SettingsError {
    SettingsError::Unsupported {
        profile: profiles.name().to_owned(),
        means,
    }
}

fn pair<'v>(
    (first_name, first): (&str, Option<&'v str>),
    (second_name, second): (&str, Option<&'v str>),
) -> Result<Option<(&'v str, &'v str)>, SettingsError> {
    let half = |set: &str, unset: &str| Err(SettingsError::HalfPair(set.into(), unset.into()));
    match (first, second) {
        (Some(first), Some(second)) => Ok(Some((first, second))),
        (Some(_), None) => half(first_name, second_name),
        (None, Some(_)) => half(second_name, first_name),
        (None, None) => Ok(None),
    }
}

fn static_keys(access_key_id: &str, secret: &str, token: Option<&str>) -> CredentialSource {
    CredentialSource::Static(Credentials {
        access_key_id: access_key_id.to_owned(),
        secret_access_key: Secret::new(secret.to_owned()),
        session_token: token.map(|token| Secret::new(token.to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const FILE: &str = "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = d\n\
        [pod]\nrole_arn = arn:aws:iam::123456789012:role/app\nweb_identity_token_file = /t\n\
        [chained]\nrole_arn = arn:aws:iam::123456789012:role/app\nsource_profile = default\n\
        [process]\ncredential_process = /bin/true\n[half]\naws_access_key_id = AKIAHALF\n[empty]\n";

    fn check(flag: Option<&str>, vars: &[(&str, &str)], expected: &str) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(FILE.as_bytes()).unwrap();
        let path = file.path().to_str().unwrap();
        let files = [
            ("AWS_SHARED_CREDENTIALS_FILE", path),
            ("AWS_CONFIG_FILE", "/nowhere"),
        ];
        let vars: Vars = files
            .iter()
            .chain(vars)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let asked = match flag {
            Some(_) => ProfileAsked::ByFlag,
            None => ProfileAsked::No,
        };
        let found = Profiles::read(flag, &vars)
            .and_then(|profiles| find_credentials(asked, &vars, &profiles));
        let shown = match found {
            Ok(CredentialSource::Static(keys)) => format!(
                "{} {} {}",
                keys.access_key_id,
                keys.secret_access_key.expose(),
                keys.session_token
                    .as_ref()
                    .map_or("-", |token| token.expose())
            ),
            Ok(CredentialSource::WebIdentity {
                role_arn,
                token_file,
                session_name,
            }) => format!("{role_arn} {} {session_name:?}", token_file.display()),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected, "{flag:?} {vars:?}");
    }

    #[test]
    fn order() {
        let keys: &[(&str, &str)] = &[
            ("AWS_ACCESS_KEY_ID", "AKIAENV"),
            ("AWS_SECRET_ACCESS_KEY", "e"),
        ];
        let role = "arn:aws:iam::123456789012:role/env";
        let identity: &[(&str, &str)] = &[
            ("AWS_ROLE_ARN", role),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/e"),
        ];
        check(None, &[], "AKIADEFAULT d -");
        check(None, keys, "AKIAENV e -");
        check(
            None,
            &[keys, &[("AWS_SESSION_TOKEN", "t")]].concat(),
            "AKIAENV e t",
        );
        check(None, &[keys, identity].concat(), "AKIAENV e -");
        check(None, identity, &format!("{role} /e None"));
        check(Some("default"), keys, "AKIADEFAULT d -");
        check(
            None,
            &[keys, &[("AWS_PROFILE", "default")]].concat(),
            "AKIAENV e -",
        );
        check(
            Some("pod"),
            &[],
            "arn:aws:iam::123456789012:role/app /t None",
        );
    }

    #[test]
    fn what_we_do_not_read_is_told() {
        let cannot = "which irsa does not read";
        check(
            Some("chained"),
            &[],
            &format!(
                "the AWS profile `chained` uses `role_arn` with other than a web identity token, {cannot}"
            ),
        );
        check(
            Some("process"),
            &[],
            &format!("the AWS profile `process` uses `credential_process`, {cannot}"),
        );
        check(
            Some("half"),
            &[],
            "aws_access_key_id is set and aws_secret_access_key is not",
        );
        check(Some("nobody"), &[], "there is no AWS profile `nobody`");
        check(
            Some("empty"),
            &[],
            "there are no AWS credentials in the environment or the profile",
        );
        check(
            None,
            &[("AWS_ACCESS_KEY_ID", "AKIAENV")],
            "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not",
        );
    }
}
