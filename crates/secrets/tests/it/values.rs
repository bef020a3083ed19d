//! Creating, putting, updating and reading values; client tokens and sizes.

use serde_json::json;

use crate::scene::{DAY, Expected, NOON, Scene, answer, no_secret, refusal, token};

#[tokio::test]
async fn a_secret_is_made_read_and_changed() {
    let (scene, arn) = Scene::with_secret("app/db").await;
    let id = json!({"SecretId": "app/db"});
    let suffix = arn.strip_prefix("arn:aws:secretsmanager:eu-west-1:123456789012:secret:app/db-");
    let suffix = suffix.unwrap();
    assert!(
        suffix.len() == 6 && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "{arn}"
    );
    scene
        .script(vec![
            (
                "GetSecretValue",
                id.clone(),
                answer(json!({
                    "ARN": arn, "Name": "app/db", "VersionId": token(1), "SecretString": "v1",
                    "VersionStages": ["AWSCURRENT"], "CreatedDate": NOON,
                })),
            ),
            ("GetSecretValue", id.clone(), Expected::Without(&["SecretBinary"])),
            (
                "PutSecretValue",
                json!({"SecretId": "app/db", "SecretBinary": "AAEC/w==", "ClientRequestToken": token(2)}),
                answer(json!({"ARN": arn, "VersionId": token(2), "VersionStages": ["AWSCURRENT"]})),
            ),
            ("GetSecretValue", id.clone(), answer(json!({"SecretBinary": "AAEC/w=="}))),
            ("GetSecretValue", id.clone(), Expected::Without(&["SecretString"])),
            (
                "UpdateSecret",
                json!({"SecretId": "app/db", "Description": "d"}),
                Expected::Without(&["VersionId"]),
            ),
            (
                "UpdateSecret",
                json!({"SecretId": "app/db", "SecretString": "v3", "ClientRequestToken": token(3)}),
                answer(json!({"ARN": arn, "Name": "app/db", "VersionId": token(3)})),
            ),
            (
                "DescribeSecret",
                id.clone(),
                answer(json!({
                    "ARN": arn, "Name": "app/db", "Description": "d", "CreatedDate": NOON,
                    "LastChangedDate": NOON, "LastAccessedDate": NOON - DAY / 2,
                    "VersionIdsToStages": {token(2): ["AWSPREVIOUS"], token(3): ["AWSCURRENT"]},
                })),
            ),
            (
                "DescribeSecret",
                id,
                Expected::Without(&["KmsKeyId", "DeletedDate", "Tags", "RotationEnabled", "OwningService"]),
            ),
            ("GetResourcePolicy", json!({"SecretId": "app/db"}), answer(json!({"ARN": arn, "Name": "app/db"}))),
            ("GetResourcePolicy", json!({"SecretId": "app/db"}), Expected::Without(&["ResourcePolicy"])),
        ])
        .await;
}

#[tokio::test]
async fn a_secret_without_a_value() {
    let scene = Scene::new().await;
    scene
        .script(vec![
            ("CreateSecret", json!({"Name": "empty"}), Expected::Without(&["VersionId"])),
            ("DescribeSecret", json!({"SecretId": "empty"}), Expected::Without(&["VersionIdsToStages"])),
            (
                "GetSecretValue",
                json!({"SecretId": "empty"}),
                refusal(
                    "ResourceNotFoundException",
                    "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
                ),
            ),
            (
                "PutSecretValue",
                json!({"SecretId": "empty", "SecretString": "v", "ClientRequestToken": token(1), "VersionStages": ["blue"]}),
                answer(json!({"VersionStages": ["blue", "AWSCURRENT"]})),
            ),
            ("CreateSecret", json!({"Name": "empty"}), refusal(
                "ResourceExistsException",
                "The operation failed because the secret empty already exists.",
            )),
        ])
        .await;
}

#[tokio::test]
async fn a_version_is_found_by_id_and_label() {
    let (scene, _) = Scene::with_secret("s").await;
    let get = |more: serde_json::Value| {
        let mut input = json!({"SecretId": "s"});
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        input
    };
    let gone = |by: &str| {
        refusal(
            "ResourceNotFoundException",
            format!("Secrets Manager can't find the specified secret value for {by}"),
        )
    };
    scene
        .script(vec![
            (
                "PutSecretValue",
                json!({"SecretId": "s", "SecretString": "v2", "ClientRequestToken": token(2)}),
                answer(json!({})),
            ),
            (
                "GetSecretValue",
                get(json!({"VersionId": token(1)})),
                answer(json!({"SecretString": "v1"})),
            ),
            (
                "GetSecretValue",
                get(json!({"VersionStage": "AWSPREVIOUS"})),
                answer(json!({"SecretString": "v1"})),
            ),
            (
                "GetSecretValue",
                get(json!({"VersionId": token(2), "VersionStage": "AWSCURRENT"})),
                answer(json!({"SecretString": "v2"})),
            ),
            (
                "GetSecretValue",
                get(json!({"VersionId": token(1), "VersionStage": "AWSCURRENT"})),
                refusal(
                    "InvalidRequestException",
                    "You provided a VersionStage that is not associated to the provided VersionId.",
                ),
            ),
            (
                "GetSecretValue",
                get(json!({"VersionId": token(9)})),
                gone(&format!("VersionId: {}", token(9))),
            ),
            (
                "GetSecretValue",
                get(json!({"VersionStage": "blue"})),
                gone("staging label: blue"),
            ),
        ])
        .await;
}

#[tokio::test]
async fn a_token_makes_one_version() {
    let (scene, arn) = Scene::with_secret("s").await;
    let missing = || {
        refusal(
            "InvalidRequestException",
            "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
        )
    };
    let in_use = |number: u32| {
        refusal(
            "ResourceExistsException",
            format!(
                "You can't use ClientRequestToken {} because that value is already in use for a \
                 version of secret {arn}.",
                token(number)
            ),
        )
    };
    let exists = || {
        refusal(
            "ResourceExistsException",
            "The operation failed because the secret s already exists.",
        )
    };
    let put = |value: &str, number: u32| json!({"SecretId": "s", "SecretString": value, "ClientRequestToken": token(number)});
    let create = |value: &str, number: u32| json!({"Name": "s", "SecretString": value, "ClientRequestToken": token(number)});
    scene
        .script(vec![
            // The same bytes once more: nothing happens, labels stay.
            (
                "PutSecretValue",
                put("v1", 1),
                answer(json!({"VersionStages": ["AWSCURRENT"]})),
            ),
            (
                "PutSecretValue",
                put("v2", 2),
                answer(json!({"VersionId": token(2)})),
            ),
            (
                "PutSecretValue",
                put("v1", 1),
                answer(json!({"VersionStages": ["AWSPREVIOUS"]})),
            ),
            (
                "GetSecretValue",
                json!({"SecretId": "s"}),
                answer(json!({"SecretString": "v2"})),
            ),
            ("PutSecretValue", put("other", 2), in_use(2)),
            // The same bytes in the other member are another value.
            (
                "PutSecretValue",
                json!({"SecretId": "s", "SecretBinary": "djI=", "ClientRequestToken": token(2)}),
                in_use(2),
            ),
            ("UpdateSecret", put("v2", 2), in_use(2)),
            (
                "CreateSecret",
                create("v1", 1),
                answer(json!({"ARN": arn, "VersionId": token(1)})),
            ),
            ("CreateSecret", create("other", 1), exists()),
            ("CreateSecret", create("v1", 7), exists()),
            (
                "PutSecretValue",
                json!({"SecretId": "s", "SecretString": "v"}),
                missing(),
            ),
            (
                "UpdateSecret",
                json!({"SecretId": "s", "SecretString": "v"}),
                missing(),
            ),
            (
                "CreateSecret",
                json!({"Name": "t", "SecretString": "v"}),
                missing(),
            ),
            ("DescribeSecret", json!({"SecretId": "t"}), no_secret()),
            // Tokens are unique within a secret only.
            (
                "CreateSecret",
                json!({"Name": "t", "SecretString": "v", "ClientRequestToken": token(1)}),
                answer(json!({"VersionId": token(1)})),
            ),
        ])
        .await;
}

#[tokio::test]
async fn values_that_are_refused() {
    let (scene, _) = Scene::with_secret("s").await;
    let put = |value: serde_json::Value| {
        let mut input = json!({"SecretId": "s", "ClientRequestToken": token(2)});
        input
            .as_object_mut()
            .unwrap()
            .extend(value.as_object().unwrap().clone());
        input
    };
    let too_long = || {
        Expected::RefusalLike(
            "ValidationException",
            "Member must have length less than or equal to 65536",
        )
    };
    scene
        .script(vec![
            (
                "PutSecretValue",
                put(json!({})),
                refusal("InvalidRequestException", "You must provide either SecretString or SecretBinary."),
            ),
            (
                "PutSecretValue",
                put(json!({"SecretString": "a", "SecretBinary": "YQ=="})),
                Expected::RefusalLike("InvalidParameterException", "both a binary secret value and a string"),
            ),
            ("PutSecretValue", put(json!({"SecretString": "a".repeat(65_537)})), too_long()),
            // 65,536 characters would pass, 65,538 bytes do not.
            ("PutSecretValue", put(json!({"SecretString": "é".repeat(32_769)})), too_long()),
            (
                "CreateSecret",
                json!({"Name": "t", "SecretString": "é".repeat(32_769), "ClientRequestToken": token(1)}),
                too_long(),
            ),
            (
                "UpdateSecret",
                put(json!({"SecretString": "é".repeat(32_769)})),
                too_long(),
            ),
            ("PutSecretValue", put(json!({"SecretString": "é".repeat(32_768)})), answer(json!({}))),
            ("GetSecretValue", json!({"SecretId": "s"}), answer(json!({"SecretString": "é".repeat(32_768)}))),
            (
                "CreateSecret",
                json!({"Name": "no blanks", "ClientRequestToken": token(1)}),
                refusal(
                    "ValidationException",
                    "Invalid name. Must be a valid name containing alphanumeric characters, or any \
                     of the following: -/_+=.@!",
                ),
            ),
            ("CreateSecret", json!({"Name": "n".repeat(512)}), answer(json!({}))),
            (
                "CreateSecret",
                json!({"Name": "n".repeat(513)}),
                Expected::RefusalLike("ValidationException", "less than or equal to 512"),
            ),
        ])
        .await;
}

#[tokio::test]
async fn reads_write_once_a_day() {
    let (scene, _) = Scene::with_secret("s").await;
    let account = "123456789012".parse().unwrap();
    let revision = || scene.stage.server().store.revision(account);
    let before = revision().await;
    let get = json!({"SecretId": "s"});
    scene
        .check("GetSecretValue", get.clone(), answer(json!({})))
        .await;
    let first = revision().await;
    assert!(first > before);
    scene
        .check("GetSecretValue", get.clone(), answer(json!({})))
        .await;
    assert_eq!(revision().await, first);
    scene.pass_days(1);
    scene
        .check("GetSecretValue", get.clone(), answer(json!({})))
        .await;
    assert!(revision().await > first);
    let midnight = NOON + DAY / 2;
    scene
        .check(
            "DescribeSecret",
            get,
            answer(json!({"LastAccessedDate": midnight})),
        )
        .await;
}

#[tokio::test]
async fn random_passwords() {
    let scene = Scene::new().await;
    let password = scene
        .check("GetRandomPassword", json!({}), answer(json!({})))
        .await;
    assert_eq!(password["RandomPassword"].as_str().unwrap().len(), 32);
    scene
        .script(vec![
            (
                "GetRandomPassword",
                json!({"PasswordLength": 3}),
                Expected::RefusalLike("InvalidParameterException", "too short"),
            ),
            (
                "GetRandomPassword",
                json!({"PasswordLength": 4097}),
                Expected::RefusalLike("ValidationException", "less than or equal to 4096"),
            ),
        ])
        .await;
}
