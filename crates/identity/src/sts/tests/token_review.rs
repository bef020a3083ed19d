//! Providers whose API server is asked whether a token is still good.

use engine::testing::{ACCOUNT, Response};
use jose::{Algorithm, SigningKey};
use serde_json::{Value as Json, json};

use super::world::{ISSUER, World, check_refused, minted};
use crate::iam::rows::provider_key;
use crate::sts::{NotReviewed, Reviewed};

const ARN: &str = "arn:aws:iam::123456789012:oidc-provider/oidc.example/id/ABC";
const SUBJECT: &str = "system:serviceaccount:demo:app";
const SECRET: &str = "s3cret-of-the-reviewer";
const UNREACHABLE: &str = "The request could not be fulfilled because the identity provider (IDP) \
    that was asked to verify the incoming identity token could not be reached.";

impl World {
    async fn review(&self, operation: &str, input: Json) -> Response {
        let operation = format!("irsa.{operation}");
        self.stage.json(&self.admin, &operation, input).await
    }

    /// An API server is asked from now on.
    async fn reviewed(&self) {
        let input = json!({ "ProviderArn": ARN, "Server": "https://k.example:6443/",
            "BearerToken": SECRET });
        let answer = self.review("SetProviderTokenReview", input).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// What the API server says from now on.
    fn says(&self, says: Result<Reviewed, NotReviewed>) {
        *self.reviewer.says.lock().unwrap() = Some(says);
    }

    fn asked(&self) -> usize {
        self.reviewer.asked.lock().unwrap().len()
    }

    /// The text of the stored provider.
    async fn stored(&self) -> String {
        let key = provider_key(ACCOUNT.parse().unwrap(), &jose::normalise_issuer(ISSUER));
        let mut unit = self.stage.unit().await;
        let bytes = unit.work().get(&key).await.unwrap().unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn good() -> Reviewed {
    Reviewed {
        authenticated: true,
        username: SUBJECT.to_owned(),
        audiences: vec!["sts.amazonaws.com".to_owned()],
        error: None,
    }
}

fn gone() -> Reviewed {
    Reviewed {
        error: Some("[invalid bearer token, pod has been deleted]".to_owned()),
        ..Reviewed::default()
    }
}

fn away() -> NotReviewed {
    NotReviewed("connection refused".to_owned())
}

#[tokio::test]
async fn nobody_is_asked_unless_told_so() {
    let world = World::new().await;
    world.session().await;
    assert_eq!(world.asked(), 0);
    world.reviewed().await;
    world.says(Ok(good()));
    let token = world.token(&json!({}));
    minted(&world.web(&token, &[]).await);
    let asked = world.reviewer.asked.lock().unwrap().clone();
    assert_eq!(
        asked,
        [
            json!({ "server": "https://k.example:6443", "shown": SECRET, "token": token,
            "audiences": ["sts.amazonaws.com"] })
        ]
    );
    let unset = json!({ "ProviderArn": ARN });
    let answer = world.review("UnsetProviderTokenReview", unset).await;
    assert_eq!(answer.json()["Provider"].get("TokenReview"), None);
    assert!(!world.stored().await.contains("k.example"), "forgotten");
    world.says(Ok(gone()));
    minted(&world.web(&world.token(&json!({ "jti": "2" })), &[]).await);
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn what_the_api_server_says_decides() {
    let other = "system:serviceaccount:demo:other".to_owned();
    let denied = (
        403,
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    );
    let unreachable = (400, "IDPCommunicationError", UNREACHABLE);
    for (says, expected) in [
        (Ok(gone()), denied),
        (Ok(Reviewed::default()), denied),
        (
            Ok(Reviewed {
                username: other,
                ..good()
            }),
            denied,
        ),
        (
            Ok(Reviewed {
                audiences: Vec::new(),
                ..good()
            }),
            denied,
        ),
        (
            Ok(Reviewed {
                authenticated: false,
                ..good()
            }),
            denied,
        ),
        (Err(away()), unreachable),
    ] {
        let world = World::new().await;
        world.reviewed().await;
        world.says(says.clone());
        let answer = world.web(&world.token(&json!({})), &[]).await;
        check_refused(&answer, expected, &format!("{says:?}"));
        assert!(!answer.text.contains("deleted") && !answer.text.contains("connection"));
    }
}

#[tokio::test]
async fn nobody_is_asked_about_a_token_that_does_not_hold() {
    let world = World::new().await;
    world.reviewed().await;
    world.says(Ok(good()));
    let now = world.now();
    for changes in [
        json!({ "exp": now - 1_000 }),
        json!({ "aud": ["other"] }),
        json!({ "iss": "https://other.example" }),
    ] {
        let answer = world.web(&world.token(&changes), &[]).await;
        assert_eq!(answer.status, 400, "{changes}: {}", answer.text);
    }
    let stranger = SigningKey::generate(Algorithm::ES256).unwrap();
    let forged = stranger.sign(&world.claims(&json!({}))).unwrap();
    assert_ne!(world.web(&forged, &[]).await.status, 200);
    assert_eq!(world.asked(), 0);
}

#[tokio::test]
async fn answers_hold_for_ten_seconds() {
    for (says, then) in [(good(), gone()), (gone(), good())] {
        let world = World::new().await;
        world.reviewed().await;
        world.says(Ok(says.clone()));
        let token = world.token(&json!({}));
        let status = world.web(&token, &[]).await.status;
        assert_eq!(status == 200, says.authenticated);
        world.says(Ok(then));
        world.stage.clock.advance_millis(10_000);
        assert_eq!(world.web(&token, &[]).await.status, status);
        assert_eq!(world.asked(), 1);
        world.stage.clock.advance_millis(1);
        assert_ne!(world.web(&token, &[]).await.status, status);
        assert_eq!(world.asked(), 2);
        // Another token is another question.
        let other = world.token(&json!({ "jti": "token-2" }));
        world.web(&other, &[]).await;
        assert_eq!(world.asked(), 3);
    }
}

#[tokio::test]
async fn a_new_setting_forgets_the_answers() {
    let world = World::new().await;
    world.reviewed().await;
    world.says(Ok(gone()));
    let token = world.token(&json!({}));
    assert_eq!(world.web(&token, &[]).await.status, 403);
    world.says(Ok(good()));
    world.reviewed().await;
    assert_eq!(world.web(&token, &[]).await.status, 200);
}

#[tokio::test]
async fn many_with_one_token_are_one_question() {
    let world = World::new().await;
    world.reviewed().await;
    world.says(Ok(good()));
    let token = world.token(&json!({}));
    let web = || world.web(&token, &[]);
    let answers = tokio::join!(web(), web(), web(), web());
    for answer in [answers.0, answers.1, answers.2, answers.3] {
        minted(&answer);
    }
    assert_eq!(world.asked(), 1);
}

#[tokio::test]
async fn a_dead_api_server_is_not_asked_again_and_again() {
    let world = World::new().await;
    world.reviewed().await;
    world.says(Err(away()));
    let mut number = 0;
    let mut once = async || {
        number += 1;
        let token = world.token(&json!({ "jti": format!("token-{number}") }));
        world.web(&token, &[]).await
    };
    for asked in [1, 2, 3, 3, 3] {
        check_refused(
            &once().await,
            (400, "IDPCommunicationError", UNREACHABLE),
            "dead",
        );
        assert_eq!(world.asked(), asked);
    }
    world.stage.clock.advance_millis(5_000);
    for asked in [4, 4] {
        check_refused(
            &once().await,
            (400, "IDPCommunicationError", ""),
            "still dead",
        );
        assert_eq!(world.asked(), asked);
    }
    world.stage.clock.advance_millis(5_000);
    world.says(Ok(good()));
    for asked in [5, 6] {
        minted(&once().await);
        assert_eq!(world.asked(), asked);
    }
}

#[tokio::test]
async fn the_credential_is_never_shown_again() {
    let world = World::new().await;
    world.reviewed().await;
    let shown = world
        .review("GetProviderTrust", json!({ "ProviderArn": ARN }))
        .await;
    assert_eq!(
        shown.json()["Provider"]["TokenReview"],
        json!({ "Server": "https://k.example:6443", "Credential": "BEARER_TOKEN" })
    );
    let lookup = json!({ "LookupAttributes": [
        { "AttributeKey": "EventName", "AttributeValue": "SetProviderTokenReview" } ] });
    let trail = world
        .stage
        .json(&world.admin, "cloudtrail.LookupEvents", lookup)
        .await;
    assert!(trail.text.contains("k.example"), "{}", trail.text);
    for text in [&shown.text, &trail.text, &world.stored().await] {
        assert!(!text.contains(SECRET), "{text}");
    }
}

#[tokio::test]
async fn a_refusal_is_recorded_with_its_pod() {
    let world = World::new().await;
    world.reviewed().await;
    world.says(Ok(gone()));
    world.web(&world.token(&json!({})), &[]).await;
    let lookup = json!({ "LookupAttributes": [
        { "AttributeKey": "EventName", "AttributeValue": "AssumeRoleWithWebIdentity" } ] });
    let trail = world
        .stage
        .json(&world.admin, "cloudtrail.LookupEvents", lookup)
        .await;
    assert!(trail.text.contains("AccessDenied"), "{}", trail.text);
    let told = world
        .review("Explain", json!({ "ServiceAccount": "demo/app" }))
        .await;
    assert_eq!(told.status, 200, "{}", told.text);
    for said in ["TokenReview says", "pod has been deleted", "app-0"] {
        assert!(told.text.contains(said), "{said}: {}", told.text);
    }
}

#[tokio::test]
async fn a_setting_that_cannot_be_is_refused() {
    let world = World::new().await;
    let server = "https://k.example";
    for (input, told) in [
        (json!({}), "Give a Server, or OwnPod"),
        (json!({ "OwnPod": false }), "Give a Server, or OwnPod"),
        (
            json!({ "OwnPod": true, "Server": server }),
            "Give a Server or OwnPod",
        ),
        (
            json!({ "OwnPod": true, "BearerToken": SECRET }),
            "give none of them",
        ),
        (
            json!({ "Server": server }),
            "Give a BearerToken, or a ClientCertificate",
        ),
        (
            json!({ "Server": server, "BearerToken": SECRET, "ClientKey": SECRET,
                "ClientCertificate": "x" }),
            "Give a BearerToken, or a ClientCertificate",
        ),
        (
            json!({ "Server": server, "ClientCertificate": "x" }),
            "with its ClientKey",
        ),
        (
            json!({ "Server": server, "ClientCertificate": "x", "ClientKey": SECRET }),
            "the certificate is no PEM",
        ),
        (
            json!({ "Server": server, "BearerToken": "a\r\nX: y" }),
            "is no token",
        ),
        (
            json!({ "Server": server, "BearerToken": SECRET, "CertificateAuthority": "x" }),
            "The CertificateAuthority is unusable",
        ),
        (
            json!({ "Server": "http://k.example", "BearerToken": SECRET }),
            "must be an https",
        ),
        (
            json!({ "Server": "https://u:p@k.example", "BearerToken": SECRET }),
            "must be an https",
        ),
        (
            json!({ "Server": "https://k.example/?x", "BearerToken": SECRET }),
            "must be an https",
        ),
        (json!({ "Server": "x", "BearerToken": SECRET }), "server"),
    ] {
        let mut all = json!({ "ProviderArn": ARN });
        for (name, value) in input.as_object().unwrap() {
            all[name] = value.clone();
        }
        let answer = world.review("SetProviderTokenReview", all).await;
        assert_eq!(
            answer.code().unwrap(),
            "ValidationException",
            "{input}: {}",
            answer.text
        );
        assert!(answer.text.contains(told), "{told}: {}", answer.text);
        assert!(!answer.text.contains(SECRET), "{}", answer.text);
    }
    let unknown = json!({ "ProviderArn": format!("{ARN}x"), "OwnPod": true });
    let answer = world.review("SetProviderTokenReview", unknown).await;
    assert_eq!(answer.code().unwrap(), "ProviderNotFoundException");
    let own = json!({ "ProviderArn": ARN, "OwnPod": true });
    let answer = world.review("SetProviderTokenReview", own).await;
    assert_eq!(
        answer.json()["Provider"]["TokenReview"],
        json!({ "Credential": "OWN_POD" })
    );
}

/// Attack: a user of the account who may do everything but what only `irsa:` grants.
#[tokio::test]
async fn only_who_is_granted_it_by_name_may_set_it() {
    let world = World::new().await;
    let input = json!({ "ProviderArn": ARN, "OwnPod": true });
    for (number, (action, allowed)) in [
        ("*", false),
        ("iam:*", false),
        ("irsa:SetProviderTokenReview", true),
    ]
    .into_iter()
    .enumerate()
    {
        let policy = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": action, "Resource": "*" } ] });
        let user = world.user(&format!("u{number}"), &policy.to_string()).await;
        let answer = world
            .stage
            .json(&user, "irsa.SetProviderTokenReview", input.clone())
            .await;
        assert_eq!(answer.status == 200, allowed, "{action}: {}", answer.text);
    }
}
