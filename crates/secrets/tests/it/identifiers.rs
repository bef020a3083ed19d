//! Names, ARNs, partial ARNs.

use serde_json::json;

use crate::scene::{Scene, answer, no_secret};

const PREFIX: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:";

#[tokio::test]
async fn what_names_a_secret() {
    let (scene, arn) = Scene::with_secret("app/db").await;
    let trap = scene.create("my-secret").await;
    let suffix = arn.rsplit('-').next().unwrap();
    for (typed, found) in [
        ("app/db".to_owned(), Some(&arn)),
        (arn.clone(), Some(&arn)),
        (format!("{PREFIX}app/db"), Some(&arn)),
        // Names are told apart by case.
        ("app/DB".to_owned(), None),
        // A name with a suffix is no ARN.
        (format!("app/db-{suffix}"), None),
        (format!("{PREFIX}app/db-AAAAAA"), None),
        // Ends in a hyphen and six characters: looks complete, and is not.
        (format!("{PREFIX}my-secret"), None),
        ("my-secret".to_owned(), Some(&trap)),
        (trap.clone(), Some(&trap)),
        (arn.replace("eu-west-1", "eu-west-2"), None),
        (arn.replace("arn:aws:", "arn:aws-cn:"), None),
        (arn.replace(":secret:", ":other:"), None),
        ("arn:aws:s3:::bucket".to_owned(), None),
        ("arn:nonsense".to_owned(), None),
    ] {
        let expected = match found {
            Some(arn) => answer(json!({"ARN": arn})),
            None => no_secret(),
        };
        scene
            .check("DescribeSecret", json!({"SecretId": typed}), expected)
            .await;
    }
}

#[tokio::test]
async fn a_secret_lives_in_its_region() {
    let (scene, _) = Scene::with_secret("s").await;
    let elsewhere = scene
        .stage
        .json_in(
            &scene.admin,
            "eu-west-2",
            "secretsmanager.GetSecretValue",
            json!({"SecretId": "s"}),
        )
        .await;
    assert_eq!(
        elsewhere.code().as_deref(),
        Some("ResourceNotFoundException")
    );
}

#[tokio::test]
async fn a_secret_made_again_is_another() {
    let (scene, first) = Scene::with_secret("s").await;
    scene
        .check(
            "DeleteSecret",
            json!({"SecretId": "s", "ForceDeleteWithoutRecovery": true}),
            answer(json!({"ARN": first, "Name": "s"})),
        )
        .await;
    let second = scene.create("s").await;
    assert_ne!(first, second);
    scene
        .check("GetSecretValue", json!({"SecretId": first}), no_secret())
        .await;
    scene
        .check(
            "GetSecretValue",
            json!({"SecretId": second}),
            answer(json!({})),
        )
        .await;
}
