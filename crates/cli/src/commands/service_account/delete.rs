//! `irsa serviceaccount delete NAMESPACE/NAME`

use base::Escaped;
use cluster::{AccountState, Accounts, AnnotationChanges};
use serde_json::{Value, json};

use super::cluster_half::{self, ClusterChange};
use super::target::{iam_target, note_cluster};
use super::trust::statements;
use super::wanted::ACCOUNT_TAG;
use crate::args::ServiceAccountDeleteArgs;
use crate::client::{CallError, Client, Service};
use crate::commands::Setting;
use crate::commands::named_object;
use crate::commands::role_policies::Role;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::values::ServiceAccount;

/// The annotations that `create` writes.
const ANNOTATIONS: [&str; 4] = [
    "role-arn",
    "audience",
    "token-expiration",
    "sts-regional-endpoints",
];

/// Takes a ServiceAccount's role away: pods that start from now on get none, then the role goes.
pub(super) async fn run(args: &ServiceAccountDeleteArgs, setting: &Setting) -> Result<(), Failure> {
    let client = setting.client_or_aws()?;
    let (connection, namespace) = named_object::open(&args.kubernetes, &args.account).await?;
    let account = ServiceAccount::new(&namespace, args.account.name());
    let account = account.map_err(|error| Failure::usage(error.to_string()))?;
    let accounts = Accounts::named(&connection, account.namespace(), account.name());
    let found = accounts.find().await?.ok_or_else(|| {
        Failure::new(
            Exit::NotFound,
            format!("there is no ServiceAccount {account}"),
        )
    })?;
    iam_target(&client, setting).await?;
    note_cluster(&connection, setting);
    let role = own_role(args, &account, &found, &client, setting).await?;
    let change = change(args, &found);
    let name = (account.namespace(), account.name());
    let mut texts: Vec<String> = change
        .iter()
        .map(|change| cluster_half::text(change, name))
        .collect();
    texts.extend(
        role.iter()
            .map(|role| format!("delete the role {}", role.arn)),
    );
    show_pods(&accounts, &account, setting).await?;
    let applied = args.yes && !args.dry_run;
    for text in texts.iter().filter(|_| !applied) {
        setting.output.note(format_args!("would {text}"));
    }
    if !applied && !args.dry_run && !texts.is_empty() {
        return Err(Failure::failed("nothing was changed").help("do it with --yes"));
    }
    if applied {
        if let Some(change) = &change {
            cluster_half::make(change, &accounts, Some(&found)).await?;
            setting
                .output
                .note(format_args!("✓ {}", cluster_half::text(change, name)));
        }
        if let Some(role) = &role {
            delete_role(role, &client).await?;
            setting
                .output
                .note(format_args!("✓ delete the role {}", Escaped(&role.arn)));
        }
    }
    if texts.is_empty() {
        setting.output.note("nothing is to be changed");
    }
    let value = json!({
        "ServiceAccount": account.to_string(),
        "RoleArn": role.as_ref().map(|role| role.arn.clone()),
        "Changes": texts,
        "Applied": applied,
    });
    setting
        .output
        .result(&value, || match (value.get("RoleArn"), applied) {
            (Some(Value::String(arn)), true) => {
                format!("{account} has no role any more; {arn} is deleted")
            }
            (_, true) => format!("{account} has no role any more"),
            (_, false) => String::new(),
        });
    Ok(())
}

/// What becomes of the ServiceAccount: one that `create` made goes, any other loses its annotations.
fn change(args: &ServiceAccountDeleteArgs, found: &AccountState) -> Option<ClusterChange> {
    if found.is_ours {
        return Some(ClusterChange::DeleteAccount);
    }
    let names = ANNOTATIONS.map(|name| format!("{}/{name}", args.annotation_prefix));
    let there = names
        .into_iter()
        .filter(|name| found.annotations.contains_key(name));
    let changes: AnnotationChanges = there.map(|name| (name, None)).collect();
    (!changes.is_empty()).then_some(ClusterChange::Annotate(changes))
}

/// The annotated role, if `create` made it for this ServiceAccount and nobody else uses it.
async fn own_role(
    args: &ServiceAccountDeleteArgs,
    account: &ServiceAccount,
    found: &AccountState,
    client: &Client,
    setting: &Setting,
) -> Result<Option<Role>, Failure> {
    let name = format!("{}/role-arn", args.annotation_prefix);
    let Some(arn) = found.annotations.get(&name) else {
        return Ok(None);
    };
    let role = match Role::find(client, arn).await {
        Ok(role) => role,
        Err(failure) if failure.exit() == Exit::NotFound => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let is_made_for_it = role
        .tags
        .iter()
        .any(|tag| tag.key == ACCOUNT_TAG && tag.value == account.to_string());
    let kept = |why: &str| {
        let arn = Escaped(&role.arn);
        setting
            .output
            .note(format_args!("the role {arn} stays: {why}"));
        Ok(None)
    };
    if !is_made_for_it {
        return kept("it was not made for this ServiceAccount");
    }
    if statements(&role.trust) != 1 {
        return kept("its trust policy lets others in too");
    }
    Ok(Some(role))
}

async fn show_pods(
    accounts: &Accounts<'_>,
    account: &ServiceAccount,
    setting: &Setting,
) -> Result<(), Failure> {
    let pods = accounts.pods().await?;
    for pod in &pods {
        setting.output.note(format_args!(
            "the pod {}/{} runs with this identity and loses it",
            account.namespace(),
            Escaped(pod)
        ));
    }
    Ok(())
}

/// A role is deleted only when nothing is attached to it any more.
async fn delete_role(role: &Role, client: &Client) -> Result<(), CallError> {
    let name = ("RoleName", role.name.as_str());
    for arn in role.attached_arns(client).await? {
        let parameters = [name, ("PolicyArn", arn.as_str())];
        client
            .query(Service::Iam, "DetachRolePolicy", &parameters)
            .await?;
    }
    for policy in role.inline_names(client).await? {
        let parameters = [name, ("PolicyName", policy.as_str())];
        client
            .query(Service::Iam, "DeleteRolePolicy", &parameters)
            .await?;
    }
    client.query(Service::Iam, "DeleteRole", &[name]).await?;
    Ok(())
}
