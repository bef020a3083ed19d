//! Attacks of THREATS §3 that belong to STS.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base::{AccessKeyId, IdKind, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::testing::Response;
use jose::{Algorithm, SigningKey};
use serde_json::json;
use sigv4::Credentials;

use super::sealing::claims;
use super::world::{ISSUER, World, check_refused, trust_accounts, trust_of};
use crate::sts::sealed_session::{Binding, SessionId, seal, secret};
use crate::sts::session_claims::SessionClaims;

const ACCOUNT: &str = "123456789012";

/// Signs any payload under any kid.
fn forge(key: &SigningKey, kid: &str, payload: &str) -> String {
    let header = json!({"alg": "ES256", "kid": kid}).to_string();
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let der = key.to_pkcs8().unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.expose()).unwrap();
    let signature = pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
}

/// A2: two sessions with one key id; the secret of one does not go with the token of the other.
#[tokio::test]
async fn colliding_key_ids_do_not_mix() {
    let world = World::new().await;
    let role = world
        .role(ACCOUNT, "app", &trust_of(ISSUER, ACCOUNT, "x"))
        .await;
    let server = world.stage.server();
    let key = server.ring.sealing(server.clock.now()).unwrap();
    let account = ACCOUNT.parse().unwrap();
    let id = AccessKeyId::draw(IdKind::SessionKey, account, &*world.stage.entropy);
    let binding = Binding {
        installation: server.seal.installation(),
        access_key_id: &id,
        account,
    };
    let open = |session: u8, name: &str| {
        let claims = SessionClaims {
            role_id: role.id.clone(),
            session_name: name.to_owned(),
            expires_at_secs: world.now() + 900,
            ..claims()
        };
        let session = SessionId([session; 16]);
        let token = seal(&key, session, binding, claims.pack(0).unwrap()).unwrap();
        (token, secret(&key, session, binding))
    };
    let ((token_1, secret_1), (token_2, secret_2)) = (open(1, "one"), open(2, "two"));
    let mix = |token: &str, secret: &Secret<String>| Credentials {
        access_key_id: id.to_string(),
        secret_access_key: secret.clone(),
        session_token: Some(Secret::new(token.to_owned())),
    };
    for (token, secret, who) in [
        (
            &token_1,
            &secret_1,
            "arn:aws:sts::123456789012:assumed-role/app/one",
        ),
        (
            &token_2,
            &secret_2,
            "arn:aws:sts::123456789012:assumed-role/app/two",
        ),
        (&token_1, &secret_2, "403 SignatureDoesNotMatch"),
        (&token_2, &secret_1, "403 SignatureDoesNotMatch"),
    ] {
        assert_eq!(world.who(&mix(token, secret)).await, who);
    }
}

/// A6: a second issuer signs with the first one's name and key id.
#[tokio::test]
async fn an_issuer_does_not_speak_for_another() {
    let world = World::new().await;
    let second = SigningKey::generate(Algorithm::ES256).unwrap();
    world
        .issuers
        .add("https://oidc.example/id/TWO", ACCOUNT, &second);
    world
        .provider(
            ACCOUNT,
            "https://oidc.example/id/TWO",
            &["sts.amazonaws.com"],
        )
        .await;
    let payload = world.claims(&json!({})).to_string();
    let answer = world
        .web(&forge(&second, world.key.kid(), &payload), &[])
        .await;
    check_refused(
        &answer,
        (400, "InvalidIdentityToken", ""),
        "signed by the second",
    );
}

/// A12: the last of duplicate members counts, however they are spelled, for trust and answer.
#[tokio::test]
async fn the_last_duplicate_counts() {
    let world = World::new().await;
    let claims = world.claims(&json!({"sub": null})).to_string();
    let with = |subjects: &str| {
        let payload = format!("{}{subjects}}}", claims.strip_suffix('}').unwrap());
        forge(&world.key, world.key.kid(), &payload)
    };
    let (app, other) = (
        "system:serviceaccount:demo:app",
        "system:serviceaccount:kube-system:x",
    );
    let last_app = with(&format!(r#","s\u0075b":"{other}","sub":"{app}""#));
    let answer = world.web(&last_app, &[]).await;
    assert_eq!(
        answer.xml("SubjectFromWebIdentityToken"),
        Some(app),
        "{}",
        answer.text
    );
    let last_other = with(&format!(r#","sub":"{app}","s\u0075b":"{other}""#));
    check_refused(
        &world.web(&last_other, &[]).await,
        (403, "AccessDenied", ""),
        "last is another",
    );

    let with_exp = |exp: &str| {
        let claims = world.claims(&json!({"exp": null})).to_string();
        let payload = format!(r#"{},"exp":{exp}}}"#, claims.strip_suffix('}').unwrap());
        forge(&world.key, world.key.kid(), &payload)
    };
    for exp in ["1e400", "\"1\"", "1.5", "-1", "null", "[]"] {
        let answer = world.web(&with_exp(exp), &[]).await;
        check_refused(&answer, (400, "InvalidIdentityToken", ""), exp);
    }
}

fn without_request_id(answer: &Response) -> (u16, String) {
    let id = answer.xml("RequestId").unwrap();
    (answer.status, answer.text.replace(id, ""))
}

/// A15: whether a role exists cannot be told from a refusal.
#[tokio::test]
async fn a_missing_role_looks_like_a_refusing_one() {
    let world = World::new().await;
    world
        .role(ACCOUNT, "aaaa", &trust_of(ISSUER, ACCOUNT, "somebody-else"))
        .await;
    world
        .role(
            ACCOUNT,
            "bbbb",
            &trust_accounts(&["000000000000"], &["sts:AssumeRole"]),
        )
        .await;
    let deny = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "sts:*"},
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"},
    ]});
    world.role(ACCOUNT, "cccc", &deny.to_string()).await;
    let token = world.token(&json!({}));
    let web = async |name: &str| {
        let role = format!("arn:aws:iam::123456789012:role/{name}");
        without_request_id(&world.web_to(&role, &token, &[]).await)
    };
    let missing = web("zzzz").await;
    assert_eq!(missing.0, 403);
    for name in ["aaaa", "bbbb", "cccc"] {
        assert_eq!(web(name).await, missing, "{name}");
    }
    let signed = async |name: &str| {
        let role = format!("arn:aws:iam::123456789012:role/{name}");
        let (status, text) = without_request_id(&world.assume(&world.admin, &role, &[]).await);
        (status, text.replace(name, "zzzz"))
    };
    let missing = signed("zzzz").await;
    assert_eq!(missing.0, 403);
    for name in ["aaaa", "bbbb", "cccc"] {
        assert_eq!(signed(name).await, missing, "{name}");
    }
}

/// A20: trust in an issuer is no trust in one whose name starts like it.
#[tokio::test]
async fn a_longer_issuer_is_another() {
    let world = World::new().await;
    let longer = format!("{ISSUER}D");
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    world.issuers.add(&longer, ACCOUNT, &key);
    world
        .provider(ACCOUNT, &longer, &["sts.amazonaws.com"])
        .await;
    let token = key.sign(&world.claims(&json!({"iss": longer}))).unwrap();
    let text = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    check_refused(
        &world.web(&token, &[]).await,
        (403, "AccessDenied", text),
        "longer",
    );
}

/// THREATS R38: `AWS: *` does not admit web identities.
#[tokio::test]
async fn anybody_in_iam_is_no_web_identity() {
    let world = World::new().await;
    for principal in [json!("*"), json!({"AWS": "*"})] {
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRoleWithWebIdentity",
        }]});
        world.role(ACCOUNT, "app", &trust.to_string()).await;
        let answer = world.web(&world.token(&json!({})), &[]).await;
        check_refused(&answer, (403, "AccessDenied", ""), &principal.to_string());
    }
}
