//! `irsa serviceaccount create NAMESPACE/NAME`

use std::collections::BTreeMap;

use base::Escaped;
use cluster::{AccountState, Accounts, Connection, discover};
use serde_json::{Value, json};

use super::cluster_half::Differing;
use super::iam_half::ForeignRole;
use super::manifest::manifest;
use super::plan::{Plan, cluster_part, iam_part};
use super::role_name::role_name;
use super::target::iam_target;
use super::terraform;
use super::wanted::{DEFAULT_AUDIENCE, RoleWanted, Wanted};
use crate::args::{PrintForm, ServiceAccountCreateArgs};
use crate::client::Client;
use crate::commands::Setting;
use crate::commands::policy_file::read_identity_policy;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Table, to_yaml};
use crate::values::ServiceAccount;

/// How many pods are named.
const MAX_PODS_NAMED: usize = 3;

/// Gives a ServiceAccount its role, as far as it has it not.
pub(super) async fn run(args: &ServiceAccountCreateArgs, setting: &Setting) -> Result<(), Failure> {
    check(args, setting)?;
    let client = setting.client_or_aws()?;
    let cluster = open_cluster(args).await?;
    let account = account(args, cluster.as_ref())?;
    if let Some(form) = args.print {
        let wanted = wanted(args, account, None, cluster.as_ref(), &client).await?;
        return print(form, args, &wanted, &client, setting).await;
    }
    let found = match cluster.as_ref().filter(|_| !args.role_only) {
        Some(connection) => accounts(connection, &account).find().await?,
        None => None,
    };
    let wanted = wanted(args, account, found.as_ref(), cluster.as_ref(), &client).await?;
    let (role_arn, iam) = match &args.attach_role_arn {
        Some(arn) => (arn.to_string(), None),
        None => iam_part(&wanted, foreign(args), &client, setting)
            .await
            .map(|(arn, part)| (arn, Some(part)))?,
    };
    let mut annotations = annotations(args, &wanted);
    annotations.insert(annotation(args, "role-arn"), role_arn.clone());
    let annotations = (annotations, differing(args));
    let cluster = match cluster.as_ref().filter(|_| !args.role_only) {
        Some(connection) => {
            let found = found.as_ref();
            Some(cluster_part(&wanted.account, found, annotations, connection, setting).await?)
        }
        None => None,
    };
    let plan = Plan {
        role_arn,
        iam,
        cluster,
    };
    carry_out(args, &wanted, &plan, setting).await
}

fn foreign(args: &ServiceAccountCreateArgs) -> ForeignRole {
    if args.extend_trust {
        ForeignRole::Extend
    } else {
        ForeignRole::Refuse
    }
}

fn differing(args: &ServiceAccountCreateArgs) -> Differing {
    if args.replace {
        Differing::Replace
    } else {
        Differing::Refuse
    }
}

fn check(args: &ServiceAccountCreateArgs, setting: &Setting) -> Result<(), Failure> {
    if args.print.is_some() && setting.output.format() != Format::Table {
        return Err(Failure::usage(
            "`--print` has a form of its own; leave out `-o`",
        ));
    }
    if args.role_only && args.print == Some(PrintForm::Yaml) {
        let what = "`--print yaml` prints the ServiceAccount, which `--role-only` leaves out";
        return Err(Failure::usage(what));
    }
    let path = &args.role_path;
    let has_slashes = path.starts_with('/') && path.ends_with('/');
    if !has_slashes || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::usage("`--role-path` must begin and end with `/`"));
    }
    Ok(())
}

/// The cluster, unless it is not needed at all.
async fn open_cluster(args: &ServiceAccountCreateArgs) -> Result<Option<Connection>, Failure> {
    let says_issuer = args.issuer.is_some() || args.issuer_url.is_some();
    let needs_issuer = !says_issuer && args.attach_role_arn.is_none();
    let changes_it = !args.role_only && args.print.is_none();
    if needs_issuer || changes_it {
        return Ok(Some(Connection::open(&args.kubernetes.target()).await?));
    }
    Ok(None)
}

fn account(
    args: &ServiceAccountCreateArgs,
    cluster: Option<&Connection>,
) -> Result<ServiceAccount, Failure> {
    let flag = args.kubernetes.namespace.as_deref();
    let fallback = cluster.map(Connection::namespace);
    let namespace = args.account.namespace(flag, fallback);
    let namespace = namespace.map_err(|error| Failure::usage(error.to_string()))?;
    let account = ServiceAccount::new(&namespace, args.account.name());
    account.map_err(|error| Failure::usage(error.to_string()))
}

fn accounts<'a>(connection: &'a Connection, account: &'a ServiceAccount) -> Accounts<'a> {
    Accounts::named(connection, account.namespace(), account.name())
}

async fn wanted(
    args: &ServiceAccountCreateArgs,
    account: ServiceAccount,
    found: Option<&AccountState>,
    cluster: Option<&Connection>,
    client: &Client,
) -> Result<Wanted, Failure> {
    let inline = args.policy_document.as_deref().map(read_identity_policy);
    let role = RoleWanted {
        name: args
            .role_name
            .clone()
            .unwrap_or_else(|| role_name(&account)),
        path: args.role_path.clone(),
        boundary: args.permissions_boundary.as_ref().map(ToString::to_string),
        tags: args.tag.clone(),
        policies: args
            .attach_policy_arn
            .iter()
            .map(ToString::to_string)
            .collect(),
        inline: inline.transpose()?,
    };
    let annotated = found.and_then(|found| found.annotations.get(&annotation(args, "audience")));
    let audience = args.audience.as_ref().or(annotated);
    Ok(Wanted {
        account,
        issuer: issuer(args, cluster, client).await?,
        audience: audience.map_or(DEFAULT_AUDIENCE, String::as_str).to_owned(),
        role,
    })
}

/// Empty where only an annotation is asked for, which needs none.
async fn issuer(
    args: &ServiceAccountCreateArgs,
    cluster: Option<&Connection>,
    client: &Client,
) -> Result<String, Failure> {
    if let Some(url) = &args.issuer_url {
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err(Failure::usage("`--issuer-url` must begin with https://"));
        }
        return Ok(url.clone());
    }
    if let Some(name) = &args.issuer {
        let answer = client.irsa("GetIssuer", &json!({ "Name": name })).await;
        let answer = answer.map_err(|error| Failure::from(error).help("irsa issuer list"))?;
        let url = answer.pointer("/Issuer/Url").and_then(Value::as_str);
        return Ok(url.unwrap_or_default().to_owned());
    }
    match cluster {
        Some(connection) if args.attach_role_arn.is_none() => {
            Ok(discover(connection).await?.issuer)
        }
        Some(_) | None => Ok(String::new()),
    }
}

fn annotation(args: &ServiceAccountCreateArgs, name: &str) -> String {
    format!("{}/{name}", args.annotation_prefix)
}

/// All but the role's ARN.
fn annotations(args: &ServiceAccountCreateArgs, wanted: &Wanted) -> BTreeMap<String, String> {
    let mut annotations = BTreeMap::new();
    if args.audience.is_some() || wanted.audience != DEFAULT_AUDIENCE {
        annotations.insert(annotation(args, "audience"), wanted.audience.clone());
    }
    if let Some(seconds) = args.token_expiration {
        annotations.insert(annotation(args, "token-expiration"), seconds.to_string());
    }
    if let Some(regional) = args.sts_regional_endpoints {
        annotations.insert(
            annotation(args, "sts-regional-endpoints"),
            regional.to_string(),
        );
    }
    annotations
}

async fn print(
    form: PrintForm,
    args: &ServiceAccountCreateArgs,
    wanted: &Wanted,
    client: &Client,
    setting: &Setting,
) -> Result<(), Failure> {
    let mut others = annotations(args, wanted);
    let role_annotation = annotation(args, "role-arn");
    let text = match (form, &args.attach_role_arn) {
        (PrintForm::Yaml, attached) => {
            let arn = match attached {
                Some(arn) => arn.to_string(),
                None => wanted.role_arn(iam_target(client, setting).await?.home),
            };
            others.insert(role_annotation, arn);
            to_yaml(&manifest(&wanted.account, &others))
        }
        (PrintForm::Terraform, Some(arn)) => {
            let role = terraform::quoted(arn.as_str());
            terraform::account_resource(&wanted.account, (&role_annotation, &role), &others)
        }
        (PrintForm::Terraform, None) => {
            let mut text = terraform::role_resources(wanted);
            if !args.role_only {
                let role = terraform::role_reference(&wanted.account);
                let role = (role_annotation.as_str(), role.as_str());
                text.push('\n');
                text.push_str(&terraform::account_resource(&wanted.account, role, &others));
            }
            text
        }
    };
    setting.output.result(&Value::Null, || text);
    Ok(())
}

async fn carry_out(
    args: &ServiceAccountCreateArgs,
    wanted: &Wanted,
    plan: &Plan<'_>,
    setting: &Setting,
) -> Result<(), Failure> {
    let texts = plan.texts(&wanted.account);
    let is_refused = plan.changes_aws() && !args.yes;
    if args.dry_run || (is_refused && !texts.is_empty()) {
        for text in &texts {
            setting.output.note(format_args!("would {text}"));
        }
    } else {
        plan.make(&wanted.account, setting).await?;
    }
    if is_refused && !args.dry_run {
        let what = "this is a real AWS account, and nothing was changed";
        return Err(Failure::new(Exit::Failed, what).help("do it with --yes; --dry-run only tells"));
    }
    if texts.is_empty() {
        setting.output.note("nothing is to be changed");
    }
    let pods = plan.cluster.as_ref().map_or(&[][..], |part| &part.pods);
    note_pods(pods, &wanted.account, setting);
    let applied = !args.dry_run;
    let value = result(wanted, plan, &texts, applied);
    setting.output.result(&value, || facts(&value));
    Ok(())
}

fn note_pods(pods: &[String], account: &ServiceAccount, setting: &Setting) {
    if pods.is_empty() {
        return;
    }
    let mut named: Vec<String> = pods
        .iter()
        .take(MAX_PODS_NAMED)
        .map(|name| Escaped(name).to_string())
        .collect();
    if pods.len() > named.len() {
        named.push("…".to_owned());
    }
    setting.output.note(format_args!(
        "{} running as {account} ({}) keep what they have until they are replaced: \
         kubectl rollout restart -n {}",
        if pods.len() == 1 { "a pod" } else { "pods" },
        named.join(", "),
        account.namespace(),
    ));
}

fn result(wanted: &Wanted, plan: &Plan<'_>, texts: &[String], applied: bool) -> Value {
    let mut value = json!({
        "ServiceAccount": wanted.account.to_string(),
        "RoleArn": plan.role_arn,
    });
    if let (Some(members), Some(part)) = (value.as_object_mut(), &plan.iam) {
        let provider = wanted.provider_arn(part.half.home);
        members.insert("ProviderArn".into(), json!(provider));
        members.insert("Issuer".into(), json!(wanted.issuer));
        members.insert("Audience".into(), json!(wanted.audience));
    }
    if let Some(members) = value.as_object_mut() {
        members.insert("Changes".into(), json!(texts));
        members.insert("Applied".into(), json!(applied));
    }
    value
}

fn facts(value: &Value) -> String {
    let names = [
        "ServiceAccount",
        "RoleArn",
        "ProviderArn",
        "Issuer",
        "Audience",
    ];
    Table::facts(names.into_iter().filter_map(|name| {
        let shown = value.get(name)?.as_str()?;
        Some((name, shown.to_owned()))
    }))
}
