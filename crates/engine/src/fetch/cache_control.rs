//! How long a document may be kept.

use std::time::Duration;

/// `max-age` of a `Cache-Control` header; zero for `no-store` and `no-cache`.
pub(super) fn max_age(header: &str) -> Option<Duration> {
    let mut age = None;
    for directive in header.split(',').map(str::trim) {
        if directive.eq_ignore_ascii_case("no-store") || directive.eq_ignore_ascii_case("no-cache")
        {
            return Some(Duration::ZERO);
        }
        if let Some((name, value)) = directive.split_once('=')
            && name.trim().eq_ignore_ascii_case("max-age")
        {
            age = value
                .trim()
                .trim_matches('"')
                .parse()
                .ok()
                .map(Duration::from_secs);
        }
    }
    age
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives() {
        for (header, secs) in [
            ("max-age=60", Some(60)),
            ("public, Max-Age = 3600", Some(3600)),
            ("no-store", Some(0)),
            ("max-age=60, no-cache", Some(0)),
            ("public", None),
            ("max-age=x", None),
        ] {
            assert_eq!(max_age(header), secs.map(Duration::from_secs), "{header}");
        }
    }
}
