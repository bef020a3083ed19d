use super::world::{ALLOW, TRUST, World, lacks, refused, shows};

const R: (&str, &str) = ("RoleName", "app");
const MISSING: &str = "The role with name none cannot be found.";
const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/limits";

#[tokio::test]
async fn roles_live_as_on_aws() {
    let trust = ("AssumeRolePolicyDocument", TRUST);
    World::new()
        .await
        .check(vec![
            shows(
                "CreateRole",
                &[
                    R,
                    trust,
                    ("Path", "/team/"),
                    ("Description", "d"),
                    ("MaxSessionDuration", "7200"),
                ],
                &[
                    "<Arn>arn:aws:iam::123456789012:role/team/app</Arn>",
                    "<RoleId>AROA",
                    "<AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C",
                ],
            ),
            refused(
                "CreateRole",
                &[("RoleName", "APP"), trust],
                409,
                "EntityAlreadyExists",
                "Role with name APP already exists.",
            ),
            shows(
                "GetRole",
                &[("RoleName", "ApP")],
                &[
                    "<RoleName>app</RoleName>",
                    "<Description>d</Description>",
                    "<MaxSessionDuration>7200</MaxSessionDuration>",
                    "arn%3Aaws%3Aiam%3A%3A123456789012%3Aroot",
                ],
            ),
            refused(
                "GetRole",
                &[("RoleName", "none")],
                404,
                "NoSuchEntity",
                MISSING,
            ),
            shows("UpdateRole", &[R, ("MaxSessionDuration", "3600")], &[]),
            shows(
                "GetRole",
                &[R],
                &[
                    "<Description>d</Description>",
                    "<MaxSessionDuration>3600</MaxSessionDuration>",
                ],
            ),
            shows("UpdateRole", &[R, ("Description", "e")], &[]),
            shows(
                "UpdateRoleDescription",
                &[R, ("Description", "f")],
                &["<Description>f</Description>"],
            ),
            shows(
                "ListRoles",
                &[],
                &[
                    "<RoleName>app</RoleName>",
                    "<IsTruncated>false</IsTruncated>",
                ],
            ),
            shows(
                "ListRoles",
                &[("PathPrefix", "/team/")],
                &["<RoleName>app</RoleName>"],
            ),
            lacks("ListRoles", &[("PathPrefix", "/other/")], "RoleName"),
            lacks("ListInstanceProfilesForRole", &[R], "<member>"),
            shows(
                "UpdateAssumeRolePolicy",
                &[R, ("PolicyDocument", TRUST)],
                &[],
            ),
            refused(
                "UpdateAssumeRolePolicy",
                &[R, ("PolicyDocument", "{")],
                400,
                "MalformedPolicyDocument",
                "This policy contains invalid Json",
            ),
            shows("DeleteRole", &[R], &[]),
            refused(
                "DeleteRole",
                &[("RoleName", "none")],
                404,
                "NoSuchEntity",
                MISSING,
            ),
            lacks("ListRoles", &[], "RoleName"),
        ])
        .await;
}

#[tokio::test]
async fn inline_policies_live_as_on_aws() {
    let p = ("PolicyName", "in");
    let missing = "The role policy with name in cannot be found.";
    let big = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::{}"}}]}}"#,
        "a".repeat(10_200)
    );
    World::new()
        .await
        .check(vec![
            shows("CreateRole", &[R, ("AssumeRolePolicyDocument", TRUST)], &[]),
            refused("GetRolePolicy", &[R, p], 404, "NoSuchEntity", missing),
            shows("PutRolePolicy", &[R, p, ("PolicyDocument", ALLOW)], &[]),
            shows(
                "PutRolePolicy",
                &[R, ("PolicyName", "IN"), ("PolicyDocument", ALLOW)],
                &[],
            ),
            shows(
                "ListRolePolicies",
                &[R],
                &["<PolicyNames><member>in</member></PolicyNames>"],
            ),
            shows(
                "GetRolePolicy",
                &[R, p],
                &[
                    "<PolicyName>in</PolicyName>",
                    "<RoleName>app</RoleName>",
                    "%22Action%22%3A%22%2A%22",
                ],
            ),
            refused(
                "PutRolePolicy",
                &[
                    R,
                    p,
                    (
                        "PolicyDocument",
                        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*"}]}"#,
                    ),
                ],
                400,
                "MalformedPolicyDocument",
                "Policy statement must contain resources.",
            ),
            refused(
                "PutRolePolicy",
                &[R, ("PolicyName", "big"), ("PolicyDocument", &big)],
                409,
                "LimitExceeded",
                "Maximum policy size of 10240 bytes exceeded for role app",
            ),
            refused(
                "DeleteRole",
                &[R],
                409,
                "DeleteConflict",
                "Cannot delete entity, must delete policies first.",
            ),
            shows("DeleteRolePolicy", &[R, p], &[]),
            refused("DeleteRolePolicy", &[R, p], 404, "NoSuchEntity", missing),
            shows("DeleteRole", &[R], &[]),
        ])
        .await;
}

#[tokio::test]
async fn boundaries_are_set_used_and_removed() {
    let limits = ("PolicyArn", BOUNDARY);
    let none = "arn:aws:iam::123456789012:policy/none";
    let scope = format!("Scope ARN: {none} does not exist or is not attachable.");
    World::new()
        .await
        .check(vec![
            shows(
                "CreatePolicy",
                &[("PolicyName", "limits"), ("PolicyDocument", ALLOW)],
                &[],
            ),
            refused(
                "CreateRole",
                &[
                    R,
                    ("AssumeRolePolicyDocument", TRUST),
                    ("PermissionsBoundary", none),
                ],
                404,
                "NoSuchEntity",
                &scope,
            ),
            shows(
                "CreateRole",
                &[
                    R,
                    ("AssumeRolePolicyDocument", TRUST),
                    ("PermissionsBoundary", BOUNDARY),
                ],
                &[
                    "<PermissionsBoundaryType>Policy</PermissionsBoundaryType>",
                    BOUNDARY,
                ],
            ),
            shows(
                "GetPolicy",
                &[limits],
                &[
                    "<AttachmentCount>0</AttachmentCount>",
                    "<PermissionsBoundaryUsageCount>1</PermissionsBoundaryUsageCount>",
                ],
            ),
            shows(
                "ListEntitiesForPolicy",
                &[limits, ("PolicyUsageFilter", "PermissionsBoundary")],
                &["<RoleName>app</RoleName>"],
            ),
            refused(
                "DeletePolicy",
                &[limits],
                409,
                "DeleteConflict",
                "Cannot delete a policy attached to entities.",
            ),
            shows("DeleteRolePermissionsBoundary", &[R], &[]),
            lacks("GetRole", &[R], "PermissionsBoundary"),
            refused(
                "DeleteRolePermissionsBoundary",
                &[R],
                404,
                "NoSuchEntity",
                "Role app does not have a permissions boundary",
            ),
            shows(
                "PutRolePermissionsBoundary",
                &[R, ("PermissionsBoundary", BOUNDARY)],
                &[],
            ),
            shows("DeleteRole", &[R], &[]),
            shows("DeletePolicy", &[limits], &[]),
        ])
        .await;
}

#[tokio::test]
async fn listings_are_paged_by_sealed_markers() {
    let world = World::new().await;
    for name in ["c", "a", "E", "b", "d"] {
        let form = [("RoleName", name), ("AssumeRolePolicyDocument", TRUST)];
        assert_eq!(world.call("CreateRole", &form).await.status, 200);
    }
    let mut names = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let mut form = vec![("MaxItems", "2")];
        if let Some(marker) = &marker {
            form.push(("Marker", marker));
        }
        let answer = world.call("ListRoles", &form).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let found = answer.text.split("<RoleName>").skip(1);
        names.extend(found.map(|rest| rest.split('<').next().unwrap().to_owned()));
        marker = answer.xml("Marker").map(str::to_owned);
        assert_eq!(
            answer.xml("IsTruncated"),
            Some(if marker.is_some() { "true" } else { "false" })
        );
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(names, ["a", "b", "c", "d", "E"]);

    let first = world.call("ListRoles", &[("MaxItems", "2")]).await;
    let marker = first.xml("Marker").unwrap();
    let invalid = "Invalid pagination marker";
    for (action, form) in [
        ("ListRoles", vec![("Marker", "forged")]),
        ("ListRoles", vec![("Marker", marker), ("PathPrefix", "/x/")]),
        ("ListUsers", vec![("Marker", marker)]),
    ] {
        world
            .check(vec![refused(
                action,
                &form,
                400,
                "ValidationError",
                invalid,
            )])
            .await;
    }
}

#[tokio::test]
async fn refusals_name_the_role_and_use_its_stored_arn() {
    let world = World::new().await;
    world
        .check(vec![
            shows(
                "CreateRole",
                &[R, ("AssumeRolePolicyDocument", TRUST), ("Path", "/team/")],
                &[],
            ),
            shows(
                "TagRole",
                &[
                    R,
                    ("Tags.member.1.Key", "team"),
                    ("Tags.member.1.Value", "blue"),
                ],
                &[],
            ),
        ])
        .await;
    let by_path = world
        .user(
            "by-path",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetRole","Resource":"arn:aws:iam::123456789012:role/team/*"}]}"#,
        )
        .await;
    let by_tag = world
        .user(
            "by-tag",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetRole","Resource":"*","Condition":{"StringEquals":{"iam:ResourceTag/team":"blue","aws:ResourceTag/team":"blue"}}}]}"#,
        )
        .await;
    for by in [&by_path, &by_tag] {
        world
            .check_as(
                by,
                shows(
                    "GetRole",
                    &[("RoleName", "APP")],
                    &["<RoleName>app</RoleName>"],
                ),
            )
            .await;
    }
    let text = |user: &str, action: &str, on: &str| {
        format!(
            "User: arn:aws:iam::123456789012:user/{user} is not authorized to perform: \
             iam:{action} on resource: {on} because no identity-based policy allows the \
             iam:{action} action"
        )
    };
    // What does not exist is refused before it is missing.
    let other = ("RoleName", "other");
    let trust = ("AssumeRolePolicyDocument", TRUST);
    let account = "arn:aws:iam::123456789012";
    for (action, form, on) in [
        ("GetRole", vec![other], "role other".to_owned()),
        ("DeleteRole", vec![R], "role app".to_owned()),
        (
            "CreateRole",
            vec![other, trust],
            format!("{account}:role/other"),
        ),
        ("ListRoles", vec![], format!("{account}:role/")),
        ("ListUsers", vec![], format!("{account}:user/")),
        (
            "GetUser",
            vec![("UserName", "admin")],
            "user admin".to_owned(),
        ),
        ("ListPolicies", vec![], "policy path /".to_owned()),
        (
            "GetPolicy",
            vec![("PolicyArn", BOUNDARY)],
            format!("policy {BOUNDARY}"),
        ),
    ] {
        let text = text("by-path", action, &on);
        world
            .check_as(&by_path, refused(action, &form, 403, "AccessDenied", &text))
            .await;
    }
}

#[tokio::test]
async fn making_with_tags_or_a_boundary_needs_the_permission_for_it() {
    let world = World::new().await;
    world
        .check(vec![shows(
            "CreatePolicy",
            &[("PolicyName", "limits"), ("PolicyDocument", ALLOW)],
            &[],
        )])
        .await;
    let maker = world
        .user(
            "maker",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:CreateRole","iam:AttachRolePolicy"],"Resource":"*","Condition":{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::123456789012:policy/limits"}}}]}"#,
        )
        .await;
    let trust = ("AssumeRolePolicyDocument", TRUST);
    let denied = |action: &str, on: &str| {
        format!(
            "User: arn:aws:iam::123456789012:user/maker is not authorized to perform: {action} \
             on resource: {on} because no identity-based policy allows the {action} action"
        )
    };
    let arn = "arn:aws:iam::123456789012:role/app";
    let boundary = ("PermissionsBoundary", BOUNDARY);
    let tag = [("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")];
    for step in [
        refused(
            "CreateRole",
            &[R, trust],
            403,
            "AccessDenied",
            &denied("iam:CreateRole", arn),
        ),
        refused(
            "CreateRole",
            &[R, trust, boundary, tag[0], tag[1]],
            403,
            "AccessDenied",
            &denied("iam:TagRole", arn),
        ),
        shows("CreateRole", &[R, trust, boundary], &[]),
        shows("AttachRolePolicy", &[R, ("PolicyArn", BOUNDARY)], &[]),
    ] {
        world.check_as(&maker, step).await;
    }
    // The boundary in force is what the condition sees.
    world
        .check(vec![shows("DeleteRolePermissionsBoundary", &[R], &[])])
        .await;
    let text = denied("iam:AttachRolePolicy", "role app");
    let step = refused(
        "AttachRolePolicy",
        &[R, ("PolicyArn", BOUNDARY)],
        403,
        "AccessDenied",
        &text,
    );
    world.check_as(&maker, step).await;
}
