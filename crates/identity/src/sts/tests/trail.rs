//! What the calls leave in the audit trail.

use serde_json::{Value as Json, json};

use super::world::{ROLE, World, minted, trust_accounts};

/// The newest record of that event.
pub(super) async fn newest(world: &World, event: &str) -> Option<Json> {
    let input = json!({"LookupAttributes": [
        {"AttributeKey": "EventName", "AttributeValue": event},
    ]});
    let answer = world
        .stage
        .json(&world.admin, "cloudtrail.LookupEvents", input)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let events = answer.json();
    let event = events["Events"].as_array()?.first()?.clone();
    Some(serde_json::from_str(event["CloudTrailEvent"].as_str()?).unwrap())
}

#[tokio::test]
async fn a_web_identity_call_is_recorded_field_by_field() {
    let world = World::new().await;
    let changes = json!({"https://aws.amazon.com/tags": {
        "principal_tags": {"team": ["blue"]}, "transitive_tag_keys": ["team"],
    }});
    let token = world.token(&changes);
    let session = minted(&world.web(&token, &[("DurationSeconds", "900")]).await);
    let record = newest(&world, "AssumeRoleWithWebIdentity").await.unwrap();
    let provider = "arn:aws:iam::123456789012:oidc-provider/oidc.example/id/ABC";
    let subject = "system:serviceaccount:demo:app";
    assert_eq!(
        record["userIdentity"],
        json!({
            "type": "WebIdentityUser",
            "principalId": format!("{provider}:sts.amazonaws.com:{subject}"),
            "userName": subject,
            "identityProvider": provider,
        })
    );
    assert_eq!(
        record["requestParameters"],
        json!({
            "roleArn": ROLE, "roleSessionName": "s-1", "durationSeconds": 900,
            "principalTags": {"team": "blue"}, "transitiveTagKeys": ["team"],
        })
    );
    let response = &record["responseElements"];
    assert_eq!(
        response["credentials"]["accessKeyId"],
        session.access_key_id.as_str()
    );
    assert_eq!(
        response["credentials"]["expiration"],
        "Nov 21, 2026, 12:15:00 PM"
    );
    assert_eq!(response["credentials"]["sessionToken"], audit::HIDDEN);
    assert_eq!(response["subjectFromWebIdentityToken"], subject);
    assert_eq!(response["audience"], "sts.amazonaws.com");
    assert_eq!(response["provider"], provider);
    assert_eq!(record["readOnly"], true);
    assert_eq!(record["resources"][0]["ARN"], ROLE);
    assert_eq!(record["resources"][0]["type"], "AWS::IAM::Role");
    assert_eq!(
        record["additionalEventData"],
        json!({"identityProviderConnectionVerificationMethod": "IAMTrustStore"})
    );
    let text = record.to_string();
    for secret in [
        token.as_str(),
        session.secret_access_key.expose(),
        session.session_token.as_ref().unwrap().expose(),
    ] {
        assert!(!text.contains(secret), "a secret in {text}");
    }
}

#[tokio::test]
async fn a_later_call_joins_on_the_access_key() {
    let world = World::new().await;
    let session = world.session().await;
    world.who(&session).await;
    let record = newest(&world, "GetCallerIdentity").await.unwrap();
    let identity = &record["userIdentity"];
    assert_eq!(identity["type"], "AssumedRole");
    assert_eq!(identity["accessKeyId"], session.access_key_id.as_str());
    assert_eq!(identity["sessionContext"]["sessionIssuer"]["arn"], ROLE);
    assert_eq!(
        identity["sessionContext"]["webIdFederationData"]["federatedProvider"],
        "arn:aws:iam::123456789012:oidc-provider/oidc.example/id/ABC"
    );
}

/// THREATS R48: durable only once the signature was verified.
#[tokio::test]
async fn only_genuine_tokens_leave_records() {
    let world = World::new().await;
    let token = world.token(&json!({}));
    let (head, _) = token.rsplit_once('.').unwrap();
    for bad in ["a.b.c".to_owned(), format!("{head}.{}", "A".repeat(86))] {
        assert_eq!(world.web(&bad, &[]).await.status, 400);
    }
    assert!(newest(&world, "AssumeRoleWithWebIdentity").await.is_none());
    let genuine = world.token(&json!({"https://aws.amazon.com/roles": []}));
    assert_eq!(world.web(&genuine, &[]).await.status, 400);
    let record = newest(&world, "AssumeRoleWithWebIdentity").await.unwrap();
    assert_eq!(record["errorCode"], "InvalidIdentityToken");
    world.stage.clock.advance_millis(1_000);
    let refused = world.token(&json!({"sub": "system:serviceaccount:demo:other"}));
    assert_eq!(world.web(&refused, &[]).await.status, 403);
    let record = newest(&world, "AssumeRoleWithWebIdentity").await.unwrap();
    assert_eq!(record["errorCode"], "AccessDenied");
    assert_eq!(record["requestParameters"]["roleArn"], ROLE);
    assert_eq!(record["responseElements"], Json::Null);
}

#[tokio::test]
async fn assume_role_is_recorded() {
    let world = World::new().await;
    world
        .role(
            "123456789012",
            "b",
            &trust_accounts(&["123456789012"], &["sts:*"]),
        )
        .await;
    let more = [
        ("ExternalId", "ext"),
        ("SourceIdentity", "ann"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "blue"),
    ];
    let role = "arn:aws:iam::123456789012:role/b";
    let session = minted(&world.assume(&world.admin, role, &more).await);
    let record = newest(&world, "AssumeRole").await.unwrap();
    assert_eq!(
        record["requestParameters"],
        json!({
            "roleArn": role, "roleSessionName": "s-2", "sourceIdentity": "ann",
            "externalId": "ext", "tags": [{"key": "team", "value": "blue"}],
        })
    );
    let credentials = &record["responseElements"]["credentials"];
    assert_eq!(credentials["accessKeyId"], session.access_key_id.as_str());
    assert_eq!(credentials["secretAccessKey"], Json::Null);
    assert_eq!(record["responseElements"]["sourceIdentity"], "ann");
}
