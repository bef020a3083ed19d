//! A request as it came.

/// The parts of a request that decide what it means, as raw bytes of the wire.
#[derive(Clone, Copy)]
pub struct Incoming<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The path, still percent-encoded.
    pub path: &'a str,
    /// The query string without its `?`, still percent-encoded; empty when there is none.
    pub query: &'a str,
    /// Names and values in the order they came; names are compared without case.
    pub headers: &'a [(String, String)],
    /// The body; never inflated, whatever Content-Encoding says.
    pub body: &'a [u8],
}

impl<'a> Incoming<'a> {
    /// Every value of a header.
    pub(crate) fn header(&self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }
}
