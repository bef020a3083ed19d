//! Answers held to those recorded from AWS (February, March and September 2026), member by member.

use super::world::{ALLOW, Step, TRUST, World, lacks, refused, shows};

const R: (&str, &str) = ("RoleName", "app");
const U: (&str, &str) = ("UserName", "ann");
const ARN: &str = "arn:aws:iam::123456789012:policy/read";
const P: (&str, &str) = ("PolicyArn", ARN);
const NONE: &str = "arn:aws:iam::123456789012:policy/none";
const KIND: &str = "<PermissionsBoundaryType>Policy</PermissionsBoundaryType>";

/// What a call answers: its members, in order, without their values.
async fn members(world: &World, action: &str, form: &[(&str, &str)]) -> String {
    let answer = world.call(action, form).await;
    assert_eq!(answer.status, 200, "{action} {form:?}\n{}", answer.text);
    let start = format!("<{action}Result>");
    let Some((_, rest)) = answer.text.split_once(&start) else {
        return String::new();
    };
    let (result, _) = rest.split_once(&format!("</{action}Result>")).unwrap();
    let opened = result.split('<').filter(|tag| !tag.starts_with('/'));
    let names = opened.filter_map(|tag| tag.split(['>', '/']).next());
    let mut names: Vec<_> = names
        .filter(|name| !matches!(*name, "" | "member" | "Key" | "Value"))
        .collect();
    names.sort_unstable();
    names.join(" ")
}

#[tokio::test]
async fn roles_have_the_recorded_members() {
    let world = World::new().await;
    let trust = ("AssumeRolePolicyDocument", TRUST);
    let policy = [("PolicyName", "read"), ("PolicyDocument", ALLOW)];
    assert_eq!(world.call("CreatePolicy", &policy).await.status, 200);
    let tags = [("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")];
    let boundary = ("PermissionsBoundary", ARN);
    let plain = "Arn AssumeRolePolicyDocument CreateDate Path";
    let full: Vec<_> = [R, trust, ("Description", "d"), boundary]
        .into_iter()
        .chain(tags)
        .collect();
    let limits = "PermissionsBoundary PermissionsBoundaryArn PermissionsBoundaryType";
    for (action, form, expected) in [
        (
            "CreateRole",
            &[("RoleName", "plain"), trust][..],
            format!("{plain} Role RoleId RoleName"),
        ),
        (
            "GetRole",
            &[("RoleName", "plain")],
            "Arn AssumeRolePolicyDocument CreateDate MaxSessionDuration Path Role RoleId \
             RoleLastUsed RoleName"
                .to_owned(),
        ),
        (
            "UpdateRole",
            &[("RoleName", "plain"), ("MaxSessionDuration", "7200")],
            String::new(),
        ),
        (
            "UpdateRoleDescription",
            &[("RoleName", "plain"), ("Description", "d")],
            "Arn AssumeRolePolicyDocument CreateDate Description Path Role RoleId RoleName"
                .to_owned(),
        ),
        (
            "CreateRole",
            &full,
            format!("{plain} {limits} Role RoleId RoleName Tags"),
        ),
        (
            "GetRole",
            &[R],
            format!(
                "Arn AssumeRolePolicyDocument CreateDate Description MaxSessionDuration Path \
                 {limits} Role RoleId RoleLastUsed RoleName Tags"
            ),
        ),
        (
            "ListRoles",
            &[("MaxItems", "1")],
            "Arn AssumeRolePolicyDocument CreateDate Description IsTruncated Marker \
             MaxSessionDuration Path RoleId RoleName Roles"
                .to_owned(),
        ),
    ] {
        assert_eq!(members(&world, action, form).await, expected, "{action}");
    }
    world
        .check(vec![
            shows("GetRole", &[R], &["<RoleLastUsed></RoleLastUsed>", KIND]),
            lacks("GetRole", &[("RoleName", "plain")], "<Tags>"),
            // Nothing asked for, nothing changed.
            shows("UpdateRole", &[("RoleName", "plain")], &[]),
            shows(
                "GetRole",
                &[("RoleName", "plain")],
                &[
                    "<MaxSessionDuration>7200</MaxSessionDuration>",
                    "<Description>d</Description>",
                ],
            ),
        ])
        .await;
}

#[tokio::test]
async fn policies_have_the_recorded_members() {
    let world = World::new().await;
    let shown = "Arn AttachmentCount CreateDate DefaultVersionId";
    let rest = "PermissionsBoundaryUsageCount Policy PolicyId PolicyName";
    let document = ("PolicyDocument", ALLOW);
    for (action, form, expected) in [
        (
            "CreatePolicy",
            &[("PolicyName", "read"), document, ("Description", "d")][..],
            format!("{shown} IsAttachable Path {rest} UpdateDate"),
        ),
        (
            "GetPolicy",
            &[P],
            format!("{shown} Description IsAttachable Path {rest} Tags UpdateDate"),
        ),
        (
            "CreatePolicyVersion",
            &[P, document],
            "CreateDate IsDefaultVersion PolicyVersion VersionId".to_owned(),
        ),
        (
            "GetPolicyVersion",
            &[P, ("VersionId", "v2")],
            "CreateDate Document IsDefaultVersion PolicyVersion VersionId".to_owned(),
        ),
        (
            "ListPolicyVersions",
            &[P, ("MaxItems", "1")],
            "CreateDate IsDefaultVersion IsTruncated Marker VersionId Versions".to_owned(),
        ),
        (
            "ListPolicies",
            &[],
            "Arn AttachmentCount CreateDate DefaultVersionId IsAttachable IsTruncated Path \
             PermissionsBoundaryUsageCount Policies PolicyId PolicyName UpdateDate"
                .to_owned(),
        ),
        (
            "ListEntitiesForPolicy",
            &[P],
            "IsTruncated PolicyGroups PolicyRoles PolicyUsers".to_owned(),
        ),
    ] {
        assert_eq!(members(&world, action, form).await, expected, "{action}");
    }
}

#[tokio::test]
async fn users_keys_and_providers_have_the_recorded_members() {
    let world = World::new().await;
    let url = ("Url", "https://a.example");
    let arn = "arn:aws:iam::123456789012:oidc-provider/a.example";
    for (action, form, expected) in [
        (
            "CreateUser",
            &[U][..],
            "Arn CreateDate Path User UserId UserName",
        ),
        ("GetUser", &[U], "Arn CreateDate Path User UserId UserName"),
        ("ListAccessKeys", &[U], "AccessKeyMetadata IsTruncated"),
        (
            "CreateAccessKey",
            &[U],
            "AccessKey AccessKeyId CreateDate SecretAccessKey Status UserName",
        ),
        (
            "ListAccessKeys",
            &[U],
            "AccessKeyId AccessKeyMetadata CreateDate IsTruncated Status UserName",
        ),
        ("ListUserTags", &[U], "IsTruncated Tags"),
        ("ListUserPolicies", &[U], "IsTruncated PolicyNames"),
        (
            "ListAttachedUserPolicies",
            &[U],
            "AttachedPolicies IsTruncated",
        ),
        (
            "CreateOpenIDConnectProvider",
            &[url],
            "OpenIDConnectProviderArn",
        ),
        (
            "GetOpenIDConnectProvider",
            &[("OpenIDConnectProviderArn", arn)],
            "ClientIDList CreateDate Tags ThumbprintList Url",
        ),
        (
            "ListOpenIDConnectProviders",
            &[],
            "Arn OpenIDConnectProviderList",
        ),
        (
            "ListOpenIDConnectProviderTags",
            &[("OpenIDConnectProviderArn", arn)],
            "IsTruncated Tags",
        ),
    ] {
        assert_eq!(members(&world, action, form).await, expected, "{action}");
    }
    let key = world.key("ann").await;
    let used = [("AccessKeyId", key.access_key_id.as_str())];
    world
        .check(vec![shows(
            "GetAccessKeyLastUsed",
            &used,
            &[
                "<UserName>ann</UserName>",
                "<ServiceName>N/A</ServiceName>",
                "<Region>N/A</Region>",
            ],
        )])
        .await;
}

#[tokio::test]
async fn tags_stand_in_the_recorded_order() {
    let world = World::new().await;
    let given = ["abc", "b", "z", "a", "B"];
    let names: Vec<_> = (1..=given.len())
        .map(|at| {
            (
                format!("Tags.member.{at}.Key"),
                format!("Tags.member.{at}.Value"),
            )
        })
        .collect();
    let mut form = vec![("PolicyName", "read"), ("PolicyDocument", ALLOW)];
    for ((key, value), given) in names.iter().zip(given) {
        form.extend([(key.as_str(), given), (value.as_str(), "v")]);
    }
    for (action, form, expected) in [
        ("CreatePolicy", &form[..], "abc b z a B"),
        ("GetPolicy", &[P], "B a b z abc"),
        ("ListPolicyTags", &[P], "B a b z abc"),
    ] {
        let answer = world.call(action, form).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let keys: Vec<_> = answer
            .text
            .split("<Key>")
            .skip(1)
            .filter_map(|rest| rest.split('<').next())
            .collect();
        assert_eq!(keys.join(" "), expected, "{action}");
    }
}

#[tokio::test]
async fn refusals_are_the_recorded_ones() {
    let trust = ("AssumeRolePolicyDocument", TRUST);
    let world = World::new().await;
    world
        .check(vec![
            shows("CreateRole", &[R, trust], &[]),
            shows("CreateUser", &[U], &[]),
        ])
        .await;
    let missing = |text: &str| text.replace("NONE", NONE);
    let version = missing("Policy NONE version v1 does not exist or is not attachable.");
    let gone = missing("Policy NONE was not found.");
    let not_attachable = missing("Policy NONE does not exist or is not attachable.");
    let scope = missing("Scope ARN: NONE does not exist or is not attachable.");
    let none = ("PolicyArn", NONE);
    let v1 = ("VersionId", "v1");
    let tag = [("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")];
    let no_policy = "arn:aws:iam::123456789012:not_a_policy/invalid";
    let invalid = format!("ARN {no_policy} is not valid.");
    let name = "twenty-characters-at-least";
    let not_valid = format!("ARN {name} is not valid.");
    let boundary = |arn| ("PermissionsBoundary", arn);
    let other = ("RoleName", "other");
    let linked = "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles";
    let mut steps: Vec<Step> = Vec::new();
    for (action, form, status, code, text) in [
        (
            "GetPolicyVersion",
            &[none, v1][..],
            404,
            "NoSuchEntity",
            &version,
        ),
        (
            "SetDefaultPolicyVersion",
            &[none, v1],
            404,
            "NoSuchEntity",
            &version,
        ),
        (
            "ListEntitiesForPolicy",
            &[none],
            404,
            "NoSuchEntity",
            &not_attachable,
        ),
        (
            "TagPolicy",
            &[none, tag[0], tag[1]],
            404,
            "NoSuchEntity",
            &gone,
        ),
        (
            "UntagPolicy",
            &[none, ("TagKeys.member.1", "k")],
            404,
            "NoSuchEntity",
            &gone,
        ),
        ("GetPolicy", &[none], 404, "NoSuchEntity", &gone),
        ("DetachRolePolicy", &[R, none], 404, "NoSuchEntity", &gone),
        (
            "AttachRolePolicy",
            &[R, none],
            404,
            "NoSuchEntity",
            &not_attachable,
        ),
        (
            "AttachUserPolicy",
            &[U, none],
            404,
            "NoSuchEntity",
            &not_attachable,
        ),
        (
            "AttachRolePolicy",
            &[R, ("PolicyArn", name)],
            400,
            "ValidationError",
            &not_valid,
        ),
        (
            "AttachUserPolicy",
            &[U, ("PolicyArn", name)],
            400,
            "ValidationError",
            &not_valid,
        ),
        (
            "PutRolePermissionsBoundary",
            &[R, boundary(no_policy)],
            400,
            "InvalidInput",
            &invalid,
        ),
        (
            "CreateRole",
            &[other, trust, boundary(no_policy)],
            400,
            "InvalidInput",
            &invalid,
        ),
        (
            "PutRolePermissionsBoundary",
            &[R, boundary(NONE)],
            404,
            "NoSuchEntity",
            &scope,
        ),
        (
            "CreateRole",
            &[other, trust, boundary(NONE)],
            404,
            "NoSuchEntity",
            &scope,
        ),
        (
            "PutRolePermissionsBoundary",
            &[("RoleName", "none"), boundary(NONE)],
            404,
            "NoSuchEntity",
            &"The role with name none cannot be found.".to_owned(),
        ),
        (
            "UntagRole",
            &[R, ("TagKeys", "")],
            400,
            "InvalidInput",
            &"Error occurred while validating input. ".to_owned(),
        ),
        (
            "TagUser",
            &[U, ("Tags", "")],
            400,
            "InvalidInput",
            &"Error occurred while validating input. ".to_owned(),
        ),
        (
            "CreateRole",
            &[
                other,
                trust,
                ("Path", "/aws-service-role/ecs.amazonaws.com/"),
            ],
            400,
            "InvalidInput",
            &linked.to_owned(),
        ),
    ] {
        steps.push(refused(action, form, status, code, text));
    }
    world.check(steps).await;
    for form in [
        [other, trust, ("Path", "/aws-reserved/sso.amazonaws.com/")],
        [("RoleName", "AWSReservedSSO_Admin_0"), trust, ("Path", "/")],
        [("RoleName", "awsreservedsso_x"), trust, ("Path", "/x/")],
    ] {
        let answer = world.call("CreateRole", &form).await;
        assert_eq!(answer.code().as_deref(), Some("InvalidInput"), "{form:?}");
    }
    world
        .check(vec![lacks("ListRoles", &[], "<RoleName>other")])
        .await;
}

/// Names of inline policies answer to any case, and the answer repeats the request's.
#[tokio::test]
async fn inline_policies_are_named_as_recorded() {
    let deny = ALLOW.replace("Allow", "Deny");
    let policy = |name| ("PolicyName", name);
    let world = World::new().await;
    world
        .check(vec![
            shows("CreateUser", &[U], &[]),
            shows(
                "PutUserPolicy",
                &[U, policy("MixedName"), ("PolicyDocument", ALLOW)],
                &[],
            ),
            shows(
                "PutUserPolicy",
                &[U, policy("mixedname"), ("PolicyDocument", &deny)],
                &[],
            ),
            shows(
                "ListUserPolicies",
                &[U],
                &["<PolicyNames><member>MixedName</member></PolicyNames>"],
            ),
            shows(
                "GetUserPolicy",
                &[U, policy("MIXEDNAME")],
                &["<PolicyName>MIXEDNAME</PolicyName>", "Deny"],
            ),
            shows("DeleteUserPolicy", &[U, policy("mIXEDnAME")], &[]),
            lacks("ListUserPolicies", &[U], "ixed"),
        ])
        .await;
}

/// `OnlyAttached` chooses; the kind of use counts beside it alone.
#[tokio::test]
async fn policies_are_listed_by_use_as_recorded() {
    let world = World::new().await;
    let document = ("PolicyDocument", ALLOW);
    for name in ["unused", "attached", "boundary", "both"] {
        let form = [("PolicyName", name), document];
        assert_eq!(world.call("CreatePolicy", &form).await.status, 200);
    }
    let arn = |name: &str| format!("arn:aws:iam::123456789012:policy/{name}");
    for (user, attached, boundary) in [("one", "attached", "boundary"), ("two", "both", "both")] {
        let (attached, boundary) = (arn(attached), arn(boundary));
        let u = ("UserName", user);
        world
            .check(vec![
                shows("CreateUser", &[u], &[]),
                shows("AttachUserPolicy", &[u, ("PolicyArn", &attached)], &[]),
                shows(
                    "PutUserPermissionsBoundary",
                    &[u, ("PermissionsBoundary", &boundary)],
                    &[],
                ),
            ])
            .await;
    }
    let all = "attached both boundary unused";
    let grants = ("PolicyUsageFilter", "PermissionsPolicy");
    let limits = ("PolicyUsageFilter", "PermissionsBoundary");
    let only = ("OnlyAttached", "true");
    let (local, aws) = (("Scope", "Local"), ("Scope", "AWS"));
    for (form, expected) in [
        (&[][..], all),
        (&[grants], all),
        (&[limits], all),
        (&[("OnlyAttached", "false"), limits], all),
        (&[only], "attached both boundary"),
        (&[only, grants], "attached both"),
        (&[only, limits], "both boundary"),
        (&[local], all),
        (&[aws], ""),
    ] {
        let answer = world.call("ListPolicies", form).await;
        let names: Vec<_> = answer
            .text
            .split("<PolicyName>")
            .skip(1)
            .filter_map(|rest| rest.split('<').next())
            .collect();
        assert_eq!(names.join(" "), expected, "{form:?}");
    }
}
