//! `irsa issuer …`

use std::io::{IsTerminal, Write};

use base::Escaped;
use serde_json::{Value, json};

use super::Setting;
use super::issuer_file_key;
use super::issuer_keys::{tables, write_out_times};
use super::issuer_publish;
use super::issuer_rotate;
use super::members::{insert, text};
use super::target::announce;
use crate::args::{
    IssuerCommand, IssuerCreateArgs, IssuerDeleteArgs, IssuerForgetSignerArgs, KeyHolder,
};
use crate::client::{CallError, Client, Service};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Table;

/// Runs a command on issuers.
pub(super) async fn run(command: IssuerCommand, setting: &Setting) -> Result<(), Failure> {
    let client = setting.client()?;
    match command {
        IssuerCommand::Create(args) => create(&args, &client, setting).await,
        IssuerCommand::List => list(&client, setting).await,
        IssuerCommand::Show(args) => {
            let issuer = get(&client, &args.name).await?;
            let shown = || facts(&issuer) + &tables(&issuer);
            setting.output.result(&issuer, shown);
            Ok(())
        }
        IssuerCommand::Rotate(args) => issuer_rotate::run(&args, setting).await,
        IssuerCommand::ForgetSigner(args) => forget_signer(&args, &client, setting).await,
        IssuerCommand::Delete(args) => delete(&args, &client, setting).await,
        IssuerCommand::ExportKey(args) => issuer_file_key::export(&args, &client, setting).await,
        IssuerCommand::ImportKey(args) => issuer_file_key::import(&args, &client, setting).await,
        IssuerCommand::Publish(args) => issuer_publish::run(&args, &client, setting).await,
        IssuerCommand::RemoveKey(args) => issuer_file_key::remove(&args, &client, setting).await,
    }
}

async fn create(
    args: &IssuerCreateArgs,
    client: &Client,
    setting: &Setting,
) -> Result<(), Failure> {
    announce(client, setting.output).await?;
    let mut input = json!({ "Name": args.name, "KeyAlgorithm": args.key_algorithm.as_str() });
    if args.key_holder != KeyHolder::Server {
        insert(&mut input, "KeyHolder", json!(args.key_holder.as_str()));
    }
    if let Some(url) = &args.url {
        insert(&mut input, "Url", json!(url));
    }
    let answer = client.irsa("CreateIssuer", &input).await?;
    let mut issuer = issuer_of(&answer);
    if args.register {
        let arn = register(args, &issuer, client).await.map_err(|error| {
            let again = "the issuer exists, its provider does not; register it with: \
                         aws iam create-open-id-connect-provider --url URL --client-id-list AUDIENCE";
            Failure::from(error).help(again)
        })?;
        insert(&mut issuer, "ProviderArn", json!(arn));
    }
    setting.output.result(&issuer, || facts(&issuer));
    if args.key_holder == KeyHolder::Signers {
        setting.output.note(format_args!(
            "next, on each API server's host: irsa signer --issuer {}",
            Escaped(&args.name)
        ));
    }
    Ok(())
}

/// Creates the IAM OIDC provider for the issuer; gives its ARN.
async fn register(
    args: &IssuerCreateArgs,
    issuer: &Value,
    client: &Client,
) -> Result<String, CallError> {
    let url = text(issuer, "Url");
    let names: Vec<String> = (1..=args.client_id.len())
        .map(|position| format!("ClientIDList.member.{position}"))
        .collect();
    let mut parameters = vec![("Url", url)];
    parameters.extend(
        names
            .iter()
            .map(String::as_str)
            .zip(args.client_id.iter().map(String::as_str)),
    );
    let action = "CreateOpenIDConnectProvider";
    let result = client.query(Service::Iam, action, &parameters).await?;
    let arn = result.text_at(&["OpenIDConnectProviderArn"]);
    Ok(arn.unwrap_or_default().to_owned())
}

async fn list(client: &Client, setting: &Setting) -> Result<(), Failure> {
    let mut issuers = Vec::new();
    let mut input = json!({});
    loop {
        let page = client.irsa("ListIssuers", &input).await?;
        if let Value::Array(more) = member(&page, "Issuers") {
            issuers.extend(more.into_iter().map(|mut issuer| {
                write_out_times(&mut issuer);
                issuer
            }));
        }
        match page.get("NextToken") {
            Some(Value::String(next)) => input = json!({ "NextToken": next }),
            _ => break,
        }
    }
    let mut table = Table::new(&["NAME", "ALGORITHM", "STATUS", "URL"]);
    for issuer in &issuers {
        let columns = ["Name", "KeyAlgorithm", "Status", "Url"];
        table.row(&columns.map(|name| text(issuer, name).to_owned()));
    }
    if issuers.is_empty() {
        setting
            .output
            .note("there are no issuers; make one with: irsa issuer create NAME --register");
    }
    let value = json!({ "Issuers": issuers });
    let any = !issuers_of(&value).is_empty();
    setting
        .output
        .result(&value, || if any { table.render() } else { String::new() });
    Ok(())
}

async fn get(client: &Client, name: &str) -> Result<Value, Failure> {
    match client.irsa("GetIssuer", &json!({ "Name": name })).await {
        Ok(answer) => Ok(issuer_of(&answer)),
        Err(error) => {
            let unknown = error.has_code("IssuerNotFoundException");
            let failure = Failure::from(error);
            Err(if unknown {
                failure.help("irsa issuer list")
            } else {
                failure
            })
        }
    }
}

async fn delete(
    args: &IssuerDeleteArgs,
    client: &Client,
    setting: &Setting,
) -> Result<(), Failure> {
    let issuer = get(client, &args.name).await?;
    let target = announce(client, setting.output).await?;
    let input = json!({ "Name": args.name });
    let dependents = client.irsa("ListIssuerDependents", &input).await?;
    show_dependents(&issuer, &dependents, setting);
    if !args.yes {
        confirm(&args.name, &target.account)?;
    }
    client.irsa("DeleteIssuer", &input).await?;
    let value = json!({ "Name": args.name, "Deleted": true });
    setting
        .output
        .result(&value, || format!("issuer {} deleted", Escaped(&args.name)));
    Ok(())
}

async fn forget_signer(
    args: &IssuerForgetSignerArgs,
    client: &Client,
    setting: &Setting,
) -> Result<(), Failure> {
    announce(client, setting.output).await?;
    let input = json!({ "Name": args.name, "Signer": args.signer, "AtOnce": args.at_once });
    client.irsa("ForgetSigner", &input).await?;
    let value = json!({ "Name": args.name, "Signer": args.signer, "Forgotten": true });
    setting.output.result(&value, || {
        format!(
            "the keys of the signer {} are published no more",
            Escaped(&args.signer)
        )
    });
    Ok(())
}

fn show_dependents(issuer: &Value, dependents: &Value, setting: &Setting) {
    let url = Escaped(text(issuer, "Url"));
    let mut any = false;
    for (member, what) in [("ProviderArns", "provider"), ("RoleArns", "role")] {
        let arns = dependents.get(member).and_then(Value::as_array);
        for arn in arns.into_iter().flatten().filter_map(Value::as_str) {
            any = true;
            setting
                .output
                .note(format_args!("{what} depends on {url}: {}", Escaped(arn)));
        }
    }
    if !any {
        setting
            .output
            .note(format_args!("no provider or role depends on {url}"));
    }
}

/// Asks on the terminal for the issuer's name; without a terminal nothing is deleted.
fn confirm(name: &str, account: &str) -> Result<(), Failure> {
    let refused = |what: &str| {
        Failure::new(Exit::Failed, what).help(format!("irsa issuer delete {name} --yes"))
    };
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(refused(
            "deleting an issuer needs --yes when nobody can be asked",
        ));
    }
    let _ = write!(
        anstream::stderr(),
        "Its keys are lost for good and its tokens end. Type the issuer's name to delete it from \
         account {}: ",
        Escaped(account)
    );
    let mut typed = String::new();
    let read = std::io::stdin().read_line(&mut typed);
    match read {
        Ok(_) if typed.trim() == name => Ok(()),
        _ => Err(refused("nothing was deleted")),
    }
}

fn facts(issuer: &Value) -> String {
    let names = [
        "Name",
        "Url",
        "KeyAlgorithm",
        "Status",
        "Arn",
        "JwksUri",
        "KeyHolder",
        "CreatedAt",
        "ProviderArn",
    ];
    Table::facts(names.into_iter().filter_map(|name| {
        let shown = match issuer.get(name)? {
            Value::String(text) => text.clone(),
            Value::Array(items) => items
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(", "),
            other => other.to_string(),
        };
        Some((name, shown))
    }))
}

fn issuer_of(answer: &Value) -> Value {
    let mut issuer = member(answer, "Issuer");
    write_out_times(&mut issuer);
    issuer
}

fn issuers_of(value: &Value) -> &[Value] {
    value
        .get("Issuers")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn member(answer: &Value, name: &str) -> Value {
    answer.get(name).cloned().unwrap_or_default()
}
