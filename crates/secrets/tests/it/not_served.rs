//! What this server does not do yet is refused, and changes nothing.

use serde_json::{Value as Json, json};

use crate::scene::{Expected, Scene, answer, no_secret, token};

async fn check(operation: &str, input: Json) {
    let (scene, _) = Scene::with_secret("s").await;
    let refused =
        Expected::RefusalLike("InvalidParameterException", "not served by this server yet");
    scene.check(operation, input, refused).await;
    scene
        .check("DescribeSecret", json!({"SecretId": "new"}), no_secret())
        .await;
    let unchanged = answer(json!({"VersionIdsToStages": {token(1): ["AWSCURRENT"]}}));
    scene
        .check("DescribeSecret", json!({"SecretId": "s"}), unchanged)
        .await;
}

#[tokio::test]
async fn members_that_are_not_served() {
    let value = |extra: Json| {
        let mut input = json!({"SecretString": "v", "ClientRequestToken": token(2)});
        input
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        input
    };
    let key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    for (operation, input) in [
        (
            "CreateSecret",
            value(json!({"Name": "new", "KmsKeyId": key})),
        ),
        (
            "CreateSecret",
            value(json!({"Name": "new", "KmsKeyId": "alias/mine"})),
        ),
        (
            "CreateSecret",
            value(
                json!({"Name": "new", "KmsKeyId": "arn:aws:kms:eu-west-1:210987654321:alias/aws/secretsmanager"}),
            ),
        ),
        (
            "CreateSecret",
            value(json!({"Name": "new", "AddReplicaRegions": [{"Region": "eu-west-2"}]})),
        ),
        (
            "CreateSecret",
            value(json!({"Name": "new", "ForceOverwriteReplicaSecret": true})),
        ),
        (
            "CreateSecret",
            value(json!({"Name": "new", "Type": "SalesforceClientSecret"})),
        ),
        (
            "CreateSecret",
            value(
                json!({"Name": "new", "CrossAccountPrimaryARN": "arn:aws:secretsmanager:eu-west-1:210987654321:secret:a-AbCdEf"}),
            ),
        ),
        (
            "UpdateSecret",
            value(json!({"SecretId": "s", "KmsKeyId": key})),
        ),
        ("UpdateSecret", value(json!({"SecretId": "s", "Type": "x"}))),
        (
            "PutSecretValue",
            value(json!({"SecretId": "s", "RotationToken": "a".repeat(36)})),
        ),
        (
            "GetResourcePolicy",
            json!({"SecretId": "s", "PolicyName": "p"}),
        ),
    ] {
        check(operation, input).await;
    }
}

#[tokio::test]
async fn the_default_key_may_be_named() {
    let scene = Scene::new().await;
    for (number, key) in [
        "alias/aws/secretsmanager",
        "arn:aws:kms:eu-west-1:123456789012:alias/aws/secretsmanager",
    ]
    .into_iter()
    .enumerate()
    {
        let input = json!({"Name": format!("s{number}"), "KmsKeyId": key, "ForceOverwriteReplicaSecret": false});
        scene.check("CreateSecret", input, answer(json!({}))).await;
    }
    scene
        .check(
            "UpdateSecret",
            json!({"SecretId": "s0", "KmsKeyId": ""}),
            answer(json!({})),
        )
        .await;
}

#[tokio::test]
async fn operations_that_are_not_served() {
    let (scene, _) = Scene::with_secret("s").await;
    for operation in [
        "RotateSecret",
        "PutResourcePolicy",
        "BatchGetSecretValue",
        "NoSuchThing",
    ] {
        let response = scene.call(operation, json!({"SecretId": "s"})).await;
        assert_eq!(
            (response.status, response.code().as_deref()),
            (400, Some("UnknownOperationException")),
            "{operation}: {}",
            response.text
        );
    }
}
