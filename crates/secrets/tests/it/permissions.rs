//! Who may do what: the guide's policy, ARNs with and without suffix, conditions, other accounts.

use serde_json::{Value as Json, json};

use crate::at_rest::records;
use crate::scene::{ALLOW_ALL, ALLOW_NOTHING, Expected, Scene, answer, no_secret, refusal, token};

fn policy(statement: &Json) -> String {
    json!({"Version": "2012-10-17", "Statement": statement}).to_string()
}

fn allow(actions: &Json, resource: &str, condition: &Json) -> String {
    policy(
        &json!([{"Effect": "Allow", "Action": actions, "Resource": resource, "Condition": condition}]),
    )
}

fn denied(user: &str, action: &str, on: Option<&str>) -> Expected {
    let on = on
        .map(|on| format!(" on resource: {on}"))
        .unwrap_or_default();
    refusal(
        "AccessDeniedException",
        format!(
            "User: arn:aws:iam::123456789012:user/{user} is not authorized to perform: \
             secretsmanager:{action}{on} because no identity-based policy allows the \
             secretsmanager:{action} action"
        ),
    )
}

const PREFIX: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:";

/// The usual guide's policy names the secret without its suffix, which is no secret's ARN.
#[tokio::test]
async fn a_policy_without_the_suffix_allows_nothing() {
    let (scene, arn) = Scene::with_secret("your-secret-name").await;
    for (resource, allowed) in [
        (format!("{PREFIX}your-secret-name"), false),
        (format!("{PREFIX}your-secret-name-??????"), true),
        (format!("{PREFIX}your-secret-name-*"), true),
        (arn.clone(), true),
        (format!("{PREFIX}your-secret-name-?????"), false),
        (format!("{PREFIX}*"), true),
    ] {
        let user = scene.stage.user(
            "pod",
            &allow(
                &json!("secretsmanager:GetSecretValue"),
                &resource,
                &json!({}),
            ),
        );
        for typed in [
            "your-secret-name",
            &arn,
            &format!("{PREFIX}your-secret-name"),
        ] {
            let trap = typed.ends_with("name") && typed.starts_with("arn:");
            let expected = match (allowed, trap) {
                (true, false) => answer(json!({"SecretString": "v1"})),
                (false, _) => denied("pod", "GetSecretValue", Some(typed)),
                // `-secret-name` does not end in a hyphen and six characters: a true partial ARN.
                (true, true) => answer(json!({"ARN": arn})),
            };
            scene
                .check_as(
                    &user,
                    "GetSecretValue",
                    json!({"SecretId": typed}),
                    expected,
                )
                .await;
        }
    }
}

/// … and the record of the refusal says what to write instead.
#[tokio::test]
async fn the_missing_suffix_is_explained() {
    let (scene, arn) = Scene::with_secret("your-secret-name").await;
    let without_suffix = format!("{PREFIX}your-secret-name");
    let action = json!("secretsmanager:GetSecretValue");
    let user = scene
        .stage
        .user("pod", &allow(&action, &without_suffix, &json!({})));
    scene.stage.clock.advance_millis(1);
    scene
        .call_as(
            &user,
            "GetSecretValue",
            json!({"SecretId": "your-secret-name"}),
        )
        .await;
    let records = records(&scene).await;
    let side = serde_json::to_value(records.last().unwrap().1.side()).unwrap();
    let refused = &side["explanation"]["refused"];
    assert_eq!(refused["resource"], json!(arn));
    let layer = &refused["layers"][0];
    assert_eq!(layer["statements"][0]["result"], json!("OtherResource"));
    let hint = layer["hints"][0].as_str().unwrap();
    assert!(
        hint.contains(&format!("`{without_suffix}-??????`")),
        "{hint}"
    );
}

#[tokio::test]
async fn permission_comes_before_existence() {
    let (scene, arn) = Scene::with_secret("mine").await;
    let nobody = scene.stage.user("nobody", ALLOW_NOTHING);
    let some = scene.stage.user(
        "some",
        &allow(
            &json!("secretsmanager:*"),
            &format!("{PREFIX}app/*"),
            &json!({}),
        ),
    );
    for typed in ["mine", "missing", &arn] {
        for (operation, more) in [
            ("GetSecretValue", json!({})),
            ("DescribeSecret", json!({})),
            ("PutSecretValue", json!({"SecretString": "x"})),
            ("UpdateSecret", json!({})),
            ("DeleteSecret", json!({"ForceDeleteWithoutRecovery": true})),
            ("RestoreSecret", json!({})),
            ("GetResourcePolicy", json!({})),
            (
                "TagResource",
                json!({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}),
            ),
            ("UntagResource", json!({"TagKeys": ["a"]})),
            ("ListSecretVersionIds", json!({})),
            ("UpdateSecretVersionStage", json!({"VersionStage": "x"})),
        ] {
            let mut input = json!({"SecretId": typed});
            input
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            scene
                .check_as(
                    &nobody,
                    operation,
                    input,
                    denied("nobody", operation, Some(typed)),
                )
                .await;
        }
    }
    scene
        .check_as(
            &nobody,
            "CreateSecret",
            json!({"Name": "mine"}),
            denied("nobody", "CreateSecret", Some("mine")),
        )
        .await;
    scene
        .check_as(
            &nobody,
            "ListSecrets",
            json!({}),
            denied("nobody", "ListSecrets", None),
        )
        .await;
    scene
        .check_as(
            &nobody,
            "GetRandomPassword",
            json!({}),
            denied("nobody", "GetRandomPassword", None),
        )
        .await;
    scene
        .check_as(
            &some,
            "GetSecretValue",
            json!({"SecretId": "app/x"}),
            no_secret(),
        )
        .await;
    scene
        .check_as(
            &some,
            "ListSecrets",
            json!({}),
            denied("some", "ListSecrets", None),
        )
        .await;
    scene
        .check(
            "GetSecretValue",
            json!({"SecretId": "mine"}),
            answer(json!({"SecretString": "v1"})),
        )
        .await;
}

/// A secret that is missing is decided as if it existed with an unknown suffix, so that nobody
/// learns from a refusal whether it does.
#[tokio::test]
async fn a_refusal_does_not_tell_whether_a_secret_exists() {
    let (scene, arn) = Scene::with_secret("there").await;
    let suffix = arn.rsplit('-').next().unwrap();
    for (suffix, there, missing) in [
        ("", false, false),
        ("-??????", true, true),
        ("-*", true, true),
        ("*", true, true),
        (&format!("-{suffix}"), true, false),
    ] {
        for (name, allowed) in [("there", there), ("missing", missing)] {
            let resource = format!("{PREFIX}{name}{suffix}");
            let user = scene.stage.user(
                "u",
                &allow(&json!("secretsmanager:*"), &resource, &json!({})),
            );
            for typed in [name.to_owned(), format!("{PREFIX}{name}")] {
                let expected = match (allowed, name) {
                    (false, _) => denied("u", "DescribeSecret", Some(&typed)),
                    (true, "there") => answer(json!({"Name": "there"})),
                    (true, _) => no_secret(),
                };
                scene
                    .check_as(
                        &user,
                        "DescribeSecret",
                        json!({"SecretId": typed}),
                        expected,
                    )
                    .await;
            }
        }
    }
}

/// Without resource policies nobody reaches into another account, whatever his own allows.
#[tokio::test]
async fn other_accounts_are_closed() {
    let (scene, arn) = Scene::with_secret("s").await;
    let stranger = scene.stage.user_of("210987654321", "stranger", ALLOW_ALL);
    for typed in [
        arn.as_str(),
        &format!("{PREFIX}missing-AbCdEf"),
        &format!("{PREFIX}s"),
    ] {
        for operation in ["GetSecretValue", "DescribeSecret", "DeleteSecret"] {
            let expected = Expected::RefusalLike(
                "AccessDeniedException",
                "because no resource-based policy allows the secretsmanager:",
            );
            scene
                .check_as(&stranger, operation, json!({"SecretId": typed}), expected)
                .await;
        }
    }
    // By name he means his own.
    scene
        .check_as(
            &stranger,
            "GetSecretValue",
            json!({"SecretId": "s"}),
            no_secret(),
        )
        .await;
    let made = scene
        .call_as(&stranger, "CreateSecret", json!({"Name": "s"}))
        .await;
    assert!(
        made.json()["ARN"]
            .as_str()
            .unwrap()
            .contains(":210987654321:"),
        "{}",
        made.text
    );
    scene
        .check(
            "DescribeSecret",
            json!({"SecretId": "s"}),
            answer(json!({"ARN": arn})),
        )
        .await;
}

struct Case {
    condition: Json,
    operation: &'static str,
    input: Json,
    allowed: bool,
}

/// `s` is tagged team=core and has two versions.
async fn check(case: Case) {
    let (scene, _) = Scene::with_secret("s").await;
    scene
        .script(vec![
            (
                "TagResource",
                json!({"SecretId": "s", "Tags": [{"Key": "team", "Value": "core"}]}),
                answer(json!({})),
            ),
            (
                "PutSecretValue",
                json!({"SecretId": "s", "SecretString": "v2", "ClientRequestToken": token(2)}),
                answer(json!({})),
            ),
        ])
        .await;
    let Case {
        condition,
        operation,
        input,
        allowed,
    } = case;
    let what = format!("{operation} {input} under {condition}");
    let user = scene
        .stage
        .user("u", &allow(&json!("secretsmanager:*"), "*", &condition));
    let response = scene.call_as(&user, operation, input).await;
    let refused = response.code().as_deref() == Some("AccessDeniedException");
    assert_eq!(!refused, allowed, "{what}: {}", response.text);
    assert!(
        refused || response.status == 200,
        "{what}: {}",
        response.text
    );
}

#[tokio::test]
async fn condition_keys_are_filled() {
    let s = json!({"SecretId": "s"});
    let with = |more: Json| {
        let mut input = s.clone();
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        input
    };
    let equals = |key: &str, value: &str| json!({"StringEquals": {key: value}});
    let create = |more: Json| {
        let mut input = json!({"Name": "new"});
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        input
    };
    let red = json!([{"Key": "team", "Value": "red"}]);
    for (operation, condition, input, allowed) in [
        (
            "GetSecretValue",
            equals("aws:ResourceTag/team", "core"),
            s.clone(),
            true,
        ),
        (
            "GetSecretValue",
            equals("aws:ResourceTag/team", "red"),
            s.clone(),
            false,
        ),
        (
            "GetSecretValue",
            equals("secretsmanager:ResourceTag/team", "core"),
            s.clone(),
            true,
        ),
        (
            "GetSecretValue",
            equals("secretsmanager:ResourceTag/team", "red"),
            s.clone(),
            false,
        ),
        (
            "GetSecretValue",
            equals("secretsmanager:SecretPrimaryRegion", "eu-west-1"),
            s.clone(),
            true,
        ),
        (
            "GetSecretValue",
            equals("secretsmanager:SecretPrimaryRegion", "us-east-1"),
            s.clone(),
            false,
        ),
        (
            "GetSecretValue",
            json!({"ArnLike": {"secretsmanager:SecretId": format!("{PREFIX}s-??????")}}),
            s.clone(),
            true,
        ),
        (
            "GetSecretValue",
            json!({"ArnLike": {"secretsmanager:SecretId": format!("{PREFIX}t-??????")}}),
            s.clone(),
            false,
        ),
        (
            "GetSecretValue",
            equals("secretsmanager:VersionStage", "AWSCURRENT"),
            with(json!({"VersionStage": "AWSCURRENT"})),
            true,
        ),
        (
            "GetSecretValue",
            equals("secretsmanager:VersionStage", "AWSCURRENT"),
            s.clone(),
            false,
        ),
        (
            "GetSecretValue",
            equals("secretsmanager:VersionStage", "AWSCURRENT"),
            with(json!({"VersionStage": "AWSPREVIOUS"})),
            false,
        ),
        (
            "GetSecretValue",
            equals("secretsmanager:VersionStage", "AWSCURRENT"),
            with(json!({"VersionId": token(1)})),
            false,
        ),
        (
            "GetSecretValue",
            equals("secretsmanager:VersionId", &token(1)),
            with(json!({"VersionId": token(1)})),
            true,
        ),
        (
            "GetSecretValue",
            equals("secretsmanager:VersionId", &token(1)),
            s.clone(),
            false,
        ),
        (
            "UpdateSecretVersionStage",
            equals("secretsmanager:VersionStage", "blue"),
            with(json!({"VersionStage": "blue", "MoveToVersionId": token(1)})),
            true,
        ),
        (
            "UpdateSecretVersionStage",
            equals("secretsmanager:VersionStage", "blue"),
            with(json!({"VersionStage": "red", "MoveToVersionId": token(1)})),
            false,
        ),
        (
            "DeleteSecret",
            json!({"NumericGreaterThanEquals": {"secretsmanager:RecoveryWindowInDays": "14"}}),
            with(json!({"RecoveryWindowInDays": 14})),
            true,
        ),
        (
            "DeleteSecret",
            json!({"NumericGreaterThanEquals": {"secretsmanager:RecoveryWindowInDays": "14"}}),
            with(json!({"RecoveryWindowInDays": 7})),
            false,
        ),
        (
            "DeleteSecret",
            json!({"Bool": {"secretsmanager:ForceDeleteWithoutRecovery": "false"}}),
            with(json!({"ForceDeleteWithoutRecovery": true})),
            false,
        ),
        (
            "DeleteSecret",
            json!({"BoolIfExists": {"secretsmanager:ForceDeleteWithoutRecovery": "false"}}),
            s.clone(),
            true,
        ),
        (
            "UpdateSecret",
            equals("secretsmanager:Description", "d"),
            with(json!({"Description": "d"})),
            true,
        ),
        (
            "UpdateSecret",
            equals("secretsmanager:Description", "d"),
            with(json!({"Description": "e"})),
            false,
        ),
        (
            "UpdateSecret",
            equals("secretsmanager:KmsKeyId", "alias/aws/secretsmanager"),
            with(json!({"KmsKeyId": "alias/aws/secretsmanager"})),
            true,
        ),
        (
            "TagResource",
            equals("aws:RequestTag/team", "red"),
            with(json!({"Tags": red})),
            true,
        ),
        (
            "TagResource",
            equals("aws:RequestTag/team", "blue"),
            with(json!({"Tags": red})),
            false,
        ),
        (
            "TagResource",
            json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}),
            with(json!({"Tags": [{"Key": "x", "Value": ""}]})),
            false,
        ),
        (
            "UntagResource",
            json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}),
            with(json!({"TagKeys": ["team"]})),
            true,
        ),
        (
            "UntagResource",
            json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}),
            with(json!({"TagKeys": ["x"]})),
            false,
        ),
        (
            "CreateSecret",
            equals("secretsmanager:Name", "new"),
            create(json!({})),
            true,
        ),
        (
            "CreateSecret",
            equals("secretsmanager:Name", "other"),
            create(json!({})),
            false,
        ),
        (
            "CreateSecret",
            equals("secretsmanager:Description", "d"),
            create(json!({"Description": "d"})),
            true,
        ),
        (
            "CreateSecret",
            equals("aws:RequestTag/team", "red"),
            create(json!({"Tags": red})),
            true,
        ),
        (
            "CreateSecret",
            equals("aws:RequestTag/team", "red"),
            create(json!({})),
            false,
        ),
        (
            "CreateSecret",
            json!({"Bool": {"secretsmanager:ForceOverwriteReplicaSecret": "true"}}),
            create(json!({"ForceOverwriteReplicaSecret": false})),
            false,
        ),
        (
            "CreateSecret",
            equals("aws:ResourceTag/team", "red"),
            create(json!({"Tags": red})),
            true,
        ),
    ] {
        check(Case {
            condition,
            operation,
            input,
            allowed,
        })
        .await;
    }
}

#[tokio::test]
async fn a_tagged_secret_asks_for_tag_resource() {
    let scene = Scene::new().await;
    let tagged = json!({"Name": "new", "Tags": [{"Key": "team", "Value": "red"}]});
    let maker = scene.stage.user(
        "maker",
        &allow(&json!("secretsmanager:CreateSecret"), "*", &json!({})),
    );
    scene
        .check_as(
            &maker,
            "CreateSecret",
            tagged.clone(),
            denied("maker", "TagResource", Some("new")),
        )
        .await;
    scene
        .check("DescribeSecret", json!({"SecretId": "new"}), no_secret())
        .await;
    scene
        .check_as(
            &maker,
            "CreateSecret",
            json!({"Name": "new"}),
            answer(json!({})),
        )
        .await;
    let both = json!(["secretsmanager:CreateSecret", "secretsmanager:TagResource"]);
    let both = scene.stage.user(
        "both",
        &allow(&both, &format!("{PREFIX}tagged-??????"), &json!({})),
    );
    let tagged = json!({"Name": "tagged", "Tags": [{"Key": "team", "Value": "red"}]});
    scene
        .check_as(&both, "CreateSecret", tagged, answer(json!({})))
        .await;
}

/// Recorded from AWS: a change of tags must leave the caller what it needs to change them.
#[tokio::test]
async fn nobody_locks_itself_out_by_tags() {
    let scene = Scene::new().await;
    let tag =
        |key: &str, value: &str| json!({"SecretId": "s", "Tags": [{"Key": key, "Value": value}]});
    let made = json!({"Name": "s", "Tags": [{"Key": "Scope", "Value": "allowed"}]});
    scene.check("CreateSecret", made, answer(json!({}))).await;
    let actions = json!(["secretsmanager:TagResource", "secretsmanager:UntagResource"]);
    let condition = json!({"StringEquals": {"aws:ResourceTag/Scope": "allowed"}});
    let gated = scene.stage.user(
        "gated",
        &allow(&actions, &format!("{PREFIX}s-??????"), &condition),
    );
    let locked_out = || {
        refusal(
            "AccessDeniedException",
            "This resource policy will not allow you to manage this secret in the future.",
        )
    };
    let untag = json!({"SecretId": "s", "TagKeys": ["Scope"]});
    for (operation, input, expected) in [
        ("TagResource", tag("Note", "inert"), answer(json!({}))),
        ("TagResource", tag("Scope", "blocked"), locked_out()),
        ("TagResource", tag("Scope", "allowed"), answer(json!({}))),
        ("UntagResource", untag.clone(), locked_out()),
        (
            "UntagResource",
            json!({"SecretId": "s", "TagKeys": ["Note"]}),
            answer(json!({})),
        ),
    ] {
        scene.check_as(&gated, operation, input, expected).await;
    }
    let kept = json!({"Tags": [{"Key": "Scope", "Value": "allowed"}]});
    scene
        .check("DescribeSecret", json!({"SecretId": "s"}), answer(kept))
        .await;
    scene.check("UntagResource", untag, answer(json!({}))).await;
}

/// The signature covers X-Amz-Target: a read cannot be turned into a deletion (THREATS A4).
#[tokio::test]
async fn a_call_cannot_be_turned_into_another() {
    let (scene, _) = Scene::with_secret("s").await;
    let body = json!({"SecretId": "s"}).to_string().into_bytes();
    let target = |operation: &str| {
        (
            "x-amz-target".to_owned(),
            format!("secretsmanager.{operation}"),
        )
    };
    let content_type = (
        "content-type".to_owned(),
        "application/x-amz-json-1.1".to_owned(),
    );
    for signed in [true, false] {
        let mut headers = vec![("host".to_owned(), String::new()), content_type.clone()];
        if signed {
            headers.push(target("GetSecretValue"));
        }
        let place = ("eu-west-1", "secretsmanager");
        let now = base::Clock::now(&*scene.stage.clock);
        engine::testing::sign(&mut headers, &body, &scene.admin, place, now);
        headers.retain(|(name, _)| name != "x-amz-target");
        headers.push(target("DeleteSecret"));
        let response = scene.stage.send(headers, body.clone()).await;
        assert_eq!(response.status, 400, "signed: {signed}: {}", response.text);
        scene
            .check(
                "GetSecretValue",
                json!({"SecretId": "s"}),
                answer(json!({"SecretString": "v1"})),
            )
            .await;
    }
}
