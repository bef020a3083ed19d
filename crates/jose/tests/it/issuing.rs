//! What a local issuer writes, and that it is what Kubernetes writes.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::{
    Algorithm, JwkSet, KubernetesClaims, ObjectReference, ServiceAccountClaims, SigningFault,
    SigningKey, Token, discovery_document, jwks_document, verify,
};

use crate::forge::{ISSUER, NOW, now, rsa_key};

fn claims() -> ServiceAccountClaims {
    ServiceAccountClaims {
        issuer: ISSUER.to_owned(),
        namespace: "demo".to_owned(),
        service_account: "app".to_owned(),
        uid: "uid-sa".to_owned(),
        audiences: vec!["sts.amazonaws.com".to_owned()],
        pod: Some(reference("app-0", "uid-pod")),
        node: Some(reference("node-1", "uid-node")),
        issued_at: NOW,
        duration_secs: 3600,
        jti: "3f2b7a36-7a52-4f6e-9a53-6c1d6a1f0a11".to_owned(),
    }
}

fn reference(name: &str, uid: &str) -> ObjectReference {
    ObjectReference {
        name: name.to_owned(),
        uid: uid.to_owned(),
    }
}

#[test]
fn what_is_signed_verifies_against_what_is_published() {
    let p256 = SigningKey::generate(Algorithm::ES256).unwrap();
    let keys = [rsa_key(), &p256];
    let published = JwkSet::parse(jwks_document(keys).as_bytes()).unwrap();
    assert_eq!(published.len(), 2);
    for key in keys {
        let text = key.sign(&claims().to_json()).unwrap();
        let token = Token::parse(&text).unwrap();
        assert_eq!(token.header().kid.as_deref(), Some(key.kid()));
        let verified = verify(&token, &published, now()).unwrap();
        assert_eq!(verified.subject, "system:serviceaccount:demo:app");
        assert_eq!(verified.expires_at, NOW + 3600);
        assert_eq!(
            verified.kubernetes,
            Some(KubernetesClaims {
                namespace: "demo".to_owned(),
                service_account: reference("app", "uid-sa"),
                pod: Some(reference("app-0", "uid-pod")),
                node: Some(reference("node-1", "uid-node")),
            })
        );
    }
}

#[test]
fn payload_and_header_are_kubernetes() {
    assert_eq!(
        claims().to_json().to_string(),
        format!(
            r#"{{"aud":["sts.amazonaws.com"],"exp":{},"iat":{NOW},"iss":"{ISSUER}","jti":"3f2b7a36-7a52-4f6e-9a53-6c1d6a1f0a11","kubernetes.io":{{"namespace":"demo","node":{{"name":"node-1","uid":"uid-node"}},"pod":{{"name":"app-0","uid":"uid-pod"}},"serviceaccount":{{"name":"app","uid":"uid-sa"}}}},"nbf":{NOW},"sub":"system:serviceaccount:demo:app"}}"#,
            NOW + 3600
        )
    );
    let key = rsa_key();
    let token = key.sign(&claims().to_json()).unwrap();
    let header = URL_SAFE_NO_PAD
        .decode(token.split('.').next().unwrap())
        .unwrap();
    let expected = format!(r#"{{"alg":"RS256","kid":"{}"}}"#, key.kid());
    assert_eq!(String::from_utf8(header).unwrap(), expected);
}

#[test]
fn documents_are_kubernetes() {
    let text = discovery_document(
        ISSUER,
        "https://issuer.example/id/demo/openid/v1/jwks",
        &[Algorithm::RS256, Algorithm::ES256, Algorithm::RS256],
    );
    assert_eq!(
        text,
        r#"{"issuer":"https://issuer.example/id/demo","jwks_uri":"https://issuer.example/id/demo/openid/v1/jwks","response_types_supported":["id_token"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["ES256","RS256"]}"#
    );
    for (key, members) in [
        (rsa_key(), ["use", "kty", "kid", "alg", "n", "e"].as_slice()),
        (
            &SigningKey::generate(Algorithm::ES256).unwrap(),
            &["use", "kty", "kid", "crv", "alg", "x", "y"],
        ),
    ] {
        let jwk = key.public_jwk();
        let names: Vec<&String> = jwk.as_object().unwrap().keys().collect();
        assert_eq!(names, members);
    }
    assert_eq!(rsa_key().public_jwk()["e"], "AQAB");
}

#[test]
fn the_kid_is_the_digest_of_the_public_key_info() {
    // RFC 5280: SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING point }.
    let head = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";
    let mut info = base64::engine::general_purpose::STANDARD
        .decode(head)
        .unwrap();
    let key = SigningKey::generate(Algorithm::ES256).unwrap();
    let jwk = key.public_jwk();
    for name in ["x", "y"] {
        info.extend(URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap());
    }
    let digest = digest::digest(&digest::SHA256, &info);
    assert_eq!(key.kid(), URL_SAFE_NO_PAD.encode(digest));
}

#[test]
fn keys_survive_storage() {
    for key in [rsa_key(), &SigningKey::generate(Algorithm::ES256).unwrap()] {
        let stored = key.to_pkcs8().unwrap();
        let again = SigningKey::from_pkcs8(stored.expose()).unwrap();
        assert_eq!(again.kid(), key.kid());
        assert_eq!(again.algorithm(), key.algorithm());
        assert_eq!(again.public_jwk(), key.public_jwk());
    }
    for bad in [b"".as_slice(), b"0", &[0x30, 0x82, 0xff, 0xff], &[0; 64]] {
        assert_eq!(SigningKey::from_pkcs8(bad).err(), Some(SigningFault::Pkcs8));
    }
    for algorithm in [
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::ES384,
        Algorithm::ES512,
    ] {
        let refused = SigningKey::generate(algorithm).err();
        assert_eq!(refused, Some(SigningFault::Algorithm));
    }
}
