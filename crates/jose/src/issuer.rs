//! How an issuer's URL names its provider.

/// The key under which a provider is found: the URL without its scheme (`https://` or `http://`)
/// and without `:443` after the host. All else counts: other ports, path, a trailing slash and
/// upper and lower case (facts of AWS: `https://auth.example/` and `https://auth.example` are two
/// providers).
pub fn normalise_issuer(url: &str) -> String {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .unwrap_or(url);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let host = authority.strip_suffix(":443").unwrap_or(authority);
    format!("{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_and_default_port_do_not_count() {
        for (url, key) in [
            ("https://a.example/id/x", "a.example/id/x"),
            ("https://a.example:443/id/x", "a.example/id/x"),
            ("a.example:443", "a.example"),
            ("http://127.0.0.1:4566/id/x", "127.0.0.1:4566/id/x"),
            ("https://a.example/", "a.example/"),
            ("https://A.example", "A.example"),
            ("https://a.example:8443", "a.example:8443"),
            ("https://a.example/x:443", "a.example/x:443"),
            ("https://[::1]:443/x", "[::1]/x"),
            ("HTTPS://a.example", "HTTPS://a.example"),
            ("", ""),
        ] {
            assert_eq!(normalise_issuer(url), key, "{url}");
        }
    }
}
