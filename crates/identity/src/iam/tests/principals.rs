use super::world::{TRUST, World, refused, shows};
use crate::iam::rows::role_by_name;

fn trusting(principal: &str) -> String {
    TRUST.replace("arn:aws:iam::123456789012:root", principal)
}

/// The stored trust policy of a role.
async fn stored(world: &World, role: &str) -> String {
    let account = engine::testing::ACCOUNT.parse().unwrap();
    let mut unit = world.stage.unit().await;
    role_by_name(&mut unit.view(), account, role)
        .await
        .unwrap()
        .unwrap()
        .trust
        .to_string()
}

/// The principal of a role's trust policy as GetRole shows it.
async fn shown(world: &World, role: &str) -> String {
    let answer = world.call("GetRole", &[("RoleName", role)]).await;
    let document = answer.xml("AssumeRolePolicyDocument").unwrap();
    let (_, rest) = document.split_once("%22AWS%22%3A%22").unwrap();
    rest.split("%22")
        .next()
        .unwrap()
        .replace("%3A", ":")
        .replace("%2F", "/")
}

#[tokio::test]
async fn principals_are_kept_by_id_and_shown_by_name() {
    let world = World::new().await;
    let user = "arn:aws:iam::123456789012:user/team/ann";
    let app = "arn:aws:iam::123456789012:role/app";
    let by_user = trusting(user);
    let by_app = trusting(app);
    let by_number = trusting("123456789012");
    let refused_text = |arn: &str| format!(r#"Invalid principal in policy: "AWS":"{arn}""#);
    let create = |name: &'static str, trust: &str, pieces: &[&str]| {
        shows(
            "CreateRole",
            &[("RoleName", name), ("AssumeRolePolicyDocument", trust)],
            pieces,
        )
    };
    world
        .check(vec![
            refused(
                "CreateRole",
                &[("RoleName", "app"), ("AssumeRolePolicyDocument", &by_user)],
                400,
                "MalformedPolicyDocument",
                &refused_text(user),
            ),
            shows(
                "CreateUser",
                &[("UserName", "ann"), ("Path", "/team/")],
                &[],
            ),
            create("app", &by_user, &["user%2Fteam%2Fann"]),
            create("next", &by_app, &["role%2Fapp"]),
            create("number", &by_number, &["123456789012%3Aroot"]),
            refused(
                "UpdateAssumeRolePolicy",
                &[
                    ("RoleName", "app"),
                    ("PolicyDocument", &trusting("AROAAAAAAAAAAAAAAAAAA")),
                ],
                400,
                "MalformedPolicyDocument",
                &refused_text("AROAAAAAAAAAAAAAAAAAA"),
            ),
        ])
        .await;
    assert!(stored(&world, "app").await.contains(r#""AWS":"AIDA"#));
    assert!(stored(&world, "next").await.contains(r#""AWS":"AROA"#));
    assert_eq!(shown(&world, "app").await, user);
    assert_eq!(shown(&world, "next").await, app);

    // A rename is followed; a name made again is not who was trusted.
    world
        .check(vec![
            shows(
                "UpdateUser",
                &[("UserName", "ann"), ("NewUserName", "anna")],
                &[],
            ),
            shows("DeleteRole", &[("RoleName", "app")], &[]),
            create("app", TRUST, &[]),
        ])
        .await;
    assert!(shown(&world, "next").await.starts_with("AROA"));
    world
        .check(vec![shows(
            "UpdateAssumeRolePolicy",
            &[
                ("RoleName", "app"),
                (
                    "PolicyDocument",
                    &trusting("arn:aws:iam::123456789012:user/team/anna"),
                ),
            ],
            &[],
        )])
        .await;
    assert_eq!(
        shown(&world, "app").await,
        "arn:aws:iam::123456789012:user/team/anna"
    );
    world
        .check(vec![shows("DeleteUser", &[("UserName", "anna")], &[])])
        .await;
    assert!(shown(&world, "app").await.starts_with("AIDA"));
}

/// A role made again under a name does not get the trust that a session of the first one had.
#[tokio::test]
async fn sessions_are_kept_by_their_roles_id() {
    let world = World::new().await;
    let session = "arn:aws:sts::123456789012:assumed-role/app/s-1";
    let refused_text = |arn: &str| format!(r#"Invalid principal in policy: "AWS":"{arn}""#);
    let form = |trust: &str| trusting(trust);
    let (trust, other, nameless) = (
        form(session),
        form("arn:aws:sts::123456789012:assumed-role/none/s-1"),
        form("arn:aws:sts::123456789012:assumed-role/app"),
    );
    let document = |trust| ("AssumeRolePolicyDocument", trust);
    let (app, next) = (("RoleName", "app"), ("RoleName", "next"));
    world
        .check(vec![
            shows(
                "CreateRole",
                &[app, ("Path", "/team/"), document(TRUST)],
                &[],
            ),
            shows("CreateRole", &[next, document(&trust)], &[]),
            refused(
                "CreateRole",
                &[("RoleName", "x"), document(&other)],
                400,
                "MalformedPolicyDocument",
                &refused_text("arn:aws:sts::123456789012:assumed-role/none/s-1"),
            ),
            refused(
                "CreateRole",
                &[("RoleName", "x"), document(&nameless)],
                400,
                "MalformedPolicyDocument",
                &refused_text("arn:aws:sts::123456789012:assumed-role/app"),
            ),
        ])
        .await;
    let kept = stored(&world, "next").await;
    assert!(
        kept.contains(r#""AWS":"AROA"#) && kept.contains(r#":s-1""#),
        "{kept}"
    );
    assert_eq!(shown(&world, "next").await, session);
    // What was read can be written back.
    world
        .check(vec![
            shows(
                "UpdateAssumeRolePolicy",
                &[next, ("PolicyDocument", &trust)],
                &[],
            ),
            shows("DeleteRole", &[app], &[]),
            shows("CreateRole", &[app, document(TRUST)], &[]),
        ])
        .await;
    assert_eq!(stored(&world, "next").await, kept);
    let shown = shown(&world, "next").await;
    assert!(
        shown.starts_with("AROA") && shown.ends_with(":s-1"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_trust_policy_has_2048_characters() {
    let world = World::new().await;
    let form = |values: usize| {
        let list: Vec<_> = (0..values).map(|n| format!(r#""value-{n:04}""#)).collect();
        TRUST.replace(
            r#""Action":"sts:AssumeRole""#,
            &format!(r#""Action":"sts:AssumeRole","Condition":{{"StringEquals":{{"sts:ExternalId":[{}]}}}}"#, list.join(",   ")),
        )
    };
    let (fits, exceeds) = (form(130), form(160));
    world
        .check(vec![
            shows(
                "CreateRole",
                &[("RoleName", "a"), ("AssumeRolePolicyDocument", &fits)],
                &[],
            ),
            refused(
                "CreateRole",
                &[("RoleName", "b"), ("AssumeRolePolicyDocument", &exceeds)],
                409,
                "LimitExceeded",
                "Cannot exceed quota for ACLSizePerRole: 2048",
            ),
        ])
        .await;
}
