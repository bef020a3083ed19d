//! The signature checks alone, on one thread, of the very requests that the rows send.

use base::{Clock, SystemClock, Timestamp};
use jose::{JwkSet, Token};
use sigv4::{AuthFault, Head, PathStyle, WINDOW};

use crate::fault::Fault;
use crate::load::{Measured, Span};
use crate::setup::{Issuer, Received};
use crate::single::repeat;

const SIGNATURE: &str = "the check of a SigV4 signature";
const TOKEN: &str = "the check of a token";

/// Verifies a SigV4 signature as the server does: reads it, checks it, derives the key, hashes the
/// body, compares.
pub(crate) fn sigv4(received: &Received, span: Span) -> Result<Measured, Fault> {
    let now = SystemClock.now();
    repeat(SIGNATURE, span, || {
        verify_sigv4(received, now).map_err(|fault| check(SIGNATURE, &fault))
    })
}

fn verify_sigv4(received: &Received, now: Timestamp) -> Result<(), AuthFault> {
    let head = Head {
        method: "POST",
        path: "/",
        query: "",
        headers: &received.headers,
    };
    let presented = sigv4::present(&head)?.ok_or(AuthFault::MissingToken)?;
    sigv4::check_repeated(&head)?;
    presented.check_signed(&head)?;
    presented.check_time(now, WINDOW)?;
    let payload = sigv4::sha256_hex(&received.body);
    presented.verify(&head, PathStyle::Standard, &payload, &received.secret)
}

/// Verifies a token that was read before: little more than the public-key operation.
pub(crate) fn token_signature(issuer: &Issuer, span: Span) -> Result<Measured, Fault> {
    let now = SystemClock.now();
    let keys = keys(issuer)?;
    let token = Token::parse(&issuer.token).map_err(|fault| check(TOKEN, &fault))?;
    repeat(TOKEN, span, || verify_token(&token, &keys, now))
}

/// Reads and verifies a token.
pub(crate) fn token(issuer: &Issuer, span: Span) -> Result<Measured, Fault> {
    let now = SystemClock.now();
    let keys = keys(issuer)?;
    repeat(TOKEN, span, || {
        let token = Token::parse(&issuer.token).map_err(|fault| check(TOKEN, &fault))?;
        verify_token(&token, &keys, now)
    })
}

fn verify_token(token: &Token<'_>, keys: &JwkSet, now: Timestamp) -> Result<(), Fault> {
    let verified = jose::verify(token, keys, now);
    verified.map(drop).map_err(|fault| check(TOKEN, &fault))
}

fn keys(issuer: &Issuer) -> Result<JwkSet, Fault> {
    JwkSet::parse(&issuer.key_set).map_err(|fault| check("reading the key set", &fault))
}

fn check(what: &'static str, why: &dyn std::fmt::Display) -> Fault {
    Fault::Check {
        what,
        why: why.to_string(),
    }
}
