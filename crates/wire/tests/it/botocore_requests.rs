//! Requests as botocore writes them are read as what was asked for.

use crate::request::Request;
use serde_json::{Value as Json, json};
use shapes::Value;

#[test]
fn what_botocore_writes_is_what_we_read() {
    let recorded: Vec<Json> = serde_json::from_str(include_str!("botocore_requests.json")).unwrap();
    assert!(recorded.len() > 10);
    for case in recorded {
        let text = |key: &str| case[key].as_str().unwrap().to_owned();
        let headers = case["headers"].as_array().unwrap().iter();
        let headers =
            headers.map(|h| (h[0].as_str().unwrap().into(), h[1].as_str().unwrap().into()));
        let request = Request {
            method: text("method"),
            path: text("path"),
            query: text("query"),
            headers: headers.collect(),
            body: text("body").into_bytes(),
        };
        let recognised = wire::recognise(&request.incoming())
            .unwrap_or_else(|u| panic!("{}: {}", text("operation"), u.fault));
        assert_eq!(recognised.service.name, text("service"));
        assert_eq!(recognised.operation.name, text("operation"));
        let input = request.read().unwrap();
        assert_eq!(to_json(&input), case["input"], "{}", text("operation"));
    }
}

#[test]
fn inputs_become_typed_structures_and_come_back() {
    use shapes::{FromValue, IntoValue, sts::AssumeRoleInput};
    let request = Request::form(
        "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fapp\
         &RoleSessionName=s1&Tags.member.2.Key=b&Tags.member.2.Value=2&Tags.member.1.Key=a\
         &Tags.member.1.Value=1&DurationSeconds=900&Unknown.member.1=x",
    );
    let value = request.read().unwrap();
    let input = AssumeRoleInput::from_value(value.clone()).unwrap();
    assert_eq!(input.role_session_name, "s1");
    assert_eq!(input.duration_seconds, Some(900));
    let tags: Vec<_> = input
        .tags
        .iter()
        .flatten()
        .map(|t| (t.key.as_str(), t.value.as_str()))
        .collect();
    assert_eq!(tags, [("a", "1"), ("b", "2")]);
    assert!(input.policy.is_none());
    assert_eq!(to_json(&input.into_value()), to_json(&value));
}

pub(crate) fn to_json(value: &Value) -> Json {
    use base64::{Engine, engine::general_purpose::STANDARD};
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => json!(flag),
        Value::Integer(number) => json!(number),
        Value::Double(number) => json!(number),
        Value::String(text) => json!(text),
        Value::Blob(bytes) => json!(STANDARD.encode(bytes)),
        Value::Timestamp(at) => json!(at.as_duration().as_secs_f64()),
        Value::List(values) => values.iter().map(to_json).collect(),
        Value::Map(entries) => entries
            .iter()
            .map(|(k, v)| (k.clone(), to_json(v)))
            .collect(),
        Value::Structure(members) => members
            .iter()
            .map(|(k, v)| ((*k).to_owned(), to_json(v)))
            .collect(),
    }
}
