//! The same way from a ServiceAccount that the role does not trust.

use super::token::project;
use super::{NAMESPACE, TRUSTED, UNTRUSTED, subject};
use crate::commands::call_text;
use crate::demo::check::{Refusal, failed_condition, refusal_explained, refused, told};
use crate::demo::stage::Stage;
use crate::demo::step::Shown;
use crate::demo::wrong::Wrong;

pub(super) async fn take(stage: &mut Stage) -> Result<Shown, Wrong> {
    stage.token_file()?;
    let file = project(stage, UNTRUSTED, &format!("{UNTRUSTED}-5d8f9c7b6-q4w9z")).await?;
    let pod = stage.pod(&file)?;
    let expected = Refusal {
        status: 403,
        code: "AccessDenied",
        message: "Not authorized to perform sts:AssumeRoleWithWebIdentity".to_owned(),
    };
    let credentials = pod.credentials().await;
    let refusal = refused("AssumeRoleWithWebIdentity", credentials, &expected)?;

    let call = stage.explained(refusal.request_id.as_deref()).await?;
    let explanation = refusal_explained(&call)?;
    let (wanted, observed) = (subject(TRUSTED), subject(UNTRUSTED));
    let issuer = &stage.issuer()?.url;
    let key = format!(
        "{}:sub",
        issuer
            .split_once("://")
            .map_or(issuer.as_str(), |(_, rest)| rest)
    );
    let condition = failed_condition(&explanation, &key, &wanted, &observed)?;
    let text = call_text(&call);
    let wants = format!("policy wants: {wanted}");
    let has = format!("request has:  {observed}");
    told(
        &text,
        &[&format!("✗ StringEquals {key} does not hold"), &wants, &has],
    )?;

    let detail = format!(
        "AssumeRoleWithWebIdentity from {NAMESPACE}/{UNTRUSTED} is refused: {} ({})",
        refusal.message, refusal.code
    );
    Ok(Shown::new(detail)
        .sight(explain_title(refusal.request_id.as_deref()), text)
        .with("status", refusal.status)
        .with("code", refusal.code)
        .with("message", refusal.message)
        .with("requestId", refusal.request_id)
        .with("failedCondition", condition.key.as_str())
        .with("wanted", wanted)
        .with("observed", observed)
        .with("explanation", call))
}

/// The command that shows the same.
pub(super) fn explain_title(request_id: Option<&str>) -> String {
    format!("irsa explain {}", request_id.unwrap_or_default())
}
