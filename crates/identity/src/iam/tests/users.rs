use base::Secret;

use super::world::{ALLOW, World, lacks, refused, shows};
use crate::iam::administrator::{self, Place};

const U: (&str, &str) = ("UserName", "ann");

#[tokio::test]
async fn users_live_as_on_aws() {
    let missing = "The user with name none cannot be found.";
    let p = ("PolicyName", "in");
    let big = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::{}"}}]}}"#,
        "a".repeat(2_000)
    );
    World::new()
        .await
        .check(vec![
            shows(
                "CreateUser",
                &[U, ("Path", "/team/")],
                &[
                    "<Arn>arn:aws:iam::123456789012:user/team/ann</Arn>",
                    "<UserId>AIDA",
                ],
            ),
            refused(
                "CreateUser",
                &[("UserName", "ANN")],
                409,
                "EntityAlreadyExists",
                "User with name ANN already exists.",
            ),
            shows(
                "GetUser",
                &[("UserName", "Ann")],
                &["<UserName>ann</UserName>"],
            ),
            shows("GetUser", &[], &["<UserName>admin</UserName>"]),
            refused(
                "GetUser",
                &[("UserName", "none")],
                404,
                "NoSuchEntity",
                missing,
            ),
            shows(
                "ListUsers",
                &[("PathPrefix", "/team/")],
                &["<UserName>ann</UserName>"],
            ),
            lacks(
                "ListUsers",
                &[("PathPrefix", "/team/")],
                "<UserName>admin</UserName>",
            ),
            shows("PutUserPolicy", &[U, p, ("PolicyDocument", ALLOW)], &[]),
            shows("ListUserPolicies", &[U], &["<member>in</member>"]),
            shows("GetUserPolicy", &[U, p], &["%22Effect%22%3A%22Allow%22"]),
            refused(
                "PutUserPolicy",
                &[U, ("PolicyName", "big"), ("PolicyDocument", &big)],
                409,
                "LimitExceeded",
                "Maximum policy size of 2048 bytes exceeded for user ann",
            ),
            refused(
                "DeleteUser",
                &[U],
                409,
                "DeleteConflict",
                "Cannot delete entity, must delete policies first.",
            ),
            shows("DeleteUserPolicy", &[U, p], &[]),
            refused(
                "DeleteUserPolicy",
                &[U, p],
                404,
                "NoSuchEntity",
                "The user policy with name in cannot be found.",
            ),
            refused(
                "UpdateUser",
                &[U, ("NewUserName", "Admin")],
                409,
                "EntityAlreadyExists",
                "User with name Admin already exists.",
            ),
            shows(
                "UpdateUser",
                &[U, ("NewUserName", "Ann"), ("NewPath", "/")],
                &[],
            ),
            shows(
                "GetUser",
                &[U],
                &["<Arn>arn:aws:iam::123456789012:user/Ann</Arn>"],
            ),
            shows("UpdateUser", &[U, ("NewUserName", "eve")], &[]),
            refused(
                "GetUser",
                &[U],
                404,
                "NoSuchEntity",
                "The user with name ann cannot be found.",
            ),
            shows("DeleteUser", &[("UserName", "eve")], &[]),
            refused(
                "DeleteUser",
                &[("UserName", "none")],
                404,
                "NoSuchEntity",
                missing,
            ),
        ])
        .await;
}

/// Signs GetUser for the caller itself.
async fn status(world: &World, key: &sigv4::Credentials) -> (u16, Option<String>) {
    let answer = world.stage.query(key, "iam", "GetUser", &[]).await;
    (answer.status, answer.code())
}

fn unknown() -> (u16, Option<String>) {
    (403, Some("InvalidClientTokenId".to_owned()))
}

#[tokio::test]
async fn keys_sign_while_they_are_active_and_their_user_lives() {
    let world = World::new().await;
    let one = world.user("ann", ALLOW).await;
    let two = world.key("ann").await;
    world
        .check(vec![refused(
            "CreateAccessKey",
            &[U],
            409,
            "LimitExceeded",
            "Cannot exceed quota for AccessKeysPerUser: 2",
        )])
        .await;
    assert_eq!(status(&world, &one).await, (200, None));

    let id = one.access_key_id.clone();
    let k = ("AccessKeyId", id.as_str());
    world
        .check(vec![
            shows("UpdateAccessKey", &[U, k, ("Status", "Inactive")], &[]),
            shows(
                "ListAccessKeys",
                &[U],
                &[&id, "<Status>Inactive</Status>", &two.access_key_id],
            ),
            lacks("ListAccessKeys", &[U], "SecretAccessKey"),
            shows(
                "GetAccessKeyLastUsed",
                &[k],
                &["<UserName>ann</UserName>", "<ServiceName>N/A</ServiceName>"],
            ),
        ])
        .await;
    assert_eq!(status(&world, &one).await, unknown());
    world
        .check(vec![shows(
            "UpdateAccessKey",
            &[U, k, ("Status", "Active")],
            &[],
        )])
        .await;
    assert_eq!(status(&world, &one).await, (200, None));

    let gone = format!("The Access Key with id {id} cannot be found.");
    let nobodys = format!(
        "User: arn:aws:iam::123456789012:user/admin is not authorized to perform \
         iam:GetAccessKeyLastUsed on resource: access key {id}"
    );
    world
        .check(vec![
            refused(
                "DeleteAccessKey",
                &[("UserName", "admin"), k],
                404,
                "NoSuchEntity",
                &gone,
            ),
            shows("DeleteAccessKey", &[U, k], &[]),
            refused("DeleteAccessKey", &[U, k], 404, "NoSuchEntity", &gone),
            refused(
                "UpdateAccessKey",
                &[U, k, ("Status", "Active")],
                404,
                "NoSuchEntity",
                &gone,
            ),
            refused("GetAccessKeyLastUsed", &[k], 403, "AccessDenied", &nobodys),
            lacks("ListAccessKeys", &[U], "Inactive"),
            refused(
                "DeleteUser",
                &[U],
                409,
                "DeleteConflict",
                "Cannot delete entity, must delete access keys first.",
            ),
        ])
        .await;
    assert_eq!(status(&world, &one).await, unknown());
    assert_eq!(status(&world, &two).await, (200, None));

    // A user of the same name does not get the other's key back.
    let k = ("AccessKeyId", two.access_key_id.as_str());
    world
        .check(vec![
            shows("DeleteAccessKey", &[U, k], &[]),
            shows("DeleteUserPolicy", &[U, ("PolicyName", "p")], &[]),
            shows("DeleteUser", &[U], &[]),
        ])
        .await;
    world.user("ann", ALLOW).await;
    assert_eq!(status(&world, &two).await, unknown());
}

#[tokio::test]
async fn a_key_whose_user_was_made_again_is_dead() {
    use crate::iam::rows::{user_by_name, user_key};
    let world = World::new().await;
    let key = world.user("ann", ALLOW).await;
    // The user goes without its key, as no operation lets it.
    let account = engine::testing::ACCOUNT.parse().unwrap();
    let mut unit = world.stage.unit().await;
    let user = user_by_name(&mut unit.view(), account, "ann")
        .await
        .unwrap()
        .unwrap();
    unit.delete(&user_key(account, &user.name));
    world.stage.commit(unit).await;
    assert_eq!(status(&world, &key).await, unknown());
    world.user("ann", ALLOW).await;
    assert_eq!(status(&world, &key).await, unknown());
}

#[tokio::test]
async fn one_own_keys_need_no_name() {
    let world = World::new().await;
    let ann = world.user("ann", ALLOW).await;
    let answer = world.stage.query(&ann, "iam", "CreateAccessKey", &[]).await;
    assert_eq!(answer.xml("UserName"), Some("ann"), "{}", answer.text);
    let id = answer.xml("AccessKeyId").unwrap().to_owned();
    world
        .check_as(&ann, shows("ListAccessKeys", &[], &[&id]))
        .await;
    world
        .check_as(&ann, shows("DeleteAccessKey", &[("AccessKeyId", &id)], &[]))
        .await;
    world
        .check_as(&ann, lacks("ListAccessKeys", &[], "none"))
        .await;
}

#[tokio::test]
async fn stored_policies_decide() {
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:GetUser","Resource":"*"}]}"#;
    let read = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}]}"#;
    let world = World::new().await;
    let ann = world.user("ann", read).await;
    let arn = "arn:aws:iam::123456789012:policy/deny";
    assert_eq!(status(&world, &ann).await.0, 200);
    world
        .check(vec![
            shows(
                "CreatePolicy",
                &[("PolicyName", "deny"), ("PolicyDocument", deny)],
                &[],
            ),
            shows("AttachUserPolicy", &[U, ("PolicyArn", arn)], &[]),
        ])
        .await;
    assert_eq!(status(&world, &ann).await.0, 403);
    world
        .check(vec![shows(
            "DetachUserPolicy",
            &[U, ("PolicyArn", arn)],
            &[],
        )])
        .await;
    assert_eq!(status(&world, &ann).await.0, 200);
    // A boundary allows what both allow.
    world
        .check(vec![shows(
            "PutUserPermissionsBoundary",
            &[U, ("PermissionsBoundary", arn)],
            &[],
        )])
        .await;
    assert_eq!(status(&world, &ann).await.0, 403);

    // A policy that is attached and lost denies everything.
    world
        .check(vec![
            shows("DeleteUserPermissionsBoundary", &[U], &[]),
            shows(
                "CreatePolicy",
                &[("PolicyName", "read"), ("PolicyDocument", read)],
                &[],
            ),
            shows(
                "AttachUserPolicy",
                &[U, ("PolicyArn", "arn:aws:iam::123456789012:policy/read")],
                &[],
            ),
        ])
        .await;
    assert_eq!(status(&world, &ann).await.0, 200);
    let mut unit = world.stage.unit().await;
    let account = engine::testing::ACCOUNT.parse().unwrap();
    unit.delete(&crate::iam::rows::policy_key(account, "read"));
    world.stage.commit(unit).await;
    assert_eq!(status(&world, &ann).await.0, 403);
}

#[tokio::test]
async fn a_reset_gives_a_new_key_and_ends_the_old_one() {
    let world = World::new().await;
    let nothing =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
    let form = [
        ("UserName", "admin"),
        ("PolicyName", "administrator"),
        ("PolicyDocument", nothing),
    ];
    assert_eq!(world.call("PutUserPolicy", &form).await.status, 200);
    assert_eq!(status(&world, &world.admin).await.0, 403);

    let server = world.stage.server();
    let place = Place {
        account: server.settings.management_account,
        partition: base::Partition::Aws,
        seal: &server.seal,
        now: server.clock.now(),
        entropy: &*world.stage.entropy,
    };
    let mut unit = world.stage.unit().await;
    let key = administrator::reset(&mut unit, place).await.unwrap();
    world.stage.commit(unit).await;
    assert_eq!(status(&world, &world.admin).await, unknown());
    let fresh = sigv4::Credentials {
        access_key_id: key.access_key_id.to_string(),
        secret_access_key: Secret::new(key.secret_access_key.expose().clone()),
        session_token: None,
    };
    assert_eq!(status(&world, &fresh).await, (200, None));
}
