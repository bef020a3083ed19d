//! The checks, over the wire.

use engine::testing::{ACCOUNT, REGION, Stage};
use engine::{Arrival, Transport};
use serde_json::{Value as Json, json};
use sigv4::Credentials;

const ADMIN: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"access-analyzer:*","Resource":"*"}]}"#;
const NEW_ACCESS: &str = "/policy/check-no-new-access";
const NOT_GRANTED: &str = "/policy/check-access-not-granted";
const VALIDATION: &str = "/policy/validation";

async fn stage() -> Stage {
    Stage::new(super::register).await
}

async fn post(
    stage: &Stage,
    by: &Credentials,
    path: &str,
    query: &str,
    body: &Json,
) -> (u16, Json) {
    let host = "127.0.0.1:4566";
    let body = body.to_string().into_bytes();
    let signer = sigv4::Signer {
        credentials: by,
        region: REGION,
        service: "access-analyzer",
        now: stage.server().clock.now(),
    };
    let request = sigv4::Outgoing {
        method: "POST",
        host,
        path,
        query,
        body: &body,
        path_style: sigv4::PathStyle::Standard,
    };
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    sigv4::sign(&signer, &request, &mut headers).unwrap();
    headers.push(("host".to_owned(), host.to_owned()));
    let answer = stage
        .engine
        .handle(Arrival {
            method: "POST".to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers
                .into_iter()
                .map(|(name, value)| (name, value.into_bytes()))
                .collect(),
            body: body.into(),
            ip: [127, 0, 0, 1].into(),
            transport: Transport::Plain,
        })
        .await;
    (
        answer.status,
        serde_json::from_slice(&answer.body).unwrap_or_default(),
    )
}

fn policy(statement: &Json) -> String {
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

fn allow(action: &str, resource: &str) -> String {
    policy(&json!([{ "Effect": "Allow", "Action": action, "Resource": resource }]))
}

fn comparison(existing: &str, new: &str) -> Json {
    json!({ "existingPolicyDocument": existing, "newPolicyDocument": new, "policyType": "IDENTITY_POLICY" })
}

#[tokio::test]
async fn new_access() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    let (narrow, wide) = (allow("s3:Get*", "*"), allow("s3:*", "*"));
    let passed = post(&stage, &admin, NEW_ACCESS, "", &comparison(&wide, &narrow)).await;
    let message =
        "The modified permissions do not grant new access compared to your existing policy.";
    assert_eq!(
        passed,
        (200, json!({ "result": "PASS", "message": message }))
    );
    let failed = post(&stage, &admin, NEW_ACCESS, "", &comparison(&narrow, &wide)).await;
    let message = "The modified permissions grant new access compared to your existing policy.";
    let reason =
        json!({ "description": "New access in the statement with index: 0.", "statementIndex": 0 });
    assert_eq!(
        failed,
        (
            200,
            json!({ "result": "FAIL", "message": message, "reasons": [reason] })
        )
    );
}

#[tokio::test]
async fn what_is_not_decided_is_not_passed() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    let when = |condition: Json| {
        policy(
            &json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition }),
        )
    };
    let old = when(json!({ "NumericLessThan": { "x:n": "100" } }));
    let new = when(json!({ "NumericLessThan": { "x:n": "10" }, "StringLike": { "x:n": "1*" } }));
    let (status, answer) = post(&stage, &admin, NEW_ACCESS, "", &comparison(&old, &new)).await;
    assert_eq!(
        (status, &answer["__type"]),
        (422, &json!("UnprocessableEntityException"))
    );
    for (existing, new) in [
        ("{", wide()),
        (&wide(), "[]".to_owned()),
        (&wide(), "{}".to_owned()),
    ] {
        let (status, answer) =
            post(&stage, &admin, NEW_ACCESS, "", &comparison(existing, &new)).await;
        assert_eq!(
            (status, &answer["__type"]),
            (400, &json!("InvalidParameterException"))
        );
    }
}

fn wide() -> String {
    allow("s3:*", "*")
}

#[tokio::test]
async fn access_not_granted() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    let text = policy(
        &json!([{ "Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::open/*" }]),
    );
    for (access, status, expected) in [
        (json!([{ "actions": ["s3:PutObject"] }]), 200, "PASS"),
        (
            json!([{ "actions": ["s3:PutObject", "s3:GetObject"] }]),
            200,
            "FAIL",
        ),
        (
            json!([{ "resources": ["arn:aws:s3:::open/key"] }]),
            200,
            "FAIL",
        ),
        (
            json!([{ "actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::shut/*"] }]),
            200,
            "PASS",
        ),
        (json!([]), 400, "InvalidParameterException"),
        (json!([{}]), 400, "InvalidParameterException"),
        (
            json!([{ "actions": ["nothing"] }]),
            400,
            "InvalidParameterException",
        ),
        (
            json!([{ "resources": ["arn:aws:*:::open"] }]),
            400,
            "InvalidParameterException",
        ),
        (
            json!([{ "actions": ["a:B"] }, { "actions": ["a:B"] }]),
            400,
            "ValidationException",
        ),
        (
            json!([{ "actions": vec!["a:B"; 101] }]),
            400,
            "ValidationException",
        ),
    ] {
        let body =
            json!({ "policyDocument": text, "access": access, "policyType": "IDENTITY_POLICY" });
        let (got, answer) = post(&stage, &admin, NOT_GRANTED, "", &body).await;
        let told = answer.get("result").unwrap_or(&answer["__type"]);
        assert_eq!((got, told), (status, &json!(expected)), "{access} {answer}");
        if expected == "FAIL" {
            let reason = json!({
                "description": "One or more of the listed actions or resources in the statement with sid: Read.",
                "statementIndex": 0, "statementId": "Read",
            });
            assert_eq!(answer["reasons"], json!([reason]));
        }
    }
}

#[tokio::test]
async fn findings_page_by_page() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    let text = policy(
        &json!({ "Sid": "", "Effect": "Allow", "Action": ["iam:PassRole", "s3:Nothing"], "Resource": "*" }),
    );
    let body = json!({ "policyDocument": text, "policyType": "IDENTITY_POLICY" });
    let (status, all) = post(&stage, &admin, VALIDATION, "", &body).await;
    assert_eq!(status, 200, "{all}");
    let findings = all["findings"].as_array().unwrap();
    let codes: Vec<&str> = findings
        .iter()
        .map(|one| one["issueCode"].as_str().unwrap())
        .collect();
    assert!(
        codes.contains(&"EMPTY_SID_VALUE") && codes.contains(&"PASS_ROLE_WITH_STAR_IN_RESOURCE"),
        "{codes:?}"
    );
    for finding in findings {
        assert!(
            finding["learnMoreLink"]
                .as_str()
                .unwrap()
                .starts_with("https://docs.aws.amazon.com/")
        );
        let location = &finding["locations"][0];
        assert!(location["path"].is_array() && location["span"]["start"]["line"].is_number());
    }
    let mut found = Vec::new();
    let mut query = "maxResults=1".to_owned();
    loop {
        let (status, page) = post(&stage, &admin, VALIDATION, &query, &body).await;
        assert_eq!(
            (status, page["findings"].as_array().unwrap().len()),
            (200, 1)
        );
        found.extend(page["findings"].as_array().unwrap().clone());
        let Some(token) = page["nextToken"].as_str() else {
            break;
        };
        query = format!("maxResults=1&nextToken={token}");
        let other = json!({ "policyDocument": "{}", "policyType": "IDENTITY_POLICY" });
        assert_eq!(
            post(&stage, &admin, VALIDATION, &query, &other).await.0,
            400
        );
    }
    assert_eq!(&found, findings);
}

#[tokio::test]
async fn what_is_not_served_is_refused() {
    let stage = stage().await;
    let admin = stage.user("admin", ADMIN);
    for (more, query) in [
        (json!({ "policyType": "PERMISSIONS" }), ""),
        (json!({ "locale": "DE" }), ""),
        (
            json!({ "validatePolicyResourceType": "AWS::S3::Bucket" }),
            "",
        ),
        (json!({}), "maxResults=0"),
        (json!({}), "nextToken=x"),
    ] {
        let mut body = json!({ "policyDocument": wide(), "policyType": "IDENTITY_POLICY" });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let (status, answer) = post(&stage, &admin, VALIDATION, query, &body).await;
        assert_eq!(
            (status, &answer["__type"]),
            (400, &json!("ValidationException")),
            "{more} {query}"
        );
        assert_eq!(answer["reason"], json!("fieldValidationFailed"), "{answer}");
    }
}

#[tokio::test]
async fn each_check_is_a_permission() {
    let stage = stage().await;
    let nobody = stage.user("nobody", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#);
    for (path, action, body) in [
        (NEW_ACCESS, "CheckNoNewAccess", comparison("{", "{")),
        (
            NOT_GRANTED,
            "CheckAccessNotGranted",
            json!({ "policyDocument": "{", "access": [], "policyType": "IDENTITY_POLICY" }),
        ),
        (
            VALIDATION,
            "ValidatePolicy",
            json!({ "policyDocument": "{", "policyType": "IDENTITY_POLICY" }),
        ),
    ] {
        let (status, answer) = post(&stage, &nobody, path, "", &body).await;
        assert_eq!(
            (status, &answer["__type"]),
            (403, &json!("AccessDeniedException"))
        );
        let told = format!(
            "User: arn:aws:iam::{ACCOUNT}:user/nobody is not authorized to perform: access-analyzer:{action} "
        );
        assert!(
            answer["message"].as_str().unwrap().starts_with(&told),
            "{answer}"
        );
    }
}
