//! The head of a request as it came over the wire.

use crate::AuthFault;
use crate::query::Query;

/// Method, path, query and headers, none of them decoded: the signature covers these bytes.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// The method, e.g. `POST`.
    pub method: &'a str,
    /// The path as received, escapes and all.
    pub path: &'a str,
    /// The query as received, without the `?`; empty when there is none.
    pub query: &'a str,
    /// Names in lower case and values as received, in the order received. Over HTTP/2 `:authority`
    /// belongs here as `host`.
    pub headers: &'a [(String, Vec<u8>)],
}

impl<'a> Head<'a> {
    /// The values of a header in the order received; `name` in lower case.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.headers
            .iter()
            .filter(move |(given, _)| given.eq_ignore_ascii_case(name))
            .map(|(_, value)| &**value)
    }

    /// The first value of a header; `name` in lower case.
    pub fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }
}

/// What may be there once, as its header name and as the texts name it.
const ONCE: [(&str, &str); 6] = [
    ("host", "Host"),
    ("authorization", "Authorization"),
    ("x-amz-date", "X-Amz-Date"),
    ("x-amz-target", "X-Amz-Target"),
    ("x-amz-security-token", "X-Amz-Security-Token"),
    ("content-type", "Content-Type"),
];

/// Refuses a repeated Host, Authorization, X-Amz-Date, X-Amz-Target, X-Amz-Security-Token or
/// Content-Type, and a session token twice in the query or in header and query (THREATS R14).
pub fn check_repeated(head: &Head<'_>) -> Result<(), AuthFault> {
    for (name, text) in ONCE {
        if head.all(name).nth(1).is_some() {
            return Err(AuthFault::Repeated(text));
        }
    }
    let in_query = Query::parse(head.query)?.count("X-Amz-Security-Token");
    if in_query + head.all("x-amz-security-token").count() > 1 {
        return Err(AuthFault::Repeated("X-Amz-Security-Token"));
    }
    Ok(())
}
