//! `irsa provider …`

use base::{Escaped, Secret, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cluster::{ApiServer, ApiServerAt, Credential, NoAnswer, TokenReviewClients};
use serde_json::{Value, json};

use super::Setting;
use super::members::{insert, text};
use super::target::announce;
use crate::args::{ProviderCommand, ProviderSetArgs};
use crate::client::{Client, Service};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, Table, timestamp};

/// No token; what the cluster says of it does not matter, only that it says something.
const PROBE: &str = "irsa-asks-whether-it-may-ask";
/// WHY: only the server could try it, and nobody gets a session when it cannot.
const OWN_POD_NEEDS: &str = "the server's ServiceAccount must be allowed to create tokenreviews, or \
                             nobody gets a session: helm upgrade … --set server.tokenReview.enabled=true";

/// Runs a command on providers.
pub(super) async fn run(command: ProviderCommand, setting: &Setting) -> Result<(), Failure> {
    let client = setting.client()?;
    match command {
        ProviderCommand::List => list(&client, setting).await,
        ProviderCommand::Show(args) => {
            let provider = trust(&client, &args.arn).await?;
            setting.output.result(&provider, || facts(&provider));
            Ok(())
        }
        ProviderCommand::Set(args) => set(&args, &client, setting).await,
    }
}

async fn list(client: &Client, setting: &Setting) -> Result<(), Failure> {
    let listed = client.query(Service::Iam, "ListOpenIDConnectProviders", &[]);
    let listed = listed.await?;
    let mut providers = Vec::new();
    let members = listed.child("OpenIDConnectProviderList");
    for member in members.map_or(&[][..], |list| list.children()) {
        if let Some(arn) = member.text_at(&["Arn"]) {
            providers.push(trust(client, arn).await?);
        }
    }
    let mut table = Table::new(&["ARN", "STATUS", "KEYS", "TOKEN REVIEW"]);
    for provider in &providers {
        table.row(&[
            text(provider, "Arn").to_owned(),
            text(provider, "Status").to_owned(),
            text(provider, "KeySource").to_owned(),
            reviewed_by(provider),
        ]);
    }
    if providers.is_empty() {
        let create = "aws iam create-open-id-connect-provider --url URL --client-id-list AUDIENCE";
        setting.output.note(format_args!(
            "there are no providers; make one with: {create}"
        ));
    }
    let any = !providers.is_empty();
    let value = json!({ "Providers": providers });
    setting
        .output
        .result(&value, || if any { table.render() } else { String::new() });
    Ok(())
}

async fn trust(client: &Client, arn: &str) -> Result<Value, Failure> {
    let input = json!({ "ProviderArn": arn });
    match client.irsa("GetProviderTrust", &input).await {
        Ok(answer) => Ok(provider_of(&answer)),
        Err(error) => {
            let unknown = error.has_code("ProviderNotFoundException");
            let failure = Failure::from(error);
            Err(if unknown {
                failure.help("irsa provider list")
            } else {
                failure
            })
        }
    }
}

async fn set(args: &ProviderSetArgs, client: &Client, setting: &Setting) -> Result<(), Failure> {
    let mut input = json!({ "ProviderArn": args.arn });
    let operation = match (args.token_review, args.no_token_review) {
        (false, true) => "UnsetProviderTokenReview",
        (true, false) if args.in_cluster => {
            insert(&mut input, "OwnPod", json!(true));
            "SetProviderTokenReview"
        }
        (true, false) => {
            let server = api_server(args, setting).await?;
            add_server(&mut input, &server, args.api_server.as_deref());
            "SetProviderTokenReview"
        }
        (true, true) | (false, false) => {
            return Err(Failure::usage("either --token-review or --no-token-review"));
        }
    };
    announce(client, setting.output).await?;
    let answer = client.irsa(operation, &input).await?;
    let provider = provider_of(&answer);
    setting.output.result(&provider, || facts(&provider));
    if args.in_cluster {
        setting.output.note(OWN_POD_NEEDS);
    }
    Ok(())
}

/// What the kubeconfig names, once it has answered.
async fn api_server(args: &ProviderSetArgs, setting: &Setting) -> Result<ApiServerAt, Failure> {
    let token = args.token_file.as_deref().map(|path| {
        let token = std::fs::read_to_string(path).map_err(|error| {
            Failure::failed(format!("cannot read `{}`: {error}", path.display()))
        })?;
        Ok::<_, Failure>(Secret::new(token.trim().to_owned()))
    });
    let target = args.kubernetes.target();
    let at = ApiServerAt::of_kubeconfig(&target, token.transpose()?).await?;
    tell_end(&at.credential, setting.output);
    let server = ApiServer::Named(Box::new(at.clone()));
    let asked = TokenReviewClients::default();
    match asked.ask([0; 32], &server, PROBE, &[]).await {
        Ok(_) => Ok(at),
        Err(error) => Err(no_answer(error, &at.url)),
    }
}

fn no_answer(error: NoAnswer, url: &str) -> Failure {
    let what = format!("the API server at {}: {error}", Escaped(url));
    match error {
        NoAnswer::Server(error) => error.into(),
        NoAnswer::Status(401, _) => Failure::new(Exit::NotAuthenticated, what)
            .help("kubectl auth whoami, with the same --kubeconfig, --context or token"),
        NoAnswer::Status(403, _) => Failure::new(Exit::Denied, what).help(
            "let it ask: kubectl create clusterrolebinding irsa-token-review \
             --clusterrole=system:auth-delegator --serviceaccount=NAMESPACE:NAME",
        ),
        NoAnswer::Transport(_) | NoAnswer::Deadline => Failure::new(Exit::Unreachable, what)
            .help("check --kubeconfig and --context: kubectl cluster-info"),
        NoAnswer::Status(..) | NoAnswer::Unreadable => Failure::failed(what),
    }
}

/// A token that ends takes every exchange with it.
fn tell_end(credential: &Credential, output: Output) {
    let end = match credential {
        Credential::BearerToken(token) => end_of(token.expose()),
        Credential::ClientCertificate { .. } => None,
    };
    if let Some(end) = end {
        output.note(format_args!(
            "the API server's token ends at {end}: set it anew before, or nobody gets a session"
        ));
    }
}

/// When a token ends, if it says so.
fn end_of(token: &str) -> Option<Timestamp> {
    let payload = token.split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    timestamp(claims.get("exp")?.as_f64()?)
}

fn add_server(input: &mut Value, at: &ApiServerAt, url: Option<&str>) {
    insert(input, "Server", json!(url.unwrap_or(&at.url)));
    if let Some(name) = &at.tls_server_name {
        insert(input, "TlsServerName", json!(name));
    }
    if let Some(pem) = &at.authority {
        insert(input, "CertificateAuthority", json!(pem));
    }
    match &at.credential {
        Credential::BearerToken(token) => insert(input, "BearerToken", json!(token.expose())),
        Credential::ClientCertificate { certificate, key } => {
            insert(input, "ClientCertificate", json!(certificate));
            insert(input, "ClientKey", json!(key.expose()));
        }
    }
}

fn facts(provider: &Value) -> String {
    let plain = ["Arn", "IssuerUrl", "Status", "KeySource"];
    let mut rows: Vec<(&str, String)> = plain
        .into_iter()
        .map(|name| (name, text(provider, name).to_owned()))
        .collect();
    if let Some(Value::Array(ids)) = provider.get("KeyIds") {
        let ids: Vec<&str> = ids.iter().filter_map(Value::as_str).collect();
        rows.push(("KeyIds", ids.join(", ")));
    }
    rows.push(("TokenReview", reviewed_by(provider)));
    Table::facts(rows)
}

/// Who is asked, and as whom.
fn reviewed_by(provider: &Value) -> String {
    let Some(review) = provider.get("TokenReview") else {
        return "no".to_owned();
    };
    let by = match text(review, "Credential") {
        "OWN_POD" => return "the server's own cluster, as its pod".to_owned(),
        "CLIENT_CERTIFICATE" => "with a client certificate",
        _ => "with a token",
    };
    format!("{}, {by}", text(review, "Server"))
}

fn provider_of(answer: &Value) -> Value {
    answer.get("Provider").cloned().unwrap_or_default()
}
