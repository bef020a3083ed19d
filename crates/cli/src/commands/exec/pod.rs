//! As a pod of a cluster, as its webhook left it.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use base::Escaped;
use cluster::pod_identity::{
    NoIdentity, PodIdentity, read_pod, read_projected_file, read_service_account,
    service_account_of,
};
use cluster::webhook::{Lookup, Settings};
use cluster::{AskError, Connection, TokenWanted, request_token};

use super::surroundings::complete;
use super::token_files::{Ends, FreshToken, NotObtained, TokenFiles, TokenSource};
use super::{Given, write};
use crate::args::ExecArgs;
use crate::client::Client;
use crate::commands::Setting;
use crate::commands::named_object;
use crate::failure::Failure;
use crate::values::ObjectName;

/// Where the command finds the pod's files by their own paths; a variable of ours.
const ROOT: &str = "IRSA_POD_ROOT";
/// An address that a node's agent answers on, and nobody else.
const LINK_LOCAL: &str = "http://169.254.";

pub(super) async fn give<'a>(
    pod: &ObjectName,
    args: &ExecArgs,
    client: &Client,
    directory: &Path,
    setting: &Setting,
) -> Result<Given<'a>, Failure> {
    let (connection, namespace) = named_object::open(&args.kubernetes, pod).await?;
    let found = read_pod(&connection, &namespace, pod.name()).await?;
    let identity = match PodIdentity::of(&found, args.container.as_deref()) {
        Ok(identity) => identity,
        Err(error) => {
            let account = service_account_of(&found);
            let account = (namespace.as_str(), account.as_str());
            return Err(refusal(&error, pod.name(), account, &connection).await);
        }
    };
    tell(&identity, &namespace, &connection, setting);
    let root = directory.join("pod");
    let stay = Stay {
        connection: &connection,
        namespace: &namespace,
        root: &root,
        setting,
    };
    let tokens = stay.tokens(&identity).await?;
    stay.files(&identity).await?;
    let texts = identity.variables.into_iter();
    let paths = identity.paths.iter();
    let mut given = Given {
        variables: texts
            .map(|(name, value)| (name, value.into()))
            .chain(paths.map(|(name, path)| (name.clone(), path.on(&root).into())))
            .collect(),
        tokens,
    };
    complete(&mut given.variables, &setting.global, client);
    given.variables.insert(ROOT.to_owned(), root.into());
    Ok(given)
}

fn tell(identity: &PodIdentity, namespace: &str, connection: &Connection, setting: &Setting) {
    let output = setting.output;
    output.detail(format_args!(
        "as container {} of pod {namespace}/{} of {}",
        identity.container,
        identity.pod.name,
        connection.server()
    ));
    for note in &identity.notes {
        output.note(note);
    }
    let address = identity.variables.get("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if let Some(address) = address.filter(|address| address.starts_with(LINK_LOCAL)) {
        output.note(format_args!(
            "the pod has its credentials from {}, which only its own node answers",
            Escaped(address)
        ));
    }
}

/// What the pod's files need to come into being here.
struct Stay<'a> {
    connection: &'a Connection,
    namespace: &'a str,
    root: &'a Path,
    setting: &'a Setting,
}

impl Stay<'_> {
    async fn tokens<'t>(&self, identity: &PodIdentity) -> Result<TokenFiles<'t>, Failure> {
        let mut tokens = TokenFiles::default();
        for token in &identity.tokens {
            let wanted = TokenWanted {
                namespace: self.namespace.to_owned(),
                service_account: identity.service_account.clone(),
                audience: token.audience.clone(),
                expiration_secs: token.expiration_secs,
                pod: Some(identity.pod.clone()),
            };
            let file = token.path.on(self.root);
            make_parents(&file)?;
            let source = ClusterToken::new(self.connection.clone(), wanted);
            tokens.add(&file, source, &*self.setting.clock).await?;
        }
        Ok(tokens)
    }

    async fn files(&self, identity: &PodIdentity) -> Result<(), Failure> {
        for file in &identity.files {
            let content = read_projected_file(self.connection, self.namespace, file).await?;
            let path = file.path.on(self.root);
            make_parents(&path)?;
            write(&path, &content)?;
        }
        Ok(())
    }
}

fn make_parents(file: &Path) -> Result<(), Failure> {
    let Some(parent) = file.parent() else {
        return Ok(());
    };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(parent);
    made.map_err(|error| Failure::failed(format!("cannot write in the private directory: {error}")))
}

/// A token of the cluster.
pub(super) struct ClusterToken {
    connection: Connection,
    wanted: TokenWanted,
}

impl ClusterToken {
    pub(super) fn new(connection: Connection, wanted: TokenWanted) -> Self {
        Self { connection, wanted }
    }
}

#[async_trait]
impl TokenSource for ClusterToken {
    async fn obtain(&self) -> Result<FreshToken, NotObtained> {
        match request_token(&self.connection, &self.wanted).await {
            Ok(token) => Ok(FreshToken {
                text: token.text,
                life: Duration::from_secs(token.life_secs.try_into().unwrap_or(0)),
            }),
            Err(error) => Err(NotObtained {
                ends: if error.is_lasting() {
                    Ends::ForGood
                } else {
                    Ends::Later
                },
                failure: token_failure(error, &self.wanted.namespace),
            }),
        }
    }
}

fn token_failure(error: AskError, namespace: &str) -> Failure {
    let is_forbidden = matches!(error, AskError::Forbidden { .. });
    let failure = Failure::from(error);
    if !is_forbidden {
        return failure;
    }
    failure.help(format!(
        "the kubeconfig's user needs the verb create on serviceaccounts/token in {namespace}: \
         kubectl auth can-i create serviceaccounts --subresource=token -n {namespace}"
    ))
}

/// Why the pod has no identity, and what its ServiceAccount says to that.
async fn refusal(
    error: &NoIdentity,
    pod: &str,
    (namespace, account): (&str, &str),
    connection: &Connection,
) -> Failure {
    let failure = Failure::failed(format!("pod {namespace}/{pod}: {error}"));
    let NoIdentity::NotSet {
        others,
        has_env_from,
        half: _,
        container: _,
    } = error
    else {
        return failure;
    };
    if let Some(other) = others.first() {
        return failure.help(format!(
            "irsa exec --pod {namespace}/{pod} --container {other} -- …"
        ));
    }
    if *has_env_from {
        return failure.help(
            "its envFrom is not looked at: name AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE in env",
        );
    }
    let settings = Settings::default();
    match read_service_account(connection, namespace, account, &settings).await {
        Ok(Lookup::Found(_)) => failure.help(format!(
            "ServiceAccount {namespace}/{account} has a role, but the pod was admitted without the \
             webhook, or opted out; once the webhook runs: kubectl delete pod -n {namespace} {pod}; \
             now: irsa exec --service-account {namespace}/{account} -- …"
        )),
        Ok(Lookup::NoRole(findings)) => {
            let findings = findings.iter().map(|finding| format!("; {finding}"));
            let findings: String = findings.collect();
            failure.help(format!(
                "ServiceAccount {namespace}/{account} names no role{findings}: kubectl annotate \
                 serviceaccount -n {namespace} {account} eks.amazonaws.com/role-arn=ARN, then make \
                 the pod anew"
            ))
        }
        Ok(Lookup::Unknown(_)) | Err(_) => failure,
    }
}
