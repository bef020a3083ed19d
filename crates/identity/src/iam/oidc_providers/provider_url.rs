//! The URL of a provider as it may be registered.

use std::net::{Ipv4Addr, Ipv6Addr};

use base::Fault;
use engine::Mode;

use crate::iam::faults::validation;
use crate::iam::rows::Scheme;

/// The scheme of a URL that may be registered: `https://host[:port][/path]`; a developer's server
/// takes `http://` on loopback too.
pub(crate) fn check_url(url: &str, mode: Mode) -> Result<Scheme, Fault> {
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
        (Scheme::Http, Mode::Dev) => is_loopback(host),
        (Scheme::Http, Mode::Standard) => false,
    };
    if legal && allowed {
        Ok(scheme)
    } else {
        Err(invalid())
    }
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
            ("", false, false),
        ] {
            assert_eq!(check_url(url, Mode::Standard).is_ok(), standard, "{url}");
            assert_eq!(check_url(url, Mode::Dev).is_ok(), dev, "dev {url}");
        }
    }
}
