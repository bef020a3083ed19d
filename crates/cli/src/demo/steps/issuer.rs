//! A cluster issuer, and the documents by which others check its tokens.

use serde_json::{Value, json};

use super::ISSUER;
use crate::client::{CallError, Client};
use crate::demo::check::{same, text};
use crate::demo::json_text::json_text;
use crate::demo::stage::{Issuer, Stage};
use crate::demo::step::Shown;
use crate::demo::wrong::Wrong;

/// Longer texts, such as a key's modulus, are cut where people read.
const MAX_SHOWN_CHARS: usize = 100;

pub(super) async fn take(stage: &mut Stage) -> Result<Shown, Wrong> {
    let admin = &stage.admin;
    let made = admin
        .irsa("CreateIssuer", &json!({ "Name": ISSUER }))
        .await?;
    let url = text(&made, "/Issuer/Url", "issuer URL")?.to_owned();
    let key_id = text(&made, "/Issuer/KeyIds/0", "key id")?;

    let discovery_url = format!("{url}/.well-known/openid-configuration");
    let discovery = document(admin, &discovery_url).await?;
    same(
        "`issuer` in the discovery document",
        &url,
        text(&discovery, "/issuer", "`issuer`")?,
    )?;

    let jwks_url = text(&discovery, "/jwks_uri", "`jwks_uri`")?;
    let jwks = document(admin, jwks_url).await?;
    same(
        "the published key id",
        key_id,
        text(&jwks, "/keys/0/kid", "key")?,
    )?;

    let detail = format!("the cluster issuer `{ISSUER}` publishes its discovery document and keys");
    let shown = Shown::new(detail)
        .sight(format!("GET {discovery_url}"), shortened(&discovery))
        .sight(format!("GET {jwks_url}"), shortened(&jwks))
        .with("issuerUrl", url.as_str())
        .with("discovery", discovery.clone())
        .with("jwks", jwks.clone());
    stage.issuer = Some(Issuer { url });
    Ok(shown)
}

async fn document(client: &Client, url: &str) -> Result<Value, Wrong> {
    let body = client.fetch(url).await?;
    let document = serde_json::from_slice(&body).map_err(|error| CallError::Foreign {
        endpoint: url.to_owned(),
        why: error.to_string(),
    })?;
    Ok(document)
}

fn shortened(document: &Value) -> String {
    json_text(&cut(document))
}

fn cut(value: &Value) -> Value {
    match value {
        Value::String(long) if long.chars().count() > MAX_SHOWN_CHARS => {
            let start: String = long.chars().take(MAX_SHOWN_CHARS / 2).collect();
            Value::String(start + "…")
        }
        Value::Array(items) => items.iter().map(cut).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), cut(value)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_wherever_they_stand() {
        let (long, start) = ("é".repeat(101), "é".repeat(50) + "…");
        for (document, shown) in [
            (
                json!({ "keys": [{ "n": long, "e": 1 }] }),
                json!({ "keys": [{ "n": start, "e": 1 }] }),
            ),
            (json!("é".repeat(100)), json!("é".repeat(100))),
            (json!([null, true, "x"]), json!([null, true, "x"])),
        ] {
            assert_eq!(cut(&document), shown);
        }
    }
}
