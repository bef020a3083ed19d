//! Where issuers are.

use base::Fault;
use engine::{Mode, Settings};

use crate::irsa::faults::validation;

/// Where an issuer's key set stands.
pub fn jwks_uri(url: &str) -> String {
    format!("{url}/openid/v1/jwks")
}

/// Where an issuer's discovery document stands.
pub fn discovery_url(url: &str) -> String {
    jose::Discovery::url(url)
}

/// The URL that a new issuer is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IssuerUrl {
    /// `PUBLIC_URL/id/NAME`, served by this server.
    Own(String),
    /// Somewhere else: the installation must grant it, and its documents must be there first.
    Foreign(String),
}

impl IssuerUrl {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Own(url) | Self::Foreign(url) => url,
        }
    }
}

/// Tells our own URLs from others.
pub(crate) struct IssuerUrls<'a> {
    pub(crate) settings: &'a Settings,
}

impl IssuerUrls<'_> {
    /// The URL of an issuer of that name when nobody asks for another.
    pub(crate) fn own(&self, name: &str) -> String {
        format!("{}/id/{name}", self.settings.public_url)
    }

    /// What the caller asks for; any text.
    pub(crate) fn of(&self, name: &str, asked: Option<&str>) -> IssuerUrl {
        let own = self.own(name);
        match asked {
            None => IssuerUrl::Own(own),
            Some(url) if url == own => IssuerUrl::Own(own),
            Some(url) => IssuerUrl::Foreign(url.to_owned()),
        }
    }

    /// Whether a foreign URL can be an issuer's at all.
    pub(crate) fn check_foreign(&self, url: &str) -> Result<(), Fault> {
        let refused = |why: &str| Err(validation(format!("The Url {why}.")));
        let rest = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
            (Some(rest), _) => rest,
            (None, Some(rest)) if self.settings.mode == Mode::Dev => rest,
            (None, Some(_) | None) => return refused("must begin with https://"),
        };
        let legal = |byte: u8| byte.is_ascii_graphic() && !b"?#@\\\"<>%".contains(&byte);
        if !rest.bytes().all(legal) {
            return refused("must have neither query, fragment, user, escapes nor blanks");
        }
        let (host, path) = rest
            .split_once('/')
            .map_or((rest, None), |(host, path)| (host, Some(path)));
        if host.is_empty() || host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return refused("must name a host in lower case");
        }
        if path.is_some_and(|path| path.split('/').any(|part| matches!(part, "" | "." | ".."))) {
            return refused("must have no trailing slash and no empty or dotted path segments");
        }
        let base = jose::normalise_issuer(&self.settings.public_url);
        let normalised = jose::normalise_issuer(url);
        let inside = normalised.strip_prefix(base.as_str());
        if inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            return refused("lies under this server's own, where issuers are at /id/NAME");
        }
        Ok(())
    }
}
