//! Between accounts, across the life of a role, and against the trail.

use audit::{LookUp, Trail};
use engine::testing::ACCOUNT;

use super::world::{ALLOW, STRANGERS, TRUST, World, lacks, refused, shows};

const R: (&str, &str) = ("RoleName", "app");

#[tokio::test]
async fn no_account_reaches_into_another() {
    let world = World::new().await;
    let ours = "arn:aws:iam::123456789012";
    let (policy, provider) = (
        format!("{ours}:policy/p"),
        format!("{ours}:oidc-provider/a.example"),
    );
    let key = world.user("ann", ALLOW).await.access_key_id;
    world
        .check(vec![
            shows("CreateRole", &[R, ("AssumeRolePolicyDocument", TRUST)], &[]),
            shows(
                "CreatePolicy",
                &[("PolicyName", "p"), ("PolicyDocument", ALLOW)],
                &[],
            ),
            shows(
                "CreateOpenIDConnectProvider",
                &[("Url", "https://a.example")],
                &[],
            ),
        ])
        .await;
    let stranger = world.stranger().await;
    let (p, o) = (
        ("PolicyArn", policy.as_str()),
        ("OpenIDConnectProviderArn", provider.as_str()),
    );
    let k = ("AccessKeyId", key.as_str());
    let no_policy = format!("Policy {policy} was not found.");
    let no_version = format!("Policy {policy} version v1 does not exist or is not attachable.");
    let no_key = format!("The Access Key with id {key} cannot be found.");
    let no_provider = format!("OpenIDConnect Provider not found for arn {provider}");
    let admin = ("UserName", "admin");
    for step in [
        refused(
            "GetRole",
            &[R],
            404,
            "NoSuchEntity",
            "The role with name app cannot be found.",
        ),
        lacks("ListRoles", &[], "RoleName"),
        refused("GetPolicy", &[p], 404, "NoSuchEntity", &no_policy),
        refused(
            "GetPolicyVersion",
            &[p, ("VersionId", "v1")],
            404,
            "NoSuchEntity",
            &no_version,
        ),
        refused(
            "AttachUserPolicy",
            &[admin, p],
            404,
            "NoSuchEntity",
            &format!("Policy {policy} does not exist or is not attachable."),
        ),
        refused(
            "PutUserPermissionsBoundary",
            &[admin, ("PermissionsBoundary", &policy)],
            404,
            "NoSuchEntity",
            &format!("Scope ARN: {policy} does not exist or is not attachable."),
        ),
        refused("DeletePolicy", &[p], 404, "NoSuchEntity", &no_policy),
        refused(
            "GetOpenIDConnectProvider",
            &[o],
            404,
            "NoSuchEntity",
            &no_provider,
        ),
        refused(
            "DeleteOpenIDConnectProvider",
            &[o],
            404,
            "NoSuchEntity",
            &format!("OpenId connect Provider {provider} cannot be found."),
        ),
        refused(
            "GetAccessKeyLastUsed",
            &[k],
            403,
            "AccessDenied",
            &format!(
                "User: arn:aws:iam::{STRANGERS}:user/admin is not authorized to perform \
                 iam:GetAccessKeyLastUsed on resource: access key {key}"
            ),
        ),
        refused("DeleteAccessKey", &[admin, k], 404, "NoSuchEntity", &no_key),
        refused(
            "UpdateAccessKey",
            &[admin, k, ("Status", "Inactive")],
            404,
            "NoSuchEntity",
            &no_key,
        ),
    ] {
        world.check_as(&stranger, step).await;
    }
    let page = world.call("ListUsers", &[("MaxItems", "1")]).await;
    let marker = ("Marker", page.xml("Marker").unwrap());
    let invalid = "Invalid pagination marker";
    world
        .check_as(
            &stranger,
            refused("ListUsers", &[marker], 400, "ValidationError", invalid),
        )
        .await;
    world
        .check(vec![
            shows("GetOpenIDConnectProvider", &[o], &[]),
            shows("GetPolicy", &[p], &[]),
        ])
        .await;

    // A trust policy may name whom it knows in another account, by id too.
    let theirs = format!("arn:aws:iam::{STRANGERS}:user/admin");
    let trust = TRUST.replace("arn:aws:iam::123456789012:root", &theirs);
    world
        .check(vec![
            shows(
                "UpdateAssumeRolePolicy",
                &[R, ("PolicyDocument", &trust)],
                &[],
            ),
            shows("GetRole", &[R], &["210987654321%3Auser%2Fadmin"]),
        ])
        .await;
}

#[tokio::test]
async fn a_session_ends_with_its_role() {
    let world = World::new().await;
    let p = ("PolicyName", "p");
    let create = || {
        vec![
            shows("CreateRole", &[R, ("AssumeRolePolicyDocument", TRUST)], &[]),
            shows("PutRolePolicy", &[R, p, ("PolicyDocument", ALLOW)], &[]),
        ]
    };
    world.check(create()).await;
    let session = world.session("app").await;
    world
        .check_as(
            &session,
            shows("GetRole", &[R], &["<RoleName>app</RoleName>"]),
        )
        .await;
    let text = "Must specify userName when calling with non-User credentials";
    for action in ["GetUser", "ListAccessKeys", "CreateAccessKey"] {
        world
            .check_as(&session, refused(action, &[], 400, "ValidationError", text))
            .await;
    }

    world
        .check(vec![
            shows("DeleteRolePolicy", &[R, p], &[]),
            shows("DeleteRole", &[R], &[]),
        ])
        .await;
    world.check(create()).await;
    let answer = world.stage.query(&session, "iam", "GetRole", &[R]).await;
    assert_eq!(
        answer.code().as_deref(),
        Some("InvalidClientTokenId"),
        "{}",
        answer.text
    );
    let fresh = world.session("app").await;
    world.check_as(&fresh, shows("GetRole", &[R], &[])).await;
}

#[tokio::test]
async fn the_trail_tells_who_made_a_key_and_not_its_secret() {
    let world = World::new().await;
    let key = world.user("ann", ALLOW).await;
    let server = world.stage.server();
    let trail = Trail {
        account: ACCOUNT.parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
    };
    let page = server
        .index
        .find(
            &*server.store,
            server.clock.now(),
            &[trail],
            &LookUp::default(),
            50,
        )
        .await
        .unwrap();
    let records: Vec<_> = page
        .entries
        .iter()
        .map(|entry| entry.record().to_json())
        .collect();
    let made = records
        .iter()
        .find(|record| record.contains("CreateAccessKey"))
        .unwrap();
    for piece in [
        r#""requestParameters":{"userName":"ann"}"#,
        r#""status":"Active""#,
        key.access_key_id.as_str(),
        "arn:aws:iam::123456789012:user/admin",
    ] {
        assert!(made.contains(piece), "no {piece} in {made}");
    }
    let secret = key.secret_access_key.expose();
    assert!(!records.iter().any(|record| record.contains(secret)));
}

#[tokio::test]
async fn a_stored_policy_that_was_bent_refuses_and_is_not_read() {
    let world = World::new().await;
    let ann = world.user("ann", ALLOW).await;
    let account = ACCOUNT.parse().unwrap();
    // The row of the administrator, under the key of another user.
    let mut unit = world.stage.unit().await;
    let admin = crate::iam::rows::user_key(account, "admin");
    let bytes = unit.work().get(&admin).await.unwrap().unwrap();
    unit.work()
        .put(crate::iam::rows::user_key(account, "ann"), bytes);
    world.stage.commit(unit).await;
    let answer = world.stage.query(&ann, "iam", "ListRoles", &[]).await;
    assert_eq!(
        (answer.status, answer.code().as_deref()),
        (500, Some("InternalFailure"))
    );
}
