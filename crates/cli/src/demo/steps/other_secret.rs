//! A permitted session that asks for a secret that its policy does not name.

use serde_json::json;

use super::other_pod::explain_title;
use crate::client::Service;
use crate::commands::call_text;
use crate::demo::check::{Refusal, other_resource, refusal_explained, refused, told};
use crate::demo::stage::Stage;
use crate::demo::step::Shown;
use crate::demo::wrong::Wrong;

pub(super) async fn take(stage: &mut Stage) -> Result<Shown, Wrong> {
    let (session, chain) = (stage.session()?, stage.chain()?);
    let name = chain.other_secret.name;
    let expected = Refusal {
        status: 400,
        code: "AccessDeniedException",
        message: format!(
            "User: {} is not authorized to perform: secretsmanager:GetSecretValue on resource: \
             {name} because no identity-based policy allows the secretsmanager:GetSecretValue \
             action",
            session.caller_arn
        ),
    };
    let asked = json!({ "SecretId": name });
    let answer = session
        .pod
        .json(Service::SecretsManager, "GetSecretValue", &asked)
        .await;
    let refusal = refused("GetSecretValue", answer, &expected)?;

    let call = stage.explained(refusal.request_id.as_deref()).await?;
    let explanation = refusal_explained(&call)?;
    other_resource(&explanation, &chain.other_secret.arn, &chain.secret.arn)?;
    let text = call_text(&call);
    let allows = format!("its resource: {}", chain.secret.arn);
    told(&text, &["no identity policy allows it", &allows])?;

    let detail = format!(
        "GetSecretValue of `{name}` is refused ({}), in AWS's words",
        refusal.code
    );
    Ok(Shown::new(detail)
        .sight(explain_title(refusal.request_id.as_deref()), text)
        .with("status", refusal.status)
        .with("code", refusal.code)
        .with("message", refusal.message)
        .with("requestId", refusal.request_id)
        .with("explanation", call))
}
