//! What AWS made of the key sets of radkawar/stackd
//! `internal/services/sts/testdata/oidc/aws-keys.json` (11 September 2026), and of the tokens of
//! `aws.json` there that name no key of the set. The names are the recording's own.

use jose::{Algorithm, JwkSet};
use serde_json::{Value, json};

use crate::forge::{Forger, judge, payload};

const NOT_VALIDATED: &str = "The web identity token provided could not be validated. \
    See the AssumeRoleWithWebIdentity documentation for requirements.";
const NO_KEY: &str = "Couldn't retrieve verification key from your identity provider,  please \
    reference AssumeRoleWithWebIdentity documentation for requirements";

/// The key with members changed; null removes.
fn with(jwk: &Value, changes: &Value) -> Value {
    let mut jwk = jwk.clone();
    let members = jwk.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    jwk
}

/// `Ok` or the text of the InvalidIdentityToken.
fn answer(keys: &[Value], token: &str) -> Result<(), String> {
    let document = json!({ "keys": keys }).to_string();
    let Ok(set) = JwkSet::parse(document.as_bytes()) else {
        return Err(NO_KEY.to_owned());
    };
    match judge(token, &set) {
        Ok(_) => Ok(()),
        Err(fault) => {
            assert_eq!(fault.fault().code(), "InvalidIdentityToken");
            Err(fault.fault().message().to_owned())
        }
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn key_sets() {
    let forger = Forger::new(Algorithm::RS256, "RS256");
    let rsa = with(&forger.jwk(), &json!({"alg": "RS256", "use": "sig"}));
    let ec_forger = Forger::new(Algorithm::ES256, "ES256");
    let ec = with(&ec_forger.jwk(), &json!({"alg": "ES256", "use": "sig"}));
    let modulus = rsa["n"].as_str().unwrap();
    let wrong = with(
        &rsa,
        &json!({"n": format!("{}AAAQ", modulus.split_at(modulus.len() - 4).0)}),
    );
    let rs512 = with(&rsa, &json!({"kid": "RS512", "alg": "RS512"}));
    let mut many = vec![rsa.clone()];
    many.extend((0..100).map(|n| with(&rsa, &json!({"kid": format!("extra{n}")}))));
    many.push(ec.clone());
    let good = forger.good_token();
    let header = |header: Value| forger.token(&header.to_string(), &payload().to_string());
    let nameless = header(json!({"alg": "RS256"}));
    let six = [rsa.clone(), rs512.clone(), ec.clone()];
    let x5c = json!({"x5c": ["MIIB"]});
    let x5c_only = json!({"kty": "RSA", "kid": "RS256", "x5c": ["MIIB"]});
    for (name, keys, token, expected) in [
        ("key-single", &[rsa.clone()][..], &good, Ok(())),
        (
            "key-no-header-kid",
            std::slice::from_ref(&rsa),
            &nameless,
            Ok(()),
        ),
        (
            "key-no-jwk-kid",
            &[with(&rsa, &json!({"kid": null}))],
            &nameless,
            Err(NO_KEY),
        ),
        (
            "key-encryption-use",
            &[with(&rsa, &json!({"use": "enc"}))],
            &good,
            Err(NO_KEY),
        ),
        (
            "key-duplicate-identical",
            &[rsa.clone(), rsa.clone()],
            &good,
            Ok(()),
        ),
        (
            "key-duplicate-wrong-first",
            &[wrong.clone(), rsa.clone()],
            &good,
            Ok(()),
        ),
        (
            "key-duplicate-wrong-last",
            &[rsa.clone(), wrong.clone()],
            &good,
            Err(NOT_VALIDATED),
        ),
        ("key-x5c-matching", &[with(&rsa, &x5c)], &good, Ok(())),
        ("key-x5c-only", &[x5c_only], &good, Err(NO_KEY)),
        ("key-rsa-101", &many, &good, Err(NO_KEY)),
        (
            "unknown-key-id",
            &six,
            &header(json!({"alg": "RS256", "kid": "unknown"})),
            Err(NO_KEY),
        ),
        (
            "empty-key-id",
            &six,
            &header(json!({"alg": "RS256", "kid": ""})),
            Err(NO_KEY),
        ),
        // Otherwise on AWS, for a rule of ours. It takes a key by its name whatever its `alg` says
        // (THREATS R22), and refuses every `key_ops` with another text (R26: keys that may not
        // verify are as good as not there). It reads `x5c` of keys (R22: never); counts RSA keys
        // apart (R32); and wants a kid wherever there are several keys (R22: several that would do).
        (
            "key-wrong-alg",
            &[with(&rsa, &json!({"alg": "RS512"}))],
            &good,
            Err(NO_KEY),
        ),
        (
            "key-ops-sign",
            &[with(&rsa, &json!({"key_ops": ["sign"]}))],
            &good,
            Err(NO_KEY),
        ),
        (
            "key-ops-verify",
            &[with(&rsa, &json!({"key_ops": ["verify"]}))],
            &good,
            Ok(()),
        ),
        (
            "key-x5c-conflict",
            &[with(&wrong, &x5c)],
            &good,
            Err(NOT_VALIDATED),
        ),
        (
            "key-rsa-101-ec-token",
            &many,
            &ec_forger.good_token(),
            Err(NO_KEY),
        ),
        ("missing-key-id", &six, &nameless, Ok(())),
    ] {
        let expected = expected.map_err(str::to_owned);
        assert_eq!(answer(keys, token), expected, "{name}");
    }
}

/// `algorithm-*`.
#[test]
fn algorithms() {
    for algorithm in Algorithm::ALL {
        let forger = Forger::new(algorithm, algorithm.as_str());
        let jwk = with(
            &forger.jwk(),
            &json!({"alg": algorithm.as_str(), "use": "sig"}),
        );
        assert_eq!(
            answer(&[jwk], &forger.good_token()),
            Ok(()),
            "{algorithm:?}"
        );
    }
}
