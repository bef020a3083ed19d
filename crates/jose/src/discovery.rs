//! Discovery documents (OpenID Connect Discovery 1.0 §4): ours and others'.

use serde_json::{Value, json};

use crate::{Algorithm, BadDocument, SigningKey, json, normalise_issuer};

/// The discovery document of a local issuer: exactly the members that Kubernetes publishes, in its
/// order; algorithms sorted, each once.
pub fn discovery_document(issuer: &str, jwks_uri: &str, algorithms: &[Algorithm]) -> String {
    let mut names: Vec<&str> = algorithms.iter().map(|alg| alg.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    json!({
        "issuer": issuer,
        "jwks_uri": jwks_uri,
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": names,
    })
    .to_string()
}

/// The key set of a local issuer, as Kubernetes publishes it (`application/jwk-set+json`).
pub fn jwks_document<'k>(keys: impl IntoIterator<Item = &'k SigningKey>) -> String {
    let keys: Vec<Value> = keys.into_iter().map(SigningKey::public_jwk).collect();
    json!({ "keys": keys }).to_string()
}

/// What is read of a provider's discovery document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// `issuer`, which tokens must repeat exactly.
    pub issuer: String,
    /// `jwks_uri`.
    pub jwks_uri: String,
}

impl Discovery {
    /// Where the document of a provider stands.
    pub fn url(provider_url: &str) -> String {
        let base = provider_url.strip_suffix('/').unwrap_or(provider_url);
        format!("{base}/.well-known/openid-configuration")
    }

    /// Reads the document that came from [`Discovery::url`]. Its issuer must name the same provider,
    /// and its keys may not lie behind a weaker scheme than the document (THREATS R29).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(bytes: &[u8], provider_url: &str) -> Result<Self, BadDocument> {
        let document = json::object(bytes).map_err(|error| BadDocument::Json(error.to_string()))?;
        let text = |name: &'static str| match document.get(name) {
            Some(Value::String(text)) => Ok(text.clone()),
            _ => Err(BadDocument::Member(name)),
        };
        let (issuer, jwks_uri) = (text("issuer")?, text("jwks_uri")?);
        if normalise_issuer(&issuer) != normalise_issuer(provider_url) {
            return Err(BadDocument::Issuer);
        }
        let plain = provider_url.starts_with("http://") && jwks_uri.starts_with("http://");
        if !plain && !jwks_uri.starts_with("https://") {
            return Err(BadDocument::KeysUri);
        }
        Ok(Self { issuer, jwks_uri })
    }
}
