//! Each refusal's code in each family, and its text.

use sigv4::{AuthFault, AuthKind, Family};

#[test]
fn each_family_has_its_codes() {
    let text = String::new;
    for (fault, kind, codes) in [
        (
            AuthFault::MissingToken,
            AuthKind::Missing,
            "MissingAuthenticationToken 403, MissingAuthenticationTokenException 400, \
             MissingAuthenticationTokenException 403, AccessDenied 403",
        ),
        (
            AuthFault::Incomplete(text()),
            AuthKind::Incomplete,
            "IncompleteSignature 400, IncompleteSignatureException 400, \
             IncompleteSignatureException 400, AuthorizationHeaderMalformed 400",
        ),
        (
            AuthFault::MalformedQuery(text()),
            AuthKind::MalformedUrl,
            "MalformedQueryString 400, MalformedQueryStringException 400, \
             MalformedQueryStringException 400, InvalidURI 400",
        ),
        (
            AuthFault::Expired(text()),
            AuthKind::Skew,
            "SignatureDoesNotMatch 403, InvalidSignatureException 400, \
             InvalidSignatureException 403, RequestTimeTooSkewed 403",
        ),
        (
            AuthFault::TokenInvalid,
            AuthKind::InvalidToken,
            "InvalidClientTokenId 403, UnrecognizedClientException 400, \
             UnrecognizedClientException 403, InvalidToken 400",
        ),
        (
            AuthFault::UnknownKey,
            AuthKind::UnknownKey,
            "InvalidClientTokenId 403, UnrecognizedClientException 400, \
             UnrecognizedClientException 403, InvalidAccessKeyId 403",
        ),
        (
            AuthFault::TokenExpired,
            AuthKind::ExpiredToken,
            "ExpiredToken 403, ExpiredTokenException 400, ExpiredTokenException 403, \
             ExpiredToken 400",
        ),
        (
            AuthFault::Mismatch,
            AuthKind::Mismatch,
            "SignatureDoesNotMatch 403, InvalidSignatureException 400, \
             InvalidSignatureException 403, SignatureDoesNotMatch 403",
        ),
    ] {
        let families = [Family::Query, Family::Json, Family::RestJson, Family::S3];
        let given = families
            .map(|family| fault.code(family))
            .map(|(c, s)| format!("{c} {s}"));
        assert_eq!(given.join(", "), codes, "{fault:?}");
        assert_eq!(fault.kind(), kind);
    }
}

#[test]
fn each_refusal_has_its_text() {
    const MISMATCH: &str = "The request signature we calculated does not match the signature you \
                            provided. Check your AWS Secret Access Key and signing method. \
                            Consult the service documentation for details.";
    const INVALID: &str = "The security token included in the request is invalid";
    const INVALID_STOP: &str = "The security token included in the request is invalid.";
    const EXPIRED: &str = "The security token included in the request is expired";
    for (fault, query, json) in [
        (
            AuthFault::MissingToken,
            "Request is missing Authentication Token",
            "Request is missing Authentication Token",
        ),
        (AuthFault::BothPresent, "", ""),
        (
            AuthFault::NotSigned("'Host' or ':authority'"),
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ),
        (AuthFault::TokenInvalid, INVALID, INVALID_STOP),
        (AuthFault::UnknownKey, INVALID_STOP, INVALID_STOP),
        (AuthFault::TokenExpired, EXPIRED, EXPIRED),
        (AuthFault::Mismatch, MISMATCH, MISMATCH),
        (AuthFault::Payload, MISMATCH, MISMATCH),
    ] {
        assert_eq!(fault.message(), query);
        assert_eq!(fault.message_for(Family::Json), json);
        let wire = fault.to_fault(Family::Query);
        assert_eq!(wire.message(), query);
        assert!(
            wire.internal_message()
                .is_some_and(|internal| !internal.is_empty())
        );
    }
}

/// What was sent comes back without control characters, and to the operator on one short line.
#[test]
fn texts_hold_no_control_characters() {
    let fault = AuthFault::Incomplete(format!("got 'a\u{1b}[31m\r\n\0{}'", "b".repeat(9000)));
    for text in [fault.message(), fault.to_string()] {
        assert!(!text.contains(char::is_control), "{text}");
    }
    assert!(fault.to_string().chars().count() < 300);
}
