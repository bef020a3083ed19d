//! `irsa can-i ACTION RESOURCE`

use serde_json::{Map, Value, json};

use super::Setting;
use super::access_text::{mark_of, step_text, word_of};
use super::principal_name::{context_keys, principal_arn, role_arn};
use crate::args::CanIArgs;
use crate::client::{CallError, Client};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{bold, dim};

/// Says yes, no, or what it depends on. Only a sure yes ends with 0.
pub(super) async fn run(args: CanIArgs, setting: &Setting) -> Result<Exit, Failure> {
    let client = setting.client()?;
    let wanted = wanted(&args, &client).await?;
    let mut answer = answer(&args, wanted, &client, setting).await?;
    unfold(&mut answer);
    setting.output.result(&answer, || text(&answer));
    Ok(match answer.get("Verdict").and_then(Value::as_str) {
        Some("allowed") => Exit::Done,
        Some(_) | None => Exit::Failed,
    })
}

async fn wanted(args: &CanIArgs, client: &Client) -> Result<Map<String, Value>, Failure> {
    let mut wanted = Map::new();
    wanted.insert("Action".into(), json!(args.action));
    wanted.insert("Resource".into(), json!(args.resource));
    wanted.insert("IncludeExplanation".into(), json!(true));
    if let Some(principal) = &args.principal {
        let arn = principal_arn(principal, client).await?;
        wanted.insert("PrincipalArn".into(), json!(arn));
    }
    if let Some(account) = &args.service_account {
        wanted.insert("ServiceAccount".into(), json!(account.to_string()));
    }
    if let Some(role) = &args.role {
        let arn = role_arn(role, client).await?;
        wanted.insert("RoleArn".into(), json!(arn));
    }
    if !args.context.is_empty() {
        wanted.insert("Context".into(), context_keys(&args.context));
    }
    Ok(wanted)
}

/// Who may not see statements gets the plain answer about itself.
async fn answer(
    args: &CanIArgs,
    mut wanted: Map<String, Value>,
    client: &Client,
    setting: &Setting,
) -> Result<Value, CallError> {
    let input = Value::Object(wanted.clone());
    let answer = client.irsa("CheckAccess", &input).await;
    let about_itself = args.principal.is_none() && args.service_account.is_none();
    match answer {
        Err(error) if about_itself && error.has_code("AccessDeniedException") => {
            setting
                .output
                .note("without irsa:CheckAccess you are not shown which statements decide");
            wanted.remove("IncludeExplanation");
            client.irsa("CheckAccess", &Value::Object(wanted)).await
        }
        answer => answer,
    }
}

/// The wire carries explanations as texts of JSON.
pub(super) fn unfold(answer: &mut Value) {
    let steps = answer.get_mut("Steps").and_then(Value::as_array_mut);
    for step in steps.into_iter().flatten() {
        let Some(explanation) = step.get_mut("Explanation") else {
            continue;
        };
        let parsed = explanation
            .as_str()
            .and_then(|text| serde_json::from_str::<Value>(text).ok());
        if let Some(parsed) = parsed {
            *explanation = parsed;
        }
    }
}

fn text(answer: &Value) -> String {
    let verdict = answer.get("Verdict").and_then(Value::as_str);
    let verdict = verdict.unwrap_or("undecided");
    let mut text = format!("{} {}\n", mark_of(verdict), bold(word_of(verdict)));
    let steps = answer.get("Steps").and_then(Value::as_array);
    for step in steps.into_iter().flatten() {
        text.push_str(&step_text(step, 1));
    }
    let others = answer.get("OtherRoleArns").and_then(Value::as_array);
    let others = others.into_iter().flatten().filter_map(Value::as_str);
    for other in others {
        let other = base::Escaped(other).to_string();
        text.push_str(&dim(format!(
            "  it may also become {other}: --role asks about that\n"
        )));
    }
    text
}
