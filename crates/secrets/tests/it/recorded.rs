//! What AWS itself answered, call by call: the courses of localstack's AWS-validated snapshots
//! (tests/aws/services/secretsmanager) and of stackd's captures (testdata/aws/secretsmanager).

use serde_json::{Value as Json, json};

use crate::scene::{
    ALLOW_NOTHING, DAY, Expected, NOON, Scene, answer, marked_for_deletion, no_secret, refusal,
    text, token,
};

fn id(more: Json) -> Json {
    let Json::Object(mut members) = more else {
        panic!("{more} is no object");
    };
    members.insert("SecretId".to_owned(), json!("s"));
    Json::Object(members)
}

fn put(value: &str, number: u32, stages: &[&str]) -> Json {
    let mut input = id(json!({"SecretString": value, "ClientRequestToken": token(number)}));
    if !stages.is_empty() {
        input["VersionStages"] = json!(stages);
    }
    input
}

fn current_to(from: u32, to: u32) -> Json {
    id(json!({
        "VersionStage": "AWSCURRENT", "RemoveFromVersionId": token(from), "MoveToVersionId": token(to),
    }))
}

fn no_value(by: &str) -> Expected {
    refusal(
        "ResourceNotFoundException",
        format!("Secrets Manager can't find the specified secret value for {by}"),
    )
}

/// A step and the labels that the secret's versions then have.
type Step<'a> = (&'a str, Json, &'a [(u32, &'a [&'a str])]);

/// Labels are told in no certain order.
async fn walk(steps: &[Step<'_>]) {
    let (scene, arn) = Scene::with_secret("s").await;
    for (operation, input, expected) in steps {
        let done = answer(json!({"ARN": arn, "Name": "s"}));
        scene.check(operation, input.clone(), done).await;
        let answered = scene
            .check("ListSecretVersionIds", id(json!({})), answer(json!({})))
            .await;
        let mut held: Vec<(String, Vec<String>)> = answered["Versions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|version| {
                let mut stages: Vec<String> =
                    serde_json::from_value(version["VersionStages"].clone()).unwrap();
                stages.sort();
                (text(version, "VersionId"), stages)
            })
            .collect();
        held.sort();
        let wanted: Vec<(String, Vec<String>)> = expected
            .iter()
            .map(|(number, stages)| {
                let stages = stages.iter().map(|&stage| stage.to_owned()).collect();
                (token(*number), stages)
            })
            .collect();
        assert_eq!(held, wanted, "{operation} {input}");
    }
}

#[tokio::test]
async fn current_and_pending_in_turn() {
    walk(&[
        (
            "PutSecretValue",
            put("S2", 2, &["AWSPENDING"]),
            &[(1, &["AWSCURRENT"]), (2, &["AWSPENDING"])],
        ),
        (
            "UpdateSecretVersionStage",
            current_to(1, 2),
            &[(1, &["AWSPREVIOUS"]), (2, &["AWSCURRENT", "AWSPENDING"])],
        ),
        // The one that is current no more is pending no more either.
        (
            "PutSecretValue",
            put("S3", 3, &[]),
            &[(2, &["AWSPREVIOUS"]), (3, &["AWSCURRENT"])],
        ),
    ])
    .await;
    walk(&[
        (
            "PutSecretValue",
            put("S2", 2, &["AWSPENDING"]),
            &[(1, &["AWSCURRENT"]), (2, &["AWSPENDING"])],
        ),
        (
            "UpdateSecretVersionStage",
            current_to(1, 2),
            &[(1, &["AWSPREVIOUS"]), (2, &["AWSCURRENT", "AWSPENDING"])],
        ),
        (
            "PutSecretValue",
            put("S3", 3, &["AWSPENDING"]),
            &[
                (1, &["AWSPREVIOUS"]),
                (2, &["AWSCURRENT"]),
                (3, &["AWSPENDING"]),
            ],
        ),
        (
            "UpdateSecretVersionStage",
            current_to(2, 3),
            &[(2, &["AWSPREVIOUS"]), (3, &["AWSCURRENT", "AWSPENDING"])],
        ),
    ])
    .await;
}

#[tokio::test]
async fn labels_of_ones_own_stay_where_they_are() {
    walk(&[
        (
            "PutSecretValue",
            put("S2", 2, &["AWSPENDING", "AWSSOMETHING", "PUT1"]),
            &[
                (1, &["AWSCURRENT"]),
                (2, &["AWSPENDING", "AWSSOMETHING", "PUT1"]),
            ],
        ),
        (
            "UpdateSecretVersionStage",
            current_to(1, 2),
            &[
                (1, &["AWSPREVIOUS"]),
                (2, &["AWSCURRENT", "AWSPENDING", "AWSSOMETHING", "PUT1"]),
            ],
        ),
        (
            "PutSecretValue",
            put("S3", 3, &["AWSPENDING", "PUT2"]),
            &[
                (1, &["AWSPREVIOUS"]),
                (2, &["AWSCURRENT", "AWSSOMETHING", "PUT1"]),
                (3, &["AWSPENDING", "PUT2"]),
            ],
        ),
        (
            "UpdateSecretVersionStage",
            current_to(2, 3),
            &[
                (2, &["AWSPREVIOUS", "AWSSOMETHING", "PUT1"]),
                (3, &["AWSCURRENT", "AWSPENDING", "PUT2"]),
            ],
        ),
    ])
    .await;
    walk(&[
        (
            "PutSecretValue",
            put("S1", 2, &["AWSCURRENT", "PUT0"]),
            &[(1, &["AWSPREVIOUS"]), (2, &["AWSCURRENT", "PUT0"])],
        ),
        (
            "PutSecretValue",
            put("S2", 3, &["AWSPENDING", "PUT1"]),
            &[
                (1, &["AWSPREVIOUS"]),
                (2, &["AWSCURRENT", "PUT0"]),
                (3, &["AWSPENDING", "PUT1"]),
            ],
        ),
        (
            "UpdateSecretVersionStage",
            current_to(2, 3),
            &[
                (2, &["AWSPREVIOUS", "PUT0"]),
                (3, &["AWSCURRENT", "AWSPENDING", "PUT1"]),
            ],
        ),
        (
            "PutSecretValue",
            put("S3", 4, &["AWSPENDING", "PUT2"]),
            &[
                (2, &["AWSPREVIOUS", "PUT0"]),
                (3, &["AWSCURRENT", "PUT1"]),
                (4, &["AWSPENDING", "PUT2"]),
            ],
        ),
        (
            "UpdateSecretVersionStage",
            current_to(3, 4),
            &[
                (2, &["PUT0"]),
                (3, &["AWSPREVIOUS", "PUT1"]),
                (4, &["AWSCURRENT", "AWSPENDING", "PUT2"]),
            ],
        ),
    ])
    .await;
    walk(&[
        (
            "PutSecretValue",
            put("S1", 2, &["one", "two", "three"]),
            &[(1, &["AWSCURRENT"]), (2, &["one", "three", "two"])],
        ),
        (
            "PutSecretValue",
            put("S2", 3, &["one", "two", "four"]),
            &[
                (1, &["AWSCURRENT"]),
                (2, &["three"]),
                (3, &["four", "one", "two"]),
            ],
        ),
        (
            "PutSecretValue",
            put("S3", 4, &["one", "two", "three", "four"]),
            &[(1, &["AWSCURRENT"]), (4, &["four", "one", "three", "two"])],
        ),
        (
            "UpdateSecretVersionStage",
            id(json!({"VersionStage": "two", "RemoveFromVersionId": token(4)})),
            &[(1, &["AWSCURRENT"]), (4, &["four", "one", "three"])],
        ),
        (
            "UpdateSecret",
            put("S5", 5, &[]),
            &[
                (1, &["AWSPREVIOUS"]),
                (4, &["four", "one", "three"]),
                (5, &["AWSCURRENT"]),
            ],
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_secret_from_its_empty_start_to_its_end() {
    let scene = Scene::new().await;
    let created = json!({"Name": "s", "Description": "d"});
    let made = scene
        .check("CreateSecret", created, Expected::Without(&["VersionId"]))
        .await;
    let arn = text(&made, "ARN");
    let describe = |expected| ("DescribeSecret", id(json!({})), expected);
    scene
        .script(vec![
            describe(answer(json!({
                "ARN": arn, "Name": "s", "Description": "d", "CreatedDate": NOON, "LastChangedDate": NOON,
            }))),
            describe(Expected::Without(&["Tags", "VersionIdsToStages", "LastAccessedDate", "RotationEnabled", "KmsKeyId"])),
            ("GetSecretValue", id(json!({})), no_value("staging label: AWSCURRENT")),
            ("GetSecretValue", id(json!({"VersionId": token(1)})), no_value(&format!("VersionId: {}", token(1)))),
            ("GetSecretValue", id(json!({"VersionStage": "AWSPENDING"})), no_value("staging label: AWSPENDING")),
            (
                "PutSecretValue",
                put("one", 1, &[]),
                answer(json!({"ARN": arn, "Name": "s", "VersionId": token(1), "VersionStages": ["AWSCURRENT"]})),
            ),
            // The same value under the same token, with a label: the version gets it.
            (
                "PutSecretValue",
                put("one", 1, &["REPLAY"]),
                answer(json!({"VersionId": token(1), "VersionStages": ["AWSCURRENT", "REPLAY"]})),
            ),
            (
                "PutSecretValue",
                put("another", 1, &[]),
                refusal(
                    "ResourceExistsException",
                    format!(
                        "You can't use ClientRequestToken {} because that value is already in use for a \
                         version of secret {arn}.",
                        token(1)
                    ),
                ),
            ),
            (
                "PutSecretValue",
                id(json!({"SecretBinary": "YWJjAAE=", "ClientRequestToken": token(2), "VersionStages": ["BLUE"]})),
                answer(json!({"VersionStages": ["BLUE"]})),
            ),
            ("GetSecretValue", id(json!({})), answer(json!({"SecretString": "one"}))),
            (
                "GetSecretValue",
                id(json!({"VersionId": token(2)})),
                answer(json!({"SecretBinary": "YWJjAAE=", "VersionStages": ["BLUE"]})),
            ),
            (
                "GetSecretValue",
                id(json!({"VersionId": token(2), "VersionStage": "AWSCURRENT"})),
                refusal(
                    "InvalidRequestException",
                    "You provided a VersionStage that is not associated to the provided VersionId.",
                ),
            ),
            ("UpdateSecretVersionStage", current_to(1, 2), answer(json!({"ARN": arn, "Name": "s"}))),
            (
                "UpdateSecretVersionStage",
                id(json!({"VersionStage": "AWSCURRENT", "MoveToVersionId": token(1)})),
                refusal(
                    "InvalidParameterException",
                    format!(
                        "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is \
                         currently attached to version {}, so you must explicitly reference that version \
                         in RemoveFromVersionId.",
                        token(2)
                    ),
                ),
            ),
            ("UpdateSecret", id(json!({})), Expected::Without(&["VersionId"])),
            ("GetResourcePolicy", id(json!({})), Expected::Without(&["ResourcePolicy"])),
            (
                "DeleteSecret",
                id(json!({"RecoveryWindowInDays": 7})),
                answer(json!({"ARN": arn, "Name": "s", "DeletionDate": NOON + 7 * DAY})),
            ),
            // What DescribeSecret calls DeletedDate is when the deletion was asked for.
            describe(answer(json!({"DeletedDate": NOON, "LastAccessedDate": NOON - DAY / 2}))),
            ("GetSecretValue", id(json!({})), marked_for_deletion()),
            ("PutSecretValue", put("x", 9, &[]), marked_for_deletion()),
            ("TagResource", id(json!({"Tags": [{"Key": "a", "Value": "b"}]})), marked_for_deletion()),
            ("UntagResource", id(json!({"TagKeys": ["a"]})), marked_for_deletion()),
            ("RestoreSecret", id(json!({})), answer(json!({"ARN": arn, "Name": "s"}))),
            describe(Expected::Without(&["DeletedDate"])),
            ("DeleteSecret", id(json!({})), answer(json!({"DeletionDate": NOON + 30 * DAY}))),
            // A secret that waits for its end may still be deleted at once.
            ("DeleteSecret", id(json!({"ForceDeleteWithoutRecovery": true})), answer(json!({"DeletionDate": NOON}))),
            describe(no_secret()),
            ("ListSecretVersionIds", id(json!({})), no_secret()),
        ])
        .await;
}

#[tokio::test]
async fn a_secret_without_tags_was_never_tagged_or_is_so_no_more() {
    let (scene, _) = Scene::with_secret("s").await;
    let one = || json!([{"Key": "tag1", "Value": "value1"}]);
    let describe = |expected| ("DescribeSecret", id(json!({})), expected);
    scene
        .script(vec![describe(Expected::Without(&["Tags"]))])
        .await;
    scene.pass_days(1);
    scene
        .script(vec![
            ("TagResource", id(json!({"Tags": one()})), answer(json!({}))),
            describe(answer(
                json!({"Tags": one(), "LastChangedDate": NOON + DAY}),
            )),
        ])
        .await;
    scene.pass_days(1);
    scene
        .script(vec![
            (
                "UntagResource",
                id(json!({"TagKeys": ["tag1"]})),
                answer(json!({})),
            ),
            // Tagging changes a secret, untagging does not.
            describe(answer(json!({"Tags": [], "LastChangedDate": NOON + DAY}))),
            ("TagResource", id(json!({"Tags": one()})), answer(json!({}))),
            describe(answer(json!({"Tags": one()}))),
        ])
        .await;
    let listed = scene
        .check("ListSecrets", json!({}), answer(json!({})))
        .await;
    assert_eq!(listed["SecretList"][0]["Tags"], one());
}

#[tokio::test]
async fn the_default_key_is_shown_to_who_named_it() {
    let (scene, _) = Scene::with_secret("s").await;
    let key = |key: &str| id(json!({ "KmsKeyId": key }));
    let describe = |expected| ("DescribeSecret", id(json!({})), expected);
    let default = "alias/aws/secretsmanager";
    scene
        .script(vec![
            describe(Expected::Without(&["KmsKeyId"])),
            (
                "UpdateSecret",
                key(default),
                Expected::Without(&["VersionId"]),
            ),
            describe(answer(json!({"KmsKeyId": default}))),
            (
                "UpdateSecret",
                id(json!({"Description": "d"})),
                answer(json!({})),
            ),
            describe(answer(json!({"KmsKeyId": default}))),
            ("UpdateSecret", key(""), answer(json!({}))),
            describe(Expected::Without(&["KmsKeyId"])),
            (
                "CreateSecret",
                json!({"Name": "k", "KmsKeyId": default}),
                answer(json!({})),
            ),
            (
                "DescribeSecret",
                json!({"SecretId": "k"}),
                answer(json!({"KmsKeyId": default})),
            ),
        ])
        .await;
}

#[tokio::test]
async fn filters_as_aws_applies_them() {
    let scene = Scene::new().await;
    let secrets = [
        ("testing1/one", "a secret"),
        ("/testing2/two", "an secret"),
        ("testing3/three", "asecret"),
        ("/testing4/four", "thesecret"),
    ];
    for (name, description) in secrets {
        let input = json!({"Name": name, "Description": description});
        scene.check("CreateSecret", input, answer(json!({}))).await;
    }
    for (filters, expected) in [
        (&[("name", "/")][..], &[2, 4][..]),
        (&[("name", "!/")], &[1, 3]),
        (&[("name", "testing1 one")], &[]),
        (&[("description", "a")], &[1, 2, 3]),
        (&[("description", "!a")], &[4]),
        (&[("description", "a secret")], &[1, 2]),
        (&[("description", "a"), ("name", "secret")], &[]),
        (&[("description", "a"), ("name", "an")], &[]),
        (&[("description", "!c")], &[1, 2, 3, 4]),
    ] {
        let given: Vec<_> = filters
            .iter()
            .map(|(key, value)| json!({"Key": key, "Values": [value]}))
            .collect();
        let input = json!({ "Filters": given });
        let listed = scene.check("ListSecrets", input, answer(json!({}))).await;
        let mut names: Vec<_> = listed["SecretList"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| text(entry, "Name"))
            .collect();
        let mut wanted: Vec<_> = expected
            .iter()
            .map(|number| secrets[number - 1].0)
            .collect();
        wanted.sort_unstable();
        names.sort_unstable();
        assert_eq!(names, wanted, "{filters:?}");
    }
}

#[tokio::test]
async fn names_that_are_none() {
    let scene = Scene::new().await;
    let invalid = || {
        refusal(
            "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the \
             following: -/_+=.@!",
        )
    };
    for name in ["Inv Name", " Inv Name", " Inv*Name? ", " Inv *?!]Name\\-"] {
        let with = |more: Json| {
            let mut input = id(more);
            input["SecretId"] = json!(name);
            input
        };
        let value = json!({"SecretString": "v", "ClientRequestToken": token(1)});
        let mut create = value.clone();
        create["Name"] = json!(name);
        scene
            .script(vec![
                ("CreateSecret", create, invalid()),
                (
                    "DeleteSecret",
                    with(json!({"ForceDeleteWithoutRecovery": true})),
                    invalid(),
                ),
                ("DescribeSecret", with(json!({})), invalid()),
                ("GetSecretValue", with(json!({})), invalid()),
                (
                    "ListSecretVersionIds",
                    with(json!({"IncludeDeprecated": true})),
                    invalid(),
                ),
                ("PutSecretValue", with(value), invalid()),
                (
                    "TagResource",
                    with(json!({"Tags": [{"Key": "FirstTag", "Value": "v"}]})),
                    invalid(),
                ),
                (
                    "UntagResource",
                    with(json!({"TagKeys": ["FirstTag"]})),
                    invalid(),
                ),
                ("UpdateSecret", with(json!({"Description": "d"})), invalid()),
            ])
            .await;
    }
    for name in [
        "Valid/_+=.@-Name",
        "Valid/_+=.@-Name-a1b2",
        "Valid/_+=.@-Name-a1b2c3-",
    ] {
        let arn = scene.create(name).await;
        let (partial, _) = arn.rsplit_once('-').unwrap();
        for typed in [name, arn.as_str(), partial] {
            let expected = answer(json!({"ARN": arn, "Name": name, "SecretString": "v1"}));
            scene
                .check("GetSecretValue", json!({"SecretId": typed}), expected)
                .await;
        }
    }
    let arn = scene.create("Invalid/_+=.@-Name-a1b2c3").await;
    let (partial, _) = arn.rsplit_once('-').unwrap();
    let partial = json!({ "SecretId": partial });
    scene.check("GetSecretValue", partial, no_secret()).await;
}

#[tokio::test]
async fn what_is_wrong_with_the_input_comes_before_what_is_missing() {
    let scene = Scene::new().await;
    let no_token = || {
        refusal(
            "InvalidRequestException",
            "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
        )
    };
    let value = json!({"SecretString": "v", "Description": "d"});
    let mut create = value.clone();
    create["Name"] = json!("s");
    scene
        .script(vec![
            ("CreateSecret", create, no_token()),
            ("UpdateSecret", id(value.clone()), no_token()),
            ("PutSecretValue", id(value), no_token()),
            (
                "PutSecretValue",
                id(json!({"SecretString": null, "ClientRequestToken": token(1)})),
                refusal("InvalidRequestException", "You must provide either SecretString or SecretBinary."),
            ),
            (
                "PutSecretValue",
                id(json!({"SecretString": "v", "ClientRequestToken": token(1), "VersionStages": {}})),
                refusal("SerializationException", "Start of structure or map found where not expected."),
            ),
            (
                "PutSecretValue",
                id(json!({"SecretString": "v", "ClientRequestToken": token(1), "VersionStages": [{}]})),
                refusal("SerializationException", "Start of structure or map found where not expected."),
            ),
        ])
        .await;
}

/// External Secrets Operator gives the first version of every secret the same token.
#[tokio::test]
async fn external_secrets_first_token() {
    let scene = Scene::new().await;
    for name in ["team/a", "team/b", "team/c"] {
        let managed = json!([{"Key": "managed-by", "Value": "external-secrets"}]);
        scene
            .script(vec![
                ("DescribeSecret", json!({"SecretId": name}), no_secret()),
                (
                    "CreateSecret",
                    json!({
                        "Name": name, "SecretBinary": "eyJrIjoidiJ9", "ClientRequestToken": token(1),
                        "Description": "secret 'managed-by:external-secrets'", "Tags": managed,
                    }),
                    answer(json!({"VersionId": token(1)})),
                ),
                ("DescribeSecret", json!({"SecretId": name}), answer(json!({"Tags": managed}))),
                (
                    "GetSecretValue",
                    json!({"SecretId": name, "VersionStage": "AWSCURRENT"}),
                    answer(json!({"SecretBinary": "eyJrIjoidiJ9"})),
                ),
                (
                    "GetSecretValue",
                    json!({"SecretId": name, "VersionId": token(1)}),
                    answer(json!({"VersionId": token(1)})),
                ),
                (
                    "PutSecretValue",
                    json!({"SecretId": name, "SecretBinary": "eyJrIjoidyJ9", "ClientRequestToken": token(2)}),
                    answer(json!({"VersionStages": ["AWSCURRENT"]})),
                ),
                ("GetResourcePolicy", json!({"SecretId": name}), Expected::Without(&["ResourcePolicy"])),
                ("DeleteSecret", json!({"SecretId": name, "RecoveryWindowInDays": 7}), answer(json!({}))),
            ])
            .await;
    }
}

/// AWS decides about the caller before it looks at constraints, but not before it can read.
#[tokio::test]
async fn who_may_not_call_is_not_told_what_is_wrong() {
    let (scene, _) = Scene::with_secret("s").await;
    let nobody = scene.stage.user("nobody", ALLOW_NOTHING);
    let value = json!({"SecretString": "v", "ClientRequestToken": token(2)});
    let with = |member: &str, wrong: Json| {
        let mut input = id(value.clone());
        input[member] = wrong;
        input
    };
    let denied = |on: &str| {
        refusal(
            "AccessDeniedException",
            format!(
                "User: arn:aws:iam::123456789012:user/nobody is not authorized to perform: \
                 secretsmanager:PutSecretValue on resource: {on} because no identity-based policy \
                 allows the secretsmanager:PutSecretValue action"
            ),
        )
    };
    for (input, on) in [
        (with("VersionStages", json!([])), "s"),
        (with("VersionStages", json!([""])), "s"),
        (with("ClientRequestToken", json!("short")), "s"),
        (with("SecretString", json!("")), "s"),
        (with("SecretString", Json::Null), "s"),
        (with("SecretId", json!("a b*")), "a b*"),
    ] {
        let told = Expected::RefusalLike("ValidationException", "");
        if input["SecretString"] != Json::Null {
            scene.check("PutSecretValue", input.clone(), told).await;
        }
        scene
            .check_as(&nobody, "PutSecretValue", input, denied(on))
            .await;
    }
    let unreadable = Expected::RefusalLike("SerializationException", "Start of structure");
    scene
        .check_as(
            &nobody,
            "PutSecretValue",
            with("VersionStages", json!({})),
            unreadable,
        )
        .await;
}
