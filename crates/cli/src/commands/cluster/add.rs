//! `irsa cluster add`

use std::path::Path;

use base::Escaped;
use cluster::{Connection, TokenIssuer, WebhookInstallation, discover};
use serde_json::{Value, json};

use super::plan::{Change, Found, Item, Keys, PinnedBefore, Scope, Sharing, Wanted, plan};
use super::reach::{Reach, reach};
use super::registered::clusters;
use super::webhook::{installation, not_installed, webhook_item};
use crate::args::{ClusterAddArgs, KeysFrom};
use crate::client::{CallError, Client, Element, Service};
use crate::commands::Setting;
use crate::commands::target::identity;
use crate::failure::Failure;
use crate::output::Table;

/// Adds the cluster that the kubeconfig names.
pub(super) async fn run(
    args: &ClusterAddArgs,
    client: &Client,
    setting: &Setting,
) -> Result<(), Failure> {
    check(args)?;
    let endpoint = client.endpoint(Service::Iam)?;
    let scope = if endpoint.is_amazon() {
        Scope::Aws
    } else {
        Scope::Irsa
    };
    let account = identity(client).await?.account;
    setting.output.note(format_args!(
        "target: {endpoint}, account {}, region {}",
        Escaped(&account),
        client.region()
    ));
    let connection = Connection::open(&args.kubernetes.target()).await?;
    let server = args
        .server
        .clone()
        .unwrap_or_else(|| connection.server().to_owned());
    let issuer = discover(&connection).await?;
    setting.output.note(format_args!(
        "cluster: {}, issuer {}",
        Escaped(connection.server()),
        Escaped(&issuer.issuer)
    ));
    let wanted = Wanted {
        name: args.name.as_str(),
        issuer: &issuer,
        audiences: &args.client_id,
        keys: keys(args, &issuer, &connection, client, setting, scope).await?,
        server,
        authority: connection.authority().map(str::to_owned),
        sharing: if args.share_issuer {
            Sharing::Meant
        } else {
            Sharing::Refused
        },
        pinned_before: if args.replace_keys {
            PinnedBefore::Replaced
        } else {
            PinnedBefore::Kept
        },
    };
    let arn = provider_arn(client, &account, &issuer.issuer);
    let webhook = installation(args, scope, client, setting).await?;
    let adding = Adding {
        client,
        setting,
        wanted: &wanted,
        arn: &arn,
        connection: &connection,
        webhook: webhook.as_ref(),
    };
    let found = adding.found(scope).await?;
    let mut items = plan(&wanted, &found, &arn, scope)?;
    if let Some(installation) = &webhook {
        items.push(webhook_item(installation, &connection).await?);
    }
    if args.dry_run {
        adding.tell(&items, Doing::Planned, &next(args, scope));
        return Ok(());
    }
    if scope == Scope::Aws && !args.yes && items.iter().any(|item| item.change.is_some()) {
        adding.tell(&items, Doing::Planned, &next(args, scope));
        return Err(Failure::failed(format!(
            "account {} is one of AWS itself: changing it needs --yes",
            Escaped(&account)
        ))
        .help("the same command with --yes"));
    }
    adding.perform(&items).await?;
    adding.tell(&items, Doing::Done, &next(args, scope));
    adding.note_left_out(scope);
    Ok(())
}

fn check(args: &ClusterAddArgs) -> Result<(), Failure> {
    if args.kubernetes.namespace.is_some() {
        return Err(Failure::usage(
            "`--namespace` says nothing here: a cluster is added whole",
        ));
    }
    if args.ca_file.is_some() && args.keys != KeysFrom::PrivateCa {
        return Err(Failure::usage("`--ca-file` goes with `--keys private-ca`"));
    }
    Ok(())
}

fn provider_arn(client: &Client, account: &str, issuer: &str) -> String {
    let partition = client.region().partition().as_str();
    let url = jose::normalise_issuer(issuer);
    format!("arn:{partition}:iam::{account}:oidc-provider/{url}")
}

/// Where the keys are to come from: as the user says, else where they can be had.
async fn keys(
    args: &ClusterAddArgs,
    issuer: &TokenIssuer,
    connection: &Connection,
    client: &Client,
    setting: &Setting,
    scope: Scope,
) -> Result<Keys, Failure> {
    match (args.keys, scope) {
        (KeysFrom::Auto, scope) => {
            let own = match scope {
                Scope::Irsa => public_url(client).await?,
                Scope::Aws => None,
            };
            judged(
                reach(issuer, own.as_deref(), client).await,
                issuer,
                setting,
                scope,
            )
        }
        (KeysFrom::Published, _) => Ok(Keys::Published),
        (KeysFrom::Pinned, Scope::Irsa) => Ok(Keys::Pinned),
        (KeysFrom::PrivateCa, Scope::Irsa) => authority(args.ca_file.as_deref(), connection),
        (KeysFrom::Pinned | KeysFrom::PrivateCa, Scope::Aws) => {
            Err(unfetchable("AWS takes keys from the issuer's URL alone"))
        }
    }
}

/// The base of the server's own issuers, and where others find it.
pub(super) async fn public_url(client: &Client) -> Result<Option<String>, CallError> {
    let answer = client.irsa("GetServerInfo", &json!({})).await?;
    let url = answer.get("PublicUrl").and_then(Value::as_str);
    Ok(url.map(str::to_owned))
}

fn judged(
    reach: Reach,
    issuer: &TokenIssuer,
    setting: &Setting,
    scope: Scope,
) -> Result<Keys, Failure> {
    match (reach, scope) {
        (Reach::OwnIssuer | Reach::Public, _) => Ok(Keys::Published),
        (Reach::Private(why), Scope::Irsa) => {
            setting.output.note(format_args!(
                "the issuer is not public ({why}): its keys are pinned; after the cluster changes \
                 them, add it again"
            ));
            Ok(Keys::Pinned)
        }
        (Reach::Private(why), Scope::Aws) => Err(unfetchable(&why)),
        (Reach::Other(missing), _) => Err(Failure::failed(format!(
            "{} does not publish what this API server signs with ({}): its tokens would be refused",
            Escaped(&issuer.issuer),
            Escaped(&missing.join(", "))
        ))
        .help("publish the API server's keys there: irsa issuer publish; or --keys pinned")),
    }
}

fn unfetchable(why: &str) -> Failure {
    Failure::failed(format!("AWS cannot fetch this cluster's keys: {why}")).help(
        "publish them (irsa issuer publish), and start kube-apiserver with that URL as its \
         --service-account-issuer",
    )
}

fn authority(file: Option<&Path>, connection: &Connection) -> Result<Keys, Failure> {
    let pem = match file {
        Some(path) => std::fs::read_to_string(path).map_err(|error| {
            Failure::failed(format!(
                "cannot read the file `{}`: {error}",
                path.display()
            ))
        })?,
        None => connection
            .authority()
            .map(str::to_owned)
            .ok_or_else(|| Failure::failed("the kubeconfig names no CA").help("--ca-file FILE"))?,
    };
    engine::fetch::check_authority(&pem)
        .map_err(|error| Failure::failed(format!("the CA cannot be used: {error}")))?;
    Ok(Keys::PrivateCa(pem))
}

/// Whether what is told was done.
#[derive(Clone, Copy)]
enum Doing {
    Planned,
    Done,
}

struct Adding<'a> {
    client: &'a Client,
    setting: &'a Setting,
    wanted: &'a Wanted<'a>,
    arn: &'a str,
    connection: &'a Connection,
    webhook: Option<&'a WebhookInstallation>,
}

impl Adding<'_> {
    async fn found(&self, scope: Scope) -> Result<Found, Failure> {
        let mut found = Found::default();
        let parameters = [("OpenIDConnectProviderArn", self.arn)];
        let action = "GetOpenIDConnectProvider";
        match self.client.query(Service::Iam, action, &parameters).await {
            Ok(provider) => {
                let audiences = provider.child("ClientIDList");
                let audiences = audiences.map_or(&[][..], Element::children);
                found.audiences = Some(audiences.iter().map(|one| one.text().to_owned()).collect());
            }
            Err(error) if error.has_code("NoSuchEntity") => {}
            Err(error) => return Err(error.into()),
        }
        if scope == Scope::Aws {
            return Ok(found);
        }
        if found.audiences.is_some() {
            let input = json!({ "ProviderArn": self.arn });
            let answer = self.client.irsa("GetProviderTrust", &input).await?;
            found.trust = answer.get("Provider").cloned();
        }
        found.clusters = clusters(self.client).await?;
        Ok(found)
    }

    /// Does what is missing. What was done before a failure stays, and is said.
    async fn perform(&self, items: &[Item]) -> Result<(), Failure> {
        for (position, item) in items.iter().enumerate() {
            let Some(change) = &item.change else { continue };
            if let Err(error) = self.make(change).await {
                let before = items.iter().take(position);
                let done: Vec<&str> = before
                    .filter(|item| item.change.is_some())
                    .map(|item| item.what)
                    .collect();
                if !done.is_empty() {
                    self.setting.output.note(format_args!(
                        "done before the failure: {}; the same command again does the rest",
                        done.join(", ")
                    ));
                }
                return Err(error);
            }
        }
        Ok(())
    }

    async fn make(&self, change: &Change) -> Result<(), Failure> {
        let made = match change {
            Change::Register => self.irsa("RegisterCluster", self.registration()).await,
            Change::CreateProvider => self.create_provider().await,
            Change::AddAudience(audience) => {
                let parameters = [
                    ("OpenIDConnectProviderArn", self.arn),
                    ("ClientID", audience.as_str()),
                ];
                let action = "AddClientIDToOpenIDConnectProvider";
                let added = self.client.query(Service::Iam, action, &parameters).await;
                added.map(drop)
            }
            Change::SetKeys(keys) => self.irsa("SetProviderKeys", self.key_input(keys)).await,
            Change::Enable => {
                self.irsa("EnableProvider", json!({ "ProviderArn": self.arn }))
                    .await
            }
            Change::InstallWebhook => {
                if let Some(webhook) = self.webhook {
                    let installed = webhook.install(self.connection).await;
                    installed.map_err(not_installed)?;
                }
                Ok(())
            }
        };
        Ok(made?)
    }

    async fn irsa(&self, operation: &str, input: Value) -> Result<(), CallError> {
        self.client.irsa(operation, &input).await.map(drop)
    }

    fn registration(&self) -> Value {
        let wanted = self.wanted;
        let mut input = json!({
            "Name": wanted.name,
            "IssuerUrl": wanted.issuer.issuer,
            "Endpoint": wanted.server,
            "SharedIssuer": wanted.sharing == Sharing::Meant,
        });
        let optional = [
            ("CertificateAuthority", &wanted.authority),
            ("Version", &wanted.issuer.version),
        ];
        if let Some(members) = input.as_object_mut() {
            for (name, value) in optional {
                if let Some(value) = value {
                    members.insert(name.to_owned(), json!(value));
                }
            }
        }
        input
    }

    async fn create_provider(&self) -> Result<(), CallError> {
        let audiences = self.wanted.audiences;
        let names: Vec<String> = (1..=audiences.len())
            .map(|position| format!("ClientIDList.member.{position}"))
            .collect();
        let mut parameters = vec![("Url", self.wanted.issuer.issuer.as_str())];
        let names = names.iter().map(String::as_str);
        parameters.extend(names.zip(audiences.iter().map(String::as_str)));
        let action = "CreateOpenIDConnectProvider";
        let made = self.client.query(Service::Iam, action, &parameters).await;
        made.map(drop)
    }

    fn key_input(&self, keys: &Keys) -> Value {
        match keys {
            Keys::Published => json!({ "ProviderArn": self.arn }),
            Keys::PrivateCa(pem) => {
                json!({ "ProviderArn": self.arn, "CertificateAuthority": pem })
            }
            Keys::Pinned => json!({
                "ProviderArn": self.arn,
                "IssuerUrl": self.wanted.issuer.issuer,
                "KeySet": self.wanted.issuer.key_set,
            }),
        }
    }

    fn tell(&self, items: &[Item], doing: Doing, next: &str) {
        let steps: Vec<Value> = items
            .iter()
            .map(|item| {
                json!({ "What": item.what, "Detail": item.detail, "State": state(item, doing) })
            })
            .collect();
        let value = json!({
            "Name": self.wanted.name,
            "IssuerUrl": self.wanted.issuer.issuer,
            "ProviderArn": self.arn,
            "KeyIds": self.wanted.issuer.key_ids,
            "Steps": steps,
            "Next": next,
        });
        self.setting.output.result(&value, || {
            let mut table = Table::new(&["WHAT", "STATE", "DETAIL"]);
            for item in items {
                let state = state(item, doing).to_owned();
                table.row(&[item.what.to_owned(), state, item.detail.clone()]);
            }
            table.render()
        });
        if let Doing::Done = doing {
            self.setting.output.note(format_args!("next: {next}"));
        }
    }

    fn note_left_out(&self, scope: Scope) {
        if scope == Scope::Aws {
            self.setting.output.note(
                "left out, as AWS has no place for it: the cluster's name for `aws eks \
                 describe-cluster`, pinned keys",
            );
        }
    }
}

/// The command that a user of a fresh cluster runs next.
fn next(args: &ClusterAddArgs, scope: Scope) -> String {
    let context = args.kubernetes.context.as_deref();
    let context = context.map(|name| format!(" --context {}", Escaped(name)));
    let consent = match scope {
        Scope::Aws => " --yes",
        Scope::Irsa => "",
    };
    format!(
        "irsa serviceaccount create NAMESPACE/NAME --attach-policy-arn ARN{}{consent}",
        context.unwrap_or_default()
    )
}

fn state(item: &Item, doing: Doing) -> &'static str {
    match (&item.change, doing) {
        (None, _) => "already so",
        (Some(Change::Register), Doing::Planned) => "would be registered",
        (Some(Change::Register), Doing::Done) => "registered",
        (Some(Change::CreateProvider), Doing::Planned) => "would be created",
        (Some(Change::CreateProvider), Doing::Done) => "created",
        (Some(Change::AddAudience(_)), Doing::Planned) => "would be added",
        (Some(Change::AddAudience(_)), Doing::Done) => "added",
        (Some(Change::SetKeys(_)), Doing::Planned) => "would be set",
        (Some(Change::SetKeys(_)), Doing::Done) => "set",
        (Some(Change::Enable), Doing::Planned) => "would be enabled",
        (Some(Change::Enable), Doing::Done) => "enabled",
        (Some(Change::InstallWebhook), Doing::Planned) => "would be installed",
        (Some(Change::InstallWebhook), Doing::Done) => "installed",
    }
}
