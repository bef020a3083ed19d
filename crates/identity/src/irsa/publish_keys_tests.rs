//! Keys of signers, and rotations, over the wire and by the clock.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use engine::testing::{ACCOUNT, REGION, Response, Stage};
use jose::{Algorithm, SigningKey, Token};
use serde_json::{Value as Json, json};
use sigv4::Credentials;

use super::issuers::PendingIssuers;
use super::tests::{Web, admin, created, document, local_keys, stage};

const URL: &str = "http://127.0.0.1:4566/id/demo";
pub(super) const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(super) const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

pub(super) fn key() -> SigningKey {
    SigningKey::generate(Algorithm::ES256).unwrap()
}

fn der(key: &SigningKey) -> String {
    STANDARD.encode(key.public_der().unwrap())
}

pub(super) fn entry(key: &SigningKey, state: &str) -> Json {
    json!({ "PublicKey": der(key), "State": state })
}

pub(super) fn set(signer: &str, keys: &[Json]) -> Json {
    json!({ "Name": "demo", "Url": URL, "Signer": signer, "MaxTokenLifeSeconds": DAY, "Keys": keys })
}

fn withdrawing(mut set: Json, key: &SigningKey, until: i64) -> Json {
    set["Withdrawn"] = json!([{ "KeyId": key.kid(), "SignedUntil": until }]);
    set
}

/// A server with one issuer whose keys are its signers'.
pub(super) struct World {
    pub(super) stage: Stage,
    pub(super) admin: Credentials,
}

impl World {
    pub(super) async fn new() -> Self {
        let stage = stage().await;
        let admin = admin(&stage);
        let issuer = created(
            &stage,
            &admin,
            json!({ "Name": "demo", "KeyHolder": "SIGNERS" }),
        )
        .await;
        assert_eq!(
            (&issuer["KeyHolder"], &issuer["Keys"]),
            (&json!("SIGNERS"), &json!([]))
        );
        Self { stage, admin }
    }

    pub(super) async fn call(&self, operation: &str, input: Json) -> Response {
        let operation = format!("irsa.{operation}");
        self.stage.json(&self.admin, &operation, input).await
    }

    pub(super) async fn publish(&self, set: Json) -> Json {
        let answer = self.call("PublishKeys", set).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// The code and text of a set that is refused.
    async fn refused(&self, set: Json) -> (String, String) {
        let answer = self.call("PublishKeys", set).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        let text = answer.json()["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        (answer.code().unwrap(), text)
    }

    async fn issuer(&self) -> Json {
        let answer = self.call("GetIssuer", json!({ "Name": "demo" })).await;
        answer.json()["Issuer"].clone()
    }

    async fn states(&self) -> Vec<(String, String)> {
        let issuer = self.issuer().await;
        let keys = issuer["Keys"].as_array().unwrap().iter();
        let text = |key: &Json, name: &str| key[name].as_str().unwrap().to_owned();
        keys.map(|key| (text(key, "KeyId"), text(key, "State")))
            .collect()
    }

    /// The names of the published keys.
    pub(super) async fn jwks(&self) -> Vec<String> {
        let (_, keys, _) = document(&self.stage, "/id/demo/openid/v1/jwks")
            .await
            .unwrap();
        let keys = keys["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn verifies(&self, key: &SigningKey) -> bool {
        let now = self.stage.server().clock.now();
        let (iat, exp) = (now.as_second(), now.as_second() + 600);
        let claims = json!({ "iss": URL, "sub": "system:serviceaccount:a:b", "aud": ["x"], "iat": iat, "exp": exp });
        let token = key.sign(&claims).unwrap();
        let token = Token::parse(&token).unwrap();
        let keys = local_keys(&self.stage, ACCOUNT, URL).await.unwrap();
        jose::verify(&token, &keys, now).is_ok()
    }

    fn now(&self) -> i64 {
        self.stage.server().clock.now().as_second()
    }

    pub(super) fn pass(&self, secs: i64) {
        self.stage.clock.advance_millis(secs * 1_000);
    }
}

#[tokio::test]
async fn the_keys_of_all_signers_are_published_and_verify_at_once() {
    let world = World::new().await;
    assert_eq!(world.jwks().await, Vec::<String>::new());
    let (one, two) = (key(), SigningKey::generate(Algorithm::RS256).unwrap());
    assert!(!world.verifies(&one).await);
    let answer = world.publish(set(A, &[entry(&one, "NEW")])).await;
    assert_eq!(
        answer,
        json!({ "OtherKeys": [], "RotationRequested": false })
    );
    assert!(world.verifies(&one).await && !world.verifies(&two).await);

    let answer = world.publish(set(B, &[entry(&two, "NEW")])).await;
    assert_eq!(answer["OtherKeys"], json!([der(&one)]));
    assert!(world.verifies(&one).await && world.verifies(&two).await);
    let (_, keys, _) = document(&world.stage, "/id/demo/openid/v1/jwks")
        .await
        .unwrap();
    assert_eq!(
        keys,
        json!({ "keys": [one.public_jwk(), two.public_jwk()] })
    );
    let (_, discovery, _) = document(&world.stage, "/id/demo/.well-known/openid-configuration")
        .await
        .unwrap();
    assert_eq!(
        discovery["id_token_signing_alg_values_supported"],
        json!(["ES256", "RS256"])
    );
    let answer = world.publish(set(A, &[entry(&one, "SIGNING")])).await;
    assert_eq!(
        answer["OtherKeys"],
        json!([der(&two)]),
        "each API server knows the others' keys"
    );
    let issuer = world.issuer().await;
    let signers = issuer["Signers"].as_array().unwrap().iter();
    let ids: Vec<_> = signers.map(|signer| signer["Signer"].clone()).collect();
    assert_eq!(ids, [A, B]);
    assert_eq!(issuer["Keys"][0]["Signer"], A);
    assert_eq!(issuer["KeyIds"], json!([one.kid(), two.kid()]));
}

#[tokio::test]
async fn a_key_that_is_still_used_is_not_dropped() {
    let world = World::new().await;
    let (old, new) = (key(), key());
    let signing = set(A, &[entry(&old, "SIGNING")]);
    world.publish(signing).await;
    let until = world.now() + DAY;
    let only_new = || set(A, &[entry(&new, "SIGNING")]);
    let (code, text) = world.refused(only_new()).await;
    assert_eq!(code, "ConflictException");
    assert!(
        text.contains(old.kid()) && text.contains("tokens may live"),
        "{text}"
    );

    let mut both = set(A, &[entry(&new, "SIGNING"), entry(&old, "RETIRING")]);
    both["Keys"][1]["SignedUntil"] = json!(until);
    world.publish(both).await;
    // Neither its own word nor what it said before lets a key go early.
    for told in [until, world.now()] {
        let (code, text) = world.refused(withdrawing(only_new(), &old, told)).await;
        assert_eq!(code, "ConflictException");
        assert!(text.contains("cannot be withdrawn before"), "{text}");
    }
    assert!(
        world.verifies(&old).await,
        "nothing of a refused set is taken"
    );
    world.pass(DAY);
    let (code, _) = world.refused(only_new()).await;
    assert_eq!(
        code, "ConflictException",
        "it is withdrawn by name or not at all"
    );
    let (code, _) = world
        .refused(withdrawing(only_new(), &old, until + 1))
        .await;
    assert_eq!(code, "ConflictException");
    world.publish(withdrawing(only_new(), &old, until)).await;
    assert_eq!(world.jwks().await, [new.kid()]);
    assert!(!world.verifies(&old).await);
    // The answer was lost: the signer says it again.
    world.publish(withdrawing(only_new(), &old, until)).await;
}

#[tokio::test]
async fn a_key_that_only_verifies_stays_for_a_tokens_life() {
    let world = World::new().await;
    let (file, one, two) = (key(), key(), key());
    world
        .publish(set(
            A,
            &[entry(&one, "SIGNING"), entry(&file, "VERIFY_ONLY")],
        ))
        .await;
    world
        .publish(set(
            B,
            &[entry(&two, "SIGNING"), entry(&file, "VERIFY_ONLY")],
        ))
        .await;
    let kids: Vec<_> = [&one, &file, &two].map(|key| key.kid().to_owned()).into();
    assert_eq!(world.jwks().await, kids, "each key once");
    let without = || set(A, &[entry(&one, "SIGNING")]);
    assert_eq!(world.refused(without()).await.0, "ConflictException");
    world.pass(DAY + 300);
    world.publish(without()).await;
    assert!(
        world.verifies(&file).await,
        "the other signer still names it"
    );
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table")]
async fn sets_that_make_no_sense_are_refused_in_words() {
    let world = World::new().await;
    let (own, others) = (key(), key());
    world.publish(set(B, &[entry(&others, "SIGNING")])).await;
    world.publish(set(A, &[entry(&own, "SIGNING")])).await;
    let with = |name: &str, value: Json| {
        let mut set = set(A, &[entry(&own, "SIGNING")]);
        set[name] = value;
        set
    };
    let raw = |bytes: &[u8]| json!([{ "PublicKey": STANDARD.encode(bytes), "State": "NEW" }]);
    let own_der = own.public_der().unwrap();
    let many: Vec<_> = (0..21).map(|_| entry(&own, "NEW")).collect();
    for (set, code, text) in [
        (
            with(
                "Keys",
                json!([entry(&own, "SIGNING"), entry(&others, "SIGNING")]),
            ),
            "ConflictException",
            "must not be copied",
        ),
        (
            with("Keys", json!([entry(&own, "SIGNING"), entry(&own, "NEW")])),
            "ValidationException",
            "stands twice",
        ),
        (
            withdrawing(with("Signer", json!(A)), &own, 0),
            "ValidationException",
            "stands twice",
        ),
        (
            with("Keys", json!([entry(&own, "VERIFY_ONLY")])),
            "ValidationException",
            "signer's own",
        ),
        (with("Keys", json!([])), "ValidationException", ""),
        (with("Keys", json!(many)), "ValidationException", ""),
        (
            with("Keys", raw(b"no key")),
            "ValidationException",
            "key 1 is unusable",
        ),
        (
            with("Keys", raw(&own_der[..own_der.len() - 1])),
            "ValidationException",
            "key 1 is unusable",
        ),
        (
            with("Keys", raw(own.to_pkcs8().unwrap().expose())),
            "ValidationException",
            "key 1 is unusable",
        ),
        (
            with(
                "Keys",
                json!([{ "PublicKey": der(&own), "State": "SLEEPING" }]),
            ),
            "ValidationException",
            "",
        ),
        (
            with("Url", json!("https://other.example")),
            "ValidationException",
            URL,
        ),
        (with("Signer", json!("A")), "ValidationException", ""),
        (
            with("MaxTokenLifeSeconds", json!(599)),
            "ValidationException",
            "",
        ),
        (
            with("Name", json!("none")),
            "IssuerNotFoundException",
            "none",
        ),
    ] {
        let (found, said) = world.refused(set.clone()).await;
        assert_eq!(found, code, "{set}: {said}");
        assert!(said.contains(text), "{said}");
    }
    assert_eq!(world.jwks().await, [others.kid(), own.kid()]);
}

#[tokio::test]
async fn signers_and_keys_are_counted() {
    let world = World::new().await;
    let mut last = String::new();
    for number in 0..16 {
        last = format!("{number:032x}");
        world.publish(set(&last, &[entry(&key(), "SIGNING")])).await;
    }
    let (code, text) = world.refused(set(A, &[entry(&key(), "SIGNING")])).await;
    assert_eq!(code, "LimitExceededException");
    assert!(text.contains("16 signers"), "{text}");
    // A host is gone for good.
    let forget = |at_once: bool| json!({ "Name": "demo", "Signer": last, "AtOnce": at_once });
    let early = world.call("ForgetSigner", forget(false)).await;
    assert_eq!(early.code().unwrap(), "ConflictException", "{}", early.text);
    assert_eq!(world.call("ForgetSigner", forget(true)).await.status, 200);
    let again = world.call("ForgetSigner", forget(true)).await;
    assert_eq!(again.code().unwrap(), "SignerNotFoundException");
    assert_eq!(world.jwks().await.len(), 15);
    world.publish(set(A, &[entry(&key(), "SIGNING")])).await;
    world.pass(DAY + 300);
    let forget = json!({ "Name": "demo", "Signer": A });
    assert_eq!(world.call("ForgetSigner", forget).await.status, 200);
}

#[tokio::test]
async fn an_issuer_has_as_many_keys_as_verifiers_take() {
    let world = World::new().await;
    for number in 0..6 {
        let mut keys: Vec<_> = (1..20).map(|_| entry(&key(), "RETIRING")).collect();
        keys.push(entry(&key(), "SIGNING"));
        let crowd = set(&format!("{number:032x}"), &keys);
        if number < 5 {
            world.publish(crowd).await;
        } else {
            assert_eq!(world.refused(crowd).await.0, "LimitExceededException");
        }
    }
    assert_eq!(world.jwks().await.len(), 100);
}

#[tokio::test]
async fn who_publishes_is_allowed_to_for_that_issuer() {
    let world = World::new().await;
    let policy = |resource: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"irsa:PublishKeys","Resource":"arn:aws:irsa:{REGION}:{ACCOUNT}:issuer/{resource}"}}]}}"#
        )
    };
    let keys = [entry(&key(), "SIGNING")];
    for (name, resource, allowed) in [("good", "demo", true), ("bad", "other", false)] {
        let user = world.stage.user(name, &policy(resource));
        for operation in ["PublishKeys", "RotateIssuer", "ForgetSigner"] {
            let input = match operation {
                "PublishKeys" => set(A, &keys),
                "RotateIssuer" => json!({ "Name": "demo" }),
                _ => json!({ "Name": "demo", "Signer": A }),
            };
            let answer = world
                .stage
                .json(&user, &format!("irsa.{operation}"), input)
                .await;
            let expected = allowed && operation == "PublishKeys";
            let denied = answer.code().as_deref() == Some("AccessDeniedException");
            assert_eq!(!denied, expected, "{name} {operation}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn each_kind_of_issuer_has_its_own_holder_of_keys() {
    let world = World::new().await;
    let token = json!({ "Issuer": "demo", "Namespace": "a", "ServiceAccount": "b" });
    let answer = world.call("CreateToken", token).await;
    assert_eq!(answer.code().unwrap(), "ConflictException");
    assert!(answer.text.contains("signers'"), "{}", answer.text);
    let asked = world.call("RotateIssuer", json!({ "Name": "demo" })).await;
    assert_eq!(asked.code().unwrap(), "ConflictException", "no signer yet");

    created(&world.stage, &world.admin, json!({ "Name": "own" })).await;
    let mut keys = set(A, &[entry(&key(), "NEW")]);
    keys["Name"] = json!("own");
    keys["Url"] = json!("http://127.0.0.1:4566/id/own");
    let (code, text) = world.refused(keys).await;
    assert_eq!(code, "ConflictException");
    assert!(text.contains("--key-holder signers"), "{text}");
}

#[tokio::test]
async fn signers_hear_of_a_rotation_when_they_publish() {
    let world = World::new().await;
    let (old, new) = (key(), key());
    let before = set(A, &[entry(&old, "SIGNING")]);
    world.publish(before.clone()).await;
    let rotate = || world.call("RotateIssuer", json!({ "Name": "demo" }));
    let issuer = rotate().await.json()["Issuer"].clone();
    let asked = issuer["Signers"][0]["RotationRequestedAt"].clone();
    assert!(asked.is_number(), "{issuer}");
    world.pass(60);
    assert_eq!(
        rotate().await.json()["Issuer"]["Signers"][0]["RotationRequestedAt"],
        asked
    );
    assert_eq!(
        world.publish(before.clone()).await["RotationRequested"],
        true
    );
    let both = set(A, &[entry(&new, "NEW"), entry(&old, "SIGNING")]);
    assert_eq!(
        world.publish(both.clone()).await["RotationRequested"],
        false
    );
    rotate().await;
    assert_eq!(
        world.publish(both).await["RotationRequested"],
        false,
        "it joins the one under way"
    );
    let states = [
        (new.kid().to_owned(), "NEW".to_owned()),
        (old.kid().to_owned(), "SIGNING".to_owned()),
    ];
    assert_eq!(world.states().await, states);
}

#[tokio::test]
async fn a_heartbeat_is_written_once_a_minute() {
    let world = World::new().await;
    let own = key();
    let beat = set(A, &[entry(&own, "SIGNING")]);
    world.publish(beat.clone()).await;
    let seen = world.issuer().await["Signers"][0]["LastSeenAt"].clone();
    world.pass(59);
    world.publish(beat.clone()).await;
    assert_eq!(world.issuer().await["Signers"][0]["LastSeenAt"], seen);
    world.pass(1);
    world.publish(beat).await;
    assert_ne!(world.issuer().await["Signers"][0]["LastSeenAt"], seen);
    assert_eq!(world.issuer().await["Keys"][0]["Since"], seen);
}

#[tokio::test]
async fn a_foreign_issuer_is_active_once_its_url_shows_what_signs() {
    let world = World::new().await;
    let url = "https://oidc.example/cluster";
    let input = json!({ "Name": "mine", "Url": url, "KeyHolder": "SIGNERS" });
    created(&world.stage, &world.admin, input).await;
    let own = key();
    let mut keys = set(A, &[entry(&own, "SIGNING")]);
    keys["Name"] = json!("mine");
    keys["Url"] = json!(url);
    world.publish(keys).await;
    let web = Arc::new(Web::default());
    let pending = PendingIssuers::new(world.stage.server(), web.clone());
    for (shown, activated) in [(key(), 0), (own, 1)] {
        web.serve(url, &json!({ "keys": [shown.public_jwk()] }));
        world.pass(2 * HOUR);
        assert_eq!(
            pending.round(world.stage.server()).await.unwrap(),
            activated
        );
    }
    assert!(local_keys(&world.stage, ACCOUNT, url).await.is_some());
}

/// The kid that signs, by a token that the server makes.
async fn signing_kid(stage: &Stage, admin: &Credentials, secs: i64) -> String {
    let input = json!({ "Issuer": "own", "Namespace": "a", "ServiceAccount": "b", "DurationSeconds": secs });
    let answer = stage.json(admin, "irsa.CreateToken", input).await.json();
    let header = answer["Token"].as_str().unwrap().split('.').next().unwrap();
    let header: Json = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_servers_own_keys_take_the_safe_order() {
    let stage = stage().await;
    let admin = admin(&stage);
    let first = created(
        &stage,
        &admin,
        json!({ "Name": "own", "KeyAlgorithm": "ES256" }),
    )
    .await;
    let old = first["KeyIds"][0].as_str().unwrap().to_owned();
    let pass = |secs: i64| stage.clock.advance_millis(secs * 1_000);
    let rotate = || stage.json(&admin, "irsa.RotateIssuer", json!({ "Name": "own" }));
    let states = |issuer: &Json| -> Vec<(String, String)> {
        let keys = issuer["Keys"].as_array().unwrap().iter();
        let text = |key: &Json, name: &str| key[name].as_str().unwrap().to_owned();
        keys.map(|key| (text(key, "KeyId"), text(key, "State")))
            .collect()
    };
    let get = || async {
        let answer = stage
            .json(&admin, "irsa.GetIssuer", json!({ "Name": "own" }))
            .await;
        answer.json()["Issuer"].clone()
    };
    assert_eq!(signing_kid(&stage, &admin, 2 * HOUR).await, old);

    let issuer = rotate().await.json()["Issuer"].clone();
    let new = issuer["KeyIds"][0].as_str().unwrap().to_owned();
    assert_eq!(
        states(&issuer),
        [
            (new.clone(), "PUBLISHED".to_owned()),
            (old.clone(), "SIGNING".to_owned())
        ]
    );
    assert_eq!(
        rotate().await.json()["Issuer"]["KeyIds"][0],
        new,
        "it is joined, not begun again"
    );
    pass(HOUR + 299);
    assert_eq!(signing_kid(&stage, &admin, 2 * HOUR).await, old);
    pass(1);
    assert_eq!(signing_kid(&stage, &admin, 2 * HOUR).await, new);
    let issuer = get().await;
    assert_eq!(
        states(&issuer),
        [
            (new.clone(), "SIGNING".to_owned()),
            (old.clone(), "RETIRING".to_owned())
        ]
    );

    // The old key's last token was made a second before it retired, for two hours; what is noted is
    // up to an hour more.
    pass(2 * HOUR - 1);
    assert_eq!(get().await["KeyIds"], json!([new, old]));
    pass(HOUR + 300);
    let issuer = get().await;
    assert_eq!(states(&issuer), [(new.clone(), "SIGNING".to_owned())]);
    let (_, keys, _) = document(&stage, "/id/own/openid/v1/jwks").await.unwrap();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_at_a_foreign_url_signs_only_after_it_was_found_there() {
    let stage = stage().await;
    let admin = admin(&stage);
    let url = "https://oidc.example/own";
    let input = json!({ "Name": "own", "Url": url, "KeyAlgorithm": "ES256" });
    let first = created(&stage, &admin, input).await;
    let old = first["KeyIds"][0].as_str().unwrap().to_owned();
    let rotate = || stage.json(&admin, "irsa.RotateIssuer", json!({ "Name": "own" }));
    assert_eq!(
        rotate().await.code().unwrap(),
        "ConflictException",
        "it is pending"
    );
    let web = Arc::new(Web::default());
    let pending = PendingIssuers::new(stage.server(), web.clone());
    let show = || async {
        let (_, keys, _) = document(&stage, "/id/own/openid/v1/jwks").await.unwrap();
        web.serve(url, &keys);
        stage.clock.advance_millis(2 * HOUR * 1_000);
        pending.round(stage.server()).await.unwrap()
    };
    assert_eq!(show().await, 1);
    let issuer = rotate().await.json()["Issuer"].clone();
    assert_eq!(issuer["Keys"][0].get("NextStateAt"), None, "{issuer}");
    stage.clock.advance_millis(9 * DAY * 1_000);
    assert_eq!(signing_kid(&stage, &admin, 600).await, old);
    assert_eq!(show().await, 1);
    assert_eq!(signing_kid(&stage, &admin, 600).await, old);
    stage.clock.advance_millis((HOUR + 300) * 1_000);
    assert_ne!(signing_kid(&stage, &admin, 600).await, old);
}
