//! As a pod of a ServiceAccount that needs no cluster: an issuer of irsa's own makes the tokens.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;

use super::Given;
use super::surroundings::own_server;
use super::token_files::{Ends, FreshToken, NotObtained, TokenFiles, TokenSource};
use crate::args::ExecArgs;
use crate::client::Client;
use crate::commands::Setting;
use crate::commands::token_create::{TokenRequest, request_token};
use crate::failure::Failure;
use crate::values::{Lifetime, ObjectName, ServiceAccount};

/// For whom tokens are that no flag says.
const AUDIENCE: &str = "sts.amazonaws.com";

pub(super) async fn give<'a>(
    issuer: &'a str,
    account: &ObjectName,
    args: &'a ExecArgs,
    client: &'a Client,
    directory: &Path,
    setting: &Setting,
) -> Result<Given<'a>, Failure> {
    let role = args.role_arn.as_ref().ok_or_else(|| {
        Failure::usage("an issuer of irsa's own knows no roles: --role-arn is needed")
    })?;
    let namespace = account.namespace(args.kubernetes.namespace.as_deref(), None);
    let namespace = namespace.map_err(|error| Failure::usage(error.to_string()))?;
    let service_account = ServiceAccount::new(&namespace, account.name())
        .map_err(|error| Failure::usage(error.to_string()))?;
    let file = directory.join("token");
    let source = OwnIssuer {
        client,
        issuer,
        service_account,
        audience: args.audience.clone().unwrap_or_else(|| AUDIENCE.to_owned()),
        duration: args.duration.unwrap_or(Lifetime::HOUR),
    };
    let mut tokens = TokenFiles::default();
    tokens.add(&file, source, &*setting.clock).await?;
    let mut variables = own_server(client)?;
    variables.insert("AWS_ROLE_ARN".to_owned(), role.to_string().into());
    variables.insert("AWS_WEB_IDENTITY_TOKEN_FILE".to_owned(), file.into());
    Ok(Given { variables, tokens })
}

struct OwnIssuer<'a> {
    client: &'a Client,
    issuer: &'a str,
    service_account: ServiceAccount,
    audience: String,
    duration: Lifetime,
}

#[async_trait]
impl TokenSource for OwnIssuer<'_> {
    async fn obtain(&self) -> Result<FreshToken, NotObtained> {
        let request = TokenRequest {
            issuer: self.issuer,
            service_account: &self.service_account,
            audiences: std::slice::from_ref(&self.audience),
            duration: self.duration,
            pod: None,
            node: None,
        };
        let from = self.client.now();
        match request_token(self.client, &request).await {
            Ok(token) => {
                let life = token.expires_at.duration_since(from);
                Ok(FreshToken {
                    text: token.text,
                    life: Duration::try_from(life).unwrap_or_default(),
                })
            }
            Err(error) => Err(NotObtained {
                failure: error.into(),
                ends: Ends::Later,
            }),
        }
    }
}
