//! Issuers and tokens, over the wire.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base::Clock;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use engine::testing::{ACCOUNT, REGION, Stage};
use engine::{Publisher, Unit};
use jose::{Fetch, FetchFault, FetchRequest, Fetched, Token};
use serde_json::{Value as Json, json};
use sigv4::Credentials;

use super::issuers::{
    IssuerDocuments, IssuerRow, PendingIssuers, SigningKeys, StoredIssuers, discovery_url,
    issuer_key, jwks_uri,
};
use crate::sts::LocalIssuers;

pub(super) const OTHER: &str = "210987654321";
pub(super) const ADMIN: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":["*","irsa:*"],"Resource":"*"}]}"#;

pub(super) async fn stage() -> Stage {
    Stage::new(super::register).await
}

pub(super) fn admin(stage: &Stage) -> Credentials {
    stage.user("admin", ADMIN)
}

pub(super) async fn created(stage: &Stage, by: &Credentials, input: Json) -> Json {
    let answer = stage.json(by, "irsa.CreateIssuer", input).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["Issuer"].clone()
}

pub(super) async fn document(stage: &Stage, path: &str) -> Option<(&'static str, Json, u32)> {
    let found = IssuerDocuments
        .document(stage.server(), path)
        .await
        .unwrap()?;
    let body = serde_json::from_slice(&found.body).unwrap();
    Some((found.content_type, body, found.max_age_secs))
}

pub(super) async fn local_keys(
    stage: &Stage,
    account: &str,
    url: &str,
) -> Option<Arc<jose::JwkSet>> {
    let mut unit: Unit = stage.unit().await;
    let account = account.parse().unwrap();
    let issuers = StoredIssuers::default();
    issuers
        .key_set(stage.server(), &mut unit.view(), account, url)
        .await
        .unwrap()
}

#[tokio::test]
async fn an_issuer_lives_and_its_name_stays_its_own() {
    let stage = stage().await;
    let admin = admin(&stage);
    let issuer = created(&stage, &admin, json!({ "Name": "demo" })).await;
    assert_eq!(
        issuer["Arn"],
        format!("arn:aws:irsa:{REGION}:{ACCOUNT}:issuer/demo")
    );
    assert_eq!(issuer["Url"], "http://127.0.0.1:4566/id/demo");
    assert_eq!(
        issuer["JwksUri"],
        "http://127.0.0.1:4566/id/demo/openid/v1/jwks"
    );
    assert_eq!(
        (&issuer["KeyAlgorithm"], &issuer["Status"]),
        (&json!("RS256"), &json!("ACTIVE"))
    );
    assert!(issuer["CreatedAt"].is_number(), "{issuer}");
    let got = stage
        .json(&admin, "irsa.GetIssuer", json!({ "Name": "demo" }))
        .await
        .json();
    assert_eq!(got["Issuer"], issuer);

    let again = stage
        .json(&admin, "irsa.CreateIssuer", json!({ "Name": "demo" }))
        .await;
    assert_eq!(
        again.code().as_deref(),
        Some("IssuerAlreadyExistsException")
    );
    let stranger = stage.user_of(OTHER, "eve", ADMIN);
    let theirs = stage
        .json(&stranger, "irsa.CreateIssuer", json!({ "Name": "demo" }))
        .await;
    assert_eq!(
        theirs.code().as_deref(),
        Some("IssuerAlreadyExistsException")
    );
    for operation in ["GetIssuer", "DeleteIssuer", "ListIssuerDependents"] {
        let operation = format!("irsa.{operation}");
        let unseen = stage
            .json(&stranger, &operation, json!({ "Name": "demo" }))
            .await;
        assert_eq!(
            unseen.code().as_deref(),
            Some("IssuerNotFoundException"),
            "{operation}"
        );
    }

    let gone = stage
        .json(&admin, "irsa.DeleteIssuer", json!({ "Name": "demo" }))
        .await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    assert_eq!(document(&stage, "/id/demo/openid/v1/jwks").await, None);
    assert!(
        local_keys(&stage, ACCOUNT, "127.0.0.1:4566/id/demo")
            .await
            .is_none()
    );
    let theirs = stage
        .json(&stranger, "irsa.CreateIssuer", json!({ "Name": "demo" }))
        .await;
    assert_eq!(
        theirs.code().as_deref(),
        Some("IssuerAlreadyExistsException"),
        "name taken over"
    );
    let anew = created(&stage, &admin, json!({ "Name": "demo" })).await;
    assert_ne!(anew["KeyIds"], issuer["KeyIds"]);
}

#[tokio::test]
async fn of_two_that_want_a_name_one_gets_it() {
    let stage = stage().await;
    let admin = admin(&stage);
    let eve = stage.user_of(OTHER, "eve", ADMIN);
    let input = || json!({ "Name": "demo", "KeyAlgorithm": "ES256" });
    let (one, two) = tokio::join!(
        stage.json(&admin, "irsa.CreateIssuer", input()),
        stage.json(&eve, "irsa.CreateIssuer", input()),
    );
    let mut ends = [one.code(), two.code()];
    ends.sort();
    assert_eq!(
        ends,
        [None, Some("IssuerAlreadyExistsException".to_owned())]
    );
}

#[tokio::test]
async fn documents_are_what_kubernetes_publishes() {
    let stage = stage().await;
    let admin = admin(&stage);
    for (name, algorithm, members) in [
        ("rsa", "RS256", vec!["use", "kty", "kid", "alg", "n", "e"]),
        (
            "elliptic",
            "ES256",
            vec!["use", "kty", "kid", "crv", "alg", "x", "y"],
        ),
    ] {
        let input = json!({ "Name": name, "KeyAlgorithm": algorithm });
        let issuer = created(&stage, &admin, input).await;
        let url = format!("http://127.0.0.1:4566/id/{name}");
        let path = format!("/id/{name}/.well-known/openid-configuration");
        let (kind, discovery, max_age) = document(&stage, &path).await.unwrap();
        assert_eq!((kind, max_age), ("application/json", 3_600));
        let expected = json!({
            "issuer": url,
            "jwks_uri": format!("{url}/openid/v1/jwks"),
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [algorithm],
        });
        assert_eq!(
            discovery.to_string(),
            expected.to_string(),
            "members and their order"
        );

        let path = format!("/id/{name}/openid/v1/jwks");
        let (kind, keys, _) = document(&stage, &path).await.unwrap();
        assert_eq!(kind, "application/jwk-set+json");
        let key = keys["keys"][0].as_object().unwrap();
        assert_eq!(key.keys().collect::<Vec<_>>(), members);
        assert_eq!(key["kid"], issuer["KeyIds"][0]);
    }
    assert_eq!(document(&stage, "/id/nobody/openid/v1/jwks").await, None);
    assert_eq!(document(&stage, "/id/%72sa/openid/v1/jwks").await, None);
}

#[tokio::test]
async fn a_token_says_what_kubernetes_says() {
    let stage = stage().await;
    let admin = admin(&stage);
    for (name, algorithm) in [("rsa", "RS256"), ("elliptic", "ES256")] {
        created(
            &stage,
            &admin,
            json!({ "Name": name, "KeyAlgorithm": algorithm }),
        )
        .await;
        let input = json!({
            "Issuer": name, "Namespace": "demo", "ServiceAccount": "app",
            "PodName": "app-0", "NodeName": "node-1.example", "DurationSeconds": 600,
        });
        let first = stage.json(&admin, "irsa.CreateToken", input.clone()).await;
        assert_eq!(first.status, 200, "{}", first.text);
        let answer = first.json();
        assert_eq!(answer["Subject"], "system:serviceaccount:demo:app");
        let second = stage.json(&admin, "irsa.CreateToken", input).await.json();
        let (first, second) = (
            verified(&stage, name, &answer).await,
            verified(&stage, name, &second).await,
        );
        let now = 1_795_262_400;
        assert_eq!(first["aud"], json!(["sts.amazonaws.com"]));
        assert_eq!((&first["iat"], &first["nbf"]), (&json!(now), &json!(now)));
        assert_eq!(first["exp"], json!(now + 600));
        assert_eq!(answer["ExpiresAt"].as_f64(), first["exp"].as_f64());
        assert_ne!(first["jti"], second["jti"]);
        assert_eq!(
            first["kubernetes.io"], second["kubernetes.io"],
            "uids are stable"
        );
        let kubernetes = &first["kubernetes.io"];
        assert_eq!(kubernetes["pod"]["name"], "app-0");
        assert_eq!(kubernetes["node"]["name"], "node-1.example");
        assert_eq!(kubernetes["serviceaccount"]["name"], "app");
        for object in ["pod", "node", "serviceaccount"] {
            assert_eq!(
                kubernetes[object]["uid"].as_str().map(str::len),
                Some(36),
                "{object}"
            );
        }
    }
}

/// The claims, once the issuer's stored keys verified the token.
async fn verified(stage: &Stage, issuer: &str, answer: &Json) -> Json {
    let url = format!("127.0.0.1:4566/id/{issuer}");
    let keys = local_keys(stage, ACCOUNT, &url).await.unwrap();
    let text = answer["Token"].as_str().unwrap();
    let token = Token::parse(text).unwrap();
    let now = stage.server().clock.now();
    let claims = jose::verify(&token, &keys, now).unwrap();
    Json::Object(claims.raw.clone())
}

#[tokio::test]
async fn keys_of_an_issuer_speak_for_its_account_only() {
    let stage = stage().await;
    let admin = admin(&stage);
    created(&stage, &admin, json!({ "Name": "demo" })).await;
    for (account, url, known) in [
        (ACCOUNT, "127.0.0.1:4566/id/demo", true),
        (OTHER, "127.0.0.1:4566/id/demo", false),
        (ACCOUNT, "127.0.0.1:4566/id/demo/", false),
        (ACCOUNT, "127.0.0.1:4566/id/Demo", false),
        (ACCOUNT, "127.0.0.1:4566/id/dem", false),
        (ACCOUNT, "demo", false),
    ] {
        let keys = local_keys(&stage, account, url).await;
        assert_eq!(keys.is_some(), known, "{account} {url}");
    }
}

#[expect(clippy::too_many_lines, reason = "one table")]
#[tokio::test]
async fn bad_input_is_refused_in_words() {
    let stage = stage().await;
    let admin = admin(&stage);
    created(
        &stage,
        &admin,
        json!({ "Name": "demo", "KeyAlgorithm": "ES256" }),
    )
    .await;
    let token = |more: Json| {
        let mut input = json!({ "Issuer": "demo", "Namespace": "demo", "ServiceAccount": "app" });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let long = "a".repeat(254);
    for (operation, input, code) in [
        ("CreateIssuer", json!({}), "ValidationException"),
        (
            "CreateIssuer",
            json!({ "Name": "De" }),
            "ValidationException",
        ),
        (
            "CreateIssuer",
            json!({ "Name": "../x" }),
            "ValidationException",
        ),
        (
            "CreateIssuer",
            json!({ "Name": "x-1", "KeyAlgorithm": "HS256" }),
            "ValidationException",
        ),
        (
            "CreateIssuer",
            json!({ "Name": "x-1", "Url": "http://a.example" }),
            "ValidationException",
        ),
        (
            "CreateIssuer",
            json!({ "Name": "x-1", "Url": "https://a.example/" }),
            "ValidationException",
        ),
        (
            "CreateIssuer",
            json!({ "Name": "x-1", "Url": "https://u@a.example" }),
            "ValidationException",
        ),
        (
            "CreateIssuer",
            json!({ "Name": "x-1", "Url": "https://a.example?x" }),
            "ValidationException",
        ),
        (
            "CreateIssuer",
            json!({ "Name": "x-1", "Url": "https://127.0.0.1:4566/id/other" }),
            "ValidationException",
        ),
        (
            "GetIssuer",
            json!({ "Name": "nobody" }),
            "IssuerNotFoundException",
        ),
        (
            "DeleteIssuer",
            json!({ "Name": "nobody" }),
            "IssuerNotFoundException",
        ),
        (
            "ListIssuers",
            json!({ "NextToken": "x" }),
            "ValidationException",
        ),
        (
            "CreateToken",
            token(json!({ "Issuer": "nobody" })),
            "IssuerNotFoundException",
        ),
        (
            "CreateToken",
            token(json!({ "Namespace": "a.b" })),
            "ValidationException",
        ),
        (
            "CreateToken",
            token(json!({ "Namespace": "-a" })),
            "ValidationException",
        ),
        (
            "CreateToken",
            token(json!({ "ServiceAccount": "a..b" })),
            "ValidationException",
        ),
        (
            "CreateToken",
            token(json!({ "ServiceAccount": "a:b" })),
            "ValidationException",
        ),
        (
            "CreateToken",
            token(json!({ "ServiceAccount": long })),
            "ValidationException",
        ),
        (
            "CreateToken",
            token(json!({ "PodName": "A" })),
            "ValidationException",
        ),
        (
            "CreateToken",
            token(json!({ "NodeName": "n" })),
            "ValidationException",
        ),
        (
            "CreateToken",
            token(json!({ "DurationSeconds": 599 })),
            "ValidationException",
        ),
        (
            "CreateToken",
            token(json!({ "DurationSeconds": 4_294_967_297_i64 })),
            "ValidationException",
        ),
        (
            "CreateToken",
            token(json!({ "Audiences": [] })),
            "ValidationException",
        ),
    ] {
        let answer = stage
            .json(&admin, &format!("irsa.{operation}"), input.clone())
            .await;
        assert_eq!(
            answer.code().as_deref(),
            Some(code),
            "{operation} {input}: {}",
            answer.text
        );
        assert_eq!(answer.status, 400, "{operation} {input}");
    }
}

#[tokio::test]
async fn pages_are_bound_to_their_caller() {
    let stage = stage().await;
    let admin = admin(&stage);
    for name in ["is-1", "is-2", "is-3"] {
        created(
            &stage,
            &admin,
            json!({ "Name": name, "KeyAlgorithm": "ES256" }),
        )
        .await;
    }
    let first = stage
        .json(&admin, "irsa.ListIssuers", json!({ "MaxResults": 2 }))
        .await
        .json();
    assert_eq!(names(&first), ["is-1", "is-2"]);
    let next = json!({ "MaxResults": 2, "NextToken": first["NextToken"] });
    let second = stage
        .json(&admin, "irsa.ListIssuers", next.clone())
        .await
        .json();
    assert_eq!(
        (names(&second), second.get("NextToken")),
        (vec!["is-3".to_owned()], None)
    );

    let stranger = stage.user_of(OTHER, "eve", ADMIN);
    assert_eq!(
        names(
            &stage
                .json(&stranger, "irsa.ListIssuers", json!({}))
                .await
                .json()
        ),
        [""; 0]
    );
    let stolen = stage
        .json(&stranger, "irsa.ListIssuers", next.clone())
        .await;
    assert_eq!(stolen.code().as_deref(), Some("ValidationException"));
    let elsewhere = stage
        .json_in(&admin, "eu-central-1", "irsa.ListIssuers", next)
        .await;
    assert_eq!(elsewhere.code().as_deref(), Some("ValidationException"));
}

fn names(answer: &Json) -> Vec<String> {
    let issuers = answer["Issuers"].as_array().unwrap();
    issuers
        .iter()
        .map(|issuer| issuer["Name"].as_str().unwrap().to_owned())
        .collect()
}

/// Attack A3, and THREATS R41, R43.
#[tokio::test]
async fn tokens_are_for_whom_a_policy_says() {
    let stage = stage().await;
    let admin = admin(&stage);
    for name in ["demo", "prod"] {
        created(
            &stage,
            &admin,
            json!({ "Name": name, "KeyAlgorithm": "ES256" }),
        )
        .await;
    }
    let statement = |action: &str, more: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",{action},"Resource":"*"{more}}}]}}"#
        )
    };
    let own = r#""Action":"irsa:*""#;
    let not_iam = statement(r#""NotAction":"iam:*""#, "");
    let star = statement(r#""Action":"*""#, "");
    let denied = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"irsa:*","Resource":"*"},
        {"Effect":"Deny","Action":"*","Resource":"*"}]}"#
        .to_owned();
    let namespace = statement(
        own,
        r#","Condition":{"StringEquals":{"irsa:Namespace":"demo"}}"#,
    );
    let account = statement(
        own,
        r#","Condition":{"StringEquals":{"irsa:ServiceAccount":"app"}}"#,
    );
    let audience = statement(
        own,
        r#","Condition":{"ForAllValues:StringEquals":{"irsa:Audience":["sts.amazonaws.com"]}}"#,
    );
    let issuer = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"irsa:CreateToken","Resource":"arn:aws:irsa:{REGION}:{ACCOUNT}:issuer/demo"}}]}}"#
    );
    let all = json!({});
    for (policy, more, allowed) in [
        (&not_iam, &all, false),
        (&star, &all, false),
        (&denied, &all, false),
        (&namespace, &all, true),
        (&namespace, &json!({ "Namespace": "kube-system" }), false),
        (&account, &all, true),
        (&account, &json!({ "ServiceAccount": "other" }), false),
        (&audience, &all, true),
        (
            &audience,
            &json!({ "Audiences": ["sts.amazonaws.com"] }),
            true,
        ),
        (
            &audience,
            &json!({ "Audiences": ["sts.amazonaws.com", "vault"] }),
            false,
        ),
        (&issuer, &all, true),
        (&issuer, &json!({ "Issuer": "prod" }), false),
        (&issuer, &json!({ "Issuer": "nobody" }), false),
    ] {
        let user = stage.user("minter", policy);
        let mut input = json!({ "Issuer": "demo", "Namespace": "demo", "ServiceAccount": "app" });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        let answer = stage.json(&user, "irsa.CreateToken", input).await;
        let code = answer.code();
        let expected = if allowed {
            None
        } else {
            Some("AccessDeniedException")
        };
        assert_eq!(
            code.as_deref(),
            expected,
            "{policy} {more}: {}",
            answer.text
        );
    }
}

/// Attack A1: a URL outside this server is the installation's to give.
#[tokio::test]
async fn foreign_urls_are_claimed_by_the_management_account_only() {
    let stage = stage().await;
    let admin = admin(&stage);
    let url = "https://oidc.example/cluster";
    let input = |name: &str| json!({ "Name": name, "Url": url, "KeyAlgorithm": "ES256" });

    let tenant = stage.user_of(OTHER, "eve", ADMIN);
    let answer = stage
        .json(&tenant, "irsa.CreateIssuer", input("stolen"))
        .await;
    assert_eq!(
        answer.code().as_deref(),
        Some("AccessDeniedException"),
        "{}",
        answer.text
    );
    let only_create = stage.user(
        "dev",
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"irsa:CreateIssuer","Resource":"*"}}"#,
    );
    let answer = stage
        .json(&only_create, "irsa.CreateIssuer", input("stolen"))
        .await;
    assert_eq!(
        answer.code().as_deref(),
        Some("AccessDeniedException"),
        "{}",
        answer.text
    );

    let issuer = created(&stage, &admin, input("mine")).await;
    assert_eq!(
        (&issuer["Url"], &issuer["Status"]),
        (&json!(url), &json!("PENDING"))
    );
    let answer = stage
        .json(&admin, "irsa.CreateIssuer", input("again"))
        .await;
    assert_eq!(
        answer.code().as_deref(),
        Some("IssuerAlreadyExistsException"),
        "taken once"
    );
    let token = json!({ "Issuer": "mine", "Namespace": "demo", "ServiceAccount": "app" });
    let answer = stage.json(&admin, "irsa.CreateToken", token).await;
    assert_eq!(
        answer.code().as_deref(),
        Some("ConflictException"),
        "{}",
        answer.text
    );
    assert!(
        local_keys(&stage, ACCOUNT, "oidc.example/cluster")
            .await
            .is_none(),
        "not active"
    );
}

/// Serves an issuer's documents elsewhere.
#[derive(Default)]
pub(super) struct Web(Mutex<HashMap<String, Vec<u8>>>);

impl Web {
    pub(super) fn serve(&self, url: &str, keys: &Json) {
        let discovery = jose::discovery_document(url, &jwks_uri(url), &[jose::Algorithm::ES256]);
        let mut pages = self.0.lock().unwrap();
        pages.insert(discovery_url(url), discovery.into_bytes());
        pages.insert(jwks_uri(url), keys.to_string().into_bytes());
    }
}

#[async_trait]
impl Fetch for Web {
    async fn fetch(&self, request: FetchRequest<'_>) -> Result<Fetched, FetchFault> {
        let body = self.0.lock().unwrap().get(request.url).cloned();
        let body = body.ok_or(FetchFault::Status(404))?;
        Ok(Fetched {
            body,
            max_age: None,
            trust: jose::Trust::Roots,
        })
    }
}

#[tokio::test]
async fn a_foreign_issuer_waits_for_its_key_at_its_url() {
    let stage = stage().await;
    let admin = admin(&stage);
    let url = "https://oidc.example/cluster";
    let input = json!({ "Name": "mine", "Url": url, "KeyAlgorithm": "ES256" });
    let issuer = created(&stage, &admin, input).await;
    created(
        &stage,
        &admin,
        json!({ "Name": "decoy", "KeyAlgorithm": "ES256" }),
    )
    .await;
    let (_, own, _) = document(&stage, "/id/mine/openid/v1/jwks").await.unwrap();
    let (_, mut other, _) = document(&stage, "/id/decoy/openid/v1/jwks").await.unwrap();
    let (_, discovery, _) = document(&stage, "/id/mine/.well-known/openid-configuration")
        .await
        .unwrap();
    assert_eq!(discovery["issuer"], url);
    assert_eq!(discovery["jwks_uri"], format!("{url}/openid/v1/jwks"));

    let web = Arc::new(Web::default());
    let pending = PendingIssuers::new(stage.server(), web.clone());
    assert_eq!(
        pending.round(stage.server()).await.unwrap(),
        0,
        "nothing is there"
    );
    other["keys"][0]["kid"] = issuer["KeyIds"][0].clone();
    for (keys, activated) in [(&other, 0), (&own, 1), (&own, 0)] {
        web.serve(url, keys);
        stage.clock.advance_millis(2 * 3_600_000);
        assert_eq!(
            pending.round(stage.server()).await.unwrap(),
            activated,
            "{keys}"
        );
        let got = stage
            .json(&admin, "irsa.GetIssuer", json!({ "Name": "mine" }))
            .await
            .json();
        let status = if keys == &own { "ACTIVE" } else { "PENDING" };
        assert_eq!(got["Issuer"]["Status"], status);
    }
    let token = json!({ "Issuer": "mine", "Namespace": "demo", "ServiceAccount": "app" });
    let answer = stage.json(&admin, "irsa.CreateToken", token).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(local_keys(&stage, ACCOUNT, url).await.is_some());
    assert!(local_keys(&stage, OTHER, url).await.is_none());
}

/// No key, no token in the trail.
#[tokio::test]
async fn the_trail_shows_neither_key_nor_token() {
    let stage = stage().await;
    let admin = admin(&stage);
    created(&stage, &admin, json!({ "Name": "demo" })).await;
    let token = json!({ "Issuer": "demo", "Namespace": "demo", "ServiceAccount": "app" });
    let token = stage.json(&admin, "irsa.CreateToken", token).await.json();
    let token = token["Token"].as_str().unwrap().to_owned();
    let trail = audit::Trail {
        account: ACCOUNT.parse().unwrap(),
        region: REGION.parse().unwrap(),
    };
    let page = audit::Index::default()
        .find(
            &*stage.server().store,
            stage.server().clock.now(),
            &[trail],
            &audit::LookUp::default(),
            10,
        )
        .await
        .unwrap();
    let text = page
        .entries
        .iter()
        .map(|it| it.record().to_json())
        .collect::<String>();
    assert_eq!(page.entries.len(), 2);
    assert!(
        text.contains("issuer/demo") && text.contains("system:serviceaccount:demo:app"),
        "{text}"
    );
    assert!(
        !text.contains(&token) && !text.contains("Token\":\"ey") && !text.contains("sealed"),
        "{text}"
    );
}

#[tokio::test]
async fn everybody_may_ask_where_he_is() {
    let stage = stage().await;
    let nobody = stage.user_of(OTHER, "eve", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#);
    let answer = stage
        .json(&nobody, "irsa.GetServerInfo", json!({}))
        .await
        .json();
    assert_eq!(answer["AccountId"], OTHER);
    assert_eq!(
        answer["CallerArn"],
        format!("arn:aws:iam::{OTHER}:user/eve")
    );
    assert_eq!(
        (&answer["Dev"], &answer["Region"]),
        (&json!(false), &json!(REGION))
    );
}

/// Attack A17: the private key is nowhere but sealed.
#[tokio::test]
async fn the_private_key_is_stored_sealed_only() {
    let stage = stage().await;
    let admin = admin(&stage);
    created(
        &stage,
        &admin,
        json!({ "Name": "demo", "KeyAlgorithm": "ES256" }),
    )
    .await;
    let (account, region) = (ACCOUNT.parse().unwrap(), REGION.parse().unwrap());
    let key = issuer_key(account, &region, "demo");
    let mut unit = stage.unit().await;
    let row: IssuerRow = unit.row(&key).await.unwrap().unwrap();
    let stored = unit.work().get(&key).await.unwrap().unwrap();
    let keys = SigningKeys::default();
    let seal = &stage.server().seal;
    let now = stage.server().clock.now();
    let signing = keys.of(seal, account, &region, &row, now).unwrap();
    let der = signing.to_pkcs8().unwrap();
    let stored = String::from_utf8_lossy(&stored).into_owned();
    let (_, published, _) = document(&stage, "/id/demo/openid/v1/jwks").await.unwrap();
    // The private scalar of a P-256 key in PKCS #8 (RFC 5915) stands at these 32 bytes.
    let scalar = &der.expose()[36..68];
    for canary in [
        STANDARD.encode(der.expose()),
        URL_SAFE_NO_PAD.encode(scalar),
    ] {
        assert!(!stored.contains(&canary) && !published.to_string().contains(&canary));
    }
    assert_eq!(published["keys"][0].get("d"), None);

    let mut moved = row.clone();
    moved.id = "0".repeat(32);
    assert!(
        SigningKeys::default()
            .of(seal, account, &region, &moved, now)
            .is_err(),
        "bound to its issuer"
    );
    let other = OTHER.parse().unwrap();
    assert!(
        SigningKeys::default()
            .of(seal, other, &region, &row, now)
            .is_err(),
        "bound to its account"
    );
}

#[tokio::test]
async fn the_oldest_signing_key_is_told() {
    let stage = stage().await;
    let admin = admin(&stage);
    let oldest = async || {
        let server = stage.server();
        IssuerDocuments.oldest_signing_key(server).await.unwrap()
    };
    assert_eq!(oldest().await, None);
    let mut made = Vec::new();
    for name in ["first", "second"] {
        made.push(stage.clock.now());
        created(&stage, &admin, json!({ "Name": name })).await;
        stage.clock.advance_millis(60_000);
    }
    for (name, since) in ["first", "second"].into_iter().zip(made) {
        assert_eq!(oldest().await, Some(since));
        let deleted = stage
            .json(&admin, "irsa.DeleteIssuer", json!({ "Name": name }))
            .await;
        assert_eq!(deleted.status, 200, "{}", deleted.text);
    }
    assert_eq!(oldest().await, None);
}
