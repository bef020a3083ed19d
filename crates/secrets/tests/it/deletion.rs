//! Deletion, recovery, and the end of the recovery window.

use secrets::secretsmanager::remove_due_secrets;
use serde_json::{Value as Json, json};

use crate::at_rest;
use crate::scene::{
    DAY, Expected, NOON, Scene, answer, marked_for_deletion, no_secret, refusal, token,
};

fn s() -> Json {
    json!({"SecretId": "s"})
}

#[tokio::test]
async fn a_deleted_secret_waits_hidden() {
    let (scene, arn) = Scene::with_secret("s").await;
    let scheduled = || {
        refusal(
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled for \
             deletion.",
        )
    };
    scene
        .script(vec![
            (
                "DeleteSecret",
                s(),
                answer(json!({"ARN": arn, "Name": "s", "DeletionDate": NOON + 30 * DAY})),
            ),
            (
                "DescribeSecret",
                s(),
                answer(json!({"DeletedDate": NOON, "LastChangedDate": NOON})),
            ),
            ("ListSecretVersionIds", s(), answer(json!({"ARN": arn}))),
            ("GetSecretValue", s(), marked_for_deletion()),
            (
                "PutSecretValue",
                json!({"SecretId": "s", "SecretString": "v", "ClientRequestToken": token(2)}),
                marked_for_deletion(),
            ),
            (
                "UpdateSecret",
                json!({"SecretId": "s", "Description": "d"}),
                marked_for_deletion(),
            ),
            (
                "TagResource",
                json!({"SecretId": "s", "Tags": []}),
                marked_for_deletion(),
            ),
            (
                "UntagResource",
                json!({"SecretId": "s", "TagKeys": []}),
                marked_for_deletion(),
            ),
            ("GetResourcePolicy", s(), marked_for_deletion()),
            (
                "UpdateSecretVersionStage",
                json!({"SecretId": "s", "VersionStage": "x", "MoveToVersionId": token(1)}),
                marked_for_deletion(),
            ),
            ("DeleteSecret", s(), marked_for_deletion()),
            ("CreateSecret", json!({"Name": "s"}), scheduled()),
            (
                "CreateSecret",
                json!({"Name": "s", "SecretString": "v1", "ClientRequestToken": token(1)}),
                scheduled(),
            ),
            (
                "RestoreSecret",
                s(),
                answer(json!({"ARN": arn, "Name": "s"})),
            ),
            ("DescribeSecret", s(), Expected::Without(&["DeletedDate"])),
            ("GetSecretValue", s(), answer(json!({"SecretString": "v1"}))),
            ("RestoreSecret", s(), answer(json!({"ARN": arn}))),
        ])
        .await;
    // A recovered secret is not in the calendar any more.
    scene.pass_days(31);
    assert_eq!(remove_due_secrets(scene.stage.server()).await.unwrap(), 0);
    scene
        .check("GetSecretValue", s(), answer(json!({"SecretString": "v1"})))
        .await;
}

#[tokio::test]
async fn windows_and_force() {
    let (scene, arn) = Scene::with_secret("s").await;
    let delete = |more: Json| {
        let mut input = s();
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        input
    };
    let out_of_range = || {
        refusal(
            "InvalidParameterException",
            "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
        )
    };
    let force = || json!({"ForceDeleteWithoutRecovery": true});
    scene
        .script(vec![
            ("DeleteSecret", delete(json!({"RecoveryWindowInDays": 6})), out_of_range()),
            ("DeleteSecret", delete(json!({"RecoveryWindowInDays": 31})), out_of_range()),
            ("DeleteSecret", delete(json!({"RecoveryWindowInDays": -9_223_372_036_854_775_808_i64})), out_of_range()),
            (
                "DeleteSecret",
                delete(json!({"RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": true})),
                refusal(
                    "InvalidParameterException",
                    "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
                ),
            ),
            (
                "DeleteSecret",
                delete(json!({"RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": false})),
                answer(json!({"DeletionDate": NOON + 7 * DAY})),
            ),
            // Force also ends a recovery window that has begun.
            ("DeleteSecret", delete(force()), answer(json!({"ARN": arn, "DeletionDate": NOON}))),
            ("DescribeSecret", s(), no_secret()),
            ("RestoreSecret", s(), no_secret()),
            // What is missing may be deleted by force, and only so.
            ("DeleteSecret", delete(force()), answer(json!({"Name": "s"}))),
            ("DeleteSecret", s(), no_secret()),
            (
                "DeleteSecret",
                json!({"SecretId": arn.replace("eu-west-1", "eu-west-2"), "ForceDeleteWithoutRecovery": true}),
                no_secret(),
            ),
        ])
        .await;
    assert_eq!(at_rest::rows_of_secrets(&scene).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_secret_ends_with_its_window() {
    let (scene, first) = Scene::with_secret("s").await;
    scene.create("other").await;
    scene
        .check(
            "DeleteSecret",
            json!({"SecretId": "s", "RecoveryWindowInDays": 7}),
            answer(json!({})),
        )
        .await;
    scene.stage.clock.advance_millis(7 * DAY * 1_000 - 1);
    assert_eq!(remove_due_secrets(scene.stage.server()).await.unwrap(), 0);
    scene
        .check("DescribeSecret", s(), answer(json!({"ARN": first})))
        .await;
    scene.stage.clock.advance_millis(1);
    // Gone for callers at once, with or without the removal of its rows.
    scene.check("DescribeSecret", s(), no_secret()).await;
    scene.check("RestoreSecret", s(), no_secret()).await;
    assert_eq!(remove_due_secrets(scene.stage.server()).await.unwrap(), 1);
    assert_eq!(remove_due_secrets(scene.stage.server()).await.unwrap(), 0);
    let left = at_rest::rows_of_secrets(&scene).await;
    assert!(
        left.len() == 2 && left.iter().all(|key| key.contains("other")),
        "{left:?}"
    );
}

#[tokio::test]
async fn a_name_is_free_when_the_window_has_passed() {
    let (scene, first) = Scene::with_secret("s").await;
    scene
        .check(
            "DeleteSecret",
            json!({"SecretId": "s", "RecoveryWindowInDays": 7}),
            answer(json!({})),
        )
        .await;
    scene.pass_days(7);
    let second = scene.create("s").await;
    assert_ne!(first, second);
    // The first one's values and its day in the calendar went with it.
    assert_eq!(at_rest::rows_of_secrets(&scene).await.len(), 2);
    assert_eq!(remove_due_secrets(scene.stage.server()).await.unwrap(), 0);
    scene
        .check("GetSecretValue", s(), answer(json!({"ARN": second})))
        .await;
}
