//! Staging labels over the wire.

use serde_json::{Value as Json, json};

use crate::scene::{Expected, Scene, answer, refusal, token};

/// `s` with v1 as AWSPREVIOUS, v2 as AWSCURRENT, v3 as AWSPENDING.
async fn three_versions() -> Scene {
    let (scene, _) = Scene::with_secret("s").await;
    scene
        .script(vec![
            (
                "PutSecretValue",
                json!({"SecretId": "s", "SecretString": "v2", "ClientRequestToken": token(2)}),
                answer(json!({})),
            ),
            (
                "PutSecretValue",
                json!({"SecretId": "s", "SecretString": "v3", "ClientRequestToken": token(3),
                       "VersionStages": ["AWSPENDING"]}),
                answer(json!({"VersionStages": ["AWSPENDING"]})),
            ),
        ])
        .await;
    scene
}

async fn check(steps: Vec<(Json, Expected)>, stages: Json) {
    let scene = three_versions().await;
    for (mut input, expected) in steps {
        input["SecretId"] = json!("s");
        scene
            .check("UpdateSecretVersionStage", input, expected)
            .await;
    }
    scene
        .check(
            "DescribeSecret",
            json!({"SecretId": "s"}),
            answer(json!({"VersionIdsToStages": stages})),
        )
        .await;
}

fn untouched() -> Json {
    json!({token(1): ["AWSPREVIOUS"], token(2): ["AWSCURRENT"], token(3): ["AWSPENDING"]})
}

#[tokio::test]
async fn labels_move_and_drag() {
    let moved = json!({"VersionStage": "AWSCURRENT", "MoveToVersionId": token(3), "RemoveFromVersionId": token(2)});
    check(
        vec![(moved, answer(json!({"Name": "s"})))],
        json!({token(2): ["AWSPREVIOUS"], token(3): ["AWSPENDING", "AWSCURRENT"]}),
    )
    .await;
    let back = json!({"VersionStage": "AWSCURRENT", "MoveToVersionId": token(1), "RemoveFromVersionId": token(2)});
    check(
        vec![(back, answer(json!({})))],
        json!({token(1): ["AWSCURRENT"], token(2): ["AWSPREVIOUS"], token(3): ["AWSPENDING"]}),
    )
    .await;
    let off = json!({"VersionStage": "AWSPENDING", "RemoveFromVersionId": token(3)});
    check(
        vec![(off, answer(json!({})))],
        json!({token(1): ["AWSPREVIOUS"], token(2): ["AWSCURRENT"]}),
    )
    .await;
    let fresh = json!({"VersionStage": "blue", "MoveToVersionId": token(1)});
    check(
        vec![(fresh, answer(json!({})))],
        json!({token(1): ["AWSPREVIOUS", "blue"], token(2): ["AWSCURRENT"], token(3): ["AWSPENDING"]}),
    )
    .await;
    let same = json!({"VersionStage": "AWSCURRENT", "MoveToVersionId": token(2)});
    check(vec![(same, answer(json!({})))], untouched()).await;
}

#[tokio::test]
async fn what_is_not_said_is_not_moved() {
    let unnamed = refusal(
        "InvalidParameterException",
        format!(
            "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is \
             currently attached to version {}, so you must explicitly reference that version in \
             RemoveFromVersionId.",
            token(2)
        ),
    );
    let no_version = refusal(
        "ResourceNotFoundException",
        format!(
            "Secrets Manager can't find the specified secret value for VersionId: {}",
            token(9)
        ),
    );
    let like = |part| Expected::RefusalLike("InvalidParameterException", part);
    check(
        vec![
            (json!({"VersionStage": "AWSCURRENT", "MoveToVersionId": token(3)}), unnamed),
            (json!({"VersionStage": "AWSCURRENT", "MoveToVersionId": token(9)}), no_version),
            (json!({"VersionStage": "AWSCURRENT"}), like("RemoveFromVersionId, MoveToVersionId")),
            (
                json!({"VersionStage": "AWSCURRENT", "RemoveFromVersionId": token(2)}),
                like("You can only move staging label AWSCURRENT"),
            ),
            (
                json!({"VersionStage": "AWSCURRENT", "RemoveFromVersionId": token(1), "MoveToVersionId": token(3)}),
                like("not attached to version"),
            ),
            (
                json!({"VersionStage": "blue", "RemoveFromVersionId": token(1)}),
                like("not attached to version"),
            ),
        ],
        untouched(),
    )
    .await;
}

#[tokio::test]
async fn a_version_holds_twenty_labels() {
    let (scene, _) = Scene::with_secret("s").await;
    for number in 0..20 {
        let expected = if number < 19 {
            answer(json!({}))
        } else {
            Expected::RefusalLike("LimitExceededException", "at most 20 staging labels")
        };
        let input = json!({"SecretId": "s", "VersionStage": format!("l{number}"), "MoveToVersionId": token(1)});
        scene
            .check("UpdateSecretVersionStage", input, expected)
            .await;
    }
}

#[tokio::test]
async fn versions_beyond_a_hundred_go_with_their_values() {
    let (scene, _) = Scene::with_secret("s").await;
    for number in 2..=105 {
        let input =
            json!({"SecretId": "s", "SecretString": "v", "ClientRequestToken": token(number)});
        scene
            .check("PutSecretValue", input, answer(json!({})))
            .await;
    }
    let first = json!({"SecretId": "s", "VersionId": token(1)});
    scene
        .check(
            "GetSecretValue",
            first.clone(),
            answer(json!({"SecretString": "v1"})),
        )
        .await;
    scene.pass_days(1);
    let input = json!({"SecretId": "s", "SecretString": "v", "ClientRequestToken": token(106)});
    scene
        .check("PutSecretValue", input, answer(json!({})))
        .await;
    let gone = Expected::RefusalLike("ResourceNotFoundException", "for VersionId");
    scene.check("GetSecretValue", first, gone).await;
    let rows = crate::at_rest::rows(&scene).await;
    let values = rows
        .iter()
        .filter(|(key, _)| key.contains("/secret-value/"))
        .count();
    assert_eq!(values, 100);
}
