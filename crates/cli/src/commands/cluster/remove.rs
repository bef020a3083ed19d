//! `irsa cluster remove`

use std::io::{IsTerminal, Write};

use base::Escaped;
use serde_json::{Value, json};

use super::dependents::Dependents;
use super::registered::{get, trust};
use super::webhook::{InstalledWebhook, check_meant, removal_commands};
use crate::args::ClusterRemoveArgs;
use crate::client::{Client, Service};
use crate::commands::Setting;
use crate::commands::members::text;
use crate::commands::target::announce;
use crate::failure::Failure;
use crate::output::Table;

/// A step, in the order they are taken: first nobody new comes in, then what is left is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Disable,
    DeleteProvider,
    /// Before the cluster's name goes, by which the same command finds it again.
    UninstallWebhook,
    Deregister,
}

/// Shows what depends on the cluster, then takes it away.
pub(super) async fn run(
    args: &ClusterRemoveArgs,
    client: &Client,
    setting: &Setting,
) -> Result<(), Failure> {
    check_meant(args)?;
    let cluster = get(client, &args.name).await?;
    let target = announce(client, setting.output).await?;
    let arn = text(&cluster, "ProviderArn");
    let trust = trust(client, arn).await?;
    let dependents = Dependents::of(client, arn).await?;
    setting.output.note(format_args!(
        "cluster {}, issuer {}",
        args.name,
        Escaped(text(&cluster, "IssuerUrl"))
    ));
    dependents.tell(setting.output);
    let shared = shared_with(&cluster);
    if !shared.is_empty() {
        setting.output.note(format_args!(
            "its provider stays: it is also that of {}",
            Escaped(&shared.join(", "))
        ));
    }
    let is_enabled = trust
        .as_ref()
        .map(|trust| text(trust, "Status") == "ENABLED");
    let mut steps = steps(args, is_enabled, &shared)?;
    let webhook = InstalledWebhook::find(args, &cluster, setting).await?;
    if webhook
        .as_ref()
        .is_none_or(|webhook| webhook.objects() == 0)
    {
        steps.retain(|step| *step != Step::UninstallWebhook);
    }
    let removing = Removing {
        client,
        name: args.name.as_str(),
        arn,
        webhook: webhook.as_ref(),
    };
    if args.dry_run {
        let told = steps.iter().map(|step| (*step, "would be"));
        removing.tell(told, &dependents, setting);
        return Ok(());
    }
    if !args.yes {
        confirm(args.name.as_str(), &target.account)?;
    }
    for (position, step) in steps.iter().enumerate() {
        if let Err(error) = removing.take(*step).await {
            let done: Vec<&str> = steps
                .iter()
                .take(position)
                .map(|step| step.done())
                .collect();
            setting.output.note(match done.as_slice() {
                [] => "nothing was changed".to_owned(),
                done => format!(
                    "done before the failure: {}; the same command again does the rest",
                    done.join(", ")
                ),
            });
            return Err(error);
        }
    }
    removing.tell(steps.iter().map(|step| (*step, "")), &dependents, setting);
    if !args.webhook && !args.disable_only {
        note_webhook(setting)?;
    }
    Ok(())
}

/// Its name is gone, and with it the way that finds the cluster again.
fn note_webhook(setting: &Setting) -> Result<(), Failure> {
    setting.output.note(
        "nothing was changed in the cluster: where `irsa cluster add --webhook` installed the \
         webhook, it still runs; take it away, its configuration first, with",
    );
    for command in removal_commands()? {
        setting.output.note(format_args!("    {command}"));
    }
    Ok(())
}

/// `is_enabled` is of the provider, if there is one.
fn steps(
    args: &ClusterRemoveArgs,
    is_enabled: Option<bool>,
    shared: &[&str],
) -> Result<Vec<Step>, Failure> {
    let stays = args.keep_provider || !shared.is_empty();
    if args.disable_only {
        return match is_enabled {
            _ if stays => Err(Failure::failed(
                "the provider is another cluster's too, and cannot be disabled for this one alone",
            )),
            Some(true) => Ok(vec![Step::Disable]),
            Some(false) | None => Ok(Vec::new()),
        };
    }
    let mut steps = Vec::new();
    match is_enabled {
        Some(enabled) if !stays => {
            steps.extend(enabled.then_some(Step::Disable));
            steps.push(Step::DeleteProvider);
        }
        Some(_) | None => {}
    }
    steps.extend(args.webhook.then_some(Step::UninstallWebhook));
    steps.push(Step::Deregister);
    Ok(steps)
}

fn shared_with(cluster: &Value) -> Vec<&str> {
    let others = cluster.get("SharedWith").and_then(Value::as_array);
    others
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

impl Step {
    fn what(self) -> &'static str {
        match self {
            Step::Disable | Step::DeleteProvider => "provider",
            Step::UninstallWebhook => "webhook",
            Step::Deregister => "cluster",
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Step::Disable => "disabled",
            Step::DeleteProvider => "deleted",
            Step::UninstallWebhook => "uninstalled",
            Step::Deregister => "deregistered",
        }
    }

    fn done(self) -> &'static str {
        match self {
            Step::Disable => "the provider is disabled",
            Step::DeleteProvider => "the provider is deleted",
            Step::UninstallWebhook => "the webhook is uninstalled",
            Step::Deregister => "the cluster is deregistered",
        }
    }
}

struct Removing<'a> {
    client: &'a Client,
    name: &'a str,
    arn: &'a str,
    webhook: Option<&'a InstalledWebhook>,
}

impl Removing<'_> {
    async fn take(&self, step: Step) -> Result<(), Failure> {
        match step {
            Step::Disable => {
                let input = json!({ "ProviderArn": self.arn });
                self.client.irsa("DisableProvider", &input).await?;
            }
            Step::DeleteProvider => {
                let parameters = [("OpenIDConnectProviderArn", self.arn)];
                let action = "DeleteOpenIDConnectProvider";
                self.client.query(Service::Iam, action, &parameters).await?;
            }
            Step::UninstallWebhook => {
                if let Some(webhook) = self.webhook {
                    webhook.uninstall().await?;
                }
            }
            Step::Deregister => {
                let input = json!({ "Name": self.name });
                self.client.irsa("DeregisterCluster", &input).await?;
            }
        }
        Ok(())
    }

    fn detail(&self, step: Step) -> String {
        match step {
            Step::Disable | Step::DeleteProvider => self.arn.to_owned(),
            Step::UninstallWebhook => {
                let objects = self
                    .webhook
                    .map(InstalledWebhook::objects)
                    .unwrap_or_default();
                format!("{objects} objects; the namespace irsa-system stays")
            }
            Step::Deregister => self.name.to_owned(),
        }
    }

    fn tell(
        &self,
        steps: impl Iterator<Item = (Step, &'static str)>,
        dependents: &Dependents,
        setting: &Setting,
    ) {
        let steps: Vec<[String; 3]> = steps
            .map(|(step, would)| {
                let state = format!("{would} {}", step.verb()).trim_start().to_owned();
                [step.what().to_owned(), state, self.detail(step)]
            })
            .collect();
        let told: Vec<Value> = steps
            .iter()
            .map(|[what, state, detail]| json!({ "What": what, "State": state, "Detail": detail }))
            .collect();
        let value = json!({
            "Name": self.name,
            "ProviderArn": self.arn,
            "Dependents": dependents.value(),
            "Steps": told,
        });
        setting.output.result(&value, || {
            if steps.is_empty() {
                return "already so".to_owned();
            }
            let mut table = Table::new(&["WHAT", "STATE", "DETAIL"]);
            for row in &steps {
                table.row(row);
            }
            table.render()
        });
    }
}

/// Asks on the terminal for the cluster's name; without a terminal nothing is removed.
fn confirm(name: &str, account: &str) -> Result<(), Failure> {
    let refused =
        |what: &str| Failure::failed(what).help(format!("irsa cluster remove {name} --yes"));
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(refused(
            "removing a cluster needs --yes when nobody can be asked; nothing was changed",
        ));
    }
    let _ = write!(
        anstream::stderr(),
        "Its pods get no identity any more. Type the cluster's name to remove it from account {}: ",
        Escaped(account)
    );
    let mut typed = String::new();
    match std::io::stdin().read_line(&mut typed) {
        Ok(_) if typed.trim() == name => Ok(()),
        _ => Err(refused("nothing was changed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::KubernetesArgs;

    fn args(disable_only: bool, keep_provider: bool) -> ClusterRemoveArgs {
        ClusterRemoveArgs {
            name: "demo".parse().unwrap(),
            disable_only,
            keep_provider,
            webhook: false,
            dry_run: false,
            yes: true,
            kubernetes: KubernetesArgs::default(),
        }
    }

    fn with_webhook(keep_provider: bool) -> ClusterRemoveArgs {
        ClusterRemoveArgs {
            webhook: true,
            ..args(false, keep_provider)
        }
    }

    #[test]
    fn nobody_new_comes_in_before_anything_is_deleted() {
        use Step::{DeleteProvider, Deregister, Disable, UninstallWebhook};
        for (args, is_enabled, shared, expected) in [
            (
                args(false, false),
                Some(true),
                &[][..],
                Some(vec![Disable, DeleteProvider, Deregister]),
            ),
            (
                args(false, false),
                Some(false),
                &[],
                Some(vec![DeleteProvider, Deregister]),
            ),
            (args(false, false), None, &[], Some(vec![Deregister])),
            (
                args(false, false),
                Some(true),
                &["r/other"],
                Some(vec![Deregister]),
            ),
            (args(false, true), Some(true), &[], Some(vec![Deregister])),
            (
                with_webhook(false),
                Some(true),
                &[],
                Some(vec![Disable, DeleteProvider, UninstallWebhook, Deregister]),
            ),
            (
                with_webhook(true),
                Some(true),
                &[],
                Some(vec![UninstallWebhook, Deregister]),
            ),
            (args(true, false), Some(true), &[], Some(vec![Disable])),
            (args(true, false), Some(false), &[], Some(vec![])),
            (args(true, false), Some(true), &["r/other"], None),
        ] {
            assert_eq!(steps(&args, is_enabled, shared).ok(), expected);
        }
    }
}
