//! Who did what: the audit trail, looked up as in AWS.

use serde_json::{Map, Value, json};

use super::{TRUSTED, UNTRUSTED, subject};
use crate::client::{CallError, Client, Service};
use crate::demo::check::{same, text};
use crate::demo::stage::Stage;
use crate::demo::step::Shown;
use crate::demo::wrong::Wrong;
use crate::output::Table;

/// LookupEvents gives no more at once.
const PAGE: usize = 50;

/// The demo makes fewer calls; a trail that does not end is a fault.
const MAX_PAGES: usize = 20;

pub(super) async fn take(stage: &mut Stage) -> Result<Shown, Wrong> {
    let (admin, session) = (&stage.admin, stage.session()?);
    let assumed = events(admin, Some(("EventName", "AssumeRoleWithWebIdentity"))).await?;
    check_assumed(&assumed, &session.access_key_id)?;
    let used = events(admin, Some(("AccessKeyId", &session.access_key_id))).await?;
    check_used(&used, &session.access_key_id)?;

    let mut all = events(admin, None).await?;
    // The newest comes first; a story is told from its beginning.
    all.reverse();
    let detail = format!(
        "LookupEvents tells all of it, {} calls; the key {} joins the pod's token with its calls",
        all.len(),
        session.access_key_id
    );
    Ok(Shown::new(detail)
        .sight("aws cloudtrail lookup-events", table(&all))
        .with("events", Value::Array(all)))
}

/// All events of a look-up, newest first.
async fn events(client: &Client, attribute: Option<(&str, &str)>) -> Result<Vec<Value>, Wrong> {
    let mut asked = Map::new();
    asked.insert("MaxResults".into(), json!(PAGE));
    if let Some((key, value)) = attribute {
        let attribute = json!([{ "AttributeKey": key, "AttributeValue": value }]);
        asked.insert("LookupAttributes".into(), attribute);
    }
    let mut events = Vec::new();
    for _ in 0..MAX_PAGES {
        let asked_now = Value::Object(asked.clone());
        let page = client
            .json(Service::CloudTrail, "LookupEvents", &asked_now)
            .await?;
        for event in page
            .get("Events")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            events.push(record(event)?);
        }
        match page.get("NextToken") {
            Some(next @ Value::String(_)) => asked.insert("NextToken".into(), next.clone()),
            _ => return Ok(events),
        };
    }
    Err(CallError::Unmade("the trail does not end".into()).into())
}

/// The record in CloudTrail's shape, which events carry as a text.
fn record(event: &Value) -> Result<Value, Wrong> {
    let record = text(event, "/CloudTrailEvent", "record in the event")?;
    serde_json::from_str(record).map_err(|_| Wrong::Absent("JSON in the event"))
}

/// Two web identities asked for a session: the one got that key, the other was refused.
fn check_assumed(events: &[Value], key: &str) -> Result<(), Wrong> {
    let of = |service_account: &str| {
        let subject = subject(service_account);
        events.iter().find(move |event| {
            at(event, "/userIdentity/type") == "WebIdentityUser"
                && at(event, "/userIdentity/userName") == subject
        })
    };
    let allowed = of(TRUSTED).ok_or(Wrong::Absent("record of the allowed web identity"))?;
    same(
        "the allowed call's error code",
        "",
        at(allowed, "/errorCode"),
    )?;
    same(
        "the key in the allowed call's record",
        key,
        at(allowed, MINTED_KEY),
    )?;
    let denied = of(UNTRUSTED).ok_or(Wrong::Absent("record of the refused web identity"))?;
    same(
        "the refused call's error code",
        "AccessDenied",
        at(denied, "/errorCode"),
    )
}

/// The session's calls carry its key: one was allowed, one was refused.
fn check_used(events: &[Value], key: &str) -> Result<(), Wrong> {
    let of = |denied: Denied| {
        events.iter().find(move |event| {
            at(event, "/eventName") == "GetSecretValue"
                && at(event, "/userIdentity/type") == "AssumedRole"
                && at(event, "/userIdentity/accessKeyId") == key
                && Denied::from(at(event, "/errorCode")) == denied
        })
    };
    of(Denied::No).ok_or(Wrong::Absent("record of the allowed GetSecretValue"))?;
    of(Denied::Yes).ok_or(Wrong::Absent("record of the refused GetSecretValue"))?;
    Ok(())
}

/// The key of the session that a call opened.
const MINTED_KEY: &str = "/responseElements/credentials/accessKeyId";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Denied {
    Yes,
    No,
    /// It failed for another reason.
    Other,
}

impl From<&str> for Denied {
    fn from(error_code: &str) -> Self {
        match error_code {
            "" => Self::No,
            "AccessDenied" | "AccessDeniedException" => Self::Yes,
            _ => Self::Other,
        }
    }
}

/// The text there, or nothing.
fn at<'v>(record: &'v Value, pointer: &str) -> &'v str {
    record
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn table(events: &[Value]) -> String {
    let mut table = Table::new(&["TIME", "EVENT", "OUTCOME", "CALLER", "ACCESS KEY"]);
    for event in events {
        let outcome = match at(event, "/errorCode") {
            "" => "✓ ok".to_owned(),
            code => format!("✗ {code}"),
        };
        let service = at(event, "/eventSource")
            .split('.')
            .next()
            .unwrap_or_default();
        table.row(&[
            at(event, "/eventTime").to_owned(),
            format!("{service}:{}", at(event, "/eventName")),
            outcome,
            caller(event),
            key(event),
        ]);
    }
    table.render()
}

/// A user's or subject's name; role and name of a session.
fn caller(event: &Value) -> String {
    match at(event, "/userIdentity/userName") {
        "" => {
            let arn = at(event, "/userIdentity/arn");
            arn.split_once('/').map_or(arn, |(_, name)| name).to_owned()
        }
        name => name.to_owned(),
    }
}

/// The key that signed; for a call that opened a session, the session's.
fn key(event: &Value) -> String {
    match (
        at(event, "/userIdentity/accessKeyId"),
        at(event, MINTED_KEY),
    ) {
        ("", "") => "-".to_owned(),
        ("", minted) => format!("→ {minted}"),
        (signed, _) => signed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ASIAEXAMPLE";

    fn assumed(service_account: &str, error: Option<&str>) -> Value {
        let mut record = json!({
            "eventName": "AssumeRoleWithWebIdentity",
            "userIdentity": { "type": "WebIdentityUser", "userName": subject(service_account) },
        });
        match error {
            Some(code) => record["errorCode"] = json!(code),
            None => record["responseElements"] = json!({ "credentials": { "accessKeyId": KEY } }),
        }
        record
    }

    fn used(error: Option<&str>) -> Value {
        let mut record = json!({
            "eventName": "GetSecretValue",
            "userIdentity": {
                "type": "AssumedRole", "accessKeyId": KEY,
                "arn": "arn:aws:sts::123456789012:assumed-role/app/s",
            },
        });
        if let Some(code) = error {
            record["errorCode"] = json!(code);
        }
        record
    }

    #[test]
    fn both_web_identities_must_be_told() {
        let denied = Some("AccessDenied");
        let both = [assumed(UNTRUSTED, denied), assumed(TRUSTED, None)];
        assert!(check_assumed(&both, KEY).is_ok());
        assert!(check_assumed(&both, "ASIAOTHER").is_err());
        for wrong in [
            vec![],
            vec![assumed(TRUSTED, None)],
            vec![assumed(UNTRUSTED, denied)],
            vec![assumed(UNTRUSTED, None), assumed(TRUSTED, None)],
            vec![assumed(UNTRUSTED, denied), assumed(TRUSTED, denied)],
            vec![
                assumed(UNTRUSTED, Some("InternalFailure")),
                assumed(TRUSTED, None),
            ],
        ] {
            assert!(check_assumed(&wrong, KEY).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn both_calls_of_the_session_must_be_told() {
        let denied = Some("AccessDeniedException");
        assert!(check_used(&[used(denied), used(None)], KEY).is_ok());
        assert!(check_used(&[used(denied), used(None)], "ASIAOTHER").is_err());
        for wrong in [
            vec![],
            vec![used(None)],
            vec![used(denied)],
            vec![used(None), used(Some("InternalFailure"))],
        ] {
            assert!(check_used(&wrong, KEY).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn callers_and_keys_as_shown() {
        for (record, shown) in [
            (assumed(TRUSTED, None), (subject(TRUSTED), "→ ASIAEXAMPLE")),
            (assumed(UNTRUSTED, Some("x")), (subject(UNTRUSTED), "-")),
            (used(None), ("app/s".to_owned(), KEY)),
        ] {
            assert_eq!((caller(&record), key(&record).as_str()), shown);
        }
    }
}
