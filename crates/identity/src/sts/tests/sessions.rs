//! How long sessions live, and what their policies leave of the role's.

use base::Secret;
use engine::Principal;
use serde_json::json;
use sigv4::Credentials;

use super::world::{ISSUER, ROLE, World, check_refused, minted, trust_of};
use crate::iam::rows::{RoleRow, role_by_arn};
use crate::sts::{remove_expired_denials, revoke_session, revoke_sessions_of_role};

const APP: &str = "arn:aws:sts::123456789012:assumed-role/app/s-1";
const INVALID: &str = "403 InvalidClientTokenId";

async fn row(world: &World) -> RoleRow {
    let mut unit = world.stage.unit().await;
    role_by_arn(&mut unit.view(), &ROLE.parse().unwrap())
        .await
        .unwrap()
        .unwrap()
}

fn with(session: &Credentials, token: Option<&str>) -> Credentials {
    Credentials {
        session_token: token.map(|token| Secret::new(token.to_owned())),
        ..session.clone()
    }
}

#[tokio::test]
async fn sessions_end_when_they_said() {
    let world = World::new().await;
    let session = world.session().await;
    world.stage.clock.advance_millis(3_599_000);
    assert_eq!(world.who(&session).await, APP);
    world.stage.clock.advance_millis(1_000);
    assert_eq!(world.who(&session).await, "403 ExpiredToken");
    let answer = world
        .stage
        .json(&session, "cloudtrail.LookupEvents", json!({}))
        .await;
    assert_eq!(
        (answer.status, answer.code().as_deref()),
        (400, Some("ExpiredTokenException"))
    );
}

/// A5 and THREATS R9: the unique id counts, not the name.
#[tokio::test]
async fn sessions_end_with_their_role() {
    let world = World::new().await;
    let session = world.session().await;
    let trust = trust_of(ISSUER, "123456789012", "system:serviceaccount:demo:app");
    world.role("123456789012", "app", &trust).await;
    assert_eq!(world.who(&session).await, INVALID, "made again");
    let fresh = world.session().await;
    assert_eq!(world.who(&fresh).await, APP);
    for (action, form) in [
        (
            "DeleteRolePolicy",
            vec![("RoleName", "app"), ("PolicyName", "all")],
        ),
        ("DeleteRole", vec![("RoleName", "app")]),
    ] {
        let answer = world.stage.query(&world.admin, "iam", action, &form).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    assert_eq!(world.who(&fresh).await, INVALID, "deleted");
    let answer = world
        .stage
        .json(&fresh, "cloudtrail.LookupEvents", json!({}))
        .await;
    assert_eq!(
        answer.code().as_deref(),
        Some("UnrecognizedClientException")
    );
}

/// A22: the epoch decides, not the clocks.
#[tokio::test]
async fn all_sessions_of_a_role_can_be_ended() {
    let world = World::new().await;
    let session = world.session().await;
    assert_eq!(world.who(&session).await, APP);
    world.stage.clock.advance_millis(-3_000);
    let mut unit = world.stage.unit().await;
    revoke_sessions_of_role(
        &mut unit,
        "123456789012".parse().unwrap(),
        row(&world).await,
    )
    .unwrap();
    world.stage.commit(unit).await;
    assert_eq!(world.who(&session).await, INVALID);
    world.stage.clock.advance_millis(3_000);
    assert_eq!(world.who(&session).await, INVALID);
    let fresh = world.session().await;
    assert_eq!(world.who(&fresh).await, APP);
}

#[tokio::test]
async fn one_session_can_be_ended() {
    let world = World::new().await;
    let (session, other) = (world.session().await, world.session().await);
    assert_eq!(world.who(&session).await, APP);
    let account = "123456789012".parse().unwrap();
    let known = principal(&world, &session).await;
    let mut unit = world.stage.unit().await;
    revoke_session(&mut unit, account, &known.session_id, known.expires_at).unwrap();
    world.stage.commit(unit).await;
    assert_eq!(world.who(&session).await, INVALID);
    assert_eq!(world.who(&other).await, APP);

    let mut unit = world.stage.unit().await;
    assert_eq!(
        remove_expired_denials(&mut unit, account, known.issued_at)
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        remove_expired_denials(&mut unit, account, known.expires_at)
            .await
            .unwrap(),
        1
    );
}

async fn principal(world: &World, session: &Credentials) -> engine::SessionPrincipal {
    let server = world.stage.server();
    let mut unit = world.stage.unit().await;
    let (id, token) = (
        &session.access_key_id,
        session.session_token.as_ref().unwrap(),
    );
    let check = server
        .identities
        .session(
            server,
            &mut unit.view(),
            &id.parse().unwrap(),
            token.expose(),
        )
        .await
        .unwrap();
    match check {
        engine::SessionCheck::Live(holder) => match holder.principal {
            Principal::Session(session) => *session,
            _ => panic!("not a session"),
        },
        engine::SessionCheck::Expired | engine::SessionCheck::Invalid => panic!("not live"),
    }
}

#[tokio::test]
async fn a_token_belongs_to_its_key() {
    let world = World::new().await;
    let (one, two) = (world.session().await, world.session().await);
    let elsewhere = World::new().await;
    elsewhere.turn_ring().await;
    let foreign = elsewhere.session().await;
    let token = |session: &Credentials| session.session_token.clone().unwrap().expose().clone();
    let long = "A".repeat(4_097);
    for (what, credentials) in [
        ("no token", with(&one, None)),
        ("another session's", with(&one, Some(&token(&two)))),
        ("another ring's", with(&one, Some(&token(&foreign)))),
        ("another ring's, whole", foreign),
        ("too long", with(&one, Some(&long))),
        ("no token at all", with(&one, Some("x"))),
        ("for a user's key", with(&world.admin, Some(&token(&one)))),
    ] {
        assert_eq!(world.who(&credentials).await, INVALID, "{what}");
    }
    let mut wrong = one.clone();
    wrong.secret_access_key = two.secret_access_key.clone();
    assert_eq!(world.who(&wrong).await, "403 SignatureDoesNotMatch");
    assert_eq!(world.who(&one).await, APP);
}

/// THREATS R8: what a key sealed goes with the key, cached or not.
#[tokio::test]
async fn sessions_go_with_their_ring_key() {
    let world = World::new().await;
    let session = world.session().await;
    assert_eq!(world.who(&session).await, APP);
    world.turn_ring().await;
    let server = world.stage.server();
    let (store, now) = (&*server.store, server.clock.now());
    let turned = server
        .ring
        .rotate(store, &server.rows, &server.seal, now, &*server.entropy);
    turned.await.unwrap();
    assert_eq!(world.who(&session).await, INVALID);
    assert_eq!(world.who(&world.session().await).await, APP);
}

/// On the wire too: no single character may differ, cached or not.
#[tokio::test]
async fn bent_tokens_are_refused() {
    let world = World::new().await;
    let session = world.session().await;
    assert_eq!(world.who(&session).await, APP);
    let token = session.session_token.clone().unwrap().expose().clone();
    for position in (0..token.len()).step_by(3) {
        let mut bent = token.clone();
        let other = if &bent[position..=position] == "A" {
            "B"
        } else {
            "A"
        };
        bent.replace_range(position..=position, other);
        assert_eq!(
            world.who(&with(&session, Some(&bent))).await,
            INVALID,
            "at {position}"
        );
    }
}

#[tokio::test]
async fn session_policies_limit() {
    let world = World::new().await;
    let probe = |allowed: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": allowed, "Resource": "*"}]}).to_string()
    };
    let form = [
        ("PolicyName", "info"),
        ("PolicyDocument", &probe("sts:Get*")),
    ];
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, *value)).collect();
    let answer = world
        .stage
        .query(&world.admin, "iam", "CreatePolicy", &form)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let (known, missing) = (
        "arn:aws:iam::123456789012:policy/info",
        "arn:aws:iam::123456789012:policy/gone",
    );
    let (info, other) = (probe("sts:GetAccessKeyInfo"), probe("iam:*"));
    let arn = "PolicyArns.member.1.arn";
    for (what, more, allowed) in [
        ("none", vec![], true),
        ("inline that allows", vec![("Policy", info.as_str())], true),
        (
            "inline that does not",
            vec![("Policy", other.as_str())],
            false,
        ),
        ("managed", vec![(arn, known)], true),
        ("managed that is missing", vec![(arn, missing)], false),
        (
            "one of two",
            vec![("Policy", other.as_str()), (arn, known)],
            true,
        ),
    ] {
        let session = minted(&world.web(&world.token(&json!({})), &more).await);
        let form = [("AccessKeyId", "ASIAQNZGKIQY56JQ7WML")];
        let answer = world.sts(&session, "GetAccessKeyInfo", &form).await;
        if allowed {
            assert_eq!(answer.xml("Account"), Some("029608264753"), "{what}");
        } else {
            let text = format!(
                "User: {APP} is not authorized to perform: sts:GetAccessKeyInfo because no \
                 session policy allows the sts:GetAccessKeyInfo action"
            );
            check_refused(&answer, (403, "AccessDenied", &text), what);
        }
        assert_eq!(world.who(&session).await, APP, "{what}");
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let world = World::new().await;
    // Text that deflating does not shorten by much.
    let mut seed: u32 = 1;
    let mut noise = |length: usize| -> String {
        (0..length)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                char::from(b'a' + u8::try_from((seed >> 16) % 26).unwrap())
            })
            .collect()
    };
    let mut tags = |count: usize| {
        let tags: serde_json::Map<_, _> = (0..count)
            .map(|n| (format!("k{n}"), json!([noise(256)])))
            .collect();
        json!({"https://aws.amazon.com/tags": {"principal_tags": tags}})
    };
    let session = minted(&world.web(&world.token(&tags(8)), &[]).await);
    assert_eq!(world.who(&session).await, APP);
    let answer = world.web(&world.token(&tags(30)), &[]).await;
    check_refused(&answer, (400, "PackedPolicyTooLarge", ""), "tags");
    let text = answer.xml("Message").unwrap();
    assert!(
        text.starts_with("Packed size of session tags consumes "),
        "{text}"
    );
}

#[tokio::test]
async fn tokens_are_as_long_as_asked() {
    let world = World::new().await;
    for asked in ["0", "100", "2000", "4096"] {
        let more = [("MinimumSessionTokenSize", asked)];
        let session = minted(&world.web(&world.token(&json!({})), &more).await);
        let length = session.session_token.as_ref().unwrap().expose().len();
        assert!(
            length >= asked.parse().unwrap() && length <= 4_096,
            "{asked}: {length}"
        );
        assert_eq!(world.who(&session).await, APP, "{asked}");
    }
    let more = [("MinimumSessionTokenSize", "4097")];
    let answer = world.web(&world.token(&json!({})), &more).await;
    check_refused(&answer, (400, "ValidationError", ""), "4097");
}
