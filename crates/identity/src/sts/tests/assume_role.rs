//! AssumeRole: who may, what a chain hands on.

use engine::testing::Response;
use serde_json::json;
use sigv4::Credentials;

use super::world::{
    ALLOW, ISSUER, OTHER_ACCOUNT, World, check_refused, minted, trust_accounts, trust_of,
};

const ACCOUNT: &str = "123456789012";
const B: &str = "arn:aws:iam::123456789012:role/b";
const FOREIGN: &str = "arn:aws:iam::999999999999:role/f";
const ALL: [&str; 3] = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
const NONE: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"x:Y","Resource":"*"}]}"#;

fn refusal(who: &str, action: &str, role: &str) -> String {
    format!("User: {who} is not authorized to perform: {action} on resource: {role}")
}

#[tokio::test]
async fn trust_and_policy_must_agree() {
    let world = World::new().await;
    world
        .role(ACCOUNT, "b", &trust_accounts(&[ACCOUNT], &ALL))
        .await;
    world
        .role(OTHER_ACCOUNT, "f", &trust_accounts(&[ACCOUNT], &ALL))
        .await;
    world
        .role(OTHER_ACCOUNT, "g", &trust_accounts(&[OTHER_ACCOUNT], &ALL))
        .await;
    let can = world.user("can", ALLOW).await;
    let cannot = world.user("cannot", NONE).await;
    for (by, name, role, allowed) in [
        (&can, "can", B, true),
        (&cannot, "cannot", B, false),
        (&can, "can", FOREIGN, true),
        (&cannot, "cannot", FOREIGN, false),
        (&can, "can", "arn:aws:iam::999999999999:role/g", false),
        (&can, "can", "arn:aws:iam::999999999999:role/none", false),
        (&can, "can", "arn:aws:iam::123456789012:role/none", false),
        (&can, "can", "arn:aws:iam::000000000000:role/none", false),
    ] {
        let answer = world.assume(by, role, &[]).await;
        if allowed {
            let session = minted(&answer);
            let account = role.split(':').nth(4).unwrap();
            let short = role.rsplit('/').next().unwrap();
            let arn = format!("arn:aws:sts::{account}:assumed-role/{short}/s-2");
            assert_eq!(world.who(&session).await, arn);
            assert_eq!(answer.xml("PackedPolicySize"), None, "{}", answer.text);
        } else {
            let who = format!("arn:aws:iam::123456789012:user/{name}");
            let text = refusal(&who, "sts:AssumeRole", role);
            check_refused(&answer, (403, "AccessDenied", &text), role);
        }
    }
}

#[tokio::test]
async fn bad_parameters() {
    let world = World::new().await;
    world
        .role(ACCOUNT, "b", &trust_accounts(&[ACCOUNT], &ALL))
        .await;
    let too_long =
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    let context = "ProvidedContexts.member.1.ProviderArn";
    let long = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":"{}"}}]}}"#,
        "*".repeat(2_000)
    );
    for (name, value, code, text) in [
        ("DurationSeconds", "899", "ValidationError", ""),
        ("DurationSeconds", "7201", "ValidationError", too_long),
        (
            context,
            "arn:aws:iam::aws:contextProvider/x",
            "ValidationError",
            "",
        ),
        ("Policy", "[]", "MalformedPolicyDocument", ""),
        ("Policy", &long, "ValidationError", ""),
    ] {
        let answer = world.assume(&world.admin, B, &[(name, value)]).await;
        check_refused(&answer, (400, code, text), value);
    }
    let mfa = [
        ("SerialNumber", "arn:aws:iam::123456789012:mfa/x"),
        ("TokenCode", "123456"),
    ];
    let text = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify \
                your MFA serial number is valid and associated with this user.";
    let answer = world.assume(&world.admin, B, &mfa).await;
    check_refused(&answer, (403, "AccessDenied", text), "MFA");
}

#[tokio::test]
async fn bad_tags() {
    let world = World::new().await;
    world
        .role(ACCOUNT, "b", &trust_accounts(&[ACCOUNT], &ALL))
        .await;
    let twice = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
    let stray = "The specified transitive tag key must be included in the requested tags.";
    for (tags, transitive, text) in [
        (vec!["a", "A"], None, twice),
        (vec!["a"], Some("b"), stray),
        (vec![], Some("b"), stray),
        (vec!["aws:x"], None, ""),
    ] {
        let mut form = Vec::new();
        for (index, key) in tags.iter().enumerate() {
            form.push((format!("Tags.member.{}.Key", index + 1), *key));
            form.push((format!("Tags.member.{}.Value", index + 1), "1"));
        }
        let transitive = transitive.map(|key| ("TransitiveTagKeys.member.1".to_owned(), key));
        form.extend(transitive);
        let form: Vec<_> = form
            .iter()
            .map(|(name, value)| (name.as_str(), *value))
            .collect();
        let answer = world.assume(&world.admin, B, &form).await;
        check_refused(
            &answer,
            (400, "InvalidParameterValue", text),
            &format!("{tags:?}"),
        );
    }
}

#[tokio::test]
async fn an_external_id_must_be_the_one() {
    let world = World::new().await;
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "secret-1"}},
    }]});
    world.role(OTHER_ACCOUNT, "f", &trust.to_string()).await;
    minted(
        &world
            .assume(&world.admin, FOREIGN, &[("ExternalId", "secret-1")])
            .await,
    );
    for more in [vec![], vec![("ExternalId", "secret-2")]] {
        let answer = world.assume(&world.admin, FOREIGN, &more).await;
        check_refused(&answer, (403, "AccessDenied", ""), "ExternalId");
    }
}

#[tokio::test]
async fn chains_last_an_hour() {
    let world = World::new().await;
    world
        .role(ACCOUNT, "b", &trust_accounts(&[ACCOUNT], &ALL))
        .await;
    let first = world.session().await;
    minted(
        &world
            .assume(&first, B, &[("DurationSeconds", "3600")])
            .await,
    );
    let text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed \
                by role chaining.";
    let answer = world
        .assume(&first, B, &[("DurationSeconds", "3601")])
        .await;
    check_refused(&answer, (400, "ValidationError", text), "chained");
    minted(
        &world
            .assume(&world.admin, B, &[("DurationSeconds", "7200")])
            .await,
    );
}

/// A role whose policy shows which tags its session has: it may ask only if they are these.
async fn may_ask(world: &World, session: &Credentials) -> Response {
    let form = [("AccessKeyId", "ASIAQNZGKIQY56JQ7WML")];
    world.sts(session, "GetAccessKeyInfo", &form).await
}

async fn role_wanting(world: &World, name: &str, tags: &[(&str, &str)]) {
    let mut row = world
        .role(ACCOUNT, name, &trust_accounts(&[ACCOUNT], &ALL))
        .await;
    let wanted: serde_json::Map<_, _> = tags
        .iter()
        .map(|(key, value)| (format!("aws:PrincipalTag/{key}"), json!(value)))
        .collect();
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:Get*", "Resource": "*",
         "Condition": {"StringEquals": wanted}},
        {"Effect": "Allow", "Action": ALL, "Resource": "*"},
    ]});
    row.policies.put_inline("all", &policy.to_string());
    row.tags = vec![
        ("Team".to_owned(), "role".to_owned()),
        ("Own".to_owned(), "role".to_owned()),
    ];
    world.put_role(&row).await;
}

#[tokio::test]
async fn tags_override_and_travel() {
    let world = World::new().await;
    role_wanting(
        &world,
        "b",
        &[("Team", "blue"), ("Own", "role"), ("Env", "prod")],
    )
    .await;
    role_wanting(&world, "c", &[("Team", "blue"), ("Own", "role")]).await;
    let more = [
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "blue"),
        ("Tags.member.2.Key", "Env"),
        ("Tags.member.2.Value", "prod"),
        ("TransitiveTagKeys.member.1", "TEAM"),
    ];
    let answer = world.assume(&world.admin, B, &more).await;
    assert!(answer.xml("PackedPolicySize").is_some(), "{}", answer.text);
    let session = minted(&answer);
    let answer = may_ask(&world, &session).await;
    assert_eq!(answer.status, 200, "{}", answer.text);

    let role_c = "arn:aws:iam::123456789012:role/c";
    let chained = minted(&world.assume(&session, role_c, &[]).await);
    let answer = may_ask(&world, &chained).await;
    assert_eq!(
        answer.status, 200,
        "the transitive tag came along: {}",
        answer.text
    );
    let direct = minted(&world.assume(&world.admin, role_c, &[]).await);
    assert_eq!(may_ask(&world, &direct).await.status, 403, "no session tag");

    let again = [
        ("Tags.member.1.Key", "TEAM"),
        ("Tags.member.1.Value", "red"),
    ];
    let text = "One of the specified transitive tag keys can't be set because it conflicts with a \
                transitive tag key from the calling session.";
    let answer = world.assume(&session, role_c, &again).await;
    check_refused(&answer, (400, "InvalidParameterValue", text), "conflict");
    let twice = minted(&world.assume(&chained, role_c, &[]).await);
    assert_eq!(may_ask(&world, &twice).await.status, 200, "and further");
}

#[tokio::test]
async fn tags_and_source_identity_are_permissions_of_their_own() {
    let world = World::new().await;
    world
        .role(
            ACCOUNT,
            "b",
            &trust_accounts(&[ACCOUNT], &["sts:AssumeRole"]),
        )
        .await;
    minted(&world.assume(&world.admin, B, &[]).await);
    let tag = vec![("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "1")];
    let source = vec![("SourceIdentity", "ann")];
    for (more, action) in [(tag, "sts:TagSession"), (source, "sts:SetSourceIdentity")] {
        let answer = world.assume(&world.admin, B, &more).await;
        let text = refusal("arn:aws:iam::123456789012:user/admin", action, B);
        check_refused(&answer, (403, "AccessDenied", &text), action);
    }
}

#[tokio::test]
async fn a_source_identity_stays_for_the_chain() {
    let world = World::new().await;
    world
        .role(ACCOUNT, "b", &trust_accounts(&[ACCOUNT], &ALL))
        .await;
    let answer = world
        .assume(&world.admin, B, &[("SourceIdentity", "ann")])
        .await;
    assert_eq!(answer.xml("SourceIdentity"), Some("ann"), "{}", answer.text);
    let session = minted(&answer);
    for more in [vec![], vec![("SourceIdentity", "ann")]] {
        let answer = world.assume(&session, B, &more).await;
        assert_eq!(answer.xml("SourceIdentity"), Some("ann"), "{}", answer.text);
    }
    let answer = world
        .assume(&session, B, &[("SourceIdentity", "bob")])
        .await;
    check_refused(
        &answer,
        (403, "AccessDenied", ""),
        "another source identity",
    );
}

/// A web identity role's session is a principal like any other: its trust names it by unique id.
#[tokio::test]
async fn trust_names_roles_by_unique_id() {
    let world = World::new().await;
    let trust = trust_of(ISSUER, ACCOUNT, "system:serviceaccount:demo:app");
    let app = world.role(ACCOUNT, "app", &trust).await;
    let named = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": app.id.as_str()}, "Action": "sts:AssumeRole",
    }]});
    world.role(OTHER_ACCOUNT, "f", &named.to_string()).await;
    let session = world.session().await;
    minted(&world.assume(&session, FOREIGN, &[]).await);
    world.role(ACCOUNT, "app", &trust).await;
    let session = world.session().await;
    let answer = world.assume(&session, FOREIGN, &[]).await;
    check_refused(
        &answer,
        (403, "AccessDenied", ""),
        "a role made again under the name",
    );
}
