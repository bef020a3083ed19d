//! What is asked for and of whom.

use std::net::IpAddr;

use hyper::Uri;

use super::{FetchFault, Loopback};

/// How it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
}

/// A URL that may be fetched as far as its text tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) scheme: Scheme,
    /// Without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) path_and_query: String,
    bracketed: bool,
}

impl Target {
    pub(super) fn parse(url: &str, loopback: Loopback) -> Result<Self, FetchFault> {
        let blocked = |why: &str| FetchFault::Blocked(format!("the URL {why}"));
        let uri: Uri = url.parse().map_err(|_| blocked("cannot be read"))?;
        let authority = uri.authority().ok_or_else(|| blocked("names no host"))?;
        if authority.as_str().contains('@') {
            return Err(blocked("carries credentials"));
        }
        let bracketed = authority.host().starts_with('[');
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        if host.is_empty() {
            return Err(blocked("names no host"));
        }
        let scheme = match uri.scheme_str() {
            Some("https") => Scheme::Https,
            Some("http") if loopback == Loopback::Accepted && is_loopback(&host) => Scheme::Http,
            _ => return Err(blocked("is not https")),
        };
        let default_port = match scheme {
            Scheme::Http => 80,
            Scheme::Https => 443,
        };
        Ok(Self {
            scheme,
            host,
            port: authority.port_u16().unwrap_or(default_port),
            path_and_query: uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
            bracketed,
        })
    }

    /// Where a redirect leads, if it stays on the same scheme, host and port.
    pub(super) fn redirected(
        &self,
        location: Option<&str>,
        loopback: Loopback,
    ) -> Result<Self, FetchFault> {
        let refused = || FetchFault::Redirect("a redirect to another place".to_owned());
        let location = location.ok_or_else(refused)?;
        if location.starts_with('/') && !location.starts_with("//") {
            let uri: Uri = location.parse().map_err(|_| refused())?;
            let path_and_query = uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned();
            return Ok(Self {
                path_and_query,
                ..self.clone()
            });
        }
        let target = Self::parse(location, loopback).map_err(|_| refused())?;
        let same =
            (target.scheme, &target.host, target.port) == (self.scheme, &self.host, self.port);
        if same { Ok(target) } else { Err(refused()) }
    }

    /// The `Host` header.
    pub(super) fn host_header(&self) -> String {
        let host = if self.bracketed {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        match (self.scheme, self.port) {
            (Scheme::Http, 80) | (Scheme::Https, 443) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }
}

fn is_loopback(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
