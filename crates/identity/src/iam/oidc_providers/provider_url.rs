//! The URL of a provider as it may be registered.

use std::net::{Ipv4Addr, Ipv6Addr};

use base::Fault;
use engine::Mode;

use crate::iam::faults::validation;
use crate::iam::rows::Scheme;

/// The scheme of a URL that may be registered: `https://host[:port][/path]`. `http://` may be the
/// server's own issuers, whose keys are not fetched, and on a developer's server any on loopback
/// (THREATS R29).
pub(crate) fn check_url(url: &str, mode: Mode, public_url: &str) -> Result<Scheme, Fault> {
    let invalid = || validation("Invalid Open ID Connect Provider URL");
    let (scheme, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (Scheme::Https, rest),
        (None, Some(rest)) => (Scheme::Http, rest),
        (None, None) => return Err(invalid()),
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let (host, port) = split_port(authority);
    let legal = !rest.contains(['?', '#', '@', '\\'])
        && rest.chars().all(|character| character.is_ascii_graphic())
        && !host.is_empty()
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0));
    let allowed = match (scheme, mode) {
        (Scheme::Https, _) => true,
        (Scheme::Http, Mode::Dev) => is_loopback(host) || is_own(url, public_url),
        (Scheme::Http, Mode::Standard) => is_own(url, public_url),
    };
    if legal && allowed {
        Ok(scheme)
    } else {
        Err(invalid())
    }
}

/// Below the path of the server's own issuers; no segment leads out of it.
pub(crate) fn is_own(url: &str, public_url: &str) -> bool {
    let name = url
        .strip_prefix(public_url)
        .and_then(|path| path.strip_prefix("/id/"));
    name.is_some_and(|name| !name.is_empty() && !name.contains('/') && !name.starts_with('.'))
}

/// Host and port; the colons of `[::1]` are the host's.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        Some(_) | None => (authority, None),
    }
}

fn is_loopback(host: &str) -> bool {
    let v6 = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    host == "localhost"
        || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        || v6.is_some_and(|ip| ip.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "http://irsa.example:4566";

    #[test]
    fn https_and_a_developers_loopback() {
        for (url, standard, dev) in [
            ("https://a.example", true, true),
            ("https://a.example:8443/id/x", true, true),
            ("https://a.example:443/", true, true),
            ("https://[::1]:8443/x", true, true),
            ("http://127.0.0.1:4566/id/x", false, true),
            ("http://[::1]:4566/id/x", false, true),
            ("http://localhost/id/x", false, true),
            ("http://a.example", false, false),
            ("http://127.0.0.1.a.example", false, false),
            ("http://127.0.0.1@a.example", false, false),
            ("https://a@b.example", false, false),
            ("https://", false, false),
            ("https:///x", false, false),
            ("https://:443", false, false),
            ("https://a.example?x", false, false),
            ("https://a.example/#x", false, false),
            ("https://a.example/ x", false, false),
            ("https://a.example:0", false, false),
            ("https://a.example:99999", false, false),
            ("https://a.example:x", false, false),
            ("https://a.example/\u{e9}", false, false),
            ("a.example", false, false),
            ("ftp://a.example", false, false),
            ("http://irsa.example:4566/id/one", true, true),
            ("http://irsa.example:4566/id/", false, false),
            ("http://irsa.example:4566/id/one/two", false, false),
            ("http://irsa.example:4566/id/..", false, false),
            ("http://irsa.example:4566/other", false, false),
            ("http://irsa.example:45660/id/one", false, false),
            ("http://irsa.example:4566@a.example/id/one", false, false),
            ("", false, false),
        ] {
            assert_eq!(
                check_url(url, Mode::Standard, OWN).is_ok(),
                standard,
                "{url}"
            );
            assert_eq!(check_url(url, Mode::Dev, OWN).is_ok(), dev, "dev {url}");
        }
    }
}
