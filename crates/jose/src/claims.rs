//! What a token says of its bearer.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::TokenFault;

/// Length of `sub` in characters (SubjectFromWebIdentityToken in the STS model; THREATS R25).
const SUBJECT_CHARS: std::ops::RangeInclusive<usize> = 6..=255;
/// Length of `iss` in characters (Url of an OIDC provider in the IAM model; THREATS R25).
const ISSUER_CHARS: std::ops::RangeInclusive<usize> = 1..=255;
/// Largest date: every integer up to here is exact in a double (THREATS R23).
const MAX_DATE: i64 = 1 << 53;

/// The claims of one token, read once; every reader uses these (THREATS R21).
#[derive(Clone, Debug, PartialEq)]
pub struct Claims {
    /// `iss`, as written.
    pub issuer: String,
    /// `sub`, 6–255 characters.
    pub subject: String,
    /// `aud`: one or more.
    pub audiences: Vec<String>,
    /// `azp`.
    pub authorized_party: Option<String>,
    /// `exp`, seconds since the epoch.
    pub expires_at: i64,
    /// `iat`, seconds since the epoch.
    pub issued_at: i64,
    /// `nbf`, seconds since the epoch.
    pub not_before: Option<i64>,
    /// `jti`, when it is a string.
    pub id: Option<String>,
    /// `amr`; empty when absent.
    pub amr: Vec<String>,
    /// `kubernetes.io`, when it has Kubernetes' shape.
    pub kubernetes: Option<KubernetesClaims>,
    /// All of the payload; of duplicate members the last.
    pub raw: Map<String, Value>,
}

/// The `kubernetes.io` claim of a ServiceAccount token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct KubernetesClaims {
    /// The ServiceAccount's namespace.
    pub namespace: String,
    /// The ServiceAccount.
    #[serde(rename = "serviceaccount")]
    pub service_account: ObjectReference,
    /// The pod that the token is bound to.
    pub pod: Option<ObjectReference>,
    /// The node that the pod runs on.
    pub node: Option<ObjectReference>,
}

/// A Kubernetes object by name and uid.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ObjectReference {
    /// Its name.
    pub name: String,
    /// Its uid; a node's may be missing.
    #[serde(default)]
    pub uid: String,
}

impl Claims {
    /// Reads a payload. The order of the checks is that of the claims in AWS's own: all must be
    /// there before any is looked at.
    pub(crate) fn from_json(raw: Map<String, Value>) -> Result<Self, TokenFault> {
        for name in ["iss", "sub", "aud", "iat", "exp"] {
            if !raw.contains_key(name) {
                return Err(TokenFault::MissingClaim(name));
            }
        }
        Ok(Self {
            issuer: bounded_text(&raw, "iss", &ISSUER_CHARS)?,
            subject: bounded_text(&raw, "sub", &SUBJECT_CHARS)?,
            audiences: audiences(&raw)?,
            authorized_party: raw.get("azp").map(|azp| text("azp", azp)).transpose()?,
            expires_at: date(&raw, "exp")?.ok_or(TokenFault::MissingClaim("exp"))?,
            issued_at: date(&raw, "iat")?.ok_or(TokenFault::MissingClaim("iat"))?,
            not_before: date(&raw, "nbf")?,
            id: raw.get("jti").and_then(Value::as_str).map(str::to_owned),
            amr: raw
                .get("amr")
                .map(|amr| texts("amr", amr))
                .transpose()?
                .unwrap_or_default(),
            kubernetes: raw
                .get("kubernetes.io")
                .and_then(|claim| KubernetesClaims::deserialize(claim).ok()),
            raw,
        })
    }
}

fn bounded_text(
    raw: &Map<String, Value>,
    name: &'static str,
    chars: &std::ops::RangeInclusive<usize>,
) -> Result<String, TokenFault> {
    let value = raw.get(name).ok_or(TokenFault::MissingClaim(name))?;
    let text = text(name, value)?;
    if !chars.contains(&text.chars().count()) {
        return Err(TokenFault::claim(name, "is too short or too long"));
    }
    if text.chars().any(char::is_control) {
        return Err(TokenFault::claim(name, "holds a control character"));
    }
    Ok(text)
}

fn audiences(raw: &Map<String, Value>) -> Result<Vec<String>, TokenFault> {
    let value = raw.get("aud").ok_or(TokenFault::MissingClaim("aud"))?;
    let audiences = texts("aud", value)?;
    if audiences.is_empty() {
        return Err(TokenFault::EmptyClaim("aud"));
    }
    Ok(audiences)
}

fn date(raw: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, TokenFault> {
    let Some(value) = raw.get(name) else {
        return Ok(None);
    };
    let seconds = value.as_i64().or_else(|| value.as_f64().and_then(integral));
    match seconds {
        Some(seconds) if (0..=MAX_DATE).contains(&seconds) => Ok(Some(seconds)),
        _ => Err(TokenFault::Timestamp(name)),
    }
}

/// `1.7e9` is as integral as `1700000000`.
fn integral(number: f64) -> Option<i64> {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "every whole number up to 2^53 is exact both ways"
    )]
    let whole = (number.fract() == 0.0 && (0.0..=MAX_DATE as f64).contains(&number))
        .then_some(number as i64);
    whole
}

fn texts(name: &'static str, value: &Value) -> Result<Vec<String>, TokenFault> {
    match value {
        Value::Array(items) => items.iter().map(|item| text(name, item)).collect(),
        single => Ok(vec![text(name, single)?]),
    }
}

fn text(name: &'static str, value: &Value) -> Result<String, TokenFault> {
    match value {
        Value::String(text) => Ok(text.clone()),
        _ => Err(TokenFault::claim(name, "is not a string")),
    }
}
