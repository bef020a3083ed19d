//! `irsa audit`

use serde_json::{Map, Value, json};

use super::Setting;
use crate::args::AuditArgs;
use crate::client::{CallError, Client};
use crate::failure::Failure;
use crate::output::{Table, write_out_time};

/// How many records one call asks for.
const PAGE: usize = 50;

/// Lists what was done, the newest first.
pub(super) async fn run(args: AuditArgs, setting: &Setting) -> Result<(), Failure> {
    let client = setting.client()?;
    let records = records(&client, &args).await?;
    if records.is_empty() {
        setting.output.note("no such call that you may see");
    }
    let value = json!({ "Records": records });
    setting.output.result(&value, || table(&records));
    Ok(())
}

async fn records(client: &Client, args: &AuditArgs) -> Result<Vec<Value>, CallError> {
    let mut wanted = wanted(client, args);
    let mut records = Vec::new();
    while records.len() < args.limit {
        let page = PAGE.min(args.limit - records.len());
        wanted.insert("MaxResults".into(), json!(page));
        let answer = client
            .irsa("LookupAudit", &Value::Object(wanted.clone()))
            .await?;
        let found = answer.get("Records").and_then(Value::as_array);
        records.extend(found.into_iter().flatten().cloned());
        match answer.get("NextToken") {
            Some(Value::String(next)) => wanted.insert("NextToken".into(), json!(next)),
            _ => break,
        };
    }
    records.truncate(args.limit);
    for record in &mut records {
        write_out_time(record, "EventTime");
        unfold_event(record);
    }
    Ok(records)
}

fn wanted(client: &Client, args: &AuditArgs) -> Map<String, Value> {
    let mut wanted = Map::new();
    let account = args.service_account.as_ref().map(ToString::to_string);
    for (name, value) in [
        ("EventName", args.event_name.as_ref()),
        ("ServiceAccount", account.as_ref()),
        ("PodName", args.pod.as_ref()),
        ("AccessKeyId", args.access_key.as_ref()),
    ] {
        if let Some(value) = value {
            wanted.insert(name.into(), json!(value));
        }
    }
    if args.denied {
        wanted.insert("DeniedOnly".into(), json!(true));
    }
    if let Some(since) = args.since {
        let start = since.moment(client.now()).as_second();
        wanted.insert("StartTime".into(), json!(start));
    }
    wanted
}

/// The wire carries the event as a text of JSON, as LookupEvents does.
fn unfold_event(record: &mut Value) {
    let Some(event) = record.get_mut("CloudTrailEvent") else {
        return;
    };
    let parsed = event
        .as_str()
        .and_then(|text| serde_json::from_str::<Value>(text).ok());
    if let Some(parsed) = parsed {
        *event = parsed;
    }
}

fn table(records: &[Value]) -> String {
    if records.is_empty() {
        return String::new();
    }
    let columns = [
        "TIME",
        "EVENT",
        "OUTCOME",
        "CALLER",
        "SERVICEACCOUNT",
        "POD",
        "REQUEST ID",
    ];
    let mut table = Table::new(&columns);
    for record in records {
        let member = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or("-");
        let outcome = match record.get("ErrorCode").and_then(Value::as_str) {
            Some(code) => format!("✗ {code}"),
            None => "✓ ok".to_owned(),
        };
        let service = member("EventSource").split('.').next().unwrap_or_default();
        table.row(&[
            member("EventTime").to_owned(),
            format!("{service}:{}", member("EventName")),
            outcome,
            member("CallerArn").to_owned(),
            member("ServiceAccount").to_owned(),
            member("PodName").to_owned(),
            member("RequestId").to_owned(),
        ]);
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_per_record() {
        let records = [
            json!({
                "EventTime": "2026-11-21T10:00:00Z", "EventName": "GetSecretValue",
                "EventSource": "secretsmanager.amazonaws.com", "RequestId": "r",
                "CallerArn": "arn:aws:sts::1:assumed-role/app/s", "ServiceAccount": "demo/app",
                "PodName": "app-0",
            }),
            json!({ "EventTime": "t", "EventName": "X", "ErrorCode": "AccessDenied" }),
        ];
        assert_eq!(
            table(&records),
            "\
TIME                  EVENT                          OUTCOME         CALLER                             SERVICEACCOUNT  POD    REQUEST ID
2026-11-21T10:00:00Z  secretsmanager:GetSecretValue  ✓ ok            arn:aws:sts::1:assumed-role/app/s  demo/app        app-0  r
t                     -:X                            ✗ AccessDenied  -                                  -               -      -
"
        );
        assert_eq!(table(&[]), "");
    }
}
