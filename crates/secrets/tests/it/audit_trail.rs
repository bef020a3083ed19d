//! What the record of a call shows.

use serde_json::{Value as Json, json};

use crate::at_rest::records;
use crate::scene::{ALLOW_NOTHING, Scene, answer, token};

/// What the record of a call shows of a secret.
struct Shown<'a> {
    request: Json,
    response: Json,
    /// In the record itself.
    resource: Option<&'a str>,
    /// As LookupEvents lists it.
    names: Vec<&'a str>,
}

/// Looks at the record of the last call; the clock moves on so that the next one sorts behind.
async fn check(scene: &Scene, operation: &str, expected: Shown<'_>) {
    scene.stage.clock.advance_millis(1);
    let records = records(scene).await;
    let entry = &records.last().unwrap().1;
    let record = serde_json::to_value(entry.record()).unwrap();
    let resources = match expected.resource {
        Some(arn) => {
            json!([{"accountId": "123456789012", "type": "AWS::SecretsManager::Secret", "ARN": arn}])
        }
        None => Json::Null,
    };
    let shown = |member: &str| record.get(member).cloned().unwrap_or_default();
    assert_eq!(shown("eventName"), json!(operation));
    assert_eq!(shown("eventSource"), json!("secretsmanager.amazonaws.com"));
    assert_eq!(shown("requestParameters"), expected.request, "{operation}");
    assert_eq!(shown("responseElements"), expected.response, "{operation}");
    assert_eq!(shown("resources"), resources, "{operation}");
    let listed = entry.resources();
    let names: Vec<_> = listed.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, expected.names, "{operation}");
    assert!(
        listed
            .iter()
            .all(|one| one.kind == "AWS::SecretsManager::Secret")
    );
}

#[tokio::test]
async fn records_show_names_and_never_values() {
    let (scene, arn) = Scene::with_secret("s").await;
    let arn = arn.as_str();
    let made = Shown {
        request: json!({"name": "s", "clientRequestToken": token(1), "forceOverwriteReplicaSecret": false}),
        response: json!({"arn": arn}),
        resource: None,
        names: vec!["s", arn],
    };
    check(&scene, "CreateSecret", made).await;

    let full = json!({
        "Name": "t", "SecretString": "v", "ClientRequestToken": token(1), "Description": "d",
        "KmsKeyId": "alias/aws/secretsmanager", "Tags": [{"Key": "k", "Value": "v"}],
    });
    let other = scene.check("CreateSecret", full, answer(json!({}))).await;
    let made = Shown {
        request: json!({
            "name": "t", "clientRequestToken": token(1), "description": "d",
            "kmsKeyId": "alias/aws/secretsmanager", "tags": [{"key": "k", "value": "v"}],
            "forceOverwriteReplicaSecret": false,
        }),
        response: json!({"arn": other["ARN"]}),
        resource: None,
        names: vec!["t", other["ARN"].as_str().unwrap()],
    };
    check(&scene, "CreateSecret", made).await;

    let get = json!({"SecretId": "s", "VersionStage": "AWSCURRENT"});
    scene
        .check("GetSecretValue", get, answer(json!({"SecretString": "v1"})))
        .await;
    let read = Shown {
        request: json!({"secretId": "s", "versionStage": "AWSCURRENT"}),
        response: Json::Null,
        resource: None,
        names: vec!["s", arn],
    };
    check(&scene, "GetSecretValue", read).await;

    let get = json!({"SecretId": arn});
    scene.check("GetSecretValue", get, answer(json!({}))).await;
    let read = Shown {
        request: json!({"secretId": arn}),
        response: Json::Null,
        resource: Some(arn),
        names: vec![arn],
    };
    check(&scene, "GetSecretValue", read).await;

    let put = json!({"SecretId": arn, "SecretString": "v2", "ClientRequestToken": token(2)});
    scene.check("PutSecretValue", put, answer(json!({}))).await;
    let written = Shown {
        request: json!({"secretId": arn, "clientRequestToken": token(2)}),
        response: json!({"arn": arn}),
        resource: Some(arn),
        names: vec![arn],
    };
    check(&scene, "PutSecretValue", written).await;

    let update = json!({"SecretId": arn, "Description": "d"});
    scene.check("UpdateSecret", update, answer(json!({}))).await;
    let written = Shown {
        request: json!({"secretId": arn, "description": "d"}),
        response: json!({"arn": arn}),
        resource: Some(arn),
        names: vec![arn],
    };
    check(&scene, "UpdateSecret", written).await;

    scene
        .check("GetRandomPassword", json!({}), answer(json!({})))
        .await;
    let nothing = Shown {
        request: Json::Null,
        response: Json::Null,
        resource: None,
        names: vec![],
    };
    check(&scene, "GetRandomPassword", nothing).await;

    let delete = json!({"SecretId": "t", "ForceDeleteWithoutRecovery": true});
    scene.check("DeleteSecret", delete, answer(json!({}))).await;
    let deleted = Shown {
        request: json!({"secretId": "t", "forceDeleteWithoutRecovery": true}),
        response: json!({"arn": other["ARN"], "name": "t", "deletionDate": "2026-11-21T12:00:00Z"}),
        resource: None,
        names: vec!["t", other["ARN"].as_str().unwrap()],
    };
    check(&scene, "DeleteSecret", deleted).await;
}

#[tokio::test]
async fn records_of_failures_name_what_was_asked_for() {
    let (scene, arn) = Scene::with_secret("s").await;
    let gone = arn.replace(":s-", ":gone-");
    let nobody = scene.stage.user("nobody", ALLOW_NOTHING);
    scene.stage.clock.advance_millis(1);
    for (by, typed, resource, names) in [
        (&scene.admin, "missing", None, vec!["missing"]),
        (
            &scene.admin,
            gone.as_str(),
            Some(gone.as_str()),
            vec![gone.as_str()],
        ),
        (&nobody, "s", None, vec!["s", arn.as_str()]),
        (
            &nobody,
            arn.as_str(),
            Some(arn.as_str()),
            vec![arn.as_str()],
        ),
    ] {
        scene
            .call_as(by, "GetSecretValue", json!({"SecretId": typed}))
            .await;
        let expected = Shown {
            request: json!({"secretId": typed}),
            response: Json::Null,
            resource,
            names,
        };
        check(&scene, "GetSecretValue", expected).await;
    }
}
