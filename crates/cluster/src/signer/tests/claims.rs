//! What is signed and what is not (attack A33).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::world::ISSUER;
use crate::signer::RefusedClaims;
use crate::signer::claims::check;

fn checked(payload: &str) -> Result<i64, String> {
    check(payload, "i", 1_000, 600).map_err(|refused| match refused {
        RefusedClaims::Json(_) => "json".to_owned(),
        refused => refused.to_string(),
    })
}

#[test]
fn only_plain_claims_of_the_issuer_within_the_longest_life() {
    let issuer = "`iss` is not this signer's issuer";
    for (claims, expected) in [
        (r#"{"iss":"i","exp":1600}"#, Ok(1_600)),
        (
            r#"{"exp":1600,"aud":["x"],"iss":"i","x":{"iss":"j","exp":9e9}}"#,
            Ok(1_600),
        ),
        (r#"{"iss":"i","exp":-5}"#, Ok(-5)),
        (r#"{"iss":"\u0069","exp":1}"#, Ok(1)),
        (
            r#"{"iss":"i","exp":1601}"#,
            Err("`exp` is 1 s beyond the longest life of a token"),
        ),
        (r#"{"iss":"j","exp":1600}"#, Err(issuer)),
        (r#"{"iss":"I","exp":1600}"#, Err(issuer)),
        (r#"{"iss":"i/","exp":1600}"#, Err(issuer)),
        (r#"{"iss":"","exp":1600}"#, Err(issuer)),
        (r#"{"exp":1600}"#, Err("json")),
        (r#"{"iss":"i"}"#, Err("json")),
        (r#"{"iss":["i"],"exp":1600}"#, Err("json")),
        (r#"{"iss":"i","exp":"1600"}"#, Err("json")),
        (r#"{"iss":"i","exp":1600.5}"#, Err("json")),
        (r#"{"iss":"i","exp":1e3}"#, Err("json")),
        (r#"{"iss":"i","exp":null}"#, Err("json")),
        (r#"{"iss":"i","exp":99999999999999999999}"#, Err("json")),
        (r#"{"iss":"i","exp":1600,"iss":"j"}"#, Err("json")),
        (r#"{"iss":"j","iss":"i","exp":1600}"#, Err("json")),
        (r#"{"iss":"i","exp":1600,"\u0069ss":"j"}"#, Err("json")),
        (r#"{"iss":"i","exp":1600,"exp":1}"#, Err("json")),
        (r#"{"iss":"i","exp":1600,"sub":"a","sub":"b"}"#, Err("json")),
        (r#"{"iss":"i","exp":1600,"ISS":"j"}"#, Err("json")),
        (r#"{"iss":"i","exp":1600,"i\u017fs":"j"}"#, Err("json")),
        (r#"{"iss":"i","exp":1600,"Exp":9}"#, Err("json")),
        (r#"{"iss":"i","exp":1600,"Sub":"x"}"#, Err("json")),
        (r#"[{"iss":"i","exp":1600}]"#, Err("json")),
        (r#"{"iss":"i","exp":1600} x"#, Err("json")),
        (r#"{"iss":"i","exp":1600"#, Err("json")),
        ("", Err("json")),
        ("\"i\"", Err("json")),
    ] {
        let expected = expected.map_err(str::to_owned);
        assert_eq!(
            checked(&URL_SAFE_NO_PAD.encode(claims)),
            expected,
            "{claims}"
        );
    }
}

#[test]
fn only_the_one_spelling_of_base64() {
    let claims = r#"{"iss":"i","exp":1600,"a":"??>>"}"#;
    let plain = URL_SAFE_NO_PAD.encode(claims);
    assert_eq!(checked(&plain), Ok(1_600));
    let encoding = Err("the claims are not unpadded base64url".to_owned());
    for payload in [
        STANDARD.encode(claims),
        format!("{plain}="),
        format!("{plain}\n"),
        format!(" {plain}"),
        format!("{plain}.{plain}"),
        claims.to_owned(),
    ] {
        assert_eq!(checked(&payload), encoding, "{payload}");
    }
}

#[test]
fn no_verifier_takes_more() {
    let claims = format!(
        r#"{{"iss":"{ISSUER}","exp":1,"x":"{}"}}"#,
        "x".repeat(20_000)
    );
    let payload = URL_SAFE_NO_PAD.encode(claims);
    let refused = check(&payload, ISSUER, 0, 600);
    assert_eq!(refused, Err(RefusedClaims::TooLong(payload.len())));
}

#[test]
fn deep_nesting_is_refused_without_harm() {
    let deep = format!(r#"{{"iss":"i","exp":1,"x":{}"#, "[".repeat(10_000));
    assert_eq!(
        checked(&URL_SAFE_NO_PAD.encode(deep)),
        Err("json".to_owned())
    );
}
