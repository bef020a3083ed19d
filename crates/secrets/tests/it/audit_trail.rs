//! What the record of a call shows.

use serde_json::{Value as Json, json};

use crate::at_rest::records;
use crate::scene::{ALLOW_NOTHING, Scene, answer, token};

/// Looks at the record of the last call; the clock moves on so that the next one sorts behind.
async fn check(scene: &Scene, operation: &str, request: Json, response: Json, arn: Option<&str>) {
    scene.stage.clock.advance_millis(1);
    let records = records(scene).await;
    let record = serde_json::to_value(records.last().unwrap().1.record()).unwrap();
    let resources = match arn {
        Some(arn) => {
            json!([{"accountId": "123456789012", "type": "AWS::SecretsManager::Secret", "ARN": arn}])
        }
        None => Json::Null,
    };
    let shown = |member: &str| record.get(member).cloned().unwrap_or_default();
    assert_eq!(shown("eventName"), json!(operation));
    assert_eq!(shown("eventSource"), json!("secretsmanager.amazonaws.com"));
    assert_eq!(shown("requestParameters"), request, "{operation}");
    assert_eq!(shown("responseElements"), response, "{operation}");
    assert_eq!(shown("resources"), resources, "{operation}");
}

#[tokio::test]
async fn records_show_names_and_never_values() {
    let (scene, arn) = Scene::with_secret("s").await;
    let arn = Some(arn.as_str());
    let made = json!({"name": "s", "clientRequestToken": token(1)});
    let answered = json!({"arn": arn, "name": "s", "versionId": token(1)});
    check(&scene, "CreateSecret", made, answered, arn).await;

    let get = json!({"SecretId": "s", "VersionStage": "AWSCURRENT"});
    scene
        .check("GetSecretValue", get, answer(json!({"SecretString": "v1"})))
        .await;
    let asked = json!({"secretId": "s", "versionStage": "AWSCURRENT"});
    check(&scene, "GetSecretValue", asked, Json::Null, arn).await;

    let put = json!({"SecretId": "s", "SecretString": "v2", "ClientRequestToken": token(2)});
    scene.check("PutSecretValue", put, answer(json!({}))).await;
    let asked = json!({"secretId": "s", "clientRequestToken": token(2)});
    let answered =
        json!({"arn": arn, "name": "s", "versionId": token(2), "versionStages": ["AWSCURRENT"]});
    check(&scene, "PutSecretValue", asked, answered, arn).await;

    scene
        .check("GetRandomPassword", json!({}), answer(json!({})))
        .await;
    check(&scene, "GetRandomPassword", Json::Null, Json::Null, None).await;

    scene
        .call("GetSecretValue", json!({"SecretId": "missing"}))
        .await;
    check(
        &scene,
        "GetSecretValue",
        json!({"secretId": "missing"}),
        Json::Null,
        None,
    )
    .await;

    let nobody = scene.stage.user("nobody", ALLOW_NOTHING);
    scene
        .call_as(&nobody, "GetSecretValue", json!({"SecretId": "s"}))
        .await;
    check(
        &scene,
        "GetSecretValue",
        json!({"secretId": "s"}),
        Json::Null,
        arn,
    )
    .await;
}
