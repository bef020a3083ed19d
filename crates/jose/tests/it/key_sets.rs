//! Which published keys are used, and which are left out.

use jose::{Algorithm, BadDocument, Discovery, JwkSet, KeyFault, UnusableKey, VerifyingKey};
use serde_json::{Value, json};

use crate::forge::{Forger, part, set};

fn check(jwk: &Value, expected: Option<&UnusableKey>) {
    assert_eq!(
        VerifyingKey::from_jwk(jwk).err().as_ref(),
        expected,
        "{jwk}"
    );
    let found = set(std::slice::from_ref(jwk));
    assert_eq!(found.len() + found.ignored().len(), 1);
}

fn with(jwk: &Value, name: &str, value: Value) -> Value {
    let mut jwk = jwk.clone();
    jwk[name] = value;
    jwk
}

#[test]
fn purposes_of_keys() {
    let rsa = Forger::new(Algorithm::RS256, "k").jwk();
    let rows = [
        (rsa.clone(), None),
        (with(&rsa, "use", json!("sig")), None),
        (with(&rsa, "use", json!("enc")), Some(UnusableKey::Use)),
        (with(&rsa, "use", json!(null)), Some(UnusableKey::Use)),
        (with(&rsa, "key_ops", json!(["verify"])), None),
        (
            with(&rsa, "key_ops", json!(["encrypt"])),
            Some(UnusableKey::KeyOps),
        ),
        (with(&rsa, "key_ops", json!([])), Some(UnusableKey::KeyOps)),
        (
            with(&rsa, "key_ops", json!("verify")),
            Some(UnusableKey::KeyOps),
        ),
        (
            with(&rsa, "d", json!("AQAB")),
            Some(UnusableKey::Private("d")),
        ),
        (
            with(&rsa, "k", json!("AQAB")),
            Some(UnusableKey::Private("k")),
        ),
        (with(&rsa, "kty", json!("oct")), Some(UnusableKey::KeyType)),
        (with(&rsa, "kty", json!("OKP")), Some(UnusableKey::KeyType)),
        (with(&rsa, "kty", json!("rsa")), Some(UnusableKey::KeyType)),
        (with(&rsa, "alg", json!("RS512")), None),
        (
            with(&rsa, "alg", json!("ES256")),
            Some(UnusableKey::Algorithm),
        ),
        (
            with(&rsa, "alg", json!("PS256")),
            Some(UnusableKey::Algorithm),
        ),
        (
            with(&rsa, "alg", json!("none")),
            Some(UnusableKey::Algorithm),
        ),
        (with(&rsa, "kid", json!("x".repeat(256))), None),
        (
            with(&rsa, "kid", json!("x".repeat(257))),
            Some(UnusableKey::Kid),
        ),
        (with(&rsa, "kid", json!(7)), Some(UnusableKey::Kid)),
    ];
    for (jwk, expected) in rows {
        check(&jwk, expected.as_ref());
    }
}

#[test]
fn rsa_numbers() {
    let rsa = Forger::new(Algorithm::RS256, "k").jwk();
    let modulus = |bytes: usize, first: u8, last: u8| {
        let mut modulus = vec![0xff; bytes];
        modulus[0] = first;
        modulus[bytes - 1] = last;
        json!(part(modulus))
    };
    let rows = [
        (with(&rsa, "e", json!("Aw")), None),
        (with(&rsa, "e", json!(part([0, 1, 0, 1]))), None),
        (with(&rsa, "e", json!(part([0xff; 4]))), None),
        (with(&rsa, "e", json!("AQ")), Some(UnusableKey::Exponent)),
        (with(&rsa, "e", json!("Ag")), Some(UnusableKey::Exponent)),
        (with(&rsa, "e", json!("")), Some(UnusableKey::Exponent)),
        (
            with(&rsa, "e", json!(part([1, 0, 0, 0, 1]))),
            Some(UnusableKey::Exponent),
        ),
        (
            with(&rsa, "e", json!("AQAB=")),
            Some(UnusableKey::Member("e")),
        ),
        (
            with(&rsa, "e", json!(65537)),
            Some(UnusableKey::Member("e")),
        ),
        (
            with(&rsa, "n", modulus(128, 0xff, 1)),
            Some(UnusableKey::Modulus),
        ),
        (
            with(&rsa, "n", modulus(256, 0x7f, 1)),
            Some(UnusableKey::Modulus),
        ),
        (with(&rsa, "n", modulus(256, 0x80, 1)), None),
        (with(&rsa, "n", modulus(257, 0, 1)), None),
        (with(&rsa, "n", modulus(512, 0xff, 1)), None),
        (
            with(&rsa, "n", modulus(513, 1, 1)),
            Some(UnusableKey::Modulus),
        ),
        (
            with(&rsa, "n", modulus(2048, 0xff, 1)),
            Some(UnusableKey::Modulus),
        ),
        (
            with(&rsa, "n", modulus(256, 0xff, 2)),
            Some(UnusableKey::Modulus),
        ),
        (
            json!({ "kty": "RSA", "e": "AQAB" }),
            Some(UnusableKey::Member("n")),
        ),
        (json!("text"), Some(UnusableKey::NotAnObject)),
        (json!({}), Some(UnusableKey::KeyType)),
    ];
    for (jwk, expected) in rows {
        check(&jwk, expected.as_ref());
    }
}

#[test]
fn ec_keys() {
    let p256 = Forger::new(Algorithm::ES256, "k").jwk();
    let p384 = Forger::new(Algorithm::ES384, "k").jwk();
    let p521 = Forger::new(Algorithm::ES512, "k").jwk();
    let rows = [
        (p256.clone(), None),
        (p384.clone(), None),
        (p521, None),
        (with(&p256, "alg", json!("ES256")), None),
        (
            with(&p256, "alg", json!("ES384")),
            Some(UnusableKey::Algorithm),
        ),
        (
            with(&p256, "alg", json!("RS256")),
            Some(UnusableKey::Algorithm),
        ),
        (
            with(&p256, "crv", json!("secp256k1")),
            Some(UnusableKey::Curve),
        ),
        (with(&p256, "crv", json!("P-384")), Some(UnusableKey::Point)),
        (with(&p384, "crv", json!("P-256")), Some(UnusableKey::Point)),
        (
            with(&p256, "x", p256["y"].clone()),
            Some(UnusableKey::Point),
        ),
        (
            with(&p256, "x", json!(part([0; 32]))),
            Some(UnusableKey::Point),
        ),
        (
            with(&p256, "x", json!(part([0xff; 32]))),
            Some(UnusableKey::Point),
        ),
        (
            with(&p256, "x", json!(part([1; 31]))),
            Some(UnusableKey::Point),
        ),
        (
            with(&p256, "x", json!(part([1; 33]))),
            Some(UnusableKey::Point),
        ),
        (
            with(&p256, "y", json!(null)),
            Some(UnusableKey::Member("y")),
        ),
        (
            with(&p256, "d", json!("AQ")),
            Some(UnusableKey::Private("d")),
        ),
    ];
    for (jwk, expected) in rows {
        check(&jwk, expected.as_ref());
    }
    let origin = with(&p256, "x", json!(part([0; 32])));
    check(
        &with(&origin, "y", json!(part([0; 32]))),
        Some(&UnusableKey::Point),
    );
}

#[test]
fn documents() {
    let key = Forger::new(Algorithm::ES256, "k").jwk();
    let many = |count: usize| json!({ "keys": vec![key.clone(); count] }).to_string();
    let nested = format!("{{\"keys\":{}{}}}", "[".repeat(50), "]".repeat(50));
    for (text, expected) in [
        (r#"{"keys":[]}"#.to_owned(), Ok(0)),
        (many(1), Ok(1)),
        (many(100), Ok(1)),
        (many(101), Err(Some(BadDocument::TooManyKeys(101)))),
        (
            r#"{"keys":{}}"#.to_owned(),
            Err(Some(BadDocument::Member("keys"))),
        ),
        ("{}".to_owned(), Err(Some(BadDocument::Member("keys")))),
        ("[]".to_owned(), Err(None)),
        ("<html>".to_owned(), Err(None)),
        (nested, Err(None)),
        (String::new(), Err(None)),
    ] {
        let found = JwkSet::parse(text.as_bytes()).map(|set| set.len());
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{text:.60}"),
            (Err(BadDocument::Json(_)), Err(None)) => {}
            (Err(found), Err(Some(expected))) => assert_eq!(found, expected),
            (found, _) => panic!("{text:.60}: {found:?}"),
        }
    }
}

#[test]
fn selection() {
    let (a, b) = (
        Forger::new(Algorithm::ES256, "k"),
        Forger::new(Algorithm::ES256, "k"),
    );
    let rsa = Forger::new(Algorithm::RS256, "k");
    let twice = set(&[a.jwk(), a.jwk(), rsa.jwk()]);
    assert_eq!(twice.len(), 2);
    let shared = set(&[a.jwk(), b.jwk(), rsa.jwk()]);
    assert_eq!(shared.to_json(), set(&[b.jwk(), rsa.jwk()]).to_json());
    let two = set(&[a.jwk(), Forger::new(Algorithm::ES256, "l").jwk()]);
    for (keys, kid, algorithm, expected) in [
        (&twice, Some("k"), Algorithm::ES256, None),
        (&twice, Some("k"), Algorithm::RS512, None),
        (&twice, None, Algorithm::ES256, None),
        (
            &twice,
            Some("k"),
            Algorithm::ES384,
            Some(KeyFault::Algorithm),
        ),
        (&twice, None, Algorithm::ES384, Some(KeyFault::Algorithm)),
        (&twice, Some("K"), Algorithm::ES256, Some(KeyFault::Unknown)),
        (&twice, Some(""), Algorithm::ES256, Some(KeyFault::Unknown)),
        (&shared, Some("k"), Algorithm::ES256, None),
        (&two, None, Algorithm::ES256, Some(KeyFault::KidRequired)),
        (&shared, Some("k"), Algorithm::RS256, None),
    ] {
        let found = keys.select(kid, algorithm).err();
        assert_eq!(found, expected, "{kid:?} {algorithm:?}");
    }
    let again = JwkSet::parse(shared.to_json().to_string().as_bytes()).unwrap();
    assert_eq!(again.to_json(), shared.to_json());
}

#[test]
fn discovery_documents() {
    let issuer = "https://issuer.example/id/demo";
    let document =
        |issuer: &str, keys: &str| json!({ "issuer": issuer, "jwks_uri": keys }).to_string();
    let keys = "https://keys.example/jwks";
    for (provider, text, expected) in [
        (issuer, document(issuer, keys), None),
        (
            "https://issuer.example:443/id/demo",
            document(issuer, keys),
            None,
        ),
        (
            issuer,
            document("https://issuer.example/id/demo/", keys),
            Some(BadDocument::Issuer),
        ),
        (
            issuer,
            document("https://issuer.example/id/other", keys),
            Some(BadDocument::Issuer),
        ),
        (
            issuer,
            document(issuer, "http://keys.example/jwks"),
            Some(BadDocument::KeysUri),
        ),
        (
            issuer,
            document(issuer, "file:///etc/passwd"),
            Some(BadDocument::KeysUri),
        ),
        (
            issuer,
            document(issuer, "/jwks"),
            Some(BadDocument::KeysUri),
        ),
        (
            issuer,
            json!({ "issuer": issuer }).to_string(),
            Some(BadDocument::Member("jwks_uri")),
        ),
        (
            issuer,
            json!({ "jwks_uri": keys }).to_string(),
            Some(BadDocument::Member("issuer")),
        ),
        (
            "http://127.0.0.1:1",
            document("http://127.0.0.1:1", "http://127.0.0.1:1/k"),
            None,
        ),
    ] {
        let found = Discovery::parse(text.as_bytes(), provider).err();
        assert_eq!(found, expected, "{provider} {text}");
    }
    for (provider, url) in [
        (
            issuer,
            "https://issuer.example/id/demo/.well-known/openid-configuration",
        ),
        (
            "https://a.example/",
            "https://a.example/.well-known/openid-configuration",
        ),
    ] {
        assert_eq!(Discovery::url(provider), url);
    }
}
