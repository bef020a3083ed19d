//! What holds for every input.

use std::sync::LazyLock;

use jose::{Algorithm, Discovery, JwkSet, Token, normalise_issuer};
use proptest::prelude::*;

use crate::forge::{Forger, judge, part};

static FORGER: LazyLock<Forger> = LazyLock::new(|| Forger::new(Algorithm::ES256, "k1"));

proptest! {
    #[test]
    fn parsing_never_panics(text in ".{0,200}", header in ".{0,80}", body in ".{0,200}") {
        let _ = Token::parse(&text);
        let _ = Token::parse(&format!("{}.{}.{}", part(&header), part(&body), part(&text)));
        let _ = Token::parse(&format!("{}.{}.AA", part(r#"{"alg":"RS256"}"#), part(&body)));
        let _ = normalise_issuer(&text);
    }

    #[test]
    fn documents_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = JwkSet::parse(&bytes);
        let _ = Discovery::parse(&bytes, "https://issuer.example");
    }

    #[test]
    fn keys_never_panic(x in prop::collection::vec(any::<u8>(), 0..80), n in "[A-Za-z0-9_-]{0,700}") {
        let document = serde_json::json!({ "keys": [
            { "kty": "EC", "crv": "P-256", "x": part(&x), "y": part(&x) },
            { "kty": "RSA", "n": n, "e": part(&x) },
        ] });
        let _ = JwkSet::parse(document.to_string().as_bytes());
    }

    #[test]
    fn no_altered_token_is_taken(at in 0_usize..400, byte in b'!'..b'~') {
        let good = FORGER.good_token();
        let mut altered = good.clone().into_bytes();
        let at = at % altered.len();
        prop_assume!(altered[at] != byte);
        altered[at] = byte;
        prop_assert!(judge(&String::from_utf8(altered).unwrap(), &FORGER.set()).is_err());
    }
}
