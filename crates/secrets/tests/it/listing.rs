//! ListSecrets and ListSecretVersionIds: order, filters, pages.

use serde_json::{Value as Json, json};

use crate::scene::{Expected, Scene, answer, text, token};

/// `b`, `a`, `c`, made one second after the other.
async fn three_secrets() -> Scene {
    let scene = Scene::new().await;
    for name in ["b", "a", "c"] {
        scene.create(name).await;
        scene.stage.clock.advance_millis(1_000);
    }
    scene
}

fn names(answer: &Json) -> Vec<&str> {
    let list = answer["SecretList"].as_array().unwrap();
    list.iter()
        .map(|entry| entry["Name"].as_str().unwrap())
        .collect()
}

async fn check(scene: &Scene, input: Json, expected: &[&str]) {
    let what = input.to_string();
    let listed = scene
        .check("ListSecrets", input.clone(), answer(json!({})))
        .await;
    assert_eq!(names(&listed), expected, "{what}");
    // Page by page it is the same list.
    let mut paged: Vec<String> = Vec::new();
    let mut page = input;
    page["MaxResults"] = json!(1);
    loop {
        let answered = scene
            .check("ListSecrets", page.clone(), answer(json!({})))
            .await;
        paged.extend(names(&answered).into_iter().map(str::to_owned));
        match answered.get("NextToken") {
            Some(token) => page["NextToken"] = token.clone(),
            None => break,
        }
        assert!(paged.len() <= expected.len(), "{what}");
    }
    assert_eq!(paged, expected, "{what}");
}

#[tokio::test]
async fn secrets_come_in_the_order_asked_for() {
    let scene = three_secrets().await;
    scene
        .check(
            "UpdateSecret",
            json!({"SecretId": "b", "Description": "Changed last"}),
            answer(json!({})),
        )
        .await;
    scene
        .check(
            "TagResource",
            json!({"SecretId": "a", "Tags": [{"Key": "t", "Value": "x"}]}),
            answer(json!({})),
        )
        .await;
    scene.pass_days(1);
    scene
        .check(
            "GetSecretValue",
            json!({"SecretId": "c"}),
            answer(json!({})),
        )
        .await;
    scene.pass_days(1);
    scene
        .check(
            "GetSecretValue",
            json!({"SecretId": "a"}),
            answer(json!({})),
        )
        .await;
    for (input, expected) in [
        (json!({}), ["b", "a", "c"]),
        (json!({"SortOrder": "desc"}), ["c", "a", "b"]),
        (json!({"SortBy": "created-date"}), ["b", "a", "c"]),
        (json!({"SortBy": "name"}), ["a", "b", "c"]),
        (
            json!({"SortBy": "name", "SortOrder": "desc"}),
            ["c", "b", "a"],
        ),
        (json!({"SortBy": "last-changed-date"}), ["c", "a", "b"]),
        (json!({"SortBy": "last-accessed-date"}), ["b", "c", "a"]),
        (
            json!({"SortBy": "last-accessed-date", "SortOrder": "desc"}),
            ["a", "c", "b"],
        ),
    ] {
        check(&scene, input, &expected).await;
    }
    for (key, value, expected) in [
        ("name", "a", &["a"][..]),
        ("name", "!a", &["b", "c"]),
        ("description", "changed", &["b"]),
        ("tag-key", "t", &["a"]),
        ("tag-value", "x", &["a"]),
        ("owning-service", "x", &[]),
        ("all", "last", &["b"]),
    ] {
        check(
            &scene,
            json!({"Filters": [{"Key": key, "Values": [value]}]}),
            expected,
        )
        .await;
    }
    let both = json!({"Filters": [{"Key": "name", "Values": ["a", "b"]}, {"Key": "tag-key", "Values": ["!t"]}]});
    check(&scene, both, &["b"]).await;
}

#[tokio::test]
async fn an_entry_tells_what_describe_tells() {
    let (scene, arn) = Scene::with_secret("s").await;
    let listed = scene
        .check("ListSecrets", json!({}), answer(json!({})))
        .await;
    let entry = &listed["SecretList"][0];
    assert_eq!(entry["ARN"], json!(arn));
    assert_eq!(
        entry["SecretVersionsToStages"],
        json!({token(1): ["AWSCURRENT"]})
    );
    assert!(
        entry.get("SecretString").is_none() && entry.get("DeletedDate").is_none(),
        "{entry}"
    );
}

#[tokio::test]
async fn deleted_ones_are_hidden_unless_asked_for() {
    let scene = three_secrets().await;
    scene
        .check("DeleteSecret", json!({"SecretId": "a"}), answer(json!({})))
        .await;
    check(&scene, json!({}), &["b", "c"]).await;
    check(
        &scene,
        json!({"IncludePlannedDeletion": true}),
        &["b", "a", "c"],
    )
    .await;
    scene.pass_days(31);
    check(&scene, json!({"IncludePlannedDeletion": true}), &["b", "c"]).await;
}

#[tokio::test]
async fn a_token_serves_its_own_question_only() {
    let scene = three_secrets().await;
    let first = scene
        .check("ListSecrets", json!({"MaxResults": 1}), answer(json!({})))
        .await;
    let next = text(&first, "NextToken");
    let invalid =
        || Expected::RefusalLike("InvalidNextTokenException", "NextToken value is invalid");
    let mut bent = next.clone();
    let last = if bent.ends_with('A') { "B" } else { "A" };
    bent.replace_range(bent.len() - 1.., last);
    scene
        .script(vec![
            ("ListSecrets", json!({"NextToken": bent}), invalid()),
            ("ListSecrets", json!({"NextToken": "x"}), invalid()),
            (
                "ListSecrets",
                json!({"NextToken": next, "SortBy": "name"}),
                invalid(),
            ),
            (
                "ListSecrets",
                json!({"NextToken": next, "IncludePlannedDeletion": true}),
                invalid(),
            ),
            (
                "ListSecretVersionIds",
                json!({"SecretId": "a", "NextToken": next}),
                invalid(),
            ),
            (
                "ListSecrets",
                json!({"NextToken": next, "MaxResults": 2}),
                answer(json!({})),
            ),
        ])
        .await;
    let stranger = scene
        .stage
        .user_of("210987654321", "stranger", crate::scene::ALLOW_ALL);
    scene
        .check_as(
            &stranger,
            "ListSecrets",
            json!({"NextToken": next}),
            invalid(),
        )
        .await;
    let elsewhere = scene
        .stage
        .json_in(
            &scene.admin,
            "eu-west-2",
            "secretsmanager.ListSecrets",
            json!({"NextToken": next}),
        )
        .await;
    assert_eq!(
        elsewhere.code().as_deref(),
        Some("InvalidNextTokenException")
    );
}

#[tokio::test]
async fn versions_of_a_secret() {
    let (scene, arn) = Scene::with_secret("s").await;
    for number in 2..=4 {
        scene.stage.clock.advance_millis(1_000);
        let input =
            json!({"SecretId": "s", "SecretString": "v", "ClientRequestToken": token(number)});
        scene
            .check("PutSecretValue", input, answer(json!({})))
            .await;
    }
    let ids = |answer: &Json| -> Vec<String> {
        let versions = answer["Versions"].as_array().unwrap();
        versions
            .iter()
            .map(|version| version["VersionId"].as_str().unwrap().to_owned())
            .collect()
    };
    let listed = scene
        .check(
            "ListSecretVersionIds",
            json!({"SecretId": "s"}),
            answer(json!({"ARN": arn, "Name": "s"})),
        )
        .await;
    assert_eq!(ids(&listed), [token(4), token(3)]);
    assert_eq!(
        listed["Versions"][0]["VersionStages"],
        json!(["AWSCURRENT"])
    );
    assert_eq!(
        listed["Versions"][1]["KmsKeyIds"],
        json!(["DefaultEncryptionKey"])
    );
    let all = json!({"SecretId": "s", "IncludeDeprecated": true});
    let listed = scene
        .check("ListSecretVersionIds", all.clone(), answer(json!({})))
        .await;
    assert_eq!(ids(&listed), [token(1), token(2), token(3), token(4)]);
    assert!(listed["Versions"][0].get("VersionStages").is_none());
    let mut page = all;
    page["MaxResults"] = json!(3);
    let first = scene
        .check("ListSecretVersionIds", page.clone(), answer(json!({})))
        .await;
    page["NextToken"] = first["NextToken"].clone();
    let second = scene
        .check(
            "ListSecretVersionIds",
            page,
            Expected::Without(&["NextToken"]),
        )
        .await;
    assert_eq!((ids(&first).len(), ids(&second)), (3, vec![token(4)]));
}
