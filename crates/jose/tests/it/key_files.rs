//! Key files of openssl and ssh-keygen. The names are what
//! `openssl pkey -pubout -outform der | openssl dgst -sha256 -binary` says. The private keys were
//! made for these tests alone.

use jose::{
    Algorithm, KeyFileFault, PublicKey, PublicKeyFault, SigningKey, UnusableKey, private_key_pem,
    public_keys_of_file,
};
use serde_json::json;

const RSA: &str = "OotDM1iWDVe3fyMijlB7gTh-EseYxeYcWsqtt60ilCA";
const P256: &str = "cIhEZ-4psSu2jndtEecBcwjvGVCDseqYqXM8MZbZPjs";
const P384: &str = "uLbPU328-8uDugbHK3zaC8puHBzkoEKarEsTXF1GEy0";
const P521: &str = "b4WLubvLTYhTmCpRzYPhoQY5Ja5XW0roRTLBWUwcbAQ";

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../fixtures/key_files/", $name))
    };
}

fn check(content: &str, expected: &[(&str, Algorithm)]) {
    let keys = public_keys_of_file(content.as_bytes()).unwrap();
    let found: Vec<_> = keys
        .iter()
        .map(|key| (key.kid(), key.algorithm()))
        .collect();
    assert_eq!(found, expected, "{content}");
    for key in keys {
        assert_eq!(key.jwk()["kid"], key.kid());
        assert_eq!(PublicKey::from_der(key.der()), Ok(key.clone()));
        assert_eq!(PublicKey::from_jwk(key.jwk()), Ok(key.clone()));
        assert_eq!(public_keys_of_file(key.to_pem().as_bytes()).unwrap(), [key]);
    }
}

#[test]
fn every_form_of_a_key_has_the_name_that_kube_apiserver_gives_it() {
    let rsa = [(RSA, Algorithm::RS256)];
    for content in [
        file!("rsa_pkcs1.pem"),
        file!("rsa_pkcs8.pem"),
        file!("rsa_pub.pem"),
        file!("rsa_pub_pkcs1.pem"),
    ] {
        check(content, &rsa);
        check(&content.replace('\n', "\r\n"), &rsa);
    }
    for content in [
        file!("p256_sec1.pem"),
        file!("p256_pkcs8.pem"),
        file!("p256_pub.pem"),
    ] {
        check(content, &[(P256, Algorithm::ES256)]);
    }
    check(file!("p384_sec1.pem"), &[(P384, Algorithm::ES384)]);
    check(file!("p521_sec1.pem"), &[(P521, Algorithm::ES512)]);
    check(file!("p521_pub.pem"), &[(P521, Algorithm::ES512)]);
}

#[test]
fn several_keys_in_one_file_count_each_once() {
    let several = [
        file!("rsa_pub.pem"),
        file!("p256_sec1.pem"),
        file!("rsa_pkcs1.pem"),
    ]
    .concat();
    let expected = [(RSA, Algorithm::RS256), (P256, Algorithm::ES256)];
    check(&several, &expected);
    let keys = public_keys_of_file(several.as_bytes()).unwrap();
    let jwks: Vec<_> = keys.iter().map(PublicKey::jwk).collect();
    let mut twice = json!({ "keys": jwks });
    check(&twice.to_string(), &expected);
    let mut nameless = keys[0].jwk().clone();
    nameless["kid"] = json!("");
    twice["keys"].as_array_mut().unwrap().push(nameless);
    check(&twice.to_string(), &expected);
}

#[test]
fn a_file_without_usable_keys_says_why() {
    let torn = file!("rsa_pub.pem").replace("-----END PUBLIC KEY-----", "");
    let cut = file!("p256_pub.pem").replace("MFkwEw", "MFkwEx");
    let p256 = &public_keys_of_file(file!("p256_pub.pem").as_bytes()).unwrap()[0];
    let mut renamed = p256.jwk().clone();
    renamed["kid"] = json!("mine");
    let renamed = json!({ "keys": [renamed] }).to_string();
    let octets = json!({"keys": [{"kty": "oct", "k": "AAAA"}]}).to_string();
    let private = json!({"keys": [{"kty": "RSA", "d": "AQAB"}]}).to_string();
    let strange = "-----BEGIN \u{1b}[31mX-----\nAAAA\n-----END \u{1b}[31mX-----\n";
    let unusable = |reason| KeyFileFault::Public(PublicKeyFault::Unusable(reason));
    let form = KeyFileFault::Public(PublicKeyFault::Form);
    let label = |label: &str| KeyFileFault::Private(label.to_owned());
    for (content, expected) in [
        ("", KeyFileFault::NoKeys),
        ("hello", KeyFileFault::NoKeys),
        ("{\"keys\": []}", KeyFileFault::NoKeys),
        (&torn, KeyFileFault::Torn("PUBLIC KEY".into())),
        (&cut, form.clone()),
        (file!("p256_pub_compressed.pem"), form),
        (file!("rsa_encrypted.pem"), KeyFileFault::Encrypted),
        (file!("rsa_encrypted_pkcs1.pem"), KeyFileFault::Encrypted),
        (file!("openssh.pem"), KeyFileFault::OpenSshPrivate),
        ("ssh-rsa AAAA me@here\n", KeyFileFault::OpenSshPublic),
        (file!("cert.pem"), KeyFileFault::Label("CERTIFICATE".into())),
        (file!("ed25519.pem"), label("PRIVATE KEY")),
        (file!("k256_sec1.pem"), label("EC PRIVATE KEY")),
        (file!("rsa1024.pem"), label("RSA PRIVATE KEY")),
        (&octets, unusable(UnusableKey::Private("k"))),
        (&private, unusable(UnusableKey::Private("d"))),
        (&renamed, KeyFileFault::Named("mine".into(), P256.into())),
        (strange, KeyFileFault::Label("\\u{1b}[31mX".into())),
    ] {
        let fault = public_keys_of_file(content.as_bytes()).unwrap_err();
        assert_eq!(fault, expected, "{content}");
    }
    assert_eq!(
        public_keys_of_file(&[0xff, 0xfe]),
        Err(KeyFileFault::NoKeys)
    );
}

#[test]
fn a_key_that_was_made_here_is_written_for_an_api_server() {
    for algorithm in [Algorithm::RS256, Algorithm::ES256] {
        let made = SigningKey::generate(algorithm).unwrap();
        let written = private_key_pem(&made).unwrap();
        assert!(
            written
                .expose()
                .starts_with("-----BEGIN PRIVATE KEY-----\n")
        );
        check(written.expose(), &[(made.kid(), algorithm)]);
        let [public] = &public_keys_of_file(written.expose().as_bytes()).unwrap()[..] else {
            panic!("one key");
        };
        assert_eq!(public.jwk(), &made.public_jwk());
    }
}

/// The keys of RFC 7638 §3.1 and RFC 7517 §A.1.
#[test]
fn a_thumbprint_is_of_the_key_whatever_its_name() {
    let rsa = json!({
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB",
    });
    let elliptic = json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    });
    for (jwk, thumbprint) in [
        (rsa, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        (elliptic, "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"),
    ] {
        for kid in ["2011-04-29", "another"] {
            let mut jwk = jwk.clone();
            jwk["kid"] = json!(kid);
            let key = PublicKey::from_jwk(&jwk).unwrap();
            assert_eq!(key.thumbprint(), thumbprint);
            let der = PublicKey::from_der(key.der()).unwrap();
            assert_eq!(der.thumbprint(), thumbprint);
        }
    }
}
