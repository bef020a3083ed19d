//! Signed calls to a real server, as an AWS client makes them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use base::{Clock, Secret, SystemClock};
use serde_json::Value;
use sigv4::{Credentials, Outgoing, PathStyle, Signer};

/// Where to call, and whose key signs.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) address: String,
    pub(crate) region: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
}

/// Status and body; the body of a call that broke off is not there.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

impl Caller {
    /// A JSON call; `None` when the whole answer did not come.
    pub(crate) fn json(&self, service: &str, target: &str, input: &Value) -> Option<Answer> {
        let body = input.to_string();
        let headers = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", target),
        ];
        self.call(service, &headers, body.as_bytes())
    }

    /// A form; `None` when the whole answer did not come.
    pub(crate) fn form(&self, service: &str, body: &str) -> Option<Answer> {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.call(service, &headers, body.as_bytes())
    }

    /// The status of GetCallerIdentity.
    pub(crate) fn who(&self) -> Option<Answer> {
        self.form("sts", "Action=GetCallerIdentity&Version=2011-06-15")
    }

    fn call(&self, service: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Answer> {
        let mut headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let credentials = Credentials {
            access_key_id: self.access_key_id.clone(),
            secret_access_key: Secret::new(self.secret_access_key.clone()),
            session_token: None,
        };
        let signer = Signer {
            credentials: &credentials,
            region: &self.region,
            service,
            now: SystemClock.now(),
        };
        let outgoing = Outgoing {
            method: "POST",
            host: &self.address,
            path: "/",
            query: "",
            body,
            path_style: PathStyle::Standard,
        };
        sigv4::sign(&signer, &outgoing, &mut headers).unwrap();
        let mut message = format!(
            "POST / HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n",
            self.address,
            body.len()
        );
        for (name, value) in headers.iter().filter(|(name, _)| name != "host") {
            message.extend([name, ": ", value, "\r\n"]);
        }
        message.push_str("\r\n");
        exchange(&self.address, &[message.as_bytes(), body].concat())
    }
}

/// One request on a connection of its own.
pub(crate) fn exchange(address: &str, request: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .ok()?;
    stream.write_all(request).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let text = String::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    if length.is_some_and(|length: usize| length != body.len()) {
        return None;
    }
    Some(Answer {
        status: head.split(' ').nth(1)?.parse().ok()?,
        body: body.to_owned(),
    })
}
