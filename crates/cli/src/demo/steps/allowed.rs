//! The pod's way: token, temporary credentials, secret.

use serde_json::json;

use crate::client::{Client, Service};
use crate::demo::check::{same, text};
use crate::demo::stage::{Session, Stage};
use crate::demo::step::Shown;
use crate::demo::wrong::Wrong;

/// What access key ids of sessions begin with (IAM User Guide, "IAM identifiers").
const SESSION_KEY: &str = "ASIA";

pub(super) async fn take(stage: &mut Stage) -> Result<Shown, Wrong> {
    let pod = stage.pod(stage.token_file()?)?;
    let access_key_id = assume_role(&pod).await?;
    let caller = pod.query(Service::Sts, "GetCallerIdentity", &[]).await?;
    let caller_arn = caller
        .text_at(&["Arn"])
        .ok_or(Wrong::Absent("caller's ARN"))?
        .to_owned();

    let secret = &stage.chain()?.secret;
    let asked = json!({ "SecretId": secret.name });
    let answer = pod
        .json(Service::SecretsManager, "GetSecretValue", &asked)
        .await?;
    let value = text(&answer, "/SecretString", "value of the secret")?;
    same("the secret's value", &secret.value, value)?;

    let detail = format!(
        "AssumeRoleWithWebIdentity, then GetSecretValue returns `{}`",
        secret.name
    );
    let facts = format!("caller  {caller_arn}\nkey     {access_key_id}\nsecret  {value}\n");
    let shown = Shown::new(detail)
        .sight("temporary credentials, and what they open", facts)
        .with("callerArn", caller_arn.as_str())
        .with("accessKeyId", access_key_id.as_str())
        .with("secretId", secret.name)
        .with("secretString", value);
    stage.session = Some(Session {
        pod,
        access_key_id,
        caller_arn,
    });
    Ok(shown)
}

/// Trades the token for temporary credentials, as every SDK does. Gives their access key id.
async fn assume_role(pod: &Client) -> Result<String, Wrong> {
    let credentials = pod.credentials().await?;
    let id = &credentials.access_key_id;
    same(
        "the start of the access key id",
        SESSION_KEY,
        id.get(..SESSION_KEY.len()).unwrap_or(id),
    )?;
    match &credentials.session_token {
        Some(token) if !token.expose().is_empty() => Ok(id.clone()),
        Some(_) | None => Err(Wrong::Absent("session token")),
    }
}
