//! What a request presents, and the checks on it in AWS's order.

use std::time::Duration;

use base::{Secret, Timestamp};

use crate::authorization::{self, Date, Parameters};
use crate::canonical::{ALGORITHM, Canonical, string_to_sign};
use crate::credential::{self, Scope, TERMINATOR};
use crate::path::{PathStyle, check_path};
use crate::payload::check_declared;
use crate::query::{Query, View};
use crate::signing_key::{SigningKey, dummy_secret};
use crate::{AuthFault, Head, amz_date};

/// How far a signature's time may be from ours: fifteen minutes on either side.
pub const WINDOW: Duration = Duration::from_mins(15);

/// Where the signature was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Presence {
    /// In the `Authorization` header.
    Header,
    /// In the query: a presigned URL.
    Query,
}

/// What a request says of its signer; nothing of it is proven before [`verify`](Self::verify).
pub struct Presented {
    /// The access key id; empty when the credential is malformed, which
    /// [`check_scope`](Self::check_scope) reports.
    pub access_key_id: String,
    /// For which day, region and service it was signed.
    pub scope: Scope,
    /// The names of the signed headers, in the client's order.
    pub signed_headers: Vec<String>,
    /// When it was signed, to the second.
    pub timestamp: Timestamp,
    /// The session token of temporary credentials.
    pub session_token: Option<String>,
    /// Where the signature was found.
    pub presence: Presence,
    /// `X-Amz-Expires` of a presigned URL. Outside S3 AWS ignores it: such a URL is good for
    /// fifteen minutes.
    pub expires_secs: Option<u64>,
    /// WHY: AWS reports a malformed credential after the clock, so it waits here.
    malformed_credential: Option<AuthFault>,
    /// `None` when it is not 64 lower-case hex digits; then it matches nothing.
    signature: Option<[u8; 32]>,
}

/// Reads a request's signature; `None` when it carries none. Checks path, query, the presence of
/// every part, the signed host and the date, in this order.
pub fn present(head: &Head<'_>) -> Result<Option<Presented>, AuthFault> {
    check_path(head.path)?;
    let query = Query::parse(head.query)?;
    let algorithm = query.first("X-Amz-Algorithm");
    match (head.first("authorization"), algorithm) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(AuthFault::BothPresent),
        (Some(authorization), None) => {
            let parameters = authorization::from_header(head, authorization)?;
            Presented::new(head, parameters, Presence::Header).map(Some)
        }
        (None, Some(algorithm)) => {
            if algorithm != ALGORITHM.as_bytes() {
                return Err(AuthFault::MissingToken);
            }
            let parameters = authorization::from_query(head, &query)?;
            Presented::new(head, parameters, Presence::Query).map(Some)
        }
    }
}

impl Presented {
    fn new(head: &Head<'_>, parameters: Parameters, presence: Presence) -> Result<Self, AuthFault> {
        check_host_signed(head, &parameters.signed_headers)?;
        let timestamp = match &parameters.date {
            Date::Amz(text) => amz_date::parse(text)?,
            Date::Http(text) => amz_date::parse_http_date(text)?,
        };
        let (access_key_id, scope, malformed_credential) =
            match credential::parse(&parameters.credential) {
                Ok((access_key_id, scope)) => (access_key_id, scope, None),
                Err(fault) => (String::new(), Scope::default(), Some(fault)),
            };
        Ok(Self {
            access_key_id,
            scope,
            signed_headers: parameters.signed_headers,
            timestamp,
            session_token: parameters.session_token,
            presence,
            expires_secs: parameters.expires_secs,
            malformed_credential,
            signature: parse_signature(&parameters.signature),
        })
    }

    /// Refuses a signature made longer ago, or further ahead, than `window` ([`WINDOW`]).
    /// `X-Amz-Expires` counts for nothing here: STS ignores it.
    pub fn check_time(&self, now: Timestamp, window: Duration) -> Result<(), AuthFault> {
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        let earliest = now.saturating_sub(window).unwrap_or(Timestamp::MIN);
        let latest = now.saturating_add(window).unwrap_or(Timestamp::MAX);
        let minutes = window.as_secs() / 60;
        let texts = |limit| [self.timestamp, limit, now].map(amz_date::format);
        if self.timestamp < earliest {
            let [signed, limit, now] = texts(earliest);
            return Err(AuthFault::Expired(format!(
                "Signature expired: {signed} is now earlier than {limit} ({now} - {minutes} min.)"
            )));
        }
        if self.timestamp > latest {
            let [signed, limit, now] = texts(latest);
            return Err(AuthFault::NotYet(format!(
                "Signature not yet current: {signed} is still later than {limit} \
                 ({now} + {minutes} min.)"
            )));
        }
        Ok(())
    }

    /// Refuses a malformed credential, and a scope that is not of this service, of one of these
    /// regions and of the day of signing; AWS concatenates what is wrong.
    pub fn check_scope(
        &self,
        service: &str,
        regions: impl Fn(&str) -> bool,
    ) -> Result<(), AuthFault> {
        if let Some(fault) = &self.malformed_credential {
            return Err(fault.clone());
        }
        self.scope.check(service, regions, self.timestamp)
    }

    /// Refuses an unsigned Host, and X-Amz-Target, X-Amz-Security-Token or Content-Encoding that
    /// are there and not signed (THREATS R14).
    pub fn check_signed(&self, head: &Head<'_>) -> Result<(), AuthFault> {
        check_host_signed(head, &self.signed_headers)?;
        for (name, text) in MUST_BE_SIGNED {
            if head.first(name).is_some() && !self.signs(name) {
                return Err(AuthFault::NotSigned(text));
            }
        }
        Ok(())
    }

    /// Whether that header (lower-case name) is among the signed ones.
    pub fn signs(&self, name: &str) -> bool {
        self.signed_headers.iter().any(|signed| signed == name)
    }

    /// Verifies the signature, in constant time. `payload_sha256_hex` is the hash of the body as
    /// received ([`sha256_hex`](crate::sha256_hex)).
    pub fn verify(
        &self,
        head: &Head<'_>,
        style: PathStyle,
        payload_sha256_hex: &str,
        secret: &Secret<String>,
    ) -> Result<(), AuthFault> {
        let key = self.signing_key(secret);
        self.verify_with_key(head, style, payload_sha256_hex, &key)
    }

    /// The key for [`verify_with_key`](Self::verify_with_key): that of this secret and scope.
    pub fn signing_key(&self, secret: &Secret<String>) -> SigningKey {
        let Scope {
            date,
            region,
            service,
            ..
        } = &self.scope;
        SigningKey::derive(secret, date, region, service)
    }

    /// As [`verify`](Self::verify), with a key derived before for this very scope.
    pub fn verify_with_key(
        &self,
        head: &Head<'_>,
        style: PathStyle,
        payload_sha256_hex: &str,
        key: &SigningKey,
    ) -> Result<(), AuthFault> {
        match style {
            PathStyle::Standard => check_declared(head, payload_sha256_hex)?,
            PathStyle::S3 => {}
        }
        let sound = self.scope.terminator == TERMINATOR && self.names_are_sound();
        let amz_date = amz_date::format(self.timestamp);
        let scope = self.scope.joined();
        let signature = self.signature.unwrap_or_default();
        let mut matched = false;
        for request in self
            .canonical(head, style, payload_sha256_hex, View::Signing)
            .requests()?
        {
            matched |= key.verifies(&string_to_sign(&amz_date, &scope, &request), &signature);
        }
        if matched && sound && self.signature.is_some() {
            Ok(())
        } else {
            Err(AuthFault::Mismatch)
        }
    }

    /// Refuses a key nobody has, after the same HMACs as for one that somebody has (THREATS R11).
    #[must_use]
    pub fn refuse_unknown(
        &self,
        head: &Head<'_>,
        style: PathStyle,
        payload_sha256_hex: &str,
    ) -> AuthFault {
        let outcome = self.verify(head, style, payload_sha256_hex, &dummy_secret());
        std::hint::black_box(outcome).map_or(AuthFault::UnknownKey, |()| AuthFault::UnknownKey)
    }

    /// The canonical request for the operator: session tokens, and passwords and identity tokens
    /// in the query, are replaced by their SHA-256 (THREATS R12). Unreadable requests give the
    /// reason in its place.
    pub fn canonical_request(
        &self,
        head: &Head<'_>,
        style: PathStyle,
        payload_sha256_hex: &str,
    ) -> String {
        match self
            .canonical(head, style, payload_sha256_hex, View::Operator)
            .requests()
        {
            Ok(requests) => {
                String::from_utf8_lossy(&requests.into_iter().next().unwrap_or_default())
                    .into_owned()
            }
            Err(fault) => fault.to_string(),
        }
    }

    fn canonical<'a>(
        &'a self,
        head: &'a Head<'a>,
        style: PathStyle,
        payload: &'a str,
        view: View,
    ) -> Canonical<'a> {
        let presence = self.presence;
        Canonical {
            head,
            style,
            presence,
            signed_headers: &self.signed_headers,
            payload,
            view,
        }
    }

    /// Header names in lower case: no other name can bring a line break into what is signed.
    fn names_are_sound(&self) -> bool {
        self.signed_headers.iter().all(|name| {
            name.strip_prefix(':').unwrap_or(name).bytes().all(|byte| {
                byte.is_ascii_lowercase()
                    || byte.is_ascii_digit()
                    || b"!#$%&'*+-.^_`|~".contains(&byte)
            })
        })
    }
}

/// What must be signed when it is there, as its header name and as the texts name it.
const MUST_BE_SIGNED: [(&str, &str); 3] = [
    ("x-amz-target", "'X-Amz-Target'"),
    ("x-amz-security-token", "'X-Amz-Security-Token'"),
    ("content-encoding", "'Content-Encoding'"),
];

fn check_host_signed(head: &Head<'_>, signed_headers: &[String]) -> Result<(), AuthFault> {
    let signed = ["host", ":authority"].into_iter().any(|name| {
        signed_headers.iter().any(|signed| signed == name) && head.first(name).is_some()
    });
    if signed {
        Ok(())
    } else {
        Err(AuthFault::NotSigned("'Host' or ':authority'"))
    }
}

/// Exactly 64 lower-case hex digits (THREATS R11).
fn parse_signature(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        for &digit in pair {
            *byte = *byte << 4 | lower_hex(digit)?;
        }
    }
    Some(bytes)
}

fn lower_hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}
