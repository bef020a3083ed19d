//! The pod's token, in the file that the kubelet would write.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{AUDIENCE, ISSUER, NAMESPACE, TRUSTED, subject};
use crate::demo::check::{same, text};
use crate::demo::json_text::json_text;
use crate::demo::stage::Stage;
use crate::demo::step::Shown;
use crate::demo::wrong::Wrong;
use crate::process::write_private;

/// What the kubelet asks for when the pod does not say.
const DURATION_SECS: u64 = 3_600;

/// What the EKS webhook puts into a pod's containers (amazon-eks-pod-identity-webhook, handler.go).
const INJECTED: [&str; 5] = [
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
];

pub(super) async fn take(stage: &mut Stage) -> Result<Shown, Wrong> {
    stage.chain()?;
    let pod = format!("{TRUSTED}-7c9d5b8f4-x2x7k");
    let file = project(stage, TRUSTED, &pod).await?;
    let claims = checked(&file, TRUSTED, &pod)?;
    let (injected, added): (Vec<_>, Vec<_>) = stage
        .pod_variables(&file)?
        .into_iter()
        .partition(|(name, _)| INJECTED.contains(&name.as_str()));

    let detail = format!("a token for {NAMESPACE}/{TRUSTED}, pod {pod}, is written to a file");
    let shown = Shown::new(detail)
        .sight(format!("claims in {}", file.display()), json_text(&claims))
        .sight("environment that the EKS webhook injects", lines(&injected))
        .sight(
            "and what leads AWS clients to this server alone",
            lines(&added),
        )
        .with("tokenFile", file.display().to_string())
        .with("claims", claims)
        .with("environment", object(injected))
        .with("serverEnvironment", object(added));
    stage.token_file = Some(file);
    Ok(shown)
}

/// Has a token made for the pod and writes it to a file of its own.
pub(super) async fn project(
    stage: &Stage,
    service_account: &str,
    pod: &str,
) -> Result<PathBuf, Wrong> {
    let asked = json!({
        "Issuer": ISSUER,
        "Namespace": NAMESPACE,
        "ServiceAccount": service_account,
        "Audiences": [AUDIENCE],
        "DurationSeconds": DURATION_SECS,
        "PodName": pod,
    });
    let answer = stage.admin.irsa("CreateToken", &asked).await?;
    let token = text(&answer, "/Token", "token in the answer")?;
    let file = stage.directory.join(format!("{service_account}.token"));
    write_private(&file, token.as_bytes()).map_err(|source| Wrong::File {
        path: file.clone(),
        source,
    })?;
    Ok(file)
}

/// Mode, content and claims of the file are what a pod gets. Gives the claims.
fn checked(file: &Path, service_account: &str, pod: &str) -> Result<Value, Wrong> {
    let failed = |source| Wrong::File {
        path: file.to_owned(),
        source,
    };
    let mode = std::fs::metadata(file)
        .map_err(failed)?
        .permissions()
        .mode()
        & 0o7777;
    same("the file's mode", "0600", &format!("{mode:04o}"))?;
    let token = std::fs::read_to_string(file).map_err(failed)?;
    let claims = claims(&token).ok_or(Wrong::Absent("token in the file"))?;
    for (pointer, expected) in [
        ("/sub", subject(service_account).as_str()),
        ("/aud/0", AUDIENCE),
        ("/kubernetes.io/namespace", NAMESPACE),
        ("/kubernetes.io/serviceaccount/name", service_account),
        ("/kubernetes.io/pod/name", pod),
    ] {
        same(
            "a claim of the token",
            expected,
            text(&claims, pointer, "such claim")?,
        )?;
    }
    Ok(claims)
}

/// Three parts and nothing around them: clients take the file's content as it is.
fn claims(token: &str) -> Option<Value> {
    let (head_and_claims, signature) = token.rsplit_once('.')?;
    let (_, claims) = head_and_claims.split_once('.')?;
    URL_SAFE_NO_PAD.decode(signature).ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

fn lines(variables: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in variables {
        text.extend([name, "=", value, "\n"]);
    }
    text
}

fn object(variables: Vec<(String, String)>) -> Value {
    let members = variables.into_iter();
    Value::Object(
        members
            .map(|(name, value)| (name, Value::String(value)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_of_a_token_and_nothing_around_it() {
        let payload = URL_SAFE_NO_PAD.encode(r#"{"sub":"s"}"#);
        for (token, expected) in [
            (format!("e30.{payload}.c2ln"), Some(json!({ "sub": "s" }))),
            (format!("e30.{payload}.c2ln\n"), None),
            (format!("e30.{payload}"), None),
            ("e30.e30".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(claims(&token), expected, "{token:?}");
        }
    }
}
