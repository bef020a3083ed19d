//! The parameters of a signature, out of the `Authorization` header or the query.

use crate::canonical::ALGORITHM;
use crate::query::Query;
use crate::{AuthFault, Head};

/// A signature's parameters as text, none of them judged but for their presence.
pub(crate) struct Parameters {
    pub(crate) credential: String,
    pub(crate) signed_headers: Vec<String>,
    pub(crate) signature: String,
    pub(crate) date: Date,
    pub(crate) session_token: Option<String>,
    pub(crate) expires_secs: Option<u64>,
}

/// Where the time of signing was found.
pub(crate) enum Date {
    /// `X-Amz-Date`.
    Amz(String),
    /// The `Date` header, in want of the other.
    Http(String),
}

/// Reads the `Authorization` header. Of a parameter given twice AWS takes the last; what is
/// missing it names all at once.
pub(crate) fn from_header(head: &Head<'_>, authorization: &[u8]) -> Result<Parameters, AuthFault> {
    let authorization = latin1(authorization.trim_ascii());
    let (algorithm, parameters) = authorization
        .split_once(' ')
        .unwrap_or((&authorization, ""));
    if algorithm != ALGORITHM {
        return Err(AuthFault::Incomplete(format!(
            "Unsupported AWS 'algorithm': '{algorithm}'."
        )));
    }

    let (mut credential, mut signed_headers, mut signature) = (None, None, None);
    for parameter in parameters.split(',').map(|text| text.trim_matches(BLANKS)) {
        if parameter.is_empty() {
            continue;
        }
        let Some((key, value)) = parameter.split_once('=') else {
            return Err(AuthFault::Incomplete(format!(
                "'{parameter}' not a valid key=value pair (missing equal-sign) \
                 in Authorization header: '{authorization}'"
            )));
        };
        match key {
            "Credential" => credential = Some(value),
            "SignedHeaders" => signed_headers = Some(value),
            "Signature" => signature = Some(value),
            _ => {}
        }
    }

    match (credential, signature, signed_headers, header_date(head)) {
        (Some(credential), Some(signature), Some(signed_headers), Some(date)) => Ok(Parameters {
            credential: credential.to_owned(),
            signed_headers: split_names(signed_headers),
            signature: signature.to_owned(),
            date,
            session_token: header_token(head),
            expires_secs: None,
        }),
        (credential, signature, signed_headers, date) => {
            let texts = [
                credential.is_none().then_some(REQUIRES_CREDENTIAL),
                signature.is_none().then_some(REQUIRES_SIGNATURE),
                signed_headers.is_none().then_some(REQUIRES_SIGNED_HEADERS),
                date.is_none().then_some(REQUIRES_DATE),
            ];
            let text: String = texts.into_iter().flatten().collect();
            Err(AuthFault::Incomplete(format!(
                "{text}Authorization={ALGORITHM}"
            )))
        }
    }
}

const REQUIRES_CREDENTIAL: &str = "Authorization header requires 'Credential' parameter. ";
const REQUIRES_SIGNATURE: &str = "Authorization header requires 'Signature' parameter. ";
const REQUIRES_SIGNED_HEADERS: &str = "Authorization header requires 'SignedHeaders' parameter. ";
const REQUIRES_DATE: &str =
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";

/// Reads the query parameters of a presigned URL. Of a parameter given twice AWS takes the first.
pub(crate) fn from_query(head: &Head<'_>, query: &Query) -> Result<Parameters, AuthFault> {
    let value = |name| query.first(name).map(latin1);
    let names = [
        "X-Amz-Credential",
        "X-Amz-Signature",
        "X-Amz-SignedHeaders",
        "X-Amz-Date",
    ];
    let [
        Some(credential),
        Some(signature),
        Some(signed_headers),
        Some(date),
    ] = names.map(value)
    else {
        let missing = names.into_iter().filter(|name| query.first(name).is_none());
        let mut texts: Vec<String> = missing
            .map(|name| format!("AWS query-string parameters must include '{name}'."))
            .collect();
        texts.push("Re-examine the query-string parameters.".to_owned());
        return Err(AuthFault::Incomplete(texts.join(" ")));
    };
    Ok(Parameters {
        credential,
        signed_headers: split_names(&signed_headers),
        signature,
        date: Date::Amz(date),
        session_token: value("X-Amz-Security-Token").or_else(|| header_token(head)),
        expires_secs: value("X-Amz-Expires").and_then(|text| text.parse().ok()),
    })
}

const BLANKS: [char; 2] = [' ', '\t'];

fn header_date(head: &Head<'_>) -> Option<Date> {
    let text = |name| head.first(name).map(|value| latin1(value.trim_ascii()));
    text("x-amz-date")
        .map(Date::Amz)
        .or_else(|| text("date").map(Date::Http))
}

fn header_token(head: &Head<'_>) -> Option<String> {
    head.first("x-amz-security-token")
        .map(|value| latin1(value.trim_ascii()))
}

fn split_names(names: &str) -> Vec<String> {
    names.split(';').map(str::to_owned).collect()
}

/// Every byte is a character: no two byte strings give the same text.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}
