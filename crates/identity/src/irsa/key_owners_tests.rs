//! No two issuers share keys (THREATS R28), over the wire.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jose::{PublicKey, SigningKey};
use serde_json::{Value as Json, json};
use sigv4::Credentials;
use store::{Durability, StoreFault};

use super::issuers::{issuer, put_issuer};
use super::publish_keys_tests::{A, B, World, entry, key, set};
use super::tests::{ADMIN, OTHER, created, document};
use engine::testing::{ACCOUNT, REGION, Response};

/// The world's issuer `demo`, and one of another account and one of the same whose keys are their
/// signers', too.
struct Neighbours {
    world: World,
    eve: Credentials,
}

impl Neighbours {
    async fn new() -> Self {
        let world = World::new().await;
        let eve = world.stage.user_of(OTHER, "eve", ADMIN);
        for (by, name) in [(&eve, "theirs"), (&world.admin, "second")] {
            let input = json!({ "Name": name, "KeyHolder": "SIGNERS" });
            created(&world.stage, by, input).await;
        }
        Self { world, eve }
    }

    fn by(&self, name: &str) -> &Credentials {
        match name {
            "theirs" => &self.eve,
            _ => &self.world.admin,
        }
    }

    async fn publish(&self, name: &str, signer: &str, keys: &[Json]) -> Response {
        let mut input = set(signer, keys);
        input["Name"] = json!(name);
        input["Url"] = json!(format!("http://127.0.0.1:4566/id/{name}"));
        let stage = &self.world.stage;
        stage.json(self.by(name), "irsa.PublishKeys", input).await
    }

    async fn published(&self, name: &str) -> usize {
        let path = format!("/id/{name}/openid/v1/jwks");
        let (_, keys, _) = document(&self.world.stage, &path).await.unwrap();
        keys["keys"].as_array().unwrap().len()
    }

    /// Refused, with nothing of the set taken and nothing told of whose the key is.
    async fn refused(&self, name: &str, keys: &[Json], shared: &str) {
        let before = self.published(name).await;
        let answer = self.publish(name, A, keys).await;
        assert_eq!(answer.status, 400, "{name}: {}", answer.text);
        assert_eq!(answer.code().as_deref(), Some("ConflictException"));
        let text = answer.json()["message"].as_str().unwrap().to_owned();
        let start = format!("The key {shared} belongs to another issuer");
        assert!(text.starts_with(&start), "{text}");
        for secret in [ACCOUNT, OTHER, "demo", "arn:", B] {
            assert!(!text.contains(secret), "{text}");
        }
        assert_eq!(self.published(name).await, before);
    }
}

#[tokio::test]
async fn a_key_of_another_issuer_is_refused_and_says_not_whose_it_is() {
    let all = Neighbours::new().await;
    let (shared, own) = (key(), key());
    all.world
        .publish(set(B, &[entry(&shared, "SIGNING")]))
        .await;
    for name in ["theirs", "second"] {
        for keys in [
            vec![entry(&shared, "SIGNING")],
            vec![entry(&own, "SIGNING"), entry(&shared, "NEW")],
            vec![entry(&own, "SIGNING"), entry(&shared, "VERIFY_ONLY")],
        ] {
            all.refused(name, &keys, shared.kid()).await;
        }
    }
    // What a refused set named is still free.
    let answer = all.publish("theirs", A, &[entry(&own, "SIGNING")]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    all.refused("second", &[entry(&own, "SIGNING")], own.kid())
        .await;
}

#[tokio::test]
async fn an_issuers_own_key_may_be_said_again_and_by_its_other_signers() {
    let world = World::new().await;
    let (one, two, file) = (key(), key(), key());
    let first = set(A, &[entry(&one, "SIGNING"), entry(&file, "VERIFY_ONLY")]);
    world.publish(first.clone()).await;
    let second = set(B, &[entry(&two, "SIGNING"), entry(&file, "VERIFY_ONLY")]);
    world.publish(second).await;
    for _ in 0..2 {
        world.pass(60);
        world.publish(first.clone()).await;
    }
    assert_eq!(world.jwks().await, [one.kid(), file.kid(), two.kid()]);
}

#[tokio::test]
async fn a_key_of_the_server_is_nobody_elses() {
    let all = Neighbours::new().await;
    let stage = &all.world.stage;
    let input = json!({ "Name": "own", "KeyAlgorithm": "ES256" });
    created(stage, &all.world.admin, input).await;
    let rotate = json!({ "Name": "own" });
    let rotated = stage.json(&all.world.admin, "irsa.RotateIssuer", rotate);
    assert_eq!(rotated.await.status, 200);
    let (_, keys, _) = document(stage, "/id/own/openid/v1/jwks").await.unwrap();
    let keys = keys["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for jwk in keys {
        let key = PublicKey::from_jwk(jwk).unwrap();
        let copy = json!({ "PublicKey": STANDARD.encode(key.der()), "State": "SIGNING" });
        all.refused("theirs", &[copy], key.kid()).await;
    }
}

#[tokio::test]
async fn a_key_is_free_once_its_issuer_has_it_no_more() {
    for ending in ["ForgetSigner", "DeleteIssuer"] {
        let all = Neighbours::new().await;
        let (moving, other) = (key(), key());
        let keys = [entry(&moving, "SIGNING")];
        all.world.publish(set(A, &keys)).await;
        all.world
            .publish(set(
                B,
                &[entry(&other, "SIGNING"), entry(&moving, "VERIFY_ONLY")],
            ))
            .await;
        let forget = |signer: &str| json!({ "Name": "demo", "Signer": signer, "AtOnce": true });
        if ending == "ForgetSigner" {
            assert_eq!(all.world.call(ending, forget(A)).await.status, 200);
            all.refused("theirs", &keys, moving.kid()).await;
            assert_eq!(all.world.call(ending, forget(B)).await.status, 200);
        } else {
            let input = json!({ "Name": "demo" });
            assert_eq!(all.world.call(ending, input).await.status, 200);
        }
        let answer = all.publish("theirs", A, &keys).await;
        assert_eq!(answer.status, 200, "{ending}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_withdrawn_key_is_free_too() {
    let all = Neighbours::new().await;
    let (old, new) = (key(), key());
    all.world.publish(set(A, &[entry(&old, "SIGNING")])).await;
    let mut without = set(A, &[entry(&new, "SIGNING")]);
    without["Withdrawn"] = json!([{ "KeyId": old.kid() }]);
    all.world.publish(without).await;
    let answer = all.publish("second", A, &[entry(&old, "SIGNING")]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    all.refused("theirs", &[entry(&new, "SIGNING")], new.kid())
        .await;
}

#[tokio::test]
async fn a_key_that_the_server_signs_with_no_more_is_free_too() {
    let all = Neighbours::new().await;
    let (stage, admin) = (&all.world.stage, &all.world.admin);
    let own = json!({ "Name": "own" });
    created(
        stage,
        admin,
        json!({ "Name": "own", "KeyAlgorithm": "ES256" }),
    )
    .await;
    let (_, keys, _) = document(stage, "/id/own/openid/v1/jwks").await.unwrap();
    let old = PublicKey::from_jwk(&keys["keys"][0]).unwrap();
    let rotated = stage.json(admin, "irsa.RotateIssuer", own).await;
    assert_eq!(rotated.status, 200);
    let copy = json!({ "PublicKey": STANDARD.encode(old.der()), "State": "SIGNING" });
    all.refused("second", std::slice::from_ref(&copy), old.kid())
        .await;
    all.world.pass(30 * 86_400);
    let token = json!({ "Issuer": "own", "Namespace": "demo", "ServiceAccount": "app" });
    let token = stage.json(admin, "irsa.CreateToken", token).await;
    assert_eq!(token.status, 200, "{}", token.text);
    assert_eq!(all.published("own").await, 1);
    let answer = all.publish("second", A, &[copy]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn of_two_issuers_that_publish_a_key_at_once_one_has_it() {
    let all = Neighbours::new().await;
    let keys = [entry(&key(), "SIGNING")];
    let (one, two) = tokio::join!(
        all.publish("theirs", A, &keys),
        all.publish("second", A, &keys)
    );
    let mut ends = [one.code(), two.code()];
    ends.sort();
    assert_eq!(ends, [None, Some("ConflictException".to_owned())]);
    let published = (all.published("theirs").await, all.published("second").await);
    assert!(matches!(published, (0, 1) | (1, 0)), "{published:?}");
}

/// Both looked before either wrote.
#[tokio::test]
async fn a_taken_key_conflicts_at_the_commit() {
    let all = Neighbours::new().await;
    let stage = &all.world.stage;
    let shared = key();
    let region = REGION.parse().unwrap();
    let mut units = Vec::new();
    for (account, name) in [(OTHER, "theirs"), (ACCOUNT, "second")] {
        let mut unit = stage.unit().await;
        let account = account.parse().unwrap();
        let before = issuer(&mut unit.view(), account, &region, name).await;
        let before = before.unwrap().unwrap();
        let mut after = before.clone();
        after
            .signers
            .push(signer(&shared, stage.server().clock.now()));
        put_issuer(account, &region, Some(&before), &after, &mut unit)
            .await
            .unwrap();
        units.push(unit);
    }
    let mut ends = Vec::new();
    for unit in units {
        let store = &stage.server().store;
        ends.push(store.commit(unit.into_work(), Durability::Disk).await);
    }
    assert!(
        matches!(ends.as_slice(), [Ok(_), Err(StoreFault::Conflict)]),
        "{ends:?}"
    );
}

fn signer(key: &SigningKey, now: base::Timestamp) -> super::issuers::SignerRow {
    let key = super::issuers::SignerKey {
        kid: key.kid().to_owned(),
        public_jwk: key.public_jwk(),
        state: super::issuers::KeyState::Signing,
        since: now,
        next_state_at: None,
        signed_until: None,
    };
    super::issuers::SignerRow {
        id: A.to_owned(),
        keys: vec![key],
        max_token_life_secs: 86_400,
        first_seen_at: now,
        last_seen_at: now,
        rotation_requested_at: None,
    }
}
