//! `irsa explain [REQUEST_ID]`

use std::collections::HashSet;
use std::time::Duration;

use base::{Escaped, Timestamp};
use serde_json::{Map, Value, json};

use super::Setting;
use super::explanation_text::call_text;
use super::target::identity;
use crate::args::ExplainArgs;
use crate::client::{CallError, Client};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Output, write_out_time};

/// How many calls are explained when `--since` asks for all of them.
const MAX_EXPLAINED: u64 = 100;

/// How often `--watch` asks.
const WATCH_EVERY: Duration = Duration::from_secs(2);

/// How far `--watch` looks back each time: what is recorded a little later is seen too.
const WATCH_OVERLAP: Duration = Duration::from_secs(30);

/// Explains the call of this id, or the last refusal, or the refusals since a time.
pub(super) async fn run(args: ExplainArgs, setting: &Setting) -> Result<Exit, Failure> {
    let client = setting.client()?;
    let wanted = wanted(&args, &client).await?;
    if args.watch {
        return watch(&args, wanted, &client, setting.output).await;
    }
    let mut calls = explained(&client, &wanted).await?;
    if let (Some(id), true) = (&args.request_id, calls.is_empty()) {
        let what = format!(
            "no call that you may see has the request id `{}`",
            Escaped(id)
        );
        return Err(Failure::new(Exit::NotFound, what).help("irsa audit --since 1h"));
    }
    if calls.is_empty() && !args.encoded {
        setting.output.note("no refusal that you may see");
    }
    // The newest comes last, where one looks first.
    calls.reverse();
    let value = json!({ "Calls": calls });
    if args.encoded {
        let message = encoded_message(&calls)?;
        setting.output.result(&value, || message.to_owned());
        return Ok(Exit::Done);
    }
    setting.output.result(&value, || {
        let texts: Vec<String> = calls.iter().map(call_text).collect();
        texts.join("\n")
    });
    Ok(Exit::Done)
}

async fn wanted(args: &ExplainArgs, client: &Client) -> Result<Map<String, Value>, CallError> {
    let mut wanted = Map::new();
    if args.since.is_none() && !args.watch {
        wanted.insert("IncludeEncodedMessage".into(), json!(true));
    }
    if let Some(id) = &args.request_id {
        wanted.insert("RequestId".into(), json!(id));
        return Ok(wanted);
    }
    wanted.insert("DeniedOnly".into(), json!(true));
    wanted.insert("MaxResults".into(), json!(1));
    if let Some(since) = args.since {
        insert_start(&mut wanted, since.moment(client.now()));
        wanted.insert("MaxResults".into(), json!(MAX_EXPLAINED));
    }
    if let Some(account) = &args.service_account {
        wanted.insert("ServiceAccount".into(), json!(account.to_string()));
    }
    if let Some(id) = &args.access_key {
        wanted.insert("AccessKeyId".into(), json!(id));
    }
    if let Some(role) = &args.role {
        let arn = if role.starts_with("arn:") {
            role.clone()
        } else {
            let partition = client.region().partition().as_str();
            let account = identity(client).await?.account;
            format!("arn:{partition}:iam::{account}:role/{role}")
        };
        wanted.insert("RoleArn".into(), json!(arn));
    }
    Ok(wanted)
}

/// The message of the one call that was asked for.
fn encoded_message(calls: &[Value]) -> Result<&str, Failure> {
    let call = calls.last();
    let message = call.and_then(|call| call.get("EncodedMessage"));
    message.and_then(Value::as_str).ok_or_else(|| {
        let what = match call {
            Some(_) => "the call has no encoded message: no policy refused it, or too much is told",
            None => "no refusal that you may see",
        };
        Failure::new(Exit::NotFound, what).help("irsa explain")
    })
}

fn insert_start(wanted: &mut Map<String, Value>, moment: Timestamp) {
    wanted.insert("StartTime".into(), json!(moment.as_second()));
}

/// The calls, newest first, each with its explanation as an object.
pub(crate) async fn explained(
    client: &Client,
    wanted: &Map<String, Value>,
) -> Result<Vec<Value>, CallError> {
    let answer = client
        .irsa("Explain", &Value::Object(wanted.clone()))
        .await?;
    let calls = answer.get("Calls").and_then(Value::as_array);
    Ok(calls.into_iter().flatten().map(unfold).collect())
}

/// The wire carries the explanation as a text of JSON.
fn unfold(call: &Value) -> Value {
    let mut call = call.clone();
    write_out_time(&mut call, "EventTime");
    let explanation = call
        .get("Explanation")
        .and_then(Value::as_str)
        .and_then(|text| serde_json::from_str::<Value>(text).ok());
    if let (Some(explanation), Some(members)) = (explanation, call.as_object_mut()) {
        members.insert("Explanation".into(), explanation);
    }
    call
}

async fn watch(
    args: &ExplainArgs,
    mut wanted: Map<String, Value>,
    client: &Client,
    output: Output,
) -> Result<Exit, Failure> {
    let mut start = match args.since {
        Some(since) => since.moment(client.now()),
        None => client.now(),
    };
    let mut seen: HashSet<String> = HashSet::new();
    wanted.insert("MaxResults".into(), json!(MAX_EXPLAINED));
    output.note("explaining refusals as they happen; Ctrl-C ends it");
    loop {
        insert_start(&mut wanted, start);
        let asked_at = client.now();
        let calls = explained(client, &wanted).await?;
        for call in calls.iter().rev() {
            let id = call.get("RequestId").and_then(Value::as_str);
            if seen.insert(id.unwrap_or_default().to_owned()) {
                output.one_of_many(call, || call_text(call));
            }
        }
        let overlap = asked_at.checked_sub(WATCH_OVERLAP).unwrap_or(asked_at);
        start = start.max(overlap);
        tokio::select! {
            () = tokio::time::sleep(WATCH_EVERY) => {}
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Interrupted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_the_newest_call_is_printed() {
        let message = json!({ "EncodedMessage": "abc" });
        for (calls, expected) in [
            (vec![], None),
            (vec![json!({ "Outcome": "allowed" })], None),
            (vec![message.clone()], Some("abc")),
            (vec![json!({}), message.clone()], Some("abc")),
            (vec![message, json!({})], None),
        ] {
            assert_eq!(encoded_message(&calls).ok(), expected, "{calls:?}");
        }
    }
}
