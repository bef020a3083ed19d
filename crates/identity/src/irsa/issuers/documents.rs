//! Discovery documents and key sets, for everybody.

use async_trait::async_trait;
use base::{Fault, Timestamp};
use engine::{Published, Publisher, Server};
use serde_json::json;

use super::key_age::oldest_signing_key;
use super::{IssuerRow, issuer_by_name, jwks_uri};

/// How long kube-apiserver lets its documents be cached (k8s.io/kubernetes,
/// pkg/routes/openidmetadata.go: `public, max-age=3600`).
const MAX_AGE_SECS: u32 = 3_600;
const DISCOVERY_PATH: &str = ".well-known/openid-configuration";
const JWKS_PATH: &str = "openid/v1/jwks";

/// Publishes the documents of all issuers, from their rows alone (THREATS R28).
#[derive(Clone, Copy, Debug, Default)]
pub struct IssuerDocuments;

#[derive(Clone, Copy)]
enum Wanted {
    Discovery,
    Keys,
}

#[async_trait]
impl Publisher for IssuerDocuments {
    async fn document(&self, server: &Server, path: &str) -> Result<Option<Published>, Fault> {
        let Some((name, wanted)) = parsed(path) else {
            return Ok(None);
        };
        let mut unit = server.unit().await?;
        let issuer = issuer_by_name(&mut unit.view(), name).await?;
        let now = server.clock.now();
        Ok(issuer.map(|issuer| published(&issuer, wanted, now)))
    }

    async fn oldest_signing_key(&self, server: &Server) -> Result<Option<Timestamp>, Fault> {
        oldest_signing_key(server).await
    }
}

/// The path is matched raw: names need no escapes, so an escaped one is nobody's.
fn parsed(path: &str) -> Option<(&str, Wanted)> {
    let (name, document) = path.strip_prefix("/id/")?.split_once('/')?;
    let wanted = match document {
        DISCOVERY_PATH => Wanted::Discovery,
        JWKS_PATH => Wanted::Keys,
        _ => return None,
    };
    Some((name, wanted))
}

fn published(issuer: &IssuerRow, wanted: Wanted, now: Timestamp) -> Published {
    let (content_type, text) = match wanted {
        Wanted::Discovery => {
            let algorithms = issuer.algorithms(now);
            let keys = jwks_uri(&issuer.url);
            (
                "application/json",
                jose::discovery_document(&issuer.url, &keys, &algorithms),
            )
        }
        Wanted::Keys => ("application/jwk-set+json", key_set(issuer, now)),
    };
    Published {
        content_type,
        body: text.into_bytes(),
        max_age_secs: MAX_AGE_SECS,
    }
}

/// The public keys of an issuer, as Kubernetes writes them.
pub(super) fn key_set(issuer: &IssuerRow, now: Timestamp) -> String {
    let published = issuer.published_keys(now);
    let keys: Vec<_> = published.iter().map(|key| key.jwk).collect();
    json!({ "keys": keys }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_raw() {
        for (path, name) in [
            ("/id/demo/openid/v1/jwks", Some("demo")),
            ("/id/demo/.well-known/openid-configuration", Some("demo")),
            ("/id/demo/openid/v1/jwks/", None),
            ("/id/demo//openid/v1/jwks", None),
            ("/id/demo/../demo/openid/v1/jwks", None),
            ("/id/%64emo/openid/v1/jwks", Some("%64emo")),
            ("/id/demo", None),
            ("/id/", None),
            ("/id", None),
        ] {
            assert_eq!(parsed(path).map(|(name, _)| name), name, "{path}");
        }
    }
}
