//! Whether an issuer's documents can be fetched by anybody, so that nothing need be pinned.

use std::net::IpAddr;
use std::time::Duration;

use base::Escaped;
use cluster::TokenIssuer;
use engine::fetch::is_public;
use jose::{Discovery, JwkSet};

use crate::client::Client;

/// How long an issuer may take to show its documents.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Names that only a cluster or a private network resolves (RFC 6762, RFC 8375, RFC 9476, ICANN's
/// `internal`; Kubernetes' own).
const PRIVATE_DOMAINS: [&str; 8] = [
    "svc",
    "cluster.local",
    "local",
    "localhost",
    "internal",
    "home.arpa",
    "lan",
    "test",
];

/// Who can fetch an issuer's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The server itself runs the issuer.
    OwnIssuer,
    /// Everybody.
    Public,
    /// Not everybody, and why.
    Private(String),
    /// Everybody, but they are others than the API server's: these are missing.
    Other(Vec<String>),
}

/// Finds out. `public_url` is the irsa server's own, where there is one.
pub(super) async fn reach(
    issuer: &TokenIssuer,
    public_url: Option<&str>,
    client: &Client,
) -> Reach {
    let url = issuer.issuer.as_str();
    if public_url.is_some_and(|own| is_below(url, own)) {
        return Reach::OwnIssuer;
    }
    let Some((host, port)) = host_and_port(url) else {
        return Reach::Private("its URL names no host".to_owned());
    };
    if is_eks(host) {
        return Reach::Public;
    }
    if let Some(why) = private_name(host) {
        return Reach::Private(why);
    }
    let answer = tokio::time::timeout(ANSWER_WITHIN, asked(issuer, (host, port), client)).await;
    answer.unwrap_or_else(|_| {
        let seconds = ANSWER_WITHIN.as_secs();
        Reach::Private(format!(
            "{} shows nothing within {seconds} s",
            Escaped(host)
        ))
    })
}

async fn asked(issuer: &TokenIssuer, (host, port): (&str, u16), client: &Client) -> Reach {
    let Ok(addresses) = tokio::net::lookup_host((host, port)).await else {
        return Reach::Private(format!("{} does not resolve", Escaped(host)));
    };
    for address in addresses {
        if !is_public(address.ip()) {
            return Reach::Private(format!("{} is at {}", Escaped(host), address.ip()));
        }
    }
    match published(&issuer.issuer, client).await {
        Ok(keys) => compared(issuer, &keys),
        Err(why) => Reach::Private(why),
    }
}

async fn published(issuer: &str, client: &Client) -> Result<JwkSet, String> {
    let url = Discovery::url(issuer);
    let unusable = |url: &str, why: &dyn std::fmt::Display| format!("{}: {why}", Escaped(url));
    let document = client
        .fetch(&url)
        .await
        .map_err(|error| error.to_string())?;
    let discovery = Discovery::parse(&document, issuer).map_err(|error| unusable(&url, &error))?;
    let keys = client.fetch(&discovery.jwks_uri).await;
    let keys = keys.map_err(|error| error.to_string())?;
    JwkSet::parse(&keys).map_err(|error| unusable(&discovery.jwks_uri, &error))
}

fn compared(issuer: &TokenIssuer, published: &JwkSet) -> Reach {
    let missing = issuer.key_ids.iter().filter(|id| !published.contains(id));
    let missing: Vec<String> = missing.cloned().collect();
    if missing.is_empty() {
        Reach::Public
    } else {
        Reach::Other(missing)
    }
}

/// EKS publishes for its API servers, and rotates without them.
fn is_eks(host: &str) -> bool {
    let amazon = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];
    (host.starts_with("oidc.eks.") || host.starts_with("oidc-eks."))
        && amazon.iter().any(|domain| host.ends_with(domain))
}

fn private_name(host: &str) -> Option<String> {
    let shown = Escaped(host);
    if let Ok(ip) = host.parse::<IpAddr>() {
        return (!is_public(ip)).then(|| format!("{shown} is no public address"));
    }
    let host = host.trim_end_matches('.');
    let inside = |domain: &str| {
        host.strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    if PRIVATE_DOMAINS.into_iter().any(inside) || !host.contains('.') {
        return Some(format!(
            "{shown} is a name of the cluster or a private network"
        ));
    }
    None
}

fn is_below(url: &str, own: &str) -> bool {
    let below = url.strip_prefix(own.trim_end_matches('/'));
    below.is_some_and(|path| path.starts_with("/id/"))
}

/// An IPv6 address without its brackets.
fn host_and_port(url: &str) -> Option<(&str, u16)> {
    let rest = url.strip_prefix("https://")?;
    let authority = rest.split('/').next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
        Some(_) | None => (authority, 443),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (!host.is_empty()).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_only_some_resolve() {
        for (url, private) in [
            ("https://kubernetes.default.svc.cluster.local", true),
            ("https://kubernetes.default.svc", true),
            ("https://kubernetes.default", false),
            ("https://kubernetes", true),
            ("https://localhost:6443", true),
            ("https://127.0.0.1:6443", true),
            ("https://10.0.0.1", true),
            ("https://[fd00::1]:6443", true),
            ("https://[2606:4700::1111]", false),
            ("https://1.1.1.1", false),
            ("https://api.cluster.internal:6443", true),
            ("https://kind.local/x", true),
            ("https://bucket.s3.example.com/x", false),
            ("https://notlocal.example", false),
        ] {
            let (host, _) = host_and_port(url).unwrap();
            assert_eq!(private_name(host).is_some(), private, "{url}");
        }
        for url in ["http://a.example", "https://", "https://a.example:x", "a"] {
            assert_eq!(host_and_port(url), None, "{url}");
        }
    }

    #[test]
    fn issuers_of_eks_and_our_own() {
        for (host, expected) in [
            ("oidc.eks.eu-west-1.amazonaws.com", true),
            ("oidc-eks.eu-west-1.api.aws", true),
            ("oidc.eks.cn-north-1.amazonaws.com.cn", true),
            ("oidc.eks.example", false),
            ("a.amazonaws.com", false),
        ] {
            assert_eq!(is_eks(host), expected, "{host}");
        }
        let own = "https://irsa.example/";
        for (url, expected) in [
            ("https://irsa.example/id/demo", true),
            ("https://irsa.example/other", false),
            ("https://irsa.example.org/id/demo", false),
        ] {
            assert_eq!(is_below(url, own), expected, "{url}");
        }
    }

    #[test]
    fn published_keys_must_hold_the_api_servers() {
        let keys = [jose::Algorithm::ES256; 2].map(|one| jose::SigningKey::generate(one).unwrap());
        let [one, two] = &keys;
        let issuer = |keys: &[&jose::SigningKey]| TokenIssuer {
            issuer: "https://a.example".to_owned(),
            key_set: String::new(),
            key_ids: keys.iter().map(|key| key.kid().to_owned()).collect(),
            version: None,
        };
        let set = |keys: &[&jose::SigningKey]| {
            JwkSet::parse(jose::jwks_document(keys.iter().copied()).as_bytes()).unwrap()
        };
        assert_eq!(compared(&issuer(&[one]), &set(&[one, two])), Reach::Public);
        let missing = vec![two.kid().to_owned()];
        assert_eq!(
            compared(&issuer(&[one, two]), &set(&[one])),
            Reach::Other(missing)
        );
    }
}
