//! An API server as it can be named to a server that runs elsewhere: all that is needed to ask it,
//! and nothing that only works on this machine.

use base::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::config::AuthInfo;
use kube::{Client, Config};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};

use crate::ConnectionError;
use crate::connection::{Target, config, pem_of};

/// Which API server, and what it is shown.
#[derive(Clone)]
pub enum ApiServer {
    /// The one of the cluster in which this process runs, as its pod's ServiceAccount.
    OwnPod,
    /// One that is named.
    Named(Box<ApiServerAt>),
}

/// An API server that is named.
#[derive(Clone)]
pub struct ApiServerAt {
    /// Its URL, without a slash at its end.
    pub url: String,
    /// The name that its certificate must have, if not the URL's.
    pub tls_server_name: Option<String>,
    /// The certificates (PEM) that it may be believed by; `None`: the machine's roots.
    pub authority: Option<String>,
    /// What it is shown.
    pub credential: Credential,
}

/// What an API server is shown.
#[derive(Clone)]
pub enum Credential {
    /// A token.
    BearerToken(Secret<String>),
    /// A certificate and its key, PEM.
    ClientCertificate {
        /// PEM.
        certificate: String,
        /// PEM.
        key: Secret<String>,
    },
}

/// Why a kubeconfig's API server cannot be named to another machine.
#[derive(Debug, thiserror::Error)]
pub enum ApiServerError {
    /// There is no kubeconfig to read.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// The user's credentials come from a program.
    #[error("the kubeconfig's user is known by {0}, which runs on this machine only")]
    Program(&'static str),
    /// A user without a token or a certificate.
    #[error("the kubeconfig's user has neither a token nor a client certificate")]
    NoCredential,
    /// Something that would not be taken along.
    #[error("the kubeconfig has {0}, which is not taken along")]
    NotTaken(&'static str),
    /// A file that the kubeconfig names.
    #[error("cannot read `{path}`, which the kubeconfig names: {source}")]
    Unreadable {
        /// Its path.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is no text, or no PEM, or not what Base64 is.
    #[error("the kubeconfig's {0} is unusable")]
    Unusable(&'static str),
    /// No client can be made of it.
    #[error("the API server cannot be asked: {0}")]
    Client(String),
}

impl ApiServerAt {
    /// The one that a kubeconfig names, shown this token, or else what its user has. Nothing is
    /// sent, and no program is run.
    pub async fn of_kubeconfig(
        target: &Target,
        token: Option<Secret<String>>,
    ) -> Result<Self, ApiServerError> {
        let config = config(target).await?;
        if config.accept_invalid_certs {
            return Err(ApiServerError::NotTaken("insecure-skip-tls-verify"));
        }
        if config.proxy_url.is_some() {
            return Err(ApiServerError::NotTaken("a proxy-url"));
        }
        Ok(Self {
            url: config
                .cluster_url
                .to_string()
                .trim_end_matches('/')
                .to_owned(),
            tls_server_name: config.tls_server_name.clone(),
            authority: config.root_cert.as_deref().map(pem_of),
            credential: match token {
                Some(token) => Credential::BearerToken(token),
                None => Credential::of(&config.auth_info)?,
            },
        })
    }
}

impl Credential {
    fn of(user: &AuthInfo) -> Result<Self, ApiServerError> {
        if user.exec.is_some() {
            return Err(ApiServerError::Program("an exec plugin"));
        }
        if user.auth_provider.is_some() {
            return Err(ApiServerError::Program("an auth-provider"));
        }
        if user.impersonate.is_some() || user.impersonate_groups.is_some() {
            return Err(ApiServerError::NotTaken("impersonation"));
        }
        if let Some(token) = &user.token {
            let token = token.expose_secret().trim().to_owned();
            return Ok(Self::BearerToken(Secret::new(token)));
        }
        if let Some(path) = &user.token_file {
            let token = read(path)?.trim().to_owned();
            return Ok(Self::BearerToken(Secret::new(token)));
        }
        let certificate = user.client_certificate_data.as_deref();
        let certificate = pem(
            certificate,
            user.client_certificate.as_deref(),
            "client-certificate",
        )?;
        let key = user
            .client_key_data
            .as_ref()
            .map(ExposeSecret::expose_secret);
        let key = pem(key, user.client_key.as_deref(), "client-key")?;
        match (certificate, key) {
            (Some(certificate), Some(key)) => Ok(Self::ClientCertificate {
                certificate,
                key: Secret::new(key),
            }),
            _ => Err(ApiServerError::NoCredential),
        }
    }
}

/// What stands in the kubeconfig as Base64, else in a file.
fn pem(
    data: Option<&str>,
    file: Option<&str>,
    what: &'static str,
) -> Result<Option<String>, ApiServerError> {
    match (data, file) {
        (Some(data), _) => {
            let unusable = || ApiServerError::Unusable(what);
            let bytes = STANDARD.decode(data).map_err(|_| unusable())?;
            String::from_utf8(bytes).map(Some).map_err(|_| unusable())
        }
        (None, Some(path)) => read(path).map(Some),
        (None, None) => Ok(None),
    }
}

fn read(path: &str) -> Result<String, ApiServerError> {
    std::fs::read_to_string(path).map_err(|source| ApiServerError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

impl ApiServer {
    /// A client that speaks with this server and no other: no proxy, no second attempt.
    pub(crate) fn client(&self) -> Result<Client, ApiServerError> {
        let mut config = match self {
            Self::OwnPod => Config::incluster().map_err(ConnectionError::from)?,
            Self::Named(at) => at.config()?,
        };
        config.default_retry = false;
        config.proxy_url = None;
        Client::try_from(config)
            .map_err(|error| ApiServerError::Client(crate::ask_error::innermost(&error)))
    }
}

impl ApiServerAt {
    fn config(&self) -> Result<Config, ApiServerError> {
        let url = self.url.parse();
        let mut config = Config::new(url.map_err(|_| ApiServerError::Unusable("server"))?);
        config.tls_server_name.clone_from(&self.tls_server_name);
        config.root_cert = self.authority.as_deref().map(der_of).transpose()?;
        match &self.credential {
            Credential::BearerToken(token) => {
                config.auth_info.token = Some(SecretString::from(token.expose().clone()));
            }
            Credential::ClientCertificate { certificate, key } => {
                let user = &mut config.auth_info;
                user.client_certificate_data = Some(STANDARD.encode(certificate));
                let key = STANDARD.encode(key.expose());
                user.client_key_data = Some(SecretString::from(key));
            }
        }
        Ok(config)
    }
}

fn der_of(pem: &str) -> Result<Vec<Vec<u8>>, ApiServerError> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .map(|found| found.map(|certificate| certificate.to_vec()))
        .collect::<Result<_, _>>()
        .map_err(|_| ApiServerError::Unusable("certificate-authority"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kubeconfig with this user and these members of its cluster.
    async fn read(user: &str, cluster: &str) -> Result<ApiServerAt, String> {
        read_with(user, cluster, None).await
    }

    async fn read_with(
        user: &str,
        cluster: &str,
        given: Option<Secret<String>>,
    ) -> Result<ApiServerAt, String> {
        let directory = tempfile::tempdir().unwrap();
        let token = directory.path().join("token");
        std::fs::write(&token, "of-a-file\n").unwrap();
        let user = user.replace("FILE", token.to_str().unwrap());
        let text = format!(
            "{{apiVersion: v1, kind: Config, current-context: c, \
             contexts: [{{name: c, context: {{cluster: k, user: u}}}}], \
             clusters: [{{name: k, cluster: {{server: \"https://k.example:6443/\"{cluster}}}}}], \
             users: [{{name: u, user: {{{user}}}}}]}}"
        );
        let path = directory.path().join("kubeconfig");
        std::fs::write(&path, text).unwrap();
        let target = Target {
            kubeconfig: Some(path),
            ..Target::default()
        };
        let found = ApiServerAt::of_kubeconfig(&target, given).await;
        found.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_token_or_a_certificate_is_taken_along() {
        let pair = format!(
            "client-certificate-data: {}, client-key-data: {}",
            STANDARD.encode("CERTIFICATE"),
            STANDARD.encode("KEY")
        );
        for (user, shown) in [
            ("token: abc", "token abc"),
            ("tokenFile: \"FILE\"", "token of-a-file"),
            (pair.as_str(), "certificate CERTIFICATE with KEY"),
        ] {
            let found = read(user, ", tls-server-name: other.example")
                .await
                .unwrap();
            assert_eq!(found.url, "https://k.example:6443");
            assert_eq!(found.tls_server_name.as_deref(), Some("other.example"));
            let found = match found.credential {
                Credential::BearerToken(token) => format!("token {}", token.expose()),
                Credential::ClientCertificate { certificate, key } => {
                    format!("certificate {certificate} with {}", key.expose())
                }
            };
            assert_eq!(found, shown);
        }
    }

    #[tokio::test]
    async fn a_token_that_is_given_stands_for_the_user() {
        let exec = "exec: {command: /bin/false}";
        let given = Some(Secret::new("given".to_owned()));
        let found = read_with(exec, "", given).await.unwrap();
        let Credential::BearerToken(token) = found.credential else {
            panic!("a certificate");
        };
        assert_eq!(token.expose(), "given");
    }

    #[tokio::test]
    async fn what_works_on_this_machine_only_is_not_taken_along() {
        let exec = "exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/false, \
                    interactiveMode: Never}";
        for (user, cluster, told) in [
            (
                exec,
                "",
                "known by an exec plugin, which runs on this machine only",
            ),
            (
                "auth-provider: {name: oidc}",
                "",
                "known by an auth-provider",
            ),
            ("token: abc, as: admin", "", "has impersonation"),
            (
                "token: abc",
                ", insecure-skip-tls-verify: true",
                "has insecure-skip-tls-verify",
            ),
            (
                "token: abc",
                ", proxy-url: \"http://p:1\"",
                "has a proxy-url",
            ),
            (
                "username: u, password: p",
                "",
                "has neither a token nor a client certificate",
            ),
            (
                "client-certificate-data: \"!\"",
                "",
                "client-certificate is unusable",
            ),
            (
                "tokenFile: /nowhere/token",
                "",
                "cannot read `/nowhere/token`",
            ),
        ] {
            match read(user, cluster).await {
                Ok(_) => panic!("taken: {told}"),
                Err(error) => assert!(error.contains(told), "{told}: {error}"),
            }
        }
    }
}
