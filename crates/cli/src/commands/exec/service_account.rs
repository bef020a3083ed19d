//! As a pod of a ServiceAccount of a cluster, whose annotations alone are asked.

use std::path::Path;

use cluster::pod_identity::read_service_account;
use cluster::webhook::{Identity, Injection, Lookup, Settings};
use cluster::{Connection, TokenWanted};

use super::Given;
use super::pod::ClusterToken;
use super::surroundings::complete;
use super::token_files::TokenFiles;
use crate::args::ExecArgs;
use crate::client::Client;
use crate::commands::Setting;
use crate::commands::named_object;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::values::{Lifetime, ObjectName};

pub(super) async fn give<'a>(
    account: &ObjectName,
    args: &ExecArgs,
    client: &Client,
    directory: &Path,
    setting: &Setting,
) -> Result<Given<'a>, Failure> {
    let (connection, namespace) = named_object::open(&args.kubernetes, account).await?;
    let place = (namespace.as_str(), account.name());
    let terms = Terms::read(&connection, place, args, setting).await?;
    let wanted = TokenWanted {
        namespace: namespace.clone(),
        service_account: account.name().to_owned(),
        audience: Some(terms.audience),
        expiration_secs: terms.expiration_secs,
        pod: None,
    };
    let file = directory.join("token");
    let mut tokens = TokenFiles::default();
    let source = ClusterToken::new(connection, wanted);
    tokens.add(&file, source, &*setting.clock).await?;
    let mut given = Given {
        variables: terms.variables,
        tokens,
    };
    let variables = &mut given.variables;
    variables.insert("AWS_WEB_IDENTITY_TOKEN_FILE".to_owned(), file.into());
    complete(variables, &setting.global, client);
    Ok(given)
}

/// What annotations and flags come to.
struct Terms {
    audience: String,
    expiration_secs: i64,
    variables: std::collections::BTreeMap<String, std::ffi::OsString>,
}

impl Terms {
    async fn read(
        connection: &Connection,
        (namespace, name): (&str, &str),
        args: &ExecArgs,
        setting: &Setting,
    ) -> Result<Self, Failure> {
        let settings = Settings {
            token_expiration_secs: seconds(Lifetime::HOUR),
            sts_regional_endpoints: true,
            ..Settings::default()
        };
        let found = read_service_account(connection, namespace, name, &settings).await?;
        let (identity, findings) = match found {
            Lookup::Found(identity) => {
                let findings = identity.findings.clone();
                (Some(identity), findings)
            }
            Lookup::NoRole(findings) => (None, findings),
            Lookup::Unknown(why) => return Err(Failure::failed(why)),
        };
        for finding in &findings {
            setting
                .output
                .note(format_args!("ServiceAccount {namespace}/{name}: {finding}"));
        }
        let role =
            role(identity.as_ref(), args).ok_or_else(|| no_role((namespace, name), &settings))?;
        let mut terms = Self {
            audience: settings.token_audience,
            expiration_secs: settings.token_expiration_secs,
            variables: [("AWS_ROLE_ARN".to_owned(), role.into())].into(),
        };
        if let Some(identity) = identity {
            terms.take(identity);
        }
        if let Some(audience) = &args.audience {
            terms.audience.clone_from(audience);
        }
        if let Some(duration) = args.duration {
            terms.expiration_secs = seconds(duration);
        }
        Ok(terms)
    }

    fn take(&mut self, identity: Identity) {
        self.expiration_secs = identity.token_expiration_secs;
        if let Injection::WebIdentity(web) = identity.injection {
            self.audience = web.audience;
        }
        let regional = identity.sts_regional_endpoints.then_some("regional");
        for (name, value) in [
            ("AWS_STS_REGIONAL_ENDPOINTS", regional.map(str::to_owned)),
            ("AWS_ENDPOINT_URL", identity.endpoint_url.clone()),
            ("AWS_ENDPOINT_URL_STS", identity.endpoint_url),
        ] {
            self.variables
                .extend(value.map(|value| (name.to_owned(), value.into())));
        }
    }
}

/// The flag's role, else the annotated one, if it is a role.
fn role(identity: Option<&Identity>, args: &ExecArgs) -> Option<String> {
    let annotated = identity.and_then(Identity::role_arn);
    let annotated = annotated.filter(|role| role.parse::<base::Arn>().is_ok());
    let flag = args.role_arn.as_ref().map(ToString::to_string);
    flag.or_else(|| annotated.map(str::to_owned))
}

fn no_role((namespace, name): (&str, &str), settings: &Settings) -> Failure {
    let prefix = &settings.annotation_prefix;
    Failure::new(
        Exit::NotFound,
        format!("ServiceAccount {namespace}/{name} names no role: it has no good annotation {prefix}/role-arn"),
    )
    .help(format!(
        "kubectl annotate serviceaccount -n {namespace} {name} {prefix}/role-arn=ARN, or --role-arn ARN"
    ))
}

fn seconds(lifetime: Lifetime) -> i64 {
    i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX)
}
