//! `irsa token create`

use base::{Escaped, Secret, Timestamp};
use serde_json::{Value, json};

use super::Setting;
use super::target::announce;
use crate::args::TokenCreateArgs;
use crate::client::{CallError, Client};
use crate::failure::Failure;
use crate::output::{Format, timestamp};
use crate::process::write_private;
use crate::values::{Lifetime, ServiceAccount};

/// What a token is to say.
pub(super) struct TokenRequest<'a> {
    pub(super) issuer: &'a str,
    pub(super) service_account: &'a ServiceAccount,
    pub(super) audiences: &'a [String],
    pub(super) duration: Lifetime,
    pub(super) pod: Option<&'a str>,
    pub(super) node: Option<&'a str>,
}

/// A token, and until when it is good.
pub(super) struct IssuedToken {
    pub(super) text: Secret<String>,
    pub(super) expires_at: Timestamp,
    pub(super) subject: String,
}

/// Has a token made and writes it to stdout or to a file, there without a newline at its end:
/// clients take the file's content as it is.
pub(super) async fn run(args: TokenCreateArgs, setting: &Setting) -> Result<(), Failure> {
    let client = setting.client()?;
    announce(&client, setting.output).await?;
    let request = TokenRequest {
        issuer: &args.issuer,
        service_account: &args.service_account,
        audiences: &args.audience,
        duration: args.duration,
        pod: args.pod.as_deref(),
        node: args.node.as_deref(),
    };
    let token = request_token(&client, &request).await?;
    let mut value = json!({
        "Subject": token.subject,
        "Audiences": args.audience,
        "ExpiresAt": token.expires_at,
    });
    let Some(file) = &args.output_file else {
        if let Some(members) = value.as_object_mut() {
            members.insert("Token".into(), json!(token.text.expose()));
        }
        setting
            .output
            .result(&value, || token.text.expose().clone());
        return Ok(());
    };
    write_private(file, token.text.expose().as_bytes())
        .map_err(|error| Failure::failed(format!("cannot write `{}`: {error}", file.display())))?;
    let said = format!(
        "token for {} written to {}, good until {}",
        Escaped(&token.subject),
        file.display(),
        token.expires_at
    );
    match setting.output.format() {
        // The result is the file.
        Format::Table => setting.output.note(said),
        Format::Json | Format::Yaml | Format::Sarif | Format::Junit => {
            if let Some(members) = value.as_object_mut() {
                members.insert("File".into(), json!(file.display().to_string()));
            }
            setting.output.result(&value, || said);
        }
    }
    Ok(())
}

/// Asks the server for a token.
pub(super) async fn request_token(
    client: &Client,
    request: &TokenRequest<'_>,
) -> Result<IssuedToken, CallError> {
    let mut input = json!({
        "Issuer": request.issuer,
        "Namespace": request.service_account.namespace(),
        "ServiceAccount": request.service_account.name(),
        "Audiences": request.audiences,
        "DurationSeconds": request.duration.as_secs(),
    });
    if let Some(members) = input.as_object_mut() {
        for (name, value) in [("PodName", request.pod), ("NodeName", request.node)] {
            if let Some(value) = value {
                members.insert(name.into(), json!(value));
            }
        }
    }
    let answer = client.irsa("CreateToken", &input).await?;
    read_token(&answer).ok_or_else(|| CallError::Unmade("the answer holds no token".into()))
}

fn read_token(answer: &Value) -> Option<IssuedToken> {
    Some(IssuedToken {
        text: Secret::new(answer.get("Token")?.as_str()?.to_owned()),
        expires_at: timestamp(answer.get("ExpiresAt")?.as_f64()?)?,
        subject: answer.get("Subject")?.as_str()?.to_owned(),
    })
}
