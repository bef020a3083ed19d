//! Tokens that must be refused, and with which words.

use std::sync::LazyLock;

use jose::{Algorithm, JwkSet, Token, TokenFault, registered_audience};
use serde_json::{Value, json};

use crate::forge::{Forger, ISSUER, NOW, SUBJECT, judge, part, payload, payload_with, refusal};

const NOT_A_JWT: &str = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
const NOT_VALIDATED: &str = "The web identity token provided could not be validated. See the \
                             AssumeRoleWithWebIdentity documentation for requirements.";
const NO_KEY: &str = "Couldn't retrieve verification key from your identity provider,  please \
                      reference AssumeRoleWithWebIdentity documentation for requirements";
const BAD_DATE: &str = "Invalid timestamp in token claims.";
const INVALID: &str = "InvalidIdentityToken";

static FORGER: LazyLock<Forger> = LazyLock::new(|| Forger::new(Algorithm::ES256, "k1"));

fn check(token: &str, code: &str, message: &str) {
    let fault = refusal(token, &FORGER.set());
    let shown = format!("{token:.120} ({:?})", fault.internal_message());
    assert_eq!(fault.code(), code, "{shown}");
    assert_eq!(fault.message(), message, "{shown}");
    assert_eq!(fault.status(), 400, "{shown}");
    assert!(fault.internal_message().is_some(), "{shown}");
}

fn check_header(header: &Value, message: &str) {
    let token = FORGER.token(&header.to_string(), &payload().to_string());
    check(&token, INVALID, message);
}

fn check_payload(payload: &str, code: &str, message: &str) {
    check(
        &FORGER.token(&FORGER.header().to_string(), payload),
        code,
        message,
    );
}

/// The good payload with a member's value spelled as given, which need not be JSON that serde
/// would write.
fn spelled(name: &str, value: &str) -> String {
    let marked = payload_with(name, Some(json!("MARK")));
    marked.replace("\"MARK\"", value)
}

#[test]
fn a_good_token_is_taken_with_white_space_after_it() {
    let good = FORGER.good_token();
    for after in ["", "\n", "\r\n", " \t\n\n"] {
        let claims = judge(&format!("{good}{after}"), &FORGER.set()).unwrap();
        assert_eq!(claims.subject, SUBJECT);
        assert_eq!(claims.issuer, ISSUER);
    }
    let owned = Token::parse(&good).unwrap().into_owned();
    assert!(jose::verify(&owned, &FORGER.set(), crate::forge::now()).is_ok());
}

#[test]
fn text_that_is_no_token() {
    let good = FORGER.good_token();
    let parts: Vec<&str> = good.split('.').collect();
    let [header, body, signature] = parts.as_slice() else {
        panic!("a token has three parts");
    };
    let mut cut = (*signature).to_owned();
    let last = cut.pop().unwrap();
    for bad in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        format!("{header}.{body}"),
        format!("{header}.{body}."),
        format!("{good}.x"),
        format!(" {good}"),
        format!("{header}=.{body}.{signature}"),
        format!("{header}.{body}.{signature}=="),
        format!("{header}.{body}.{cut}+"),
        format!("{header}.\n{body}.{signature}"),
        format!("{}.{body}.{signature}", part("[]")),
        format!("{}.{body}.{signature}", part("{}")),
        format!("{header}.{}.{signature}", part("\"text\"")),
        format!("{header}.{}.{signature}", part(b"{\"iss\":\"\xff\"}")),
        "é.é.é".to_owned(),
        "x".repeat(20_001),
        format!("{header}.{}.{signature}", "A".repeat(20_001)),
    ] {
        check(&bad, INVALID, NOT_A_JWT);
    }
    // The last two bits of a 64-byte signature's last character must be zero.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let next = alphabet
        .chars()
        .nth(alphabet.find(last).unwrap() + 1)
        .unwrap();
    let loose = format!("{header}.{body}.{cut}{next}");
    check(&loose, INVALID, NOT_A_JWT);
}

#[test]
fn headers() {
    let with = |name: &str, value: Value| {
        let mut header = FORGER.header();
        header[name] = value;
        header
    };
    for (header, message) in [
        (with("alg", json!("none")), NOT_VALIDATED),
        (with("alg", json!("None")), NOT_VALIDATED),
        (with("alg", json!("HS256")), NOT_VALIDATED),
        (with("alg", json!("PS256")), NOT_VALIDATED),
        (with("alg", json!("EdDSA")), NOT_VALIDATED),
        (with("alg", json!("es256")), NOT_VALIDATED),
        (with("alg", json!(null)), NOT_A_JWT),
        (with("alg", json!(["ES256"])), NOT_A_JWT),
        (json!({ "kid": "k1" }), NOT_A_JWT),
        (with("crit", json!(["exp"])), NOT_A_JWT),
        (with("crit", json!([])), NOT_A_JWT),
        (with("crit", json!(null)), NOT_A_JWT),
        (with("b64", json!(false)), NOT_A_JWT),
        (with("b64", json!(true)), NOT_A_JWT),
        (with("zip", json!("DEF")), NOT_A_JWT),
        (with("kid", json!("other")), NO_KEY),
        (with("kid", json!("")), NO_KEY),
        (with("kid", json!("../../k")), NO_KEY),
        (with("kid", json!("' OR 1=1 --")), NO_KEY),
        (with("kid", json!("k1\u{0}")), NO_KEY),
        (with("kid", json!("x".repeat(257))), NOT_A_JWT),
        (with("kid", json!("x".repeat(10_240))), NOT_A_JWT),
        (with("kid", json!(1)), NOT_A_JWT),
        (with("kid", json!(null)), NOT_A_JWT),
    ] {
        check_header(&header, message);
    }
}

#[test]
fn keys_inside_the_token_are_not_read() {
    let stranger = Forger::new(Algorithm::ES256, "k1");
    for (name, value) in [
        ("jwk", stranger.jwk()),
        ("jku", json!("https://attacker.example/jwks")),
        ("x5u", json!("https://attacker.example/chain")),
        ("x5c", json!(["MIIB"])),
        ("typ", json!("at+jwt")),
    ] {
        let mut header = FORGER.header();
        header[name] = value;
        let header = header.to_string();
        let token = FORGER.token(&header, &payload().to_string());
        assert!(judge(&token, &FORGER.set()).is_ok(), "{name} is ignored");
        check(
            &stranger.token(&header, &payload().to_string()),
            INVALID,
            NOT_VALIDATED,
        );
    }
}

#[test]
fn hs256_with_the_public_key_as_secret() {
    let rsa = Forger::new(Algorithm::RS256, "k1");
    let modulus = rsa.jwk()["n"].as_str().unwrap().to_owned();
    let signed = format!(
        "{}.{}",
        part(r#"{"alg":"HS256","kid":"k1"}"#),
        part(payload().to_string())
    );
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, modulus.as_bytes());
    let tag = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
    let token = format!("{signed}.{}", part(tag));
    let fault = refusal(&token, &rsa.set());
    assert_eq!((fault.code(), fault.message()), (INVALID, NOT_VALIDATED));
}

#[test]
fn dates() {
    let expired = |exp: i64| {
        format!(
            "Token expired: current date/time {} must be before the expiration date/time {exp}",
            NOW - 300
        )
    };
    for exp in [NOW - 300, NOW - 3600, 0] {
        let payload = payload_with("exp", Some(json!(exp)));
        check_payload(&payload, "ExpiredTokenException", &expired(exp));
    }
    let future = NOW + 301;
    check_payload(
        &payload_with("iat", Some(json!(future))),
        INVALID,
        &format!("Token issued in the future: {future}"),
    );
    check_payload(
        &payload_with("nbf", Some(json!(future))),
        INVALID,
        &format!(
            "Token not yet valid: current date/time {} must be after or equal to \
             the not-before date/time {future}",
            NOW + 300
        ),
    );
    for name in ["exp", "iat", "nbf"] {
        for value in [
            "\"1\"",
            "1790000000.5",
            "-1",
            "null",
            "true",
            "[]",
            "9007199254740993",
            "1e300",
        ] {
            check_payload(&spelled(name, value), INVALID, BAD_DATE);
        }
        check_payload(&spelled(name, "1e400"), INVALID, NOT_A_JWT);
        check_payload(&spelled(name, "0x10"), INVALID, NOT_A_JWT);
    }
}

#[test]
fn dates_within_the_skew_are_taken() {
    for (name, value) in [
        ("exp", json!(NOW - 299)),
        ("iat", json!(NOW + 300)),
        ("nbf", json!(NOW + 300)),
        ("exp", json!(1_790_003_600.0)),
        ("exp", json!(9_007_199_254_740_992_i64)),
        ("iat", json!(0)),
    ] {
        let token = FORGER.token(
            &FORGER.header().to_string(),
            &payload_with(name, Some(value)),
        );
        assert!(judge(&token, &FORGER.set()).is_ok(), "{name}");
    }
    let without = FORGER.token(&FORGER.header().to_string(), &payload_with("nbf", None));
    assert!(judge(&without, &FORGER.set()).is_ok());
}

#[test]
fn missing_and_wrong_claims() {
    for name in ["iss", "sub", "aud", "iat", "exp"] {
        check_payload(
            &payload_with(name, None),
            INVALID,
            &format!("Missing a required claim: {name}"),
        );
    }
    check_payload("{}", INVALID, "Missing a required claim: iss");
    check_payload(
        &payload_with("aud", Some(json!([]))),
        INVALID,
        "Claim is not allowed to be empty: aud",
    );
    for (name, value) in [
        ("iss", json!(1)),
        ("iss", json!(null)),
        ("iss", json!("")),
        ("iss", json!("https://issuer.example/\r\nx")),
        ("iss", json!(format!("https://{}", "x".repeat(248)))),
        ("sub", json!(null)),
        ("sub", json!(["system:serviceaccount:demo:app"])),
        ("sub", json!("short")),
        ("sub", json!("x".repeat(256))),
        ("sub", json!("system:serviceaccount:demo:app\u{1b}[2J")),
        ("aud", json!(null)),
        ("aud", json!({})),
        ("aud", json!([1])),
        ("aud", json!(["sts.amazonaws.com", null])),
        ("azp", json!(null)),
        ("azp", json!(["sts.amazonaws.com"])),
        ("amr", json!(1)),
        ("amr", json!([{}])),
    ] {
        check_payload(&payload_with(name, Some(value)), INVALID, NOT_VALIDATED);
    }
}

#[test]
fn the_last_duplicate_counts_however_it_is_spelled() {
    for (name, claims) in [
        (
            "plain",
            format!(r#"{{"sub":"system:first","sub":"{SUBJECT}","#),
        ),
        (
            "escaped",
            format!(r#"{{"sub":"system:first","\u0073ub":"{SUBJECT}","#),
        ),
        (
            "escaped first",
            format!(r#"{{"s\u0075b":"system:first","sub":"{SUBJECT}","#),
        ),
    ] {
        let rest = payload_with("sub", None);
        let token = FORGER.token(
            &FORGER.header().to_string(),
            &(claims + rest.trim_start_matches('{')),
        );
        let claims = judge(&token, &FORGER.set()).unwrap();
        assert_eq!(claims.subject, SUBJECT, "{name}");
        assert_eq!(claims.raw["sub"], SUBJECT, "{name}");
    }
    let token = FORGER.token(
        r#"{"alg":"ES256","alg":"none","kid":"k1"}"#,
        &payload().to_string(),
    );
    check(&token, INVALID, NOT_VALIDATED);
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let token = |depth| FORGER.token(&FORGER.header().to_string(), &spelled("x", &nested(depth)));
    assert!(judge(&token(15), &FORGER.set()).is_ok());
    check(&token(16), INVALID, NOT_A_JWT);
    check(&token(7000), INVALID, NOT_A_JWT);
}

#[test]
fn tampering_and_strangers() {
    let good = FORGER.good_token();
    let parts: Vec<&str> = good.split('.').collect();
    let other = payload_with("sub", Some(json!("system:serviceaccount:demo:other")));
    check(
        &format!("{}.{}.{}", parts[0], part(other), parts[2]),
        INVALID,
        NOT_VALIDATED,
    );
    let header = FORGER.header().to_string() + " ";
    check(
        &format!("{}.{}.{}", part(header), parts[1], parts[2]),
        INVALID,
        NOT_VALIDATED,
    );
    // A6: another issuer's key under the same kid.
    let stranger = Forger::new(Algorithm::ES256, "k1");
    check(&stranger.good_token(), INVALID, NOT_VALIDATED);
    // The algorithm is bound to the key's type and curve.
    for algorithm in [Algorithm::RS256, Algorithm::ES384] {
        check(&Forger::new(algorithm, "k1").good_token(), INVALID, NO_KEY);
    }
}

#[test]
fn keys_bound_to_an_issuer_take_its_exact_spelling_only() {
    let token = FORGER.good_token();
    for (issuer, taken) in [
        (ISSUER, true),
        ("https://issuer.example:443/id/demo", false),
        ("https://issuer.example/id/demo/", false),
        ("issuer.example/id/demo", false),
    ] {
        let keys = FORGER.set().of_issuer(issuer);
        assert_eq!(judge(&token, &keys).is_ok(), taken, "{issuer}");
    }
}

#[test]
fn several_audiences_without_azp_are_refused_before_registration_is_asked() {
    for aud in [
        json!(["a", "b"]),
        json!(["sts.amazonaws.com", "sts.amazonaws.com"]),
    ] {
        check_payload(
            &payload_with("aud", Some(aud)),
            INVALID,
            "Token audience contains more than one audience while authorized party is not present",
        );
    }
}

#[test]
fn a_token_shown_for_debugging_is_no_credential() {
    let good = FORGER.good_token();
    let shown = format!("{:?}", Token::parse(&good).unwrap());
    assert!(shown.contains(SUBJECT));
    for part in good.split('.') {
        assert!(!shown.contains(part), "{shown}");
    }
}

#[test]
fn an_empty_set_verifies_nothing() {
    let fault = refusal(&FORGER.good_token(), &JwkSet::default());
    assert_eq!((fault.code(), fault.message()), (INVALID, NO_KEY));
}

#[test]
fn the_audience_that_counts() {
    let several = "Token audience contains more than one audience while authorized party is not \
                   present";
    let clients = ["sts.amazonaws.com".to_owned(), "app".to_owned()];
    for (aud, azp, expected) in [
        (json!("sts.amazonaws.com"), None, Ok("sts.amazonaws.com")),
        (json!(["sts.amazonaws.com"]), None, Ok("sts.amazonaws.com")),
        (json!(["a", "b"]), Some("app"), Ok("app")),
        (
            json!(["sts.amazonaws.com"]),
            Some("other"),
            Err(NOT_VALIDATED),
        ),
        (json!(["sts.amazonaws.com", "api"]), None, Err(several)),
        (
            json!(["sts.amazonaws.com", "sts.amazonaws.com"]),
            None,
            Err(several),
        ),
        (json!("STS.amazonaws.com"), None, Err(NOT_VALIDATED)),
        (json!("sts.amazonaws.com "), None, Err(NOT_VALIDATED)),
        (json!(""), None, Err(NOT_VALIDATED)),
    ] {
        let mut payload = payload();
        payload["aud"] = aud.clone();
        if let Some(azp) = azp {
            payload["azp"] = json!(azp);
        }
        let token = FORGER.token(&FORGER.header().to_string(), &payload.to_string());
        let answer = judge(&token, &FORGER.set())
            .and_then(|claims| registered_audience(&claims, &clients))
            .map_err(|fault| fault.fault().message().to_owned());
        assert_eq!(
            answer.as_deref().map_err(String::as_str),
            expected,
            "{aud} {azp:?}"
        );
    }
}

#[test]
fn faults_that_others_raise_have_awss_words() {
    for (fault, code, message) in [
        (
            TokenFault::UnknownIssuer(ISSUER.to_owned()),
            INVALID,
            "No OpenIDConnect provider found in your account for https://issuer.example/id/demo",
        ),
        (
            TokenFault::BadProvider("10.0.0.1:443".to_owned()),
            INVALID,
            NO_KEY,
        ),
        (
            TokenFault::Unreachable("10.0.0.1:443".to_owned()),
            "IDPCommunicationError",
            "The request could not be fulfilled because the identity provider (IDP) that was asked \
             to verify the incoming identity token could not be reached.",
        ),
    ] {
        let fault = fault.fault();
        assert_eq!(
            (fault.code(), fault.message(), fault.status()),
            (code, message, 400)
        );
    }
}
