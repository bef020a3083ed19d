//! The base of every URL that a server publishes.

use std::fmt;
use std::str::FromStr;

/// `http://` or `https://`, a host in lower case, perhaps a port and a path; no slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicUrl(String);

/// The text is no base for URLs.
#[derive(Debug, thiserror::Error)]
#[error("must be a URL such as https://irsa.example.com, without query, user or blanks")]
pub(crate) struct InvalidPublicUrl;

impl PublicUrl {
    /// Without a slash at the end.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicUrl {
    type Err = InvalidPublicUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim_end_matches('/');
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))
            .ok_or(InvalidPublicUrl)?;
        let legal = |byte: u8| byte.is_ascii_graphic() && !b"?#@\\\"<>%".contains(&byte);
        let (host, path) = rest.split_once('/').unwrap_or((rest, "x"));
        let empty_part = path.split('/').any(|part| matches!(part, "" | "." | ".."));
        let has_upper = host.bytes().any(|byte| byte.is_ascii_uppercase());
        if !rest.bytes().all(legal) || !is_host(host) || has_upper || empty_part {
            return Err(InvalidPublicUrl);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_host(host: &str) -> bool {
    let after_literal = host.rsplit_once(']').map_or(host, |(_, rest)| rest);
    let (name, port) = match after_literal.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (after_literal, None),
    };
    let named = !name.is_empty() || host.starts_with('[');
    named && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases() {
        for (text, shown) in [
            ("https://irsa.example.com", Some("https://irsa.example.com")),
            (
                "https://irsa.example.com/",
                Some("https://irsa.example.com"),
            ),
            ("http://[::1]:4566", Some("http://[::1]:4566")),
            ("https://a.b:8443/c/d", Some("https://a.b:8443/c/d")),
            ("irsa.example.com", None),
            ("ftp://irsa.example.com", None),
            ("https://", None),
            ("https://:80", None),
            ("https://a:0", None),
            ("https://a:x", None),
            ("https://A.example.com", None),
            ("https://u@a", None),
            ("https://a/b?c", None),
            ("https://a/b//c", None),
            ("https://a/../c", None),
            ("https://a b", None),
        ] {
            let found = text.parse::<PublicUrl>().ok().map(|url| url.to_string());
            assert_eq!(found.as_deref(), shown, "{text}");
        }
    }
}
