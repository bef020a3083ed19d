//! A request that a test owns.

use base::{Secret, Timestamp};
use sigv4::{
    AuthFault, Credentials, Head, Outgoing, PathStyle, Presented, Signer, present, sha256_hex, sign,
};

/// The access key of Amazon's test suite.
pub(crate) const KEY_ID: &str = "AKIDEXAMPLE";
/// The time of signing of Amazon's test suite.
pub(crate) const DATE: &str = "20150830T123600Z";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// A request as received.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Parses the suite's format; a line that begins with a blank continues the header above.
    pub(crate) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let first = lines.next().unwrap();
        let first = first.strip_suffix(" HTTP/1.1").unwrap_or(first);
        let (method, target) = first.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
        for line in lines {
            if line.starts_with(' ') {
                headers.last_mut().unwrap().1.extend(line.as_bytes());
            } else {
                let (name, value) = line.split_once(':').unwrap();
                headers.push((name.to_lowercase(), value.as_bytes().to_vec()));
            }
        }
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: body.as_bytes().to_vec(),
        }
    }

    pub(crate) fn head(&self) -> Head<'_> {
        Head {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &self.headers,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let value = self.head().first(name)?;
        Some(String::from_utf8(value.to_vec()).unwrap())
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.headers.retain(|(given, _)| given != name);
        self.headers
            .push((name.to_owned(), value.as_bytes().to_vec()));
    }

    /// All checks in their order, as a server of `service` in `region` runs them.
    pub(crate) fn check(&self, rules: &Rules<'_>) -> Result<Presented, AuthFault> {
        let head = self.head();
        let presented = present(&head)?.ok_or(AuthFault::MissingToken)?;
        sigv4::check_repeated(&head)?;
        presented.check_signed(&head)?;
        presented.check_time(rules.now, sigv4::WINDOW)?;
        presented.check_scope(rules.service, |region| region == rules.region)?;
        presented.verify(&head, rules.style, &sha256_hex(&self.body), &rules.secret)?;
        Ok(presented)
    }
}

/// What the server knows.
pub(crate) struct Rules<'a> {
    pub(crate) service: &'a str,
    pub(crate) region: &'a str,
    pub(crate) now: Timestamp,
    pub(crate) style: PathStyle,
    pub(crate) secret: Secret<String>,
}

impl Rules<'_> {
    /// Those of Amazon's test suite.
    pub(crate) fn suite() -> Rules<'static> {
        Rules {
            service: "service",
            region: "us-east-1",
            now: suite_time(),
            style: PathStyle::Standard,
            secret: Secret::new(SECRET.to_owned()),
        }
    }
}

pub(crate) fn suite_time() -> Timestamp {
    "2015-08-30T12:36:00Z".parse().unwrap()
}

pub(crate) fn credentials(token: Option<&str>) -> Credentials {
    Credentials {
        access_key_id: KEY_ID.to_owned(),
        secret_access_key: Secret::new(SECRET.to_owned()),
        session_token: token.map(|token| Secret::new(token.to_owned())),
    }
}

/// A request that nobody signed, with a Host.
pub(crate) fn request(path: &str, query: &str, headers: &[(&str, &str)]) -> Request {
    let mut all = vec![("host".to_owned(), b"sts.example.com".to_vec())];
    all.extend(
        headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())),
    );
    Request {
        method: "GET".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: all,
        body: Vec::new(),
    }
}

/// A request with a date and a wrong signature.
pub(crate) fn dated(name: &str, date: &str) -> Request {
    let credential = format!("{KEY_ID}/20150830/us-east-1/sts/aws4_request");
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0");
    request("/", "", &[("authorization", &authorization), (name, date)])
}

/// A request signed by this crate.
pub(crate) fn signed_by(
    credentials: &Credentials,
    body: &[u8],
    query: &str,
    headers: &[(String, String)],
) -> Request {
    let signer = Signer {
        credentials,
        region: "us-east-1",
        service: "service",
        now: suite_time(),
    };
    let outgoing = Outgoing {
        method: "POST",
        host: "sts.example.com",
        path: "/",
        query,
        body,
        path_style: PathStyle::Standard,
    };
    let mut headers = headers.to_vec();
    sign(&signer, &outgoing, &mut headers).unwrap();
    headers.push(("host".to_owned(), "sts.example.com".to_owned()));
    Request {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        query: query.to_owned(),
        headers: headers
            .into_iter()
            .map(|(name, value)| (name, value.into_bytes()))
            .collect(),
        body: body.to_vec(),
    }
}
