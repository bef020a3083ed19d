//! Which server a call goes to.

use std::fmt;
use std::str::FromStr;

use hyper::Uri;

use super::{Profiles, SettingsError, Vars};

/// What the names of AWS's own servers end with.
const AMAZON: [&str; 3] = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];

/// A server: scheme, host, port and the path that all calls start with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    scheme: Scheme,
    host: String,
    port: u16,
    base_path: String,
    /// Host and port as they were written; what the Host header says.
    authority: String,
}

/// How to speak with a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

impl Endpoint {
    /// How to speak with it.
    pub(crate) fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The name or address to connect to, an IPv6 address without its brackets.
    pub(crate) fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port to connect to.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What the Host header says.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether it is AWS itself.
    pub(crate) fn is_amazon(&self) -> bool {
        let host = self.host().trim_end_matches('.');
        AMAZON.iter().any(|domain| host.ends_with(domain))
    }

    /// The path of a call; never empty.
    pub(crate) fn path(&self) -> String {
        format!("{}/", self.base_path)
    }

    /// Splits an absolute URL into its server and its path with query.
    pub(crate) fn split(url: &str) -> Result<(Self, String), &'static str> {
        let uri: Uri = url.parse().map_err(|_| "it is no URL")?;
        let (scheme, default_port) = match uri.scheme_str() {
            Some("http") => (Scheme::Http, 80),
            Some("https") => (Scheme::Https, 443),
            _ => return Err("it must begin with http:// or https://"),
        };
        let authority = uri.authority().ok_or("it names no host")?;
        if authority.as_str().contains('@') {
            return Err("it must hold no user name or password");
        }
        if authority.host().is_empty() {
            return Err("it names no host");
        }
        // WHY: `Uri` takes `host:` and `host:99999` and only says that there is no port.
        let tail = authority
            .as_str()
            .strip_prefix(authority.host())
            .unwrap_or_default();
        if !tail.is_empty() && authority.port_u16().is_none() {
            return Err("its port must be a number below 65536");
        }
        let server = Self {
            scheme,
            host: authority.host().to_owned(),
            port: authority.port_u16().unwrap_or(default_port),
            base_path: String::new(),
            authority: authority.as_str().to_owned(),
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok((server, path.to_owned()))
    }
}

impl FromStr for Endpoint {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains(['?', '#']) {
            return Err("it must hold no query");
        }
        let (server, path) = Self::split(text)?;
        Ok(Self {
            base_path: path.trim_end_matches('/').to_owned(),
            ..server
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        write!(f, "{scheme}://{}{}", self.authority, self.base_path)
    }
}

/// The endpoint of a service: the flag, AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the profile's
/// `services` section, the profile's `endpoint_url`. `variable` is the service as in
/// `SECRETS_MANAGER`; the profile spells it in lower case.
pub(crate) fn find_endpoint(
    flag: Option<&str>,
    variable: &str,
    vars: &Vars,
    profiles: &Profiles,
) -> Result<Endpoint, SettingsError> {
    let ignored = vars
        .text("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .is_some_and(is_true);
    let configured = || {
        let key = variable.to_ascii_lowercase();
        vars.text(&format!("AWS_ENDPOINT_URL_{variable}"))
            .or_else(|| vars.text("AWS_ENDPOINT_URL"))
            .or_else(|| profiles.service_value(&key, "endpoint_url"))
            .or_else(|| profiles.value("endpoint_url"))
            .filter(|_| !ignored)
    };
    let text = flag.or_else(configured).ok_or(SettingsError::NoEndpoint)?;
    text.parse()
        .map_err(|why| SettingsError::Endpoint(text.to_owned(), why))
}

fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for (text, shown) in [
            (
                "http://127.0.0.1:4566",
                Some("http 127.0.0.1 4566 / 127.0.0.1:4566"),
            ),
            (
                "http://127.0.0.1:4566/",
                Some("http 127.0.0.1 4566 / 127.0.0.1:4566"),
            ),
            (
                "https://irsa.example",
                Some("https irsa.example 443 / irsa.example"),
            ),
            ("https://a/b/c/", Some("https a 443 /b/c/ a")),
            ("http://[::1]:80", Some("http ::1 80 / [::1]:80")),
            ("ftp://a", None),
            ("localhost:4566", None),
            ("127.0.0.1", None),
            ("http://", None),
            ("http://u:p@a", None),
            ("http://a:", None),
            ("http://a:99999", None),
            ("http://a/?x", None),
            ("", None),
        ] {
            let found = text.parse::<Endpoint>().ok().map(|endpoint| {
                let scheme = format!("{:?}", endpoint.scheme()).to_lowercase();
                let (host, port) = (endpoint.host(), endpoint.port());
                format!(
                    "{scheme} {host} {port} {} {}",
                    endpoint.path(),
                    endpoint.authority()
                )
            });
            assert_eq!(found.as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn servers_of_aws() {
        for (url, expected) in [
            ("https://iam.amazonaws.com", true),
            ("https://iam.cn-north-1.amazonaws.com.cn:443", true),
            ("https://iam.us-gov.amazonaws.com", true),
            ("https://iam.global.api.aws", true),
            ("https://iam.amazonaws.com.", true),
            ("http://127.0.0.1:4566", false),
            ("https://irsa.example", false),
            ("https://amazonaws.com.example", false),
            ("https://notamazonaws.com", false),
        ] {
            let endpoint: Endpoint = url.parse().unwrap();
            assert_eq!(endpoint.is_amazon(), expected, "{url}");
        }
    }

    #[test]
    fn precedence() {
        let none = Profiles::default();
        let check = |flag: Option<&str>, vars: Vars, expected: Option<&str>| {
            let found = find_endpoint(flag, "STS", &vars, &none).ok();
            assert_eq!(
                found.map(|endpoint| endpoint.to_string()).as_deref(),
                expected
            );
        };
        let all = "http://all";
        check(None, Vars::default(), None);
        check(None, Vars::from([("AWS_ENDPOINT_URL", all)]), Some(all));
        let both = Vars::from([
            ("AWS_ENDPOINT_URL", all),
            ("AWS_ENDPOINT_URL_STS", "http://sts"),
        ]);
        check(None, both.clone(), Some("http://sts"));
        check(Some("http://flag"), both, Some("http://flag"));
        let ignored = [
            ("AWS_ENDPOINT_URL", all),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
        ];
        check(None, Vars::from(ignored), None);
    }
}
