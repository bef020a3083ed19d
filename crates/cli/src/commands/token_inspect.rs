//! `irsa token inspect`

use std::io::Read;
use std::path::Path;

use base::{Escaped, Timestamp};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::{Discovery, JwkSet, MAX_TOKEN_CHARS, Token};
use serde_json::{Map, Value, json};

use super::Setting;
use crate::args::TokenInspectArgs;
use crate::aws::{Endpoint, Scheme};
use crate::client::{CallError, Client, Service};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Mark, Table};

/// What was found out about the signature.
enum Finding {
    /// `--unverified`.
    NotLooked,
    /// A key of this document signed it, and it is in its time.
    Good { keys: String },
    /// It is not to be trusted.
    Bad { why: String },
}

/// Shows what a token says. Unless `--unverified`, fetches its issuer's keys and ends with status 1
/// when none of them signed it or its time is over.
pub(super) async fn run(args: TokenInspectArgs, setting: &Setting) -> Result<Exit, Failure> {
    let text = read_token(&args.file)?;
    let (header, claims) = decode(text.trim_ascii_end())?;
    let finding = if args.unverified {
        Finding::NotLooked
    } else {
        verify(&text, &setting.client()?).await?
    };
    let now = setting.clock.now();
    let mut value = json!({ "Header": header, "Claims": claims });
    if let Some(members) = value.as_object_mut() {
        match &finding {
            Finding::NotLooked => {}
            Finding::Good { keys } => {
                members.insert("Verified".into(), json!(true));
                members.insert("JwksUri".into(), json!(keys));
            }
            Finding::Bad { why } => {
                members.insert("Verified".into(), json!(false));
                members.insert("Problem".into(), json!(why));
            }
        }
    }
    setting
        .output
        .result(&value, || shown(&header, &claims, &finding, now));
    Ok(match finding {
        Finding::Bad { .. } => Exit::Failed,
        Finding::NotLooked | Finding::Good { .. } => Exit::Done,
    })
}

fn read_token(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    // One more than the longest, and some white space.
    let limit = MAX_TOKEN_CHARS as u64 + 64;
    let read = if path == Path::new("-") {
        std::io::stdin().take(limit).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(limit).read_to_string(&mut text))
    };
    read.map_err(|error| {
        let failure = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::NotFound,
            _ => Exit::Failed,
        };
        Failure::new(
            failure,
            format!("cannot read `{}`: {error}", path.display()),
        )
    })?;
    Ok(text)
}

/// Header and claims, whatever they say: also of tokens that nobody would take.
fn decode(text: &str) -> Result<(Value, Value), Failure> {
    let not_a_token = |why: &str| {
        Failure::failed(format!("this is no token: {why}"))
            .help("a token is three parts of base64url with dots between")
    };
    if text.len() > MAX_TOKEN_CHARS {
        return Err(not_a_token("it is longer than 20,000 characters"));
    }
    let parts: Vec<&str> = text.split('.').collect();
    let [header, claims, _signature] = parts.as_slice() else {
        return Err(not_a_token("it has not three parts"));
    };
    let object = |part: &str, name: &str| {
        let bytes = URL_SAFE_NO_PAD
            .decode(part)
            .map_err(|_| not_a_token(&format!("the {name} is not base64url")))?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(members)) => Ok(Value::Object(members)),
            _ => Err(not_a_token(&format!("the {name} is not a JSON object"))),
        }
    };
    Ok((object(header, "header")?, object(claims, "payload")?))
}

async fn verify(text: &str, client: &Client) -> Result<Finding, Failure> {
    let bad = |why: &dyn std::fmt::Display| {
        Ok(Finding::Bad {
            why: Escaped(&why.to_string()).to_string(),
        })
    };
    let token = match Token::parse(text) {
        Ok(token) => token,
        Err(fault) => return bad(&fault),
    };
    let issuer = match token.unverified().issuer.split_once("://") {
        Some(_) => token.unverified().issuer.clone(),
        None => format!("https://{}", token.unverified().issuer),
    };
    let document = fetch(&Discovery::url(&issuer), client).await?;
    let discovery = match Discovery::parse(&document, &issuer) {
        Ok(discovery) => discovery,
        Err(problem) => return bad(&format_args!("the issuer's discovery document: {problem}")),
    };
    let document = fetch(&discovery.jwks_uri, client).await?;
    let keys = match JwkSet::parse(&document) {
        Ok(keys) => keys.of_issuer(discovery.issuer),
        Err(problem) => return bad(&format_args!("the issuer's keys: {problem}")),
    };
    match jose::verify(&token, &keys, client.now()) {
        Ok(_) => Ok(Finding::Good {
            keys: discovery.jwks_uri,
        }),
        Err(fault) => bad(&fault),
    }
}

/// Fetches a document that the token names. Over plain http only from this machine or from the
/// server in use: the token may come from anybody.
async fn fetch(url: &str, client: &Client) -> Result<Vec<u8>, Failure> {
    let (server, _) = Endpoint::split(url)
        .map_err(|why| Failure::failed(format!("`{}` cannot be fetched: {why}", Escaped(url))))?;
    let known = client
        .endpoint(Service::Irsa)
        .is_ok_and(|known| known.authority() == server.authority());
    if server.scheme() == Scheme::Http && !known && !is_loopback(server.host()) {
        let what = format!(
            "the issuer's `{}` is not https, so nothing that it says counts",
            Escaped(url)
        );
        return Err(Failure::failed(what).help("irsa token inspect --unverified FILE"));
    }
    client.fetch(url).await.map_err(|error| match error {
        CallError::Foreign { .. } => Failure::new(Exit::Unreachable, error.to_string()),
        other => Failure::from(other).help("irsa token inspect --unverified FILE"),
    })
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn shown(header: &Value, claims: &Value, finding: &Finding, now: Timestamp) -> String {
    let empty = Map::new();
    let claims = claims.as_object().unwrap_or(&empty);
    let mut rows: Vec<(&str, String)> = Vec::new();
    for (title, name) in [("Algorithm", "alg"), ("Key", "kid")] {
        if let Some(value) = header.get(name) {
            rows.push((title, plain(value)));
        }
    }
    for (title, name) in [
        ("Issuer", "iss"),
        ("Subject", "sub"),
        ("Audience", "aud"),
        ("Authorized party", "azp"),
    ] {
        if let Some(value) = claims.get(name) {
            rows.push((title, plain(value)));
        }
    }
    for (title, path) in [
        ("Namespace", "/namespace"),
        ("ServiceAccount", "/serviceaccount/name"),
        ("Pod", "/pod/name"),
        ("Node", "/node/name"),
    ] {
        let kubernetes = claims.get("kubernetes.io");
        if let Some(value) = kubernetes.and_then(|claim| claim.pointer(path)) {
            rows.push((title, plain(value)));
        }
    }
    for (title, name) in [("Issued", "iat"), ("Valid from", "nbf"), ("Expires", "exp")] {
        if let Some(value) = claims.get(name) {
            rows.push((title, moment(value, now)));
        }
    }
    if let Some(value) = claims.get("jti") {
        rows.push(("Token id", plain(value)));
    }
    let text = Table::facts(rows);
    let verdict = match finding {
        Finding::NotLooked => format!("{} not verified, as asked", Mark::Neutral),
        Finding::Good { keys } => {
            format!("{} valid: signed by a key of {}", Mark::Good, Escaped(keys))
        }
        Finding::Bad { why } => format!("{} not valid: {why}", Mark::Bad),
    };
    text + &verdict
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn moment(value: &Value, now: Timestamp) -> String {
    let Some(moment) = value
        .as_i64()
        .and_then(|second| Timestamp::from_second(second).ok())
    else {
        return value.to_string();
    };
    let distance = moment.as_second() - now.as_second();
    let span = span(distance.unsigned_abs());
    match distance {
        0.. => format!("{moment} (in {span})"),
        _ => format!("{moment} ({span} ago)"),
    }
}

fn span(secs: u64) -> String {
    match secs {
        0..60 => format!("{secs}s"),
        60..3_600 => format!("{}m{}s", secs / 60, secs % 60),
        3_600..86_400 => format!("{}h{}m", secs / 3_600, secs % 3_600 / 60),
        _ => format!("{}d{}h", secs / 86_400, secs % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_token_is_told() {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let object = part("{}");
        for (text, why) in [
            (String::new(), Some("it has not three parts")),
            ("a.b".into(), Some("it has not three parts")),
            (
                format!("{object}.{object}.a.b"),
                Some("it has not three parts"),
            ),
            (format!("!.{object}."), Some("the header is not base64url")),
            (
                format!("{object}.{}.", part("[]")),
                Some("the payload is not a JSON object"),
            ),
            ("a".repeat(20_001), Some("longer than 20,000")),
            (format!("{object}.{object}."), None),
        ] {
            let found = decode(&text).err().map(|failure| format!("{failure:?}"));
            match (found, why) {
                (Some(found), Some(why)) => assert!(found.contains(why), "{found}"),
                (found, why) => assert_eq!(found.as_deref(), why),
            }
        }
    }

    #[test]
    fn times_are_told_from_now() {
        let now = Timestamp::from_second(10_000).unwrap();
        for (value, shown) in [
            (json!(10_000), "1970-01-01T02:46:40Z (in 0s)"),
            (json!(13_660), "1970-01-01T03:47:40Z (in 1h1m)"),
            (json!(9_900), "1970-01-01T02:45:00Z (1m40s ago)"),
            (json!("soon"), "\"soon\""),
            (json!(i64::MAX), "9223372036854775807"),
        ] {
            assert_eq!(moment(&value, now), shown);
        }
    }
}
