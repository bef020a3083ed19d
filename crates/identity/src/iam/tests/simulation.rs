//! The simulator over the wire: the recorded life of a user's policies, and who may simulate whom.
//! Recordings: radkawar/stackd `testdata/aws/iam/simulation.json`.

use super::world::{ALLOW, TRUST, World, lacks, refused, shows};

const USER: &str = "arn:aws:iam::123456789012:user/simulation/sim-user";
const MANAGED: &str = "arn:aws:iam::123456789012:policy/simulation/sim-managed";
const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/simulation/sim-boundary";
const OBJECT: &str = "arn:aws:s3:::stackd-simulation/a";
const INLINE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::stackd-simulation/a"}]}"#;
const DELETE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:DeleteObject","Resource":"*"}]}"#;
const READ_WRITE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"*"}]}"#;
const BY_INLINE: &str = "<SourcePolicyId>user_sim-user_UserInline</SourcePolicyId>\
                         <SourcePolicyType>IAM Policy</SourcePolicyType>\
                         <StartPosition><Line>1</Line><Column>38</Column></StartPosition>\
                         <EndPosition><Line>1</Line><Column>126</Column></EndPosition>";
const BY_MANAGED: &str = "<SourcePolicyId>sim-managed</SourcePolicyId>";
const ALLOWED: &str = "<EvalDecision>allowed</EvalDecision>";
const IMPLICIT: &str = "<EvalDecision>implicitDeny</EvalDecision>";
const EXPLICIT: &str = "<EvalDecision>explicitDeny</EvalDecision>";
const WITHIN: &str = "<AllowedByPermissionsBoundary>true</AllowedByPermissionsBoundary>";
const BEYOND: &str = "<AllowedByPermissionsBoundary>false</AllowedByPermissionsBoundary>";

async fn world() -> World {
    let world = World::new().await;
    let policy = |name, text| {
        let form = [
            ("PolicyName", name),
            ("Path", "/simulation/"),
            ("PolicyDocument", text),
        ];
        shows("CreatePolicy", &form, &[])
    };
    world
        .check(vec![
            policy("sim-managed", DELETE),
            policy("sim-boundary", READ_WRITE),
            shows(
                "CreateUser",
                &[("UserName", "sim-user"), ("Path", "/simulation/")],
                &[],
            ),
            shows(
                "PutUserPolicy",
                &[
                    ("UserName", "sim-user"),
                    ("PolicyName", "UserInline"),
                    ("PolicyDocument", INLINE),
                ],
                &[],
            ),
            shows(
                "AttachUserPolicy",
                &[("UserName", "sim-user"), ("PolicyArn", MANAGED)],
                &[],
            ),
        ])
        .await;
    world
}

/// A simulation of the user's policies for one action on one object.
fn asked<'a>(action: &'a str, more: &[(&'static str, &'a str)]) -> Vec<(&'static str, &'a str)> {
    let mut form = vec![
        ("PolicySourceArn", USER),
        ("ActionNames.member.1", action),
        ("ResourceArns.member.1", OBJECT),
    ];
    for (name, value) in more {
        form.retain(|(known, _)| known != name);
        form.push((name, value));
    }
    form
}

const SIMULATE: &str = "SimulatePrincipalPolicy";

#[tokio::test]
async fn the_policies_of_a_user_and_their_exclusions() {
    let world = world().await;
    let kind = "PolicyExclusionList.member.1.PolicyType";
    let arn = "PolicyExclusionList.member.1.PolicyArn";
    let inline = |name: &'static str, owner: &'static str| {
        [
            (
                "PolicyExclusionList.member.1.InlinePolicyIdentifier.PolicyName",
                name,
            ),
            (
                "PolicyExclusionList.member.1.InlinePolicyIdentifier.AttachmentType",
                "user",
            ),
            (
                "PolicyExclusionList.member.1.InlinePolicyIdentifier.AttachmentName",
                owner,
            ),
        ]
    };
    let required = "Invalid inline policy exclusion: policyName, attachmentType, and \
                    attachmentName are required";
    let pattern = |value: &str, member: &str| {
        format!(
            "1 validation error detected: Value '{value}' at \
             'policyExclusionList.1.member.inlinePolicyIdentifier.{member}' failed to satisfy \
             constraint: Member must satisfy regular expression pattern: .*[\\w+=,.@-]+.*"
        )
    };
    let (get, delete) = ("s3:GetObject", "s3:DeleteObject");
    let pathless = "arn:aws:iam::123456789012:policy/sim-managed";
    world
        .check(vec![
            shows(
                SIMULATE,
                &asked(get, &[]),
                &[
                    ALLOWED,
                    BY_INLINE,
                    "<EvalDecisionDetails></EvalDecisionDetails>",
                ],
            ),
            shows(SIMULATE, &asked(delete, &[]), &[ALLOWED, BY_MANAGED]),
            // principal_user_wrong_path: the name alone counts.
            shows(
                SIMULATE,
                &asked(
                    get,
                    &[(
                        "PolicySourceArn",
                        "arn:aws:iam::123456789012:user/wrong-path/sim-user",
                    )],
                ),
                &[ALLOWED, BY_INLINE],
            ),
            shows(SIMULATE, &asked(get, &[(kind, "inline")]), &[IMPLICIT]),
            shows(SIMULATE, &asked(delete, &[(kind, "inline")]), &[ALLOWED]),
            shows(
                SIMULATE,
                &asked(delete, &[(kind, "user-managed")]),
                &[IMPLICIT],
            ),
            shows(
                SIMULATE,
                &asked(delete, &[(kind, "aws-managed")]),
                &[ALLOWED],
            ),
            shows(SIMULATE, &asked(delete, &[(kind, "scp")]), &[ALLOWED]),
            // principal_extra_exclude_arn_*: only the ARN without the path names a policy.
            shows(SIMULATE, &asked(delete, &[(arn, MANAGED)]), &[ALLOWED]),
            shows(SIMULATE, &asked(delete, &[(arn, pathless)]), &[IMPLICIT]),
            shows(
                SIMULATE,
                &asked(delete, &[(arn, "arn:aws:iam::123456789012:policy/sim-*")]),
                &[IMPLICIT],
            ),
            shows(
                SIMULATE,
                &asked(get, &inline("UserInline", "sim-user")),
                &[IMPLICIT],
            ),
            shows(
                SIMULATE,
                &asked(get, &inline("UserInline", "sim*")),
                &[IMPLICIT],
            ),
            shows(
                SIMULATE,
                &asked(get, &inline("UserInline", "sim-use?")),
                &[IMPLICIT],
            ),
            shows(
                SIMULATE,
                &asked(get, &inline("UserInline", "another")),
                &[ALLOWED],
            ),
            refused(
                SIMULATE,
                &asked(get, &inline("User*", "sim-user")),
                400,
                "InvalidInput",
                required,
            ),
            refused(
                SIMULATE,
                &asked(get, &inline("UserInline", "s*m*")),
                400,
                "InvalidInput",
                required,
            ),
            refused(
                SIMULATE,
                &asked(get, &inline("*", "sim-user")),
                400,
                "ValidationError",
                &pattern("*", "policyName"),
            ),
            refused(
                SIMULATE,
                &asked(get, &inline("UserInline", "*")),
                400,
                "ValidationError",
                &pattern("*", "attachmentName"),
            ),
            // A policy of the request survives exclusions.
            shows(
                SIMULATE,
                &asked(
                    get,
                    &[(kind, "inline"), ("PolicyInputList.member.1", READ_WRITE)],
                ),
                &[
                    ALLOWED,
                    "<SourcePolicyId>PolicyInputList.1</SourcePolicyId>",
                ],
            ),
        ])
        .await;
}

#[tokio::test]
async fn the_boundary_of_a_user() {
    let world = world().await;
    let kind = "PolicyExclusionList.member.1.PolicyType";
    let replaced = "PermissionsBoundaryPolicyInputList.member.1";
    let deny = DELETE.replace("Allow", "Deny");
    let (get, delete) = ("s3:GetObject", "s3:DeleteObject");
    world
        .check(vec![
            lacks(
                SIMULATE,
                &asked(get, &[]),
                "PermissionsBoundaryDecisionDetail",
            ),
            shows(
                "PutUserPermissionsBoundary",
                &[("UserName", "sim-user"), ("PermissionsBoundary", BOUNDARY)],
                &[],
            ),
            shows(SIMULATE, &asked(get, &[]), &[ALLOWED, WITHIN]),
            shows(SIMULATE, &asked(delete, &[]), &[IMPLICIT, BEYOND]),
            shows(
                SIMULATE,
                &asked(delete, &[(kind, "permission-boundary")]),
                &[ALLOWED],
            ),
            shows(
                SIMULATE,
                &asked(delete, &[(replaced, DELETE)]),
                &[ALLOWED, WITHIN],
            ),
            shows(
                SIMULATE,
                &asked(delete, &[(replaced, &deny), (kind, "permission-boundary")]),
                &[
                    EXPLICIT,
                    BEYOND,
                    "<SourcePolicyId>PermissionsBoundaryPolicyInputList.1</SourcePolicyId>\
                     <SourcePolicyType>Permissions Boundary Policy</SourcePolicyType>",
                ],
            ),
        ])
        .await;
}

#[tokio::test]
async fn a_role_is_its_own_caller() {
    let world = world().await;
    let arn = "arn:aws:iam::123456789012:role/simulation/app";
    let condition = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{{"StringEquals":{{"aws:PrincipalArn":"{arn}","aws:userid":"{arn}"}},"Null":{{"aws:username":"true"}}}}}}]}}"#
    );
    let form = [
        ("PolicySourceArn", arn),
        ("ActionNames.member.1", "s3:GetObject"),
    ];
    let mut other = form.to_vec();
    other.push(("CallerArn", USER));
    world
        .check(vec![
            shows(
                "CreateRole",
                &[
                    ("RoleName", "app"),
                    ("Path", "/simulation/"),
                    ("AssumeRolePolicyDocument", TRUST),
                ],
                &[],
            ),
            shows(SIMULATE, &form, &[IMPLICIT]),
            shows(
                "PutRolePolicy",
                &[
                    ("RoleName", "app"),
                    ("PolicyName", "own"),
                    ("PolicyDocument", &condition),
                ],
                &[],
            ),
            shows(
                SIMULATE,
                &form,
                &[ALLOWED, "<SourcePolicyId>role_app_own</SourcePolicyId>"],
            ),
            lacks(SIMULATE, &form, "ResourceSpecificResults"),
            shows(SIMULATE, &other, &[IMPLICIT]),
        ])
        .await;
}

#[tokio::test]
async fn sources_that_are_refused() {
    let world = world().await;
    let invalid = |arn: &str| format!("Invalid ARN provided in the request: {arn}");
    let from = |arn: &'static str| asked("s3:GetObject", &[("PolicySourceArn", arn)]);
    let mut steps = Vec::new();
    for arn in [
        "arn:aws:iam::123456789012:root",
        "arn:aws:sts::123456789012:assumed-role/fictional/session",
        "not-an-arn-but-long-enough",
        "arn:aws:iam::123456789012:user/",
        "arn:aws:iam::123456789012:policy/sim-managed",
    ] {
        steps.push(refused(
            SIMULATE,
            &from(arn),
            400,
            "InvalidInput",
            &invalid(arn),
        ));
        let form = [("PolicySourceArn", arn)];
        let keys = "GetContextKeysForPrincipalPolicy";
        steps.push(refused(keys, &form, 400, "InvalidInput", &invalid(arn)));
    }
    for arn in [
        "arn:aws:iam::123456789012:user/simulation/missing",
        "arn:aws:iam::123456789012:role/missing",
        "arn:aws:iam::123456789012:group/missing",
    ] {
        let text = "Unable to retrieve specified IAM entity.";
        steps.push(refused(SIMULATE, &from(arn), 404, "NoSuchEntity", text));
    }
    steps.push(refused(
        SIMULATE,
        &from("arn:aws:iam::999999999999:user/simulation/sim-user"),
        400,
        "InvalidInput",
        "Invalid Policy Source Arn: caller's account 123456789012 does not have access to policies \
         in account 999999999999.",
    ));
    world.check(steps).await;
}

#[tokio::test]
async fn pages_are_places_in_the_list_of_actions() {
    let world = world().await;
    let form = [
        ("PolicyInputList.member.1", ALLOW),
        ("ActionNames.member.1", "s3:PutObject"),
        ("ActionNames.member.2", "iam:GetUser"),
        ("ActionNames.member.3", "s3:GetObject"),
        ("ResourceArns.member.1", OBJECT),
        ("MaxItems", "1"),
    ];
    let answer = world.call("SimulateCustomPolicy", &form).await;
    assert!(
        answer.text.contains("<IsTruncated>true</IsTruncated>"),
        "{}",
        answer.text
    );
    let marker = answer.xml("Marker").unwrap();
    let next = |changes: &[(&'static str, &'static str)]| {
        let mut form: Vec<(&'static str, &str)> = form.to_vec();
        for (name, value) in changes {
            form.retain(|(known, _)| known != name);
            form.push((name, value));
        }
        form.push(("Marker", marker));
        form
    };
    let name = "<EvalActionName>iam:GetUser</EvalActionName>";
    let simulate = "SimulateCustomPolicy";
    world
        .check(vec![
            shows(
                simulate,
                &next(&[]),
                &[name, "<IsTruncated>true</IsTruncated>"],
            ),
            shows(
                simulate,
                &next(&[("MaxItems", "2")]),
                &[
                    name,
                    "<EvalActionName>s3:GetObject</EvalActionName>",
                    "<IsTruncated>false</IsTruncated>",
                ],
            ),
            // pagination_changed_policy, pagination_changed_reorder
            shows(
                simulate,
                &next(&[("PolicyInputList.member.1", DELETE)]),
                &[name, IMPLICIT],
            ),
            refused(
                simulate,
                &[
                    ("PolicyInputList.member.1", ALLOW),
                    ("ActionNames.member.1", "s3:PutObject"),
                    ("Marker", "not-a-simulation-marker"),
                ],
                400,
                "InvalidInput",
                "Invalid marker for pagination.",
            ),
            // pagination_changed_actions: nothing stands there.
            lacks(
                simulate,
                &[
                    ("PolicyInputList.member.1", ALLOW),
                    ("ActionNames.member.1", "s3:DeleteObject"),
                    ("Marker", marker),
                ],
                "EvalActionName",
            ),
        ])
        .await;
}

#[tokio::test]
async fn each_operation_is_a_permission_of_its_own() {
    let world = world().await;
    let only = |action: &str, resource: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}}}"#
        )
    };
    let simulator = world
        .user("simulator", &only("iam:SimulatePrincipalPolicy", USER))
        .await;
    let custom = world
        .user("custom", &only("iam:SimulateCustomPolicy", "*"))
        .await;
    let keys = world
        .user("keys", &only("iam:GetContextKeysFor*", "*"))
        .await;
    let principal = asked("s3:GetObject", &[]);
    let of_policy = [
        ("PolicyInputList.member.1", ALLOW),
        ("ActionNames.member.1", "s3:GetObject"),
    ];
    let source = [("PolicySourceArn", USER)];
    let text = [("PolicyInputList.member.1", ALLOW)];
    let denied = |who: &str, action: &str, on: &str| {
        format!(
            "User: arn:aws:iam::123456789012:user/{who} is not authorized to perform: iam:{action} \
             {on}because no identity-based policy allows the iam:{action} action"
        )
    };
    let (simulate, keys_of) = ("SimulateCustomPolicy", "GetContextKeysForPrincipalPolicy");
    // Authorised on the stored ARN, whatever path the request has.
    let elsewhere = asked(
        "s3:GetObject",
        &[(
            "PolicySourceArn",
            "arn:aws:iam::123456789012:user/elsewhere/SIM-user",
        )],
    );
    for (by, step) in [
        (&simulator, shows(SIMULATE, &principal, &[ALLOWED])),
        (&simulator, shows(SIMULATE, &elsewhere, &[ALLOWED])),
        (
            &simulator,
            refused(
                simulate,
                &of_policy,
                403,
                "AccessDenied",
                &denied("simulator", simulate, ""),
            ),
        ),
        (&custom, shows(simulate, &of_policy, &[ALLOWED])),
        (
            &custom,
            refused(
                SIMULATE,
                &principal,
                403,
                "AccessDenied",
                &denied("custom", SIMULATE, "on resource: user sim-user "),
            ),
        ),
        (
            &custom,
            refused(
                keys_of,
                &source,
                403,
                "AccessDenied",
                &denied("custom", keys_of, "on resource: user sim-user "),
            ),
        ),
        (
            &keys,
            shows(keys_of, &source, &["<ContextKeyNames></ContextKeyNames>"]),
        ),
        (
            &keys,
            shows(
                "GetContextKeysForCustomPolicy",
                &text,
                &["<ContextKeyNames></ContextKeyNames>"],
            ),
        ),
    ] {
        world.check_as(by, step).await;
    }
}

#[tokio::test]
async fn keys_of_a_user() {
    let world = world().await;
    let reads = |key: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{{"StringEquals":{{"{key}":"x"}}}}}}}}"#
        )
    };
    let (own, limit) = (
        reads("aws:PrincipalTag/Own"),
        reads("aws:PrincipalTag/Limit"),
    );
    let create = [("PolicyName", "limit"), ("PolicyDocument", limit.as_str())];
    let limit_arn = "arn:aws:iam::123456789012:policy/limit";
    let keys = "GetContextKeysForPrincipalPolicy";
    let once = "<member>aws:PrincipalTag/Own</member><member>aws:PrincipalTag/Limit</member>";
    let twice = "<member>aws:PrincipalTag/Own</member><member>aws:PrincipalTag/Own</member>";
    world
        .check(vec![
            shows("CreatePolicy", &create, &[]),
            shows(
                "PutUserPolicy",
                &[
                    ("UserName", "sim-user"),
                    ("PolicyName", "own"),
                    ("PolicyDocument", &own),
                ],
                &[],
            ),
            shows(
                "AttachUserPolicy",
                &[("UserName", "sim-user"), ("PolicyArn", limit_arn)],
                &[],
            ),
            shows(
                "PutUserPermissionsBoundary",
                &[("UserName", "sim-user"), ("PermissionsBoundary", limit_arn)],
                &[],
            ),
            // The policy that is attached and limits counts once; that of the request on its own.
            shows(
                keys,
                &[("PolicySourceArn", USER)],
                &[&format!("<ContextKeyNames>{once}</ContextKeyNames>")],
            ),
            shows(
                keys,
                &[
                    ("PolicySourceArn", USER),
                    ("PolicyInputList.member.1", &own),
                ],
                &[twice],
            ),
            refused(
                keys,
                &[("PolicySourceArn", USER), ("PolicyInputList.member.1", "{")],
                400,
                "InvalidInput",
                "Policy input list item 1 has invalid content",
            ),
        ])
        .await;
}

/// A request of a megabyte may ask for work without end: patterns, resources and values multiply.
#[tokio::test]
async fn work_without_end_is_refused() {
    let world = world().await;
    let text = "The policies, resources and context values of the request are too large to be \
                simulated together.";
    let like = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"StringLike":{{"some:key":"*{}b"}}}}}}}}"#,
        "a".repeat(100_000)
    );
    let value = "a".repeat(300_000);
    let by_value = [
        ("PolicyInputList.member.1", like.as_str()),
        ("ActionNames.member.1", "s3:GetObject"),
        ("ContextEntries.member.1.ContextKeyName", "some:key"),
        ("ContextEntries.member.1.ContextKeyType", "string"),
        (
            "ContextEntries.member.1.ContextKeyValues.member.1",
            value.as_str(),
        ),
    ];
    let names: Vec<String> = (1..=4_000)
        .map(|n| format!("ResourceArns.member.{n}"))
        .collect();
    let statement = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let many = format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        vec![statement; 2_000].join(",")
    );
    let mut by_resources = vec![
        ("PolicyInputList.member.1", many.as_str()),
        ("ActionNames.member.1", "s3:GetObject"),
    ];
    by_resources.extend(names.iter().map(|name| (name.as_str(), OBJECT)));
    for form in [by_value.to_vec(), by_resources] {
        let answer = world.call("SimulateCustomPolicy", &form).await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.code().as_deref(), Some("InvalidInput"));
        assert_eq!(answer.xml("Message"), Some(text));
    }
}
