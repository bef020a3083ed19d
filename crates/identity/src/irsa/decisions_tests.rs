//! LookupDecisions, over the wire.

use engine::testing::{ACCOUNT, Stage};
use serde_json::{Value as Json, json};
use sigv4::Credentials;

use super::chain_tests::{assume, minted, stage as chain_stage, token};

const OTHER: &str = "210987654321";
const ADMIN: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["*","irsa:*"],"Resource":"*"}]}"#;
const LITTLE: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"irsa:GetIssuer","Resource":"*",
     "Condition":{"StringLike":{"aws:PrincipalTag/none":"*"}}}]}"#;

async fn decisions(stage: &Stage, by: &Credentials, input: Json) -> Json {
    let answer = stage.json(by, "irsa.LookupDecisions", input).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

fn keys(check: &Json) -> serde_json::Map<String, Json> {
    serde_json::from_str(check["ContextKeys"].as_str().unwrap()).unwrap()
}

/// The keys of the newest refusal, as its explanation and as its recollection have them.
async fn both(stage: &Stage, by: &Credentials) -> (Vec<(String, Json)>, Vec<(String, Json)>) {
    let input = json!({ "DeniedOnly": true, "MaxResults": 1 });
    let answer = stage.json(by, "irsa.Explain", input).await.json();
    let call = &answer["Calls"][0];
    let story: Json = serde_json::from_str(call["Explanation"].as_str().unwrap()).unwrap();
    let explained = story["refused"]["context"].as_array().unwrap().iter();
    let explained = explained.map(|entry| {
        let key = entry["key"].as_str().unwrap().to_owned();
        (key, entry["values"]["values"].clone())
    });
    let found = decisions(stage, by, json!({})).await;
    let mut calls = found["Calls"].as_array().unwrap().iter();
    let same = calls.find(|found| found["RequestId"] == call["RequestId"]);
    let kept = keys(&same.unwrap()["Checks"][0]).into_iter();
    let kept = kept.map(|(key, value)| {
        let values = if value.is_array() {
            value
        } else {
            json!([value])
        };
        (key, values)
    });
    let tidy = |keys: Vec<(String, Json)>| {
        // The record's times are to the second.
        let timed =
            |key: &str| ["aws:CurrentTime", "aws:EpochTime", "aws:TokenIssueTime"].contains(&key);
        let mut keys: Vec<_> = keys.into_iter().filter(|(key, _)| !timed(key)).collect();
        keys.sort_by(|a, b| a.0.cmp(&b.0));
        keys
    };
    (tidy(explained.collect()), tidy(kept.collect()))
}

/// The keys that a replay sees are those that were decided by.
#[tokio::test]
async fn keys_are_those_of_the_decision() {
    let stage = Stage::new(super::register).await;
    let admin = stage.user("admin", ADMIN);
    let little = stage.user("little", LITTLE);
    let input = json!({ "Name": "demo" });
    let refused = stage.json(&little, "irsa.GetIssuer", input).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    let (explained, kept) = both(&stage, &admin).await;
    assert!(explained.len() > 8, "{explained:?}");
    assert_eq!(kept, explained);
}

#[tokio::test]
async fn keys_of_a_web_identity_are_those_of_the_decision() {
    let (stage, admin) = chain_stage().await;
    let other = token(&stage, &admin, "demo", "other").await;
    let refused = assume(&stage, ACCOUNT, &other).await;
    assert_eq!(refused.code().as_deref(), Some("AccessDenied"));
    let (explained, kept) = both(&stage, &admin).await;
    assert!(explained.len() > 8, "{explained:?}");
    assert_eq!(kept, explained);
}

#[tokio::test]
async fn keys_of_a_pod_tell_its_service_account() {
    let (stage, admin) = chain_stage().await;
    let pod = token(&stage, &admin, "demo", "app").await;
    let pod = minted(&assume(&stage, ACCOUNT, &pod).await);
    let form = [("RoleName", "app")];
    stage.query(&pod, "iam", "GetRole", &form).await;
    let role = format!("arn:aws:iam::{ACCOUNT}:role/app");
    let found = decisions(&stage, &admin, json!({ "RoleArn": role })).await;
    let calls = found["Calls"].as_array().unwrap();
    for (event, kind, action) in [
        ("GetRole", "AssumedRole", "iam:GetRole"),
        (
            "AssumeRoleWithWebIdentity",
            "WebIdentity",
            "sts:AssumeRoleWithWebIdentity",
        ),
    ] {
        let call = calls.iter().find(|call| call["EventName"] == event);
        let call = call.unwrap_or_else(|| panic!("{found}"));
        assert_eq!(call["Recollection"], "kept");
        assert_eq!(call["Caller"]["Kind"], kind);
        assert_eq!(call["Checks"][0]["Action"], action);
        assert_eq!(call["Checks"][0]["Resource"], role);
        let kept = keys(&call["Checks"][0]);
        for (key, value) in [
            ("aws:SourceIp", "127.0.0.1"),
            (
                "127.0.0.1:4566/id/demo:sub",
                "system:serviceaccount:demo:app",
            ),
            ("127.0.0.1:4566/id/demo:aud", "sts.amazonaws.com"),
        ] {
            assert_eq!(kept[key], value, "{event} {key}");
        }
    }
}

#[tokio::test]
async fn pages_follow_one_another() {
    let stage = Stage::new(super::register).await;
    let admin = stage.user("admin", ADMIN);
    for _ in 0..5 {
        stage.json(&admin, "irsa.ListIssuers", json!({})).await;
        stage.clock.advance_millis(1_000);
    }
    let first = decisions(&stage, &admin, json!({ "MaxResults": 3 })).await;
    assert_eq!(first["Calls"].as_array().unwrap().len(), 3);
    let token = first["NextToken"].as_str().unwrap();
    let next = json!({ "MaxResults": 3, "NextToken": token });
    let second = decisions(&stage, &admin, next).await;
    assert_eq!(second["Calls"].as_array().unwrap().len(), 2);
    assert!(second["NextToken"].is_null());
    for (input, code) in [
        (
            json!({ "NextToken": token, "RoleArn": "arn:aws:iam::123456789012:role/app" }),
            "ValidationException",
        ),
        (json!({ "NextToken": "x" }), "ValidationException"),
        (
            json!({ "StartTime": 2, "EndTime": 1 }),
            "ValidationException",
        ),
        (json!({ "MaxResults": 1001 }), "ValidationException"),
    ] {
        let answer = stage.json(&admin, "irsa.LookupDecisions", input).await;
        assert_eq!(answer.code().as_deref(), Some(code), "{}", answer.text);
    }
}

/// THREATS R44.
#[tokio::test]
async fn an_account_reads_its_own() {
    let stage = Stage::new(super::register).await;
    let admin = stage.user("admin", ADMIN);
    let eve = stage.user_of(OTHER, "eve", ADMIN);
    let little = stage.user("little", LITTLE);
    stage.json(&admin, "irsa.ListIssuers", json!({})).await;
    let found = decisions(&stage, &eve, json!({})).await;
    let calls = found["Calls"].as_array().unwrap();
    assert!(
        calls.iter().all(|call| call["Caller"]["Account"] == OTHER),
        "{found}"
    );
    let found = decisions(&stage, &admin, json!({})).await;
    assert_eq!(found["Calls"][0]["Caller"]["Account"], ACCOUNT);
    let refused = stage.json(&little, "irsa.LookupDecisions", json!({})).await;
    assert_eq!(refused.code().as_deref(), Some("AccessDeniedException"));
}
