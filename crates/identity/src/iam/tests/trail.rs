//! By which names LookupEvents finds IAM's calls.

use audit::{Attribute, LookUp, Trail};
use engine::testing::ACCOUNT;

use super::world::{ALLOW, TRUST, World};

/// The events that one look-up finds, oldest first.
async fn events(world: &World, attribute: Attribute) -> String {
    let server = world.stage.server();
    let trail = Trail {
        account: ACCOUNT.parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
    };
    let look_up = LookUp {
        attributes: vec![attribute],
        ..LookUp::default()
    };
    let page = server
        .index
        .find(&*server.store, server.clock.now(), &[trail], &look_up, 50)
        .await
        .unwrap();
    let mut names: Vec<_> = page
        .entries
        .iter()
        .map(|entry| entry.record().event_name.clone())
        .collect();
    names.sort();
    names.join(" ")
}

#[tokio::test]
async fn calls_are_found_by_what_they_touch() {
    let world = World::new().await;
    let arn = "arn:aws:iam::123456789012:policy/read";
    let (app, p) = (("RoleName", "app"), ("PolicyArn", arn));
    let provider = "arn:aws:iam::123456789012:oidc-provider/a.example";
    for (action, form) in [
        (
            "CreateRole",
            &[app, ("AssumeRolePolicyDocument", TRUST), ("Path", "/team/")][..],
        ),
        (
            "CreatePolicy",
            &[("PolicyName", "read"), ("PolicyDocument", ALLOW)],
        ),
        ("AttachRolePolicy", &[app, p]),
        ("GetRole", &[app]),
        ("CreateUser", &[("UserName", "ann")]),
        (
            "CreateOpenIDConnectProvider",
            &[("Url", "https://a.example")],
        ),
        (
            "TagOpenIDConnectProvider",
            &[
                ("OpenIDConnectProviderArn", provider),
                ("Tags.member.1.Key", "k"),
                ("Tags.member.1.Value", "v"),
            ],
        ),
    ] {
        assert_eq!(world.call(action, form).await.status, 200, "{action}");
    }
    let id = world.call("GetRole", &[app]).await;
    let id = id.xml("RoleId").unwrap().to_owned();
    let key = world.key("ann").await.access_key_id;
    let delete = [("UserName", "ann"), ("AccessKeyId", key.as_str())];
    assert_eq!(world.call("DeleteAccessKey", &delete).await.status, 200);
    // A call that fails is found all the same.
    let missing = world.call("DeleteRole", &[("RoleName", "none")]).await;
    assert_eq!(missing.status, 404);
    let name = |name: &str| Attribute::ResourceName(name.to_owned());
    let kind = |kind: &str| Attribute::ResourceType(kind.to_owned());
    let of_role = "AttachRolePolicy CreateRole GetRole GetRole";
    for (attribute, expected) in [
        (name("app"), of_role),
        (name("arn:aws:iam::123456789012:role/team/app"), of_role),
        (name(&id), "CreateRole"),
        (name("none"), "DeleteRole"),
        (name(arn), "AttachRolePolicy CreatePolicy"),
        (name("read"), "CreatePolicy"),
        (name("ann"), "CreateAccessKey CreateUser DeleteAccessKey"),
        (name(&key), "CreateAccessKey DeleteAccessKey"),
        (
            name(provider),
            "CreateOpenIDConnectProvider TagOpenIDConnectProvider",
        ),
        (
            kind("AWS::IAM::Role"),
            "AttachRolePolicy CreateRole DeleteRole GetRole GetRole",
        ),
        (kind("AWS::IAM::Policy"), "AttachRolePolicy CreatePolicy"),
        (
            kind("AWS::IAM::AccessKey"),
            "CreateAccessKey DeleteAccessKey",
        ),
        (
            kind("AWS::IAM::OpenIDConnectProvider"),
            "CreateOpenIDConnectProvider TagOpenIDConnectProvider",
        ),
    ] {
        let what = format!("{attribute:?}");
        assert_eq!(events(&world, attribute).await, expected, "{what}");
    }
}
