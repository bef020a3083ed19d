//! Our side of TLS, with the words of Go's flags.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::server::ResolvesServerCert;
use rustls::{ServerConfig, SupportedCipherSuite, SupportedProtocolVersion, version};

/// `--tls-min-version`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MinVersion {
    /// TLS 1.2 and later.
    #[default]
    Tls12,
    /// TLS 1.3 alone.
    Tls13,
}

/// Which suites TLS 1.2 may use; those of TLS 1.3 are not chosen, as in Go.
#[derive(Clone, Debug, Default)]
pub struct CipherSuites(Option<Vec<SupportedCipherSuite>>);

/// A flag asks for what we do not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// No version of TLS, or one that is not safe.
    #[error("`{0}` is no TLS version that is served: 1.2 or 1.3")]
    Version(String),
    /// No cipher suite, or one that is not safe.
    #[error("`{name}` is no cipher suite that is served: {known}")]
    CipherSuite {
        /// As given.
        name: String,
        /// Those that are.
        known: String,
    },
    /// There is nothing left to negotiate.
    #[error("no TLS: {0}")]
    Nothing(String),
}

/// Go's names, and ours.
const SUITES: [(&str, SupportedCipherSuite); 9] = [
    (
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        aws_lc_rs::cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    ),
    (
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        aws_lc_rs::cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        aws_lc_rs::cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    ),
    (
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        aws_lc_rs::cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    ),
    (
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        aws_lc_rs::cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ),
    (
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        aws_lc_rs::cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ),
    (
        "TLS_AES_128_GCM_SHA256",
        aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256,
    ),
    (
        "TLS_AES_256_GCM_SHA384",
        aws_lc_rs::cipher_suite::TLS13_AES_256_GCM_SHA384,
    ),
    (
        "TLS_CHACHA20_POLY1305_SHA256",
        aws_lc_rs::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    ),
];

impl std::str::FromStr for MinVersion {
    type Err = TlsFault;

    fn from_str(text: &str) -> Result<Self, TlsFault> {
        match text {
            "" | "1.2" | "VersionTLS12" => Ok(Self::Tls12),
            "1.3" | "VersionTLS13" => Ok(Self::Tls13),
            _ => Err(TlsFault::Version(text.to_owned())),
        }
    }
}

impl std::str::FromStr for CipherSuites {
    type Err = TlsFault;

    fn from_str(text: &str) -> Result<Self, TlsFault> {
        let names = text.split(',').map(str::trim);
        let suites: Vec<SupportedCipherSuite> = names
            .filter(|name| !name.is_empty())
            .map(suite)
            .collect::<Result<_, _>>()?;
        Ok(Self((!suites.is_empty()).then_some(suites)))
    }
}

fn suite(name: &str) -> Result<SupportedCipherSuite, TlsFault> {
    let mut suites = SUITES.iter();
    let found = suites.find(|(known, _)| *known == name);
    found.map(|(_, suite)| *suite).ok_or_else(|| {
        let known = SUITES.map(|(known, _)| known);
        TlsFault::CipherSuite {
            name: name.to_owned(),
            known: known.join(", "),
        }
    })
}

/// What the server negotiates.
pub(crate) fn config(
    certificate: Arc<dyn ResolvesServerCert>,
    min_version: MinVersion,
    suites: &CipherSuites,
) -> Result<ServerConfig, TlsFault> {
    let mut provider = aws_lc_rs::default_provider();
    if let Some(chosen) = &suites.0 {
        provider
            .cipher_suites
            .retain(|suite| suite.tls13().is_some() || chosen.contains(suite));
    }
    let versions: &[&'static SupportedProtocolVersion] = match min_version {
        MinVersion::Tls12 => &[&version::TLS13, &version::TLS12],
        MinVersion::Tls13 => &[&version::TLS13],
    };
    // WHY: where the chosen suites are all of TLS 1.3, TLS 1.2 has none and is left out.
    let has_tls12 = provider
        .cipher_suites
        .iter()
        .any(|suite| suite.tls13().is_none());
    let versions = if has_tls12 {
        versions
    } else {
        &[&version::TLS13]
    };
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions)
        .map_err(|error| TlsFault::Nothing(error.to_string()))?;
    let mut config = config.with_no_client_auth().with_cert_resolver(certificate);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
