//! Requests, signed and written out beforehand.

use std::fmt::Write;

use base::{Clock, SystemClock};
use bytes::Bytes;
use sigv4::{Credentials, Outgoing, PathStyle, Signer};

use crate::fault::Fault;

/// Query services take forms of this version.
pub(crate) const STS_VERSION: &str = "2011-06-15";
/// As [`STS_VERSION`], for IAM.
pub(crate) const IAM_VERSION: &str = "2010-05-08";

/// A POST to `/`, before it is written out.
pub(crate) struct Draft {
    headers: Vec<(String, String)>,
    body: String,
}

/// Whose signature a request gets, and for what.
#[derive(Clone, Copy)]
pub(crate) struct Signed<'a> {
    /// Whose.
    pub(crate) credentials: &'a Credentials,
    /// The region.
    pub(crate) region: &'a str,
    /// The service's signing name.
    pub(crate) service: &'a str,
}

impl Draft {
    /// A call of a service that takes forms.
    pub(crate) fn form(action: &str, version: &str, parameters: &[(&str, &str)]) -> Self {
        let mut pairs = vec![("Action", action), ("Version", version)];
        pairs.extend_from_slice(parameters);
        let kind = "application/x-www-form-urlencoded; charset=utf-8";
        Self {
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            body: encode_form(&pairs),
        }
    }

    /// A call of a service that takes JSON 1.1; `target` names service and operation.
    pub(crate) fn json(target: &str, input: &serde_json::Value) -> Self {
        Self {
            headers: vec![
                (
                    "content-type".to_owned(),
                    "application/x-amz-json-1.1".to_owned(),
                ),
                ("x-amz-target".to_owned(), target.to_owned()),
            ],
            body: input.to_string(),
        }
    }

    /// Adds a signature, made now.
    pub(crate) fn signed(mut self, host: &str, by: Signed<'_>) -> Result<Self, Fault> {
        let signer = Signer {
            credentials: by.credentials,
            region: by.region,
            service: by.service,
            now: SystemClock.now(),
        };
        let outgoing = Outgoing {
            method: "POST",
            host,
            path: "/",
            query: "",
            body: self.body.as_bytes(),
            path_style: PathStyle::Standard,
        };
        sigv4::sign(&signer, &outgoing, &mut self.headers).map_err(|_| Fault::Unsignable)?;
        Ok(self)
    }

    /// The request as it goes over the wire.
    pub(crate) fn write(&self, host: &str) -> Bytes {
        let mut text = format!("POST / HTTP/1.1\r\nhost: {host}\r\n");
        for (name, value) in &self.headers {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        let length = self.body.len();
        let _ = write!(text, "content-length: {length}\r\n\r\n{}", self.body);
        Bytes::from(text)
    }

    /// Names and values as a server receives them, with Host.
    pub(crate) fn received_headers(&self, host: &str) -> Vec<(String, Vec<u8>)> {
        let host = ("host".to_owned(), host.as_bytes().to_vec());
        let own = self.headers.iter();
        std::iter::once(host)
            .chain(own.map(|(name, value)| (name.clone(), value.as_bytes().to_vec())))
            .collect()
    }

    /// The body.
    pub(crate) fn body(&self) -> &str {
        &self.body
    }
}

/// A GET of a path.
pub(crate) fn get(host: &str, path: &str) -> Bytes {
    Bytes::from(format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n"))
}

/// All but unreserved characters (RFC 3986 §2.3) are escaped.
fn encode_form(pairs: &[(&str, &str)]) -> String {
    let mut form = String::new();
    for (name, value) in pairs {
        if !form.is_empty() {
            form.push('&');
        }
        escape(name, &mut form);
        form.push('=');
        escape(value, &mut form);
    }
    form
}

fn escape(text: &str, form: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            form.push(char::from(byte));
        } else {
            let _ = write!(form, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_as_it_goes_over_the_wire() {
        let draft = Draft::form("A", "1", &[("Url", "http://a:1/é"), ("X", "")]);
        let text = "POST / HTTP/1.1\r\nhost: h:1\r\n\
                    content-type: application/x-www-form-urlencoded; charset=utf-8\r\n\
                    content-length: 53\r\n\r\n\
                    Action=A&Version=1&Url=http%3A%2F%2Fa%3A1%2F%C3%A9&X=";
        assert_eq!(draft.write("h:1"), text);
    }
}
