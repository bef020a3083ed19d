//! LookupEvents, over the wire.

use audit::{Entry, Outcome, Record, Side, SourceAddress, UserIdentity};
use base::{Region, RequestId};
use engine::testing::{ACCOUNT, REGION, Stage};
use serde_json::{Value as Json, json};
use sigv4::Credentials;

const OTHER: &str = "210987654321";
const ADMIN: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["*","irsa:*"],"Resource":"*"}]}"#;

async fn stage() -> Stage {
    Stage::new(|registry| {
        super::register(registry);
        crate::irsa::register(registry);
    })
    .await
}

async fn events(stage: &Stage, by: &Credentials, input: Json) -> Vec<Json> {
    let answer = stage.json(by, "cloudtrail.LookupEvents", input).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["Events"].as_array().unwrap().clone()
}

fn names(events: &[Json]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["EventName"].as_str().unwrap())
        .collect()
}

fn by(key: &str, value: &str) -> Json {
    json!({ "LookupAttributes": [{ "AttributeKey": key, "AttributeValue": value }] })
}

/// A record that another service left.
async fn plant(stage: &Stage, account: &str, region: &str, name: &str) {
    let identity = UserIdentity::web_identity(
        &format!("arn:aws:iam::{account}:oidc-provider/a.example"),
        "sts.amazonaws.com",
        "system:serviceaccount:demo:app",
    );
    let call = audit::Call {
        user_identity: identity,
        event_source: "sts.amazonaws.com".to_owned(),
        event_name: name.to_owned(),
        aws_region: region.parse::<Region>().unwrap(),
        source_ip_address: SourceAddress::Socket([127, 0, 0, 1].into()),
        user_agent: String::new(),
        request_id: RequestId::draw(&*stage.entropy),
        read_only: true,
        recipient_account_id: account.parse().unwrap(),
    };
    let record = Record::of_call(call, stage.server().clock.now(), &*stage.entropy);
    let mut unit = stage.unit().await;
    audit::append(unit.work(), &Entry::new(record, Side::of(Outcome::Allowed)));
    stage.commit(unit).await;
}

#[tokio::test]
async fn every_call_answered_before_is_found() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    let key = admin.access_key_id.clone();
    let input = json!({ "Name": "demo", "KeyAlgorithm": "ES256" });
    stage.json(&admin, "irsa.CreateIssuer", input).await;
    stage.clock.advance_millis(1_500);
    stage
        .json(&admin, "irsa.GetIssuer", json!({ "Name": "nobody" }))
        .await;
    let nobody = stage.user("nobody", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#);
    stage.clock.advance_millis(1_500);
    stage.json(&nobody, "irsa.ListIssuers", json!({})).await;
    stage.clock.advance_millis(1_500);

    let all = events(&stage, &admin, json!({})).await;
    assert_eq!(names(&all), ["ListIssuers", "GetIssuer", "CreateIssuer"]);
    let newest: Json = serde_json::from_str(all[0]["CloudTrailEvent"].as_str().unwrap()).unwrap();
    assert_eq!(newest["errorCode"], "AccessDenied");
    assert_eq!(newest["eventID"], all[0]["EventId"]);
    let created = &all[2];
    assert_eq!(
        (&created["ReadOnly"], &created["Username"]),
        (&json!("false"), &json!("admin"))
    );
    assert_eq!(created["EventSource"], "irsa.amazonaws.com");
    assert_eq!(created["AccessKeyId"], key);
    assert_eq!(created["EventTime"].as_f64(), Some(1_795_262_400.0));
    let arn = format!("arn:aws:irsa:{REGION}:{ACCOUNT}:issuer/demo");
    assert_eq!(
        created["Resources"],
        json!([{ "ResourceType": "Irsa::Issuer", "ResourceName": arn }])
    );

    let id = created["EventId"].as_str().unwrap();
    for (key, value, expected) in [
        ("EventId", id, vec!["CreateIssuer"]),
        ("EventId", "none", vec![]),
        ("EventName", "GetIssuer", vec!["GetIssuer"]),
        ("EventName", "getissuer", vec![]),
        ("ReadOnly", "false", vec!["CreateIssuer"]),
        ("Username", "nobody", vec!["ListIssuers"]),
        ("ResourceType", "Irsa::Issuer", vec!["CreateIssuer"]),
        ("ResourceName", &arn, vec!["CreateIssuer"]),
        ("EventSource", "sts.amazonaws.com", vec![]),
        ("AccessKeyId", &nobody.access_key_id, vec!["ListIssuers"]),
    ] {
        let found = events(&stage, &admin, by(key, value)).await;
        assert_eq!(names(&found), expected, "{key}={value}");
    }
    for (start, end, expected) in [
        (1_795_262_400, 1_795_262_400, vec!["CreateIssuer"]),
        (1_795_262_401, 1_795_262_402, vec!["GetIssuer"]),
        (1_795_262_500, 1_795_262_600, vec![]),
    ] {
        let found = events(
            &stage,
            &admin,
            json!({ "StartTime": start, "EndTime": end }),
        )
        .await;
        assert_eq!(names(&found), expected, "{start}..{end}");
    }
    let insights = events(&stage, &admin, json!({ "EventCategory": "insight" })).await;
    assert_eq!(insights, Vec::<Json>::new());
}

#[tokio::test]
async fn the_home_region_sees_the_global_trail_too() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    plant(&stage, ACCOUNT, "us-east-1", "Global").await;
    plant(&stage, ACCOUNT, REGION, "Home").await;
    plant(&stage, ACCOUNT, "eu-central-1", "Elsewhere").await;
    plant(&stage, OTHER, REGION, "Others").await;
    for (region, expected) in [
        (REGION, vec!["Global", "Home"]),
        ("us-east-1", vec!["Global"]),
        ("eu-central-1", vec!["Elsewhere"]),
        ("eu-west-3", vec![]),
    ] {
        let subject = by("Username", "system:serviceaccount:demo:app");
        let answer = stage
            .json_in(&admin, region, "cloudtrail.LookupEvents", subject)
            .await
            .json();
        let events = answer["Events"].as_array().unwrap().clone();
        let mut found = names(&events);
        found.sort_unstable();
        assert_eq!(found, expected, "{region}");
    }
}

#[tokio::test]
async fn pages_are_whole_and_bound_to_their_question() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    for number in 0..7 {
        plant(&stage, ACCOUNT, REGION, &format!("E{number}")).await;
        stage.clock.advance_millis(1_000);
    }
    let question = |token: Option<&str>| {
        let mut input = by("EventSource", "sts.amazonaws.com");
        input["MaxResults"] = json!(3);
        if let Some(token) = token {
            input["NextToken"] = json!(token);
        }
        input
    };
    let mut seen = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let answer = stage
            .json(
                &admin,
                "cloudtrail.LookupEvents",
                question(token.as_deref()),
            )
            .await;
        let answer = answer.json();
        let page = answer["Events"].as_array().unwrap().clone();
        seen.extend(names(&page).into_iter().map(str::to_owned));
        match answer["NextToken"].as_str() {
            Some(next) => token = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(seen, ["E6", "E5", "E4", "E3", "E2", "E1", "E0"]);

    let token = token.unwrap();
    let mut other = by("EventSource", "iam.amazonaws.com");
    other["NextToken"] = json!(token);
    let eve = stage.user_of(OTHER, "eve", ADMIN);
    for (by, input) in [
        (&admin, other),
        (&eve, question(Some(&token))),
        (&admin, question(Some("x"))),
    ] {
        let answer = stage.json(by, "cloudtrail.LookupEvents", input).await;
        assert_eq!(
            answer.code().as_deref(),
            Some("InvalidNextTokenException"),
            "{}",
            answer.text
        );
    }
}

/// Attack A16.
#[tokio::test]
async fn an_edited_token_gives_no_rows() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    for name in ["E0", "E1"] {
        plant(&stage, ACCOUNT, REGION, name).await;
    }
    let first = stage
        .json(
            &admin,
            "cloudtrail.LookupEvents",
            json!({ "MaxResults": 1 }),
        )
        .await;
    let token = first.json()["NextToken"].as_str().unwrap().to_owned();
    for position in 0..token.len() - 1 {
        let mut edited = token.clone().into_bytes();
        edited[position] = if edited[position] == b'A' { b'B' } else { b'A' };
        let edited = String::from_utf8(edited).unwrap();
        let input = json!({ "MaxResults": 1, "NextToken": edited });
        let answer = stage.json(&admin, "cloudtrail.LookupEvents", input).await;
        assert_eq!(
            answer.code().as_deref(),
            Some("InvalidNextTokenException"),
            "{position}"
        );
    }
}

#[tokio::test]
async fn bad_questions_are_refused_as_on_aws() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    let two = json!({ "LookupAttributes": [
        { "AttributeKey": "EventName", "AttributeValue": "a" },
        { "AttributeKey": "Username", "AttributeValue": "b" },
    ] });
    for (input, code) in [
        (two, "InvalidLookupAttributesException"),
        (by("ReadOnly", "yes"), "InvalidLookupAttributesException"),
        (by("Pod", "demo/app-0"), "InvalidLookupAttributesException"),
        (by("EventName", ""), "InvalidLookupAttributesException"),
        (
            json!({ "StartTime": 2, "EndTime": 1 }),
            "InvalidTimeRangeException",
        ),
        (json!({ "MaxResults": 0 }), "InvalidMaxResultsException"),
        (json!({ "MaxResults": 51 }), "InvalidMaxResultsException"),
        (json!({ "NextToken": "x" }), "InvalidNextTokenException"),
        (
            json!({ "EventCategory": "data" }),
            "InvalidEventCategoryException",
        ),
    ] {
        let answer = stage
            .json(&admin, "cloudtrail.LookupEvents", input.clone())
            .await;
        assert_eq!(
            answer.code().as_deref(),
            Some(code),
            "{input}: {}",
            answer.text
        );
    }
    let nobody = stage.user("nobody", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#);
    let answer = stage
        .json(&nobody, "cloudtrail.LookupEvents", json!({}))
        .await;
    assert_eq!(answer.code().as_deref(), Some("AccessDeniedException"));
}
