//! Providers beyond AWS: pinned keys, disabled, what depends on them.

use std::sync::atomic::Ordering;

use engine::testing::{ACCOUNT, Response};
use jose::{Algorithm, SigningKey, jwks_document};
use serde_json::{Value as Json, json};

use super::world::{ISSUER, OTHER_ACCOUNT, World, check_refused, minted, trust_of};

/// What kubeadm gives every cluster.
const PRIVATE: &str = "https://kubernetes.default.svc.cluster.local";
const PRIVATE_ARN: &str =
    "arn:aws:iam::123456789012:oidc-provider/kubernetes.default.svc.cluster.local";
const PRIVATE_ROLE: &str = "arn:aws:iam::123456789012:role/private";
const ISSUER_ARN: &str = "arn:aws:iam::123456789012:oidc-provider/oidc.example/id/ABC";
const SUBJECT: &str = "system:serviceaccount:demo:app";

impl World {
    async fn irsa(&self, operation: &str, input: Json) -> Response {
        let operation = format!("irsa.{operation}");
        self.stage.json(&self.admin, &operation, input).await
    }

    /// A cluster whose issuer nobody can fetch: provider, role, pinned keys.
    async fn private_cluster(&self, account: &str) -> SigningKey {
        let key = SigningKey::generate(Algorithm::RS256).unwrap();
        self.provider(account, PRIVATE, &["sts.amazonaws.com"])
            .await;
        let trust = trust_of(PRIVATE, account, SUBJECT);
        self.role(account, "private", &trust).await;
        key
    }

    async fn pin(&self, key: &SigningKey, issuer: &str) {
        let input = json!({ "ProviderArn": PRIVATE_ARN, "IssuerUrl": issuer,
            "KeySet": jwks_document([key]) });
        let answer = self.irsa("SetProviderKeys", input).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let provider = &answer.json()["Provider"];
        assert_eq!(provider["KeySource"], "PINNED");
        assert_eq!(provider["KeyIds"], json!([key.kid()]));
    }

    fn signed(&self, key: &SigningKey, issuer: &str) -> String {
        key.sign(&self.claims(&json!({ "iss": issuer }))).unwrap()
    }
}

#[tokio::test]
async fn pinned_keys_verify_and_nothing_is_fetched() {
    for issuer in [PRIVATE, "https://kubernetes.default.svc.cluster.local:443"] {
        let world = World::new().await;
        let key = world.private_cluster(ACCOUNT).await;
        world.pin(&key, issuer).await;
        let answer = world
            .web_to(PRIVATE_ROLE, &world.signed(&key, issuer), &[])
            .await;
        let session = minted(&answer);
        assert_eq!(
            world.who(&session).await,
            "arn:aws:sts::123456789012:assumed-role/private/s-1"
        );
        let forged = SigningKey::generate(Algorithm::RS256).unwrap();
        let plain = issuer.replace("https:", "http:");
        for token in [
            world.signed(&forged, issuer),
            world.signed(&key, &plain),
            world.signed(&world.key, issuer),
        ] {
            let answer = world.web_to(PRIVATE_ROLE, &token, &[]).await;
            check_refused(&answer, (400, "InvalidIdentityToken", ""), issuer);
        }
        assert_eq!(world.network.fetches.load(Ordering::Relaxed), 0);
    }
}

/// Attack A26.
#[tokio::test]
async fn pinned_keys_of_one_account_say_nothing_in_another() {
    let world = World::new().await;
    let key = world.private_cluster(ACCOUNT).await;
    world.pin(&key, PRIVATE).await;
    world.private_cluster(OTHER_ACCOUNT).await;
    let theirs = format!("arn:aws:iam::{OTHER_ACCOUNT}:role/private");
    let token = world.signed(&key, PRIVATE);
    let answer = world.web_to(&theirs, &token, &[]).await;
    let code = answer.code().unwrap();
    assert!(
        ["InvalidIdentityToken", "IDPCommunicationError"].contains(&code.as_str()),
        "{}",
        answer.text
    );
    let theirs = PRIVATE_ARN.replace(ACCOUNT, OTHER_ACCOUNT);
    let input = json!({ "ProviderArn": theirs, "KeySet": jwks_document([&key]) });
    let answer = world.irsa("SetProviderKeys", input).await;
    assert_eq!(answer.code().unwrap(), "ProviderNotFoundException");
}

#[tokio::test]
async fn unpinned_keys_come_from_the_url_again() {
    let world = World::new().await;
    let key = world.private_cluster(ACCOUNT).await;
    world.pin(&key, PRIVATE).await;
    let answer = world
        .irsa("SetProviderKeys", json!({ "ProviderArn": PRIVATE_ARN }))
        .await;
    let provider = answer.json()["Provider"].clone();
    assert_eq!(
        provider,
        json!({ "Arn": PRIVATE_ARN, "IssuerUrl": PRIVATE, "Status": "ENABLED",
            "KeySource": "PUBLISHED" })
    );
    let token = world.signed(&key, PRIVATE);
    let answer = world.web_to(PRIVATE_ROLE, &token, &[]).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    assert_eq!(world.network.fetches.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn keys_that_cannot_be_pinned() {
    let world = World::new().await;
    let key = world.private_cluster(ACCOUNT).await;
    let good = jwks_document([&key]);
    let mut private: Json = serde_json::from_str(&good).unwrap();
    private["keys"][0]["d"] = json!("c2VjcmV0");
    let own = json!({ "Name": "demo", "KeyAlgorithm": "ES256" });
    let own = world.irsa("CreateIssuer", own).await.json();
    let url = own["Issuer"]["Url"].as_str().unwrap().to_owned();
    let form = [("Url", url.as_str())];
    let create = "CreateOpenIDConnectProvider";
    let made = world.stage.query(&world.admin, "iam", create, &form).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let own_arn = made.xml("OpenIDConnectProviderArn").unwrap().to_owned();

    for (input, told) in [
        (json!({ "KeySet": "{}" }), "`keys` is missing"),
        (json!({ "KeySet": "[]" }), "not a JSON object"),
        (
            json!({ "KeySet": r#"{"keys":[]}"# }),
            "no key in it can verify",
        ),
        (json!({ "KeySet": private.to_string() }), "private key"),
        (
            json!({ "KeySet": r#"{"keys":[{"kty":"oct","k":"czNjcmV0"}]}"# }),
            "private key",
        ),
        (
            json!({ "KeySet": good, "IssuerUrl": "https://other.example" }),
            "is not the provider's",
        ),
        (
            json!({ "KeySet": good, "CertificateAuthority": "x" }),
            "are not fetched",
        ),
        (json!({ "CertificateAuthority": "x" }), "no certificate"),
        (
            json!({ "KeySet": good, "ProviderArn": own_arn }),
            "runs the provider's issuer",
        ),
    ] {
        let mut input = input;
        if input.get("ProviderArn").is_none() {
            input["ProviderArn"] = json!(PRIVATE_ARN);
        }
        let answer = world.irsa("SetProviderKeys", input).await;
        assert_eq!(answer.code().unwrap(), "ValidationException", "{told}");
        assert!(answer.text.contains(told), "{told}: {}", answer.text);
        assert!(!answer.text.contains("c2VjcmV0"), "{}", answer.text);
    }
    let trust = json!({ "ProviderArn": PRIVATE_ARN });
    let trust = world.irsa("GetProviderTrust", trust).await.json();
    assert_eq!(trust["Provider"]["KeySource"], "PUBLISHED");
}

#[tokio::test]
async fn a_disabled_provider_admits_nobody_until_enabled() {
    let world = World::new().await;
    let session = world.session().await;
    let input = json!({ "ProviderArn": ISSUER_ARN });
    let answer = world.irsa("DisableProvider", input.clone()).await;
    assert_eq!(answer.json()["Provider"]["Status"], "DISABLED");
    let answer = world.web(&world.token(&json!({})), &[]).await;
    let text = format!("No OpenIDConnect provider found in your account for {ISSUER}");
    check_refused(&answer, (400, "InvalidIdentityToken", &text), "disabled");
    assert!(world.who(&session).await.contains("assumed-role/app"));
    let answer = world.irsa("EnableProvider", input).await;
    assert_eq!(answer.json()["Provider"]["Status"], "ENABLED");
    world.session().await;
}

#[tokio::test]
async fn what_depends_on_a_provider() {
    let world = World::new().await;
    world.session().await;
    let long = [("DurationSeconds", "7200")];
    minted(&world.web(&world.token(&json!({})), &long).await);
    let refused = world
        .web(&world.token(&json!({ "sub": "x:other" })), &[])
        .await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    let input = json!({ "ProviderArn": ISSUER_ARN });
    for (minutes, open) in [(0, 2), (61, 1), (60, 0)] {
        world.stage.clock.advance_millis(minutes * 60_000);
        let answer = world.irsa("ListProviderDependents", input.clone()).await;
        let answer = answer.json();
        assert_eq!(
            answer["RoleArns"],
            json!(["arn:aws:iam::123456789012:role/app"])
        );
        assert_eq!(
            (&answer["SessionCount"], &answer["Complete"]),
            (&json!(open), &json!(true)),
            "{answer}"
        );
        for session in answer["Sessions"].as_array().unwrap() {
            assert_eq!(session["Subject"], SUBJECT);
            assert_eq!(session["SessionName"], "s-1");
        }
    }
}

#[tokio::test]
async fn each_operation_is_its_own_permission() {
    let world = World::new().await;
    let star =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let user = world.user("star", star).await;
    for operation in [
        "GetProviderTrust",
        "SetProviderKeys",
        "DisableProvider",
        "EnableProvider",
        "ListProviderDependents",
    ] {
        for arn in [ISSUER_ARN, PRIVATE_ARN, "not an arn, but long enough"] {
            let operation = format!("irsa.{operation}");
            let input = json!({ "ProviderArn": arn });
            let answer = world.stage.json(&user, &operation, input).await;
            assert_eq!(
                answer.code().unwrap(),
                "AccessDeniedException",
                "{operation}"
            );
        }
        let input = json!({ "ProviderArn": PRIVATE_ARN });
        let answer = world.irsa(operation, input).await;
        assert_eq!(answer.code().unwrap(), "ProviderNotFoundException");
    }
}
