use super::world::{ALLOW, TRUST, World, lacks, refused, shows};

const ARN: &str = "arn:aws:iam::123456789012:policy/team/read";
const P: (&str, &str) = ("PolicyArn", ARN);
const NONE: &str = "arn:aws:iam::123456789012:policy/none";

#[tokio::test]
async fn policies_and_versions_live_as_on_aws() {
    let document = ("PolicyDocument", ALLOW);
    let big = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::{}"}}]}}"#,
        "a".repeat(6_144)
    );
    let spaced = ALLOW.replace(':', &format!(":{}", " ".repeat(2_000)));
    let name = ("PolicyName", "read");
    let no_version = format!("Policy {ARN} version v9 does not exist or is not attachable.");
    World::new()
        .await
        .check(vec![
            shows(
                "CreatePolicy",
                &[name, ("Path", "/team/"), document, ("Description", "d")],
                &[
                    &format!("<Arn>{ARN}</Arn>"),
                    "<PolicyId>ANPA",
                    "<DefaultVersionId>v1</DefaultVersionId>",
                    "<AttachmentCount>0</AttachmentCount>",
                    "<IsAttachable>true</IsAttachable>",
                ],
            ),
            refused(
                "CreatePolicy",
                &[("PolicyName", "READ"), document],
                409,
                "EntityAlreadyExists",
                "A policy called READ already exists. Duplicate names are not allowed.",
            ),
            refused(
                "CreatePolicy",
                &[("PolicyName", "big"), ("PolicyDocument", &big)],
                409,
                "LimitExceeded",
                "Cannot exceed quota for PolicySize: 6144",
            ),
            shows(
                "CreatePolicy",
                &[("PolicyName", "spaced"), ("PolicyDocument", &spaced)],
                &[],
            ),
            refused(
                "CreatePolicy",
                &[
                    ("PolicyName", "bad"),
                    ("PolicyDocument", r#"{"Version":"2012-10-17"}"#),
                ],
                400,
                "MalformedPolicyDocument",
                "Syntax errors in policy.",
            ),
            shows(
                "GetPolicy",
                &[P],
                &["<Description>d</Description>", "<Tags></Tags>"],
            ),
            refused(
                "GetPolicy",
                &[("PolicyArn", NONE)],
                404,
                "NoSuchEntity",
                &format!("Policy {NONE} was not found."),
            ),
            // Another path is another ARN; another account's is nobody's here.
            refused(
                "GetPolicy",
                &[("PolicyArn", "arn:aws:iam::123456789012:policy/read")],
                404,
                "NoSuchEntity",
                "Policy arn:aws:iam::123456789012:policy/read was not found.",
            ),
            shows(
                "GetPolicyVersion",
                &[P, ("VersionId", "v1")],
                &["%22Action%22%3A%22%2A%22"],
            ),
            refused(
                "GetPolicyVersion",
                &[P, ("VersionId", "v9")],
                404,
                "NoSuchEntity",
                &no_version,
            ),
            shows(
                "CreatePolicyVersion",
                &[P, document],
                &[
                    "<VersionId>v2</VersionId>",
                    "<IsDefaultVersion>false</IsDefaultVersion>",
                ],
            ),
            shows(
                "CreatePolicyVersion",
                &[P, document, ("SetAsDefault", "true")],
                &[
                    "<VersionId>v3</VersionId>",
                    "<IsDefaultVersion>true</IsDefaultVersion>",
                ],
            ),
            refused(
                "DeletePolicyVersion",
                &[P, ("VersionId", "v3")],
                409,
                "DeleteConflict",
                "Cannot delete the default version of a policy.",
            ),
            shows("DeletePolicyVersion", &[P, ("VersionId", "v2")], &[]),
            // Numbers are not reused.
            shows(
                "CreatePolicyVersion",
                &[P, document],
                &["<VersionId>v4</VersionId>"],
            ),
            shows(
                "CreatePolicyVersion",
                &[P, document],
                &["<VersionId>v5</VersionId>"],
            ),
            shows(
                "CreatePolicyVersion",
                &[P, document],
                &["<VersionId>v6</VersionId>"],
            ),
            refused(
                "CreatePolicyVersion",
                &[P, document],
                409,
                "LimitExceeded",
                "A managed policy can have up to 5 versions. Before you create a new version, you \
                 must delete an existing version.",
            ),
            shows(
                "ListPolicyVersions",
                &[P, ("MaxItems", "1")],
                &["<VersionId>v6</VersionId>", "<Marker>"],
            ),
            shows("SetDefaultPolicyVersion", &[P, ("VersionId", "v1")], &[]),
            refused(
                "SetDefaultPolicyVersion",
                &[P, ("VersionId", "v9")],
                404,
                "NoSuchEntity",
                &no_version,
            ),
            shows(
                "GetPolicy",
                &[P],
                &["<DefaultVersionId>v1</DefaultVersionId>"],
            ),
            refused(
                "DeletePolicy",
                &[P],
                409,
                "DeleteConflict",
                "This policy has more than one version. Before you delete a policy, you must \
                 delete the policy's versions. The default version is deleted with the policy.",
            ),
            shows("DeletePolicyVersion", &[P, ("VersionId", "v3")], &[]),
            shows("DeletePolicyVersion", &[P, ("VersionId", "v4")], &[]),
            shows("DeletePolicyVersion", &[P, ("VersionId", "v5")], &[]),
            shows("DeletePolicyVersion", &[P, ("VersionId", "v6")], &[]),
            shows("DeletePolicy", &[P], &[]),
        ])
        .await;
}

#[tokio::test]
async fn policies_are_attached_listed_and_detached() {
    let r = ("RoleName", "app");
    let u = ("UserName", "ann");
    let managed = "arn:aws:iam::aws:policy/AdministratorAccess";
    World::new()
        .await
        .check(vec![
            shows(
                "CreatePolicy",
                &[
                    ("PolicyName", "read"),
                    ("Path", "/team/"),
                    ("PolicyDocument", ALLOW),
                ],
                &[],
            ),
            shows("CreateRole", &[r, ("AssumeRolePolicyDocument", TRUST)], &[]),
            shows("CreateUser", &[u], &[]),
            shows("AttachRolePolicy", &[r, P], &[]),
            shows("AttachRolePolicy", &[r, P], &[]),
            shows("AttachUserPolicy", &[u, P], &[]),
            refused(
                "AttachRolePolicy",
                &[r, ("PolicyArn", managed)],
                404,
                "NoSuchEntity",
                &format!("Policy {managed} does not exist or is not attachable."),
            ),
            refused(
                "AttachRolePolicy",
                &[r, ("PolicyArn", "twenty-characters-at-least")],
                400,
                "ValidationError",
                "ARN twenty-characters-at-least is not valid.",
            ),
            shows(
                "ListAttachedRolePolicies",
                &[r],
                &[&format!(
                    "<PolicyName>read</PolicyName><PolicyArn>{ARN}</PolicyArn>"
                )],
            ),
            lacks(
                "ListAttachedRolePolicies",
                &[r, ("PathPrefix", "/other/")],
                "PolicyArn",
            ),
            shows("ListAttachedUserPolicies", &[u], &[ARN]),
            shows("GetPolicy", &[P], &["<AttachmentCount>2</AttachmentCount>"]),
            shows(
                "ListEntitiesForPolicy",
                &[P],
                &["<UserName>ann</UserName>", "<RoleName>app</RoleName>"],
            ),
            lacks(
                "ListEntitiesForPolicy",
                &[P, ("EntityFilter", "User")],
                "RoleName",
            ),
            lacks(
                "ListEntitiesForPolicy",
                &[P, ("EntityFilter", "Role")],
                "UserName",
            ),
            shows(
                "ListPolicies",
                &[("Scope", "Local"), ("OnlyAttached", "true")],
                &[ARN],
            ),
            lacks("ListPolicies", &[("Scope", "AWS")], "Arn"),
            refused(
                "DeletePolicy",
                &[P],
                409,
                "DeleteConflict",
                "Cannot delete a policy attached to entities.",
            ),
            refused(
                "DeleteRole",
                &[r],
                409,
                "DeleteConflict",
                "Cannot delete entity, must detach all policies first.",
            ),
            // Renaming keeps the attachment.
            shows("UpdateUser", &[u, ("NewUserName", "anna")], &[]),
            shows(
                "ListEntitiesForPolicy",
                &[P],
                &["<UserName>anna</UserName>"],
            ),
            shows("DetachUserPolicy", &[("UserName", "anna"), P], &[]),
            shows("DetachRolePolicy", &[r, P], &[]),
            refused(
                "DetachRolePolicy",
                &[r, P],
                404,
                "NoSuchEntity",
                &format!("Policy {ARN} was not found."),
            ),
            shows("DeleteRole", &[r], &[]),
            shows("DeletePolicy", &[P], &[]),
        ])
        .await;
}

#[tokio::test]
async fn an_eleventh_policy_is_too_many() {
    let world = World::new().await;
    let r = ("RoleName", "app");
    world
        .check(vec![shows(
            "CreateRole",
            &[r, ("AssumeRolePolicyDocument", TRUST)],
            &[],
        )])
        .await;
    for number in 0..11 {
        let name = format!("p{number}");
        world
            .call(
                "CreatePolicy",
                &[("PolicyName", &name), ("PolicyDocument", ALLOW)],
            )
            .await;
        let arn = format!("arn:aws:iam::123456789012:policy/{name}");
        let answer = world
            .call("AttachRolePolicy", &[r, ("PolicyArn", &arn)])
            .await;
        let expected = (number == 10).then_some("Cannot exceed quota for PoliciesPerRole: 10");
        assert_eq!(answer.xml("Message"), expected, "{number}");
    }
}
