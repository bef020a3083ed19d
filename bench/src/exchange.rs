//! The smallest HTTP/1.1 client that can be trusted: one request at a time, written as prepared,
//! its answer read to the end.
//!
//! WHY: a full client would take more of the two cores than some of what is measured.

use std::borrow::Cow;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::fault::ExchangeFault;
use crate::load::Server;

/// The largest answer that is read.
const MAX_ANSWER_BYTES: usize = 1 << 20;
const HEAD_END: &[u8] = b"\r\n\r\n";
/// What certificates are for, where there is TLS.
pub(crate) const HOST: &str = "localhost";

/// A kept-alive connection.
pub(crate) struct Connection {
    stream: Stream,
    buffer: Vec<u8>,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer<'a> {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Cow<'a, [u8]>,
}

/// The head of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Where the body begins.
    start: usize,
    framing: Framing,
}

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
}

impl Connection {
    /// Connects, over TLS where the server has it.
    pub(crate) async fn open(server: &Server) -> Result<Self, ExchangeFault> {
        let plain = TcpStream::connect(server.address).await?;
        plain.set_nodelay(true)?;
        let stream = match &server.tls {
            None => Stream::Plain(plain),
            Some(tls) => {
                let name = ServerName::try_from(HOST).map_err(std::io::Error::other)?;
                Stream::Tls(Box::new(tls.connect(name, plain).await?))
            }
        };
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(16 * 1024),
        })
    }

    /// Sends one request and reads its answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>, ExchangeFault> {
        self.buffer.clear();
        let head = match &mut self.stream {
            Stream::Plain(stream) => exchange_on(stream, request, &mut self.buffer).await,
            Stream::Tls(stream) => exchange_on(stream, request, &mut self.buffer).await,
        }?;
        let body = self.buffer.get(head.start..).unwrap_or_default();
        let body = match head.framing {
            Framing::Length(_) => Cow::Borrowed(body),
            Framing::Chunked => Cow::Owned(chunks(body)?.ok_or(ExchangeFault::Malformed)?.concat()),
        };
        Ok(Answer {
            status: head.status,
            body,
        })
    }
}

async fn exchange_on<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    request: &[u8],
    buffer: &mut Vec<u8>,
) -> Result<Head, ExchangeFault> {
    stream.write_all(request).await?;
    stream.flush().await?;
    let mut head = None;
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err(ExchangeFault::Closed);
        }
        if head.is_none() {
            head = read_head(buffer)?;
        }
        if let Some(head) = head
            && is_whole(head, buffer)?
        {
            return Ok(head);
        }
        if buffer.len() > MAX_ANSWER_BYTES {
            return Err(ExchangeFault::Malformed);
        }
    }
}

/// Whether the body is there. More than was asked for is an answer to nothing.
fn is_whole(head: Head, buffer: &[u8]) -> Result<bool, ExchangeFault> {
    let body = buffer.get(head.start..).unwrap_or_default();
    match head.framing {
        Framing::Length(length) if body.len() > length => Err(ExchangeFault::Malformed),
        Framing::Length(length) => Ok(body.len() == length),
        Framing::Chunked => Ok(chunks(body)?.is_some()),
    }
}

/// The chunks of a body (RFC 9112 §7.1), once the last is there.
fn chunks(mut body: &[u8]) -> Result<Option<Vec<&[u8]>>, ExchangeFault> {
    const LINE_END: &[u8] = b"\r\n";
    let mut chunks = Vec::new();
    loop {
        let Some(end) = body.windows(2).position(|window| window == LINE_END) else {
            return Ok(None);
        };
        let (line, rest) = body.split_at(end);
        let size = std::str::from_utf8(line).map_err(|_| ExchangeFault::Malformed)?;
        let size = usize::from_str_radix(size, 16).map_err(|_| ExchangeFault::Malformed)?;
        let Some((chunk, rest)) = rest.get(2..).and_then(|rest| rest.split_at_checked(size)) else {
            return Ok(None);
        };
        let Some((ending, rest)) = rest.split_at_checked(2) else {
            return Ok(None);
        };
        match (ending == LINE_END, size) {
            (true, 0) if rest.is_empty() => return Ok(Some(chunks)),
            (true, 1..) => chunks.push(chunk),
            _ => return Err(ExchangeFault::Malformed),
        }
        body = rest;
    }
}

/// The head, once it is complete.
fn read_head(bytes: &[u8]) -> Result<Option<Head>, ExchangeFault> {
    let Some(end) = bytes
        .windows(HEAD_END.len())
        .position(|window| window == HEAD_END)
    else {
        return Ok(None);
    };
    let head = bytes.get(..end).unwrap_or_default();
    let head = std::str::from_utf8(head).map_err(|_| ExchangeFault::Malformed)?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 "))
        .and_then(|rest| rest.get(..3))
        .and_then(|code| code.parse().ok())
        .ok_or(ExchangeFault::Malformed)?;
    let framing = lines
        .filter_map(|line| line.split_once(':'))
        .find_map(|(name, value)| framing(name, value.trim()))
        .ok_or(ExchangeFault::Malformed)?;
    Ok(Some(Head {
        status,
        start: end + HEAD_END.len(),
        framing,
    }))
}

/// What a header says of the body's end.
fn framing(name: &str, value: &str) -> Option<Framing> {
    if name.eq_ignore_ascii_case("content-length") {
        value.parse().ok().map(Framing::Length)
    } else if name.eq_ignore_ascii_case("transfer-encoding") && value == "chunked" {
        Some(Framing::Chunked)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        let head = |status, start, framing| {
            Some(Head {
                status,
                start,
                framing,
            })
        };
        for (text, expected) in [
            ("", None),
            ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n", None),
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc",
                head(200, 38, Framing::Length(3)),
            ),
            (
                "HTTP/1.1 403 Forbidden\r\nx: y\r\nContent-Length:0\r\n\r\n",
                head(403, 50, Framing::Length(0)),
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                head(200, 47, Framing::Chunked),
            ),
        ] {
            assert_eq!(read_head(text.as_bytes()).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn bodies_in_chunks() {
        let whole = "2\r\nab\r\nA\r\n0123456789\r\n0\r\n\r\n";
        for end in 0..whole.len() {
            let begun = whole.get(..end).unwrap();
            assert_eq!(chunks(begun.as_bytes()).unwrap(), None, "{begun}");
        }
        let found = chunks(whole.as_bytes()).unwrap().unwrap();
        assert_eq!(found.concat(), b"ab0123456789");
        for text in ["x\r\n", "1\r\nab\r\n", "0\r\n\r\nmore"] {
            assert!(chunks(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_answer() {
        for text in [
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\n",
            "HTTP/1.1 abc OK\r\ncontent-length: 3\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
            "SSH-2.0\r\n\r\n",
        ] {
            assert!(read_head(text.as_bytes()).is_err(), "{text}");
        }
    }
}
